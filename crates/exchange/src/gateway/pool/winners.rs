//! Which address of a provider's gateways answered first lately: it is asked alone until it fails.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long the address that answered first is preferred.
const WINNER_KEPT: Duration = Duration::from_secs(3600);

/// An address of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) address: SocketAddr,
}

/// The winners by the hosts that competed.
#[derive(Debug, Default)]
pub(super) struct Winners(Mutex<BTreeMap<Vec<String>, (Place, Instant)>>);

impl Winners {
    pub(super) fn get(&self, hosts: &[String]) -> Option<Place> {
        let winners = self.all();
        let (place, since) = winners.get(hosts)?;
        (since.elapsed() < WINNER_KEPT).then(|| place.clone())
    }

    pub(super) fn prefer(&self, hosts: &[String], place: &Place) {
        self.all().insert(hosts.to_vec(), (place.clone(), Instant::now()));
    }

    /// Whoever won among these is no longer preferred.
    pub(super) fn forget(&self, hosts: &[String]) {
        self.all().remove(hosts);
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Vec<String>, (Place, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
