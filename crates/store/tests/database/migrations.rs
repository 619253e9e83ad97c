//! Schema steps: once each, in order, never changed, never from the future.

use crate::{NOTES, add, ids};
use mekong_store::{Database, Migration, StoreError};
use tempfile::tempdir;

const TWO: &[Migration] = &[
    NOTES[0],
    Migration {
        version: 2,
        name: "tags",
        sql: "ALTER TABLE note ADD COLUMN tag TEXT; CREATE INDEX note_tag ON note (tag); UPDATE note SET tag = 'old';",
    },
];

#[tokio::test]
async fn upgrade_keeps_data_and_a_second_start_changes_nothing() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("new/folder/notes.db");
    let first = Database::open(&path, NOTES).await.unwrap();
    add(&first, 1, "one".into()).await.unwrap();
    first.close().await.unwrap();
    for _ in 0..2 {
        let database = Database::open(&path, TWO).await.unwrap();
        let tag: String =
            sqlx::query_scalar("SELECT tag FROM note").fetch_one(&mut *database.reader().await.unwrap()).await.unwrap();
        assert_eq!(tag, "old");
        database.close().await.unwrap();
    }
}

#[tokio::test]
async fn many_that_open_at_once_migrate_once() {
    let folder = tempdir().unwrap();
    for round in 0..20 {
        let path = folder.path().join(format!("notes-{round}.db"));
        let open = || Database::open(&path, TWO);
        let (one, other, third, fourth) = tokio::join!(open(), open(), open(), open());
        add(&one.unwrap(), 1, "one".into()).await.unwrap();
        for opened in [other, third, fourth] {
            assert_eq!(ids(&opened.unwrap()).await, [1]);
        }
    }
}

#[tokio::test]
async fn refuses_a_database_of_a_newer_release() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("notes.db");
    Database::open(&path, TWO).await.unwrap().close().await.unwrap();
    let error = Database::open(&path, NOTES).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 2, known: 1, .. }), "{error}");
    assert!(error.to_string().contains("\"tags\""), "{error}");
}

#[tokio::test]
async fn refuses_a_migration_that_was_changed() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("notes.db");
    Database::open(&path, NOTES).await.unwrap().close().await.unwrap();
    let changed = [Migration { sql: "CREATE TABLE note (id BIGINT)", ..NOTES[0] }];
    let error = Database::open(&path, &changed).await.unwrap_err();
    assert!(matches!(error, StoreError::MigrationChanged { version: 1, .. }), "{error}");
}

#[tokio::test]
async fn a_failing_migration_leaves_the_database_as_it_was() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("notes.db");
    let broken =
        [NOTES[0], Migration { version: 2, name: "broken", sql: "DROP TABLE note; CREATE TABLE note (id NONSENSE(" }];
    let error = Database::open(&path, &broken).await.unwrap_err();
    assert!(matches!(error, StoreError::MigrationFailed { version: 2, .. }), "{error}");
    let database = Database::open(&path, NOTES).await.unwrap();
    add(&database, 1, "still there".into()).await.unwrap();
}

#[tokio::test]
async fn refuses_a_list_out_of_order_and_a_place_that_is_a_folder() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("notes.db");
    let error = Database::open(&path, &[TWO[1], TWO[0]]).await.unwrap_err();
    assert!(matches!(error, StoreError::MigrationOrder(1)), "{error}");
    let error = Database::open(folder.path(), NOTES).await.unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }), "{error}");
    let error = Database::open("/proc/nowhere/notes.db", NOTES).await.unwrap_err();
    assert!(matches!(error, StoreError::File { .. }), "{error}");
}
