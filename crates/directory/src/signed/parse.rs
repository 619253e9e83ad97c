//! Reading a signed directory, before anything of it is trusted.

use super::is_weak;
use super::multipart::{Headers, Value, split_headers, split_multipart};
use crate::document::{decode_base64, encode_base64};
use crate::{DirectoryError, Version};
use mekong_base::Instant;
use mekong_crypto::{CryptoError, DigestAlgorithm};
use std::ops::Range;

/// Largest signed directory that is read, in bytes.
pub const DIRECTORY_BYTES_MAX: usize = 1 << 20;

/// A signed directory, parsed and not yet verified.
#[derive(Debug, Clone)]
pub struct SignedDirectory {
    bytes: Vec<u8>,
    signed: Range<usize>,
    /// With the line end before the outer delimiter, where the closing inner delimiter has no line end of its own.
    signed_longer: Option<Range<usize>>,
    expires: Instant,
    version: Version,
    parts: Vec<ListedPart>,
    signature: Signature,
}

#[derive(Debug, Clone)]
struct Signature {
    algorithm: String,
    certificate_hash_algorithm: DigestAlgorithm,
    certificate_hash: Vec<u8>,
    value: Vec<u8>,
}

/// One part as the directory lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPart {
    /// `SHARED-PARAMETERS`, …; empty if the directory does not say.
    pub content_id: String,
    /// The instance it is of, if the directory says.
    pub instance: Option<String>,
    /// Where it is: an absolute path without empty, `.` or `..` segments.
    pub location: String,
    /// File name that the directory suggests.
    pub file_name: Option<String>,
    /// What the hash is made with.
    pub digest_algorithm: DigestAlgorithm,
    /// The hash of its bytes.
    pub digest: Vec<u8>,
}

impl ListedPart {
    /// Its content identifier, or its location.
    pub fn name(&self) -> &str {
        if self.content_id.is_empty() { &self.location } else { &self.content_id }
    }

    /// Whether these bytes are the part.
    ///
    /// # Errors
    /// [`DirectoryError::HashMismatch`].
    pub fn check(&self, bytes: &[u8]) -> Result<(), DirectoryError> {
        if self.digest_algorithm.digest(bytes).as_ref() == self.digest.as_slice() {
            return Ok(());
        }
        Err(DirectoryError::HashMismatch { part: self.name().to_owned(), location: self.location.clone() })
    }

    /// The generation in the location: `/V6/20251110170000548026000/shared-params.xml` is of 2025-11-10 17:00:00.548026.
    /// `None` if the location has no segment of at least 17 digits.
    pub fn generation(&self) -> Option<&str> {
        generation(&self.location)
    }
}

/// See [`ListedPart::generation`].
pub(crate) fn generation(location: &str) -> Option<&str> {
    location.split('/').find(|s| s.len() >= 17 && s.len() <= 32 && s.bytes().all(|b| b.is_ascii_digit()))
}

fn malformed(reason: impl Into<String>) -> DirectoryError {
    DirectoryError::Malformed(reason.into())
}

impl SignedDirectory {
    /// Parses a file or HTTP body that starts with its own `Content-Type` header.
    ///
    /// Lines may end with CRLF or LF, headers may be folded, names are of any case, parameters are bare or in quotes of
    /// either kind. The closing delimiter of the list may be missing (all bytes are signed either way), that of the
    /// message may not.
    ///
    /// # Errors
    /// [`DirectoryError::Malformed`], [`DirectoryError::MissingDate`], [`DirectoryError::MissingSignature`],
    /// [`DirectoryError::MissingHeader`], [`DirectoryError::UnsupportedVersion`],
    /// [`DirectoryError::UnsupportedAlgorithm`], [`DirectoryError::UnsafeLocation`], [`DirectoryError::NoParts`].
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Result<Self, DirectoryError> {
        let bytes = bytes.into();
        if bytes.len() > DIRECTORY_BYTES_MAX {
            return Err(malformed(format!("it is larger than {DIRECTORY_BYTES_MAX} bytes")));
        }
        let (headers, body) = split_headers(&bytes, 0..bytes.len()).map_err(malformed)?;
        let outer = split(&bytes, body, &headers, "multipart/related")?;
        let (list, signature) = match outer.as_slice() {
            [list, signature] => (list.clone(), signature.clone()),
            [_] => return Err(DirectoryError::MissingSignature),
            parts => return Err(malformed(format!("it has {} parts instead of 2", parts.len()))),
        };
        let outer_delimiter = list.end;
        let (headers, signed) = split_headers(&bytes, list).map_err(malformed)?;
        let signed_longer = longer(&bytes, &signed, outer_delimiter);
        let entries = entries(&bytes, signed.clone(), &headers)?;
        let (first, rest) = entries.split_first().ok_or(DirectoryError::MissingDate)?;
        let (headers, _) = split_headers(&bytes, first.clone()).map_err(malformed)?;
        let expires = expire_date(&headers)?;
        let version = version(&headers)?;
        let parts = rest.iter().map(|range| listed_part(&bytes, range.clone())).collect::<Result<Vec<_>, _>>()?;
        if parts.is_empty() {
            return Err(DirectoryError::NoParts);
        }
        let signature = Signature::parse(&bytes, signature)?;
        Ok(Self { signed, signed_longer, expires, version, parts, signature, bytes })
    }

    /// `Expire-date`.
    pub fn expires(&self) -> Instant {
        self.expires
    }

    /// `Version`; V2 if there is none.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The listed parts; at least one.
    pub fn parts(&self) -> &[ListedPart] {
        &self.parts
    }

    /// The bytes as received.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// URI of the signature algorithm.
    pub fn signature_algorithm(&self) -> &str {
        &self.signature.algorithm
    }

    /// Digest algorithm of [`SignedDirectory::certificate_hash`].
    pub fn certificate_hash_algorithm(&self) -> DigestAlgorithm {
        self.signature.certificate_hash_algorithm
    }

    /// Hash of the certificate whose key signed.
    pub fn certificate_hash(&self) -> &[u8] {
        &self.signature.certificate_hash
    }

    pub(super) fn signature_value(&self) -> &[u8] {
        &self.signature.value
    }

    /// The signed bytes, in the readings that writers have.
    pub(super) fn signed_candidates(&self) -> impl Iterator<Item = &[u8]> {
        let ranges = std::iter::once(&self.signed).chain(&self.signed_longer);
        ranges.filter_map(|range| self.bytes.get(range.clone()))
    }
}

fn longer(bytes: &[u8], signed: &Range<usize>, end: usize) -> Option<Range<usize>> {
    let body = bytes.get(signed.clone())?;
    let after = bytes.get(end..)?;
    let line_end = if after.starts_with(b"\r\n") { 2 } else { 1 };
    (body.ends_with(b"--") && !after.is_empty()).then(|| signed.start..end + line_end)
}

/// The parts of a closed multipart body of the given kind.
fn split(
    bytes: &[u8],
    body: Range<usize>,
    headers: &Headers,
    kind: &'static str,
) -> Result<Vec<Range<usize>>, DirectoryError> {
    let found = split_multipart(bytes, body, &boundary(headers, kind)?).map_err(malformed)?;
    if !found.closed || found.litter {
        return Err(malformed(format!("its {kind} is not closed, or there is text outside of its parts")));
    }
    Ok(found.parts)
}

/// The entries of the list. Nothing but white space may stand around them: it would be signed and not read.
fn entries(bytes: &[u8], body: Range<usize>, headers: &Headers) -> Result<Vec<Range<usize>>, DirectoryError> {
    let boundary = boundary(headers, "multipart/mixed")?;
    let found = split_multipart(bytes, body, &boundary).map_err(malformed)?;
    if found.litter {
        return Err(malformed("its list has text outside of its entries"));
    }
    Ok(found.parts)
}

fn boundary(headers: &Headers, kind: &'static str) -> Result<String, DirectoryError> {
    let value = Value::parse(headers.get("content-type").ok_or_else(|| missing(kind, "content-type"))?);
    if !value.main.eq_ignore_ascii_case(kind) {
        return Err(malformed(format!("content type {:?} instead of {kind}", value.main)));
    }
    let boundary = value.parameter("boundary").ok_or_else(|| malformed(format!("{kind} has no boundary")))?;
    if boundary.len() > 70 {
        return Err(malformed(format!("the boundary of {kind} is longer than 70 characters")));
    }
    Ok(boundary.to_owned())
}

fn missing(place: &str, header: &'static str) -> DirectoryError {
    DirectoryError::MissingHeader { place: place.to_owned(), header }
}

fn expire_date(headers: &Headers) -> Result<Instant, DirectoryError> {
    let text = headers.get("expire-date").ok_or(DirectoryError::MissingDate)?;
    text.parse().map_err(|error| malformed(format!("Expire-date: {error}")))
}

fn version(headers: &Headers) -> Result<Version, DirectoryError> {
    match headers.get("version") {
        None => Ok(Version::V2),
        Some(text) => Version::from_text(text).ok_or_else(|| DirectoryError::UnsupportedVersion(text.to_owned())),
    }
}

/// The bytes of a base64 body that says so.
fn base64_body(headers: &Headers, body: &[u8], place: &str) -> Result<Vec<u8>, DirectoryError> {
    let encoding = headers.get("content-transfer-encoding");
    match encoding.ok_or_else(|| missing(place, "content-transfer-encoding"))? {
        encoding if encoding.eq_ignore_ascii_case("base64") => {
            decode_base64(body).map_err(|reason| malformed(format!("{place} {reason}")))
        }
        other => Err(malformed(format!("{place} is encoded as {other:?} instead of base64"))),
    }
}

fn listed_part(bytes: &[u8], range: Range<usize>) -> Result<ListedPart, DirectoryError> {
    let (headers, body) = split_headers(bytes, range).map_err(malformed)?;
    let location = headers.get("content-location").ok_or_else(|| missing("a part", "content-location"))?;
    check_location(location)?;
    let identifier = headers.get("content-identifier").map(Value::parse);
    let digest_algorithm = headers.get("hash-algorithm-id").ok_or_else(|| missing(location, "hash-algorithm-id"))?;
    let digest_algorithm = strong_digest(digest_algorithm).map_err(DirectoryError::UnsupportedAlgorithm)?;
    let digest = base64_body(&headers, bytes.get(body).unwrap_or_default(), location)?;
    if digest.len() != digest_algorithm.output_len() {
        return Err(malformed(format!("the hash of {location} is {}", encode_base64(&digest))));
    }
    Ok(ListedPart {
        instance: identifier.as_ref().and_then(|v| v.parameter("instance")).map(str::to_owned),
        content_id: identifier.map(|v| v.main).unwrap_or_default(),
        file_name: headers.get("content-file-name").map(str::to_owned),
        location: location.to_owned(),
        digest_algorithm,
        digest,
    })
}

fn strong_digest(uri: &str) -> Result<DigestAlgorithm, CryptoError> {
    let algorithm = DigestAlgorithm::from_uri(uri)?;
    if is_weak(algorithm) { Err(CryptoError::UnsupportedAlgorithm(format!("digest {uri}"))) } else { Ok(algorithm) }
}

/// The location is joined to a folder or server: it must not lead out of it, nor to another host.
fn check_location(location: &str) -> Result<(), DirectoryError> {
    let plain = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'%' | b'?' | b'#'))
    };
    match location.strip_prefix('/') {
        Some(path) if path.split('/').all(plain) && location.len() <= 1024 => Ok(()),
        _ => Err(DirectoryError::UnsafeLocation(location.to_owned())),
    }
}

impl Signature {
    fn parse(bytes: &[u8], range: Range<usize>) -> Result<Self, DirectoryError> {
        const PLACE: &str = "the signature";
        let (headers, body) = split_headers(bytes, range).map_err(malformed)?;
        let body = bytes.get(body).unwrap_or_default();
        if body.trim_ascii().is_empty() {
            return Err(DirectoryError::MissingSignature);
        }
        let required = |name: &'static str| headers.get(name).ok_or_else(|| missing(PLACE, name));
        let hash = Value::parse(required("verification-certificate-hash")?);
        let algorithm = hash.parameter("hash-algorithm-id").ok_or_else(|| missing(PLACE, "hash-algorithm-id"))?;
        Ok(Self {
            algorithm: required("signature-algorithm-id")?.to_owned(),
            certificate_hash_algorithm: DigestAlgorithm::from_uri(algorithm)
                .map_err(DirectoryError::UnsupportedAlgorithm)?,
            certificate_hash: decode_base64(hash.main.as_bytes())
                .map_err(|reason| malformed(format!("verification-certificate-hash {reason}")))?,
            value: base64_body(&headers, body, PLACE)?,
        })
    }
}
