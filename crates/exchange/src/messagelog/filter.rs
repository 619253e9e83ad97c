//! Whether something may have been seen: a Bloom filter in generations, so that what is old is forgotten by itself.
//!
//! Each generation is a split block filter (Putze, Sanders and Singler 2007, as Apache Parquet uses it): a look-up touches one
//! block of 32 bytes. At 16 bits for each entry about one look-up in a thousand says "perhaps" for something never seen.

use mekong_base::Instant;
use std::collections::VecDeque;
use std::time::Duration;

/// Entries of the smallest and of the largest generation.
const ENTRIES: (usize, usize) = (1 << 14, 1 << 20);
/// How much larger a generation is than the one before it, which was full.
const GROWTH: usize = 4;
/// Generations, at most: two megabytes each at their largest.
const GENERATIONS: usize = 12;
/// Bits of an entry.
const BITS: usize = 16;
/// Words of a block.
const WORDS: usize = 8;
/// Odd numbers, one for each word: those of Parquet.
const SALT: [u32; WORDS] =
    [0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31];

/// Remembers hashes for a time.
#[derive(Debug)]
pub(super) struct Filter {
    window: Duration,
    /// Entries of the smallest and of the largest generation.
    entries: (usize, usize),
    generations: VecDeque<Generation>,
}

#[derive(Debug)]
struct Generation {
    blocks: Vec<[u32; WORDS]>,
    entries: usize,
    entries_max: usize,
    begun: Instant,
    newest: Instant,
    /// It was begun by [`Filter::add_older`].
    is_of_older: bool,
}

impl Filter {
    /// Remembers for `window` at least, up to about twelve million entries.
    pub(super) const fn new(window: Duration) -> Self {
        Self { window, entries: ENTRIES, generations: VecDeque::new() }
    }

    /// Whether this hash may have been added; `false` is certain.
    pub(super) fn may_have(&self, hash: u64) -> bool {
        self.generations.iter().any(|generation| generation.may_have(hash))
    }

    /// Adds a hash, seen at this time.
    pub(super) fn add(&mut self, hash: u64, at: Instant) {
        if self.may_have(hash) {
            // It is as good as added, unless its generation is about to be forgotten.
            if self.generations.back().is_some_and(|newest| newest.may_have(hash)) {
                return;
            }
        }
        let quarter = self.window / 4;
        let full = |last: &Generation| last.entries >= last.entries_max || at.since(last.begun) > quarter;
        if self.generations.back().is_none_or(full) {
            self.begin(at);
        }
        if let Some(last) = self.generations.back_mut() {
            last.add(hash, at);
        }
    }

    /// Adds a hash seen at this time, before all that were added by this or by [`Filter::add`] until now. False when there is
    /// no room for it: what is newer is not forgotten for what is older.
    pub(super) fn add_older(&mut self, hash: u64, at: Instant) -> bool {
        if self.may_have(hash) {
            return true;
        }
        let quarter = self.window / 4;
        let fits = |first: &Generation| {
            first.is_of_older && first.entries < first.entries_max && first.newest.since(at) <= quarter
        };
        if !self.generations.front().is_some_and(fits) {
            if self.generations.len() >= GENERATIONS {
                return false;
            }
            let before = self.generations.front().filter(|first| first.is_of_older);
            let wanted = before.map_or(0, |first| first.entries.saturating_mul(GROWTH));
            let first = Generation::new(wanted.clamp(self.entries.0, self.entries.1), at);
            self.generations.push_front(Generation { is_of_older: true, ..first });
        }
        if let Some(first) = self.generations.front_mut() {
            first.add(hash, at);
        }
        true
    }

    fn begin(&mut self, at: Instant) {
        let window = self.window;
        self.generations.retain(|generation| at.since(generation.newest) <= window);
        if self.generations.len() >= GENERATIONS {
            self.generations.pop_front();
        }
        // As many as came in the window so far come in the window to come: small ones would drive out the old too soon.
        let largest = self.generations.iter().map(|generation| generation.entries_max).max().unwrap_or(0);
        let wanted = self.generations.back().map_or(0, |last| last.entries.saturating_mul(GROWTH)).max(largest);
        self.generations.push_back(Generation::new(wanted.clamp(self.entries.0, self.entries.1), at));
    }
}

impl Generation {
    fn new(entries_max: usize, at: Instant) -> Self {
        let blocks = vec![[0; WORDS]; (entries_max * BITS).div_ceil(WORDS * 32)];
        Self { blocks, entries: 0, entries_max, begun: at, newest: at, is_of_older: false }
    }

    /// The block of a hash: its upper half, scaled.
    fn block(&self, hash: u64) -> usize {
        usize::try_from(((hash >> 32) * self.blocks.len() as u64) >> 32).unwrap_or(0)
    }

    fn may_have(&self, hash: u64) -> bool {
        self.blocks
            .get(self.block(hash))
            .is_some_and(|block| block.iter().zip(SALT).all(|(word, salt)| word & bit(hash, salt) != 0))
    }

    fn add(&mut self, hash: u64, at: Instant) {
        let block = self.block(hash);
        if let Some(block) = self.blocks.get_mut(block) {
            block.iter_mut().zip(SALT).for_each(|(word, salt)| *word |= bit(hash, salt));
        }
        self.entries += 1;
        self.newest = self.newest.max(at);
        self.begun = self.begun.min(at);
    }
}

/// The bit of a hash's lower half in a word.
const fn bit(hash: u64, salt: u32) -> u32 {
    1 << ((hash & 0xffff_ffff) as u32).wrapping_mul(salt).wrapping_shr(27)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    /// Splitmix64.
    fn hash(n: u64) -> u64 {
        let n = (n.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    }

    #[test]
    fn what_was_added_is_found_and_little_else() {
        let start = Instant::from_unix_seconds(1_795_000_000);
        let mut filter = Filter::new(DAY);
        (0..200_000).for_each(|n| filter.add(hash(n), start));
        assert!((0..200_000).all(|n| filter.may_have(hash(n))));
        let wrong = (1_000_000..1_100_000).filter(|n| filter.may_have(hash(*n))).count();
        assert!(wrong < 1_000, "{wrong} of 100,000 are taken for seen");
    }

    #[test]
    fn when_it_is_filled_from_the_newest_back_the_oldest_are_those_without_room() {
        let start = Instant::from_unix_seconds(1_795_000_000);
        // A thousandth of the entries.
        let mut filter = Filter { entries: (ENTRIES.0 >> 10, ENTRIES.1 >> 10), ..Filter::new(DAY) };
        (0..10).for_each(|n| filter.add(hash(1 << 40 | n), start));
        let mut older = |n: &u64| filter.add_older(hash(*n), start - Duration::from_millis(*n));
        let had = (0..20_000).take_while(&mut older).count() as u64;
        assert!((8_000..10_000).contains(&had), "{had}");
        assert!((0..had).all(|n| older(&n)), "filling it again, as after a failure, changes nothing");
        (0..1_500).for_each(|n| filter.add(hash(1 << 41 | n), start + Duration::from_secs(60)));
        assert!((0..1_500).all(|n| filter.may_have(hash(1 << 41 | n))));
        assert!((0..10).all(|n| filter.may_have(hash(1 << 40 | n))));
        assert!((0..6_000).all(|n| filter.may_have(hash(n))), "the newest of them stay longest");
    }

    #[test]
    fn what_is_old_is_forgotten_and_what_is_not_is_kept() {
        let start = Instant::from_unix_seconds(1_795_000_000);
        let mut filter = Filter::new(DAY);
        let hour = Duration::from_secs(3600);
        for n in 0..72_u32 {
            filter.add(hash(u64::from(n)), start + hour * n);
        }
        assert!((48..72).all(|n| filter.may_have(hash(n))), "a day is remembered");
        assert!((0..30).all(|n| !filter.may_have(hash(n))), "two days are not");
        let bytes: usize = filter.generations.iter().map(|g| g.blocks.len() * WORDS * 4).sum();
        assert!(bytes < 500_000, "little is kept for little: {bytes}");
    }
}
