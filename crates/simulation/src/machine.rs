//! A machine: a runtime of one thread with its own paused clock, an address, and a disk if it has one. It crashes whole.

use mekong_base::{Clock, Instant};
use mekong_exchange::gateway::net::{Net, SimulatedNet};
use mekong_ledger::disk::SimulatedDisk;
use std::io;
use std::net::IpAddr;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// How far time moves at once.
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
}

impl Machine {
    pub(crate) fn new(name: &'static str, address: IpAddr, net: &SimulatedNet, seed: u64, start: Instant) -> Self {
        let (net, disk, clock) = (net.clone(), SimulatedDisk::new(seed), Clock::manual(start));
        Self { name, address, net, disk, clock, clock_error: 0, runtime: None }
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
            self.runtime = Some(Builder::new_current_thread().enable_time().start_paused(true).build()?);
        }
        if let Some(runtime) = &self.runtime {
            runtime.spawn(program);
        }
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

    /// Lets its programs run for one tick.
    pub(crate) fn tick(&mut self, now: Instant) {
        let error = Duration::from_secs(self.clock_error.unsigned_abs());
        self.clock.set(if self.clock_error < 0 { now - error } else { now + error });
        if let Some(runtime) = &self.runtime {
            runtime.block_on(async { tokio::time::sleep(TICK).await });
        }
    }
}
