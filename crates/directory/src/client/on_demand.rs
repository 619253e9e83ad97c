//! A refresh because somebody met what the directory does not have: a member that was registered a moment ago, perhaps. One at a
//! time, not often, and nobody waits for it long: strangers can ask for it too.

use super::Client;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// Least time between the beginnings of two refreshes on demand.
pub const PAUSE: Duration = Duration::from_secs(10);
/// How long the one who asks waits at most; the refresh goes on.
pub const PATIENCE: Duration = Duration::from_secs(5);

type Refresh = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Refreshes the directory when that is wanted. Clones share their limits. By default there is nothing to refresh.
#[derive(Clone, Default)]
pub struct OnDemand(Option<Arc<Demand>>);

struct Demand {
    refresh: Refresh,
    /// Held during a refresh; when the last one began.
    began: Arc<Mutex<Option<Instant>>>,
}

impl fmt::Debug for OnDemand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnDemand").field(&self.0.is_some()).finish()
    }
}

impl OnDemand {
    /// Refreshes with `refresh`, which hands the new configuration out before it ends.
    pub fn new<F: Future<Output = ()> + Send + 'static>(refresh: impl Fn() -> F + Send + Sync + 'static) -> Self {
        let refresh: Refresh = Box::new(move || Box::pin(refresh()));
        Self(Some(Arc::new(Demand { refresh, began: Arc::default() })))
    }

    /// Whether [`OnDemand::refresh`] would wait for a refresh now.
    pub fn is_due(&self) -> bool {
        let Some(demand) = &self.0 else { return false };
        // While it is locked, one is under way.
        demand.began.try_lock().map_or(true, |began| began.is_none_or(|at| at + PAUSE <= Instant::now()))
    }

    /// Waits until the configuration was refreshed, at most [`PATIENCE`]. If a refresh is under way, waits for that one; if one
    /// began less than [`PAUSE`] ago, for none.
    pub async fn refresh(&self) {
        let Some(demand) = &self.0 else { return };
        let asked = Instant::now();
        let refreshed = async {
            let mut began = Arc::clone(&demand.began).lock_owned().await;
            if began.is_some_and(|at| at + PAUSE > asked) {
                return;
            }
            *began = Some(Instant::now());
            let refreshing = (demand.refresh)();
            // Not broken off when the one who asked does not wait any more.
            let task = tokio::spawn(async move {
                refreshing.await;
                drop(began);
            });
            let _ = task.await;
        };
        if timeout(PATIENCE, refreshed).await.is_err() {
            tracing::debug!("the directory was not refreshed in time for the one who asked");
        }
    }
}

impl Client {
    /// Refreshes this client's configuration when that is wanted.
    pub fn on_demand(self: &Arc<Self>) -> OnDemand {
        let client = Arc::downgrade(self);
        OnDemand::new(move || {
            let client = client.upgrade();
            async move {
                let Some(client) = client else { return };
                if let Err(error) = client.refresh().await {
                    tracing::warn!(error = super::describe(&error), "global configuration not refreshed on demand");
                }
            }
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn counting(takes: Duration) -> (OnDemand, Arc<AtomicU32>) {
        let times = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&times);
        let on_demand = OnDemand::new(move || {
            let counted = Arc::clone(&counted);
            async move {
                tokio::time::sleep(takes).await;
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        (on_demand, times)
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_ask_share_one_refresh_and_it_is_not_repeated_at_once() {
        let (on_demand, times) = counting(Duration::from_secs(1));
        let asking: Vec<_> = (0..100)
            .map(|_| {
                let on_demand = on_demand.clone();
                tokio::spawn(async move { on_demand.refresh().await })
            })
            .collect();
        for one in asking {
            one.await.unwrap();
        }
        assert_eq!(times.load(Ordering::Relaxed), 1);
        for _ in 0..50 {
            on_demand.refresh().await;
        }
        assert_eq!((times.load(Ordering::Relaxed), on_demand.is_due()), (1, false));
        tokio::time::sleep(PAUSE).await;
        assert!(on_demand.is_due());
        on_demand.refresh().await;
        assert_eq!(times.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_does_not_wait_long_and_the_refresh_goes_on() {
        let (on_demand, times) = counting(Duration::from_secs(25));
        let asked = Instant::now();
        on_demand.refresh().await;
        on_demand.refresh().await;
        assert_eq!((asked.elapsed(), times.load(Ordering::Relaxed)), (PATIENCE * 2, 0));
        assert!(on_demand.is_due(), "one is under way");
        tokio::time::sleep(Duration::from_secs(16)).await;
        assert_eq!(times.load(Ordering::Relaxed), 1);
        OnDemand::default().refresh().await;
        assert!(!OnDemand::default().is_due());
    }
}
