//! Imports of persons: all or nothing, every fault says where and what to do, a byte order mark changes no person.
//!
//! The first byte chooses the country.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_fuzz::fixtures;
use mekong_population::Country;
use mekong_population::import::{Checked, ImportLimits, check};
use std::sync::OnceLock;

const LIMITS: ImportLimits = ImportLimits { bytes: 1 << 20, rows: 100, faults: 10 };

fn country(choice: u8) -> &'static Country {
    static COUNTRIES: OnceLock<[Country; 2]> = OnceLock::new();
    let [vietnam, laos] = COUNTRIES
        .get_or_init(|| [Country::vietnam(), Country::laos()].map(|country| country.expect("units of our own")));
    if choice.is_multiple_of(2) { vietnam } else { laos }
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, data)) = input.split_first() else { return };
    let checked = run(*choice, data);
    let report = &checked.report;
    assert_eq!(report.is_clean(), report.faults.is_empty());
    assert!(report.faults.len() <= LIMITS.faults && report.faults.len() as u64 <= report.faults_total);
    for fault in &report.faults {
        assert!(!fault.fix().is_empty() && !fault.to_string().is_empty() && !fault.kind.code().is_empty());
    }
    assert_eq!(checked.persons.len() as u64, if report.is_clean() { report.rows } else { 0 });
    if !data.starts_with(b"\xEF\xBB\xBF") && !matches!(data, [_, 0, _, 0, ..] | [0, _, 0, _, ..] | [0xfe | 0xff, ..]) {
        let marked = run(*choice, &[b"\xEF\xBB\xBF", data].concat());
        assert_eq!(marked.persons, checked.persons);
        // Places of bytes that are no text count the mark.
        assert_eq!((marked.report.rows, marked.report.faults_total), (report.rows, report.faults_total));
    }
});

fn run(choice: u8, data: &[u8]) -> Checked {
    check(country(choice), data, &LIMITS, fixtures::now(), |_| ()).expect("it is small enough")
}
