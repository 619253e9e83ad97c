//! Writing containers.

use super::manifest;
use crate::timestamp::BatchTimestamp;
use crate::{SignatureData, names};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use mekong_base::Instant;
use std::io::Write as _;

const UTF8_NAMES: u16 = 1 << 11;

/// What goes into a container.
#[derive(Debug, Clone)]
pub struct Contents<'a> {
    /// The message: SOAP envelope, or the head of a REST message.
    pub message: &'a [u8],
    /// The signature; with a token inside if it was stamped alone.
    pub signature: &'a SignatureData,
    /// The batch time-stamp, if it was stamped with others.
    pub timestamp: Option<&'a BatchTimestamp>,
    /// The attachments in order; the body of a REST message is the only one.
    pub attachments: &'a [&'a [u8]],
    /// The time that the entries show.
    pub created_at: Instant,
}

/// Writes a container: the same contents at the same time give the same bytes.
///
/// # Errors
/// [`super::AsicError::Limit`] if a file or the container reaches 4 GiB, the end of ZIP without extensions.
pub fn write(contents: &Contents<'_>) -> Result<Vec<u8>, super::AsicError> {
    let mut files: Vec<(String, &[u8])> = Vec::with_capacity(10);
    let mut add = |name: &str, bytes| files.push((name.trim_start_matches('/').to_owned(), bytes));
    let signature = contents.signature;
    add(names::MIMETYPE, super::MEDIA_TYPE.as_bytes());
    add(names::MESSAGE, contents.message);
    add(names::SIGNATURE, signature.signature_xml.as_bytes());
    let chains = [
        (names::SIG_HASH_CHAIN_RESULT, signature.hash_chain_result.as_ref()),
        (names::SIG_HASH_CHAIN, signature.hash_chain.as_ref()),
        (names::TS_HASH_CHAIN_RESULT, contents.timestamp.map(|t| &t.hash_chain_result)),
        (names::TS_HASH_CHAIN, contents.timestamp.map(|t| &t.hash_chain)),
    ];
    chains
        .iter()
        .filter_map(|(name, text)| Some((*name, text.as_ref()?)))
        .for_each(|(name, text)| add(name, text.as_bytes()));
    let listed = chains.iter().filter(|(_, text)| text.is_some()).map(|(name, _)| name.trim_start_matches('/'));
    let listed: Vec<&str> = std::iter::once(names::MESSAGE.trim_start_matches('/')).chain(listed).collect();
    let open_document = manifest::open_document(&listed, contents.attachments.len());
    add(names::MANIFEST, open_document.as_bytes());
    let asic = contents.timestamp.map(manifest::asic);
    if let (Some(asic), Some(timestamp)) = (&asic, contents.timestamp) {
        add(names::ASIC_MANIFEST, asic.as_bytes());
        add(names::TIMESTAMP, &timestamp.token);
    }
    contents.attachments.iter().enumerate().for_each(|(i, bytes)| add(&names::attachment(i + 1), bytes));
    pack(&files, contents.created_at, &format!("mimetype={}", super::MEDIA_TYPE))
}

/// Packs files into a ZIP file with a comment; `mimetype` is stored, all else deflated.
pub(crate) fn pack(files: &[(String, &[u8])], at: Instant, comment: &str) -> Result<Vec<u8>, super::AsicError> {
    let mut zip = Vec::with_capacity(files.iter().map(|(_, bytes)| bytes.len() / 2 + 128).sum());
    let mut directory = Vec::new();
    let time = dos_time(at);
    for (name, bytes) in files {
        let offset = number(zip.len())?;
        let is_stored = name == names::MIMETYPE.trim_start_matches('/');
        let packed = if is_stored { bytes.to_vec() } else { deflate(bytes)? };
        let mut crc = Crc::new();
        crc.update(bytes);
        let mut common = Vec::with_capacity(26);
        put(&mut common, &[20, UTF8_NAMES, if is_stored { 0 } else { 8 }, time.0, time.1]);
        put_long(&mut common, &[crc.sum(), number(packed.len())?, number(bytes.len())?]);
        put(&mut common, &[u16::try_from(name.len()).map_err(|_| too_large())?, 0]);
        zip.extend_from_slice(b"PK\x03\x04");
        zip.extend_from_slice(&common);
        zip.extend_from_slice(name.as_bytes());
        zip.extend_from_slice(&packed);
        directory.extend_from_slice(b"PK\x01\x02");
        put(&mut directory, &[20]);
        directory.extend_from_slice(&common);
        put(&mut directory, &[0, 0, 0]);
        put_long(&mut directory, &[0, offset]);
        directory.extend_from_slice(name.as_bytes());
    }
    let (start, len) = (number(zip.len())?, number(directory.len())?);
    let count = u16::try_from(files.len()).map_err(|_| too_large())?;
    zip.append(&mut directory);
    zip.extend_from_slice(b"PK\x05\x06");
    put(&mut zip, &[0, 0, count, count]);
    put_long(&mut zip, &[len, start]);
    put(&mut zip, &[u16::try_from(comment.len()).map_err(|_| too_large())?]);
    zip.extend_from_slice(comment.as_bytes());
    Ok(zip)
}

fn too_large() -> super::AsicError {
    super::AsicError::Limit { what: "a ZIP file without extensions ends at 4 GiB and 65,535 entries".into() }
}

fn number(len: usize) -> Result<u32, super::AsicError> {
    u32::try_from(len).ok().filter(|n| *n != u32::MAX).ok_or_else(too_large)
}

fn put(out: &mut Vec<u8>, numbers: &[u16]) {
    numbers.iter().for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
}

fn put_long(out: &mut Vec<u8>, numbers: &[u32]) {
    numbers.iter().for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
}

fn deflate(bytes: &[u8]) -> Result<Vec<u8>, super::AsicError> {
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(bytes.len() / 2 + 64), Compression::default());
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    packed.map_err(|_| too_large())
}

/// MS-DOS time and date: local time by habit, UTC here; two seconds exact; 1980 at the earliest.
fn dos_time(at: Instant) -> (u16, u16) {
    let seconds = at.unix_seconds().clamp(315_532_800, 4_354_819_199);
    let (days, second_of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let time = ((second_of_day / 3600) << 11) | ((second_of_day / 60 % 60) << 5) | (second_of_day % 60 / 2);
    let date = ((year - 1980) << 9) | (month << 5) | day;
    (u16::try_from(time).unwrap_or(0), u16::try_from(date).unwrap_or(33))
}

/// Year, month and day of a number of days since 1970-01-01 (proleptic Gregorian).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_show_the_time_they_were_given() {
        let check = |text: &str| text.parse::<Instant>().map(dos_time);
        let date = |y: u16, m: u16, d: u16| ((y - 1980) << 9) | (m << 5) | d;
        assert_eq!(check("2024-02-29T23:59:59Z"), Ok(((23 << 11) | (59 << 5) | 29, date(2024, 2, 29))));
        assert_eq!(check("1970-01-01T00:00:00Z"), Ok((0, date(1980, 1, 1))));
        assert_eq!(check("2026-11-22T05:14:00Z"), Ok(((5 << 11) | (14 << 5), date(2026, 11, 22))));
    }
}
