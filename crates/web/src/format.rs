//! Numbers and times as readers of a language write them.

use crate::{Language, Markup};
use jiff::tz::Offset;
use mekong_base::Instant;

/// Both countries are seven hours ahead of UTC all year.
const OFFSET: Offset = jiff::tz::offset(7);

/// A whole number with its thousands apart: `1,234,567` in English, `1.234.567` in Vietnamese and Lao.
pub fn number(language: Language, n: u64) -> String {
    let digits = n.to_string();
    let separator = if language == Language::English { ',' } else { '.' };
    let mut text = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// Milliseconds with as many digits as matter: `0.84`, `8.4`, `84`; with a comma in Vietnamese and Lao.
pub fn milliseconds(language: Language, ms: f64) -> String {
    let text = if ms < 1.0 {
        format!("{ms:.2}")
    } else if ms < 10.0 {
        format!("{ms:.1}")
    } else {
        format!("{ms:.0}")
    };
    if language == Language::English { text } else { text.replace('.', ",") }
}

/// The local time of both countries: `22 Nov 2026 12:14:05` in English, `22/11/2026 12:14:05` in Vietnamese and Lao.
pub fn time(language: Language, at: Instant) -> String {
    let pattern = if language == Language::English { "%-d %b %Y %H:%M:%S" } else { "%d/%m/%Y %H:%M:%S" };
    strftime(at, pattern)
}

/// The local day of both countries.
pub fn day(language: Language, at: Instant) -> String {
    let pattern = if language == Language::English { "%-d %b %Y" } else { "%d/%m/%Y" };
    strftime(at, pattern)
}

/// [`time`] as an element that says the exact instant to programs.
pub fn time_element(language: Language, at: Instant) -> Markup {
    Markup::made(format!("<time datetime=\"{at}\">{}</time>", Markup::text(time(language, at))))
}

/// [`day`] as an element that says the exact instant to programs.
pub fn day_element(language: Language, at: Instant) -> Markup {
    Markup::made(format!("<time datetime=\"{at}\">{}</time>", Markup::text(day(language, at))))
}

fn strftime(at: Instant, pattern: &str) -> String {
    match jiff::Timestamp::from_microsecond(at.unix_micros()) {
        Ok(timestamp) => OFFSET.to_datetime(timestamp).strftime(pattern).to_string(),
        Err(_) => at.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_local() {
        assert_eq!(number(Language::English, 1_234_567), "1,234,567");
        assert_eq!(number(Language::Vietnamese, 100_000), "100.000");
        assert_eq!(number(Language::Lao, 999), "999");
        assert_eq!(milliseconds(Language::Vietnamese, 8.44), "8,4");
        assert_eq!(milliseconds(Language::English, 128.6), "129");
        let at = Instant::from_unix_seconds(1_795_324_445);
        assert_eq!(time(Language::English, at), "22 Nov 2026 12:14:05");
        assert_eq!(time(Language::Lao, at), "22/11/2026 12:14:05");
        assert_eq!(
            day_element(Language::English, at).as_str(),
            "<time datetime=\"2026-11-22T05:14:05Z\">22 Nov 2026</time>"
        );
    }
}
