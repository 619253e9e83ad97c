//! Unpacking entries, never beyond what the directory announced.

use super::{AsicError, Entry};
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use std::io::{BufRead, BufReader};

/// Unpacks an entry and hands its content on in pieces; checks length and CRC at the end.
pub(crate) fn unpack(zip: &[u8], entry: &Entry, mut sink: impl FnMut(&[u8])) -> Result<(), AsicError> {
    let damaged = |what: String| AsicError::Damaged { name: entry.name.clone(), what };
    let packed = zip.get(entry.packed.clone()).ok_or_else(|| damaged("it is cut off".into()))?;
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
        let mut inflate = BufReader::with_capacity(32 << 10, DeflateDecoder::new(packed));
        loop {
            let piece = inflate.fill_buf().map_err(|e| damaged(format!("it does not unpack: {e}")))?;
            let read = piece.len();
            if read == 0 {
                break;
            }
            take(piece)?;
            inflate.consume(read);
        }
        if !inflate.into_inner().into_inner().is_empty() {
            return Err(damaged("packed bytes are left over".into()));
        }
    } else {
        take(packed)?;
    }
    if length != entry.size {
        return Err(damaged(format!("it has {length} bytes, the directory says {}", entry.size)));
    }
    if crc.sum() != entry.crc {
        return Err(damaged(format!("its checksum is {:08x}, the directory says {:08x}", crc.sum(), entry.crc)));
    }
    Ok(())
}
