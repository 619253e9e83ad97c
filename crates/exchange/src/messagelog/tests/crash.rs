//! `kill -9`: a child records and says what was acknowledged; all of it is there and whole afterwards.

use super::bodies::stored_body;
use super::*;
use crate::messagelog::LoggedBody;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const CHILD: &str = "MEKONG_MESSAGELOG_CHILD";

/// Every tenth message has a body that becomes a file.
fn body(n: u64) -> Option<Vec<u8>> {
    n.is_multiple_of(10).then(|| n.to_be_bytes().repeat(40_000))
}

/// Not a test of its own: the process that is killed.
#[test]
fn child_that_is_killed() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let log = open(Path::new(&folder)).await;
        let first = log.statistics().await.unwrap().messages * 10;
        let lanes = (0..8).map(|lane| tokio::spawn(record_for_ever(log.clone(), first + lane)));
        for lane in lanes.collect::<Vec<_>>() {
            lane.await.unwrap();
        }
    });
}

async fn record_for_ever(log: MessageLog, first: u64) {
    for n in (first..).step_by(8) {
        let body = body(n).map_or(Body::None, |bytes| Body::Bytes(bytes.into()));
        let request = message(&n.to_string(), Part::Request);
        let response = NewRecord { body, ..message(&n.to_string(), Part::Response) };
        let (_, id) = log.record_exchange(request, response).await.unwrap();
        writeln!(std::io::stdout(), "\nacknowledged {n} {id}").unwrap();
    }
}

fn acknowledged(line: &str) -> Option<(i64, u64)> {
    let (n, id) = line.strip_prefix("acknowledged ")?.split_once(' ')?;
    Some((id.parse().ok()?, n.parse().ok()?))
}

/// Runs the child until it is killed when it has acknowledged so many; returns what it said.
fn run_and_kill(folder: &Path, acknowledgements: usize) -> Vec<(i64, u64)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "messagelog::tests::crash::child_that_is_killed", "--nocapture"])
        .env(CHILD, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let mut said = Vec::new();
    for acknowledged in output.lines().map_while(Result::ok).filter_map(|line| acknowledged(&line)) {
        said.push(acknowledged);
        if said.len() == acknowledgements {
            child.kill().unwrap(); // SIGKILL
        }
    }
    child.wait().unwrap();
    said
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut said = BTreeMap::new();
    for round in 0..5 {
        said.extend(run_and_kill(folder.path(), 5 + round * 7));
    }
    assert!(said.len() >= 5 * 5 + 7 * 10, "{}", said.len());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let log = open(folder.path()).await;
        for (id, n) in said {
            let records = log.find(&n.to_string()).await.unwrap();
            assert_eq!(records.iter().map(|r| r.id).collect::<Vec<_>>(), [id - 1, id], "message {n}");
            check_body(&log, id, body(n)).await;
        }
    });
}

async fn check_body(log: &MessageLog, id: i64, expected: Option<Vec<u8>>) {
    let expected = expected.map_or(LoggedBody::None, |bytes| LoggedBody::Bytes(bytes.into()));
    assert!(stored_body(log, id).await.unwrap() == expected, "record {id}");
}
