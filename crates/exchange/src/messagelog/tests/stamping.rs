//! Time-stamps: alone, in batches, late, overdue, and in the evidence that strangers verify.

use super::authority::Authority;
use super::bodies::body_files;
use super::*;
use crate::messagelog::{Evidence, MessageLogError};
use mekong_base::limits::ContainerLimits;
use mekong_message::evidence;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::Ordering;

const HOUR: Duration = Duration::from_secs(3600);

/// A Python that has what the foreign verifier needs, and the verifier; otherwise the test is skipped.
pub(super) fn verifier() -> Option<(String, PathBuf)> {
    let shared = std::env::var("MEKONG_SHARED")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let script = shared.join("tools/asic_check.py");
    let python = std::env::var("MEKONG_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let can = Command::new(&python).args(["-c", "import lxml, cryptography, asn1crypto"]).output();
    if script.exists() && can.is_ok_and(|output| output.status.success()) {
        return Some((python, script));
    }
    assert!(std::env::var("CI").is_err(), "no ../shared, or no Python with its packages (MEKONG_TEST_PYTHON)");
    println!("skipped: no ../shared, or no Python with its packages (MEKONG_TEST_PYTHON)");
    None
}

/// Has the foreign verifier look at containers; returns its lines.
fn verify(authority: &Authority, containers: &[Evidence]) -> Option<String> {
    let (python, script) = verifier()?;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    std::fs::write(&root, authority.root.pem()).unwrap();
    let mut command = Command::new(python);
    command.arg(script);
    for container in containers {
        let path = folder.path().join(&container.file_name);
        std::fs::write(&path, &container.bytes).unwrap();
        command.arg(path);
    }
    let output = command.arg("--ca").arg(root).output().unwrap();
    Some(String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
}

/// By our own verifier with the trust of the directory, and by the foreign one.
pub(super) fn assert_all_good(authority: &Authority, containers: &[Evidence]) {
    assert_good_at(authority, containers, start());
}

fn assert_good_at(authority: &Authority, containers: &[Evidence], at: Instant) {
    let of = |instance: &str| Some(authority.trust(instance));
    let trust = evidence::Trust { of: &of, timestampers: &[] };
    for container in containers {
        let verdict = evidence::verify_file(&container.bytes, &ContainerLimits::default(), Some(&trust));
        assert_eq!(
            (verdict.valid, verdict.timestamp),
            (Some(true), Some(at.whole_seconds())),
            "{}: {}",
            verdict.reason,
            verdict.detail
        );
    }
    assert_accepted_abroad(authority, containers);
}

fn assert_accepted_abroad(authority: &Authority, containers: &[Evidence]) {
    let Some(said) = verify(authority, containers) else { return };
    assert_eq!(said.lines().filter(|l| l.starts_with("ok ")).count(), containers.len(), "{said}");
}

async fn stamping(folder: &Path) -> (Authority, MessageLog, Clock) {
    let clock = Clock::manual(start());
    let authority = Authority::start(clock.clone()).await;
    let long = Config { interval: 1000 * HOUR, retry: 1000 * HOUR, batch: 10, ..Config::default() };
    let log = MessageLog::open(folder, long, clock.clone()).await.unwrap();
    log.start_stamping(authority.stamp());
    // The background has the first turn, and sleeps then.
    tokio::task::yield_now().await;
    log.stamp_now().await.unwrap();
    (authority, log, clock)
}

#[tokio::test]
async fn a_record_stamped_alone_is_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, log, _) = stamping(folder.path()).await;
    log.record(authority.signed("a", Part::Request, None)).await.unwrap();
    assert_eq!(log.stamp_now().await.unwrap(), 1);
    let evidence = log.export("a", Part::Request).await.unwrap();
    assert_eq!(evidence.file_name, "a-request-1.asice");
    assert_all_good(&authority, &[evidence]);
}

#[tokio::test]
async fn records_stamped_together_are_evidence_each() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, log, _) = stamping(folder.path()).await;
    for n in 0..12 {
        let id = n.to_string();
        let body = (n % 3 > 0).then(|| vec![b'x'; if n % 3 == 1 { 100 } else { 400_000 }]);
        let request = authority.signed(&id, Part::Request, None);
        log.record_exchange(request, authority.signed(&id, Part::Response, body)).await.unwrap();
    }
    assert_eq!(log.stamp_now().await.unwrap(), 24);
    assert_eq!(authority.tokens.load(Ordering::SeqCst), 3, "batches of 10, 10 and 4");
    let mut containers = Vec::new();
    for record in log.recent(100).await.unwrap() {
        assert!(record.timestamp_id.is_some());
        containers.push(log.export_record(record.id).await.unwrap());
    }
    assert_eq!(containers.len(), 24);
    assert_all_good(&authority, &containers);
    let statistics = log.statistics().await.unwrap();
    assert_eq!((statistics.waiting, statistics.stamped_at), (0, Some(start())));
}

#[tokio::test]
async fn a_changed_byte_is_found_by_the_foreign_verifier() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, log, _) = stamping(folder.path()).await;
    let record = authority.signed("a", Part::Request, None);
    let changed = Bytes::from(String::from_utf8(record.message.to_vec()).unwrap().replace("GET", "PUT"));
    log.record(NewRecord { message: changed, ..record }).await.unwrap();
    log.stamp_now().await.unwrap();
    let evidence = log.export("a", Part::Request).await.unwrap();
    if let Some(said) = verify(&authority, &[evidence]) {
        assert!(said.starts_with("BAD "), "{said}");
    }
}

#[tokio::test]
async fn messages_flow_while_the_authority_is_silent_until_the_delay_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, log, clock) = stamping(folder.path()).await;
    authority.silence(true);
    // The oldest proof that an honest gateway sends: it fetches a new one every 20 minutes.
    clock.set(start() + HOUR / 3);
    log.check_proof(start() + HOUR, HOUR, clock.now()).unwrap();
    log.record(authority.signed("a", Part::Request, None)).await.unwrap();
    let failed = clock.now() + HOUR / 60;
    clock.set(failed);
    let error = log.stamp_now().await.unwrap_err();
    assert!(matches!(error, MessageLogError::Authority(_)) && error.to_string().contains("503"), "{error}");
    for minutes in [10, 19] {
        clock.set(failed + minutes * (HOUR / 60));
        log.stamp_now().await.unwrap_err();
        log.accepting(clock.now()).unwrap();
    }
    clock.set(failed + crate::messagelog::PROVABLE_DELAY + Duration::from_secs(1));
    let overdue = log.accepting(clock.now()).unwrap_err();
    assert_eq!((overdue.since, overdue.allowed), (failed, HOUR / 3));
    assert!(overdue.to_string().contains("503") && overdue.to_string().contains(&failed.to_string()), "{overdue}");
    assert_eq!(log.statistics().await.unwrap().failing_since, Some(failed));
    log.close().await.unwrap();
    drop(log);

    let log = MessageLog::open(folder.path(), Config::default(), clock.clone()).await.unwrap();
    assert_eq!(log.accepting(clock.now()).unwrap_err().since, failed, "a restart does not forget");
    authority.silence(false);
    log.start_stamping(authority.stamp());
    log.stamp_now().await.unwrap();
    log.accepting(clock.now()).unwrap();
    // An OCSP response must be fresh when the time-stamp is made, for our verifier as for the reference.
    assert_good_at(&authority, &[log.export("a", Part::Request).await.unwrap()], clock.now());
    log.close().await.unwrap();
    drop(log);
    let log = MessageLog::open(folder.path(), Config::default(), clock.clone()).await.unwrap();
    assert_eq!(log.statistics().await.unwrap().failing_since, None, "a restart does not remember what is over");
}

#[tokio::test]
async fn the_background_stamps_and_recovers_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::start(Clock::manual(start())).await;
    let soon = Duration::from_millis(20);
    let config = Config { interval: soon, retry: soon, ..Config::default() };
    let log = MessageLog::open(folder.path(), config, Clock::manual(start())).await.unwrap();
    authority.silence(true);
    log.record(authority.signed("a", Part::Request, None)).await.unwrap();
    log.start_stamping(authority.stamp());
    while log.statistics().await.unwrap().failing_since.is_none() {
        tokio::time::sleep(soon).await;
    }
    authority.silence(false);
    while log.statistics().await.unwrap().waiting > 0 {
        tokio::time::sleep(soon).await;
    }
    log.record(authority.signed("b", Part::Request, None)).await.unwrap();
    while log.export("b", Part::Request).await.is_err() {
        tokio::time::sleep(soon).await;
    }
    assert_eq!(log.statistics().await.unwrap().failing_since, None);
}

#[tokio::test]
async fn a_token_of_another_authority_is_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, log, _) = stamping(folder.path()).await;
    let stranger = Authority::start(Clock::manual(start())).await;
    log.start_stamping(authority.stamp_trusting(&stranger.timestamper));
    log.record(authority.signed("a", Part::Request, None)).await.unwrap();
    assert!(matches!(log.stamp_now().await, Err(MessageLogError::Authority(_))));
    assert!(matches!(log.export("a", Part::Request).await, Err(MessageLogError::NotStamped { id: 1 })));
}

#[tokio::test]
async fn a_token_of_another_time_is_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = Clock::manual(start() + 2 * HOUR);
    let authority = Authority::start(theirs.clone()).await;
    let long = Config { interval: 1000 * HOUR, retry: 1000 * HOUR, ..Config::default() };
    let log = MessageLog::open(folder.path(), long, Clock::manual(start())).await.unwrap();
    log.record(authority.signed("a", Part::Request, None)).await.unwrap();
    log.start_stamping(authority.stamp());
    for wrong in [start() + 2 * HOUR, start() - 2 * HOUR] {
        theirs.set(wrong);
        let error = log.stamp_now().await.unwrap_err().to_string();
        assert!(error.contains(&wrong.to_string()) && error.contains("set the clock that is wrong"), "{error}");
    }
    theirs.set(start() + Duration::from_secs(30));
    assert_eq!(log.stamp_now().await.unwrap(), 1);
    log.export("a", Part::Request).await.unwrap();
}

#[tokio::test]
async fn without_an_authority_nothing_is_stamped() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path()).await;
    assert!(matches!(log.stamp_now().await, Err(MessageLogError::NoAuthority)));
}

#[tokio::test]
async fn a_signature_that_cannot_be_read_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, log, clock) = stamping(folder.path()).await;
    log.record(message("a", Part::Request)).await.unwrap();
    assert_eq!(log.stamp_now().await.unwrap(), 0);
    log.record(authority.signed("b", Part::Request, None)).await.unwrap();
    assert_eq!(log.statistics().await.unwrap().waiting, 2);
    assert_eq!(log.stamp_now().await.unwrap(), 2, "in a batch only its digest counts");
    assert_all_good(&authority, &[log.export("b", Part::Request).await.unwrap()]);
    assert_eq!(log.accepting(clock.now() + 5 * HOUR), Ok(()));
}

#[tokio::test]
async fn time_stamps_do_not_wait_for_an_index_that_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(start());
    let authority = Authority::start(clock.clone()).await;
    let long = Config { interval: 1000 * HOUR, retry: 1000 * HOUR, ..Config::default() };
    let log = MessageLog::open(folder.path(), long, clock.clone()).await.unwrap();
    let record = async |id: String| {
        log.record_exchange(message(&id, Part::Request), message(&id, Part::Response)).await.unwrap();
    };
    record("first".to_owned()).await;
    log.start_stamping(authority.stamp());
    // The background has the first turn, and sleeps then.
    tokio::task::yield_now().await;
    log.stamp_now().await.unwrap();
    assert_eq!(log.0.follower.stamped().await.unwrap().to, 2);
    for n in 0..2_200 {
        record(n.to_string()).await;
    }
    // The follower has not begun to write the new index yet.
    let held = log.0.follower.begin_anew_held().await;
    authority.silence(true);
    log.stamp_now().await.unwrap_err();
    let failing = log.0.follower.stamped().await.unwrap();
    assert_eq!((failing.to, failing.failing_since), (2, Some(start())));
    authority.silence(false);
    assert_eq!(log.stamp_now().await.unwrap(), 4_400, "all that wait, in batches, and none twice");
    let stamped = log.0.follower.stamped().await.unwrap();
    assert_eq!((log.0.follower.progress().indexed_to, stamped.failing_since), (0, None));
    log.accepting(clock.now() + 5 * HOUR).unwrap();
    drop(held);
    log.0.follower.caught_up().await.unwrap();
    let index = log.statistics().await.unwrap();
    assert_eq!((index.waiting, log.0.follower.progress().stamped_to), (0, stamped.to));
}

#[tokio::test]
async fn a_damaged_body_is_not_exported() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, log, _) = stamping(folder.path()).await;
    log.record(authority.signed("a", Part::Response, Some(vec![7; 400_000]))).await.unwrap();
    log.stamp_now().await.unwrap();
    std::fs::write(body_files(folder.path()).remove(0), vec![8; 400_000]).unwrap();
    let error = log.export("a", Part::Response).await.unwrap_err();
    assert!(matches!(error, MessageLogError::Damaged { id: 2, .. }), "{error}");
}

#[tokio::test]
async fn a_container_without_its_body_covers_it_by_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(start());
    let authority = Authority::start(clock.clone()).await;
    let bodies = crate::messagelog::KeepBodies { all: false, except: [].into() };
    let config = Config { bodies, interval: 1000 * HOUR, ..Config::default() };
    let log = MessageLog::open(folder.path(), config, clock).await.unwrap();
    log.start_stamping(authority.stamp());
    log.record(authority.signed("a", Part::Response, Some(b"secret".to_vec()))).await.unwrap();
    log.stamp_now().await.unwrap();
    let evidence = log.export("a", Part::Response).await.unwrap();
    assert!(memchr::memmem::find(&evidence.bytes, b"attachment1").is_none());
    let verdict = evidence::verify_file(&evidence.bytes, &ContainerLimits::default(), None);
    assert!(verdict.detail.contains("covered by digest only: /attachment1"), "{verdict:?}");
    assert_all_good(&authority, &[evidence]);
}
