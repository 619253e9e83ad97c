//! PDFs that others wrote: read whole, with the page counts of another reader, and never a long wait.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::ptr_arg, reason = "tests; a `Source` is a `Vec`")]

use mekong_pdf::{Limits, Pdf, PdfError, Reference};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// All PDFs of `../shared`; empty, with a word, where it is absent.
fn files() -> Vec<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("MEKONG_SHARED").map_or(default, PathBuf::from);
    let mut files = Vec::new();
    let mut open = vec![shared.join("vectors/trust")];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "pdf") {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "no ../shared");
        println!("skipped: no ../shared");
    }
    files.sort();
    files
}

/// Every object is read and every stream decoded; what fails is counted.
fn walk(pdf: &Pdf<'_>) -> (usize, Vec<PdfError>) {
    let (mut count, mut errors) = (0, Vec::new());
    for (number, location) in pdf.locations().collect::<Vec<_>>() {
        let generation = match location {
            mekong_pdf::Location::At { generation, .. } => generation,
            _ => 0,
        };
        count += 1;
        match pdf.get(Reference { number, generation }) {
            Ok(object) => {
                if let Some(Err(error)) = object.stream().map(|stream| pdf.decode(stream))
                    && !matches!(error, PdfError::Filter(_))
                {
                    errors.push(error);
                }
            }
            Err(error) => errors.push(error),
        }
    }
    (count, errors)
}

#[test]
fn documents_of_others_are_read_whole() {
    for path in files() {
        let bytes = std::fs::read(&path).expect("readable");
        let begun = Instant::now();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let pdf = match Pdf::open(&bytes, Limits::default()) {
            Ok(pdf) => pdf,
            Err(error) => {
                println!("{name}: {error}");
                assert!(KNOWN_BROKEN.contains(&name.as_str()), "{name}: {error}");
                continue;
            }
        };
        let (objects, errors) = walk(&pdf);
        let pages = pdf.pages().map(|pages| pages.len());
        let revisions = pdf.revisions().expect("in memory");
        println!(
            "{name}: {objects} objects, {pages:?} pages, {} revisions, {:?} {errors:?}",
            revisions.len(),
            pdf.repair()
        );
        assert!(begun.elapsed() < Duration::from_secs(3), "{name}");
        assert!(errors.is_empty() || KNOWN_BROKEN.contains(&name.as_str()), "{name}: {errors:?}");
        assert!(pdf.repair().is_none() || KNOWN_BROKEN.contains(&name.as_str()), "{name}");
        if let Some(counted) = pages_by_qpdf(&path) {
            assert_eq!(pages, Ok(counted), "{name}");
        }
        for revision in revisions {
            let then = Pdf::open_prefix(&bytes, revision.end, Limits::default()).expect("a revision opens");
            assert!(then.repair().is_none() || pdf.repair().is_some(), "{name} {revision:?}");
        }
    }
}

/// Broken on purpose, or as the world is.
const KNOWN_BROKEN: &[&str] = &[
    "hide.pdf",                 // the attack: a number points at another object
    "pdf-signed-corrupted.pdf", // bytes removed
    "pades_infinite_loop.pdf",  // cut short
    "malformed-pades.pdf",      // no header: to be refused
];

fn pages_by_qpdf(path: &Path) -> Option<usize> {
    let output = Command::new("qpdf").arg("--show-npages").arg(path).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
