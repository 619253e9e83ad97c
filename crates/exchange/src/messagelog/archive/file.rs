//! One archive while it is written.

use super::ArchiveConfig;
use crate::messagelog::encoding::Archived;
use crate::messagelog::{Evidence, MessageLogError};
use mekong_base::Instant;
use mekong_crypto::openpgp::{Encryptor, Recipients};
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_message::evidence::archive::link;
use mekong_signature::zip::{Packing, Writer};
use mekong_store::file;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The digest of the linking information.
const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha512;
/// Containers of one archive, at most: with the linking information a ZIP file without extensions has 65,535 entries.
const CONTAINERS_MAX: u64 = 60_000;
/// Bytes of a group in a file name, at most.
const GROUP_BYTES_MAX: usize = 150;

/// An archive while it is written.
pub(super) struct Open {
    group: String,
    /// Where it is written.
    path: PathBuf,
    zip: Writer<Sink>,
    /// Last digest and file name of the archive before.
    previous: (String, String),
    last_digest: String,
    lines: String,
    bytes: u64,
    containers: u64,
    first: Instant,
    last: Instant,
    is_encrypted: bool,
}

/// An archive that is on disk under its partial name.
pub(super) struct Written {
    pub(super) archived: Archived,
    pub(super) partial: PathBuf,
    pub(super) path: PathBuf,
}

impl Open {
    /// Begins a file for a group, after the archive `previous` (last digest and file name; both empty for the first).
    ///
    /// # Errors
    /// [`MessageLogError::Archive`].
    pub(super) fn begin(
        config: &ArchiveConfig,
        group: &str,
        previous: (String, String),
        at: Instant,
    ) -> Result<Self, MessageLogError> {
        let name = format!("{}{}", super::recover::WRITING, uuid::Uuid::new_v4().simple());
        let path = config.folder.join(name);
        let sink = Sink::create(&path, &config.recipients).map_err(|error| failed(&path, &error))?;
        Ok(Self {
            group: group.to_owned(),
            path,
            zip: Writer::new(sink, at),
            last_digest: previous.0.clone(),
            previous,
            lines: String::new(),
            bytes: 0,
            containers: 0,
            first: at,
            last: at,
            is_encrypted: !config.recipients.is_empty(),
        })
    }

    /// Adds a container.
    ///
    /// # Errors
    /// [`MessageLogError::Archive`].
    pub(super) fn add(&mut self, evidence: &Evidence) -> Result<(), MessageLogError> {
        // Containers are packed already.
        let added = self.zip.add(&evidence.file_name, &evidence.bytes, Packing::Stored);
        added.map_err(|error| failed(&self.path, &error))?;
        self.last_digest = link(DIGEST, &self.last_digest, &evidence.bytes);
        self.lines.push_str(&format!("{} {}\n", self.last_digest, evidence.file_name));
        self.bytes += evidence.bytes.len() as u64;
        self.containers += 1;
        self.first = self.first.min(evidence.recorded_at);
        self.last = self.last.max(evidence.recorded_at);
        Ok(())
    }

    /// No more containers are to be added.
    pub(super) const fn is_full(&self, bytes_max: u64) -> bool {
        self.bytes >= bytes_max || self.containers >= CONTAINERS_MAX
    }

    /// Ends the file: it is on disk under its partial name when this returns. The group is archived up to the message
    /// number `to`.
    ///
    /// # Errors
    /// [`MessageLogError::Archive`].
    pub(super) fn end(mut self, to: u64) -> Result<Written, MessageLogError> {
        let shown = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        let (digest, previous) = &self.previous;
        let info = format!("{} {} {}\n{}", shown(digest), shown(previous), DIGEST.name(), self.lines);
        let failed = |error: &dyn std::fmt::Display| failed(&self.path, error);
        self.zip.add("linkinginfo", info.as_bytes(), Packing::Deflated).map_err(|e| failed(&e))?;
        let sha256 = self.zip.finish("").map_err(|e| failed(&e))?.end().map_err(|e| failed(&e))?;
        let name = name(&self.group, (self.first, self.last), &self.last_digest, self.is_encrypted);
        let path = self.path.with_file_name(&name);
        let partial = file::partial(&path);
        file::rename(&self.path, &partial)?;
        let (last_digest, containers) = (self.last_digest, self.containers);
        let archived = Archived { group: self.group, file: name, last_digest, sha256, containers, to, all_to: 0 };
        Ok(Written { archived, partial, path })
    }
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> MessageLogError {
    MessageLogError::Archive(format!("cannot write the archive {}: {error}", path.display()))
}

/// The reference's name: `mlog-[GROUP-]FIRST-LAST-DIGEST.zip[.gpg]`, times as `YYYYMMDDHHmmss`.
fn name(group: &str, (first, last): (Instant, Instant), digest: &str, is_encrypted: bool) -> String {
    let mut group = crate::messagelog::export::safe(&group.replace('/', "_"));
    group.truncate(GROUP_BYTES_MAX);
    if !group.is_empty() {
        group.push('-');
    }
    let time = |at: Instant| at.to_string().chars().filter(char::is_ascii_digit).take(14).collect::<String>();
    let start = digest.get(..16).unwrap_or(digest);
    let end = if is_encrypted { ".gpg" } else { "" };
    format!("mlog-{group}{}-{}-{start}.zip{end}", time(first), time(last))
}

/// Where the ZIP file goes: encrypted or not, digested, into a file.
enum Sink {
    Plain(Box<Digesting>),
    Encrypted(Box<Encryptor<Digesting>>),
}

impl Sink {
    fn create(path: &Path, recipients: &Recipients) -> io::Result<Self> {
        let file = File::options().write(true).create_new(true).open(path)?;
        let digesting =
            Digesting { file: BufWriter::with_capacity(128 << 10, file), hasher: Hasher::new(DigestAlgorithm::Sha256) };
        Ok(match recipients.is_empty() {
            true => Self::Plain(Box::new(digesting)),
            false => Self::Encrypted(Box::new(Encryptor::new(digesting, recipients)?)),
        })
    }

    /// Ends encryption and syncs the file; its SHA-256.
    fn end(self) -> io::Result<[u8; 32]> {
        let digesting = match self {
            Self::Plain(digesting) => *digesting,
            Self::Encrypted(encryptor) => encryptor.finish()?,
        };
        let Digesting { file, hasher } = digesting;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        let mut digest = [0; 32];
        digest.iter_mut().zip(hasher.finish().as_ref()).for_each(|(to, from)| *to = *from);
        Ok(digest)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(digesting) => digesting.write(bytes),
            Self::Encrypted(encryptor) => encryptor.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Digesting {
    file: BufWriter<File>,
    hasher: Hasher,
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.hasher.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_reference_and_cannot_leave_the_folder() {
        let (first, last) = (Instant::from_unix_seconds(1_795_000_000), Instant::from_unix_seconds(1_795_003_600));
        let digest = "0123456789abcdef0123";
        assert_eq!(name("", (first, last), digest, false), "mlog-20261118110640-20261118120640-0123456789abcdef.zip");
        let of_member = name("LA/GOV/MOHA", (first, last), digest, true);
        assert_eq!(of_member, "mlog-LA_GOV_MOHA-20261118110640-20261118120640-0123456789abcdef.zip.gpg");
        let odd = name("../../etc", (first, last), digest, false);
        assert!(odd.starts_with("mlog-.._.._etc-"), "{odd}");
        assert!(name(&"ຄ".repeat(500), (first, last), digest, true).len() < 255);
    }
}
