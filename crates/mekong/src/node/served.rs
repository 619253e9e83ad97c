//! What a gateway serves: the ledger of its administration opened, filled at first, read without the gateway, and handed on
//! to the gateway while it runs.

use super::config::GatewaySection;
use crate::cli::{CommandError, Context};
use mekong_base::Clock;
use mekong_exchange::administration::{Actor, Administration, Command, Declaration, Request, State};
use mekong_exchange::gateway::Handle;
use mekong_ledger::offline::Folder;
use mekong_ledger::{Disk, Ledger};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Folder of the ledger in which every change of the administration stands.
pub(crate) const ADMINISTRATION: &str = "administration";

/// Opens the ledger of the administration, where the message log is shared in the same database, and folds it.
async fn open_ledger(section: &GatewaySection, clock: &Clock) -> Result<Administration, CommandError> {
    // In a rolling restart the old process ends while the new one starts.
    let options = mekong_ledger::Options { wait_for_lock: Duration::from_secs(30), ..Default::default() };
    let folder = section.folder.join(ADMINISTRATION);
    let what = || format!("open the administration in {}", folder.display());
    let ledger = match section.log.shared().await? {
        None => Ledger::open_files(&folder, options, Disk::real(), clock.clone()).await.context(what)?,
        Some(database) => {
            let ledger = Ledger::open_postgres(&database, ADMINISTRATION, options, clock.clone());
            ledger.await.context(|| "open the administration in gateway.log.database")?
        }
    };
    Administration::open(ledger, clock.clone()).await.context(what)
}

/// Opens the administration; what is served at first is applied if nothing was ever administered.
pub(super) async fn open(section: &GatewaySection, clock: &Clock) -> Result<Administration, CommandError> {
    let administration = open_ledger(section, clock).await?;
    if let Some(file) = section.served_at_first.as_ref().filter(|_| administration.state().position == 0) {
        let commands = declared(file)?;
        if !commands.is_empty() {
            let command = Command::All { commands };
            // Of several gateways that begin together one does it.
            let key = Some("served_at_first".to_owned());
            let request = Request { actor: Actor::operator(), from: None, command, seen: None, whole: None, key };
            administration.change(request).await.context(|| format!("apply {}", file.display()))?;
        }
    }
    Ok(administration)
}

/// What a gateway serves, from its ledger, whether it runs or not.
///
/// # Errors
/// In words, what cannot be read.
pub(crate) async fn read(section: &GatewaySection, clock: &Clock) -> Result<State, CommandError> {
    if section.log.database.is_none() {
        return read_files(section);
    }
    let administration = open_ledger(section, clock).await?;
    let state = (*administration.state()).clone();
    administration.ledger().close().await;
    Ok(state)
}

/// The commands that make an empty gateway serve what a file declares.
fn declared(file: &Path) -> Result<Vec<Command>, CommandError> {
    let text = std::fs::read_to_string(file).context(|| format!("read {}", file.display()))?;
    let declaration: Declaration = toml::from_str(&text).context(|| format!("understand {}", file.display()))?;
    declaration.commands(&State::default()).context(|| format!("understand {}", file.display()))
}

/// As [`read`], where the ledger is in files.
///
/// # Errors
/// In words, which file cannot be read.
pub(crate) fn read_files(section: &GatewaySection) -> Result<State, CommandError> {
    let folder = section.folder.join(ADMINISTRATION);
    let mut state = State::default();
    if folder.exists() {
        let what = || format!("read the administration in {}", folder.display());
        let ledger = Folder::open(&folder, Disk::real(), mekong_ledger::Keys::default()).context(what)?;
        let mut broken = None;
        let fold = &mut |entry: mekong_ledger::Entry| {
            match serde_json::from_slice(&entry.record.payload) {
                Ok(read) => drop(state.fold(entry.record.position, &read)),
                Err(error) => broken = Some(error),
            }
            broken.is_none()
        };
        ledger.entries(0, fold).context(what)?;
        broken.map_or(Ok(()), Err).context(what)?;
    }
    if let Some(file) = section.served_at_first.as_ref().filter(|_| state.position == 0) {
        for command in declared(file)? {
            state.apply(&command, 0).context(|| format!("understand {}", file.display()))?;
        }
    }
    Ok(state)
}

/// Gives the gateway, while it runs, each new state: the whole at once. Messages under way end as they began.
pub(super) async fn hand_on(administration: Administration, mut handles: watch::Receiver<Option<Handle>>) {
    let mut states = administration.subscribe();
    let mut known: Option<Arc<State>> = None;
    loop {
        let is_new = handles.has_changed().unwrap_or(false);
        let handle = handles.borrow_and_update().clone();
        let state = Arc::clone(&states.borrow_and_update());
        // Most of what is recorded changes nothing here: sign-ins, refused attempts, users.
        let is_same = |same: fn(&State, &State) -> bool| !is_new && known.as_ref().is_some_and(|k| same(k, &state));
        if let Some(handle) = handle {
            if !is_same(|known, state| known.subsystems == state.subsystems) {
                handle.set_clients(state.clients());
            }
            if !is_same(|known, state| known.disabled_certificates == state.disabled_certificates) {
                handle.set_disabled_certificates(state.disabled());
            }
        }
        known = Some(state);
        tokio::select! {
            changed = states.changed() => if changed.is_err() { return },
            changed = handles.changed() => if changed.is_err() { return },
        }
    }
}
