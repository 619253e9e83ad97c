//! What was done to records so that they no longer are those of the tree: told from the hashes alone, which are all
//! different, as every record has its own salt.

use super::Fault;
use crate::merkle::Hash;
use std::collections::BTreeMap;

/// A record as it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The position that it claims.
    pub position: u64,
    /// The hash of its leaf.
    pub leaf: Hash,
}

/// The differences between the leaves of the tree from position `first` on and the records as they lie there, in order.
/// Records that follow each other as in the tree are taken to be in place: the fewest are called moved.
pub fn differences(first: u64, tree: &[Hash], records: &[Placed]) -> Vec<Fault> {
    let places: BTreeMap<&Hash, usize> = tree.iter().enumerate().map(|(index, leaf)| (leaf, index)).collect();
    let origins: Vec<Option<usize>> = records.iter().map(|record| places.get(&record.leaf).copied()).collect();
    let kept = longest_rising(&origins);
    let mut faults = Vec::new();
    let mut seen = vec![false; tree.len()];
    for origin in origins.iter().flatten() {
        if let Some(seen) = seen.get_mut(*origin) {
            *seen = true;
        }
    }
    // Between two records that are in place: as many unknown ones as known ones are missing were rewritten.
    let (mut next_tree, mut unknown) = (0, Vec::new());
    for (index, record) in records.iter().enumerate() {
        match origins.get(index).copied().flatten() {
            Some(origin) if kept.get(index) == Some(&true) => {
                between(first, next_tree..origin, &seen, &mut unknown, &mut faults);
                next_tree = origin + 1;
            }
            Some(origin) => faults.push(Fault::Moved { position: record.position, belongs: first + origin as u64 }),
            None => unknown.push(record.position),
        }
    }
    between(first, next_tree..tree.len(), &seen, &mut unknown, &mut faults);
    faults.sort_by_key(Fault::position);
    faults
}

/// Names what is missing of the tree's leaves in `gap`, with the unknown records found there.
fn between(first: u64, gap: std::ops::Range<usize>, seen: &[bool], unknown: &mut Vec<u64>, faults: &mut Vec<Fault>) {
    let mut found = unknown.drain(..);
    for missing in gap.filter(|index| seen.get(*index) == Some(&false)) {
        let position = first + missing as u64;
        faults.push(match found.next() {
            Some(_) => Fault::Rewritten { position },
            None => Fault::Dropped { position },
        });
    }
    faults.extend(found.map(|position| Fault::Inserted { position }));
}

/// Which of the numbers belong to a longest rising sequence.
fn longest_rising(numbers: &[Option<usize>]) -> Vec<bool> {
    // tails[n]: where the sequence of n + 1 numbers with the smallest end ends.
    let mut tails: Vec<(usize, usize)> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; numbers.len()];
    for (index, number) in numbers.iter().enumerate() {
        let Some(number) = *number else { continue };
        let length = tails.partition_point(|(_, end)| *end < number);
        if let (Some(link), Some(shorter)) = (before.get_mut(index), length.checked_sub(1)) {
            *link = tails.get(shorter).map(|(index, _)| *index);
        }
        match tails.get_mut(length) {
            Some(tail) => *tail = (index, number),
            None => tails.push((index, number)),
        }
    }
    let mut kept = vec![false; numbers.len()];
    let mut at = tails.last().map(|(index, _)| *index);
    while let Some(index) = at {
        if let Some(kept) = kept.get_mut(index) {
            *kept = true;
        }
        at = before.get(index).copied().flatten();
    }
    kept
}
