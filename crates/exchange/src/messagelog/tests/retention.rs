//! What is archived and old is removed, with its blobs; what is known from it stays known.

use super::authority::Authority;
use super::bodies::body_files;
use super::*;
use crate::messagelog::{ArchiveConfig, MessageLogError};
use mekong_base::limits::ContainerLimits;
use mekong_ledger::Options;
use mekong_message::evidence::archive;

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn opened(folder: &Path, clock: &Clock, authority: &Authority) -> MessageLog {
    let archive = Some(ArchiveConfig::in_folder(folder.join("archives")));
    let config = Config { interval: 1000 * DAY, retry: 1000 * DAY, archive, ..Config::default() };
    let options = Options { segment_bytes: 1 << 20, ..Options::default() };
    let log = MessageLog::open_with(folder.join("log"), config, options, clock.clone()).await.unwrap();
    log.start_stamping(authority.stamp());
    log
}

/// Records exchanges of a mebibyte together, with bodies of their own.
async fn record(log: &MessageLog, authority: &Authority, from: u32) {
    for n in from..from + 100 {
        let id = n.to_string();
        let body = n.to_be_bytes().repeat(if n % 50 == 0 { 80_000 } else { 4_000 });
        let answer = authority.signed(&id, Part::Response, Some(body));
        log.record_exchange(authority.signed(&id, Part::Request, None), answer).await.unwrap();
    }
}

#[tokio::test]
async fn records_go_when_they_are_archived_and_old_and_nothing_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(start());
    let authority = Authority::start(clock.clone()).await;
    let log = opened(folder.path(), &clock, &authority).await;
    record(&log, &authority, 0).await;
    log.stamp_now().await.unwrap();
    clock.set(start() + 40 * DAY);
    log.remove_old().await.unwrap();
    assert_eq!(log.find("0").await.unwrap().len(), 2, "old, but not archived");
    let first = log.archive_now().await.unwrap();
    record(&log, &authority, 100).await;
    log.remove_old().await.unwrap();
    log.remove_blobs().await.unwrap();
    let missing = log.export("0", Part::Request).await.unwrap_err();
    assert!(matches!(missing, MessageLogError::NotFound { .. }), "{missing}");
    assert!(log.find("0").await.unwrap().is_empty() && log.numbered(1).await.unwrap().is_none());
    assert_eq!(log.find("100").await.unwrap().len(), 2, "not archived");
    log.stamp_now().await.unwrap();
    log.export("100", Part::Response).await.unwrap();
    let before = log.statistics().await.unwrap();
    assert_eq!((before.messages, before.waiting), (400, 0), "what was removed is counted");
    let large: usize = body_files(folder.path().join("log").as_path())
        .iter()
        .filter(|path| std::fs::metadata(path).unwrap().len() > 200_000)
        .count();
    assert_eq!(large, 2, "of the records that are left");
    log.close().await.unwrap();
    drop(log);

    std::fs::remove_file(folder.path().join("log/index.db")).unwrap();
    let log = opened(folder.path(), &clock, &authority).await;
    assert_eq!(log.statistics().await.unwrap(), before, "an index made anew knows it too");
    let second = log.archive_now().await.unwrap();
    let mut last = String::new();
    for file in first.files.iter().chain(&second.files) {
        let bytes = std::fs::read(folder.path().join("archives").join(file)).unwrap();
        let verdict = archive::verify(&bytes, &ContainerLimits::default(), Some(&last), None);
        last = verdict.last_digest.unwrap_or_else(|| panic!("{file}: {}", verdict.verdict.detail));
    }
    assert_eq!(first.containers + second.containers, 400);
}
