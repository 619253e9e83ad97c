//! Ledgers on a real disk, falsified by somebody who knows the format and writes right checksums.

use mekong_base::{Clock, Instant};
use mekong_ledger::audit::{Fault, Head, Report, audit_folder};
use mekong_ledger::offline::Folder;
use mekong_ledger::segment::{Frame, HEADER_LEN, Header};
use mekong_ledger::{Disk, Key, Keys, Ledger, NewRecord, Options};
use std::path::{Path, PathBuf};

struct Made {
    dir: tempfile::TempDir,
    heads: Vec<Head>,
    /// While it is in use.
    ledger: Option<Ledger>,
}

/// A ledger of `count` records with heads signed at some sizes; closed.
async fn made(count: u64, options: Options) -> Made {
    let mut made = in_use(count, options).await;
    made.ledger.take().unwrap().close().await;
    made
}

/// The same, in use: its tree is on the disk as of the last head.
async fn in_use(count: u64, options: Options) -> Made {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Instant::from_unix_seconds(1_800_000_000));
    let ledger = Ledger::open_files(dir.path(), options, Disk::real(), clock).await.unwrap();
    for i in 0..count {
        let payload = format!("record {i} of the exchange").into();
        ledger.append(vec![NewRecord { kind: 1, payload }]).await.unwrap();
    }
    let mut heads = Vec::new();
    for size in [count / 3, count - 2, count] {
        heads.push(Head { size, root: ledger.root(size).await.unwrap() });
    }
    ledger.save_tree().await;
    Made { dir, heads, ledger: Some(ledger) }
}

impl Made {
    fn audit(&self) -> Report {
        audit_folder(self.dir.path(), Disk::real(), Keys::none(), &self.heads).unwrap()
    }

    fn segments(&self) -> Vec<PathBuf> {
        let mut paths: Vec<_> =
            std::fs::read_dir(self.dir.path().join("segments")).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        paths
    }

    /// Writes the records of the first segment anew, as `change` makes them, with right numbers and checksums.
    fn forge(&self, change: impl FnOnce(&mut Vec<(i64, [u8; 16], Vec<u8>)>)) {
        let path = &self.segments()[0];
        let bytes = std::fs::read(path).unwrap();
        let header = Header::decode(&bytes).unwrap();
        let (mut records, mut offset) = (Vec::new(), HEADER_LEN);
        while let Ok(frame) = Frame::decode(header.seed(), offset as u64, &bytes[offset..]) {
            records.push((frame.at.unix_micros(), frame.salt, frame.body.to_vec()));
            offset += frame.encoded_len();
        }
        change(&mut records);
        let mut out = bytes[..HEADER_LEN].to_vec();
        for (position, (at, salt, body)) in (0..).zip(&records) {
            let at = Instant::from_unix_micros(*at);
            let frame = Frame { position, at, back: 0, more: 0, kind: 1, salt: *salt, body };
            let offset = out.len() as u64;
            frame.encode(header.seed(), offset, &mut out);
        }
        std::fs::write(path, out).unwrap();
    }

    fn without_tree(&self) -> &Self {
        std::fs::remove_dir_all(self.dir.path().join("tree")).unwrap();
        self
    }
}

#[tokio::test]
async fn an_untouched_ledger_is_consistent_with_and_without_its_tree() {
    for count in [3, 40, 600] {
        let made = made(count, Options::default()).await;
        for _ in 0..2 {
            let report = made.audit();
            assert_eq!((report.faults.as_slice(), report.size, report.signed), (&[][..], count, count));
            assert_eq!(report.root, made.heads[2].root);
            std::fs::create_dir_all(made.dir.path().join("tree")).unwrap();
            made.without_tree();
        }
    }
}

#[tokio::test]
async fn a_rewritten_record_is_named() {
    for position in [0, 7, 300, 598, 599] {
        let made = made(600, Options::default()).await;
        made.forge(|records| records[position as usize].2 = b"something else entirely".to_vec());
        assert_eq!(made.audit().faults, [Fault::Rewritten { position }]);
    }
}

#[tokio::test]
async fn records_of_a_ledger_in_use_are_named() {
    type Forgery = fn(&mut Vec<(i64, [u8; 16], Vec<u8>)>);
    let forgeries: [(Forgery, Fault); 4] = [
        (|records| records[5].2 = b"something else".to_vec(), Fault::Rewritten { position: 5 }),
        (|records| drop(records.remove(5)), Fault::Dropped { position: 5 }),
        (|records| records.insert(5, (5, [1; 16], b"never recorded".to_vec())), Fault::Inserted { position: 5 }),
        (|records| records.swap(5, 6), Fault::Moved { position: 5, belongs: 6 }),
    ];
    for count in [125, 375] {
        for (forgery, fault) in &forgeries {
            let made = in_use(count, Options::default()).await;
            made.forge(forgery);
            assert_eq!(made.audit().faults.first(), Some(fault), "{count}");
        }
    }
    let made = in_use(125, Options::default()).await;
    made.forge(forgeries[0].0);
    let report = made.without_tree().audit();
    assert_eq!(report.faults, [Fault::History { position: 0, until: 41, in_tree: false }]);
    assert!(report.faults[0].to_string().ends_with("which one cannot be said"), "{}", report.faults[0]);
}

#[tokio::test]
async fn a_dropped_record_is_named() {
    for position in [0, 7, 300, 597] {
        let made = made(600, Options::default()).await;
        made.forge(|records| drop(records.remove(position as usize)));
        assert_eq!(made.audit().faults, [Fault::Dropped { position }]);
    }
}

#[tokio::test]
async fn records_that_are_reordered_or_inserted_are_named() {
    let made_one = made(600, Options::default()).await;
    made_one.forge(|records| {
        let moved = records.remove(500);
        records.insert(20, moved);
    });
    assert_eq!(made_one.audit().faults, [Fault::Moved { position: 20, belongs: 500 }]);
    let made_two = made(600, Options::default()).await;
    made_two.forge(|records| records.insert(20, (5, [1; 16], b"never recorded".to_vec())));
    assert_eq!(made_two.audit().faults, [Fault::Inserted { position: 20 }]);
}

#[tokio::test]
async fn records_that_are_cut_off_below_a_checkpoint_are_named() {
    let made = made(600, Options::default()).await;
    made.forge(|records| records.truncate(450));
    assert_eq!(made.audit().faults, [Fault::Truncated { position: 450, size: 600 }]);
    assert_eq!(made.without_tree().audit().faults, [Fault::Truncated { position: 450, size: 600 }]);
}

#[tokio::test]
async fn a_record_that_is_rewritten_together_with_the_tree_is_found_by_the_checkpoints() {
    let made = made(600, Options::default()).await;
    made.forge(|records| records[250].2 = b"something else".to_vec());
    // The tree is made again from the forged records when the ledger is opened.
    made.without_tree();
    let clock = Clock::manual(Instant::from_unix_seconds(1_900_000_000));
    let ledger = Ledger::open_files(made.dir.path(), Options::default(), Disk::real(), clock).await.unwrap();
    ledger.root(600).await.unwrap();
    ledger.close().await;
    assert_eq!(made.audit().faults, [Fault::History { position: 200, until: 598, in_tree: true }]);
}

#[tokio::test]
async fn damage_is_told_from_forgery_and_the_rest_is_still_checked() {
    let made = made(600, Options::default()).await;
    let path = &made.segments()[0];
    let whole = std::fs::read(path).unwrap();
    let at = |text: &str| whole.windows(text.len()).position(|w| w == text.as_bytes()).unwrap();
    for (position, place) in
        [(100, at("record 100 of") + 8), (599, at("record 599 of") + 8), (0, at("record 0 of") - 40)]
    {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        std::fs::write(path, &bytes).unwrap();
        let report = made.audit();
        assert!(
            matches!(&report.faults[..], [Fault::Damaged { position: named, .. }] if *named == position),
            "{position}: {report:?}"
        );
    }
    // A torn tail that nobody was told of is none of these.
    let mut bytes = whole;
    bytes.truncate(bytes.iter().rposition(|b| *b != 0).unwrap() + 1);
    bytes.extend_from_slice(&[7; 30]);
    std::fs::write(path, &bytes).unwrap();
    assert_eq!(made.audit().faults, []);
}

#[tokio::test]
async fn a_damaged_tree_beside_whole_records_is_told_from_forgery() {
    let made = made(600, Options::default()).await;
    let tile = made.dir.path().join("tree/tile/0/001");
    let mut bytes = std::fs::read(&tile).unwrap();
    bytes[32 * 10] ^= 1;
    std::fs::write(&tile, &bytes).unwrap();
    assert!(matches!(made.audit().faults[..], [Fault::Tree { position: 266, .. }]), "{:?}", made.audit().faults);
    std::fs::write(&tile, &bytes[1..]).unwrap();
    assert!(matches!(made.audit().faults[..], [Fault::Tree { position: 256, .. }]), "{:?}", made.audit().faults);
}

fn small() -> Options {
    Options { segment_bytes: 8 << 10, ..Options::default() }
}

#[tokio::test]
async fn what_was_removed_by_retention_is_no_fault_and_a_missing_segment_is() {
    let made_one = made(600, small()).await;
    assert!(made_one.segments().len() > 4);
    assert_eq!(made_one.audit().faults, []);
    let clock = Clock::manual(Instant::from_unix_seconds(1_900_000_000));
    let ledger = Ledger::open_files(made_one.dir.path(), small(), Disk::real(), clock).await.unwrap();
    let first = ledger.remove_before(300).await.unwrap();
    ledger.close().await;
    let report = made_one.audit();
    assert!(first > 0 && report.first == first);
    assert_eq!((report.faults.as_slice(), report.size), (&[][..], 600));
    // A segment in the middle is no retention.
    let segments = made_one.segments();
    let number = |path: &Path| path.file_stem().unwrap().to_str().unwrap().parse::<u64>().unwrap();
    let (from, until) = (number(&segments[1]), number(&segments[2]));
    std::fs::remove_file(&segments[1]).unwrap();
    let report = made_one.audit();
    assert!(report.faults.iter().all(|fault| (from..until).contains(&fault.position())), "{:?}", report.faults);
    assert_eq!(report.faults[0].position(), from);
}

#[tokio::test]
async fn encrypted_records_are_checked_with_their_key_and_counted_without() {
    let key = Key::generate().unwrap();
    let options = Options { keys: Keys::new(key.clone(), []), ..Options::default() };
    let made = made(40, options).await;
    let report = audit_folder(made.dir.path(), Disk::real(), Keys::reading([key]), &made.heads).unwrap();
    assert_eq!((report.faults.as_slice(), report.sealed, report.signed), (&[][..], 0, 40));
    let report = made.audit();
    assert_eq!((report.faults.as_slice(), report.sealed, report.signed), (&[][..], 40, 40));
}

#[tokio::test]
async fn a_folder_in_use_is_read_as_the_ledger_reads_itself() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Instant::from_unix_seconds(1_800_000_000));
    let ledger = Ledger::open_files(dir.path(), small(), Disk::real(), clock).await.unwrap();
    for round in 1..=7u64 {
        let record = |i: u64| NewRecord { kind: 1, payload: format!("{round} {i}").into() };
        ledger.append((0..100).map(record).collect()).await.unwrap();
        let folder = Folder::open(dir.path(), Disk::real(), Keys::none()).unwrap();
        let end = ledger.end();
        assert_eq!((folder.end(), folder.first()), (end, 0));
        for size in [1, end / 2, end] {
            assert_eq!(folder.root(size).unwrap(), ledger.root(size).await.unwrap());
            assert_eq!(folder.inclusion(size / 2, size).unwrap(), ledger.inclusion(size / 2, size).await.unwrap());
            assert_eq!(folder.consistency(size, end).unwrap(), ledger.consistency(size, end).await.unwrap());
        }
        assert_eq!(folder.entry(end - 1).unwrap(), ledger.entry(end - 1).await.unwrap());
        assert!(folder.entry(end).unwrap().is_none() && folder.root(end + 1).is_err());
    }
    ledger.close().await;
}

/// Frames of a segment, one after the other, with right checksums and these numbers; `between` stands behind each.
fn segment(path: &Path, positions: impl Iterator<Item = u64>, between: &[u8]) {
    let mut out = std::fs::read(path).unwrap();
    out.truncate(HEADER_LEN);
    let seed = Header::decode(&out).unwrap().seed();
    for position in positions {
        let salt = u128::from(position).to_le_bytes();
        let at = Instant::from_unix_seconds(1_800_000_000);
        let offset = out.len() as u64;
        Frame { position, at, back: 0, more: 0, kind: 1, salt, body: b"a record" }.encode(seed, offset, &mut out);
        out.extend_from_slice(between);
    }
    std::fs::write(path, out).unwrap();
}

#[tokio::test]
async fn records_that_do_not_follow_by_their_numbers_are_named_without_a_tree_and_a_checkpoint() {
    let mut made = made(3, Options::default()).await;
    made.heads.clear();
    made.without_tree();
    let path = &made.segments()[0];
    let cases: [(&[u64], &[Fault]); 5] = [
        (&[0, 1, 2, 3], &[]),
        (&[0, 1, 3, 4], &[Fault::Dropped { position: 2 }]),
        (&[0, 1, 2, 2, 3], &[Fault::Inserted { position: 2 }]),
        (&[0, 1, 2, 0, 3], &[Fault::Inserted { position: 0 }]),
        (&[1, 2, 3], &[Fault::Dropped { position: 0 }]),
    ];
    for (positions, faults) in cases {
        segment(path, positions.iter().copied(), b"");
        assert_eq!(made.audit().faults, faults, "{positions:?}");
    }
    segment(path, 0..3, b"nothing");
    assert!(matches!(made.audit().faults[..], [Fault::Damaged { position: 1, .. }, ..]), "{:?}", made.audit().faults);
}

#[tokio::test]
async fn a_segment_full_of_bad_places_is_checked_in_little_time() {
    let made = made(3, Options::default()).await;
    segment(&made.segments()[0], (0..200_000).step_by(2), b"nothing");
    let begun = std::time::Instant::now();
    let faults = made.audit().faults;
    assert!(faults.len() > 1_000 && faults.iter().any(|fault| fault.position() == 1), "{}", faults.len());
    assert!(begun.elapsed().as_secs() < 40, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn files_of_the_tree_that_are_far_too_large_are_not_read() {
    let made = made(600, Options::default()).await;
    for name in ["tree/tile/0/001", "tree/edge"] {
        let file = std::fs::File::options().write(true).open(made.dir.path().join(name)).unwrap();
        file.set_len(1 << 40).unwrap();
    }
    let faults = made.audit().faults;
    assert!(matches!(faults[..], [Fault::Tree { position: 256, .. }]), "{faults:?}");
}

#[tokio::test]
async fn records_that_cannot_be_decrypted_are_not_called_cut_off() {
    let options = Options { keys: Keys::new(Key::generate().unwrap(), []), ..Options::default() };
    let made = made(40, options).await;
    let report = made.without_tree().audit();
    assert_eq!((report.faults.as_slice(), report.sealed), (&[][..], 40));
}
