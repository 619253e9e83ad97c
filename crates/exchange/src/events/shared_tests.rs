//! Several gateways of one member on one PostgreSQL: one works at a time, one id is one event.

use super::rules::sight::Sight;
use super::wire::journal::{Entry, Note, Received};
use super::wire::{Batch, CloudEvent, Question, Stored};
use super::{Places, Subscription, SubscriptionSettings, Topic};
use crate::rules::rights::{Grant, Rights, Subject};
use mekong_base::{ClientId, Clock, Instant, MemberId};
use mekong_ledger::Options;
use mekong_store::{Postgres, testing};
use std::time::Duration;

fn publisher() -> ClientId {
    MemberId::new("VN", "GOV", "MPS").subsystem("population")
}

fn follower() -> ClientId {
    MemberId::new("LA", "GOV", "MOHA").subsystem("civil")
}

async fn gateways(url: &str, clock: &Clock) -> [Places; 2] {
    let place = async || Places::postgres(Postgres::open(url).await.unwrap(), Options::default(), clock.clone());
    [place().await, place().await]
}

fn event(id: u32) -> CloudEvent {
    CloudEvent::parse(&format!(r#"{{"specversion":"1.0","id":"{id}","type":"t"}}"#)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_is_one_event_whichever_gateway_takes_it() {
    let Some(server) = testing::Postgres::start() else { return };
    let clock = Clock::manual(Instant::from_unix_seconds(1_800_000_000));
    let [here, there] = gateways(&server.database(), &clock).await;
    let a = Topic::open(&here, &publisher(), "births").await.unwrap();
    let b = Topic::open(&there, &publisher(), "births").await.unwrap();
    for id in 0..20 {
        let (one, other) = tokio::join!(a.publish(event(id), clock.now()), b.publish(event(id), clock.now()));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.position, other.position, "event {id}");
        assert!(!(one.before && other.before));
    }
    let rights = Rights { grants: vec![Grant::service(Subject::Client(follower()), "events")], ..Rights::default() };
    let sight = Sight::of(&rights, "events", &follower(), |_, _| false);
    let stop = tokio::sync::watch::channel(false).1;
    for topic in [&a, &b] {
        let text = topic.answer(&Question::default(), &sight, stop.clone()).await.unwrap();
        let batch = Batch::parse(&text).unwrap();
        let ids: Vec<String> = batch.events.iter().map(|(_, event)| event.id().to_owned()).collect();
        assert!(
            ids.iter().map(String::as_str).eq((0..20)
                .map(|n| n.to_string())
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str)),
            "{ids:?}"
        );
    }
}

/// Until `one` has seen what `other` has recorded: the server tells it, a moment later.
async fn follows(one: &Subscription, other: &Subscription) {
    let until = other.inbox().applied;
    let seen = async {
        while one.follow().await.unwrap().applied < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), seen).await.expect("it is told what the other recorded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_gateway_works_and_the_next_takes_over_when_it_ends() {
    let Some(server) = testing::Postgres::start() else { return };
    let clock = Clock::manual(Instant::from_unix_seconds(1_800_000_000));
    let [here, there] = gateways(&server.database(), &clock).await;
    let settings = SubscriptionSettings::new("births", publisher(), "births");
    let a = Subscription::open(&here, &follower(), settings.clone()).await.unwrap();
    let b = Subscription::open(&there, &follower(), settings).await.unwrap();
    let first = a.claim(None).await.unwrap().expect("nobody has it");
    assert_eq!(b.claim(None).await.unwrap(), None, "another works on it");
    let received = |term, position| {
        let event = Stored::from(&event(u32::try_from(position).unwrap()));
        Entry::Received(Received { term, epoch: 0, position, message: "m".into(), event })
    };
    a.record(&[received(first, 0), received(first, 1)]).await.unwrap();
    follows(&b, &a).await;
    assert_eq!(b.inbox().pending.len(), 2, "the other sees it");
    // It goes on as long as it says so.
    clock.set(clock.now() + Duration::from_secs(20));
    assert_eq!(a.claim(Some(first)).await.unwrap(), Some(first));
    clock.set(clock.now() + Duration::from_secs(20));
    assert_eq!(b.claim(None).await.unwrap(), None);
    // Then it is silent.
    clock.set(clock.now() + Duration::from_secs(20));
    let second = b.claim(None).await.unwrap().expect("its time is over");
    assert_ne!(first, second);
    // What it still records changes nothing, and it notices.
    let entries = [received(first, 2), Note::Delivered { term: first, entries: vec![1, 2] }.into()];
    let inbox = a.record(&entries).await.unwrap();
    assert_eq!((inbox.next, inbox.pending.len(), inbox.delivered), (Some(2), 2, 0));
    assert_eq!(a.claim(Some(first)).await.unwrap(), None);
    b.record(&[received(second, 2)]).await.unwrap();
    follows(&a, &b).await;
    assert_eq!(*a.inbox(), *b.inbox());
    assert_eq!(a.inbox().pending.len(), 3);
}
