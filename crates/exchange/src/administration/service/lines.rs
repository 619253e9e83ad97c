//! The audit log, looked through: its lines from the newest back, those that are wanted.

use super::{Administration, AdministrationError, READ_AT_ONCE, understood};
use crate::administration::entry::Entry;
use mekong_base::Instant;

/// How many stretches of the ledger a search looks through at a time.
const LOOKS_MAX: usize = 40;

/// A line of the audit log with its place and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it stands in the ledger.
    pub position: u64,
    /// When it was recorded.
    pub at: Instant,
    /// What it says.
    pub entry: Entry,
}

/// Which lines of the audit log are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// By this user.
    pub user: Option<String>,
    /// Those that were refused (`true`) or done (`false`).
    pub refused: Option<bool>,
    /// Whose description, target or kind has this text.
    pub text: Option<String>,
}

impl Filter {
    fn takes(&self, entry: &Entry) -> bool {
        let has = |text: &str| {
            let text = text.to_lowercase();
            [entry.event.line(), entry.event.name().to_owned()].iter().any(|said| said.to_lowercase().contains(&text))
        };
        self.user.as_ref().is_none_or(|user| entry.actor.user == *user)
            && self.refused.is_none_or(|refused| entry.outcome.is_done() != refused)
            && self.text.as_deref().is_none_or(has)
    }
}

impl Administration {
    /// Lines of the audit log that stand before `before` (the end, if `None`), newest first, at most `count`; and where to go
    /// on, if there may be more.
    ///
    /// # Errors
    /// [`AdministrationError::Ledger`], [`AdministrationError::Record`].
    pub async fn lines(
        &self,
        before: Option<u64>,
        filter: &Filter,
        count: usize,
    ) -> Result<(Vec<Line>, Option<u64>), AdministrationError> {
        let mut upper = before.unwrap_or(u64::MAX).min(self.0.ledger.end());
        let mut lines = Vec::new();
        // A search looks through so many records at a time; the cursor goes on from there.
        for _ in 0..LOOKS_MAX {
            let lower = upper.saturating_sub(READ_AT_ONCE as u64 / 4);
            for record in self.0.read_all(lower, upper).await?.iter().rev() {
                let entry = understood(record)?;
                if filter.takes(&entry) {
                    lines.push(Line { position: record.position, at: record.at, entry });
                    if lines.len() == count {
                        return Ok((lines, Some(record.position).filter(|position| *position > 0)));
                    }
                }
            }
            upper = lower;
            if upper == 0 {
                return Ok((lines, None));
            }
        }
        Ok((lines, Some(upper)))
    }
}
