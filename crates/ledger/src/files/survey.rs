//! What lies in a ledger's folder, read without opening the ledger and whatever its state: for audits, which must see what
//! is there and not what should be. Nothing is written, no lock is taken.

use super::segments::{Segment, Walk, position_of};
use crate::at_rest::Keys;
use crate::audit::{Found, Placed};
use crate::disk::{Disk, DiskFile};
use crate::merkle::Hash;
use crate::segment::{FRAME_LEN, Frame, FrameFault, HEADER_LEN, INDEX_KIND, MARK, MARK_AT, frame_len};
use crate::tree::{EDGE_BYTES_MAX, TILE_BYTES, TILE_WIDTH, TileAt, Tree, from_bytes};
use crate::{Entry, LedgerError};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Work spent in looking for records behind bad ones, in multiples of the bytes of a segment.
const SEARCH: u64 = 64;
/// Bytes that are searched at once: at first, and when more and more follow.
const WINDOW: (usize, usize) = (4 << 10, 1 << 20);
/// No segment is longer: its index has offsets of four bytes.
const SEGMENT_LEN_MAX: u64 = 1 << 32;

/// A ledger's folder.
pub(crate) struct Survey {
    disk: Disk,
    folder: PathBuf,
    keys: Keys,
    segments: Vec<(u64, PathBuf)>,
    edge: Tree,
}

impl Survey {
    /// Looks into a folder.
    pub(crate) fn open(folder: &Path, disk: Disk, keys: Keys) -> Result<Self, LedgerError> {
        let path = folder.join("segments");
        let names = disk.list(&path).map_err(|error| LedgerError::io(&path, error))?;
        let place = |name: String| Some((position_of(Path::new(&name))?, path.join(name)));
        let mut segments: Vec<_> = names.into_iter().filter_map(place).collect();
        segments.sort();
        let mut survey = Self { disk, folder: folder.to_owned(), keys, segments, edge: Tree::default() };
        survey.edge = survey.read_edge()?;
        Ok(survey)
    }

    /// The edge of the tree; an empty one if it is not there or cannot be read: it can be made again.
    fn read_edge(&self) -> Result<Tree, LedgerError> {
        let path = self.folder.join("tree").join("edge");
        let id = self.segments.iter().find_map(|(_, path)| self.load(path).ok()).map(|segment| segment.header.ledger);
        match self.disk.read_small(&path, EDGE_BYTES_MAX) {
            Ok(bytes) => Ok(id.and_then(|id| Tree::decode(&bytes, &id)).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Tree::default()),
            Err(error) => Err(LedgerError::io(&path, error)),
        }
    }

    fn load(&self, path: &Path) -> Result<Segment, LedgerError> {
        Segment::load(&self.disk, path.to_owned(), &self.keys)
    }

    /// Position of the first record that is there.
    pub(crate) fn first(&self) -> u64 {
        self.segments.first().map_or(0, |(first, _)| *first)
    }

    /// The hashes of a tile as its file has them, or the edge; nothing if neither does.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] if the file is not of the length of a full tile.
    pub(crate) fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, LedgerError> {
        let tile = TileAt { level, index };
        if let Some(hashes) = self.edge.partial(tile).filter(|hashes| !hashes.is_empty()) {
            return Ok(Some(hashes.to_vec()));
        }
        let path = self.folder.join("tree").join(tile.path());
        let bytes = match self.disk.read_small(&path, TILE_BYTES) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| LedgerError::io(&path, error))?,
        };
        let hashes = from_bytes(&bytes).filter(|hashes| hashes.len() == TILE_WIDTH);
        hashes.map(Some).ok_or_else(|| LedgerError::Damaged {
            place: path.display().to_string(),
            offset: 0,
            position: tile.leaves().map_or(0, |leaves| leaves.start),
            reason: format!("it has not {TILE_BYTES} bytes"),
        })
    }

    /// Leaves of the tree when its edge was saved last.
    pub(crate) const fn edge_size(&self) -> u64 {
        self.edge.size()
    }

    /// The records from a position on, with what opens their commitments, until `take` has enough.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`], [`LedgerError::KeyMissing`], [`LedgerError::Io`].
    pub(crate) fn entries(&self, from: u64, take: &mut dyn FnMut(Entry) -> bool) -> Result<(), LedgerError> {
        let start = self.segments.partition_point(|(first, _)| *first <= from).saturating_sub(1);
        for (number, (_, path)) in self.segments.iter().enumerate().skip(start) {
            let segment = self.load(path)?;
            let fault = |error| LedgerError::io(&segment.path, error);
            let file = self.disk.open(&segment.path).map_err(fault)?;
            segment.load_index(&file);
            let mut walk = Walk::new(&segment, &file, segment.find(from), file.len().map_err(fault)?);
            let mut position = from.max(segment.first());
            loop {
                let (offset, frame) = walk.next()?;
                match frame {
                    Ok(frame) if frame.kind == INDEX_KIND => break,
                    Ok(frame) if frame.position < from => {}
                    Ok(frame) => {
                        position = frame.position.saturating_add(1);
                        if !take(segment.entry(&frame, offset)?) {
                            return Ok(());
                        }
                    }
                    // What follows the last record of all is no record; that there are more says audit.
                    Err(_) if number + 1 == self.segments.len() => break,
                    Err(fault) => return Err(segment.damaged(offset, position, fault)),
                }
            }
        }
        Ok(())
    }

    /// Everything in the segments, in the order in which it lies there.
    pub(crate) fn records(&self, visit: &mut dyn FnMut(Found)) -> Result<(), LedgerError> {
        for (number, (first, path)) in self.segments.iter().enumerate() {
            let next = self.segments.get(number + 1).map(|(next, _)| *next);
            match self.load(path) {
                Ok(segment) => self.segment(&segment, next, visit)?,
                Err(error @ (LedgerError::Damaged { .. } | LedgerError::Unknown { .. })) => {
                    visit(Found::Damaged(*first..next.unwrap_or(u64::MAX), error.to_string()));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// `next` is the first position of the following segment.
    fn segment(&self, segment: &Segment, next: Option<u64>, visit: &mut dyn FnMut(Found)) -> Result<(), LedgerError> {
        let fault = |error| LedgerError::io(&segment.path, error);
        let file = self.disk.open(&segment.path).map_err(fault)?;
        let end = file.len().map_err(fault)?.min(SEGMENT_LEN_MAX);
        let (mut start, mut position) = (HEADER_LEN as u64, segment.first());
        let mut work = SEARCH.saturating_mul(end);
        while let Some((offset, reason)) = walk(segment, &file, start..end, &mut position, visit)? {
            let Some((resume, later)) = behind(segment, &file, offset..end, &mut work)? else {
                match next.filter(|next| *next > position) {
                    Some(next) => visit(Found::Damaged(position..next, place(segment, offset, &reason))),
                    None => visit(Found::Torn(position, place(segment, offset, &reason))),
                }
                return Ok(());
            };
            visit(Found::Damaged(position..later.max(position), place(segment, offset, &reason)));
            (start, position) = (resume, later);
        }
        if let Some(next) = next.filter(|next| *next > position) {
            visit(Found::Damaged(position..next, place(segment, end, "the segment ends before them")));
        }
        Ok(())
    }
}

fn place(segment: &Segment, offset: u64, reason: &str) -> String {
    format!("{} at byte {offset}: {reason}", segment.path.display())
}

/// Visits the records of a range; where and why it stopped before the end.
fn walk(
    segment: &Segment,
    file: &DiskFile,
    range: Range<u64>,
    position: &mut u64,
    visit: &mut dyn FnMut(Found),
) -> Result<Option<(u64, String)>, LedgerError> {
    let mut walk = Walk::new(segment, file, range.start, range.end);
    loop {
        let (offset, frame) = walk.next()?;
        match frame {
            Ok(frame) if frame.kind == INDEX_KIND => return Ok(None),
            Ok(frame) => {
                *position = frame.position.saturating_add(1);
                visit(read(segment, &frame, offset));
            }
            Err(FrameFault::Nothing) if offset + 1 >= range.end => return Ok(None),
            Err(fault) => return Ok(Some((offset, fault.to_string()))),
        }
    }
}

fn read(segment: &Segment, frame: &Frame<'_>, offset: u64) -> Found {
    match segment.entry(frame, offset) {
        Ok(entry) => Found::Record(placed(&entry)),
        Err(LedgerError::KeyMissing { .. }) => Found::Sealed(frame.position),
        Err(error) => Found::Damaged(frame.position..frame.position.saturating_add(1), error.to_string()),
    }
}

fn placed(entry: &Entry) -> Placed {
    Placed { position: entry.record.position, leaf: entry.leaf() }
}

/// The next whole record behind a bad one: its offset and position. What is spent on looking for it goes off `work`.
fn behind(
    segment: &Segment,
    file: &DiskFile,
    range: Range<u64>,
    work: &mut u64,
) -> Result<Option<(u64, u64)>, LedgerError> {
    let read = |from: u64, length: usize| {
        let mut bytes = vec![0; usize::try_from(range.end.saturating_sub(from)).unwrap_or(usize::MAX).min(length)];
        file.read_at(&mut bytes, from).map_err(|error| LedgerError::io(&segment.path, error)).map(|()| bytes)
    };
    let (mut from, mut window) = (range.start + 1, WINDOW.0);
    while from < range.end {
        // Heads that begin in this window end behind it.
        let bytes = read(from, window + FRAME_LEN)?;
        for mark in memchr::memmem::find_iter(&bytes, &MARK) {
            let Some(start) = mark.checked_sub(MARK_AT).filter(|start| *start < window) else { continue };
            let Ok(length) = frame_len(bytes.get(start..).unwrap_or_default()) else { continue };
            let Some(left) = work.checked_sub(length as u64) else { continue };
            *work = left;
            let offset = from + start as u64;
            if let Ok(frame) = Frame::decode(segment.seed, offset, &read(offset, length)?)
                && frame.kind != INDEX_KIND
            {
                return Ok(Some((offset, frame.position)));
            }
        }
        from += window as u64;
        window = (window * 4).min(WINDOW.1);
    }
    Ok(None)
}
