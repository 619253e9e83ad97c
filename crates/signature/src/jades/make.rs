//! Making JAdES of level B in two steps: `prepare` gives the signing input, `finish` takes the signature value.

use super::algorithm::{curve, digest_name, name_of, value_to_jose};
use super::content::{BY_URI_HASH, Piece};
use super::json::{Json, quote};
use super::jws;
use crate::making::{MakeError, Signing};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_base::Source;
use mekong_crypto::{DigestAlgorithm, Hasher, KeyType, SignatureAlgorithm};

/// Bytes of a payload that is signed directly; above that [`Payload::ByHash`] is the way.
const PAYLOAD_BYTES_MAX: usize = 48 << 20;

/// How a JWS is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Serialization {
    /// Three parts with dots between; holds one signature of level B.
    Compact,
    /// One signature as JSON.
    #[default]
    Flattened,
    /// JSON with an array of signatures.
    General,
}

/// What is signed.
pub enum Payload<'a> {
    /// Bytes that the document carries.
    Attached(&'a [u8]),
    /// Bytes that stay outside, at most 48 MiB; whoever verifies must be given them.
    Detached(&'a [u8]),
    /// Any number of contents of any size, by URI (or file name) and digest (`sigD`, `ObjectIdByURIHash`).
    ByHash(Vec<(String, &'a dyn Source)>),
}

/// The choices that JAdES leaves.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How it is written.
    pub serialization: Serialization,
    /// Media type of the payload (`cty`); `application/` is left off as JOSE does.
    pub content_type: Option<String>,
    /// The payload is signed and carried as it is, not base64url-encoded (RFC 7797): it must be UTF-8, in the compact form
    /// printable ASCII without dots.
    pub unencoded: bool,
}

/// A signature that waits for its value.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The signing input: what the key signs.
    pub to_be_signed: Vec<u8>,
    protected: String,
    /// The payload as the document carries it.
    payload: Option<String>,
    signing: Signing,
    serialization: Serialization,
    /// A document in JSON whose signatures come first.
    earlier: Option<Json>,
}

/// Prepares a signature.
///
/// # Errors
/// [`MakeError::Document`] if the payload cannot be carried in this form, the algorithm has no name in JOSE (SHA-3 and
/// SHA-224 have none), or does not go with the key.
pub fn prepare(payload: &Payload<'_>, signing: &Signing, options: &Options) -> Result<Prepared, MakeError> {
    let (carried, octets, sig_d) = match payload {
        Payload::Attached(bytes) => {
            let carried = carried(bytes, options)?;
            (Some(carried.clone()), carried.into_bytes(), None)
        }
        Payload::Detached(bytes) if <[u8]>::len(bytes) > PAYLOAD_BYTES_MAX => {
            return Err(refuse("payload", "it is larger than 48 MiB: sign it by hash"));
        }
        Payload::Detached(bytes) => (None, octets(bytes, options), None),
        Payload::ByHash(contents) => (None, Vec::new(), Some(by_hash(contents, signing.digest, options)?)),
    };
    let header = header(signing, options, sig_d)?;
    Ok(prepared(&header, &octets, carried, signing, options.serialization, None))
}

/// Prepares one more signature of the payload that a document carries; the result is general JSON.
///
/// # Errors
/// [`MakeError::Document`] if the document is no JWS or has no payload; otherwise as [`prepare`].
pub fn prepare_next(document: &[u8], signing: &Signing, options: &Options) -> Result<Prepared, MakeError> {
    let (root, jws) = super::augment::parsed(document)?;
    let first = jws.first().ok_or_else(|| refuse("JWS", "it has no signature"))?;
    let payload = first.payload.clone().ok_or_else(|| refuse("payload", "it is detached: sign the content again"))?;
    let options = Options { unencoded: !first.is_encoded(), ..options.clone() };
    let header = header(signing, &options, None)?;
    let octets = payload.clone().into_bytes();
    Ok(prepared(&header, &octets, Some(payload), signing, Serialization::General, Some(root)))
}

fn prepared(
    header: &Json,
    octets: &[u8],
    payload: Option<String>,
    signing: &Signing,
    serialization: Serialization,
    earlier: Option<Json>,
) -> Prepared {
    let protected = jws::encode(header.compact().as_bytes());
    let to_be_signed = [protected.as_bytes(), b".", octets].concat();
    Prepared { to_be_signed, protected, payload, signing: signing.clone(), serialization, earlier }
}

impl Prepared {
    /// The document with its signature value, which comes in the form of X.509 (ECDSA as DER).
    ///
    /// # Errors
    /// [`MakeError::Value`] if it does not verify with the signer's certificate.
    pub fn finish(&self, signature_value: &[u8]) -> Result<Vec<u8>, MakeError> {
        let (signing, algorithm) = (&self.signing, self.signing.algorithm);
        let wrong = |reason: String| MakeError::Value { signer: signing.certificate.subject(), reason };
        let key = signing.certificate.public_key();
        key.verify(algorithm, &self.to_be_signed, signature_value).map_err(|e| wrong(e.to_string()))?;
        let value = jws::encode(&value_to_jose(algorithm, signature_value).map_err(wrong)?);
        let payload = self.payload.as_deref();
        if self.serialization == Serialization::Compact {
            let text = format!("{}.{}.{value}", self.protected, payload.unwrap_or_default());
            return Ok(text.into_bytes());
        }
        let signature = vec![text("protected", &self.protected), text("signature", &value)];
        let payload = payload.map(|p| text("payload", p));
        let document = match (self.serialization, &self.earlier) {
            (_, Some(earlier)) => super::augment::with_signature(earlier, signature),
            (Serialization::Flattened, _) => Json::Object(payload.into_iter().chain(signature).collect()),
            _ => {
                let signatures = ("signatures".to_owned(), Json::Array(vec![Json::Object(signature)]));
                Json::Object(payload.into_iter().chain([signatures]).collect())
            }
        };
        Ok(document.compact().into_bytes())
    }
}

/// The payload as the document carries it.
fn carried(bytes: &[u8], options: &Options) -> Result<String, MakeError> {
    if bytes.is_empty() || bytes.len() > PAYLOAD_BYTES_MAX {
        return Err(refuse("payload", "it must have 1 byte to 48 MiB: sign it by hash"));
    }
    if !options.unencoded {
        return Ok(jws::encode(bytes));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| refuse("payload", "without base64url it must be UTF-8"))?;
    let fits_compact = text.bytes().all(|b| matches!(b, 0x20..=0x2d | 0x2f..=0x7e));
    if options.serialization == Serialization::Compact && !fits_compact {
        return Err(refuse("payload", "in the compact form without base64url it must be printable ASCII without dots"));
    }
    Ok(text.to_owned())
}

fn octets(bytes: &[u8], options: &Options) -> Vec<u8> {
    if options.unencoded { bytes.to_vec() } else { jws::encode(bytes).into_bytes() }
}

fn header(signing: &Signing, options: &Options, sig_d: Option<Json>) -> Result<Json, MakeError> {
    let is_detached = sig_d.is_some();
    let mut members = vec![text("alg", algorithm(signing)?)];
    if let Some(media_type) = options.content_type.as_deref().filter(|_| !is_detached) {
        let short = media_type.strip_prefix("application/").filter(|s| !s.contains('/')).unwrap_or(media_type);
        members.push(text("cty", short));
    }
    let certificate = &signing.certificate;
    let digest = jws::encode(certificate.fingerprint(signing.digest).as_ref());
    members.push(match signing.digest {
        DigestAlgorithm::Sha256 => text("x5t#S256", &digest),
        other => object("x5t#o", vec![text("digAlg", &digest_name(other)), text("digVal", &digest)]),
    });
    let chain = std::iter::once(certificate).chain(&signing.chain);
    let chain = chain.map(|c| Json::String(STANDARD.encode(c.der()))).collect();
    members.push(("x5c".to_owned(), Json::Array(chain)));
    members.push(("iat".to_owned(), Json::Number(signing.time.unix_seconds().into())));
    if let Some(commitment) = &signing.commitment {
        let id = object("commId", vec![text("id", &identifier(commitment))]);
        members.push(("srCms".to_owned(), Json::Array(vec![Json::Object(vec![id])])));
    }
    members.extend(place(signing));
    if !signing.roles.is_empty() {
        let roles = signing.roles.iter().cloned().map(Json::String).collect();
        let values =
            vec![text("mediaType", "text/plain"), text("encoding", "binary"), ("qVals".to_owned(), Json::Array(roles))];
        members.push(object("srAts", vec![("claimed".to_owned(), Json::Array(vec![Json::Object(values)]))]));
    }
    if let Some((id, algorithm, digest)) = &signing.policy {
        let id = object("id", vec![text("id", &identifier(id))]);
        let digest = [text("digAlg", &digest_name(*algorithm)), text("digVal", &jws::encode(digest))];
        members.push(object("sigPId", std::iter::once(id).chain(digest).collect()));
    }
    let mut critical = Vec::new();
    if let Some(sig_d) = sig_d {
        members.push(("sigD".to_owned(), sig_d));
        critical.push(Json::String("sigD".into()));
    }
    if options.unencoded {
        members.push(("b64".to_owned(), Json::Bool(false)));
        critical.push(Json::String("b64".into()));
    }
    if !critical.is_empty() {
        members.push(("crit".to_owned(), Json::Array(critical)));
    }
    Ok(Json::Object(members))
}

fn algorithm(signing: &Signing) -> Result<&'static str, MakeError> {
    let algorithm = signing.algorithm;
    let name = name_of(algorithm)
        .ok_or_else(|| refuse("alg", format!("{algorithm:?} has no name in JOSE: use SHA-256, SHA-384 or SHA-512")))?;
    let key = signing.certificate.public_key().key_type();
    let fits = match algorithm {
        SignatureAlgorithm::Ecdsa(_) => curve(algorithm) == Some(key),
        SignatureAlgorithm::Ed25519 => key == KeyType::Ed25519,
        _ => matches!(key, KeyType::Rsa(_)),
    };
    let reason = || format!("{name} does not go with a {key} key: P-256 takes SHA-256, P-384 SHA-384, P-521 SHA-512");
    if fits { Ok(name) } else { Err(refuse("alg", reason())) }
}

fn place(signing: &Signing) -> Option<(String, Json)> {
    let place = signing.place.as_ref()?;
    let parts =
        [("addressCountry", &place.country), ("addressLocality", &place.city), ("addressRegion", &place.province)];
    let parts: Vec<_> = parts.into_iter().filter_map(|(name, value)| Some(text(name, value.as_deref()?))).collect();
    (!parts.is_empty()).then(|| object("sigPl", parts))
}

/// `sigD` with the digest of each content: of its base64url form, unless `b64` is false.
fn by_hash(
    contents: &[(String, &dyn Source)],
    algorithm: DigestAlgorithm,
    options: &Options,
) -> Result<Json, MakeError> {
    if contents.is_empty() {
        return Err(refuse("sigD", "there is nothing to sign"));
    }
    let mut digests = Vec::with_capacity(contents.len());
    for (name, source) in contents {
        let mut hasher = Hasher::new(algorithm);
        let fed = Piece::Source(*source, !options.unencoded).feed(&mut |bytes| hasher.update(bytes));
        fed.map_err(|e| refuse(name, e.to_string()))?;
        digests.push(Json::String(jws::encode(hasher.finish().as_ref())));
    }
    let names = contents.iter().map(|(name, _)| Json::String(crate::uri::encoded(name))).collect();
    let mut members = vec![
        text("mId", BY_URI_HASH),
        ("pars".to_owned(), Json::Array(names)),
        text("hashM", &digest_name(algorithm)),
        ("hashV".to_owned(), Json::Array(digests)),
    ];
    if let Some(media_type) = &options.content_type {
        let types = contents.iter().map(|_| Json::String(media_type.clone())).collect();
        members.push(("ctys".to_owned(), Json::Array(types)));
    }
    Ok(Json::Object(members))
}

/// An OID as URN, a URI as it is.
fn identifier(id: &str) -> String {
    let is_oid = id.contains('.') && id.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if is_oid { format!("urn:oid:{id}") } else { id.to_owned() }
}

fn text(name: &str, value: &str) -> (String, Json) {
    (name.to_owned(), Json::String(value.to_owned()))
}

fn object(name: &str, members: Vec<(String, Json)>) -> (String, Json) {
    (name.to_owned(), Json::Object(members))
}

pub(super) fn refuse(place: impl Into<String>, reason: impl Into<String>) -> MakeError {
    MakeError::Document { place: place.into(), reason: reason.into() }
}

/// A component of `etsiU` with one member, base64url-encoded.
pub(super) fn component(name: &str, value: &str) -> Json {
    Json::String(jws::encode(format!("{{{}:{value}}}", quote(name)).as_bytes()))
}
