//! Requests (RFC 3161 §2.4.1).

use super::{FailureInfo, NUMBER_BYTES_MAX, Policy, REQUEST_BYTES_MAX, Refusal};
use crate::cms::algorithm_identifier;
use crate::tlv::{self, TlvError, Walker, context, wrap, wrap_all};
use const_oid::ObjectIdentifier;
use mekong_crypto::DigestAlgorithm;

/// A request for a time-stamp over a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What the digest is made with.
    pub algorithm: DigestAlgorithm,
    /// The digest of the data.
    pub digest: Vec<u8>,
    /// Under which policy; `None` leaves it to the authority.
    pub policy: Option<Policy>,
    /// A number that the answer repeats, big-endian two's complement.
    pub nonce: Option<Vec<u8>>,
    /// Whether the answer shall hold the authority's certificate.
    pub wants_certificate: bool,
}

impl Request {
    /// A request in X-Road's form: no nonce, no policy, no certificate.
    pub const fn new(algorithm: DigestAlgorithm, digest: Vec<u8>) -> Self {
        Self { algorithm, digest, policy: None, nonce: None, wants_certificate: false }
    }

    /// The DER `TimeStampReq`.
    pub fn to_der(&self) -> Vec<u8> {
        let policy = self.policy.as_ref().map(Policy::to_der).unwrap_or_default();
        let nonce = self.nonce.as_ref().map(|n| wrap(tlv::INTEGER, n)).unwrap_or_default();
        let wants: &[u8] = if self.wants_certificate { &[tlv::BOOLEAN, 1, 0xff] } else { &[] };
        let imprint = imprint(self.algorithm, &self.digest);
        wrap_all(tlv::SEQUENCE, &[&[tlv::INTEGER, 1, 1], &imprint, &policy, &nonce, wants])
    }

    /// Reads a request.
    ///
    /// # Errors
    /// What the authority answers: `badRequest` if too large or malformed, `badAlg` for a digest we do not know,
    /// `badDataFormat` if the digest has the wrong length, `unacceptedExtension` for any extension.
    pub fn from_der(der: &[u8]) -> Result<Self, Refusal> {
        if der.len() > REQUEST_BYTES_MAX {
            let text = format!("a request of {} bytes is larger than {REQUEST_BYTES_MAX}", der.len());
            return Err(Refusal::rejection(FailureInfo::BadRequest, text));
        }
        Self::read(der).map_err(|e| Refusal::rejection(FailureInfo::BadRequest, e.0))?
    }

    fn read(der: &[u8]) -> Result<Result<Self, Refusal>, TlvError> {
        let mut fields = Walker::open(der, tlv::SEQUENCE, "TimeStampReq")?;
        if fields.take(tlv::INTEGER, "version")?.value != [1] {
            return Err(TlvError("version: 1 wanted".into()));
        }
        let (oid, digest) = read_imprint(&mut fields)?;
        let policy = fields.optional(tlv::OID, "reqPolicy")?.map(|p| Policy::read(p.value)).transpose()?;
        let nonce = fields.optional(tlv::INTEGER, "nonce")?.map(|n| n.value.to_vec());
        if nonce.as_ref().is_some_and(|n| n.is_empty() || n.len() > NUMBER_BYTES_MAX) {
            return Err(TlvError(format!("nonce: 1 to {NUMBER_BYTES_MAX} bytes wanted")));
        }
        let wants_certificate = fields.optional(tlv::BOOLEAN, "certReq")?.is_some_and(|b| b.value != [0]);
        if fields.optional(context(0), "extensions")?.is_some() {
            return Ok(Err(Refusal::rejection(FailureInfo::UnacceptedExtension, "extensions are not supported")));
        }
        fields.finish("TimeStampReq")?;
        let algorithm = match DigestAlgorithm::from_oid(oid) {
            Ok(algorithm) => algorithm,
            Err(error) => return Ok(Err(Refusal::rejection(FailureInfo::BadAlgorithm, error.to_string()))),
        };
        if digest.len() != algorithm.output_len() {
            let (name, wanted, found) = (algorithm.name(), algorithm.output_len(), digest.len());
            let text = format!("a {name} digest has {wanted} bytes, found {found}");
            return Ok(Err(Refusal::rejection(FailureInfo::BadDataFormat, text)));
        }
        Ok(Ok(Self { algorithm, digest: digest.to_vec(), policy, nonce, wants_certificate }))
    }
}

/// The DER `MessageImprint`.
pub(super) fn imprint(algorithm: DigestAlgorithm, digest: &[u8]) -> Vec<u8> {
    wrap_all(tlv::SEQUENCE, &[&algorithm_identifier(algorithm), &wrap(tlv::OCTET_STRING, digest)])
}

pub(super) fn read_imprint<'a>(fields: &mut Walker<'a>) -> Result<(ObjectIdentifier, &'a [u8]), TlvError> {
    let mut imprint = fields.enter(tlv::SEQUENCE, "messageImprint")?;
    let oid = read_algorithm(&mut imprint, "hashAlgorithm")?;
    let digest = imprint.take(tlv::OCTET_STRING, "hashedMessage")?.value;
    imprint.finish("messageImprint")?;
    Ok((oid, digest))
}

/// The object identifier of an `AlgorithmIdentifier`; parameters are passed over.
fn read_algorithm(fields: &mut Walker<'_>, what: &str) -> Result<ObjectIdentifier, TlvError> {
    let oid = fields.enter(tlv::SEQUENCE, what)?.take(tlv::OID, what)?.value;
    ObjectIdentifier::from_bytes(oid).map_err(|e| TlvError(format!("{what}: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_round_trip() {
        let plain = Request::new(DigestAlgorithm::Sha512, vec![7; 64]);
        let full = Request {
            policy: Some(ObjectIdentifier::new_unwrap("1.2.3.4").into()),
            nonce: Some(vec![0, 0x80, 1]),
            wants_certificate: true,
            ..plain.clone()
        };
        for request in [plain, full] {
            assert_eq!(Request::from_der(&request.to_der()), Ok(request));
        }
    }

    #[test]
    fn each_fault_has_its_answer() {
        let failure = |der: &[u8]| Request::from_der(der).err().and_then(|r| r.failure);
        assert_eq!(failure(b""), Some(FailureInfo::BadRequest));
        assert_eq!(failure(&[0x30; 10 << 20]), Some(FailureInfo::BadRequest));
        let short = Request::new(DigestAlgorithm::Sha256, vec![7; 31]).to_der();
        assert_eq!(failure(&short), Some(FailureInfo::BadDataFormat));
        let mut md5 = Request::new(DigestAlgorithm::Sha256, vec![7; 32]).to_der();
        if let Some(byte) = md5.iter_mut().rposition(|b| *b == 1).and_then(|at| md5.get_mut(at)) {
            *byte = 0x7f;
        }
        assert_eq!(failure(&md5), Some(FailureInfo::BadAlgorithm));
    }
}
