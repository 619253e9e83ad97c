//! Text broken into lines: at spaces, and in Lao, which has none between words, before what begins a syllable for certain.
//!
//! Whether a Lao consonant ends a syllable or begins one takes a dictionary; only those breaks are used that the letters
//! around give away. A word wider than a line is broken between any two characters that do not belong together.

use super::font::Font;
use super::line::Line;
use super::{FontError, is_lao};

/// Breaks a text into lines no wider than `width` for text of size 1; at least one line.
///
/// # Errors
/// [`FontError::Glyph`] names a character that no font has; [`legible`] replaces such.
pub fn wrap(text: &str, fonts: &mut [Font<'_>], width: f64) -> Result<Vec<Line>, FontError> {
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0.0);
    for word in pieces(text, breaks_word) {
        let (bare, whole) = (Line::measure(word.trim_end(), fonts)?, Line::measure(word, fonts)?);
        if used + bare <= width {
            line.push_str(word);
            used += whole;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0.0;
        }
        if bare <= width {
            line.push_str(word);
            used = whole;
            continue;
        }
        for character in pieces(word, breaks_anywhere) {
            let bare = Line::measure(character, fonts)?;
            if used + bare > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            line.push_str(character);
            used += bare;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines.iter().map(|line| Line::shape(line.trim_end(), fonts)).collect()
}

/// A text of others, fit to be shown: at most `most` characters, `?` for what no font has, spaces for control characters, and
/// without those that turn the direction of writing or are not seen, which could make a name look like another.
pub fn legible(text: &str, fonts: &[Font<'_>], most: usize) -> String {
    let unseen =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let mut shown: String = text
        .chars()
        .filter(|c| !unseen(*c))
        .map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c })
        .map(|c| if fonts.iter().any(|font| font.has(c)) { c } else { '?' })
        .take(most)
        .collect();
    if text.chars().nth(most).is_some() {
        shown.push_str("...");
    }
    shown
}

/// Parts of a text, cut wherever `breaks` says so of the characters before, at and after a place.
fn pieces(text: &str, breaks: fn(&[char], char, &[char]) -> bool) -> Vec<&str> {
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let letters: Vec<char> = characters.iter().map(|(_, c)| *c).collect();
    let (mut pieces, mut from) = (Vec::new(), 0);
    for (index, (place, character)) in characters.iter().enumerate().skip(1) {
        let (before, rest) = letters.split_at(index);
        if breaks(before, *character, rest.get(1..).unwrap_or_default()) {
            pieces.extend(text.get(from..*place));
            from = *place;
        }
    }
    pieces.extend(text.get(from..).filter(|rest| !rest.is_empty()));
    pieces
}

fn breaks_word(before: &[char], at: char, after: &[char]) -> bool {
    let Some(last) = before.last() else { return false };
    if last.is_whitespace() || *last == '\u{200b}' {
        return !at.is_whitespace();
    }
    is_lao(*last) && begins_syllable(before, at, after)
}

/// Whether a Lao letter begins a syllable for certain: a vowel that stands in front, or a consonant that carries a vowel and
/// cannot be the second of a cluster.
fn begins_syllable(before: &[char], at: char, after: &[char]) -> bool {
    let Some(last) = before.last() else { return false };
    if is_front_vowel(*last) {
        return false;
    }
    if is_front_vowel(at) {
        return true;
    }
    let next = after.iter().find(|c| !is_tone(**c) && **c != '\u{ebc}');
    let carries = is_consonant(at) && next.is_some_and(|c| matches!(*c, '\u{eb0}'..='\u{ebb}' | NIGGAHITA));
    // ຫ before ງ ຍ ນ ມ ລ ວ is silent; ວ ຣ ລ after a consonant may belong to it.
    let second = *last == 'ຫ' || (matches!(at, 'ວ' | 'ຣ' | 'ລ') && is_consonant(*last));
    carries && !second
}

/// Whether a place may be broken when nothing better is there: not before marks, and not after a Lao vowel that stands in
/// front of its consonant.
fn breaks_anywhere(before: &[char], at: char, _: &[char]) -> bool {
    let is_mark = matches!(at, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{200d}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{eaf}'..='\u{ebd}' | 'ໆ');
    !is_mark && !is_tone(at) && at != NIGGAHITA && !before.last().is_some_and(|last| is_front_vowel(*last))
}

/// ເ ແ ໂ ໃ ໄ: written before the consonant that they follow in speech.
const fn is_front_vowel(character: char) -> bool {
    matches!(character, '\u{ec0}'..='\u{ec4}')
}

/// The circle above: a vowel, although it stands among the tones.
const NIGGAHITA: char = '\u{ecd}';

/// Tones and other marks above, without [`NIGGAHITA`].
const fn is_tone(character: char) -> bool {
    matches!(character, '\u{ec8}'..='\u{ecc}' | '\u{ece}')
}

const fn is_consonant(character: char) -> bool {
    matches!(character, '\u{e81}'..='\u{eae}' | '\u{edc}'..='\u{edf}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: &str) {
        let text = expected.replace('|', "");
        assert_eq!(pieces(&text, breaks_word).join("|"), expected);
    }

    #[test]
    fn vietnamese_and_english_break_at_spaces() {
        check("Chữ |ký |hợp |lệ");
        check("two  |spaces, |a-hyphen");
    }

    #[test]
    fn lao_breaks_only_where_a_syllable_begins() {
        check("ບໍ່|ສາ|ມາດ|ສະ|ຫຼຸບ");
        check("ໃບ|ຢັ້ງ|ຢືນ|ບໍ່|ໄດ້|ມາ|ຈາກ");
        check("ເອ|ກະ|ສານ");
    }

    #[test]
    fn what_belongs_together_stays_so() {
        assert_eq!(pieces("ເຂົ້ານ້ຳ", breaks_anywhere), ["ເຂົ້າ", "ນ້ຳ"]);
        assert_eq!(pieces("e\u{301}a", breaks_anywhere), ["e\u{301}", "a"]);
    }
}
