//! Recording and finding.

use super::*;
use crate::messagelog::MessageLogError;
use crate::messagelog::story::Search;
use crate::telemetry::{Step, StepTime};

#[tokio::test]
async fn an_exchange_is_found_as_it_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    let (request, response) =
        log.record_exchange(message("a", Part::Request), message("a", Part::Response)).await.unwrap();
    assert_eq!((request, response), (1, 2));
    let found = log.find("a").await.unwrap();
    let expected = message("a", Part::Response);
    assert_eq!(found.iter().map(|r| (r.id, r.part)).collect::<Vec<_>>(), [(1, Part::Request), (2, Part::Response)]);
    let answer = &found[1];
    assert_eq!(answer.client, expected.client.to_string());
    assert_eq!(answer.service, "VN/GOV/MPS/population/persons");
    assert_eq!(answer.peer.as_deref(), Some("VN/GOV/MPS/gateway-1"));
    assert_eq!((answer.status, answer.duration), (Some(200), expected.duration));
    assert_eq!((answer.recorded_at, answer.timestamp_id), (start(), None));
    assert_eq!(log.numbered(2).await.unwrap().as_ref(), Some(answer));
    assert_eq!(log.numbered(3).await.unwrap(), None);
    assert_eq!(log.find("b").await.unwrap(), []);
    assert!(matches!(log.export("b", Part::Request).await, Err(MessageLogError::NotFound { .. })));
    assert!(matches!(log.export("a", Part::Request).await, Err(MessageLogError::NotStamped { id: 1 })));
}

#[tokio::test]
async fn lists_show_the_newest_first_and_latencies_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(start());
    let log = MessageLog::open(folder.path(), Config::default(), clock.clone()).await.unwrap();
    for n in 0..5u64 {
        clock.set(start() + Duration::from_secs(n));
        let duration = Some(Duration::from_millis(n));
        let response = NewRecord { duration, ..message(&n.to_string(), Part::Response) };
        log.record_exchange(message(&n.to_string(), Part::Request), response).await.unwrap();
    }
    let recent = log.recent(3).await.unwrap();
    assert_eq!(recent.iter().map(|r| r.id).collect::<Vec<_>>(), [10, 9, 8]);
    let latencies = log.latencies(2).await.unwrap();
    assert_eq!(latencies.iter().map(|l| l.duration.as_millis()).collect::<Vec<_>>(), [3, 4]);
    let statistics = log.statistics().await.unwrap();
    assert_eq!((statistics.messages, statistics.waiting, statistics.stamped_at), (10, 10, None));
    assert_eq!((statistics.behind, statistics.failing_since), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_exchanges_keep_their_pairs_together() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    let tasks: Vec<_> = (0..200)
        .map(|n: u32| {
            let log = log.clone();
            let id = n.to_string();
            tokio::spawn(async move {
                log.record_exchange(message(&id, Part::Request), message(&id, Part::Response)).await.unwrap()
            })
        })
        .collect();
    for (n, task) in tasks.into_iter().enumerate() {
        let (request, response) = task.await.unwrap();
        let ids: Vec<_> = log.find(&n.to_string()).await.unwrap().iter().map(|r| r.id).collect();
        assert_eq!(ids, [request, response]);
    }
    log.close().await.unwrap();
    assert!(log.record(message("late", Part::Request)).await.is_err());
}

#[tokio::test]
async fn numbers_go_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    for expected in [1, 3, 5] {
        let log = open(folder.path()).await;
        assert_eq!(log.record(message("a", Part::Request)).await.unwrap(), expected);
        log.close().await.unwrap();
    }
}

#[tokio::test]
async fn how_long_steps_took_is_told_where_it_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    let time = |step, micros| StepTime { step, took: Duration::from_micros(micros) };
    let steps = vec![time(Step::Accept, 120), time(Step::Send, 41_000), time(Step::Verify, u64::from(u32::MAX) + 1)];
    let response = NewRecord { steps: steps.clone(), ..message("known", Part::Response) };
    log.record_exchange(message("known", Part::Request), response).await.unwrap();
    log.record(message("unknown", Part::Request)).await.unwrap();
    for (id, expected) in [("known", steps), ("unknown", Vec::new())] {
        let mut search = Search::new(id);
        for record in log.ledger().read(0, 10, 1 << 20).await.unwrap() {
            search.take(&record).unwrap();
        }
        let told: Vec<Vec<StepTime>> = search.end().into_iter().map(|told| told.steps).collect();
        assert_eq!(told, [expected], "{id}");
    }
    // A step that this release does not know, in a record with one.
    let one = vec![time(Step::Answer, 7)];
    log.record(NewRecord { steps: one, ..message("one", Part::Response) }).await.unwrap();
    let mut record = log.ledger().get(2).await.unwrap().unwrap();
    let mut payload = record.payload.to_vec();
    let place = payload.len() - 2;
    assert_eq!(payload[place], Step::Answer as u8);
    payload[place] = 99;
    record.payload = payload.into();
    let refused = Search::new("one").take(&record);
    assert!(
        matches!(&refused, Err(MessageLogError::Record { position: 2, what }) if what.contains("steps")),
        "{refused:?}"
    );
}
