//! Signed data written: new, or an existing one extended, whose signed bytes stay as they stand.

use super::ber::Element;
use super::{CmsError, SignedData, oid};
use crate::Certificate;
use crate::tlv::{self, TlvError, context, wrap, wrap_all};
use der::Encode;
use mekong_base::Instant;
use mekong_crypto::{CryptoError, DigestAlgorithm, SignatureAlgorithm};

/// Signed data to be written.
#[derive(Debug, Clone)]
pub struct Writing {
    version: u8,
    digest_algorithms: Vec<Vec<u8>>,
    encapsulated: Vec<u8>,
    certificates: Vec<Vec<u8>>,
    revocations: Vec<Vec<u8>>,
    signers: Vec<Signer>,
}

#[derive(Debug, Clone)]
struct Signer {
    /// `version` to `signature`, one after another, as they stand.
    signed: Vec<u8>,
    /// DER `Attribute`s.
    unsigned: Vec<Vec<u8>>,
}

/// A signer to be added to signed data.
#[derive(Debug, Clone)]
pub struct NewSigner<'a> {
    /// Whose certificate; names the signer by issuer and serial number.
    pub certificate: &'a Certificate,
    /// Digest algorithm of the content.
    pub digest: DigestAlgorithm,
    /// The signed attributes as they were signed, a DER SET (see [`set_of`]); `None` if the content was signed directly.
    pub signed_attributes: Option<&'a [u8]>,
    /// How the value was made.
    pub algorithm: SignatureAlgorithm,
    /// The signature value (ECDSA as DER).
    pub value: &'a [u8],
}

impl NewSigner<'_> {
    /// `version` to `signature`.
    fn fields(&self) -> Result<Vec<u8>, CmsError> {
        let sid = [self.certificate.issuer_der(), &wrap(tlv::INTEGER, self.certificate.serial())];
        let attributes = match self.signed_attributes {
            Some(set) => retag(set)?,
            None => Vec::new(),
        };
        Ok([
            &[tlv::INTEGER, 1, 1][..],
            &wrap_all(tlv::SEQUENCE, &sid),
            &algorithm_identifier(self.digest),
            &attributes,
            &signature_identifier(self.algorithm).map_err(|e| CmsError::Malformed(e.to_string()))?,
            &wrap(tlv::OCTET_STRING, self.value),
        ]
        .concat())
    }

    /// A whole `SignerInfo` without unsigned attributes, as counter-signatures are.
    ///
    /// # Errors
    /// [`CmsError::Malformed`] if the signed attributes are no SET.
    pub fn to_der(&self) -> Result<Vec<u8>, CmsError> {
        Ok(wrap(tlv::SEQUENCE, &self.fields()?))
    }
}

/// The SET of signed attributes under the implicit tag that it has in a `SignerInfo`.
fn retag(set: &[u8]) -> Result<Vec<u8>, CmsError> {
    Ok(super::ber::Elements::only(set, tlv::SET, "signed attributes")?.retagged(context(0)))
}

impl Writing {
    /// Signed data over content of that type (content octets of the identifier), inside or detached, without signers.
    pub fn new(content_type: &[u8], content: Option<&[u8]>) -> Self {
        let content = content.map(|c| wrap(context(0), &wrap(tlv::OCTET_STRING, c))).unwrap_or_default();
        Self {
            version: if content_type == oid::DATA { 1 } else { 3 },
            digest_algorithms: Vec::new(),
            encapsulated: wrap_all(tlv::SEQUENCE, &[&wrap(tlv::OID, content_type), &content]),
            certificates: Vec::new(),
            revocations: Vec::new(),
            signers: Vec::new(),
        }
    }

    /// What was read, to be extended.
    pub fn of(data: &SignedData<'_>) -> Self {
        let each = |elements: &[Element<'_>]| elements.iter().map(|e| e.whole.to_vec()).collect();
        let mut digests = data.digest_algorithms.inside();
        let mut digest_algorithms = Vec::new();
        while let Ok(identifier) = digests.next("digestAlgorithms") {
            digest_algorithms.push(identifier.whole.to_vec());
        }
        let signers = data.signers.iter().map(|s| {
            let end = s.unsigned.as_ref().map_or(0, |u| u.element.whole.len());
            let fields = s.element.value;
            let signed = fields.get(..fields.len().saturating_sub(end)).unwrap_or_default().to_vec();
            let unsigned = s.unsigned.iter().flat_map(|u| &u.list).map(|a| a.element.whole.to_vec()).collect();
            Signer { signed, unsigned }
        });
        Self {
            version: data.version.value.last().copied().unwrap_or(1),
            digest_algorithms,
            encapsulated: data.encapsulated.whole.to_vec(),
            certificates: each(data.certificates.all()),
            revocations: data.revocations.iter().map(|r| r.element().whole.to_vec()).collect(),
            signers: signers.collect(),
        }
    }

    /// Adds a certificate unless it is there.
    pub fn add_certificate(&mut self, certificate: &Certificate) {
        add(&mut self.certificates, certificate.der().to_vec());
    }

    /// Adds a DER CRL unless it is there.
    pub fn add_crl(&mut self, crl: &[u8]) {
        add(&mut self.revocations, crl.to_vec());
    }

    /// Adds a DER `OCSPResponse` unless it is there (RFC 5940).
    pub fn add_ocsp(&mut self, response: &[u8]) {
        self.version = self.version.max(5);
        let choice = wrap_all(context(1), &[&wrap(tlv::OID, oid::OCSP_RESPONSE), response]);
        add(&mut self.revocations, choice);
    }

    /// Adds a signer and its digest algorithm; its certificate is not added.
    ///
    /// # Errors
    /// [`CmsError::Malformed`] if the signed attributes are no SET.
    pub fn add_signer(&mut self, signer: &NewSigner<'_>) -> Result<(), CmsError> {
        let fields = signer.fields()?;
        add(&mut self.digest_algorithms, algorithm_identifier(signer.digest));
        self.signers.push(Signer { signed: fields, unsigned: Vec::new() });
        Ok(())
    }

    /// The unsigned attributes of a signer, counted from 0: DER `Attribute`s (see [`attribute`]) in their order.
    ///
    /// # Errors
    /// [`CmsError::NoSigner`].
    pub fn unsigned_attributes(&mut self, signer: usize) -> Result<&mut Vec<Vec<u8>>, CmsError> {
        let found = self.signers.len();
        let signer = self.signers.get_mut(signer).ok_or(CmsError::NoSigner { wanted: signer, found })?;
        Ok(&mut signer.unsigned)
    }

    /// The `ContentInfo`: DER, except that parts that were read as BER stay so, and unsigned attributes keep their order.
    pub fn to_der(&self) -> Vec<u8> {
        let optional = |tag: u8, list: &[Vec<u8>]| if list.is_empty() { Vec::new() } else { wrap(tag, &list.concat()) };
        let signers: Vec<Vec<u8>> = self
            .signers
            .iter()
            .map(|s| wrap_all(tlv::SEQUENCE, &[&s.signed, &optional(context(1), &s.unsigned)]))
            .collect();
        let data = wrap_all(
            tlv::SEQUENCE,
            &[
                &[tlv::INTEGER, 1, self.version],
                &wrap(tlv::SET, &self.digest_algorithms.concat()),
                &self.encapsulated,
                &optional(context(0), &self.certificates),
                &optional(context(1), &self.revocations),
                &wrap(tlv::SET, &signers.concat()),
            ],
        );
        wrap_all(tlv::SEQUENCE, &[&wrap(tlv::OID, oid::SIGNED_DATA), &wrap(context(0), &data)])
    }
}

/// Adds a member to a set unless it is there; a set in DER order stays in it.
fn add(set: &mut Vec<Vec<u8>>, member: Vec<u8>) {
    if set.contains(&member) {
        return;
    }
    let sorted = set.is_sorted();
    set.push(member);
    if sorted {
        set.sort();
    }
}

/// A DER `Attribute` with these values, in DER order.
pub fn attribute(id: &[u8], values: &[&[u8]]) -> Vec<u8> {
    wrap_all(tlv::SEQUENCE, &[&wrap(tlv::OID, id), &set_of(values.iter().map(|v| v.to_vec()).collect())])
}

/// A DER SET OF: the members sorted.
pub fn set_of(mut members: Vec<Vec<u8>>) -> Vec<u8> {
    members.sort();
    wrap(tlv::SET, &members.concat())
}

/// The DER `AlgorithmIdentifier` of a digest, with NULL parameters.
pub fn algorithm_identifier(digest: DigestAlgorithm) -> Vec<u8> {
    wrap_all(tlv::SEQUENCE, &[&wrap(tlv::OID, digest.oid().as_bytes()), &[0x05, 0x00]])
}

/// The DER `AlgorithmIdentifier` of a signature algorithm.
///
/// # Errors
/// [`CryptoError::UnsupportedAlgorithm`] if it cannot be encoded.
pub fn signature_identifier(algorithm: SignatureAlgorithm) -> Result<Vec<u8>, CryptoError> {
    algorithm.to_identifier()?.to_der().map_err(|e| CryptoError::UnsupportedAlgorithm(e.to_string()))
}

/// The value of a `signingCertificateV2` attribute that names one certificate by its digest, with issuer and serial number
/// (RFC 5035 §3).
pub fn signing_certificate_v2(certificate: &Certificate, digest: DigestAlgorithm) -> Vec<u8> {
    // SHA-256 is the default, which DER leaves out
    let algorithm = if digest == DigestAlgorithm::Sha256 { Vec::new() } else { algorithm_identifier(digest) };
    let fingerprint = wrap(tlv::OCTET_STRING, certificate.fingerprint(digest).as_ref());
    let name = wrap(tlv::SEQUENCE, &wrap(context(4), certificate.issuer_der()));
    let issuer_serial = wrap_all(tlv::SEQUENCE, &[&name, &wrap(tlv::INTEGER, certificate.serial())]);
    let id = wrap_all(tlv::SEQUENCE, &[&algorithm, &fingerprint, &issuer_serial]);
    wrap(tlv::SEQUENCE, &wrap(tlv::SEQUENCE, &id))
}

/// A `Time` in whole seconds: UTCTime until 2049, GeneralizedTime after (RFC 5652 §11.3).
///
/// # Errors
/// [`TlvError`] for years that have no four digits.
pub fn time(at: Instant) -> Result<Vec<u8>, TlvError> {
    const UTC_TIME: u8 = 0x17;
    let general = tlv::time(at)?;
    let text = general.get(2..).unwrap_or_default();
    match text {
        [b'1', b'9', b'5'..=b'9', ..] | [b'2', b'0', b'0'..=b'4', ..] => {
            Ok(wrap(UTC_TIME, text.get(2..).unwrap_or_default()))
        }
        _ => Ok(general),
    }
}

/// Reads a `Time`: UTCTime of 1950 to 2049, or GeneralizedTime.
///
/// # Errors
/// [`TlvError`] if it is neither, or not in UTC.
pub fn read_time(element: Element<'_>) -> Result<Instant, TlvError> {
    match element.tag {
        0x17 => {
            let century: &[u8] = if element.value.first().is_some_and(|d| *d < b'5') { b"20" } else { b"19" };
            tlv::read_time(&[century, element.value].concat())
        }
        tlv::GENERALIZED_TIME => tlv::read_time(element.value),
        tag => Err(TlvError(format!("a time of tag {tag:#04x}"))),
    }
}
