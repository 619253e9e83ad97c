//! Writing ZIP files entry by entry; ZIP64 records only where sizes need them.

use super::error::shorten;
use super::name::folded;
use super::{Entry, ZipError};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use mekong_base::{Instant, Source};
use std::collections::BTreeSet;
use std::io::Write;

const UTF8_NAMES: u16 = 1 << 11;
/// Sources up to this many bytes are deflated in memory; larger ones are stored.
const DEFLATE_BYTES_MAX: u64 = 16 << 20;

/// What would unpack to more than this many times its size is stored: readers, ours too, take it for an attack.
const RATIO_MAX: usize = 100;

/// How an entry is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As it is.
    Stored,
    /// Deflated.
    Deflated,
}

/// Writes a ZIP file: the same entries at the same time give the same bytes.
pub struct Writer<W: Write> {
    out: W,
    written: u64,
    directory: Vec<u8>,
    count: u64,
    time: (u16, u16),
    names: BTreeSet<String>,
}

/// What local header and directory say of an entry.
struct Header<'a> {
    name: &'a str,
    packing: Packing,
    crc: u32,
    packed: u64,
    size: u64,
    time: (u16, u16),
}

impl<W: Write> Writer<W> {
    /// Starts a file whose entries show the time `at`.
    pub fn new(out: W, at: Instant) -> Self {
        Self { out, written: 0, directory: Vec::new(), count: 0, time: dos_time(at), names: BTreeSet::new() }
    }

    /// Adds an entry from memory.
    ///
    /// # Errors
    /// [`ZipError::Limit`] for a name of more than 65,535 bytes, [`ZipError::Name`] for one that is there, [`ZipError::Write`].
    pub fn add(&mut self, name: &str, content: &[u8], packing: Packing) -> Result<(), ZipError> {
        let mut crc = Crc::new();
        crc.update(content);
        let deflated = match packing {
            Packing::Stored => None,
            Packing::Deflated => Some(deflate(content)?).filter(|d| content.len() / RATIO_MAX <= d.len()),
        };
        let packing = if deflated.is_some() { Packing::Deflated } else { Packing::Stored };
        let packed = deflated.as_deref().unwrap_or(content);
        let (packed_len, size) = (packed.len() as u64, content.len() as u64);
        self.header(&Header { name, packing, crc: crc.sum(), packed: packed_len, size, time: self.time })?;
        self.put(packed)
    }

    /// Adds an entry from a source; what is larger than 16 MiB is stored, and read twice.
    ///
    /// # Errors
    /// As [`Self::add`], and [`ZipError::Source`].
    pub fn add_source(&mut self, name: &str, source: &dyn Source, packing: Packing) -> Result<(), ZipError> {
        if source.len() <= DEFLATE_BYTES_MAX {
            let content = source.read(0..source.len(), 16 << 20)?;
            return self.add(name, &content, packing);
        }
        let mut crc = Crc::new();
        source.each(0..source.len(), &mut |piece| crc.update(piece))?;
        let (packing, size) = (Packing::Stored, source.len());
        self.header(&Header { name, packing, crc: crc.sum(), packed: size, size, time: self.time })?;
        self.copy_range(source, 0..size)
    }

    /// Adds an entry of another ZIP file under a name of its own, packed and dated as it is there.
    ///
    /// # Errors
    /// As [`Self::add_source`].
    pub fn copy(&mut self, source: &dyn Source, entry: &Entry, name: &str) -> Result<(), ZipError> {
        let packing = if entry.is_deflated { Packing::Deflated } else { Packing::Stored };
        let (packed, size) = (entry.packed.end - entry.packed.start, entry.size);
        self.header(&Header { name, packing, crc: entry.crc, packed, size, time: entry.time })?;
        self.copy_range(source, entry.packed.clone())
    }

    /// Writes the directory and the comment; gives back where it was written to.
    ///
    /// # Errors
    /// [`ZipError::Limit`] for a comment of more than 65,535 bytes, [`ZipError::Write`].
    pub fn finish(mut self, comment: &str) -> Result<W, ZipError> {
        let (start, directory) = (self.written, std::mem::take(&mut self.directory));
        let (len, count) = (directory.len() as u64, self.count);
        self.put(&directory)?;
        let short_count = u16::try_from(count).unwrap_or(u16::MAX);
        if short_count == u16::MAX || short(len) == u32::MAX || short(start) == u32::MAX {
            let mut record = Vec::with_capacity(76);
            record.extend_from_slice(b"PK\x06\x06");
            put_longer(&mut record, &[44]);
            put(&mut record, &[45, 45]);
            put_long(&mut record, &[0, 0]);
            put_longer(&mut record, &[count, count, len, start]);
            record.extend_from_slice(b"PK\x06\x07");
            put_long(&mut record, &[0]);
            put_longer(&mut record, &[start + len]);
            put_long(&mut record, &[1]);
            self.put(&record)?;
        }
        let mut end = b"PK\x05\x06".to_vec();
        put(&mut end, &[0, 0, short_count, short_count]);
        put_long(&mut end, &[short(len), short(start)]);
        let comment_len = u16::try_from(comment.len());
        put(&mut end, &[comment_len.map_err(|_| too_long("the comment"))?]);
        end.extend_from_slice(comment.as_bytes());
        self.put(&end)?;
        self.out.flush().map_err(write_error)?;
        Ok(self.out)
    }

    fn header(&mut self, header: &Header<'_>) -> Result<(), ZipError> {
        if !self.names.insert(folded(header.name)) {
            return Err(ZipError::Name { name: shorten(header.name), what: "the name is there twice" });
        }
        let offset = self.written;
        let name_len = u16::try_from(header.name.len()).map_err(|_| too_long("a name"))?;
        let large = short(header.packed) == u32::MAX || short(header.size) == u32::MAX;
        let version = if large || short(offset) == u32::MAX { 45 } else { 20 };
        let method = if header.packing == Packing::Stored { 0 } else { 8 };
        let mut common = Vec::with_capacity(26);
        put(&mut common, &[version, UTF8_NAMES, method, header.time.0, header.time.1]);
        // Both sizes move to the extra field together, as local headers require.
        let sizes = if large { [u32::MAX; 2] } else { [short(header.packed), short(header.size)] };
        put_long(&mut common, &[header.crc, sizes[0], sizes[1]]);
        put(&mut common, &[name_len]);
        let mut numbers = if large { vec![header.size, header.packed] } else { Vec::new() };
        let local_extra = extra(&numbers);
        if short(offset) == u32::MAX {
            numbers.push(offset);
        }
        let central_extra = extra(&numbers);
        let mut local = [b"PK\x03\x04", common.as_slice()].concat();
        put(&mut local, &[extra_len(&local_extra)]);
        local.extend_from_slice(header.name.as_bytes());
        local.extend_from_slice(&local_extra);
        self.directory.extend_from_slice(b"PK\x01\x02");
        put(&mut self.directory, &[version]);
        self.directory.extend_from_slice(&common);
        put(&mut self.directory, &[extra_len(&central_extra), 0, 0, 0]);
        put_long(&mut self.directory, &[0, short(offset)]);
        self.directory.extend_from_slice(header.name.as_bytes());
        self.directory.extend_from_slice(&central_extra);
        self.count += 1;
        self.put(&local)
    }

    fn copy_range(&mut self, source: &dyn Source, range: std::ops::Range<u64>) -> Result<(), ZipError> {
        let mut outcome = Ok(());
        source.each(range, &mut |piece| {
            if outcome.is_ok() {
                outcome = self.put(piece);
            }
        })?;
        outcome
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), ZipError> {
        self.written += bytes.len() as u64;
        self.out.write_all(bytes).map_err(write_error)
    }
}

fn write_error(error: std::io::Error) -> ZipError {
    ZipError::Write { what: error.to_string() }
}

fn too_long(what: &str) -> ZipError {
    ZipError::Limit { what: format!("{what} is longer than 65535 bytes") }
}

/// The number as far as 32 bits hold it; all ones say that it stands in the ZIP64 field.
fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The ZIP64 extra field with these numbers; nothing if there are none.
fn extra(numbers: &[u64]) -> Vec<u8> {
    let mut field = Vec::new();
    if let Ok(len @ 1..) = u16::try_from(numbers.len() * 8) {
        put(&mut field, &[1, len]);
        put_longer(&mut field, numbers);
    }
    field
}

fn extra_len(extra: &[u8]) -> u16 {
    u16::try_from(extra.len()).unwrap_or_default()
}

fn put(out: &mut Vec<u8>, numbers: &[u16]) {
    numbers.iter().for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
}

fn put_long(out: &mut Vec<u8>, numbers: &[u32]) {
    numbers.iter().for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
}

fn put_longer(out: &mut Vec<u8>, numbers: &[u64]) {
    numbers.iter().for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
}

fn deflate(bytes: &[u8]) -> Result<Vec<u8>, ZipError> {
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(bytes.len() / 2 + 64), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(write_error)
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
