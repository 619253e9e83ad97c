//! The index: lost, damaged, ahead; pages; and that every question goes by an index of SQLite.

use super::*;
use crate::messagelog::{Failure, Reader, Wanted};
use mekong_ledger::Keys;

async fn filled(folder: &Path, exchanges: u32) -> MessageLog {
    let clock = Clock::manual(start());
    let log = MessageLog::open(folder, Config::default(), clock.clone()).await.unwrap();
    for n in 0..exchanges {
        clock.set(start() + Duration::from_secs(u64::from(n)));
        let id = n.to_string();
        let mut request = message(&id, Part::Request);
        let mut response = NewRecord { status: Some([200, 404, 500][n as usize % 3]), ..message(&id, Part::Response) };
        if n % 5 == 0 {
            for record in [&mut request, &mut response] {
                record.side = Side::Provider;
                record.client = MemberId::new("VN", "GOV", "MOJ").subsystem("registry");
            }
        }
        log.record_exchange(request, response).await.unwrap();
    }
    log
}

#[tokio::test]
async fn an_index_that_is_lost_or_damaged_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let log = filled(folder.path(), 1500).await;
    let expected = log.recent(10_000).await.unwrap();
    assert_eq!(expected.len(), 3000);
    log.close().await.unwrap();
    drop(log);
    let index = folder.path().join("index.db");
    let break_it: [&dyn Fn(); 4] = [
        &|| std::fs::remove_file(&index).unwrap(),
        &|| std::fs::write(&index, b"this is no database, and long enough to be looked at as one").unwrap(),
        &|| {
            // Beyond the first pages, so that it is found by the one who asks.
            let mut bytes = std::fs::read(&index).unwrap();
            let from = bytes.len() / 4;
            bytes[from..].iter_mut().for_each(|byte| *byte = 0xa5);
            std::fs::write(&index, bytes).unwrap();
        },
        &|| std::fs::write(&index, b"").unwrap(),
    ];
    for (n, break_it) in break_it.into_iter().enumerate() {
        break_it();
        let log = open(folder.path()).await;
        assert_eq!(log.find("1499").await.unwrap().len(), 2, "case {n}");
        assert_eq!(log.find("7").await.unwrap().len(), 2, "case {n}");
        assert!(log.recent(10_000).await.unwrap() == expected, "case {n}");
        assert_eq!(log.statistics().await.unwrap().messages, 3000, "case {n}");
        log.close().await.unwrap();
    }
}

/// Whoever finds the damage: lists, a request that may be a repeat, what archives.
#[tokio::test]
async fn damage_that_any_question_finds_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let log = filled(folder.path(), 1500).await;
    log.close().await.unwrap();
    drop(log);
    let index = folder.path().join("index.db");
    let bytes = std::fs::read(&index).unwrap();
    let everything = Wanted { client: Some("VN/GOV/MOJ/registry".to_owned()), ..Wanted::default() };
    for question in ["search", "latencies", "claim"] {
        let mut broken = bytes.clone();
        // Beyond the first pages, which an opening reads.
        let from = broken.len() / 4;
        broken[from..].iter_mut().for_each(|byte| *byte = 0xa5);
        std::fs::write(&index, broken).unwrap();
        let log = open(folder.path()).await;
        let client = MemberId::new("VN", "GOV", "MOJ").subsystem("registry");
        let mut failures = 0;
        loop {
            let is_answered = match question {
                "search" => log.search(&everything, None, 1000).await.is_ok_and(|page| page.records.len() == 600),
                "latencies" => log.latencies(1000).await.is_ok(),
                _ => log.claim(&client, "5").await.is_ok(),
            };
            if is_answered {
                break;
            }
            failures += 1;
            assert!(failures < 500, "{question}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(log.find("7").await.unwrap().len(), 2, "{question}");
        log.close().await.unwrap();
    }
}

#[tokio::test]
async fn an_index_that_is_ahead_of_its_ledger_is_made_anew() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (short, long) = (filled(old.path(), 2).await, filled(new.path(), 9).await);
    short.close().await.unwrap();
    long.close().await.unwrap();
    drop((short, long));
    std::fs::copy(new.path().join("index.db"), old.path().join("index.db")).unwrap();
    let log = open(old.path()).await;
    assert_eq!(log.recent(100).await.unwrap().len(), 4);
    assert!(log.find("8").await.unwrap().is_empty());
}

#[tokio::test]
async fn pages_have_everything_once_and_only_what_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let log = filled(folder.path(), 400).await;
    let all = log.recent(10_000).await.unwrap();
    let client = Some("VN/GOV/MOJ/registry".to_owned());
    let at = |n: u64| Some(start() + Duration::from_secs(n));
    for wanted in [
        Wanted::default(),
        Wanted { client: client.clone(), ..Wanted::default() },
        Wanted { client: Some("VN/GOV/MOJ/nothing".to_owned()), ..Wanted::default() },
        Wanted { service: Some("VN/GOV/MPS/population/persons".to_owned()), ..Wanted::default() },
        Wanted { side: Some(Side::Provider), status_min: Some(400), ..Wanted::default() },
        Wanted { since: at(100), until: at(300), ..Wanted::default() },
        Wanted { since: at(399), ..Wanted::default() },
        Wanted { since: at(400), ..Wanted::default() },
        Wanted { until: at(0), ..Wanted::default() },
    ] {
        let (mut found, mut before, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = log.search(&wanted, before, 30).await.unwrap();
            found.extend(page.records);
            pages += 1;
            before = page.next;
            if before.is_none() || pages > 100 {
                break;
            }
        }
        let takes = |record: &&crate::messagelog::Record| {
            let rows = wanted.side.is_none_or(|side| side == record.side)
                && wanted.client.as_ref().is_none_or(|client| *client == record.client)
                && wanted.service.as_ref().is_none_or(|service| *service == record.service)
                && wanted.since.is_none_or(|since| record.recorded_at >= since)
                && wanted.until.is_none_or(|until| record.recorded_at < until);
            let status = [200, 404, 500][record.message_id.parse::<usize>().unwrap() % 3];
            rows && wanted.status_min.is_none_or(|least| status >= least)
        };
        let expected: Vec<_> = all.iter().filter(takes).cloned().collect();
        assert!(found == expected, "{wanted:?}: {} found, {} wanted", found.len(), expected.len());
        assert!(pages <= 1 + expected.len().div_ceil(60) + 1, "{wanted:?}: {pages} pages");
    }
}

#[tokio::test]
async fn what_failed_is_found_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let log = filled(folder.path(), 5).await;
    let request = log.record(message("lost", Part::Request)).await.unwrap();
    let code = "server.serverproxy.access_denied";
    let failure = Failure { code: code.to_owned(), detail: Some("a1".to_owned()) };
    log.record_failure(request, "lost", "lost/request", &failure).await.unwrap();
    let wanted = Wanted { status_min: Some(400), ..Wanted::default() };
    let told = async |log: &MessageLog| {
        let found = log.find("lost").await.unwrap();
        assert_eq!(found.iter().map(|record| record.fault.as_deref()).collect::<Vec<_>>(), [Some(code)]);
        let failed = log.search(&wanted, None, 100).await.unwrap().records;
        let failed: Vec<&str> = failed.iter().map(|record| record.message_id.as_str()).collect();
        assert_eq!(failed, ["lost", "4", "4", "2", "2", "1", "1"], "newest first, both messages of what was answered");
        for id in ["lost", "lost/request"] {
            let [told] = log.story(id).await.unwrap().try_into().unwrap();
            assert_eq!(told.failure.map(|(_, failure)| failure), Some(failure.clone()), "{id}");
        }
    };
    told(&log).await;
    log.close().await.unwrap();
    drop(log);
    for is_kept in [true, false] {
        if !is_kept {
            std::fs::remove_file(folder.path().join("index.db")).unwrap();
        }
        let reader = Reader::open(folder.path(), Keys::default(), Clock::manual(start())).await.unwrap();
        let records = reader.search(&wanted, None, 100).await.unwrap().records;
        assert_eq!(records.first().and_then(|record| record.fault.as_deref()), Some(code));
        let [one] = reader.story("lost").await.unwrap().try_into().unwrap();
        assert_eq!(one.failure.map(|(_, failure)| failure.code), Some(code.to_owned()));
        reader.close().await;
        let log = open(folder.path()).await;
        told(&log).await;
        log.close().await.unwrap();
    }
}

/// The gateway ended before it had an answer or a fault: after an hour nobody waits for either.
#[tokio::test]
async fn a_request_without_an_answer_is_among_what_failed_after_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(start());
    let opened = async || MessageLog::open(folder.path(), Config::default(), clock.clone()).await.unwrap();
    let log = opened().await;
    for id in ["answered", "lost", "late"] {
        log.record(message(id, Part::Request)).await.unwrap();
    }
    log.record(message("answered", Part::Response)).await.unwrap();
    // The other side of one that is lost here.
    log.record(NewRecord { side: Side::Provider, ..message("lost", Part::Response) }).await.unwrap();
    log.close().await.unwrap();
    drop(log);
    let wanted = Wanted { status_min: Some(400), ..Wanted::default() };
    let ids = |page: crate::messagelog::Page| -> Vec<String> {
        page.records.into_iter().map(|record| record.message_id).collect()
    };
    for (minutes, found) in [(59, Vec::new()), (61, vec!["lost"])] {
        clock.set(start() + Duration::from_secs(minutes * 60));
        if minutes == 59 {
            let log = opened().await;
            log.record(message("late", Part::Response)).await.unwrap();
            log.close().await.unwrap();
        }
        for is_kept in [true, false] {
            if !is_kept {
                std::fs::remove_file(folder.path().join("index.db")).unwrap();
            }
            let reader = Reader::open(folder.path(), Keys::default(), clock.clone()).await.unwrap();
            assert_eq!(ids(reader.search(&wanted, None, 100).await.unwrap()), found, "{minutes} {is_kept}");
            reader.close().await;
            let log = opened().await;
            assert_eq!(ids(log.search(&wanted, None, 100).await.unwrap()), found, "{minutes} {is_kept}");
            log.close().await.unwrap();
        }
    }
}

#[tokio::test]
async fn no_question_reads_the_whole_table() {
    let folder = tempfile::tempdir().unwrap();
    let log = filled(folder.path(), 3).await;
    let index = log.0.follower.caught_up().await.unwrap();
    for sql in [
        "SELECT x.position FROM bucket b CROSS JOIN exchange x WHERE x.bucket = b.id AND x.message_hash = 5",
        "SELECT e.position FROM bucket b CROSS JOIN exchange e WHERE e.bucket = b.id AND e.request_hash = 5",
        "SELECT e.position FROM exchange e WHERE e.position >= 1 AND e.position < 5 AND NOT EXISTS (SELECT 1 FROM bucket b \
         CROSS JOIN exchange x WHERE b.id >= e.bucket AND x.bucket = b.id AND x.message_hash = e.message_hash)",
        "SELECT first, position FROM stamp WHERE last >= 5 ORDER BY last LIMIT 1",
        "SELECT max(position) FROM exchange WHERE recorded_at = (SELECT max(recorded_at) FROM exchange WHERE recorded_at < 5)",
        "SELECT position FROM exchange WHERE position >= 1 AND position < 5 ORDER BY position DESC LIMIT 5",
        "SELECT position FROM failure WHERE request = 5",
        "SELECT id FROM blob WHERE id > x'00' ORDER BY id LIMIT 5",
    ] {
        let plan = index.plan(sql).await.unwrap();
        let scans = plan.iter().filter(|step| step.starts_with("SCAN") && !step.ends_with("SCAN b"));
        assert_eq!(scans.count(), 0, "{sql}: {plan:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_made_anew_while_messages_flow_misses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    let flowing = tokio::spawn({
        let log = log.clone();
        async move {
            for n in 0..300 {
                let body = Body::Bytes(vec![7; 300_000].into());
                let request = NewRecord { body, ..message(&n.to_string(), Part::Request) };
                log.record(request).await.unwrap();
                log.0.follower.caught_up().await.unwrap();
            }
        }
    });
    while !flowing.is_finished() {
        drop(log.0.follower.begin_anew_held().await);
        // What no record names is removed, by what the index says.
        assert_eq!(log.remove_blobs().await.unwrap(), 0);
    }
    flowing.await.unwrap();
    let index = log.0.follower.caught_up().await.unwrap();
    assert_eq!(index.from(0, 1000).await.unwrap().len(), 300);
    assert_eq!(log.remove_blobs().await.unwrap(), 0);
}
