//! What breaks when: a plan that follows from the seed.

use mekong_exchange::gateway::net::Weather;
use mekong_ledger::disk::Wear;
use rand::Rng;
use rand::rngs::StdRng;
use std::time::Duration;

/// The machines that faults can hit: the two gateways, the service, the agencies, the trust services of both countries.
pub(crate) const MACHINES: usize = 6;
/// The gateways among them: those with disks.
pub(crate) const GATEWAYS: usize = 2;
/// The first of the trust services.
pub(crate) const TRUST: usize = 4;

/// One thing that breaks, or is whole again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// The network gets better or worse.
    Weather(Weather),
    /// Two machines hear nothing of each other.
    Part(usize, usize),
    /// They do again.
    Join(usize, usize),
    /// Their connections are cut off.
    Cut(usize, usize),
    /// A machine loses its power.
    Crash(usize),
    /// A machine loses its power in the middle of what it sends, so many pieces from now.
    Fall(usize, u64),
    /// A program ends without a word, its machine does not.
    Kill(usize),
    /// A disk wears out: it is full, fails once, or loses its power in the middle of a step.
    Wear(usize, Wear),
    /// A clock is wrong by so many seconds from now on.
    Clock(usize, i64),
}

/// Faults over `busy`, in order of time.
pub(crate) fn plan(random: &mut StdRng, busy: Duration) -> Vec<(Duration, Fault)> {
    let mut plan = Vec::new();
    let milliseconds = u64::try_from(busy.as_millis()).unwrap_or(u64::MAX);
    let most = (milliseconds / 1_500).max(3);
    for _ in 0..random.random_range(1..=most) {
        let at = Duration::from_millis(random.random_range(0..milliseconds));
        let later = at + Duration::from_millis(random.random_range(50..=(milliseconds / 3).max(50)));
        add(&mut plan, at, later, random);
    }
    plan.sort_by_key(|(at, _)| *at);
    plan
}

fn add(plan: &mut Vec<(Duration, Fault)>, at: Duration, later: Duration, random: &mut StdRng) {
    let (one, other) = (random.random_range(0..MACHINES), random.random_range(0..MACHINES));
    let gateway = random.random_range(0..GATEWAYS);
    match random.random_range(0..10) {
        0 => {
            plan.push((at, Fault::Weather(bad_weather(random))));
            plan.push((later, Fault::Weather(Weather::default())));
        }
        1 => {
            plan.push((at, Fault::Part(one, other)));
            plan.push((later, Fault::Join(one, other)));
        }
        2 => plan.push((at, Fault::Cut(one, other))),
        3 => plan.push((at, Fault::Crash(gateway))),
        4 => plan.push((at, Fault::Kill(random.random_range(0..MACHINES)))),
        5 => {
            let wear = Wear { crash_after: Some(random.random_range(1..60)), ..Wear::default() };
            plan.push((at, Fault::Wear(gateway, wear)));
        }
        6 => {
            let wear = match random.random_bool(0.6) {
                // Full at once, with what is on it.
                true => Wear { capacity: Some(random.random_range(0..4_000)), ..Wear::default() },
                false => Wear { sync_fails_after: Some(random.random_range(1..20)), ..Wear::default() },
            };
            plan.push((at, Fault::Wear(gateway, wear)));
            plan.push((later, Fault::Wear(gateway, Wear::default())));
        }
        7 => plan.push((at, Fault::Fall(random.random_range(0..MACHINES), random.random_range(0..40)))),
        8 => {
            // A time-stamp that is wrong by more dates evidence wrongly, which no gateway can know.
            let trust = random.random_range(TRUST..MACHINES);
            plan.push((at, Fault::Clock(trust, random.random_range(-100..100))));
            plan.push((later, Fault::Clock(trust, 0)));
        }
        _ => {
            plan.push((at, Fault::Clock(gateway, random.random_range(-900..900))));
            plan.push((later, Fault::Clock(gateway, 0)));
        }
    }
}

fn bad_weather(random: &mut StdRng) -> Weather {
    Weather {
        delay_min: Duration::from_millis(random.random_range(1..20)),
        delay_max: Duration::from_millis(random.random_range(20..400)),
        lost: random.random_range(0..150),
        cut: random.random_range(0..20_000),
        silent: random.random_range(0..5_000),
        flipped: random.random_range(0..5_000),
        ..Weather::default()
    }
}
