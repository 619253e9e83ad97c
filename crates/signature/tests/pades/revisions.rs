//! Files made of thousands of revisions: what is read of them is counted, and has a bound.

use mekong_base::{Source, SourceError};
use mekong_signature::pades::read;
use mekong_signature::{ReadError, Reading};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A file that counts how often it is asked, and for how many bytes.
struct Counted {
    bytes: Vec<u8>,
    reads: AtomicUsize,
    read_bytes: AtomicUsize,
}

impl Source for Counted {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.read_bytes.fetch_add(buffer.len(), Ordering::Relaxed);
        self.bytes.as_slice().read_at(offset, buffer)
    }
}

/// A file of so many revisions. Each makes the catalog anew; the first `stamps` of them bring a document time-stamp into
/// the form, whose bytes end with the revision and whose value is nothing.
fn revisions(count: usize, stamps: usize, material: &str) -> Counted {
    let mut text = String::from("%PDF-1.7\n");
    let (mut before, mut fields) = (String::new(), String::new());
    for number in 1..=count {
        let (field, value) = (10 + number, 100_000 + number);
        if number <= stamps {
            let _ = write!(fields, "{field} 0 R ");
        }
        let mut objects = vec![
            (1, format!("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[{fields}]>>/DSS<</CRLs[4 0 R]>>>>")),
            (field, format!("<</FT/Sig/T(s{number})/V {value} 0 R>>")),
            (value, format!("<</Type/DocTimeStamp/Filter/X/SubFilter/ETSI.RFC3161/Contents<00>/ByteRange[{RANGE}]>>")),
        ];
        if number == 1 {
            objects.push((2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned()));
            objects.push((3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>".to_owned()));
            objects.push((4, format!("<</Length {}>>\nstream\n{material}\nendstream", material.len())));
        }
        let mut table = String::from("xref\n0 1\n0000000000 65535 f\r\n");
        for (index, object) in objects {
            let _ = write!(table, "{index} 1\n{:010} 00000 n\r\n", text.len());
            let _ = write!(text, "{index} 0 obj\n{object}\nendobj\n");
        }
        let start = text.len();
        let _ = write!(text, "{table}trailer\n<</Size 200000/Root 1 0 R{before}>>\nstartxref\n{start}\n%%EOF\n");
        before = format!("/Prev {start}");
        let hole = text.rfind("<00>").unwrap();
        let range = format!("0 {hole} {} {}", hole + 4, text.len() - hole - 4);
        let place = text.rfind(RANGE).unwrap();
        text.replace_range(place..place + RANGE.len(), &format!("{range:width$}", width = RANGE.len()));
    }
    Counted { bytes: text.into_bytes(), reads: AtomicUsize::new(0), read_bytes: AtomicUsize::new(0) }
}

/// As long as any range.
const RANGE: &str = "0 1234567890 1234567890 1234567890";

#[test]
fn work_grows_with_the_revisions_and_not_with_their_square() {
    let reads = |count| {
        let file = revisions(count, 20, "x");
        assert_eq!(read(&file, &Reading::default()).unwrap().timestamps.len(), 20);
        file.reads.into_inner()
    };
    let (some, more) = (reads(1_000), reads(3_000));
    // Each is read about once, not again for every signature and every earlier form.
    assert!(more < some * 4 && more < 3_000 * 20, "{some} reads of 1,000 revisions, {more} of 3,000");
}

#[test]
fn too_many_sections_are_no_document() {
    let result = read(&revisions(20_001, 1, "x"), &Reading::default());
    assert!(matches!(result, Err(ReadError::Limit { .. })), "{result:?}");
}

#[test]
fn material_is_not_read_for_each_of_many_time_stamps() {
    let file = revisions(300, 300, &"x".repeat(4 << 20));
    let result = read(&file, &Reading::default());
    assert!(matches!(result, Err(ReadError::Limit { .. })), "{result:?}");
    let most = 400 << 20;
    let found = file.read_bytes.into_inner();
    assert!(found < most, "{found} bytes were read, at most {most} wanted");
}
