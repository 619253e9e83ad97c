//! A consistent copy of a database that stays in use.

use crate::{StoreError, file};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use std::path::Path;

/// Copies `from` to `to` by way of `to.partial`, all synced.
pub(crate) async fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::File { path: to.to_owned(), source };
    if to.try_exists().map_err(failed)? {
        return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
    }
    let partial = file::partial(to);
    file::remove(&partial)?;
    let copied = vacuum(from, &partial).await;
    if copied.is_err() {
        file::remove(&partial)?;
    }
    copied?;
    file::sync(&partial)?;
    file::rename(&partial, to)
}

async fn vacuum(from: &Path, to: &Path) -> Result<(), StoreError> {
    let name = to.to_str().ok_or_else(|| StoreError::File {
        path: to.to_owned(),
        source: std::io::Error::new(std::io::ErrorKind::InvalidInput, "the name is not UTF-8"),
    })?;
    let connect = SqliteConnectOptions::new().filename(from).read_only(true);
    let mut connection = SqliteConnection::connect_with(&connect).await?;
    let copied = sqlx::query("VACUUM INTO $1").bind(name).execute(&mut connection).await;
    connection.close().await?;
    copied?;
    Ok(())
}
