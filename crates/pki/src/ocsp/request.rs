//! Requests, and the identifier by which both sides name a certificate (RFC 6960 §4.1.1).

use super::{NONCE, NONCE_BYTES_MAX, OcspError, REQUEST_BYTES_MAX};
use crate::Certificate;
use crate::extensions::shortest;
use crate::tlv::{self, Walker, context, wrap, wrap_all};
use const_oid::ObjectIdentifier;
use mekong_crypto::DigestAlgorithm;
use std::fmt;

/// Names a certificate by its serial number and digests of its issuer's name and key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CertId {
    /// What the two digests are made with: SHA-1 in X-Road and by default everywhere.
    pub algorithm: DigestAlgorithm,
    /// Digest of the issuer's DER name.
    pub issuer_name_hash: Vec<u8>,
    /// Digest of the issuer's public key bits.
    pub issuer_key_hash: Vec<u8>,
    /// Serial number, as [`Certificate::serial`].
    pub serial: Vec<u8>,
}

impl CertId {
    /// The identifier of a certificate.
    pub fn of(cert: &Certificate, issuer: &Certificate, algorithm: DigestAlgorithm) -> Self {
        Self::of_serial(cert.serial(), issuer, algorithm)
    }

    /// The identifier of the certificate with this serial number.
    pub fn of_serial(serial: &[u8], issuer: &Certificate, algorithm: DigestAlgorithm) -> Self {
        Self {
            algorithm,
            issuer_name_hash: algorithm.digest(issuer.subject_der()).as_ref().to_vec(),
            issuer_key_hash: algorithm.digest(issuer.public_key().material()).as_ref().to_vec(),
            serial: shortest(serial).to_vec(),
        }
    }

    pub(super) fn to_der(&self) -> Vec<u8> {
        let algorithm = wrap_all(tlv::SEQUENCE, &[&wrap(tlv::OID, self.algorithm.oid().as_bytes()), &[0x05, 0x00]]);
        let name = wrap(tlv::OCTET_STRING, &self.issuer_name_hash);
        let key = wrap(tlv::OCTET_STRING, &self.issuer_key_hash);
        wrap_all(tlv::SEQUENCE, &[&algorithm, &name, &key, &wrap(tlv::INTEGER, &self.serial)])
    }

    pub(super) fn read(fields: &mut Walker<'_>) -> Result<Self, OcspError> {
        let mut id = fields.enter(tlv::SEQUENCE, "CertID")?;
        let oid = id.enter(tlv::SEQUENCE, "hashAlgorithm")?.take(tlv::OID, "hashAlgorithm")?.value;
        let algorithm = ObjectIdentifier::from_bytes(oid)
            .map_err(|e| e.to_string())
            .and_then(|oid| DigestAlgorithm::from_oid(oid).map_err(|e| e.to_string()))
            .map_err(|e| OcspError::Unsupported(format!("CertID: {e}")))?;
        let issuer_name_hash = id.take(tlv::OCTET_STRING, "issuerNameHash")?.value.to_vec();
        let issuer_key_hash = id.take(tlv::OCTET_STRING, "issuerKeyHash")?.value.to_vec();
        let serial = shortest(id.take(tlv::INTEGER, "serialNumber")?.value).to_vec();
        id.finish("CertID")?;
        Ok(Self { algorithm, issuer_name_hash, issuer_key_hash, serial })
    }
}

impl fmt::Display for CertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, key) = (hex::encode(&self.issuer_name_hash), hex::encode(&self.issuer_key_hash));
        write!(f, "serial {} of issuer {name}/{key} ({})", hex::encode(&self.serial), self.algorithm.name())
    }
}

impl fmt::Debug for CertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A request about one certificate, unsigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which certificate.
    pub cert_id: CertId,
    /// Bytes that the responder is to copy, so that the answer cannot be an old one.
    pub nonce: Option<Vec<u8>>,
}

impl Request {
    /// Asks about `cert` in X-Road's form: SHA-1 identifier, no nonce, so that responders can answer from a cache.
    pub fn new(cert: &Certificate, issuer: &Certificate) -> Self {
        Self { cert_id: CertId::of(cert, issuer, DigestAlgorithm::Sha1), nonce: None }
    }

    /// The DER `OCSPRequest`.
    pub fn to_der(&self) -> Vec<u8> {
        let single = wrap(tlv::SEQUENCE, &self.cert_id.to_der());
        let list = wrap(tlv::SEQUENCE, &single);
        let extensions = self.nonce.as_ref().map(|n| wrap(context(2), &nonce_extensions(n))).unwrap_or_default();
        wrap(tlv::SEQUENCE, &wrap_all(tlv::SEQUENCE, &[&list, &extensions]))
    }

    /// Reads a request. One certificate; a signature on the request is passed over, other extensions too unless critical.
    ///
    /// # Errors
    /// [`OcspError::TooLarge`], [`OcspError::Malformed`]; [`OcspError::Unsupported`] for more than one certificate, an
    /// unknown digest or an unknown critical extension.
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        if der.len() > REQUEST_BYTES_MAX {
            return Err(OcspError::TooLarge { found: der.len(), limit: REQUEST_BYTES_MAX });
        }
        let mut request = Walker::open(der, tlv::SEQUENCE, "OCSPRequest")?;
        let mut tbs = request.enter(tlv::SEQUENCE, "tbsRequest")?;
        request.optional(context(0), "optionalSignature")?;
        request.finish("OCSPRequest")?;
        tbs.optional(context(0), "version")?;
        tbs.optional(context(1), "requestorName")?;
        let mut list = tbs.enter(tlv::SEQUENCE, "requestList")?;
        let mut single = list.enter(tlv::SEQUENCE, "Request")?;
        if !list.is_empty() {
            return Err(OcspError::Unsupported("a request about more than one certificate; ask one by one".into()));
        }
        let cert_id = CertId::read(&mut single)?;
        if let Some(extensions) = single.optional(context(0), "singleRequestExtensions")? {
            read_nonce(extensions.value)?;
        }
        single.finish("Request")?;
        let nonce = match tbs.optional(context(2), "requestExtensions")? {
            Some(extensions) => read_nonce(extensions.value)?,
            None => None,
        };
        tbs.finish("tbsRequest")?;
        Ok(Self { cert_id, nonce })
    }
}

/// `Extensions` with the nonce alone; its value is an OCTET STRING inside the OCTET STRING (RFC 8954 §2.1).
pub(super) fn nonce_extensions(nonce: &[u8]) -> Vec<u8> {
    let value = wrap(tlv::OCTET_STRING, &wrap(tlv::OCTET_STRING, nonce));
    wrap(tlv::SEQUENCE, &wrap_all(tlv::SEQUENCE, &[&wrap(tlv::OID, NONCE), &value]))
}

/// The nonce among `Extensions`; unknown critical ones are refused.
pub(super) fn read_nonce(extensions: &[u8]) -> Result<Option<Vec<u8>>, OcspError> {
    let mut list = Walker::open(extensions, tlv::SEQUENCE, "Extensions")?;
    let mut nonce = None;
    while !list.is_empty() {
        let mut extension = list.enter(tlv::SEQUENCE, "Extension")?;
        let oid = extension.take(tlv::OID, "extnID")?.value;
        let critical = extension.optional(tlv::BOOLEAN, "critical")?.is_some_and(|b| b.value != [0]);
        let value = extension.take(tlv::OCTET_STRING, "extnValue")?.value;
        extension.finish("Extension")?;
        if oid == NONCE {
            // Some old clients put the bare bytes here.
            let inner = Walker::open(value, tlv::OCTET_STRING, "nonce").and_then(|_| Walker::new(value).next("nonce"));
            let bytes = inner.map_or(value, |tlv| tlv.value);
            if bytes.len() > NONCE_BYTES_MAX {
                return Err(OcspError::Malformed(format!("nonce of {} bytes", bytes.len())));
            }
            nonce = Some(bytes.to_vec());
        } else if critical {
            return Err(OcspError::Unsupported(format!("critical extension {}", hex::encode(oid))));
        }
    }
    Ok(nonce)
}
