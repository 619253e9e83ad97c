//! Tiny documents of every format, signed and taken to level LT.

use super::country::Country;
use crate::cli::{CommandError, Context};
use mekong_signature::asic::make::{Form, Kind, NewFile};
use mekong_signature::extend::{self, Selection};
use mekong_signature::{Level, Reading, asic, cades, jades, pades, xades};
use std::fmt::Write as _;

/// What is signed where XML is wanted.
const XML: &[u8] = b"<note>Vientiane</note>";
/// What is signed where anything will do.
const TEXT: &[u8] = b"Vientiane";

/// A format that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Xades,
    AsicE,
    Pades,
    Cades,
    Jades,
}

impl Shape {
    pub(super) const ALL: [Self; 5] = [Self::Xades, Self::AsicE, Self::Pades, Self::Cades, Self::Jades];

    /// As the command line and reports name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Xades => "xades",
            Self::AsicE => "asic-e",
            Self::Pades => "pades",
            Self::Cades => "cades",
            Self::Jades => "jades",
        }
    }
}

/// A signed document with the time-stamp tokens in it.
pub(super) struct Made {
    pub(super) form: Shape,
    pub(super) bytes: Vec<u8>,
    pub(super) tokens: Vec<Vec<u8>>,
}

/// A document of level LT.
///
/// # Errors
/// In words, if it cannot be made.
pub(super) fn long_term(country: &Country, form: Shape) -> Result<Made, CommandError> {
    let signed = signed(country, form)?;
    country.take_tokens();
    let extended = extend::to(&signed, Level::Lt, &Selection::All, country, &Reading::default());
    let bytes = extended.context(|| format!("{}: level LT", form.name()))?;
    Ok(Made { form, bytes, tokens: country.take_tokens() })
}

/// A document of level B.
///
/// # Errors
/// In words, if it cannot be made.
pub(super) fn signed(country: &Country, form: Shape) -> Result<Vec<u8>, CommandError> {
    match form {
        Shape::Xades => xades(country, &mut |tbs| country.sign(tbs)),
        Shape::Pades => pades(country, &small_pdf(), &mut |tbs| country.sign(tbs)),
        Shape::Cades => cades(country, &mut |tbs| country.sign(tbs)),
        Shape::AsicE => {
            let files = vec![NewFile { name: "note.txt".to_owned(), media_type: None, content: &TEXT }];
            let what = asic::make::What::New(Kind::Extended, Form::Xades, files);
            let prepared = asic::make::prepare(&what, &country.signing()).context(|| "asic-e")?;
            let value = country.sign(&prepared.to_be_signed)?;
            prepared.finish(&value).context(|| "asic-e")
        }
        Shape::Jades => {
            let payload = jades::make::Payload::Attached(TEXT);
            let prepared = jades::make::prepare(&payload, &country.signing(), &jades::make::Options::default());
            let prepared = prepared.context(|| "jades")?;
            let value = country.sign(&prepared.to_be_signed)?;
            prepared.finish(&value).context(|| "jades")
        }
    }
}

/// How a signature value is come by.
pub(super) type Key<'k> = &'k mut dyn FnMut(&[u8]) -> Result<Vec<u8>, CommandError>;

/// An enveloped XAdES of level B.
///
/// # Errors
/// In words.
pub(super) fn xades(country: &Country, key: Key<'_>) -> Result<Vec<u8>, CommandError> {
    let part = xades::make::Part::Whole;
    let what = xades::make::What::Enveloped { document: XML, parent: None, part };
    let prepared = xades::make::prepare(&what, &country.signing(), &xades::make::Options::default());
    let prepared = prepared.context(|| "xades")?;
    let value = key(&prepared.to_be_signed)?;
    prepared.finish(&value).context(|| "xades")
}

/// An attached CAdES of level B.
///
/// # Errors
/// In words.
pub(super) fn cades(country: &Country, key: Key<'_>) -> Result<Vec<u8>, CommandError> {
    let prepared = cades::make::prepare(&TEXT, &country.signing(), &cades::make::Options::default());
    let prepared = prepared.context(|| "cades")?;
    let value = key(&prepared.to_be_signed)?;
    prepared.finish(&value).context(|| "cades")
}

/// A PAdES of level B.
///
/// # Errors
/// In words.
pub(super) fn pades(country: &Country, pdf: &[u8], key: Key<'_>) -> Result<Vec<u8>, CommandError> {
    let prepared = pades::make::prepare(&pdf, &country.signing(), &pades::make::Options::default());
    let prepared = prepared.context(|| "pades")?;
    let value = key(&prepared.to_be_signed)?;
    prepared.finish(&value).context(|| "pades")
}

/// A PDF of one empty page.
pub(super) fn small_pdf() -> Vec<u8> {
    let (head, tail) = pdf_around(0);
    [head, tail].concat()
}

/// A PDF of one page with a scan of `bytes` bytes: what stands before the scan and after it.
pub(super) fn pdf_around(bytes: u64) -> (Vec<u8>, Vec<u8>) {
    let head = format!("%PDF-1.7\n1 0 obj\n<</Type/XObject/Length {bytes}>>\nstream\n");
    let base = head.len() as u64 + bytes;
    let mut tail = String::from("\nendstream\nendobj\n");
    let mut table = String::from("xref\n0 5\n0000000000 65535 f\r\n0000000009 00000 n\r\n");
    for object in [
        "2 0 obj\n<</Type/Catalog/Pages 3 0 R>>\nendobj\n",
        "3 0 obj\n<</Type/Pages/Kids[4 0 R]/Count 1>>\nendobj\n",
        "4 0 obj\n<</Type/Page/Parent 3 0 R/MediaBox[0 0 9 9]/Resources<</XObject<</Scan 1 0 R>>>>>>\nendobj\n",
    ] {
        let _ = write!(table, "{:010} 00000 n\r\n", base + tail.len() as u64);
        tail += object;
    }
    let start = base + tail.len() as u64;
    let id = "<00112233445566778899aabbccddeeff>";
    let _ = write!(tail, "{table}trailer\n<</Size 5/Root 2 0 R/ID[{id}{id}]>>\nstartxref\n{start}\n%%EOF\n");
    (head.into_bytes(), tail.into_bytes())
}
