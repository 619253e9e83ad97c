//! Blobs: put, put again, streamed, encrypted, damaged, removed; and crashes while they are put.

use super::clock;
use mekong_base::Clock;
use mekong_ledger::disk::{SimulatedDisk, Wear};
use mekong_ledger::{BlobId, Blobs, Disk, Key, Keys, LedgerError};
use mekong_store::{Postgres, testing};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

async fn open(folder: &Path, keys: Keys) -> Blobs {
    Blobs::open_files(folder, keys, Disk::real(), clock()).await.unwrap()
}

fn content(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + i / 251) as u8).collect()
}

#[tokio::test]
async fn in_files_content_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    content_comes_back_of_any_length(async |keys| open(&path.join("blobs"), keys).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_postgres_content_comes_back() {
    let Some(server) = testing::Postgres::start() else { return };
    let database = Postgres::open(&server.url()).await.unwrap();
    let open = async |keys: Keys| {
        let name = if format!("{keys:?}") == format!("{:?}", Keys::none()) { "log" } else { "sealed" };
        Blobs::open_postgres(&database, name, keys, clock()).await.unwrap()
    };
    content_comes_back_of_any_length(&open).await;
    let blobs = open(Keys::none()).await;
    let (kept, gone) = (BlobId::of(&content(1)), BlobId::of(&content(65537)));
    assert_eq!(blobs.remove_unreferenced(|_| false).await.unwrap(), 0, "put a moment ago");
    server.sql("UPDATE ledger_blob SET put = put - interval '1 day'");
    blobs.put(content(1).into()).await.unwrap();
    let all: u64 = server.sql("SELECT count(*) FROM ledger_blob WHERE store = 'log'").trim().parse().unwrap();
    assert_eq!(blobs.remove_unreferenced(|_| false).await.unwrap(), all - 1);
    assert!(blobs.contains(&kept).await.unwrap() && !blobs.contains(&gone).await.unwrap());
    assert_eq!(server.sql("SELECT count(*) FROM ledger_blob_chunk WHERE store = 'log'").trim(), "1");
}

async fn content_comes_back_of_any_length(open: impl AsyncFn(Keys) -> Blobs) {
    let folder = tempfile::tempdir().unwrap();
    for keys in [Keys::none(), Keys::new(Key::generate().unwrap(), [])] {
        let blobs = open(keys.clone()).await;
        for len in [0, 1, 65535, 65536, 65537, 131072, 1_000_000] {
            let content = content(len);
            let id = blobs.put(content.clone().into()).await.unwrap();
            assert_eq!(id, BlobId::of(&content));
            assert_eq!(id.to_string().parse::<BlobId>().unwrap(), id);
            let file = folder.path().join("spool");
            let reversed: Vec<_> = content.iter().rev().copied().collect();
            std::fs::write(&file, &reversed).unwrap();
            let other = blobs.put_file(&file).await.unwrap();
            let fresh = open(keys.clone()).await;
            assert_eq!(fresh.get(&id).await.unwrap().unwrap(), content, "{len}");
            assert_eq!(fresh.get(&other).await.unwrap().unwrap(), reversed);
            assert_eq!(fresh.open(&id).await.unwrap().unwrap().len(), len as u64);
        }
        assert_eq!(blobs.get(&BlobId::of(b"other")).await.unwrap(), None);
    }
}

#[tokio::test]
async fn damage_is_noticed_and_keys_are_needed() {
    let folder = tempfile::tempdir().unwrap();
    let key = Key::generate().unwrap();
    let plain = open(folder.path(), Keys::none()).await;
    let sealed = open(folder.path(), Keys::new(key.clone(), [])).await;
    let a = plain.put(b"Khamla lives here".as_slice().into()).await.unwrap();
    let b = sealed.put(b"Khamla lives there".as_slice().into()).await.unwrap();
    assert!(sealed.get(&a).await.unwrap().is_some());
    let error = plain.get(&b).await.unwrap_err();
    assert!(matches!(&error, LedgerError::KeyMissing { key: name, .. } if *name == key.name()), "{error}");
    let path = |id: BlobId| folder.path().join(&id.to_string()[..2]).join(id.to_string());
    assert!(!std::fs::read(path(b)).unwrap().windows(6).any(|bytes| bytes == b"Khamla"));
    for id in [a, b] {
        let mut bytes = std::fs::read(path(id)).unwrap();
        bytes[50] ^= 1;
        std::fs::write(path(id), &bytes).unwrap();
        assert!(matches!(sealed.get(&id).await, Err(LedgerError::BlobDamaged { .. })));
        bytes.truncate(47);
        std::fs::write(path(id), bytes).unwrap();
        assert!(matches!(sealed.get(&id).await, Err(LedgerError::BlobDamaged { .. })));
    }
}

#[tokio::test]
async fn what_no_record_names_goes() {
    let folder = tempfile::tempdir().unwrap();
    let clock: Clock = clock();
    let blobs = Blobs::open_files(folder.path(), Keys::none(), Disk::real(), clock.clone()).await.unwrap();
    let mut ids = BTreeSet::new();
    for i in 0..20 {
        ids.insert(blobs.put(content(i).into()).await.unwrap());
    }
    assert_eq!(blobs.remove_unreferenced(|_| false).await.unwrap(), 0, "put a moment ago");
    clock.set(clock.now() + Duration::from_secs(100));
    let kept = *ids.first().unwrap();
    let again = blobs.put(content(5).into()).await.unwrap();
    assert_eq!(
        blobs.remove_unreferenced(|id| *id == kept).await.unwrap(),
        20 - BTreeSet::from([kept, again]).len() as u64
    );
    assert!(blobs.contains(&kept).await.unwrap() && blobs.contains(&again).await.unwrap());
    let gone = *ids.iter().find(|id| **id != kept && **id != again).unwrap();
    assert!(!blobs.contains(&gone).await.unwrap());
    for i in 0..20 {
        blobs.put(content(i).into()).await.unwrap();
    }
    assert!(blobs.contains(&gone).await.unwrap(), "what was removed can be put again");
}

#[tokio::test]
async fn crashes_lose_nothing_that_was_put() {
    for seed in 0..500 {
        let disk = SimulatedDisk::new(seed);
        disk.set_wear(Wear { crash_after: Some(seed % 97), ..Wear::default() });
        let mut put = Vec::new();
        if let Ok(blobs) = Blobs::open_files("/blobs", Keys::none(), disk.clone().into(), clock()).await {
            for i in 0..10 {
                put.extend(blobs.put(content(i * 100).into()).await.ok());
            }
        }
        disk.restart();
        let blobs = Blobs::open_files("/blobs", Keys::none(), disk.clone().into(), clock()).await.unwrap();
        for i in 0..10 {
            let found = blobs.get(&BlobId::of(&content(i * 100))).await.unwrap();
            assert!(found.is_some() || !put.contains(&BlobId::of(&content(i * 100))), "seed {seed}");
        }
    }
}
