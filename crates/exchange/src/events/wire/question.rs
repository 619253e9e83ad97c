//! What a subscriber's gateway asks for: from where on, how many, how long to wait, and which events.

use mekong_base::Instant;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::time::Duration;

/// Events in one batch.
pub const LIMIT_MAX: usize = 1_000;
/// How long an answer may be waited for.
pub const WAIT_MAX: Duration = Duration::from_secs(50);
/// Types and subjects in one question, each.
pub const CHOICES_MAX: usize = 50;

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// From where on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// From this position.
    Position(u64),
    /// From what comes next.
    End,
    /// From what was recorded at this time or later.
    Since(Instant),
}

/// A question to a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// From where on.
    pub from: Start,
    /// Events at most, 1 to [`LIMIT_MAX`].
    pub limit: usize,
    /// How long to wait if there is none, at most [`WAIT_MAX`].
    pub wait: Duration,
    /// Types; all if empty.
    pub kinds: Vec<String>,
    /// Subjects; all if empty.
    pub subjects: Vec<String>,
}

/// A query that asks for nothing we know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {why}")]
pub struct QuestionError {
    /// The parameter.
    pub name: String,
    /// What is wanted.
    pub why: String,
}

fn error(name: &str, why: impl Into<String>) -> QuestionError {
    QuestionError { name: name.chars().take(40).collect(), why: why.into() }
}

impl Default for Question {
    fn default() -> Self {
        Self { from: Start::Position(0), limit: 100, wait: Duration::ZERO, kinds: Vec::new(), subjects: Vec::new() }
    }
}

impl Question {
    /// From a query: `from=POSITION|end` or `since=TIME`, `limit`, `wait` in seconds, `type` and `subject`, several each.
    ///
    /// # Errors
    /// [`QuestionError`] names the parameter.
    pub fn parse(query: &str) -> Result<Self, QuestionError> {
        let mut asked = Self::default();
        let mut seen: Vec<&str> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = value.replace('+', " ");
            let value = percent_decode_str(&value).decode_utf8().map_err(|_| error(name, "it is not UTF-8"))?;
            if !matches!(name, "type" | "subject") && seen.contains(&name) {
                return Err(error(name, "it stands there twice: send it once"));
            }
            seen.push(name);
            asked.set(name, &value)?;
        }
        if seen.contains(&"from") && seen.contains(&"since") {
            return Err(error("since", "from and since stand together: send one of them"));
        }
        Ok(asked)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), QuestionError> {
        let number = |limit: u64| match value.parse::<u64>() {
            Ok(number) if number <= limit => Ok(number),
            _ => Err(error(name, format!("a number up to {limit} is wanted, not {value:?}"))),
        };
        match name {
            "from" if value == "end" => self.from = Start::End,
            "from" => self.from = Start::Position(number(u64::MAX >> 1)?),
            "since" => {
                let at =
                    value.parse().map_err(|e| error(name, format!("RFC 3339 is wanted, 2026-11-22T05:14:00Z: {e}")))?;
                self.from = Start::Since(at);
            }
            "limit" => self.limit = usize::try_from(number(LIMIT_MAX as u64)?.max(1)).unwrap_or(1),
            "wait" => self.wait = Duration::from_secs(number(WAIT_MAX.as_secs())?),
            "type" => choice(&mut self.kinds, name, value)?,
            "subject" => choice(&mut self.subjects, name, value)?,
            _ => return Err(error(name, "there is no such parameter: from, since, limit, wait, type, subject")),
        }
        Ok(())
    }

    /// As a query.
    pub fn to_query(&self) -> String {
        let encoded = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        let mut out = match self.from {
            Start::Position(position) => format!("from={position}"),
            Start::End => "from=end".to_owned(),
            Start::Since(at) => format!("since={}", encoded(&at.to_string())),
        };
        out.push_str(&format!("&limit={}&wait={}", self.limit, self.wait.as_secs()));
        for (name, values) in [("type", &self.kinds), ("subject", &self.subjects)] {
            values.iter().for_each(|value| out.push_str(&format!("&{name}={}", encoded(value))));
        }
        out
    }

    /// Is this one asked for?
    pub fn wants(&self, kind: &str, subject: Option<&str>) -> bool {
        let among = |list: &[String], value: Option<&str>| {
            list.is_empty() || value.is_some_and(|value| list.iter().any(|one| one == value))
        };
        among(&self.kinds, Some(kind)) && among(&self.subjects, subject)
    }
}

fn choice(list: &mut Vec<String>, name: &str, value: &str) -> Result<(), QuestionError> {
    if list.len() >= CHOICES_MAX {
        return Err(error(name, format!("at most {CHOICES_MAX} are taken")));
    }
    list.push(value.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_written_and_read() -> Result<(), QuestionError> {
        for from in [Start::Position(7), Start::End, Start::Since(Instant::from_unix_seconds(1_800_000_000))] {
            let kinds = vec!["la.birth".to_owned(), "x&y=z".to_owned()];
            let asked =
                Question { from, limit: 5, wait: Duration::from_secs(3), kinds, subjects: vec!["Xiêng 1+1".into()] };
            assert_eq!(Question::parse(&asked.to_query())?, asked);
        }
        assert_eq!(Question::parse("")?, Question::default());
        let asked = Question::parse("type=a&subject=1")?;
        assert!(asked.wants("a", Some("1")) && !asked.wants("a", None) && !asked.wants("b", Some("1")));
        Ok(())
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (query, name) in [
            ("from=-1", "from"),
            ("from=1&from=2", "from"),
            ("from=1&since=2026-11-22T05:14:00Z", "since"),
            ("since=now", "since"),
            ("limit=1001", "limit"),
            ("wait=51", "wait"),
            ("wat=1", "wat"),
            ("type=%ff", "type"),
        ] {
            assert_eq!(Question::parse(query).map_err(|e| e.name), Err(name.to_owned()), "{query}");
        }
        assert!(Question::parse(&"type=a&".repeat(51)).is_err());
    }
}
