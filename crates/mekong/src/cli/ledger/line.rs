//! What `mekong ledger check` says of a file or folder: one line of JSON, or text.

use mekong_base::Instant;
use mekong_ledger::audit::Fault;
use mekong_ledger::checkpoint::{Checkpoint, Verified};
use mekong_ledger::note::VerifierKey;
use serde::Serialize;

/// The most faults that are told.
const FAULTS_MAX: usize = 100;

/// A verdict.
#[derive(Debug, Default, Serialize)]
pub(super) struct Line {
    /// The file or folder.
    pub(super) file: String,
    /// `ledger`, `tiles`, `proof`, `continuation`, `checkpoint`.
    pub(super) kind: &'static str,
    /// Consistent, not, or could not be checked.
    pub(super) consistent: Option<bool>,
    /// `ok`, or a word for what is wrong first.
    pub(super) reason: &'static str,
    /// The same for people.
    pub(super) detail: String,
    /// The record that is named first.
    pub(super) position: Option<u64>,
    /// Origin of the log.
    pub(super) ledger: Option<String>,
    /// Records.
    pub(super) size: Option<u64>,
    /// Root over them.
    pub(super) root: Option<String>,
    /// Records up to here are as they were signed.
    pub(super) signed: Option<u64>,
    /// Whose keys the signatures were checked with: `trusted` (given), `named` (by the ledger itself), `unchecked`.
    pub(super) signatures: &'static str,
    /// Witnesses that cosigned.
    pub(super) witnesses: Vec<Witness>,
    /// Everything that is wrong, at most a hundred.
    pub(super) faults: Vec<Named>,
    /// How many there are.
    pub(super) fault_count: usize,
}

/// The newest cosignature by a key.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Witness {
    name: String,
    at: Option<Instant>,
    size: u64,
    /// Whether its key was given. Of another one only a name is known, which anybody may take.
    trusted: bool,
    #[serde(skip)]
    key: VerifierKey,
}

/// A fault and its record.
#[derive(Debug, Serialize)]
pub(super) struct Named {
    reason: &'static str,
    position: Option<u64>,
    detail: String,
}

impl Line {
    /// A verdict that is still to come: consistent so far.
    pub(super) fn new(file: &std::path::Path, kind: &'static str) -> Self {
        let file = file.display().to_string();
        Self { file, kind, consistent: Some(true), reason: "ok", signatures: "unchecked", ..Self::default() }
    }

    /// Could not be checked.
    pub(super) fn unchecked(mut self, reason: &'static str, detail: impl ToString) -> Self {
        if self.consistent == Some(true) {
            (self.consistent, self.reason, self.detail) = (None, reason, detail.to_string());
        }
        self
    }

    /// Something that does not hold and is not about a record.
    pub(super) fn refuse(&mut self, reason: &'static str, detail: impl ToString) {
        self.add(reason, None, detail.to_string());
    }

    /// A fault of a ledger.
    pub(super) fn fault(&mut self, fault: &Fault) {
        self.add(fault.code(), Some(fault.position()), fault.to_string());
    }

    fn add(&mut self, reason: &'static str, position: Option<u64>, detail: String) {
        if self.consistent != Some(false) {
            (self.consistent, self.reason) = (Some(false), reason);
            (self.position, self.detail) = (position, detail.clone());
        }
        self.fault_count += 1;
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Named { reason, position, detail });
        }
    }

    /// What a checkpoint says.
    pub(super) fn head(&mut self, head: &Checkpoint) {
        self.ledger = Some(head.origin.clone());
        (self.size, self.root) = (Some(head.size), Some(head.root.to_string()));
    }

    /// Cosignatures of a checkpoint; `trusted` are the keys that were given.
    pub(super) fn cosigned(&mut self, verified: &Verified, trusted: &[VerifierKey]) {
        let size = verified.checkpoint.size;
        for signed in &verified.witnesses {
            let key = signed.key.clone();
            self.witnesses.retain(|witness| witness.key != key || witness.size > size);
            if self.witnesses.iter().all(|witness| witness.key != key) {
                let (name, trusted) = (key.name().to_string(), trusted.contains(&key));
                self.witnesses.push(Witness { name, at: signed.at, size, trusted, key });
            }
        }
    }

    /// Whether two histories were told already.
    pub(super) fn is_equivocation(&self) -> bool {
        self.faults.iter().any(|fault| fault.reason == "equivocation")
    }

    /// Whether this key cosigned a tree of so many records at least.
    pub(super) fn is_witnessed_by(&self, key: &VerifierKey, least: u64) -> bool {
        self.witnesses.iter().any(|witness| witness.key == *key && witness.size >= least)
    }

    /// Prints it.
    pub(super) fn print(&self, json: bool) {
        if json {
            println!("{}", serde_json::to_string(self).unwrap_or_default());
            return;
        }
        let word = match self.consistent {
            Some(true) => "consistent  ",
            Some(false) => "INCONSISTENT",
            None => "unchecked   ",
        };
        println!("{word} {}  [{}]", self.file, self.reason);
        if let (Some(ledger), Some(size)) = (&self.ledger, self.size) {
            println!("             {ledger}: {size} records");
        }
        if self.fault_count == 0 && !self.detail.is_empty() {
            println!("             {}", self.detail);
        }
        self.faults.iter().for_each(|fault| println!("             {}", fault.detail));
        if self.fault_count > self.faults.len() {
            println!("             and {} more", self.fault_count - self.faults.len());
        }
        for Witness { name, at, size, trusted, .. } in &self.witnesses {
            let at = at.map(|at| format!(" at {at}")).unwrap_or_default();
            let whose = if *trusted { "" } else { "; its key was not given" };
            println!("             witnessed by {name}{at}: {size} records{whose}");
        }
        match self.signatures {
            "named" => println!(
                "             signatures agree with the keys that it names itself: compare them, or give --key"
            ),
            "unchecked" => println!("             who signed was not checked: give --key"),
            _ => {}
        }
    }
}
