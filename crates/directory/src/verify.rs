//! Verdicts on stored directories with their parts, offline: what `mekong directory verify` prints.

use crate::signed::{Kind, ListedPart, TrustedCertificates, VerifiedDirectory};
use crate::{Anchor, DirectoryError, PrivateParameters, SharedParameters, SignedDirectory, Version};
use crate::{PRIVATE_PARAMETERS, SHARED_PARAMETERS};
use mekong_base::Instant;
use std::io::Read as _;
use std::path::{Path, PathBuf};

const PART_BYTES_MAX: u64 = mekong_base::limits::XmlLimits::DIRECTORY.bytes as u64;

/// The verdict on one signed directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileVerdict {
    /// The file, as given.
    pub file: PathBuf,
    /// Whether all is good; `None` if the file could not be read.
    pub valid: Option<bool>,
    /// Stable code of the first fault ([`DirectoryError::code`], or `unreadable`); `None` if valid.
    pub reason: Option<&'static str>,
    /// Every fault in words, or which certificate signed and which parts are good.
    pub detail: String,
    /// The instance, once the signature is trusted.
    pub instance: Option<String>,
    /// Version of the format, once parsed.
    pub version: Option<Version>,
    /// `Expire-date`, once parsed.
    pub expires: Option<Instant>,
}

/// What is verified, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Bytes of the anchor file.
    pub anchor: &'a [u8],
    /// Shared parameters taken as given, for the certificates they announce: a name for people, and the bytes.
    pub trusted: &'a [(String, Vec<u8>)],
    /// Signed directories; a path as given, or else below `root`.
    pub files: &'a [PathBuf],
    /// Where the parts are, by `Content-location`.
    pub root: &'a Path,
    /// The time at which `Expire-date` must not be past.
    pub at: Instant,
}

/// Verifies directories: signature, trust, date, every part's presence, hash and instance, and that the shared and private
/// parameters can be read.
///
/// Trust starts at the anchor and at `trusted`, and grows: shared parameters that a verified directory lists announce
/// certificates (key rotation), and directories that were not trusted are tried again with those, in whatever order the
/// files are given. A directory cannot vouch for its own key.
///
/// # Errors
/// [`DirectoryError::MalformedPart`] if the anchor or one of `trusted` cannot be read. Faults of files are verdicts.
pub fn verify_directory(request: &Request<'_>) -> Result<Vec<FileVerdict>, DirectoryError> {
    let anchor = Anchor::read(request.anchor)?;
    let mut trusted = TrustedCertificates::from_anchor(&anchor);
    for (name, bytes) in request.trusted {
        let shared = SharedParameters::read(bytes, Version::NEWEST)?;
        trusted.add_shared_parameters(&shared, Kind::Any, None, name)?;
    }
    let mut files: Vec<State> = request.files.iter().map(|file| State::open(file, request.root)).collect();
    while files.iter_mut().any(|file| file.advance(&mut trusted, request)) {}
    Ok(files.into_iter().map(State::verdict).collect())
}

/// A file on its way to a verdict.
enum State {
    Waiting { file: PathBuf, directory: SignedDirectory },
    Done(FileVerdict),
}

impl State {
    fn open(file: &Path, root: &Path) -> Self {
        let path = if file.exists() { file.to_owned() } else { root.join(file) };
        let bytes = match read_limited(&path, 1 << 21) {
            Ok(bytes) => bytes,
            Err(error) => {
                let detail = format!("{}: {error}", path.display());
                return Self::Done(FileVerdict { valid: None, reason: Some("unreadable"), ..blank(file, detail) });
            }
        };
        match SignedDirectory::parse(bytes) {
            Ok(directory) => Self::Waiting { file: file.to_owned(), directory },
            Err(error) => Self::Done(refused(file, &error)),
        }
    }

    /// Gives the verdict if the signing certificate is trusted by now; says whether that happened.
    fn advance(&mut self, trusted: &mut TrustedCertificates, request: &Request<'_>) -> bool {
        let Self::Waiting { file, directory } = self else {
            return false;
        };
        let verdict = match directory.verify(trusted, request.at) {
            Err(DirectoryError::UntrustedCertificate { .. }) => return false,
            Err(error) => with_facts(refused(file, &error), directory),
            Ok(verified) => {
                let (verdict, shared) = check_parts(file, &verified, request.root);
                if let Some(shared) = shared {
                    let name = format!("of {}", file.display());
                    // The instance was compared when the part was checked.
                    let _ = trusted.add_shared_parameters(&shared, Kind::Any, Some(verified.instance()), &name);
                }
                with_facts(verdict, directory)
            }
        };
        *self = Self::Done(verdict);
        true
    }

    fn verdict(self) -> FileVerdict {
        match self {
            Self::Done(verdict) => verdict,
            Self::Waiting { file, directory } => {
                let hash = crate::document::encode_base64(directory.certificate_hash());
                with_facts(refused(&file, &DirectoryError::UntrustedCertificate { hash }), &directory)
            }
        }
    }
}

fn blank(file: &Path, detail: String) -> FileVerdict {
    let file = file.to_owned();
    FileVerdict { file, valid: None, reason: None, detail, instance: None, version: None, expires: None }
}

fn refused(file: &Path, error: &DirectoryError) -> FileVerdict {
    FileVerdict { valid: Some(false), reason: Some(error.code()), ..blank(file, error.to_string()) }
}

fn with_facts(verdict: FileVerdict, directory: &SignedDirectory) -> FileVerdict {
    FileVerdict { version: Some(directory.version()), expires: Some(directory.expires()), ..verdict }
}

/// Checks every part; gives the shared parameters if they themselves are good.
fn check_parts(file: &Path, verified: &VerifiedDirectory<'_>, root: &Path) -> (FileVerdict, Option<SharedParameters>) {
    let mut shared = None;
    let mut faults: Vec<DirectoryError> = Vec::new();
    for part in verified.parts() {
        match check_part(part, verified, root) {
            Ok(found) => shared = shared.or(found),
            Err(fault) => faults.push(fault),
        }
    }
    let mut verdict = match faults.first() {
        Some(first) => refused(file, first),
        None => {
            let names: Vec<&str> = verified.parts().iter().map(ListedPart::name).collect();
            let detail = format!("signed with a certificate of {}; parts {}", verified.origin(), names.join(", "));
            FileVerdict { valid: Some(true), ..blank(file, detail) }
        }
    };
    if faults.len() > 1 {
        verdict.detail = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    }
    verdict.instance = Some(verified.instance().to_owned());
    (verdict, shared)
}

fn check_part(
    part: &ListedPart,
    verified: &VerifiedDirectory<'_>,
    root: &Path,
) -> Result<Option<SharedParameters>, DirectoryError> {
    let path = root.join(part.location.trim_start_matches('/'));
    let bytes = read_limited(&path, PART_BYTES_MAX).map_err(|error| DirectoryError::PartUnavailable {
        part: part.name().to_owned(),
        location: part.location.clone(),
        reason: error.to_string(),
    })?;
    part.check(&bytes)?;
    read_part(part, &bytes, verified.version(), verified.instance())
}

/// Reads a part whose hash is good; gives it if it is the shared parameters.
///
/// # Errors
/// [`DirectoryError::MalformedPart`], [`DirectoryError::WrongInstance`].
pub(crate) fn read_part(
    part: &ListedPart,
    bytes: &[u8],
    version: Version,
    expected: &str,
) -> Result<Option<SharedParameters>, DirectoryError> {
    let (found, shared) = match part.content_id.as_str() {
        SHARED_PARAMETERS => {
            let shared = SharedParameters::read(bytes, version)?;
            (shared.instance.clone(), Some(shared))
        }
        PRIVATE_PARAMETERS => (PrivateParameters::read(bytes)?.instance, None),
        _ => return Ok(None),
    };
    if found == expected {
        return Ok(shared);
    }
    let place = format!("{} at {}", part.name(), part.location);
    Err(DirectoryError::WrongInstance { place, expected: expected.to_owned(), found })
}

fn read_limited(path: &Path, bytes_max: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Err(std::io::Error::other(format!("is larger than {bytes_max} bytes")));
    }
    Ok(bytes)
}
