//! The message log: messages that wait too long for their time-stamps.

use super::{Finding, Patient};
use mekong_base::Clock;
use mekong_exchange::messagelog::{Config, MessageLog};

/// Looks into the log, if there is one yet.
pub(super) async fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let folder = patient.gateway.folder.join("log");
    if !folder.join("messages.db").is_file() {
        return vec![Finding::good("log", "no message was logged yet")];
    }
    let clock = Clock::manual(patient.now);
    let log = match MessageLog::open(&folder, Config::default(), clock).await {
        Ok(log) => log,
        Err(error) => {
            let finding = Finding::problem("log", error.to_string()).at(folder.display());
            return vec![finding.because("the gateway does not start without its log").so("restore it from a backup")];
        }
    };
    let mut findings = Vec::new();
    if let Err(overdue) = log.accepting(patient.now) {
        let finding = Finding::problem("log", overdue.to_string()).at(folder.display());
        findings.push(finding.because("the gateway refuses messages").so("see what is said about time-stamps"));
    }
    match log.statistics().await {
        Ok(statistics) => {
            let waiting = statistics.waiting;
            match statistics.failing_since {
                Some(since) => {
                    let what = format!("{waiting} messages wait for a time-stamp, since {since}");
                    let finding = Finding::problem("log", what).at(folder.display());
                    findings.push(
                        finding
                            .because("after four hours the gateway refuses messages")
                            .so("see what is said about time-stamps"),
                    );
                }
                None => findings.push(Finding::good(
                    "log",
                    format!("{} messages, {waiting} wait for the next time-stamp", statistics.newest_id),
                )),
            }
        }
        Err(error) => findings.push(Finding::unknown("log", error.to_string()).at(folder.display())),
    }
    let _ = log.close().await;
    findings
}
