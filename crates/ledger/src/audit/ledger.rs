//! A ledger audited where it is, in files or in PostgreSQL: every record against the tree, the tree against signed heads.

use super::{Fault, Head, Placed, TreeAudit, differences};
use crate::LedgerError;
use crate::at_rest::Keys;
use crate::disk::Disk;
use crate::merkle::{Edge, Hash, Node};
use crate::tree::TILE_WIDTH;
use crate::{files, postgres};
use mekong_store::Postgres;
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;

/// The most records that are compared one with the other, once the first difference is found.
const COMPARED_MAX: u64 = 4 << 20;
/// The most places that are told that cannot be read; those behind them are told together.
const DAMAGED_MAX: usize = 10_000;

/// Something that lies where the records are.
#[derive(Debug)]
pub(crate) enum Found {
    /// A record.
    Record(Placed),
    /// A record whose content is encrypted with a key that is not at hand.
    Sealed(u64),
    /// Records that cannot be read, and why. Those behind them can be.
    Damaged(Range<u64>, String),
    /// What follows the last record, from this position on: an append that never was acknowledged, perhaps.
    Torn(u64, String),
}

/// Where a ledger is, as it is found there.
enum Survey {
    Files(files::Survey),
    Postgres(postgres::Survey),
}

impl Survey {
    /// Position of the first record that is there.
    fn first(&self) -> u64 {
        match self {
            Self::Files(survey) => survey.first(),
            Self::Postgres(survey) => survey.first(),
        }
    }

    /// The hashes of a tile, if it is there.
    fn tile(&self, level: u8, index: u64) -> Tile {
        match self {
            Self::Files(survey) => survey.tile(level, index),
            Self::Postgres(survey) => survey.tile(level, index),
        }
    }

    /// Everything, in the order in which it lies there.
    fn records(&self, visit: &mut dyn FnMut(Found)) -> Result<(), LedgerError> {
        match self {
            Self::Files(survey) => survey.records(visit),
            Self::Postgres(survey) => survey.records(visit),
        }
    }
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Position of the first record that is there; those before were removed, their places in the tree remain.
    pub first: u64,
    /// Records, with those that were removed.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Records up to here are as they were when a checkpoint was signed over them.
    pub signed: u64,
    /// Records whose content is encrypted with a key that was not given: their order was checked, their content was not.
    pub sealed: u64,
    /// What is wrong, by position.
    pub faults: Vec<Fault>,
}

/// Audits the ledger in `folder`, without opening it: it may be in use. `heads` are what was signed of it, as far as known.
/// `keys` decrypt its content. Works through the whole ledger once, and what differs once more.
///
/// # Errors
/// [`LedgerError::Io`] if files cannot be read; what is wrong with the ledger is in the report.
pub fn audit_folder(folder: &Path, disk: Disk, keys: Keys, heads: &[Head]) -> Result<Report, LedgerError> {
    audit(|| Ok(Survey::Files(files::Survey::open(folder, disk.clone(), keys.clone())?)), heads)
}

/// Audits the ledger of this name in a database, as [`audit_folder`] does in a folder.
///
/// # Errors
/// [`LedgerError::Database`] if it does not answer; [`LedgerError::Missing`] if it has no such ledger.
pub async fn audit_postgres(
    database: &Postgres,
    name: &str,
    keys: Keys,
    heads: Vec<Head>,
) -> Result<Report, LedgerError> {
    let (database, name, runtime) = (database.clone(), name.to_owned(), tokio::runtime::Handle::current());
    let open = move || {
        let survey = postgres::Survey::open(&database, &name, keys.clone(), runtime.clone())?;
        let missing = || LedgerError::Missing { place: postgres::place(&database, &name) };
        survey.map(Survey::Postgres).ok_or_else(missing)
    };
    tokio::task::spawn_blocking(move || audit(open, &heads)).await.unwrap_or(Err(LedgerError::Closed))
}

/// A ledger that is in use grows while it is read: what is wrong must be found twice.
fn audit(open: impl Fn() -> Result<Survey, LedgerError>, heads: &[Head]) -> Result<Report, LedgerError> {
    let look = || match once(&open()?, heads) {
        // A segment was removed after it was listed, as what is archived and old is.
        Err(LedgerError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => once(&open()?, heads),
        looked => looked,
    };
    let first = look()?;
    if first.faults.is_empty() {
        return Ok(first);
    }
    let mut second = look()?;
    let named = |fault: &Fault| (fault.code(), fault.position());
    second.faults.retain(|fault| first.faults.iter().any(|other| named(other) == named(fault)));
    Ok(second)
}

fn once(survey: &Survey, heads: &[Head]) -> Result<Report, LedgerError> {
    let mut pass = Pass::new(survey, heads);
    survey.records(&mut |found| pass.take(found))?;
    pass.finish()
}

/// The first pass: in step through records and tree, until and beyond the first difference.
struct Pass<'a> {
    survey: &'a Survey,
    leaves: Leaves<'a>,
    tree: TreeAudit,
    /// The records alone, as long as they follow each other from 0 on.
    records: Option<TreeAudit>,
    /// Roots of the full tiles, by the leaves, to compare the tiles above with.
    above: Above,
    /// The position that comes next.
    next: u64,
    /// The first position at which a record is not that of the tree.
    differs: Option<u64>,
    sealed: u64,
    damaged: Vec<(Range<u64>, String)>,
    /// What nobody was told is recorded may be torn; not what is in the tree, or was signed.
    torn: Option<(u64, String)>,
    faults: Vec<Fault>,
}

impl<'a> Pass<'a> {
    fn new(survey: &'a Survey, heads: &[Head]) -> Self {
        let first = survey.first();
        let mut pass = Self {
            survey,
            leaves: Leaves::of(survey),
            tree: TreeAudit::new(heads.to_vec()),
            records: (first == 0).then(|| TreeAudit::new(heads.to_vec())),
            above: Above::default(),
            next: 0,
            differs: None,
            sealed: 0,
            damaged: Vec::new(),
            torn: None,
            faults: Vec::new(),
        };
        pass.skip_to(first);
        pass
    }

    fn take(&mut self, found: Found) {
        match found {
            Found::Record(placed) => self.record(placed.position, Some(placed.leaf)),
            Found::Sealed(position) => {
                self.sealed += 1;
                self.record(position, None);
            }
            Found::Damaged(positions, reason) => {
                self.differs = self.differs.or(Some(positions.start));
                self.records = None;
                match self.damaged.get_mut(DAMAGED_MAX) {
                    Some((together, _)) => together.end = together.end.max(positions.end),
                    None => self.damaged.push((positions, reason)),
                }
            }
            Found::Torn(position, reason) => self.torn = Some((position, reason)),
        }
    }

    fn record(&mut self, position: u64, leaf: Option<Hash>) {
        if position != self.next {
            self.differs = self.differs.or(Some(position.min(self.next)));
            self.records = None;
        }
        self.skip_to(position);
        let of_tree = self.leaves.at(position, &mut self.faults);
        if let (Some(leaf), Some(of_tree)) = (leaf, of_tree)
            && leaf != of_tree
        {
            self.differs = self.differs.or(Some(position));
        }
        match (leaf, &mut self.records) {
            (Some(leaf), Some(records)) => drop(records.push(leaf)),
            _ => self.records = None,
        }
        if position == self.next {
            self.push(of_tree.or(leaf));
        }
    }

    /// Goes on with what the tree has, where there are no records.
    fn skip_to(&mut self, position: u64) {
        while self.next < position {
            let Some(leaf) = self.leaves.at(self.next, &mut self.faults) else { break };
            self.push(Some(leaf));
        }
    }

    fn push(&mut self, leaf: Option<Hash>) {
        if let Some(leaf) = leaf
            && self.tree.size() == self.next
        {
            let _ = self.tree.push(leaf);
            self.above.push(leaf);
        }
        self.next = self.next.saturating_add(1);
    }

    fn finish(mut self) -> Result<Report, LedgerError> {
        let recorded = self.next;
        self.skip_to(u64::MAX);
        if self.next > recorded {
            self.differs = self.differs.or(Some(recorded));
        }
        let (size, root, signed) = (self.tree.size(), self.tree.root(), self.tree.signed());
        let mut report =
            Report { first: self.survey.first(), size, root, signed, sealed: self.sealed, faults: self.faults };
        let mut history = self.tree.finish();
        // What could not be decrypted is there.
        if self.sealed > 0 {
            history = history.filter(|fault| !matches!(fault, Fault::Truncated { size, .. } if *size <= recorded));
        }
        if let Some(Fault::History { until, in_tree, .. }) = &mut history {
            *in_tree = self.leaves.at(until.saturating_sub(1), &mut report.faults).is_some();
        }
        let missing = size > recorded || matches!(history, Some(Fault::Truncated { .. }));
        if let Some((position, reason)) = self.torn.filter(|_| missing) {
            self.differs = self.differs.or(Some(position));
            self.damaged.push((position..position.saturating_add(1), reason));
        }
        // The records are as they were signed, so the tree's files are what is wrong.
        let intact = self.records.is_some_and(|records| records.signed() > 0 && records.finish().is_none());
        match self.differs {
            Some(position) if intact && history.is_some() => {
                let reason = "its leaves are not those of the records, which are as they were signed".to_owned();
                report.faults.push(Fault::Tree { position, reason });
            }
            Some(position) => {
                report.faults.extend(compare(self.survey, position, size, &self.damaged)?);
                report.faults.extend(history.filter(|fault| !is_told(fault, &report.faults)));
            }
            None => {
                let survey = self.survey;
                self.above.compare(&mut |level, index| survey.tile(level, index), &mut report.faults);
                report.faults.extend(history);
            }
        }
        // Records that can be named come before ranges in which one was changed.
        report.faults.sort_by_key(|fault| (matches!(fault, Fault::History { .. }), fault.position()));
        Ok(report)
    }
}

/// Whether the faults found already tell what this one does.
fn is_told(fault: &Fault, faults: &[Fault]) -> bool {
    matches!(fault, Fault::Truncated { .. }) && faults.iter().any(|told| matches!(told, Fault::Truncated { .. }))
}

/// The second pass: records from the first difference on, against the leaves of the tree.
fn compare(
    survey: &Survey,
    first: u64,
    size: u64,
    damaged: &[(Range<u64>, String)],
) -> Result<Vec<Fault>, LedgerError> {
    let end = size.min(first.saturating_add(COMPARED_MAX));
    let mut leaves = Leaves::of(survey);
    let mut faults = Vec::new();
    let tree: Vec<Hash> = (first..end).map_while(|position| leaves.at(position, &mut faults)).collect();
    let known = first + tree.len() as u64;
    let mut sorted: Vec<&Hash> = tree.iter().collect();
    sorted.sort_unstable();
    let in_tree = |leaf: &Hash| sorted.binary_search(&leaf).is_ok();
    let mut records = Vec::new();
    // Beyond the tree's files there is nothing to compare with: such records must follow by their numbers.
    let mut beyond = Beyond { next: known, faults: Vec::new() };
    survey.records(&mut |found| match found {
        Found::Record(placed) if placed.position >= known && !in_tree(&placed.leaf) => beyond.take(placed.position),
        Found::Record(placed) if placed.position >= first && (records.len() as u64) < COMPARED_MAX => {
            beyond.next = beyond.next.max(placed.position.saturating_add(1));
            records.push(placed);
        }
        Found::Sealed(position) if position >= known => beyond.take(position),
        // Taken for what the tree has: nobody can say better without the key.
        Found::Sealed(position) if (records.len() as u64) < COMPARED_MAX => {
            let index = position.checked_sub(first).and_then(|index| usize::try_from(index).ok());
            records.extend(index.and_then(|index| tree.get(index)).map(|leaf| Placed { position, leaf: *leaf }));
        }
        _ => {}
    })?;
    let mut found = differences(first, &tree, &records);
    found.extend(beyond.faults);
    let unreadable = together(damaged);
    found.retain(|fault| !is_damaged(fault, &unreadable));
    found.extend(damaged.iter().map(|(positions, reason)| Fault::Damaged {
        position: positions.start,
        reason: match positions.end.saturating_sub(positions.start) {
            0 | 1 => reason.clone(),
            _ if positions.end == u64::MAX => format!("{reason}; nor can those after it"),
            _ => format!("{reason}; nor can those up to {}", positions.end - 1),
        },
    }));
    cut_off(&mut found, known);
    Ok(found)
}

/// Records of which nothing but their numbers can be said.
struct Beyond {
    /// The number that comes next.
    next: u64,
    faults: Vec<Fault>,
}

impl Beyond {
    fn take(&mut self, position: u64) {
        if position < self.next {
            return self.faults.push(Fault::Inserted { position });
        }
        if position > self.next {
            self.faults.push(Fault::Dropped { position: self.next });
        }
        self.next = position.saturating_add(1);
    }
}

/// The positions that cannot be read, in order, those that touch each other together.
fn together(damaged: &[(Range<u64>, String)]) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = damaged.iter().map(|(positions, _)| positions.clone()).collect();
    ranges.sort_unstable_by_key(|range| range.start);
    let mut merged: Vec<Range<u64>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => merged.push(range),
        }
    }
    merged
}

fn is_damaged(fault: &Fault, unreadable: &[Range<u64>]) -> bool {
    let (position, missing) = (fault.position(), matches!(fault, Fault::Dropped { .. } | Fault::Rewritten { .. }));
    let before = unreadable.partition_point(|range| range.start <= position);
    missing && unreadable.get(..before).and_then(<[_]>::last).is_some_and(|range| range.contains(&position))
}

/// Records that are missing up to the end of the tree were cut off together.
fn cut_off(faults: &mut Vec<Fault>, size: u64) {
    faults.sort_by_key(Fault::position);
    let mut from = size;
    while matches!(faults.last(), Some(Fault::Dropped { position }) if *position + 1 == from) {
        faults.pop();
        from -= 1;
    }
    if from < size {
        faults.push(Fault::Truncated { position: from, size });
    }
}

/// The leaves of the tree as its files have them, a tile at a time.
struct Leaves<'a> {
    survey: &'a Survey,
    tile: Option<(u64, Vec<Hash>)>,
    /// Tiles of which was told what is wrong with them.
    told: BTreeSet<u64>,
}

impl<'a> Leaves<'a> {
    const fn of(survey: &'a Survey) -> Self {
        Self { survey, tile: None, told: BTreeSet::new() }
    }

    /// The leaf at a position; nothing if the files do not have it. What is wrong with a tile goes to `faults`, once.
    fn at(&mut self, position: u64, faults: &mut Vec<Fault>) -> Option<Hash> {
        let index = position / TILE_WIDTH as u64;
        if self.tile.as_ref().is_none_or(|(there, _)| *there != index) {
            let read = self.survey.tile(0, index).unwrap_or_else(|error| {
                if self.told.insert(index) {
                    faults.push(Fault::Tree { position: index * TILE_WIDTH as u64, reason: error.to_string() });
                }
                None
            });
            self.tile = Some((index, read.unwrap_or_default()));
        }
        let (_, hashes) = self.tile.as_ref()?;
        hashes.get(usize::try_from(position % TILE_WIDTH as u64).ok()?).copied()
    }
}

/// The hashes of a tile, if it is there.
type Tile = Result<Option<Vec<Hash>>, LedgerError>;

/// The hashes that tiles above the leaves must have.
#[derive(Default)]
pub(super) struct Above {
    edge: Edge,
    /// By level of tiles, from 1 on.
    levels: BTreeMap<u8, Vec<Hash>>,
}

impl Above {
    pub(super) fn push(&mut self, leaf: Hash) {
        let levels = &mut self.levels;
        let keep = |node: Node, hash| {
            if node.level > 0 && node.level.is_multiple_of(8) {
                levels.entry(node.level / 8).or_default().push(hash);
            }
        };
        let _ = self.edge.append(leaf, keep);
    }

    /// Compares with the files; what is not there can be made again.
    pub(super) fn compare(&self, read: &mut dyn FnMut(u8, u64) -> Tile, faults: &mut Vec<Fault>) {
        for (level, hashes) in &self.levels {
            for (index, expected) in (0..).zip(hashes.chunks(TILE_WIDTH)) {
                let below = 1u64 << (8 * u32::from(*level));
                let position = index * TILE_WIDTH as u64 * below;
                let reason = match read(*level, index) {
                    Ok(Some(found)) if found.iter().zip(expected).all(|(a, b)| a == b) => continue,
                    Ok(None) => continue,
                    Ok(Some(_)) => {
                        format!("tile {index} of level {level} does not have the hashes of the tiles below it")
                    }
                    Err(error) => error.to_string(),
                };
                faults.push(Fault::Tree { position, reason });
            }
        }
    }
}
