//! Clocks: ours against those that sign: the directory, OCSP, time-stamps. And whether time-stamps are to be had.

use super::{Finding, Patient};
use mekong_authority::tsp_client::TspClient;
use mekong_base::{Clock, Instant};
use mekong_crypto::DigestAlgorithm;
use mekong_directory::GlobalConf;
use rand::TryRngCore as _;
use std::time::Duration;

/// A difference that no network explains.
const WORTH_A_WORD: Duration = Duration::from_secs(5);
/// From then on things break: certificates and OCSP responses are backdated by a minute.
const TOO_FAR: Duration = Duration::from_secs(60);

/// Compares a signed time with ours. `older` is how old it may be without saying anything about clocks, since it was signed
/// some time ago.
pub(super) fn compare(whose: &str, said: Instant, now: Instant, older: Duration) -> Option<Finding> {
    let (ahead, behind) = (said.since(now), now.since(said).saturating_sub(older));
    let difference = ahead.max(behind);
    if difference < WORTH_A_WORD {
        return None;
    }
    let direction = if ahead > behind { "behind" } else { "ahead of" };
    let seconds = difference.as_secs();
    let what = format!("this machine's clock is {seconds} seconds {direction} that of {whose} ({said}; here {now})");
    let finding = if difference < TOO_FAR { Finding::warning("clock", what) } else { Finding::problem("clock", what) };
    Some(
        finding
            .because("certificates, OCSP responses and time-stamps are refused when clocks differ, and evidence gets wrong dates")
            .so("set the clock that is wrong; keep it right by NTP: timedatectl set-ntp true (or chronyd)"),
    )
}

/// Has a time-stamp made by every approved authority, and verifies it.
pub(super) async fn stamping(patient: &Patient<'_>, directory: &GlobalConf, clock: &Clock) -> Vec<Finding> {
    let approved = directory.timestampers(directory.instance());
    if approved.is_empty() {
        let finding = Finding::problem("timestamp", "the directory approves no time-stamping authority");
        let why = "messages are refused when none can be time-stamped for a while";
        return vec![finding.because(why).so("ask the operator to add a [[timestamper]] to the members file")];
    }
    let mut findings = Vec::new();
    let mut works = false;
    for authority in approved {
        let client = TspClient::new(patient.http.clone());
        let mut random = [0; 32];
        let _ = rand::rngs::OsRng.try_fill_bytes(&mut random);
        let digest = DigestAlgorithm::Sha512.digest(&random);
        let (urls, trusted) = ([authority.url.clone()], [authority.certificate.clone()]);
        match client.stamp(DigestAlgorithm::Sha512, digest.as_ref(), &urls, &trusted).await {
            Ok(token) => {
                works = true;
                findings.extend(compare(&authority.name, token.verified.info.gen_time, clock.now(), Duration::ZERO));
                findings.push(Finding::good("timestamp", format!("{} gives time-stamps that verify", authority.name)));
            }
            Err(error) => {
                let finding = Finding::warning("timestamp", error.to_string()).at(&authority.url);
                findings.push(
                    finding
                        .because("messages wait for their time-stamps")
                        .so("let this machine reach that address, or tell the operator that it is down"),
                );
            }
        }
    }
    if !works {
        let finding = Finding::problem("timestamp", "no approved authority gives time-stamps");
        findings.push(
            finding
                .because("messages are refused when none can be time-stamped for a while")
                .so("see the warnings above"),
        );
    }
    findings
}
