//! The texts of the registration office, a file for each page: key, then Vietnamese, Lao, English. Each file is sorted by key.

mod certificate;
mod certificates;
mod contents;
mod enter;
mod failure;
mod issue;
mod lists;
mod overview;
mod shared;

use mekong_web::catalogue::Catalogue;

/// All of them.
pub(super) const WORDS: Catalogue = Catalogue::new(&[
    certificate::TEXTS,
    certificates::TEXTS,
    contents::TEXTS,
    enter::TEXTS,
    failure::TEXTS,
    issue::TEXTS,
    lists::TEXTS,
    overview::TEXTS,
    shared::TEXTS,
]);

#[cfg(test)]
mod tests {
    use super::*;
    use mekong_web::Language;

    #[test]
    fn every_key_has_its_text_in_every_language() {
        assert_eq!(WORDS.faults(), [""; 0]);
        let lao = |text: &str| text.chars().any(|c| ('\u{e80}'..='\u{eff}').contains(&c));
        for key in WORDS.keys() {
            assert!(lao(WORDS.text(Language::Lao, key)), "{key}");
            assert!(!lao(WORDS.text(Language::English, key)) && !lao(WORDS.text(Language::Vietnamese, key)), "{key}");
        }
    }
}
