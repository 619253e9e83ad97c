//! What findings mean, by their codes, in the words of a citizen: code, then Vietnamese, Lao, English. The text beside a
//! finding, with the values that were compared, stays in English.

mod format;
mod validation;

use format::FORMAT;
use mekong_base::Language;
use mekong_signature::facts::ChangeKind;
use validation::VALIDATION;

/// What a code means; the code itself if nothing is known of it.
pub fn meaning(code: &'static str, language: Language) -> &'static str {
    let found = all().find(|(known, _)| *known == code);
    found.map_or(code, |(_, words)| crate::words::of(words, language))
}

/// What a change after signing amounts to.
pub fn meaning_of_change(kind: ChangeKind, language: Language) -> &'static str {
    crate::words::say(language, change_key(kind))
}

const fn change_key(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Extension => "change.extension",
        ChangeKind::FormFilling => "change.form",
        ChangeKind::Annotation => "change.annotation",
        ChangeKind::Undefined => "change.undefined",
        ChangeKind::Forbidden => "change.forbidden",
    }
}

/// Statements of what is wrong or worth a remark.
fn all() -> impl Iterator<Item = &'static (&'static str, [&'static str; 3])> {
    FORMAT.iter().chain(VALIDATION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The codes that the sources of a folder write as findings or checks, or that stand alone on a line or in a tuple.
    fn codes(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                codes(&entry, found);
                continue;
            }
            let source = std::fs::read_to_string(&entry).unwrap();
            let product = source.split("#[cfg(test)]").next().unwrap_or_default();
            for call in ["Finding::new(", "require(", "weigh(", "warn("] {
                for after in product.split(call).skip(1) {
                    let arguments = after.split(';').next().unwrap_or_default();
                    let first = arguments.split('"').nth(1).unwrap_or_default();
                    let is_code = first.len() > 3 && first.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                    if is_code {
                        found.insert(first.to_owned());
                    }
                }
            }
        }
    }

    #[test]
    fn every_code_of_a_finding_has_its_meaning_in_three_languages() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut found = BTreeSet::new();
        codes(&crates.join("signature/src"), &mut found);
        codes(&crates.join("verdict/src"), &mut found);
        assert!(found.len() > 60, "{found:?}");
        let known: BTreeSet<&str> = all().map(|(code, _)| *code).collect();
        assert_eq!(known.len(), all().count(), "a code stands twice");
        let unknown: Vec<&String> = found.iter().filter(|code| !known.contains(code.as_str())).collect();
        assert!(unknown.is_empty(), "{unknown:?} have no meaning");
        for (code, words) in all() {
            assert!(words.iter().all(|word| !word.is_empty()), "{code}");
        }
    }
}
