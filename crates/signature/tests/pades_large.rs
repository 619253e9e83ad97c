//! A PDF of a gigabyte, signed and read in a few megabytes. A process of its own, because it measures its memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod small_country;

use mekong_base::{Source, SourceError};
use mekong_crypto::KeyType;
use mekong_pki::testing::TestResult;
use mekong_signature::Reading;
use mekong_signature::facts::{Coverage, DataState};
use mekong_signature::pades::make::{self, Options};
use mekong_signature::pades::read;
use small_country::Country;
use std::time::Instant;

const SCAN_BYTES: u64 = 1 << 30;
const MEMORY_BYTES_MAX: u64 = 64 << 20;

/// A document whose one large stream is never in memory.
struct Large {
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Large {
    /// One page with a scan.
    fn new() -> Self {
        let head = format!("%PDF-1.7\n1 0 obj\n<</Type/XObject/Length {SCAN_BYTES}>>\nstream\n");
        let mut tail = String::from("\nendstream\nendobj\n");
        let mut table = String::from("xref\n0 5\n0000000000 65535 f\r\n0000000009 00000 n\r\n");
        let base = head.len() as u64 + SCAN_BYTES;
        for object in [
            "2 0 obj\n<</Type/Catalog/Pages 3 0 R>>\nendobj\n",
            "3 0 obj\n<</Type/Pages/Kids[4 0 R]/Count 1>>\nendobj\n",
            "4 0 obj\n<</Type/Page/Parent 3 0 R/MediaBox[0 0 9 9]/Resources<</XObject<</Scan 1 0 R>>>>>>\nendobj\n",
        ] {
            table += &format!("{:010} 00000 n\r\n", base + tail.len() as u64);
            tail += object;
        }
        let start = base + tail.len() as u64;
        tail += &format!("{table}trailer\n<</Size 5/Root 2 0 R>>\nstartxref\n{start}\n%%EOF\n");
        Self { head: head.into_bytes(), tail: tail.into_bytes() }
    }
}

impl Source for Large {
    fn len(&self) -> u64 {
        self.head.len() as u64 + SCAN_BYTES + self.tail.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        if offset + buffer.len() as u64 > self.len() {
            return Err(SourceError(format!("{} bytes at {offset} of {}", buffer.len(), self.len())));
        }
        let (head, scan) = (self.head.len() as u64, self.head.len() as u64 + SCAN_BYTES);
        buffer.fill(0x5a);
        for (bytes, from) in [(&self.head, 0), (&self.tail, scan)] {
            let begin = offset.max(from);
            let end = (offset + buffer.len() as u64).min(from + bytes.len() as u64);
            if begin < end {
                let place = (begin - offset) as usize..(end - offset) as usize;
                buffer[place].copy_from_slice(&bytes[(begin - from) as usize..(end - from) as usize]);
            }
        }
        debug_assert!(head <= scan);
        Ok(())
    }
}

/// Most memory that the process had, in bytes; Linux only.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

#[test]
fn a_gigabyte_is_signed_and_read_in_little_memory() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let mut document = Large::new();
    let prepared = make::prepare(&document, &country.signing(), &Options::default())?;
    let value = country.signer.key.sign(country.signing().algorithm, &prepared.to_be_signed)?;
    let update = prepared.finish_update(&value, None)?.update;
    document.tail.extend(update);
    let begun = Instant::now();
    let facts = read(&document, &Reading::default())?;
    let took = begun.elapsed();
    assert_eq!(facts.signatures[0].coverage, Coverage::Whole);
    assert!(facts.signatures[0].faults.is_empty() && facts.signatures[0].data[0].state == DataState::Intact);
    println!("read in {took:?}, at most {:?} bytes of memory", peak());
    assert!(peak().is_none_or(|peak| peak < MEMORY_BYTES_MAX), "{:?} bytes", peak());
    Ok(())
}
