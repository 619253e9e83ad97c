//! Rows: from the fields of one row to a person, collecting all that is wrong with it.

use super::columns::{Column, Header};
use super::fault::{Fault, FaultKind, is_invisible};
use crate::country::{Country, Script};
use crate::person::{NameParts, Person, PersonName, Sex, Status, parse_day};
use crate::register::without_marks;
use jiff::civil::Date;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Characters of one part of a name.
const NAME_CHARS_MAX: usize = 100;
/// Characters of any other field.
const FIELD_CHARS_MAX: usize = 64;
/// Nobody is known to have lived longer than 122 years.
const AGE_YEARS_MAX: i16 = 130;

/// Checks rows against the rules of a country on a day.
pub(crate) struct RowReader<'a> {
    pub(crate) country: &'a Country,
    pub(crate) header: &'a Header,
    pub(crate) today: Date,
    /// Values whose Unicode form or white space was put in order.
    pub(crate) normalised: u64,
}

/// One row while it is read.
struct Row<'r> {
    number: u64,
    fields: &'r csv::StringRecord,
    faults: &'r mut Vec<Fault>,
}

impl Row<'_> {
    fn fault(&mut self, column: Column, value: &str, kind: impl Into<FaultKind>) {
        self.faults.push(Fault::new(self.number, column.name(), value, kind.into()));
    }
}

impl RowReader<'_> {
    /// The person of a row; `None` if `faults` got longer.
    pub(crate) fn person(
        &mut self,
        number: u64,
        fields: &csv::StringRecord,
        faults: &mut Vec<Fault>,
    ) -> Option<Person> {
        let before = faults.len();
        let mut row = Row { number, fields, faults };
        let row = &mut row;
        let id = self.id(row);
        let name = self.name(row);
        let sex = self.word(row, Column::Sex, "M, F", Sex::from_letter);
        let born = self.day(row, Column::Born);
        let (status, died) = self.status(row, born);
        let birth_place = self.birth_place(row);
        let residence = self.residence(row, status, died);
        if let (Some(id), Some(born), Some(sex)) = (id.as_deref(), born, sex)
            && let Err(error) = self.country.numbers().check_person(id, born, sex)
        {
            row.fault(Column::Id, id, error);
        }
        if faults.len() > before {
            return None;
        }
        Some(Person {
            id: id?,
            name: name?,
            sex: sex?,
            born: born?,
            birth_place: birth_place?,
            residence: residence?,
            status: status?,
            died,
        })
    }

    fn field<'r>(&self, row: &Row<'r>, column: Column) -> &'r str {
        self.header.at(column).and_then(|at| row.fields.get(at)).unwrap_or_default()
    }

    /// A value that must be there, of a bearable length, without its outer white space.
    fn value<'r>(&mut self, row: &mut Row<'r>, column: Column) -> Option<&'r str> {
        let raw = self.field(row, column);
        let value = raw.trim();
        let kind = if value.is_empty() {
            FaultKind::MissingValue
        } else if value.len() > FIELD_CHARS_MAX && value.chars().count() > FIELD_CHARS_MAX {
            FaultKind::TooLong { found: value.chars().count(), most: FIELD_CHARS_MAX }
        } else {
            self.normalised += u64::from(value.len() != raw.len());
            return Some(value);
        };
        row.fault(column, raw, kind);
        None
    }

    fn id(&mut self, row: &mut Row<'_>) -> Option<String> {
        let value = self.value(row, Column::Id)?;
        let units = self.country.units();
        match self.country.numbers().check_form(value, |code| units.is_known(code)) {
            Ok(()) => Some(value.to_owned()),
            Err(error) => {
                row.fault(Column::Id, value, error);
                None
            }
        }
    }

    fn word<T>(
        &mut self,
        row: &mut Row<'_>,
        column: Column,
        words: &'static str,
        read: fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(row, column)?;
        let found = read(value);
        if found.is_none() {
            row.fault(column, value, FaultKind::WrongWord(words));
        }
        found
    }

    /// A day of the calendar that has come.
    fn day(&mut self, row: &mut Row<'_>, column: Column) -> Option<Date> {
        let value = self.value(row, column)?;
        let kind = match parse_day(value) {
            None => FaultKind::WrongDate,
            Some(day) if day > self.today => FaultKind::FutureDate(self.today),
            Some(day) => return Some(day),
        };
        row.fault(column, value, kind);
        None
    }

    /// Status and day of death, which must agree with each other and with the birth. Without the column everybody lives.
    fn status(&mut self, row: &mut Row<'_>, born: Option<Date>) -> (Option<Status>, Option<Date>) {
        let status = match self.header.at(Column::Status) {
            None => Some(Status::Living),
            Some(_) => self.word(row, Column::Status, "living, deceased, missing", Status::from_word),
        };
        let text = self.field(row, Column::Died).trim();
        let died = if text.is_empty() { None } else { self.day(row, Column::Died) };
        match (status, text.is_empty()) {
            (Some(Status::Deceased), true) => {
                row.fault(Column::Died, "", FaultKind::StatusAndDeath("is empty, but the status is deceased"));
            }
            (Some(Status::Living | Status::Missing), false) => {
                row.fault(Column::Died, text, FaultKind::StatusAndDeath("is there, but the status is not deceased"));
            }
            _ => {}
        }
        if let (Some(born), Some(died)) = (born, died)
            && died < born
        {
            row.fault(Column::Died, text, FaultKind::DiedBeforeBorn(born));
        }
        if let (Some(Status::Living), Some(born)) = (status, born) {
            let years = self.today.year() - born.year();
            if years > AGE_YEARS_MAX {
                row.fault(Column::Born, self.field(row, Column::Born), FaultKind::TooLongAgo { years });
            }
        }
        (status, died)
    }

    /// Any unit that is or was: old papers name old units.
    fn birth_place(&mut self, row: &mut Row<'_>) -> Option<String> {
        let code = self.value(row, Column::BirthPlace)?;
        if self.country.units().is_known(code) {
            return Some(code.to_owned());
        }
        row.fault(Column::BirthPlace, code, FaultKind::UnknownUnit);
        None
    }

    /// A unit of today, for the living; for others any that is or was.
    fn residence(&mut self, row: &mut Row<'_>, status: Option<Status>, died: Option<Date>) -> Option<String> {
        let code = self.value(row, Column::Residence)?;
        let day = died.unwrap_or(self.today);
        let kind = match self.country.units().on(code, day) {
            None => FaultKind::UnknownUnit,
            Some(unit) => match unit.until {
                Some(until) if until <= day && status == Some(Status::Living) => {
                    FaultKind::AbolishedUnit { until, successor: unit.successor.clone() }
                }
                _ => return Some(code.to_owned()),
            },
        };
        row.fault(Column::Residence, code, kind);
        None
    }

    fn name(&mut self, row: &mut Row<'_>) -> Option<PersonName> {
        let script = self.country.script();
        let surname = self.name_part(row, Column::Surname, script, true);
        let given = self.name_part(row, Column::GivenName, script, true);
        let middle = match script {
            Script::Latin => self.name_part(row, Column::MiddleName, script, false),
            Script::Lao => Some(String::new()),
        };
        let latin = match script {
            Script::Latin => None,
            Script::Lao => {
                Some((self.romanised(row, Column::SurnameLatin), self.romanised(row, Column::GivenNameLatin)))
            }
        };
        let native = NameParts { surname: surname?, middle: middle?, given: given? };
        let latin = match latin {
            None => without_marks(&native),
            Some((surname, given)) => NameParts { surname: surname?, middle: String::new(), given: given? },
        };
        Some(PersonName { native, latin })
    }

    /// A part of a name in the country's script, in NFC, with one space between its words.
    fn name_part(&mut self, row: &mut Row<'_>, column: Column, script: Script, needed: bool) -> Option<String> {
        let raw = self.field(row, column);
        if raw.trim().is_empty() {
            if needed {
                row.fault(column, raw, FaultKind::MissingValue);
                return None;
            }
            return Some(String::new());
        }
        let name = self.normal(raw);
        let wrong = name.chars().find(|c| !is_letter_of(*c, script));
        self.checked_name(row, column, raw, name, wrong, script_name(script))
    }

    /// A part of a name in letters A to Z.
    fn romanised(&mut self, row: &mut Row<'_>, column: Column) -> Option<String> {
        let raw = self.field(row, column);
        if raw.trim().is_empty() {
            row.fault(column, raw, FaultKind::MissingValue);
            return None;
        }
        let name = self.normal(raw);
        let wrong = name.chars().find(|c| !(c.is_ascii_alphabetic() || matches!(c, ' ' | '-' | '\'' | '.')));
        self.checked_name(row, column, raw, name, wrong, "a letter A to Z")
    }

    fn checked_name(
        &self,
        row: &mut Row<'_>,
        column: Column,
        raw: &str,
        name: String,
        wrong: Option<char>,
        script: &'static str,
    ) -> Option<String> {
        let found = name.chars().count();
        let kind = if let Some(c) = raw.chars().find(|c| is_invisible(*c)) {
            FaultKind::Character(c)
        } else if found > NAME_CHARS_MAX {
            FaultKind::TooLong { found, most: NAME_CHARS_MAX }
        } else if let Some(found) = wrong {
            FaultKind::WrongScript { found, script }
        } else {
            return Some(name);
        };
        row.fault(column, raw, kind);
        None
    }

    /// NFC, one space between words, none around. Counts what it changed.
    fn normal(&mut self, raw: &str) -> String {
        let spaced = raw.bytes().any(|b| b == b' ' || !b.is_ascii()) && !is_well_spaced(raw);
        let composed = is_nfc_quick(raw.chars()) == IsNormalized::Yes;
        if composed && !spaced {
            return raw.to_owned();
        }
        let text: String = raw.nfc().collect();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.normalised += u64::from(text != raw);
        text
    }
}

/// Whether words are separated by one U+0020 and nothing else.
fn is_well_spaced(text: &str) -> bool {
    let mut last = ' ';
    for c in text.chars() {
        if c.is_whitespace() && (c != ' ' || last == ' ') {
            return false;
        }
        last = c;
    }
    last != ' '
}

/// Letters of a script and what joins them in names.
fn is_letter_of(c: char, script: Script) -> bool {
    match script {
        Script::Lao => {
            matches!(c, '\u{e81}'..='\u{eaf}' | '\u{eb0}'..='\u{ecd}' | '\u{edc}'..='\u{edf}' | ' ' | '-' | '.')
        }
        Script::Latin => {
            c.is_ascii_alphabetic()
                || matches!(c, ' ' | '-' | '\'' | '’' | '.')
                || matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{300}'..='\u{36f}')
                    && !matches!(c, '×' | '÷')
        }
    }
}

const fn script_name(script: Script) -> &'static str {
    match script {
        Script::Lao => "a Lao letter",
        Script::Latin => "a Latin letter",
    }
}
