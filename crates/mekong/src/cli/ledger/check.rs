//! `mekong ledger check`: ledgers, tiles, proofs and checkpoints judged, alone and against each other. Offline.

use super::files::{self, Given};
use super::line::Line;
use super::{AtRest, named_keys};
use crate::cli::verify::Exit;
use crate::cli::{CommandError, CommandResult, Context};
use crate::node::NodeConfig;
use crate::node::config::GatewaySection;
use clap::Args;
use mekong_ledger::Disk;
use mekong_ledger::audit::{Head, Report, audit_folder, audit_postgres, audit_tiles};
use mekong_ledger::checkpoint::{Log, SignedCheckpoint, Verified};
use mekong_ledger::note::{Algorithm, VerifierKey};
use mekong_ledger::proof::{ConsistencyProof, InclusionProof, OpeningError};
use mekong_ledger::witness::equivocation;
use std::fmt;
use std::path::{Path, PathBuf};

/// Options of `mekong ledger check`.
#[derive(Args)]
pub(crate) struct CheckOptions {
    /// Verifier key of a log that is trusted to sign its checkpoints, as its operator told it; once for each. Without it,
    /// signatures are checked with the keys that the ledger or proof names itself.
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<VerifierKey>,
    /// Verifier key of a witness that must have cosigned; once for each.
    #[arg(long = "witness", value_name = "KEY")]
    witnesses: Vec<VerifierKey>,
    /// The payload that the record of an opened proof must have.
    #[arg(long, value_name = "FILE")]
    payload: Option<PathBuf>,
    #[command(flatten)]
    at_rest: AtRest,
    /// One JSON object a line instead of text.
    #[arg(long)]
    json: bool,
    /// The configuration of a node: all its ledgers are checked, in files and in PostgreSQL.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folders of ledgers, which may be in use, or of exported tiles, or above them; proofs; checkpoints, kept from earlier
    /// or got from a witness: ledgers and checkpoints of the same log are held against each other.
    #[arg(required_unless_present = "config", value_name = "FILE_OR_DIR")]
    paths: Vec<PathBuf>,
}

/// Runs the command.
pub(super) fn run(options: &CheckOptions) -> CommandResult {
    if let Some(key) = options.witnesses.iter().find(|key| key.algorithm() != Algorithm::Cosignature) {
        return Err(CommandError::new(format!("--witness {key}: this is the key of a log, not of a witness")));
    }
    let payload = options.payload.as_ref();
    let payload = payload.map(|path| std::fs::read(path).context(|| format!("read {}", path.display()))).transpose()?;
    let node = options.config.as_ref().map(|file| NodeConfig::read(file)).transpose()?;
    let mut given: Vec<Given> = node.iter().flat_map(files::of_node).collect();
    given.extend(options.paths.iter().flat_map(|path| files::given(path)));
    let log = node.and_then(|node| node.gateway);
    let keys = options.at_rest.keys(log.as_ref())?;
    let check = Check { options, payload, known: known(&given), alone: alone(&given), keys, log };
    let mut exit = Exit::default();
    for given in &given {
        let line = check.judge(given);
        exit.note(line.consistent);
        line.print(options.json);
    }
    Ok(exit.code())
}

/// All checkpoints among what is given.
fn known(given: &[Given]) -> Vec<SignedCheckpoint> {
    let mut known = Vec::new();
    for given in given {
        match given {
            Given::Proof(_, proof) => known.push(proof.checkpoint.clone()),
            Given::Continuation(_, proof) => known.push(proof.checkpoint.clone()),
            Given::Checkpoint(_, checkpoint) => known.push((**checkpoint).clone()),
            Given::Ledger(path) | Given::Shared(path, _) | Given::Tiles(path) => {
                known.extend(files::checkpoints(path).into_iter().filter_map(|(_, read)| read.ok()));
            }
            Given::Unreadable(..) => {}
        }
    }
    known
}

/// With one ledger and checkpoints of one log in files, these are of that ledger.
fn alone(given: &[Given]) -> Option<SignedCheckpoint> {
    let (folders, files): (Vec<&Given>, Vec<&Given>) =
        given.iter().partition(|given| matches!(given, Given::Ledger(_) | Given::Shared(..) | Given::Tiles(_)));
    let mut checkpoints = files.into_iter().filter_map(|given| match given {
        Given::Checkpoint(_, checkpoint) => Some(checkpoint.as_ref()),
        Given::Proof(_, proof) => Some(&proof.checkpoint),
        Given::Continuation(_, proof) => Some(&proof.checkpoint),
        _ => None,
    });
    let first = checkpoints.next()?;
    let same = checkpoints.all(|other| other.unverified().origin == first.unverified().origin);
    (folders.len() == 1 && same).then(|| first.clone())
}

struct Check<'a> {
    options: &'a CheckOptions,
    payload: Option<Vec<u8>>,
    known: Vec<SignedCheckpoint>,
    /// A checkpoint that must be of the only ledger given, should that have none itself.
    alone: Option<SignedCheckpoint>,
    keys: mekong_ledger::Keys,
    /// The gateway whose database has shared ledgers.
    log: Option<GatewaySection>,
}

impl Check<'_> {
    fn judge(&self, given: &Given) -> Line {
        match given {
            Given::Ledger(path) => {
                self.ledger(path, "ledger", |heads| audit_folder(path, Disk::real(), self.keys.clone(), heads))
            }
            Given::Shared(path, name) => self.ledger(path, "database", |heads| self.shared(name, heads)),
            Given::Tiles(path) => self.ledger(path, "tiles", |heads| audit_tiles(path, &Disk::real(), heads)),
            Given::Proof(path, proof) => self.proof(path, proof),
            Given::Continuation(path, proof) => self.continuation(path, proof),
            Given::Checkpoint(path, checkpoint) => {
                let mut line = Line::new(path, "checkpoint");
                line.head(checkpoint.unverified());
                self.signatures(&mut line, checkpoint, &[]);
                self.witnessed(&mut line, 0);
                line
            }
            Given::Unreadable(path, reason, true) => {
                let mut line = Line::new(path, "unknown");
                line.refuse("malformed", reason);
                line
            }
            Given::Unreadable(path, reason, false) => Line::new(path, "unknown").unchecked("unreadable", reason),
        }
    }

    /// Checks the signatures of a checkpoint with the keys given, or else those that it comes with; and that no other
    /// checkpoint of the log refutes it. What it says if it may be relied upon.
    fn signatures(&self, line: &mut Line, checkpoint: &SignedCheckpoint, named: &[VerifierKey]) -> Option<Verified> {
        let origin = checkpoint.unverified().origin.clone();
        let trusted: Vec<VerifierKey> = self.options.keys.clone();
        let (signatures, keys) = match (trusted.is_empty(), named.is_empty()) {
            (false, _) => ("trusted", trusted),
            (true, false) => ("named", named.to_vec()),
            (true, true) => ("unchecked", Vec::new()),
        };
        let mut witnesses = self.options.witnesses.clone();
        witnesses.extend(named.iter().filter(|key| key.algorithm() == Algorithm::Cosignature).cloned());
        let keys =
            keys.into_iter().filter(|key| key.algorithm() == Algorithm::Ed25519 && key.name().as_str() == origin);
        let log = Log { keys: keys.collect(), origin };
        line.signatures = signatures;
        let verified = if signatures == "unchecked" {
            Verified { checkpoint: checkpoint.unverified().clone(), witnesses: Vec::new() }
        } else {
            match checkpoint.verify(&log, &witnesses) {
                Ok(verified) => verified,
                Err(error) => {
                    line.refuse("signature", error);
                    return None;
                }
            }
        };
        line.cosigned(&verified, &self.options.witnesses);
        if !line.is_equivocation()
            && let Some(summary) = self.contradiction(checkpoint, &log)
        {
            line.refuse("equivocation", summary);
        }
        Some(verified)
    }

    /// What another checkpoint that is known says against this one. Without keys it is not known who said it. Only witnesses
    /// whose keys were given are accused: a log can name any key as that of a witness.
    fn contradiction(&self, checkpoint: &SignedCheckpoint, log: &Log) -> Option<String> {
        let (head, witnesses) = (checkpoint.unverified(), &self.options.witnesses);
        if !log.keys.is_empty() {
            return self
                .known
                .iter()
                .find_map(|other| Some(equivocation(checkpoint, other, log, witnesses)?.summary()));
        }
        let mut others = self.known.iter().map(SignedCheckpoint::unverified);
        let other = others.find(|o| o.origin == head.origin && o.size == head.size && o.root != head.root)?;
        let (origin, size) = (&head.origin, head.size);
        Some(format!("two checkpoints of {origin} with {size} records have the roots {} and {}", head.root, other.root))
    }

    /// Every witness that is asked for must have cosigned so many records at least.
    fn witnessed(&self, line: &mut Line, least: u64) {
        for witness in &self.options.witnesses {
            if !line.is_witnessed_by(witness, least) {
                line.refuse("not-witnessed", format!("{} has not cosigned it", witness.name()));
            }
        }
    }

    fn proof(&self, path: &Path, proof: &InclusionProof) -> Line {
        let mut line = Line::new(path, "proof");
        line.head(proof.checkpoint.unverified());
        line.detail = format!("record {} is in the ledger", proof.position);
        let _ = self.signatures(&mut line, &proof.checkpoint, &proof.opening.keys);
        self.witnessed(&mut line, 0);
        if let Err(error) = proof.verify_path() {
            line.refuse("inclusion", format!("record {} is not proved to be in the ledger: {error}", proof.position));
        }
        if let Some(payload) = &self.payload {
            match proof.opening.check(payload) {
                Ok((kind, at)) => {
                    line.detail.push_str(&format!(", recorded at {at}, of kind {kind}, with this payload"))
                }
                Err(error @ OpeningError::Closed) => line = line.unchecked("payload", error),
                Err(error) => line.refuse("payload", error),
            }
        }
        line.position = Some(proof.position);
        line
    }

    fn continuation(&self, path: &Path, proof: &ConsistencyProof) -> Line {
        let mut line = Line::new(path, "continuation");
        let head = proof.checkpoint.unverified();
        line.head(head);
        let _ = self.signatures(&mut line, &proof.checkpoint, &[]);
        self.witnessed(&mut line, 0);
        let mut older = self.known.iter().map(SignedCheckpoint::unverified);
        let Some(old) = older.find(|old| old.origin == head.origin && old.size == proof.old) else {
            let detail = format!("give the checkpoint of {} records too, which it continues", proof.old);
            return line.unchecked("no-older-checkpoint", detail);
        };
        match proof.verify_continuation(old) {
            Ok(()) => line.detail = format!("the {} records continue the {} of before", head.size, old.size),
            Err(error) => {
                line.refuse("continuation", format!("it does not continue the {} records: {error}", old.size))
            }
        }
        line
    }

    /// Audits a ledger in the node's database.
    fn shared(&self, name: &str, heads: &[Head]) -> Result<Report, CommandError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.context(|| "start the runtime")?.block_on(async {
            let database = match &self.log {
                Some(gateway) => gateway.log.shared().await?,
                None => None,
            };
            let database = database.ok_or_else(|| CommandError::new("there is no gateway.log.database"))?;
            let audited = audit_postgres(&database, name, self.keys.clone(), heads.to_vec()).await;
            audited.context(|| "gateway.log.database")
        })
    }

    /// `path` has its checkpoints.
    fn ledger<E: fmt::Display>(
        &self,
        path: &Path,
        kind: &'static str,
        audit: impl FnOnce(&[Head]) -> Result<Report, E>,
    ) -> Line {
        let mut line = Line::new(path, kind);
        let own = files::checkpoints(path);
        let newest = own.iter().filter_map(|(_, read)| read.as_ref().ok()).max_by_key(|read| read.unverified().size);
        let origin = newest.or(self.alone.as_ref()).map(|read| read.unverified().origin.clone());
        let named = named_keys(path);
        let mut heads = Vec::new();
        for (file, read) in &own {
            match read {
                Ok(checkpoint) => self.take(&mut line, checkpoint, &named, &mut heads),
                Err(reason) => line.refuse("checkpoint", format!("{}: {reason}", file.display())),
            }
        }
        for other in self.known.iter().filter(|other| Some(&other.unverified().origin) == origin.as_ref()) {
            if !own.iter().any(|(_, read)| read.as_ref() == Ok(other)) {
                self.take(&mut line, other, &named, &mut heads);
            }
        }
        line.ledger = origin;
        if heads.is_empty() {
            if !self.options.keys.is_empty() {
                line.refuse("not-signed", "no checkpoint of it is signed by a key that was given");
            } else if kind == "tiles" {
                return line.unchecked("not-signed", "there is no checkpoint that says how large the tree is");
            }
        }
        // That the tree was empty once says nothing of what came into it.
        self.witnessed(&mut line, heads.iter().map(|head| head.size).max().unwrap_or_default().min(1));
        match audit(&heads) {
            Ok(report) => told(line, &report),
            Err(error) => line.unchecked("unreadable", error),
        }
    }

    fn take(&self, line: &mut Line, checkpoint: &SignedCheckpoint, named: &[VerifierKey], heads: &mut Vec<Head>) {
        if let Some(verified) = self.signatures(line, checkpoint, named) {
            heads.push(Head { size: verified.checkpoint.size, root: verified.checkpoint.root });
        }
    }
}

/// What an audit found.
fn told(mut line: Line, report: &Report) -> Line {
    report.faults.iter().for_each(|fault| line.fault(fault));
    (line.size, line.root) = (Some(report.size), Some(report.root.to_string()));
    line.signed = Some(report.signed);
    if report.sealed > 0 {
        let detail = format!(
            "{} records are encrypted: their order was checked, their content was not; give --at-rest-key",
            report.sealed
        );
        return line.unchecked("encrypted", detail);
    }
    if line.consistent == Some(true) {
        line.detail = match report.signed {
            0 => "nothing of it is signed yet".to_owned(),
            signed => format!("records up to {} are as they were signed", signed - 1),
        };
        if report.first > 0 {
            line.detail.push_str(&format!("; those before {} were removed, their places are kept", report.first));
        }
    }
    line
}
