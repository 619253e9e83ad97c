//! The frame of a list: everything but its entries.

use super::index::Index;
use super::point::read_names;
use super::{CRL_BYTES_MAX, CrlError, Distribution, Inner, Point, Reasons};
use crate::extensions::{self, oid_text, shortest};
use crate::tlv::{self, TlvError, Walker, context};
use crate::{canonical, time};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280 as oid;
use der::Decode;
use mekong_base::Instant;
use spki::AlgorithmIdentifierOwned;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// `expiredCertsOnCRL` (X.509 §9.5.2.8).
const EXPIRED_CERTS_ON_CRL: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.60");

#[derive(Default)]
pub(super) struct Extensions {
    pub(super) number: Option<Vec<u8>>,
    pub(super) delta_base: Option<Vec<u8>>,
    pub(super) authority_key_identifier: Option<Vec<u8>>,
    pub(super) authority_key_identifier_der: Option<Vec<u8>>,
    pub(super) distribution: Option<Distribution>,
    pub(super) expired_certs_on_crl: Option<Instant>,
    pub(super) freshest: Vec<Point>,
    pub(super) unknown_critical: Option<String>,
}

pub(super) fn parse(der: Arc<[u8]>) -> Result<Inner, CrlError> {
    if der.len() > CRL_BYTES_MAX {
        return Err(CrlError::TooLarge { found: der.len(), limit: CRL_BYTES_MAX });
    }
    let frame = match Frame::read(&der) {
        Ok(frame) => frame,
        // Indefinite lengths: the signature is over the DER form, so that this is what is kept.
        Err(first) => match tlv::definite(&der) {
            Ok(std::borrow::Cow::Owned(definite)) => return parse_definite(definite.into()),
            _ => return Err(first.into()),
        },
    };
    frame.inner(Arc::clone(&der))
}

fn parse_definite(der: Arc<[u8]>) -> Result<Inner, CrlError> {
    let frame = Frame::read(&der)?;
    frame.inner(Arc::clone(&der))
}

struct Frame {
    tbs: Range<usize>,
    signature: Range<usize>,
    issuer: Range<usize>,
    algorithm: AlgorithmIdentifierOwned,
    two_algorithms: bool,
    this_update: Instant,
    next_update: Option<Instant>,
    entries: Option<Range<usize>>,
    extensions: Option<Range<usize>>,
}

impl Frame {
    fn read(der: &[u8]) -> Result<Self, TlvError> {
        let place = |part: &[u8]| {
            let start = (part.as_ptr() as usize).saturating_sub(der.as_ptr() as usize);
            start..start + part.len()
        };
        let mut outer = Walker::open(der, tlv::SEQUENCE, "CertificateList")?;
        let tbs = outer.take(tlv::SEQUENCE, "tbsCertList")?;
        let algorithm = outer.take(tlv::SEQUENCE, "signatureAlgorithm")?;
        let signature = match outer.take(tlv::BIT_STRING, "signatureValue")?.value {
            [0, signature @ ..] => place(signature),
            // Not whole bytes: no signature at all, which `Crl::verify` tells.
            _ => 0..0,
        };
        outer.finish("CertificateList")?;
        let mut list = Walker::new(tbs.value);
        list.optional(tlv::INTEGER, "version")?;
        let inner_algorithm = list.take(tlv::SEQUENCE, "signature")?;
        let issuer = place(list.take(tlv::SEQUENCE, "issuer")?.whole);
        let this_update = time::read(list.next("thisUpdate")?)?.at;
        let has_next = matches!(list.peek_tag(), Some(time::UTC_TIME | tlv::GENERALIZED_TIME));
        let next_update = if has_next { Some(time::read(list.next("nextUpdate")?)?.at) } else { None };
        let entries = list.optional(tlv::SEQUENCE, "revokedCertificates")?.map(|e| place(e.value));
        let extensions = match list.optional(context(0), "crlExtensions")? {
            Some(explicit) => {
                let inner = Walker::new(explicit.value).take(tlv::SEQUENCE, "crlExtensions")?;
                Some(place(inner.value))
            }
            None => None,
        };
        list.finish("tbsCertList")?;
        Ok(Self {
            tbs: place(tbs.whole),
            signature,
            issuer,
            two_algorithms: algorithm.whole != inner_algorithm.whole,
            algorithm: AlgorithmIdentifierOwned::from_der(algorithm.whole)?,
            this_update,
            next_update,
            entries,
            extensions,
        })
    }

    fn inner(self, der: Arc<[u8]>) -> Result<Inner, CrlError> {
        let issuer_canonical = canonical::canonical(der.get(self.issuer.clone()).unwrap_or_default());
        let extensions = match self.extensions.clone() {
            Some(place) => read_extensions(der.get(place).unwrap_or_default(), &issuer_canonical)?,
            None => Extensions::default(),
        };
        let index = match self.entries {
            Some(place) => Index::build(&der, place)?,
            None => Index::empty(),
        };
        Ok(Inner {
            tbs: self.tbs,
            issuer: self.issuer,
            issuer_canonical,
            signature: self.signature,
            algorithm: self.algorithm,
            two_algorithms: self.two_algorithms,
            this_update: self.this_update,
            next_update: self.next_update,
            extensions,
            index,
            verified_by: OnceLock::new(),
            der,
        })
    }
}

fn read_extensions(content: &[u8], issuer_canonical: &[u8]) -> Result<Extensions, TlvError> {
    let mut found = Extensions::default();
    for extension in extensions::read(content)? {
        let value = extension.value;
        let number = |what| Walker::new(value).take(tlv::INTEGER, what).map(|n| shortest(n.value).to_vec());
        if extension.is(&oid::ID_CE_CRL_NUMBER) {
            found.number = Some(number("cRLNumber")?);
        } else if extension.is(&oid::ID_CE_DELTA_CRL_INDICATOR) {
            found.delta_base = Some(number("BaseCRLNumber")?);
        } else if extension.is(&oid::ID_CE_AUTHORITY_KEY_IDENTIFIER) {
            let mut identifier = Walker::open(value, tlv::SEQUENCE, "authorityKeyIdentifier")?;
            found.authority_key_identifier = identifier.optional(0x80, "keyIdentifier")?.map(|k| k.value.to_vec());
            found.authority_key_identifier_der = Some(value.to_vec());
        } else if extension.is(&oid::ID_CE_ISSUING_DISTRIBUTION_POINT) {
            found.distribution = Some(distribution(value, issuer_canonical)?);
        } else if extension.is(&EXPIRED_CERTS_ON_CRL) {
            found.expired_certs_on_crl = Some(time::read(Walker::new(value).next("expiredCertsOnCRL")?)?.at);
        } else if extension.is(&oid::ID_CE_FRESHEST_CRL) {
            found.freshest = Point::read_all(value, issuer_canonical)?;
        } else if extension.critical && !extension.is(&oid::ID_CE_ISSUER_ALT_NAME) {
            found.unknown_critical.get_or_insert_with(|| oid_text(extension.oid));
        }
    }
    Ok(found)
}

fn distribution(value: &[u8], issuer_canonical: &[u8]) -> Result<Distribution, TlvError> {
    let mut point = Walker::open(value, tlv::SEQUENCE, "issuingDistributionPoint")?;
    let names = point.optional(context(0), "distributionPoint")?;
    let names = names.map(|names| read_names(names, issuer_canonical)).transpose()?;
    let mut flag = |number: u8, what| -> Result<bool, TlvError> {
        Ok(point.optional(0x80 | number, what)?.is_some_and(|b| b.value != [0]))
    };
    let only_user = flag(1, "onlyContainsUserCerts")?;
    let only_ca = flag(2, "onlyContainsCACerts")?;
    let only_some_reasons = point.optional(0x83, "onlySomeReasons")?.map(|bits| Reasons::read(bits.value));
    let mut flag = |number: u8, what| -> Result<bool, TlvError> {
        Ok(point.optional(0x80 | number, what)?.is_some_and(|b| b.value != [0]))
    };
    let indirect = flag(4, "indirectCRL")?;
    let only_attribute = flag(5, "onlyContainsAttributeCerts")?;
    point.finish("issuingDistributionPoint")?;
    Ok(Distribution { names, only_user, only_ca, only_attribute, only_some_reasons, indirect })
}
