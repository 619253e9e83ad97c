//! The words of the pages: a key has its text in every language, or the program does not compile.

mod words;

use crate::Language;

/// Keys with their texts in Vietnamese, Lao and English, sorted by key. Other crates make their own with the same shape.
#[derive(Debug, Clone, Copy)]
pub struct Catalogue(&'static [(&'static str, [&'static str; 3])]);

/// The words that pages share.
pub const WORDS: Catalogue = Catalogue::new(words::WORDS);

impl Catalogue {
    /// A catalogue of `(key, [Vietnamese, Lao, English])`, sorted by key; check it with [`Catalogue::faults`] in a test.
    pub const fn new(entries: &'static [(&'static str, [&'static str; 3])]) -> Self {
        Self(entries)
    }

    /// The text of a key; the key itself if there is none, so that the fault is seen and the page still works.
    pub fn text(&self, language: Language, key: &'static str) -> &'static str {
        let at = self.0.binary_search_by_key(&key, |(key, _)| key);
        let Some((_, [vietnamese, lao, english])) = at.ok().and_then(|at| self.0.get(at)) else { return key };
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

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(key, _)| *key)
    }

    /// What is wrong with the catalogue: keys out of order or twice, empty texts, texts whose `{names}` differ between languages.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for ((a, _), (b, _)) in self.0.iter().zip(self.0.iter().skip(1)) {
            if a >= b {
                faults.push(format!("{b} stands after {a}"));
            }
        }
        for (key, texts) in self.0 {
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
    fn faults_are_found() {
        let broken = Catalogue::new(&[("b", ["{n} x", "x {n}", "x"]), ("a", ["", "a", "a"])]);
        assert_eq!(broken.faults().len(), 3);
    }
}
