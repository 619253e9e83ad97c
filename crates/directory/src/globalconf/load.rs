//! Loading from disk and from parts.

use super::{Finding, GlobalConf, InstanceConf, Part, PartMetadata};
use crate::optional::content_id_of;
use crate::{DocumentError, PRIVATE_PARAMETERS, SHARED_PARAMETERS, Version};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Name of the file that says which instance is ours.
pub(super) const INSTANCE_FILE: &str = "instance-identifier";
/// What a part's file name is followed by for its metadata.
pub(super) const METADATA_SUFFIX: &str = ".metadata";
/// Files of one part larger than this are refused.
const PART_BYTES_MAX: u64 = mekong_base::limits::XmlLimits::DIRECTORY.bytes as u64;
/// Instances in one folder.
const INSTANCES_MAX: usize = 256;
/// Files in the folder of one instance.
const FILES_MAX: usize = 256;

/// Why a configuration on disk is not usable. `Display` names the file and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file or folder cannot be read.
    #[error("{path}: cannot be read")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no `instance-identifier`, or it is empty.
    #[error("{0}: does not say which instance is ours; was this global configuration downloaded completely?")]
    NoInstanceIdentifier(PathBuf),
    /// There is no folder of any instance.
    #[error("{0}: holds no instance; was this global configuration downloaded?")]
    Empty(PathBuf),
    /// Our own instance is not among the folders.
    #[error("there are no shared parameters of our own instance {instance:?}")]
    NoOwnInstance {
        /// The instance.
        instance: String,
    },
    /// A part or metadata of our own instance cannot be read.
    #[error("{path}: {source}")]
    Malformed {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        source: DocumentError,
    },
    /// There are more or larger files than we read.
    #[error("{path}: {what}")]
    TooLarge {
        /// The file or folder.
        path: PathBuf,
        /// What the limit is.
        what: String,
    },
}

impl LoadError {
    /// The stable code, lower snake case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::NoInstanceIdentifier(_) => "missing_instance_identifier",
            Self::Empty(_) => "empty",
            Self::NoOwnInstance { .. } => "missing_own_instance",
            Self::Malformed { .. } => "malformed",
            Self::TooLarge { .. } => "too_large",
        }
    }
}

impl GlobalConf {
    /// Loads the reference's layout: `instance-identifier`, and a folder per instance with `shared-params.xml`,
    /// `private-params.xml` and optional parts, each beside its `.metadata`. Instances may be of different versions.
    /// A part without metadata is of V2 and never expires, as in the reference.
    ///
    /// Other instances that cannot be read are left out and named in [`GlobalConf::findings`]; expiry is not looked at.
    ///
    /// # Errors
    /// [`LoadError`] if our own instance is not there or cannot be read.
    pub fn load_dir(dir: &Path) -> Result<Self, LoadError> {
        let instance = own_instance(dir)?;
        let mut parts = BTreeMap::new();
        let mut findings = Vec::new();
        for folder in folders(dir)? {
            let name = unescape_instance(&folder.file_name().unwrap_or_default().to_string_lossy());
            match read_parts(&folder) {
                Ok(found) => {
                    parts.insert(name, (folder, found));
                }
                Err(error) if name == instance => return Err(error),
                Err(error) => findings.push(Finding { instance: name, what: format!("is left out: {error}") }),
            }
        }
        Self::assemble(instance, parts, findings, None)
    }

    /// From parts already at hand, by instance. What did not change since `base` is taken from it without parsing.
    ///
    /// # Errors
    /// As [`GlobalConf::load_dir`].
    pub fn from_parts(
        instance: &str,
        parts: BTreeMap<String, Vec<Part>>,
        base: Option<&Self>,
    ) -> Result<Self, LoadError> {
        let parts = parts.into_iter().map(|(name, parts)| {
            let folder = PathBuf::from(escape_instance(&name));
            (name, (folder, parts))
        });
        Self::assemble(instance.to_owned(), parts.collect(), Vec::new(), base)
    }

    fn assemble(
        instance: String,
        parts: BTreeMap<String, (PathBuf, Vec<Part>)>,
        mut findings: Vec<Finding>,
        base: Option<&Self>,
    ) -> Result<Self, LoadError> {
        let mut instances = BTreeMap::new();
        for (name, (folder, parts)) in parts {
            let known = base.and_then(|b| b.of(&name));
            match index(&name, parts, known) {
                Ok(conf) => {
                    findings.extend_from_slice(conf.findings());
                    instances.insert(name, conf);
                }
                Err(source) if name == instance => return Err(LoadError::Malformed { path: folder, source }),
                Err(error) => findings.push(Finding { instance: name, what: format!("is left out: {error}") }),
            }
        }
        if instances.contains_key(&instance) {
            Ok(Self { instance, instances, findings })
        } else {
            Err(LoadError::NoOwnInstance { instance })
        }
    }
}

/// Parses an instance, or takes the one known if it has the same bytes and metadata.
fn index(name: &str, parts: Vec<Part>, known: Option<&Arc<InstanceConf>>) -> Result<Arc<InstanceConf>, DocumentError> {
    if let Some(known) = known.filter(|k| k.parts() == parts.as_slice()) {
        return Ok(Arc::clone(known));
    }
    let conf = match known.filter(|k| k.has_same_bytes(&parts)) {
        Some(known) => known.with_parts(parts),
        None => InstanceConf::new(parts)?,
    };
    let wrong = |what: &'static str, found: &str| {
        Err(DocumentError::new(what, "instanceIdentifier", format!("is {found:?} in the folder of {name:?}")))
    };
    if conf.shared().instance != name {
        return wrong("shared parameters", &conf.shared().instance);
    }
    match conf.private() {
        Some(private) if private.instance != name => wrong("private parameters", &private.instance),
        _ => Ok(Arc::new(conf)),
    }
}

fn own_instance(dir: &Path) -> Result<String, LoadError> {
    let path = dir.join(INSTANCE_FILE);
    match read_limited(&path, 1 << 10) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes).trim().to_owned();
            if text.is_empty() { Err(LoadError::NoInstanceIdentifier(path)) } else { Ok(text) }
        }
        Err(LoadError::Unreadable { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Err(LoadError::NoInstanceIdentifier(path))
        }
        Err(error) => Err(error),
    }
}

fn folders(dir: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let mut folders: Vec<PathBuf> = list(dir)?.into_iter().filter(|p| p.is_dir()).collect();
    if folders.is_empty() {
        return Err(LoadError::Empty(dir.to_owned()));
    }
    if folders.len() > INSTANCES_MAX {
        let what = format!("holds more than {INSTANCES_MAX} instances");
        return Err(LoadError::TooLarge { path: dir.to_owned(), what });
    }
    folders.sort();
    Ok(folders)
}

fn list(dir: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: dir.to_owned(), source };
    let entries = std::fs::read_dir(dir).map_err(unreadable)?;
    entries.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>().map_err(unreadable)
}

/// The parts in one instance's folder; folders, hidden files and files that are no parts of ours are skipped.
fn read_parts(folder: &Path) -> Result<Vec<Part>, LoadError> {
    let mut paths: Vec<PathBuf> = list(folder)?.into_iter().filter(|p| p.is_file()).collect();
    if paths.len() > FILES_MAX {
        let what = format!("holds more than {FILES_MAX} files");
        return Err(LoadError::TooLarge { path: folder.to_owned(), what });
    }
    paths.sort();
    let mut parts = Vec::new();
    for path in paths {
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if file_name.ends_with(METADATA_SUFFIX) || file_name.starts_with('.') {
            continue;
        }
        let mut metadata = read_metadata(&path)?;
        match known_content_id(&file_name) {
            Some(id) => metadata.content_id = id.to_owned(),
            None if metadata.content_id.is_empty() => continue,
            None => {}
        }
        let bytes = read_limited(&path, PART_BYTES_MAX)?.into();
        parts.push(Part { metadata, file_name, bytes });
    }
    Ok(parts)
}

/// On disk the file name says what a part is, as in the reference.
fn known_content_id(file_name: &str) -> Option<&'static str> {
    match file_name {
        "shared-params.xml" => Some(SHARED_PARAMETERS),
        "private-params.xml" => Some(PRIVATE_PARAMETERS),
        other => content_id_of(other),
    }
}

fn read_metadata(part: &Path) -> Result<PartMetadata, LoadError> {
    let mut path = part.as_os_str().to_owned();
    path.push(METADATA_SUFFIX);
    let path = PathBuf::from(path);
    match read_limited(&path, 64 << 10) {
        Ok(bytes) => PartMetadata::from_json(&bytes).map_err(|reason| LoadError::Malformed {
            path,
            source: DocumentError::new("metadata", "document", reason),
        }),
        Err(LoadError::Unreadable { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(PartMetadata {
                content_id: String::new(),
                instance: String::new(),
                expires: None,
                file_name: None,
                location: None,
                version: Version::V2,
            })
        }
        Err(error) => Err(error),
    }
}

fn read_limited(path: &Path, bytes_max: u64) -> Result<Vec<u8>, LoadError> {
    use std::io::Read as _;
    let unreadable = |source| LoadError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > bytes_max {
        return Err(LoadError::TooLarge { path: path.to_owned(), what: format!("is larger than {bytes_max} bytes") });
    }
    Ok(bytes)
}

/// The folder name of an instance: form-encoded, as Java's `URLEncoder` does it.
pub(crate) fn escape_instance(instance: &str) -> String {
    let mut out = String::new();
    for byte in instance.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'*' => out.push(char::from(byte)),
            // `.` and `..` would be folders with a meaning; the reference leaves every dot as it is.
            b'.' if instance.trim_matches('.').is_empty() => out.push_str("%2E"),
            b'.' => out.push('.'),
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn unescape_instance(folder: &str) -> String {
    let mut out = Vec::new();
    let mut rest = folder.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let escaped = (*first == b'%').then(|| tail.get(..2).and_then(|h| std::str::from_utf8(h).ok())).flatten();
        match escaped.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None if *first == b'+' => out.push(b' '),
            None => out.push(*first),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instance_folders_are_named_as_the_reference_does() {
        for (instance, folder) in [("VN", "VN"), ("VN test", "VN+test"), ("Ă/..", "%C4%82%2F.."), ("..", "%2E%2E")] {
            assert_eq!(escape_instance(instance), folder);
            assert_eq!(unescape_instance(folder), instance);
        }
        assert_eq!(unescape_instance("a%zz%4"), "a%zz%4");
    }
}
