//! Names that many rows have: written once, known by number.

use mekong_store::StoreError;
use sqlx::SqliteConnection;
use std::collections::HashMap;

/// Names kept in memory; there are few of them, as the directory knows few.
const NAMES_MAX: usize = 20_000;

/// The numbers of names that were used lately.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, i64>);

impl Names {
    /// The number of a name, which is written if it is new.
    pub(super) async fn number(&mut self, connection: &mut SqliteConnection, name: &str) -> Result<i64, StoreError> {
        if let Some(number) = self.0.get(name) {
            return Ok(*number);
        }
        let insert =
            "INSERT INTO name (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id";
        let number: i64 = sqlx::query_scalar(insert).bind(name.to_owned()).fetch_one(connection).await?;
        if self.0.len() >= NAMES_MAX {
            self.0.clear();
        }
        self.0.insert(name.to_owned(), number);
        Ok(number)
    }

    /// [`Names::number`] of a name that may be missing.
    pub(super) async fn optional(
        &mut self,
        connection: &mut SqliteConnection,
        name: Option<&str>,
    ) -> Result<Option<i64>, StoreError> {
        match name {
            Some(name) => self.number(connection, name).await.map(Some),
            None => Ok(None),
        }
    }
}
