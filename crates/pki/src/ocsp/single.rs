//! One answer of a response with its extensions (RFC 6960 §4.2.1, §4.4).

use super::{Answer, CertId, NONCE, OcspError, Status};
use crate::tlv::{self, Walker, context};
use crate::{extensions, time};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280 as oid;
use mekong_base::Instant;
use mekong_crypto::DigestAlgorithm;

/// An answer with what the responder adds to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Single {
    /// The answer.
    pub answer: Answer,
    /// Certificates that expired from this time on are still known to the responder (`archiveCutoff`, RFC 6960 §4.4.4).
    pub archive_cutoff: Option<Instant>,
    /// Digest of the certificate that the answer is about: a statement that it was really issued (`CertHash`, Common PKI).
    pub cert_hash: Option<(DigestAlgorithm, Vec<u8>)>,
    /// Since when the key is suspected to be compromised (RFC 5280 §5.3.2).
    pub invalidity: Option<Instant>,
}

/// `id-pkix-ocsp-archive-cutoff`.
const ARCHIVE_CUTOFF: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.6");
/// `id-isismtt-at-certHash`.
const CERT_HASH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.36.8.3.13");
/// `id-pkix-ocsp-crl` and `id-pkix-ocsp-service-locator`: of no consequence here, critical or not.
const KNOWN: [ObjectIdentifier; 2] =
    [ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.3"), ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.7")];

impl Single {
    /// `None` for an answer about a certificate named by a digest that we do not know.
    pub(super) fn read(list: &mut Walker<'_>) -> Result<Option<Self>, OcspError> {
        let mut single = list.enter(tlv::SEQUENCE, "SingleResponse")?;
        let cert_id = match CertId::read(&mut single) {
            Ok(cert_id) => cert_id,
            Err(OcspError::Unsupported(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let status = read_status(&mut single)?;
        let this_update = tlv::read_time(single.take(tlv::GENERALIZED_TIME, "thisUpdate")?.value)?;
        let next_update = match single.optional(context(0), "nextUpdate")? {
            Some(next) => {
                let time = Walker::new(next.value).take(tlv::GENERALIZED_TIME, "nextUpdate")?;
                Some(tlv::read_time(time.value)?)
            }
            None => None,
        };
        let extensions = single.optional(context(1), "singleExtensions")?;
        single.finish("SingleResponse")?;
        let answer = Answer { cert_id, status, this_update, next_update };
        let mut found = Self { answer, archive_cutoff: None, cert_hash: None, invalidity: None };
        if let Some(extensions) = extensions {
            found.read_extensions(extensions.value)?;
        }
        Ok(Some(found))
    }

    fn read_extensions(&mut self, explicit: &[u8]) -> Result<(), OcspError> {
        let list = Walker::new(explicit).take(tlv::SEQUENCE, "singleExtensions")?;
        for extension in extensions::read(list.value)? {
            let mut value = Walker::new(extension.value);
            if extension.is(&ARCHIVE_CUTOFF) {
                self.archive_cutoff = Some(tlv::read_time(value.take(tlv::GENERALIZED_TIME, "archiveCutoff")?.value)?);
            } else if extension.is(&CERT_HASH) {
                let mut hash = value.enter(tlv::SEQUENCE, "CertHash")?;
                let oid = hash.enter(tlv::SEQUENCE, "hashAlgorithm")?.take(tlv::OID, "hashAlgorithm")?.value;
                let digest = hash.take(tlv::OCTET_STRING, "certificateHash")?.value;
                let algorithm = ObjectIdentifier::from_bytes(oid).ok();
                let algorithm = algorithm.and_then(|oid| DigestAlgorithm::from_oid(oid).ok());
                self.cert_hash = algorithm.map(|algorithm| (algorithm, digest.to_vec()));
            } else if extension.is(&oid::ID_CE_INVALIDITY_DATE) {
                self.invalidity = Some(time::read(value.next("invalidityDate")?)?.at);
            } else if extension.critical && extension.oid != NONCE && !KNOWN.iter().any(|known| extension.is(known)) {
                return Err(OcspError::Unsupported(format!("critical extension {}", extension.name())));
            }
        }
        Ok(())
    }
}

fn read_status(single: &mut Walker<'_>) -> Result<Status, OcspError> {
    let status = single.next("certStatus")?;
    match status.tag {
        0x80 => Ok(Status::Good),
        0x82 => Ok(Status::Unknown),
        0xa1 => {
            let mut info = Walker::new(status.value);
            let at = tlv::read_time(info.take(tlv::GENERALIZED_TIME, "revocationTime")?.value)?;
            let reason = match info.optional(context(0), "revocationReason")? {
                Some(reason) => {
                    Walker::new(reason.value).take(tlv::ENUMERATED, "revocationReason")?.value.first().copied()
                }
                None => None,
            };
            info.finish("RevokedInfo")?;
            Ok(Status::Revoked { at, reason })
        }
        other => Err(OcspError::Malformed(format!("certStatus: tag {other:#04x}"))),
    }
}
