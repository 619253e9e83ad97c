//! The one signature of a token: signed attributes, and the signature over them (RFC 5652 §5.3, RFC 5816).

use super::TspError;
use crate::Certificate;
use crate::cms::{CertificateId, SignerInfo, oid, signing_certificates};
use crate::tlv;
use mekong_crypto::{CryptoError, DigestAlgorithm, SignatureAlgorithm};

#[derive(Debug, Clone)]
pub(super) struct Signature {
    digest: DigestAlgorithm,
    /// The attributes as they are signed: with the tag of a SET.
    signed: Vec<u8>,
    message_digest: Vec<u8>,
    /// The signer's certificate, by `signingCertificate` and its second version; at least one of them.
    certificates: Vec<CertificateId>,
    pub(super) algorithm: Result<SignatureAlgorithm, CryptoError>,
    value: Vec<u8>,
}

impl Signature {
    pub(super) fn read(signer: &SignerInfo<'_>) -> Result<Self, TspError> {
        let digest = signer.digest().map_err(|e| TspError::Unsupported(e.to_string()))?;
        let signed = signer.signed_bytes().ok_or_else(|| missing("are missing"))?;
        if single(signer, oid::CONTENT_TYPE, tlv::OID, "content type")? != oid::TST_INFO {
            return Err(TspError::Malformed("the signed content type is not that of time-stamps".into()));
        }
        let message_digest = single(signer, oid::MESSAGE_DIGEST, tlv::OCTET_STRING, "message digest")?.to_vec();
        let mut certificates = Vec::new();
        for (id, second) in [(oid::SIGNING_CERTIFICATE, false), (oid::SIGNING_CERTIFICATE_V2, true)] {
            if signer.signed_attributes(id).next().is_some() {
                let value = attribute(signer, id, "signing certificate")?;
                // the first is the signer's (RFC 5035 §3)
                certificates.extend(signing_certificates(value.whole, second)?.into_iter().next());
            }
        }
        if certificates.is_empty() {
            return Err(missing("lack the signing certificate"));
        }
        let (algorithm, value) = (signer.algorithm(), signer.value.to_vec());
        Ok(Self { digest, signed, message_digest, certificates, algorithm, value })
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
        self.algorithm
            .clone()
            .and_then(|algorithm| authority.public_key().verify(algorithm, &self.signed, &self.value))
            .map_err(|source| TspError::Signature { authority: authority.subject(), source })?;
        match self.refers_to(authority) {
            true => Ok(()),
            false => Err(TspError::OtherCertificate { authority: authority.subject() }),
        }
    }

    /// Whether the signed attributes name this certificate.
    pub(super) fn refers_to(&self, authority: &Certificate) -> bool {
        let bound = |c: &CertificateId| c.algorithm.as_ref().is_ok_and(|a| authority.fingerprint(*a) == *c.digest);
        self.certificates.iter().all(bound)
    }
}

fn missing(what: &str) -> TspError {
    TspError::Malformed(format!("the signed attributes {what}"))
}

/// The only value of the only attribute of that type.
fn attribute<'a>(signer: &SignerInfo<'a>, id: &[u8], what: &str) -> Result<crate::cms::ber::Element<'a>, TspError> {
    let mut found = signer.signed.iter().flat_map(|list| &list.list).filter(|a| a.id == id);
    match (found.next(), found.next()) {
        (Some(attribute), None) => Ok(attribute.single()?),
        (None, _) => Err(missing(&format!("lack the {what}"))),
        (Some(_), Some(_)) => Err(missing(&format!("hold the {what} twice"))),
    }
}

fn single<'a>(signer: &SignerInfo<'a>, id: &[u8], tag: u8, what: &str) -> Result<&'a [u8], TspError> {
    let value = attribute(signer, id, what)?;
    if value.tag == tag { Ok(value.value) } else { Err(missing(&format!("hold a {what} of tag {:#04x}", value.tag))) }
}
