//! Reading a log beside the one who writes it.

use super::authority::Authority;
use super::*;
use crate::messagelog::index::Index;
use crate::messagelog::{MessageLogError, Page, Reader, Wanted};
use mekong_ledger::Keys;

async fn reader(folder: &Path) -> Reader {
    Reader::open(folder, Keys::default(), Clock::manual(start())).await.unwrap()
}

async fn record(log: &MessageLog, id: &str) -> (i64, i64) {
    log.record_exchange(message(id, Part::Request), message(id, Part::Response)).await.unwrap()
}

async fn positions(reader: &Reader, id: &str) -> Vec<u64> {
    reader.story(id).await.unwrap().iter().map(|told| told.position).collect()
}

#[tokio::test]
async fn a_reader_knows_where_an_id_is_in_the_index_and_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    assert!(positions(&reader(folder.path()).await, "7").await.is_empty(), "there is no log yet");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "and none is made");
    let log = open(folder.path()).await;
    for n in 0..20 {
        record(&log, &n.to_string()).await;
    }
    log.0.follower.caught_up().await.unwrap();
    // An id that is used again; the index may have these or not.
    for part in [Part::Request, Part::Response] {
        log.record(message("7", part)).await.unwrap();
    }
    for reader in [reader(folder.path()).await, reader(folder.path()).await.without_index()] {
        for (id, expected) in [("7", vec![7, 20, 21]), ("7/request", vec![7, 20, 21]), ("19", vec![19]), ("", vec![])] {
            assert_eq!(positions(&reader, id).await, expected, "{id}");
            let own: Vec<u64> = log.story(id).await.unwrap().iter().map(|told| told.position).collect();
            assert_eq!(own, expected, "{id}, told by who writes");
        }
        reader.close().await;
    }
    log.close().await.unwrap();
    // An index that is none: the records are read.
    std::fs::write(folder.path().join("index.db"), b"no database, and long enough to be looked at as one").unwrap();
    let reader = reader(folder.path()).await;
    assert_eq!(positions(&reader, "7").await, [7, 20, 21]);
    assert_eq!(reader.find("7").await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_reader_answers_as_the_writer_does_whatever_the_index_has() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    let authority = Authority::start(Clock::manual(start())).await;
    let (request, _) = log
        .record_exchange(authority.signed("0", Part::Request, None), authority.signed("0", Part::Response, None))
        .await
        .unwrap();
    let (index, copy) = (folder.path().join("index.db"), folder.path().join("copy.db"));
    match log.0.follower.caught_up().await.unwrap() {
        Index::Sqlite(index) => index.database.backup(&copy).await.unwrap(),
        Index::Memory(_) => panic!("it is in a file"),
    }
    for n in 1..30 {
        record(&log, &n.to_string()).await;
    }
    log.start_stamping(authority.stamp());
    log.stamp_now().await.unwrap();
    let evidence = log.export_record(request).await.unwrap();
    let newest = log.recent(1000).await.unwrap();
    log.close().await.unwrap();
    // With all of the index, with the beginning of it, without.
    for keep in ["all", "beginning", "nothing"] {
        match keep {
            "beginning" => std::fs::rename(&copy, &index).unwrap(),
            "nothing" => std::fs::remove_file(&index).unwrap(),
            _ => {}
        }
        let reader = reader(folder.path()).await;
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let Page { records, next } = reader.search(&Wanted::default(), before, 7).await.unwrap();
            found.extend(records);
            before = next;
            if before.is_none() {
                break;
            }
        }
        assert!(found == newest, "{keep}");
        assert_eq!(reader.find("0").await.unwrap().len(), 2, "{keep}");
        assert_eq!(reader.numbered(request).await.unwrap().map(|record| record.id), Some(request), "{keep}");
        assert_eq!(reader.export_record(request).await.unwrap(), evidence, "{keep}");
        assert!(matches!(reader.export_record(9999).await, Err(MessageLogError::NoRecord { .. })), "{keep}");
        reader.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_records_as_they_come_and_the_writer_never_notices() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    let writing = tokio::spawn({
        let log = log.clone();
        async move {
            for n in 0..600 {
                record(&log, &n.to_string()).await;
            }
        }
    });
    let mut seen = 0;
    while !writing.is_finished() {
        let acknowledged = log.ledger().end();
        let reader = reader(folder.path()).await;
        let page = reader.search(&Wanted::default(), None, 10_000).await.unwrap();
        let exchanges = page.records.len() as u64 / 2;
        assert!(exchanges >= acknowledged, "{exchanges} of {acknowledged} that were acknowledged before");
        assert!(exchanges >= seen, "what was seen is gone: {exchanges} after {seen}");
        let ids: Vec<u64> = page.records.iter().step_by(2).map(|record| record.message_id.parse().unwrap()).collect();
        assert_eq!(ids, (0..exchanges).rev().collect::<Vec<_>>());
        if let Some(newest) = ids.first() {
            assert_eq!(positions(&reader, &newest.to_string()).await, [*newest]);
        }
        seen = exchanges;
        reader.close().await;
    }
    writing.await.unwrap();
    log.close().await.unwrap();
    // The writer opens again without anything to mend.
    let log = open(folder.path()).await;
    assert_eq!(log.ledger().end(), 600);
    assert_eq!(log.statistics().await.unwrap().messages, 1200);
}
