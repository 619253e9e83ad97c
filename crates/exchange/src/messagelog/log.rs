//! The log itself: opened, written, closed.

use super::claims::{self, Claims};
use super::encoding::{FAILED, Failed, MESSAGES, Message, Messages, StoredBody};
use super::follower::Follower;
use super::index::{Index, IndexPlace, number};
use super::lease::Leases;
use super::repeats::Repeats;
use super::shared::SharedPieces;
use super::stamping::Stamping;
use super::timeliness::{Timeliness, TimestampsOverdue, Unprovable};
use super::{Body, Config, Failure, MessageLogError, NewRecord, Part};
use mekong_base::{Clock, Instant};
use mekong_crypto::openpgp::Recipients;
use mekong_ledger::{BlobId, Blobs, Disk, Ledger, Options};
use mekong_store::Postgres;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{RwLock, Semaphore, SemaphorePermit};
use tokio::task::JoinHandle;

/// The message log of one gateway. Clones share it.
#[derive(Clone)]
pub struct MessageLog(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) ledger: Ledger,
    pub(super) blobs: Blobs,
    pub(super) shared: SharedPieces,
    pub(super) follower: Arc<Follower>,
    pub(super) repeats: Arc<Repeats>,
    pub(super) config: Config,
    pub(super) clock: Clock,
    pub(super) timeliness: Timeliness,
    pub(super) stamping: Stamping,
    /// Read while a record is made and appended; who writes knows that all that were begun before have ended.
    pub(super) naming: RwLock<()>,
    /// While blobs that no record names are removed: those that new records name.
    named: Mutex<Option<BTreeSet<BlobId>>>,
    /// One run of archiving or removing at a time.
    pub(super) archiving: tokio::sync::Mutex<()>,
    pub(super) leases: Leases,
    /// Of a log that is shared.
    pub(super) claims: Option<Claims>,
    evidence: Semaphore,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// Documents put together at the same time.
const EVIDENCE_AT_ONCE: usize = 2;

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop_tasks();
    }
}

impl Inner {
    /// While blobs are removed: those that new records name. `None` otherwise.
    pub(super) fn named(&self) -> std::sync::MutexGuard<'_, Option<BTreeSet<BlobId>>> {
        self.named.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_blobs(&self, messages: &Messages<'_>) {
        if let Some(named) = self.named().as_mut() {
            named.extend(messages.blobs());
        }
    }

    fn stop_tasks(&self) {
        self.stamping.stop();
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..).for_each(|task| task.abort());
    }
}

impl std::fmt::Debug for MessageLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageLog").field("end", &self.0.ledger.end()).finish_non_exhaustive()
    }
}

impl MessageLog {
    /// Opens or creates the log in `folder`: the ledger with its blobs, and `index.db`.
    ///
    /// # Errors
    /// [`MessageLogError::Ledger`], [`MessageLogError::Store`] if the folder cannot be used, another process uses it, or a
    /// newer release wrote it.
    pub async fn open(folder: impl AsRef<Path>, config: Config, clock: Clock) -> Result<Self, MessageLogError> {
        Self::open_with(folder, config, Options::default(), clock).await
    }

    /// [`MessageLog::open`] with options of the ledger, such as keys for its encryption.
    ///
    /// # Errors
    /// As [`MessageLog::open`].
    pub async fn open_with(
        folder: impl AsRef<Path>,
        config: Config,
        options: Options,
        clock: Clock,
    ) -> Result<Self, MessageLogError> {
        let folder = folder.as_ref();
        let keys = options.keys.clone();
        let ledger = Ledger::open_files(folder, options, Disk::real(), clock.clone()).await?;
        let blobs = Blobs::open_files(folder.join("blobs"), keys, Disk::real(), clock.clone()).await?;
        Self::open_on(ledger, blobs, IndexPlace::File(folder.join("index.db")), config, clock).await
    }

    /// Opens or begins the log of this name in a PostgreSQL, which several gateways share. The index in `folder` is this
    /// process's own.
    ///
    /// # Errors
    /// As [`MessageLog::open`], also if the database does not answer.
    pub async fn open_shared(
        database: &Postgres,
        name: &str,
        folder: impl AsRef<Path>,
        config: Config,
        options: Options,
        clock: Clock,
    ) -> Result<Self, MessageLogError> {
        database.migrate("message log", claims::MIGRATIONS).await?;
        let keys = options.keys.clone();
        let ledger = Ledger::open_postgres(database, name, options, clock.clone()).await?;
        let blobs = Blobs::open_postgres(database, name, keys, clock.clone()).await?;
        let index = IndexPlace::File(folder.as_ref().join("index.db"));
        Self::assemble(ledger, blobs, index, config, clock, Some((database, name))).await
    }

    /// The log on a ledger that is open.
    ///
    /// # Errors
    /// [`MessageLogError::Store`].
    pub async fn open_on(
        ledger: Ledger,
        blobs: Blobs,
        index: IndexPlace,
        config: Config,
        clock: Clock,
    ) -> Result<Self, MessageLogError> {
        Self::assemble(ledger, blobs, index, config, clock, None).await
    }

    async fn assemble(
        ledger: Ledger,
        blobs: Blobs,
        index: IndexPlace,
        config: Config,
        clock: Clock,
        shared_by: Option<(&Postgres, &str)>,
    ) -> Result<Self, MessageLogError> {
        let claims = shared_by.map(|(database, name)| Claims::new(database.clone(), name));
        if let Some(claims) = &claims {
            claims.live().await?;
        }
        let repeats = Arc::new(Repeats::new(config.repeats, ledger.end(), clock.clone()));
        let follower = Follower::open(ledger.clone(), Index::open(index).await?, Arc::clone(&repeats)).await?;
        let follower = Arc::new(follower);
        let following = tokio::spawn(Follower::run(Arc::downgrade(&follower), ledger.watch()));
        // What a restart may not forget is in the last records. An index made anew takes longer: lists wait for it, and requests
        // that look like repeats.
        let _ = tokio::time::timeout(super::follower::START, follower.caught_up()).await;
        let failing_since = match tokio::time::timeout(super::follower::START, follower.stamped()).await {
            Ok(Ok(stamped)) => stamped.failing_since,
            _ => follower.progress().failing_since,
        };
        let timeliness = Timeliness::new(config.timestamp_delay_max, config.interval, failing_since);
        let inner = Arc::new(Inner {
            ledger,
            blobs,
            shared: SharedPieces::default(),
            follower: Arc::clone(&follower),
            repeats: Arc::clone(&repeats),
            config,
            clock: clock.clone(),
            timeliness,
            stamping: Stamping::default(),
            naming: RwLock::new(()),
            named: Mutex::default(),
            archiving: tokio::sync::Mutex::default(),
            leases: shared_by.map_or_else(Leases::default, |(database, name)| Leases::shared(database.clone(), name)),
            claims: claims.clone(),
            evidence: Semaphore::new(EVIDENCE_AT_ONCE),
            tasks: Mutex::new(vec![following]),
        });
        let tasks = [
            tokio::spawn(super::repeats::fill(Arc::clone(&repeats), follower)),
            tokio::spawn(super::retention::keep_house(Arc::downgrade(&inner))),
        ];
        let mut running = inner.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        running.extend(tasks);
        running.extend(claims.map(|claims| tokio::spawn(claims.keep_alive(repeats, clock))));
        drop(running);
        Ok(Self(inner))
    }

    /// Records one message; it is on disk when this resolves. Returns its number.
    ///
    /// # Errors
    /// [`MessageLogError::Ledger`]; nothing is recorded then and the message must not go on its way.
    pub async fn record(&self, record: NewRecord) -> Result<i64, MessageLogError> {
        let part = record.part;
        let (request, response) = match part {
            Part::Request => (Some(record), None),
            Part::Response => (None, Some(record)),
        };
        let position = self.append(request, response).await?;
        Ok(id(position, part))
    }

    /// Records both messages of an exchange, or neither. Returns their numbers.
    ///
    /// Both are of the same exchange: what they have in common is taken from the request.
    ///
    /// # Errors
    /// As [`MessageLog::record`].
    pub async fn record_exchange(
        &self,
        request: NewRecord,
        response: NewRecord,
    ) -> Result<(i64, i64), MessageLogError> {
        let position = self.append(Some(request), Some(response)).await?;
        Ok((id(position, Part::Request), id(position, Part::Response)))
    }

    /// Records why the exchange of a request has no answer. Nothing waits for it, and no message is evidence by it.
    ///
    /// # Errors
    /// [`MessageLogError::Ledger`].
    pub(crate) async fn record_failure(
        &self,
        request: i64,
        message_id: &str,
        request_id: &str,
        failure: &Failure,
    ) -> Result<(), MessageLogError> {
        let (code, detail) = (failure.code.as_str(), failure.detail.as_deref());
        let failed = Failed { request: request.unsigned_abs(), message_id, request_id, code, detail };
        self.0.append(FAILED, failed.write()).await.map(|_| ())
    }

    /// For whom archives and documents are encrypted; `None`: they are not.
    pub fn recipients(&self) -> Option<&Recipients> {
        self.0.config.archive.as_ref().map(|archive| &archive.recipients).filter(|recipients| !recipients.is_empty())
    }

    /// A turn to put documents together, of which each holds whole messages in memory.
    pub(super) async fn evidence_turn(&self) -> Option<SemaphorePermit<'_>> {
        self.0.evidence.acquire().await.ok()
    }

    /// The ledger that it is.
    pub fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    /// Whether messages may flow: fails when they could not be time-stamped for longer than allowed.
    ///
    /// # Errors
    /// [`TimestampsOverdue`] says since when, why, and what to do.
    pub fn accepting(&self, now: Instant) -> Result<(), TimestampsOverdue> {
        self.0.timeliness.check(now)
    }

    /// Whether a message of now is still proven by its time-stamp: `until` its certificate chain holds, by OCSP responses that
    /// are fresh for `freshness`.
    ///
    /// # Errors
    /// [`Unprovable`] says until when it must.
    pub fn check_proof(&self, until: Instant, freshness: Duration, now: Instant) -> Result<(), Unprovable> {
        self.0.timeliness.check_proof(until, freshness, now)
    }

    /// Stops stamping, finishes the waiting records and closes ledger and index.
    ///
    /// # Errors
    /// [`MessageLogError::Ledger`], [`MessageLogError::Store`]; nothing recorded is lost.
    pub async fn close(&self) -> Result<(), MessageLogError> {
        self.0.stop_tasks();
        self.0.leases.release().await;
        let followed = self.0.follower.close().await;
        self.0.ledger.close().await;
        // From here on nothing is logged, so that what others take over was either logged before or is not begun any more.
        if let Some(claims) = &self.0.claims {
            claims.end().await;
        }
        followed
    }

    /// Blobs come first. Those of a record that was not appended after all are removed later, as no record names them.
    async fn append(
        &self,
        mut request: Option<NewRecord>,
        mut response: Option<NewRecord>,
    ) -> Result<u64, MessageLogError> {
        let _naming = self.0.naming.read().await;
        let mut bodies = [Kept::None, Kept::None];
        for (record, kept) in [&mut request, &mut response].into_iter().zip(&mut bodies) {
            if let Some(record) = record {
                *kept = self.keep_body(record).await?;
            }
        }
        let steps = response.as_mut().or(request.as_mut()).map(|last| std::mem::take(&mut last.steps));
        let Some(exchange) = request.as_ref().or(response.as_ref()) else {
            return Err(mekong_ledger::LedgerError::Empty.into());
        };
        let (client, service) = (exchange.client.to_string(), exchange.service.to_string());
        let peer = exchange.peer.as_ref().map(ToString::to_string);
        let [request_body, response_body] = &bodies;
        let messages = Messages {
            side: exchange.side,
            message_id: &exchange.message_id,
            request_id: &exchange.request_id,
            client: &client,
            service: &service,
            peer: peer.as_deref(),
            operation: &exchange.operation,
            request: request.as_ref().map(|record| self.message(record, request_body)),
            response: response.as_ref().map(|record| self.message(record, response_body)),
            steps: steps.unwrap_or_default(),
        };
        self.0.note_blobs(&messages);
        let new = mekong_ledger::NewRecord { kind: MESSAGES, payload: messages.write().into() };
        let position = self.0.ledger.append(vec![new]).await?;
        self.0.repeats.note(exchange.side, &client, &exchange.request_id, position, self.0.clock.now());
        Ok(position)
    }

    fn message<'r>(&self, record: &'r NewRecord, body: &'r Kept) -> Message<'r> {
        let signature = &record.signature;
        Message {
            status: record.status,
            duration: record.duration,
            signer: &record.signer,
            message: &record.message,
            body: body.stored(),
            signature: self.0.shared.split(&signature.signature_xml, &self.0.blobs, self.0.clock.now()),
            hash_chain_result: signature.hash_chain_result.as_deref(),
            hash_chain: signature.hash_chain.as_deref(),
        }
    }

    /// Puts a body where it is kept: into the record, or beside the ledger, on disk when this resolves.
    async fn keep_body(&self, record: &mut NewRecord) -> Result<Kept, MessageLogError> {
        let body = std::mem::take(&mut record.body);
        let config = &self.0.config;
        let size = match &body {
            Body::None => return Ok(Kept::None),
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::File(path) => {
                let spool = |source| MessageLogError::Spool { path: path.clone(), source };
                tokio::fs::metadata(path).await.map_err(spool)?.len()
            }
        };
        if !config.bodies.of(&record.service.provider) || config.body_max.is_some_and(|max| size > max) {
            return Ok(Kept::LeftOut(size));
        }
        let id = match body {
            Body::Bytes(bytes) if bytes.len() <= config.body_inline_max => return Ok(Kept::Inline(bytes)),
            Body::Bytes(bytes) => self.0.blobs.put(bytes).await?,
            Body::File(path) => self.0.blobs.put_file(&path).await?,
            Body::None => return Ok(Kept::None),
        };
        // The other message's body may take its time before the record names this one.
        if let Some(named) = self.0.named().as_mut() {
            named.insert(id);
        }
        Ok(Kept::Blob(size, id))
    }
}

fn id(position: u64, part: Part) -> i64 {
    i64::try_from(number(position, part)).unwrap_or(i64::MAX)
}

/// A body as it is kept.
enum Kept {
    None,
    Inline(bytes::Bytes),
    Blob(u64, BlobId),
    LeftOut(u64),
}

impl Kept {
    fn stored(&self) -> StoredBody<'_> {
        match self {
            Self::None => StoredBody::None,
            Self::Inline(bytes) => StoredBody::Inline(bytes),
            Self::Blob(size, id) => StoredBody::Blob { size: *size, id: *id },
            Self::LeftOut(size) => StoredBody::LeftOut { size: *size },
        }
    }
}
