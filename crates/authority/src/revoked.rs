//! Certificate revocation lists from a journal.

use crate::journal::Journal;
use mekong_base::Instant;
use mekong_pki::crl::{CrlError, make};
use mekong_pki::issue::Issuer;

/// The list of what `issuer` revoked, valid until `next_update`. Certificates stay on it after they expire, so that old
/// signatures can be judged. Its number must be higher than that of the last one.
///
/// # Errors
/// As [`make::make`].
pub(crate) fn list(
    issuer: &Issuer,
    journal: &Journal,
    number: u64,
    now: Instant,
    next_update: Instant,
) -> Result<Vec<u8>, CrlError> {
    let entries: Vec<make::Entry> = journal
        .all()
        .iter()
        .filter(|listed| listed.is_issued_by(&issuer.certificate))
        .filter_map(|listed| {
            let (at, reason) = listed.revoked?;
            let entry = make::Entry::new(&*listed.serial, at.whole_seconds());
            Some(make::Entry { reason: Some(reason.number()), ..entry })
        })
        .collect();
    let order = make::Order {
        number,
        this_update: now.whole_seconds(),
        next_update: next_update.whole_seconds(),
        entries: &entries,
        scope: &make::Scope::default(),
        delta_base: None,
        expired_certs_on_crl: Some(issuer.certificate.not_before()),
    };
    make::make(issuer, &order)
}
