//! Who reads a page, and what the query asks for.

use super::words::WORDS;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use mekong_web::{Language, Markup};
use std::collections::HashMap;
use std::convert::Infallible;

/// The reader of a page.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    /// The language of the page.
    pub(super) language: Language,
    asked: HashMap<String, String>,
}

impl Reader {
    /// A text of ours in the reader's language.
    pub(super) fn word(&self, key: &'static str) -> &'static str {
        WORDS.text(self.language, key)
    }

    /// A text with values.
    pub(super) fn fill(&self, key: &'static str, values: &[(&str, &str)]) -> String {
        WORDS.fill(self.language, key, values)
    }

    /// A text of ours as part of a page.
    pub(super) fn text(&self, key: &'static str) -> Markup {
        Markup::text(self.word(key))
    }

    /// A path of ours, perhaps with a query, with the language.
    pub(super) fn path(&self, path: &str) -> String {
        let joint = if path.contains('?') { '&' } else { '?' };
        format!("{path}{joint}lang={}", self.language.code())
    }

    /// What the query has under a name; empty if nothing.
    pub(super) fn asked(&self, name: &str) -> &str {
        self.asked.get(name).map_or("", |value| value.trim())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let (language, asked) = crate::serving::reader::of(parts);
        Ok(Self { language, asked })
    }
}
