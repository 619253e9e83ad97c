//! The queue of one key. One thread of those for blocking work signs while there is something to sign (for a key that is not
//! slow, a task does); what comes meanwhile waits, and is signed together. So nobody waits for a batch to fill, and a busy key makes few signatures for
//! many messages, as the reference's gateways do.

use mekong_base::Instant;
use mekong_crypto::CryptoError;
use mekong_message::{MessageDigests, SignError, SignatureData, SigningIdentity, sign_batch};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

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
    pub(super) tally: Arc<Tally>,
    /// Whether messages are gathered for a key that is not slow, too.
    pub(super) gathers_always: bool,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Job>,
    is_signing: bool,
}

#[derive(Debug)]
struct Job {
    identity: Arc<SigningIdentity>,
    digests: MessageDigests,
    now: Instant,
    reply: oneshot::Sender<Result<SignatureData, SignError>>,
}

impl Queue {
    pub(in crate::gateway) fn new(tally: Arc<Tally>, gathers_always: bool) -> Self {
        Self { state: Mutex::default(), tally, gathers_always }
    }

    /// Signs when it is this message's turn. Who gives up waiting is not signed for, if it is not too late.
    pub(super) async fn sign(
        self: &Arc<Self>,
        identity: Arc<SigningIdentity>,
        digests: MessageDigests,
        now: Instant,
    ) -> Result<SignatureData, SignError> {
        let is_slow = identity.key().is_slow();
        let (reply, answer) = oneshot::channel();
        let begins = {
            let mut state = self.state();
            state.waiting.push_back(Job { identity, digests, now, reply });
            !std::mem::replace(&mut state.is_signing, true)
        };
        if begins {
            let work = Work { queue: Arc::clone(self), is_done: false };
            if is_slow {
                tokio::task::spawn_blocking(move || work.run());
            } else {
                tokio::spawn(async move {
                    // Whoever else has a message ready comes first, so that it is signed along.
                    tokio::task::yield_now().await;
                    work.run();
                });
            }
        }
        let stopped = |_| Err(SignError::Key(CryptoError::Token("the gateway is stopping".into())));
        answer.await.unwrap_or_else(stopped)
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
        let most = if identity.key().is_slow() { BATCH_MAX } else { BATCH_MAX_HERE };
        let same = state.waiting.iter().take(most).take_while(|job| Arc::ptr_eq(&job.identity, &identity)).count();
        Some(state.waiting.drain(..same).collect())
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
    fn run(mut self) {
        while let Some(batch) = self.queue.next() {
            self.queue.tally.messages.fetch_add(batch.len() as u64, Ordering::Relaxed);
            self.queue.tally.signatures.fetch_add(1, Ordering::Relaxed);
            sign(batch);
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
