//! What a subscription is, as its owner declares it.

use super::wire::question::CHOICES_MAX;
use super::wire::{Question, Start};
use mekong_base::{ClientId, Instant};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The code of the service of events, if nothing else is said.
pub const SERVICE: &str = "events";
/// The address of a service that the gateway answers itself from its topics.
pub const SERVICE_URL: &str = "mekong:events";
/// Bytes of a topic's or subscription's name.
const NAME_BYTES_MAX: usize = 64;

/// A subscription of a client of this gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionSettings {
    /// Its name, unique at this gateway.
    pub name: String,
    /// The publisher: `VN/GOV/MPS/population`.
    pub provider: ClientId,
    /// Its topic.
    pub topic: String,
    /// The code of its service of events.
    #[serde(default = "service", skip_serializing_if = "is_usual_service")]
    pub service: String,
    /// Types of events; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Subjects; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// Where it begins: `beginning`, `end`, a position, or a time (RFC 3339). The beginning if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Where events are pushed, `http://host[:port]/path`; information systems fetch them if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<String>,
    /// Seconds that the information system may take for one event.
    #[serde(default = "timeout", skip_serializing_if = "is_usual_timeout")]
    pub timeout_seconds: u32,
    /// Attempts at an event that the information system refuses, before it is put aside.
    #[serde(default = "attempts", skip_serializing_if = "is_usual_attempts")]
    pub attempts: u32,
    /// What follows an event that was put aside, of the same subject, goes on; it waits for a decision if `false`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pass: bool,
    /// Events that may wait for delivery; then the publisher is asked for no more.
    #[serde(default = "lead", skip_serializing_if = "is_usual_lead")]
    pub lead: u32,
}

fn service() -> String {
    SERVICE.to_owned()
}
fn is_usual_service(code: &str) -> bool {
    code == SERVICE
}
const fn timeout() -> u32 {
    30
}
const fn is_usual_timeout(seconds: &u32) -> bool {
    *seconds == timeout()
}
const fn attempts() -> u32 {
    12
}
const fn is_usual_attempts(attempts: &u32) -> bool {
    *attempts == self::attempts()
}
const fn lead() -> u32 {
    1_000
}
const fn is_usual_lead(lead: &u32) -> bool {
    *lead == self::lead()
}

/// How events reach the information system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It fetches them.
    Pull,
    /// They are posted there.
    Push(String),
}

/// A setting that cannot be. Its author's to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why}")]
pub struct SettingError {
    /// Which.
    pub what: &'static str,
    /// What is wanted.
    pub why: String,
}

/// Is this a name of a topic or subscription: 1 to 64 of `a-z`, `0-9`, `-`, `_` and `.`, beginning with a letter or digit?
///
/// # Errors
/// [`SettingError`].
pub fn check_name(what: &'static str, name: &str) -> Result<(), SettingError> {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
    let begins = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if begins && name.len() <= NAME_BYTES_MAX && name.bytes().all(good) {
        return Ok(());
    }
    let shown: String = name.chars().take(80).collect();
    let why =
        format!("{shown:?} is no name: 1 to {NAME_BYTES_MAX} of a-z, 0-9, - _ . are, beginning with a letter or digit");
    Err(SettingError { what, why })
}

impl SubscriptionSettings {
    /// A subscription to everything from the beginning, that is fetched.
    pub fn new(name: impl Into<String>, provider: ClientId, topic: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            provider,
            topic: topic.into(),
            service: service(),
            types: Vec::new(),
            subjects: Vec::new(),
            start: None,
            push: None,
            timeout_seconds: timeout(),
            attempts: attempts(),
            pass: false,
            lead: lead(),
        }
    }

    /// Can this be?
    ///
    /// # Errors
    /// [`SettingError`] names the setting.
    pub fn check(&self) -> Result<(), SettingError> {
        let wrong = |what, why: &str| Err(SettingError { what, why: why.to_owned() });
        check_name("name", &self.name)?;
        check_name("topic", &self.topic)?;
        self.first()?;
        if self.provider.subsystem.is_none() {
            return wrong("provider", "a subsystem publishes, INSTANCE/CLASS/MEMBER/SUBSYSTEM");
        }
        if self.types.len() > CHOICES_MAX || self.subjects.len() > CHOICES_MAX {
            return wrong("types", "at most 50 types and 50 subjects are taken");
        }
        if let Some(url) = &self.push {
            let host = url.strip_prefix("http://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
            if host.is_empty() || host.contains('@') || url.contains('#') || url.parse::<http::Uri>().is_err() {
                return wrong("push", "an address http://host[:port]/path is wanted");
            }
        }
        if !(1..=600).contains(&self.timeout_seconds) {
            return wrong("timeout_seconds", "1 to 600 are possible");
        }
        if !(1..=1_000).contains(&self.attempts) {
            return wrong("attempts", "1 to 1000 are possible");
        }
        if !(1..=10_000).contains(&self.lead) {
            return wrong("lead", "1 to 10000 are possible");
        }
        Ok(())
    }

    /// Where it begins.
    ///
    /// # Errors
    /// [`SettingError`].
    pub fn first(&self) -> Result<Start, SettingError> {
        let Some(text) = self.start.as_deref() else { return Ok(Start::Position(0)) };
        if let Ok(position) = text.parse::<u64>() {
            return Ok(Start::Position(position.min(u64::MAX >> 1)));
        }
        match text {
            "beginning" => Ok(Start::Position(0)),
            "end" => Ok(Start::End),
            _ => text.parse::<Instant>().map(Start::Since).map_err(|_| SettingError {
                what: "start",
                why: format!("{text:?} is none of beginning, end, a position, a time (2026-11-22T05:14:00Z)"),
            }),
        }
    }

    /// The question to the publisher.
    pub fn question(&self, from: Start, limit: usize, wait: Duration) -> Question {
        Question { from, limit, wait, kinds: self.types.clone(), subjects: self.subjects.clone() }
    }

    /// How events reach the information system.
    pub fn delivery(&self) -> Delivery {
        self.push.clone().map_or(Delivery::Pull, Delivery::Push)
    }
}

/// What the events of a topic say of their source: who publishes, and what.
pub fn source_of(publisher: &ClientId, topic: &str) -> String {
    format!("/{publisher}/{topic}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use mekong_base::MemberId;

    #[test]
    fn settings_are_checked_by_name() {
        let good =
            SubscriptionSettings::new("births", MemberId::new("VN", "GOV", "MPS").subsystem("population"), "births");
        assert_eq!(good.check(), Ok(()));
        let wrong = |change: &dyn Fn(&mut SubscriptionSettings)| {
            let mut settings = good.clone();
            change(&mut settings);
            settings.check().map_err(|e| e.what)
        };
        assert_eq!(wrong(&|s| s.name = "../x".into()), Err("name"));
        assert_eq!(wrong(&|s| s.name = ".x".into()), Err("name"));
        assert_eq!(wrong(&|s| s.topic = String::new()), Err("topic"));
        assert_eq!(wrong(&|s| s.start = Some("tomorrow".into())), Err("start"));
        assert_eq!(wrong(&|s| s.push = Some("https://x/".into())), Err("push"));
        assert_eq!(wrong(&|s| s.push = Some("http://a@b/".into())), Err("push"));
        assert_eq!(wrong(&|s| s.lead = 0), Err("lead"));
        assert_eq!(wrong(&|s| s.start = Some("end".into())), Ok(()));
        assert_eq!(wrong(&|s| s.push = Some("http://127.0.0.1:9/x?y=1".into())), Ok(()));
    }
}
