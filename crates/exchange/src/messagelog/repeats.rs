//! Requests that come a second time. A gateway that got no answer asks again with the same request id; a service that changes
//! something must not be called twice for it, and the answer that was given is in the log.
//!
//! In front of everything is a [`Filter`]: that a request was never seen costs less than a microsecond to find out. Only
//! when it says "perhaps" are the records of this process that the index does not have yet, and the index, asked; and then
//! the record itself is read, as hashes may meet.
//!
//! While the index is being made anew, requests are answered all the same: the filter is filled from the ledger as far as the
//! index does not have it. Only one for which the filter says "perhaps" waits for the index, and fails if that takes long.

use super::claims::Claims;
use super::export::Logged;
use super::filter::Filter;
use super::follower::{Follower, READ_BYTES, READ_RECORDS, changes};
use super::index::{Change, Row, hash};
use super::{MessageLog, MessageLogError, Part, Side};
use mekong_base::{ClientId, Clock, Instant};
use mekong_ledger::Ledger;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Hashes that are read from the index at a time when the log is opened.
const FILL: u32 = 50_000;
/// How soon it is tried again to read them.
const RETRY: Duration = Duration::from_secs(1);
/// How far the clocks of gateways that share a ledger may be apart.
const SKEW: Duration = Duration::from_secs(60);

/// How often, and how long apart, it is looked for what another gateway logged.
const LOOKS: u32 = 10;
const LOOK: Duration = Duration::from_millis(50);
/// A claim so young is still held: another gateway takes no one's place before it has looked several times.
const SURE: Duration = Duration::from_millis(100);
const _: () = assert!(SURE.as_millis() * 2 <= LOOK.as_millis() * LOOKS as u128);

/// What this process knows of requests that its services were asked.
pub(super) struct Repeats {
    window: Duration,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    filter: Filter,
    /// The filter has everything that it should have.
    is_ready: bool,
    /// Hash and position of this process's records that the index did not have yet when it was asked last.
    recent: BTreeSet<(i64, u64)>,
    /// `recent` has nothing before this position: an index that does not reach it, as one that is made anew, does not know
    /// all, and is not asked.
    needed: u64,
    /// Requests that are being answered, and whether something was logged of them.
    under_way: HashMap<i64, bool>,
}

impl Repeats {
    /// For a ledger that ends at this position.
    pub(super) fn new(window: Duration, end: u64, clock: Clock) -> Self {
        let filter = Filter::new(window);
        let state = State { filter, is_ready: false, recent: BTreeSet::new(), needed: end, under_way: HashMap::new() };
        Self { window, clock, state: Mutex::new(state) }
    }

    /// What was logged before is no repeat any more.
    fn oldest(&self) -> Instant {
        self.clock.now() - self.window
    }

    /// A record was appended by this process.
    pub(super) fn note(&self, side: Side, client: &str, request_id: &str, position: u64, at: Instant) {
        if side == Side::Provider {
            let hash = hash(&[client, request_id]);
            let mut state = self.lock();
            state.filter.add(hash.cast_unsigned(), at);
            state.recent.insert((hash, position));
            state.under_way.entry(hash).and_modify(|logged| *logged = true);
        }
    }

    /// Records of any process were read from the ledger. Those of long ago would drive newer ones out of the filter.
    pub(super) fn read<'r>(&self, rows: impl Iterator<Item = &'r Row>) {
        let oldest = self.oldest();
        let of_providers = rows.filter(|row| row.side == Side::Provider && row.at >= oldest);
        let hashes: Vec<_> = of_providers.map(|row| (hash(&[&row.client, &row.request_id]), row.at)).collect();
        let mut state = self.lock();
        hashes.into_iter().for_each(|(hash, at)| state.filter.add(hash.cast_unsigned(), at));
    }

    /// Requests that are being answered.
    pub(super) fn under_way(&self) -> Vec<i64> {
        self.lock().under_way.keys().copied().collect()
    }

    /// The index has all records before a position.
    pub(super) fn indexed(&self, to: u64) {
        let mut state = self.lock();
        state.recent.retain(|(_, position)| *position >= to);
        state.needed = state.needed.max(to);
    }

    /// Whether the filter is full and has a request.
    #[cfg(test)]
    pub(super) fn may_have(&self, client: &str, request_id: &str) -> bool {
        let state = self.lock();
        assert!(state.is_ready, "the filter is full");
        state.filter.may_have(hash(&[client, request_id]).cast_unsigned())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the requests of the last time, so that the filter knows what was asked before a restart: those that the index has
/// from it, and the rest from the ledger.
pub(super) async fn fill(repeats: Arc<Repeats>, follower: Arc<Follower>) {
    while let Err(error) = repeats.fill(&follower).await {
        tracing::debug!(%error, "the requests of the last time are not read yet");
        tokio::time::sleep(RETRY).await;
    }
}

impl Repeats {
    async fn fill(&self, follower: &Follower) -> Result<(), MessageLogError> {
        let (index, progress) = follower.as_it_is();
        let (oldest, mut before) = (self.oldest(), progress.indexed_to);
        loop {
            let hashes = index.request_hashes(before, FILL).await?;
            let mut state = self.lock();
            let mut young = hashes.iter().filter(|(_, at, _)| *at >= oldest);
            let have_room = young.all(|(_, at, hash)| state.filter.add_older(hash.cast_unsigned(), *at));
            match hashes.last() {
                Some((position, at, _)) if *at >= oldest && have_room => before = *position,
                _ => break,
            }
        }
        let ledger = follower.ledger();
        let mut from = progress.indexed_to.max(first_since(ledger, oldest - SKEW).await?);
        loop {
            let records = ledger.read(from, READ_RECORDS, READ_BYTES).await?;
            let Some(last) = records.last() else { break };
            from = last.position + 1;
            self.read(changes(&records)?.iter().filter_map(Change::row));
        }
        self.lock().is_ready = true;
        Ok(())
    }
}

/// A position before which all records are older; the ledger has them about in the order of time.
async fn first_since(ledger: &Ledger, at: Instant) -> Result<u64, MessageLogError> {
    let (mut from, mut to) = (ledger.first(), ledger.end());
    while from < to {
        let middle = from.midpoint(to);
        match ledger.read(middle, 1, 1).await?.first() {
            Some(record) if record.at < at => from = record.position + 1,
            _ => to = middle,
        }
    }
    Ok(from)
}

/// What is in the log of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The request as it was logged first.
    pub request: Option<Logged>,
    /// The answer that was logged last.
    pub answer: Option<Logged>,
}

/// Whether a request may be answered.
#[derive(Debug)]
pub enum Claim {
    /// Nobody has asked this before, and nobody else answers it while the ticket is held.
    First(Ticket),
    /// It was asked before, and this is what is in the log of it: nothing, if a gateway died before it logged it. The ticket is as for one that is new.
    Repeated(Box<Seen>, Ticket),
    /// It is being answered at this moment, for an earlier asking.
    UnderWay,
}

/// The right to answer a request, until it is dropped. Drop it when the answer is in the log.
#[derive(Debug)]
pub struct Ticket {
    repeats: Arc<Repeats>,
    hash: i64,
    claims: Option<Claims>,
    /// Since when it is held.
    since: tokio::time::Instant,
}

impl std::fmt::Debug for Repeats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repeats").field("window", &self.window).finish_non_exhaustive()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let (repeats, hash) = (Arc::clone(&self.repeats), self.hash);
        let is_logged = repeats.lock().under_way.get(&hash).copied().unwrap_or(true);
        let end = move || {
            repeats.lock().under_way.remove(&hash);
        };
        match self.claims.take().filter(|_| !is_logged) {
            // Until its row is gone it is under way: that of the next asking would go with it.
            Some(claims) => drop(tokio::spawn(async move {
                claims.leave(hash).await;
                end();
            })),
            None => end(),
        }
    }
}

impl Ticket {
    /// Whether nobody else may have begun to answer meanwhile, for who has logged the request and is about to ask the service.
    /// Where gateways share a log, the database may have been away until then, and have lost the claim or this gateway's lock;
    /// another that takes the request over then says so to the service, and may be the first there.
    pub async fn is_still_held(&self) -> bool {
        match &self.claims {
            Some(claims) if self.since.elapsed() > SURE => {
                claims.claim(self.hash, self.repeats.clock.now()).await.unwrap_or(false)
            }
            _ => true,
        }
    }
}

impl MessageLog {
    /// What this gateway logged as the provider's for a client's request with this `x-road-request-id`, within
    /// [`Config::repeats`](super::Config::repeats); `None`, at the cost of a microsecond, for one that is new.
    ///
    /// # Errors
    /// [`MessageLogError::Behind`], [`MessageLogError::Ledger`], [`MessageLogError::Store`]: then it is not known, and what
    /// may change something must not be done.
    pub async fn seen(&self, client: &ClientId, request_id: &str) -> Result<Option<Seen>, MessageLogError> {
        let client = client.to_string();
        self.look_up(&client, request_id, hash(&[&client, request_id])).await
    }

    /// [`MessageLog::seen`], and the right to answer a request that is new: of two that come at the same time only one has
    /// it.
    ///
    /// # Errors
    /// As [`MessageLog::seen`].
    pub async fn claim(&self, client: &ClientId, request_id: &str) -> Result<Claim, MessageLogError> {
        let client = client.to_string();
        let hash = hash(&[&client, request_id]);
        let repeats = &self.0.repeats;
        match repeats.lock().under_way.entry(hash) {
            Entry::Occupied(_) => return Ok(Claim::UnderWay),
            Entry::Vacant(place) => place.insert(false),
        };
        let since = tokio::time::Instant::now();
        let mut ticket = Ticket { repeats: Arc::clone(repeats), hash, claims: None, since };
        let look = || self.look_up(&client, request_id, hash);
        let is_answered = |seen: &Option<Seen>| seen.as_ref().is_some_and(|seen| seen.answer.is_some());
        let mut seen = look().await?;
        if let Some(claims) = self.0.claims.as_ref().filter(|_| !is_answered(&seen)) {
            if !claims.claim(hash, self.0.clock.now()).await? {
                // Another gateway was first. What it logs is here in a moment.
                for _ in 0..LOOKS {
                    self.0.follower.caught_up().await?;
                    seen = look().await?;
                    if is_answered(&seen) {
                        break;
                    }
                    tokio::time::sleep(LOOK).await;
                }
                if !is_answered(&seen) {
                    if !claims.take_over(hash, self.0.clock.now()).await? {
                        return Ok(Claim::UnderWay);
                    }
                    // Whoever died may have asked the service, whatever is in the log.
                    seen = Some(look().await?.unwrap_or(Seen { request: None, answer: None }));
                }
            }
            ticket.claims = Some(claims.clone()).filter(|_| !is_answered(&seen));
        }
        Ok(match seen {
            Some(seen) => Claim::Repeated(Box::new(seen), ticket),
            None => Claim::First(ticket),
        })
    }

    async fn look_up(&self, client: &str, request_id: &str, hash: i64) -> Result<Option<Seen>, MessageLogError> {
        let (needed, mut positions) = {
            let state = self.0.repeats.lock();
            if state.is_ready && !state.filter.may_have(hash.cast_unsigned()) {
                return Ok(None);
            }
            let recent = state.recent.range((hash, 0)..=(hash, u64::MAX));
            (state.needed, recent.map(|(_, position)| *position).collect::<BTreeSet<u64>>())
        };
        let (index, _) = self.0.follower.reaching(needed).await?;
        positions.extend(index.by_request(hash).await?);
        self.read_seen(client, request_id, positions).await
    }

    async fn read_seen(
        &self,
        client: &str,
        request_id: &str,
        positions: BTreeSet<u64>,
    ) -> Result<Option<Seen>, MessageLogError> {
        let oldest = self.0.repeats.oldest();
        let mut seen = Seen { request: None, answer: None };
        for position in positions {
            let Some(record) = self.0.ledger.get(position).await? else { continue };
            let messages = super::export::read(&record)?;
            let is_this = messages.side == Side::Provider
                && messages.client == client
                && messages.request_id == request_id
                && record.at >= oldest;
            if !is_this {
                continue;
            }
            if let (None, Some(message)) = (&seen.request, messages.part(Part::Request)) {
                seen.request = Some(self.source().logged(&record, Part::Request, message).await?);
            }
            if let Some(message) = messages.part(Part::Response) {
                seen.answer = Some(self.source().logged(&record, Part::Response, message).await?);
            }
        }
        Ok(Some(seen).filter(|seen| seen.request.is_some() || seen.answer.is_some()))
    }
}
