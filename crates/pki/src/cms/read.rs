//! `ContentInfo` and `SignedData` (RFC 5652 §3, §5.1).

use super::ber::{Element, Elements, Octets};
use super::{CERTIFICATES_MAX, CmsError, REVOCATIONS_MAX, SIGNERS_MAX, SignerInfo, oid};
use crate::Certificate;
use crate::tlv::{self, context, wrap};
use mekong_crypto::DigestAlgorithm;

/// Signed data, borrowed from the input.
#[derive(Debug, Clone)]
pub struct SignedData<'a> {
    /// `ContentInfo`, its `content`, and `SignedData`.
    pub(super) outer: [Element<'a>; 3],
    /// The `version` element.
    pub version: Element<'a>,
    /// The `digestAlgorithms` set.
    pub digest_algorithms: Element<'a>,
    /// The `encapContentInfo` sequence.
    pub encapsulated: Element<'a>,
    /// `eContentType`, content octets of the identifier.
    pub content_type: &'a [u8],
    /// `eContent`; `None` if the content is detached.
    pub content: Option<Octets<'a>>,
    /// The `certificates` element with its tag, if there.
    pub certificate_set: Option<Element<'a>>,
    /// Certificates in order, not decoded yet.
    pub certificates: Certificates<'a>,
    /// The `crls` element with its tag, if there.
    pub revocation_set: Option<Element<'a>>,
    /// CRLs, OCSP responses and other revocation information, in order.
    pub revocations: Vec<RevocationInfo<'a>>,
    /// The `signerInfos` set.
    pub signer_set: Element<'a>,
    /// The signers in order.
    pub signers: Vec<SignerInfo<'a>>,
}

/// The members of a `CertificateSet`, each as it stands; attribute certificates and others are among them.
#[derive(Debug, Clone, Default)]
pub struct Certificates<'a>(Vec<Element<'a>>);

impl<'a> Certificates<'a> {
    /// All members as they stand.
    pub fn all(&self) -> &[Element<'a>] {
        &self.0
    }

    /// The X.509 certificates that can be read.
    pub fn decoded(&self) -> Vec<Certificate> {
        let x509 = self.0.iter().filter(|e| e.tag == tlv::SEQUENCE);
        x509.filter_map(|e| Certificate::from_der(e.whole).ok()).collect()
    }
}

/// One `RevocationInfoChoice` (RFC 5652 §10.2.1, RFC 5940).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationInfo<'a> {
    /// A CRL.
    Crl(Element<'a>),
    /// An `OCSPResponse` or `BasicOCSPResponse`: the choice as it stands, and the response in it.
    Ocsp(Element<'a>, Element<'a>),
    /// Something else.
    Other(Element<'a>),
}

impl<'a> RevocationInfo<'a> {
    fn read(element: Element<'a>) -> Result<Self, CmsError> {
        match element.tag {
            tlv::SEQUENCE => Ok(Self::Crl(element)),
            0xa1 => {
                let mut other = element.inside();
                let id = other.take(tlv::OID, "otherRevInfoFormat")?.value;
                match id {
                    oid::OCSP_RESPONSE | oid::OCSP_BASIC => {
                        Ok(Self::Ocsp(element, other.take(tlv::SEQUENCE, "otherRevInfo")?))
                    }
                    _ => Ok(Self::Other(element)),
                }
            }
            tag => Err(CmsError::Malformed(format!("crls: tag {tag:#04x} is no revocation information"))),
        }
    }

    /// The choice as it stands in the set.
    pub const fn element(&self) -> Element<'a> {
        match self {
            Self::Crl(element) | Self::Ocsp(element, _) | Self::Other(element) => *element,
        }
    }
}

impl<'a> SignedData<'a> {
    /// Reads a `ContentInfo` with signed data, in BER or DER; nothing may follow it.
    ///
    /// # Errors
    /// [`CmsError::NotSignedData`], [`CmsError::Malformed`] names the field, [`CmsError::Limit`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, CmsError> {
        let whole = Elements::only(bytes, tlv::SEQUENCE, "ContentInfo")?;
        let mut info = whole.inside();
        let content_type = info.take(tlv::OID, "contentType")?.value;
        if content_type != oid::SIGNED_DATA {
            return Err(CmsError::NotSignedData { found: oid::text(content_type) });
        }
        let content = info.take(context(0), "content")?;
        info.finish("ContentInfo")?;
        let data = Elements::only(content.value, tlv::SEQUENCE, "SignedData")?;
        Self::read([whole, content, data])
    }

    fn read(outer: [Element<'a>; 3]) -> Result<Self, CmsError> {
        let mut fields = outer[2].inside();
        let version = fields.take(tlv::INTEGER, "version")?;
        let digest_algorithms = fields.take(tlv::SET, "digestAlgorithms")?;
        let encapsulated = fields.take(tlv::SEQUENCE, "encapContentInfo")?;
        let (content_type, content) = read_encapsulated(encapsulated)?;
        let certificate_set = fields.optional(context(0), "certificates")?;
        let certificates =
            certificate_set.map_or(Ok(Vec::new()), |set| members(set, CERTIFICATES_MAX, "certificates"))?;
        let revocation_set = fields.optional(context(1), "crls")?;
        let revocations = revocation_set.map_or(Ok(Vec::new()), |set| members(set, REVOCATIONS_MAX, "crls"))?;
        let revocations = revocations.into_iter().map(RevocationInfo::read).collect::<Result<_, _>>()?;
        let signer_set = fields.take(tlv::SET, "signerInfos")?;
        let signers = members(signer_set, SIGNERS_MAX, "signerInfos")?;
        let signers = signers.into_iter().map(SignerInfo::read).collect::<Result<_, _>>()?;
        fields.finish("SignedData")?;
        Ok(Self {
            outer,
            version,
            digest_algorithms,
            encapsulated,
            content_type,
            content,
            certificate_set,
            certificates: Certificates(certificates),
            revocation_set,
            revocations,
            signer_set,
            signers,
        })
    }

    /// The digest of the content inside; `None` if it is detached.
    pub fn content_digest(&self, algorithm: DigestAlgorithm) -> Option<Vec<u8>> {
        let mut hasher = mekong_crypto::Hasher::new(algorithm);
        self.content?.each(&mut |piece| hasher.update(piece));
        Some(hasher.finish().as_ref().to_vec())
    }
}

impl SignedData<'_> {
    /// The whole with only those unsigned attributes of a signer, counted from 0, whose numbers `keep` takes. Everything else
    /// stays byte for byte, but for the lengths around it.
    ///
    /// # Errors
    /// [`CmsError::NoSigner`].
    pub fn with_unsigned(&self, signer: usize, keep: &dyn Fn(usize) -> bool) -> Result<Vec<u8>, CmsError> {
        let found = self.signers.len();
        let target = self.signers.get(signer).ok_or(CmsError::NoSigner { wanted: signer, found })?;
        let mut fields = target.element.value.to_vec();
        if let Some(unsigned) = &target.unsigned {
            fields.truncate(fields.len().saturating_sub(unsigned.element.whole.len()));
            let kept = unsigned.list.iter().enumerate().filter(|(number, _)| keep(*number));
            let kept: Vec<&[u8]> = kept.map(|(_, attribute)| attribute.element.whole).collect();
            if !kept.is_empty() {
                fields.extend(unsigned.element.with_value(&kept.concat()));
            }
        }
        let rewritten = target.element.with_value(&fields);
        let signers = self.signers.iter().enumerate();
        let signers: Vec<&[u8]> =
            signers.map(|(number, s)| if number == signer { rewritten.as_slice() } else { s.element.whole }).collect();
        let [info, content, data] = self.outer;
        let before = data.value.get(..data.value.len().saturating_sub(self.signer_set.whole.len())).unwrap_or_default();
        let signers = self.signer_set.with_value(&signers.concat());
        let inner = content.with_value(&data.with_value(&[before, &signers].concat()));
        let content_type = wrap(tlv::OID, oid::SIGNED_DATA);
        Ok(info.with_value(&[content_type, inner].concat()))
    }
}

/// Type and content. PKCS#7 allows content other than octets; that is read as detached content would be, not at all.
fn read_encapsulated(encapsulated: Element<'_>) -> Result<(&[u8], Option<Octets<'_>>), CmsError> {
    let mut fields = encapsulated.inside();
    let content_type = fields.take(tlv::OID, "eContentType")?.value;
    let content = match fields.optional(context(0), "eContent")? {
        Some(content) => {
            let mut inside = content.inside();
            let octets = inside.octets("eContent")?;
            inside.finish("eContent")?;
            Some(octets)
        }
        None => None,
    };
    fields.finish("encapContentInfo")?;
    Ok((content_type, content))
}

/// The elements inside `set`, at most `limit`.
pub(super) fn members<'a>(set: Element<'a>, limit: usize, what: &'static str) -> Result<Vec<Element<'a>>, CmsError> {
    let (mut inside, mut members) = (set.inside(), Vec::new());
    while !inside.is_empty() {
        if members.len() == limit {
            return Err(CmsError::Limit { what, limit });
        }
        members.push(inside.next(what)?);
    }
    Ok(members)
}
