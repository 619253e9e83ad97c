//! Higher levels for what is signed already, whatever its form: T, LT, LTA, and archive time-stamps renewed.

pub use crate::making::Selection;

use crate::facts::{Document, Format, Level};
use crate::making::{MakeError, Services};
use crate::read::{DetachedContent, Reading};
use crate::revoked::Guarded;
use crate::{asic, cades, jades, pades, xades};

/// Takes the chosen signatures of a file to a level, step by step; LTA once more on LTA renews the archive time-stamp.
///
/// # Errors
/// [`MakeError::Document`] if the file cannot be read as signed, or not extended; [`MakeError::Level`];
/// [`MakeError::Service`], also if the services say that a certificate was revoked before any time-stamp on the signature.
pub fn to(
    file: &[u8],
    level: Level,
    which: &Selection,
    services: &dyn Services,
    reading: &Reading<'_>,
) -> Result<Vec<u8>, MakeError> {
    let document = read(file, reading)?;
    if let Selection::Ids(ids) = which
        && let Some(id) = ids.iter().find(|id| document.signatures.iter().all(|s| s.id != **id))
    {
        let there: Vec<&str> = document.signatures.iter().map(|s| s.id.as_str()).collect();
        let reason = format!("no signature has the id {id:?}; there are: {}", there.join(", "));
        return Err(MakeError::Document { place: "file".to_owned(), reason });
    }
    let reached = document.signatures.iter().filter(|s| which.takes(&s.id)).map(|s| s.level).min();
    let reached = reached.unwrap_or(Level::Lta);
    let mut bytes = file.to_vec();
    for step in [Level::T, Level::Lt, Level::Lta] {
        let is_renewal = step == Level::Lta && level == Level::Lta;
        if step <= level && (reached < step || is_renewal) {
            let guarded = Guarded { services, file: &bytes, which, reading };
            bytes = one(&bytes, document.format, step, which, &guarded, reading)?;
        }
    }
    Ok(bytes)
}

fn read(file: &[u8], reading: &Reading<'_>) -> Result<Document, MakeError> {
    let document = crate::read(&file, reading);
    document.map_err(|e| MakeError::Document { place: "file".to_owned(), reason: e.to_string() })
}

fn one(
    file: &[u8],
    format: Format,
    step: Level,
    which: &Selection,
    services: &dyn Services,
    reading: &Reading<'_>,
) -> Result<Vec<u8>, MakeError> {
    use Format::{AsicECades, AsicEXades, AsicSCades, AsicSTimestamp, AsicSXades, Cades, Jades, Pades, Xades};
    match (format, step) {
        (Pades, Level::T) => pades::augment::add_timestamp(file, which, services),
        (Pades, Level::Lt) => pades::augment::add_material(file, which, services),
        (Pades, _) => pades::augment::add_archive_timestamp(file, which, services),
        (Xades, Level::T) => xades::augment::add_timestamp(file, which, services),
        (Xades, Level::Lt) => xades::augment::add_material(file, which, services),
        (Xades, _) => {
            let outside = xades::Outside::of_text(file, reading);
            let resolve = |uri: &str| outside.content(uri);
            xades::augment::add_archive_timestamp(file, which, services, &resolve)
        }
        (Cades, Level::T) => cades::augment::add_timestamp(file, which, services),
        (Cades, Level::Lt) => cades::augment::add_material(file, which, services),
        (Cades, _) => cades::augment::add_archive_timestamp(file, beside(reading), which, services),
        (Jades, Level::T) => jades::augment::add_timestamp(file, which, services),
        (Jades, Level::Lt) => jades::augment::add_material(file, which, services),
        (Jades, _) => jades::augment::add_archive_timestamp(file, reading, which, services),
        (AsicSXades | AsicSCades | AsicSTimestamp | AsicEXades | AsicECades, Level::T) => {
            asic::augment::add_timestamp(&file, which, services)
        }
        (AsicSXades | AsicSCades | AsicSTimestamp | AsicEXades | AsicECades, Level::Lt) => {
            asic::augment::add_material(&file, which, services)
        }
        (AsicSXades | AsicSCades | AsicSTimestamp | AsicEXades | AsicECades, _) => {
            asic::augment::add_archive_timestamp(&file, which, services)
        }
        (Format::Timestamp | Format::EvidenceRecord, _) => Err(MakeError::Document {
            place: "file".to_owned(),
            reason: "a time-stamp or evidence record on its own is not extended".to_owned(),
        }),
    }
}

/// The content that a detached CMS signature signs.
fn beside<'a>(reading: &Reading<'a>) -> cades::Content<'a> {
    match reading.detached.first().map(|detached| &detached.content) {
        Some(DetachedContent::Source(source)) => cades::Content::Source(*source),
        _ => cades::Content::Missing,
    }
}
