//! Witnesses that lie, and logs that flood one with histories.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use axum::Router;
use axum::routing::{get, post};
use http::StatusCode;
use mekong_base::Instant;
use mekong_crypto::{KeyType, PrivateKey};
use mekong_ledger::merkle::{Hash, leaf_hash};
use mekong_ledger::note::Algorithm;
use mekong_ledger::witness::equivocation;
use mekong_ledger::{Disk, NewRecord, Options};

fn signer(name: &str, algorithm: Algorithm) -> Signer {
    Signer::new(name.parse().unwrap(), algorithm, PrivateKey::generate(KeyType::Ed25519).unwrap()).unwrap()
}

fn checkpoint(size: u64, root: Hash, signer: &Signer) -> SignedCheckpoint {
    Checkpoint::new(signer.verifier().name().as_str(), size, root).unwrap().sign(signer).unwrap()
}

/// A witness that always answers the same, and shows this checkpoint.
async fn witness(status: StatusCode, body: &'static str, seen: Option<SignedCheckpoint>) -> WitnessAddress {
    let shown = move || {
        let answer =
            seen.as_ref().map_or((StatusCode::NOT_FOUND, String::new()), |seen| (StatusCode::OK, seen.to_string()));
        std::future::ready(answer)
    };
    let answer = move || std::future::ready((status, body));
    let router = Router::new().route("/add-checkpoint", post(answer)).route("/{log}/checkpoint", get(shown));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    WitnessAddress { url, key: signer("w.example", Algorithm::Cosignature).verifier().clone() }
}

/// A ledger of ten records, and what becomes of its checkpoint at this witness.
async fn brought(witness: WitnessAddress, log: &Signer) -> Result<bool, ()> {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Instant::from_unix_seconds(1_800_000_000));
    let ledger = Ledger::open_files(folder.path(), Options::default(), Disk::real(), clock.clone()).await.unwrap();
    ledger.append((0..10).map(|_| NewRecord { kind: 1, payload: "x".into() }).collect()).await.unwrap();
    std::fs::create_dir(folder.path().join(EVIDENCE)).unwrap();
    let mut signed = checkpoint(10, ledger.root(10).await.unwrap(), log);
    let witnessing = Witnessing {
        ledger,
        folder: folder.path().to_owned(),
        signer: log.clone(),
        witnesses: vec![witness],
        http: Client::default(),
        clock,
        every: Duration::from_secs(1),
        progress: watch::channel(Progress::default()).0,
    };
    witnessing.witness(&mut signed, &mut BTreeMap::new()).await
}

#[tokio::test]
async fn a_witness_that_only_says_that_it_saw_another_history_is_not_believed() {
    let log = signer("log.example", Algorithm::Ed25519);
    let stranger = signer("log.example", Algorithm::Ed25519);
    for (status, body) in [
        (StatusCode::UNPROCESSABLE_ENTITY, "another history\n"),
        (StatusCode::CONFLICT, "10\n"),
        (StatusCode::CONFLICT, "1000\n"),
    ] {
        // Nothing, another's signature, and what the ledger itself was before.
        let others = [None, Some(checkpoint(1000, leaf_hash(b"other"), &stranger))];
        for seen in others.into_iter().chain([Some(checkpoint(0, mekong_ledger::merkle::empty_root(), &log))]) {
            assert_eq!(brought(witness(status, body, seen).await, &log).await, Ok(false), "{status} {body}");
        }
        // What our own key signed, and the ledger is not.
        for size in [10, 1000] {
            let seen = Some(checkpoint(size, leaf_hash(b"other"), &log));
            assert_eq!(brought(witness(status, body, seen).await, &log).await, Err(()), "{status} {body} {size}");
        }
    }
}

#[test]
fn a_log_that_shows_history_after_history_does_not_fill_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let count = || std::fs::read_dir(folder.path()).unwrap().count();
    let logs = [signer("log.example", Algorithm::Ed25519), signer("another.example", Algorithm::Ed25519)];
    for (log, kept) in logs.iter().zip([128, 256]) {
        let known = checkpoint(5, leaf_hash(b"first"), log);
        for history in 0..200_u32 {
            let other = checkpoint(5, leaf_hash(&history.to_be_bytes()), log);
            let found = equivocation(&known, &other, &Log::of_key(log.verifier().clone()), &[]).unwrap();
            witness::keep(folder.path(), &found);
        }
        assert_eq!(count(), kept);
    }
}
