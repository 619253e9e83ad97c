//! A secret in the hands of several custodians: any `needed` of their shares give it back, fewer say nothing (Shamir).
//!
//! A share is a line that can be printed and typed: `MEKONG-SHARE-1 2/5 ab12cd34 <groups> <check>`: threshold over number
//! of shares, the first eight digits of the root certificate's SHA-256, the share in groups of hexadecimal digits, and
//! four digits that catch a slip of the pen.

use blahaj::{Share as Part, Sharks};
use mekong_crypto::{DigestAlgorithm, Zeroizing};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use std::fmt;

/// Most custodians.
pub const CUSTODIANS_MAX: u8 = 32;
/// Bytes of the secret that is shared.
const SECRET_BYTES: usize = 32;
const PREFIX: &str = "MEKONG-SHARE-1";

/// How many custodians there are and how many must come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quorum {
    needed: u8,
    of: u8,
}

impl Quorum {
    /// `needed` of `of` custodians.
    ///
    /// # Errors
    /// [`QuorumError::Numbers`] unless 2 ≤ needed ≤ of ≤ [`CUSTODIANS_MAX`]: one person alone must not hold a root.
    pub const fn new(needed: u8, of: u8) -> Result<Self, QuorumError> {
        match needed >= 2 && needed <= of && of <= CUSTODIANS_MAX {
            true => Ok(Self { needed, of }),
            false => Err(QuorumError::Numbers { needed, of }),
        }
    }

    /// How many must come together.
    pub const fn needed(self) -> u8 {
        self.needed
    }

    /// How many there are.
    pub const fn of(self) -> u8 {
        self.of
    }
}

impl fmt::Display for Quorum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.needed, self.of)
    }
}

/// One custodian's share. `Debug` does not show it.
#[derive(Clone)]
pub struct Share {
    quorum: Quorum,
    root: String,
    part: Zeroizing<Vec<u8>>,
}

impl Share {
    /// Its number, from 1.
    pub fn number(&self) -> u8 {
        self.part.first().copied().unwrap_or_default()
    }

    /// How many shares must come together.
    pub const fn needed(&self) -> u8 {
        self.quorum.needed()
    }

    /// The line to print for the custodian.
    pub fn to_line(&self) -> Zeroizing<String> {
        let digits = Zeroizing::new(hex::encode(self.part.as_slice()));
        let groups: Vec<&str> =
            (0..digits.len()).step_by(6).filter_map(|i| digits.get(i..(i + 6).min(digits.len()))).collect();
        let body = Zeroizing::new(format!(
            "{PREFIX} {}/{} {} {}",
            self.quorum.needed,
            self.quorum.of,
            self.root,
            groups.join(" ")
        ));
        Zeroizing::new(format!("{} {}", body.as_str(), check(&body)))
    }

    /// From a printed line; white space and case do not matter.
    ///
    /// # Errors
    /// [`QuorumError::Share`] says what is wrong: a slip is caught by the last four digits.
    pub fn from_line(line: &str) -> Result<Self, QuorumError> {
        let bad = |reason: &str| QuorumError::Share(reason.to_owned());
        let words: Vec<&str> = line.split_whitespace().collect();
        let [prefix, numbers, root, digits @ .., last] = words.as_slice() else { return Err(bad("it is cut short")) };
        if !prefix.eq_ignore_ascii_case(PREFIX) {
            return Err(bad(&format!("it does not begin with {PREFIX}")));
        }
        let groups = Zeroizing::new(digits.join(" ").to_ascii_lowercase());
        let root = root.to_ascii_lowercase();
        let body = Zeroizing::new(format!("{PREFIX} {numbers} {root} {}", groups.as_str()));
        if !check(&body).eq_ignore_ascii_case(last) {
            return Err(bad("the last four digits do not fit the others; look for a typing error"));
        }
        let numbers = numbers.split_once('/').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        let (needed, of) = numbers.ok_or_else(|| bad("the numbers are not of the form 2/5"))?;
        let digits = Zeroizing::new(groups.replace(' ', ""));
        let part =
            Zeroizing::new(hex::decode(digits.as_bytes()).map_err(|_| bad("it has other than hexadecimal digits"))?);
        if part.len() != SECRET_BYTES + 1 {
            return Err(bad(&format!("it holds {} bytes, not {}", part.len(), SECRET_BYTES + 1)));
        }
        let share = Self { quorum: Quorum::new(needed, of)?, root, part };
        match (1..=of).contains(&share.number()) {
            true => Ok(share),
            false => Err(bad(&format!("it is number {} of {of}", share.number()))),
        }
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share({} of {})", self.number(), self.quorum.of)
    }
}

/// Four digits over a line.
fn check(body: &str) -> String {
    let digest = DigestAlgorithm::Sha256.digest(body.as_bytes());
    hex::encode(digest.as_ref().get(..2).unwrap_or_default())
}

/// Why shares are not made or not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuorumError {
    /// Numbers that make no sense.
    #[error("{needed} of {of} custodians: at least 2 must be needed, and there may be at most {CUSTODIANS_MAX}")]
    Numbers {
        /// How many must come together.
        needed: u8,
        /// How many there are.
        of: u8,
    },
    /// A share cannot be read.
    #[error("a share cannot be read: {0}")]
    Share(String),
    /// A share of another root.
    #[error("share {number} is of root {found}, this is root {wanted}")]
    OtherRoot {
        /// The share's number.
        number: u8,
        /// Its root.
        found: String,
        /// The root at hand.
        wanted: String,
    },
    /// Not enough different shares.
    #[error("{found} different shares, {needed} are needed")]
    TooFew {
        /// How many there are.
        found: usize,
        /// How many must come together.
        needed: u8,
    },
    /// The system has no random numbers.
    #[error("the system has no random numbers: {0}")]
    NoRandomness(String),
}

/// A new secret: hexadecimal digits, to be used as a passphrase.
///
/// # Errors
/// [`QuorumError::NoRandomness`].
pub(super) fn secret() -> Result<Zeroizing<String>, QuorumError> {
    let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
    OsRng.try_fill_bytes(bytes.as_mut_slice()).map_err(|e| QuorumError::NoRandomness(e.to_string()))?;
    Ok(Zeroizing::new(hex::encode(bytes.as_slice())))
}

/// Splits a secret made by [`secret`] among the custodians of `root`, the first digits of its fingerprint.
///
/// # Errors
/// [`QuorumError::Share`] if it is not such a secret.
pub(super) fn split(secret: &str, quorum: Quorum, root: &str) -> Result<Vec<Share>, QuorumError> {
    let bytes = Zeroizing::new(hex::decode(secret).map_err(|e| QuorumError::Share(e.to_string()))?);
    let dealer = Sharks(quorum.needed).dealer(&bytes);
    let share = |part: Part| Share { quorum, root: root.to_owned(), part: Zeroizing::new(Vec::from(&part)) };
    Ok(dealer.take(usize::from(quorum.of)).map(share).collect())
}

/// The secret from shares of `root`; doubles count once.
///
/// # Errors
/// [`QuorumError::OtherRoot`], [`QuorumError::TooFew`].
pub(super) fn join(shares: &[Share], root: &str) -> Result<Zeroizing<String>, QuorumError> {
    if let Some(share) = shares.iter().find(|share| share.root != root) {
        let (found, wanted) = (share.root.clone(), root.to_owned());
        return Err(QuorumError::OtherRoot { number: share.number(), found, wanted });
    }
    let needed = shares.first().map_or(2, |share| share.quorum.needed);
    if let Some(share) = shares.iter().find(|share| share.quorum.needed != needed) {
        let numbers = (share.number(), share.quorum.needed);
        return Err(QuorumError::Share(format!(
            "number {} says that {} are needed, another {needed}",
            numbers.0, numbers.1
        )));
    }
    let mut parts: Vec<(u8, &Share)> = shares.iter().map(|share| (share.number(), share)).collect();
    parts.sort_by_key(|(number, _)| *number);
    parts.dedup_by_key(|(number, _)| *number);
    if parts.len() < usize::from(needed) {
        return Err(QuorumError::TooFew { found: parts.len(), needed });
    }
    let parts = parts.iter().map(|(_, share)| Part::try_from(share.part.as_slice())).collect::<Result<Vec<_>, _>>();
    let parts = parts.map_err(|e| QuorumError::Share(e.to_owned()))?;
    let secret = Zeroizing::new(Sharks(needed).recover(&parts).map_err(|e| QuorumError::Share(e.to_owned()))?);
    Ok(Zeroizing::new(hex::encode(secret.as_slice())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_quorum_gives_the_secret_and_fewer_do_not() -> Result<(), QuorumError> {
        let secret = secret()?;
        let shares = split(&secret, Quorum::new(3, 5)?, "ab12cd34")?;
        let of = |numbers: &[usize]| numbers.iter().filter_map(|i| shares.get(*i).cloned()).collect::<Vec<_>>();
        for numbers in [[0, 1, 2], [4, 2, 0], [1, 3, 4]] {
            assert_eq!(*join(&of(&numbers), "ab12cd34")?, *secret);
        }
        assert_eq!(join(&of(&[1, 2]), "ab12cd34"), Err(QuorumError::TooFew { found: 2, needed: 3 }));
        assert_eq!(join(&of(&[1, 1, 1, 2]), "ab12cd34"), Err(QuorumError::TooFew { found: 2, needed: 3 }));
        assert!(matches!(join(&of(&[0, 1, 2]), "00000000"), Err(QuorumError::OtherRoot { .. })));
        assert_eq!(Quorum::new(1, 3), Err(QuorumError::Numbers { needed: 1, of: 3 }));
        Ok(())
    }

    #[test]
    fn printed_shares_are_typed_back_and_slips_are_caught() -> Result<(), QuorumError> {
        let shares = split(&secret()?, Quorum::new(2, 3)?, "ab12cd34")?;
        for share in &shares {
            let line = share.to_line();
            let typed = line.replace(' ', "   ").to_uppercase();
            assert_eq!(Share::from_line(&typed)?.part, share.part);
            let slip = line.replacen("ab12cd34 ", "ab12cd34 f", 1);
            assert!(Share::from_line(&slip).is_err());
            assert!(!format!("{share:?}").contains(&hex::encode(share.part.as_slice())));
        }
        assert!(Share::from_line("MEKONG-SHARE-1 2/3").is_err());
        Ok(())
    }

    #[test]
    fn shares_that_cannot_be_of_one_ceremony_are_refused() -> Result<(), QuorumError> {
        let secret = secret()?;
        let (two, three) = (Quorum::new(2, 3)?, Quorum::new(3, 5)?);
        let mut mixed = split(&secret, two, "ab12cd34")?;
        mixed.extend(split(&secret, three, "ab12cd34")?.into_iter().skip(3));
        assert!(matches!(join(&mixed, "ab12cd34"), Err(QuorumError::Share(_))));
        for number in [0, 4] {
            let part = Zeroizing::new([vec![number], vec![7; SECRET_BYTES]].concat());
            let line = Share { quorum: two, root: "ab12cd34".into(), part }.to_line();
            let Err(QuorumError::Share(reason)) = Share::from_line(&line) else {
                return Share::from_line(&line).map(drop);
            };
            assert_eq!(reason, format!("it is number {number} of 3"));
        }
        Ok(())
    }
}
