//! From a JWS to facts.

use super::content::{self, Content, Piece};
use super::header;
use super::json::Json;
use super::jws::{self, Jws, SIGNATURES_MAX};
use super::stamps::{Stamps, proven_by};
use super::unsigned::{Component, Values, components};
use crate::facts::{
    Coverage, DataState, Document, Fault, Finding, Format, Level, Signature, SignatureFormat, SignatureValue, Weight,
};
use crate::read::{Detached, ReadError, Reading, content_not_used};
use mekong_base::Source;

/// Bytes of a document with its payload; larger content is signed detached.
const BYTES_MAX: usize = 64 << 20;
/// Counter-signatures of counter-signatures.
const DEPTH_MAX: usize = 4;

/// Whether a file looks like a JWS.
pub fn looks_like(source: &dyn Source) -> bool {
    let length = source.len();
    let Ok(head) = source.read(0..length.min(64), 64) else { return false };
    let starts = head.trim_ascii_start();
    if !(starts.starts_with(b"{") || starts.starts_with(b"ey")) {
        return false;
    }
    let Ok(bytes) = source.read(0..length, BYTES_MAX) else { return false };
    std::str::from_utf8(&bytes).is_ok_and(jws::looks_like)
}

/// Reads a JAdES signature or a plain JWS: compact, flattened JSON or general JSON.
///
/// # Errors
/// [`ReadError::Limit`] above 64 MiB, [`ReadError::Malformed`] if it is no JWS, [`ReadError::Source`].
pub fn read(source: &dyn Source, reading: &Reading<'_>) -> Result<Document, ReadError> {
    if source.len() > BYTES_MAX as u64 {
        let reason = format!("{} bytes, at most {BYTES_MAX} are read; sign large content detached", source.len());
        return Err(ReadError::Limit { place: "JWS".into(), reason });
    }
    let bytes = source.read(0..source.len(), BYTES_MAX)?;
    let malformed = |reason: String| ReadError::Malformed { place: "JWS".into(), reason };
    let text = std::str::from_utf8(&bytes).map_err(|e| malformed(e.to_string()))?;
    let found = jws::parse(text).map_err(malformed)?;
    let mut reader = Reader { detached: &reading.detached, signatures: Vec::new() };
    for jws in &found {
        reader.signature(jws, None, 0)?;
    }
    let unused = content_not_used(&reading.detached, |place| is_used(&found, &reading.detached, place));
    Ok(Document {
        format: Format::Jades,
        signatures: reader.signatures,
        timestamps: Vec::new(),
        evidence_records: Vec::new(),
        faults: Vec::new(),
        findings: unused.into_iter().collect(),
    })
}

/// Whether a signature means the content at this place of what was given: it has no payload, and the content is the only one,
/// has no name, or has one that it names.
fn is_used(found: &[Jws], given: &[Detached<'_>], place: usize) -> bool {
    let name = given.get(place).and_then(|d| d.name.as_deref());
    let names = |jws: &Jws| name.is_none_or(|name| content::names(jws, name));
    found.iter().any(|jws| jws.payload.is_none() && (given.len() == 1 || names(jws)))
}

struct Reader<'a> {
    detached: &'a [Detached<'a>],
    signatures: Vec<Signature>,
}

impl<'a> Reader<'a> {
    /// Reads one signature and its counter-signatures; `parent` is what it counter-signs.
    fn signature(&mut self, jws: &Jws, parent: Option<(usize, &Jws)>, depth: usize) -> Result<(), ReadError> {
        let index = self.signatures.len();
        let id = format!("signature-{}", index + 1);
        let content = match parent {
            Some((number, signed)) => content::of_counter_signature(jws, signed, &format!("signature-{}", number + 1)),
            None => content::of(jws, self.detached)?,
        };
        let (mut faults, mut findings) = (jws.faults.clone(), jws.findings.clone());
        let unsigned = components(jws, &mut faults, &mut findings);
        let signature = one(&id, jws, &content, &unsigned, (faults, findings), parent.map(|(number, _)| number))?;
        self.signatures.push(signature);
        for component in unsigned.iter().filter(|c| c.name == "cSig") {
            let outcome = self.counter_signature(component, (index, jws), depth)?;
            if let (Err(what), Some(signature)) = (outcome, self.signatures.get_mut(index)) {
                signature.faults.push(Fault::new("cSig", what));
            }
        }
        Ok(())
    }

    fn counter_signature(
        &mut self,
        component: &Component,
        parent: (usize, &Jws),
        depth: usize,
    ) -> Result<Result<(), String>, ReadError> {
        if depth == DEPTH_MAX || self.signatures.len() >= SIGNATURES_MAX {
            return Ok(Err(format!("more than {DEPTH_MAX} levels or {SIGNATURES_MAX} signatures")));
        }
        let found = match &component.value {
            Json::String(text) => jws::parse(text),
            object => jws::from_json(object),
        };
        match found.as_deref() {
            Ok([jws]) => self.signature(jws, Some(parent), depth + 1).map(Ok),
            Ok(several) => Ok(Err(format!("it holds {} signatures instead of one", several.len()))),
            Err(what) => Ok(Err(what.clone())),
        }
    }
}

fn one(
    id: &str,
    jws: &Jws,
    content: &Content<'_>,
    unsigned: &[Component],
    (mut faults, mut findings): (Vec<Fault>, Vec<Finding>),
    countersigns: Option<usize>,
) -> Result<Signature, ReadError> {
    let header = header::read(jws, countersigns.is_some());
    faults.extend(content.faults.iter().cloned());
    faults.extend(header.faults);
    findings.extend(header.findings);
    let value = jws::decode(&jws.signature).and_then(|raw| match header.algorithm {
        Ok(algorithm) => super::algorithm::value_to_x509(algorithm, &raw),
        Err(_) => Ok(raw),
    });
    let value = value.unwrap_or_else(|what| {
        faults.push(Fault::new("signature", what));
        Vec::new()
    });
    let signed = content.signing_input(jws, header.algorithm.as_ref().ok().copied())?;
    let (mut certificates, mut crls, mut ocsps) = (header.certificates, Vec::new(), Vec::new());
    for component in unsigned {
        let values = Values::read(component, &mut findings);
        certificates.extend(values.certificates);
        crls.extend(values.crls);
        ocsps.extend(values.ocsps);
    }
    let level = level(header.references.is_empty(), header.not_baseline.is_none(), unsigned);
    if let Some(reason) = header.not_baseline.filter(|_| level != Level::NotAdes) {
        findings.push(Finding::new(Weight::Information, "not_baseline", reason));
    }
    let timestamps = Stamps::new(id, jws, content, unsigned).read(&mut faults)?;
    let covered =
        if content.data.iter().any(|d| d.state != DataState::Intact) { Coverage::Unknown } else { Coverage::Whole };
    Ok(Signature {
        id: id.to_owned(),
        format: if level == Level::NotAdes { SignatureFormat::Plain } else { SignatureFormat::Jades },
        file: None,
        countersigns,
        level,
        faults,
        data: content.data.clone(),
        value: SignatureValue { algorithm: header.algorithm, signed, value },
        certificate_references: header.references,
        signer_hint: header.hint,
        certificates,
        crls,
        ocsps,
        claimed_time: header.claimed_time,
        policy: header.policy,
        claims: header.claims,
        timestamps,
        evidence_records: Vec::new(),
        coverage: covered,
        changes: Vec::new(),
        findings,
    })
}

/// What the structure amounts to (TS 119 182-1 §6.3).
fn level(is_plain: bool, is_baseline: bool, unsigned: &[Component]) -> Level {
    let has = |name: &str| unsigned.iter().any(|c| c.name == name);
    let has_values = || unsigned.iter().any(|c| !Values::read(c, &mut Vec::new()).is_empty());
    match () {
        () if is_plain => Level::NotAdes,
        () if !is_baseline => Level::Bes,
        () if !has("sigTst") => Level::B,
        () if has("xRefs") || has("rRefs") => Level::C,
        () if !has_values() => Level::T,
        () if !has("arcTst") => Level::Lt,
        () => Level::Lta,
    }
}

/// All octets of pieces, into one function.
pub(super) fn feed(pieces: &[Piece<'_>], take: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
    pieces.iter().try_for_each(|piece| piece.feed(take)).map_err(ReadError::from)
}

/// What a time-stamp after these components proves, beside the signature itself.
pub(super) fn proven_values(unsigned: &[Component]) -> Vec<crate::facts::Proven> {
    unsigned.iter().flat_map(|c| proven_by(&Values::read(c, &mut Vec::new()))).collect()
}
