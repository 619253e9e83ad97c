//! Real files: appended, read, reopened, sealed, proved, damaged, locked.

use super::{clock, record};
use mekong_ledger::{Disk, Key, Keys, Ledger, LedgerError, Options};
use std::path::Path;
use std::time::Duration;

fn small() -> Options {
    Options { segment_bytes: 4096, ahead_bytes: 1024, ..Options::default() }
}

async fn open(folder: &Path, options: Options) -> Result<Ledger, LedgerError> {
    Ledger::open_files(folder, options, Disk::real(), clock()).await
}

fn segments(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder.join("segments")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[tokio::test]
async fn one_process_has_it_open() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path(), small()).await.unwrap();
    ledger.append(vec![record("x")]).await.unwrap();
    let refused = open(folder.path(), small()).await.unwrap_err();
    assert!(matches!(&refused, LedgerError::Locked { .. }), "{refused}");
    let patient = Options { wait_for_lock: Duration::from_secs(10), ..small() };
    let path = folder.path().to_owned();
    let waiting = tokio::spawn(async move { open(&path, patient).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    ledger.close().await;
    assert_eq!(waiting.await.unwrap().unwrap().end(), 1);
}

#[tokio::test]
async fn damage_is_named_and_a_torn_tail_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { ahead_bytes: 1024, ..Options::default() };
    let ledger = open(folder.path(), options.clone()).await.unwrap();
    for i in 0..10 {
        ledger.append(vec![record(&format!("record {i}"))]).await.unwrap();
    }
    drop(ledger);
    let path = segments(folder.path()).remove(0);
    let whole = std::fs::read(&path).unwrap();
    let frame = 52 + "record 0".len();
    let flip = |record: usize| {
        let mut bytes = whole.clone();
        bytes[128 + frame * record + 55] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    };
    let patient = Options { wait_for_lock: Duration::from_secs(5), ..options };
    flip(4);
    let error = open(folder.path(), patient.clone()).await.unwrap_err();
    let LedgerError::Damaged { place, offset, position, .. } = &error else { panic!("{error}") };
    assert_eq!((place.as_str(), *offset, *position), (path.to_str().unwrap(), (128 + frame * 4) as u64, 4));
    // Nobody can tell the last record from one that was never acknowledged, unless the tree has it.
    std::fs::remove_file(folder.path().join("tree/edge")).unwrap_or_default();
    flip(9);
    let ledger = open(folder.path(), patient.clone()).await.unwrap();
    assert_eq!(ledger.end(), 9);
    assert_eq!(ledger.append(vec![record("again")]).await.unwrap(), 9);
    ledger.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[128 + frame * 9 + 55] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let error = open(folder.path(), patient).await.unwrap_err();
    assert!(error.to_string().contains("the tree has 10 records"), "{error}");
}

#[tokio::test]
async fn tiles_are_made_again_and_old_records_go() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path(), small()).await.unwrap();
    for _ in 0..20 {
        ledger.append(vec![record("some record"); 50]).await.unwrap();
    }
    let root = ledger.root(1000).await.unwrap();
    ledger.close().await;
    std::fs::remove_dir_all(folder.path().join("tree/tile/0")).unwrap();
    let ledger = open(folder.path(), small()).await.unwrap();
    assert_eq!(ledger.root(1000).await.unwrap(), root);
    let tile = ledger.tile(0, 2, 256).await.unwrap().unwrap();
    assert_eq!(tile[7], ledger.entry(2 * 256 + 7).await.unwrap().unwrap().leaf());
    assert_eq!(ledger.tile(0, 3, 232).await.unwrap().unwrap().len(), 232);
    assert_eq!(ledger.tile(0, 3, 233).await.unwrap(), None);
    let before = ledger.inclusion(600, 1000).await.unwrap();
    let first = ledger.remove_before(700).await.unwrap();
    assert!(first > 500 && first <= 700, "{first}");
    assert_eq!((ledger.first(), ledger.get(first - 1).await.unwrap()), (first, None));
    assert_eq!(ledger.read(0, 1, usize::MAX).await.unwrap()[0].position, first);
    assert_eq!(ledger.inclusion(600, 1000).await.unwrap(), before);
    ledger.close().await;
    let ledger = open(folder.path(), small()).await.unwrap();
    assert_eq!((ledger.first(), ledger.end()), (first, 1000));
    assert_eq!(ledger.inclusion(600, 1000).await.unwrap(), before);
}

#[tokio::test]
async fn at_rest_nothing_is_to_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (Key::generate().unwrap(), Key::generate().unwrap());
    let with = |keys| Options { keys, ..small() };
    let secret = "Khamla lives in Vientiane".repeat(10);
    let ledger = open(folder.path(), with(Keys::new(old.clone(), []))).await.unwrap();
    for _ in 0..20 {
        ledger.append(vec![record(&secret)]).await.unwrap();
    }
    let root = ledger.root(20).await.unwrap();
    ledger.close().await;
    let error = open(folder.path(), with(Keys::new(new.clone(), []))).await.unwrap_err();
    assert!(matches!(&error, LedgerError::KeyMissing { key, .. } if *key == old.name()), "{error}");
    let ledger = open(folder.path(), with(Keys::new(new.clone(), [old.clone()]))).await.unwrap();
    for _ in 0..40 {
        ledger.append(vec![record(&secret)]).await.unwrap();
    }
    assert_eq!(ledger.root(20).await.unwrap(), root);
    assert_eq!(ledger.get(0).await.unwrap().unwrap().payload, secret.as_bytes());
    assert_eq!(ledger.get(59).await.unwrap().unwrap().payload, secret.as_bytes());
    ledger.close().await;
    for path in segments(folder.path()) {
        let bytes = std::fs::read(path).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"Khamla"));
    }
    let ledger = open(folder.path(), with(Keys::new(new, []))).await.unwrap();
    assert!(matches!(ledger.get(0).await, Err(LedgerError::KeyMissing { .. })));
    assert!(ledger.get(59).await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_refused_as_damaged_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path(), Options::default()).await.unwrap();
    ledger.append(vec![record("one"), record("two")]).await.unwrap();
    ledger.close().await;
    let path = segments(folder.path()).remove(0);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[128 + 55] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    // A new key begins a new segment in place of an empty one.
    for keys in [Keys::none(), Keys::new(Key::generate().unwrap(), [])] {
        let refused = open(folder.path(), Options { keys, ..Options::default() }).await.unwrap_err();
        assert!(matches!(refused, LedgerError::Damaged { position: 0, .. }), "{refused}");
        assert!(std::fs::read(&path).unwrap() == bytes);
    }
}

#[tokio::test]
async fn a_key_that_is_new_encrypts_the_next_record() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (Key::generate().unwrap(), Key::generate().unwrap());
    let in_clear = |word: &[u8]| {
        segments(folder.path()).iter().any(|path| std::fs::read(path).unwrap().windows(word.len()).any(|w| w == word))
    };
    open(folder.path(), Options::default()).await.unwrap().close().await;
    for (keys, word) in [
        (Keys::new(one.clone(), []), "Savannakhet"),
        (Keys::reading([one.clone()]), "Vientiane"),
        (Keys::new(one.clone(), []), "Pakse"),
        (Keys::new(other.clone(), [one.clone()]), "Thakhek"),
    ] {
        let is_clear = word == "Vientiane";

        let ledger = open(folder.path(), Options { keys, ..Options::default() }).await.unwrap();
        ledger.append(vec![record(word), record(word)]).await.unwrap();
        ledger.close().await;
        assert_eq!(in_clear(word.as_bytes()), is_clear, "{word}");
    }
    let keys = Keys::new(other, [one]);
    let ledger = open(folder.path(), Options { keys, ..Options::default() }).await.unwrap();
    let read = ledger.read(0, 100, usize::MAX).await.unwrap();
    let words: Vec<_> = read.iter().map(|record| String::from_utf8_lossy(&record.payload).into_owned()).collect();
    assert_eq!(words.join(" "), "Savannakhet Savannakhet Vientiane Vientiane Pakse Pakse Thakhek Thakhek");
}
