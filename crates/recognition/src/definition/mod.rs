//! Lists and agreements as a scheme operator writes them: TOML, in the words of this house.
//!
//! `definitions/trust/lists/*.toml` and `definitions/trust/agreements/*.toml` are examples. Unknown keys are refused, and
//! every name that stands for something else (a certificate, an agreement) is resolved by the caller.

mod agreement;
mod criteria;
mod list;

pub use agreement::agreement;
pub use list::{Resolve, list};

use crate::list::Localized;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Largest definition that is read, in bytes.
pub const DEFINITION_BYTES_MAX: usize = 4 << 20;

/// Why a definition cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionError {
    /// Larger than [`DEFINITION_BYTES_MAX`].
    #[error("a definition of {0} bytes is larger than {DEFINITION_BYTES_MAX}")]
    TooLarge(usize),
    /// Not TOML, or not of the right form: what and where.
    #[error("{0}")]
    Malformed(String),
    /// A value that means nothing.
    #[error("{place}: {value:?} is not {expected}")]
    Value {
        /// The key.
        place: String,
        /// The value.
        value: String,
        /// Such as `a key usage`.
        expected: &'static str,
    },
    /// A name that stands for nothing that is known.
    #[error("{place}: there is no {kind} named {name:?}")]
    Unresolved {
        /// The key.
        place: String,
        /// `certificate` or `agreement`.
        kind: &'static str,
        /// The name.
        name: String,
    },
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DefinitionError> {
    if text.len() > DEFINITION_BYTES_MAX {
        return Err(DefinitionError::TooLarge(text.len()));
    }
    toml::from_str(text).map_err(|error| DefinitionError::Malformed(error.to_string()))
}

/// Texts by language: `{ en = "…", lo = "…" }`; several in one language as an array.
#[derive(Deserialize, Default)]
#[serde(transparent)]
struct Texts(BTreeMap<String, OneOrMany>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Texts {
    /// English first, then by language.
    fn localized(&self) -> Vec<Localized> {
        let mut all: Vec<Localized> = Vec::new();
        for (lang, texts) in &self.0 {
            let lang = lang.to_ascii_lowercase();
            match texts {
                OneOrMany::One(text) => all.push(Localized::new(lang, text)),
                OneOrMany::Many(texts) => all.extend(texts.iter().map(|text| Localized::new(lang.clone(), text))),
            }
        }
        all.sort_by_key(|text| text.lang != "en");
        all
    }
}
