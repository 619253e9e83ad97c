//! A disk in memory, seeded: what was not synced may be lost, torn or reordered by a crash; it can fill up and fail.
//!
//! Contents are kept as they are seen and as they would be found. Of a file's unsynced writes any sectors may be on disk,
//! in any order; names (made, renamed, removed) reach it in order, as in the journal of a file system, so that a crash
//! leaves a beginning of them. A sync of a file does not sync its name.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes that are written all or not at all.
const SECTOR: usize = 512;

/// A simulated disk. Clones are the same disk.
#[derive(Debug, Clone)]
pub struct SimulatedDisk(Arc<Mutex<State>>);

/// What is wrong with the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wear {
    /// Bytes of content that fit; `None` for as many as wanted.
    pub capacity: Option<u64>,
    /// Steps (a write, a sync, a change of names) until the machine crashes in the middle of one; every later step fails
    /// until [`SimulatedDisk::restart`].
    pub crash_after: Option<u64>,
    /// Syncs until one fails, once; what was to be synced stays unsynced and is thought to be clean.
    pub sync_fails_after: Option<u64>,
    /// How long a sync is to take in the time of the simulation.
    pub sync_time: Duration,
    /// Syncs succeed and do nothing, as with a disk that tells of writes it has only in its cache.
    pub sync_lies: bool,
}

#[derive(Debug)]
struct State {
    random: StdRng,
    wear: Wear,
    steps: u64,
    crashed: bool,
    /// Counts restarts: what was opened before is gone.
    era: u64,
    files: BTreeMap<u64, Content>,
    next_file: u64,
    names: BTreeMap<PathBuf, u64>,
    names_on_disk: BTreeMap<PathBuf, u64>,
    renames: Vec<NameChange>,
    folders: BTreeSet<PathBuf>,
    locked: BTreeSet<PathBuf>,
}

#[derive(Debug, Default)]
struct Content {
    seen: Vec<u8>,
    on_disk: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Debug)]
enum NameChange {
    Set(PathBuf, u64),
    Remove(PathBuf),
    Rename(PathBuf, PathBuf),
}

/// A file of a simulated disk.
#[derive(Debug)]
pub(super) struct OpenFile {
    disk: SimulatedDisk,
    file: u64,
    era: u64,
}

/// A lock on a simulated disk.
#[derive(Debug)]
pub(super) struct HeldLock {
    disk: SimulatedDisk,
    path: PathBuf,
    era: u64,
}

fn size(len: u64) -> io::Result<usize> {
    usize::try_from(len).map_err(|_| io::ErrorKind::FileTooLarge.into())
}

impl SimulatedDisk {
    /// An empty disk whose faults follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            random: StdRng::seed_from_u64(seed),
            wear: Wear::default(),
            steps: 0,
            crashed: false,
            era: 0,
            files: BTreeMap::new(),
            next_file: 0,
            names: BTreeMap::new(),
            names_on_disk: BTreeMap::new(),
            renames: Vec::new(),
            folders: BTreeSet::new(),
            locked: BTreeSet::new(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wears the disk out.
    pub fn set_wear(&self, wear: Wear) {
        self.state().wear = wear;
    }

    /// Steps so far: places where a crash can be.
    pub fn steps(&self) -> u64 {
        self.state().steps
    }

    /// Whether [`Wear::crash_after`] has come.
    pub fn is_crashed(&self) -> bool {
        self.state().crashed
    }

    /// Starts the machine again after a crash, or after pulling its plug now: what was not synced is lost in part.
    pub fn restart(&self) {
        self.state().restart();
    }

    /// The process ends, the machine does not: nothing is lost, locks and open files are gone.
    pub fn end_process(&self) {
        let mut state = self.state();
        state.era += 1;
        state.locked.clear();
    }

    /// Damages the file: the byte at `offset` becomes another one, on disk too.
    ///
    /// # Errors
    /// `NotFound`, `UnexpectedEof`.
    pub fn damage(&self, path: &Path, offset: u64) -> io::Result<()> {
        let mut state = self.state();
        let file = state.find(path)?;
        let content = state.content(file)?;
        let offset = size(offset)?;
        for bytes in [&mut content.seen, &mut content.on_disk] {
            *bytes.get_mut(offset).ok_or(io::ErrorKind::UnexpectedEof)? ^= 0x55;
        }
        Ok(())
    }

    /// Bytes of all files that have a name.
    pub fn used(&self) -> u64 {
        let state = self.state();
        let named: BTreeSet<u64> = state.names.values().copied().collect();
        named.iter().filter_map(|file| state.files.get(file)).map(|content| content.seen.len() as u64).sum()
    }

    pub(super) fn sync_time(&self) -> Duration {
        self.state().wear.sync_time
    }

    pub(super) fn create_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        state.folders.insert(path.to_owned());
        Ok(())
    }

    pub(super) fn open(&self, path: &Path) -> io::Result<OpenFile> {
        let state = self.state();
        state.alive()?;
        Ok(OpenFile { disk: self.clone(), file: state.find(path)?, era: state.era })
    }

    pub(super) fn create(&self, path: &Path) -> io::Result<OpenFile> {
        let mut state = self.state();
        state.step()?;
        let file = state.next_file;
        state.next_file += 1;
        state.files.insert(file, Content::default());
        state.names.insert(path.to_owned(), file);
        state.renames.push(NameChange::Set(path.to_owned(), file));
        Ok(OpenFile { disk: self.clone(), file, era: state.era })
    }

    pub(super) fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        state.alive()?;
        let inside = state.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.filter_map(|path| path.file_name()?.to_str().map(str::to_owned)).collect())
    }

    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        let file = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), file);
        state.renames.push(NameChange::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        state.names.remove(path).ok_or(io::ErrorKind::NotFound)?;
        state.renames.push(NameChange::Remove(path.to_owned()));
        Ok(())
    }

    pub(super) fn sync_folder(&self) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        let all = state.renames.len();
        state.settle_names(all);
        Ok(())
    }

    pub(super) fn lock(&self, path: &Path) -> io::Result<HeldLock> {
        let mut state = self.state();
        state.alive()?;
        if !state.locked.insert(path.to_owned()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(HeldLock { disk: self.clone(), path: path.to_owned(), era: state.era })
    }
}

impl State {
    fn alive(&self) -> io::Result<()> {
        if self.crashed { Err(io::Error::other("the simulated machine has crashed")) } else { Ok(()) }
    }

    /// Counts a step; errs if the machine crashes at it.
    fn step(&mut self) -> io::Result<()> {
        self.alive()?;
        self.steps += 1;
        if let Some(left) = &mut self.wear.crash_after {
            self.crashed = *left == 0;
            *left = left.saturating_sub(1);
        }
        self.alive()
    }

    fn find(&self, path: &Path) -> io::Result<u64> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn content(&mut self, file: u64) -> io::Result<&mut Content> {
        self.files.get_mut(&file).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// How many of `wanted` bytes fit if the file grows from `now` to `wanted`.
    fn room(&self, file: u64, wanted: usize) -> usize {
        let Some(capacity) = self.wear.capacity else { return wanted };
        let named: BTreeSet<u64> = self.names.values().copied().collect();
        let others = self.files.iter().filter(|(other, _)| **other != file && named.contains(other));
        let used: u64 = others.map(|(_, content)| content.seen.len() as u64).sum();
        wanted.min(usize::try_from(capacity.saturating_sub(used)).unwrap_or(usize::MAX))
    }

    fn settle_names(&mut self, count: usize) {
        for change in self.renames.drain(..count) {
            match change {
                NameChange::Set(path, file) => {
                    self.names_on_disk.insert(path, file);
                }
                NameChange::Remove(path) => {
                    self.names_on_disk.remove(&path);
                }
                NameChange::Rename(from, to) => {
                    if let Some(file) = self.names_on_disk.remove(&from) {
                        self.names_on_disk.insert(to, file);
                    }
                }
            }
        }
    }

    fn restart(&mut self) {
        let settled = self.random.random_range(0..=self.renames.len());
        self.settle_names(settled);
        self.renames.clear();
        self.names = self.names_on_disk.clone();
        let named: BTreeSet<u64> = self.names.values().copied().collect();
        self.files.retain(|file, _| named.contains(file));
        // How much of the unsynced content is on disk: of some crashes nearly all, of some nearly nothing.
        let luck = self.random.random_range(0.0..=1.0);
        for content in self.files.values_mut() {
            content.lose(&mut self.random, luck);
        }
        (self.crashed, self.wear.crash_after) = (false, None);
        self.era += 1;
        self.locked.clear();
    }
}

impl Content {
    /// What is found after a crash.
    fn lose(&mut self, random: &mut StdRng, luck: f64) {
        for change in std::mem::take(&mut self.unsynced) {
            match change {
                Change::Length(len) if random.random_bool(luck) => self.on_disk.resize(len, 0),
                Change::Length(_) => {}
                Change::Write { offset, bytes } => {
                    let mut at = offset;
                    let mut rest = bytes.as_slice();
                    while !rest.is_empty() {
                        let (sector, after) = rest.split_at((SECTOR - at % SECTOR).min(rest.len()));
                        if random.random_bool(luck) {
                            put(&mut self.on_disk, at, sector);
                        }
                        at += sector.len();
                        rest = after;
                    }
                }
            }
        }
        self.seen.clone_from(&self.on_disk);
    }

    fn settle(&mut self) {
        for change in std::mem::take(&mut self.unsynced) {
            match change {
                Change::Length(len) => self.on_disk.resize(len, 0),
                Change::Write { offset, bytes } => put(&mut self.on_disk, offset, &bytes),
            }
        }
    }
}

fn put(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    if let Some(place) = content.get_mut(offset..end) {
        place.copy_from_slice(bytes);
    }
}

impl OpenFile {
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.state();
        state.alive()?;
        if state.era != self.era {
            return Err(io::Error::other("opened before the simulated machine was restarted"));
        }
        Ok(state)
    }

    pub(super) fn len(&self) -> io::Result<u64> {
        Ok(self.state()?.content(self.file)?.seen.len() as u64)
    }

    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let mut state = self.state()?;
        let content = state.content(self.file)?;
        let start = size(offset)?;
        let end = start.checked_add(buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(content.seen.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    pub(super) fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.state()?;
        let offset = size(offset)?;
        let crash = state.step();
        let end = offset.checked_add(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
        let grown = state.content(self.file)?.seen.len().max(end);
        let fits = bytes.len() - (grown - state.room(self.file, grown)).min(bytes.len());
        let (written, refused) = bytes.split_at(fits);
        let content = state.content(self.file)?;
        if !written.is_empty() {
            put(&mut content.seen, offset, written);
            content.unsynced.push(Change::Write { offset, bytes: written.to_vec() });
        }
        crash?;
        if refused.is_empty() { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }

    pub(super) fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state()?;
        state.step()?;
        let len = size(len)?;
        if state.room(self.file, len) < len && state.content(self.file)?.seen.len() < len {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let content = state.content(self.file)?;
        content.seen.resize(len, 0);
        content.unsynced.push(Change::Length(len));
        Ok(())
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        let mut state = self.state()?;
        state.step()?;
        if let Some(left) = &mut state.wear.sync_fails_after {
            if *left == 0 {
                state.wear.sync_fails_after = None;
                state.content(self.file)?.unsynced.clear();
                return Err(io::Error::other("simulated fault of the disk"));
            }
            *left -= 1;
        }
        if !state.wear.sync_lies {
            state.content(self.file)?.settle();
        }
        Ok(())
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        if state.era == self.era {
            state.locked.remove(&self.path);
        }
    }
}
