//! Seeds in which everything that must hold holds, and flaws that are found. That a seed can be repeated: again.rs.
#![allow(clippy::panic, reason = "tests fail by panicking")]

use mekong_simulation::{Flaw, Institutions, Length, Outcome, Tally, run, run_flawed};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

type Failure = Box<dyn std::error::Error + Send + Sync>;

static INSTITUTIONS: LazyLock<Result<Institutions, String>> =
    LazyLock::new(|| Institutions::found().map_err(|error| error.to_string()));

fn institutions() -> Result<&'static Institutions, Failure> {
    INSTITUTIONS.as_ref().map_err(|error| error.clone().into())
}

/// Less than `mekong sim` runs by default, so that there can be many.
fn short() -> Length {
    Length { busy: Duration::from_millis(2_500), ..Length::default() }
}

fn told(outcome: &Outcome) -> String {
    let Outcome { seed, broken, events, .. } = outcome;
    format!("seed {seed}\n{}\nBROKEN\n{}", events.join("\n"), broken.join("\n"))
}

/// Runs seeds on all processors. What was broken, and the sum of all.
fn run_all(seeds: std::ops::Range<u64>) -> Result<(Vec<String>, Tally), Failure> {
    let institutions = institutions()?;
    let next = AtomicU64::new(seeds.start);
    let work = || -> Result<(Vec<String>, Tally), Failure> {
        let (mut broken, mut sum) = (Vec::new(), Tally::default());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return Ok((broken, sum));
            }
            let outcome = run(institutions, seed, short())?;
            sum = sum + outcome.tally;
            broken.extend((!outcome.broken.is_empty()).then(|| told(&outcome)));
        }
    };
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..processors).map(|_| scope.spawn(work)).collect();
        let (mut broken, mut sum) = (Vec::new(), Tally::default());
        for thread in threads {
            let (more, tally) = thread.join().map_err(|_| "a simulation panicked")??;
            broken.extend(more);
            sum = sum + tally;
        }
        Ok((broken, sum))
    })
}

#[test]
fn whatever_breaks_nothing_acknowledged_is_lost_or_doubled() -> Result<(), Failure> {
    let (broken, sum) = run_all(1..2_001)?;
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
    // Too little came through to prove anything, if it is less.
    assert!(sum.acknowledged > 20_000 && sum.published > 6_000 && sum.received >= sum.published, "{sum:?}");
    assert!(sum.crashes > 2_000 && sum.repeated > 20, "{sum:?}");
    Ok(())
}

/// The invariants can fail: each flaw is found by one of the first seeds, and told as what it is.
#[track_caller]
fn is_found(flaw: Flaw, words: &str) -> Result<(), Failure> {
    let mut others = Vec::new();
    for seed in 1..=40 {
        let outcome = run_flawed(institutions()?, seed, Length { calm: Duration::from_secs(10), ..short() }, flaw)?;
        if outcome.broken.iter().any(|broken| broken.contains(words)) {
            return Ok(());
        }
        others.extend(outcome.broken);
    }
    panic!("{flaw:?} is not found in 40 seeds; found is: {others:?}");
}

#[test]
fn a_gateway_that_answers_before_its_log_is_durable_is_found() -> Result<(), Failure> {
    // What is missing at the end of a log is not to be seen in it; damage in the middle is.
    is_found(Flaw::LogsAreNotDurable, "the log of")
}

#[test]
fn an_event_that_is_acknowledged_before_it_is_durable_is_found() -> Result<(), Failure> {
    is_found(Flaw::LogsAreNotDurable, "was acknowledged to its publisher and never came")
}

#[test]
fn a_request_that_is_repeated_without_its_mark_is_found() -> Result<(), Failure> {
    is_found(Flaw::MarksAreLost, "reached the service again without the mark")
}

#[test]
fn a_body_that_nobody_signed_is_found() -> Result<(), Failure> {
    is_found(Flaw::BodiesAreChanged, "the service got another body")
}

#[test]
fn events_out_of_order_are_found() -> Result<(), Failure> {
    is_found(Flaw::EventsAreSwapped, "came after")
}
