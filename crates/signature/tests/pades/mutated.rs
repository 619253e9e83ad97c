//! Documents with bytes changed, cut, doubled: read in bounded time, without a panic, and never intact where signed bytes
//! differ. `MEKONG_TEST_ROUNDS` sets how many.

use super::documents::form;
use super::small_country::Country;
use super::vectors;
use mekong_crypto::KeyType;
use mekong_pki::testing::{TestResult, shared};
use mekong_signature::Reading;
use mekong_signature::making::Selection;
use mekong_signature::pades::make::{self, Options};
use mekong_signature::pades::{augment, read};
use std::time::{Duration, Instant};

/// Marsaglia's xorshift: the same numbers each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }
}

const PIECES: [&[u8]; 16] = [
    b"/ByteRange [0 1 2 3]",
    b"/Contents <00>",
    b"/Prev 9",
    b"/Prev 0",
    b"<<",
    b">>",
    b"[",
    b"]",
    b"5 0 R",
    b"-1",
    b"99999999999999999999",
    b"/Kids [1 0 R]",
    b"/Length 5 0 R",
    b"endstream",
    b"startxref\n0\n%%EOF",
    b"xref\n0 99999999\n",
];

fn mutate(original: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(bytes.len());
        match numbers.below(6) {
            0 => bytes[at] = numbers.below(256) as u8,
            1 => bytes[at] ^= 1 << numbers.below(8),
            2 => bytes.truncate(at.max(20)),
            3 => {
                let end = (at + numbers.below(400)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let place = numbers.below(bytes.len());
                bytes.splice(place..place, piece);
            }
            4 => {
                let piece = PIECES[numbers.below(PIECES.len())];
                let end = (at + piece.len()).min(bytes.len());
                bytes[at..end].copy_from_slice(&piece[..end - at]);
            }
            _ => {
                // A digit of a number: offsets, lengths, counts.
                if let Some(digit) = bytes[at..].iter().position(u8::is_ascii_digit) {
                    bytes[at + digit] = b'0' + numbers.below(10) as u8;
                }
            }
        }
    }
    bytes
}

#[test]
fn mutated_documents_are_read_in_bounds() -> TestResult {
    let rounds: usize = std::env::var("MEKONG_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(200);
    let country = Country::new(KeyType::P256)?;
    let document = form();
    let small = Options { contents_bytes: Some(6_000), ..Options::default() };
    let prepared = make::prepare(&document, &country.signing(), &small)?;
    let value = country.signer.key.sign(country.signing().algorithm, &prepared.to_be_signed)?;
    let signed = prepared.finish_with_timestamp(&value, &country)?;
    let mut originals = vec![signed.clone(), augment::add_archive_timestamp(&signed, &Selection::All, &country)?];
    if let Some(root) = shared("vectors/trust")? {
        for name in
            ["dss/pades/DSS-1683.pdf", "dss/pades/dss-2236/replace.pdf", "dss/pades/pdf-structtreeroot-changes.pdf"]
        {
            originals.push(std::fs::read(root.join(name))?);
        }
    }
    let mut numbers = Numbers(0x4d65_6b6f_6e67);
    for round in 0..rounds {
        let original = &originals[round % originals.len()];
        let bytes = mutate(original, &mut numbers);
        let begun = Instant::now();
        let document = read(&bytes, &Reading::default());
        assert!(begun.elapsed() < Duration::from_secs(5), "round {round}: {:?}", begun.elapsed());
        // What is said to be intact and without fault was signed byte for byte.
        for signature in document.iter().flat_map(|document| &document.signatures) {
            if vectors::is_intact(signature) && signature.faults.is_empty() {
                let range = signature.data[0].name.rsplit(' ').next().and_then(|end| end.parse::<usize>().ok());
                let end = range.unwrap_or(usize::MAX);
                assert!(end <= bytes.len() && is_same_around_holes(original, &bytes, end), "round {round}");
            }
        }
        if let Ok(prepared) = make::prepare(&bytes, &country.signing(), &small) {
            let value = country.signer.key.sign(country.signing().algorithm, &prepared.to_be_signed)?;
            assert!(prepared.finish(&value)?.starts_with(&bytes), "round {round}");
        }
    }
    Ok(())
}

/// Whether the first bytes are those of the original but for hexadecimal digits, of which holes consist.
fn is_same_around_holes(original: &[u8], bytes: &[u8], end: usize) -> bool {
    let pairs = original.iter().zip(bytes).take(end);
    original.len() >= end && pairs.filter(|(a, b)| a != b).all(|(a, _)| a.is_ascii_hexdigit())
}
