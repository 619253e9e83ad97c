//! Stream filters (ISO 32000-2 §7.4): Flate and LZW with predictors, ASCIIHex, ASCII85, RunLength. Not those of images.

use crate::PdfError;
use crate::object::{Dictionary, Object};
use flate2::{Decompress, FlushDecompress, Status};

/// Filters one after another on one stream.
pub(super) const CHAIN_MOST: usize = 8;

/// Decodes `bytes` by `filters`; no step may give more than `most` bytes. `offset` is for errors.
pub(super) fn decode(
    mut bytes: Vec<u8>,
    filters: &[Object],
    parameters: &[Object],
    most: usize,
    offset: u64,
) -> Result<Vec<u8>, PdfError> {
    if filters.len() > CHAIN_MOST {
        return Err(PdfError::Limit { what: "filters of one stream", limit: CHAIN_MOST as u64 });
    }
    for (index, filter) in filters.iter().enumerate() {
        let parameters = parameters.get(index).and_then(Object::dictionary);
        let wrong = |reason: &str| PdfError::malformed(offset, reason);
        bytes = match filter.name().unwrap_or_default() {
            b"FlateDecode" | b"Fl" => unpredict(inflate(&bytes, most, offset)?, parameters, offset)?,
            b"LZWDecode" | b"LZW" => {
                let early = parameters.and_then(|p| p.get("EarlyChange")).and_then(Object::integer) != Some(0);
                let plain = unlzw(&bytes, early, most)?.ok_or_else(|| wrong("broken LZW data"))?;
                unpredict(plain, parameters, offset)?
            }
            b"ASCIIHexDecode" | b"AHx" => unhex(&bytes).ok_or_else(|| wrong("broken hexadecimal data"))?,
            b"ASCII85Decode" | b"A85" => un85(&bytes).ok_or_else(|| wrong("broken base-85 data"))?,
            b"RunLengthDecode" | b"RL" => unrun(&bytes, most)?,
            b"Crypt" => bytes,
            other => return Err(PdfError::Filter(String::from_utf8_lossy(other).into_owned())),
        };
        if bytes.len() > most {
            return Err(bomb(most));
        }
    }
    Ok(bytes)
}

const fn bomb(most: usize) -> PdfError {
    PdfError::Limit { what: "bytes of a decoded stream", limit: most as u64 }
}

fn inflate(bytes: &[u8], most: usize, offset: u64) -> Result<Vec<u8>, PdfError> {
    const STEP: usize = 32 << 10;
    let mut decoder = Decompress::new(true);
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len().saturating_mul(3).clamp(STEP, 1 << 20).min(most + 1));
    loop {
        let (taken, given) = (decoder.total_in(), decoder.total_out());
        let rest = bytes.get(usize::try_from(taken).unwrap_or(usize::MAX)..).unwrap_or_default();
        if out.capacity() - out.len() < STEP {
            out.reserve(STEP);
        }
        let status = decoder.decompress_vec(rest, &mut out, FlushDecompress::None);
        if out.len() > most {
            return Err(bomb(most));
        }
        match status {
            Ok(Status::StreamEnd) => return Ok(out),
            Ok(_) if decoder.total_in() > taken || decoder.total_out() > given => {}
            // Streams cut before the checksum are common, and every reader takes them.
            Ok(_) if !out.is_empty() || bytes.is_empty() => return Ok(out),
            Ok(_) => return Err(PdfError::malformed(offset, "Flate data that end too early")),
            Err(error) => return Err(PdfError::malformed(offset, format!("broken Flate data: {error}"))),
        }
    }
}

fn unhex(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len() / 2);
    let mut half = None;
    for byte in bytes.iter().take_while(|byte| **byte != b'>').filter(|byte| !byte.is_ascii_whitespace() && **byte != 0)
    {
        let low = u8::try_from(char::from(*byte).to_digit(16)?).ok()?;
        match half.take() {
            Some(high) => out.push(high << 4 | low),
            None => half = Some(low),
        }
    }
    out.extend(half.map(|high: u8| high << 4));
    Some(out)
}

fn un85(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut group: Vec<u8> = Vec::with_capacity(5);
    for byte in bytes.iter().filter(|byte| !byte.is_ascii_whitespace() && **byte != 0) {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            _ => return None,
        }
        if group.len() == 5 {
            out.extend(group85(&group)?);
            group.clear();
        }
    }
    if group.len() == 1 {
        return None;
    }
    if !group.is_empty() {
        let keep = group.len() - 1;
        group.resize(5, 84);
        out.extend(group85(&group)?.into_iter().take(keep));
    }
    Some(out)
}

fn group85(group: &[u8]) -> Option<[u8; 4]> {
    let value = group.iter().fold(0u64, |value, digit| value * 85 + u64::from(*digit));
    u32::try_from(value).ok().map(u32::to_be_bytes)
}

fn unrun(bytes: &[u8], most: usize) -> Result<Vec<u8>, PdfError> {
    let (mut out, mut rest) = (Vec::new(), bytes);
    while let Some((length, after)) = rest.split_first() {
        rest = match length {
            128 => break,
            0..=127 => {
                let (copied, after) = after.split_at((usize::from(*length) + 1).min(after.len()));
                out.extend_from_slice(copied);
                after
            }
            129.. => {
                let Some((byte, after)) = after.split_first() else { break };
                out.resize(out.len() + 257 - usize::from(*length), *byte);
                after
            }
        };
        if out.len() > most {
            return Err(bomb(most));
        }
    }
    Ok(out)
}

/// LZW with codes of 9 to 12 bits; `None` if a code is used before it exists.
fn unlzw(bytes: &[u8], early: bool, most: usize) -> Result<Option<Vec<u8>>, PdfError> {
    const CLEAR: usize = 256;
    const END: usize = 257;
    let mut out: Vec<u8> = Vec::new();
    // Each entry is a place in the output.
    let mut entries: Vec<(usize, usize)> = Vec::new();
    let (mut bits, mut held, mut width) = (0u32, 0u32, 9u32);
    let mut last: Option<(usize, usize)> = None;
    for byte in bytes {
        (bits, held) = (bits << 8 | u32::from(*byte), held + 8);
        if held < width {
            continue;
        }
        let code = (bits >> (held - width)) as usize & ((1 << width) - 1);
        held -= width;
        bits &= (1 << held) - 1;
        if code == END {
            break;
        }
        if code == CLEAR {
            entries.clear();
            (width, last) = (9, None);
            continue;
        }
        let begin = out.len();
        let copied = match (code, last) {
            (0..=255, _) => {
                out.push(u8::try_from(code).unwrap_or(0));
                true
            }
            _ => match entries.get(code - 258).copied() {
                Some((from, length)) => repeat(&mut out, from, length),
                None if code - 258 == entries.len() => match last {
                    Some((from, length)) => repeat(&mut out, from, length + 1),
                    None => false,
                },
                None => false,
            },
        };
        if !copied {
            return Ok(None);
        }
        if out.len() > most {
            return Err(bomb(most));
        }
        if let Some((from, length)) = last.filter(|_| entries.len() < 4096 - 258) {
            entries.push((from, length + 1));
        }
        last = Some((begin, out.len() - begin));
        width = match entries.len() + 258 + usize::from(early) {
            0..=511 => 9,
            512..=1023 => 10,
            1024..=2047 => 11,
            _ => 12,
        };
    }
    Ok(Some(out))
}

fn repeat(out: &mut Vec<u8>, from: usize, length: usize) -> bool {
    for at in from..from + length {
        let Some(byte) = out.get(at).copied() else { return false };
        out.push(byte);
    }
    true
}

/// Undoes predictors (§7.4.4.4): TIFF for bytes, all of PNG's.
fn unpredict(bytes: Vec<u8>, parameters: Option<&Dictionary>, offset: u64) -> Result<Vec<u8>, PdfError> {
    let Some(parameters) = parameters else { return Ok(bytes) };
    let whole = |key: &str, default: i64| parameters.get(key).and_then(Object::integer).unwrap_or(default);
    let predictor = whole("Predictor", 1);
    if predictor <= 1 {
        return Ok(bytes);
    }
    let (colors, depth, columns) = (whole("Colors", 1), whole("BitsPerComponent", 8), whole("Columns", 1));
    let sane = (1..=32).contains(&colors) && matches!(depth, 1 | 2 | 4 | 8 | 16) && (1..=1 << 20).contains(&columns);
    let widths = usize::try_from((colors * depth * columns + 7) / 8).ok();
    let pixel = usize::try_from((colors * depth + 7) / 8).ok();
    let (true, Some(row), Some(pixel)) = (sane, widths, pixel) else {
        return Err(PdfError::malformed(offset, "predictor parameters out of bounds"));
    };
    if predictor >= 10 {
        return Ok(unpng(&bytes, row, pixel));
    }
    if depth != 8 {
        return Err(PdfError::Filter(format!("TIFF predictor of {depth} bits")));
    }
    let mut out = bytes;
    for line in out.chunks_mut(row) {
        let mut left = vec![0u8; pixel];
        for chunk in line.chunks_mut(pixel) {
            for (byte, left) in chunk.iter_mut().zip(left.iter_mut()) {
                *byte = byte.wrapping_add(*left);
                *left = *byte;
            }
        }
    }
    Ok(out)
}

fn unpng(bytes: &[u8], row: usize, pixel: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut above = vec![0u8; row];
    for line in bytes.chunks(row + 1) {
        let Some((kind, data)) = line.split_first() else { break };
        let mut current: Vec<u8> = Vec::with_capacity(row);
        for (index, byte) in data.iter().enumerate() {
            let left = index.checked_sub(pixel).and_then(|at| current.get(at)).copied().unwrap_or(0);
            let up = above.get(index).copied().unwrap_or(0);
            let corner = index.checked_sub(pixel).and_then(|at| above.get(at)).copied().unwrap_or(0);
            let predicted = match kind {
                1 => left,
                2 => up,
                3 => u8::try_from((u16::from(left) + u16::from(up)) / 2).unwrap_or(0),
                4 => paeth(left, up, corner),
                _ => 0,
            };
            current.push(byte.wrapping_add(predicted));
        }
        out.extend_from_slice(&current);
        current.resize(row, 0);
        above = current;
    }
    out
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
    let distance = |value: u8| (estimate - i16::from(value)).abs();
    if distance(left) <= distance(up) && distance(left) <= distance(corner) {
        left
    } else if distance(up) <= distance(corner) {
        up
    } else {
        corner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(filter: &str, packed: &[u8], plain: &[u8]) {
        let found = decode(packed.to_vec(), &[Object::named(filter)], &[], 1000, 0);
        assert_eq!(found.as_deref(), Ok(plain));
    }

    /// The example of ISO 32000-2 §7.4.4.2, and texts coded by Python's base64.
    #[test]
    fn filters_give_the_examples_of_the_standard() {
        check(
            "LZWDecode",
            &[0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01],
            &[45, 45, 45, 45, 45, 65, 45, 45, 45, 66],
        );
        check("ASCII85Decode", b"87cURD]i,\"Ebo80~>", b"Hello World!");
        check("ASCIIHexDecode", b"48 65 6c6C 7>", b"Hellp");
        check("RunLengthDecode", &[2, b'a', b'b', b'c', 254, b'x', 128, 9], b"abcxxx");
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut encoder, &vec![0; 10_000_000]).expect("in memory");
        let packed = encoder.finish().expect("in memory");
        let found = decode(packed, &[Object::named("FlateDecode")], &[], 100_000, 0);
        assert_eq!(found, Err(PdfError::Limit { what: "bytes of a decoded stream", limit: 100_000 }));
    }
}
