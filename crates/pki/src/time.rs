//! `Time` of X.509 (RFC 5280 §4.1.2.5): read as authorities write it, and whether it was written as it should be.

use crate::tlv::{GENERALIZED_TIME, Tlv, TlvError, wrap};
use mekong_base::Instant;

/// The tag of `UTCTime`.
pub(crate) const UTC_TIME: u8 = 0x17;

/// A time, and whether it stood in the one form that DER and RFC 5280 allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) at: Instant,
    pub(crate) exact: bool,
}

/// Reads `UTCTime` and `GeneralizedTime`; seconds may be missing, fractions and zone offsets are understood.
pub(crate) fn read(time: Tlv<'_>) -> Result<Read, TlvError> {
    let (year_digits, bytes) = match time.tag {
        UTC_TIME => (2, time.value),
        GENERALIZED_TIME => (4, time.value),
        other => return Err(TlvError(format!("tag {other:#04x} is no time"))),
    };
    parse(bytes, year_digits).ok_or_else(|| TlvError(format!("{:?} is not a time", String::from_utf8_lossy(bytes))))
}

fn parse(bytes: &[u8], year_digits: usize) -> Option<Read> {
    let mut digits = Digits { rest: bytes };
    let mut year = digits.number(year_digits)?;
    if year_digits == 2 {
        year += if year < 50 { 2000 } else { 1900 };
    }
    let (month, day, hour, minute) = (digits.number(2)?, digits.number(2)?, digits.number(2)?, digits.number(2)?);
    let with_seconds = digits.rest.first().is_some_and(u8::is_ascii_digit);
    let second = if with_seconds { digits.number(2)? } else { 0 };
    let fraction = digits.fraction();
    let offset = digits.offset()?;
    let in_range = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !in_range {
        return None;
    }
    let seconds = days_from_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    let exact = with_seconds && fraction.is_none() && bytes.last() == Some(&b'Z');
    Some(Read { at: Instant::from_unix_micros(seconds * 1_000_000 + fraction.unwrap_or(0)), exact })
}

struct Digits<'a> {
    rest: &'a [u8],
}

impl Digits<'_> {
    fn number(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        let value = |number: i64, digit: &u8| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'));
        digits.iter().try_fold(0, value)
    }

    /// Microseconds; further digits are dropped.
    fn fraction(&mut self) -> Option<i64> {
        let ([b'.' | b','], rest) = self.rest.split_at_checked(1)? else { return None };
        let length = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let micros = (0..6).fold(0, |micros, i| {
            let digit = rest.get(i).filter(|_| i < length).map_or(0, |d| i64::from(d - b'0'));
            micros * 10 + digit
        });
        self.rest = rest.get(length..).unwrap_or_default();
        Some(micros)
    }

    /// Seconds east of Greenwich; nothing may follow.
    fn offset(&mut self) -> Option<i64> {
        let (sign, rest) = self.rest.split_first()?;
        self.rest = rest;
        let offset = match sign {
            b'Z' => 0,
            b'+' => self.number(2)? * 3600 + self.number(2)? * 60,
            b'-' => -(self.number(2)? * 3600 + self.number(2)? * 60),
            _ => return None,
        };
        self.rest.is_empty().then_some(offset)
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; years are counted from March, so that leap days come last.
const fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

/// `UTCTime` up to 2049, `GeneralizedTime` after; whole seconds.
pub(crate) fn write(at: Instant) -> Result<Vec<u8>, TlvError> {
    let generalized = crate::tlv::time(at)?;
    let digits = generalized.get(2..).unwrap_or_default();
    match digits.first_chunk::<4>() {
        Some(year) if (*b"1950"..=*b"2049").contains(year) => Ok(wrap(UTC_TIME, digits.get(2..).unwrap_or_default())),
        _ => Ok(generalized),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlv::Walker;

    fn check(tag: u8, text: &str, expected: Option<(&str, bool)>) {
        let der = wrap(tag, text.as_bytes());
        let found = Walker::new(&der).next("time").and_then(read).ok().map(|r| (r.at.to_string(), r.exact));
        assert_eq!(found, expected.map(|(at, exact)| (at.to_owned(), exact)), "{text}");
    }

    #[test]
    fn times_are_read_as_written() {
        check(UTC_TIME, "260131235959Z", Some(("2026-01-31T23:59:59Z", true)));
        check(UTC_TIME, "500101120000Z", Some(("1950-01-01T12:00:00Z", true)));
        check(UTC_TIME, "490101120000Z", Some(("2049-01-01T12:00:00Z", true)));
        check(UTC_TIME, "2601312359Z", Some(("2026-01-31T23:59:00Z", false)));
        check(UTC_TIME, "260131235959+0700", Some(("2026-01-31T16:59:59Z", false)));
        check(GENERALIZED_TIME, "20240229000000Z", Some(("2024-02-29T00:00:00Z", true)));
        check(GENERALIZED_TIME, "20240229000000.25Z", Some(("2024-02-29T00:00:00.25Z", false)));
        check(GENERALIZED_TIME, "99990101000000Z", Some(("9999-01-01T00:00:00Z", true)));
        for bad in ["20230229000000Z", "20241301000000Z", "20240101240000Z", "20240101000000", "2024010100000Z", ""] {
            check(GENERALIZED_TIME, bad, None);
        }
        check(UTC_TIME, "260131235959Z0", None);
    }

    #[test]
    fn times_are_written_in_the_form_of_their_year() -> Result<(), TlvError> {
        for text in ["2026-01-31T23:59:59Z", "1999-12-31T00:00:00Z", "2050-01-01T00:00:00Z"] {
            let at: Instant = text.parse().map_err(|_| TlvError(text.to_owned()))?;
            let der = write(at)?;
            assert_eq!(Walker::new(&der).next("time").and_then(read)?, Read { at, exact: true });
            assert_eq!(der.first() == Some(&UTC_TIME), !text.starts_with("2050"));
        }
        Ok(())
    }
}
