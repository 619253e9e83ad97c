//! What is kept in memory of the certificates in the journal: what lists, answers and checks need. The certificates
//! themselves stay in the file.

use crate::reason::RevocationReason;
use mekong_base::Instant;
use mekong_pki::{Certificate, name};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// A certificate of the journal as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its serial number (see [`Certificate::serial`]).
    pub serial: Box<[u8]>,
    /// What it is for, as in [`super::Issued::profile`].
    pub profile: Arc<str>,
    /// When it was issued.
    pub at: Instant,
    /// Start of its validity.
    pub not_before: Instant,
    /// End of its validity.
    pub not_after: Instant,
    /// The values of its subject in small letters, a line each.
    pub words: Box<str>,
    /// When and why it was revoked.
    pub revoked: Option<(Instant, RevocationReason)>,
    /// Whether the reason became a graver one after it was revoked.
    pub(crate) is_raised: bool,
    /// Its issuer's name in DER.
    issuer: Arc<[u8]>,
    key: [u8; 32],
    /// The bytes of its line in the file.
    pub(super) line: Range<u64>,
}

impl Listed {
    /// Whether the certificate names this one's subject as its issuer.
    pub fn is_issued_by(&self, issuer: &Certificate) -> bool {
        *self.issuer == *issuer.subject_der()
    }

    /// Whether it is for a key of this mark (see [`mekong_crypto::PublicKey::secret_mark`]).
    pub(crate) fn is_for(&self, mark: &[u8; 32]) -> bool {
        self.key == *mark
    }
}

/// An order, so that one that is sent twice is carried out once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderNumber<'a> {
    /// The number that it was given by who ordered.
    pub number: &'a str,
    /// A digest of what is ordered, in hexadecimal.
    pub what: &'a str,
}

/// All of them, in the order of the journal.
#[derive(Debug, Default)]
pub(super) struct Index {
    list: Vec<Arc<Listed>>,
    by_serial: HashMap<Box<[u8]>, usize>,
    /// By number: what was ordered, and the place of what was issued for it.
    orders: HashMap<Box<str>, (Box<str>, usize)>,
    /// Names that many certificates have in common, each kept once.
    profiles: BTreeSet<Arc<str>>,
    issuers: BTreeSet<Arc<[u8]>>,
}

impl Index {
    pub(super) fn add(
        &mut self,
        certificate: &Certificate,
        profile: &str,
        at: Instant,
        order: Option<OrderNumber<'_>>,
        line: Range<u64>,
    ) {
        let values = name::attributes(certificate.subject_name()).into_iter().map(|(_, value)| value.to_lowercase());
        let serial: Box<[u8]> = certificate.serial().into();
        let listed = Listed {
            serial: serial.clone(),
            profile: shared(&mut self.profiles, profile),
            at,
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            words: values.collect::<Vec<_>>().join("\n").into(),
            revoked: None,
            is_raised: false,
            issuer: shared(&mut self.issuers, certificate.issuer_der()),
            key: certificate.public_key().secret_mark(),
            line,
        };
        let place = self.list.len();
        self.by_serial.insert(serial, place);
        if let Some(order) = order {
            self.orders.insert(order.number.into(), (order.what.into(), place));
        }
        self.list.push(Arc::new(listed));
    }

    pub(super) fn find(&self, serial: &[u8]) -> Option<&Listed> {
        self.list.get(*self.by_serial.get(serial)?).map(|listed| &**listed)
    }

    /// What was ordered under a number, and what was issued for it.
    pub(super) fn ordered(&self, number: &str) -> Option<(&str, &Listed)> {
        let (what, place) = self.orders.get(number)?;
        Some((what, self.list.get(*place)?))
    }

    /// Marks a certificate as revoked; one that is keeps its time and takes the reason. False if there is none such.
    pub(super) fn revoke(&mut self, serial: &[u8], at: Instant, reason: RevocationReason) -> bool {
        let Some(listed) = self.by_serial.get(serial).and_then(|place| self.list.get_mut(*place)) else { return false };
        let listed = Arc::make_mut(listed);
        listed.is_raised |= listed.revoked.is_some();
        listed.revoked = Some((listed.revoked.map_or(at, |(first, _)| first), reason));
        true
    }

    pub(super) fn all(&self) -> &[Arc<Listed>] {
        &self.list
    }
}

fn shared<T: ?Sized + Ord>(known: &mut BTreeSet<Arc<T>>, value: &T) -> Arc<T>
where
    Arc<T>: for<'a> From<&'a T>,
{
    if let Some(one) = known.get(value) {
        return Arc::clone(one);
    }
    let one = Arc::from(value);
    known.insert(Arc::clone(&one));
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_takes_little_memory() {
        let bytes = size_of::<Listed>();
        assert!(bytes <= 256, "{bytes}");
    }
}
