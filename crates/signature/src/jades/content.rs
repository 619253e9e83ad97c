//! What a signature signs: the payload inside, or what `sigD` names (TS 119 182-1 §5.2.8), as the octets of the signing
//! input and of time-stamps.

use super::algorithm::digest_by_name;
use super::json::Json;
use super::jws::{self, Jws, shorten};
use crate::facts::{DataKind, DataState, Fault, SignedBytes, SignedData};
use crate::read::{Detached, DetachedContent};
use crate::uri;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mekong_base::{Source, SourceError};
use mekong_crypto::{DigestAlgorithm, Hasher, SignatureAlgorithm};

pub(super) const BY_HTTP_HEADERS: &str = "http://uri.etsi.org/19182/HttpHeaders";
pub(super) const BY_URI: &str = "http://uri.etsi.org/19182/ObjectIdByURI";
pub(super) const BY_URI_HASH: &str = "http://uri.etsi.org/19182/ObjectIdByURIHash";
/// Things that one `sigD` may name.
const PARS_MAX: usize = 1_000;
/// Signing inputs up to this many bytes are handed on as they are, larger ones as digest.
const BYTES_MAX: u64 = 1 << 20;

/// A piece of signed or stamped octets.
#[derive(Clone)]
pub(super) enum Piece<'a> {
    Bytes(Vec<u8>),
    /// Content that lies elsewhere; base64url-encoded if so marked.
    Source(&'a dyn Source, bool),
}

impl Piece<'_> {
    fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Source(source, true) => source.len().div_ceil(3).saturating_mul(4),
            Self::Source(source, false) => source.len(),
        }
    }

    pub(super) fn feed(&self, take: &mut dyn FnMut(&[u8])) -> Result<(), SourceError> {
        match self {
            Self::Bytes(bytes) => {
                take(bytes);
                Ok(())
            }
            Self::Source(source, false) => source.each(0..source.len(), take),
            Self::Source(source, true) => {
                let mut left = Vec::new();
                source.each(0..source.len(), &mut |piece| {
                    left.extend_from_slice(piece);
                    let whole = left.len() / 3 * 3;
                    take(URL_SAFE_NO_PAD.encode(left.get(..whole).unwrap_or_default()).as_bytes());
                    left.drain(..whole);
                })?;
                take(URL_SAFE_NO_PAD.encode(&left).as_bytes());
                Ok(())
            }
        }
    }
}

/// What was signed, as far as it is at hand.
pub(super) struct Content<'a> {
    /// The payload as it enters the signing input.
    pub(super) signed: Option<Vec<Piece<'a>>>,
    /// The content as it enters content and archive time-stamps.
    pub(super) stamped: Option<Vec<Piece<'a>>>,
    pub(super) data: Vec<SignedData>,
    pub(super) faults: Vec<Fault>,
}

impl<'a> Content<'a> {
    fn of(pieces: Vec<Piece<'a>>, data: Vec<SignedData>) -> Self {
        Self { signed: Some(pieces.clone()), stamped: Some(pieces), data, faults: Vec::new() }
    }

    fn missing(name: &str, state: DataState) -> Self {
        Self { signed: None, stamped: None, data: vec![document(name, None, state)], faults: Vec::new() }
    }

    fn broken(what: impl Into<String>) -> Self {
        let faults = vec![Fault::new("sigD", what)];
        let unchecked = DataState::Unchecked("sigD cannot be read".into());
        Self { faults, ..Self::missing("sigD", unchecked) }
    }

    /// The input of the signature algorithm.
    pub(super) fn signing_input(
        &self,
        jws: &Jws,
        algorithm: Option<SignatureAlgorithm>,
    ) -> Result<SignedBytes, SourceError> {
        let Some(pieces) = &self.signed else { return Ok(SignedBytes::Missing) };
        let head = format!("{}.", jws.protected);
        let len: u64 = pieces.iter().map(Piece::len).sum();
        if let Some(digest) = algorithm.and_then(SignatureAlgorithm::digest).filter(|_| len > BYTES_MAX) {
            let mut hasher = Hasher::new(digest);
            hasher.update(head.as_bytes());
            pieces.iter().try_for_each(|p| p.feed(&mut |bytes| hasher.update(bytes)))?;
            return Ok(SignedBytes::Digest(digest, hasher.finish().as_ref().to_vec()));
        }
        let mut bytes = head.into_bytes();
        pieces.iter().try_for_each(|p| p.feed(&mut |piece| bytes.extend_from_slice(piece)))?;
        Ok(SignedBytes::Bytes(bytes))
    }
}

fn document(name: &str, algorithm: Option<DigestAlgorithm>, state: DataState) -> SignedData {
    SignedData { name: name.to_owned(), kind: DataKind::Document, algorithm, state }
}

/// The content of a counter-signature: the value of the signature that it signs.
pub(super) fn of_counter_signature<'a>(jws: &Jws, parent: &Jws, parent_id: &str) -> Content<'a> {
    let raw = if jws.is_encoded() { Ok(parent.signature.clone().into_bytes()) } else { jws::decode(&parent.signature) };
    let data = SignedData {
        name: format!("signature value of {parent_id}"),
        kind: DataKind::CounterSigned,
        algorithm: None,
        state: DataState::Intact,
    };
    let mut content = Content::of(vec![Piece::Bytes(raw.unwrap_or_default())], vec![data]);
    if let Some(payload) = &jws.payload
        && *payload != parent.signature
    {
        content.faults.push(Fault::new("payload", "it is not the signature value that is counter-signed"));
    }
    content
}

/// The content of a signature.
pub(super) fn of<'a>(jws: &Jws, detached: &'a [Detached<'a>]) -> Result<Content<'a>, SourceError> {
    let encoded = jws.is_encoded();
    match (jws.header.get("sigD"), &jws.payload) {
        (Some(sig_d), None) => by_reference(jws, sig_d, detached),
        (Some(_), Some(_)) => {
            let mut content = attached(jws.payload.as_deref().unwrap_or_default(), encoded);
            content.faults.push(Fault::new("sigD", "it is for detached payloads, but there is a payload"));
            Ok(content)
        }
        (None, Some(payload)) => Ok(attached(payload, encoded)),
        (None, None) => Ok(match detached {
            [Detached { content: DetachedContent::Source(source), name }] => {
                let name = name.as_deref().unwrap_or("detached payload");
                Content::of(vec![Piece::Source(*source, encoded)], vec![document(name, None, DataState::Intact)])
            }
            [] => Content::missing("detached payload", DataState::Missing),
            [_] => Content::missing(
                "detached payload",
                DataState::Unchecked("only its digest was given, the payload itself is signed".into()),
            ),
            _ => Content::missing(
                "detached payload",
                DataState::Unchecked(format!("{} contents were given for one payload", detached.len())),
            ),
        }),
    }
}

fn attached<'a>(payload: &str, encoded: bool) -> Content<'a> {
    let pieces = vec![Piece::Bytes(payload.as_bytes().to_vec())];
    let mut content = Content::of(pieces, vec![document("payload", None, DataState::Intact)]);
    if encoded && let Err(what) = jws::decode(payload) {
        content.faults.push(Fault::new("payload", what));
    }
    content
}

fn by_reference<'a>(jws: &Jws, sig_d: &Json, detached: &'a [Detached<'a>]) -> Result<Content<'a>, SourceError> {
    let Some(pars) = sig_d.get("pars").and_then(Json::texts).filter(|p| !p.is_empty() && p.len() <= PARS_MAX) else {
        return Ok(Content::broken(format!("pars is no array of 1 to {PARS_MAX} strings")));
    };
    match sig_d.text_of("mId") {
        Some(BY_URI) => Ok(by_uri(jws, &pars, detached)),
        Some(BY_URI_HASH) => by_uri_hash(jws, sig_d, &pars, detached),
        Some(BY_HTTP_HEADERS) => by_http_headers(jws, &pars, detached),
        other => Ok(Content::broken(format!("the mechanism {:?} is not known", shorten(other.unwrap_or_default())))),
    }
}

/// Whether a signature names content of this name among what it signs.
pub(super) fn names(jws: &Jws, name: &str) -> bool {
    let pars = jws.header.get("sigD").and_then(|sig_d| sig_d.get("pars")).and_then(Json::texts).unwrap_or_default();
    pars.iter().take(PARS_MAX).any(|par| name.eq_ignore_ascii_case(par) || name == uri::decoded(par))
}

/// The given content that a parameter names; the only one if there is one of each.
fn find<'a>(par: &str, count: usize, detached: &'a [Detached<'a>]) -> Option<&'a Detached<'a>> {
    if let ([only], 1) = (detached, count) {
        return Some(only);
    }
    let decoded = uri::decoded(par);
    detached.iter().find(|d| d.name.as_deref().is_some_and(|name| name == par || name == decoded))
}

fn by_uri<'a>(jws: &Jws, pars: &[&str], detached: &'a [Detached<'a>]) -> Content<'a> {
    let encoded = jws.is_encoded();
    let (mut pieces, mut data) = (Some(Vec::new()), Vec::new());
    for par in pars {
        let state = match find(par, pars.len(), detached).map(|d| &d.content) {
            Some(DetachedContent::Source(source)) => {
                if let Some(pieces) = &mut pieces {
                    pieces.push(Piece::Source(*source, encoded));
                }
                DataState::Intact
            }
            Some(DetachedContent::Digests(_)) => {
                pieces = None;
                DataState::Unchecked("only its digest was given, the content itself is signed".into())
            }
            None => {
                pieces = None;
                DataState::Missing
            }
        };
        data.push(document(par, None, state));
    }
    Content { signed: pieces.clone(), stamped: pieces, data, faults: Vec::new() }
}

fn by_uri_hash<'a>(
    jws: &Jws,
    sig_d: &Json,
    pars: &[&str],
    detached: &'a [Detached<'a>],
) -> Result<Content<'a>, SourceError> {
    let encoded = jws.is_encoded();
    let Some(values) = sig_d.get("hashV").and_then(Json::texts).filter(|v| v.len() == pars.len()) else {
        return Ok(Content::broken("hashV is no array of as many strings as pars"));
    };
    let algorithm = digest_by_name(sig_d.text_of("hashM").unwrap_or_default());
    let (mut stamped, mut data) = (Some(Vec::new()), Vec::new());
    for (par, value) in pars.iter().zip(values) {
        let (algorithm, expected) = match (&algorithm, jws::decode(value)) {
            (Ok(algorithm), Ok(expected)) => (*algorithm, expected),
            (Err(name), _) => {
                data.push(document(par, None, DataState::Unchecked(format!("digest {name} is not supported"))));
                continue;
            }
            (_, Err(what)) => return Ok(Content::broken(format!("hashV: {what}"))),
        };
        let found = match find(par, pars.len(), detached) {
            Some(found) => Some(found),
            None => by_digest(detached, algorithm, &expected, encoded)?,
        };
        let state = match found.map(|d| &d.content) {
            Some(content) => {
                match content {
                    DetachedContent::Source(source) => {
                        stamped.iter_mut().for_each(|s| s.push(Piece::Source(*source, encoded)))
                    }
                    DetachedContent::Digests(_) => stamped = None,
                }
                compare(content, algorithm, &expected, encoded)?
            }
            None => {
                stamped = None;
                DataState::Missing
            }
        };
        data.push(document(par, Some(algorithm), state));
    }
    Ok(Content { signed: Some(Vec::new()), stamped, data, faults: Vec::new() })
}

fn by_digest<'a>(
    detached: &'a [Detached<'a>],
    algorithm: DigestAlgorithm,
    expected: &[u8],
    encoded: bool,
) -> Result<Option<&'a Detached<'a>>, SourceError> {
    for candidate in detached.iter().filter(|d| d.name.is_none()).take(16) {
        if compare(&candidate.content, algorithm, expected, encoded)? == DataState::Intact {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

fn compare(
    content: &DetachedContent<'_>,
    algorithm: DigestAlgorithm,
    expected: &[u8],
    encoded: bool,
) -> Result<DataState, SourceError> {
    let found = match content {
        DetachedContent::Source(source) => {
            let mut hasher = Hasher::new(algorithm);
            Piece::Source(*source, encoded).feed(&mut |bytes| hasher.update(bytes))?;
            Some(hasher.finish().as_ref().to_vec())
        }
        DetachedContent::Digests(digests) => digests.iter().find(|(a, _)| *a == algorithm).map(|(_, d)| d.clone()),
    };
    Ok(match found {
        Some(found) if found == expected => DataState::Intact,
        Some(_) => DataState::Altered,
        None => DataState::Unchecked(format!("its {} digest was not given", algorithm.name())),
    })
}

/// Header fields as `draft-cavage-http-signatures-10` §2.3 writes them; the body (given without a name) is compared with
/// the `Digest` field.
fn by_http_headers<'a>(jws: &Jws, pars: &[&str], detached: &'a [Detached<'a>]) -> Result<Content<'a>, SourceError> {
    const FIELD_BYTES_MAX: usize = 64 << 10;
    let (mut signed, mut stamped, mut data) = (Vec::new(), Some(Vec::new()), Vec::new());
    let mut is_missing = false;
    for (n, par) in pars.iter().enumerate() {
        let mut values = Vec::new();
        for field in detached.iter().filter(|d| d.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(par))) {
            if let DetachedContent::Source(source) = field.content {
                let bytes = source.read(0..source.len(), FIELD_BYTES_MAX)?;
                values.push(String::from_utf8_lossy(&bytes).trim().to_owned());
            }
        }
        let newline = if n == 0 { "" } else { "\n" };
        let line = format!("{newline}{}: {}", par.to_ascii_lowercase(), values.join(", "));
        is_missing |= values.is_empty();
        let state = if values.is_empty() { DataState::Missing } else { DataState::Intact };
        data.push(document(par, None, state));
        if par.eq_ignore_ascii_case("digest") {
            let body = detached.iter().find(|d| d.name.is_none());
            data.push(body_state(&values, body)?);
            match body.map(|b| &b.content) {
                Some(DetachedContent::Source(source)) => stamped.iter_mut().for_each(|s| {
                    s.push(Piece::Bytes(newline.into()));
                    s.push(Piece::Source(*source, false));
                }),
                _ => stamped = None,
            }
        } else if let Some(stamped) = &mut stamped {
            stamped.push(Piece::Bytes(line.clone().into_bytes()));
        }
        signed.push(Piece::Bytes(line.into_bytes()));
    }
    let mut faults = Vec::new();
    if jws.is_encoded() {
        faults.push(Fault::new("b64", "signed HTTP headers demand that it is present and false"));
        let mut text = Vec::new();
        signed.iter().try_for_each(|p| p.feed(&mut |bytes| text.extend_from_slice(bytes)))?;
        signed = vec![Piece::Bytes(jws::encode(&text).into_bytes())];
    }
    let signed = (!is_missing).then_some(signed);
    let stamped = stamped.filter(|_| !is_missing);
    Ok(Content { signed, stamped, data, faults })
}

/// The state of the body by a `Digest` field: `SHA-256=…` (RFC 3230), several with commas between.
fn body_state(values: &[String], body: Option<&Detached<'_>>) -> Result<SignedData, SourceError> {
    let items = values.iter().flat_map(|v| v.split(',')).filter_map(|item| item.trim().split_once('='));
    let known = items
        .filter_map(|(name, value)| Some((DigestAlgorithm::from_name(name).ok()?, STANDARD.decode(value).ok()?)))
        .max_by_key(|(algorithm, _)| algorithm.output_len());
    let name = "HTTP message body";
    Ok(match (known, body) {
        (None, _) => document(name, None, DataState::Unchecked("the Digest field names no supported digest".into())),
        (Some((algorithm, _)), None) => document(name, Some(algorithm), DataState::Missing),
        (Some((algorithm, expected)), Some(body)) => {
            document(name, Some(algorithm), compare(&body.content, algorithm, &expected, false)?)
        }
    })
}
