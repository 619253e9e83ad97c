//! `mekong soak`: two countries whose gateways are processes of their own, under load, while connections break, processes
//! die, clocks jump and disks fill. Afterwards every acknowledged exchange must be in both message logs, and no service may have got a
//! request twice without being told.
//!
//! - [`countries`]: what runs; [`gateway`]: a process; [`relay`]: the network that breaks; [`disk`]: the disk that fills;
//!   [`clock`]: the clock that jumps.
//! - [`load`]: the clients; [`service`]: what they ask; [`numbered`]: which request it was.
//! - [`faults`]: what goes wrong and when; [`account`]: what the logs have.

mod account;
mod clock;
mod countries;
mod disk;
mod faults;
pub(crate) mod gateway;
mod load;
mod numbered;
mod relay;
mod service;

use crate::cli::{CommandError, CommandResult, Context};
use crate::progress;
use clap::Args;
use countries::Countries;
use faults::Made;
use load::Tally;
use mekong_base::Clock;
use numbered::Numbered;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Clients of each country.
const CLIENTS: u32 = 4;
/// Runs up to this long keep a message log in memory, on the disk that is filled.
const WITH_DISK_MAX: Duration = Duration::from_secs(30 * 60);
/// How long everything works again before it ends.
const CALM: Duration = Duration::from_secs(2);
/// Identifiers that are named where something is wrong.
const NAMED_MAX: usize = 10;

/// Options of `mekong soak`.
#[derive(Args)]
pub(crate) struct SoakOptions {
    /// How long, in minutes; fractions too.
    #[arg(long, value_name = "N", default_value_t = 10.0, value_parser = minutes)]
    minutes: f64,
    /// The same seed chooses the same faults and bodies; when they come depends on the machine. Without it, one that nobody
    /// chose; it is printed.
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Folder for the countries, which must be new, and is kept; one for temporary files, removed where nothing was wrong, if left out.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

fn minutes(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(minutes) if (0.1..=10_080.0).contains(&minutes) => Ok(minutes),
        Ok(_) | Err(_) => Err("from 0.1 to 10080 (a week)".to_owned()),
    }
}

/// What is reported.
#[derive(Serialize)]
struct Report {
    /// Requests that clients sent.
    sent: u64,
    /// Those whose client got the service's answer.
    acknowledged: u64,
    /// Acknowledged ones with question and answer in the logs of both gateways.
    in_both_logs: u64,
    /// Acknowledged ones that a log lacks.
    lost: u64,
    /// Requests that the service got more than once without the mark.
    doubled: u64,
    /// Those that a gateway answered with an error.
    refused: u64,
    /// Those without an answer.
    unanswered: u64,
    /// Those answered with what is not the service's answer.
    wrong: u64,
    /// Requests that the service got with the mark.
    repeated: u64,
    faults: Made,
    skipped: Vec<String>,
    /// Identifiers of lost and doubled ones, a few.
    named: Vec<String>,
    seed: u64,
    seconds: f64,
    version: &'static str,
}

/// Runs the command. Exit 1 where something was lost, doubled or answered wrongly.
pub(crate) async fn run(options: SoakOptions) -> CommandResult {
    let of_its_own = || std::env::temp_dir().join(format!("mekong-soak-{}", std::process::id()));
    let dir = options.dir.clone().unwrap_or_else(of_its_own);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = options.seed.unwrap_or_else(|| since.as_secs().wrapping_mul(1_000_003) % 1_000_000_000);
    let told = |error| CommandError::new(format!("{error} (seed {seed}, folder {})", dir.display()));
    let report = soak(&dir, Duration::from_secs_f64(options.minutes * 60.0), seed).await.map_err(told)?;
    match options.json {
        true => println!("{}", serde_json::to_string(&report).context(|| "write the report")?),
        false => print!("{}", report.text()),
    }
    if !report.is_good() {
        eprintln!("mekong: everything is in {}", dir.display());
        return Ok(ExitCode::FAILURE);
    }
    if options.dir.is_none() {
        std::fs::remove_dir_all(&dir).context(|| format!("remove {}", dir.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn soak(dir: &Path, time: Duration, seed: u64) -> Result<Report, CommandError> {
    let clock = Clock::system();
    if std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(CommandError::new("the folder is not empty: choose a new one with --dir"));
    }
    std::fs::create_dir_all(dir).context(|| format!("make {}", dir.display()))?;
    let dir = dir.canonicalize().context(|| format!("find {}", dir.display()))?;
    let mut countries = Countries::start(&dir, time <= WITH_DISK_MAX, &clock).await?;
    let until = Instant::now() + time;
    let showing = tokio::spawn(show(time));
    let clients = clients(&countries, seed, until + CALM);
    let Countries { relays, gateways, disk, .. } = &mut countries;
    let (mut made, machines) = tokio::join!(
        faults::of_network(relays, seed, until),
        faults::of_machines(gateways, disk.as_ref(), seed.wrapping_add(1), until)
    );
    made.extend(machines?);
    let mut tallies = Vec::new();
    for client in clients {
        tallies.push(client.await.context(|| "wait for a client")?);
    }
    showing.abort();
    countries.end_gateways().await?;
    let mut report = Report::of(&tallies, made, seed, time);
    report.skip(&countries, time);
    report.compare(&countries, &tallies, &clock).await?;
    if let (false, Some(disk)) = (report.is_good(), &countries.disk) {
        disk.keep(&dir.join("disk-kept"))?;
    }
    countries.stop().await;
    Ok(report)
}

/// Time as it goes by, for people.
async fn show(time: Duration) {
    let bar = progress::bar("seconds of trouble", time.as_secs());
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        bar.inc(1);
    }
}

/// Client `n` goes the way `n / CLIENTS`.
fn clients(countries: &Countries, seed: u64, until: Instant) -> Vec<tokio::task::JoinHandle<Tally>> {
    let ways = countries.ways.iter().flat_map(|(way, _)| std::iter::repeat_n(way, CLIENTS as usize));
    (0..).zip(ways).map(|(number, way)| tokio::spawn(load::one_client(way.clone(), number, seed, until))).collect()
}

impl Report {
    fn of(tallies: &[Tally], faults: Made, seed: u64, time: Duration) -> Self {
        let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum();
        Self {
            sent: sum(|t| t.sent),
            acknowledged: sum(|t| t.acknowledged.len() as u64),
            in_both_logs: 0,
            lost: 0,
            doubled: 0,
            refused: sum(|t| t.refused),
            unanswered: sum(|t| t.unanswered),
            wrong: sum(|t| t.wrong),
            repeated: 0,
            faults,
            skipped: Vec::new(),
            named: Vec::new(),
            seed,
            seconds: time.as_secs_f64(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Says which faults could not be made.
    fn skip(&mut self, countries: &Countries, time: Duration) {
        if countries.gateways.iter().any(|gateway| gateway.clock.is_none()) {
            self.skipped.push("clock jumps: install libfaketime, which gives a gateway a clock of its own".to_owned());
        }
        if time > WITH_DISK_MAX {
            self.skipped.push("full disk: a run as long as this needs more room than memory has".to_owned());
        } else if countries.disk.is_none() {
            self.skipped.push("full disk: no small file system can be mounted here (that takes root)".to_owned());
        }
    }

    /// Compares what clients were told with both logs, and with what the services got.
    async fn compare(&mut self, countries: &Countries, tallies: &[Tally], clock: &Clock) -> Result<(), CommandError> {
        let mut lost = BTreeSet::new();
        for ((_, passed), tallies) in countries.ways.iter().zip(tallies.chunks(CLIENTS as usize)) {
            let acknowledged: Vec<Numbered> = tallies.iter().flat_map(|t| &t.acknowledged).copied().collect();
            for gateway in passed.iter().filter_map(|place| countries.gateways.get(*place)) {
                lost.extend(account::missing(gateway, &acknowledged, clock).await?);
            }
        }
        let doubled = countries.seen.doubled();
        self.lost = lost.len() as u64;
        self.in_both_logs = self.acknowledged.saturating_sub(self.lost);
        self.doubled = (doubled.len() as u64).saturating_add(countries.seen.unnamed());
        self.repeated = countries.seen.marked();
        let lost = lost.iter().take(NAMED_MAX).map(|which| format!("lost: {which}"));
        self.named.extend(lost);
        self.named.extend(doubled.iter().take(NAMED_MAX).map(|which| format!("doubled: {which}")));
        Ok(())
    }

    fn is_good(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.wrong == 0
    }

    fn text(&self) -> String {
        let Self {
            sent, acknowledged, in_both_logs, lost, doubled, refused, unanswered, wrong, repeated, seed, ..
        } = self;
        let mut text = format!(
            "{:.0} s of trouble, seed {seed}\n\
             sent           {sent:>10}   ({refused} refused with an error, {unanswered} without an answer, {wrong} answered wrongly)\n\
             acknowledged   {acknowledged:>10}\n\
             in both logs   {in_both_logs:>10}\n\
             lost           {lost:>10}\n\
             doubled        {doubled:>10}   ({repeated} came again with the mark)\n",
            self.seconds
        );
        self.faults.iter().for_each(|(what, times)| text.push_str(&format!("{times:>6} x {what}\n")));
        self.skipped.iter().for_each(|what| text.push_str(&format!("skipped: {what}\n")));
        self.named.iter().for_each(|what| text.push_str(&format!("{what}\n")));
        text
    }
}
