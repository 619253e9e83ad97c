//! Programs by others: proofs and tiles of ours verified by filippo.io/torchwood and golang.org/x/mod, notes and cosignatures
//! of theirs by us. Built from `e2e/ledger/peer` by `go` 1.25 or later, with modules from Go's proxy; where either is missing
//! the tests say so and are skipped, as Debian has no such Go.

use super::{Place, verdict};
use crate::support::program::{Ended, command, run};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder with the built program.
fn built() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let build = || {
        let into = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ledger-peer");
        std::fs::create_dir_all(&into).unwrap();
        let mut go = Command::new("go");
        go.args(["build", "-o"]).arg(into.join("peer")).arg(".");
        go.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/ledger/peer"));
        match go.output() {
            Ok(done) if done.status.success() => Some(into),
            Ok(done) => {
                println!("skipped: the Go program cannot be built: {}", String::from_utf8_lossy(&done.stderr));
                None
            }
            Err(error) => {
                println!("skipped: no go: {error}");
                None
            }
        }
    };
    BUILT.get_or_init(build).as_deref()
}

fn peer(place: &Place, line: &str) -> Ended {
    let here = |word: &str| match word.strip_prefix('@') {
        Some(name) => place.path(name).display().to_string(),
        None => word.to_owned(),
    };
    run(command(built().unwrap().join("peer"), line.split_whitespace().map(here)))
}

#[test]
fn a_program_by_others_accepts_our_proofs_and_tiles_and_refuses_false_ones() {
    if built().is_none() {
        return;
    }
    let place = Place::new();
    let key = place.signed();
    for position in [0, 255, 256, 599] {
        place.ledger(&format!("prove @log {position} -o @proof")).success();
        peer(&place, &format!("proof {key} @proof")).success();
        let proof = std::fs::read_to_string(place.path("proof")).unwrap();
        std::fs::write(place.path("false"), proof.replace(&format!("index {position}\n"), "index 7\n")).unwrap();
        assert_eq!(peer(&place, &format!("proof {key} @false")).code, 1);
    }
    // A full tile as it lies on disk, and the partial one above it as it would be published.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let root = runtime.block_on(async {
        let clock = mekong_base::Clock::manual(mekong_base::Instant::from_unix_seconds(1_800_000_000));
        let opened = mekong_ledger::Ledger::open_files(
            place.path("log"),
            mekong_ledger::Options::default(),
            mekong_ledger::Disk::real(),
            clock,
        );
        let ledger = opened.await.unwrap();
        let root = ledger.root(256).await.unwrap();
        let above = ledger.tile(1, 0, 1).await.unwrap().unwrap();
        std::fs::create_dir_all(place.path("log/tree/tile/1/000.p")).unwrap();
        std::fs::write(place.path("log/tree/tile/1/000.p/1"), above[0].0).unwrap();
        ledger.close().await;
        root
    });
    peer(&place, &format!("tiles @log/tree 256 {root}")).success();
    let tile = place.path("log/tree/tile/0/000");
    let mut bytes = std::fs::read(&tile).unwrap();
    bytes[77] ^= 1;
    std::fs::write(&tile, bytes).unwrap();
    assert_eq!(peer(&place, &format!("tiles @log/tree 256 {root}")).code, 1);
}

#[test]
fn we_accept_checkpoints_and_cosignatures_of_others() {
    if built().is_none() {
        return;
    }
    let place = Place::new();
    std::fs::create_dir(place.path("go")).unwrap();
    peer(&place, "note @go").success();
    let key = |name: &str| std::fs::read_to_string(place.path("go").join(name)).unwrap();
    let line = format!("check --json @go/checkpoint --key {} --witness {}", key("log.key"), key("witness.key"));
    let ended = place.ledger(&line);
    assert_eq!(verdict(&ended), (0, Some(true), "ok".into(), None), "{ended:?}");
    assert_eq!(ended.json_lines()[0]["witnesses"][0]["name"], "go.example/witness");
    let text = key("checkpoint").replace("\n1\n", "\n2\n");
    std::fs::write(place.path("go/checkpoint"), text).unwrap();
    assert_eq!(verdict(&place.ledger(&line)).2, "signature");
}
