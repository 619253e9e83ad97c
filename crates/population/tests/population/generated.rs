//! Generated persons: the same for a seed, unique, and good for import.

use crate::setting::{now, setting};
use mekong_population::import::check;
use mekong_population::{Country, GenerateError, ImportLimits, Sex, Status, generate};
use proptest::prelude::*;
use std::collections::HashSet;
use std::time::Instant;

fn file(country: &Country, people: u32, seed: u64) -> Vec<u8> {
    let mut file = Vec::new();
    generate(country, people, seed, &mut file).unwrap();
    file
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_generated_can_be_imported(seed: u64, people in 0_u32..400) {
        for country in [Country::vietnam().unwrap(), Country::laos().unwrap()] {
            let file = file(&country, people, seed);
            let checked = check(&country, file.as_slice(), &ImportLimits::default(), now(), |_| {}).unwrap();
            prop_assert_eq!(&checked.report.faults, &[]);
            prop_assert_eq!(checked.report.rows, u64::from(people));
            let ids: HashSet<_> = checked.persons.iter().map(|(_, person)| person.id.clone()).collect();
            prop_assert_eq!(ids.len(), checked.persons.len());
        }
    }
}

#[test]
fn a_seed_gives_the_same_persons_for_ever() {
    // If one of these changes, every demonstration and every test that relies on a seed changes with it: say so in the changelog.
    let second = |country: &Country, seed| {
        let text = String::from_utf8(file(country, 3, seed)).unwrap();
        text.lines().nth(1).unwrap().to_owned()
    };
    assert_eq!(second(&Country::vietnam().unwrap(), 1), VN_1);
    assert_eq!(second(&Country::laos().unwrap(), 1), LA_1);
    assert_eq!(file(&Country::laos().unwrap(), 50, 9), file(&Country::laos().unwrap(), 50, 9));
    assert_ne!(file(&Country::laos().unwrap(), 50, 9), file(&Country::laos().unwrap(), 50, 10));
}

const VN_1: &str = "040093957218,Ngô,Tiến,Nam,M,1993-06-19,40,40,living,";
const LA_1: &str = "961496350195,ໄຊຍະ,ນັນທະວົງ,Xaiya,Nanthavong,M,1998-06-19,08,08,living,";

#[test]
fn the_population_looks_like_one() {
    for country in [Country::vietnam().unwrap(), Country::laos().unwrap()] {
        let file = file(&country, 20_000, 3);
        let checked = check(&country, file.as_slice(), &ImportLimits::default(), now(), |_| {}).unwrap();
        let share = |of: &dyn Fn(&mekong_population::Person) -> bool| {
            checked.persons.iter().filter(|(_, person)| of(person)).count() * 100 / checked.persons.len()
        };
        assert!((48..=52).contains(&share(&|p| p.sex == Sex::Female)));
        assert!((15..=55).contains(&share(&|p| p.born.year() > 2008)));
        assert!((1..=8).contains(&share(&|p| p.status == Status::Deceased)));
        assert!(share(&|p| p.birth_place == p.residence) > 30);
        let homes: HashSet<_> = checked.persons.iter().map(|(_, p)| p.residence.clone()).collect();
        assert_eq!(homes.len(), country.units().all_on(mekong_population::generate::LAST_DAY).count());
    }
}

#[test]
fn too_many_people_are_refused() {
    let refused = generate(&Country::laos().unwrap(), u32::MAX, 1, std::io::sink());
    assert!(matches!(refused, Err(GenerateError::TooMany(u32::MAX))));
}

/// Prints how long 10,000 take, or as many as MEKONG_PEOPLE says; asserts nothing about time, which depends on the machine.
#[tokio::test]
async fn many_people() {
    for country in [Country::vietnam().unwrap(), Country::laos().unwrap()] {
        let people = std::env::var("MEKONG_PEOPLE").map_or(10_000, |people| people.parse().unwrap());
        let start = Instant::now();
        let file = file(&country, people, 1);
        let generated = start.elapsed();
        let there = setting(country).await;
        let start = Instant::now();
        let report = there.import(&file).await;
        let imported = start.elapsed();
        assert_eq!((report.added, report.faults_total), (u64::from(people), 0));
        let start = Instant::now();
        let report = there.import(&file).await;
        let again = start.elapsed();
        assert_eq!((report.added, report.unchanged), (0, u64::from(people)));
        println!(
            "{} {people} people: generated {generated:?} ({} bytes), imported {imported:?}, imported again {again:?}",
            there.register.country().code(),
            file.len()
        );
    }
}
