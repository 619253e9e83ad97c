//! The texts of the administration, a file for each page: key, then Vietnamese, Lao, English. Each file is sorted by key.

mod audit;
mod change;
mod enter;
mod events;
mod explained;
mod failure;
mod keys;
mod messages;
mod overview;
mod shared;
mod subsystem;
mod users;

use mekong_web::catalogue::Catalogue;

/// All of them.
pub(super) const WORDS: Catalogue = Catalogue::new(&[
    audit::TEXTS,
    change::TEXTS,
    enter::TEXTS,
    events::TEXTS,
    explained::TEXTS,
    failure::TEXTS,
    keys::TEXTS,
    messages::TEXTS,
    overview::TEXTS,
    shared::TEXTS,
    subsystem::TEXTS,
    users::TEXTS,
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
