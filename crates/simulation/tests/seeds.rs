//! Seeds in which everything that must hold holds, and runs that can be repeated.
#![allow(clippy::panic, reason = "tests fail by panicking")]

use mekong_simulation::{Institutions, Length, Outcome, run};
use std::time::Duration;

type Failure = Box<dyn std::error::Error>;

/// Less than `mekong sim` runs by default.
fn short() -> Length {
    Length { busy: Duration::from_secs(8), calm: Duration::from_secs(90) }
}

fn told(outcome: &Outcome) -> String {
    let Outcome { seed, broken, events, .. } = outcome;
    format!("seed {seed}\n{}\nBROKEN\n{}", events.join("\n"), broken.join("\n"))
}

#[test]
fn whatever_breaks_nothing_acknowledged_is_lost_or_doubled() -> Result<(), Failure> {
    let institutions = Institutions::found()?;
    let mut acknowledged = 0;
    for seed in 1..=40 {
        let outcome = run(&institutions, seed, short())?;
        assert!(outcome.broken.is_empty(), "{}", told(&outcome));
        acknowledged += outcome.tally.acknowledged;
    }
    assert!(acknowledged > 1_000, "{acknowledged} acknowledged: too little came through to prove anything");
    Ok(())
}

#[test]
fn a_seed_gives_the_same_course_again() -> Result<(), Failure> {
    let institutions = Institutions::found()?;
    for seed in [3, 17] {
        let [one, other] = [run(&institutions, seed, short())?, run(&institutions, seed, short())?];
        assert_eq!(one, other);
    }
    Ok(())
}
