//! The rules of a country: numbers, script, order of names, units, names to generate from.
//!
//! The data is in `definitions/population` and compiled in; a full list of units can be added with [`Country::add_units`].

use crate::number::NumberScheme;
use crate::person::NameOrder;
use crate::units::{Units, UnitsError};
use std::io::Read;

/// The script that a country's names are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Lao letters and signs, U+0E80 to U+0EFF.
    Lao,
    /// Latin letters with any marks.
    Latin,
}

/// A country's rules and data.
#[derive(Debug, Clone)]
pub struct Country {
    code: &'static str,
    numbers: NumberScheme,
    script: Script,
    name_order: NameOrder,
    utc_offset_hours: i8,
    units: Units,
    names: &'static str,
}

impl Country {
    /// The Socialist Republic of Viet Nam.
    ///
    /// # Errors
    /// [`UnitsError`] if the compiled-in data is damaged; a test keeps it from being so.
    pub fn vietnam() -> Result<Self, UnitsError> {
        Ok(Self {
            code: "VN",
            numbers: NumberScheme::Vietnamese,
            script: Script::Latin,
            name_order: NameOrder::SurnameFirst,
            utc_offset_hours: 7,
            units: units(include_str!("../../../definitions/population/vn/units.csv"))?,
            names: include_str!("../../../definitions/population/vn/names.csv"),
        })
    }

    /// The Lao People's Democratic Republic.
    ///
    /// # Errors
    /// [`UnitsError`] if the compiled-in data is damaged; a test keeps it from being so.
    pub fn laos() -> Result<Self, UnitsError> {
        Ok(Self {
            code: "LA",
            numbers: NumberScheme::Plain { digits: 12 },
            script: Script::Lao,
            name_order: NameOrder::GivenFirst,
            utc_offset_hours: 7,
            units: units(include_str!("../../../definitions/population/la/units.csv"))?,
            names: include_str!("../../../definitions/population/la/names.csv"),
        })
    }

    /// The country of an ISO 3166 code, `VN` or `LA`; `None` for any other.
    pub fn by_code(code: &str) -> Option<Result<Self, UnitsError>> {
        match code {
            "LA" => Some(Self::laos()),
            "VN" => Some(Self::vietnam()),
            _ => None,
        }
    }

    /// ISO 3166 code, also the X-Road instance in our demonstration.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The rule of its identity numbers.
    pub const fn numbers(&self) -> NumberScheme {
        self.numbers
    }

    /// The script of its names.
    pub const fn script(&self) -> Script {
        self.script
    }

    /// The order of its names.
    pub const fn name_order(&self) -> NameOrder {
        self.name_order
    }

    /// Its administrative units.
    pub const fn units(&self) -> &Units {
        &self.units
    }

    /// Adds units, such as communes, from a CSV file; see [`Units::add`].
    ///
    /// # Errors
    /// [`UnitsError`]; nothing is added then.
    pub fn add_units(&mut self, reader: impl Read) -> Result<(), UnitsError> {
        self.units.add(reader)
    }

    /// The day that it is in the country.
    pub fn day(&self, now: mekong_base::Instant) -> jiff::civil::Date {
        let local = now.unix_seconds().saturating_add(i64::from(self.utc_offset_hours) * 3600);
        jiff::Timestamp::from_second(local)
            .map_or(jiff::civil::Date::MAX, |timestamp| jiff::tz::Offset::UTC.to_datetime(timestamp).date())
    }

    /// `part,sex,native,latin,weight`, for the generator.
    pub(crate) const fn names_csv(&self) -> &'static str {
        self.names
    }
}

fn units(csv: &str) -> Result<Units, UnitsError> {
    let mut units = Units::default();
    units.add(csv.as_bytes())?;
    Ok(units)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::person::parse_day;

    #[test]
    fn a_code_names_another_unit_at_another_time() {
        let vietnam = Country::vietnam().unwrap();
        let name = |code, day| vietnam.units().on(code, parse_day(day).unwrap()).map(|unit| unit.name.clone());
        assert_eq!(name("15", "1990-01-01").as_deref(), Some("Tỉnh Yên Bái"));
        assert_eq!(name("15", "2025-07-01").as_deref(), Some("Tỉnh Lào Cai"));
        assert_eq!(name("75", "2026-04-29").as_deref(), Some("Tỉnh Đồng Nai"));
        assert_eq!(name("75", "2026-04-30").as_deref(), Some("Thành phố Đồng Nai"));
        assert_eq!(name("97", "2026-04-30"), None);
    }

    #[test]
    fn there_were_63_provinces_and_are_34() {
        let vietnam = Country::vietnam().unwrap();
        assert_eq!(vietnam.units().all_on(parse_day("2025-06-30").unwrap()).count(), 63);
        assert_eq!(vietnam.units().all_on(parse_day("2025-07-01").unwrap()).count(), 34);
        assert_eq!(Country::laos().unwrap().units().all_on(parse_day("2026-01-01").unwrap()).count(), 18);
    }

    #[test]
    fn the_day_is_that_of_the_country() {
        let day = |text: &str| Country::laos().unwrap().day(text.parse().unwrap()).to_string();
        assert_eq!(day("2026-11-22T16:59:59Z"), "2026-11-22");
        assert_eq!(day("2026-11-22T17:00:00Z"), "2026-11-23");
    }
}
