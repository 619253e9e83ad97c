//! Packets of OpenPGP and the armor around them (RFC 9580 §4, §5.2.3.7, §6).

use super::OpenPgpError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Packets of one file, at most.
const PACKETS_MAX: usize = 10_000;

/// A packet.
pub(super) struct Packet<'a> {
    pub(super) tag: u8,
    pub(super) body: &'a [u8],
}

/// The packets of a key file, which is binary or armored.
///
/// # Errors
/// [`OpenPgpError::Malformed`].
pub(super) fn without_armor(file: &[u8]) -> Result<Vec<u8>, OpenPgpError> {
    const BEGIN: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    let Some(text) = std::str::from_utf8(file).ok().filter(|text| text.contains(BEGIN)) else {
        return Ok(file.to_vec());
    };
    let mut bytes = Vec::new();
    for block in text.split(BEGIN).skip(1) {
        let block = block.split("-----END").next().unwrap_or_default();
        // Headers end with an empty line; the checksum begins with `=`.
        let lines = block.lines().map(str::trim).skip(1).skip_while(|line| !line.is_empty());
        let content: String = lines.take_while(|line| !line.starts_with('=')).collect();
        bytes.extend(BASE64.decode(content).map_err(|_| OpenPgpError::Malformed("the armor is not base64"))?);
    }
    Ok(bytes)
}

/// The packets of a key.
///
/// # Errors
/// [`OpenPgpError::Malformed`].
pub(super) fn packets(mut bytes: &[u8]) -> Result<Vec<Packet<'_>>, OpenPgpError> {
    let mut packets = Vec::new();
    while !bytes.is_empty() {
        let (packet, rest) =
            packet(bytes).ok_or(OpenPgpError::Malformed("a packet is cut off or of no kind that is known"))?;
        packets.push(packet);
        bytes = rest;
        if packets.len() > PACKETS_MAX {
            return Err(OpenPgpError::Malformed("there are more than 10,000 packets"));
        }
    }
    Ok(packets)
}

fn packet(bytes: &[u8]) -> Option<(Packet<'_>, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if first & 0x80 == 0 {
        return None;
    }
    let (tag, length, rest) = if first & 0x40 != 0 {
        let (length, rest) = new_length(rest)?;
        (first & 0x3f, length, rest)
    } else {
        let count = 1_usize.checked_shl(u32::from(first & 3)).filter(|count| *count <= 4)?;
        let (length, rest) = rest.split_at_checked(count)?;
        ((first >> 2) & 0x0f, number(length), rest)
    };
    let (body, rest) = rest.split_at_checked(length)?;
    Some((Packet { tag, body }, rest))
}

/// A length of one, two or five bytes; keys have no partial ones.
pub(super) fn new_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    match first {
        0..=191 => Some((usize::from(*first), rest)),
        192..=223 => {
            let (second, rest) = rest.split_first()?;
            Some((((usize::from(*first) - 192) << 8) + usize::from(*second) + 192, rest))
        }
        224..=254 => None,
        255 => {
            let (length, rest) = rest.split_at_checked(4)?;
            Some((number(length), rest))
        }
    }
}

/// A number, the most significant byte first.
pub(super) fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number: usize, byte| number.wrapping_shl(8) | usize::from(*byte))
}

/// A multiprecision integer: bits in two bytes, and the number.
pub(super) fn mpi(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (bits, rest) = bytes.split_at_checked(2)?;
    rest.split_at_checked(number(bits).div_ceil(8))
}

/// Writes a multiprecision integer.
pub(super) fn write_mpi(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let bytes = bytes.get(start..).unwrap_or_default();
    let unused = bytes.first().map_or(0, |first| first.leading_zeros() as usize);
    out.extend(u16::try_from(bytes.len() * 8 - unused).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(bytes);
}

/// Writes a packet whole.
pub(super) fn write(out: &mut Vec<u8>, tag: u8, body: &[u8]) {
    out.push(0xc0 | tag);
    write_length(out, body.len());
    out.extend(body);
}

/// Writes the length of a packet, or of the last part of one.
pub(super) fn write_length(out: &mut Vec<u8>, length: usize) {
    match u8::try_from(length) {
        Ok(short) if short < 192 => out.push(short),
        _ => {
            out.push(255);
            out.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
}

/// A packet whose length is not known when it begins: in parts of 64 KiB, and what is left.
pub(super) struct InParts(Vec<u8>);

/// Bytes of a part: a power of two.
const PART: usize = 1 << 16;
/// How such a part begins: 224 and the power.
const PART_MARK: u8 = 224 + 16;

impl InParts {
    /// Begins a packet.
    pub(super) fn begin(out: &mut Vec<u8>, tag: u8) -> Self {
        out.push(0xc0 | tag);
        Self(Vec::with_capacity(2 * PART))
    }

    /// Adds content; whole parts are written.
    pub(super) fn add(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PART - self.0.len()));
            self.0.extend_from_slice(now);
            bytes = later;
            if self.0.len() == PART {
                out.push(PART_MARK);
                out.append(&mut self.0);
            }
        }
    }

    /// Writes the last part.
    pub(super) fn end(mut self, out: &mut Vec<u8>) {
        write_length(out, self.0.len());
        out.append(&mut self.0);
    }
}
