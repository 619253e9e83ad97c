//! Appending: rows of many callers in one statement, and each caller's own answer.

use crate::{NOTES, ids};
use mekong_store::{Database, Migration, Table, Value};
use tempfile::tempdir;

const LOG: &[Migration] = &[Migration {
    version: 1,
    name: "log",
    sql: "CREATE TABLE entry (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT UNIQUE)",
}];
const ENTRY: Table = Table { name: "entry", columns: &["text"] };
const NOTE: Table = Table { name: "note", columns: &["id", "text"] };

fn entry(text: impl ToString) -> Vec<Value> {
    vec![text.to_string().into()]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_caller_gets_the_numbers_of_its_own_rows() {
    let folder = tempdir().unwrap();
    let database = Database::open(folder.path().join("log.db"), LOG).await.unwrap();
    let tasks: Vec<_> = (0..500)
        .map(|n: i64| {
            let database = database.clone();
            let rows = (0..n % 4 + 1).map(|row| entry(format!("{n}.{row}"))).collect();
            tokio::spawn(async move { database.append(&ENTRY, rows).await.unwrap() })
        })
        .collect();
    for (n, task) in tasks.into_iter().enumerate() {
        let last = task.await.unwrap();
        let rows = i64::try_from(n).unwrap() % 4 + 1;
        for row in 0..rows {
            let id: i64 = sqlx::query_scalar("SELECT id FROM entry WHERE text = $1")
                .bind(format!("{n}.{row}"))
                .fetch_one(&mut *database.reader().await.unwrap())
                .await
                .unwrap();
            assert_eq!(id, last - rows + 1 + row);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_row_spoils_only_its_own_call() {
    let folder = tempdir().unwrap();
    let database = Database::open(folder.path().join("log.db"), LOG).await.unwrap();
    database.append(&ENTRY, vec![entry("taken")]).await.unwrap();
    let tasks: Vec<_> = (0..300)
        .map(|n| {
            let database = database.clone();
            let second = if n % 7 == 0 { entry("taken") } else { entry(-n) };
            tokio::spawn(async move { (n, database.append(&ENTRY, vec![entry(n + 1000), second]).await) })
        })
        .collect();
    for task in tasks {
        let (n, result) = task.await.unwrap();
        assert_eq!(result.is_err(), n % 7 == 0, "{n}: {result:?}");
        assert!(result.as_ref().err().is_none_or(|error| error.is_duplicate()), "{result:?}");
        let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM entry WHERE text IN ($1, $2)")
            .bind((n + 1000).to_string())
            .bind((-n).to_string())
            .fetch_one(&mut *database.reader().await.unwrap())
            .await
            .unwrap();
        assert_eq!(stored, if n % 7 == 0 { 0 } else { 2 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_mix_with_other_writes() {
    let folder = tempdir().unwrap();
    let database = Database::open(folder.path().join("notes.db"), NOTES).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..100 {
        let other = database.clone();
        tasks.spawn(async move { other.append(&NOTE, vec![vec![n.into(), "x".to_owned().into()]]).await.map(|_| ()) });
        let other = database.clone();
        tasks.spawn(async move { crate::add(&other, n + 1000, "x".to_owned()).await });
    }
    assert!(tasks.join_all().await.iter().all(Result::is_ok));
    assert_eq!(ids(&database).await.len(), 200);
    let refused = database.append(&NOTE, vec![vec![Value::Null, Value::Null]]).await;
    assert!(refused.is_err());
    assert!(database.append(&NOTE, Vec::new()).await.is_err(), "no rows are no statement");
}
