//! What the doctor finds: what, where, why it matters, what to do.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// As it should be.
    Good,
    /// It works, and will not for long, or not for everybody.
    Warning,
    /// It does not work.
    Problem,
    /// It could not be found out.
    Unknown,
}

/// One check with its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// What was looked at: `clock`, `certificate`, `ocsp`, `timestamp`, `directory`, `registration`, `rights`, `port`, `disk`,
    /// `log`, `limits`, `ledger`.
    area: &'static str,
    level: Level,
    /// What was found.
    what: String,
    /// The file, address or setting.
    #[serde(skip_serializing_if = "String::is_empty")]
    place: String,
    /// What comes of it.
    #[serde(skip_serializing_if = "str::is_empty")]
    why: &'static str,
    /// What to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    todo: String,
}

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colours(bool);

impl Colours {
    /// On a terminal that wants them (<https://no-color.org>).
    pub(crate) fn of_stdout() -> Self {
        Self::of(&std::io::stdout())
    }

    /// The same for what goes to standard error.
    pub(crate) fn of_stderr() -> Self {
        Self::of(&std::io::stderr())
    }

    fn of(stream: &impl std::io::IsTerminal) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self(wanted && stream.is_terminal())
    }

    fn paint(self, level: Level, text: &str) -> String {
        let code = match level {
            Level::Good => 32,
            Level::Warning => 33,
            Level::Problem => 31,
            Level::Unknown => 35,
        };
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

impl Finding {
    /// Something is as it should be.
    pub(super) fn good(area: &'static str, what: impl Into<String>) -> Self {
        Self { area, level: Level::Good, what: what.into(), place: String::new(), why: "", todo: String::new() }
    }

    /// Something does not work.
    pub(super) fn problem(area: &'static str, what: impl Into<String>) -> Self {
        Self { level: Level::Problem, ..Self::good(area, what) }
    }

    /// Something works, but.
    pub(super) fn warning(area: &'static str, what: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::good(area, what) }
    }

    /// Something could not be found out.
    pub(super) fn unknown(area: &'static str, what: impl Into<String>) -> Self {
        Self { level: Level::Unknown, ..Self::good(area, what) }
    }

    /// The file, address or setting.
    pub(super) fn at(mut self, place: impl std::fmt::Display) -> Self {
        self.place = place.to_string();
        self
    }

    /// What comes of it.
    pub(super) const fn because(mut self, why: &'static str) -> Self {
        self.why = why;
        self
    }

    /// What to do.
    pub(super) fn so(mut self, todo: impl Into<String>) -> Self {
        self.todo = todo.into();
        self
    }

    /// As it should be.
    pub(crate) fn is_good(&self) -> bool {
        self.level == Level::Good
    }

    /// It does not work.
    pub(crate) fn is_problem(&self) -> bool {
        self.level == Level::Problem
    }

    /// It could not be found out.
    pub(crate) fn is_unknown(&self) -> bool {
        self.level == Level::Unknown
    }

    /// For people: lines, each with its end.
    pub(crate) fn told(&self, colours: Colours) -> String {
        let word = match self.level {
            Level::Good => "good    ",
            Level::Warning => "warning ",
            Level::Problem => "PROBLEM ",
            Level::Unknown => "unknown ",
        };
        let mut told = format!("{} {:<13}{}\n", colours.paint(self.level, word), self.area, self.what);
        for (label, text) in [("where", self.place.as_str()), ("why", self.why), ("do", &self.todo)] {
            if !text.is_empty() {
                told.push_str(&format!("{label:>21}: {text}\n"));
            }
        }
        told
    }
}
