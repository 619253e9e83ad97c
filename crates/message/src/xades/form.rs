//! The familiar form of a signer's signatures: verified once as XML, then compared as text.
//!
//! A gateway repeats its certificates, OCSP responses and markup with every message until it fetches new ones; what
//! differs are four texts: the digest of what is signed, the digest of the signed properties, the signature value and the
//! signing time. A document that equals a verified one in every other byte, and whose four texts have the same length and
//! only characters that mean themselves in XML, is the same tree with these texts replaced. So its canonical forms are
//! those of the verified one with the texts replaced, and nothing needs to be parsed to verify it.
//!
//! Where anything is not as expected this says nothing, and the document is read as XML: refusals come from there.

use super::cover::{self, Files};
use super::read::Signature;
use super::verify::{VerifiedSignature, check_signer};
use crate::chains::fingerprint;
use crate::trust::{InstanceTrust, VerifiedChain};
use crate::{ChainCache, DSIG, SignatureData, XADES, names};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mekong_base::{ClientId, Instant, MemberId};
use mekong_crypto::{DigestAlgorithm, Hasher, SignatureAlgorithm};
use mekong_pki::Certificate;
use mekong_xml::c14n::{self, Method, Subset};
use mekong_xml::dsig::{Reference, check_value};
use mekong_xml::find;
use mekong_xml::roxmltree::Node;
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Signature values that are remembered as verified: the messages of a batch arrive one after the other.
const VALUES_MAX: usize = 32;

/// A verified signature document and where its four variable texts are.
pub(crate) struct Form {
    text: String,
    /// Of digest, properties digest, signature value and signing time.
    fields: [Range<usize>; 4],
    /// The same in document order.
    ordered: [Range<usize>; 4],
    /// Canonical `SignedInfo` around the two digests.
    info: Around<2>,
    /// Canonical `SignedProperties` around the signing time.
    properties: Around<1>,
    /// What is signed: the message, or the result of a hash chain.
    is_batch: bool,
    digest: DigestAlgorithm,
    properties_digest: DigestAlgorithm,
    algorithm: SignatureAlgorithm,
    certificate: Certificate,
    extra: Vec<Certificate>,
    ocsp: Vec<Vec<u8>>,
    trusted: Mutex<Option<Trusted>>,
    /// SHA-256 of the texts of batch signatures that were verified, oldest first.
    values: Mutex<Vec<Vec<u8>>>,
}

/// That a chain was verified against a trust.
#[derive(Clone)]
struct Trusted {
    by: [u8; 32],
    since: Instant,
    member: MemberId,
    chain: VerifiedChain,
}

/// A text with `N` holes.
struct Around<const N: usize> {
    text: String,
    /// The holes in order, each with the number of the field that fills it.
    holes: [(Range<usize>, usize); N],
}

impl<const N: usize> Around<N> {
    /// `None` if a field's text is not there exactly once: then it is not known where it went.
    fn new(canonical: Vec<u8>, fields: [(usize, &str); N]) -> Option<Self> {
        let text = String::from_utf8(canonical).ok()?;
        let mut holes = Vec::with_capacity(N);
        for (number, field) in fields {
            let mut found = text.match_indices(field);
            let (start, _) = found.next()?;
            if found.next().is_some() {
                return None;
            }
            holes.push((start..start + field.len(), number));
        }
        holes.sort_by_key(|(range, _)| range.start);
        let apart = holes.iter().zip(holes.iter().skip(1)).all(|((a, _), (b, _))| a.end <= b.start);
        apart.then_some(())?;
        Some(Self { holes: holes.try_into().ok()?, text })
    }

    /// The text with the holes filled.
    fn filled(&self, fields: &[&str; 4]) -> Option<String> {
        let mut out = String::with_capacity(self.text.len());
        let mut at = 0;
        for (hole, number) in &self.holes {
            out.push_str(self.text.get(at..hole.start)?);
            out.push_str(fields.get(*number)?);
            at = hole.end;
        }
        out.push_str(self.text.get(at..)?);
        Some(out)
    }
}

const DIGEST: usize = 0;
const PROPERTIES: usize = 1;
const VALUE: usize = 2;
const TIME: usize = 3;

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").field("bytes", &self.text.len()).field("is_batch", &self.is_batch).finish()
    }
}

impl Form {
    /// The form of a signature that was just verified; `None` if it is written in a way that this does not follow.
    pub(crate) fn of(text: &str, signature: &Signature<'_, '_>) -> Option<Self> {
        let dsig = &signature.dsig;
        let [own, signed] = two(dsig.references())?;
        let is_batch = match signed.uri.as_deref()? {
            names::MESSAGE => false,
            names::SIG_HASH_CHAIN_RESULT => true,
            _ => return None,
        };
        own.transforms.is_empty().then_some(())?;
        // Positions count only where the text was read as it stands.
        (dsig.node().document().input_text() == text).then_some(())?;
        let info = dsig.signed_info();
        let value = |reference: &Reference| {
            let uri = reference.uri.as_deref();
            let node = find::children(info, DSIG, "Reference").find(|n| n.attribute("URI") == uri)?;
            plain(text, find::child(node, DSIG, "DigestValue").ok()??)
        };
        let signing = find::child(signature.signed_properties, XADES, "SignedSignatureProperties").ok()??;
        let fields = [
            value(signed)?,
            value(own)?,
            plain(text, find::child(dsig.node(), DSIG, "SignatureValue").ok()??)?,
            plain(text, find::child(signing, XADES, "SigningTime").ok()??)?,
        ];
        let [digest, properties, _, time] = fields.clone().map(|range| text.get(range));
        let canonical = |node, method: &Method| c14n::canonicalize(Subset::Element(node), method).ok();
        let mut ordered = fields.clone();
        ordered.sort_by_key(|range| range.start);
        Some(Self {
            info: Around::new(
                canonical(info, dsig.canonicalization())?,
                [(DIGEST, digest?), (PROPERTIES, properties?)],
            )?,
            properties: Around::new(canonical(signature.signed_properties, &Method::Inclusive10)?, [(TIME, time?)])?,
            text: text.to_owned(),
            fields,
            ordered,
            is_batch,
            digest: signed.digest_algorithm,
            properties_digest: own.digest_algorithm,
            algorithm: dsig.algorithm(),
            certificate: signature.certificate.clone(),
            extra: signature.extra.clone(),
            ocsp: signature.ocsp.clone(),
            trusted: Mutex::default(),
            values: Mutex::default(),
        })
    }

    /// Whether another form is of the same documents.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.texts(&other.text).is_some()
    }

    /// The four texts of a document of this form.
    fn texts<'x>(&self, xml: &'x str) -> Option<[&'x str; 4]> {
        (xml.len() == self.text.len()).then_some(())?;
        let mut at = 0;
        for field in &self.ordered {
            (xml.get(at..field.start)? == self.text.get(at..field.start)?).then_some(())?;
            at = field.end;
        }
        (xml.get(at..)? == self.text.get(at..)?).then_some(())?;
        let text = |number: usize| xml.get(self.fields.get(number)?.clone());
        Some([text(DIGEST)?, text(PROPERTIES)?, text(VALUE)?, text(TIME)?])
    }

    /// Verifies a signature of this form as [`super::verify::verify_message`] would; `None` where that has to decide.
    pub(crate) fn verify(
        &self,
        cache: &ChainCache,
        data: &SignatureData,
        files: &Files<'_>,
        signer: &ClientId,
        trust: &InstanceTrust,
        at: Instant,
    ) -> Option<VerifiedSignature> {
        let texts = self.texts(&data.signature_xml)?;
        let [digest, properties, value, time] = texts;
        let signed = match self.is_batch {
            true => files.hash_chain_result?,
            false => files.attachments.is_empty().then_some(files.message)?,
        };
        (digest == BASE64.encode(self.digest.digest(signed))).then_some(())?;
        let canonical = self.properties.filled(&texts)?;
        (properties == BASE64.encode(self.properties_digest.digest(canonical.as_bytes()))).then_some(())?;
        // Only digits change places with digits, so that no markup can be among them.
        let same_kind = |(a, b): (u8, u8)| a == b || (a.is_ascii_digit() && b.is_ascii_digit());
        let known = self.text.get(self.fields.get(TIME)?.clone())?;
        time.bytes().zip(known.bytes()).all(same_kind).then_some(())?;
        let signed_at: Instant = time.parse().ok()?;
        if self.is_batch {
            cover::follow(files).ok()?;
        }
        self.check_value(&texts, &BASE64.decode(value).ok()?)?;
        let trusted = self.trusted(cache, signer, trust, at)?;
        Some(VerifiedSignature {
            certificate: self.certificate.clone(),
            signed_at,
            is_batch: self.is_batch,
            chain: trusted.chain,
        })
    }

    /// The signature value, once for all messages of a batch.
    fn check_value(&self, texts: &[&str; 4], value: &[u8]) -> Option<()> {
        let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
        if self.is_batch {
            texts.iter().for_each(|text| hasher.update(text.as_bytes()));
        }
        let key = hasher.finish().as_ref().to_vec();
        let known = || self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_batch && known().contains(&key) {
            return Some(());
        }
        let info = self.info.filled(texts)?;
        check_value(self.certificate.public_key(), self.algorithm, info.as_bytes(), value).ok()?;
        if self.is_batch {
            let mut values = known();
            if values.len() == VALUES_MAX {
                values.remove(0);
            }
            values.push(key);
        }
        Some(())
    }

    /// The signer is the member and is trusted; what was found is kept for this trust.
    fn trusted(&self, cache: &ChainCache, signer: &ClientId, trust: &InstanceTrust, at: Instant) -> Option<Trusted> {
        let by = fingerprint(trust);
        let kept = self.trusted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let holds = |t: &Trusted| t.by == by && (t.since..=t.chain.valid_until).contains(&at);
        if let Some(trusted) = kept.filter(holds) {
            return (trusted.member == signer.member).then_some(trusted);
        }
        check_signer(&self.certificate, signer, trust).ok()?;
        let chain = cache.verify(trust, &self.certificate, &self.extra, &self.ocsp, at).ok()?;
        trust.check_issuer(&chain).ok()?;
        let trusted = Trusted { by, since: at, member: signer.member.clone(), chain };
        *self.trusted.lock().unwrap_or_else(PoisonError::into_inner) = Some(trusted.clone());
        Some(trusted)
    }
}

/// The reference to the signed properties, and the other one, if there are just these two.
fn two(references: &[Reference]) -> Option<[&Reference; 2]> {
    let is_own = |r: &Reference| r.uri.as_deref().is_some_and(|uri| uri.starts_with('#'));
    match references {
        [a, b] if is_own(a) && !is_own(b) => Some([a, b]),
        [a, b] if is_own(b) && !is_own(a) => Some([b, a]),
        _ => None,
    }
}

/// Where the text of an element is, if that is all it has and every character of it means itself, in base64 or a time.
fn plain(text: &str, node: Node<'_, '_>) -> Option<Range<usize>> {
    let mut children = node.children();
    let only = children.next()?;
    (children.next().is_none() && only.is_text()).then_some(())?;
    let range = only.range();
    let written = text.get(range.clone())?;
    let means_itself = |b: u8| b.is_ascii_alphanumeric() || b"+/=:.-".contains(&b);
    (only.text()? == written && written.bytes().all(means_itself)).then_some(range)
}
