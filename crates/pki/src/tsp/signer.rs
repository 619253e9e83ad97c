//! The one `SignerInfo` of a token: signed attributes, and the signature over them (RFC 5652 §5.3, RFC 5816).

use super::token::{SignerId, digest_algorithm};
use super::{TspError, oid};
use crate::Certificate;
use crate::tlv::{self, Walker, context, wrap};
use const_oid::ObjectIdentifier;
use der::Decode;
use mekong_crypto::{CryptoError, DigestAlgorithm, SignatureAlgorithm, algorithm::RSA_ENCRYPTION};
use spki::AlgorithmIdentifierOwned;

/// `id-ecPublicKey`; some signers give the kind of key instead of the signature algorithm.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// A digest of the signer's certificate in the signed attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CertificateDigest {
    algorithm: DigestAlgorithm,
    digest: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(super) struct SignerInfo {
    pub(super) id: SignerId,
    digest: DigestAlgorithm,
    /// The attributes as they are signed: with the tag of a SET.
    signed: Vec<u8>,
    message_digest: Vec<u8>,
    certificates: Vec<CertificateDigest>,
    algorithm: AlgorithmIdentifierOwned,
    signature: Vec<u8>,
}

impl SignerInfo {
    pub(super) fn read(signers: &mut Walker<'_>) -> Result<Self, TspError> {
        let mut fields = signers.enter(tlv::SEQUENCE, "SignerInfo")?;
        fields.take(tlv::INTEGER, "version")?;
        let id = SignerId::read(&mut fields)?;
        let digest = digest_algorithm(&mut fields, "digestAlgorithm")?;
        let attributes = fields.take(context(0), "signedAttrs")?.value;
        let algorithm = fields.take(tlv::SEQUENCE, "signatureAlgorithm")?.whole;
        let algorithm = AlgorithmIdentifierOwned::from_der(algorithm)
            .map_err(|e| TspError::Malformed(format!("signatureAlgorithm: {e}")))?;
        let signature = fields.take(tlv::OCTET_STRING, "signature")?.value.to_vec();
        fields.optional(context(1), "unsignedAttrs")?;
        fields.finish("SignerInfo")?;
        let Attributes { message_digest, certificates } = Attributes::read(attributes)?;
        let signed = wrap(tlv::SET, attributes);
        Ok(Self { id, digest, signed, message_digest, certificates, algorithm, signature })
    }

    /// Content digest, signature, and that the signature is bound to `authority`'s certificate.
    pub(super) fn check(&self, content: &[u8], authority: &Certificate) -> Result<(), TspError> {
        let expected = self.digest.digest(content);
        if expected != *self.message_digest {
            return Err(TspError::ContentChanged {
                expected: hex::encode(expected),
                found: hex::encode(&self.message_digest),
            });
        }
        self.signature_algorithm()
            .and_then(|algorithm| authority.public_key().verify(algorithm, &self.signed, &self.signature))
            .map_err(|source| TspError::Signature { authority: authority.subject(), source })?;
        let bound = |c: &CertificateDigest| authority.fingerprint(c.algorithm) == *c.digest;
        if self.certificates.iter().all(bound) {
            Ok(())
        } else {
            Err(TspError::OtherCertificate { authority: authority.subject() })
        }
    }

    pub(super) fn signature_algorithm(&self) -> Result<SignatureAlgorithm, CryptoError> {
        match self.algorithm.oid {
            RSA_ENCRYPTION => Ok(SignatureAlgorithm::RsaPkcs1(self.digest)),
            EC_PUBLIC_KEY => Ok(SignatureAlgorithm::Ecdsa(self.digest)),
            _ => SignatureAlgorithm::from_identifier(&self.algorithm),
        }
    }
}

struct Attributes {
    message_digest: Vec<u8>,
    /// One by `signingCertificate`, one by its second version; at least one of them.
    certificates: Vec<CertificateDigest>,
}

impl Attributes {
    fn read(value: &[u8]) -> Result<Self, TspError> {
        let (mut list, mut seen) = (Walker::new(value), Vec::new());
        let (mut content_type, mut message_digest, mut certificates) = (None, None, Vec::new());
        while !list.is_empty() {
            let mut attribute = list.enter(tlv::SEQUENCE, "signed attribute")?;
            let id = attribute.take(tlv::OID, "signed attribute")?.value;
            let values = attribute.enter(tlv::SET, "signed attribute")?;
            if seen.contains(&id) {
                return Err(TspError::Malformed(format!("signed attribute {} is there twice", hex::encode(id))));
            }
            seen.push(id);
            match id {
                oid::CONTENT_TYPE => content_type = Some(single(values, tlv::OID, "content type")?),
                oid::MESSAGE_DIGEST => message_digest = Some(single(values, tlv::OCTET_STRING, "message digest")?),
                oid::SIGNING_CERTIFICATE => certificates.push(signing_certificate(values, false)?),
                oid::SIGNING_CERTIFICATE_V2 => certificates.push(signing_certificate(values, true)?),
                _ => {}
            }
        }
        let missing = |what: &str| TspError::Malformed(format!("signed attribute {what} is missing"));
        if content_type.ok_or_else(|| missing("content type"))? != oid::TST_INFO {
            return Err(TspError::Malformed("the signed content type is not that of time-stamps".into()));
        }
        if certificates.is_empty() {
            return Err(missing("signing certificate"));
        }
        let message_digest = message_digest.ok_or_else(|| missing("message digest"))?.to_vec();
        Ok(Self { message_digest, certificates })
    }
}

fn single<'a>(mut values: Walker<'a>, tag: u8, what: &str) -> Result<&'a [u8], TspError> {
    let value = values.take(tag, what)?.value;
    values.finish(what)?;
    Ok(value)
}

/// The first `ESSCertID` or `ESSCertIDv2`, which is the signer's (RFC 5035 §4); SHA-256 where the second names no digest.
fn signing_certificate(values: Walker<'_>, second: bool) -> Result<CertificateDigest, TspError> {
    let what = "signing certificate";
    let mut certificates = Walker::new(single(values, tlv::SEQUENCE, what)?).enter(tlv::SEQUENCE, what)?;
    let mut id = certificates.enter(tlv::SEQUENCE, what)?;
    let algorithm = match (second, id.peek_tag()) {
        (false, _) => DigestAlgorithm::Sha1,
        (true, Some(tlv::SEQUENCE)) => digest_algorithm(&mut id, what)?,
        (true, _) => DigestAlgorithm::Sha256,
    };
    let digest = id.take(tlv::OCTET_STRING, what)?.value.to_vec();
    Ok(CertificateDigest { algorithm, digest })
}
