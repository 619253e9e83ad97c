//! The index: what people and programs look for in the message log. It is made from the ledger and is behind it by
//! moments; it can be thrown away at any time.
//!
//! Every process has its own, in SQLite, also where several gateways share a ledger in PostgreSQL: they need no
//! agreement about it, and looking things up costs the shared database nothing.

mod names;
mod row;
mod schema;
mod sqlite;
mod write;

pub(super) use row::{Change, Progress, Row, RowMessage, hash, number, place};
pub(super) use sqlite::Index;

use super::{Part, Side};
use mekong_base::Instant;

/// Which exchanges are wanted. What is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Who asked, as `INSTANCE/CLASS/CODE/SUBSYSTEM`.
    pub client: Option<String>,
    /// What was asked, as `INSTANCE/CLASS/CODE/SUBSYSTEM/SERVICE`.
    pub service: Option<String>,
    /// This gateway's side.
    pub side: Option<Side>,
    /// HTTP status of the answer, at least.
    pub status_min: Option<u16>,
    /// Recorded not before.
    pub since: Option<Instant>,
    /// Recorded before.
    pub until: Option<Instant>,
}

impl Wanted {
    /// Whether an exchange is wanted.
    #[cfg(test)]
    pub(super) fn takes(&self, row: &Row) -> bool {
        self.client.as_ref().is_none_or(|client| *client == row.client)
            && self.service.as_ref().is_none_or(|service| *service == row.service)
            && self.side.is_none_or(|side| side == row.side)
            && self.status_min.is_none_or(|least| row.status.is_some_and(|status| status >= least))
            && self.since.is_none_or(|since| row.at >= since)
            && self.until.is_none_or(|until| row.at < until)
    }
}

/// Numbers of the two parts in the `parts` column.
const fn flag(part: Part) -> i64 {
    match part {
        Part::Request => 1,
        Part::Response => 2,
    }
}

/// Positions, numbers and sizes in SQL, which has no unsigned numbers.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
