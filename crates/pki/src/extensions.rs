//! `Extensions` of certificates, CRLs and CRL entries, walked as they stand (RFC 5280 §4.2, §5.2, §5.3).

use crate::tlv::{self, TlvError, Walker};
use const_oid::ObjectIdentifier;

/// Most extensions that are read in one place.
const EXTENSIONS_MAX: usize = 256;

/// One extension.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw<'a> {
    /// Content octets of the OID.
    pub(crate) oid: &'a [u8],
    pub(crate) critical: bool,
    /// What the octet string holds.
    pub(crate) value: &'a [u8],
}

impl Raw<'_> {
    pub(crate) fn is(&self, oid: &ObjectIdentifier) -> bool {
        self.oid == oid.as_bytes()
    }

    /// The OID for people.
    pub(crate) fn name(&self) -> String {
        oid_text(self.oid)
    }
}

/// An OID in dotted form, else hexadecimal.
pub(crate) fn oid_text(oid: &[u8]) -> String {
    ObjectIdentifier::from_bytes(oid).map_or_else(|_| hex::encode(oid), |oid| oid.to_string())
}

/// All of `Extensions`, given its content octets; an extension that is there twice is refused.
pub(crate) fn read(content: &[u8]) -> Result<Vec<Raw<'_>>, TlvError> {
    let (mut list, mut found) = (Walker::new(content), Vec::<Raw<'_>>::new());
    while !list.is_empty() {
        if found.len() >= EXTENSIONS_MAX {
            return Err(TlvError(format!("more than {EXTENSIONS_MAX} extensions")));
        }
        let extension = next(&mut list)?;
        if found.iter().any(|known| known.oid == extension.oid) {
            return Err(TlvError(format!("extension {} is there twice", extension.name())));
        }
        found.push(extension);
    }
    Ok(found)
}

/// The next `Extension`.
pub(crate) fn next<'a>(list: &mut Walker<'a>) -> Result<Raw<'a>, TlvError> {
    let mut extension = list.enter(tlv::SEQUENCE, "Extension")?;
    let oid = extension.take(tlv::OID, "extnID")?.value;
    let critical = extension.optional(tlv::BOOLEAN, "critical")?.is_some_and(|b| b.value != [0]);
    let value = extension.take(tlv::OCTET_STRING, "extnValue")?.value;
    extension.finish("Extension")?;
    Ok(Raw { oid, critical, value })
}

/// An `INTEGER`'s content octets without those that only repeat the sign.
pub(crate) fn shortest(mut integer: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = integer
        && let [second, ..] = rest
        && ((*first == 0 && *second < 0x80) || (*first == 0xff && *second >= 0x80))
    {
        integer = rest;
    }
    integer
}

#[cfg(test)]
mod tests {
    use super::shortest;

    #[test]
    fn integers_lose_what_only_repeats_the_sign() {
        for (from, to) in [
            (&[0, 0, 1][..], &[1][..]),
            (&[0, 0x80], &[0, 0x80]),
            (&[0xff, 0xff, 0x80], &[0x80]),
            (&[0xff, 0x7f], &[0xff, 0x7f]),
            (&[0], &[0]),
            (&[], &[]),
        ] {
            assert_eq!(shortest(from), to);
        }
    }
}
