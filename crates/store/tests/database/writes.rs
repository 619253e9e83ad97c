//! Writing: together, apart when one fails, and not after closing.

use crate::{NOTES, add, ids};
use mekong_store::{Database, Options, StoreError};
use sqlx::Connection;
use std::time::Duration;
use tempfile::tempdir;

async fn open(folder: &tempfile::TempDir) -> Database {
    Database::open(folder.path().join("notes.db"), NOTES).await.unwrap()
}

/// Two statements; `fail` makes the second one break a rule after the first has written.
async fn pair(database: Database, id: i64, fail: bool) -> Result<i64, StoreError> {
    database
        .write(move |connection| {
            Box::pin(async move {
                let insert = "INSERT INTO note (id, text) VALUES ($1, 'x')";
                sqlx::query(insert).bind(id).execute(&mut *connection).await?;
                let second = if fail { id } else { id + 1 };
                sqlx::query(insert).bind(second).execute(connection).await?;
                Ok(id)
            })
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_job_spoils_no_other() {
    let folder = tempdir().unwrap();
    let database = open(&folder).await;
    let tasks: Vec<_> = (0..200).map(|n| tokio::spawn(pair(database.clone(), n * 10, n % 3 == 0))).collect();
    for (n, task) in tasks.into_iter().enumerate() {
        let result = task.await.unwrap();
        assert_eq!(result.is_err(), n % 3 == 0, "{n}: {result:?}");
        assert!(result.as_ref().err().is_none_or(StoreError::is_duplicate), "{n}: {result:?}");
    }
    let expected: Vec<i64> = (0..200).filter(|n| n % 3 != 0).flat_map(|n| [n * 10, n * 10 + 1]).collect();
    assert_eq!(ids(&database).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_and_jobs_share_transactions() {
    let folder = tempdir().unwrap();
    let database = open(&folder).await;
    add(&database, 5, "first".into()).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..100 {
        let database = database.clone();
        tasks.spawn(async move { add(&database, n, "x".into()).await.map(|()| n) });
    }
    tasks.spawn(pair(database.clone(), 1000, false));
    let failed: Vec<_> = tasks.join_all().await.into_iter().filter_map(Result::err).collect();
    assert_eq!(failed.len(), 1, "only the number taken before: {failed:?}");
    assert_eq!(ids(&database).await.len(), 102);
}

#[tokio::test]
async fn a_job_that_panics_is_undone_and_the_writer_goes_on() {
    let folder = tempdir().unwrap();
    let database = open(&folder).await;
    let error = database
        .write::<(), _>(|connection| {
            Box::pin(async move {
                sqlx::query("INSERT INTO note (id, text) VALUES (1, 'x')").execute(connection).await?;
                panic!("a fault in a job");
            })
        })
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Panicked), "{error}");
    add(&database, 2, "after".into()).await.unwrap();
    assert_eq!(ids(&database).await, [2]);
}

#[tokio::test]
async fn callers_have_their_own_errors() {
    #[derive(Debug)]
    enum Own {
        Refused,
        Store(#[allow(dead_code)] StoreError),
    }
    impl From<StoreError> for Own {
        fn from(error: StoreError) -> Self {
            Self::Store(error)
        }
    }
    let folder = tempdir().unwrap();
    let database = open(&folder).await;
    let result: Result<(), Own> = database
        .transact(|connection| {
            Box::pin(async move {
                let insert = sqlx::query("INSERT INTO note (id, text) VALUES (1, 'x')");
                insert.execute(connection).await.map_err(StoreError::from)?;
                Err(Own::Refused)
            })
        })
        .await;
    assert!(matches!(result, Err(Own::Refused)), "{result:?}");
    assert!(ids(&database).await.is_empty());
}

#[tokio::test]
async fn a_caller_that_went_away_does_no_harm() {
    let folder = tempdir().unwrap();
    let database = open(&folder).await;
    for n in 0..50 {
        let waiting = pair(database.clone(), n * 10, false);
        let _ = tokio::time::timeout(Duration::from_micros(50 * n.unsigned_abs()), waiting).await;
    }
    add(&database, -1, "last".into()).await.unwrap();
    let ids = ids(&database).await;
    assert!(ids.iter().skip(1).collect::<Vec<_>>().chunks(2).all(|pair| *pair[0] + 1 == *pair[1]), "{ids:?}");
}

#[tokio::test]
async fn closing_finishes_what_waits_and_refuses_what_comes_later() {
    let folder = tempdir().unwrap();
    let database = open(&folder).await;
    let tasks: Vec<_> = (0..50)
        .map(|n| {
            let database = database.clone();
            tokio::spawn(async move { add(&database, n, "x".into()).await })
        })
        .collect();
    tokio::task::yield_now().await;
    database.close().await.unwrap();
    let mut stored = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => stored += 1,
            Err(error) => assert!(matches!(error, StoreError::Closed), "{error}"),
        }
    }
    assert!(matches!(add(&database, 100, "late".into()).await, Err(StoreError::Closed)));
    assert!(!folder.path().join("notes.db-wal").exists(), "closing moves the log into the database");
    assert_eq!(ids(&open(&folder).await).await.len(), stored);
}

#[tokio::test]
async fn readers_cannot_write() {
    let folder = tempdir().unwrap();
    let database = open(&folder).await;
    let result = sqlx::query("INSERT INTO note (id, text) VALUES (1, 'x')")
        .execute(&mut *database.reader().await.unwrap())
        .await;
    assert!(result.unwrap_err().to_string().contains("readonly"));
}

#[tokio::test]
async fn a_database_held_by_another_process_is_busy_and_then_free() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("notes.db");
    let options = Options { busy_timeout: Duration::from_millis(50), ..Options::default() };
    let database = Database::open_with(&path, NOTES, options).await.unwrap();
    let connect = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut other = sqlx::SqliteConnection::connect_with(&connect).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let error = add(&database, 1, "x".into()).await.unwrap_err();
    assert!(error.is_busy() && !error.is_full(), "{error}");
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    add(&database, 1, "x".into()).await.unwrap();
}

#[tokio::test]
async fn a_backup_is_whole_and_never_replaces_a_file() {
    let folder = tempdir().unwrap();
    let database = open(&folder).await;
    for n in 0..20 {
        add(&database, n, "x".repeat(5000)).await.unwrap();
    }
    let copy = folder.path().join("copy.db");
    let writing = tokio::spawn({
        let database = database.clone();
        async move { add(&database, 100, "meanwhile".into()).await }
    });
    database.backup(&copy).await.unwrap();
    writing.await.unwrap().unwrap();
    assert!(matches!(database.backup(&copy).await, Err(StoreError::File { .. })));
    let copied = Database::open(&copy, NOTES).await.unwrap();
    assert_eq!(ids(&copied).await[..20], (0..20).collect::<Vec<_>>());
    let error = database.backup(folder.path().join("no/such/folder.db")).await.unwrap_err();
    assert!(matches!(error, StoreError::Sql { .. }), "{error}");
}

/// To undo one statement of many rows SQLite notes the pages it changed: by default in a file that is made and removed for each.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_part_of_a_transaction_may_undo_is_noted_in_memory() {
    const IN_MEMORY: i64 = 2;
    let folder = tempdir().unwrap();
    let database = open(&folder).await;
    let asked = database.write(|connection| {
        Box::pin(async move { Ok(sqlx::query_scalar("PRAGMA temp_store").fetch_one(connection).await?) })
    });
    let temp_store: i64 = asked.await.unwrap();
    assert_eq!(temp_store, IN_MEMORY);
}
