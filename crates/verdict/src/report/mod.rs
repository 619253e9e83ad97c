//! Reports on one file, to be kept and handed on: JSON with every check, ETSI TS 119 102-2, a page, a PDF.

mod findings;
mod json;
mod page;
mod pdf;
mod sheet;
pub(crate) mod words;

use crate::Verdict;
use crate::plain::{self, Plain};
use mekong_base::Language;
use mekong_recognition::snapshot::Snapshot;
use mekong_signature::ReadError;

pub use findings::{meaning, meaning_of_change};
pub use mekong_pdf::text::FontError;

/// What a report is on.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The name of the file.
    pub file: &'a str,
    /// SHA-256 of its bytes, which ties the report to it.
    pub sha256: [u8; 32],
    /// What came out.
    pub judged: Result<&'a Verdict, &'a ReadError>,
    /// The lists that were looked at.
    pub lists: &'a Snapshot,
}

impl Case<'_> {
    /// The verdict line with the hashes of file and lists and every building block with its checks, as one JSON object:
    /// `verdict`, `file_sha256`, `lists`, `blocks`.
    pub fn json(&self) -> String {
        json::write(self)
    }

    /// The validation report of ETSI TS 119 102-2; none for a file that could not be judged.
    pub fn etsi(&self) -> Option<String> {
        self.judged.ok().map(|verdict| mekong_signature::report::etsi::write(&verdict.report))
    }

    /// A page that needs nothing beside it, with this stylesheet inside.
    pub fn page(&self, language: Language, stylesheet: &str) -> String {
        page::write(self, language, stylesheet)
    }

    /// A PDF: the verdict in plain words, then what was checked and what it rests on.
    ///
    /// `fonts` are TrueType files in order of preference. What they cannot show of names and findings is written as `?`.
    ///
    /// # Errors
    /// [`FontError`] if they are no fonts, or none has the letters of the language.
    pub fn pdf(&self, language: Language, fonts: &[&[u8]]) -> Result<Vec<u8>, FontError> {
        pdf::write(self, language, fonts)
    }

    fn plain(&self, language: Language) -> Plain {
        match self.judged {
            Ok(verdict) => plain::of(verdict, language),
            Err(error) => plain::of_error(error, language),
        }
    }
}
