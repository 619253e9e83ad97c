//! Downloads the configuration and keeps it fresh.
//!
//! From the anchor's sources (and those that accepted shared parameters announce) the newest version is asked for, its
//! directory verified, its parts compared with their hashes; parts that we have already are not downloaded again. For each
//! federated instance that the filter allows, its shared parameters follow by the anchor in our private parameters. The
//! result is saved to disk in the reference's layout and handed out through a `watch` channel.
//!
//! When nothing can be downloaded, the last configuration stays until it expires ([`GlobalConf::check_fresh`]).
//! A federated instance that cannot be downloaded stays until it expires and is then dropped.
//!
//! Sources are asked over plain HTTP first, since signature and hashes protect what is fetched; https sources come last.
//! A directory older than the accepted one is refused, see [`Settings::rollback_tolerance`].

mod download;
mod fetch;
mod filter;
mod location;
mod on_demand;

pub use fetch::{FetchError, generated_at};
pub use filter::FederationFilter;
pub use on_demand::{OnDemand, PATIENCE, PAUSE};

use crate::globalconf::LoadError;
use crate::{Anchor, GlobalConf};
use download::{Downloaded, Downloader};
use mekong_authority::http::{Client as HttpClient, Limits};
use mekong_base::limits::XmlLimits;
use mekong_base::{Clock, Instant};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// How the configuration is downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Which federated instances are downloaded. Default: none.
    pub federation: FederationFilter,
    /// Time between downloads. Default 60 s, as the reference.
    pub interval: Duration,
    /// Time until the next try after a failure. Default 10 s.
    pub retry_interval: Duration,
    /// How much older than the accepted directory another may be. Default 120 s: central servers of one instance generate
    /// every 60 s, each by itself.
    pub rollback_tolerance: Duration,
    /// Limits of one HTTP request. Default: 5 s to connect, 30 s in all, 64 MiB.
    pub http: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            federation: FederationFilter::None,
            interval: Duration::from_secs(60),
            retry_interval: Duration::from_secs(10),
            rollback_tolerance: Duration::from_secs(120),
            http: Limits {
                connect: Duration::from_secs(5),
                total: Duration::from_secs(30),
                body_bytes: XmlLimits::DIRECTORY.bytes,
            },
        }
    }
}

/// Every place that was asked for an instance, and why it gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// The instance.
    pub instance: String,
    /// Failures in the order of asking.
    pub failures: Vec<FetchError>,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the global configuration of {} could not be downloaded:", self.instance)?;
        self.failures.iter().try_for_each(|failure| write!(f, " {failure};"))
    }
}

impl std::error::Error for Unavailable {}

/// Why a refresh brought no new configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No source of our own instance gave a good configuration.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// What was downloaded cannot be read.
    #[error("the downloaded global configuration cannot be used: {0}")]
    Unusable(#[source] LoadError),
    /// It could not be saved; it is used all the same.
    #[error("the global configuration cannot be saved to {path}")]
    NotSaved {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A task of ours did not finish.
    #[error("the refresh was interrupted")]
    Interrupted,
}

/// What the last refreshes brought, for people.
#[derive(Debug, Clone, Default)]
pub struct Status {
    /// When a refresh last succeeded, and from where.
    pub success: Option<(Instant, String)>,
    /// When a refresh last failed, and why.
    pub failure: Option<(Instant, String)>,
    /// Federated instances that could not be downloaded in the last refresh, and why.
    pub federation: BTreeMap<String, String>,
}

/// Downloads and holds the configuration.
pub struct Client {
    downloader: Mutex<Downloader>,
    clock: Clock,
    dir: PathBuf,
    settings: Settings,
    sender: watch::Sender<Arc<GlobalConf>>,
    status: RwLock<Status>,
}

impl Client {
    /// Starts with what is on disk below `dir`, if it is of the anchor's instance and fresh; else with a download; else,
    /// if that fails, with what is on disk though it has expired. Nothing runs in the background until [`Client::run`].
    ///
    /// # Errors
    /// [`ClientError`] of the download if there is nothing on disk either.
    pub async fn start(
        anchor: Anchor,
        dir: PathBuf,
        settings: Settings,
        clock: Clock,
    ) -> Result<Arc<Self>, ClientError> {
        let http = HttpClient::new(settings.http);
        Self::start_with(http, anchor, dir, settings, clock).await
    }

    /// [`Client::start`] with another client for HTTP, whose limits count.
    ///
    /// # Errors
    /// As [`Client::start`].
    pub async fn start_with(
        http: HttpClient,
        anchor: Anchor,
        dir: PathBuf,
        settings: Settings,
        clock: Clock,
    ) -> Result<Arc<Self>, ClientError> {
        let stored = load(dir.clone()).await.filter(|conf| conf.instance() == anchor.instance).map(|mut conf| {
            conf.retain(|instance| settings.federation.allows(instance));
            Arc::new(conf)
        });
        let mut downloader = Downloader::new(http, anchor, &settings);
        let mut status = Status::default();
        let conf = match stored {
            Some(conf) if conf.check_fresh(clock.now()).is_ok() => conf,
            stored => match downloader.download(stored.as_ref(), clock.now()).await {
                Ok(downloaded) => {
                    status.note(clock.now(), &downloaded);
                    save(Arc::clone(&downloaded.conf), dir.clone()).await?;
                    downloaded.conf
                }
                Err(error) => {
                    status.failure = Some((clock.now(), error.to_string()));
                    stored.ok_or(error)?
                }
            },
        };
        let downloader = Mutex::new(downloader);
        Ok(Arc::new(Self {
            downloader,
            clock,
            dir,
            settings,
            sender: watch::Sender::new(conf),
            status: RwLock::new(status),
        }))
    }

    /// The configuration as it is now; it may have expired.
    pub fn current(&self) -> Arc<GlobalConf> {
        Arc::clone(&self.sender.borrow())
    }

    /// The configuration, and every new one.
    pub fn subscribe(&self) -> watch::Receiver<Arc<GlobalConf>> {
        self.sender.subscribe()
    }

    /// What the last refreshes brought.
    pub fn status(&self) -> Status {
        self.status.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Downloads once, hands the new configuration out and saves it. One refresh runs at a time.
    ///
    /// # Errors
    /// [`ClientError`]; the configuration stays as it was, except with [`ClientError::NotSaved`].
    pub async fn refresh(&self) -> Result<Arc<GlobalConf>, ClientError> {
        let mut downloader = self.downloader.lock().await;
        let outcome = downloader.download(Some(&self.current()), self.clock.now()).await;
        let now = self.clock.now();
        let mut status = self.status();
        let result = match outcome {
            Ok(downloaded) => {
                status.note(now, &downloaded);
                self.sender.send_replace(Arc::clone(&downloaded.conf));
                save(Arc::clone(&downloaded.conf), self.dir.clone()).await.map(|()| downloaded.conf)
            }
            Err(error) => Err(error),
        };
        if let Err(error) = &result {
            status.failure = Some((now, describe(error)));
        }
        *self.status.write().unwrap_or_else(PoisonError::into_inner) = status;
        result
    }

    /// Refreshes for ever, the first time at once. Failures are logged; abort the task to stop.
    pub async fn run(self: Arc<Self>) {
        loop {
            let pause = match self.refresh().await {
                Ok(conf) => {
                    tracing::debug!(instance = conf.instance(), expires = ?conf.expires_at(), "global configuration refreshed");
                    self.settings.interval
                }
                Err(error) => {
                    tracing::warn!(error = describe(&error), "global configuration not refreshed");
                    self.settings.retry_interval.min(self.settings.interval)
                }
            };
            tokio::time::sleep(pause).await;
        }
    }
}

impl Status {
    fn note(&mut self, now: Instant, downloaded: &Downloaded) {
        self.success = Some((now, downloaded.source.clone()));
        self.federation = downloaded.unavailable.iter().map(|u| (u.instance.clone(), u.to_string())).collect();
        for unavailable in &downloaded.unavailable {
            tracing::warn!(instance = unavailable.instance, error = %unavailable, "federated configuration not refreshed");
        }
    }
}

/// The error with its causes.
fn describe(error: &ClientError) -> String {
    use std::error::Error as _;
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}

/// What is on disk, if it can be read; what cannot is logged, since it is downloaded anew.
async fn load(dir: PathBuf) -> Option<GlobalConf> {
    let loaded = tokio::task::spawn_blocking(move || GlobalConf::load_dir(&dir).map_err(|e| (dir, e))).await;
    match loaded.ok()? {
        Ok(conf) => Some(conf),
        Err((dir, error)) => {
            tracing::debug!(dir = %dir.display(), %error, "no stored global configuration");
            None
        }
    }
}

async fn save(conf: Arc<GlobalConf>, dir: PathBuf) -> Result<(), ClientError> {
    let path = dir.clone();
    let saved = tokio::task::spawn_blocking(move || conf.save_dir(&dir)).await;
    saved.map_err(|_| ClientError::Interrupted)?.map_err(|source| ClientError::NotSaved { path, source })
}
