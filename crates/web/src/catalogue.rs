//! The words of the pages: a key has its text in every language, or the program does not compile.

mod words;

use crate::Language;
use std::collections::BTreeSet;

/// Keys with their texts in Vietnamese, Lao and English, in parts, each sorted by key. Other crates make their own with the
/// same shape.
#[derive(Debug, Clone, Copy)]
pub struct Catalogue(&'static [Part]);

/// `(key, [Vietnamese, Lao, English])`, sorted by key.
pub type Part = &'static [(&'static str, [&'static str; 3])];

/// The words that pages share.
pub const WORDS: Catalogue = Catalogue::new(&[words::WORDS]);

impl Catalogue {
    /// A catalogue of parts, such as one for each page, with no key in two of them; check it with [`Catalogue::faults`] in a
    /// test.
    pub const fn new(parts: &'static [Part]) -> Self {
        Self(parts)
    }

    /// The text of a key; the key itself if there is none, so that the fault is seen and the page still works.
    pub fn text(&self, language: Language, key: &'static str) -> &'static str {
        let found = |part: &Part| part.get(part.binary_search_by_key(&key, |(key, _)| key).ok()?);
        let Some((_, [vietnamese, lao, english])) = self.0.iter().find_map(found) else { return key };
        match language {
            Language::Vietnamese => vietnamese,
            Language::Lao => lao,
            Language::English => english,
        }
    }

    /// The text of a key with `{name}` replaced by values.
    pub fn fill(&self, language: Language, key: &'static str, values: &[(&str, &str)]) -> String {
        let mut text = self.text(language, key).to_owned();
        for (name, value) in values {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    /// All keys, part by part.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().flat_map(|part| part.iter()).map(|(key, _)| *key)
    }

    /// What is wrong with the catalogue: keys out of order within a part or twice, empty texts, texts whose `{names}` differ
    /// between languages.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for ((a, _), (b, _)) in self.0.iter().flat_map(|part| part.iter().zip(part.iter().skip(1))) {
            if a > b {
                faults.push(format!("{b} stands after {a}"));
            }
        }
        let mut known = BTreeSet::new();
        for (key, texts) in self.0.iter().flat_map(|part| part.iter()) {
            if !known.insert(key) {
                faults.push(format!("{key} stands twice"));
            }
            let [first, ..] = texts.map(names);
            if texts.iter().any(|text| text.trim().is_empty()) {
                faults.push(format!("{key} has an empty text"));
            }
            if texts.map(names).iter().any(|names| *names != first) {
                faults.push(format!("{key} has other names in braces in another language"));
            }
        }
        faults
    }
}

/// The names in braces of a text, sorted.
fn names(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> =
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_text_in_every_language() {
        assert_eq!(WORDS.faults(), [""; 0]);
        let lao = |text: &str| text.chars().any(|c| ('\u{e80}'..='\u{eff}').contains(&c));
        for key in WORDS.keys() {
            assert!(!lao(WORDS.text(Language::English, key)), "{key}");
            assert!(!lao(WORDS.text(Language::Vietnamese, key)), "{key}");
            let text = WORDS.text(Language::Lao, key);
            assert!(lao(text) || !text.chars().any(|c| c.is_ascii_lowercase()) || key == "app.name", "{key}");
        }
    }

    #[test]
    fn an_unknown_key_shows_itself() {
        assert_eq!(WORDS.text(Language::Lao, "no.such"), "no.such");
    }

    #[test]
    fn every_part_is_looked_through() {
        let parts = Catalogue::new(&[&[("b", ["1", "2", "3"])], &[("a", ["4", "5", "6"]), ("c", ["7", "8", "9"])]]);
        assert_eq!(["a", "b", "c"].map(|key| parts.text(Language::Lao, key)), ["5", "2", "8"]);
        assert_eq!(parts.faults(), [""; 0]);
        assert_eq!(parts.keys().collect::<Vec<_>>(), ["b", "a", "c"]);
    }

    #[test]
    fn faults_are_found() {
        let broken =
            Catalogue::new(&[&[("b", ["{n} x", "x {n}", "x"]), ("a", ["", "a", "a"])], &[("b", ["b", "b", "b"])]]);
        let told = [
            "a stands after b",
            "b has other names in braces in another language",
            "a has an empty text",
            "b stands twice",
        ];
        assert_eq!(broken.faults(), told);
    }
}
