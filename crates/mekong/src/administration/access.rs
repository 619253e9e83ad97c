//! Who asks.
//!
//! Other people may be at work on the same machine, and pages of other sites in the browser. So only the user who runs the
//! node may connect, unless its operator says otherwise, and nothing is shown or done without a secret. Programs present a
//! token; people sign in with one, or open an address that works once and soon, and get a cookie that scripts cannot read
//! and other sites cannot send along. What changes something must come from a page of this administration (`Origin`), if a
//! browser sends it.

use super::failure::Failure;
use super::reader::Reader;
use super::{Desk, enter};
use crate::cli::{CommandError, Context};
use crate::serving::failure::Failing as _;
use crate::serving::own_pages::changes;
use crate::serving::peer::Connection;
use crate::serving::sessions::{Limits, Sessions, bearer, digest, secret};
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use mekong_base::Instant;
use mekong_crypto::Digest;
use mekong_exchange::administration::{Actor, Event, Outcome, State, Via};
use std::io::Write as _;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Invitations and sessions at a time.
const LIMITS: Limits = Limits { invitations: 16, sessions: 64 };
/// Name of the file with the operator's token, in the gateway's folder.
const TOKEN_FILE: &str = "console-token";

/// The file with the operator's token, in a gateway's folder.
pub(crate) fn token_file(folder: &Path) -> PathBuf {
    folder.join(TOKEN_FILE)
}

/// Who asks, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) actor: Actor,
    pub(super) from: Option<IpAddr>,
    /// Whether they are known by the cookie of a session.
    pub(super) by_cookie: bool,
}

/// The secrets.
pub(super) struct Access {
    operator: Digest,
    people: Sessions<Known>,
}

/// Somebody, and the number of the token that they came with: what they are let in to ends with that.
#[derive(Debug, Clone)]
struct Known {
    actor: Actor,
    token: Option<String>,
}

impl Access {
    /// Takes the operator's token from its file, or makes one there that only the owner of the file can read.
    ///
    /// # Errors
    /// In words, if the file cannot be kept or the system has no randomness.
    pub(super) fn new(folder: &Path) -> Result<Self, CommandError> {
        let path = token_file(folder);
        let token = match std::fs::read_to_string(&path) {
            Ok(text) if text.trim().len() >= 32 => text.trim().to_owned(),
            Ok(_) => {
                let text = format!(
                    "{} is not a token of at least 32 characters: remove it, a new one is made",
                    path.display()
                );
                return Err(CommandError::new(text));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => new_token_file(&path)?,
            Err(error) => return Err(CommandError::because(format!("read {}", path.display()), &error)),
        };
        Ok(Self { operator: digest(&token), people: Sessions::new("mekong-gateway", LIMITS)? })
    }

    /// A code that lets in once, as this actor.
    ///
    /// # Errors
    /// In words, if the system has no randomness.
    pub(super) fn invite(&self, actor: Actor, now: Instant) -> Result<String, CommandError> {
        self.people.invite(Known::of(actor), now)
    }

    /// Whom a code or token lets in. A code ends by it.
    pub(super) fn admit(&self, presented: &str, state: &State, now: Instant) -> Option<Actor> {
        match self.people.invited(presented, now) {
            Some(invited) => invited.is_still_known(state, now).then_some(invited.actor),
            None => self.of_token(presented, state, now),
        }
    }

    /// A session for somebody who was admitted: the cookie. All but the operator's end with a token; there is none without.
    pub(super) fn begin(&self, actor: Actor, now: Instant) -> Option<HeaderValue> {
        let Known { actor, token } = Known::of(actor);
        match (actor.is_operator(), &token) {
            (true, _) => self.people.begin(Known { actor, token }, now),
            (false, Some(_)) => self.people.begin(Known { actor: Actor { via: Via::Session, ..actor }, token }, now),
            (false, None) => None,
        }
    }

    /// Ends the session of whoever asks; the cookie that takes away theirs.
    pub(super) fn leave(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        self.people.end(headers)
    }

    /// Who asks with these headers; the second tells whether by a cookie. A user that is no more is nobody, and their
    /// session has ended, whoever is given their name later.
    pub(super) fn who(&self, headers: &HeaderMap, state: &State, now: Instant) -> Option<(Actor, bool)> {
        match headers.get(header::AUTHORIZATION) {
            Some(presented) => Some((self.of_token(bearer(presented)?, state, now)?, false)),
            None => Some((self.people.find(headers, now, |known| known.is_still_known(state, now))?.actor, true)),
        }
    }

    fn of_token(&self, token: &str, state: &State, now: Instant) -> Option<Actor> {
        let theirs = digest(token.trim());
        if theirs == self.operator {
            return Some(Actor::operator());
        }
        let (number, token) = state.token(&hex::encode(theirs), now)?;
        Some(Actor { user: token.user.clone(), via: Via::Token(number.to_owned()) })
    }
}

impl Known {
    fn of(actor: Actor) -> Self {
        let token = match &actor.via {
            Via::Token(number) => Some(number.clone()),
            _ => None,
        };
        Self { actor, token }
    }

    /// There is such a user, and the token is theirs and has not ended.
    fn is_still_known(&self, state: &State, now: Instant) -> bool {
        let token = self.token.as_ref().and_then(|number| state.tokens.get(number));
        let is_good =
            token.is_some_and(|token| token.user == self.actor.user && token.expires.is_none_or(|end| now < end));
        self.actor.is_operator() || (is_good && state.users.contains_key(&self.actor.user))
    }
}

/// A new secret and its digest, both in hexadecimal.
///
/// # Errors
/// In words, if the system has no randomness.
pub(super) fn new_token() -> Result<(String, String), CommandError> {
    let token = format!("mkg_{}", secret(32)?);
    let known = hex::encode(digest(&token));
    Ok((token, known))
}

fn new_token_file(path: &Path) -> Result<String, CommandError> {
    let token = secret(32)?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .context(|| format!("write {}", path.display()))?;
    file.write_all(format!("{token}\n").as_bytes()).context(|| format!("write {}", path.display()))?;
    Ok(token)
}

/// Where a request comes from.
pub(super) fn from(request: &axum::http::Extensions) -> Option<IpAddr> {
    request.get::<Connection>().map(|connection| connection.peer.ip())
}

/// Lets in who is known, and tells the rest of us who it is; others get the page on which one signs in. A token that is not
/// known stands in the audit log.
pub(super) async fn inside(
    Shared(desk): Shared<Arc<Desk>>,
    reader: Reader,
    mut request: Request,
    next: Next,
) -> Response {
    let state = desk.subject.administration.state();
    let from = from(request.extensions());
    match desk.access.who(request.headers(), &state, desk.now()) {
        Some((_, true)) if changes(request.method()) && request.headers().get(header::ORIGIN).is_none() => {
            Failure::Foreign.at(request.uri().path(), &reader)
        }
        Some((actor, by_cookie)) => {
            request.extensions_mut().insert(Who { actor, from, by_cookie });
            next.run(request).await
        }
        None => {
            if request.headers().contains_key(header::AUTHORIZATION) {
                let who = Who { actor: Actor::nobody(), from, by_cookie: false };
                if let Err(failure) = desk.note(&who, Event::SignIn, unknown_secret()).await {
                    return failure.at(request.uri().path(), &reader);
                }
            }
            match request.uri().path().starts_with("/api/") {
                true => Failure::Locked.problem(),
                false => enter::page(&reader, false),
            }
        }
    }
}

/// What is recorded of a sign-in that failed.
pub(super) fn unknown_secret() -> Outcome {
    Outcome::Refused { code: "unknown_secret".to_owned(), reason: "no such token or code, or it has ended".to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use mekong_exchange::administration::Command;
    use std::collections::BTreeSet;
    use std::time::Duration;

    const START: Instant = Instant::from_unix_seconds(1_790_000_000);

    fn cookie(value: &HeaderValue) -> HeaderMap {
        let pair = value.to_str().unwrap().split(';').next().unwrap().to_owned();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&format!("a=b; {pair}")).unwrap())])
    }

    fn bearer(token: &str) -> HeaderMap {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        HeaderMap::from_iter([(header::AUTHORIZATION, value)])
    }

    #[test]
    fn the_operator_has_a_token_that_only_they_can_read() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let access = Access::new(folder.path()).unwrap();
        let path = token_file(folder.path());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let token = std::fs::read_to_string(&path).unwrap();
        let state = State::default();
        assert_eq!(access.who(&bearer(token.trim()), &state, START), Some((Actor::operator(), false)));
        let again = Access::new(folder.path()).unwrap();
        assert!(again.who(&bearer(token.trim()), &state, START).is_some(), "it is kept");
        assert!(access.who(&bearer("x"), &state, START).is_none());
        std::fs::write(&path, "short").unwrap();
        assert!(Access::new(folder.path()).is_err());
    }

    #[test]
    fn a_session_ends_with_its_time_its_token_and_its_user() {
        let folder = tempfile::tempdir().unwrap();
        let access = Access::new(folder.path()).unwrap();
        let mut state = State::default();
        let (token, known) = new_token().unwrap();
        let user = "anna".to_owned();
        state.apply(&Command::PutUser { user: user.clone(), roles: BTreeSet::new() }, 1).unwrap();
        let (number, label) = ("t1".to_owned(), String::new());
        let expires = Some(START + Duration::from_secs(1800));
        let add = Command::AddToken { token: number, user: user.clone(), digest: known, label, expires };
        state.apply(&add, 2).unwrap();
        let admitted = access.admit(&token, &state, START).unwrap();
        let enter = || cookie(&access.begin(admitted.clone(), START).unwrap());
        let (session, other, of_token, of_user) = (enter(), enter(), enter(), enter());
        let (actor, by_cookie) = access.who(&session, &state, START).unwrap();
        assert_eq!((actor, by_cookie), (Actor { user, via: Via::Session }, true));
        assert!(access.who(&session, &state, START + Duration::from_secs(1800)).is_none(), "the token ended");
        access.leave(&other).unwrap();
        assert!(access.who(&other, &state, START).is_none());
        let mut without = state.clone();
        without.apply(&Command::RemoveToken { token: "t1".into() }, 3).unwrap();
        assert!(access.who(&of_token, &without, START).is_none(), "the token is gone");
        let code = access.invite(admitted, START).unwrap();
        let mut removed = state.clone();
        removed.apply(&Command::RemoveUser { user: "anna".into() }, 3).unwrap();
        assert!(access.who(&of_user, &removed, START).is_none(), "the user is gone");
        assert!(access.admit(&code, &removed, START).is_none(), "so is whom they invited");
        // It has ended for good: not even the state of before brings it back.
        assert!(access.who(&of_user, &state, START).is_none(), "it came back to life");
    }

    #[test]
    fn a_session_of_a_user_is_begun_with_a_token_that_it_ends_with() {
        let folder = tempfile::tempdir().unwrap();
        let access = Access::new(folder.path()).unwrap();
        let mut state = State::default();
        state.apply(&Command::PutUser { user: "anna".into(), roles: BTreeSet::new() }, 1).unwrap();
        let of_session = Actor { user: "anna".to_owned(), via: Via::Session };
        let code = access.invite(of_session.clone(), START).unwrap();
        assert_eq!(access.admit(&code, &state, START), None, "a session begins no other");
        assert!(access.begin(of_session, START).is_none());
        assert!(access.begin(Actor::nobody(), START).is_none());
    }
}
