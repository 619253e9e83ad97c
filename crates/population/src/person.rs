//! What the register holds about a person.

use jiff::civil::Date;

/// One entry of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The identity number, digits only, unique in the register.
    pub id: String,
    /// The name in the country's script and in Latin letters.
    pub name: PersonName,
    /// The sex as registered.
    pub sex: Sex,
    /// The day of birth.
    pub born: Date,
    /// Code of the unit of birth, as it stood at birth or as it is called now.
    pub birth_place: String,
    /// Code of the unit of residence.
    pub residence: String,
    /// Whether the person lives.
    pub status: Status,
    /// The day of death; there exactly if the status is [`Status::Deceased`].
    pub died: Option<Date>,
}

/// A name in the country's own script and in plain Latin letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName {
    /// As the person writes it.
    pub native: NameParts,
    /// Without marks (Vietnamese) or romanised (Lao).
    pub latin: NameParts,
}

/// The parts of a name, each possibly of several words. Which comes first is the country's [`NameOrder`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameParts {
    /// Family name.
    pub surname: String,
    /// Middle name; empty where there is none.
    pub middle: String,
    /// Given name.
    pub given: String,
}

/// In which order a country writes the parts of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameOrder {
    /// Given name, then surname: Lao.
    GivenFirst,
    /// Surname, middle name, given name: Vietnamese.
    SurnameFirst,
}

impl NameParts {
    /// The whole name in the given order, one space between the parts.
    pub fn full(&self, order: NameOrder) -> String {
        let parts = match order {
            NameOrder::SurnameFirst => [&self.surname, &self.middle, &self.given],
            NameOrder::GivenFirst => [&self.given, &self.middle, &self.surname],
        };
        let mut full = String::with_capacity(self.surname.len() + self.middle.len() + self.given.len() + 2);
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            if !full.is_empty() {
                full.push(' ');
            }
            full.push_str(part);
        }
        full
    }
}

/// The sex as registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// `F`
    Female,
    /// `M`
    Male,
}

impl Sex {
    /// `F` or `M`, as in files and in the database.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Female => "F",
            Self::Male => "M",
        }
    }

    /// From `F` or `M`.
    pub fn from_letter(text: &str) -> Option<Self> {
        match text {
            "F" => Some(Self::Female),
            "M" => Some(Self::Male),
            _ => None,
        }
    }
}

/// Whether a person lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Died; the day is known.
    Deceased,
    /// Alive, as far as the register knows.
    Living,
    /// Declared missing.
    Missing,
}

impl Status {
    /// `deceased`, `living` or `missing`, as in files, in the database and in answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deceased => "deceased",
            Self::Living => "living",
            Self::Missing => "missing",
        }
    }

    /// From [`Status::word`].
    pub fn from_word(text: &str) -> Option<Self> {
        match text {
            "deceased" => Some(Self::Deceased),
            "living" => Some(Self::Living),
            "missing" => Some(Self::Missing),
            _ => None,
        }
    }
}

/// A day written `YYYY-MM-DD` and nothing else, from year 1800.
pub fn parse_day(text: &str) -> Option<Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = <[u8; 10]>::try_from(text.as_bytes()).ok()? else {
        return None;
    };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
    let year = digit(y1)? * 1000 + digit(y2)? * 100 + digit(y3)? * 10 + digit(y4)?;
    let month = i8::try_from(digit(m1)? * 10 + digit(m2)?).ok()?;
    let day = i8::try_from(digit(d1)? * 10 + digit(d2)?).ok()?;
    if year < 1800 { None } else { Date::new(year, month, day).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_one_form() {
        assert_eq!(parse_day("1990-02-28"), Date::new(1990, 2, 28).ok());
        for wrong in [
            "1990-02-30",
            "28/02/1990",
            "1990-2-28",
            "19900228",
            "1799-01-01",
            "1990-02-28T00:00",
            "",
            "１９９０-02-28",
        ] {
            assert_eq!(parse_day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_are_written_in_the_order_of_the_country() {
        let parts = NameParts { surname: "Nguyễn".into(), middle: "Văn".into(), given: "An".into() };
        assert_eq!(parts.full(NameOrder::SurnameFirst), "Nguyễn Văn An");
        let parts = NameParts { surname: "Vongsa".into(), middle: String::new(), given: "Somphone".into() };
        assert_eq!(parts.full(NameOrder::GivenFirst), "Somphone Vongsa");
    }
}
