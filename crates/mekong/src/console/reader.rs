//! Who reads: the language and the wishes in the query. A query that cannot be read asks for nothing.

use super::words::WORDS;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use mekong_web::Language;
use std::convert::Infallible;

/// The reader of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reader {
    /// The language of the page.
    pub(super) language: Language,
    /// The page is to load itself again and again (`?refresh=on`). Off unless asked for: WCAG 2.2.1 and 2.2.2 give readers
    /// the time they need, and a page that changes by itself is hard on screen readers.
    pub(super) refresh: bool,
}

impl Reader {
    /// A text of the console in the reader's language.
    pub(super) fn word(self, key: &'static str) -> &'static str {
        WORDS.text(self.language, key)
    }

    /// A text with values.
    pub(super) fn fill(self, key: &'static str, values: &[(&str, &str)]) -> String {
        WORDS.fill(self.language, key, values)
    }

    /// A text of the design system.
    pub(super) fn shared(self, key: &'static str) -> &'static str {
        mekong_web::catalogue::WORDS.text(self.language, key)
    }

    /// A path of ours with the language.
    pub(super) fn path(self, path: &str) -> String {
        format!("{path}?lang={}", self.language.code())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let (language, asked) = crate::serving::reader::of(parts);
        Ok(Self { language, refresh: asked.get("refresh").is_some_and(|value| value == "on") })
    }
}
