//! Identity numbers, and what they must agree with.
//!
//! **Viet Nam** (Decree 137/2015 art. 13): 12 digits without a check digit: 3 of the province of birth registration (the 63 provinces
//! of before July 2025; codes of countries, for births abroad, are not in our tables), 1 of century and sex (male 0, female 1 in the
//! 1900s, and two more a century), 2 of the year of birth, 6 at random.
//!
//! **Lao PDR**: the format is not publicly documented. As a placeholder we take 12 digits, the first not zero, without any meaning;
//! replace it by the official rule where that is known.

use crate::person::Sex;
use jiff::civil::Date;

/// The rule a country's numbers follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberScheme {
    /// Digits without meaning; see the module's note on the Lao PDR.
    Plain {
        /// How many.
        digits: usize,
    },
    /// Decree 137/2015 art. 13 of Viet Nam.
    Vietnamese,
}

/// Why a number is not one, or not this person's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// Something that is not a digit 0 to 9.
    #[error("has the character {0:?}, only digits 0 to 9 are allowed")]
    Character(char),
    /// Too few or too many digits.
    #[error("has {found} digits instead of {expected}")]
    Length {
        /// How many there must be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The first digit may not be zero.
    #[error("begins with 0")]
    LeadingZero,
    /// The first three digits are no province.
    #[error("begins with {0:?}, which is the code of no province")]
    Province(String),
    /// The century and year digits are of another year.
    #[error("says year of birth {number}, the date of birth says {born}")]
    Year {
        /// The year that the number tells.
        number: i16,
        /// The year of the date of birth.
        born: i16,
    },
    /// The century digit is of the other sex.
    #[error("says sex {number}, the row says {row}")]
    Sex {
        /// `M` or `F`, from the number.
        number: &'static str,
        /// `M` or `F`, from the row.
        row: &'static str,
    },
}

impl NumberScheme {
    /// Digits of a number.
    pub const fn digits(self) -> usize {
        match self {
            Self::Plain { digits } => digits,
            Self::Vietnamese => 12,
        }
    }

    /// Checks the form alone: digits, their number, and the province where the number tells one.
    ///
    /// `is_province` knows the two-digit codes that ever were.
    ///
    /// # Errors
    /// [`NumberError`], except `Year` and `Sex`.
    pub fn check_form(self, number: &str, is_province: impl Fn(&str) -> bool) -> Result<(), NumberError> {
        if let Some(character) = number.chars().find(|c| !c.is_ascii_digit()) {
            return Err(NumberError::Character(character));
        }
        if number.len() != self.digits() {
            return Err(NumberError::Length { expected: self.digits(), found: number.len() });
        }
        match self {
            Self::Plain { .. } if number.starts_with('0') => Err(NumberError::LeadingZero),
            Self::Plain { .. } => Ok(()),
            Self::Vietnamese => {
                let code = number.get(..3).unwrap_or_default();
                let known = code.strip_prefix('0').is_some_and(is_province);
                if known { Ok(()) } else { Err(NumberError::Province(code.to_owned())) }
            }
        }
    }

    /// Checks that a number of good form is of a person of this sex, born that day.
    ///
    /// # Errors
    /// [`NumberError::Year`] or [`NumberError::Sex`].
    pub fn check_person(self, number: &str, born: Date, sex: Sex) -> Result<(), NumberError> {
        if self != Self::Vietnamese {
            return Ok(());
        }
        let digit = |at: usize| number.as_bytes().get(at).map_or(0, |byte| i16::from(byte.wrapping_sub(b'0')));
        let year = (19 + digit(3) / 2) * 100 + digit(4) * 10 + digit(5);
        if year != born.year() {
            return Err(NumberError::Year { number: year, born: born.year() });
        }
        let told = if digit(3) % 2 == 0 { Sex::Male } else { Sex::Female };
        if told == sex { Ok(()) } else { Err(NumberError::Sex { number: told.letter(), row: sex.letter() }) }
    }
}

/// The digit of century and sex in a Vietnamese number, for births from 1900 to 2399.
pub fn century_digit(year: i16, sex: Sex) -> Option<u8> {
    let centuries = u8::try_from(year.checked_sub(1900)? / 100).ok().filter(|c| *c < 5 && year >= 1900)?;
    Some(centuries * 2 + u8::from(sex == Sex::Female))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(number: &str) -> Result<(), NumberError> {
        NumberScheme::Vietnamese.check_form(number, |code| code == "01" || code == "79")
    }

    #[track_caller]
    fn person(number: &str, born: (i16, i8, i8), sex: Sex) -> Result<(), NumberError> {
        let born = Date::new(born.0, born.1, born.2).unwrap_or(Date::MIN);
        NumberScheme::Vietnamese.check_person(number, born, sex)
    }

    #[test]
    fn vietnamese_form() {
        assert_eq!(form("001090123456"), Ok(()));
        assert_eq!(form("079301123456"), Ok(()));
        assert_eq!(form("1090123456"), Err(NumberError::Length { expected: 12, found: 10 }));
        assert_eq!(form("00109012345a"), Err(NumberError::Character('a')));
        assert_eq!(form("٠٠١٠٩٠١٢٣٤٥٦"), Err(NumberError::Character('٠')));
        assert_eq!(form("097090123456"), Err(NumberError::Province("097".into())));
        assert_eq!(form("101090123456"), Err(NumberError::Province("101".into())));
        assert_eq!(form(""), Err(NumberError::Length { expected: 12, found: 0 }));
    }

    #[test]
    fn vietnamese_century_sex_and_year() {
        assert_eq!(person("001090123456", (1990, 5, 1), Sex::Male), Ok(()));
        assert_eq!(person("001190123456", (1990, 5, 1), Sex::Female), Ok(()));
        assert_eq!(person("001205123456", (2005, 5, 1), Sex::Male), Ok(()));
        assert_eq!(person("001305123456", (2005, 5, 1), Sex::Male), Err(NumberError::Sex { number: "F", row: "M" }));
        assert_eq!(
            person("001005123456", (2005, 5, 1), Sex::Male),
            Err(NumberError::Year { number: 1905, born: 2005 })
        );
        assert_eq!(century_digit(1899, Sex::Male), None);
        assert_eq!(century_digit(2000, Sex::Female), Some(3));
        assert_eq!(century_digit(2400, Sex::Male), None);
    }

    #[test]
    fn lao_placeholder() {
        let scheme = NumberScheme::Plain { digits: 12 };
        assert_eq!(scheme.check_form("123456789012", |_| false), Ok(()));
        assert_eq!(scheme.check_form("012345678901", |_| false), Err(NumberError::LeadingZero));
    }
}
