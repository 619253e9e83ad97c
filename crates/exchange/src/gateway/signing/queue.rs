//! The queue of one key. Between the beginnings of two signatures the key rests, a little; what comes meanwhile waits, and is
//! signed together. So a busy key makes few signatures for many messages, as the reference's gateways do, and whoever asks now
//! and then waits for nobody.

use mekong_base::Instant;
use mekong_crypto::CryptoError;
use mekong_message::{MessageDigests, SignError, SignatureData, SigningIdentity, sign_batch};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant as Moment;

/// From the beginning of one signature to that of the next. What a signature costs the processor is what this saves; a token of
/// hardware needs longer anyway, and is never waited for.
const PACE: Duration = Duration::from_millis(1);
/// A slow key, of which one signature costs as much as ten of others, rests so many times as long as messages were signed
/// together: who is alone waits no longer than with others, and the busier the key, the fewer signatures.
const PACES_MAX: u32 = 4;

/// Messages under one signature; their hash chains have seven steps then.
const BATCH_MAX: usize = 128;
/// Where it is signed on a thread that serves others: a quarter of a millisecond.
const BATCH_MAX_HERE: usize = 32;

/// What was signed so far.
#[derive(Debug, Default)]
pub(in crate::gateway) struct Tally {
    pub(in crate::gateway) messages: AtomicU64,
    pub(in crate::gateway) signatures: AtomicU64,
}

/// Messages that wait for one key.
#[derive(Debug)]
pub(in crate::gateway) struct Queue {
    state: Mutex<State>,
    tally: Arc<Tally>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Job>,
    /// Somebody signs what waits, or will when the key has rested.
    is_signing: bool,
    /// Until when the key rests.
    rests_until: Option<Moment>,
}

impl State {
    /// Until when the key rests still.
    fn rests(&self) -> Option<Moment> {
        self.rests_until.filter(|until| *until > Moment::now())
    }

    /// A signature is begun.
    fn begin(&mut self, is_slow: bool, messages: usize) {
        let paces = if is_slow { u32::try_from(messages).map_or(PACES_MAX, |n| n.clamp(1, PACES_MAX)) } else { 1 };
        self.rests_until = Some(Moment::now() + PACE * paces);
    }
}

#[derive(Debug)]
struct Job {
    identity: Arc<SigningIdentity>,
    digests: MessageDigests,
    now: Instant,
    reply: oneshot::Sender<Result<SignatureData, SignError>>,
}

impl Queue {
    pub(in crate::gateway) fn new(tally: Arc<Tally>) -> Self {
        Self { state: Mutex::default(), tally }
    }

    /// Whether one message may be signed at once, by who brings it: nobody waits, and the key has rested. Then it is counted.
    pub(super) fn takes_one(&self) -> bool {
        let mut state = self.state();
        let may = !state.is_signing && state.rests().is_none();
        if may {
            state.begin(false, 1);
            self.count(1);
        }
        may
    }

    fn count(&self, messages: usize) {
        self.tally.messages.fetch_add(messages as u64, Ordering::Relaxed);
        self.tally.signatures.fetch_add(1, Ordering::Relaxed);
    }

    /// Signs when it is this message's turn. Who gives up waiting is not signed for, if it is not too late.
    pub(super) async fn sign(
        self: &Arc<Self>,
        identity: Arc<SigningIdentity>,
        digests: MessageDigests,
        now: Instant,
    ) -> Result<SignatureData, SignError> {
        let (reply, answer) = oneshot::channel();
        let begins = {
            let mut state = self.state();
            state.waiting.push_back(Job { identity, digests, now, reply });
            !std::mem::replace(&mut state.is_signing, true)
        };
        if begins {
            tokio::spawn(Work { queue: Arc::clone(self), is_done: false }.run());
        }
        let stopped = |_| Err(SignError::Key(CryptoError::Token("the gateway is stopping".into())));
        answer.await.unwrap_or_else(stopped)
    }

    /// Until the key has rested; at least until whoever else has a message ready has brought it.
    async fn rest(&self) {
        let rests = self.state().rests();
        match rests {
            Some(until) => tokio::time::sleep_until(until).await,
            None => tokio::task::yield_now().await,
        }
    }

    /// What is signed next: neighbours with the same certificate and proofs. `None` ends the work.
    fn next(&self) -> Option<Vec<Job>> {
        let mut state = self.state();
        state.waiting.retain(|job| !job.reply.is_closed());
        let Some(first) = state.waiting.front() else {
            state.is_signing = false;
            return None;
        };
        let identity = Arc::clone(&first.identity);
        let is_slow = identity.key().is_slow();
        let most = if is_slow { BATCH_MAX } else { BATCH_MAX_HERE };
        let same = state.waiting.iter().take(most).take_while(|job| Arc::ptr_eq(&job.identity, &identity)).count();
        state.begin(is_slow, same);
        Some(state.waiting.drain(..same).collect())
    }

    /// Whether more waits; if not, the work is at its end.
    fn goes_on(&self) -> bool {
        let mut state = self.state();
        state.is_signing = !state.waiting.is_empty();
        state.is_signing
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one who signs. Should it not come to its end, those who wait are told so, and the next message begins anew.
struct Work {
    queue: Arc<Queue>,
    is_done: bool,
}

impl Work {
    async fn run(mut self) {
        loop {
            self.queue.rest().await;
            let Some(batch) = self.queue.next() else { break };
            self.queue.count(batch.len());
            if batch.first().is_some_and(|job| job.identity.key().is_slow()) {
                // Should it panic, those of the batch are told, and the next is signed.
                let _ = tokio::task::spawn_blocking(move || sign(batch)).await;
            } else {
                sign(batch);
            }
            if !self.queue.goes_on() {
                break;
            }
        }
        self.is_done = true;
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if self.is_done {
            // Another may have begun since this one found nothing more to do.
            return;
        }
        let mut state = self.queue.state();
        state.is_signing = false;
        state.waiting.clear();
    }
}

fn sign(batch: Vec<Job>) {
    let Some(identity) = batch.first().map(|job| Arc::clone(&job.identity)) else { return };
    let now = batch.iter().map(|job| job.now).max();
    let (digests, replies): (Vec<_>, Vec<_>) = batch.into_iter().map(|job| (job.digests, job.reply)).unzip();
    let signed = now.ok_or(SignError::Empty).and_then(|now| sign_batch(&identity, &digests, now));
    match signed {
        Ok(signed) => replies.into_iter().zip(signed).for_each(|(reply, data)| {
            let _ = reply.send(Ok(data));
        }),
        Err(error) => replies.into_iter().for_each(|reply| {
            let _ = reply.send(Err(error.clone()));
        }),
    }
}
