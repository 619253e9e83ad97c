//! Lists fetched, checked and kept: a snapshot is a folder named by its hash, which is never changed.

use super::{CommandError, CommandResult, Context, all_certificates, now};
use crate::file::write_whole;
use clap::Args;
use mekong_authority::http::{Client, Limits};
use mekong_crypto::sha256;
use mekong_recognition::list;
use mekong_recognition::snapshot::{Accepted, Entry, Fetched, Snapshot};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Largest list that is fetched.
const LIST_BYTES_MAX: usize = 64 << 20;
/// Most lists of one snapshot.
const LISTS_MAX: usize = 100;

/// Options of `mekong list fetch`.
#[derive(Args)]
pub(crate) struct FetchOptions {
    /// Certificate that may sign the first list.
    #[arg(long = "signer", value_name = "CERT", required = true)]
    signers: Vec<PathBuf>,
    /// Folder for snapshots; `mekong verify --list FOLDER/SNAPSHOT` uses one.
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// A root that servers of HTTPS may be below, beside those that this machine trusts.
    #[arg(long = "tls-root", value_name = "CERT")]
    tls_roots: Vec<PathBuf>,
    /// Where one's own list is: an address that starts with `https://` or `http://`.
    #[arg(value_name = "URL")]
    url: String,
}

pub(super) async fn run(options: FetchOptions) -> CommandResult {
    let signers = all_certificates(&options.signers)?;
    let limits = Limits { body_bytes: LIST_BYTES_MAX, total: Duration::from_secs(60), ..Limits::default() };
    let http = Client::with_roots(limits, &all_certificates(&options.tls_roots)?);
    let (mut waiting, mut seen, mut fetched, mut failed) = (vec![options.url.clone()], HashSet::new(), Vec::new(), 0);
    while let Some(url) = waiting.pop() {
        if !seen.insert(url.clone()) || seen.len() > LISTS_MAX {
            continue;
        }
        let answer = http.get(&url).await.and_then(|answer| answer.success());
        let bytes = match answer {
            Ok(answer) => answer.body.to_vec(),
            Err(error) if fetched.is_empty() => return Err(CommandError::because("fetch one's own list", &error)),
            Err(error) => {
                eprintln!("mekong: {error}");
                failed += 1;
                continue;
            }
        };
        if let Ok(list) = list::read(&bytes) {
            waiting.extend(list.scheme.pointers.iter().map(|pointer| pointer.location.clone()));
        }
        fetched.push(Fetched { bytes, from: url, at: now() });
    }
    let contents: HashMap<[u8; 32], Vec<u8>> = fetched.iter().map(|f| (sha256(&f.bytes), f.bytes.clone())).collect();
    let own = fetched.first().and_then(|first| list::read(&first.bytes).ok()).and_then(|own| own.scheme.territory);
    let (snapshot, rejected) = Snapshot::assemble(fetched, &signers);
    for refused in &rejected {
        eprintln!("mekong: {}: {}", refused.from, refused.reason);
    }
    if snapshot.is_empty() {
        return Err(CommandError::new("no list verifies, so that none is kept"));
    }
    // It may have come again from where it says that it is published.
    let is_own = |e: &Entry| matches!(e.accepted, Accepted::Given) && e.verified.list.scheme.territory == own;
    if !snapshot.entries().iter().any(is_own) {
        let reason = "one's own list is not signed by a certificate of --signer, so that nothing is kept";
        return Err(CommandError::new(format!("{}: {reason}", options.url)));
    }
    let folder = keep(&snapshot, &contents, &options.into)?;
    println!("{}: {} lists", folder.display(), snapshot.entries().len());
    Ok(if failed == 0 && rejected.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Writes a snapshot into a folder of its own; one that is there already is left as it is.
fn keep(snapshot: &Snapshot, contents: &HashMap<[u8; 32], Vec<u8>>, into: &Path) -> Result<PathBuf, CommandError> {
    let folder = into.join(hex::encode(snapshot.sha256()));
    if folder.join("manifest.json").exists() {
        return Ok(folder);
    }
    std::fs::create_dir_all(&folder).context(|| format!("create {}", folder.display()))?;
    let (manifest, files) = snapshot.manifest();
    for (entry, file) in snapshot.entries().iter().zip(files) {
        let path = folder.join(file);
        let bytes = contents.get(&entry.verified.sha256).map(Vec::as_slice).unwrap_or_default();
        write_whole(&path, bytes).context(|| format!("write {}", path.display()))?;
    }
    let path = folder.join("manifest.json");
    write_whole(&path, &manifest).context(|| format!("write {}", path.display()))?;
    Ok(folder)
}
