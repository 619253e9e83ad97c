//! PostgreSQL: several processes on one ledger, a server that is killed under load, tiles made again.

use super::{clock, record};
use mekong_ledger::audit::{Fault, Head, audit_postgres};
use mekong_ledger::{Hash, Key, Keys, Ledger, LedgerError, Options};
use mekong_store::{Postgres, PostgresOptions, testing};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn open(url: &str) -> Ledger {
    let database = Postgres::open(url).await.unwrap();
    Ledger::open_postgres(&database, "log", Options::default(), clock()).await.unwrap()
}

/// Everything, read by someone who just came.
async fn texts(url: &str) -> Vec<String> {
    let ledger = open(url).await;
    let all = ledger.read(0, usize::MAX, usize::MAX).await.unwrap();
    assert_eq!(all.len() as u64, ledger.end());
    all.iter().map(|record| String::from_utf8(record.payload.to_vec()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_under_load_loses_and_doubles_nothing() {
    let Some(mut server) = testing::Postgres::start() else { return };
    let url = server.database();
    let ledgers = [open(&url).await, open(&url).await, open(&url).await];
    let tasks: Vec<_> = (0..24)
        .map(|task| {
            let ledger = ledgers[task % 3].clone();
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for i in 0..120 {
                    let text = format!("{task} {i}");
                    acknowledged.push((ledger.append(vec![record(&text)]).await.unwrap(), text));
                }
                acknowledged
            })
        })
        .collect();
    let (server, kills) = tokio::task::spawn_blocking(move || {
        for _ in 0..5 {
            std::thread::sleep(Duration::from_millis(300));
            server.restart();
        }
        (server, 5)
    })
    .await
    .unwrap();
    let mut acknowledged = BTreeMap::new();
    for task in tasks {
        for (position, text) in task.await.unwrap() {
            assert_eq!(acknowledged.insert(position, text), None, "position {position} was given twice");
        }
    }
    let found = texts(&url).await;
    println!("{kills} kills, {} acknowledged, {} found", acknowledged.len(), found.len());
    assert_eq!(found.len(), 24 * 120);
    for (position, text) in acknowledged {
        assert_eq!(found[position as usize], text);
    }
    let end = found.len() as u64;
    let mut roots: Vec<Hash> = Vec::new();
    for ledger in &ledgers {
        let mut watch = ledger.watch();
        tokio::time::timeout(Duration::from_secs(10), watch.wait_for(|seen| *seen >= end)).await.unwrap().unwrap();
        roots.push(ledger.root(end).await.unwrap());
    }
    assert!(roots.iter().all(|root| *root == roots[0]));
    let left = server.psql(&url, "SELECT count(*) FROM ledger_tile WHERE level = 0");
    assert_eq!(left.trim(), (end / 256).to_string());
    server.psql(&url, "DELETE FROM ledger_tile WHERE number = 1");
    assert_eq!(open(&url).await.root(end).await.unwrap(), roots[0]);
    for lost in [1, 700, end - 1] {
        server.psql(&url, &format!("DELETE FROM ledger_record WHERE position = {lost}"));
        for from in [lost - 1, lost] {
            let error = open(&url).await.read(from, 10, usize::MAX).await.unwrap_err();
            assert!(matches!(error, LedgerError::Damaged { position, .. } if position == lost), "{error}");
        }
    }
}

/// Somebody with rights to the database changes rows, beside a ledger that is in use.
#[tokio::test]
async fn a_record_that_was_changed_in_the_database_is_named() {
    let Some(server) = testing::Postgres::start() else { return };
    let url = server.database();
    let ledger = open(&url).await;
    for i in 0..700 {
        ledger.append(vec![record(&format!("record {i}"))]).await.unwrap();
    }
    let head = Head { size: 700, root: ledger.root(700).await.unwrap() };
    ledger.save_tree().await;
    let database = Postgres::open(&url).await.unwrap();
    let audit = async || audit_postgres(&database, "log", Keys::none(), vec![head.clone()]).await.unwrap();
    let whole = audit().await;
    assert_eq!((whole.size, whole.signed, whole.faults), (700, 700, vec![]));
    let text = |position: u64| format!("SELECT encode(payload, 'hex') FROM ledger_record WHERE position = {position}");
    let set = |position: u64, payload: &str| {
        let change = format!("UPDATE ledger_record SET payload = '\\x{payload}' WHERE position = {position}");
        server.psql(&url, &change);
    };
    // In a full tile, and in the one that is not full yet.
    for position in [5, 699] {
        let was = server.psql(&url, &text(position));
        set(position, "00");
        assert_eq!(audit().await.faults, [Fault::Rewritten { position }]);
        set(position, was.trim());
        assert_eq!(audit().await.faults, []);
    }
    server.psql(&url, "UPDATE ledger_record SET position = 100000 - position WHERE position IN (300, 301)");
    server.psql(&url, "UPDATE ledger_record SET position = position - 99399 WHERE position > 90000");
    let moved = [Fault::Moved { position: 300, belongs: 301 }, Fault::Moved { position: 301, belongs: 300 }];
    let found = audit().await.faults;
    assert!(!found.is_empty() && found.iter().all(|fault| moved.contains(fault)), "{found:?}");
    server.psql(&url, "UPDATE ledger_record SET position = 100000 - position WHERE position IN (300, 301)");
    server.psql(&url, "UPDATE ledger_record SET position = position - 99399 WHERE position > 90000");
    server.psql(&url, "DELETE FROM ledger_record WHERE position = 42");
    assert_eq!(audit().await.faults, [Fault::Dropped { position: 42 }]);
    let other = audit_postgres(&database, "another", Keys::none(), vec![]).await;
    assert!(matches!(other, Err(LedgerError::Missing { .. })), "{other:?}");
}

/// Rows that no stored tile has are known by their numbers alone.
#[tokio::test]
async fn a_row_that_is_gone_before_the_tree_was_stored_is_named() {
    let Some(server) = testing::Postgres::start() else { return };
    let url = server.database();
    let ledger = open(&url).await;
    for i in 0..20 {
        ledger.append(vec![record(&format!("record {i}"))]).await.unwrap();
    }
    let database = Postgres::open(&url).await.unwrap();
    let audit = async || audit_postgres(&database, "log", Keys::none(), Vec::new()).await.unwrap();
    assert_eq!(audit().await.faults, []);
    server.psql(&url, "DELETE FROM ledger_record WHERE position = 12");
    assert_eq!(audit().await.faults, [Fault::Dropped { position: 12 }]);
}

/// One opens the ledger while another fills tile after tile: what it is told of records and tree must go together.
#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_others_fill_is_opened() {
    let Some(server) = testing::Postgres::start() else { return };
    let url = server.database();
    let busy = open(&url).await;
    let filling = tokio::spawn(async move {
        loop {
            busy.append((0..256).map(|_| record("x")).collect()).await.unwrap();
            busy.root(busy.end()).await.unwrap();
        }
    });
    let port = answers_are_late(server.port()).await;
    let database = Postgres::open(&url.replace(&server.port().to_string(), &port.to_string())).await.unwrap();
    for _ in 0..10 {
        Ledger::open_postgres(&database, "log", Options::default(), clock()).await.unwrap();
    }
    filling.abort();
}

/// Stands between a ledger and its server. Every answer takes its time.
async fn answers_are_late(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let up = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
                let mut buffer = vec![0; 65536];
                while let Ok(read) = from_server.read(&mut buffer).await {
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    if read == 0 || to_client.write_all(&buffer[..read]).await.is_err() {
                        break;
                    }
                }
                up.abort();
            });
        }
    });
    own
}

#[tokio::test(flavor = "multi_thread")]
async fn others_are_told_at_once() {
    let Some(server) = testing::Postgres::start() else { return };
    let url = server.database();
    let (one, other) = (open(&url).await, open(&url).await);
    assert_eq!(one.id(), other.id());
    let mut watch = other.watch();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut waits = Vec::new();
    for i in 0..20 {
        let start = std::time::Instant::now();
        one.append(vec![record(&i.to_string())]).await.unwrap();
        watch.wait_for(|end| *end > i).await.unwrap();
        waits.push(start.elapsed());
    }
    waits.sort();
    println!("told after {:?}", waits[10]);
    assert!(waits[10] < Duration::from_millis(250), "{waits:?}");
    let sealed = Options { keys: Keys::new(Key::generate().unwrap(), []), ..Options::default() };
    let database = Postgres::open(&url).await.unwrap();
    let ledger = Ledger::open_postgres(&database, "sealed", sealed, clock()).await.unwrap();
    ledger.append(vec![record("Khamla lives in Vientiane")]).await.unwrap();
    let stolen = server.psql(&url, "SELECT encode(payload, 'escape') FROM ledger_record");
    assert!(!stolen.contains("Khamla"));
}

/// Stands between a ledger and its server. Every so many answers it cuts the connection instead of passing one on: the
/// server did what it was asked, and nobody hears of it.
async fn answers_are_lost(port: u16, every: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    let answers = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let answers = Arc::clone(&answers);
            tokio::spawn(async move {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let up = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
                let mut buffer = vec![0; 65536];
                while let Ok(read) = from_server.read(&mut buffer).await {
                    let lost = answers.fetch_add(1, Ordering::Relaxed) % every == every - 1;
                    if read == 0 || lost || to_client.write_all(&buffer[..read]).await.is_err() {
                        break;
                    }
                }
                up.abort();
            });
        }
    });
    own
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_is_looked_for() {
    let Some(server) = testing::Postgres::start() else { return };
    let url = server.database();
    open(&url).await;
    let port = answers_are_lost(server.port(), 23).await;
    let ledger = open(&url.replace(&server.port().to_string(), &port.to_string())).await;
    for i in 0..300 {
        assert_eq!(ledger.append(vec![record(&i.to_string())]).await.unwrap(), i);
    }
    let expected: Vec<_> = (0..300).map(|i| i.to_string()).collect();
    assert_eq!(texts(&url).await, expected);
}

/// Stands between a ledger and its server. What was connected before `is_gone` is set hears nothing from then on, and nobody
/// closes it: so it is when a machine loses power, or a firewall forgets a connection.
async fn goes_silent(port: u16, is_gone: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (is_gone, was_gone) = (Arc::clone(&is_gone), is_gone.load(Ordering::Relaxed));
            tokio::spawn(async move {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                let up = async {
                    let mut buffer = vec![0; 65536];
                    while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
                        if was_gone || !is_gone.load(Ordering::Relaxed) {
                            to_server.write_all(&buffer[..read]).await.unwrap_or_default();
                        }
                    }
                };
                tokio::join!(up, tokio::io::copy(&mut from_server, &mut to_client))
            });
        }
    });
    own
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_without_a_word_is_not_waited_for() {
    let Some(server) = testing::Postgres::start() else { return };
    let (url, is_gone) = (server.database(), Arc::new(AtomicBool::new(false)));
    let port = goes_silent(server.port(), Arc::clone(&is_gone)).await;
    let options = PostgresOptions { silence: Duration::from_millis(500), ..PostgresOptions::default() };
    let behind = url.replace(&server.port().to_string(), &port.to_string());
    let database = Postgres::open_with(&behind, options).await.unwrap();
    let ledger = Ledger::open_postgres(&database, "log", Options::default(), clock()).await.unwrap();
    ledger.append(vec![record("before")]).await.unwrap();
    is_gone.store(true, Ordering::Relaxed);
    let after = tokio::time::timeout(Duration::from_secs(20), ledger.append(vec![record("after")])).await;
    assert_eq!(after.expect("the append waits for ever").unwrap(), 1);
    assert_eq!(ledger.read(0, 10, usize::MAX).await.unwrap().len(), 2);
    assert_eq!(texts(&url).await, ["before", "after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_found_again_however_long_its_answer_was_lost() {
    let Some(server) = testing::Postgres::start() else { return };
    let url = server.database();
    let busy = open(&url).await;
    for i in 0..4095 {
        busy.append(vec![record(&i.to_string())]).await.unwrap();
    }
    let other = open(&url).await;
    other.append(vec![record("of another")]).await.unwrap();
    // An hour later the first tidies up, and the other has not heard yet that its group is there.
    server.psql(&url, "UPDATE ledger_group SET recorded = recorded - interval '1 hour'");
    busy.append(vec![record("tidies up")]).await.unwrap();
    let left = || server.psql(&url, "SELECT count(DISTINCT writer), count(*) FROM ledger_group");
    for _ in 0..200 {
        if left().trim() == "2|2" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(left().trim(), "2|2", "the last name of each writer");
}
