//! Exported tiles audited: entries against the leaves, leaves against the tiles above, the tree against signed heads.

use super::ledger::{Above, Report};
use super::{Fault, Head, TreeAudit};
use crate::LedgerError;
use crate::disk::Disk;
use crate::merkle::{Hash, leaf_hash};
use crate::tile::{TilePath, WIDTH, parse_bundle};
use std::io::ErrorKind;
use std::path::Path;

/// The most bytes of a tile, or of a bundle of entries of ours.
const BYTES_MAX: usize = WIDTH as usize * 34;

/// Audits a folder of tiles as a log publishes them (C2SP tlog-tiles): `tile/0/...`, `tile/1/...`, and `tile/entries/...`
/// where they are there. `size` is that of the largest signed head, up to which there must be tiles.
///
/// # Errors
/// [`LedgerError::Io`] if files cannot be read; what is wrong is in the report.
pub fn audit_tiles(folder: &Path, disk: &Disk, heads: &[Head]) -> Result<Report, LedgerError> {
    let size = heads.iter().map(|head| head.size).max().unwrap_or_default();
    let tiles = Tiles { folder, disk, size };
    let mut tree = TreeAudit::new(heads.to_vec());
    let (mut above, mut faults) = (Above::default(), Vec::new());
    for index in 0..size.div_ceil(u64::from(WIDTH)) {
        let first = index * u64::from(WIDTH);
        let Some(leaves) = tiles.leaves(index, first, &mut faults)? else { break };
        tiles.entries(index, first, &leaves, &mut faults)?;
        for leaf in leaves {
            let _ = tree.push(leaf);
            above.push(leaf);
        }
    }
    let (reached, root, signed) = (tree.size(), tree.root(), tree.signed());
    let history = tree.finish();
    if history.is_none() {
        above.compare(&mut |level, index| tiles.above(level, index), &mut faults);
    }
    if faults.is_empty() || !matches!(history, Some(Fault::Truncated { .. })) {
        faults.extend(history);
    }
    faults.sort_by_key(Fault::position);
    Ok(Report { first: 0, size: reached, root, signed, sealed: 0, faults })
}

struct Tiles<'a> {
    folder: &'a Path,
    disk: &'a Disk,
    size: u64,
}

impl Tiles<'_> {
    /// The hashes of a tile at the width that it has in the tree, or of the full one.
    fn read(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, LedgerError> {
        let hashes = self.size.checked_shr(8 * u32::from(level)).unwrap_or_default();
        let width = hashes.saturating_sub(index * u64::from(WIDTH)).min(u64::from(WIDTH));
        let path = TilePath::hashes(level, index, u16::try_from(width).unwrap_or(WIDTH));
        let hashes = |bytes: Vec<u8>| crate::tree::from_bytes(&bytes).filter(|found| found.len() as u64 >= width);
        Ok(self.content(&path)?.map(|bytes| hashes(bytes).unwrap_or_default()))
    }

    /// A tile above the leaves; one that is not whole is an error.
    fn above(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, LedgerError> {
        match self.read(level, index)? {
            Some(hashes) if hashes.is_empty() => Err(LedgerError::Damaged {
                place: TilePath::hashes(level, index, WIDTH).to_string(),
                offset: 0,
                position: 0,
                reason: "it is not whole".to_owned(),
            }),
            hashes => Ok(hashes),
        }
    }

    fn content(&self, path: &TilePath) -> Result<Option<Vec<u8>>, LedgerError> {
        for path in [path.to_string(), path.full().to_string()] {
            let place = self.folder.join(path);
            match self.disk.read_small(&place, BYTES_MAX) {
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
                read => return read.map(Some).map_err(|error| LedgerError::io(&place, error)),
            }
        }
        Ok(None)
    }

    fn leaves(&self, index: u64, first: u64, faults: &mut Vec<Fault>) -> Result<Option<Vec<Hash>>, LedgerError> {
        let expected = usize::try_from((self.size - first).min(u64::from(WIDTH))).unwrap_or_default();
        let mut leaves = self.read(0, index)?.unwrap_or_default();
        if leaves.len() < expected {
            let path = TilePath::hashes(0, index, u16::try_from(expected).unwrap_or(WIDTH));
            faults.push(Fault::Tree { position: first, reason: format!("{path} is not there, or not whole") });
            return Ok(None);
        }
        leaves.truncate(expected);
        Ok(Some(leaves))
    }

    fn entries(&self, index: u64, first: u64, leaves: &[Hash], faults: &mut Vec<Fault>) -> Result<(), LedgerError> {
        let width = u16::try_from(leaves.len()).unwrap_or(WIDTH);
        let path = TilePath::entries(index, width);
        let Some(bytes) = self.content(&path)? else { return Ok(()) };
        match parse_bundle(&bytes, width).or_else(|_| parse_bundle(&bytes, WIDTH)) {
            Ok(entries) => {
                let wrong = (first..).zip(entries.iter().zip(leaves));
                let wrong = wrong.filter(|(_, (entry, leaf))| leaf_hash(&entry.0) != **leaf);
                faults.extend(wrong.map(|(position, _)| Fault::Rewritten { position }));
            }
            Err(error) => faults.push(Fault::Tree { position: first, reason: format!("{path}: {error}") }),
        }
        Ok(())
    }
}
