//! A subscription that lives long: its state is recorded whole now and then, and what is not needed any more is removed.

use super::wire::Stored;
use super::wire::journal::{Entry, Note, Received};
use super::{Places, Subscription, SubscriptionSettings};
use mekong_base::{ClientId, Clock, Instant, MemberId};
use mekong_ledger::{Disk, Options};
use std::path::Path;

fn places(folder: &Path) -> Places {
    let clock = Clock::manual(Instant::from_unix_seconds(1_800_000_000));
    Places::files(folder, Disk::real(), Options::default(), clock)
}

fn owner() -> ClientId {
    MemberId::new("LA", "GOV", "MOHA").subsystem("civil")
}

fn births() -> SubscriptionSettings {
    SubscriptionSettings::new("births", MemberId::new("VN", "GOV", "MPS").subsystem("population"), "births")
}

fn received(term: u64, position: u64) -> Entry {
    let json = format!(r#"{{"specversion":"1.0","id":"{position}","type":"t","data":"{}"}}"#, "x".repeat(2_000));
    let event = Stored { id: position.to_string(), kind: "t".into(), subject: None, json };
    Entry::Received(Received { term, epoch: 0, position, message: String::new(), event })
}

#[tokio::test]
async fn the_state_is_recorded_whole_however_many_records_come_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let (places, owner, settings) = (places(folder.path()), owner(), births());
    let subscription = Subscription::open(&places, &owner, settings.clone()).await.unwrap();
    let term = subscription.claim(None).await.unwrap().unwrap();
    for batch in 0..48 {
        let events: Vec<Entry> = (batch * 250..(batch + 1) * 250).map(|position| received(term, position)).collect();
        let waiting = subscription.record(&events).await.unwrap();
        subscription.tidy().await.unwrap();
        let entries = waiting.pending.keys().copied().collect();
        subscription.record(&[Note::Delivered { term, entries }.into()]).await.unwrap();
    }
    subscription.tidy().await.unwrap();
    let state = subscription.inbox();
    assert!(state.applied - state.snapshot < 5_000, "{} {}", state.applied, state.snapshot);
    assert!(subscription.ledger.first() > 0, "nothing was removed");
    subscription.close().await;
    drop(subscription);
    // What is left says the same.
    let again = Subscription::open(&places, &owner, settings).await.unwrap();
    assert_eq!(again.inbox(), state);
    assert_eq!((state.delivered, state.pending.len()), (12_000, 0));
}

/// Intake, handing out and people record beside each other.
#[tokio::test]
async fn nothing_is_removed_for_a_state_that_something_was_recorded_after() {
    let folder = tempfile::tempdir().unwrap();
    let (places, owner, settings) = (places(folder.path()), owner(), births());
    let subscription = Subscription::open(&places, &owner, settings.clone()).await.unwrap();
    let term = subscription.claim(None).await.unwrap().unwrap();
    let events: Vec<Entry> = (0..12_000).map(|position| received(term, position)).collect();
    for batch in events.chunks(250) {
        let waiting = subscription.record(batch).await.unwrap();
        let entries = waiting.pending.keys().copied().collect();
        subscription.record(&[Note::Delivered { term, entries }.into()]).await.unwrap();
    }
    let overtaken = subscription.follow().await.unwrap();
    subscription.record(&[received(term, 12_000)]).await.unwrap();
    subscription.snapshot(&overtaken).await.unwrap();
    let state = subscription.inbox();
    assert_eq!((state.snapshot, subscription.ledger.first(), state.pending.len()), (0, 0, 1));
    subscription.close().await;
    drop(subscription);
    let again = Subscription::open(&places, &owner, settings).await.unwrap();
    assert_eq!(again.inbox(), state);
    again.snapshot(&state).await.unwrap();
    assert!(again.ledger.first() > 0, "the next one counts");
}

#[tokio::test]
async fn another_topic_under_the_same_name_begins_at_its_start() {
    let folder = tempfile::tempdir().unwrap();
    let (places, owner) = (places(folder.path()), owner());
    let deaths = SubscriptionSettings { topic: "deaths".to_owned(), ..births() };
    let moj = MemberId::new("VN", "GOV", "MOJ").subsystem("population");
    let other = SubscriptionSettings { provider: moj, ..births() };
    for (settings, next) in [(births(), None), (deaths, None), (other, None), (births(), Some(3))] {
        let subscription = Subscription::open(&places, &owner, settings).await.unwrap();
        assert_eq!(subscription.inbox().next, next);
        let term = subscription.claim(None).await.unwrap().unwrap();
        subscription.record(&[received(term, 2)]).await.unwrap();
        assert_eq!(subscription.inbox().pending.len(), 1);
        subscription.close().await;
    }
}
