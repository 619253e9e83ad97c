//! PostgreSQL: migrated by several at once, transactions, killed and started again.

use super::NOTES;
use mekong_store::testing;
use mekong_store::{Migration, Postgres, StoreError};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_is_migrated_and_survived() {
    let Some(mut server) = testing::Postgres::start() else { return };
    let url = server.database();
    let (a, b) = (Postgres::open(&url).await.unwrap(), Postgres::open(&url).await.unwrap());
    let (one, other) = tokio::join!(a.migrate("notes", NOTES), b.migrate("notes", NOTES));
    one.unwrap();
    other.unwrap();
    a.migrate(
        "others",
        &[Migration { version: 1, name: "x", sql: "CREATE TABLE x (id INT); CREATE TABLE y (id INT)" }],
    )
    .await
    .unwrap();
    let changed = [Migration { sql: "SELECT 1", ..NOTES[0] }];
    assert!(matches!(a.migrate("notes", &changed).await, Err(StoreError::MigrationChanged { .. })));
    assert!(matches!(a.migrate("notes", &[]).await, Err(StoreError::Newer { .. })));
    let wrong = [NOTES[0], Migration { version: 2, name: "wrong", sql: "CREATE TABLE z (id INT); NONSENSE" }];
    assert!(matches!(a.migrate("notes", &wrong).await, Err(StoreError::MigrationFailed { .. })));
    add(&a, 1, false).await.unwrap();
    assert!(add(&a, 1, false).await.unwrap_err().is_duplicate());
    assert!(add(&a, 2, true).await.is_err());
    assert_eq!(count(&b).await.unwrap(), 1);

    server.kill();
    let lost = count(&a).await.unwrap_err();
    assert!(lost.is_lost(), "{lost:?}");
    server.restart();
    for _ in 0..100 {
        if count(&a).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(count(&a).await.unwrap(), 1);
    assert_eq!(server.psql(&url, "SELECT text FROM note"), "one\n");
    assert!(matches!(Postgres::open("nonsense").await, Err(StoreError::Address { .. })));
    a.close().await;
    assert!(count(&a).await.unwrap_err().is_lost());
}

async fn add(database: &Postgres, id: i64, fails: bool) -> Result<(), StoreError> {
    database
        .transact(|connection| {
            Box::pin(async move {
                let note = sqlx::query("INSERT INTO note (id, text) VALUES ($1, 'one')").bind(id);
                note.execute(&mut *connection).await?;
                if fails { Err(StoreError::Panicked) } else { Ok(()) }
            })
        })
        .await
}

async fn count(database: &Postgres) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("SELECT count(*) FROM note").fetch_one(database.pool()).await?)
}

#[tokio::test]
async fn who_dies_in_the_middle_of_a_transaction_is_missed_soon() {
    let Some(server) = testing::Postgres::start() else { return };
    let database = Postgres::open(&server.url()).await.unwrap();
    let mut connection = database.pool().acquire().await.unwrap();
    for (setting, expected) in [
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "4"),
        ("tcp_user_timeout", "30000"),
        ("idle_in_transaction_session_timeout", "1min"),
    ] {
        let show = sqlx::query_scalar("SELECT current_setting($1)").bind(setting);
        let found: String = show.fetch_one(&mut *connection).await.unwrap();
        assert_eq!(found, expected, "{setting}");
    }
}
