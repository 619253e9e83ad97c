//! `SignerInfo` and attributes (RFC 5652 §5.3), and the signed references to the signer's certificate (RFC 5035).

use super::ber::{Element, Elements};
use super::read::members;
use super::{ATTRIBUTES_MAX, CmsError, SIGNED_ATTRIBUTES_BYTES_MAX, VALUES_MAX, oid};
use crate::tlv::{self, TlvError, Walker, context};
use crate::tsp::SignerId;
use const_oid::ObjectIdentifier;
use der::Decode;
use mekong_crypto::algorithm::RSA_ENCRYPTION;
use mekong_crypto::{CryptoError, DigestAlgorithm, SignatureAlgorithm};
use spki::AlgorithmIdentifierOwned;
use std::borrow::Cow;

/// `id-ecPublicKey`; some signers give the kind of key instead of the signature algorithm.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// Most certificates that a signing certificate attribute may name.
const CERTIFICATE_IDS_MAX: usize = 64;

/// One signer, borrowed from the input.
#[derive(Debug, Clone)]
pub struct SignerInfo<'a> {
    /// The whole `SignerInfo`.
    pub element: Element<'a>,
    /// The `version` element.
    pub version: Element<'a>,
    /// The `sid` element.
    pub sid: Element<'a>,
    /// Who signed, as `sid` says; a hint that nobody signed.
    pub id: SignerId,
    /// The `digestAlgorithm` element.
    pub digest_algorithm: Element<'a>,
    /// The `signedAttrs`, if there.
    pub signed: Option<Attributes<'a>>,
    /// The `signatureAlgorithm` element.
    pub signature_algorithm: Element<'a>,
    /// The `signature` element.
    pub signature: Element<'a>,
    /// The signature value.
    pub value: Cow<'a, [u8]>,
    /// The `unsignedAttrs`, if there.
    pub unsigned: Option<Attributes<'a>>,
}

impl<'a> SignerInfo<'a> {
    /// Reads one `SignerInfo`.
    ///
    /// # Errors
    /// [`CmsError::Malformed`] names the field, [`CmsError::Limit`] for too many attributes.
    pub fn read(element: Element<'a>) -> Result<Self, CmsError> {
        if element.tag != tlv::SEQUENCE {
            return Err(CmsError::Malformed(format!("SignerInfo: tag {:#04x} found", element.tag)));
        }
        let mut fields = element.inside();
        let version = fields.take(tlv::INTEGER, "version")?;
        let sid = fields.next("sid")?;
        let id = read_id(sid)?;
        let digest_algorithm = fields.take(tlv::SEQUENCE, "digestAlgorithm")?;
        let signed = fields.optional(context(0), "signedAttrs")?;
        if signed.is_some_and(|s| s.whole.len() > SIGNED_ATTRIBUTES_BYTES_MAX) {
            return Err(CmsError::Limit { what: "bytes of signedAttrs", limit: SIGNED_ATTRIBUTES_BYTES_MAX });
        }
        let signed = signed.map(Attributes::read).transpose()?;
        let signature_algorithm = fields.take(tlv::SEQUENCE, "signatureAlgorithm")?;
        let signature = fields.octets("signature")?;
        let unsigned = fields.optional(context(1), "unsignedAttrs")?.map(Attributes::read).transpose()?;
        fields.finish("SignerInfo")?;
        let (value, signature) = (signature.joined(), signature.element());
        Ok(Self {
            element,
            version,
            sid,
            id,
            digest_algorithm,
            signed,
            signature_algorithm,
            signature,
            value,
            unsigned,
        })
    }

    /// The digest algorithm of the content.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] names it.
    pub fn digest(&self) -> Result<DigestAlgorithm, CryptoError> {
        digest_of(self.digest_algorithm)
    }

    /// The signature algorithm; where only the kind of key is given, with the digest of the content.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedAlgorithm`] names it.
    pub fn algorithm(&self) -> Result<SignatureAlgorithm, CryptoError> {
        let unsupported = |e: der::Error| CryptoError::UnsupportedAlgorithm(format!("signatureAlgorithm: {e}"));
        let identifier = AlgorithmIdentifierOwned::from_der(self.signature_algorithm.whole).map_err(unsupported)?;
        match identifier.oid {
            RSA_ENCRYPTION => Ok(SignatureAlgorithm::RsaPkcs1(self.digest()?)),
            EC_PUBLIC_KEY => Ok(SignatureAlgorithm::Ecdsa(self.digest()?)),
            _ => SignatureAlgorithm::from_identifier(&identifier),
        }
    }

    /// What was signed where there are signed attributes: they as a SET, in the order in which they stand.
    pub fn signed_bytes(&self) -> Option<Vec<u8>> {
        self.signed.as_ref().map(|signed| signed.element.retagged(tlv::SET))
    }

    /// The signed attributes of that type.
    pub fn signed_attributes<'s>(&'s self, id: &'s [u8]) -> impl Iterator<Item = &'s Attribute<'a>> {
        self.signed.iter().flat_map(move |list| list.of(id))
    }

    /// The unsigned attributes of that type.
    pub fn unsigned_attributes<'s>(&'s self, id: &'s [u8]) -> impl Iterator<Item = &'s Attribute<'a>> {
        self.unsigned.iter().flat_map(move |list| list.of(id))
    }
}

fn read_id(sid: Element<'_>) -> Result<SignerId, TlvError> {
    match sid.tag {
        0x80 => Ok(SignerId::KeyIdentifier(sid.value.to_vec())),
        tlv::SEQUENCE => {
            let mut fields = sid.inside();
            let issuer = fields.take(tlv::SEQUENCE, "issuer")?.whole.to_vec();
            Ok(SignerId::IssuerAndSerial(issuer, fields.take(tlv::INTEGER, "serialNumber")?.value.to_vec()))
        }
        tag => Err(TlvError(format!("sid: tag {tag:#04x} found"))),
    }
}

/// The algorithm of a digest `AlgorithmIdentifier`; parameters are passed over.
fn digest_of(identifier: Element<'_>) -> Result<DigestAlgorithm, CryptoError> {
    let bad = |reason: String| CryptoError::UnsupportedAlgorithm(format!("digest: {reason}"));
    let id = identifier.inside().take(tlv::OID, "algorithm").map_err(|e| bad(e.0))?.value;
    DigestAlgorithm::from_oid(ObjectIdentifier::from_bytes(id).map_err(|e| bad(e.to_string()))?)
}

/// A set of attributes as it stands.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    /// The set with its implicit tag.
    pub element: Element<'a>,
    /// The attributes in order.
    pub list: Vec<Attribute<'a>>,
}

/// One attribute as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// The whole `Attribute`.
    pub element: Element<'a>,
    /// Its type, content octets of the identifier.
    pub id: &'a [u8],
    /// Its values in order.
    pub values: Vec<Element<'a>>,
}

impl<'a> Attributes<'a> {
    /// Reads the members of a set of attributes, whatever its tag.
    ///
    /// # Errors
    /// [`CmsError::Malformed`], [`CmsError::Limit`].
    pub fn read(element: Element<'a>) -> Result<Self, CmsError> {
        let list = members(element, ATTRIBUTES_MAX, "attributes")?;
        let list = list.into_iter().map(Attribute::read).collect::<Result<_, _>>()?;
        Ok(Self { element, list })
    }

    /// The attributes of that type.
    pub fn of<'s>(&'s self, id: &'s [u8]) -> impl Iterator<Item = &'s Attribute<'a>> {
        self.list.iter().filter(move |attribute| attribute.id == id)
    }

    /// Whether they stand in the order that DER asks of a SET OF.
    pub fn is_sorted(&self) -> bool {
        self.list.is_sorted_by(|a, b| a.element.whole <= b.element.whole)
    }
}

impl<'a> Attribute<'a> {
    fn read(element: Element<'a>) -> Result<Self, CmsError> {
        if element.tag != tlv::SEQUENCE {
            return Err(CmsError::Malformed(format!("attribute: tag {:#04x} found", element.tag)));
        }
        let mut fields = element.inside();
        let id = fields.take(tlv::OID, "attrType")?.value;
        let values = members(fields.take(tlv::SET, "attrValues")?, VALUES_MAX, "attrValues")?;
        fields.finish("attribute")?;
        Ok(Self { element, id, values })
    }

    /// The only value.
    ///
    /// # Errors
    /// [`CmsError::Malformed`] if there is none, or several.
    pub fn single(&self) -> Result<Element<'a>, CmsError> {
        match self.values.as_slice() {
            [value] => Ok(*value),
            values => {
                let (id, found) = (oid::text(self.id), values.len());
                Err(CmsError::Malformed(format!("attribute {id}: one value wanted, {found} found")))
            }
        }
    }
}

/// A reference to a certificate: `ESSCertID` or `ESSCertIDv2` (RFC 5035 §4, §5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateId {
    /// Digest algorithm; the name of an unsupported one.
    pub algorithm: Result<DigestAlgorithm, String>,
    /// Digest of the certificate.
    pub digest: Vec<u8>,
    /// Issuer (DER name) and serial number (content octets), if given.
    pub issuer_serial: Option<(Vec<u8>, Vec<u8>)>,
}

/// The references in the value of a `signingCertificate` (`second` false) or `signingCertificateV2` attribute, in order.
///
/// # Errors
/// [`CmsError::Malformed`], [`CmsError::Limit`] for more than 64.
pub fn signing_certificates(value: &[u8], second: bool) -> Result<Vec<CertificateId>, CmsError> {
    let what = "signing certificate";
    let mut fields = Walker::open(value, tlv::SEQUENCE, what)?;
    let mut list = fields.enter(tlv::SEQUENCE, what)?;
    let mut ids = Vec::new();
    while !list.is_empty() {
        if ids.len() == CERTIFICATE_IDS_MAX {
            return Err(CmsError::Limit { what, limit: CERTIFICATE_IDS_MAX });
        }
        ids.push(certificate_id(list.enter(tlv::SEQUENCE, what)?, second)?);
    }
    Ok(ids)
}

fn certificate_id(mut id: Walker<'_>, second: bool) -> Result<CertificateId, CmsError> {
    let what = "ESSCertID";
    let algorithm = match (second, id.peek_tag()) {
        (false, _) => Ok(DigestAlgorithm::Sha1),
        (true, Some(tlv::SEQUENCE)) => {
            let identifier = Elements::only(id.take(tlv::SEQUENCE, what)?.whole, tlv::SEQUENCE, what)?;
            digest_of(identifier).map_err(|e| e.to_string())
        }
        (true, _) => Ok(DigestAlgorithm::Sha256),
    };
    let digest = id.take(tlv::OCTET_STRING, what)?.value.to_vec();
    let issuer_serial = match id.optional(tlv::SEQUENCE, "issuerSerial")? {
        Some(both) => issuer_serial(Walker::new(both.value)),
        None => None,
    };
    Ok(CertificateId { algorithm, digest, issuer_serial })
}

/// `IssuerSerial` with one directory name; other forms name nobody.
fn issuer_serial(mut fields: Walker<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let names = fields.take(tlv::SEQUENCE, "issuer").ok()?;
    let name = Walker::new(names.value).take(context(4), "directoryName").ok()?.value.to_vec();
    Some((name, fields.take(tlv::INTEGER, "serialNumber").ok()?.value.to_vec()))
}
