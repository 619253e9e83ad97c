//! Who reads, and what the query asks for.

use super::failure::Failure;
use super::words::WORDS;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use mekong_base::Instant;
use mekong_web::Language;
use std::collections::HashMap;
use std::convert::Infallible;

/// The reader of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reader {
    /// The language of the page.
    pub(super) language: Language,
    asked: HashMap<String, String>,
}

impl Reader {
    /// A text of the validator in the reader's language.
    pub(super) fn word(&self, key: &'static str) -> &'static str {
        WORDS.text(self.language, key)
    }

    /// The language that the query names.
    ///
    /// # Errors
    /// [`Failure::Parameter`] if it is none of ours.
    pub(super) fn language_asked(&self) -> Result<Option<Language>, Failure> {
        let Some(code) = self.asked.get("lang") else { return Ok(None) };
        let language = Language::from_code(code)
            .ok_or_else(|| Failure::Parameter { name: "lang", detail: "lang is none of vi, lo, en".to_owned() })?;
        Ok(Some(language))
    }

    /// The time of validation that the query names: RFC 3339, or a date.
    ///
    /// # Errors
    /// [`Failure::Parameter`] if it is no time.
    pub(super) fn time_asked(&self) -> Result<Option<Instant>, Failure> {
        let parse = |text: &String| crate::cli::verify::time(text);
        let time = self.asked.get("at").map(parse).transpose();
        time.map_err(|detail| Failure::Parameter { name: "at", detail })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let (language, asked) = crate::serving::reader::of(parts);
        Ok(Self { language, asked })
    }
}
