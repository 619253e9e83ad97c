//! What holds for every ledger, whatever keeps it.

use super::{clock, record};
use mekong_ledger::merkle::{leaf_hash, verify_consistency, verify_inclusion};
use mekong_ledger::{Disk, Key, Keys, Ledger, LedgerError, NewRecord, Options};
use mekong_store::{Postgres, testing};
use std::time::Duration;

/// Where a ledger is.
enum Place {
    Folder(tempfile::TempDir),
    Database(Postgres),
}

impl Place {
    async fn open(&self, options: Options) -> Result<Ledger, LedgerError> {
        match self {
            Self::Folder(folder) => Ledger::open_files(folder.path(), options, Disk::real(), clock()).await,
            Self::Database(database) => Ledger::open_postgres(database, "test", options, clock()).await,
        }
    }
}

fn small() -> Options {
    Options { segment_bytes: 4096, ahead_bytes: 1024, ..Options::default() }
}

async fn all(place: impl AsyncFn() -> Place) {
    many_append_and_read_back(place().await).await;
    what_cannot_be_recorded_is_refused(place().await).await;
    old_records_go_and_proofs_stay(place().await).await;
    keys_change(place().await).await;
    a_copy_proves_the_same(place().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_files() {
    all(async || Place::Folder(tempfile::tempdir().unwrap())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_postgres() {
    let Some(server) = testing::Postgres::start() else { return };
    all(async || Place::Database(Postgres::open(&server.database()).await.unwrap())).await;
}

async fn many_append_and_read_back(place: Place) {
    let ledger = place.open(small()).await.unwrap();
    let mut watch = ledger.watch();
    let tasks: Vec<_> = (0..50)
        .map(|task| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                let mut places = Vec::new();
                for i in 0..10 {
                    let texts = [format!("{task} {i} a"), format!("{task} {i} b")];
                    let first = ledger.append(texts.iter().map(|text| record(text)).collect()).await.unwrap();
                    places.push((first, texts));
                }
                places
            })
        })
        .collect();
    let mut expected = vec![String::new(); 1000];
    for task in tasks {
        for (first, texts) in task.await.unwrap() {
            for (i, text) in texts.into_iter().enumerate() {
                expected[first as usize + i] = text;
            }
        }
    }
    assert_eq!(ledger.end(), 1000);
    assert_eq!(*watch.borrow_and_update(), 1000);
    let (root_1000, root_300) = (ledger.root(1000).await.unwrap(), ledger.root(300).await.unwrap());
    for reopened in [false, true] {
        let ledger = if reopened {
            ledger.close().await;
            place.open(small()).await.unwrap()
        } else {
            ledger.clone()
        };
        let all = ledger.read(0, 2000, usize::MAX).await.unwrap();
        let texts: Vec<_> = all.iter().map(|record| String::from_utf8(record.payload.to_vec()).unwrap()).collect();
        assert_eq!(texts, expected);
        for position in [0, 1, 255, 256, 999] {
            let entry = ledger.entry(position).await.unwrap().unwrap();
            assert_eq!(entry.record, all[position as usize]);
            let proof = ledger.inclusion(position, 1000).await.unwrap();
            verify_inclusion(position, 1000, &leaf_hash(&entry.commitment().0), &proof, &root_1000).unwrap();
        }
        assert_eq!(ledger.get(1000).await.unwrap(), None);
        let proof = ledger.consistency(300, 1000).await.unwrap();
        verify_consistency(300, &root_300, 1000, &root_1000, &proof).unwrap();
        assert_eq!(ledger.root(1000).await.unwrap(), root_1000);
        assert_eq!(ledger.read(990, 5, usize::MAX).await.unwrap().len(), 5);
        assert_eq!(ledger.read(0, 100, 1).await.unwrap().len(), 1);
        assert_eq!(ledger.tile(0, 3, 232).await.unwrap().unwrap().len(), 232);
        assert_eq!(ledger.tile(0, 3, 233).await.unwrap(), None);
        let tile = ledger.tile(0, 2, 256).await.unwrap().unwrap();
        assert_eq!(tile[7], ledger.entry(2 * 256 + 7).await.unwrap().unwrap().leaf());
    }
}

async fn what_cannot_be_recorded_is_refused(place: Place) {
    let ledger = place.open(Options { record_max: 10, queue_bytes: 200, ..small() }).await.unwrap();
    assert!(matches!(ledger.append(vec![]).await, Err(LedgerError::Empty)));
    let own = NewRecord { kind: 0, payload: "x".into() };
    assert!(matches!(ledger.append(vec![own]).await, Err(LedgerError::ReservedKind)));
    assert!(matches!(ledger.append(vec![record("12345678901")]).await, Err(LedgerError::TooLarge { .. })));
    assert!(matches!(ledger.append(vec![record("x"); 9]).await, Err(LedgerError::TooLarge { .. })));
    assert!(matches!(ledger.root(1).await, Err(LedgerError::Range(_))));
    assert_eq!(ledger.append(vec![record("")]).await.unwrap(), 0);
    ledger.close().await;
    assert!(matches!(ledger.append(vec![record("x")]).await, Err(LedgerError::Closed)));
}

async fn old_records_go_and_proofs_stay(place: Place) {
    let ledger = place.open(small()).await.unwrap();
    for _ in 0..20 {
        ledger.append(vec![record("some record"); 50]).await.unwrap();
    }
    ledger.root(1000).await.unwrap();
    ledger.close().await;
    let ledger = place.open(small()).await.unwrap();
    let before = ledger.inclusion(600, 1000).await.unwrap();
    let first = ledger.remove_before(700).await.unwrap();
    assert!(first > 500 && first <= 700, "{first}");
    for reopened in [false, true] {
        let ledger = if reopened {
            ledger.close().await;
            place.open(small()).await.unwrap()
        } else {
            ledger.clone()
        };
        assert_eq!((ledger.first(), ledger.end()), (first, 1000));
        assert_eq!(ledger.get(first - 1).await.unwrap(), None);
        assert_eq!(ledger.read(0, 1, usize::MAX).await.unwrap()[0].position, first);
        assert_eq!(ledger.read(0, 1000, usize::MAX).await.unwrap().len() as u64, 1000 - first);
        assert_eq!(ledger.inclusion(600, 1000).await.unwrap(), before);
    }
}

async fn keys_change(place: Place) {
    let (old, new) = (Key::generate().unwrap(), Key::generate().unwrap());
    let with = |keys| Options { keys, wait_for_lock: Duration::from_secs(5), ..small() };
    let ledger = place.open(with(Keys::new(old.clone(), []))).await.unwrap();
    let secret = "Khamla lives in Vientiane".repeat(10);
    for _ in 0..20 {
        ledger.append(vec![record(&secret)]).await.unwrap();
    }
    let root = ledger.root(20).await.unwrap();
    ledger.close().await;
    let ledger = place.open(with(Keys::new(new.clone(), [old.clone()]))).await.unwrap();
    for _ in 0..40 {
        ledger.append(vec![record(&secret)]).await.unwrap();
    }
    assert_eq!(ledger.root(20).await.unwrap(), root);
    assert_eq!(ledger.get(0).await.unwrap().unwrap().payload, secret.as_bytes());
    assert_eq!(ledger.get(59).await.unwrap().unwrap().payload, secret.as_bytes());
    ledger.close().await;
    let ledger = place.open(with(Keys::new(new, []))).await.unwrap();
    let error = ledger.get(0).await.unwrap_err();
    assert!(matches!(&error, LedgerError::KeyMissing { key, .. } if *key == old.name()), "{error}");
    assert!(ledger.get(59).await.unwrap().is_some());
}

async fn a_copy_proves_the_same(place: Place) {
    let ledger = place.open(small()).await.unwrap();
    for i in 0..30 {
        ledger.append(vec![record(&format!("record {i}")); 30]).await.unwrap();
    }
    ledger.root(900).await.unwrap();
    ledger.close().await;
    let ledger = place.open(small()).await.unwrap();
    for removed in [0, 700] {
        ledger.remove_before(removed).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::new(Key::generate().unwrap(), []);
        let options = Options { keys, ..small() };
        let export = || ledger.export(folder.path(), options.clone(), Disk::real(), clock());
        assert_eq!(export().await.unwrap(), 900);
        assert!(matches!(export().await, Err(LedgerError::Unknown { .. })));
        let copy = Ledger::open_files(folder.path(), options.clone(), Disk::real(), clock()).await.unwrap();
        assert_eq!((copy.id(), copy.first(), copy.end()), (ledger.id(), ledger.first(), 900));
        assert_eq!(copy.root(900).await.unwrap(), ledger.root(900).await.unwrap());
        assert_eq!(copy.entries(0, 900, usize::MAX).await.unwrap(), ledger.entries(0, 900, usize::MAX).await.unwrap());
        for position in [3, 800] {
            let (one, other) = (copy.inclusion(position, 900).await, ledger.inclusion(position, 900).await);
            assert_eq!(one.unwrap(), other.unwrap());
        }
        assert_eq!(copy.append(vec![record("more")]).await.unwrap(), 900);
    }
}
