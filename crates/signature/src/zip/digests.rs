//! Digests of entries: several algorithms in one pass, each entry unpacked once for all who ask.

use super::{Budget, Entry, ZipError, unpack};
use mekong_base::Source;
use mekong_crypto::{DigestAlgorithm, Hasher};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Digests of the entries of one ZIP file, taken when first asked for.
pub struct Digests<'s> {
    source: &'s dyn Source,
    budget: Budget,
    /// Algorithms by name of the entry that are likely to be asked for: taken together with the first.
    expected: BTreeMap<String, Vec<DigestAlgorithm>>,
    taken: RefCell<BTreeMap<(String, DigestAlgorithm), Vec<u8>>>,
}

impl<'s> Digests<'s> {
    /// Nothing is unpacked yet.
    pub fn new(source: &'s dyn Source, budget: Budget) -> Self {
        Self { source, budget, expected: BTreeMap::new(), taken: RefCell::default() }
    }

    /// Says that a digest will be asked for, so that one pass over the entry is enough.
    pub fn expect(&mut self, name: &str, algorithm: DigestAlgorithm) {
        let expected = self.expected.entry(name.to_owned()).or_default();
        if !expected.contains(&algorithm) {
            expected.push(algorithm);
        }
    }

    /// Whether a digest of the entry was taken: then it is what the directory says.
    pub fn has(&self, entry: &Entry) -> bool {
        let taken = self.taken.borrow();
        DigestAlgorithm::ALL.iter().any(|algorithm| taken.contains_key(&(entry.name.clone(), *algorithm)))
    }

    /// The digest of an entry's content.
    ///
    /// # Errors
    /// As [`unpack`].
    pub fn digest(&self, entry: &Entry, algorithm: DigestAlgorithm) -> Result<Vec<u8>, ZipError> {
        let key = (entry.name.clone(), algorithm);
        if let Some(digest) = self.taken.borrow().get(&key) {
            return Ok(digest.clone());
        }
        let mut algorithms = vec![algorithm];
        let expected = self.expected.get(&entry.name).into_iter().flatten().copied();
        let taken = self.taken.borrow();
        algorithms.extend(expected.filter(|a| *a != algorithm && !taken.contains_key(&(entry.name.clone(), *a))));
        drop(taken);
        self.budget.take(entry.size)?;
        let mut hashers: Vec<Hasher> = algorithms.iter().map(|a| Hasher::new(*a)).collect();
        unpack(self.source, entry, &mut |piece| hashers.iter_mut().for_each(|h| h.update(piece)))?;
        let mut taken = self.taken.borrow_mut();
        for (algorithm, hasher) in algorithms.into_iter().zip(hashers) {
            taken.insert((entry.name.clone(), algorithm), hasher.finish().as_ref().to_vec());
        }
        Ok(taken.get(&key).cloned().unwrap_or_default())
    }
}
