//! Large documents on disk: validated at which rate, in how much memory, beside the same file only hashed.

use super::country::Country;
use super::document::pdf_around;
use super::timing;
use crate::bench::{rounded, usage};
use crate::cli::{CommandError, Context};
use crate::file::FileSource;
use mekong_base::{Source, SourceError};
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_pki::anchors::{Anchor, Anchors};
use mekong_signature::asic::make::{Form, Kind, NewFile, What};
use mekong_signature::making::{Material, Services as _};
use mekong_signature::validation::{self, Policy};
use mekong_signature::{Reading, asic, pades, read};
use serde::Serialize;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// One large document.
#[derive(Serialize)]
pub(super) struct Big {
    /// Its format.
    pub(super) name: &'static str,
    /// Its size on disk, 1,048,576 bytes each.
    pub(super) megabytes: f64,
    /// Rate of its validation.
    pub(super) megabytes_per_second: f64,
    /// The digest algorithm of its content.
    pub(super) digest: &'static str,
    /// Rate of that digest over the same file.
    pub(super) floor_megabytes_per_second: f64,
    /// Time in times of the digest.
    pub(super) over_floor: f64,
    /// Resident memory at its peak above what it was before.
    pub(super) memory_growth_mb: f64,
}

const MEGABYTE: u64 = 1 << 20;

/// Content that is not in memory and cannot be compressed, as scans and films cannot.
struct Content(u64);

impl Source for Content {
    fn len(&self) -> u64 {
        self.0
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        if offset + buffer.len() as u64 > self.0 {
            return Err(SourceError(format!("{} bytes at {offset} of {}", buffer.len(), self.0)));
        }
        let mut place = offset;
        let mut rest = buffer;
        while !rest.is_empty() {
            let word = scrambled(place / 8).to_le_bytes();
            let from = (place % 8) as usize;
            let length = (8 - from).min(rest.len());
            let (now, later) = rest.split_at_mut(length);
            now.copy_from_slice(word.get(from..from + length).unwrap_or_default());
            place += length as u64;
            rest = later;
        }
        Ok(())
    }
}

/// A number that looks random (SplitMix64).
const fn scrambled(number: u64) -> u64 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// An ASiC-E and a PDF with so many megabytes of content; none with 0.
///
/// # Errors
/// In words: what cannot be written, or is not valid.
pub(super) fn measure(country: &Country, dir: &Path, megabytes: u64) -> Result<Vec<Big>, CommandError> {
    if megabytes == 0 {
        return Ok(Vec::new());
    }
    let (container, pdf) = (dir.join("large.asice"), dir.join("large.pdf"));
    write_container(country, &container, megabytes * MEGABYTE)?;
    let signing = country.signing();
    let container = validated(country, "asic-e-b", &container, signing.digest)?;
    write_pdf(country, &pdf, megabytes * MEGABYTE)?;
    // CMS digests the content as its signature algorithm does.
    let of_cms = signing.algorithm.digest().unwrap_or(signing.digest);
    Ok(vec![container, validated(country, "pades-b", &pdf, of_cms)?])
}

fn write_container(country: &Country, path: &Path, bytes: u64) -> Result<(), CommandError> {
    let content = Content(bytes);
    let files = vec![NewFile { name: "content.bin".to_owned(), media_type: None, content: &content }];
    let prepared = asic::make::prepare(&What::New(Kind::Extended, Form::Xades, files), &country.signing());
    let prepared = prepared.context(|| "asic-e")?;
    let value = country.sign(&prepared.to_be_signed)?;
    let file = std::fs::File::create(path).context(|| format!("write {}", path.display()))?;
    let out = prepared.finish_into(&value, std::io::BufWriter::new(file)).context(|| "asic-e")?;
    out.into_inner().map_err(|e| CommandError::because("asic-e", e.error()))?;
    Ok(())
}

fn write_pdf(country: &Country, path: &Path, bytes: u64) -> Result<(), CommandError> {
    let what = || format!("write {}", path.display());
    let (head, tail) = pdf_around(bytes);
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).context(what)?);
    file.write_all(&head).context(what)?;
    let mut written = Ok(());
    let each = Content(bytes).each(0..bytes, &mut |piece| {
        if written.is_ok() {
            written = file.write_all(piece);
        }
    });
    each.context(what)?;
    written.context(what)?;
    file.write_all(&tail).context(what)?;
    file.flush().context(what)?;
    let source = FileSource::open(path).context(what)?;
    let prepared = pades::make::prepare(&source, &country.signing(), &pades::make::Options::default());
    let prepared = prepared.context(|| "pades")?;
    let value = country.sign(&prepared.to_be_signed)?;
    let update = prepared.finish_update(&value, None).context(|| "pades")?.update;
    file.write_all(&update).context(what)?;
    file.flush().context(what)
}

fn validated(country: &Country, name: &'static str, path: &Path, digest: DigestAlgorithm) -> Result<Big, CommandError> {
    let source = FileSource::open(path).context(|| path.display().to_string())?;
    let started = Instant::now();
    let mut hasher = Hasher::new(digest);
    source.each(0..source.len(), &mut |piece| hasher.update(piece)).context(|| name)?;
    std::hint::black_box(hasher.finish());
    let floor = started.elapsed();
    let signers = [country.signer.certificate.clone()];
    let material: Material = country.material(&signers).context(|| name)?;
    let shared = |all: Vec<Vec<u8>>| all.into_iter().map(Arc::from).collect::<Vec<Arc<[u8]>>>();
    let (ocsps, crls) = (shared(material.ocsps), shared(material.crls));
    let policy = Policy::named("european").context(|| "policy")?;
    let mut anchors = Anchors::default();
    anchors.add(Anchor::given(country.root.certificate.clone(), "bench"));
    let context =
        validation::Context { ocsps: &ocsps, crls: &crls, ..validation::Context::new(&anchors, &policy, country.now) };
    usage::forget_peak();
    let before = usage::peak_memory_mib();
    let started = Instant::now();
    let document = read(&source, &Reading::default()).context(|| name)?;
    let report = validation::validate(&document, &context);
    let time = started.elapsed();
    let memory = usage::peak_memory_mib() - before;
    if !report.is_passed() {
        let said = report.signatures.first().map(|s| format!("{} {:?}", s.conclusion, s.findings));
        return Err(CommandError::new(format!("{name}: {}", said.unwrap_or_default())));
    }
    let megabytes = source.len() as f64 / MEGABYTE as f64;
    Ok(Big {
        name,
        megabytes: rounded(megabytes),
        digest: digest.name(),
        megabytes_per_second: rounded(megabytes / time.as_secs_f64()),
        floor_megabytes_per_second: rounded(megabytes / floor.as_secs_f64()),
        over_floor: rounded(timing::milliseconds(time) / timing::milliseconds(floor)),
        memory_growth_mb: rounded(memory),
    })
}
