//! Where a certificate stands in its life.

use mekong_authority::ca::{Issued, Listed};
use mekong_base::Instant;
use std::time::Duration;

/// A certificate expires soon if it does within this time.
pub(super) const SOON: Duration = Duration::from_secs(30 * 86_400);

/// Where a certificate stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Expired,
    /// Valid, and expires soon.
    Expiring,
    NotYet,
    Revoked,
    Valid,
}

impl Status {
    pub(super) const ALL: [Self; 5] = [Self::Valid, Self::Expiring, Self::Revoked, Self::Expired, Self::NotYet];

    pub(super) fn of(issued: &Issued, now: Instant) -> Self {
        let validity = (issued.certificate.not_before(), issued.certificate.not_after());
        Self::at(issued.revoked.is_some(), validity, now)
    }

    pub(super) fn of_listed(listed: &Listed, now: Instant) -> Self {
        Self::at(listed.revoked.is_some(), (listed.not_before, listed.not_after), now)
    }

    /// What was revoked stays so when it expires.
    fn at(is_revoked: bool, (not_before, not_after): (Instant, Instant), now: Instant) -> Self {
        match is_revoked {
            true => Self::Revoked,
            false if now > not_after => Self::Expired,
            false if now < not_before => Self::NotYet,
            false if not_after.since(now) < SOON => Self::Expiring,
            false => Self::Valid,
        }
    }

    /// As programs name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Expiring => "expiring",
            Self::NotYet => "not_yet_valid",
            Self::Revoked => "revoked",
            Self::Valid => "valid",
        }
    }
}
