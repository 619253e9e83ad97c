//! Which of several certificates is used. Plain decisions, so that rotation can be tested without waiting for it.

use mekong_base::Instant;
use std::time::Duration;

/// What is known of a certificate for TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tls {
    /// Valid, and its OCSP responses are good.
    pub(super) is_proven: bool,
    /// Since when the directory has it as this gateway's.
    pub(super) registered_since: Option<Instant>,
    pub(super) not_before: Instant,
}

/// The certificate for TLS: proven, registered for `settle` and so known to all peers, and the newest of those. A newer one
/// that is registered for less long waits, as long as there is another. Where none is registered, the newest is shown all
/// the same: that is for peers to refuse, and says who we are.
pub(super) fn tls(all: &[Tls], settle: Duration, now: Instant) -> Option<usize> {
    let is_settled = |c: &Tls| c.registered_since.is_some_and(|since| since + settle <= now);
    let standing = |c: &Tls| (c.is_proven, c.registered_since.is_some(), is_settled(c));
    let newer = |a: &Tls, b: &Tls| a.not_before.cmp(&b.not_before);
    // Of those that have not settled: the one that is known longest, then the oldest, for it was there before.
    let longer_known = |a: &Tls, b: &Tls| (b.registered_since, b.not_before).cmp(&(a.registered_since, a.not_before));
    let better = |a: &Tls, b: &Tls| {
        let waiting = a.registered_since.is_some() && !is_settled(a);
        standing(a).cmp(&standing(b)).then_with(|| if waiting { longer_known(a, b) } else { newer(a, b) })
    };
    all.iter().enumerate().max_by(|(_, a), (_, b)| better(a, b)).map(|(index, _)| index)
}

/// The certificate for signing: the newest of those that are proven. `None` if none is.
pub(super) fn signing(all: &[(bool, Instant)]) -> Option<usize> {
    let proven = all.iter().enumerate().filter(|(_, (is_proven, _))| *is_proven);
    proven.max_by_key(|(_, (_, not_before))| *not_before).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_unix_seconds(1_795_000_000 + seconds)
    }

    const SETTLE: Duration = Duration::from_secs(120);

    fn tls_at(now: i64, all: &[(bool, Option<i64>, i64)]) -> Option<usize> {
        let known = |(is_proven, since, not_before): &(bool, Option<i64>, i64)| Tls {
            is_proven: *is_proven,
            registered_since: since.map(at),
            not_before: at(*not_before),
        };
        tls(&all.iter().map(known).collect::<Vec<_>>(), SETTLE, at(now))
    }

    #[test]
    fn a_new_tls_certificate_waits_until_every_peer_knows_it() {
        let both = [(true, Some(0), -500), (true, Some(1_000), -10)];
        assert_eq!(tls_at(1_000, &both), Some(0));
        assert_eq!(tls_at(1_119, &both), Some(0));
        assert_eq!(tls_at(1_120, &both), Some(1));
    }

    #[test]
    fn it_does_not_wait_if_the_old_one_is_of_no_use() {
        assert_eq!(tls_at(1_000, &[(false, Some(0), -500), (true, Some(1_000), -10)]), Some(1), "revoked");
        assert_eq!(tls_at(1_000, &[(true, None, -500), (true, Some(1_000), -10)]), Some(1), "no longer registered");
    }

    #[test]
    fn after_a_start_the_older_of_two_is_used_first() {
        let both = [(true, Some(0), -10), (true, Some(0), -500)];
        assert_eq!(tls_at(0, &both), Some(1));
        assert_eq!(tls_at(120, &both), Some(0));
    }

    #[test]
    fn registered_comes_before_new() {
        assert_eq!(tls_at(9_999, &[(true, Some(0), -500), (true, None, -10)]), Some(0));
        assert_eq!(tls_at(9_999, &[(true, None, -500), (true, None, -10)]), Some(1));
        assert_eq!(tls_at(9_999, &[(false, Some(0), -500), (false, Some(0), -10)]), Some(1), "none is proven");
        assert_eq!(tls_at(9_999, &[]), None);
    }

    #[test]
    fn signing_takes_the_newest_that_is_proven() {
        assert_eq!(signing(&[(true, at(0)), (true, at(5)), (false, at(9))]), Some(1));
        assert_eq!(signing(&[(false, at(0))]), None);
    }
}
