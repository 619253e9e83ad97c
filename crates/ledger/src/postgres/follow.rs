//! What other processes append is noticed: told by the server, and asked for in case that was missed.

use super::{Shared, tables};
use mekong_store::Postgres;
use sqlx::postgres::PgListener;
use std::sync::Weak;
use std::time::Duration;
use tokio::sync::watch;

/// How often the server is asked though it told nothing.
const POLL: Duration = Duration::from_millis(500);

/// Works until the ledger is closed or dropped.
pub(super) async fn follow(shared: Weak<Shared>, database: Postgres, ledger: i64, mut closed: watch::Receiver<bool>) {
    let mut listener = None;
    loop {
        if listener.is_none() {
            listener = listen(&database).await;
        }
        let told = async {
            match &mut listener {
                Some(listener) => listener.try_recv().await.map(|told| told.is_some()),
                None => std::future::pending().await,
            }
        };
        let lost = tokio::select! {
            _ = closed.changed() => return,
            told = tokio::time::timeout(POLL, told) => matches!(told, Ok(Err(_) | Ok(false))),
        };
        if lost {
            listener = None;
            tokio::time::sleep(POLL).await;
        }
        let bounds = tables::bounds(&database, ledger).await;
        let Some(shared) = shared.upgrade() else { return };
        if let Ok((end, first)) = bounds {
            shared.end.send_if_modified(|known| std::mem::replace(known, end.max(*known)) < end);
            shared.first.send_if_modified(|known| std::mem::replace(known, first.max(*known)) < first);
        }
    }
}

async fn listen(database: &Postgres) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(database.pool()).await.ok()?;
    listener.listen("mekong_ledger").await.ok()?;
    Some(listener)
}
