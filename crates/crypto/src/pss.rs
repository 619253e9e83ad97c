//! The parameters of RSASSA-PSS (RFC 4055 §3.1).

use crate::algorithm::SignatureAlgorithm;
use crate::{CryptoError, DigestAlgorithm};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, Null};
use der::{Decode, Encode};
use spki::{AlgorithmIdentifier, AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");

/// Digest, digest of the mask generation function MGF1, and salt length in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PssParameters {
    digest: DigestAlgorithm,
    mask: DigestAlgorithm,
    salt_len: u16,
}

impl PssParameters {
    pub(crate) const fn new(digest: DigestAlgorithm, mask: DigestAlgorithm, salt_len: u16) -> Self {
        Self { digest, mask, salt_len }
    }

    /// What almost everybody uses: one digest for both, and a salt as long as it.
    #[expect(clippy::cast_possible_truncation, reason = "a digest has at most 64 bytes")]
    pub(crate) const fn usual(digest: DigestAlgorithm) -> Self {
        Self { digest, mask: digest, salt_len: digest.output_len() as u16 }
    }

    /// The digest of the message.
    pub const fn digest(self) -> DigestAlgorithm {
        self.digest
    }

    /// The digest that MGF1 uses.
    pub const fn mask(self) -> DigestAlgorithm {
        self.mask
    }

    /// The length of the salt in bytes.
    pub const fn salt_len(self) -> u16 {
        self.salt_len
    }

    pub(crate) fn encode(self) -> der::Result<Any> {
        let hash = |d: DigestAlgorithm| AlgorithmIdentifier { oid: d.oid(), parameters: Some(Any::from(Null)) };
        Any::encode_from(&Encoded {
            hash: Some(hash(self.digest)),
            mask: Some(AlgorithmIdentifier { oid: MGF1, parameters: Some(Any::encode_from(&hash(self.mask))?) }),
            salt_len: Some(self.salt_len),
            trailer: None,
        })
    }
}

/// `RSASSA-PSS-params`; every field is EXPLICIT with a SHA-1 default.
#[derive(der::Sequence)]
struct Encoded {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt_len: Option<u16>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

/// Reads the parameters of an `id-RSASSA-PSS` identifier; what is left out has the defaults of RFC 4055 (SHA-1, MGF1 with
/// SHA-1, 20 bytes).
///
/// # Errors
/// [`CryptoError::UnsupportedAlgorithm`] says what is missing, unreadable or unknown.
pub(crate) fn read(parameters: Option<&Any>) -> Result<SignatureAlgorithm, CryptoError> {
    let wrong = |what: &str| CryptoError::UnsupportedAlgorithm(format!("RSASSA-PSS: {what}"));
    let encoded = parameters.ok_or_else(|| wrong("no parameters"))?.to_der().map_err(|e| wrong(&e.to_string()))?;
    let encoded = Encoded::from_der(&encoded).map_err(|e| wrong(&e.to_string()))?;
    if encoded.trailer.unwrap_or(1) != 1 {
        return Err(wrong("a trailer other than 0xbc"));
    }
    let digest = match encoded.hash {
        Some(hash) => DigestAlgorithm::from_oid(hash.oid)?,
        None => DigestAlgorithm::Sha1,
    };
    let mask = match encoded.mask {
        Some(mask) if mask.oid == MGF1 => mask_digest(mask.parameters.as_ref()).ok_or_else(|| wrong("MGF1"))?,
        Some(mask) => return Err(wrong(&format!("mask generation function {}", mask.oid))),
        None => DigestAlgorithm::Sha1,
    };
    Ok(SignatureAlgorithm::rsa_pss(digest, mask, encoded.salt_len.unwrap_or(20)))
}

fn mask_digest(parameters: Option<&Any>) -> Option<DigestAlgorithm> {
    let encoded = parameters?.to_der().ok()?;
    DigestAlgorithm::from_oid(AlgorithmIdentifierRef::from_der(&encoded).ok()?.oid).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_parameters_mean_sha1() {
        let empty = Any::from_der(&[0x30, 0]).ok();
        assert_eq!(read(empty.as_ref()), Ok(SignatureAlgorithm::RsaPss(DigestAlgorithm::Sha1)));
        assert!(read(None).is_err());
    }
}
