//! How fast and in how much memory a container of a gigabyte is made and checked.
//!
//! ```text
//! cargo run --release -p mekong-signature --example large_container -- make FILE [MIB [xades|cades|asic-s]]
//! cargo run --release -p mekong-signature --example large_container -- check FILE
//! ```
//! Each prints the seconds, the speed, the time of hashing the same bytes alone, and the peak of resident memory (Linux).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a measurement")]

use mekong_base::{Source, SourceError};
use mekong_crypto::{DigestAlgorithm, Hasher, KeyType};
use mekong_pki::issue::Profile;
use mekong_pki::testing::{days, epoch, issued, self_signed};
use mekong_signature::asic::make::{Form, Kind, NewFile, What, prepare};
use mekong_signature::facts::DataState;
use mekong_signature::making::Signing;
use mekong_signature::{Reading, read};
use std::os::unix::fs::FileExt;
use std::time::Instant;

/// A file as a source.
struct File(std::fs::File, u64);

impl File {
    fn open(path: &str) -> Self {
        let file = std::fs::File::open(path).unwrap();
        let length = file.metadata().unwrap().len();
        Self(file, length)
    }
}

impl Source for File {
    fn len(&self) -> u64 {
        self.1
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        self.0.read_exact_at(buffer, offset).map_err(|e| SourceError(e.to_string()))
    }
}

/// Content of any length that is nowhere: bytes that do not repeat soon.
struct Made(u64);

impl Source for Made {
    fn len(&self) -> u64 {
        self.0
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        for (at, octet) in (offset..).zip(buffer.iter_mut()) {
            *octet = (at ^ (at >> 9) ^ (at >> 17)).to_le_bytes()[0];
        }
        Ok(())
    }
}

fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn hashing_alone(source: &dyn Source) -> f64 {
    let start = Instant::now();
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    source.each(0..source.len(), &mut |piece| hasher.update(piece)).unwrap();
    assert_eq!(hasher.finish().as_ref().len(), 32);
    start.elapsed().as_secs_f64()
}

fn make(path: &str, mib: u64, form: &str) {
    let root = self_signed("Root", KeyType::P256).unwrap();
    let signer = issued(&root, "Signer", KeyType::P256, Profile::Signing).unwrap();
    let signing = Signing {
        certificate: signer.certificate.clone(),
        chain: Vec::new(),
        algorithm: signer.key.default_algorithm(),
        digest: DigestAlgorithm::Sha256,
        time: epoch() + days(1),
        place: None,
        roles: Vec::new(),
        commitment: None,
        policy: None,
    };
    let content = Made(mib << 20);
    let (kind, form) = match form {
        "asic-s" => (Kind::Simple, Form::Cades),
        "cades" => (Kind::Extended, Form::Cades),
        _ => (Kind::Extended, Form::Xades),
    };
    let start = Instant::now();
    let file = NewFile { name: "large.bin".into(), media_type: None, content: &content };
    let prepared = prepare(&What::New(kind, form, vec![file]), &signing).unwrap();
    let value = signer.key.sign(signing.algorithm, &prepared.to_be_signed).unwrap();
    let out = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    prepared.finish_into(&value, out).unwrap();
    println!("made in {:.2} s, peak {:.1} MiB", start.elapsed().as_secs_f64(), peak_mib());
}

fn check(path: &str) {
    let file = File::open(path);
    let alone = hashing_alone(&file);
    let start = Instant::now();
    let document = read(&file, &Reading::default()).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    assert!(document.faults.is_empty() && document.signatures.len() == 1);
    assert!(document.signatures[0].data.iter().all(|d| d.state == DataState::Intact));
    let mib = file.len() as f64 / (1 << 20) as f64;
    println!(
        "{mib:.0} MiB checked in {seconds:.2} s ({:.0} MiB/s), hashing alone {alone:.2} s ({:.0} MiB/s), peak {:.1} MiB",
        mib / seconds,
        mib / alone,
        peak_mib()
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match given.as_slice() {
        ["make", path] => make(path, 1024, "xades"),
        ["make", path, mib] => make(path, mib.parse().unwrap(), "xades"),
        ["make", path, mib, form] => make(path, mib.parse().unwrap(), form),
        ["check", path] => check(path),
        _ => println!("make FILE [MIB [xades|cades|asic-s]] | check FILE"),
    }
}
