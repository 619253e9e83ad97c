//! A set of lists as one immutable value: what was trusted when a verdict was given can be named by a hash and had again.
//!
//! One's own lists are given; others are accepted only because a list in the set points to them and names who may sign
//! them. Nothing is fetched here: bytes come in, a manifest and the same bytes go out.

mod manifest;

pub use manifest::ManifestError;

use crate::agreement::Agreement;
use crate::list::verify::{SuccessionError, Verified, VerifyError, named_signer, verify};
use crate::list::{Freshness, Pointer, TrustedList};
use crate::qualification::Listed;
use mekong_base::Instant;
use mekong_crypto::sha256;
use mekong_pki::Certificate;

/// Most lists in a snapshot.
pub const LISTS_MAX: usize = 256;

/// A list as it was fetched.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// From where: an address, or the name of a file.
    pub from: String,
    /// When.
    pub at: Instant,
}

/// Why a list is in the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is one's own: given, with or without the certificates that may sign it.
    Given,
    /// A list in the snapshot points to it.
    Pointed {
        /// The place of that list.
        by: usize,
        /// Which of its pointers.
        pointer: usize,
    },
}

/// A list of the snapshot.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The list, its hash and its signer.
    pub verified: Verified,
    /// Where it came from.
    pub from: String,
    /// When it was fetched.
    pub fetched: Instant,
    /// Why it is here.
    pub accepted: Accepted,
}

/// A list that was offered and not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Where it came from.
    pub from: String,
    /// Why.
    pub reason: RejectedReason,
}

/// Why a list was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RejectedReason {
    /// No list in the snapshot points to it.
    #[error("no accepted list points to a list of this type signed by this signer")]
    NotPointedTo,
    /// No list was signed by one of the certificates given for one's own, so that no other can be pointed to.
    #[error(
        "it is signed by {signer}, which is not among the {given} certificates given as signers of one's own list, and no \
         other list is signed by one of them: give the certificate of whoever signs one's own list"
    )]
    NotOwn {
        /// Subject of the certificate in its signature.
        signer: String,
        /// How many certificates were given.
        given: usize,
    },
    /// It is older than another one of the same scheme.
    #[error(transparent)]
    Superseded(#[from] SuccessionError),
    /// The set is full.
    #[error("more than {LISTS_MAX} lists")]
    TooMany,
    /// Its signature does not hold, or it cannot be read.
    #[error(transparent)]
    Verification(#[from] VerifyError),
}

/// A set of verified lists. It never changes; what is fetched anew makes another one.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    entries: Vec<Entry>,
}

impl Snapshot {
    /// Takes lists together: first one's own, then those to which accepted lists point.
    ///
    /// With `signers`, one's own are the lists that one of them signed. Without, the first list is one's own and its
    /// signature need only hold by the certificate that it brings: whoever gave the file vouches for it. Pointers are
    /// followed from one's own lists and from lists of lists, never further.
    pub fn assemble(fetched: Vec<Fetched>, signers: &[Certificate]) -> (Self, Vec<Rejected>) {
        let (mut snapshot, mut rejected, mut left) = (Self::default(), Vec::new(), Vec::new());
        let mut has_own = signers.is_empty();
        for (place, fetched) in fetched.into_iter().enumerate() {
            if place >= LISTS_MAX {
                rejected.push(Rejected { from: fetched.from, reason: RejectedReason::TooMany });
                continue;
            }
            let offered = match Offered::new(fetched) {
                Ok(offered) => offered,
                Err(refused) => {
                    rejected.push(refused);
                    continue;
                }
            };
            let own = offered.own(signers, place == 0);
            has_own |= own.is_some();
            match own {
                Some(Ok(verified)) => rejected.extend(snapshot.take(offered.fetched, verified, Accepted::Given)),
                Some(Err(error)) => {
                    rejected.push(Rejected { from: offered.fetched.from, reason: error.into() });
                }
                None => left.push(offered),
            }
        }
        let mut looked_at = 0;
        while looked_at < snapshot.entries.len() {
            let mut still = Vec::new();
            for offered in left {
                match snapshot.pointed(looked_at, &offered) {
                    Some((verified, pointer)) => {
                        let accepted = Accepted::Pointed { by: looked_at, pointer };
                        rejected.extend(snapshot.take(offered.fetched, verified, accepted));
                    }
                    None => still.push(offered),
                }
            }
            left = still;
            looked_at += 1;
        }
        let given = if has_own { 0 } else { signers.len() };
        rejected.extend(left.into_iter().map(|offered| offered.refused(given)));
        (snapshot, rejected)
    }

    /// Of several lists of one scheme the newest is kept.
    fn take(&mut self, fetched: Fetched, verified: Verified, accepted: Accepted) -> Option<Rejected> {
        let territory = |verified: &Verified| verified.list.scheme.territory.clone();
        let same =
            |entry: &&mut Entry| entry.accepted == accepted && territory(&entry.verified) == territory(&verified);
        let Some(known) = self.entries.iter_mut().find(same) else {
            self.entries.push(Entry { verified, from: fetched.from, fetched: fetched.at, accepted });
            return None;
        };
        match verified.follows(&known.verified) {
            Ok(()) => {
                *known = Entry { verified, from: fetched.from, fetched: fetched.at, accepted };
                None
            }
            Err(error) => Some(Rejected { from: fetched.from, reason: error.into() }),
        }
    }

    /// The list as verified by a pointer of the list at `by`, and which.
    fn pointed(&self, by: usize, offered: &Offered) -> Option<(Verified, usize)> {
        let entry = self.entries.get(by)?;
        if entry.accepted != Accepted::Given && !is_list_of_lists(&entry.verified.list) {
            return None;
        }
        let signer = offered.signer.as_ref()?;
        let pointers = entry.verified.list.scheme.pointers.iter().enumerate();
        let names = |pointer: &Pointer| pointer.identities.iter().any(|identity| identity.holds(signer));
        let mut named = pointers.filter(|(_, pointer)| names(pointer));
        named.find_map(|(place, pointer)| {
            let verified = verify(&offered.fetched.bytes, &pointer.signers()).ok()?;
            let kind = &verified.list.scheme.kind;
            pointer.kind.as_ref().is_none_or(|wanted| wanted == kind).then_some((verified, place))
        })
    }

    /// The lists, one's own first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether there is none; then nothing is trusted.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// SHA-256 over the hashes of all lists, sorted: the same lists have the same hash, whenever they were fetched.
    pub fn sha256(&self) -> [u8; 32] {
        let mut all: Vec<[u8; 32]> = self.entries.iter().map(|entry| entry.verified.sha256).collect();
        all.sort_unstable();
        sha256(&all.concat())
    }

    /// The lists that are past their next update, closed, or not yet issued at `at`.
    pub fn not_fresh(&self, at: Instant) -> impl Iterator<Item = (&Entry, Freshness)> {
        let all = self.entries.iter().map(move |entry| (entry, entry.verified.list.freshness(at)));
        all.filter(|(_, freshness)| !matches!(freshness, Freshness::Fresh { .. }))
    }

    /// The pointer by which a list is here.
    pub fn pointer_to(&self, entry: &Entry) -> Option<&Pointer> {
        match entry.accepted {
            Accepted::Given => None,
            Accepted::Pointed { by, pointer } => self.entries.get(by)?.verified.list.scheme.pointers.get(pointer),
        }
    }

    /// The agreement under which a list counts.
    pub fn agreement_on(&self, entry: &Entry) -> Option<&Agreement> {
        self.pointer_to(entry)?.agreement.as_ref()
    }

    /// Whether what a list says counts here: one's own, one of a list of lists, or one with an agreement.
    pub fn counts(&self, entry: &Entry) -> bool {
        match entry.accepted {
            Accepted::Given => true,
            Accepted::Pointed { by, .. } => {
                let of_lists = self.entries.get(by).is_some_and(|entry| is_list_of_lists(&entry.verified.list));
                of_lists || self.agreement_on(entry).is_some()
            }
        }
    }

    /// All lists with what gives meaning to the names in them: the agreement, in one's own list that with oneself.
    pub(crate) fn listed(&self) -> Vec<Listed<'_>> {
        let entries = self.entries.iter();
        entries.map(|entry| Listed { list: &entry.verified.list, agreement: self.names_of(entry) }).collect()
    }

    /// What gives meaning to the names in a list.
    pub(crate) fn names_of<'a>(&'a self, entry: &'a Entry) -> Option<&'a Agreement> {
        match entry.accepted {
            Accepted::Given => entry.verified.list.own_names(),
            Accepted::Pointed { .. } => self.agreement_on(entry),
        }
    }
}

/// A list that is offered, with the certificate that its signature brings: who might have signed it.
struct Offered {
    fetched: Fetched,
    signer: Option<Certificate>,
}

impl Offered {
    fn new(fetched: Fetched) -> Result<Self, Rejected> {
        match named_signer(&fetched.bytes) {
            Ok(signer) => Ok(Self { fetched, signer }),
            Err(error) => Err(Rejected { from: fetched.from, reason: error.into() }),
        }
    }

    /// One's own list, or why it is not accepted; `None` if it is not one's own.
    fn own(&self, signers: &[Certificate], first: bool) -> Option<Result<Verified, VerifyError>> {
        if signers.is_empty() {
            return first.then(|| self.verified());
        }
        let signer = self.signer.as_ref().filter(|signer| signers.contains(signer))?;
        Some(verify(&self.fetched.bytes, std::slice::from_ref(signer)))
    }

    /// By the certificate that it brings: whether it is sound in itself.
    fn verified(&self) -> Result<Verified, VerifyError> {
        verify(&self.fetched.bytes, self.signer.as_slice())
    }

    /// What stands against a list to which nobody points: perhaps it is not even sound in itself, or there is none that could
    /// point to it, though this many signers were `given`.
    fn refused(self, given: usize) -> Rejected {
        let reason = match self.verified() {
            Err(error) => error.into(),
            Ok(_) if given == 0 => RejectedReason::NotPointedTo,
            Ok(verified) => RejectedReason::NotOwn { signer: verified.signer.subject(), given },
        };
        Rejected { from: self.fetched.from, reason }
    }
}

/// TS 119 612 §5.3.3: a list of lists carries no services, only pointers.
fn is_list_of_lists(list: &TrustedList) -> bool {
    list.scheme.kind.ends_with("listofthelists")
}
