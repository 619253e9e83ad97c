//! A subscription that lives long: its state is recorded whole now and then, and what is not needed any more is removed.

use super::wire::Stored;
use super::wire::journal::{Entry, Note, Received};
use super::{Places, Subscription, SubscriptionSettings};
use mekong_base::{Clock, Instant, MemberId};
use mekong_ledger::{Disk, Options};

#[tokio::test]
async fn the_state_is_recorded_whole_however_many_records_come_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Instant::from_unix_seconds(1_800_000_000));
    let places = Places::files(folder.path(), Disk::real(), Options::default(), clock.clone());
    let owner = MemberId::new("LA", "GOV", "MOHA").subsystem("civil");
    let provider = MemberId::new("VN", "GOV", "MPS").subsystem("population");
    let settings = SubscriptionSettings::new("births", provider, "births");
    let subscription = Subscription::open(&places, &owner, settings.clone()).await.unwrap();
    let term = subscription.claim(None).await.unwrap().unwrap();
    let received = |position: u64| {
        let json = format!(r#"{{"specversion":"1.0","id":"{position}","type":"t","data":"{}"}}"#, "x".repeat(2_000));
        let event = Stored { id: position.to_string(), kind: "t".into(), subject: None, json };
        Entry::Received(Received { term, epoch: 0, position, message: String::new(), event })
    };
    for batch in 0..48 {
        let events: Vec<Entry> = (batch * 250..(batch + 1) * 250).map(received).collect();
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
