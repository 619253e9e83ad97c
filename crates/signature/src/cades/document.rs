//! A whole file: signed data with signatures, or a bare time-stamp token or response.

use super::reader::{Context, read_error, read_signatures};
use super::timestamps::{Parsed, facts_of, state};
use super::{BYTES_MAX, Content};
use crate::facts::DataKind;
use crate::facts::{Coverage, DataState, Document, Format, Proven, SignedData, Timestamp, TimestampKind};
use crate::read::{Detached, DetachedContent, content_not_used};
use crate::{ReadError, Reading};
use mekong_base::{Source, SourceError};
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_pki::cms::{self, ber::Elements, oid};
use mekong_pki::tlv;
use mekong_pki::tsp::Response;
use std::collections::BTreeSet;

/// Whether a file looks like one for [`read`]: signed data, a time-stamp response, or PEM of CMS.
pub fn looks_like(source: &dyn Source) -> bool {
    let Ok(start) = source.read(0..source.len().min(64), 64) else { return false };
    let is_pem =
        ["-----BEGIN CMS", "-----BEGIN PKCS7", "-----BEGIN PKCS #7"].iter().any(|p| start.starts_with(p.as_bytes()));
    let Some((&tlv::SEQUENCE, rest)) = start.split_first() else { return is_pem };
    // the length takes one to five octets
    let inside = match rest.first() {
        Some(long @ 0x81..=0x84) => rest.get(1 + usize::from(long & 0x7f)..),
        Some(_) => rest.get(1..),
        None => None,
    };
    match inside {
        Some([tlv::OID, length, id @ ..]) => {
            id.starts_with(oid::SIGNED_DATA) && usize::from(*length) == oid::SIGNED_DATA.len()
        }
        // PKIStatusInfo with its INTEGER
        Some([tlv::SEQUENCE, length, tlv::INTEGER, ..]) => *length < 0x80,
        _ => false,
    }
}

/// Reads a CMS file in BER, DER or PEM: CAdES or plain signatures, or a time-stamp (`TimeStampToken`, `TimeStampResp`).
///
/// Detached content is the one of [`Reading::detached`] whose digest was signed; the first, if there is none such.
///
/// # Errors
/// As [`read_signatures`].
pub fn read(source: &dyn Source, reading: &Reading<'_>) -> Result<Document, ReadError> {
    let bytes = source.read(0..source.len(), BYTES_MAX).map_err(|e| match source.len() > BYTES_MAX as u64 {
        true => ReadError::Limit { place: "CMS".into(), reason: e.to_string() },
        false => ReadError::Source(e),
    })?;
    let bytes = armoured(&bytes).unwrap_or(bytes);
    if let Some(token) = token_of_response(&bytes) {
        return read_timestamp(&token, reading);
    }
    let data = cms::SignedData::parse(&bytes).map_err(read_error)?;
    if data.content_type == oid::TST_INFO && data.content.is_some() {
        return read_timestamp(&bytes, reading);
    }
    let chosen = if data.content.is_some() { None } else { choose(&data, &reading.detached)? };
    let detached = chosen.and_then(|place| reading.detached.get(place));
    let digests = |algorithm| detached.and_then(|d| known_digest(d, algorithm));
    let (content, name) = match detached {
        None => (Content::Missing, "content"),
        Some(Detached { name, content }) => {
            let name = name.as_deref().unwrap_or("content");
            match content {
                DetachedContent::Source(source) => (Content::Source(*source), name),
                DetachedContent::Digests(_) => (Content::Digests(&digests), name),
            }
        }
    };
    let id = |number: usize| format!("signature-{}", number + 1);
    let signatures = read_signatures(&bytes, &Context { content, name, id: &id, pdf: false })?;
    let findings = content_not_used(&reading.detached, |place| Some(place) == chosen).into_iter().collect();
    Ok(Document { signatures, findings, ..empty(Format::Cades) })
}

/// A document of this form with nothing in it.
fn empty(format: Format) -> Document {
    Document {
        format,
        signatures: Vec::new(),
        timestamps: Vec::new(),
        evidence_records: Vec::new(),
        faults: Vec::new(),
        findings: Vec::new(),
    }
}

/// The first PEM block of a text.
fn armoured(bytes: &[u8]) -> Option<Vec<u8>> {
    let start = bytes.get(..64).unwrap_or(bytes);
    if !start.trim_ascii_start().starts_with(b"-----BEGIN ") {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let blocks = |label| mekong_pki::pem::blocks(text, label).ok().and_then(|blocks| blocks.into_iter().next());
    blocks("CMS").or_else(|| blocks("PKCS7")).or_else(|| blocks("PKCS #7 SIGNED DATA"))
}

/// The token inside a `TimeStampResp`; none if the bytes are something else.
fn token_of_response(bytes: &[u8]) -> Option<Vec<u8>> {
    let first = Elements::only(bytes, tlv::SEQUENCE, "file").ok()?.inside().peek_tag()?;
    (first == tlv::SEQUENCE).then(|| Response::from_der(bytes).ok().map(|r| r.token))?
}

/// The digest of detached content that is known only by digests.
fn known_digest(detached: &Detached<'_>, algorithm: DigestAlgorithm) -> Option<Vec<u8>> {
    match &detached.content {
        DetachedContent::Digests(digests) => digests.iter().find(|(a, _)| *a == algorithm).map(|(_, d)| d.clone()),
        DetachedContent::Source(_) => None,
    }
}

/// The digest of detached content; none if it is not known by this algorithm.
fn digest(detached: &Detached<'_>, algorithm: DigestAlgorithm) -> Result<Option<Vec<u8>>, SourceError> {
    match &detached.content {
        DetachedContent::Digests(_) => Ok(known_digest(detached, algorithm)),
        DetachedContent::Source(source) => {
            let mut hasher = Hasher::new(algorithm);
            source.each(0..source.len(), &mut |piece| hasher.update(piece))?;
            Ok(Some(hasher.finish().as_ref().to_vec()))
        }
    }
}

/// Which of several contents the signers mean.
fn choose(data: &cms::SignedData<'_>, detached: &[Detached<'_>]) -> Result<Option<usize>, SourceError> {
    if detached.len() > 1 && data.content.is_none() {
        for signer in &data.signers {
            let Some(value) = signer.signed_attributes(oid::MESSAGE_DIGEST).next().and_then(|a| a.single().ok()) else {
                continue;
            };
            let Ok(algorithm) = signer.digest() else { continue };
            for (place, content) in detached.iter().enumerate() {
                if digest(content, algorithm)?.is_some_and(|d| d == value.value) {
                    return Ok(Some(place));
                }
            }
        }
    }
    Ok((!detached.is_empty()).then_some(0))
}

/// A bare token: what it stamps is beside it, or not there.
fn read_timestamp(bytes: &[u8], reading: &Reading<'_>) -> Result<Document, ReadError> {
    let element = Elements::only(bytes, tlv::SEQUENCE, "time-stamp token");
    let malformed = |reason: String| ReadError::Malformed { place: "time-stamp token".into(), reason };
    let parsed = Parsed::read(element.map_err(|e| malformed(e.0))?).map_err(malformed)?;
    let algorithm = parsed.token.info.algorithm;
    let (mut imprint, mut data, mut proves) = (DataState::Missing, Vec::new(), Vec::new());
    let mut used = BTreeSet::new();
    for (number, detached) in reading.detached.iter().enumerate() {
        let found = state(&parsed.token, digest(detached, algorithm)?);
        let name = detached.name.clone().unwrap_or_else(|| format!("content-{}", number + 1));
        if imprint != DataState::Intact && found != DataState::Missing {
            imprint = found.clone();
        }
        if found == DataState::Intact {
            used.insert(number);
            proves.push(Proven::Data(name.clone()));
            data.push(SignedData { name, kind: DataKind::Document, algorithm: Some(algorithm), state: found });
        }
    }
    let facts = facts_of(&Ok(parsed), "timestamp-1".into(), TimestampKind::Container);
    let timestamp = Timestamp { imprint, proves, data, coverage: Coverage::Whole, ..facts };
    // If it stamps none of them, that is a failure and not a matter of what else was given.
    let findings = content_not_used(&reading.detached, |place| used.is_empty() || used.contains(&place));
    let findings = findings.into_iter().collect();
    Ok(Document { timestamps: vec![timestamp], findings, ..empty(Format::Timestamp) })
}
