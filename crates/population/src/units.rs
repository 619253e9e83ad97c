//! Administrative units in time. A code is not a key across time: the key is code and day.

use crate::person::parse_day;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::io::Read;

/// Most units that a table takes; Viet Nam has 3,355 today and had 10,794 before.
const UNITS_MAX: usize = 200_000;

/// One unit as it was from a day until the day before another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The official code.
    pub code: String,
    /// The official name in the country's script.
    pub name: String,
    /// The customary name in English.
    pub name_en: String,
    /// First day; `None`: always.
    pub from: Option<Date>,
    /// First day on which it is no longer so; `None`: still.
    pub until: Option<Date>,
    /// The code that took over on `until`.
    pub successor: Option<String>,
    /// Thousands of residents; weighs the generator only.
    pub residents_thousands: u32,
}

impl Unit {
    /// Whether the row holds on a day.
    pub fn holds_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }
}

/// The units of a country.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Units {
    by_code: BTreeMap<String, Vec<Unit>>,
}

/// Why a file of units is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnitsError {
    /// Not CSV, or not UTF-8.
    #[error("the file of units is not CSV in UTF-8")]
    Csv(#[source] csv::Error),
    /// A column is missing.
    #[error(
        "the file of units has no column {0:?}; it needs code and name, and may have name_en, from, until, successor, residents_thousands"
    )]
    Column(&'static str),
    /// A value is wrong.
    #[error("line {line} of the file of units: {column} {value:?} is wrong")]
    Value {
        /// 1-based line.
        line: u64,
        /// Which column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// More than we take.
    #[error("the file of units has more than {UNITS_MAX} rows")]
    TooMany,
}

impl Units {
    /// Adds the units of a CSV file: `code,name` and, where there, `name_en`, `from`, `until`, `successor`, `residents_thousands`.
    /// Other columns are ignored, so that a country's published list can be used as it is.
    ///
    /// # Errors
    /// [`UnitsError`]; nothing is added then.
    pub fn add(&mut self, reader: impl Read) -> Result<(), UnitsError> {
        let mut csv = csv::Reader::from_reader(reader);
        let headers = csv.headers().map_err(UnitsError::Csv)?.clone();
        let columns = Columns::find(&headers)?;
        let mut units = Vec::new();
        for record in csv.records() {
            let record = record.map_err(UnitsError::Csv)?;
            units.push(columns.unit(&record)?);
            if units.len() > UNITS_MAX {
                return Err(UnitsError::TooMany);
            }
        }
        for unit in units {
            self.by_code.entry(unit.code.clone()).or_default().push(unit);
        }
        Ok(())
    }

    /// Whether the code ever was one.
    pub fn is_known(&self, code: &str) -> bool {
        self.by_code.contains_key(code)
    }

    /// The unit that bears a code on a day; if none does, the last that bore it.
    pub fn on(&self, code: &str, day: Date) -> Option<&Unit> {
        let rows = self.by_code.get(code)?;
        rows.iter().find(|unit| unit.holds_on(day)).or_else(|| rows.last())
    }

    /// The units that hold on a day, by code.
    pub fn all_on(&self, day: Date) -> impl Iterator<Item = &Unit> {
        self.by_code.values().flatten().filter(move |unit| unit.holds_on(day))
    }

    /// How many codes there are.
    pub fn len(&self) -> usize {
        self.by_code.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_code.is_empty()
    }
}

/// Where the columns stand in a file.
struct Columns {
    code: usize,
    name: usize,
    name_en: Option<usize>,
    from: Option<usize>,
    until: Option<usize>,
    successor: Option<usize>,
    residents: Option<usize>,
}

impl Columns {
    fn find(headers: &csv::StringRecord) -> Result<Self, UnitsError> {
        let at = |name: &str| headers.iter().position(|header| header.trim_start_matches('\u{feff}') == name);
        Ok(Self {
            code: at("code").ok_or(UnitsError::Column("code"))?,
            name: at("name").or_else(|| at("name_lo")).ok_or(UnitsError::Column("name"))?,
            name_en: at("name_en"),
            from: at("from"),
            until: at("until"),
            successor: at("successor"),
            residents: at("residents_thousands"),
        })
    }

    fn unit(&self, record: &csv::StringRecord) -> Result<Unit, UnitsError> {
        let line = record.position().map_or(0, csv::Position::line);
        let text = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default();
        let wrong = |column, value: &str| UnitsError::Value { line, column, value: value.to_owned() };
        let day = |column, at| match text(at) {
            "" => Ok(None),
            value => parse_day(value).map(Some).ok_or_else(|| wrong(column, value)),
        };
        let code = text(Some(self.code));
        if code.is_empty() || code.len() > 16 || !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(wrong("code", code));
        }
        let residents = match text(self.residents) {
            "" => 0,
            value => value.parse().map_err(|_| wrong("residents_thousands", value))?,
        };
        Ok(Unit {
            code: code.to_owned(),
            name: text(Some(self.name)).to_owned(),
            name_en: text(self.name_en).to_owned(),
            from: day("from", self.from)?,
            until: day("until", self.until)?,
            successor: Some(text(self.successor)).filter(|code| !code.is_empty()).map(str::to_owned),
            residents_thousands: residents,
        })
    }
}
