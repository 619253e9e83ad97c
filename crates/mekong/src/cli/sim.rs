//! `mekong sim`: gateways, their trust services and events under a simulated clock, network and disk, one seed after the other.

use super::{CommandResult, Context};
use crate::progress;
use clap::Args;
use mekong_simulation::{Institutions, Length, Outcome, Tally, run};
use serde::Serialize;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Options of `mekong sim`.
#[derive(Args)]
pub(crate) struct SimOptions {
    /// How many seeds to run.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// The first seed; the others follow it. Without it, one that nobody chose; it is printed.
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Seconds of simulated time in which things break.
    #[arg(long, value_name = "S", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    busy: u64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Tell everything that happened, also where nothing was wrong.
    #[arg(long, conflicts_with = "json")]
    verbose: bool,
}

#[derive(Serialize)]
struct Report {
    first_seed: u64,
    seeds: u64,
    sent: u64,
    acknowledged: u64,
    repeated: u64,
    published: u64,
    received: u64,
    crashes: u64,
    broken: Vec<Broken>,
    version: &'static str,
}

#[derive(Serialize)]
struct Broken {
    seed: u64,
    invariants: Vec<String>,
    events: Vec<String>,
}

/// Runs the command. Exit 1 where an invariant did not hold.
pub(crate) fn sim(options: &SimOptions) -> CommandResult {
    let institutions = Institutions::found().context(|| "begin")?;
    let first = options.seed.unwrap_or_else(anyones);
    let length = Length { busy: Duration::from_secs(options.busy), ..Length::default() };
    let outcomes = run_all(&institutions, first, options.seeds, length)?;
    let report = Report::of(first, &outcomes);
    if options.json {
        println!("{}", serde_json::to_string(&report).context(|| "write the report")?);
    } else {
        outcomes.iter().filter(|o| options.verbose || !o.broken.is_empty()).for_each(tell);
        print!("{}", report.text());
    }
    Ok(if report.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// A seed that differs from run to run.
fn anyones() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs().wrapping_mul(1_000_003) % 1_000_000_000
}

/// All seeds, on every processor; outcomes in the order of seeds.
fn run_all(
    institutions: &Institutions,
    first: u64,
    seeds: u64,
    length: Length,
) -> Result<Vec<Outcome>, super::CommandError> {
    let bar = progress::bar("seeds", seeds);
    let (next, done) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= seeds {
                        return;
                    }
                    let outcome = run(institutions, first.wrapping_add(number), length);
                    bar.inc(1);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(outcome);
                }
            });
        }
    });
    bar.finish_and_clear();
    let done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut outcomes = done.into_iter().collect::<Result<Vec<Outcome>, _>>().context(|| "run a simulation")?;
    outcomes.sort_by_key(|outcome| outcome.seed.wrapping_sub(first));
    Ok(outcomes)
}

/// The story of one run.
fn tell(outcome: &Outcome) {
    println!("seed {}", outcome.seed);
    outcome.events.iter().for_each(|event| println!("  {event}"));
    outcome.broken.iter().for_each(|broken| println!("  BROKEN: {broken}"));
}

impl Report {
    fn of(first_seed: u64, outcomes: &[Outcome]) -> Self {
        let sum = |of: fn(&Tally) -> u64| outcomes.iter().map(|outcome| of(&outcome.tally)).sum();
        let broken = outcomes.iter().filter(|outcome| !outcome.broken.is_empty()).map(|outcome| Broken {
            seed: outcome.seed,
            invariants: outcome.broken.clone(),
            events: outcome.events.clone(),
        });
        Self {
            first_seed,
            seeds: outcomes.len() as u64,
            sent: sum(|t| t.sent),
            acknowledged: sum(|t| t.acknowledged),
            repeated: sum(|t| t.repeated),
            published: sum(|t| t.published),
            received: sum(|t| t.received),
            crashes: sum(|t| t.crashes),
            broken: broken.collect(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    fn text(&self) -> String {
        let Self { first_seed, seeds, sent, acknowledged, repeated, published, received, crashes, broken, .. } = self;
        let last = first_seed.wrapping_add(seeds.saturating_sub(1));
        let mut text = format!(
            "seeds {first_seed} to {last}: {sent} requests sent, {acknowledged} acknowledged, {repeated} repeated with \
             the mark; {published} events published, {received} received; {crashes} crashes\n"
        );
        match broken.as_slice() {
            [] => text.push_str("every invariant held\n"),
            [first, ..] => text.push_str(&format!(
                "{} of them broke an invariant; again: mekong sim --seeds 1 --seed {}\n",
                broken.len(),
                first.seed
            )),
        }
        text
    }
}
