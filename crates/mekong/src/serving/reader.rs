//! Who reads a page: the language, and what the query asks for. A query that cannot be read asks for nothing.

use axum::extract::{FromRequestParts, Query};
use axum::http::header;
use axum::http::request::Parts;
use mekong_web::catalogue::Catalogue;
use mekong_web::{Language, Markup};
use std::collections::HashMap;
use std::convert::Infallible;
use std::marker::PhantomData;

/// The reader's language, and the query by name.
pub(crate) fn of(parts: &Parts) -> (Language, HashMap<String, String>) {
    let asked = Query::<HashMap<String, String>>::try_from_uri(&parts.uri).map(|query| query.0).unwrap_or_default();
    let accepted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    (Language::choose(asked.get("lang").map(String::as_str), accepted), asked)
}

/// The texts of a place.
pub(crate) trait Texts: Send + Sync + 'static {
    /// All of them.
    const WORDS: Catalogue;
}

/// The reader of a page of a place with these texts.
#[derive(Debug, Clone)]
pub(crate) struct Reader<T> {
    /// The language of the page.
    pub(crate) language: Language,
    asked: HashMap<String, String>,
    texts: PhantomData<T>,
}

impl<T: Texts> Reader<T> {
    /// A text of the place in the reader's language.
    pub(crate) fn word(&self, key: &'static str) -> &'static str {
        T::WORDS.text(self.language, key)
    }

    /// A text with values.
    pub(crate) fn fill(&self, key: &'static str, values: &[(&str, &str)]) -> String {
        T::WORDS.fill(self.language, key, values)
    }

    /// A text of the place as part of a page.
    pub(crate) fn text(&self, key: &'static str) -> Markup {
        Markup::text(self.word(key))
    }

    /// A path of ours, perhaps with a query, with the language.
    pub(crate) fn path(&self, path: &str) -> String {
        let joint = if path.contains('?') { '&' } else { '?' };
        format!("{path}{joint}lang={}", self.language.code())
    }

    /// What the query has under a name; empty if nothing.
    pub(crate) fn asked(&self, name: &str) -> &str {
        self.asked.get(name).map_or("", |value| value.trim())
    }
}

impl<T: Texts, S: Send + Sync> FromRequestParts<S> for Reader<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let (language, asked) = of(parts);
        Ok(Self { language, asked, texts: PhantomData })
    }
}
