//! Where objects are: all sections merged, the newest first. Sorted pairs, because a file of a gigabyte may have a million.

use super::Location;
use super::xref::Section;
use std::sync::Arc;

/// Object numbers with their places, ascending.
#[derive(Debug, Clone, Default)]
pub(super) struct Table(Vec<(u32, Location)>);

impl Table {
    /// Merges sections, given from the newest to the oldest.
    pub(super) fn merge(sections: &[Arc<Section>]) -> Self {
        Self::from_ranked(sections.iter().flat_map(|section| section.entries.iter().copied()).collect())
    }

    /// Of entries in order of rank: the first of a number counts.
    pub(super) fn from_ranked(mut entries: Vec<(u32, Location)>) -> Self {
        entries.sort_by_key(|(number, _)| *number); // stable: rank stays
        entries.dedup_by_key(|(number, _)| *number);
        entries.retain(|(_, location)| *location != Location::Free);
        entries.shrink_to_fit();
        Self(entries)
    }

    pub(super) fn find(&self, number: u32) -> Location {
        match self.0.binary_search_by_key(&number, |(number, _)| *number) {
            Ok(at) => self.0.get(at).map_or(Location::Free, |(_, location)| *location),
            Err(_) => Location::Free,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, Location)> {
        self.0.iter().copied()
    }

    pub(super) fn highest(&self) -> Option<u32> {
        self.0.last().map(|(number, _)| *number)
    }
}
