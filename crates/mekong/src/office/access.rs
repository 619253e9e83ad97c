//! Who may ask.
//!
//! Other people may be at work on the same machine, and pages of other sites in the officer's browser. So only the user who
//! runs the office may connect, unless its operator says otherwise, and nothing is shown or done without a secret: officers
//! open an address that the command prints, whose code works once and soon, and get a cookie that scripts cannot read and
//! other sites cannot send along; programs present a token from a file. What changes
//! something must come from a page of this office (`Origin`), if a browser sends it.

use super::failure::Failure;
use super::reader::Reader;
use super::{Office, enter};
use crate::cli::CommandError;
use crate::serving::failure::Failing as _;
use crate::serving::own_pages::changes;
use crate::serving::sessions::{Limits, Sessions, bearer, digest};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use mekong_base::Instant;
use mekong_crypto::Digest;
use std::sync::Arc;

/// One invitation, which ends the one before; officers that are let in at a time.
const LIMITS: Limits = Limits { invitations: 1, sessions: 16 };
/// Shortest token of programs, in bytes.
const TOKEN_BYTES_MIN: usize = 32;

/// The secrets.
pub(super) struct Access {
    token: Option<Digest>,
    officers: Sessions<()>,
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
        Ok(Self { token: token.map(digest), officers: Sessions::new("mekong-office", LIMITS)? })
    }

    /// A code that lets in once, and ends the one before.
    ///
    /// # Errors
    /// In words, if the system has no randomness.
    pub(super) fn invite(&self, now: Instant) -> Result<String, CommandError> {
        self.officers.invite((), now)
    }

    /// The cookie for whoever brings the code of the invitation, which ends by it.
    pub(super) fn enter(&self, code: &str, now: Instant) -> Option<HeaderValue> {
        self.officers.invited(code, now).and_then(|officer| self.officers.begin(officer, now))
    }

    /// Ends the session of whoever asks; the cookie that takes away theirs.
    pub(super) fn leave(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        self.officers.end(headers)
    }

    /// Whether somebody is let in who asks with these headers.
    pub(super) fn knows(&self, headers: &HeaderMap, now: Instant) -> bool {
        self.who(headers, now).is_some()
    }

    fn who(&self, headers: &HeaderMap, now: Instant) -> Option<Who> {
        if let Some(presented) = headers.get(header::AUTHORIZATION) {
            let token = digest(bearer(presented)?);
            return self.token.is_some_and(|known| known == token).then_some(Who::Program);
        }
        self.officers.find(headers, now, |()| true).map(|()| Who::Officer)
    }
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
    fn officers_bring_a_code_and_then_a_cookie() {
        let access = Access::new(None).unwrap();
        assert!(access.enter("", START).is_none());
        let first = access.invite(START).unwrap();
        let code = access.invite(START).unwrap();
        assert!(access.enter(&first, START).is_none(), "another took its place");
        let cookie = cookie(&access.enter(&code, START).unwrap());
        assert!(access.enter(&code, START).is_none(), "it was used");
        assert_eq!(access.who(&cookie, START), Some(Who::Officer));
        access.leave(&cookie).unwrap();
        assert_eq!(access.who(&cookie, START), None);
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
