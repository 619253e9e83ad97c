//! Answers as they stand on the wire; the inner types make no promise to anybody outside.

use super::question::cursor;
use crate::person::{NameOrder, PersonName};
use crate::register::Page;
use crate::{Country, Person, Sex};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

/// A text in the country's script and in plain Latin letters.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TwoForms)]
pub(super) struct TwoForms {
    /// As the country writes it.
    #[schema(example = "Nguyễn")]
    native: String,
    /// In letters A to Z.
    #[schema(example = "Nguyen")]
    latin: String,
}

/// A name, whole and in parts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Name)]
pub(super) struct NameAnswer {
    /// The whole name in the country's order and script.
    #[schema(example = "Nguyễn Văn An")]
    native: String,
    /// The whole name in the country's order in letters A to Z.
    #[schema(example = "Nguyen Van An")]
    latin: String,
    /// The family name.
    surname: TwoForms,
    /// The middle name, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    middle: Option<TwoForms>,
    /// The given name.
    given: TwoForms,
}

/// An administrative unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unit)]
pub(super) struct UnitAnswer {
    /// The official code.
    #[schema(example = "15")]
    code: String,
    /// The name in the country's language: of a birth place as it was called at birth.
    #[schema(example = "Tỉnh Yên Bái")]
    name: String,
    /// The customary English name.
    #[schema(example = "Yen Bai")]
    name_en: String,
}

/// A person as registered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person)]
pub(super) struct PersonAnswer {
    /// The identity number.
    #[schema(example = "015090000001")]
    id: String,
    /// The country whose register this is, ISO 3166.
    #[schema(example = "VN")]
    country: &'static str,
    name: NameAnswer,
    /// `female` or `male`, as registered.
    #[schema(example = "male")]
    sex: &'static str,
    /// The day of birth.
    #[schema(example = "1990-05-31", format = Date)]
    born: String,
    birth_place: UnitAnswer,
    residence: UnitAnswer,
    /// `living`, `deceased` or `missing`.
    #[schema(example = "living")]
    status: &'static str,
    /// The day of death of a deceased person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    died: Option<String>,
}

/// A person in a list: enough to tell persons apart.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonSummary)]
pub(super) struct PersonSummary {
    /// The identity number.
    #[schema(example = "015090000001")]
    id: String,
    name: NameAnswer,
    /// `female` or `male`, as registered.
    #[schema(example = "male")]
    sex: &'static str,
    /// The day of birth.
    #[schema(example = "1990-05-31", format = Date)]
    born: String,
}

/// Persons found, in the order of their names.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Persons)]
pub(super) struct PersonsAnswer {
    persons: Vec<PersonSummary>,
    /// Where to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Whether the register answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub(super) struct HealthAnswer {
    /// `up`.
    #[schema(example = "up")]
    pub(super) status: &'static str,
    /// The country whose register this is, ISO 3166.
    #[schema(example = "VN")]
    pub(super) country: &'static str,
}

impl PersonAnswer {
    /// A person as of a day, which says what the unit of residence is called.
    pub(super) fn of(person: &Person, country: &Country, today: Date) -> Self {
        Self {
            id: person.id.clone(),
            country: country.code(),
            name: NameAnswer::of(&person.name, country.name_order()),
            sex: sex(person.sex),
            born: person.born.to_string(),
            birth_place: UnitAnswer::of(&person.birth_place, country, person.born),
            residence: UnitAnswer::of(&person.residence, country, person.died.unwrap_or(today)),
            status: person.status.word(),
            died: person.died.map(|day| day.to_string()),
        }
    }
}

impl PersonsAnswer {
    pub(super) fn of(page: &Page, country: &Country) -> Self {
        let summary = |person: &Person| PersonSummary {
            id: person.id.clone(),
            name: NameAnswer::of(&person.name, country.name_order()),
            sex: sex(person.sex),
            born: person.born.to_string(),
        };
        Self { persons: page.persons.iter().map(summary).collect(), next_cursor: page.next.as_ref().map(cursor) }
    }
}

impl NameAnswer {
    fn of(name: &PersonName, order: NameOrder) -> Self {
        let both = |native: &str, latin: &str| TwoForms { native: native.to_owned(), latin: latin.to_owned() };
        let (native, latin) = (&name.native, &name.latin);
        Self {
            native: native.full(order),
            latin: latin.full(order),
            surname: both(&native.surname, &latin.surname),
            middle: (!native.middle.is_empty()).then(|| both(&native.middle, &latin.middle)),
            given: both(&native.given, &latin.given),
        }
    }
}

impl UnitAnswer {
    fn of(code: &str, country: &Country, day: Date) -> Self {
        let unit = country.units().on(code, day);
        Self {
            code: code.to_owned(),
            name: unit.map_or_else(String::new, |unit| unit.name.clone()),
            name_en: unit.map_or_else(String::new, |unit| unit.name_en.clone()),
        }
    }
}

const fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
    }
}
