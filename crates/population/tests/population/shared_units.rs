//! Our lists of units against lists made by others, where those are at hand.

use mekong_population::Country;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The folder of shared data, or `None` after saying so; in CI it must be there.
fn shared() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let folder = std::env::var_os("MEKONG_SHARED").map_or(beside, PathBuf::from);
    if folder.join("data").is_dir() {
        return Some(folder.join("data"));
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs ../shared");
    println!("skipped: no ../shared");
    None
}

/// Code and name of the provinces of a file.
fn provinces(file: PathBuf, code: &str, name: &str) -> BTreeMap<String, String> {
    let mut csv = csv::Reader::from_path(file).unwrap();
    let headers = csv.headers().unwrap().clone();
    let at = |column: &str| headers.iter().position(|header| header == column);
    let (code, name, level) = (at(code).unwrap(), at(name).unwrap(), at("level"));
    let rows = csv.records().map(Result::unwrap);
    let rows = rows.filter(|row| level.is_none_or(|level| row.get(level) == Some("province")));
    rows.map(|row| (row[code].to_owned(), row[name].to_owned())).collect()
}

/// Our codes and names on a day.
fn ours(country: &Country, day: &str) -> BTreeMap<String, String> {
    let day = mekong_population::person::parse_day(day).unwrap();
    country.units().all_on(day).map(|unit| (unit.code.clone(), unit.name.clone())).collect()
}

/// The tone mark stands on another letter in older spelling: Hòa, Hoà.
fn without_tone_place(names: BTreeMap<String, String>) -> BTreeMap<String, String> {
    names.into_iter().map(|(code, name)| (code, name.replace("oà", "òa").replace("oá", "óa"))).collect()
}

#[test]
fn provinces_are_those_of_the_published_lists() {
    let Some(data) = shared() else { return };
    let vietnam = Country::vietnam().unwrap();
    let new = provinces(data.join("vn/units-2026-04-30.csv"), "code", "name");
    assert_eq!(without_tone_place(ours(&vietnam, "2026-04-30")), without_tone_place(new));
    let reformed = provinces(data.join("vn/units-2025-07-01.csv"), "code", "name");
    assert_eq!(ours(&vietnam, "2025-07-01"), reformed);
    let old = provinces(data.join("vn/pin-province-codes.csv"), "legacy_code", "name");
    assert_eq!(ours(&vietnam, "2025-06-30"), old);
    let laos = Country::laos().unwrap();
    assert_eq!(ours(&laos, "2026-01-01"), provinces(data.join("la/units.csv"), "code", "name_lo"));
}

#[test]
fn successors_are_those_of_the_published_lists() {
    let Some(data) = shared() else { return };
    let vietnam = Country::vietnam().unwrap();
    let last_day = mekong_population::person::parse_day("2025-06-30").unwrap();
    let pair = |unit: &mekong_population::units::Unit| {
        (unit.code.clone(), unit.successor.clone().unwrap_or_else(|| unit.code.clone()))
    };
    let ours: BTreeSet<_> = vietnam.units().all_on(last_day).map(pair).collect();
    let theirs: BTreeSet<_> =
        provinces(data.join("vn/pin-province-codes.csv"), "legacy_code", "province_code_2025").into_iter().collect();
    assert_eq!(ours, theirs);
}

#[test]
fn a_published_list_of_all_units_can_be_added() {
    let Some(data) = shared() else { return };
    let mut laos = Country::laos().unwrap();
    laos.add_units(std::fs::File::open(data.join("la/units.csv")).unwrap()).unwrap();
    assert_eq!(laos.units().len(), 18 + 148 + 8_509);
    let mut vietnam = Country::vietnam().unwrap();
    vietnam.add_units(std::fs::File::open(data.join("vn/units-2026-04-30.csv")).unwrap()).unwrap();
    assert_eq!(vietnam.units().len(), 63 + 3_321);
}
