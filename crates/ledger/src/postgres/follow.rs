//! What other processes append is noticed: told by the server, and asked for in case that was missed.

use super::{Shared, tables};
use mekong_store::Postgres;
use sqlx::postgres::{PgListener, PgPoolOptions};
use std::sync::Weak;
use std::time::Duration;
use tokio::sync::watch;

/// How often the server is asked though it told nothing.
const POLL: Duration = Duration::from_millis(500);

/// What happened.
enum News {
    /// A ledger of this number grew to this end.
    Grown(i64, u64),
    /// Nothing for a while.
    Nothing,
    /// The connection on which the server tells was lost.
    Lost,
    Closed,
}

/// Works until the ledger is closed or dropped.
pub(super) async fn follow(shared: Weak<Shared>, database: Postgres, ledger: i64, mut closed: watch::Receiver<bool>) {
    let mut listener = None;
    loop {
        if listener.is_none() {
            listener = listen(&database).await;
        }
        match wait(&mut listener, &mut closed).await {
            News::Closed => return,
            News::Grown(number, _) if number != ledger => continue,
            News::Grown(_, end) => {
                let Some(shared) = shared.upgrade() else { return };
                shared.end.send_if_modified(|known| std::mem::replace(known, end.max(*known)) < end);
                continue;
            }
            News::Lost => listener = None,
            News::Nothing => {}
        }
        let bounds = tables::bounds(&database, ledger).await;
        let Some(shared) = shared.upgrade() else { return };
        match bounds {
            Ok((end, first)) => {
                shared.end.send_if_modified(|known| std::mem::replace(known, end.max(*known)) < end);
                shared.first.send_if_modified(|known| std::mem::replace(known, first.max(*known)) < first);
            }
            Err(_) => tokio::time::sleep(POLL).await,
        }
    }
}

async fn wait(listener: &mut Option<PgListener>, closed: &mut watch::Receiver<bool>) -> News {
    let told = async {
        match listener {
            Some(listener) => listener.try_recv().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = closed.changed() => News::Closed,
        told = tokio::time::timeout(POLL, told) => match told {
            Ok(Ok(Some(told))) => read(told.payload()).map_or(News::Nothing, |(ledger, end)| News::Grown(ledger, end)),
            Ok(Ok(None) | Err(_)) => News::Lost,
            Err(_) => News::Nothing,
        },
    }
}

/// `<number of the ledger> <its end>`.
fn read(told: &str) -> Option<(i64, u64)> {
    let (ledger, end) = told.split_once(' ')?;
    Some((ledger.parse().ok()?, end.parse().ok()?))
}

/// A connection of its own: those of the pool are for those who ask.
async fn listen(database: &Postgres) -> Option<PgListener> {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(POLL * 4);
    let pool = pool.connect_lazy_with((*database.pool().connect_options()).clone());
    let mut listener = PgListener::connect_with(&pool).await.ok()?;
    listener.listen("mekong_ledger").await.ok()?;
    Some(listener)
}
