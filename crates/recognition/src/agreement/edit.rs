//! An agreement enacted, repealed and changed: what held before stays in the history.

use super::{Agreement, Equivalence, Period};
use crate::uri::agreement as names;
use mekong_base::Instant;

/// Why an agreement is not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AgreementError {
    /// There is no such equivalence.
    #[error("the agreement has no equivalence {0:?}")]
    NoEquivalence(String),
    /// Nothing would change.
    #[error("the equivalence {name:?} has the status {status} already")]
    SameStatus {
        /// The equivalence.
        name: String,
        /// Its status.
        status: String,
    },
    /// A change that would rewrite the past.
    #[error("a change at {at} is not after {since}, since when what is agreed now holds")]
    TooEarly {
        /// When it should take effect.
        at: Instant,
        /// Since when the present period holds.
        since: Instant,
    },
}

impl Agreement {
    /// Puts an equivalence into force again from `at` on.
    ///
    /// # Errors
    /// [`AgreementError`].
    pub fn enact(&mut self, legal_identifier: &str, at: Instant) -> Result<(), AgreementError> {
        self.set_status(legal_identifier, names::ENACTED, at)
    }

    /// Ends an equivalence at `at`: what was made before still counts.
    ///
    /// # Errors
    /// [`AgreementError`].
    pub fn repeal(&mut self, legal_identifier: &str, at: Instant) -> Result<(), AgreementError> {
        self.set_status(legal_identifier, names::REPEALED, at)
    }

    fn set_status(&mut self, legal_identifier: &str, status: &str, at: Instant) -> Result<(), AgreementError> {
        self.amend(legal_identifier, at, |now| match now.status == status {
            true => {
                let (name, status) = (legal_identifier.to_owned(), status.to_owned());
                Err(AgreementError::SameStatus { name, status })
            }
            false => {
                status.clone_into(&mut now.status);
                Ok(())
            }
        })
    }

    /// Changes what an equivalence says from `at` on; the present period moves into the history.
    ///
    /// # Errors
    /// [`AgreementError`]; whatever it is, nothing changed.
    pub fn amend(
        &mut self,
        legal_identifier: &str,
        at: Instant,
        change: impl FnOnce(&mut Period) -> Result<(), AgreementError>,
    ) -> Result<(), AgreementError> {
        let missing = || AgreementError::NoEquivalence(legal_identifier.to_owned());
        let found = |e: &&mut Equivalence| e.legal_identifier == legal_identifier;
        let equivalence = self.equivalences.iter_mut().find(found).ok_or_else(missing)?;
        let past = equivalence.periods.first().ok_or_else(missing)?;
        if at <= past.since {
            return Err(AgreementError::TooEarly { at, since: past.since });
        }
        let mut now = past.clone();
        change(&mut now)?;
        now.since = at;
        equivalence.periods.insert(0, now);
        Ok(())
    }
}
