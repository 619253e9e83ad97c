//! Time-stamping in the background: all records that wait share one time-stamp, by way of a hash chain.

use super::encoding::{Covered, MESSAGES, STAMP, STAMPING, Stamp as StampRecord, Stamping as State};
use super::export::{self, StampedBatch};
use super::index::{number, place};
use super::lease::Work;
use super::log::Inner;
use super::timeliness::TIME_DIFFERENCE_MAX;
use super::{MessageLog, MessageLogError, Part};
use mekong_authority::tsp_client::TspClient;
use mekong_base::Instant;
use mekong_crypto::DigestAlgorithm;
use mekong_ledger::NewRecord;
use mekong_message::timestamp;
use mekong_pki::Certificate;
use mekong_pki::tsp::Token;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How a time-stamp is got: a request for a token over this digest, answered with the DER token.
///
/// The token must be verified, over this digest and by an authority that the directory approves, and must have the
/// authority's certificate inside. An error is a sentence that names the authority and the failure. Asked anew for
/// every batch, so it can follow the directory.
pub type Stamp = Arc<dyn Fn(DigestAlgorithm, Vec<u8>) -> StampFuture + Send + Sync>;

/// What [`Stamp`] returns.
pub type StampFuture = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send>>;

/// The usual [`Stamp`]: asks the authorities that `approved` names at that time, as URLs and certificates, until one
/// gives a good token.
pub fn stamp_by_http(
    client: TspClient,
    approved: impl Fn() -> (Vec<String>, Vec<Certificate>) + Send + Sync + 'static,
) -> Stamp {
    Arc::new(move |algorithm, digest| {
        let client = client.clone();
        let (urls, authorities) = approved();
        Box::pin(async move {
            let token = client.stamp(algorithm, &digest, &urls, &authorities).await;
            token.map(|token| token.der).map_err(|error| error.to_string())
        })
    })
}

/// The digest of hash chains and imprints.
pub(super) const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha512;
/// Records of one read of the ledger.
const READ_RECORDS: usize = 128;
/// Bytes of one read of the ledger.
const READ_BYTES: usize = 4 << 20;

/// The source of time-stamps and the task that uses it.
#[derive(Default)]
pub(super) struct Stamping {
    source: Mutex<Option<Stamp>>,
    task: Mutex<Option<JoinHandle<()>>>,
    /// One batch at a time, or records would be stamped twice.
    turn: tokio::sync::Mutex<()>,
    /// The batch that was last asked for: its messages are mostly asked for together.
    batch: Mutex<Option<Arc<StampedBatch>>>,
    /// The last message that was left out and told of.
    left_out: AtomicU64,
}

impl Stamping {
    pub(super) fn stop(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }

    /// The batch that was last asked for.
    pub(super) fn batch(&self) -> Option<Arc<StampedBatch>> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn keep_batch(&self, batch: &Arc<StampedBatch>) {
        *self.batch.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(batch));
    }

    /// Tells once of each message that cannot be stamped because what belongs to it cannot be read.
    fn leave_out(&self, id: u64, error: &MessageLogError) {
        if self.left_out.fetch_max(id, Ordering::Relaxed) < id {
            tracing::error!(
                record = id,
                %error,
                "this record cannot be time-stamped, as it cannot be read; the others are"
            );
        }
    }

    fn source(&self) -> Result<Stamp, MessageLogError> {
        let source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        source.clone().ok_or(MessageLogError::NoAuthority)
    }
}

impl Drop for Stamping {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Messages that wait for a time-stamp.
#[derive(Default)]
struct Waiting {
    covered: Vec<Covered>,
    /// The signature document of the first, which is stamped alone if there is no other.
    first: String,
}

impl MessageLog {
    /// Begins to stamp records with tokens from `source`: at once, then every [`Config::interval`](super::Config), and
    /// every [`Config::retry`](super::Config) while it fails. Ends when the log is closed or dropped.
    pub fn start_stamping(&self, source: Stamp) {
        self.0.stamping.stop();
        *self.0.stamping.source.lock().unwrap_or_else(PoisonError::into_inner) = Some(source);
        let task = tokio::spawn(stamp_for_ever(Arc::downgrade(&self.0)));
        *self.0.stamping.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    /// Stamps all records that wait, without waiting for the next interval. Returns how many were stamped.
    ///
    /// # Errors
    /// [`MessageLogError::NoAuthority`] before [`MessageLog::start_stamping`]; [`MessageLogError::Authority`] if the
    /// authority failed; [`MessageLogError::Elsewhere`] if another gateway does it; others if a record cannot be stamped or
    /// the stamp not recorded. The failure counts for [`MessageLog::accepting`].
    pub async fn stamp_now(&self) -> Result<usize, MessageLogError> {
        self.stamp_all().await
    }

    async fn stamp_all(&self) -> Result<usize, MessageLogError> {
        let source = self.0.stamping.source()?;
        let _turn = self.0.stamping.turn.lock().await;
        let mut stamped = 0;
        loop {
            match self.stamp_batch(&source).await {
                Ok(0) => {
                    self.0.note_success().await;
                    return Ok(stamped);
                }
                Ok(count) => stamped += count,
                Err(error) => {
                    self.0.note_failure(&error).await;
                    return Err(error);
                }
            }
        }
    }

    async fn stamp_batch(&self, source: &Stamp) -> Result<usize, MessageLogError> {
        if !self.0.leases.have(Work::Stamping).await? {
            self.0.follow_others().await?;
            return Err(MessageLogError::Elsewhere);
        }
        let waiting = self.waiting().await?;
        let stamp = match waiting.covered.as_slice() {
            [] => return Ok(0),
            [one] => match self.0.stamp_one(*one, &waiting.first, source).await {
                // With others it can be stamped: there only its digest counts.
                Err(error) if error.is_of_one_record() => {
                    self.0.stamping.leave_out(one.id, &error);
                    return Ok(0);
                }
                stamped => stamped?,
            },
            _ => self.0.stamp_several(waiting.covered, source).await?,
        };
        let count = stamp.covered.len();
        let position = self.0.append(STAMP, stamp.write()).await?;
        // Whoever asks next finds it; a time-stamp that the index does not have yet is one all the same.
        let _ = self.0.follower.near(position + 1).await;
        tracing::debug!(records = count, "time-stamped");
        Ok(count)
    }

    /// The messages after the last one that is stamped, in the order of the log, as many as share a time-stamp. One that cannot
    /// be read is left out: it must not keep the others waiting until no message is accepted any more.
    async fn waiting(&self) -> Result<Waiting, MessageLogError> {
        let stamped_to = self.0.follower.stamped().await?.to;
        let mut from = place(stamped_to).map_or(0, |(position, _)| position);
        let mut waiting = Waiting::default();
        loop {
            let records = self.0.ledger.read(from, READ_RECORDS, READ_BYTES).await?;
            let Some(last) = records.last() else { return Ok(waiting) };
            from = last.position + 1;
            for record in records.iter().filter(|record| record.kind == MESSAGES) {
                let messages = match export::read(record) {
                    Ok(messages) => messages,
                    Err(error) => {
                        self.0.stamping.leave_out(number(record.position, Part::Request), &error);
                        continue;
                    }
                };
                for (part, message) in messages.each() {
                    let id = number(record.position, part);
                    if id <= stamped_to {
                        continue;
                    }
                    if waiting.covered.len() >= self.0.config.batch as usize {
                        return Ok(waiting);
                    }
                    let signed = i64::try_from(id).unwrap_or(i64::MAX);
                    match self.source().signature(signed, &message.signature).await {
                        Err(error) if error.is_of_one_record() => self.0.stamping.leave_out(id, &error),
                        signature => waiting.add(id, signature?),
                    }
                }
            }
        }
    }
}

impl Waiting {
    fn add(&mut self, id: u64, signature: String) {
        let mut digest = [0; 64];
        let found = DIGEST.digest(signature.as_bytes());
        digest.iter_mut().zip(found.as_ref()).for_each(|(to, from)| *to = *from);
        if self.covered.is_empty() {
            self.first = signature;
        }
        self.covered.push(Covered { id, digest });
    }
}

async fn stamp_for_ever(log: Weak<Inner>) {
    while let Some(wait) = stamp_once(&log).await {
        tokio::time::sleep(wait).await;
    }
}

/// Stamps all that waits; returns how long to rest, or `None` when the log is gone.
async fn stamp_once(log: &Weak<Inner>) -> Option<Duration> {
    let log = MessageLog(log.upgrade()?);
    let done = log.stamp_all().await;
    Some(if done.is_ok() { log.0.config.interval } else { log.0.config.retry })
}

impl Inner {
    /// One record alone: the imprint is over the signature value, as the reference does it.
    async fn stamp_one(&self, one: Covered, xml: &str, source: &Stamp) -> Result<StampRecord, MessageLogError> {
        let id = i64::try_from(one.id).unwrap_or(i64::MAX);
        let value = timestamp::signature_value(xml)
            .map_err(|error| MessageLogError::Signature { id, source: Box::new(error) })?;
        let token = self.ask(source, DIGEST.digest(&value).as_ref()).await?;
        Ok(StampRecord { token, hash_chain_result: None, covered: vec![one] })
    }

    /// Several records: a hash chain over their signatures, the imprint over its result.
    async fn stamp_several(&self, covered: Vec<Covered>, source: &Stamp) -> Result<StampRecord, MessageLogError> {
        let digests: Vec<&[u8]> = covered.iter().map(|one| one.digest.as_slice()).collect();
        let batch = timestamp::batch(&digests, DIGEST)?;
        let token = self.ask(source, batch.imprint(DIGEST).as_ref()).await?;
        Ok(StampRecord { token, hash_chain_result: Some(batch.hash_chain_result().to_owned()), covered })
    }

    async fn ask(&self, source: &Stamp, digest: &[u8]) -> Result<Vec<u8>, MessageLogError> {
        let der = source(DIGEST, digest.to_vec()).await.map_err(MessageLogError::Authority)?;
        let token = Token::from_der(&der).map_err(|error| MessageLogError::Authority(error.to_string()))?;
        let (said, now) = (token.info.gen_time, self.clock.now());
        if said.since(now).max(now.since(said)) <= TIME_DIFFERENCE_MAX {
            return Ok(der);
        }
        let text = format!("the time-stamp is of {said} and our clock says {now}: set the clock that is wrong");
        Err(MessageLogError::Authority(text))
    }

    /// Appends a record of the log's own.
    pub(super) async fn append(&self, kind: u8, payload: Vec<u8>) -> Result<u64, MessageLogError> {
        Ok(self.ledger.append(vec![NewRecord { kind, payload: payload.into() }]).await?)
    }

    /// Another gateway takes the time-stamps: what it says counts here too.
    async fn follow_others(&self) -> Result<(), MessageLogError> {
        self.timeliness.follow(self.follower.stamped().await?.failing_since);
        Ok(())
    }

    async fn note_success(&self) {
        if self.timeliness.succeeded() {
            tracing::info!("time-stamps are to be had again");
        }
        // Every time-stamp says so by itself.
        if self.follower.progress().failing_since.is_some() {
            self.remember_failing(None).await;
        }
    }

    async fn note_failure(&self, error: &MessageLogError) {
        if matches!(error, MessageLogError::Elsewhere) || error.is_closed() {
            return;
        }
        tracing::warn!(%error, "records wait for a time-stamp");
        let now = self.clock.now();
        if self.timeliness.failed(now, error.to_string()) {
            self.remember_failing(Some(now)).await;
        }
    }

    async fn remember_failing(&self, failing_since: Option<Instant>) {
        if let Err(error) = self.append(STAMPING, State { failing_since }.write()).await {
            tracing::warn!(%error, "could not write down since when time-stamping fails");
        }
    }
}
