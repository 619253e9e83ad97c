//! The ledgers of running nodes: signed as they grow, and cosigned by the operator of the other country.

use super::verdict;
use crate::support::demo::{Demo, turn};
use crate::support::program::{Ended, mekong, run};
use mekong_ledger::segment::{Frame, HEADER_LEN, Header};
use std::path::Path;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// The verifier key of a ledger or witness, from its own key.
fn key(node: &Path, keys: &str, name: &str, is_witness: bool) -> String {
    let label = if is_witness { "witness" } else { "ledger" };
    let mut command = mekong(["ledger", "key", "--label", label, "--name", name, "--keys"]);
    command.arg(node.join(keys)).arg("--passphrase-file").arg(node.join("passphrase"));
    if is_witness {
        command.arg("--witness");
    }
    run(command).success().out.trim().to_owned()
}

fn check(folder: &Path, key: &str, witness: &str) -> Ended {
    let mut command = mekong(["ledger", "check", "--json", "--key", key, "--witness", witness]);
    command.arg(folder);
    run(command)
}

/// Writes one record of a ledger anew with another content, and the right checksum.
fn rewrite(folder: &Path, wanted: u64) {
    let path = folder.join("segments/00000000000000000000.seg");
    let bytes = std::fs::read(&path).unwrap();
    let seed = Header::decode(&bytes).unwrap().seed();
    let mut offset = HEADER_LEN;
    loop {
        let mut frame = Frame::decode(seed, offset as u64, &bytes[offset..]).unwrap();
        let end = offset + frame.encoded_len();
        if frame.position == wanted {
            let mut body = frame.body.to_vec();
            *body.last_mut().unwrap() ^= 1;
            frame.body = &body;
            let mut out = bytes[..offset].to_vec();
            frame.encode(seed, offset as u64, &mut out);
            assert_eq!(out.len(), end);
            out.extend_from_slice(&bytes[end..]);
            std::fs::write(&path, out).unwrap();
            return;
        }
        offset = end;
    }
}

#[test]
fn what_the_nodes_of_one_country_record_is_witnessed_by_the_other() {
    let (_turn, temporary) = turn();
    let dir = temporary.path().join("demo");
    let demo = Demo::start(&dir, "50");
    let witnesses = [("VN", "LA"), ("LA", "VN")].map(|(country, other)| {
        let name = format!("operator.{}.example/witness", other.to_lowercase());
        (country, key(&dir.join(other).join("operator"), "witness/keys", &name, true))
    });
    let witness_of = |country: &str| &witnesses.iter().find(|(of, _)| *of == country).unwrap().1;
    let ledgers = [
        ("VN/mps", "gateway/log", "mps.vn.example/messages"),
        ("VN/mps", "gateway/administration", "mps.vn.example/administration"),
        ("LA/moha", "gateway/log", "moha.la.example/messages"),
        ("LA/operator", "directory/history", "operator.la.example/directory"),
    ];
    for (node, ledger, origin) in ledgers {
        let key = key(&dir.join(node), "ledger-keys", origin, false);
        let (folder, witness) = (dir.join(node).join(ledger), witness_of(&node[..2]));
        let begun = Instant::now();
        // A checkpoint is on disk a moment before its cosignature.
        while check(&folder, &key, witness).code != 0 {
            assert!(begun.elapsed() < PATIENCE, "{origin}: {:?}", check(&folder, &key, witness));
            std::thread::sleep(Duration::from_millis(500));
        }
        let line = &check(&folder, &key, witness).json_lines()[0];
        assert!(line["witnesses"][0]["size"].as_u64() > Some(0), "{line}");
    }
    assert_eq!(demo.interrupt("TERM"), 0);

    let log = dir.join("LA/moha/gateway/log");
    let key = key(&dir.join("LA/moha"), "ledger-keys", "moha.la.example/messages", false);
    rewrite(&log, 3);
    let ended = check(&log, &key, witness_of("LA"));
    assert_eq!(verdict(&ended), (1, Some(false), "rewritten".into(), Some(3)), "{ended:?}");

    // A log that begins anew is not what was signed: the node says so and does not sign another history.
    for folder in ["segments", "tree"] {
        std::fs::remove_dir_all(log.join(folder)).unwrap();
    }
    let signed = std::fs::read(log.join("checkpoint")).unwrap();
    let mut command = mekong(["serve", "--config"]);
    command.arg(dir.join("LA/moha/node.toml"));
    let refused = run(command);
    assert!(refused.code == 2 && refused.err.contains("is not the one that was signed"), "{refused:?}");
    assert_eq!(std::fs::read(log.join("checkpoint")).unwrap(), signed);
}
