//! Signer infos turned into facts.

use super::archive::Form;
use super::content::{Content, Digests};
use super::material::Material;
use super::signed::{self, Signed};
use super::timestamps::{self, Place, Stamp, Stamped};
use super::{COUNTER_DEPTH_MAX, SIGNATURES_MAX, evidence, level, policy};
use crate::ReadError;
use crate::facts::{
    Coverage, DataKind, DataState, Fault, Level, Proven, Signature, SignatureFormat, SignatureValue, SignedBytes,
    SignedData,
};
use mekong_crypto::{DigestAlgorithm, Hasher, SignatureAlgorithm};
use mekong_pki::cms::ber::{Element, Elements};
use mekong_pki::cms::{self, Attributes, CmsError, SignerInfo, oid};
use mekong_pki::tlv;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Content that was signed without signed attributes is handed to the verifier whole up to this size, in bytes; above it by
/// digest.
const DIRECT_BYTES_MAX: usize = 1 << 20;

/// What is around signed data.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// What it signs, if the content is detached.
    pub content: Content<'a>,
    /// What to call the content in facts.
    pub name: &'a str,
    /// The id of a signature by its number, from 0; ids of time-stamps and evidence records begin with it.
    pub id: &'a dyn Fn(usize) -> String,
    /// Whether it stands in a PDF: the attribute rules of EN 319 142 instead of EN 319 122.
    pub pdf: bool,
}

/// Reads the signatures of signed data whose detached content is known by its digests; ids are `signature-1` and so on.
/// [`Signature::countersigns`] counts within the list.
///
/// # Errors
/// As [`read_signatures`].
pub fn read_cms(
    bytes: &[u8],
    digest: &dyn Fn(DigestAlgorithm) -> Option<Vec<u8>>,
    pdf: bool,
) -> Result<Vec<Signature>, ReadError> {
    let id = |number: usize| format!("signature-{}", number + 1);
    let name = if pdf { "signed byte range" } else { "content" };
    read_signatures(bytes, &Context { content: Content::Digests(digest), name, id: &id, pdf })
}

/// Reads the signatures of signed data: of each signer, followed by its counter-signatures.
///
/// # Errors
/// [`ReadError::NoSignature`] for other CMS and for signed data without signers, [`ReadError::Malformed`],
/// [`ReadError::Limit`], [`ReadError::Source`] if the content cannot be read.
pub fn read_signatures(bytes: &[u8], context: &Context<'_>) -> Result<Vec<Signature>, ReadError> {
    let bytes = if context.pdf { unpadded(bytes) } else { bytes };
    let data = cms::SignedData::parse(bytes).map_err(read_error)?;
    let cms = Cms {
        data: &data,
        digests: Digests::of(&data, context.content),
        material: Material::of(&data),
        context,
        starts: RefCell::default(),
    };
    let mut signatures = Vec::new();
    for signer in &data.signers {
        let more = cms.signatures(signer, signatures.len(), None, 0)?;
        signatures.extend(more);
    }
    match cms.digests.failure() {
        Some(error) => Err(error.into()),
        None if signatures.is_empty() => Err(ReadError::NoSignature("signed data without signers".into())),
        None => Ok(signatures),
    }
}

/// The first element, if nothing but the zero bytes follow with which a PDF fills the place reserved for a signature.
fn unpadded(bytes: &[u8]) -> &[u8] {
    match Elements::new(bytes).next("CMS") {
        Ok(first) if bytes.iter().skip(first.whole.len()).all(|byte| *byte == 0) => first.whole,
        _ => bytes,
    }
}

/// Why CMS could not be read.
pub(super) fn read_error(error: CmsError) -> ReadError {
    match error {
        CmsError::NotSignedData { .. } => ReadError::NoSignature(error.to_string()),
        CmsError::Limit { .. } => ReadError::Limit { place: "CMS".into(), reason: error.to_string() },
        other => ReadError::Malformed { place: "CMS".into(), reason: other.to_string() },
    }
}

/// Signed data with what all its signers share.
pub(super) struct Cms<'s, 'a> {
    pub(super) data: &'s cms::SignedData<'a>,
    pub(super) digests: Digests<'a>,
    pub(super) material: Material,
    pub(super) context: &'s Context<'a>,
    /// Beginnings of the imprints of archive time-stamps of version 2.
    starts: RefCell<Vec<(DigestAlgorithm, Form, Option<Hasher>)>>,
}

/// The signature that a counter-signature signs: its place in the list, its id, its value.
#[derive(Clone, Copy)]
struct Parent<'p> {
    number: usize,
    id: &'p str,
    value: &'p [u8],
}

impl<'a> Cms<'_, 'a> {
    /// What a time-stamp over the content, or the signature, proves of the content.
    pub(super) fn proven_data(&self) -> Proven {
        Proven::Data(self.context.name.to_owned())
    }

    /// What archive time-stamps of version 2 digest first, the same for all signers; `None` if the content is not at hand.
    pub(super) fn start_of_v2(&self, algorithm: DigestAlgorithm, form: Form) -> Option<Hasher> {
        let known = self.starts.borrow().iter().find(|(a, f, _)| (*a, *f) == (algorithm, form)).map(|s| s.2.clone());
        if let Some(hasher) = known {
            return hasher;
        }
        let mut hasher = Hasher::new(algorithm);
        hasher.update(&form.of(self.data.encapsulated.whole));
        let whole = self.digests.is_attached() || self.digests.each(&mut |piece| hasher.update(piece));
        for set in [self.data.certificate_set, self.data.revocation_set].into_iter().flatten() {
            hasher.update(&form.of(set.whole));
        }
        let start = whole.then_some(hasher);
        self.starts.borrow_mut().push((algorithm, form, start.clone()));
        start
    }

    /// A signer's signature, which will be number `first` of the list, and its counter-signatures.
    fn signatures(
        &self,
        signer: &SignerInfo<'a>,
        first: usize,
        parent: Option<Parent<'_>>,
        depth: usize,
    ) -> Result<Vec<Signature>, ReadError> {
        let id = (self.context.id)(first);
        if first >= SIGNATURES_MAX {
            return Err(ReadError::Limit { place: id, reason: format!("more than {SIGNATURES_MAX} signatures") });
        }
        let this = Parent { number: first, id: &id, value: &signer.value };
        let (mut carried, mut counters, mut faults) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (number, attribute) in signer.unsigned.iter().flat_map(|u| &u.list).enumerate() {
            if attribute.id != oid::COUNTER_SIGNATURE {
                continue;
            }
            for (at, value) in attribute.values.iter().enumerate() {
                match self.counter(*value, first + 1 + counters.len(), this, depth)? {
                    Ok(more) => {
                        let ids = more.iter().map(|s| Proven::Signature(s.id.clone()));
                        carried.insert((number, at), ids.collect::<Vec<_>>());
                        counters.extend(more);
                    }
                    Err(reason) => faults.push(Fault::new("counter-signature", reason)),
                }
            }
        }
        let mut signature = self.signature(signer, id.clone(), parent, carried)?;
        signature.faults.extend(faults);
        Ok([signature].into_iter().chain(counters).collect())
    }

    fn counter(
        &self,
        value: Element<'a>,
        number: usize,
        parent: Parent<'_>,
        depth: usize,
    ) -> Result<Result<Vec<Signature>, String>, ReadError> {
        if depth == COUNTER_DEPTH_MAX {
            let reason = format!("counter-signatures nested deeper than {COUNTER_DEPTH_MAX}");
            return Err(ReadError::Limit { place: parent.id.to_owned(), reason });
        }
        match SignerInfo::read(value) {
            Ok(signer) => self.signatures(&signer, number, Some(parent), depth + 1).map(Ok),
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    fn signature(
        &self,
        signer: &SignerInfo<'a>,
        id: String,
        parent: Option<Parent<'_>>,
        mut carried: BTreeMap<Place, Vec<Proven>>,
    ) -> Result<Signature, ReadError> {
        let digest = |algorithm: DigestAlgorithm| match parent {
            Some(parent) => Some(algorithm.digest(parent.value).as_ref().to_vec()),
            None => self.digests.digest(algorithm),
        };
        let mut signed = Signed::read(signer);
        match signer.signed {
            Some(_) => self.check_attributes(&mut signed, parent.is_some()),
            None if parent.is_none() => self.check_bare(&mut signed),
            None => {}
        }
        let mut material = self.material.clone();
        material.add(std::mem::take(&mut signed.material));
        let mut faults = std::mem::take(&mut signed.faults);
        match Material::of_unsigned(signer) {
            Ok(values) => material.add(values),
            Err(error) => faults.push(Fault::new("unsigned attributes", error.to_string())),
        }
        let stamps = timestamps::collect(&id, signer, &signed)?;
        carry(signer, &stamps, &mut carried);
        let evidence_records = evidence::read(self, signer, &id, &stamps, &mut carried);
        let stamped = Stamped { cms: self, signer, digest: &digest, id: &id, carried: &carried, stamps: &stamps };
        let timestamps: Vec<_> = stamps.iter().map(|stamp| stamped.facts(stamp)).collect();
        let level = level::of(signer, &signed, &material, &timestamps, self.context.pdf);
        material.certificates.sort_by_key(|c| !signer.id.matches(c));
        let value = self.value(signer, &material, parent);
        if let Some(policy) = &mut signed.policy {
            policy.matches = policy::stored_matches(policy, signer);
        }
        Ok(Signature {
            format: self.format(level),
            file: None,
            countersigns: parent.map(|p| p.number),
            level,
            faults,
            data: vec![self.data_state(signer, &signed, parent, &digest)],
            value,
            certificate_references: signed.references,
            signer_hint: Some(signed::hint(&signer.id)),
            certificates: material.certificates,
            crls: material.crls,
            ocsps: material.ocsps,
            claimed_time: signed.time,
            policy: signed.policy,
            claims: signed.claims,
            timestamps,
            evidence_records,
            coverage: if parent.is_some() { Coverage::Part("a signature".into()) } else { Coverage::Whole },
            changes: Vec::new(),
            findings: signed.findings,
            id,
        })
    }

    /// The attributes that RFC 5652 §5.3 and §11 ask for.
    fn check_attributes(&self, signed: &mut Signed<'_>, is_counter: bool) {
        let mut fault = |what: String| signed.faults.push(Fault::new("signed attributes", what));
        if signed.message_digest.is_none() {
            fault("the message digest is missing (RFC 5652 §11.2)".into());
        }
        match signed.content_type {
            None if !is_counter => fault("the content type is missing (RFC 5652 §11.1)".into()),
            Some(found) if !is_counter && found != self.data.content_type => fault(format!(
                "the signed content type is {}, that of the content {} (RFC 5652 §11.1)",
                oid::text(found),
                oid::text(self.data.content_type)
            )),
            _ => {}
        }
    }

    /// Without signed attributes the value is over the content itself. The same value over signed attributes would be over
    /// their DER: content that is signed attributes is that of another signature, taken for a document.
    fn check_bare(&self, signed: &mut Signed<'_>) {
        let mut fault = |what: String| signed.faults.push(Fault::new("signed attributes", what));
        if self.data.content_type != oid::DATA {
            let found = oid::text(self.data.content_type);
            fault(format!("missing, though the content is not plain data but {found} (RFC 5652 §5.3)"));
        }
        let content = self.digests.bytes(DIRECT_BYTES_MAX).unwrap_or_default();
        let attributes = Elements::only(&content, tlv::SET, "content").ok().and_then(|e| Attributes::read(e).ok());
        if attributes.is_some_and(|attributes| attributes.of(oid::MESSAGE_DIGEST).next().is_some()) {
            fault("missing, and the content is the signed attributes of another signature".into());
        }
    }

    fn format(&self, level: Level) -> SignatureFormat {
        match level {
            Level::NotAdes => SignatureFormat::Plain,
            _ if self.context.pdf => SignatureFormat::Pades,
            _ => SignatureFormat::Cades,
        }
    }

    /// The content as a thing that is signed.
    fn data_state(
        &self,
        signer: &SignerInfo<'a>,
        signed: &Signed<'_>,
        parent: Option<Parent<'_>>,
        digest: &dyn Fn(DigestAlgorithm) -> Option<Vec<u8>>,
    ) -> SignedData {
        let (name, kind) = match parent {
            Some(parent) => (parent.id, DataKind::CounterSigned),
            None => (self.context.name, DataKind::Document),
        };
        let state = |algorithm: DigestAlgorithm| match (digest(algorithm), signed.message_digest) {
            (None, _) => DataState::Missing,
            // a container names the file, and the value is over content that nobody sees
            _ if parent.is_none() && !self.context.pdf && self.digests.is_of_its_own(algorithm) => {
                DataState::Unbound("the CMS has content of its own instead of signing this".into())
            }
            // without signed attributes the signature itself tells
            (Some(_), None) if signer.signed.is_none() => DataState::Intact,
            (Some(found), Some(wanted)) if found == wanted => DataState::Intact,
            (Some(_), _) => DataState::Altered,
        };
        let (algorithm, state) = match signer.digest() {
            Ok(algorithm) => (Some(algorithm), state(algorithm)),
            Err(error) => (None, DataState::Unchecked(error.to_string())),
        };
        SignedData { name: name.to_owned(), kind, algorithm, state }
    }

    fn value(&self, signer: &SignerInfo<'a>, material: &Material, parent: Option<Parent<'_>>) -> SignatureValue {
        let algorithm = signer.algorithm().map_err(|e| e.to_string());
        let signed = match (signer.signed_bytes(), parent) {
            (Some(bytes), _) => SignedBytes::Bytes(ordered(bytes, signer, material)),
            (None, Some(parent)) => SignedBytes::Bytes(parent.value.to_vec()),
            (None, None) => self.direct(algorithm.as_ref().ok()),
        };
        SignatureValue { algorithm, signed, value: signer.value.to_vec() }
    }

    /// What is signed where there are no signed attributes: the content itself.
    fn direct(&self, algorithm: Option<&SignatureAlgorithm>) -> SignedBytes {
        if let Some(bytes) = self.digests.bytes(DIRECT_BYTES_MAX) {
            return SignedBytes::Bytes(bytes);
        }
        let digest = algorithm.and_then(|a| a.digest());
        match digest.and_then(|algorithm| Some((algorithm, self.digests.digest(algorithm)?))) {
            Some((algorithm, digest)) => SignedBytes::Digest(algorithm, digest),
            None => SignedBytes::Missing,
        }
    }
}

/// The signed attributes as they stand; in DER order if they stand otherwise and the signature says that this was signed.
fn ordered(bytes: Vec<u8>, signer: &SignerInfo<'_>, material: &Material) -> Vec<u8> {
    let (Some(attributes), Ok(algorithm)) = (&signer.signed, signer.algorithm()) else { return bytes };
    if attributes.is_sorted() {
        return bytes;
    }
    let sorted = cms::set_of(attributes.list.iter().map(|a| a.element.whole.to_vec()).collect());
    let mut signers = material.certificates.iter().filter(|c| signer.id.matches(c)).take(4);
    let signed_sorted = signers.any(|c| c.public_key().verify(algorithm, &sorted, &signer.value).is_ok());
    if signed_sorted { sorted } else { bytes }
}

/// What the values of unsigned attributes carry, for the time-stamps that cover them.
fn carry(signer: &SignerInfo<'_>, stamps: &[Stamp<'_>], carried: &mut BTreeMap<Place, Vec<Proven>>) {
    for stamp in stamps {
        let (Some(place), Ok(parsed)) = (stamp.place, &stamp.parsed) else { continue };
        let within = Material::of_token(&parsed.data).proven();
        carried.insert(place, [Proven::Timestamp(stamp.id.clone())].into_iter().chain(within).collect());
    }
    for (number, attribute) in signer.unsigned.iter().flat_map(|u| &u.list).enumerate() {
        if !matches!(attribute.id, oid::CERTIFICATE_VALUES | oid::REVOCATION_VALUES) {
            continue;
        }
        for (at, value) in attribute.values.iter().enumerate() {
            let proven = Material::of_value(attribute.id, value.whole).map(|m| m.proven()).unwrap_or_default();
            carried.insert((number, at), proven);
        }
    }
}
