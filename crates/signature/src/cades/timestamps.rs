//! Time-stamps in a signature: which there are, in the order in which they were added, and what each of them covers.

use super::archive::{self, Form};
use super::hash_index::HashIndex;
use super::material::Material;
use super::reader::Cms;
use super::references;
use super::signed::Signed;
use super::{ARCHIVE_TIMESTAMPS_MAX, TIMESTAMPS_MAX};
use crate::ReadError;
use crate::facts::{Coverage, DataState, Fault, Proven, Timestamp, TimestampKind};
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_pki::cms::ber::{Element, Elements};
use mekong_pki::cms::{SignedData, SignerInfo, oid};
use mekong_pki::tlv;
use mekong_pki::tsp::Token;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The place of an unsigned attribute value: of which attribute, which value.
pub(super) type Place = (usize, usize);

/// A time-stamp found in a signature.
pub(super) struct Stamp<'a> {
    pub(super) id: String,
    pub(super) kind: TimestampKind,
    /// Type of the attribute that holds it.
    pub(super) attribute: &'a [u8],
    /// Where it stands among the unsigned attributes; `None` for content time-stamps.
    pub(super) place: Option<Place>,
    pub(super) parsed: Result<Parsed<'a>, String>,
}

/// A token with the signed data that it is.
pub(super) struct Parsed<'a> {
    pub(super) data: SignedData<'a>,
    pub(super) token: Arc<Token>,
}

impl<'a> Parsed<'a> {
    pub(super) fn read(value: Element<'a>) -> Result<Self, String> {
        let data = SignedData::parse(value.whole).map_err(|e| e.to_string())?;
        let token = Arc::new(Token::read(&data).map_err(|e| e.to_string())?);
        Ok(Self { data, token })
    }
}

impl Stamp<'_> {
    /// The time in the token; none if it cannot be read.
    pub(super) fn time(&self) -> Option<Instant> {
        self.parsed.as_ref().ok().map(|p| p.token.info.gen_time)
    }
}

/// The time-stamps of a signature in the order in which they were added, with ids below that of the signature.
///
/// # Errors
/// [`ReadError::Limit`] for more than [`TIMESTAMPS_MAX`], or [`ARCHIVE_TIMESTAMPS_MAX`] for archive.
pub(super) fn collect<'a>(id: &str, signer: &SignerInfo<'a>, signed: &Signed<'a>) -> Result<Vec<Stamp<'a>>, ReadError> {
    let mut stamps: Vec<Stamp<'a>> = Vec::new();
    let mut push = |kind, attribute, place, value: Element<'a>| {
        let is_archive = |s: &Stamp<'_>| s.kind == TimestampKind::Archive;
        let archives = stamps.iter().filter(|s| kind == TimestampKind::Archive && is_archive(s)).count();
        if stamps.len() == TIMESTAMPS_MAX || archives == ARCHIVE_TIMESTAMPS_MAX {
            let reason =
                format!("more than {TIMESTAMPS_MAX} time-stamps, or {ARCHIVE_TIMESTAMPS_MAX} archive time-stamps");
            return Err(ReadError::Limit { place: id.to_owned(), reason });
        }
        stamps.push(Stamp { id: String::new(), kind, attribute, place, parsed: Parsed::read(value) });
        Ok(())
    };
    for value in &signed.content_timestamps {
        push(TimestampKind::Content, oid::CONTENT_TIMESTAMP, None, *value)?;
    }
    for (number, attribute) in signer.unsigned.iter().flat_map(|u| &u.list).enumerate() {
        let Some(kind) = kind_of(attribute.id) else { continue };
        for (at, value) in attribute.values.iter().enumerate() {
            push(kind, attribute.id, Some((number, at)), *value)?;
        }
    }
    stamps.sort_by_key(|stamp| (stage(stamp.kind), stamp.time()));
    for (number, stamp) in stamps.iter_mut().enumerate() {
        stamp.id = format!("{id}-timestamp-{}", number + 1);
    }
    Ok(stamps)
}

/// The use of the time-stamps in an unsigned attribute; none if it holds none.
pub(super) fn kind_of(attribute: &[u8]) -> Option<TimestampKind> {
    match attribute {
        oid::SIGNATURE_TIMESTAMP => Some(TimestampKind::Signature),
        oid::SIGNATURE_AND_REFERENCES_TIMESTAMP => Some(TimestampKind::SignatureAndReferences),
        oid::REFERENCES_TIMESTAMP => Some(TimestampKind::References),
        oid::ARCHIVE_TIMESTAMP_V1 | oid::ARCHIVE_TIMESTAMP_V2 | oid::ARCHIVE_TIMESTAMP_V3 => {
            Some(TimestampKind::Archive)
        }
        _ => None,
    }
}

const fn stage(kind: TimestampKind) -> u8 {
    match kind {
        TimestampKind::Content => 0,
        TimestampKind::Signature => 1,
        TimestampKind::SignatureAndReferences | TimestampKind::References => 2,
        _ => 3,
    }
}

/// What all time-stamps of one signature are judged by.
pub(super) struct Stamped<'s, 'a> {
    pub(super) cms: &'s Cms<'s, 'a>,
    pub(super) signer: &'s SignerInfo<'a>,
    /// The digest of what the signature signs.
    pub(super) digest: &'s dyn Fn(DigestAlgorithm) -> Option<Vec<u8>>,
    /// The id of the signature.
    pub(super) id: &'s str,
    /// What each value of each unsigned attribute carries.
    pub(super) carried: &'s BTreeMap<Place, Vec<Proven>>,
    pub(super) stamps: &'s [Stamp<'a>],
}

impl<'a> Stamped<'_, 'a> {
    /// The facts of one time-stamp.
    pub(super) fn facts(&self, stamp: &Stamp<'a>) -> Timestamp {
        let mut facts = facts_of(&stamp.parsed, stamp.id.clone(), stamp.kind);
        let Ok(parsed) = &stamp.parsed else { return facts };
        match stamp.kind {
            TimestampKind::Content => {
                facts.imprint = state(&parsed.token, (self.digest)(parsed.token.info.algorithm));
                facts.proves = vec![self.cms.proven_data()];
            }
            TimestampKind::Signature => {
                let digest = parsed.token.info.algorithm.digest(&self.signer.value);
                facts.imprint = state(&parsed.token, Some(digest.as_ref().to_vec()));
                facts.proves = self.signature();
            }
            TimestampKind::SignatureAndReferences | TimestampKind::References => self.references(parsed, &mut facts),
            _ => self.archive(stamp, parsed, &mut facts),
        }
        facts
    }

    /// What a time-stamp over the signature value proves: it, and what it signs.
    fn signature(&self) -> Vec<Proven> {
        let content = self.stamps.iter().filter(|s| s.kind == TimestampKind::Content);
        let content = content.map(|s| Proven::Timestamp(s.id.clone()));
        [Proven::Signature(self.id.to_owned()), self.cms.proven_data()].into_iter().chain(content).collect()
    }

    /// X type 1 and 2 (EN 319 122-1 annex A.1.5): attributes without the header of their sequence.
    fn references(&self, parsed: &Parsed<'a>, facts: &mut Timestamp) {
        let first = facts.kind == TimestampKind::SignatureAndReferences;
        let mut ids = vec![oid::CERTIFICATE_REFERENCES, oid::REVOCATION_REFERENCES];
        if first {
            ids.insert(0, oid::SIGNATURE_TIMESTAMP);
            facts.proves = self.signature();
            let stamps = self.stamps.iter().filter(|s| s.kind == TimestampKind::Signature);
            facts.proves.extend(stamps.map(|s| Proven::Timestamp(s.id.clone())));
        }
        let unsigned = || self.signer.unsigned.iter().flat_map(|u| &u.list);
        let by_rule: Vec<_> = ids.iter().flat_map(|id| self.signer.unsigned_attributes(id)).collect();
        // some signers take the attributes in the order in which they stand: the same data
        let as_they_stand: Vec<_> = unsigned().filter(|a| ids.contains(&a.id)).collect();
        for attributes in [by_rule, as_they_stand] {
            let digest = |form: Form| {
                let mut hasher = Hasher::new(parsed.token.info.algorithm);
                if first {
                    hasher.update(&self.signer.value);
                }
                let fields = attributes.iter().flat_map(|attribute| archive::fields(attribute));
                fields.for_each(|field| hasher.update(&form.of(field)));
                Some(hasher.finish().as_ref().to_vec())
            };
            facts.imprint = either_form(&parsed.token, &digest);
            if facts.imprint == DataState::Intact {
                break;
            }
        }
        facts.proves.extend(references::proven(self.signer, &self.cms.material));
    }

    fn archive(&self, stamp: &Stamp<'a>, parsed: &Parsed<'a>, facts: &mut Timestamp) {
        facts.proves = self.signature();
        match stamp.attribute {
            oid::ARCHIVE_TIMESTAMP_V3 => match HashIndex::of_token(&parsed.data) {
                Ok(index) => {
                    facts.imprint = either_form(&parsed.token, &|form| archive::imprint_v3(self, parsed, &index, form));
                    index.check(self, facts);
                }
                Err(reason) => {
                    facts.imprint = DataState::Unchecked(reason.clone());
                    facts.faults.push(Fault::new("archive time-stamp", reason));
                }
            },
            oid::ARCHIVE_TIMESTAMP_V2 => {
                let covered = archive::before(self, stamp);
                let with_set = |form| archive::imprint_v2(self, parsed, &covered, form, true);
                let without_set = |form| archive::imprint_v2(self, parsed, &covered, form, false);
                facts.imprint = either_form(&parsed.token, &with_set);
                if facts.imprint == DataState::Altered && either_form(&parsed.token, &without_set) == DataState::Intact
                {
                    facts.imprint = DataState::Intact;
                }
                facts.proves.extend(self.cms.material.proven());
                let carried = self.carried.iter().filter(|((attribute, _), _)| covered.contains(attribute));
                facts.proves.extend(carried.flat_map(|(_, proven)| proven.clone()));
            }
            _ => facts.imprint = DataState::Unchecked("archive time-stamps of the first form are not checked".into()),
        }
    }
}

/// The facts of a token alone, with all that it brings; its imprint is not checked yet.
pub(crate) fn facts_of_token(token: &[u8], id: String, kind: TimestampKind) -> Timestamp {
    let element = Elements::only(token, tlv::SEQUENCE, "time-stamp token").map_err(|e| e.0);
    facts_of(&element.and_then(Parsed::read), id, kind)
}

pub(super) fn facts_of(parsed: &Result<Parsed<'_>, String>, id: String, kind: TimestampKind) -> Timestamp {
    let (token, material) = match parsed {
        Ok(parsed) => (Ok(Arc::clone(&parsed.token)), Material::of_token(&parsed.data)),
        Err(error) => (Err(error.clone()), Material::default()),
    };
    Timestamp {
        id,
        kind,
        token,
        imprint: DataState::Unchecked("the token cannot be read".into()),
        proves: Vec::new(),
        data: Vec::new(),
        certificates: material.certificates,
        crls: material.crls,
        ocsps: material.ocsps,
        faults: Vec::new(),
        coverage: Coverage::Unknown,
        findings: Vec::new(),
    }
}

/// Whether a token stamps that digest.
pub(super) fn state(token: &Token, digest: Option<Vec<u8>>) -> DataState {
    match digest {
        None => DataState::Missing,
        Some(digest) if digest == token.info.digest => DataState::Intact,
        Some(_) => DataState::Altered,
    }
}

/// Whether a token stamps the digest over parts as they stand, or as they would be in DER.
fn either_form(token: &Token, digest: &dyn Fn(Form) -> Option<Vec<u8>>) -> DataState {
    match state(token, digest(Form::AsIs)) {
        DataState::Altered => state(token, digest(Form::Der)),
        other => other,
    }
}
