//! The last segment after a crash: what was acknowledged is found, a torn tail is cut, damage is told from it.

use super::segments::{Segment, Walk};
use crate::LedgerError;
use crate::disk::DiskFile;
use crate::segment::{Frame, HEADER_LEN, INDEX_KIND, Index, MARK, MARK_AT};
use std::io;

/// What the last segment has.
pub(super) struct Recovered {
    /// Position after its last record.
    pub(super) next: u64,
    /// Offset after its last record: the writer goes on there.
    pub(super) offset: u64,
    /// Offset of the last group: perhaps nobody waited for the disk to have it.
    pub(super) group: u64,
    /// Bytes behind the last record that are cut off.
    pub(super) torn: u64,
}

/// Work spent in looking for records behind a bad one, in multiples of the bytes there.
const SEARCH: u64 = 64;

/// Reads the last segment and notes its index.
pub(super) fn recover(segment: &Segment, file: &DiskFile) -> Result<Recovered, LedgerError> {
    let end = file.len().map_err(|error| LedgerError::io(&segment.path, error))?;
    let start = HEADER_LEN as u64;
    let mut found = Recovered { next: segment.first(), offset: start, group: start, torn: 0 };
    let (mut position, mut group) = (segment.first(), start);
    let mut index = Index::default();
    let mut walk = Walk::new(segment, file, start, end);
    loop {
        let (offset, frame) = walk.next()?;
        let frame = match frame {
            Ok(frame) if frame.kind == INDEX_KIND => break,
            Ok(frame) if frame.position == position => frame,
            Ok(frame) => {
                let reason = format!("here is record {} instead", frame.position);
                return Err(segment.damaged(offset, position, reason));
            }
            Err(fault) => {
                refuse_damage(segment, file, offset..end, position, &fault.to_string())?;
                break;
            }
        };
        if frame.back == 0 {
            group = offset;
        }
        index.note(position - segment.first(), offset);
        position += 1;
        if frame.more == 0 {
            let after = offset + frame.encoded_len() as u64;
            found = Recovered { next: position, offset: after, group, torn: 0 };
        }
    }
    found.torn = written_behind(file, found.offset..end).unwrap_or_default();
    index.cut(found.next - segment.first());
    segment.set_index(index);
    Ok(found)
}

/// A bad frame is a torn tail, unless a later record tells that this one was on disk before it.
fn refuse_damage(
    segment: &Segment,
    file: &DiskFile,
    range: std::ops::Range<u64>,
    position: u64,
    reason: &str,
) -> Result<(), LedgerError> {
    let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap_or_default()];
    file.read_at(&mut bytes, range.start).map_err(|error| LedgerError::io(&segment.path, error))?;
    let mut work = SEARCH.saturating_mul(bytes.len() as u64);
    for mark in memchr::memmem::find_iter(&bytes, &MARK) {
        let Some(start) = mark.checked_sub(MARK_AT) else { continue };
        let rest = bytes.get(start..).unwrap_or_default();
        let Ok(length) = crate::segment::frame_len(rest) else { continue };
        if length > rest.len() || crate::segment::frame_position(rest) <= position {
            continue;
        }
        let Some(left) = work.checked_sub(length as u64) else { break };
        work = left;
        let Ok(later) = Frame::decode(segment.seed, range.start + start as u64, rest) else { continue };
        if later.position.saturating_sub(u64::from(later.back)) > position {
            let reason = format!("{reason}, but record {} was written after it had been on disk", later.position);
            return Err(segment.damaged(range.start, position, reason));
        }
    }
    Ok(())
}

/// How many bytes up to the last that is not zero.
fn written_behind(file: &DiskFile, range: std::ops::Range<u64>) -> Option<u64> {
    let mut bytes = vec![0; usize::try_from(range.end.checked_sub(range.start)?).ok()?];
    file.read_at(&mut bytes, range.start).ok()?;
    bytes.iter().rposition(|byte| *byte != 0).map(|last| last as u64 + 1)
}

/// Cuts the torn tail and makes what was found durable: the process before may have died before its sync, or because of it.
pub(super) fn settle(file: &DiskFile, found: &Recovered) -> io::Result<()> {
    file.set_len(found.offset)?;
    let mut group = vec![0; usize::try_from(found.offset - found.group).unwrap_or_default()];
    file.read_at(&mut group, found.group)?;
    file.write_at(&group, found.group)?;
    file.sync()
}
