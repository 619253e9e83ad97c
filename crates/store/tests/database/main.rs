//! The database against real files, real crashes and real full disks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod appends;
mod crash;
mod full;
mod migrations;
mod postgres;
mod writes;

use mekong_store::{Database, Migration};

pub(crate) const NOTES: &[Migration] =
    &[Migration { version: 1, name: "notes", sql: "CREATE TABLE note (id BIGINT PRIMARY KEY, text TEXT NOT NULL)" }];

pub(crate) async fn add(database: &Database, id: i64, text: String) -> Result<(), mekong_store::StoreError> {
    let statement = sqlx::query("INSERT INTO note (id, text) VALUES ($1, $2)").bind(id).bind(text);
    database.execute(statement).await.map(|_| ())
}

pub(crate) async fn ids(database: &Database) -> Vec<i64> {
    sqlx::query_scalar("SELECT id FROM note ORDER BY id")
        .fetch_all(&mut *database.reader().await.unwrap())
        .await
        .unwrap()
}
