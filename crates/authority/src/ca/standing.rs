//! The revocation list that stands. It lies in the folder, so that all who have the authority open give out the same one,
//! and so that its number grows whoever makes the next.

use super::{AuthorityError, CRL_VALIDITY};
use crate::journal::{Journal, Listed};
use mekong_base::Instant;
use mekong_pki::crl::Crl;
use mekong_pki::issue::Issuer;
use mekong_store::file;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The list and the file that it was read from.
pub(super) struct Standing {
    path: PathBuf,
    known: Option<(Mark, Crl)>,
}

/// What tells a file from the one that took its place.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    inode: u64,
    length: u64,
    written: (i64, i64),
}

impl Standing {
    pub(super) fn in_folder(dir: &Path) -> Self {
        Self { path: dir.join("issuing.crl"), known: None }
    }

    /// The list that stands, made anew if half of its life is over or something was revoked after it.
    pub(super) fn current(
        &mut self,
        issuer: &Issuer,
        journal: &mut Journal,
        now: Instant,
    ) -> Result<Crl, AuthorityError> {
        if let Some(list) = self.read(issuer)?.filter(|list| is_current(list, issuer, journal, now)) {
            return Ok(list);
        }
        journal.exclusively(|journal| match self.read(issuer)? {
            Some(list) if is_current(&list, issuer, journal, now) => Ok(list),
            last => self.make(issuer, journal, last.as_ref(), now),
        })
    }

    /// A new list, whatever stood before.
    pub(super) fn renewed(
        &mut self,
        issuer: &Issuer,
        journal: &mut Journal,
        now: Instant,
    ) -> Result<Crl, AuthorityError> {
        journal.exclusively(|journal| {
            let last = self.read(issuer)?;
            self.make(issuer, journal, last.as_ref(), now)
        })
    }

    /// The list of the folder; none if there is none or it is not this issuer's.
    fn read(&mut self, issuer: &Issuer) -> Result<Option<Crl>, AuthorityError> {
        let metadata = match std::fs::metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other.map_err(AuthorityError::io(&self.path))?,
        };
        let written = (metadata.mtime(), metadata.mtime_nsec());
        let mark = Mark { inode: metadata.ino(), length: metadata.len(), written };
        if let Some((_, list)) = self.known.as_ref().filter(|(known, _)| *known == mark) {
            return Ok(Some(list.clone()));
        }
        let der = std::fs::read(&self.path).map_err(AuthorityError::io(&self.path))?;
        match Crl::parse(der.into()).and_then(|list| list.verify(&issuer.certificate).map(|()| list)) {
            Ok(list) => {
                self.known = Some((mark, list.clone()));
                Ok(Some(list))
            }
            Err(error) => {
                tracing::warn!(path = %self.path.display(), %error, "the revocation list is not this authority's; made anew");
                Ok(None)
            }
        }
    }

    fn make(
        &mut self,
        issuer: &Issuer,
        journal: &Journal,
        last: Option<&Crl>,
        now: Instant,
    ) -> Result<Crl, AuthorityError> {
        // What the list tells must not be forgotten by the journal when the power goes.
        journal.sync()?;
        let next = last.and_then(number).map_or(0, |last| last.saturating_add(1));
        let number = next.max(u64::try_from(now.unix_seconds()).unwrap_or_default());
        let der =
            crate::revoked::list(issuer, journal, number, now, now + CRL_VALIDITY).map_err(AuthorityError::Crl)?;
        file::write(&self.path, &der)?;
        self.known = None;
        Crl::parse(der.into()).map_err(AuthorityError::Crl)
    }
}

/// When a list of this authority is made anew.
pub(super) fn renew_at(list: &Crl) -> Instant {
    list.this_update() + CRL_VALIDITY / 2
}

fn is_current(list: &Crl, issuer: &Issuer, journal: &Journal, now: Instant) -> bool {
    let is_revoked = |listed: &&Arc<Listed>| listed.revoked.is_some() && listed.is_issued_by(&issuer.certificate);
    let revoked = || journal.all().iter().filter(is_revoked);
    let reason = |listed: &Listed| listed.revoked.map(|(_, reason)| reason.number());
    let tells_reason = |listed: &Listed| list.lookup(&listed.serial).and_then(|entry| entry.reason) == reason(listed);
    list.len() == revoked().count()
        && revoked().filter(|listed| listed.is_raised).all(|listed| tells_reason(listed))
        && list.this_update() <= now
        && now < renew_at(list)
}

/// The number of a list as ours have it.
fn number(list: &Crl) -> Option<u64> {
    let octets = list.number()?.iter().skip_while(|octet| **octet == 0);
    octets.clone().count().le(&8).then(|| octets.fold(0, |number, octet| (number << 8) | u64::from(*octet)))
}
