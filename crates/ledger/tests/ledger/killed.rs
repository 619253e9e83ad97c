//! A real process that is killed while it appends to real files: what it was told is recorded is there.

use super::{clock, record};
use mekong_ledger::{Disk, Ledger, Options};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

fn options() -> Options {
    Options { segment_bytes: 20_000, wait_for_lock: Duration::from_secs(10), ..Options::default() }
}

/// Runs in a process of its own, until it is killed.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_is_killed() {
    let Ok(folder) = std::env::var("MEKONG_LEDGER_CHILD") else { return };
    let ledger = Ledger::open_files(folder, options(), Disk::real(), clock()).await.unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                for i in 0.. {
                    let text = format!("{}-{task}-{i}", std::process::id());
                    let first = ledger.append(vec![record(&text), record(&text)]).await.unwrap();
                    // One write, so that a line is whole or not there.
                    std::io::stdout().write_all(format!("acknowledged {first} {text}\n").as_bytes()).unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeMap::new();
    for round in 0..6 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::child_that_is_killed", "--nocapture"])
            .env("MEKONG_LEDGER_CHILD", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let reader = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>());
        std::thread::sleep(Duration::from_millis(150 + round * 37));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in reader.join().unwrap() {
            if let Some((first, text)) = line.strip_prefix("acknowledged ").and_then(|rest| rest.split_once(' ')) {
                acknowledged.insert(first.parse::<usize>().unwrap(), text.to_owned());
            }
        }
    }
    let ledger = Ledger::open_files(folder.path(), options(), Disk::real(), clock()).await.unwrap();
    let all = ledger.read(0, usize::MAX, usize::MAX).await.unwrap();
    println!("{} appends acknowledged, {} records found", acknowledged.len(), all.len());
    assert!(acknowledged.len() > 50 && all.len().is_multiple_of(2));
    for (first, text) in acknowledged {
        assert_eq!([&all[first].payload, &all[first + 1].payload], [text.as_bytes(); 2]);
    }
    ledger.root(ledger.end()).await.unwrap();
}
