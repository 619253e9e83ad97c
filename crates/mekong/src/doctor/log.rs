//! The message log: messages that wait too long for their time-stamps, or that are allowed to.

use super::{Finding, Patient};
use mekong_exchange::messagelog::{MessageLog, PROVABLE_DELAY, Statistics};
use std::path::Path;
use std::time::Duration;

/// Looks into the log, if there is one yet.
pub(super) async fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let allowed = match patient.gateway.log.timestamp_delay() {
        Ok(allowed) => allowed,
        Err(error) => return vec![Finding::problem("log", error.to_string()).because("the gateway does not start")],
    };
    let folder = patient.gateway.folder.join("log");
    let state = match MessageLog::glance(&folder).await {
        Ok(None) => Finding::good("log", "no message was logged yet"),
        Ok(Some(statistics)) => state(patient, &folder, &statistics, allowed),
        Err(error) => {
            let finding = Finding::unknown("log", error.to_string()).at(folder.display());
            finding.so("the index is made anew from the log when the gateway starts; mekong ledger check looks at the log itself")
        }
    };
    std::iter::once(state).chain(unprovable(allowed)).collect()
}

/// Messages may flow for longer without time-stamps than they stay provable.
fn unprovable(allowed: Duration) -> Option<Finding> {
    let (minutes, provable) = (allowed.as_secs() / 60, PROVABLE_DELAY.as_secs() / 60);
    let what = format!(
        "messages flow for {minutes} minutes without time-stamps, and are proven only if these are back after {provable}"
    );
    let finding = Finding::warning("log", what).because("OCSP responses must be fresh when a time-stamp is made");
    (allowed > PROVABLE_DELAY).then(|| {
        finding.so(format!(
            "leave it so if messages matter more than their proof; else set gateway.log.timestamp_delay_minutes = {provable}"
        ))
    })
}

fn state(patient: &Patient<'_>, folder: &Path, statistics: &Statistics, allowed: Duration) -> Finding {
    let Statistics { messages, waiting, failing_since, .. } = statistics;
    let Some(since) = failing_since else {
        return Finding::good("log", format!("{messages} messages, {waiting} wait for the next time-stamp"));
    };
    let (minutes, is_over) = (allowed.as_secs() / 60, patient.now.since(*since) > allowed);
    let why = if is_over {
        "the gateway refuses messages until they are stamped"
    } else {
        "the gateway refuses messages when that goes on"
    };
    Finding::problem(
        "log",
        format!("{waiting} messages wait for a time-stamp, since {since} (at most {minutes} minutes are allowed)"),
    )
    .at(folder.display())
    .because(why)
    .so("see what is said about time-stamps")
}
