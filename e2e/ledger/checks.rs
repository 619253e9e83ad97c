//! `mekong ledger prove` and `check`.

use super::{Place, verdict};
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
    place.ledger("prove @log --since @old -o @continues").success();
    let ended = place.ledger("check --json @continues @old");
    assert_eq!(verdict(&ended), (1, Some(false), "continuation".into(), None), "{ended:?}");
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
    assert_eq!(verdict(&ended).2, "payload", "{ended:?}");
    std::fs::write(place.path("nonsense"), "nothing").unwrap();
    assert_eq!(place.ledger("check @nonsense").code, 2);
    assert_eq!(place.ledger("check @nowhere").code, 2);
    std::fs::create_dir(place.path("empty")).unwrap();
    assert_eq!(place.ledger("check @empty").code, 2);
}
