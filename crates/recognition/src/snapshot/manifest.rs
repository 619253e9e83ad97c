//! The manifest of a snapshot: which lists, from where, when, by whom; so that a folder of files can be checked when it is
//! read again.

use super::{Accepted, Entry, Snapshot};
use crate::list::verify::{VerifyError, verify};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_base::Instant;
use mekong_crypto::sha256;
use mekong_pki::{Certificate, CertificateError};
use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    version: u32,
    /// Of the snapshot.
    sha256: String,
    lists: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    file: String,
    sha256: String,
    from: String,
    fetched: Instant,
    territory: Option<String>,
    sequence_number: u64,
    issued: Instant,
    next_update: Option<Instant>,
    signed_at: Option<Instant>,
    /// Subject, for the reader.
    signed_by: String,
    /// The signer's certificate, DER in base64.
    signer: String,
    /// The place of the list that points to it, and of the pointer; absent for one's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pointed_by: Option<(usize, usize)>,
}

/// Why a snapshot cannot be had again from its manifest and files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// A certificate in the manifest.
    #[error("the manifest's signer of {file}: {source}")]
    Certificate {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// A file has other content than the manifest says.
    #[error("{file} has SHA-256 {found}, the manifest says {expected}: fetch the lists again")]
    Changed {
        /// The file.
        file: String,
        /// What it has.
        found: String,
        /// What it should have.
        expected: String,
    },
    /// Not a manifest.
    #[error("not a manifest of trusted lists: {0}")]
    Malformed(String),
    /// A file is missing.
    #[error("{0} is missing, which the manifest names: fetch the lists again")]
    Missing(String),
    /// A list does not verify.
    #[error("{file}: {source}")]
    Verification {
        /// The file.
        file: String,
        /// Why not.
        source: VerifyError,
    },
}

impl Snapshot {
    /// The manifest as JSON, and the file name of each list in it, in the order of [`Snapshot::entries`].
    pub fn manifest(&self) -> (Vec<u8>, Vec<String>) {
        let files: Vec<String> = self.entries.iter().map(file_name).collect();
        let lists = self.entries.iter().zip(&files).map(|(entry, file)| line(entry, file)).collect();
        let manifest = Manifest { version: VERSION, sha256: hex::encode(self.sha256()), lists };
        let mut bytes = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
        bytes.push(b'\n');
        (bytes, files)
    }

    /// The snapshot of a manifest; `file` gives the content of a file by the name in the manifest. Every list is hashed and
    /// its signature verified again.
    ///
    /// # Errors
    /// [`ManifestError`]: one list that is missing or different, and there is no snapshot.
    pub fn from_manifest(bytes: &[u8], file: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Self, ManifestError> {
        let malformed = |text: String| ManifestError::Malformed(text);
        let manifest: Manifest = serde_json::from_slice(bytes).map_err(|e| malformed(e.to_string()))?;
        if manifest.version != VERSION || manifest.lists.len() > super::LISTS_MAX {
            let (version, lists) = (manifest.version, manifest.lists.len());
            return Err(malformed(format!("version {version} with {lists} lists")));
        }
        let mut snapshot = Self::default();
        for line in manifest.lists {
            let entry = snapshot.entry(line, file)?;
            snapshot.entries.push(entry);
        }
        let found = hex::encode(snapshot.sha256());
        if found != manifest.sha256 {
            let (file, expected) = ("the set of lists".to_owned(), manifest.sha256);
            return Err(ManifestError::Changed { file, found, expected });
        }
        Ok(snapshot)
    }

    fn entry(&self, line: Line, file: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Entry, ManifestError> {
        let content = file(&line.file).ok_or_else(|| ManifestError::Missing(line.file.clone()))?;
        let found = hex::encode(sha256(&content));
        if found != line.sha256 {
            return Err(ManifestError::Changed { file: line.file, found, expected: line.sha256 });
        }
        let der = STANDARD.decode(&line.signer).map_err(|e| ManifestError::Malformed(e.to_string()))?;
        let certificate = Certificate::from_der(&der);
        let signer = certificate.map_err(|source| ManifestError::Certificate { file: line.file.clone(), source })?;
        let verified = verify(&content, std::slice::from_ref(&signer));
        let verified = verified.map_err(|source| ManifestError::Verification { file: line.file.clone(), source })?;
        let accepted = match line.pointed_by {
            None => Accepted::Given,
            Some((by, pointer)) => self.still_pointed(by, pointer, &signer).ok_or_else(|| {
                ManifestError::Malformed(format!("{} is not signed by whom list {by} names", line.file))
            })?,
        };
        Ok(Entry { verified, from: line.from, fetched: line.fetched, accepted })
    }

    /// The pointer must be in a list that is there already, and name the signer.
    fn still_pointed(&self, by: usize, pointer: usize, signer: &Certificate) -> Option<Accepted> {
        let found = self.entries.get(by)?.verified.list.scheme.pointers.get(pointer)?;
        let names = found.identities.iter().any(|identity| identity.holds(signer));
        names.then_some(Accepted::Pointed { by, pointer })
    }
}

fn line(entry: &Entry, file: &str) -> Line {
    let (verified, scheme) = (&entry.verified, &entry.verified.list.scheme);
    Line {
        file: file.to_owned(),
        sha256: hex::encode(verified.sha256),
        from: entry.from.clone(),
        fetched: entry.fetched,
        territory: scheme.territory.clone(),
        sequence_number: scheme.sequence_number,
        issued: scheme.issued,
        next_update: scheme.next_update,
        signed_at: verified.signed_at,
        signed_by: verified.signer.subject(),
        signer: STANDARD.encode(verified.signer.der()),
        pointed_by: match entry.accepted {
            Accepted::Given => None,
            Accepted::Pointed { by, pointer } => Some((by, pointer)),
        },
    }
}

/// `LA-12-1f2e3d4c.xml`: territory, sequence number, start of the hash; only letters, digits, `-` and `_`.
fn file_name(entry: &Entry) -> String {
    let scheme = &entry.verified.list.scheme;
    let territory: String = scheme.territory.iter().flat_map(|t| t.chars()).take(16).collect();
    let safe = territory.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "");
    let hash: String = hex::encode(entry.verified.sha256).chars().take(8).collect();
    format!("{safe}-{}-{hash}.xml", scheme.sequence_number)
}
