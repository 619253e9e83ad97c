//! Unpacking entries, never beyond what the directory announced.

use super::{Entry, ZipError};
use flate2::{Crc, Decompress, FlushDecompress, Status};
use mekong_base::Source;

/// Bytes read and unpacked at once.
const PIECE: usize = 128 << 10;

/// Unpacks an entry and hands its content on in pieces; checks length and CRC at the end.
///
/// # Errors
/// [`ZipError::Damaged`] says what is wrong; what was handed on until then must not be used.
pub fn unpack(source: &dyn Source, entry: &Entry, sink: &mut dyn FnMut(&[u8])) -> Result<(), ZipError> {
    let damaged = |what: String| ZipError::Damaged { name: entry.name.clone(), what };
    let mut crc = Crc::new();
    let mut length = 0u64;
    let mut take = |piece: &[u8]| {
        length += piece.len() as u64;
        if length > entry.size {
            return Err(damaged("it is longer than the directory says".into()));
        }
        crc.update(piece);
        sink(piece);
        Ok(())
    };
    if entry.is_deflated {
        inflate(source, entry, &mut take)?;
    } else {
        let mut outcome = Ok(());
        source.each(entry.packed.clone(), &mut |piece| {
            if outcome.is_ok() {
                outcome = take(piece);
            }
        })?;
        outcome?;
    }
    if length != entry.size {
        return Err(damaged(format!("it has {length} bytes, the directory says {}", entry.size)));
    }
    if crc.sum() != entry.crc {
        return Err(damaged(format!("its checksum is {:08x}, the directory says {:08x}", crc.sum(), entry.crc)));
    }
    Ok(())
}

/// The content of an entry of at most `most` bytes.
///
/// # Errors
/// [`ZipError::Limit`] if it is larger; otherwise as [`unpack`].
pub fn read(source: &dyn Source, entry: &Entry, most: usize) -> Result<Vec<u8>, ZipError> {
    if entry.size > most as u64 {
        return Err(ZipError::Limit {
            what: format!("{} has {} bytes, at most {most} are read", entry.name, entry.size),
        });
    }
    // The directory may lie: memory grows with what is there.
    let mut content = Vec::with_capacity(usize::try_from(entry.size).unwrap_or(PIECE).min(PIECE));
    unpack(source, entry, &mut |piece| content.extend_from_slice(piece))?;
    Ok(content)
}

fn inflate(
    source: &dyn Source,
    entry: &Entry,
    take: &mut dyn FnMut(&[u8]) -> Result<(), ZipError>,
) -> Result<(), ZipError> {
    let damaged = |what: String| ZipError::Damaged { name: entry.name.clone(), what };
    let mut engine = Decompress::new(false);
    let packed_len = entry.packed.end - entry.packed.start;
    let piece = PIECE.min(usize::try_from(packed_len).unwrap_or(PIECE));
    let (mut input, mut output) = (vec![0; piece], vec![0; PIECE]);
    let mut at = entry.packed.start;
    loop {
        let len = usize::try_from(entry.packed.end - at).unwrap_or(piece).min(piece);
        let given = input.get_mut(..len).unwrap_or_default();
        source.read_at(at, given)?;
        let (before_in, before_out) = (engine.total_in(), engine.total_out());
        let status = engine.decompress(given, &mut output, FlushDecompress::None);
        let status = status.map_err(|e| damaged(format!("it does not unpack: {e}")))?;
        let (used, made) = (engine.total_in() - before_in, engine.total_out() - before_out);
        at += used;
        take(output.get(..usize::try_from(made).unwrap_or_default()).unwrap_or_default())?;
        if status == Status::StreamEnd {
            break;
        }
        if used == 0 && made == 0 {
            return Err(damaged("it does not unpack: it ends too early".into()));
        }
    }
    if at == entry.packed.end { Ok(()) } else { Err(damaged("packed bytes are left over".into())) }
}
