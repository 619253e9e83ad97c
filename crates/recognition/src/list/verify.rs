//! Whether a list is what its operator signed (TS 119 612 §5.7), and whether it may still be used.
//!
//! Everything fails closed: without a signature that covers the whole list and holds by the key of one of the given
//! certificates there is no [`Verified`].

use super::{ListError, TrustedList, XML_LIMITS, read};
use crate::uri::ns;
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, KeyType, PublicKey, SignatureAlgorithm, sha256};
use mekong_pki::Certificate;
use mekong_xml::dsig::{Covered, CoveredPart, DsigError, Signature};
use mekong_xml::roxmltree::{Document, Node};
use mekong_xml::{NS_DSIG, find};

/// `Type` of the reference to the signed properties of XAdES.
const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";

/// A list whose signature holds.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The list.
    pub list: TrustedList,
    /// SHA-256 of the exact bytes.
    pub sha256: [u8; 32],
    /// The certificate, one of those given, whose key signed it.
    pub signer: Certificate,
    /// How it was signed.
    pub algorithm: SignatureAlgorithm,
    /// When, as the signer claims.
    pub signed_at: Option<Instant>,
}

/// Why a list is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// An algorithm or key too weak to be relied on for a whole country.
    #[error("the list is signed with {0}, which is too weak")]
    Weak(String),
    /// The signature does not cover the whole list.
    #[error("the signature does not cover {0}")]
    Coverage(&'static str),
    /// Not signed at the time of a certificate that could sign.
    #[error(
        "the certificate of {signer} is valid from {not_before} to {not_after}, the list was signed at {signed_at}"
    )]
    SignerValidity {
        /// Subject of the certificate.
        signer: String,
        /// Start of its validity.
        not_before: Instant,
        /// End of its validity.
        not_after: Instant,
        /// The claimed time of signing, else the issue of the list.
        signed_at: Instant,
    },
    /// The list cannot be read.
    #[error(transparent)]
    List(#[from] ListError),
    /// Not XML, or no signature where it must be.
    #[error("no signature: TrustServiceStatusList has {found} ds:Signature children, one is needed")]
    NoSignature {
        /// How many there are.
        found: usize,
    },
    /// The signature does not hold.
    #[error(transparent)]
    Signature(#[from] DsigError),
    /// Signed by somebody who may not.
    #[error("the list is signed by {signer}, which is not among the {given} certificates that may sign it")]
    UnknownSigner {
        /// Subject of the certificate in the signature.
        signer: String,
        /// How many may sign.
        given: usize,
    },
    /// The signed properties name another certificate, or none.
    #[error("the signature is no XAdES baseline B: {0}")]
    Xades(String),
}

impl From<find::FindError> for VerifyError {
    fn from(error: find::FindError) -> Self {
        Self::Xades(error.to_string())
    }
}

/// Verifies the signature of a list with the certificates that may sign it: those in a pointer to it, or given by hand.
///
/// # Errors
/// [`VerifyError`]; whichever it is, nothing of the list may be used.
pub fn verify(bytes: &[u8], signers: &[Certificate]) -> Result<Verified, VerifyError> {
    let text = mekong_xml::decode(bytes, &XML_LIMITS).map_err(ListError::from)?;
    let document = mekong_xml::parse(&text, &XML_LIMITS).map_err(ListError::from)?;
    let list = read::from_document(&document)?;
    let signature = Signature::parse(only_signature(&document)?)?;
    let signer = signer(&signature, signers)?;
    refuse_weak(&signature, signer.public_key())?;
    let covered = signature.verify(signer.public_key(), &|_| None)?;
    let properties = check_coverage(&document, &signature, &covered)?;
    check_reference(properties, signer)?;
    let signed_at = signing_time(properties)?;
    let at = signed_at.unwrap_or(list.scheme.issued);
    if !signer.is_valid_at(at) {
        let (not_before, not_after) = (signer.not_before(), signer.not_after());
        return Err(VerifyError::SignerValidity { signer: signer.subject(), not_before, not_after, signed_at: at });
    }
    Ok(Verified { list, sha256: sha256(bytes), signer: signer.clone(), algorithm: signature.algorithm(), signed_at })
}

/// The first certificate that the signature of a list brings. This says nothing of who signed it.
///
/// # Errors
/// [`VerifyError`] if it is no list with one signature, or the certificate cannot be read.
pub fn named_signer(bytes: &[u8]) -> Result<Option<Certificate>, VerifyError> {
    let text = mekong_xml::decode(bytes, &XML_LIMITS).map_err(ListError::from)?;
    let document = mekong_xml::parse(&text, &XML_LIMITS).map_err(ListError::from)?;
    let signature = Signature::parse(only_signature(&document)?)?;
    let first = signature.certificates().first().map(|der| Certificate::from_der(der));
    first.transpose().map_err(|error| VerifyError::Xades(format!("the certificate of the signer: {error}")))
}

fn only_signature<'a, 'i>(document: &'a Document<'i>) -> Result<Node<'a, 'i>, VerifyError> {
    let mut found: Vec<_> = find::children(document.root_element(), NS_DSIG, "Signature").collect();
    match (found.len(), found.pop()) {
        (1, Some(signature)) => Ok(signature),
        (found, _) => Err(VerifyError::NoSignature { found }),
    }
}

/// The one of the given certificates that the signature brings; if it brings none, the only one given.
fn signer<'c>(signature: &Signature<'_, '_>, signers: &'c [Certificate]) -> Result<&'c Certificate, VerifyError> {
    let brought = signature.certificates();
    let known = signers.iter().find(|known| brought.iter().any(|der| der == known.der()));
    let unnamed = if brought.is_empty() { signers.first().filter(|_| signers.len() == 1) } else { None };
    known.or(unnamed).ok_or_else(|| {
        let first = brought.first().map(|der| Certificate::from_der(der));
        let name = match first {
            Some(Ok(certificate)) => certificate.subject(),
            Some(Err(error)) => error.to_string(),
            None => "somebody who is not named".to_owned(),
        };
        VerifyError::UnknownSigner { signer: name, given: signers.len() }
    })
}

/// Digests below 256 bits and short RSA are refused: a list decides for a whole country.
fn refuse_weak(signature: &Signature<'_, '_>, key: &PublicKey) -> Result<(), VerifyError> {
    let weak = |digest: DigestAlgorithm| digest.output_len() < 32;
    let digests = signature.references().iter().map(|reference| reference.digest_algorithm);
    if let Some(digest) = digests.chain(signature.algorithm().digest()).find(|digest| weak(*digest)) {
        return Err(VerifyError::Weak(digest.name().to_owned()));
    }
    match key.key_type() {
        KeyType::Rsa(bits @ ..2000) => Err(VerifyError::Weak(format!("an RSA key of {bits} bits"))),
        _ => Ok(()),
    }
}

/// The whole list and the signed properties must be covered; gives the latter.
fn check_coverage<'a, 'i>(
    document: &'a Document<'i>,
    signature: &Signature<'a, 'i>,
    covered: &[Covered<'a, 'i>],
) -> Result<Node<'a, 'i>, VerifyError> {
    let root = document.root_element();
    let whole = covered.iter().any(|covered| match covered.part {
        CoveredPart::DocumentWithoutSignature => true,
        CoveredPart::ElementWithoutSignature(apex) => apex == root,
        _ => false,
    });
    if !whole {
        return Err(VerifyError::Coverage("the whole list"));
    }
    let properties = covered.iter().filter_map(|covered| match covered.part {
        CoveredPart::Element(node) if find::is(node, ns::XADES, "SignedProperties") => Some((covered.reference, node)),
        _ => None,
    });
    let typed = |reference: usize| {
        signature.references().get(reference).is_some_and(|r| r.kind.as_deref() == Some(SIGNED_PROPERTIES))
    };
    let inside = |node: Node<'_, '_>| node.ancestors().any(|ancestor| ancestor == signature.node());
    let found = properties.into_iter().find(|(reference, node)| typed(*reference) && inside(*node));
    found.map(|(_, node)| node).ok_or(VerifyError::Coverage("signed properties of XAdES"))
}

/// The signed properties must name the certificate by its digest (EN 319 132-1 §5.2.2).
fn check_reference(properties: Node<'_, '_>, signer: &Certificate) -> Result<(), VerifyError> {
    let all = find::required_child(properties, ns::XADES, "SignedSignatureProperties")?;
    let first = find::child(all, ns::XADES, "SigningCertificateV2")?;
    let Some(list) = first.or(find::child(all, ns::XADES, "SigningCertificate")?) else {
        return Err(VerifyError::Xades("no SigningCertificate among the signed properties".to_owned()));
    };
    let cert = find::children(list, ns::XADES, "Cert").next();
    let cert = cert.ok_or_else(|| VerifyError::Xades("SigningCertificate names none".to_owned()))?;
    let digest = find::required_child(cert, ns::XADES, "CertDigest")?;
    let method = find::required_child(digest, NS_DSIG, "DigestMethod")?;
    let algorithm = DigestAlgorithm::from_uri(find::required_attribute(method, "Algorithm")?)
        .map_err(|error| VerifyError::Xades(error.to_string()))?;
    let value = find::base64(find::required_child(digest, NS_DSIG, "DigestValue")?)?;
    if signer.fingerprint(algorithm).as_ref() == value {
        return Ok(());
    }
    Err(VerifyError::Xades(format!("the signed properties name another certificate than that of {}", signer.subject())))
}

fn signing_time(properties: Node<'_, '_>) -> Result<Option<Instant>, VerifyError> {
    let all = find::required_child(properties, ns::XADES, "SignedSignatureProperties")?;
    let time = find::child(all, ns::XADES, "SigningTime")?;
    Ok(time.map(read::instant).transpose()?)
}

/// Whether a list may be used at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Its next update is still to come.
    Fresh {
        /// When the next list is due.
        next_update: Instant,
    },
    /// Its next update is past: another one should be there.
    Stale {
        /// When the next list was due.
        next_update: Instant,
    },
    /// It says that it is the last one. What it says of the past holds; services are not granted any more by it.
    Closed,
    /// It was issued after that time.
    NotYetIssued {
        /// When it was issued.
        issued: Instant,
    },
}

impl TrustedList {
    /// How fresh the list is at `at`.
    pub fn freshness(&self, at: Instant) -> Freshness {
        match self.scheme.next_update {
            _ if at < self.scheme.issued => Freshness::NotYetIssued { issued: self.scheme.issued },
            None => Freshness::Closed,
            Some(next_update) if at <= next_update => Freshness::Fresh { next_update },
            Some(next_update) => Freshness::Stale { next_update },
        }
    }
}

/// Why a list does not follow the one that is in use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SuccessionError {
    /// Its sequence number is not higher.
    #[error("the list has sequence number {found}, the one in use {used}: an old list is not taken again")]
    SequenceNumber {
        /// Of the list offered.
        found: u64,
        /// Of the list in use.
        used: u64,
    },
    /// It was issued before the one in use.
    #[error("the list was issued at {found}, the one in use at {used}")]
    Issued {
        /// Of the list offered.
        found: Instant,
        /// Of the list in use.
        used: Instant,
    },
    /// The same sequence number stands for two contents.
    #[error("two different lists have sequence number {0}: ask the scheme operator")]
    Fork(u64),
    /// Another scheme's list.
    #[error("the list is of {found}, the one in use of {used}")]
    Territory {
        /// Of the list offered.
        found: String,
        /// Of the list in use.
        used: String,
    },
}

impl Verified {
    /// Whether this list may take the place of `used`.
    ///
    /// # Errors
    /// [`SuccessionError`]; the very same list is accepted.
    pub fn follows(&self, used: &Self) -> Result<(), SuccessionError> {
        let (new, old) = (&self.list.scheme, &used.list.scheme);
        let territory = |scheme: &super::Scheme| scheme.territory.clone().unwrap_or_default();
        if territory(new) != territory(old) {
            return Err(SuccessionError::Territory { found: territory(new), used: territory(old) });
        }
        if self.sha256 == used.sha256 {
            return Ok(());
        }
        if new.sequence_number == old.sequence_number {
            return Err(SuccessionError::Fork(new.sequence_number));
        }
        if new.sequence_number < old.sequence_number {
            return Err(SuccessionError::SequenceNumber { found: new.sequence_number, used: old.sequence_number });
        }
        if new.issued < old.issued {
            return Err(SuccessionError::Issued { found: new.issued, used: old.issued });
        }
        Ok(())
    }
}
