//! Requests that come a second time.

use super::*;
use crate::messagelog::{Claim, LoggedBody};
use mekong_base::ClientId;

fn asked(request_id: &str, part: Part) -> NewRecord {
    NewRecord { request_id: request_id.to_owned(), side: Side::Provider, ..message("m", part) }
}

fn client() -> ClientId {
    message("m", Part::Request).client
}

#[tokio::test]
async fn a_repeated_request_is_known_with_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    assert!(log.seen(&client(), "r1").await.unwrap().is_none());
    let request = NewRecord { body: Body::Bytes(vec![8; 400_000].into()), ..asked("r1", Part::Request) };
    log.record(request.clone()).await.unwrap();
    let seen = log.seen(&client(), "r1").await.unwrap().unwrap();
    assert_eq!(seen.request.as_ref().unwrap().message, request.message);
    assert_eq!(seen.answer, None, "the service is called, or was when the gateway died");
    let body = Body::Bytes(vec![7; 400_000].into());
    let answer = NewRecord { body, ..asked("r1", Part::Response) };
    log.record(answer.clone()).await.unwrap();
    for indexed in [false, true] {
        if indexed {
            assert_eq!(log.recent(9).await.unwrap().len(), 2);
        }
        let seen = log.seen(&client(), "r1").await.unwrap().unwrap();
        let found = seen.answer.unwrap();
        assert_eq!((&found.message, found.status), (&answer.message, Some(200)));
        assert_eq!(found.signature, answer.signature);
        assert!(matches!(found.body, LoggedBody::Large(_)), "it is not in memory");
        assert_eq!(found.body.whole().await.unwrap().unwrap(), vec![7; 400_000]);
    }
    assert!(log.seen(&client(), "r2").await.unwrap().is_none());
    assert!(log.seen(&MemberId::new("LA", "GOV", "MOHA").subsystem("other"), "r1").await.unwrap().is_none());
    let own = NewRecord { side: Side::Consumer, ..asked("r3", Part::Request) };
    log.record(own).await.unwrap();
    assert!(log.seen(&client(), "r3").await.unwrap().is_none(), "what this gateway asked itself is no repeat");
}

#[tokio::test]
async fn repeats_are_known_after_a_restart_for_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(start());
    let log = MessageLog::open(folder.path(), Config::default(), clock.clone()).await.unwrap();
    for n in 0..300 {
        let id = format!("r{n}");
        log.record_exchange(asked(&id, Part::Request), asked(&id, Part::Response)).await.unwrap();
    }
    log.close().await.unwrap();
    drop(log);
    for (hours, known) in [(1, true), (23, true), (25, false)] {
        clock.set(start() + Duration::from_secs(hours * 3600));
        let log = MessageLog::open(folder.path(), Config::default(), clock.clone()).await.unwrap();
        for id in ["r0", "r299"] {
            assert_eq!(log.seen(&client(), id).await.unwrap().is_some(), known, "{id} after {hours} hours");
        }
        assert!(log.seen(&client(), "r300").await.unwrap().is_none());
        log.close().await.unwrap();
    }
}

#[tokio::test]
async fn of_two_that_come_together_one_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    let first = log.claim(&client(), "r1").await.unwrap();
    assert!(matches!(first, Claim::First(_)));
    assert!(matches!(log.claim(&client(), "r1").await.unwrap(), Claim::UnderWay));
    assert!(matches!(log.claim(&client(), "r2").await.unwrap(), Claim::First(_)));
    log.record_exchange(asked("r1", Part::Request), asked("r1", Part::Response)).await.unwrap();
    drop(first);
    match log.claim(&client(), "r1").await.unwrap() {
        Claim::Repeated(seen, _) => assert!(seen.answer.is_some()),
        other => panic!("{other:?}"),
    }
    assert!(matches!(log.claim(&client(), "r2").await.unwrap(), Claim::First(_)), "nothing was logged of it");
}

#[tokio::test]
async fn while_the_index_is_made_anew_repeats_are_not_taken_for_new() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    for id in ["r1", "r2"] {
        log.record_exchange(asked(id, Part::Request), asked(id, Part::Response)).await.unwrap();
    }
    assert_eq!(log.recent(9).await.unwrap().len(), 4, "everything is in the index");
    // The follower has not begun to write the new index yet.
    let held = log.0.follower.begin_anew_held().await;
    let client = client();
    let repeated = tokio::time::timeout(Duration::from_millis(300), log.claim(&client, "r1")).await;
    assert!(repeated.is_err(), "it waits for the index: {repeated:?}");
    assert!(matches!(log.claim(&client, "new").await.unwrap(), Claim::First(_)), "what is new waits for nothing");
    drop(held);
    for id in ["r1", "r2"] {
        match log.claim(&client, id).await.unwrap() {
            Claim::Repeated(seen, _) => assert!(seen.answer.is_some()),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_new_does_not_wait_for_an_index_that_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(start());
    let log = MessageLog::open(folder.path(), Config::default(), clock.clone()).await.unwrap();
    for hour in 0..60_u32 {
        clock.set(start() + Duration::from_secs(3600) * hour);
        let id = format!("r{hour}");
        log.record_exchange(asked(&id, Part::Request), asked(&id, Part::Response)).await.unwrap();
    }
    log.close().await.unwrap();
    let end = log.ledger().end();
    drop(log);
    std::fs::remove_file(folder.path().join("index.db")).unwrap();
    let log = MessageLog::open(folder.path(), Config::default(), clock.clone()).await.unwrap();
    // The filter is filled from the index as far as that goes, which is nowhere, and from the ledger beyond.
    let held = log.0.follower.begin_anew_held().await;
    let repeats = std::sync::Arc::new(super::super::repeats::Repeats::new(Config::default().repeats, end, clock));
    super::super::repeats::fill(std::sync::Arc::clone(&repeats), std::sync::Arc::clone(&log.0.follower)).await;
    let client = client().to_string();
    let known: Vec<bool> = (0..61).map(|hour| repeats.may_have(&client, &format!("r{hour}"))).collect();
    assert!(known[36..60].iter().all(|known| *known), "those of the last day: {known:?}");
    assert!(!known[60] && known[..30].iter().all(|known| !known), "no others: {known:?}");
    drop(held);
}
