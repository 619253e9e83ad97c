//! One run: machines are made from the seed, faults come as planned, time passes tick by tick, and in the end it is checked
//! what must hold.

use crate::course::{Course, Tally};
use crate::faults::{self, Fault, GATEWAYS, MACHINES};
use crate::gateway::{self, ASK, Program};
use crate::institutions::{Country, START};
use crate::machine::{Machine, TICK};
use crate::{Institutions, SimulationError, agency, check, service};
use mekong_base::ClientId;
use mekong_exchange::gateway::net::{SimulatedNet, Weather};
use mekong_exchange::gateway::{LocalClient, Service};
use mekong_exchange::rules::rights::{Grant, Rights, Subject};
use mekong_ledger::Disk;
use mekong_ledger::disk::Wear;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tempfile::TempDir;

const AGENCIES: u32 = 3;
const SERVICE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 2, 10)), 80);
const AGENCY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 1, 10));

/// How long a run is, in simulated time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    /// While agencies ask and things break.
    pub busy: Duration,
    /// While nothing breaks any more, so that what was begun ends.
    pub calm: Duration,
}

impl Default for Length {
    fn default() -> Self {
        Self { busy: Duration::from_secs(20), calm: Duration::from_secs(90) }
    }
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
    /// The two gateways, the service, the agencies: in the order of [`faults`].
    machines: [Machine; MACHINES],
    countries: [Country; GATEWAYS],
    net: SimulatedNet,
    course: Course,
    seed: u64,
    now: Duration,
    /// When machines that do not run are started.
    starts: BTreeMap<usize, Duration>,
    random: StdRng,
    length: Length,
    folder: TempDir,
}

/// Runs one seed.
///
/// # Errors
/// [`SimulationError::System`]; what breaks in the simulation is in the outcome.
pub fn run(institutions: &Institutions, seed: u64, length: Length) -> Result<Outcome, SimulationError> {
    let mut random = StdRng::seed_from_u64(seed);
    let net = SimulatedNet::new(random.random());
    let mut machine = |name, address| Machine::new(name, address, &net, random.random(), START);
    let Institutions { laos, vietnam, .. } = institutions;
    let machines = [
        machine("gateway of Laos", laos.gateway),
        machine("gateway of Viet Nam", vietnam.gateway),
        machine("service", SERVICE.ip()),
        machine("agencies", AGENCY),
    ];
    let mut world = World {
        machines,
        countries: [laos.clone(), vietnam.clone()],
        net,
        course: Course::default(),
        seed,
        now: Duration::ZERO,
        starts: (0..MACHINES).map(|machine| (machine, Duration::ZERO)).collect(),
        random,
        length,
        folder: tempfile::tempdir()?,
    };
    world.pass()?;
    world.outcome()
}

impl World {
    /// Lets the whole time pass.
    fn pass(&mut self) -> Result<(), SimulationError> {
        let mut plan = faults::plan(&mut self.random, self.length.busy).into_iter().peekable();
        let end = self.length.busy + self.length.calm;
        let mut is_calm = false;
        while self.now < end {
            while let Some((_, fault)) = plan.next_if(|(at, _)| *at <= self.now) {
                self.befall(fault);
            }
            if self.now >= self.length.busy && !is_calm {
                is_calm = true;
                self.calm();
            }
            self.start_due()?;
            self.net.advance(self.now);
            let now = START + self.now;
            for machine in &mut self.machines {
                machine.tick(now);
            }
            self.notice_crashes();
            self.now += TICK;
        }
        Ok(())
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
            Fault::Crash(index) => self.crash(index, true),
            Fault::Kill(index) => self.crash(index, false),
            Fault::Wear(index, wear) => {
                if let Some(machine) = self.machines.get(index) {
                    machine.disk.set_wear(wear);
                }
            }
            Fault::Clock(index, error) => {
                if let Some(machine) = self.machines.get_mut(index) {
                    machine.clock_error = error;
                }
            }
        }
    }

    /// A machine loses its power, or only its program ends; it is started again after a while.
    fn crash(&mut self, index: usize, loses_power: bool) {
        let wait = Duration::from_millis(self.random.random_range(20..4_000));
        let Some(machine) = self.machines.get_mut(index).filter(|machine| machine.is_running()) else { return };
        machine.crash();
        match loses_power {
            true => machine.disk.restart(),
            false => machine.disk.end_process(),
        }
        let name = machine.name;
        self.starts.insert(index, self.now + wait);
        self.note(format!("crash of the {name}"));
    }

    /// A disk that lost its power takes its machine with it.
    fn notice_crashes(&mut self) {
        for index in 0..GATEWAYS {
            if self.machines.get(index).is_some_and(|machine| machine.disk.is_crashed()) {
                self.crash(index, true);
            }
        }
    }

    fn start_due(&mut self) -> Result<(), SimulationError> {
        let due: Vec<usize> = self.starts.iter().filter(|(_, at)| **at <= self.now).map(|(index, _)| *index).collect();
        for index in due {
            self.starts.remove(&index);
            self.start(index)?;
        }
        Ok(())
    }

    fn start(&mut self, index: usize) -> Result<(), SimulationError> {
        let (course, seed) = (self.course.clone(), self.seed.wrapping_mul(31).wrapping_add(index as u64));
        let until = self.length.busy.saturating_sub(self.now);
        let clients =
            [consumer(&self.countries[0].client), provider(&self.countries[1].client, &self.countries[0].client)];
        let gateway = SocketAddr::new(self.countries[0].gateway, ASK);
        let program = self
            .countries
            .get(index)
            .zip(clients.get(index))
            .map(|(country, client)| (country.clone(), client.clone()));
        let spool = self.folder.path().join(index.to_string());
        let Some(machine) = self.machines.get_mut(index) else { return Ok(()) };
        let net = machine.network();
        if let Some((country, client)) = program {
            let (disk, clock) = (Disk::from(machine.disk.clone()), machine.clock.clone());
            let clients = vec![client];
            machine.start(gateway::run(Program { country, clients, net, disk, clock, spool, course }))?;
        } else if index == 2 {
            machine.start(service::run(net, SERVICE, course, seed))?;
        } else {
            for number in 0..AGENCIES {
                // Who comes back after a crash does not use old ids again.
                let number = number + u32::try_from(self.now.as_millis()).unwrap_or(u32::MAX).saturating_mul(10);
                let work = agency::Work { number, gateway, seed: seed ^ u64::from(number), until };
                machine.start(agency::run(net.clone(), work, course.clone()))?;
            }
        }
        Ok(())
    }

    /// Nothing breaks any more.
    fn calm(&mut self) {
        self.note("calm".to_owned());
        self.net.set_weather(Weather::default());
        for index in 0..MACHINES {
            for other in 0..MACHINES {
                self.befall(Fault::Join(index, other));
            }
            if let Some(machine) = self.machines.get_mut(index) {
                machine.disk.set_wear(Wear::default());
                machine.clock_error = 0;
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

fn consumer(client: &ClientId) -> LocalClient {
    LocalClient::consumer(client.clone())
}

fn provider(client: &ClientId, asker: &ClientId) -> LocalClient {
    let grants = vec![Grant::service(Subject::Client(asker.clone()), "persons")];
    let services = vec![Service::new("persons", format!("http://{SERVICE}"))];
    LocalClient {
        services,
        rights: Rights { grants, local_groups: BTreeMap::new() },
        ..LocalClient::consumer(client.clone())
    }
}
