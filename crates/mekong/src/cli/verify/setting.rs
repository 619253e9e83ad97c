//! What a verdict rests on, from the command line: anchors, lists, policy, other material.

use super::super::{CommandError, Context, read_certificates as certificates};
use clap::Args;
use mekong_base::{Clock, Instant};
use mekong_pki::anchors::Anchor;
use mekong_recognition::snapshot::{Fetched, Snapshot};
use mekong_signature::validation::Policy;
use mekong_verdict::{Setting, home};
use std::path::{Path, PathBuf};

/// What a folder that is a snapshot has.
pub(crate) const MANIFEST: &str = "manifest.json";

/// What a verdict rests on.
#[derive(Args, Clone, Default)]
pub(crate) struct SettingOptions {
    /// A trusted list (ETSI TS 119 612), a snapshot of `mekong list fetch`, or a folder of lists; the first is one's own country's. A list of another country
    /// counts if one's own points to it.
    #[arg(long = "list", value_name = "FILE_OR_DIR")]
    pub(crate) lists: Vec<PathBuf>,
    /// Certificate that may sign one's own list; without any the list is taken as it was given.
    #[arg(long = "list-signer", value_name = "CERT")]
    pub(crate) list_signers: Vec<PathBuf>,
    /// A certificate that is trusted, beside those of the lists.
    #[arg(long = "anchor", value_name = "CERT")]
    pub(crate) anchors: Vec<PathBuf>,
    /// A certificate that may be needed, but is not trusted.
    #[arg(long = "certificate", value_name = "CERT")]
    pub(crate) certificates: Vec<PathBuf>,
    /// A revocation list.
    #[arg(long = "crl", value_name = "FILE")]
    pub(crate) crls: Vec<PathBuf>,
    /// An OCSP response.
    #[arg(long = "ocsp", value_name = "FILE")]
    pub(crate) ocsps: Vec<PathBuf>,
    /// Validation policy: european, vietnam, laos, or a file [default: that of one's own list's country, else european].
    #[arg(long, value_name = "NAME_OR_FILE")]
    pub(crate) policy: Option<String>,
}

impl SettingOptions {
    /// Reads everything.
    ///
    /// # Errors
    /// In words: which file, and what is wrong. A list that does not verify is an error: trust fails closed.
    pub(crate) fn load(&self) -> Result<Setting, CommandError> {
        let lists = self.snapshot()?;
        let policy = policy(self.policy.as_deref().unwrap_or(home::policy(&lists)))?;
        let rules = home::rules(&lists);
        let mut given = Vec::new();
        for path in &self.anchors {
            for certificate in certificates(path)? {
                given.push(Anchor::given(certificate, path.display().to_string()));
            }
        }
        let mut setting = Setting::new(lists, given, rules, policy);
        for path in &self.certificates {
            setting.certificates.extend(certificates(path)?);
        }
        for (paths, into) in [(&self.crls, &mut setting.crls), (&self.ocsps, &mut setting.ocsps)] {
            for path in paths {
                into.push(read(path)?.into());
            }
        }
        Ok(setting)
    }

    fn snapshot(&self) -> Result<Snapshot, CommandError> {
        if let [folder] = self.lists.as_slice()
            && folder.join(MANIFEST).is_file()
        {
            return kept(folder);
        }
        let mut fetched = Vec::new();
        for path in &self.lists {
            for file in list_files(path)? {
                let from = file.display().to_string();
                fetched.push(Fetched { bytes: read(&file)?, from, at: Clock::system().now() });
            }
        }
        let mut signers = Vec::new();
        for path in &self.list_signers {
            signers.extend(certificates(path)?);
        }
        let (snapshot, rejected) = Snapshot::assemble(fetched, &signers);
        match rejected.first() {
            None => Ok(snapshot),
            Some(first) => Err(CommandError::because(format!("trusted list {}", first.from), &first.reason)),
        }
    }
}

/// A snapshot as `mekong list fetch` keeps it; every list in it is verified again.
fn kept(folder: &Path) -> Result<Snapshot, CommandError> {
    let manifest = read(&folder.join(MANIFEST))?;
    let file = |name: &str| std::fs::read(folder.join(Path::new(name).file_name()?)).ok();
    Snapshot::from_manifest(&manifest, &file).context(|| format!("snapshot {}", folder.display()))
}

/// The files of a folder whose names end in .xml, in order, or the file itself.
fn list_files(path: &Path) -> Result<Vec<PathBuf>, CommandError> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let entries = std::fs::read_dir(path).context(|| format!("read {}", path.display()))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|file| file.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml")))
        .collect();
    files.sort();
    match files.is_empty() {
        true => Err(CommandError::new(format!("{}: no file here ends in .xml", path.display()))),
        false => Ok(files),
    }
}

fn policy(name: &str) -> Result<Policy, CommandError> {
    if Policy::names().any(|known| known == name) || !Path::new(name).exists() {
        return Policy::named(name).context(|| "policy");
    }
    let text = std::fs::read_to_string(name).context(|| format!("read {name}"))?;
    Policy::parse(&text).context(|| format!("policy {name}"))
}

fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    std::fs::read(path).context(|| format!("read {}", path.display()))
}

/// A time on the command line: RFC 3339, or a date, which is its first moment in UTC.
///
/// # Errors
/// In words, with an example.
pub(crate) fn time(text: &str) -> Result<Instant, String> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    whole.parse().map_err(|_| format!("{text} is no time; write 2026-11-22 or 2026-11-22T08:15:00Z"))
}
