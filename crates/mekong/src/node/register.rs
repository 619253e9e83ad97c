//! A population register: the database of persons, the ledger of who was shown whom, and the REST service, for the gateway beside it.

use super::config::RegisterSection;
use super::listener::Listener;
use crate::cli::{CommandError, Context, population};
use crate::serving::sockets::Sockets;
use axum::Router;
use mekong_base::Clock;
use mekong_ledger::{Disk, Ledger, Options};
use mekong_population::AccessLog;
use mekong_population::http::{Service, router};
use std::time::Duration;

/// The last part of the origin of a register's access log, and its folder in the register's.
pub(crate) const ACCESSES: &str = "accesses";
/// How long the process before this one may take to let go of the access log.
const HANDOVER: Duration = Duration::from_secs(30);

/// A running register.
pub(crate) struct Register {
    /// The register itself.
    pub(crate) register: mekong_population::Register,
    /// Who was shown whom.
    pub(crate) accesses: AccessLog,
    section: RegisterSection,
    clock: Clock,
    sockets: Sockets,
    listener: Option<Listener>,
}

impl Register {
    /// Opens the register in its folder and serves it under `/v1`.
    ///
    /// # Errors
    /// In words, if the database does not open or the address is taken.
    pub(crate) async fn start(
        section: &RegisterSection,
        clock: &Clock,
        sockets: &Sockets,
    ) -> Result<Self, CommandError> {
        let country = population::country(&section.country)?;
        let register = population::open_register(&section.folder, country).await?;
        let folder = section.folder.join(ACCESSES);
        let options = Options { wait_for_lock: HANDOVER, ..Options::default() };
        let opening = || format!("open the access log in {}", folder.display());
        let ledger = Ledger::open_files(&folder, options, Disk::real(), clock.clone()).await.context(opening)?;
        let accesses = AccessLog::open(ledger, register.database().clone()).await.context(opening)?;
        let mut running = Self {
            register,
            accesses,
            section: section.clone(),
            clock: clock.clone(),
            sockets: sockets.clone(),
            listener: None,
        };
        running.resume().await?;
        Ok(running)
    }

    /// Listens again after [`Register::pause`].
    ///
    /// # Errors
    /// In words, if the address is taken.
    pub(crate) async fn resume(&mut self) -> Result<(), CommandError> {
        let service =
            Service { register: self.register.clone(), accesses: self.accesses.clone(), clock: self.clock.clone() };
        let router = Router::new().nest("/v1", router(service));
        let what = "the population register";
        self.listener = Some(Listener::on(self.sockets.listen(self.section.listen, what).await?, what, router)?);
        Ok(())
    }

    /// Stops listening; the database stays open.
    pub(crate) async fn pause(&mut self) {
        if let Some(listener) = self.listener.take() {
            listener.stop().await;
        }
    }

    /// Stops.
    pub(crate) async fn stop(mut self) {
        self.pause().await;
        self.accesses.ledger().close().await;
    }
}
