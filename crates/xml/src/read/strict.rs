//! Faults that the parser below lets pass or reads in its own way, though XML 1.0 and Namespaces in XML 1.0 forbid them.
//!
//! A signature must not mean two things to two readers, so these documents are refused.

use memchr::memmem;

pub(super) const EMPTY_PREFIX: &str = "a name begins with a colon";
pub(super) const PREFIXED_XMLNS: &str = "xmlns with a prefix";
pub(super) const EMPTY_NAMESPACE: &str = "a namespace prefix is declared as empty";
pub(super) const TWO_DEFAULTS: &str = "the default namespace is declared twice on one element";
pub(super) const SURROGATE: &str = "a character reference to a surrogate";

/// A reference such as `&#xD800;`, which the parser replaces by U+FFFD.
pub(super) fn has_surrogate(text: &[u8]) -> bool {
    memmem::find_iter(text, b"&#").any(|at| {
        let digits = text.get(at + 2..).unwrap_or_default();
        let (digits, radix) = digits.strip_prefix(b"x").map_or((digits, 10), |hexadecimal| (hexadecimal, 16));
        let mut value = 0_u32;
        for digit in digits.iter().map_while(|d| char::from(*d).to_digit(radix)) {
            value = value.saturating_mul(radix).saturating_add(digit);
        }
        (0xD800..=0xDFFF).contains(&value)
    })
}

/// What is wrong with an instruction, given what stands between `<?` and `?>`.
///
/// The parser takes any character that does not belong to a name as the end of the target.
pub(super) fn instruction_fault(content: &str) -> Option<&'static str> {
    let target = content.split([' ', '\t', '\n', '\r']).next().unwrap_or_default();
    if target.eq_ignore_ascii_case("xml") {
        return Some("an XML declaration is not allowed here");
    }
    (!target.chars().all(is_name_char)).then_some("the name of a processing instruction is not one")
}

/// `NameChar` of XML 1.0 §2.3 without the colon.
fn is_name_char(c: char) -> bool {
    matches!(c,
        '-' | '.' | '0'..='9' | 'A'..='Z' | '_' | 'a'..='z' | '\u{B7}' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}'
        | '\u{F8}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{203F}'..='\u{2040}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}
