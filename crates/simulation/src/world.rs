//! One run: machines are made from the seed, faults come as planned, time passes tick by tick, and in the end it is checked
//! what must hold.

use crate::course::{Course, Tally};
use crate::events::{self, FETCHED, PUSHED, TOPIC};
use crate::faults::{self, Fault, GATEWAYS, MACHINES, TRUST};
use crate::gateway::{self, ASK, Program};
use crate::institutions::{Country, START};
use crate::machine::{Machine, TICK};
use crate::{Institutions, SimulationError, agency, check, service, trust};
use mekong_base::ClientId;
use mekong_exchange::events::SubscriptionSettings;
use mekong_exchange::gateway::net::{SimulatedNet, Weather};
use mekong_exchange::gateway::{LocalClient, Service};
use mekong_exchange::rules::rights::{Grant, Rights, Subject};
use mekong_ledger::Disk;
use mekong_ledger::disk::Wear;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const AGENCIES: u32 = 2;
const SERVICE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 2, 10)), 80);
const AGENCY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 1, 10));
/// Where events are pushed to.
const TAKES: SocketAddr = SocketAddr::new(AGENCY, 90);
/// What the parts of the world on the machine of the service and on that of agencies are started as.
const OF_SERVICE: usize = 2;
/// How long machines to which nothing comes wait for their own timers, while things break and when it is calm.
const RESTS: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(20)];
/// How long it is calm at least after the last start of a machine, so that what was begun ends and is time-stamped.
const CALM_MIN: Duration = Duration::from_secs(7);

/// How long a run is, in simulated time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    /// While agencies ask, publishers publish and things break.
    pub busy: Duration,
    /// While nothing breaks any more, so that what was begun ends; at most: it ends when all events have come.
    pub calm: Duration,
}

impl Default for Length {
    fn default() -> Self {
        Self { busy: Duration::from_secs(20), calm: Duration::from_secs(300) }
    }
}

/// What is wrong with the world on purpose, so that an invariant does not hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// A gateway answers before its log is durable: its disk says that it has what it has not.
    LogsAreNotDurable,
    /// What is asked again comes to the service without the mark.
    MarksAreLost,
    /// The service gets another body than was sent.
    BodiesAreChanged,
    /// Events are handed out in another order.
    EventsAreSwapped,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// Invariants that did not hold, in words; none if all did.
    pub broken: Vec<String>,
    /// Numbers.
    pub tally: Tally,
    /// Faults, restarts and the like, with their times.
    pub events: Vec<String>,
    /// A number that is the same for the same course of things.
    pub course: u64,
}

struct World {
    /// In the order of [`faults`].
    machines: [Machine; MACHINES],
    countries: [Country; GATEWAYS],
    net: SimulatedNet,
    course: Course,
    seed: u64,
    now: Duration,
    /// When machines that do not run are started.
    starts: BTreeMap<usize, Duration>,
    /// When one was started last.
    started: Duration,
    random: StdRng,
    length: Length,
    flaw: Flaw,
    folder: TempDir,
}

/// Runs one seed.
///
/// # Errors
/// [`SimulationError::System`]; what breaks in the simulation is in the outcome.
pub fn run(institutions: &Institutions, seed: u64, length: Length) -> Result<Outcome, SimulationError> {
    run_flawed(institutions, seed, length, Flaw::None)
}

/// Runs one seed in a world with a flaw.
///
/// # Errors
/// As [`run`].
pub fn run_flawed(
    institutions: &Institutions,
    seed: u64,
    length: Length,
    flaw: Flaw,
) -> Result<Outcome, SimulationError> {
    let mut random = StdRng::seed_from_u64(seed);
    let net = SimulatedNet::new(random.random());
    let mut machine = |name, address| Machine::new(name, address, &net, random.random(), START);
    let Institutions { laos, vietnam, .. } = institutions;
    let machines = [
        machine("gateway of Laos", laos.gateway),
        machine("gateway of Viet Nam", vietnam.gateway),
        machine("service", SERVICE.ip()),
        machine("agencies", AGENCY),
        machine("trust services of Laos", laos.trust),
        machine("trust services of Viet Nam", vietnam.trust),
    ];
    let mut world = World {
        machines,
        countries: [laos.clone(), vietnam.clone()],
        net,
        course: Course::default(),
        seed,
        now: Duration::ZERO,
        starts: (0..MACHINES).map(|machine| (machine, Duration::ZERO)).collect(),
        started: Duration::ZERO,
        random,
        length,
        flaw,
        folder: folder()?,
    };
    for index in 0..GATEWAYS {
        world.wear(index, Wear::default());
    }
    world.net.shelter(laos.gateway, AGENCY);
    world.net.shelter(vietnam.gateway, SERVICE.ip());
    world.pass()?;
    world.outcome()
}

/// Where directories are saved: in memory, where the system has such a place.
fn folder() -> std::io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir())
}

impl World {
    /// Lets the whole time pass.
    fn pass(&mut self) -> Result<(), SimulationError> {
        let mut plan = faults::plan(&mut self.random, self.length.busy).into_iter().peekable();
        let end = self.length.busy + self.length.calm;
        let mut is_calm = false;
        while self.now < end && !(is_calm && self.is_done()) {
            while let Some((_, fault)) = plan.next_if(|(at, _)| *at <= self.now) {
                self.befall(fault);
            }
            if self.now >= self.length.busy && !is_calm {
                is_calm = true;
                self.calm();
            }
            self.start_due()?;
            let next = self.net.advance(self.now);
            let rest = if is_calm { RESTS[1] } else { RESTS[0] };
            let has_run = self.tick(rest);
            self.notice_crashes();
            let due = next.filter(|_| !has_run).map_or(TICK, |next| next.saturating_sub(self.now));
            let due = if has_run || next.is_some() { due } else { rest };
            self.now += due.clamp(TICK, rest);
        }
        Ok(())
    }

    /// Lets those machines run that have something to do. Whether one had.
    fn tick(&mut self, rest: Duration) -> bool {
        let (stirred, time) = (self.net.stirred(), START + self.now);
        let mut has_run = false;
        for machine in &mut self.machines {
            if stirred.contains(&machine.address) || machine.is_due(self.now, rest) {
                machine.tick(self.now, time);
                has_run = true;
            }
        }
        has_run
    }

    /// Has everything that was begun come to its end?
    fn is_done(&self) -> bool {
        self.now >= self.length.busy.max(self.started) + CALM_MIN
            && self.starts.is_empty()
            // Looked at once a second.
            && self.now.subsec_millis() < 20
            && self.course.missing(self.subscription()).is_empty()
    }

    fn befall(&mut self, fault: Fault) {
        let text = match fault {
            Fault::Weather(weather) if weather == Weather::default() => "good weather".to_owned(),
            Fault::Weather(weather) => format!("bad weather: {weather:?}"),
            other => format!("{other:?}"),
        };
        self.note(text);
        let address = |index: usize| self.machines.get(index).map_or(AGENCY, |machine| machine.address);
        match fault {
            Fault::Weather(weather) => self.net.set_weather(weather),
            Fault::Part(one, other) => self.net.part(address(one), address(other)),
            Fault::Join(one, other) => self.net.join(address(one), address(other)),
            Fault::Cut(one, other) => self.net.cut(address(one), address(other)),
            Fault::Fall(index, pieces) => self.net.fall_after(address(index), pieces),
            Fault::Crash(index) => self.crash(index, true),
            Fault::Kill(index) => self.crash(index, false),
            Fault::Wear(index, wear) => self.wear(index, wear),
            Fault::Clock(index, error) => {
                if let Some(machine) = self.machines.get_mut(index) {
                    machine.clock_error = error;
                }
            }
        }
    }

    fn wear(&self, index: usize, wear: Wear) {
        if let Some(machine) = self.machines.get(index) {
            machine.disk.set_wear(Wear { sync_lies: self.flaw == Flaw::LogsAreNotDurable, ..wear });
        }
    }

    /// A machine loses its power, or only its program ends; it is started again after a while.
    fn crash(&mut self, index: usize, loses_power: bool) {
        let wait = Duration::from_millis(self.random.random_range(20..1_500));
        let Some(machine) = self.machines.get_mut(index).filter(|machine| machine.is_running()) else { return };
        machine.crash();
        match loses_power {
            true => machine.disk.restart(),
            false => machine.disk.end_process(),
        }
        let name = machine.name;
        self.starts.insert(index, self.now + wait);
        self.course.seen().crashes += 1;
        self.note(format!("crash of the {name}"));
    }

    /// What lost its power in the middle of a step takes its machine with it.
    fn notice_crashes(&mut self) {
        let fallen = self.net.fallen();
        for index in 0..MACHINES {
            let has = |m: &Machine| m.disk.is_crashed() || fallen.contains(&m.address);
            if self.machines.get(index).is_some_and(has) {
                self.crash(index, true);
            }
        }
    }

    fn start_due(&mut self) -> Result<(), SimulationError> {
        let due: Vec<usize> = self.starts.iter().filter(|(_, at)| **at <= self.now).map(|(index, _)| *index).collect();
        for index in due {
            self.starts.remove(&index);
            self.started = self.now;
            self.start(index)?;
        }
        Ok(())
    }

    fn start(&mut self, index: usize) -> Result<(), SimulationError> {
        match index {
            0..GATEWAYS => self.start_gateway(index),
            OF_SERVICE => self.start_service(),
            TRUST.. => self.start_trust(index),
            _ => self.start_agencies(index),
        }
    }

    fn start_gateway(&mut self, index: usize) -> Result<(), SimulationError> {
        let [laos, vietnam] = &self.countries;
        let client = match index {
            0 => consumer(&laos.client, &vietnam.client, self.subscription()),
            _ => provider(&vietnam.client, &laos.client),
        };
        let folder = self.folder.path().join(index.to_string());
        let (Some(machine), Some(country)) = (self.machines.get_mut(index), self.countries.get(index)) else {
            return Ok(());
        };
        let program = Program {
            country: country.clone(),
            clients: vec![client],
            net: machine.network(),
            disk: Disk::from(machine.disk.clone()),
            clock: machine.clock.clone(),
            folder,
            course: self.course.clone(),
        };
        Ok(machine.start(gateway::run(program))?)
    }

    fn start_service(&mut self) -> Result<(), SimulationError> {
        let (course, seed, flaw, until) = (self.course.clone(), self.own_seed(OF_SERVICE), self.flaw, self.until());
        let gateway = SocketAddr::new(self.countries[1].gateway, ASK);
        let machine = &mut self.machines[OF_SERVICE];
        let net = machine.network();
        machine.start(service::run(net.clone(), SERVICE, course.clone(), seed, flaw))?;
        Ok(machine.start(events::publish(net, gateway, until, seed, course))?)
    }

    fn start_agencies(&mut self, index: usize) -> Result<(), SimulationError> {
        let (course, flaw, seed, until) = (self.course.clone(), self.flaw, self.own_seed(index), self.until());
        let gateway = SocketAddr::new(self.countries[0].gateway, ASK);
        let subscription = self.subscription();
        let Some(machine) = self.machines.get_mut(index) else { return Ok(()) };
        let net = machine.network();
        for number in 0..AGENCIES {
            // Who comes back after a crash does not use old ids again.
            let number = number + u32::try_from(self.now.as_millis()).unwrap_or(u32::MAX).saturating_mul(10);
            let work = agency::Work { number, gateway, seed: seed ^ u64::from(number), until };
            machine.start(agency::run(net.clone(), work, course.clone()))?;
        }
        Ok(match subscription {
            PUSHED => machine.start(events::take(net, TAKES, course)),
            _ => machine.start(events::fetch(net, gateway, seed, course, flaw)),
        }?)
    }

    fn start_trust(&mut self, index: usize) -> Result<(), SimulationError> {
        let country = self.countries.get(index - TRUST).cloned();
        let (Some(machine), Some(country)) = (self.machines.get_mut(index), country) else { return Ok(()) };
        let (net, clock) = (machine.network(), machine.clock.clone());
        Ok(machine.start(trust::run(net, country, clock, self.course.clone()))?)
    }

    /// One for a seed: who waits for the same is woken in an order that is nobody's, and the course would not be the same again.
    const fn subscription(&self) -> &'static str {
        if self.seed.is_multiple_of(2) { FETCHED } else { PUSHED }
    }

    fn own_seed(&self, index: usize) -> u64 {
        self.seed.wrapping_mul(31).wrapping_add(index as u64)
    }

    /// How long agencies and publishers still work.
    fn until(&self) -> Duration {
        self.length.busy.saturating_sub(self.now)
    }

    /// Nothing breaks any more.
    fn calm(&mut self) {
        self.note("calm".to_owned());
        self.net.set_weather(Weather::default());
        self.net.stand();
        for index in 0..MACHINES {
            self.wear(index, Wear::default());
            let addresses = self.machines.each_ref().map(|machine| machine.address);
            if let Some(machine) = self.machines.get_mut(index) {
                machine.clock_error = 0;
                addresses.into_iter().for_each(|other| self.net.join(machine.address, other));
            }
        }
        // A disk whose sync failed is given up by its gateway until it is started again.
        for index in 0..GATEWAYS {
            self.crash(index, false);
        }
    }

    fn note(&self, what: String) {
        self.course.event(format!("{:>9.3} s  {what}", self.now.as_secs_f64()));
    }

    /// Both gateways lose their power once more; then their disks are read.
    fn outcome(mut self) -> Result<Outcome, SimulationError> {
        for machine in &mut self.machines {
            machine.crash();
            machine.disk.restart();
        }
        let disks = [0, 1].map(|index: usize| self.machines.get(index).map(|machine| machine.disk.clone()));
        if let [Some(consumer), Some(provider)] = disks {
            check::logs(&self.course, &self.countries, [consumer, provider], START + self.now)?;
        }
        check::deliveries(&self.course);
        check::events(&self.course, self.subscription());
        let tally = self.course.tally();
        let course = self.net.pieces().wrapping_mul(1_000_003).wrapping_add(tally.sent * 1_009 + tally.acknowledged);
        let mut seen = self.course.seen();
        Ok(Outcome {
            seed: self.seed,
            broken: std::mem::take(&mut seen.wrong),
            tally,
            events: std::mem::take(&mut seen.events),
            course,
        })
    }
}

fn consumer(client: &ClientId, publisher: &ClientId, subscription: &'static str) -> LocalClient {
    let settings = SubscriptionSettings::new(subscription, publisher.clone(), TOPIC);
    let settings = match subscription {
        // What cannot be handed out is not put aside: nobody would decide on it.
        PUSHED => SubscriptionSettings {
            push: Some(format!("http://{TAKES}/events")),
            timeout_seconds: 5,
            attempts: 1_000,
            ..settings
        },
        _ => settings,
    };
    LocalClient { subscriptions: vec![settings], ..LocalClient::consumer(client.clone()) }
}

fn provider(client: &ClientId, asker: &ClientId) -> LocalClient {
    let grant = |service| Grant::service(Subject::Client(asker.clone()), service);
    let grants = ["persons", "events"].into_iter().map(grant).collect();
    let services = vec![Service::new("persons", format!("http://{SERVICE}")), Service::events("events", [TOPIC])];
    LocalClient {
        services,
        rights: Rights { grants, local_groups: BTreeMap::new() },
        ..LocalClient::consumer(client.clone())
    }
}
