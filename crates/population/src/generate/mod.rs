//! Synthetic persons for demonstrations and tests: plausible, never real. The same country, number and seed give the same bytes in
//! every release and on every machine.
//!
//! Ages follow the rough shape of the country's pyramid, residences its provinces' populations, names the sex. Everybody is born
//! before [`LAST_DAY`], so that the file can be imported on any later day. Families are not made up: nobody is anybody's child.

mod random;

use crate::country::{Country, Script};
use crate::import::Column;
use crate::number::{NumberScheme, century_digit};
use crate::person::{Sex, Status};
use jiff::civil::Date;
use random::{Random, Weighted};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Write;

/// The last day on which anybody generated was born or died; the units of residence are those of this day.
pub const LAST_DAY: Date = jiff::civil::date(2026, 5, 1);
/// Most persons of one file; the numbers of a Vietnamese province, sex and year are a million.
pub const PEOPLE_MAX: u32 = 20_000_000;

/// Persons per five years of age, from 0 to 4 years on: rough shapes of the censuses of 2019 (Viet Nam) and 2015 (Lao PDR).
const AGES_VN: [u64; 20] =
    [720, 820, 800, 700, 660, 780, 880, 820, 730, 660, 600, 550, 470, 350, 210, 120, 80, 50, 18, 4];
const AGES_LA: [u64; 20] =
    [1050, 1020, 980, 980, 970, 930, 840, 750, 620, 520, 440, 360, 280, 200, 130, 80, 40, 18, 5, 1];

/// Why nothing could be generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The file could not be written.
    #[error("the generated file cannot be written")]
    Write(#[from] std::io::Error),
    /// More than [`PEOPLE_MAX`].
    #[error("{0} people are more than {PEOPLE_MAX}")]
    TooMany(u32),
    /// The country's data has no names or units to draw from.
    #[error("the data of {country} has no {what}")]
    NoData {
        /// ISO 3166 code.
        country: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// The compiled-in list of names is not CSV.
    #[error("the list of names is damaged")]
    Names(#[from] csv::Error),
}

/// Writes a file of `people` synthetic persons, as [`crate::import()`] reads it.
///
/// # Errors
/// [`GenerateError`]; what was written until then is no complete file.
pub fn generate(country: &Country, people: u32, seed: u64, mut writer: impl Write) -> Result<(), GenerateError> {
    if people > PEOPLE_MAX {
        return Err(GenerateError::TooMany(people));
    }
    let mut generator = Generator::new(country, seed, people)?;
    let mut text = String::with_capacity(1 << 17);
    let header: Vec<&str> = Column::of(country.script()).iter().map(|column| column.name()).collect();
    text.push_str(&header.join(","));
    text.push('\n');
    for _ in 0..people {
        generator.person(&mut text)?;
        if text.len() > 1 << 16 {
            writer.write_all(text.as_bytes())?;
            text.clear();
        }
    }
    writer.write_all(text.as_bytes())?;
    Ok(writer.flush()?)
}

struct Name {
    native: String,
    latin: String,
}

/// Parts of names of either sex, and of each.
struct Names {
    surnames: Weighted<Name>,
    middle: [Weighted<Name>; 2],
    given: [Weighted<Name>; 2],
}

struct Home {
    code: String,
    /// Units that existed before this one and went into it, for births of that time.
    before: Vec<String>,
}

struct Generator<'a> {
    country: &'a Country,
    random: Random,
    names: Names,
    homes: Weighted<Home>,
    ages: Weighted<i32>,
    taken: HashSet<u64>,
}

impl<'a> Generator<'a> {
    fn new(country: &'a Country, seed: u64, people: u32) -> Result<Self, GenerateError> {
        let ages = if country.script() == Script::Lao { AGES_LA } else { AGES_VN };
        let no = |what| GenerateError::NoData { country: country.code(), what };
        let names = Names::read(country)?;
        let homes = Weighted::new(homes(country));
        if homes.is_empty() {
            return Err(no("administrative units with residents"));
        }
        if names.surnames.is_empty() || names.given.iter().any(Weighted::is_empty) {
            return Err(no("names"));
        }
        Ok(Self {
            country,
            random: Random::new(seed),
            names,
            homes,
            ages: Weighted::new(ages.into_iter().zip(0..)),
            taken: HashSet::with_capacity(usize::try_from(people).unwrap_or(0)),
        })
    }

    /// One more row.
    fn person(&mut self, out: &mut String) -> Result<(), GenerateError> {
        let no = |what| GenerateError::NoData { country: self.country.code(), what };
        let random = &mut self.random;
        let sex = if random.below(1000) < 501 { Sex::Female } else { Sex::Male };
        let days =
            self.ages.draw(random).map_or(0, |five| five * 1826) + i32::try_from(random.below(1826)).unwrap_or(0);
        let born = day_before(LAST_DAY, days);
        let home = self.homes.draw(random).ok_or_else(|| no("units"))?;
        let elsewhere = if random.below(100) < 82 { home } else { self.homes.draw(random).unwrap_or(home) };
        let birth_place = birth_unit(random, self.country, elsewhere, born);
        let (status, died) = fate(random, born, days / 365);
        let surname = self.names.surnames.draw(random).ok_or_else(|| no("surnames"))?;
        let given = draw_by_sex(&self.names.given, sex, random).ok_or_else(|| no("given names"))?;
        let middle = draw_by_sex(&self.names.middle, sex, random).filter(|name| name.native != given.native);
        let residence = &home.code;
        let id = loop {
            let id = number(random, self.country.numbers(), birth_place, born, sex);
            if self.taken.insert(id) {
                break id;
            }
        };
        let died = died.map(|day| day.to_string()).unwrap_or_default();
        let (sex, status) = (sex.letter(), status.word());
        let _ = match self.country.script() {
            Script::Latin => {
                let middle = middle.map_or("", |name| name.native.as_str());
                let (surname, given) = (&surname.native, &given.native);
                writeln!(
                    out,
                    "{id:012},{surname},{middle},{given},{sex},{born},{birth_place},{residence},{status},{died}"
                )
            }
            Script::Lao => writeln!(
                out,
                "{id:012},{},{},{},{},{sex},{born},{birth_place},{residence},{status},{died}",
                given.native, surname.native, given.latin, surname.latin
            ),
        };
        Ok(())
    }
}

fn draw_by_sex<'n>(names: &'n [Weighted<Name>; 2], sex: Sex, random: &mut Random) -> Option<&'n Name> {
    let [female, male] = names;
    if sex == Sex::Female { female.draw(random) } else { male.draw(random) }
}

fn day_before(day: Date, days: i32) -> Date {
    use jiff::ToSpan;
    day.checked_sub(days.days()).unwrap_or(day)
}

/// The unit of birth as it was called then.
fn birth_unit<'h>(random: &mut Random, country: &Country, home: &'h Home, born: Date) -> &'h str {
    let there: Vec<&String> = home
        .before
        .iter()
        .filter(|code| country.units().on(code, born).is_some_and(|unit| unit.holds_on(born)))
        .collect();
    let at = usize::try_from(random.below(there.len() as u64)).unwrap_or(0);
    there.get(at).map_or(home.code.as_str(), |code| code.as_str())
}

/// Some of the old have died in the last years, and a few of all are missing.
fn fate(random: &mut Random, born: Date, age: i32) -> (Status, Option<Date>) {
    let over = u64::try_from((age - 50).max(0)).unwrap_or(0);
    if random.below(2500) < over * over {
        let ago = i32::try_from(random.below(1826)).unwrap_or(0);
        return (Status::Deceased, Some(day_before(LAST_DAY, ago).max(born)));
    }
    let status = if random.once_in(5000) { Status::Missing } else { Status::Living };
    (status, None)
}

fn number(random: &mut Random, scheme: NumberScheme, birth_place: &str, born: Date, sex: Sex) -> u64 {
    match scheme {
        NumberScheme::Plain { digits } => {
            let first = 10_u64.saturating_pow(u32::try_from(digits.saturating_sub(1)).unwrap_or(0));
            first + random.below(first.saturating_mul(9))
        }
        NumberScheme::Vietnamese => {
            let province: u64 = birth_place.get(..2).and_then(|code| code.parse().ok()).unwrap_or(1);
            let century = u64::from(century_digit(born.year(), sex).unwrap_or(0));
            let year = u64::try_from(born.year() % 100).unwrap_or(0);
            ((province * 10 + century) * 100 + year) * 1_000_000 + random.below(1_000_000)
        }
    }
}

/// Units with residents on the last day, and what they consisted of before.
fn homes(country: &Country) -> Vec<(u64, Home)> {
    let reform = jiff::civil::date(2025, 6, 30);
    let old: Vec<_> = country.units().all_on(reform).collect();
    let home = |unit: &crate::units::Unit| {
        let into = |before: &&&crate::units::Unit| before.successor.as_ref().unwrap_or(&before.code) == &unit.code;
        let mut before: Vec<String> = old.iter().filter(into).map(|unit| unit.code.clone()).collect();
        if old.iter().any(|before| before.code == unit.code) && !before.contains(&unit.code) {
            before.push(unit.code.clone());
        }
        (u64::from(unit.residents_thousands), Home { code: unit.code.clone(), before })
    };
    country.units().all_on(LAST_DAY).filter(|unit| unit.residents_thousands > 0).map(home).collect()
}

impl Names {
    fn read(country: &Country) -> Result<Self, GenerateError> {
        let mut rows = Vec::new();
        for record in csv::Reader::from_reader(country.names_csv().as_bytes()).into_records() {
            rows.push(record?);
        }
        let pick = |part: &str, sex: &str| {
            let of = |row: &&csv::StringRecord| {
                row.get(0) == Some(part) && matches!(row.get(1), Some(s) if s.is_empty() || s == sex)
            };
            let name = |row: &csv::StringRecord| {
                let text = |at| row.get(at).unwrap_or_default().to_owned();
                (text(4).parse().unwrap_or(0), Name { native: text(2), latin: text(3) })
            };
            Weighted::new(rows.iter().filter(of).map(name).collect::<Vec<_>>())
        };
        Ok(Self {
            surnames: pick("surname", ""),
            middle: [pick("middle", "F"), pick("middle", "M")],
            given: [pick("given", "F"), pick("given", "M")],
        })
    }
}
