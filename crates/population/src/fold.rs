//! Search keys of names: one form for everything that a person at a counter would call the same name.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Search key in Latin letters: lower case, no marks, đ as d, one space between words, none around. Vietnamese and romanised names.
///
/// `Nguyễn  Văn Đức` gives `nguyen van duc`. Marks are those of general category M after canonical decomposition (Unicode NFD).
pub fn latin(text: &str) -> String {
    collapse(
        text.nfd()
            .filter(|c| !is_combining_mark(*c))
            .flat_map(char::to_lowercase)
            .map(|c| if c == 'đ' { 'd' } else { c }),
    )
}

/// The same name in plain Latin letters, case kept: `Nguyễn Văn Đức` gives `Nguyen Van Duc`.
pub fn without_marks(text: &str) -> String {
    let plain = |c: char| match c {
        'đ' => 'd',
        'Đ' => 'D',
        other => other,
    };
    text.nfd().filter(|c| !is_combining_mark(*c)).map(plain).collect()
}

/// Search key in Lao script: NFC, vowel and tone marks kept (they distinguish names), no zero-width space, the two ways of writing
/// ho sung no and ho sung mo as one, and sara am as one character.
pub fn lao(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for c in text.nfc().filter(|c| !matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}')) {
        match (key.chars().next_back(), c) {
            (Some('ຫ'), 'ນ') => replace_last(&mut key, 'ໜ'),
            (Some('ຫ'), 'ມ') => replace_last(&mut key, 'ໝ'),
            (Some('\u{ecd}'), '\u{eb2}') => replace_last(&mut key, '\u{eb3}'),
            (Some('\u{ecd}'), '\u{ec8}'..='\u{ecb}') => {
                key.pop();
                key.push(c);
                key.push('\u{ecd}');
            }
            (_, other) => key.push(other),
        }
    }
    collapse(key.chars())
}

/// Whether any letter is of the Lao block (U+0E80 to U+0EFF).
pub fn has_lao(text: &str) -> bool {
    text.chars().any(|c| ('\u{e80}'..='\u{eff}').contains(&c))
}

fn replace_last(key: &mut String, with: char) {
    key.pop();
    key.push(with);
}

/// White space runs as one space, none at the ends.
fn collapse(chars: impl Iterator<Item = char>) -> String {
    let mut out = String::new();
    let mut gap = false;
    for c in chars {
        if c.is_whitespace() {
            gap = true;
        } else {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_folds_to_plain_letters() {
        assert_eq!(latin("  Nguyễn\u{a0} Văn ĐỨC "), "nguyen van duc");
        assert_eq!(latin("Nguyễn".nfd().collect::<String>().as_str()), "nguyen");
        assert_eq!(without_marks("Đặng Thị Ưng"), "Dang Thi Ung");
    }

    #[test]
    fn lao_keeps_its_marks_but_has_one_spelling() {
        assert_eq!(lao("ຄໍາ"), lao("ຄຳ"));
        assert_eq!(lao("ນໍ້າ"), lao("ນ້ຳ"));
        assert_eq!(lao("ຫນູ"), lao("ໜູ"));
        assert_eq!(lao("ສົມ\u{200b}ພອນ"), lao("ສົມພອນ"));
        assert_ne!(lao("ແກ້ວ"), lao("ແກວ"));
    }
}
