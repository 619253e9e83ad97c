//! What goes wrong, and when: every kind in turn in an order of chance, on the network and on the machines at the same time.

use super::countries::Relays;
use super::disk::SmallDisk;
use super::gateway::Gateway;
use super::relay::{Mood, Relay};
use crate::cli::CommandError;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Faults by what they are, with how often each was made.
pub(super) type Made = BTreeMap<&'static str, u64>;

/// Between two faults, in milliseconds.
const BETWEEN: std::ops::Range<u64> = 100..900;

/// Faults of the network.
#[derive(Clone, Copy)]
enum Network {
    Cut,
    Silent,
    Late,
    Slow,
    ServiceCut,
    ServiceSilent,
    ServiceLate,
    ServiceSlow,
    TrustSilent,
}

/// Faults of machines.
#[derive(Clone, Copy)]
enum Machine {
    Kill,
    Rolling,
    FullDisk,
    ClockJump,
}

/// How far a clock jumps, in seconds: less than requests are remembered.
const JUMPS: [i64; 6] = [-5_400, -300, -20, 20, 300, 5_400];

/// Breaks connections until `until`, and leaves the network whole.
pub(super) async fn of_network(relays: &[Relays], seed: u64, until: Instant) -> Made {
    use Network::{Cut, Late, ServiceCut, ServiceLate, ServiceSilent, ServiceSlow, Silent, Slow, TrustSilent};
    let mut random = StdRng::seed_from_u64(seed);
    let mut made = Made::new();
    let mut kinds = [Cut, Silent, Late, Slow, ServiceCut, ServiceSilent, ServiceLate, ServiceSlow, TrustSilent];
    'all: loop {
        kinds.shuffle(&mut random);
        for kind in kinds {
            if !rest(&mut random, until).await {
                break 'all;
            }
            if let Some(country) = relays.choose(&mut random) {
                let by = Duration::from_millis(random.random_range(5..400));
                let (name, relay, mood) = match kind {
                    Cut => ("connections between gateways cut", &country.messages, Mood::Cut),
                    Silent => ("connections between gateways half-open", &country.messages, Mood::Silent),
                    Late => ("delays between gateways", &country.messages, Mood::Late(by)),
                    Slow => ("slow readers between gateways", &country.messages, Mood::Slow),
                    ServiceCut => ("connections to the service cut", &country.service, Mood::Cut),
                    ServiceSilent => ("connections to the service half-open", &country.service, Mood::Silent),
                    ServiceLate => ("delays of the service", &country.service, Mood::Late(by)),
                    ServiceSlow => ("slow readers at the service", &country.service, Mood::Slow),
                    TrustSilent => ("trust services (time-stamps, OCSP) silent", &country.trust, Mood::Silent),
                };
                *made.entry(name).or_default() += 1;
                hold(relay, mood, &mut random).await;
            }
        }
    }
    made
}

/// Leaves a relay in a mood for a while.
async fn hold(relay: &Relay, mood: Mood, random: &mut StdRng) {
    let most = if mood == Mood::Cut { 300 } else { 2_000 };
    relay.set(mood);
    tokio::time::sleep(Duration::from_millis(random.random_range(10..most))).await;
    relay.set(Mood::Fair);
}

/// Kills and restarts gateways, fills a disk and sets clocks wrong until `until`; all run in the end, with room, at the right time.
///
/// # Errors
/// In words, if a gateway does not come back, or does not end in good order.
pub(super) async fn of_machines(
    gateways: &mut [Gateway],
    disk: Option<&SmallDisk>,
    seed: u64,
    until: Instant,
) -> Result<Made, CommandError> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut made = Made::new();
    let mut kinds = vec![Machine::Kill, Machine::Kill, Machine::Rolling];
    kinds.extend(disk.map(|_| Machine::FullDisk));
    kinds.extend(gateways.iter().all(|gateway| gateway.clock.is_some()).then_some(Machine::ClockJump));
    loop {
        kinds.shuffle(&mut random);
        for kind in &kinds {
            if !rest(&mut random, until).await {
                return Ok(made);
            }
            match kind {
                Machine::Kill => {
                    let which = random.random_range(0..gateways.len().max(1));
                    if let Some(gateway) = gateways.get_mut(which) {
                        gateway.kill().await?;
                        tokio::time::sleep(Duration::from_millis(random.random_range(0..1_000))).await;
                        gateway.start().await?;
                        *made.entry("gateways killed (kill -9)").or_default() += 1;
                    }
                }
                Machine::Rolling => {
                    for gateway in gateways.iter_mut() {
                        gateway.end().await?;
                        gateway.start().await?;
                    }
                    *made.entry("rolling restarts (SIGTERM)").or_default() += 1;
                }
                Machine::ClockJump => {
                    let clock = gateways.choose(&mut random).and_then(|gateway| gateway.clock.as_ref());
                    if let (Some(clock), Some(seconds)) = (clock, JUMPS.choose(&mut random)) {
                        clock.set(*seconds)?;
                        tokio::time::sleep(Duration::from_millis(random.random_range(1_200..4_000))).await;
                        clock.set(0)?;
                        *made.entry("clock jumps").or_default() += 1;
                    }
                }
                Machine::FullDisk => {
                    let Some(disk) = disk else { continue };
                    if disk.fill() {
                        *made.entry("full disks").or_default() += 1;
                        tokio::time::sleep(Duration::from_millis(random.random_range(500..3_000))).await;
                    }
                    if !disk.clear() {
                        return Err(CommandError::new("the disk that was filled cannot be given room again"));
                    }
                }
            }
        }
    }
}

/// Waits for the next fault; `false` if there is to be none.
async fn rest(random: &mut StdRng, until: Instant) -> bool {
    let wait = Duration::from_millis(random.random_range(BETWEEN));
    if Instant::now() + wait >= until {
        return false;
    }
    tokio::time::sleep(wait).await;
    true
}
