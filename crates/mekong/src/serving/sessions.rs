//! Who is let in: by a code that works once and soon, and then by a cookie that scripts cannot read and other sites cannot send
//! along. Secrets are held as digests: what is compared tells nothing by its time, and what lies in memory opens nothing.

use crate::cli::CommandError;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mekong_base::Instant;
use mekong_crypto::{Digest, DigestAlgorithm, random};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a code is good.
const INVITATION: Duration = Duration::from_secs(15 * 60);
/// How long somebody may do nothing before they must sign in again.
const IDLE: Duration = Duration::from_secs(60 * 60);
/// How long a session lasts at most.
const DAY: Duration = Duration::from_secs(12 * 60 * 60);

/// Invitations to a place and its sessions, each of somebody of type `W`.
pub(crate) struct Sessions<W> {
    /// Name of the cookie: of its own for each place that is served, as cookies are shared by all ports of a machine.
    cookie: String,
    limits: Limits,
    inner: Mutex<Inner<W>>,
}

/// How many there are at a time.
pub(crate) struct Limits {
    /// Invitations; the oldest gives way.
    pub(crate) invitations: usize,
    /// Sessions; the one that did nothing for longest gives way.
    pub(crate) sessions: usize,
}

struct Inner<W> {
    invitations: Vec<(Digest, W, Instant)>,
    sessions: Vec<Session<W>>,
}

struct Session<W> {
    secret: Digest,
    who: W,
    begun: Instant,
    used: Instant,
}

impl<W: Clone> Sessions<W> {
    /// None yet. `place` begins the name of the cookie.
    ///
    /// # Errors
    /// In words, if the system has no randomness.
    pub(crate) fn new(place: &str, limits: Limits) -> Result<Self, CommandError> {
        let inner = Mutex::new(Inner { invitations: Vec::new(), sessions: Vec::new() });
        Ok(Self { cookie: format!("{place}-{}", secret(4)?), limits, inner })
    }

    /// A code that lets in once, as this one.
    ///
    /// # Errors
    /// In words, if the system has no randomness.
    pub(crate) fn invite(&self, who: W, now: Instant) -> Result<String, CommandError> {
        let code = secret(16)?;
        let mut inner = self.lock();
        inner.invitations.retain(|(_, _, until)| now < *until);
        if inner.invitations.len() >= self.limits.invitations {
            inner.invitations.remove(0);
        }
        inner.invitations.push((digest(&code), who, now + INVITATION));
        Ok(code)
    }

    /// Whom a code lets in. It ends by it.
    pub(crate) fn invited(&self, code: &str, now: Instant) -> Option<W> {
        let wanted = digest(code.trim());
        let mut inner = self.lock();
        let place = inner.invitations.iter().position(|(known, _, until)| *known == wanted && now < *until)?;
        Some(inner.invitations.remove(place).1)
    }

    /// A session: its cookie.
    pub(crate) fn begin(&self, who: W, now: Instant) -> Option<HeaderValue> {
        let secret = secret(32).ok()?;
        let mut inner = self.lock();
        inner.sessions.retain(|session| session.is_good(now));
        if inner.sessions.len() >= self.limits.sessions
            && let Some(oldest) = inner.sessions.iter().map(|s| s.used).min()
        {
            inner.sessions.retain(|session| session.used != oldest);
        }
        inner.sessions.push(Session { secret: digest(&secret), who, begun: now, used: now });
        HeaderValue::from_str(&format!("{}={secret}; Path=/; HttpOnly; SameSite=Strict", self.cookie)).ok()
    }

    /// Ends the session of whoever asks; the cookie that takes away theirs.
    pub(crate) fn end(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let theirs = self.brought(headers);
        self.lock().sessions.retain(|session| Some(session.secret) != theirs);
        HeaderValue::from_str(&format!("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", self.cookie)).ok()
    }

    /// Whose session the cookie is of. One that is not `known` any more has ended.
    pub(crate) fn find(&self, headers: &HeaderMap, now: Instant, known: impl Fn(&W) -> bool) -> Option<W> {
        let theirs = self.brought(headers)?;
        let mut inner = self.lock();
        let place = inner.sessions.iter().position(|session| session.secret == theirs)?;
        let session = inner.sessions.get_mut(place)?;
        if !session.is_good(now) || !known(&session.who) {
            inner.sessions.remove(place);
            return None;
        }
        session.used = now;
        Some(session.who.clone())
    }

    /// The digest of the cookie that came along.
    fn brought(&self, headers: &HeaderMap) -> Option<Digest> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == self.cookie).map(|(_, secret)| digest(secret))
    }

    fn lock(&self) -> MutexGuard<'_, Inner<W>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W> Session<W> {
    fn is_good(&self, now: Instant) -> bool {
        now.since(self.used) < IDLE && now.since(self.begun) < DAY
    }
}

/// The token in an `Authorization` (RFC 6750).
pub(crate) fn bearer(presented: &HeaderValue) -> Option<&str> {
    let (scheme, token) = presented.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Leads on to a page of ours with a cookie.
pub(crate) fn leading(path: &str, cookie: HeaderValue) -> Response {
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, path)]).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

/// As which secrets are known.
pub(crate) fn digest(text: &str) -> Digest {
    DigestAlgorithm::Sha256.digest(text.as_bytes())
}

/// Random octets in hexadecimal.
///
/// # Errors
/// In words, if the system has no randomness.
pub(crate) fn secret(octets: usize) -> Result<String, CommandError> {
    let mut bytes = vec![0; octets];
    random::fill(&mut bytes).map_err(|error| CommandError::because("make a secret", &error))?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_unix_seconds(1_790_000_000);

    fn sessions(invitations: usize, sessions: usize) -> Sessions<u8> {
        Sessions::new("place", Limits { invitations, sessions }).unwrap()
    }

    fn cookie(value: &HeaderValue) -> HeaderMap {
        let pair = value.to_str().unwrap().split(';').next().unwrap().to_owned();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&format!("a=b; {pair}")).unwrap())])
    }

    #[test]
    fn a_code_lets_in_once_and_soon_and_the_oldest_gives_way() {
        let sessions = sessions(2, 1);
        assert_eq!(sessions.invited("", START), None);
        let code = sessions.invite(7, START).unwrap();
        assert_eq!(sessions.invited("0123", START), None);
        assert_eq!(sessions.invited(&code, START + INVITATION), None, "too late");
        assert_eq!(sessions.invited(&format!("{code}\n"), START), Some(7));
        assert_eq!(sessions.invited(&code, START), None, "it was used");
        let codes = [1, 2, 3].map(|who| sessions.invite(who, START).unwrap());
        assert_eq!(codes.map(|code| sessions.invited(&code, START)), [None, Some(2), Some(3)]);
    }

    #[test]
    fn sessions_end() {
        let sessions = sessions(1, 3);
        let begin = |who| cookie(&sessions.begin(who, START).unwrap());
        let find = |session: &HeaderMap, now| sessions.find(session, now, |_| true);
        let (idle, busy, leaving) = (begin(1), begin(2), begin(3));
        assert_eq!(find(&leaving, START), Some(3));
        let gone = cookie(&sessions.end(&leaving).unwrap());
        assert_eq!((find(&leaving, START), find(&gone, START)), (None, None));
        let mut now = START;
        for _ in 0..23 {
            now = now + IDLE / 2;
            assert_eq!(find(&busy, now), Some(2));
        }
        assert_eq!(find(&idle, now), None);
        assert_eq!(find(&busy, START + DAY), None);
        assert_eq!(find(&HeaderMap::new(), START), None);
    }

    #[test]
    fn a_session_of_somebody_who_is_not_known_any_more_has_ended_for_good() {
        let sessions = sessions(1, 3);
        let session = cookie(&sessions.begin(1, START).unwrap());
        assert_eq!(sessions.find(&session, START, |who| *who != 1), None);
        assert_eq!(sessions.find(&session, START, |_| true), None, "it came back to life");
    }

    #[test]
    fn the_session_that_did_nothing_for_longest_gives_way() {
        let sessions = sessions(1, 2);
        let later = START + Duration::from_secs(60);
        let (first, second) = (sessions.begin(1, START).unwrap(), sessions.begin(2, START).unwrap());
        let find = |session: &HeaderValue| sessions.find(&cookie(session), later, |_| true);
        assert_eq!(find(&first), Some(1));
        let third = sessions.begin(3, later).unwrap();
        assert_eq!([&first, &second, &third].map(find), [Some(1), None, Some(3)]);
    }
}
