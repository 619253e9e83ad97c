//! Entries found by serial number: one pass over the list, 8 bytes an entry, no allocation for any of them.
//!
//! A slot is a hash of the serial number (upper half) and the entry's offset (lower half); slots are sorted. Entries whose
//! hashes agree are sorted by serial number, so that a list made to collide is asked as fast as any other.

use super::Revoked;
use crate::extensions::{self, oid_text, shortest};
use crate::time;
use crate::tlv::{self, TlvError, Walker};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280 as oid;
use std::cmp::Ordering;
use std::ops::Range;

pub(super) struct Index {
    /// Sorted.
    slots: Vec<u64>,
    /// From which offset on entries belong to which certificate issuer (§5.3.3); ascending.
    issuers: Vec<(u32, Range<u32>)>,
    /// A critical entry extension that we do not understand.
    pub(super) unknown_critical: Option<String>,
}

/// `holdInstructionCode` (RFC 3280 §5.3.2).
const HOLD_INSTRUCTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.23");

impl Index {
    pub(super) const fn empty() -> Self {
        Self { slots: Vec::new(), issuers: Vec::new(), unknown_critical: None }
    }

    /// Walks the content octets of `revokedCertificates` at `list`.
    pub(super) fn build(der: &[u8], list: Range<usize>) -> Result<Self, TlvError> {
        let content = der.get(list.clone()).unwrap_or_default();
        let mut index = Self::empty();
        let mut walker = Walker::new(content);
        let mut at = list.start;
        while !walker.is_empty() {
            let entry = walker.take(tlv::SEQUENCE, "entry of revokedCertificates")?;
            index.add(at, entry.whole.len() - entry.value.len(), entry.value)?;
            at += entry.whole.len();
        }
        index.slots.shrink_to_fit();
        index.slots.sort_unstable();
        index.sort_collisions(der);
        Ok(index)
    }

    fn add(&mut self, at: usize, header: usize, value: &[u8]) -> Result<(), TlvError> {
        let mut entry = Walker::new(value);
        let serial = entry.take(tlv::INTEGER, "userCertificate")?.value;
        // Read now, so that an entry found later can always be read.
        time::read(entry.next("revocationDate")?)?;
        let offset = u32::try_from(at).map_err(|_| TlvError("list longer than 4 GiB".into()))?;
        self.slots.push((u64::from(hash(shortest(serial))) << 32) | u64::from(offset));
        if entry.is_empty() {
            return Ok(());
        }
        let mut list = entry.enter(tlv::SEQUENCE, "crlEntryExtensions")?;
        entry.finish("entry of revokedCertificates")?;
        while !list.is_empty() {
            let extension = extensions::next(&mut list)?;
            if extension.is(&oid::ID_CE_CERTIFICATE_ISSUER) {
                // Where the name stands in the list, counted from the entry's own start.
                let name = issuer_name(extension.value)?;
                let inside = offset_in(value, name).map(|o| at + header + o);
                let start = inside.and_then(|o| u32::try_from(o).ok());
                let length = u32::try_from(name.len()).ok();
                let (Some(start), Some(length)) = (start, length) else {
                    return Err(TlvError("certificateIssuer cannot be located".into()));
                };
                self.issuers.push((offset, start..start.saturating_add(length)));
            } else if extension.critical && !KNOWN.iter().any(|known| extension.is(known)) {
                self.unknown_critical.get_or_insert_with(|| oid_text(extension.oid));
            }
        }
        Ok(())
    }

    fn sort_collisions(&mut self, der: &[u8]) {
        for run in self.slots.chunk_by_mut(|a, b| a >> 32 == b >> 32).filter(|run| run.len() > 1) {
            run.sort_unstable_by(|a, b| serial_at(der, *a).cmp(serial_at(der, *b)).then(a.cmp(b)));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<u64>() + self.issuers.capacity() * size_of::<(u32, Range<u32>)>()
    }

    /// All entries with this serial number in list order, each with the DER name of its certificate issuer if one is named.
    pub(super) fn find<'a>(
        &'a self,
        der: &'a [u8],
        serial: &'a [u8],
    ) -> impl Iterator<Item = (Revoked, Option<&'a [u8]>)> + use<'a> {
        let serial = shortest(serial);
        let wanted = u64::from(hash(serial));
        let order = move |slot: &u64| match (slot >> 32).cmp(&wanted) {
            Ordering::Equal => serial_at(der, *slot).cmp(serial),
            other => other,
        };
        let from = self.slots.partition_point(|slot| order(slot) == Ordering::Less);
        let found = self.slots.get(from..).unwrap_or_default();
        found.iter().take_while(move |slot| order(slot) == Ordering::Equal).filter_map(move |slot| {
            let issuer = self.issuer_at(der, offset(*slot));
            read(der, offset(*slot), issuer).map(|revoked| (revoked, issuer))
        })
    }

    /// The issuer named at this entry or at the nearest one before it.
    fn issuer_at<'a>(&self, der: &'a [u8], offset: usize) -> Option<&'a [u8]> {
        let after = self.issuers.partition_point(|(from, _)| *from as usize <= offset);
        let (_, name) = self.issuers.get(after.checked_sub(1)?)?;
        der.get(name.start as usize..name.end as usize)
    }
}

/// Entry extensions that are understood.
const KNOWN: [ObjectIdentifier; 4] =
    [oid::ID_CE_CRL_REASONS, oid::ID_CE_INVALIDITY_DATE, oid::ID_CE_CERTIFICATE_ISSUER, HOLD_INSTRUCTION];

const fn offset(slot: u64) -> usize {
    (slot & 0xffff_ffff) as usize
}

/// FNV-1a, folded to 32 bits.
fn hash(serial: &[u8]) -> u32 {
    let step = |h: u64, b: &u8| (h ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = serial.iter().fold(0xcbf2_9ce4_8422_2325, step);
    u32::try_from((hash ^ (hash >> 32)) & 0xffff_ffff).unwrap_or(0)
}

fn serial_at(der: &[u8], slot: u64) -> &[u8] {
    let entry = Walker::new(der.get(offset(slot)..).unwrap_or_default()).enter(tlv::SEQUENCE, "entry");
    let serial = entry.and_then(|mut e| e.take(tlv::INTEGER, "userCertificate"));
    serial.map_or(&[], |s| shortest(s.value))
}

/// The directory name among `GeneralNames`.
fn issuer_name(value: &[u8]) -> Result<&[u8], TlvError> {
    let mut names = Walker::open(value, tlv::SEQUENCE, "certificateIssuer")?;
    while !names.is_empty() {
        let name = names.next("certificateIssuer")?;
        if name.tag == tlv::context(4) {
            return Ok(name.value);
        }
    }
    Err(TlvError("certificateIssuer names no directory name".into()))
}

/// Where `inner`, a part of `outer`, begins.
fn offset_in(outer: &[u8], inner: &[u8]) -> Option<usize> {
    let offset = (inner.as_ptr() as usize).checked_sub(outer.as_ptr() as usize)?;
    (offset + inner.len() <= outer.len()).then_some(offset)
}

fn read(der: &[u8], offset: usize, issuer: Option<&[u8]>) -> Option<Revoked> {
    let mut entry = Walker::new(der.get(offset..)?).enter(tlv::SEQUENCE, "entry").ok()?;
    entry.take(tlv::INTEGER, "userCertificate").ok()?;
    let at = time::read(entry.next("revocationDate").ok()?).ok()?.at;
    let mut revoked = Revoked {
        at,
        reason: None,
        invalidity: None,
        hold_instruction: None,
        certificate_issuer: issuer.map(<[u8]>::to_vec),
    };
    let mut list = entry.enter(tlv::SEQUENCE, "crlEntryExtensions").unwrap_or(Walker::new(&[]));
    while let Ok(extension) = extensions::next(&mut list) {
        let mut value = Walker::new(extension.value);
        if extension.is(&oid::ID_CE_CRL_REASONS) {
            revoked.reason = value.take(tlv::ENUMERATED, "reasonCode").ok().and_then(|r| r.value.last().copied());
        } else if extension.is(&oid::ID_CE_INVALIDITY_DATE) {
            revoked.invalidity = value.next("invalidityDate").and_then(time::read).ok().map(|t| t.at);
        } else if extension.is(&HOLD_INSTRUCTION) {
            let oid = value.take(tlv::OID, "holdInstructionCode").ok();
            revoked.hold_instruction = oid.and_then(|o| ObjectIdentifier::from_bytes(o.value).ok());
        }
    }
    Some(revoked)
}
