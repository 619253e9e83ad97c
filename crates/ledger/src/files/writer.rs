//! The one writer: encodes all that wait into one buffer, writes and syncs once, then answers all.
//!
//! On a real disk it is a thread of its own, on a simulated one a task.

use super::Shared;
use super::keeper::Behind;
use super::segments::Segment;
use crate::at_rest::Head;
use crate::commitment::Salt;
use crate::disk::DiskFile;
use crate::record::SALT_LEN;
use crate::segment::{Frame, HEADER_LEN, Header, INDEX_KIND, trailer};
use crate::{Entry, LedgerError, NewRecord, Record};
use aws_lc_rs::aead::NONCE_LEN;
use mekong_base::Instant;
use mekong_crypto::random;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

/// From the beginning of one sync to that of the next, at least, for each append that shared the last one with others: a sync
/// costs more of the processor than the rest of an append, so the more come, the more share one. Who appends alone does not wait.
const PACE: Duration = Duration::from_micros(500);
/// And at most.
const PACE_MAX: Duration = Duration::from_millis(4);
/// Bytes of payload in one group, about, at most.
const GROUP_BYTES: usize = 8 << 20;
/// Zeros written ahead at first; doubled until [`Options::ahead_bytes`](crate::Options::ahead_bytes).
const AHEAD_FIRST: u64 = 64 << 10;

/// What is sent to the writer.
pub(super) enum Command {
    Append(Append),
    /// Asks the keeper to write the edge of the tree.
    Save(oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

/// Who waits for the position of its first record.
type Reply = oneshot::Sender<Result<u64, LedgerError>>;

/// An append that waits.
pub(super) struct Append {
    pub(super) records: Vec<NewRecord>,
    /// Times and salts of records that are a copy; empty for new ones.
    pub(super) recorded: Vec<(Instant, Salt)>,
    pub(super) reply: Reply,
    /// Its share of the queue, given back when the tree has its records.
    pub(super) share: OwnedSemaphorePermit,
}

/// The writer and the file it writes.
pub(super) struct Writer {
    shared: Arc<Shared>,
    commands: mpsc::UnboundedReceiver<Command>,
    behind: mpsc::UnboundedSender<Behind>,
    segment: Arc<Segment>,
    file: DiskFile,
    /// Offset after the last record.
    offset: u64,
    /// Length of the file: zeros are from `offset` to it.
    written: u64,
    ahead: u64,
    /// Position of the next record.
    next: u64,
    buffer: Vec<u8>,
    places: Vec<(u64, u64)>,
    random: Random,
    failed: Option<LedgerError>,
    /// The segment is sealed, the next one not begun yet.
    sealed: bool,
    closing: Vec<oneshot::Sender<()>>,
}

/// Appends of one sync.
struct Group {
    /// Position of its first record.
    first: u64,
    entries: Vec<Entry>,
    /// Position of the first record of each append.
    answers: Vec<(u64, Reply, OwnedSemaphorePermit)>,
}

/// Random bytes in stock: asking for each salt alone costs more.
struct Random {
    stock: Vec<u8>,
}

impl Random {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], LedgerError> {
        if self.stock.len() < N {
            self.stock.resize(4096, 0);
            random::fill(&mut self.stock).map_err(|_| LedgerError::NoRandomness)?;
        }
        let (rest, taken) = self.stock.split_last_chunk::<N>().ok_or(LedgerError::NoRandomness)?;
        let (taken, rest) = (*taken, rest.len());
        self.stock.truncate(rest);
        Ok(taken)
    }
}

impl Writer {
    /// Goes on in `segment` after the record before `next`.
    pub(super) fn new(
        shared: Arc<Shared>,
        commands: mpsc::UnboundedReceiver<Command>,
        behind: mpsc::UnboundedSender<Behind>,
        segment: Arc<Segment>,
        file: DiskFile,
        (offset, next): (u64, u64),
    ) -> Self {
        Self {
            shared,
            commands,
            behind,
            segment,
            file,
            offset,
            written: offset,
            ahead: AHEAD_FIRST,
            next,
            buffer: Vec::new(),
            places: Vec::new(),
            random: Random { stock: Vec::new() },
            failed: None,
            sealed: false,
            closing: Vec::new(),
        }
    }

    /// Works in this thread until the ledger is closed or dropped.
    pub(super) fn run(mut self) {
        let (mut begun, mut pace) = (std::time::Instant::now(), Duration::ZERO);
        while let Some(command) = self.commands.blocking_recv() {
            if let Some(early) = pace.checked_sub(begun.elapsed()) {
                std::thread::sleep(early);
            }
            begun = std::time::Instant::now();
            let group = self.gather(command);
            let others = u32::try_from(group.len().saturating_sub(1)).unwrap_or(u32::MAX);
            pace = PACE.saturating_mul(others).min(PACE_MAX);
            let group = self.record(group);
            let synced = self.sync();
            self.answer(group, synced);
        }
        self.finish();
    }

    /// Works as a task: a sync takes as long as the simulated disk says.
    pub(super) async fn run_simulated(mut self) {
        while let Some(command) = self.commands.recv().await {
            let group = self.gather(command);
            let group = self.record(group);
            let time = self.shared.disk.sync_time();
            if !time.is_zero() {
                tokio::time::sleep(time).await;
            }
            let synced = self.sync();
            self.answer(group, synced);
        }
        self.finish();
    }

    /// All that wait, up to the size of a group.
    fn gather(&mut self, command: Command) -> Vec<Append> {
        let (mut group, mut bytes) = (Vec::new(), 0);
        let mut next = Some(command);
        while let Some(command) = next {
            match command {
                Command::Append(append) => {
                    bytes += append.records.iter().map(|record| record.payload.len()).sum::<usize>();
                    group.push(append);
                }
                Command::Save(reply) => drop(self.behind.send(Behind::Save(reply))),
                Command::Close(reply) => {
                    self.commands.close();
                    self.closing.push(reply);
                }
            }
            next = if bytes < GROUP_BYTES { self.commands.try_recv().ok() } else { None };
        }
        group
    }

    /// Writes a group; if it does not fit on the disk, each append by itself. Those refused are answered.
    fn record(&mut self, appends: Vec<Append>) -> Group {
        let mut group = Group { first: self.next, entries: Vec::new(), answers: Vec::new() };
        if appends.is_empty() {
            return group;
        }
        if let Err(error) = self.ready() {
            appends.into_iter().for_each(|append| refuse(append, &error));
            return group;
        }
        group.first = self.next;
        let Err((appends, error)) = self.write(appends, &mut group) else { return group };
        if appends.len() == 1 || !error.is_full() {
            appends.into_iter().for_each(|append| refuse(append, &error));
            return group;
        }
        for append in appends {
            if let Err((appends, error)) = self.write(vec![append], &mut group) {
                appends.into_iter().for_each(|append| refuse(append, &error));
            }
        }
        group
    }

    /// Able to write: nothing failed before, and the segment has room.
    fn ready(&mut self) -> Result<(), LedgerError> {
        match &self.failed {
            Some(failed) => Err(failed.clone()),
            None if self.offset >= self.shared.options.segment_bytes || self.has_other_key() => self.roll(),
            None => Ok(()),
        }
    }

    /// A segment has one key: it ends where the key changes. (An empty one was made anew when the ledger was opened.)
    fn has_other_key(&self) -> bool {
        self.segment.header.key != self.shared.options.keys.current() && self.next > self.segment.first()
    }

    /// Writes appends behind each other: all, or none.
    fn write(&mut self, appends: Vec<Append>, group: &mut Group) -> Result<(), (Vec<Append>, LedgerError)> {
        if let Some(failed) = &self.failed {
            return Err((appends, failed.clone()));
        }
        let (entries, places) = (group.entries.len(), self.places.len());
        self.buffer.clear();
        let written = self.encode(&appends, group).and_then(|()| self.write_buffer());
        if let Err(error) = written {
            group.entries.truncate(entries);
            self.places.truncate(places);
            return Err((appends, error));
        }
        for append in appends {
            group.answers.push((self.next, append.reply, append.share));
            self.next += append.records.len() as u64;
        }
        Ok(())
    }

    fn encode(&mut self, appends: &[Append], group: &mut Group) -> Result<(), LedgerError> {
        let now = self.shared.clock.now();
        let cipher = self.segment.cipher.clone()?;
        let mut position = self.next;
        for append in appends {
            let mut more = append.records.len();
            for (number, NewRecord { kind, payload }) in append.records.iter().enumerate() {
                more = more.saturating_sub(1);
                let (at, salt) = match append.recorded.get(number) {
                    Some(recorded) => *recorded,
                    None => (now, self.random.take()?),
                };
                let head = Head { position, at, kind: *kind, salt };
                let offset = self.offset + self.buffer.len() as u64;
                let (sealed, shown) = match &cipher {
                    Some(cipher) => {
                        let nonce: [u8; NONCE_LEN] = self.random.take()?;
                        let mut shown = [0; SALT_LEN];
                        shown.iter_mut().zip(nonce).for_each(|(to, from)| *to = from);
                        (Some(cipher.seal_record(nonce, &head, payload)), shown)
                    }
                    None => (None, salt),
                };
                let frame = Frame {
                    position,
                    at,
                    back: u32::try_from(position - group.first).unwrap_or(u32::MAX),
                    more: u32::try_from(more).unwrap_or(u32::MAX),
                    kind: *kind,
                    salt: shown,
                    body: sealed.as_deref().unwrap_or(payload),
                };
                frame.encode(self.segment.seed, offset, &mut self.buffer);
                self.places.push((position, offset));
                let record = Record { position, kind: *kind, at, payload: payload.clone() };
                group.entries.push(Entry { record, salt });
                position += 1;
            }
        }
        Ok(())
    }

    /// Writes the buffer at the end, and zeros ahead of the next ones.
    fn write_buffer(&mut self) -> Result<(), LedgerError> {
        if let Err(error) = self.file.write_at(&self.buffer, self.offset) {
            return Err(self.take_back(error));
        }
        self.offset += self.buffer.len() as u64;
        if self.offset > self.written {
            self.written = self.offset;
            self.write_ahead();
        }
        Ok(())
    }

    /// Zeros behind the end, so that the next syncs need not write the length of the file. None if the disk is full.
    fn write_ahead(&mut self) {
        let options = &self.shared.options;
        let until = (self.offset + self.ahead).min(options.segment_bytes.max(self.offset));
        let zeros = vec![0; usize::try_from(until - self.offset).unwrap_or_default()];
        self.ahead = (self.ahead * 2).min(options.ahead_bytes);
        if zeros.is_empty() {
            return;
        }
        match self.file.write_at(&zeros, self.offset) {
            Ok(()) => self.written = until,
            Err(_) => {
                if let Err(error) = self.file.set_len(self.offset) {
                    self.fail(error);
                }
            }
        }
    }

    /// After a write that failed: cuts off what was written of it, durably, so that a refused record never shows up.
    fn take_back(&mut self, error: io::Error) -> LedgerError {
        let error = LedgerError::writing(&self.segment.path, error);
        if !error.is_full() {
            self.end_with(&error);
            return error;
        }
        self.written = self.offset;
        match self.file.set_len(self.offset).and_then(|()| self.file.sync()) {
            Ok(()) => error,
            Err(source) => self.fail(source),
        }
    }

    /// Nothing more is taken from now on.
    fn fail(&mut self, source: io::Error) -> LedgerError {
        let error = LedgerError::Failed { path: self.segment.path.clone(), source: Arc::new(source) };
        tracing::error!(ledger = %self.shared.folder.display(), %error, "the ledger takes nothing more");
        self.end_with(&error);
        error
    }

    fn end_with(&mut self, error: &LedgerError) {
        self.failed = Some(error.clone());
        self.shared.failed.send_replace(Some(error.clone()));
    }

    /// Waits for the disk. What it says about content that did not reach it, it says once: after an error nothing that is
    /// read back proves that it is on the disk (as PostgreSQL learned in 2018), so that is the end.
    fn sync(&mut self) -> Result<(), LedgerError> {
        match &self.failed {
            Some(failed) => Err(failed.clone()),
            None if self.places.is_empty() => Ok(()),
            None => self.file.sync().map_err(|error| self.fail(error)),
        }
    }

    fn answer(&mut self, group: Group, synced: Result<(), LedgerError>) {
        let places = std::mem::take(&mut self.places);
        if let Err(error) = synced {
            group.answers.into_iter().for_each(|(_, reply, _)| drop(reply.send(Err(error.clone()))));
            return;
        }
        if places.is_empty() {
            return;
        }
        self.segment.note(places.iter().copied(), self.offset);
        self.places = places;
        self.places.clear();
        self.shared.end.send_replace(self.next);
        let mut shares = Vec::with_capacity(group.answers.len());
        for (first, reply, share) in group.answers {
            let _ = reply.send(Ok(first));
            shares.push(share);
        }
        let _ = self.behind.send(Behind::Records { entries: group.entries, shares });
    }

    /// Seals the segment and begins the next one.
    fn roll(&mut self) -> Result<(), LedgerError> {
        if !self.sealed {
            self.seal()?;
            self.sealed = true;
        }
        let options = &self.shared.options;
        let header = Header {
            ledger: self.segment.header.ledger,
            first: self.next,
            nonce: self.random.take()?,
            key: options.keys.current(),
        };
        let begun = Segment::create(&self.shared, header);
        let (segment, file) = begun.inspect_err(|error| {
            if error.is_final() {
                self.failed = Some(error.clone());
                self.shared.failed.send_replace(Some(error.clone()));
            }
        })?;
        self.shared.add(Arc::clone(&segment));
        (self.segment, self.file, self.sealed) = (segment, file, false);
        (self.offset, self.written, self.ahead) = (HEADER_LEN as u64, HEADER_LEN as u64, AHEAD_FIRST);
        let _ = self.behind.send(Behind::Sealed);
        Ok(())
    }

    fn seal(&mut self) -> Result<(), LedgerError> {
        let index = self.segment.index().map(|index| index.encode()).unwrap_or_default();
        let frame = Frame {
            position: self.next,
            at: self.shared.clock.now(),
            back: 0,
            more: 0,
            kind: INDEX_KIND,
            salt: [0; SALT_LEN],
            body: &index,
        };
        self.buffer.clear();
        frame.encode(self.segment.seed, self.offset, &mut self.buffer);
        self.buffer.extend_from_slice(&trailer(u32::try_from(self.offset).unwrap_or(u32::MAX)));
        if let Err(error) = self.file.write_at(&self.buffer, self.offset) {
            return Err(self.take_back(error));
        }
        let end = self.offset + self.buffer.len() as u64;
        self.file.set_len(end).and_then(|()| self.file.sync()).map_err(|error| self.fail(error))
    }

    fn finish(self) {
        let _ = self.behind.send(Behind::Close(self.closing));
    }
}

fn refuse(append: Append, error: &LedgerError) {
    let _ = append.reply.send(Err(error.clone()));
}
