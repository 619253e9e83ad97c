//! Where the entries of a ZIP file are (PKWARE APPNOTE 6.3), with nothing left to interpretation.
//!
//! Required: the end record ends the file, local entries lie one after the other from byte 0 to the directory, each local
//! header repeats the directory's name, method and flags. Not read: ZIP64, encryption, several disks, other methods than
//! stored and deflated.

use super::AsicError;
use mekong_base::limits::ContainerLimits;
use std::collections::BTreeSet;

const END: u32 = 0x0605_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const LOCAL: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const END_LEN: usize = 22;
const NAME_BYTES_MAX: usize = 1024;
/// General purpose flags that are understood: deflate level (1, 2), sizes in a descriptor (3), UTF-8 names (11).
const FLAGS: u16 = 0b1000_0000_1110;
const HAS_DESCRIPTOR: u16 = 0b1000;
/// The extra field that gives an entry a second name.
const UNICODE_PATH: u16 = 0x7075;

/// One file in the container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) is_deflated: bool,
    pub(crate) crc: u32,
    /// Where the packed bytes are.
    pub(crate) packed: std::ops::Range<usize>,
    /// Bytes when unpacked, as the directory says.
    pub(crate) size: u64,
}

/// What the directory says of an entry, before its local header is seen.
struct Listed {
    entry: Entry,
    flags: u16,
    method: u16,
    raw_name: Vec<u8>,
    offset: usize,
    packed_len: usize,
}

/// The entries in the order of the directory; folders are checked and left out.
pub(crate) fn directory(zip: &[u8], limits: &ContainerLimits) -> Result<Vec<Entry>, AsicError> {
    let (count, start, end) = end_record(zip)?;
    if count > limits.entries {
        return Err(AsicError::Limit { what: format!("{count} entries, at most {} are read", limits.entries) });
    }
    let mut reader = Reader { zip, at: start };
    let mut listed = Vec::with_capacity(count);
    for _ in 0..count {
        listed.push(central(&mut reader)?);
    }
    if reader.at != end {
        return Err(sound("the directory has another size than its end record says"));
    }
    place(zip, &mut listed, start)?;
    let mut names = BTreeSet::new();
    let mut total = 0u64;
    for Listed { entry, .. } in &listed {
        check_name(&entry.name)?;
        if !names.insert(entry.name.to_lowercase()) {
            return Err(AsicError::Name { name: shorten(&entry.name), what: "the name is there twice" });
        }
        total = total.saturating_add(entry.size);
        check_size(entry, total, limits)?;
    }
    Ok(listed.into_iter().map(|l| l.entry).filter(|e| !e.name.ends_with('/')).collect())
}

fn sound(what: impl Into<String>) -> AsicError {
    AsicError::Zip { what: what.into() }
}

/// Number of entries, start and end of the directory.
fn end_record(zip: &[u8]) -> Result<(usize, usize, usize), AsicError> {
    let at = (0..=usize::from(u16::MAX))
        .filter_map(|comment| Some((zip.len().checked_sub(END_LEN + comment)?, comment)))
        .find(|(at, comment)| {
            let mut reader = Reader { zip, at: *at };
            let found = reader.u32() == Some(END) && reader.skip(16).is_some();
            found && reader.u16().map(usize::from) == Some(*comment)
        })
        .map(|(at, _)| at);
    let at = at.ok_or_else(|| sound("there is no end record"))?;
    let mut reader = Reader { zip, at: at + 4 };
    let mut record =
        || Some((reader.u16()?, reader.u16()?, reader.u16()?, reader.u16()?, reader.u32()?, reader.u32()?));
    let (disk, first_disk, here, count, len, start) = record().ok_or_else(|| sound("the end record is cut off"))?;
    if disk != 0 || first_disk != 0 || here != count {
        return Err(sound("it is spread over several disks"));
    }
    if count == u16::MAX || len == u32::MAX || start == u32::MAX {
        return Err(sound("ZIP64 is not read"));
    }
    let (start, len) = (start as usize, len as usize);
    if start.checked_add(len) != Some(at) {
        return Err(sound("something lies between the directory and its end record"));
    }
    Ok((usize::from(count), start, at))
}

fn central(reader: &mut Reader<'_>) -> Result<Listed, AsicError> {
    let at = reader.at;
    let mut parse = || {
        if reader.u32()? != CENTRAL {
            return None;
        }
        reader.skip(4)?; // versions
        let (flags, method) = (reader.u16()?, reader.u16()?);
        reader.skip(4)?; // time
        let (crc, packed, size) = (reader.u32()?, reader.u32()?, reader.u32()?);
        let (name_len, extra_len, comment_len) = (reader.u16()?, reader.u16()?, reader.u16()?);
        reader.skip(8)?; // disk, attributes
        let offset = reader.u32()?;
        let raw_name = reader.take(usize::from(name_len))?.to_vec();
        let extra = reader.take(usize::from(extra_len))?;
        reader.skip(usize::from(comment_len))?;
        Some((flags, method, crc, packed, size, offset, raw_name, extra))
    };
    let parsed = parse().ok_or_else(|| sound(format!("the directory is damaged at byte {at}")))?;
    let (flags, method, crc, packed, size, offset, raw_name, extra) = parsed;
    if packed == u32::MAX || size == u32::MAX || offset == u32::MAX {
        return Err(sound("ZIP64 is not read"));
    }
    let name = String::from_utf8(raw_name.clone())
        .map_err(|_| AsicError::Name { name: shorten(&String::from_utf8_lossy(&raw_name)), what: "it is not UTF-8" })?;
    if raw_name.len() > NAME_BYTES_MAX {
        return Err(AsicError::Name { name: shorten(&name), what: "it is longer than 1024 bytes" });
    }
    if flags & !FLAGS != 0 {
        return Err(AsicError::Name { name: shorten(&name), what: "it is encrypted or packed in an unknown way" });
    }
    if !matches!(method, 0 | 8) {
        return Err(AsicError::Name { name: shorten(&name), what: "it is neither stored nor deflated" });
    }
    if has_second_name(extra) {
        return Err(AsicError::Name { name: shorten(&name), what: "it has a second name" });
    }
    let entry = Entry { name, is_deflated: method == 8, crc, packed: 0..0, size: u64::from(size) };
    Ok(Listed { entry, flags, method, raw_name, offset: offset as usize, packed_len: packed as usize })
}

fn has_second_name(extra: &[u8]) -> bool {
    let mut reader = Reader { zip: extra, at: 0 };
    while let (Some(id), Some(len)) = (reader.u16(), reader.u16()) {
        if id == UNICODE_PATH {
            return true;
        }
        if reader.skip(usize::from(len)).is_none() {
            return false;
        }
    }
    false
}

/// Finds the packed bytes of every entry and checks that the entries fill the file up to the directory.
fn place(zip: &[u8], listed: &mut [Listed], end: usize) -> Result<(), AsicError> {
    let mut order: Vec<&mut Listed> = listed.iter_mut().collect();
    order.sort_by_key(|l| l.offset);
    let mut at = 0;
    for item in order {
        if item.offset != at {
            return Err(sound(format!("something lies between byte {at} and entry {:?}", shorten(&item.entry.name))));
        }
        at = local(zip, item).ok_or_else(|| {
            sound(format!("the local header of {:?} differs from the directory", shorten(&item.entry.name)))
        })?;
    }
    if at == end { Ok(()) } else { Err(sound(format!("something lies between byte {at} and the directory"))) }
}

/// Checks a local header against the directory; returns the end of the entry.
fn local(zip: &[u8], item: &mut Listed) -> Option<usize> {
    let mut reader = Reader { zip, at: item.offset };
    let is_header = reader.u32()? == LOCAL;
    reader.skip(2)?;
    let same = reader.u16()? == item.flags && reader.u16()? == item.method;
    reader.skip(4)?;
    let stated = (reader.u32()?, reader.u32()? as usize, u64::from(reader.u32()?));
    let (name_len, extra_len) = (usize::from(reader.u16()?), usize::from(reader.u16()?));
    let same_name = reader.take(name_len)? == item.raw_name;
    let second_name = has_second_name(reader.take(extra_len)?);
    let listed = (item.entry.crc, item.packed_len, item.entry.size);
    let later = item.flags & HAS_DESCRIPTOR != 0;
    if !(is_header && same && same_name) || second_name || !(stated == listed || later && stated == (0, 0, 0)) {
        return None;
    }
    let start = reader.at;
    reader.skip(item.packed_len)?;
    item.entry.packed = start..reader.at;
    if later {
        let mut first = reader.u32()?;
        if first == DESCRIPTOR && (first != listed.0 || reader.peek_descriptor(listed)) {
            first = reader.u32()?;
        }
        if (first, reader.u32()? as usize, u64::from(reader.u32()?)) != listed {
            return None;
        }
    }
    Some(reader.at)
}

fn check_name(name: &str) -> Result<(), AsicError> {
    let refuse = |what| Err(AsicError::Name { name: shorten(name), what });
    let segments = name.strip_suffix('/').unwrap_or(name);
    if segments.is_empty() {
        return refuse("it is empty");
    }
    if name.starts_with('/') || name.contains(['\\', ':']) {
        return refuse("it is not a path inside the container");
    }
    if name.chars().any(char::is_control) {
        return refuse("it has control characters");
    }
    if segments.split('/').any(|s| matches!(s, "" | "." | "..")) {
        return refuse("it leads out of the container");
    }
    Ok(())
}

fn check_size(entry: &Entry, total: u64, limits: &ContainerLimits) -> Result<(), AsicError> {
    let too_large = |what: String| Err(AsicError::Limit { what });
    let (name, size) = (shorten(&entry.name), entry.size);
    if size > limits.entry_bytes {
        return too_large(format!("{name} has {size} bytes, at most {} are read", limits.entry_bytes));
    }
    if total > limits.total_bytes {
        return too_large(format!("all entries together have more than {} bytes", limits.total_bytes));
    }
    let allowed = (entry.packed.len() as u64).saturating_mul(limits.ratio);
    if size > 1 << 20 && size > allowed {
        return too_large(format!("{name} unpacks to more than {} times its size", limits.ratio));
    }
    if name.ends_with('/') && size != 0 {
        return Err(AsicError::Name { name, what: "it is a folder with content" });
    }
    Ok(())
}

fn shorten(name: &str) -> String {
    name.chars().take(200).collect()
}

/// Little-endian numbers and byte runs; `None` past the end.
struct Reader<'z> {
    zip: &'z [u8],
    at: usize,
}

impl<'z> Reader<'z> {
    fn take(&mut self, len: usize) -> Option<&'z [u8]> {
        let end = self.at.checked_add(len)?;
        let bytes = self.zip.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    fn skip(&mut self, len: usize) -> Option<()> {
        self.take(len).map(|_| ())
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// Whether a descriptor follows the signature that was just read.
    fn peek_descriptor(&self, listed: (u32, usize, u64)) -> bool {
        let mut ahead = Reader { zip: self.zip, at: self.at };
        let read = (|| Some((ahead.u32()?, ahead.u32()? as usize, u64::from(ahead.u32()?))))();
        read == Some(listed)
    }
}
