//! What a verdict rests on, from the command line: anchors, lists, policy, other material.

use super::super::{CommandError, Context, all_certificates};
use clap::Args;
use mekong_base::{Clock, Instant};
use mekong_pki::Certificate;
use mekong_pki::anchors::Anchor;
use mekong_recognition::snapshot::{Accepted, Entry, Fetched, Snapshot};
use mekong_signature::validation::Policy;
use mekong_verdict::{Setting, home};
use std::cell::RefCell;
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
    /// Reads everything and makes verdicts possible.
    ///
    /// # Errors
    /// In words: which file, and what is wrong. A list that does not verify is an error: trust fails closed.
    pub(crate) fn load(&self) -> Result<Setting, CommandError> {
        self.material()?.setting()
    }

    /// Reads everything.
    ///
    /// # Errors
    /// In words: which file, and what is wrong.
    pub(crate) fn material(&self) -> Result<Material, CommandError> {
        let asked = all_certificates(&self.list_signers)?;
        let mut list_signers = asked.clone();
        let (lists, kept) = match self.lists.as_slice() {
            [folder] if folder.join(MANIFEST).is_file() => {
                let (snapshot, lists) = kept(folder)?;
                let own = |entry: &&Entry| entry.accepted == Accepted::Given;
                list_signers = snapshot.entries().iter().filter(own).map(|e| e.verified.signer.clone()).collect();
                if let Some(other) = list_signers.iter().find(|signer| !asked.is_empty() && !asked.contains(signer)) {
                    let text = format!(
                        "{}: its own list is signed by {}, which is not the signer given",
                        folder.display(),
                        other.subject()
                    );
                    return Err(CommandError::new(text));
                }
                (lists, Some(snapshot))
            }
            paths => (given(paths)?, None),
        };
        Ok(Material {
            lists,
            kept,
            list_signers,
            anchors: all_certificates(&self.anchors)?,
            certificates: all_certificates(&self.certificates)?,
            crls: self.crls.iter().map(|path| read(path)).collect::<Result<_, _>>()?,
            ocsps: self.ocsps.iter().map(|path| read(path)).collect::<Result<_, _>>()?,
            policy: self.policy.as_deref().map(policy_text).transpose()?,
        })
    }
}

/// What a verdict rests on, as it was read.
pub(crate) struct Material {
    /// Trusted lists, one's own first.
    pub(crate) lists: Vec<Fetched>,
    /// The same, if they came as a snapshot.
    kept: Option<Snapshot>,
    /// Certificates that may sign one's own list.
    pub(crate) list_signers: Vec<Certificate>,
    /// Certificates that are trusted for everything.
    pub(crate) anchors: Vec<Certificate>,
    /// Certificates that may be needed.
    pub(crate) certificates: Vec<Certificate>,
    /// Revocation lists, DER.
    pub(crate) crls: Vec<Vec<u8>>,
    /// OCSP responses, DER.
    pub(crate) ocsps: Vec<Vec<u8>>,
    /// The text of the policy; without, that of the country of one's own list.
    pub(crate) policy: Option<String>,
}

impl Material {
    /// Checks the lists and makes verdicts possible.
    ///
    /// # Errors
    /// In words: which list or policy, and what is wrong.
    pub(crate) fn setting(self) -> Result<Setting, CommandError> {
        let lists = match self.kept {
            Some(snapshot) => snapshot,
            None => assembled(self.lists, &self.list_signers)?,
        };
        let policy = match &self.policy {
            Some(text) => Policy::parse(text),
            None => Policy::named(home::policy(&lists)),
        };
        let rules = home::rules(&lists);
        let given = self.anchors.into_iter().map(|certificate| Anchor::given(certificate, "given by hand")).collect();
        let mut setting = Setting::new(lists, given, rules, policy.context(|| "policy")?);
        setting.certificates = self.certificates;
        setting.crls = self.crls.into_iter().map(Into::into).collect();
        setting.ocsps = self.ocsps.into_iter().map(Into::into).collect();
        Ok(setting)
    }
}

/// The lists of files and folders.
fn given(paths: &[PathBuf]) -> Result<Vec<Fetched>, CommandError> {
    let mut lists = Vec::new();
    for path in paths {
        for file in list_files(path)? {
            let from = file.display().to_string();
            lists.push(Fetched { bytes: read(&file)?, from, at: Clock::system().now() });
        }
    }
    Ok(lists)
}

/// A snapshot as `mekong list fetch` keeps it, every list in it verified again, and its lists as they lie there.
fn kept(folder: &Path) -> Result<(Snapshot, Vec<Fetched>), CommandError> {
    let manifest = read(&folder.join(MANIFEST))?;
    let contents = RefCell::new(Vec::new());
    let file = |name: &str| {
        let bytes = std::fs::read(folder.join(Path::new(name).file_name()?)).ok()?;
        contents.borrow_mut().push(bytes.clone());
        Some(bytes)
    };
    let snapshot = Snapshot::from_manifest(&manifest, &file).context(|| format!("snapshot {}", folder.display()))?;
    let lists = snapshot.entries().iter().zip(contents.into_inner());
    let lists = lists.map(|(entry, bytes)| Fetched { bytes, from: entry.from.clone(), at: entry.fetched }).collect();
    Ok((snapshot, lists))
}

fn assembled(lists: Vec<Fetched>, signers: &[Certificate]) -> Result<Snapshot, CommandError> {
    let (snapshot, rejected) = Snapshot::assemble(lists, signers);
    match rejected.first() {
        None => Ok(snapshot),
        Some(first) => Err(CommandError::because(format!("trusted list {}", first.from), &first.reason)),
    }
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
        true => Err(CommandError::new(format!(
            "{}: no file here ends in .xml; a snapshot is a folder inside that of `mekong list fetch`",
            path.display()
        ))),
        false => Ok(files),
    }
}

/// The text of a policy by name or in a file.
fn policy_text(name: &str) -> Result<String, CommandError> {
    match Policy::text(name) {
        Some(text) => Ok(text.to_owned()),
        None if Path::new(name).exists() => {
            let text = std::fs::read_to_string(name).context(|| format!("read {name}"))?;
            Policy::parse(&text).context(|| format!("policy {name}"))?;
            Ok(text)
        }
        None => Policy::named(name).context(|| "policy").map(|_| String::new()),
    }
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
