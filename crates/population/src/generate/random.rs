//! Random numbers that stay the same: xoshiro256** (Blackman and Vigna, 2018, public domain) seeded by SplitMix64. Not for secrets.
//!
//! Written here because a seed must give the same persons in every release, which the generators of libraries do not promise.

/// A stream of random numbers that depends on its seed alone.
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: [u64; 4],
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        let mut mixed = seed;
        Self { state: [(); 4].map(|()| split_mix(&mut mixed)) }
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// Evenly from 0 to `bound - 1`; 0 if the bound is 0. The bias of one part in 2^64 / bound is of no matter here.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// True once in `n` times.
    pub(super) fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = *state;
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Things with weights, one of which is drawn.
#[derive(Debug, Clone)]
pub(super) struct Weighted<T> {
    items: Vec<(u64, T)>,
    total: u64,
}

impl<T> Weighted<T> {
    pub(super) fn new(items: impl IntoIterator<Item = (u64, T)>) -> Self {
        let mut total = 0;
        let items = items
            .into_iter()
            .filter(|(weight, _)| *weight > 0)
            .map(|(weight, item)| {
                total += weight;
                (total, item)
            })
            .collect();
        Self { items, total }
    }

    /// One of them; `None` only if there is none.
    pub(super) fn draw(&self, random: &mut Random) -> Option<&T> {
        let at = random.below(self.total);
        let position = self.items.partition_point(|(upto, _)| *upto <= at);
        self.items.get(position).map(|(_, item)| item)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_never_changes() {
        // SplitMix64 from 0 as published with the algorithm; the stream as it was at the first release.
        let mut state = 0;
        assert_eq!(split_mix(&mut state), 0xe220_a839_7b1d_cdaf);
        assert_eq!(split_mix(&mut state), 0x6e78_9e6a_a1b9_65f4);
        // xoshiro256** from the state 1, 2, 3, 4, as its authors' code gives it.
        let mut random = Random { state: [1, 2, 3, 4] };
        assert_eq!([(); 4].map(|()| random.next()), [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240]);
    }

    #[test]
    fn draws_follow_the_weights() {
        let weighted = Weighted::new([(1, 'a'), (0, 'b'), (3, 'c')]);
        let mut random = Random::new(7);
        let drawn = (0..4000).filter(|_| weighted.draw(&mut random) == Some(&'c')).count();
        assert!((2850..3150).contains(&drawn), "{drawn}");
        assert_eq!(Weighted::<char>::new([]).draw(&mut random), None);
    }
}
