//! Room on the disk, permissions of what is secret, limits of the process.

use super::Finding;
use crate::node::NodeConfig;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Room that is worth a word, and room that is too little, in bytes.
const SCARCE: u64 = 5 << 30;
const TOO_LITTLE: u64 = 500 << 20;
/// Files and connections open at once that a busy gateway needs.
const FILES_WANTED: u64 = 4096;
/// Keys looked at in a folder.
const KEYS_MAX: usize = 1000;

/// Looks at the folders and files of a node.
pub(super) fn node(config: &NodeConfig, file: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut folders = Vec::new();
    let mut secrets: Vec<PathBuf> = Vec::new();
    if let Some(gateway) = &config.gateway {
        folders.push(gateway.folder.clone());
        secrets.extend([gateway.passphrase_file.clone(), gateway.folder.join("keys")]);
        secrets.extend(gateway.hardware.iter().map(|hardware| hardware.pin_file.clone()));
    }
    if let Some(directory) = &config.directory {
        folders.push(directory.folder.clone());
        secrets.extend([directory.passphrase_file.clone(), directory.folder.join("keys")]);
    }
    if let Some(trust) = &config.trust {
        folders.push(trust.folder.clone());
        secrets.extend([trust.passphrase_file.clone(), trust.folder.join("keys")]);
    }
    secrets.sort();
    secrets.dedup();
    room(&folders, &mut findings);
    for secret in &secrets {
        permissions(secret, &mut findings);
    }
    writable_by_others(file, &mut findings);
    open_files(&mut findings);
    findings
}

fn room(folders: &[PathBuf], findings: &mut Vec<Finding>) {
    let mut seen = Vec::new();
    for folder in folders {
        let device = std::fs::metadata(folder).map(|m| m.dev()).ok();
        if seen.contains(&device) {
            continue;
        }
        seen.push(device);
        let Ok(disk) = rustix::fs::statvfs(folder) else {
            let finding = Finding::problem("disk", "the folder cannot be looked at").at(folder.display());
            findings.push(finding.because("the node cannot start").so("is it there, and yours?"));
            continue;
        };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let what = format!("{} MB are free", free >> 20);
        let why = "messages are refused when they cannot be logged";
        let todo = "make room, or move the folder to a larger disk";
        findings.push(match free {
            free if free < TOO_LITTLE => Finding::problem("disk", what).at(folder.display()).because(why).so(todo),
            free if free < SCARCE => Finding::warning("disk", what).at(folder.display()).because(why).so(todo),
            _ => Finding::good("disk", format!("{what} for {}", folder.display())),
        });
        if disk.f_files > 0 && disk.f_favail < 10_000 {
            let finding =
                Finding::warning("disk", format!("room for {} files is left", disk.f_favail)).at(folder.display());
            findings.push(finding.because(why).so("remove small files that nobody needs"));
        }
    }
}

/// Secrets are for their owner only: a file, or every file of a folder.
fn permissions(path: &Path, findings: &mut Vec<Finding>) {
    let mut open = Vec::new();
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            let entries = std::fs::read_dir(path).into_iter().flatten().flatten().take(KEYS_MAX);
            open.extend(entries.map(|e| e.path()).filter(|file| is_open(file)));
        }
        Ok(_) if is_open(path) => open.push(path.to_owned()),
        Ok(_) => {}
        Err(error) => {
            let finding = Finding::problem("disk", format!("cannot be looked at: {error}")).at(path.display());
            findings
                .push(finding.because("the node cannot start without it").so("restore it from a backup; is it yours?"));
            return;
        }
    }
    if open.is_empty() {
        findings.push(Finding::good("disk", format!("{} is for its owner only", path.display())));
    }
    for file in open {
        let finding = Finding::problem("disk", "other users of this machine can read a secret").at(file.display());
        findings.push(
            finding
                .because("who has the keys can sign in the member's name")
                .so(format!("chmod go= {}    If others may have read it: new keys", file.display())),
        );
    }
}

fn is_open(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 != 0)
}

fn writable_by_others(file: &Path, findings: &mut Vec<Finding>) {
    if std::fs::metadata(file).is_ok_and(|m| m.permissions().mode() & 0o022 != 0) {
        let finding =
            Finding::problem("disk", "other users of this machine can change the configuration").at(file.display());
        findings
            .push(finding.because("they could grant themselves rights").so(format!("chmod go-w {}", file.display())));
    }
}

/// The limit that a node started from this shell would have.
fn open_files(findings: &mut Vec<Finding>) {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
    findings.push(if limit < FILES_WANTED {
        Finding::warning("limits", format!("a process may have {limit} files open"))
            .because("a busy gateway has a file for every connection, and refuses what is above")
            .so(format!("ulimit -n {FILES_WANTED}, or LimitNOFILE={FILES_WANTED} in the service's unit"))
    } else {
        Finding::good("limits", format!("a process may have {limit} files open"))
    });
}
