//! The administration as it runs: changes are decided, recorded, then followed; records of other gateways are followed as
//! they come.
//!
//! - [`lines`]: the audit log, looked through.

mod lines;

pub use lines::{Filter, Line};

use super::command::Command;
use super::decide::{Asked, Decision};
use super::entry::{Actor, Entry, Event, KIND, Outcome};
use super::model::State;
use super::refusal::Refusal;
use bytes::Bytes;
use mekong_base::{Clock, Instant};
use mekong_ledger::{Ledger, LedgerError, NewRecord, Record};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// Records that are read at a time, and their bytes.
const READ_AT_ONCE: usize = 1_000;
const READ_BYTES: usize = 4 << 20;
/// Refused attempts that are recorded within [`PERIOD`]; those beyond are counted.
const REFUSALS_MAX: u32 = 60;
const PERIOD: Duration = Duration::from_secs(60);
/// How long it is waited before a read that failed is tried again, and of how many failures one is told.
const RETRY: Duration = Duration::from_secs(1);
const FAILURES_TOLD: u32 = 60;

/// A change as it is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who asks.
    pub actor: Actor,
    /// From which address.
    pub from: Option<IpAddr>,
    /// For what.
    pub command: Command,
    /// Position of the last change that they saw of the thing, if they insist on it.
    pub seen: Option<u64>,
    /// Position of the last change that they saw of the whole gateway, if they insist on it.
    pub whole: Option<u64>,
    /// Their idempotency key.
    pub key: Option<String>,
}

/// A change that was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Where it stands in the ledger.
    pub position: u64,
    /// Whether an earlier request with the same idempotency key did it.
    pub before: bool,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdministrationError {
    /// The asker's to mend.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The ledger failed.
    #[error("the administration ledger failed")]
    Ledger(#[from] LedgerError),
    /// A record of the ledger cannot be understood.
    #[error("record {position} of the administration ledger cannot be understood: {reason}")]
    Record {
        /// Where it stands.
        position: u64,
        /// Why.
        reason: String,
    },
    /// An entry is too large or cannot be written.
    #[error("the change cannot be recorded: {0}")]
    Entry(String),
}

/// The administration of a gateway; clones share it.
#[derive(Debug, Clone)]
pub struct Administration(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ledger: Ledger,
    clock: Clock,
    state: watch::Sender<Arc<State>>,
    /// Held while a change is decided, recorded and followed.
    deciding: Mutex<Refusals>,
}

/// How many refused attempts were recorded of late.
#[derive(Debug, Default)]
struct Refusals {
    since: Option<Instant>,
    recorded: u32,
    unrecorded: u64,
}

impl Administration {
    /// Folds the ledger.
    ///
    /// # Errors
    /// [`AdministrationError::Ledger`], [`AdministrationError::Record`].
    pub async fn open(ledger: Ledger, clock: Clock) -> Result<Self, AdministrationError> {
        let (state, _) = watch::channel(Arc::new(State::default()));
        let administration = Self(Arc::new(Inner { ledger, clock, state, deciding: Mutex::default() }));
        administration.0.catch_up(u64::MAX).await?;
        Ok(administration)
    }

    /// The state now.
    pub fn state(&self) -> Arc<State> {
        Arc::clone(&self.0.state.borrow())
    }

    /// The state as it changes.
    pub fn subscribe(&self) -> watch::Receiver<Arc<State>> {
        self.0.state.subscribe()
    }

    /// Where the changes are recorded.
    pub fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    /// Decides on a change; records and follows it, or records that it was refused.
    ///
    /// # Errors
    /// [`AdministrationError`].
    pub async fn change(&self, request: Request) -> Result<Changed, AdministrationError> {
        let inner = &self.0;
        let mut refusals = inner.deciding.lock().await;
        inner.catch_up(u64::MAX).await?;
        let Request { actor, from, command, seen, whole, key } = request;
        let asked = Asked { actor: &actor, command: &command, seen, whole, key: key.as_deref() };
        let decided = self.state().decide(asked);
        let event = Event::Change { command: Box::new(command), seen, whole, key };
        match decided {
            Ok(Decision::Done(position)) => Ok(Changed { position, before: true }),
            Ok(Decision::Do) => {
                let entry = Entry { actor, from, event, outcome: Outcome::Done };
                let position = inner.append(&entry).await?;
                inner.carried_out(position, &entry).await
            }
            Err(refusal) => {
                // What was refused is told without its contents: they were not accepted.
                let event = Event::Refused { what: shortened(event.line()) };
                inner.refused(&mut refusals, Entry { actor, from, event, outcome: (&refusal).into() }).await?;
                Err(refusal.into())
            }
        }
    }

    /// Records something that is no change: a sign-in, an attempt without a right.
    ///
    /// # Errors
    /// [`AdministrationError::Ledger`].
    pub async fn note(&self, entry: Entry) -> Result<(), AdministrationError> {
        let mut refusals = self.0.deciding.lock().await;
        if entry.outcome.is_done() {
            self.0.append(&entry).await?;
        } else {
            self.0.refused(&mut refusals, entry).await?;
        }
        self.0.catch_up(u64::MAX).await
    }

    /// Follows what other gateways record, until the ledger is closed. What cannot be read is read again until it can.
    pub async fn follow(self) {
        let mut end = self.0.ledger.watch();
        while end.changed().await.is_ok() {
            let mut failures = 0_u32;
            while let Err(error) = self.0.catch_up_alone().await {
                if failures.is_multiple_of(FAILURES_TOLD) {
                    tracing::error!(%error, "the administration ledger cannot be followed: it is tried again each second");
                }
                failures = failures.saturating_add(1);
                tokio::time::sleep(RETRY).await;
                if end.has_changed().is_err() {
                    return;
                }
            }
            if failures > 0 {
                tracing::info!(failures, "the administration ledger is followed again");
            }
        }
    }
}

/// Longest description of a refused attempt, in bytes.
const REFUSED_BYTES_MAX: usize = 500;

fn shortened(mut text: String) -> String {
    if text.len() > REFUSED_BYTES_MAX {
        let at = (0..=REFUSED_BYTES_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(at);
        text.push('…');
    }
    text
}

fn understood(record: &Record) -> Result<Entry, AdministrationError> {
    serde_json::from_slice(&record.payload)
        .map_err(|error| AdministrationError::Record { position: record.position, reason: error.to_string() })
}

impl Inner {
    async fn append(&self, entry: &Entry) -> Result<u64, AdministrationError> {
        let payload = serde_json::to_vec(entry).map_err(|error| AdministrationError::Entry(error.to_string()))?;
        Ok(self.ledger.append(vec![NewRecord { kind: KIND, payload: Bytes::from(payload) }]).await?)
    }

    /// Follows up to the change that was just recorded. Another gateway may have recorded one before it that makes it
    /// impossible: then it has no effect, and that is recorded.
    async fn carried_out(&self, position: u64, entry: &Entry) -> Result<Changed, AdministrationError> {
        let outcome = self.catch_up_to(position).await?;
        match outcome {
            None | Some(Ok(Decision::Do)) => Ok(Changed { position, before: false }),
            Some(Ok(Decision::Done(earlier))) => Ok(Changed { position: earlier, before: true }),
            Some(Err(refusal)) => {
                let event = Event::Superseded { position };
                self.append(&Entry { event, outcome: (&refusal).into(), ..entry.clone() }).await?;
                self.catch_up(u64::MAX).await?;
                Err(refusal.into())
            }
        }
    }

    async fn refused(&self, refusals: &mut Refusals, entry: Entry) -> Result<(), AdministrationError> {
        let now = self.clock.now();
        if refusals.since.is_none_or(|since| now.since(since) >= PERIOD) {
            if refusals.unrecorded > 0 {
                let event = Event::Unrecorded { attempts: refusals.unrecorded };
                let outcome =
                    Outcome::Refused { code: "too_many".into(), reason: "more attempts than are recorded".into() };
                self.append(&Entry { actor: Actor::nobody(), from: None, event, outcome }).await?;
            }
            *refusals = Refusals { since: Some(now), ..Refusals::default() };
        }
        if refusals.recorded >= REFUSALS_MAX {
            refusals.unrecorded += 1;
            return Ok(());
        }
        refusals.recorded += 1;
        self.append(&entry).await?;
        self.catch_up(u64::MAX).await
    }

    /// Folds what the ledger has, while nothing is decided.
    async fn catch_up_alone(&self) -> Result<(), AdministrationError> {
        let _deciding = self.deciding.lock().await;
        self.catch_up(u64::MAX).await
    }

    /// Folds what the ledger has below `end`.
    async fn catch_up(&self, end: u64) -> Result<(), AdministrationError> {
        self.fold_below(end, None).await.map(|_| ())
    }

    /// Folds up to and with `position`; what became of the change there.
    async fn catch_up_to(&self, position: u64) -> Result<Option<Result<Decision, Refusal>>, AdministrationError> {
        self.fold_below(u64::MAX, Some(position)).await
    }

    async fn fold_below(
        &self,
        end: u64,
        wanted: Option<u64>,
    ) -> Result<Option<Result<Decision, Refusal>>, AdministrationError> {
        let before = Arc::clone(&self.state.borrow());
        let end = end.min(self.ledger.end());
        if before.position >= end {
            return Ok(None);
        }
        let (mut state, mut found) = ((*before).clone(), None);
        while state.position < end {
            let records = self.read(state.position, end).await?;
            let Some(last) = records.last().map(|record| record.position) else { break };
            for record in &records {
                let outcome = state.fold(record.position, &understood(record)?);
                if let Some(Err(refusal)) = &outcome {
                    tracing::info!(position = record.position, %refusal, "a recorded change has no effect");
                }
                if wanted == Some(record.position) {
                    found = outcome;
                }
            }
            state.position = last + 1;
        }
        state.position = state.position.max(end);
        self.state.send_replace(Arc::new(state));
        Ok(found)
    }

    /// All records from `from` on, below `end`.
    async fn read_all(&self, from: u64, end: u64) -> Result<Vec<Record>, AdministrationError> {
        let (mut all, mut from) = (Vec::new(), from);
        loop {
            let records = self.read(from, end).await?;
            let Some(last) = records.last() else { return Ok(all) };
            from = last.position + 1;
            all.extend(records);
        }
    }

    /// Records from `from` on, below `end`: the first of them.
    async fn read(&self, from: u64, end: u64) -> Result<Vec<Record>, AdministrationError> {
        let count = usize::try_from(end.saturating_sub(from)).unwrap_or(usize::MAX).min(READ_AT_ONCE);
        if count == 0 {
            return Ok(Vec::new());
        }
        let mut records = self.ledger.read(from, count, READ_BYTES).await?;
        records.retain(|record| record.position < end && record.kind == KIND);
        Ok(records)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::entry::Via;
    use super::*;
    use mekong_ledger::{Disk, Options};
    use std::path::Path;

    const START: Instant = Instant::from_unix_seconds(1_790_000_000);

    async fn open(folder: &Path, clock: &Clock) -> Administration {
        let ledger = Ledger::open_files(folder, Options::default(), Disk::real(), clock.clone()).await.unwrap();
        Administration::open(ledger, clock.clone()).await.unwrap()
    }

    fn add(code: &str, actor: Actor, key: Option<&str>) -> Request {
        let subsystem = format!("VN/GOV/MPS/{code}").parse().unwrap();
        let command = Command::AddSubsystem { subsystem };
        Request {
            actor,
            from: Some([127, 0, 0, 1].into()),
            command,
            seen: None,
            whole: None,
            key: key.map(str::to_owned),
        }
    }

    #[tokio::test]
    async fn changes_are_found_again_and_refused_attempts_stand_in_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(START);
        let administration = open(folder.path(), &clock).await;
        let done = administration.change(add("one", Actor::operator(), Some("k"))).await.unwrap();
        assert_eq!(done, Changed { position: 0, before: false });
        let again = administration.change(add("one", Actor::operator(), Some("k"))).await.unwrap();
        assert_eq!(again, Changed { position: 0, before: true }, "once for each key");
        let stranger = Actor { user: "stranger".to_owned(), via: Via::Session };
        for actor in [stranger, Actor::operator()] {
            let refused = administration.change(add("one", actor, None)).await;
            assert!(matches!(refused, Err(AdministrationError::Refused(_))), "{refused:?}");
        }
        administration.ledger().close().await;
        drop(administration);
        let administration = open(folder.path(), &clock).await;
        let state = administration.state();
        assert_eq!((state.subsystems.len(), state.changed, state.position), (1, 0, 3));
        let (lines, next) = administration.lines(None, &Filter::default(), 2).await.unwrap();
        let said: Vec<(u64, &str, bool)> =
            lines.iter().map(|l| (l.position, l.entry.actor.user.as_str(), l.entry.outcome.is_done())).collect();
        assert_eq!((said, next), (vec![(2, "operator", false), (1, "stranger", false)], Some(1)));
        let filter = Filter { refused: Some(false), text: Some("SUBSYSTEM".to_owned()), user: None };
        let (lines, next) = administration.lines(next, &filter, 10).await.unwrap();
        assert_eq!((lines.len(), next), (1, None));
        assert_eq!(lines.first().map(|l| l.at), Some(START));
    }

    #[tokio::test]
    async fn a_flood_of_refused_attempts_does_not_fill_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(START);
        let administration = open(folder.path(), &clock).await;
        for _ in 0..REFUSALS_MAX + 40 {
            let refused = Outcome::Refused { code: "unknown_token".into(), reason: "no such token".into() };
            let entry = Entry { actor: Actor::nobody(), from: None, event: Event::SignIn, outcome: refused };
            administration.note(entry).await.unwrap();
        }
        assert_eq!(administration.ledger().end(), u64::from(REFUSALS_MAX));
        clock.set(START + PERIOD);
        assert!(administration.change(add("one", Actor::nobody(), None)).await.is_err());
        let (lines, _) = administration.lines(None, &Filter::default(), 2).await.unwrap();
        assert_eq!(lines.last().map(|l| l.entry.event.clone()), Some(Event::Unrecorded { attempts: 40 }));
    }

    #[tokio::test]
    async fn two_changes_at_a_time_are_both_there_or_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let administration = open(folder.path(), &Clock::manual(START)).await;
        let (one, other) = tokio::join!(
            administration.change(add("same", Actor::operator(), None)),
            administration.change(add("same", Actor::operator(), None))
        );
        assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|ok| **ok).count(), 1);
    }

    /// What another gateway recorded, a revocation perhaps, is followed though it cannot be read at first and nothing more
    /// is recorded.
    #[tokio::test]
    async fn a_record_that_cannot_be_read_at_first_is_followed_as_soon_as_it_can() {
        let folder = tempfile::tempdir().unwrap();
        let administration = open(folder.path(), &Clock::manual(START)).await;
        administration.change(add("one", Actor::operator(), None)).await.unwrap();
        let (here, away) = (folder.path().join("segments"), folder.path().join("away"));
        tokio::spawn(administration.clone().follow());
        tokio::task::yield_now().await;
        std::fs::rename(&here, &away).unwrap();
        let Request { actor, from, command, .. } = add("two", Actor::operator(), None);
        let event = Event::Change { command: Box::new(command), seen: None, whole: None, key: None };
        let payload = serde_json::to_vec(&Entry { actor, from, event, outcome: Outcome::Done }).unwrap();
        let record = NewRecord { kind: KIND, payload: Bytes::from(payload) };
        administration.ledger().append(vec![record]).await.unwrap();
        tokio::time::sleep(RETRY / 2).await;
        assert_eq!(administration.state().subsystems.len(), 1, "it cannot be read");
        std::fs::rename(&away, &here).unwrap();
        let mut states = administration.subscribe();
        let followed = states.wait_for(|state| state.subsystems.len() == 2);
        drop(tokio::time::timeout(RETRY * 10, followed).await.expect("it is read again").unwrap());
    }

    #[tokio::test]
    async fn of_two_declarations_decided_on_the_same_state_one_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let administration = open(folder.path(), &Clock::manual(START)).await;
        administration.change(add("zero", Actor::operator(), None)).await.unwrap();
        administration.change(add("one", Actor::operator(), None)).await.unwrap();
        let seen = administration.state().changed;
        let of_whole = |code: &str| Request { whole: Some(seen), ..add(code, Actor::operator(), None) };
        let (two, three) =
            tokio::join!(administration.change(of_whole("two")), administration.change(of_whole("three")));
        assert!(two.is_ok(), "{two:?}");
        assert!(matches!(three, Err(AdministrationError::Refused(Refusal::Changed { .. }))), "{three:?}");
        assert_eq!(administration.state().subsystems.len(), 3);
    }

    /// Two gateways decide on the same state at the same time: what both want is done once, what both cannot have is had by
    /// one, and both come to the same.
    #[tokio::test(flavor = "multi_thread")]
    async fn two_gateways_follow_one_ledger() {
        use mekong_store::{Postgres, testing};
        let Some(server) = testing::Postgres::start() else { return };
        let url = server.database();
        let gateway = async || {
            let database = Postgres::open(&url).await.unwrap();
            let (options, clock) = (Options::default(), Clock::manual(START));
            let ledger = Ledger::open_postgres(&database, "administration", options, clock.clone()).await.unwrap();
            let administration = Administration::open(ledger, clock).await.unwrap();
            tokio::spawn(administration.clone().follow());
            administration
        };
        let (one, other) = (gateway().await, gateway().await);
        for n in 0..10 {
            let same = format!("same-{n}");
            let ask = |code: &str| add(code, Actor::operator(), None);
            let (a, b) = tokio::join!(one.change(ask(&same)), other.change(ask(&same)));
            assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1, "{a:?} {b:?}");
            let keyed = |code: &str| add(code, Actor::operator(), Some(code));
            let once = format!("once-{n}");
            let (a, b) = tokio::join!(one.change(keyed(&once)), other.change(keyed(&once)));
            assert_eq!(a.unwrap().position, b.unwrap().position);
        }
        let mut states = other.subscribe();
        let wanted = one.change(add("last", Actor::operator(), None)).await.unwrap().position;
        let followed = states.wait_for(|state| state.position > wanted);
        drop(tokio::time::timeout(Duration::from_secs(30), followed).await.unwrap().unwrap());
        let ids = |administration: &Administration| -> Vec<String> {
            administration.state().subsystems.keys().map(ToString::to_string).collect()
        };
        assert_eq!((ids(&one), ids(&one).len()), (ids(&other), 21));
        assert_eq!(one.state().changed, other.state().changed);
    }
}
