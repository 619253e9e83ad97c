//! Bodies: small ones in the row, large ones in files, and files that are damaged.

use super::*;
use std::path::PathBuf;

pub(super) fn body_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder.join("bodies")).unwrap() {
        files.extend(std::fs::read_dir(entry.unwrap().path()).unwrap().map(|e| e.unwrap().path()));
    }
    files
}

fn with_body(message_id: &str, body: Body) -> NewRecord {
    NewRecord { body, ..message(message_id, Part::Response) }
}

async fn stored_body(log: &MessageLog, id: i64) -> Result<Vec<u8>, crate::messagelog::MessageLogError> {
    let row: (String, Vec<u8>) = sqlx::query_as("SELECT body_file, body_digest FROM message WHERE id = $1")
        .bind(id)
        .fetch_one(log.0.database.reader())
        .await
        .unwrap();
    log.0.bodies.read(id, &row.0, &row.1)
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
    assert_eq!(body_files(folder.path()).len(), 2);
    assert_eq!(stored_body(&log, memory).await.unwrap(), large);
    assert_eq!(stored_body(&log, file).await.unwrap(), large);
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
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(999_999).unwrap();
    let error = stored_body(&log, id).await.unwrap_err().to_string();
    assert!(error.contains("999999 bytes and another digest") && error.contains(path.to_str().unwrap()), "{error}");
    std::fs::remove_file(&path).unwrap();
    let error = stored_body(&log, id).await.unwrap_err().to_string();
    assert!(error.contains("is missing") && error.contains("backup"), "{error}");
}

#[tokio::test]
async fn a_spool_file_that_is_gone_records_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    let gone = Body::File(folder.path().join("gone"));
    let first = NewRecord { body: Body::Bytes(vec![7; 1_000_000].into()), ..message("a", Part::Request) };
    let error = log.record_exchange(first, with_body("a", gone)).await.unwrap_err();
    assert!(error.to_string().contains("gone"), "{error}");
    assert!(log.recent(1).await.unwrap().is_empty());
    assert!(body_files(folder.path()).is_empty(), "no body without a record");
}

#[tokio::test]
async fn a_body_whose_record_was_lost_in_a_crash_is_removed_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    log.record(with_body("a", Body::Bytes(vec![7; 1_000_000].into()))).await.unwrap();
    log.close().await.unwrap();
    let kept = body_files(folder.path()).remove(0);
    let lost = kept.with_file_name("00000000000000000000000000000000");
    std::fs::create_dir_all(folder.path().join("bodies/00")).unwrap();
    std::fs::write(folder.path().join("bodies/00").join(lost.file_name().unwrap()), "x").unwrap();
    std::fs::write(folder.path().join("bodies/00/0011.partial"), "x").unwrap();
    let _log = open(folder.path()).await;
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if body_files(folder.path()).len() == 1 {
            break;
        }
    }
    assert_eq!(body_files(folder.path()), [kept]);
}
