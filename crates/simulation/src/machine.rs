//! A machine: a runtime of one thread with its own paused clock, an address, and a disk if it has one. It crashes whole.

use mekong_base::{Clock, Instant};
use mekong_exchange::gateway::net::{Net, SimulatedNet};
use mekong_ledger::disk::SimulatedDisk;
use std::io;
use std::net::IpAddr;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// The least by which time moves.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// A machine, running or crashed.
pub(crate) struct Machine {
    pub(crate) name: &'static str,
    pub(crate) address: IpAddr,
    pub(crate) net: SimulatedNet,
    pub(crate) disk: SimulatedDisk,
    /// What its programs take for the time.
    pub(crate) clock: Clock,
    /// How wrong that is, in seconds.
    pub(crate) clock_error: i64,
    runtime: Option<Runtime>,
    /// To which time of the simulation its programs have run.
    ran_to: Duration,
    /// Something was begun that has not run yet.
    is_new: bool,
    seed: u64,
    /// How often it was started.
    starts: u64,
}

impl Machine {
    pub(crate) fn new(name: &'static str, address: IpAddr, net: &SimulatedNet, seed: u64, start: Instant) -> Self {
        let (net, disk, clock) = (net.clone(), SimulatedDisk::new(seed), Clock::manual(start));
        Self {
            name,
            address,
            net,
            disk,
            clock,
            clock_error: 0,
            runtime: None,
            ran_to: Duration::ZERO,
            is_new: false,
            seed,
            starts: 0,
        }
    }

    /// The network as this machine sees it.
    pub(crate) fn network(&self) -> Net {
        Net::Simulated(self.net.host(self.address))
    }

    pub(crate) const fn is_running(&self) -> bool {
        self.runtime.is_some()
    }

    /// Starts a program.
    pub(crate) fn start(&mut self, program: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        if self.runtime.is_none() {
            self.starts += 1;
            self.runtime = Some(runtime(self.seed.wrapping_add(self.starts))?);
        }
        if let Some(runtime) = &self.runtime {
            runtime.spawn(program);
        }
        self.is_new = true;
        Ok(())
    }

    /// Ends everything that runs here, between two instructions.
    pub(crate) fn crash(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropped tasks must not reach the network any more.
            self.net.end(self.address);
            drop(runtime);
        }
    }

    /// Is there something to do, or have its own timers waited for longer than `rest`?
    pub(crate) fn is_due(&self, now: Duration, rest: Duration) -> bool {
        self.is_new || now.saturating_sub(self.ran_to) >= rest
    }

    /// Lets its programs run to the end of this tick.
    pub(crate) fn tick(&mut self, now: Duration, time: Instant) {
        let error = Duration::from_secs(self.clock_error.unsigned_abs());
        self.clock.set(if self.clock_error < 0 { time - error } else { time + error });
        let end = now + TICK;
        let passes = end.saturating_sub(self.ran_to);
        (self.ran_to, self.is_new) = (end, false);
        if let Some(runtime) = &self.runtime {
            runtime.block_on(async { tokio::time::sleep(passes).await });
        }
    }
}

/// A runtime whose own choices (whom it wakes first, which branch of a `select!` it looks at first) are the seed's too, in a build
/// of which tokio lets them be.
fn runtime(seed: u64) -> io::Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    builder.enable_time().start_paused(true);
    #[cfg(tokio_unstable)]
    builder.rng_seed(tokio::runtime::RngSeed::from_bytes(&seed.to_le_bytes()));
    #[cfg(not(tokio_unstable))]
    let _ = seed;
    builder.build()
}
