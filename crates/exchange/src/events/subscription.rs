//! A subscription: its ledger, the state that follows from it, and what may be done to it.

use super::places::{EventsFailure, Places};
use super::rules::inbox::Inbox;
use super::settings::SubscriptionSettings;
use super::wire::Stored;
use super::wire::journal::{Entry, Note, Received};
use mekong_base::{ClientId, Clock, Instant};
use mekong_ledger::Ledger;
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// Records and bytes that are read at a time.
const READ_AT_ONCE: usize = 256;
const READ_BYTES: usize = 1 << 20;
/// How long a gateway that shares the ledger works on a subscription without saying so again.
const LEASE: Duration = Duration::from_secs(30);
/// Records after which the state is recorded whole, and what is not needed any more is removed.
const SNAPSHOT_EVERY: u64 = 5_000;

/// A subscription of a client of this gateway. Clones of the `Arc` are the same one.
#[derive(Debug)]
pub struct Subscription {
    owner: ClientId,
    settings: SubscriptionSettings,
    pub(super) ledger: Ledger,
    clock: Clock,
    holder: String,
    is_shared: bool,
    inbox: RwLock<Arc<Inbox>>,
    /// One follows the ledger at a time.
    following: Mutex<()>,
    /// The records that the state has.
    applied: watch::Sender<u64>,
    /// What is wrong with asking and with handing out, for people.
    troubles: RwLock<Troubles>,
    handed_out: std::sync::Mutex<HandedOut>,
}

/// What was handed out to systems that fetch.
#[derive(Debug, Default)]
struct HandedOut {
    /// Before this process began, records below may have been.
    before: u64,
    since: BTreeSet<u64>,
}

/// What is wrong, for people; empty if nothing is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Troubles {
    /// With asking the publisher.
    pub asking: Option<String>,
    /// With handing out to the information system.
    pub handing_out: Option<String>,
}

/// How a subscription stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// From where the publisher is asked next.
    pub next: Option<u64>,
    /// The topic's end when it was asked last.
    pub end: u64,
    /// Positions that are not delivered yet, as far as is known: those not fetched, and those that wait.
    pub behind: u64,
    /// Events that wait.
    pub pending: usize,
    /// When the one that waits longest was received.
    pub oldest: Option<Instant>,
    /// Events that were delivered.
    pub delivered: u64,
    /// Events put aside.
    pub dead: usize,
    /// Subjects that wait for a decision on one.
    pub held: usize,
    /// Positions that the publisher removed before they were fetched.
    pub gap: Option<(u64, u64)>,
    /// Who works on it.
    pub holder: Option<String>,
    /// What is wrong.
    pub troubles: Troubles,
}

impl Subscription {
    /// Opens a subscription, or begins it.
    ///
    /// # Errors
    /// [`EventsFailure`].
    pub async fn open(
        places: &Places,
        owner: &ClientId,
        settings: SubscriptionSettings,
    ) -> Result<Self, EventsFailure> {
        settings.check()?;
        let ledger = places.subscription(owner, &settings.name, &settings.provider, &settings.topic).await?;
        let subscription = Self {
            owner: owner.clone(),
            settings,
            ledger,
            clock: places.clock().clone(),
            holder: places.holder().to_owned(),
            is_shared: places.is_shared(),
            inbox: RwLock::default(),
            following: Mutex::default(),
            applied: watch::channel(0).0,
            troubles: RwLock::default(),
            handed_out: std::sync::Mutex::default(),
        };
        let before = subscription.follow().await?.window;
        subscription.handed_out.lock().unwrap_or_else(PoisonError::into_inner).before = before;
        Ok(subscription)
    }

    /// Whose it is.
    pub const fn owner(&self) -> &ClientId {
        &self.owner
    }

    /// What was declared of it.
    pub const fn settings(&self) -> &SubscriptionSettings {
        &self.settings
    }

    /// The state as far as it was followed.
    pub fn inbox(&self) -> Arc<Inbox> {
        Arc::clone(&self.inbox.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells when the state changes.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.applied.subscribe()
    }

    /// Tells when the ledger grows, by whomever.
    pub(crate) fn watch_ledger(&self) -> watch::Receiver<u64> {
        self.ledger.watch()
    }

    /// Follows the ledger to its end, at least to where it ends now.
    ///
    /// # Errors
    /// [`EventsFailure`].
    pub async fn follow(&self) -> Result<Arc<Inbox>, EventsFailure> {
        let _one = self.following.lock().await;
        let before = self.inbox();
        if before.applied >= self.ledger.end() {
            return Ok(before);
        }
        let mut inbox = (*before).clone();
        while inbox.applied < self.ledger.end() {
            let records = self.ledger.read(inbox.applied, READ_AT_ONCE, READ_BYTES).await?;
            if records.is_empty() {
                inbox.applied = self.ledger.end();
            }
            for record in records {
                inbox.apply(record.position, record.at, Entry::of_record(&record)?);
            }
        }
        let inbox = Arc::new(inbox);
        *self.inbox.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&inbox);
        self.applied.send_replace(inbox.applied);
        Ok(inbox)
    }

    /// Records, and follows.
    ///
    /// # Errors
    /// [`EventsFailure`].
    pub async fn record(&self, entries: &[Entry]) -> Result<Arc<Inbox>, EventsFailure> {
        if !entries.is_empty() {
            self.ledger.append(entries.iter().map(Entry::to_record).collect()).await?;
        }
        self.follow().await
    }

    /// Begins to work on it, or goes on with `term`. The term, unless another works on it.
    ///
    /// # Errors
    /// [`EventsFailure`].
    pub async fn claim(&self, term: Option<u64>) -> Result<Option<u64>, EventsFailure> {
        let inbox = self.follow().await?;
        let now = self.clock.now();
        let is_others = |inbox: &Inbox| inbox.lease.as_ref().is_some_and(|l| l.holder != self.holder && now < l.until);
        if is_others(&inbox) {
            return Ok(None);
        }
        let note = Note::Claim { holder: self.holder.clone(), until: now + LEASE, term };
        let inbox = self.record(&[note.into()]).await?;
        let lease = inbox.lease.as_ref().filter(|lease| lease.holder == self.holder);
        Ok(lease.map(|lease| lease.term).filter(|mine| term.is_none_or(|term| term == *mine)))
    }

    /// How often the work is claimed again; never where nobody else can.
    pub fn renewal(&self) -> Option<Duration> {
        self.is_shared.then_some(LEASE / 3)
    }

    /// The event of a record, with the id of the message that brought it.
    ///
    /// # Errors
    /// [`EventsFailure`].
    pub async fn event(&self, entry: u64) -> Result<Option<Received>, EventsFailure> {
        let Some(record) = self.ledger.get(entry).await? else { return Ok(None) };
        match Entry::of_record(&record)? {
            Entry::Received(received) => Ok(Some(received)),
            Entry::Other(_) => Ok(None),
        }
    }

    /// The same, without what was around it.
    ///
    /// # Errors
    /// [`EventsFailure`].
    pub async fn stored(&self, entry: u64) -> Result<Option<Stored>, EventsFailure> {
        Ok(self.event(entry).await?.map(|received| received.event))
    }

    /// Notes that these events are handed out to a system that fetches. Whether each may have been before.
    pub(crate) fn hand_out(&self, entries: &[u64]) -> Vec<bool> {
        let inbox = self.inbox();
        let mut handed_out = self.handed_out.lock().unwrap_or_else(PoisonError::into_inner);
        handed_out.since.retain(|entry| inbox.pending.contains_key(entry));
        let mut mark = |entry: &u64| {
            let repeats = inbox.pending.get(entry).is_some_and(|event| event.repeats);
            // What another gateway handed out is known by its window alone.
            let before = *entry < handed_out.before || (self.is_shared && *entry < inbox.window);
            !handed_out.since.insert(*entry) || repeats || before
        };
        entries.iter().map(&mut mark).collect()
    }

    /// Records the whole state now and then, and removes what is not needed any more.
    ///
    /// # Errors
    /// [`EventsFailure`].
    pub(crate) async fn tidy(&self) -> Result<(), EventsFailure> {
        let inbox = self.follow().await?;
        if inbox.applied.saturating_sub(inbox.snapshot) < SNAPSHOT_EVERY {
            return Ok(());
        }
        self.snapshot(&inbox).await
    }

    /// Records a state whole, and removes what is before it, unless something was recorded in between: then it counts for
    /// nothing, and another is made later.
    pub(super) async fn snapshot(&self, inbox: &Inbox) -> Result<(), EventsFailure> {
        let at = inbox.applied;
        let needed = inbox.pending.keys().chain(inbox.dead.keys()).min().copied();
        let after = self.record(&[Note::Snapshot { at, inbox: Box::new(inbox.clone()) }.into()]).await?;
        if after.snapshot > at {
            self.ledger.remove_before(needed.unwrap_or(at).min(at)).await?;
        }
        Ok(())
    }

    /// Notes what is wrong, for people.
    pub fn trouble(&self, change: impl FnOnce(&mut Troubles)) {
        change(&mut self.troubles.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let inbox = self.inbox();
        let unfetched = inbox.end.saturating_sub(inbox.next.unwrap_or(inbox.end));
        Standing {
            next: inbox.next,
            end: inbox.end,
            behind: unfetched + inbox.pending.len() as u64,
            pending: inbox.pending.len(),
            oldest: inbox.pending.values().map(|event| event.at).min(),
            delivered: inbox.delivered,
            dead: inbox.dead.len(),
            held: inbox.held().len(),
            gap: inbox.gap,
            holder: inbox.lease.as_ref().map(|lease| lease.holder.clone()),
            troubles: self.troubles.read().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Closes its ledger.
    pub async fn close(&self) {
        self.ledger.close().await;
    }
}
