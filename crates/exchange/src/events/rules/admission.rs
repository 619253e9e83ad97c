//! Which events of a topic are the same: an id counts once. The fold of the topic's ledger, so that gateways that share it
//! agree even if two take the same event at once.

use mekong_crypto::DigestAlgorithm;
use std::collections::{BTreeSet, HashMap, VecDeque};

/// Ids that are remembered, the newest; an id that comes back later is another event.
pub const WINDOW: usize = 200_000;

/// What stands for an id.
type Key = [u8; 16];

/// What is known of a topic's ids.
#[derive(Debug, Default)]
pub struct Admission {
    seen: HashMap<Key, u64>,
    order: VecDeque<Key>,
    /// Positions at which an event stands that was there before.
    repeated: BTreeSet<u64>,
    next: u64,
}

fn key(id: &str) -> Key {
    let digest = DigestAlgorithm::Sha256.digest(id.as_bytes());
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}

impl Admission {
    /// Records below this position were folded.
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// Begins behind records that were removed.
    pub fn skip_to(&mut self, position: u64) {
        self.next = self.next.max(position);
    }

    /// Follows one record. The position of the event: this one, or where the same id stands already.
    pub fn fold(&mut self, position: u64, id: &str) -> u64 {
        self.next = self.next.max(position + 1);
        let key = key(id);
        if let Some(first) = self.seen.get(&key) {
            self.repeated.insert(position);
            return *first;
        }
        self.seen.insert(key, position);
        self.order.push_back(key);
        if self.order.len() > WINDOW
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        position
    }

    /// Where this id stands, if it does.
    pub fn position_of(&self, id: &str) -> Option<u64> {
        self.seen.get(&key(id)).copied()
    }

    /// Is the event at this position one that was there before?
    pub fn is_repeated(&self, position: u64) -> bool {
        self.repeated.contains(&position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a list of everything that was ever said.
        #[test]
        fn an_id_counts_once(ids in proptest::collection::vec(0..20_u8, 0..100)) {
            let mut admission = Admission::default();
            for (position, id) in ids.iter().enumerate() {
                let first = ids.iter().position(|other| other == id).unwrap_or(position) as u64;
                let position = position as u64;
                prop_assert_eq!(admission.position_of(&id.to_string()), (first < position).then_some(first));
                prop_assert_eq!(admission.fold(position, &id.to_string()), first);
                prop_assert_eq!(admission.is_repeated(position), first < position);
            }
            prop_assert_eq!(admission.next(), ids.len() as u64);
        }
    }

    #[test]
    fn only_the_newest_ids_are_remembered() {
        let mut admission = Admission::default();
        for position in 0..=WINDOW as u64 {
            admission.fold(position, &position.to_string());
        }
        assert_eq!((admission.position_of("0"), admission.position_of("1")), (None, Some(1)));
    }
}
