//! Who may ask.
//!
//! Other people may be at work on the same machine, and pages of other sites in the officer's browser. So only the user who
//! runs the office may connect, unless its operator says otherwise, and nothing is shown or done without a secret: officers open an address that the command prints, whose code works once and soon, and get a
//! cookie that scripts cannot read and other sites cannot send along; programs present a token from a file. What changes
//! something must come from a page of this office (`Origin`), if a browser sends it.

use super::failure::Failure;
use super::reader::Reader;
use super::{Office, enter};
use crate::cli::CommandError;
use crate::serving::own_pages::{changes, is_own};
use crate::serving::peer::Connection;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use mekong_base::Instant;
use mekong_crypto::{Digest, DigestAlgorithm, random};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long an invitation is good.
const INVITATION: Duration = Duration::from_secs(15 * 60);
/// How long an officer may do nothing before the code is asked for again.
const IDLE: Duration = Duration::from_secs(60 * 60);
/// How long an officer stays let in at most.
const DAY: Duration = Duration::from_secs(12 * 60 * 60);
/// Officers that are let in at a time; the one that did nothing for longest gives way.
const SESSIONS_MAX: usize = 16;
/// Shortest token of programs, in bytes.
const TOKEN_BYTES_MIN: usize = 32;

/// The secrets, as digests: what is compared tells nothing by its time, and what lies in memory opens nothing.
pub(super) struct Access {
    /// Name of the cookie: of its own for each office, as cookies are shared by all ports of a machine.
    cookie: String,
    token: Option<Digest>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    invitation: Option<(Digest, Instant)>,
    sessions: Vec<Session>,
}

struct Session {
    secret: Digest,
    begun: Instant,
    used: Instant,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Officer,
    Program,
}

impl Access {
    /// # Errors
    /// In words, if the token is too short or the system has no randomness.
    pub(super) fn new(token: Option<&str>) -> Result<Self, CommandError> {
        if let Some(token) = token.filter(|token| token.len() < TOKEN_BYTES_MIN) {
            let message = format!(
                "the token for programs has {} bytes, at least {TOKEN_BYTES_MIN} are wanted: openssl rand -hex 32",
                token.len()
            );
            return Err(CommandError::new(message));
        }
        let cookie = format!("mekong-office-{}", secret(4)?);
        Ok(Self { cookie, token: token.map(digest), inner: Mutex::default() })
    }

    /// A code that lets in once, and ends the one before.
    ///
    /// # Errors
    /// In words, if the system has no randomness.
    pub(super) fn invite(&self, now: Instant) -> Result<String, CommandError> {
        let code = secret(16)?;
        self.lock().invitation = Some((digest(&code), now + INVITATION));
        Ok(code)
    }

    /// The cookie for whoever brings the code of the invitation, which ends by it.
    pub(super) fn enter(&self, code: &str, now: Instant) -> Option<HeaderValue> {
        let mut inner = self.lock();
        let wanted = digest(code.trim());
        inner.invitation.take_if(|(known, until)| *known == wanted && now < *until)?;
        let secret = secret(32).ok()?;
        inner.sessions.retain(|session| session.is_good(now));
        if inner.sessions.len() >= SESSIONS_MAX
            && let Some(oldest) = inner.sessions.iter().map(|s| s.used).min()
        {
            inner.sessions.retain(|session| session.used != oldest);
        }
        inner.sessions.push(Session { secret: digest(&secret), begun: now, used: now });
        HeaderValue::from_str(&format!("{}={secret}; Path=/; HttpOnly; SameSite=Strict", self.cookie)).ok()
    }

    /// Ends the session of whoever asks; the cookie that takes away theirs.
    pub(super) fn leave(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let theirs = self.brought(headers);
        self.lock().sessions.retain(|session| Some(session.secret) != theirs);
        HeaderValue::from_str(&format!("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", self.cookie)).ok()
    }

    /// Whether somebody is let in who asks with these headers.
    pub(super) fn knows(&self, headers: &HeaderMap, now: Instant) -> bool {
        self.who(headers, now).is_some()
    }

    fn who(&self, headers: &HeaderMap, now: Instant) -> Option<Who> {
        let presented = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if let Some(presented) = presented {
            let (scheme, token) = presented.split_once(' ')?;
            let is_good = self.token.is_some_and(|known| known == digest(token.trim()));
            return (scheme.eq_ignore_ascii_case("bearer") && is_good).then_some(Who::Program);
        }
        let theirs = self.brought(headers)?;
        let mut inner = self.lock();
        let session = inner.sessions.iter_mut().find(|session| session.secret == theirs)?;
        session.is_good(now).then(|| {
            session.used = now;
            Who::Officer
        })
    }

    /// The digest of the cookie that came along.
    fn brought(&self, headers: &HeaderMap) -> Option<Digest> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == self.cookie).map(|(_, secret)| digest(secret))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn is_good(&self, now: Instant) -> bool {
        now.since(self.used) < IDLE && now.since(self.begun) < DAY
    }
}

fn digest(text: &str) -> Digest {
    DigestAlgorithm::Sha256.digest(text.as_bytes())
}

/// Random octets in hexadecimal.
fn secret(octets: usize) -> Result<String, CommandError> {
    let mut bytes = vec![0; octets];
    random::fill(&mut bytes).map_err(|error| CommandError::because("make a secret", &error))?;
    Ok(hex::encode(bytes))
}

/// Lets in who is known; programs are told so, others get the page on which the code is given.
pub(super) async fn inside(
    State(office): State<Arc<Office>>,
    reader: Reader,
    request: Request,
    next: Next,
) -> Response {
    match office.access.who(request.headers(), office.now()) {
        Some(Who::Officer) if changes(request.method()) && request.headers().get(header::ORIGIN).is_none() => {
            Failure::Foreign.at(request.uri().path(), &reader)
        }
        Some(_) => next.run(request).await,
        None if request.uri().path().starts_with("/api/") => Failure::Locked.problem(),
        None => enter::page(&reader, false),
    }
}

/// Refuses connections of other users of this machine: a cookie that one of them got hold of is worth nothing to them.
pub(super) async fn own_user_only(reader: Reader, request: Request, next: Next) -> Response {
    if !request.extensions().get::<Connection>().is_some_and(|connection| connection.is_own()) {
        return Failure::OtherUser.at(request.uri().path(), &reader);
    }
    next.run(request).await
}

/// What changes something does not come from a page of somebody else's.
pub(super) async fn own_pages_only(reader: Reader, request: Request, next: Next) -> Response {
    if changes(request.method()) && !is_own(request.headers()) {
        return Failure::Foreign.at(request.uri().path(), &reader).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_unix_seconds(1_790_000_000);

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (header::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    fn cookie(value: &HeaderValue) -> HeaderMap {
        headers(&[("cookie", &format!("a=b; {}", value.to_str().unwrap().split(';').next().unwrap()))])
    }

    #[test]
    fn a_code_lets_in_once_and_soon() {
        let access = Access::new(None).unwrap();
        assert!(access.enter("", START).is_none());
        let code = access.invite(START).unwrap();
        assert!(access.enter("0123", START).is_none());
        assert!(access.enter(&code, START + INVITATION).is_none(), "too late");
        let cookie = cookie(&access.enter(&format!("{code}\n"), START).unwrap());
        assert!(access.enter(&code, START).is_none(), "it was used");
        assert_eq!(access.who(&cookie, START + Duration::from_secs(60)), Some(Who::Officer));
        let first = access.invite(START).unwrap();
        access.invite(START).unwrap();
        assert!(access.enter(&first, START).is_none(), "another took its place");
    }

    #[test]
    fn sessions_end() {
        let access = Access::new(None).unwrap();
        let enter = |now| cookie(&access.enter(&access.invite(now).unwrap(), now).unwrap());
        let (idle, busy, leaving) = (enter(START), enter(START), enter(START));
        let mut now = START;
        for _ in 0..23 {
            now = now + Duration::from_secs(30 * 60);
            assert_eq!(access.who(&busy, now), Some(Who::Officer));
        }
        assert_eq!(access.who(&idle, now), None);
        assert_eq!(access.who(&busy, START + DAY), None);
        assert_eq!(access.who(&leaving, START), Some(Who::Officer));
        access.leave(&leaving).unwrap();
        assert_eq!(access.who(&leaving, START), None);
        assert_eq!(access.who(&HeaderMap::new(), START), None);
    }

    #[test]
    fn programs_present_their_token() {
        let token = "0123456789abcdef0123456789abcdef";
        let who = |access: &Access, value: &str| access.who(&headers(&[("authorization", value)]), START);
        let access = Access::new(Some(token)).unwrap();
        assert_eq!(who(&access, &format!("Bearer {token}")), Some(Who::Program));
        for wrong in ["Bearer", "Bearer ", "Bearer x", &format!("Basic {token}"), token] {
            assert_eq!(who(&access, wrong), None, "{wrong}");
        }
        assert_eq!(who(&Access::new(None).unwrap(), "Bearer "), None);
        assert!(Access::new(Some("short")).is_err());
    }
}
