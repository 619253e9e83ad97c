//! Hash trees and chains checked (RFC 4998 §4.3, §5.3; RFC 6283 §3.3, §4.3), and the facts of a record.

use super::object::Object;
use super::record::{Chain, Record, Stamp, group_digest};
use super::{BYTES_MAX, asn1, xml};
use crate::ReadError;
use crate::cades::facts_of_token;
use crate::facts::{DataKind, DataState, EvidenceRecord, Fault, Proven, SignedData, Timestamp, TimestampKind};
use mekong_base::limits::XmlLimits;
use mekong_crypto::{DigestAlgorithm, sha256};
use mekong_pki::Certificate;
use mekong_pki::cms::SignedData as Cms;
use mekong_pki::tsp::{Token, TokenInfo};
use mekong_xml::c14n::Method;
use mekong_xml::roxmltree::Node;

/// Most digests of unknown data that are listed.
const UNKNOWN_MAX: usize = 32;

/// Reads a record in DER or XML that should cover these objects; ids of its time-stamps begin with `id`.
///
/// # Errors
/// [`ReadError::Malformed`], [`ReadError::Limit`] for more than [`BYTES_MAX`].
pub fn read_record(bytes: &[u8], id: &str, objects: &[Object<'_>]) -> Result<EvidenceRecord, ReadError> {
    if bytes.len() > BYTES_MAX {
        let reason = format!("{} bytes, at most {BYTES_MAX} are read", bytes.len());
        return Err(ReadError::Limit { place: "evidence record".into(), reason });
    }
    let malformed = |reason: String| ReadError::Malformed { place: "evidence record".into(), reason };
    if bytes.first() == Some(&mekong_pki::tlv::SEQUENCE) {
        return Ok(facts(&asn1::read(bytes).map_err(|e| malformed(e.0))?, id, objects));
    }
    let limits = XmlLimits { bytes: BYTES_MAX, ..XmlLimits::DIRECTORY };
    let text = mekong_xml::decode(bytes, &limits).map_err(|e| malformed(e.to_string()))?;
    let document = mekong_xml::parse(&text, &limits).map_err(|e| malformed(e.to_string()))?;
    read_element(document.root_element(), id, objects)
}

/// Reads a record that is an element inside of other XML.
///
/// # Errors
/// [`ReadError::Malformed`].
pub fn read_element(element: Node<'_, '_>, id: &str, objects: &[Object<'_>]) -> Result<EvidenceRecord, ReadError> {
    let record = xml::read(element);
    let record = record.map_err(|reason| ReadError::Malformed { place: "evidence record".into(), reason })?;
    Ok(facts(&record, id, objects))
}

/// What a token says. Tokens in records may be larger than those of an authority: they hold validation data.
pub(super) fn token_info(token: &[u8]) -> Result<TokenInfo, String> {
    let data = Cms::parse(token).map_err(|e| e.to_string())?;
    Token::read(&data).map(|token| token.info).map_err(|e| e.to_string())
}

/// The digests of all objects by one algorithm: in each form that counts.
type Digests = Vec<Vec<Vec<u8>>>;

/// A record with what it should cover.
struct Checking<'r> {
    objects: &'r [Object<'r>],
    /// Whether each object is covered by the first hash tree.
    covered: Vec<bool>,
    known: Vec<(DigestAlgorithm, Option<Method>, Digests)>,
}

fn facts(record: &Record, id: &str, objects: &[Object<'_>]) -> EvidenceRecord {
    let mut checking = Checking { objects, covered: vec![false; objects.len()], known: Vec::new() };
    let mut facts = EvidenceRecord {
        id: id.to_owned(),
        file: None,
        xml: record.xml,
        data: checking.data(record),
        timestamps: Vec::new(),
        faults: record.faults.iter().map(|f| Fault::new("evidence record", f.clone())).collect(),
        proves: Vec::new(),
    };
    let covered = objects.iter().zip(&checking.covered).filter(|(_, covered)| **covered);
    facts.proves = covered.flat_map(|(object, _)| object.proves.clone()).collect();
    let mut proves = facts.proves.clone();
    for (number, chain) in record.chains.iter().enumerate() {
        if let Err(reason) = &chain.algorithm {
            facts.faults.push(Fault::new(format!("chain {}", number + 1), reason.clone()));
        }
        if chain.stamps.is_empty() {
            facts.faults.push(Fault::new(format!("chain {}", number + 1), "no time-stamp in it"));
        }
        for stamp in &chain.stamps {
            let id = format!("{id}-timestamp-{}", facts.timestamps.len() + 1);
            let mut timestamp = checking.timestamp(record, chain, stamp, id, &proves);
            if timestamp.imprint != DataState::Intact {
                // a broken link: this time-stamp proves nothing, the ones after it no more than it
                timestamp.proves.clear();
                proves.clear();
            }
            proves.push(Proven::Timestamp(timestamp.id.clone()));
            proves.extend(brought(&timestamp));
            facts.timestamps.push(timestamp);
        }
    }
    unbind(&mut facts);
    facts
}

/// A tree that does not lead to the first time-stamp proves nothing of the data in it.
fn unbind(facts: &mut EvidenceRecord) {
    if facts.timestamps.first().is_some_and(|t| matches!(t.imprint, DataState::Altered | DataState::Unbound(_))) {
        facts.data.iter_mut().filter(|d| d.state == DataState::Intact).for_each(|d| d.state = DataState::Altered);
        facts.proves.clear();
    }
}

/// What a time-stamp brings: the ones after it prove that it existed.
fn brought(timestamp: &Timestamp) -> Vec<Proven> {
    let certificates = timestamp.certificates.iter().map(|c| Proven::Certificate(sha256(c.der())));
    let revocations = timestamp.crls.iter().chain(&timestamp.ocsps).map(|der| Proven::Revocation(sha256(der)));
    certificates.chain(revocations).collect()
}

impl Checking<'_> {
    /// Looks the objects up in the first group of the first hash tree, and says what was found.
    fn data(&mut self, record: &Record) -> Vec<SignedData> {
        let Some((chain, stamp)) = record.chains.first().and_then(|c| Some((c, c.stamps.first()?))) else {
            return Vec::new();
        };
        let Ok(algorithm) = chain.algorithm else { return Vec::new() };
        let group = match stamp.groups.first() {
            Some(group) => group.clone(),
            None => token_info(&stamp.token).map(|info| vec![info.digest]).unwrap_or_default(),
        };
        let digests = self.digests(algorithm, chain.method.as_ref());
        let mut data = Vec::new();
        for (number, (object, digests)) in self.objects.iter().zip(&digests).enumerate() {
            let covered = digests.iter().any(|digest| group.contains(digest));
            if let Some(known) = self.covered.get_mut(number) {
                *known = covered;
            }
            let is_only = group.len() == 1 && self.objects.len() == 1;
            let state = match covered {
                true => DataState::Intact,
                false if !object.required && !is_only => continue,
                false if digests.is_empty() => DataState::Missing,
                false => DataState::Altered,
            };
            data.push(SignedData { name: object.name.clone(), kind: object.kind, algorithm: Some(algorithm), state });
        }
        if data.is_empty() {
            let unknown = |(number, _)| SignedData {
                name: format!("unknown data {}", number + 1),
                kind: DataKind::Other,
                algorithm: Some(algorithm),
                state: DataState::Missing,
            };
            data.extend(group.iter().take(UNKNOWN_MAX).enumerate().map(unknown));
        }
        data
    }

    fn digests(&mut self, algorithm: DigestAlgorithm, method: Option<&Method>) -> Digests {
        let known = self.known.iter().find(|(a, m, _)| *a == algorithm && m.as_ref() == method);
        if let Some((.., digests)) = known {
            return digests.clone();
        }
        let digests: Digests = self.objects.iter().map(|object| object.digests(algorithm, method)).collect();
        self.known.push((algorithm, method.cloned(), digests.clone()));
        digests
    }

    fn timestamp(&mut self, record: &Record, chain: &Chain, stamp: &Stamp, id: String, proves: &[Proven]) -> Timestamp {
        let mut facts = facts_of_token(&stamp.token, id, TimestampKind::Archive);
        facts.certificates.extend(stamp.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()));
        facts.crls.extend(stamp.crls.iter().cloned());
        facts.ocsps.extend(stamp.ocsps.iter().cloned());
        facts.faults.extend(stamp.faults.iter().map(|f| Fault::new("archive time-stamp", f.clone())));
        facts.proves = proves.to_vec();
        if let Ok(token) = &facts.token {
            facts.imprint = match (&chain.algorithm, &stamp.unbound) {
                (Err(reason), _) => DataState::Unchecked(reason.clone()),
                (_, Some(reason)) => DataState::Unbound(reason.clone()),
                (Ok(algorithm), _) if *algorithm != token.info.algorithm => DataState::Unbound(format!(
                    "its chain digests with {}, the token with {}",
                    algorithm.name(),
                    token.info.algorithm.name()
                )),
                (Ok(_), _) if !stamp.faults.is_empty() => DataState::Altered,
                (Ok(algorithm), _) => self.imprint(record, chain, stamp, *algorithm, &token.info.digest),
            };
        }
        facts
    }

    /// Whether the tree of a time-stamp leads to its imprint, and holds what it must hold.
    fn imprint(
        &mut self,
        record: &Record,
        chain: &Chain,
        stamp: &Stamp,
        algorithm: DigestAlgorithm,
        imprint: &[u8],
    ) -> DataState {
        let is = |holds: bool| if holds { DataState::Intact } else { DataState::Altered };
        if let Some(before) = &stamp.before {
            let first = stamp.groups.first();
            let holds = first.is_none_or(|group| group.contains(before));
            return is(holds && tree_digest(algorithm, stamp, || before.clone(), false) == imprint);
        }
        let digests = self.digests(algorithm, chain.method.as_ref());
        let Some(before) = &chain.before else {
            // the first of all: what it covers was looked up already
            return match stamp.groups.is_empty() {
                true if self.objects.iter().zip(&digests).all(|(_, d)| d.is_empty()) => DataState::Missing,
                true => is(self.covered.iter().any(|covered| *covered)),
                false => is(tree_digest(algorithm, stamp, Vec::new, false) == imprint),
            };
        };
        let renewed = |digest: &Vec<u8>| match record.xml {
            true => digest.clone(),
            false => algorithm.digest(&[digest.as_slice(), before].concat()).as_ref().to_vec(),
        };
        let wanted = digests.iter().zip(&self.covered).filter(|(_, covered)| **covered).map(|(digests, _)| digests);
        let wanted: Vec<Vec<Vec<u8>>> = wanted.map(|digests| digests.iter().map(renewed).collect()).collect();
        let Some(group) = stamp.groups.first() else {
            // without a tree: over the one object with the chains before it
            return is(match (record.xml, wanted.as_slice()) {
                (false, [one]) => one.iter().any(|digest| digest == imprint),
                _ => wanted.is_empty() && before == imprint,
            });
        };
        let sequence = !record.xml || group.contains(before);
        let all = wanted.iter().all(|forms| forms.iter().any(|digest| group.contains(digest)));
        is(sequence && all && tree_digest(algorithm, stamp, Vec::new, record.xml) == imprint)
    }
}

/// The digest to which the groups lead; `single` stands for them if there are none. A group of one is not digested, unless
/// `always` says so of the first.
fn tree_digest(algorithm: DigestAlgorithm, stamp: &Stamp, single: impl FnOnce() -> Vec<u8>, always: bool) -> Vec<u8> {
    let mut groups = stamp.groups.iter();
    let Some(first) = groups.next() else { return single() };
    let mut digests: Vec<&[u8]> = first.iter().map(Vec::as_slice).collect();
    if always && digests.len() == 1 {
        digests.push(&[]);
    }
    let mut last = group_digest(algorithm, digests);
    for group in groups {
        let digests = group.iter().map(Vec::as_slice).chain([last.as_slice()]).collect();
        last = group_digest(algorithm, digests);
    }
    last
}
