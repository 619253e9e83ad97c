//! The one writer of this process: all that wait become one statement. An answer that was lost is looked for.

use super::keeper::Behind;
use super::{Shared, tables};
use crate::at_rest::{Head, KeyId};
use crate::record::SALT_LEN;
use crate::{Entry, LedgerError, NewRecord, Record};
use aws_lc_rs::aead::NONCE_LEN;
use mekong_base::Instant;
use mekong_crypto::random;
use mekong_store::StoreError;
use sqlx::Row;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// Bytes of payload in one group, about, at most.
const GROUP_BYTES: usize = 4 << 20;
/// Waits between attempts while the server is away: the first, and the longest.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// Groups after which old names are forgotten.
const TIDY_EVERY: i64 = 4096;

/// Who waits for the position of its first record.
type Reply = oneshot::Sender<Result<u64, LedgerError>>;

/// What is sent to the writer.
pub(super) enum Command {
    Append(Append),
    Close(oneshot::Sender<()>),
}

/// An append that waits.
pub(super) struct Append {
    pub(super) records: Vec<NewRecord>,
    pub(super) reply: Reply,
    pub(super) share: OwnedSemaphorePermit,
}

/// The writer.
pub(super) struct Writer {
    shared: Arc<Shared>,
    commands: mpsc::UnboundedReceiver<Command>,
    behind: mpsc::UnboundedSender<Behind>,
    /// Random name of this process.
    name: [u8; 16],
    /// Number of the last group.
    group: i64,
    closing: Vec<oneshot::Sender<()>>,
}

/// A group as the statement wants it.
struct Rows {
    at: Instant,
    key: Option<KeyId>,
    kinds: Vec<i16>,
    salts: Vec<[u8; SALT_LEN]>,
    /// Encrypted payloads; empty if they are not to be.
    sealed: Vec<Vec<u8>>,
    entries: Vec<Entry>,
}

impl Writer {
    pub(super) fn new(
        shared: Arc<Shared>,
        commands: mpsc::UnboundedReceiver<Command>,
        behind: mpsc::UnboundedSender<Behind>,
    ) -> Result<Self, LedgerError> {
        let mut name = [0; 16];
        random::fill(&mut name).map_err(|_| LedgerError::NoRandomness)?;
        Ok(Self { shared, commands, behind, name, group: 0, closing: Vec::new() })
    }

    /// Works until the ledger is closed or dropped.
    pub(super) async fn run(mut self) {
        while let Some(command) = self.commands.recv().await {
            let appends = self.gather(command);
            if !appends.is_empty() {
                self.group += 1;
                self.record(appends).await;
            }
        }
        let _ = self.behind.send(Behind::Close(self.closing));
    }

    fn gather(&mut self, command: Command) -> Vec<Append> {
        let (mut group, mut bytes) = (Vec::new(), 0);
        let mut next = Some(command);
        while let Some(command) = next {
            match command {
                Command::Append(append) => {
                    bytes += append.records.iter().map(|record| record.payload.len()).sum::<usize>();
                    group.push(append);
                }
                Command::Close(reply) => {
                    self.commands.close();
                    self.closing.push(reply);
                }
            }
            next = if bytes < GROUP_BYTES { self.commands.try_recv().ok() } else { None };
        }
        group
    }

    /// Records a group and answers it.
    async fn record(&mut self, appends: Vec<Append>) {
        let recorded = match self.rows(&appends) {
            Ok(rows) => self.insist(&rows).await.map(|first| (first, rows)),
            Err(error) => Err(error),
        };
        let (first, rows) = match recorded {
            Ok(recorded) => recorded,
            Err(error) => {
                appends.into_iter().for_each(|append| append.reply.send(Err(error.clone())).unwrap_or_default());
                return;
            }
        };
        let count = rows.entries.len() as u64;
        self.shared.end.send_if_modified(|end| std::mem::replace(end, (*end).max(first + count)) < first + count);
        let mut position = first;
        let mut shares = Vec::with_capacity(appends.len());
        for append in appends {
            let _ = append.reply.send(Ok(position));
            position += append.records.len() as u64;
            shares.push(append.share);
        }
        let mut entries = rows.entries;
        entries.iter_mut().zip(first..).for_each(|(entry, position)| entry.record.position = position);
        let _ = self.behind.send(Behind::Records { entries, shares });
        if self.group % TIDY_EVERY == 0
            && let Err(error) = tables::forget_groups(&self.shared.database, self.shared.number).await
        {
            tracing::warn!(ledger = self.shared.name, %error, "old names of groups were not removed");
        }
    }

    fn rows(&self, appends: &[Append]) -> Result<Rows, LedgerError> {
        let at = self.shared.clock.now();
        let key = self.shared.options.keys.current();
        let cipher = self.shared.cipher(&key)?;
        let key = cipher.is_some().then_some(key);
        let (kinds, salts, sealed, entries) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut rows = Rows { at, key, kinds, salts, sealed, entries };
        for NewRecord { kind, payload } in appends.iter().flat_map(|append| &append.records) {
            let mut random = [0; SALT_LEN + NONCE_LEN];
            random::fill(&mut random).map_err(|_| LedgerError::NoRandomness)?;
            let (salt, nonce) = random.split_first_chunk::<SALT_LEN>().ok_or(LedgerError::NoRandomness)?;
            let nonce: [u8; NONCE_LEN] = nonce.try_into().map_err(|_| LedgerError::NoRandomness)?;
            let mut shown = *salt;
            if let Some(cipher) = &cipher {
                // Its position is not known before it is recorded, and the tree guards it.
                let head = Head { position: 0, at, kind: *kind, salt: *salt };
                rows.sealed.push(cipher.seal_record(nonce, &head, payload));
                shown = [0; SALT_LEN];
                shown.iter_mut().zip(nonce).for_each(|(to, from)| *to = from);
            }
            rows.kinds.push(i16::from(*kind));
            rows.salts.push(shown);
            let record = Record { position: 0, kind: *kind, at, payload: payload.clone() };
            rows.entries.push(Entry { record, salt: *salt });
        }
        Ok(rows)
    }

    /// Records the group once, however often the server goes away meanwhile.
    async fn insist(&self, rows: &Rows) -> Result<u64, LedgerError> {
        let mut wait = BACKOFF.0;
        loop {
            let error = match self.try_record(rows).await {
                Ok(first) => return Ok(first),
                Err(error) => error,
            };
            // A group of this name is there: an attempt before succeeded whose answer was lost.
            if !(error.is_duplicate() || error.is_lost() || error.is_busy()) {
                return Err(error.into());
            }
            match tables::find_group(&self.shared.database, self.shared.number, &self.name, self.group).await {
                Ok(Some(first)) => return Ok(first),
                Ok(None) if error.is_duplicate() => return Err(error.into()),
                Ok(None) => {}
                Err(error) if error.is_lost() || error.is_busy() => {}
                Err(error) => return Err(error.into()),
            }
            tracing::warn!(ledger = self.shared.name, %error, "the server is away: trying again");
            if *self.shared.closed.borrow() {
                return Err(error.into());
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(BACKOFF.1);
        }
    }

    async fn try_record(&self, rows: &Rows) -> Result<u64, StoreError> {
        let salts: Vec<&[u8]> = rows.salts.iter().map(<[u8; SALT_LEN]>::as_slice).collect();
        let payloads: Vec<&[u8]> = match rows.key {
            Some(_) => rows.sealed.iter().map(Vec::as_slice).collect(),
            None => rows.entries.iter().map(|entry| entry.record.payload.as_ref()).collect(),
        };
        let append = sqlx::query(tables::APPEND)
            .bind(self.shared.number)
            .bind(tables::stored(rows.entries.len() as u64))
            .bind(self.name.as_slice())
            .bind(self.group)
            .bind(rows.at.unix_micros())
            .bind(rows.key.as_ref().map(<[u8; 8]>::as_slice))
            .bind(&rows.kinds)
            .bind(salts)
            .bind(payloads);
        let database = &self.shared.database;
        let row = database.answer(append.fetch_one(database.pool())).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default())
    }
}
