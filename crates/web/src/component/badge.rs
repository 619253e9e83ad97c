//! Badges: a word with a sign and a colour.

use crate::catalogue::WORDS;
use crate::{Language, Markup};
use mekong_base::Instant;

/// What a badge or notice wants to say. Each tone has a sign of its own beside its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Something is wrong.
    Bad,
    /// All is well.
    Good,
    /// To be known.
    Info,
    /// Neither good nor bad.
    Neutral,
    /// Something will be wrong soon.
    Warning,
}

impl Tone {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Good => "good",
            Self::Info => "info",
            Self::Neutral => "neutral",
            Self::Warning => "warning",
        }
    }

    /// The sign, drawn in a square of 16.
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Bad => r#"<path d="M4 4l8 8M12 4l-8 8"/>"#,
            Self::Good => r#"<path d="M3 8.5l3.5 3.5L13 4.5"/>"#,
            Self::Info => r#"<path d="M8 7v5M8 4v.5"/>"#,
            Self::Neutral => r#"<path d="M4 8h8"/>"#,
            Self::Warning => r#"<path d="M8 3.5v6M8 12v.5"/>"#,
        }
    }
}

/// A word with a tone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    tone: Tone,
    text: String,
}

const SECONDS_PER_DAY: i64 = 86_400;
/// A certificate with fewer days left is a warning: an authority needs some days to issue the next.
const WARNING_DAYS: i64 = 30;
/// With fewer, somebody must act now.
const BAD_DAYS: i64 = 7;

impl Badge {
    /// A badge.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into() }
    }

    /// How long a certificate is still valid at `now`: a warning under 30 days, bad under 7 and after its end.
    pub fn certificate(language: Language, not_before: Instant, not_after: Instant, now: Instant) -> Self {
        let days = |seconds: i64| seconds.div_euclid(SECONDS_PER_DAY);
        let seconds = |to: Instant| to.unix_seconds().saturating_sub(now.unix_seconds());
        let left = days(seconds(not_after));
        let filled = |key, n: i64| WORDS.fill(language, key, &[("n", &n.to_string())]);
        let fixed = |key| WORDS.text(language, key).to_owned();
        let (tone, text) = match left {
            _ if now < not_before && days(seconds(not_before)) == 0 => {
                (Tone::Warning, fixed("certificate.not_yet_one"))
            }
            _ if now < not_before => (Tone::Warning, filled("certificate.not_yet", days(seconds(not_before)) + 1)),
            _ if not_after < now && left >= -1 => (Tone::Bad, fixed("certificate.expired_today")),
            -2 => (Tone::Bad, fixed("certificate.expired_one")),
            ..0 => (Tone::Bad, filled("certificate.expired", -left - 1)),
            0 => (Tone::Bad, fixed("certificate.expires_today")),
            1 => (Tone::Bad, fixed("certificate.one_day_left")),
            2..BAD_DAYS => (Tone::Bad, filled("certificate.days_left", left)),
            BAD_DAYS..WARNING_DAYS => (Tone::Warning, filled("certificate.days_left", left)),
            _ => (Tone::Good, filled("certificate.days_left", left)),
        };
        Self { tone, text }
    }

    /// What it says.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How it says it.
    pub const fn tone(&self) -> Tone {
        self.tone
    }

    /// Its HTML.
    pub fn markup(&self) -> Markup {
        Markup::made(format!(
            "<span class=\"badge {}\">{}<span>{}</span></span>",
            self.tone.class(),
            sign(self.tone),
            Markup::text(&self.text)
        ))
    }
}

/// The sign of a tone as a picture that says nothing by itself.
pub(super) fn sign(tone: Tone) -> String {
    format!("<svg class=\"sign\" viewBox=\"0 0 16 16\" aria-hidden=\"true\" focusable=\"false\">{}</svg>", tone.sign())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(days_left: f64, tone: Tone, text: &str) {
        let now = Instant::from_unix_seconds(2_000_000_000);
        let seconds = format!("{:.0}", days_left * 86_400.0).parse().unwrap_or(0);
        let end = Instant::from_unix_seconds(2_000_000_000 + seconds);
        let badge = Badge::certificate(Language::English, Instant::from_unix_seconds(0), end, now);
        assert_eq!((badge.tone(), badge.text()), (tone, text));
    }

    #[test]
    fn a_certificate_turns_from_good_to_bad() {
        check(365.0, Tone::Good, "365 days left");
        check(30.0, Tone::Good, "30 days left");
        check(29.9, Tone::Warning, "29 days left");
        check(7.0, Tone::Warning, "7 days left");
        check(6.9, Tone::Bad, "6 days left");
        check(1.5, Tone::Bad, "1 day left");
        check(0.5, Tone::Bad, "expires within 24 hours");
        check(-0.5, Tone::Bad, "expired today");
        check(-1.5, Tone::Bad, "expired 1 day ago");
        check(-10.5, Tone::Bad, "expired 10 days ago");
    }

    #[test]
    fn a_certificate_of_tomorrow() {
        let at = Instant::from_unix_seconds;
        let badge = Badge::certificate(Language::English, at(100), at(200), at(0));
        assert_eq!(badge.text(), "valid within 24 hours");
    }
}
