//! Bodies: small ones in the record, large ones beside the ledger, some not kept at all, and files that are damaged.

use super::*;
use crate::messagelog::{KeepBodies, LoggedBody, MessageLogError};
use std::path::PathBuf;

pub(super) fn body_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder.join("blobs")).unwrap() {
        let folder = entry.unwrap().path();
        // Names of two digits; the other folder has what is being written.
        if folder.file_name().is_some_and(|name| name.len() == 2) {
            files.extend(std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    files
}

/// Files of large bodies; what signatures share is small.
fn large_files(folder: &Path) -> usize {
    body_files(folder).iter().filter(|path| std::fs::metadata(path).unwrap().len() > 100_000).count()
}

fn with_body(message_id: &str, body: Body) -> NewRecord {
    NewRecord { body, ..message(message_id, Part::Response) }
}

/// The body of an answer, read back from the log; a large one too.
pub(super) async fn stored_body(log: &MessageLog, id: i64) -> Result<LoggedBody, MessageLogError> {
    let record = log.0.ledger.get((id.unsigned_abs() - 1) / 2).await.unwrap().unwrap();
    let messages = crate::messagelog::export::read(&record)?;
    let message = messages.part(Part::Response).unwrap();
    match log.source().logged(&record, Part::Response, message).await?.body {
        large @ LoggedBody::Large(_) => Ok(LoggedBody::Bytes(large.whole().await?.unwrap())),
        body => Ok(body),
    }
}

#[tokio::test]
async fn large_bodies_become_files_wherever_they_come_from() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    let large: Vec<u8> = (0..3_000_000u32).map(|n| n as u8).collect();
    let spool = folder.path().join("spool");
    std::fs::write(&spool, &large).unwrap();
    let small = log.record(with_body("small", Body::Bytes(Bytes::from_static(b"{}")))).await.unwrap();
    let memory = log.record(with_body("memory", Body::Bytes(large.clone().into()))).await.unwrap();
    let file = log.record(with_body("file", Body::File(spool.clone()))).await.unwrap();
    assert_eq!(large_files(folder.path()), 1, "the same content is kept once");
    for id in [memory, file] {
        assert!(matches!(stored_body(&log, id).await.unwrap(), LoggedBody::Bytes(bytes) if bytes == large));
    }
    assert_eq!(stored_body(&log, small).await.unwrap(), LoggedBody::Bytes(Bytes::from_static(b"{}")));
    assert!(spool.exists(), "the spool file is the caller's");
    let sizes: Vec<_> = log.recent(3).await.unwrap().iter().map(|r| (r.id, r.body_size)).collect();
    assert_eq!(sizes, [(file, 3_000_000), (memory, 3_000_000), (small, 2)]);
}

#[tokio::test]
async fn a_torn_or_missing_body_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    let id = log.record(with_body("a", Body::Bytes(vec![7; 1_000_000].into()))).await.unwrap();
    let path = body_files(folder.path()).remove(0);
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[500_000] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let error = stored_body(&log, id).await.unwrap_err().to_string();
    assert!(error.contains("the body of record 2 is damaged") && error.contains(&name), "{error}");
    std::fs::remove_file(&path).unwrap();
    let error = stored_body(&log, id).await.unwrap_err().to_string();
    assert!(error.contains("is missing") && error.contains("backup") && error.contains(&name), "{error}");
}

#[tokio::test]
async fn a_spool_file_that_is_gone_records_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(start());
    let log = MessageLog::open(folder.path(), Config::default(), clock.clone()).await.unwrap();
    let gone = Body::File(folder.path().join("gone"));
    let first = NewRecord { body: Body::Bytes(vec![7; 1_000_000].into()), ..message("a", Part::Request) };
    let error = log.record_exchange(first, with_body("a", gone)).await.unwrap_err();
    assert!(error.to_string().contains("gone"), "{error}");
    assert!(log.recent(1).await.unwrap().is_empty());
    clock.set(start() + Duration::from_secs(120));
    assert_eq!(log.remove_blobs().await.unwrap(), 1, "no body without a record");
    assert!(body_files(folder.path()).is_empty());
}

#[tokio::test]
async fn a_body_whose_record_was_lost_in_a_crash_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(start());
    let log = MessageLog::open(folder.path(), Config::default(), clock.clone()).await.unwrap();
    log.record(with_body("a", Body::Bytes(vec![7; 1_000_000].into()))).await.unwrap();
    let kept = body_files(folder.path()).remove(0);
    log.0.blobs.put(vec![8; 1_000_000].into()).await.unwrap();
    log.close().await.unwrap();
    drop(log);
    clock.set(start() + Duration::from_secs(3600));
    let log = MessageLog::open(folder.path(), Config::default(), clock.clone()).await.unwrap();
    assert_eq!(log.remove_blobs().await.unwrap(), 1);
    assert_eq!(body_files(folder.path()), [kept]);
}

#[tokio::test]
async fn bodies_are_left_out_by_subsystem_and_by_size() {
    let provider = message("a", Part::Request).service.provider;
    for (bodies, body_max, kept) in [
        (KeepBodies { all: true, except: [].into() }, None, [true, true]),
        (KeepBodies { all: true, except: [provider.clone()].into() }, None, [false, false]),
        (KeepBodies { all: false, except: [].into() }, None, [false, false]),
        (KeepBodies { all: false, except: [provider].into() }, Some(10), [true, false]),
        (KeepBodies::default(), Some(1_000_000), [true, true]),
        (KeepBodies::default(), Some(999_999), [true, false]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { bodies, body_max, ..Config::default() };
        let log = MessageLog::open(folder.path(), config, Clock::manual(start())).await.unwrap();
        for (size, kept) in [2, 1_000_000].into_iter().zip(kept) {
            let id = log.record(with_body("a", Body::Bytes(vec![7; size].into()))).await.unwrap();
            let expected = match kept {
                true => LoggedBody::Bytes(vec![7; size].into()),
                false => LoggedBody::LeftOut { size: size as u64 },
            };
            assert_eq!(stored_body(&log, id).await.unwrap(), expected, "{:?}", log.0.config);
            assert_eq!(log.recent(1).await.unwrap()[0].body_size, size as u64, "its size is known");
        }
        assert_eq!(large_files(folder.path()), usize::from(kept[1]));
    }
}
