//! Several gateways of one member on one log in a real PostgreSQL, which is also killed.

use super::authority::Authority;
use super::stamping::assert_all_good;
use super::*;
use crate::messagelog::{ArchiveConfig, Claim, MessageLogError};
use mekong_base::ClientId;
use mekong_ledger::Options;
use mekong_store::{Postgres, testing};

const HOUR: Duration = Duration::from_secs(3600);

/// A gateway with connections and an index of its own.
async fn gateway(url: &str, name: &str, folder: &Path, clock: &Clock) -> MessageLog {
    let database = Postgres::open(url).await.unwrap();
    let archive = Some(ArchiveConfig::in_folder(folder.join("archives")));
    let config = Config { interval: 1000 * HOUR, retry: 1000 * HOUR, archive, ..Config::default() };
    let folder = folder.join(name);
    MessageLog::open_shared(&database, "messages", folder, config, Options::default(), clock.clone()).await.unwrap()
}

fn client() -> ClientId {
    message("m", Part::Request).client
}

fn as_provider(record: NewRecord, request_id: &str) -> NewRecord {
    NewRecord { side: Side::Provider, request_id: request_id.to_owned(), ..record }
}

#[tokio::test(flavor = "multi_thread")]
async fn gateways_share_a_log_and_one_takes_over_from_another() {
    let Some(server) = testing::Postgres::start() else { return };
    let (url, folder) = (server.database(), tempfile::tempdir().unwrap());
    let clock = Clock::manual(start());
    let authority = Authority::start(clock.clone()).await;
    let one = gateway(&url, "one", folder.path(), &clock).await;
    let two = gateway(&url, "two", folder.path(), &clock).await;
    for n in 0..10 {
        let log = if n % 2 == 0 { &one } else { &two };
        let id = n.to_string();
        let body = Some(vec![n as u8; 300_000]);
        let request = authority.signed(&id, Part::Request, None);
        log.record_exchange(request, authority.signed(&id, Part::Response, body)).await.unwrap();
    }
    let wait = async || {
        for _ in 0..200 {
            if one.0.ledger.end() == two.0.ledger.end() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    wait().await;
    one.0.follower.caught_up().await.unwrap();
    two.0.follower.caught_up().await.unwrap();
    let of_one = one.recent(100).await.unwrap();
    assert_eq!(of_one.len(), 20);
    assert!(of_one == two.recent(100).await.unwrap(), "both have all");
    one.start_stamping(authority.stamp());
    // What begins at the start may have stamped them already.
    one.stamp_now().await.unwrap();
    assert_eq!(one.statistics().await.unwrap().waiting, 0);
    two.start_stamping(authority.stamp());
    assert!(matches!(two.stamp_now().await, Err(MessageLogError::Elsewhere)));
    wait().await;
    assert_all_good(&authority, &[two.export("4", Part::Response).await.unwrap()]);
    assert_eq!(one.archive_now().await.unwrap().containers, 20);
    assert!(matches!(two.archive_now().await, Err(MessageLogError::Elsewhere)));
    // The first one dies, as connections do: without a word.
    drop(one);
    two.record(authority.signed("later", Part::Request, None)).await.unwrap();
    let mut stamped = two.stamp_now().await;
    for _ in 0..200 {
        if stamped.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        stamped = two.stamp_now().await;
    }
    assert_eq!(stamped.unwrap(), 1);
    assert_eq!(two.archive_now().await.unwrap().containers, 1, "nothing is archived twice");
    two.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_to_two_gateways_is_answered_by_one() {
    let Some(server) = testing::Postgres::start() else { return };
    let (url, folder) = (server.database(), tempfile::tempdir().unwrap());
    let clock = Clock::manual(start());
    let one = gateway(&url, "one", folder.path(), &clock).await;
    let two = gateway(&url, "two", folder.path(), &clock).await;
    for n in 0..20 {
        let id = n.to_string();
        let client = client();
        let (a, b) = tokio::join!(one.claim(&client, &id), two.claim(&client, &id));
        let (a, b) = (a.unwrap(), b.unwrap());
        let firsts = [&a, &b].into_iter().filter(|claim| matches!(claim, Claim::First(_))).count();
        assert_eq!(firsts, 1, "{a:?} {b:?}");
        let winner = if matches!(a, Claim::First(_)) { &one } else { &two };
        if n % 4 == 0 {
            // It fails before anything is logged: whoever is asked next answers.
            drop((a, b));
            let mut again = two.claim(&client, &id).await.unwrap();
            for _ in 0..20 {
                if matches!(again, Claim::First(_)) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
                again = two.claim(&client, &id).await.unwrap();
            }
            assert!(matches!(again, Claim::First(_)), "{again:?}");
            continue;
        }
        let request = as_provider(message("m", Part::Request), &id);
        winner.record(request).await.unwrap();
        let body = Body::Bytes(vec![7; 300_000].into());
        let answer = NewRecord { body, ..as_provider(message("m", Part::Response), &id) };
        winner.record(answer.clone()).await.unwrap();
        drop((a, b));
        for log in [&one, &two] {
            match log.claim(&client, &id).await.unwrap() {
                Claim::Repeated(seen, _) => {
                    let found = seen.answer.unwrap();
                    assert_eq!(found.body.whole().await.unwrap().unwrap(), vec![7; 300_000]);
                    assert_eq!(found.signature, answer.signature);
                }
                other => panic!("{other:?}"),
            }
        }
    }
    // However long a service takes, the request is not taken over from the gateway that waits for it.
    let of_one = one.0.claims.as_ref().unwrap();
    assert_eq!(of_one.asked_after().await.as_deref(), Some("10"), "a machine that loses power is missed soon");
    let Claim::First(slow) = one.claim(&client(), "slow").await.unwrap() else { panic!() };
    clock.set(start() + Duration::from_secs(601));
    of_one.renew(&one.0.repeats.under_way(), clock.now()).await.unwrap();
    assert!(matches!(two.claim(&client(), "slow").await.unwrap(), Claim::UnderWay));
    // One that failed after it had logged the request does not renew its claim.
    let Claim::First(failed) = one.claim(&client(), "failed").await.unwrap() else { panic!() };
    one.record(as_provider(message("m", Part::Request), "failed")).await.unwrap();
    drop(failed);
    assert!(matches!(two.claim(&client(), "failed").await.unwrap(), Claim::UnderWay));
    clock.set(start() + Duration::from_secs(901));
    let Claim::Repeated(seen, taken_over) = two.claim(&client(), "failed").await.unwrap() else { panic!() };
    assert!(seen.request.is_some() && seen.answer.is_none());
    drop((slow, taken_over));

    // One that dies leaves its lock, and what it had begun is taken over at once; not from one that lives.
    let three = gateway(&url, "three", folder.path(), &clock).await;
    let Claim::First(of_one) = one.claim(&client(), "of one").await.unwrap() else { panic!() };
    let Claim::First(of_three) = three.claim(&client(), "of three").await.unwrap() else { panic!() };
    three.record(as_provider(message("m", Part::Request), "of three")).await.unwrap();
    assert!(matches!(two.claim(&client(), "of three").await.unwrap(), Claim::UnderWay));
    drop(of_three);
    drop(three);
    let mut claimed = two.claim(&client(), "of three").await.unwrap();
    for _ in 0..20 {
        if !matches!(claimed, Claim::UnderWay) {
            break;
        }
        claimed = two.claim(&client(), "of three").await.unwrap();
    }
    let Claim::Repeated(seen, _ticket) = claimed else { panic!() };
    assert!(seen.request.is_some() && seen.answer.is_none(), "{seen:?}");
    assert!(matches!(two.claim(&client(), "of one").await.unwrap(), Claim::UnderWay));
    // One that failed after it had logged the request may try again itself.
    one.record(as_provider(message("m", Part::Request), "of one")).await.unwrap();
    drop(of_one);
    assert!(matches!(one.claim(&client(), "of one").await.unwrap(), Claim::Repeated(..)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_its_claim_before_it_asked_the_service_knows_it() {
    let Some(server) = testing::Postgres::start() else { return };
    let (url, folder) = (server.database(), tempfile::tempdir().unwrap());
    let clock = Clock::manual(start());
    let one = gateway(&url, "one", folder.path(), &clock).await;
    let two = gateway(&url, "two", folder.path(), &clock).await;
    let Claim::First(mine) = one.claim(&client(), "r").await.unwrap() else { panic!() };
    assert!(mine.is_still_held().await);
    // A crash of the database loses the row, and the lock of the first; what the first logs waits meanwhile.
    tokio::time::sleep(Duration::from_millis(150)).await;
    server.psql(&url, "DELETE FROM message_claim");
    assert!(mine.is_still_held().await, "nobody else was there");
    assert!(matches!(two.claim(&client(), "r").await.unwrap(), Claim::UnderWay));
    server.psql(&url, "DELETE FROM message_claim");
    let Claim::First(theirs) = two.claim(&client(), "r").await.unwrap() else { panic!() };
    assert!(!mine.is_still_held().await && theirs.is_still_held().await);
    drop(mine);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(theirs.is_still_held().await, "a claim of another's is not taken away");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_is_given_up_takes_no_later_one_with_it() {
    let Some(server) = testing::Postgres::start() else { return };
    let (url, folder) = (server.database(), tempfile::tempdir().unwrap());
    let clock = Clock::manual(start());
    let one = gateway(&url, "one", folder.path(), &clock).await;
    for n in 0..50 {
        let id = n.to_string();
        drop(one.claim(&client(), &id).await.unwrap());
        let mut again = one.claim(&client(), &id).await.unwrap();
        while matches!(again, Claim::UnderWay) {
            tokio::time::sleep(Duration::from_millis(1)).await;
            again = one.claim(&client(), &id).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let rows = server.psql(&url, "SELECT count(*) FROM message_claim");
        assert_eq!(rows.trim(), (n + 1).to_string(), "who asks another gateway now is answered there as well");
        one.record(as_provider(message("m", Part::Request), &id)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_that_one_gateway_remembers_is_not_removed_by_another() {
    let Some(server) = testing::Postgres::start() else { return };
    let (url, folder) = (server.database(), tempfile::tempdir().unwrap());
    let clock = Clock::manual(start());
    let authority = Authority::start(clock.clone()).await;
    let one = gateway(&url, "one", folder.path(), &clock).await;
    let two = gateway(&url, "two", folder.path(), &clock).await;
    // Whether a record that the second makes names the pieces.
    let names = async |id: &str| {
        let id = two.record(authority.signed(id, Part::Request, None)).await.unwrap();
        let record = two.0.ledger.get((id.unsigned_abs() - 1) / 2).await.unwrap().unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
        !crate::messagelog::export::read(&record).unwrap().blobs().is_empty()
    };
    // From the second time on the pieces are blobs, which no record names yet. Hours later the first cleans.
    assert!(!names("1").await && !names("2").await);
    server.psql(&url, "UPDATE ledger_blob SET put = put - interval '5 hours'");
    clock.set(start() + 5 * HOUR);
    assert_eq!(one.remove_blobs().await.unwrap(), 0);
    assert!(names("3").await);
    // Before they are old enough to be removed they are put again.
    clock.set(start() + 7 * HOUR);
    assert!(!names("4").await && names("5").await);
    one.start_stamping(authority.stamp());
    one.stamp_now().await.unwrap();
    for id in ["3", "5"] {
        one.export(id, Part::Request).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_killed_loses_nothing() {
    let Some(mut server) = testing::Postgres::start() else { return };
    let (url, folder) = (server.database(), tempfile::tempdir().unwrap());
    let clock = Clock::manual(start());
    let authority = Authority::start(clock.clone()).await;
    let log = gateway(&url, "one", folder.path(), &clock).await;
    log.start_stamping(authority.stamp());
    let recording = tokio::spawn({
        let log = log.clone();
        async move {
            let mut recorded = Vec::new();
            for n in 0..300 {
                let id = n.to_string();
                if log.record_exchange(message(&id, Part::Request), message(&id, Part::Response)).await.is_ok() {
                    recorded.push(id);
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            recorded
        }
    });
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.kill();
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.restart();
    }
    let recorded = recording.await.unwrap();
    assert!(recorded.len() > 100, "{} recorded", recorded.len());
    for id in recorded {
        assert_eq!(log.find(&id).await.unwrap().len(), 2, "{id} was acknowledged");
    }
    log.record(authority.signed("later", Part::Request, None)).await.unwrap();
    log.stamp_now().await.unwrap();
}
