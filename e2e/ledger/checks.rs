//! `mekong ledger prove` and `check`.

use super::{Place, verdict};
use crate::support::program::{command, run};
use mekong_crypto::{KeyType, PrivateKey};
use mekong_ledger::checkpoint::SignedCheckpoint;
use mekong_ledger::note::{Algorithm, Signer};
use mekong_ledger::proof::InclusionProof;
use mekong_ledger::segment::{Frame, HEADER_LEN, Header};

/// Writes the only segment of a ledger anew, as `change` makes its records, with right numbers and checksums.
fn forge(place: &Place, change: impl FnOnce(&mut Vec<(mekong_base::Instant, [u8; 16], Vec<u8>)>)) {
    let path = place.path("log/segments/00000000000000000000.seg");
    let bytes = std::fs::read(&path).unwrap();
    let header = Header::decode(&bytes).unwrap();
    let (mut records, mut offset) = (Vec::new(), HEADER_LEN);
    while let Ok(frame) = Frame::decode(header.seed(), offset as u64, &bytes[offset..]) {
        records.push((frame.at, frame.salt, frame.body.to_vec()));
        offset += frame.encoded_len();
    }
    assert_eq!(records.len(), 600);
    change(&mut records);
    let mut out = bytes[..HEADER_LEN].to_vec();
    for (position, (at, salt, body)) in (0..).zip(&records) {
        let frame = Frame { position, at: *at, back: 0, more: 0, kind: 1, salt: *salt, body };
        let offset = out.len() as u64;
        frame.encode(header.seed(), offset, &mut out);
    }
    std::fs::write(&path, out).unwrap();
}

#[test]
fn an_untouched_ledger_is_consistent_and_its_proofs_verify_offline() {
    let place = Place::new();
    let key = place.signed();
    for keys in [String::new(), format!("--key {key}")] {
        let ended = place.ledger(&format!("check --json @log @old {keys}"));
        assert_eq!(verdict(&ended), (0, Some(true), "ok".into(), None), "{ended:?}");
    }
    for position in [0, 299, 300, 599] {
        place.ledger(&format!("prove @log {position} --open --payload @payload -o @proof")).success();
        assert_eq!(std::fs::read_to_string(place.path("payload")).unwrap(), format!("person {position} was asked for"));
        let ended = place.ledger(&format!("check --json @proof --payload @payload --key {key}"));
        assert_eq!(verdict(&ended), (0, Some(true), "ok".into(), Some(position)), "{ended:?}");
        place.ledger(&format!("prove @log {position} -o @closed")).success();
        place.ledger(&format!("check @closed --key {key}")).success();
        let closed = std::fs::read_to_string(place.path("closed")).unwrap();
        assert!(!closed.contains("person"), "{closed}");
    }
    place.ledger("prove @log --since @old -o @continues").success();
    let ended = place.ledger(&format!("check --json @continues @old --key {key}"));
    assert_eq!(verdict(&ended), (0, Some(true), "ok".into(), None), "{ended:?}");
    let alone = place.ledger("check --json @continues");
    assert_eq!(verdict(&alone), (2, None, "no-older-checkpoint".into(), None), "{alone:?}");
}

/// Time, salt and payload of the records of a ledger.
type Records = Vec<(mekong_base::Instant, [u8; 16], Vec<u8>)>;
/// How it is falsified.
type Forgery = fn(&mut Records);

#[test]
fn falsified_records_are_named() {
    let cases: [(&str, u64, Forgery); 4] = [
        ("rewritten", 123, |records| records[123].2 = b"nobody was asked for".to_vec()),
        ("dropped", 456, |records| drop(records.remove(456))),
        ("truncated", 500, |records| records.truncate(500)),
        ("reordered", 7, |records| {
            let moved = records.remove(400);
            records.insert(7, moved);
        }),
    ];
    for (reason, position, change) in cases {
        let place = Place::new();
        place.signed();
        forge(&place, change);
        let ended = place.ledger("check --json @log");
        assert_eq!(verdict(&ended), (1, Some(false), reason.into(), Some(position)), "{ended:?}");
        let text = place.ledger("check @log");
        assert!(text.code == 1 && text.out.contains(&position.to_string()), "{text:?}");
    }
}

#[test]
fn a_byte_that_is_changed_anywhere_in_a_record_is_found() {
    let place = Place::new();
    place.signed();
    let path = place.path("log/segments/00000000000000000000.seg");
    let mut bytes = std::fs::read(&path).unwrap();
    let wanted = b"person 321 was";
    let at = bytes.windows(wanted.len()).position(|window| window == wanted).unwrap();
    bytes[at] = b'P';
    std::fs::write(&path, &bytes).unwrap();
    let ended = place.ledger("check --json @log");
    assert_eq!(verdict(&ended), (1, Some(false), "damaged".into(), Some(321)), "{ended:?}");
}

#[test]
fn a_history_that_was_made_again_is_refuted_by_a_checkpoint_that_was_kept() {
    let place = Place::new();
    let key = place.signed();
    place.ledger("prove @log --since @old -o @continues").success();
    forge(&place, |records| records[200].2 = b"nobody was asked for".to_vec());
    std::fs::remove_dir_all(place.path("log/tree")).unwrap();
    std::fs::remove_file(place.path("log/checkpoint")).unwrap();
    place.append("log", 600, 1);
    place.sign("log", "log.example/audit").success();
    // By itself it looks right: whoever keeps the ledger also has its key.
    place.ledger(&format!("check @log --key {key}")).success();
    let ended = place.ledger(&format!("check --json @log @old --key {key}"));
    assert_eq!(verdict(&ended), (1, Some(false), "history".into(), Some(0)), "{ended:?}");
    // Nor can the new history be proved to continue the old one.
    let refused = place.ledger("prove @log --since @old -o @false");
    assert!(refused.code == 2 && refused.err.contains("does not continue"), "{refused:?}");
    let proof = std::fs::read_to_string(place.path("continues")).unwrap();
    let shorter: Vec<&str> = proof.lines().enumerate().filter(|(i, _)| *i != 1).map(|(_, line)| line).collect();
    std::fs::write(place.path("continues"), shorter.join("\n") + "\n").unwrap();
    let ended = place.ledger("check --json @continues @old");
    assert_eq!(verdict(&ended), (1, Some(false), "continuation".into(), None), "{ended:?}");
}

#[test]
fn a_false_proof_is_not_written() {
    let place = Place::new();
    place.signed();
    forge(&place, |records| records[123].2 = b"nobody was asked for".to_vec());
    let refused = place.ledger("prove @log 123 --open --payload @payload -o @proof");
    assert!(refused.code == 2 && refused.err.contains("record 123 is not the one that was signed"), "{refused:?}");
    assert!(!place.path("proof").exists() && !place.path("payload").exists());
    place.ledger("prove @log 124 -o @proof").success();
    // A checkpoint of another log is none that this one could continue.
    place.key("other.example", "");
    place.append("other", 0, 5);
    place.sign("other", "other.example").success();
    let refused = place.ledger("prove @log --since @other/checkpoint");
    assert!(refused.code == 2 && refused.err.contains("is a checkpoint of the log other.example"), "{refused:?}");
}

/// Who keeps a log names the keys of its witnesses, too, and can give a key of their own any name.
#[test]
fn a_key_that_only_has_the_name_of_a_witness_is_none() {
    let place = Place::new();
    let key = place.signed();
    let witness = place.key("w.example", "--witness");
    let own = PrivateKey::generate(KeyType::Ed25519).unwrap();
    let own = Signer::new("w.example".parse().unwrap(), Algorithm::Cosignature, own).unwrap();
    let cosign = |checkpoint: &mut SignedCheckpoint| {
        let line = own.sign(checkpoint.note().text(), mekong_base::Instant::from_unix_seconds(1_800_000_000));
        checkpoint.add(line.unwrap());
    };
    place.ledger("prove @log 321 -o @proof").success();
    let mut proof = InclusionProof::parse(&std::fs::read(place.path("proof")).unwrap()).unwrap();
    proof.opening.keys.push(own.verifier().clone());
    cosign(&mut proof.checkpoint);
    std::fs::write(place.path("proof"), proof.to_string()).unwrap();
    for name in ["log/checkpoint", "old"] {
        let mut checkpoint = SignedCheckpoint::parse(&std::fs::read(place.path(name)).unwrap()).unwrap();
        cosign(&mut checkpoint);
        std::fs::write(place.path(name), checkpoint.to_string()).unwrap();
    }
    std::fs::write(place.path("log/keys"), format!("{key}\n{}\n", own.verifier())).unwrap();
    for what in ["proof", "log"] {
        let ended = place.ledger(&format!("check --json @{what} --key {key} --witness {witness}"));
        assert_eq!((ended.code, verdict(&ended).2.as_str()), (1, "not-witnessed"), "{ended:?}");
        // Without asking for a witness it is shown for what it is.
        let line = &place.ledger(&format!("check --json @{what} --key {key}")).success().json_lines()[0];
        assert_eq!(
            (&line["witnesses"][0]["name"], &line["witnesses"][0]["trusted"]),
            (&"w.example".into(), &false.into())
        );
        place.ledger(&format!("check --json @{what} --key {key} --witness {}", own.verifier())).success();
    }
    // Nor is the true one accused of having cosigned two histories.
    place.append("other", 1000, 600);
    place.sign("other", "log.example/audit").success();
    let mut other = SignedCheckpoint::parse(&std::fs::read(place.path("other/checkpoint")).unwrap()).unwrap();
    cosign(&mut other);
    std::fs::write(place.path("other/checkpoint"), other.to_string()).unwrap();
    let ended = place.ledger(&format!("check --json @log @other/checkpoint --key {key}"));
    let line = &ended.json_lines()[0];
    assert!(line["reason"] == "equivocation" && !line["detail"].as_str().unwrap().contains("w.example"), "{line}");
}

#[test]
fn a_witness_of_the_empty_tree_is_no_witness_of_what_came_into_it() {
    let place = Place::new();
    let log = place.key("log.example/audit", "");
    let witness = PrivateKey::generate(KeyType::Ed25519).unwrap();
    let witness = Signer::new("w.example".parse().unwrap(), Algorithm::Cosignature, witness).unwrap();
    place.append("log", 0, 1);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let clock = mekong_base::Clock::manual(mekong_base::Instant::from_unix_seconds(1_800_000_000));
        let options = mekong_ledger::Options::default();
        let empty = mekong_ledger::Ledger::open_files(place.path("empty"), options, mekong_ledger::Disk::real(), clock);
        empty.await.unwrap().close().await;
    });
    place.sign("empty", "log.example/audit").success();
    let mut checkpoint = SignedCheckpoint::parse(&std::fs::read(place.path("empty/checkpoint")).unwrap()).unwrap();
    let line = witness.sign(checkpoint.note().text(), mekong_base::Instant::from_unix_seconds(1_800_000_000));
    checkpoint.add(line.unwrap());
    std::fs::write(place.path("empty/checkpoint"), checkpoint.to_string()).unwrap();
    let keys = format!("--key {log} --witness {}", witness.verifier());
    place.ledger(&format!("check @empty {keys}")).success();
    place.sign("log", "log.example/audit").success();
    let ended = place.ledger(&format!("check --json @log @empty/checkpoint {keys}"));
    assert_eq!((ended.code, verdict(&ended).2.as_str()), (1, "not-witnessed"), "{ended:?}");
}

#[test]
fn what_lies_in_a_ledgers_folder_is_read_in_bounds() {
    let place = Place::new();
    let key = place.signed();
    std::fs::create_dir(place.path("log/checkpoints")).unwrap();
    for day in 0..2000 {
        std::fs::copy(place.path("log/checkpoint"), place.path(&format!("log/checkpoints/{day}"))).unwrap();
    }
    std::fs::File::create(place.path("log/keys")).unwrap().set_len(1 << 40).unwrap();
    let begun = std::time::Instant::now();
    place.ledger(&format!("check @log --key {key}")).success();
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
    run(command("mkfifo", [place.path("log/checkpoints/waits")])).success();
    assert_eq!(verdict(&place.ledger("check --json @log")).2, "checkpoint");
}

#[test]
fn proofs_that_were_changed_or_are_by_others_are_refused() {
    let place = Place::new();
    let key = place.signed();
    place.ledger("prove @log 321 --open --payload @payload -o @proof").success();
    let proof = std::fs::read_to_string(place.path("proof")).unwrap();
    let mut changed = vec![proof.replace("index 321", "index 320")];
    let line = |text: &str, number: usize| text.lines().nth(number).unwrap().to_owned();
    changed.push(proof.replace(&line(&proof, 4), &line(&proof, 5)));
    changed.push(proof.replace("\n600\n", "\n599\n"));
    for text in changed {
        assert_ne!(text, proof);
        std::fs::write(place.path("changed"), text).unwrap();
        for keys in [String::new(), format!("--key {key}")] {
            let ended = place.ledger(&format!("check --json @changed {keys}"));
            assert_eq!(ended.code, 1, "{ended:?}");
        }
    }
    let other = place.key("other.example", "");
    assert_eq!(place.ledger(&format!("check @proof --key {other}")).code, 1);
    let witness = place.key("w.example", "--witness");
    let ended = place.ledger(&format!("check --json @proof --key {key} --witness {witness}"));
    assert_eq!(verdict(&ended).2, "not-witnessed", "{ended:?}");
    std::fs::write(place.path("payload"), "person 322 was asked for").unwrap();
    let ended = place.ledger(&format!("check --json @proof --key {key} --payload @payload"));
    assert_eq!(verdict(&ended), (1, Some(false), "payload".into(), Some(321)), "{ended:?}");
    place.ledger("prove @log 321 -o @closed").success();
    let ended = place.ledger(&format!("check --json @closed --key {key} --payload @payload"));
    assert_eq!(verdict(&ended), (2, None, "payload".into(), Some(321)), "{ended:?}");
    std::fs::write(place.path("nonsense"), "nothing").unwrap();
    assert_eq!(place.ledger("check @nonsense").code, 2);
    assert_eq!(place.ledger("check @nowhere").code, 2);
    std::fs::create_dir(place.path("empty")).unwrap();
    assert_eq!(place.ledger("check @empty").code, 2);
}
