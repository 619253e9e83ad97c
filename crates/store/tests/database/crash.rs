//! `kill -9`: a child writes and says what was acknowledged; everything it said is there afterwards.

use crate::{NOTES, add, ids};
use mekong_store::Database;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

const CHILD: &str = "MEKONG_STORE_CHILD";

/// Not a test of its own: the process that is killed.
#[test]
fn child_that_is_killed() {
    let Ok(path) = std::env::var(CHILD) else { return };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let database = Database::open(path, NOTES).await.unwrap();
        let start = ids(&database).await.last().map_or(0, |last| last + 1);
        let tasks = (0..16).map(|lane| {
            let database = database.clone();
            tokio::spawn(async move {
                for n in 0.. {
                    let id = start + n * 16 + lane;
                    add(&database, id, "x".repeat(3000)).await.unwrap();
                    writeln!(std::io::stdout(), "\nacknowledged {id}").unwrap();
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.db");
    let mut acknowledged = BTreeSet::new();
    for round in 0..5u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child_that_is_killed", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let pid = child.id();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(150 + round * 77));
            Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
        });
        let lines = output.lines().map_while(Result::ok);
        acknowledged.extend(lines.filter_map(|l| l.strip_prefix("acknowledged ")?.parse::<i64>().ok()));
        killer.join().unwrap();
        child.wait().unwrap();
    }
    assert!(acknowledged.len() > 20, "the child wrote too little to show anything: {}", acknowledged.len());
    let stored: BTreeSet<i64> = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let database = Database::open(&path, NOTES).await.unwrap();
        let whole: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&mut *database.reader().await.unwrap())
            .await
            .unwrap();
        assert_eq!(whole, "ok");
        ids(&database).await.into_iter().collect()
    });
    let lost: Vec<_> = acknowledged.difference(&stored).collect();
    assert!(lost.is_empty(), "acknowledged, then lost: {lost:?}");
}
