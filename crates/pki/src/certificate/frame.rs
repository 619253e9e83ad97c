//! The parts of a certificate as they stand in its bytes, read more tolerantly than DER demands.
//!
//! What is signed, hashed and compared is what was received, never a re-encoding. Where the strict reader refuses, it is given
//! a repaired copy ([`Frame::repaired`]); the parts that were repaired are taken from here.

use crate::extensions::{self, shortest};
use crate::time;
use crate::tlv::{self, Tlv, TlvError, Walker, context, wrap, wrap_all};
use const_oid::ObjectIdentifier;
use mekong_base::Instant;
use std::ops::Range;

/// Longest serial number that RFC 5280 §4.1.2.2 allows, in octets.
pub(super) const SERIAL_OCTETS_MAX: usize = 20;

#[derive(Debug)]
pub(super) struct Frame<'a> {
    der: &'a [u8],
    pub(super) tbs: Tlv<'a>,
    /// `None` is version 1.
    pub(super) version: Option<&'a [u8]>,
    pub(super) serial: &'a [u8],
    inner_algorithm: Tlv<'a>,
    pub(super) issuer: Tlv<'a>,
    pub(super) not_before: Tlv<'a>,
    pub(super) not_after: Tlv<'a>,
    pub(super) subject: Tlv<'a>,
    pub(super) spki: Tlv<'a>,
    /// Content octets of `Extensions`.
    pub(super) extensions: Option<&'a [u8]>,
    algorithm: Tlv<'a>,
    signature: Tlv<'a>,
}

impl<'a> Frame<'a> {
    /// Lengths need not be the shortest; indefinite ones are refused, as nobody could say what was signed.
    pub(super) fn read(der: &'a [u8]) -> Result<Self, TlvError> {
        let mut outer = Walker::open(der, tlv::SEQUENCE, "Certificate")?;
        let tbs = outer.take(tlv::SEQUENCE, "tbsCertificate")?;
        let algorithm = outer.take(tlv::SEQUENCE, "signatureAlgorithm")?;
        let signature = outer.take(tlv::BIT_STRING, "signatureValue")?;
        outer.finish("Certificate")?;
        let mut fields = Walker::new(tbs.value);
        let version = match fields.optional(context(0), "version")? {
            Some(explicit) => Some(Walker::new(explicit.value).take(tlv::INTEGER, "version")?.value),
            None => None,
        };
        let serial = fields.take(tlv::INTEGER, "serialNumber")?.value;
        let inner_algorithm = fields.take(tlv::SEQUENCE, "signature")?;
        let issuer = fields.take(tlv::SEQUENCE, "issuer")?;
        let mut validity = fields.enter(tlv::SEQUENCE, "validity")?;
        let (not_before, not_after) = (validity.next("notBefore")?, validity.next("notAfter")?);
        validity.finish("validity")?;
        let subject = fields.take(tlv::SEQUENCE, "subject")?;
        let spki = fields.take(tlv::SEQUENCE, "subjectPublicKeyInfo")?;
        fields.optional(0x81, "issuerUniqueID")?;
        fields.optional(0x82, "subjectUniqueID")?;
        let extensions = match fields.optional(context(3), "extensions")? {
            Some(explicit) => {
                let mut inner = Walker::new(explicit.value);
                let list = inner.take(tlv::SEQUENCE, "extensions")?;
                inner.finish("extensions")?;
                Some(list.value)
            }
            None => None,
        };
        fields.finish("tbsCertificate")?;
        Ok(Self {
            der,
            tbs,
            version,
            serial,
            inner_algorithm,
            issuer,
            not_before,
            not_after,
            subject,
            spki,
            extensions,
            algorithm,
            signature,
        })
    }

    /// Where a part lies in the bytes.
    pub(super) fn place(&self, part: &[u8]) -> Range<usize> {
        let start = (part.as_ptr() as usize).saturating_sub(self.der.as_ptr() as usize);
        start..start + part.len()
    }

    /// Start and end of the validity.
    pub(super) fn validity(&self) -> Result<(Instant, Instant), TlvError> {
        Ok((time::read(self.not_before)?.at, time::read(self.not_after)?.at))
    }

    /// The same certificate for a strict reader: shortest lengths, a serial number and times that it can hold, extensions
    /// whose numbers it can hold. Its signature is worth nothing.
    pub(super) fn repaired(&self) -> Result<Vec<u8>, TlvError> {
        let version = self.version.map(|v| wrap(context(0), &wrap(tlv::INTEGER, shortest(v)))).unwrap_or_default();
        let serial = shortest(self.serial);
        let serial = if (1..=SERIAL_OCTETS_MAX).contains(&serial.len()) { serial } else { &[1] };
        let (not_before, not_after) = self.validity()?;
        let validity = wrap_all(tlv::SEQUENCE, &[&strict_time(not_before)?, &strict_time(not_after)?]);
        let extensions = match self.extensions {
            Some(content) => wrap(context(3), &wrap(tlv::SEQUENCE, &strict_extensions(content)?)),
            None => Vec::new(),
        };
        let tbs = wrap_all(
            tlv::SEQUENCE,
            &[
                &version,
                &wrap(tlv::INTEGER, serial),
                &tlv::definite(self.inner_algorithm.whole)?,
                &tlv::definite(self.issuer.whole)?,
                &validity,
                &tlv::definite(self.subject.whole)?,
                &tlv::definite(self.spki.whole)?,
                &extensions,
            ],
        );
        let (algorithm, signature) = (tlv::definite(self.algorithm.whole)?, tlv::definite(self.signature.whole)?);
        Ok(wrap_all(tlv::SEQUENCE, &[&tbs, &algorithm, &signature]))
    }
}

/// Times that a strict reader holds: 1970 to 9999.
fn strict_time(at: Instant) -> Result<Vec<u8>, TlvError> {
    time::write(at.max(Instant::from_unix_seconds(0)))
}

fn strict_extensions(content: &[u8]) -> Result<Vec<u8>, TlvError> {
    let (mut list, mut all) = (Walker::new(content), Vec::new());
    while !list.is_empty() {
        let extension = extensions::next(&mut list)?;
        if ObjectIdentifier::from_bytes(extension.oid).is_err() {
            continue;
        }
        let critical = if extension.critical { wrap(tlv::BOOLEAN, &[0xff]) } else { Vec::new() };
        let value = wrap(tlv::OCTET_STRING, extension.value);
        all.extend(wrap_all(tlv::SEQUENCE, &[&wrap(tlv::OID, extension.oid), &critical, &value]));
    }
    Ok(all)
}
