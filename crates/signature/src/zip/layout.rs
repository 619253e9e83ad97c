//! Where the entries are: the end record, the directory, the local headers, all saying the same.

use super::error::{shorten, unsound};
use super::name::{self, NameEncoding};
use super::record::Reader;
use super::{Rules, ZipError, unpack};
use mekong_base::Source;
use std::collections::BTreeMap;
use std::ops::Range;

const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const LOCATOR64: u32 = 0x0706_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const LOCAL: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const END_LEN: u64 = 22;
const LOCATOR_LEN: u64 = 20;
/// Bytes of a directory that are read.
const DIRECTORY_BYTES_MAX: usize = 64 << 20;
/// General purpose flags that are understood: deflate level (1, 2), sizes in a descriptor (3), UTF-8 names (11).
const FLAGS: u16 = 0b1000_0000_1110;
const UTF8: u16 = 1 << 11;
const HAS_DESCRIPTOR: u16 = 0b1000;
const ZIP64_EXTRA: u16 = 1;

/// What a ZIP file holds.
#[derive(Debug, Clone)]
pub struct Directory {
    /// The files, in the order of the directory; folders are checked and left out.
    pub entries: Vec<Entry>,
    /// The comment of the file.
    pub comment: Vec<u8>,
}

/// One file in the container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, a path inside the container.
    pub name: String,
    /// How the name is written.
    pub encoding: NameEncoding,
    /// Whether it is deflated; otherwise it is stored.
    pub is_deflated: bool,
    /// CRC-32 of the content.
    pub crc: u32,
    /// Where the local header starts.
    pub header: u64,
    /// Where the packed bytes are.
    pub packed: Range<u64>,
    /// Bytes when unpacked, as the directory says.
    pub size: u64,
    /// Whether the local header has an extra field.
    pub has_extra: bool,
    /// Time and date in MS-DOS form.
    pub time: (u16, u16),
}

impl Directory {
    /// The file of this name.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.name == name)
    }

    /// The file that lies first.
    pub fn first(&self) -> Option<&Entry> {
        self.entries.iter().min_by_key(|e| e.header)
    }
}

/// What the directory says of an entry, before its local header is seen.
struct Listed {
    entry: Entry,
    flags: u16,
    method: u16,
    raw_name: Vec<u8>,
    packed_len: u64,
}

/// Reads the directory of a ZIP file and checks every local header against it.
///
/// # Errors
/// [`ZipError::Unsound`], [`ZipError::Name`], [`ZipError::Limit`], [`ZipError::Source`].
pub fn directory(source: &dyn Source, rules: &Rules) -> Result<Directory, ZipError> {
    let end = end_record(source, rules)?;
    let limits = &rules.limits;
    if end.count > limits.entries as u64 {
        return Err(ZipError::Limit { what: format!("{} entries, at most {} are read", end.count, limits.entries) });
    }
    let bytes = source.read(end.directory.clone(), DIRECTORY_BYTES_MAX)?;
    let mut reader = Reader::new(&bytes);
    let mut listed = Vec::new();
    for _ in 0..end.count {
        listed.push(central(&mut reader, end.directory.start, rules)?);
    }
    if reader.at() != bytes.len() {
        return Err(unsound("the directory has another size than its end record says"));
    }
    place(source, &mut listed, end.directory.start, rules)?;
    check_all(&listed, rules)?;
    // Of these nothing is ever read: what others would unpack shows here.
    for Listed { entry, .. } in listed.iter().filter(|l| l.entry.size == 0) {
        unpack(source, entry, &mut |_| {})?;
    }
    let entries = listed.into_iter().map(|l| l.entry).filter(|e| !e.name.ends_with('/')).collect();
    Ok(Directory { entries, comment: end.comment })
}

fn check_all(listed: &[Listed], rules: &Rules) -> Result<(), ZipError> {
    let mut names = BTreeMap::new();
    let mut total = 0u64;
    for Listed { entry, .. } in listed {
        name::check(&entry.name, rules.narrow)?;
        if let Some(other) = names.insert(name::folded(&entry.name), &entry.name) {
            let what = match *other == entry.name {
                true => "the name is there twice",
                false => "the name is there twice but for case or the form of its letters",
            };
            return Err(ZipError::Name { name: shorten(&entry.name), what });
        }
        total = total.saturating_add(entry.size);
        check_size(entry, total, rules)?;
    }
    Ok(())
}

struct End {
    count: u64,
    directory: Range<u64>,
    comment: Vec<u8>,
}

/// Number of entries, place of the directory, comment.
fn end_record(source: &dyn Source, rules: &Rules) -> Result<End, ZipError> {
    let tail_len = source.len().min(END_LEN + u64::from(u16::MAX));
    let tail_start = source.len() - tail_len;
    let tail = source.read(tail_start..source.len(), 1 << 17)?;
    let found = (0..=usize::from(u16::MAX)).map_while(|comment| {
        let at = tail.len().checked_sub(22 + comment)?;
        let mut reader = Reader::new(tail.get(at..)?);
        let is_end = reader.u32() == Some(END) && reader.skip(16).is_some();
        Some((is_end && reader.u16().map(usize::from) == Some(comment)).then_some(at))
    });
    let at = found.flatten().next().ok_or_else(|| unsound("there is no end record"))?;
    let mut reader = Reader::new(tail.get(at + 4..).unwrap_or_default());
    let mut record =
        || Some((reader.u16()?, reader.u16()?, reader.u16()?, reader.u16()?, reader.u32()?, reader.u32()?));
    let (disk, first_disk, here, count, len, start) = record().ok_or_else(|| unsound("the end record is cut off"))?;
    if disk != 0 || first_disk != 0 || here != count {
        return Err(unsound("it is spread over several disks"));
    }
    let comment = tail.get(at + 22..).unwrap_or_default().to_vec();
    let at = tail_start + at as u64;
    let needs_64 = count == u16::MAX || len == u32::MAX || start == u32::MAX;
    if needs_64 && rules.narrow {
        return Err(unsound("ZIP64 is not read"));
    }
    let stated = (u64::from(count), u64::from(len), u64::from(start));
    let (count, len, start, at) = match end_record_64(source, at, stated, rules)? {
        Some((count, len, start, at)) => (count, len, start, at),
        None if needs_64 => return Err(unsound("ZIP64 is announced, but its end record is missing")),
        None => (stated.0, stated.1, stated.2, at),
    };
    if start.checked_add(len) != Some(at) {
        return Err(unsound("something lies between the directory and its end record"));
    }
    Ok(End { count, directory: start..at, comment })
}

/// The ZIP64 end record before the end record at `end`, if there is one: count, length, start and its own place.
fn end_record_64(
    source: &dyn Source,
    end: u64,
    stated: (u64, u64, u64),
    rules: &Rules,
) -> Result<Option<(u64, u64, u64, u64)>, ZipError> {
    let Some(locator_at) = end.checked_sub(LOCATOR_LEN).filter(|_| !rules.narrow) else { return Ok(None) };
    let locator = source.read(locator_at..end, 32)?;
    let mut reader = Reader::new(&locator);
    if reader.u32() != Some(LOCATOR64) {
        return Ok(None);
    }
    let damaged = || unsound("its ZIP64 end record is damaged");
    let (disk, at, disks) = (|| Some((reader.u32()?, reader.u64()?, reader.u32()?)))().ok_or_else(damaged)?;
    if disk != 0 || disks > 1 {
        return Err(unsound("it is spread over several disks"));
    }
    if at > locator_at || locator_at - at > 4096 {
        return Err(damaged());
    }
    let record = source.read(at..locator_at, 4096)?;
    let mut reader = Reader::new(&record);
    let mut parse = || {
        let (signature, size) = (reader.u32()?, reader.u64()?);
        reader.skip(4)?; // versions
        let disks = (reader.u32()?, reader.u32()?);
        let counts = (reader.u64()?, reader.u64()?);
        Some((signature, size, disks, counts, reader.u64()?, reader.u64()?))
    };
    let (signature, size, disks, (here, count), len, start) = parse().ok_or_else(damaged)?;
    if signature != END64 || size.checked_add(12) != Some(locator_at - at) {
        return Err(damaged());
    }
    if disks != (0, 0) || here != count {
        return Err(unsound("it is spread over several disks"));
    }
    let agrees = |small: u64, unset: u64, large: u64| small == unset || small == large;
    let (max16, max32) = (u64::from(u16::MAX), u64::from(u32::MAX));
    if !(agrees(stated.0, max16, count) && agrees(stated.1, max32, len) && agrees(stated.2, max32, start)) {
        return Err(unsound("the two end records disagree"));
    }
    Ok(Some((count, len, start, at)))
}

fn central(reader: &mut Reader<'_>, base: u64, rules: &Rules) -> Result<Listed, ZipError> {
    let at = base + reader.at() as u64;
    let mut parse = || {
        if reader.u32()? != CENTRAL {
            return None;
        }
        reader.skip(4)?; // versions
        let (flags, method) = (reader.u16()?, reader.u16()?);
        let time = (reader.u16()?, reader.u16()?);
        let (crc, packed, size) = (reader.u32()?, reader.u32()?, reader.u32()?);
        let (name_len, extra_len, comment_len) = (reader.u16()?, reader.u16()?, reader.u16()?);
        let disk = reader.u16()?;
        reader.skip(6)?; // attributes
        let offset = reader.u32()?;
        let raw_name = reader.take(usize::from(name_len))?.to_vec();
        let extra = reader.take(usize::from(extra_len))?;
        reader.skip(usize::from(comment_len))?;
        Some((flags, method, time, crc, (size, packed, offset), disk, raw_name, extra))
    };
    let parsed = parse().ok_or_else(|| unsound(format!("the directory is damaged at byte {at}")))?;
    let (flags, method, time, crc, sizes, disk, raw_name, extra) = parsed;
    let (size, packed_len, header) = sizes_64(sizes, extra, rules)?;
    let (name, encoding) = name::decode(&raw_name, flags & UTF8 != 0, extra, rules.narrow)?;
    if disk != 0 && disk != u16::MAX {
        return Err(unsound("it is spread over several disks"));
    }
    if flags & !FLAGS != 0 {
        return Err(ZipError::Name { name: shorten(&name), what: "it is encrypted or packed in an unknown way" });
    }
    if !matches!(method, 0 | 8) {
        return Err(ZipError::Name { name: shorten(&name), what: "it is neither stored nor deflated" });
    }
    let is_deflated = method == 8;
    let entry = Entry { name, encoding, is_deflated, crc, header, packed: 0..0, size, has_extra: false, time };
    Ok(Listed { entry, flags, method, raw_name, packed_len })
}

/// Size, packed size and offset, from the ZIP64 extra field where the record has no room for them.
fn sizes_64(sizes: (u32, u32, u32), extra: &[u8], rules: &Rules) -> Result<(u64, u64, u64), ZipError> {
    let (size, packed, offset) = sizes;
    let unset = |n: u32| n == u32::MAX;
    if !unset(size) && !unset(packed) && !unset(offset) {
        return Ok((u64::from(size), u64::from(packed), u64::from(offset)));
    }
    if rules.narrow {
        return Err(unsound("ZIP64 is not read"));
    }
    let large = name::field(extra, ZIP64_EXTRA).unwrap_or_default();
    let mut reader = Reader::new(large);
    let mut one = |n: u32| if unset(n) { reader.u64() } else { Some(u64::from(n)) };
    (|| Some((one(size)?, one(packed)?, one(offset)?)))()
        .ok_or_else(|| unsound("an entry announces ZIP64, but its extra field lacks a number"))
}

/// Finds the packed bytes of every entry and checks that the entries fill the file up to the directory.
fn place(source: &dyn Source, listed: &mut [Listed], end: u64, rules: &Rules) -> Result<(), ZipError> {
    let mut order: Vec<&mut Listed> = listed.iter_mut().collect();
    order.sort_by_key(|l| l.entry.header);
    let next: Vec<u64> = order.iter().skip(1).map(|l| l.entry.header).chain([end]).collect();
    let mut at = 0;
    for (item, next) in order.into_iter().zip(next) {
        let name = shorten(&item.entry.name);
        if item.entry.header != at {
            return Err(unsound(format!("something lies between byte {at} and entry {name:?}, or they overlap")));
        }
        at = local(source, item, end, next, rules)?
            .ok_or_else(|| unsound(format!("the local header of {name:?} differs from the directory")))?;
    }
    if at == end { Ok(()) } else { Err(unsound(format!("something lies between byte {at} and the directory"))) }
}

/// Checks a local header against the directory; the end of the entry, or `None` if they differ.
fn local(source: &dyn Source, item: &mut Listed, end: u64, next: u64, rules: &Rules) -> Result<Option<u64>, ZipError> {
    const FIXED: u64 = 30;
    let at = item.entry.header;
    if at.checked_add(FIXED).is_none_or(|fixed| fixed > end) {
        return Ok(None);
    }
    let fixed = source.read(at..at + FIXED, 64)?;
    let mut reader = Reader::new(&fixed);
    let mut parse = || {
        let signature = reader.u32()?;
        reader.skip(2)?;
        let (flags, method) = (reader.u16()?, reader.u16()?);
        reader.skip(4)?;
        let stated = (reader.u32()?, reader.u32()?, reader.u32()?);
        Some((signature, flags, method, stated, u64::from(reader.u16()?), u64::from(reader.u16()?)))
    };
    let Some((signature, flags, method, stated, name_len, extra_len)) = parse() else { return Ok(None) };
    let start = at + FIXED + name_len + extra_len;
    if signature != LOCAL || method != item.method || start > end {
        return Ok(None);
    }
    let names = source.read(at + FIXED..start, 1 << 18)?;
    let mut reader = Reader::new(&names);
    let raw_name = reader.take(usize::try_from(name_len).unwrap_or_default()).unwrap_or_default();
    let extra = reader.rest();
    let relevant = if rules.narrow { u16::MAX } else { !0b110 };
    let same_flags = flags & relevant == item.flags & relevant;
    let ascii_flags = (flags ^ item.flags) & relevant == UTF8 && raw_name.is_ascii() && !rules.narrow;
    let second = name::names_otherwise(extra, &item.entry.name, rules.narrow);
    if !(same_flags || ascii_flags) || raw_name != item.raw_name || second {
        return Ok(None);
    }
    let Ok((size, packed_len, _)) = sizes_64((stated.2, stated.1, 0), extra, rules) else { return Ok(None) };
    let listed = (item.entry.crc, item.packed_len, item.entry.size);
    let has_descriptor = flags & HAS_DESCRIPTOR != 0;
    if (stated.0, packed_len, size) != listed && !(has_descriptor && stated_later(stated, rules)) {
        return Ok(None);
    }
    let Some(packed_end) = start.checked_add(item.packed_len).filter(|e| *e <= end) else { return Ok(None) };
    item.entry.packed = start..packed_end;
    item.entry.has_extra = extra_len != 0;
    if !has_descriptor {
        return Ok(Some(packed_end));
    }
    descriptor(source, packed_end, next, listed)
}

/// Whether a local header leaves crc and sizes to the descriptor.
fn stated_later((crc, packed, size): (u32, u32, u32), rules: &Rules) -> bool {
    let unset = |n: u32| n == 0 || (n == u32::MAX && !rules.narrow);
    crc == 0 && unset(packed) && unset(size)
}

/// The end of the descriptor that fills the bytes from `at` to `next`; `None` if it does not say what the directory says.
fn descriptor(source: &dyn Source, at: u64, next: u64, listed: (u32, u64, u64)) -> Result<Option<u64>, ZipError> {
    let Some(len) = next.checked_sub(at).filter(|len| matches!(len, 12 | 16 | 20 | 24)) else { return Ok(None) };
    let bytes = source.read(at..next, 24)?;
    let mut reader = Reader::new(&bytes);
    let mut parse = || {
        if matches!(len, 16 | 24) && reader.u32()? != DESCRIPTOR {
            return None;
        }
        let crc = reader.u32()?;
        match len {
            12 | 16 => Some((crc, u64::from(reader.u32()?), u64::from(reader.u32()?))),
            _ => Some((crc, reader.u64()?, reader.u64()?)),
        }
    };
    Ok((parse() == Some(listed)).then_some(next))
}

fn check_size(entry: &Entry, total: u64, rules: &Rules) -> Result<(), ZipError> {
    let limits = &rules.limits;
    let too_large = |what: String| Err(ZipError::Limit { what });
    let (name, size) = (shorten(&entry.name), entry.size);
    if size > limits.entry_bytes {
        return too_large(format!("{name} has {size} bytes, at most {} are read", limits.entry_bytes));
    }
    if total > limits.total_bytes {
        return too_large(format!("all entries together have more than {} bytes", limits.total_bytes));
    }
    let allowed = (entry.packed.end - entry.packed.start).saturating_mul(limits.ratio);
    if size > 1 << 20 && size > allowed {
        return too_large(format!("{name} unpacks to more than {} times its size", limits.ratio));
    }
    if entry.name.ends_with('/') && size != 0 {
        return Err(ZipError::Name { name, what: "it is a folder with content" });
    }
    Ok(())
}
