//! Ledgers, proofs and witnesses from outside: what is falsified is named by `mekong ledger check`, witnesses of one country
//! find a log of the other that tells two histories, and a Go program by others (`go` and its module proxy are needed) accepts
//! what we make, and we what it makes.

mod checks;
mod nodes;
mod peer;
mod witnesses;

use crate::support::program::{Ended, mekong, run, words};
use mekong_base::{Clock, Instant};
use mekong_ledger::{Disk, Ledger, NewRecord, Options};
use std::path::PathBuf;

/// A folder with ledgers and keys.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("passphrase"), "mekong and its tributaries\n").unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs `mekong ledger`; words that begin with `@` are files here.
    #[track_caller]
    fn ledger(&self, line: &str) -> Ended {
        let here = |word: &str| match word.strip_prefix('@') {
            Some(name) => self.path(name).display().to_string(),
            None => word.to_owned(),
        };
        run(mekong(["ledger".to_owned()].into_iter().chain(words(line).into_iter().map(here))))
    }

    /// The verifier key of a name, made if there is none.
    #[track_caller]
    fn key(&self, name: &str, options: &str) -> String {
        let label = name.replace('/', "-");
        let line = format!("key --keys @keys --label {label} --passphrase-file @passphrase --name {name} {options}");
        self.ledger(&line).success().out.trim().to_owned()
    }

    #[track_caller]
    fn sign(&self, folder: &str, name: &str) -> Ended {
        let label = name.replace('/', "-");
        self.ledger(&format!("sign @{folder} --keys @keys --label {label} --passphrase-file @passphrase --name {name}"))
    }

    /// Appends records to a ledger.
    fn append(&self, folder: &str, from: u64, count: u64) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let clock = Clock::manual(Instant::from_unix_seconds(1_800_000_000));
            let ledger = Ledger::open_files(self.path(folder), Options::default(), Disk::real(), clock).await.unwrap();
            let record = |i: u64| NewRecord { kind: 1, payload: format!("person {i} was asked for").into() };
            ledger.append((from..from + count).map(record).collect()).await.unwrap();
            ledger.root(ledger.end()).await.unwrap();
            ledger.close().await;
        });
    }

    /// A ledger of 600 records, signed at 300 (kept as `old`) and at the end.
    fn signed(&self) -> String {
        let key = self.key("log.example/audit", "");
        self.append("log", 0, 300);
        self.sign("log", "log.example/audit").success();
        std::fs::copy(self.path("log/checkpoint"), self.path("old")).unwrap();
        self.append("log", 300, 300);
        self.sign("log", "log.example/audit").success();
        key
    }
}

/// What `check --json` says of one thing: its exit code, whether it is consistent, the reason, and the record.
#[track_caller]
fn verdict(ended: &Ended) -> (i32, Option<bool>, String, Option<u64>) {
    let line = ended.json_lines().into_iter().next().unwrap_or_else(|| panic!("{ended:?}"));
    let reason = line["reason"].as_str().unwrap().to_owned();
    (ended.code, line["consistent"].as_bool(), reason, line["position"].as_u64())
}
