//! The message log: messages that wait too long for their time-stamps.

use super::{Finding, Patient};
use mekong_exchange::messagelog::{Config, MessageLog, Statistics};
use std::path::Path;

/// Looks into the log, if there is one yet.
pub(super) async fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let folder = patient.gateway.folder.join("log");
    match MessageLog::glance(&folder).await {
        Ok(None) => vec![Finding::good("log", "no message was logged yet")],
        Ok(Some(statistics)) => vec![state(patient, &folder, &statistics)],
        Err(error) => {
            let finding = Finding::unknown("log", error.to_string()).at(folder.display());
            vec![finding.so("the index is made anew from the log when the gateway starts; mekong ledger check looks at the log itself")]
        }
    }
}

fn state(patient: &Patient<'_>, folder: &Path, statistics: &Statistics) -> Finding {
    let Statistics { messages, waiting, failing_since, .. } = statistics;
    let Some(since) = failing_since else {
        return Finding::good("log", format!("{messages} messages, {waiting} wait for the next time-stamp"));
    };
    let allowed = Config::default().timestamp_delay_max;
    let (hours, is_over) = (allowed.as_secs() / 3600, patient.now.since(*since) > allowed);
    let why = if is_over {
        "the gateway refuses messages until they are stamped"
    } else {
        "the gateway refuses messages when that goes on for hours"
    };
    Finding::problem(
        "log",
        format!("{waiting} messages wait for a time-stamp, since {since} (at most {hours} hours are allowed)"),
    )
    .at(folder.display())
    .because(why)
    .so("see what is said about time-stamps")
}
