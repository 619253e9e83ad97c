//! The account afterwards: what was acknowledged must be in the message logs of both gateways, question and answer.

use super::gateway::Gateway;
use super::numbered::Numbered;
use crate::cli::{CommandError, Context};
use crate::node::message_log;
use crate::progress;
use mekong_base::Clock;
use mekong_exchange::messagelog::Part;
use std::collections::BTreeSet;

/// Those of `wanted` that a stopped gateway's log lacks.
///
/// # Errors
/// In words, if the log cannot be read.
pub(super) async fn missing(
    gateway: &Gateway,
    wanted: &[Numbered],
    clock: &Clock,
) -> Result<BTreeSet<Numbered>, CommandError> {
    let log = message_log::open(&gateway.section, clock).await?;
    let bar = progress::bar(&format!("reading the log of {}", gateway.section.server), wanted.len() as u64);
    let mut missing = BTreeSet::new();
    for which in wanted {
        let found = log.find(&which.to_string()).await.context(|| format!("search the log for {which}"))?;
        let has = |part| found.iter().any(|record| record.part == part);
        if !(has(Part::Request) && has(Part::Response)) {
            missing.insert(*which);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    log.close().await.context(|| "close the log")?;
    Ok(missing)
}
