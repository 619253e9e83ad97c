//! What is asked of the tables.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::{migrate, tables};
use mekong_store::{Postgres, testing};

#[tokio::test]
async fn the_last_group_of_a_process_is_remembered_however_long_it_was_away() {
    let Some(server) = testing::Postgres::start() else { return };
    let url = server.database();
    let database = Postgres::open(&url).await.unwrap();
    migrate(&database).await.unwrap();
    for (writer, number, age) in [("01", 1, "2 hours"), ("01", 2, "1 hour"), ("02", 7, "1 year"), ("03", 1, "1 minute")]
    {
        server.psql(
            &url,
            &format!(
                "INSERT INTO ledger_group (ledger, writer, number, first, recorded)
                 VALUES (1, '\\x{writer}', {number}, {number}, now() - INTERVAL '{age}')"
            ),
        );
    }
    tables::forget_groups(&database, 1).await.unwrap();
    let mut found = Vec::new();
    for (writer, number) in [(1, 1), (1, 2), (2, 7), (3, 1)] {
        found.push(tables::find_group(&database, 1, &[writer], number).await.unwrap());
    }
    assert_eq!(found, [None, Some(2), None, Some(1)]);
}
