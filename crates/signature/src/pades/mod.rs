//! PAdES (ETSI EN 319 142-1) and the plain CMS signatures of PDF (ISO 32000-2 §12.8).
//!
//! - [`read`]: the signatures and document time-stamps of a PDF, what each covers, and what was changed after it.
//!
//! - [`make`]: signatures in two steps, visible or not; [`augment`]: levels T, LT, LTA, and renewal.
//!
//! A signature is judged by the file as it was when it was signed: its first bytes, opened on their own. What the whole
//! file shows today is compared with that, object by object, and every difference is named.

pub mod appearance;
pub mod augment;
mod byte_range;
mod changes;
mod dictionary;
mod dss;
mod form;
mod found;
mod level;
pub mod make;
mod reader;
mod signed;
mod stamp;
mod value;

pub use reader::read;

use mekong_base::Source;

/// Most signatures and document time-stamps that are read of one PDF.
pub const SIGNATURES_MAX: usize = 512;
/// Most bytes of one signature value with what it carries.
pub const CONTENTS_BYTES_MAX: usize = 8 << 20;
/// Work for one document before we stop: values compared, fields and pages read, objects found once more for a revision.
const STEPS_MAX: usize = 4_000_000;
/// Objects of a cross-reference that cost as much as one value.
const OBJECTS_A_STEP: usize = 16;
/// Bytes searched for objects, where cross-references are broken, that cost as much as one value.
const BYTES_SEARCHED_A_STEP: u64 = 64;
/// Bytes of validation material, read once more for a revision, that cost as much as one value.
const MATERIAL_BYTES_A_STEP: usize = 64;

/// What it took to open a file or an earlier revision of it, in steps.
fn opening_steps(pdf: &mekong_pdf::Pdf<'_>) -> usize {
    let searched = pdf.repair().map_or(0, |_| pdf.end() / BYTES_SEARCHED_A_STEP);
    let searched = usize::try_from(searched).unwrap_or(usize::MAX);
    searched.saturating_add(pdf.locations().count() / OBJECTS_A_STEP + pdf.sections() + 1)
}

/// Whether it is a PDF: the header is in the first 1,024 bytes, and they are not those of a container or a CMS around one.
pub fn looks_like(source: &dyn Source) -> bool {
    let head = source.read(0..source.len().min(1024), 1024).unwrap_or_default();
    let is_other = matches!(head.as_slice(), [b'P', b'K', ..] | [b'<' | b'{' | 0x30, ..]);
    !is_other && head.windows(5).any(|window| window == b"%PDF-")
}
