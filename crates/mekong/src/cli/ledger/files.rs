//! What files and folders `mekong ledger check` is given: ledgers, tiles, proofs, checkpoints.

use super::{CHECKPOINT, CHECKPOINTS};
use crate::node::NodeConfig;
use crate::node::ledgers::{Place, places};
use mekong_ledger::checkpoint::SignedCheckpoint;
use mekong_ledger::proof::{ConsistencyProof, HEADER, InclusionProof, PROOF_BYTES_MAX};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// How deep ledgers are looked for below a folder that is none.
const DEPTH_MAX: usize = 4;
/// The most checkpoints of a ledger that are read.
const CHECKPOINTS_MAX: usize = 10_000;
/// The most bytes of them.
const CHECKPOINTS_BYTES_MAX: usize = 64 << 20;

/// Something to check.
pub(super) enum Given {
    /// A folder of a ledger.
    Ledger(PathBuf),
    /// The folder with the checkpoints of a ledger in a database, and its name there.
    Shared(PathBuf, &'static str),
    /// A folder of exported tiles.
    Tiles(PathBuf),
    /// A proof that a record is in a log.
    Proof(PathBuf, Box<InclusionProof>),
    /// A proof that a log continues.
    Continuation(PathBuf, Box<ConsistencyProof>),
    /// A checkpoint.
    Checkpoint(PathBuf, Box<SignedCheckpoint>),
    /// None of these: why, and whether it is one that is broken.
    Unreadable(PathBuf, String, bool),
}

/// The ledgers that a node keeps.
pub(super) fn of_node(config: &NodeConfig) -> Vec<Given> {
    let given = |place: Place| match place.is_shared {
        true => Given::Shared(place.folder, place.name),
        false => Given::Ledger(place.folder),
    };
    places(config).into_iter().map(given).collect()
}

/// Sorts out a path; a folder may have several ledgers below it.
pub(super) fn given(path: &Path) -> Vec<Given> {
    if !path.is_dir() {
        return vec![file(path)];
    }
    let mut found = Vec::new();
    below(path, 0, &mut found);
    if found.is_empty() {
        let reason = "it has neither a ledger (segments) nor tiles (tile) in it".to_owned();
        found.push(Given::Unreadable(path.to_owned(), reason, false));
    }
    found
}

fn below(folder: &Path, depth: usize, found: &mut Vec<Given>) {
    if folder.join("segments").is_dir() {
        found.push(Given::Ledger(folder.to_owned()));
    } else if folder.join("tile").is_dir() {
        found.push(Given::Tiles(folder.to_owned()));
    } else if depth < DEPTH_MAX {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> =
            entries.filter(|e| e.file_type().is_ok_and(|kind| kind.is_dir())).map(|e| e.path()).collect();
        folders.sort();
        folders.iter().for_each(|folder| below(folder, depth + 1, found));
    }
}

fn file(path: &Path) -> Given {
    let owned = path.to_owned();
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(error) => return Given::Unreadable(owned, error.to_string(), false),
    };
    let broken =
        |error: &dyn std::error::Error, told: bool| Given::Unreadable(path.to_owned(), error.to_string(), told);
    if bytes.starts_with(HEADER.as_bytes()) {
        return InclusionProof::parse(&bytes).map_or_else(|e| broken(&e, true), |p| Given::Proof(owned, Box::new(p)));
    }
    if bytes.starts_with(b"old ") {
        let proof = ConsistencyProof::parse(&bytes);
        return proof.map_or_else(|e| broken(&e, true), |p| Given::Continuation(owned, Box::new(p)));
    }
    match SignedCheckpoint::parse(&bytes) {
        Ok(checkpoint) => Given::Checkpoint(owned, Box::new(checkpoint)),
        // Without the dash of a signature it is not even a broken one.
        Err(error) => broken(&error, bytes.windows(4).any(|window| window == "\n— ".as_bytes())),
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(PROOF_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file that lies in a ledger's folder: nothing but a plain one, and no more of it than is looked at.
pub(super) fn read_inside(path: &Path) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"));
    }
    read(path)
}

/// The checkpoints in a ledger's folder, each with its file; what is none is an error to tell.
pub(crate) fn checkpoints(folder: &Path) -> Vec<(PathBuf, Result<SignedCheckpoint, String>)> {
    let older = std::fs::read_dir(folder.join(CHECKPOINTS)).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = older.map(|entry| entry.path()).take(CHECKPOINTS_MAX).collect();
    paths.retain(|path| path.extension().is_none());
    paths.sort();
    paths.extend(Some(folder.join(CHECKPOINT)).filter(|path| path.exists()));
    let mut left = CHECKPOINTS_BYTES_MAX;
    let mut parse = |path: &Path| {
        let bytes = read_inside(path).map_err(|error| error.to_string())?;
        left = left.checked_sub(bytes.len()).ok_or("there are more checkpoints than are read")?;
        SignedCheckpoint::parse(&bytes).map_err(|error| error.to_string())
    };
    paths.into_iter().map(|path| (path.clone(), parse(&path))).collect()
}
