//! Users, their tokens, and letting a browser in.

use super::wire::{Change, ProblemBody};
use super::{Asked, Id, PREFIX, Slice, answer, created, tagged};
use crate::administration::access::new_token;
use crate::administration::failure::Failure;
use crate::administration::reader::Reader;
use crate::serving::sessions::secret;
use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use mekong_base::Instant;
use mekong_exchange::administration::role::{Permission, Role};
use mekong_exchange::administration::{Command, Event, Outcome, State, Token, User};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;
use utoipa::ToSchema;

/// Seconds of a day.
const DAY: u64 = 86_400;
/// Days after which a token ends, where nothing is said.
const USUAL_DAYS: u32 = 365;

/// Users
#[utoipa::path(get, path = "/api/v1/users", operation_id = "users", tag = "users",
    params(("limit" = Option<u32>, Query, description = "1 to 1000; 100 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the previous answer")),
    responses((status = 200, description = "In the order of their names", body = UserList),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "No role permits it")))]
pub(super) async fn list(asked: Asked, reader: Reader) -> Response {
    let listed = async {
        asked.desk.permit(&asked.who, &[Permission::ChangeUsers, Permission::ReadAudit], &asked.line).await?;
        let slice = Slice::asked(&reader)?;
        let state = asked.desk.subject.administration.state();
        let users = state.users.iter().map(|(name, user)| (name.clone(), UserAnswer::of(name, user, &state)));
        let (users, next_cursor) = slice.of(users);
        Ok(tagged(&UserList { users, next_cursor }, state.changed))
    };
    answer(listed.await)
}

/// The roles of these names.
pub(in crate::administration) fn roles<'a>(names: impl Iterator<Item = &'a str>) -> Result<BTreeSet<Role>, Failure> {
    let read = |name: &str| name.parse::<Role>().map_err(|error| Failure::Parameter("roles", error.to_string()));
    names.map(read).collect()
}

/// Make a user, or change what they may do
#[utoipa::path(put, path = "/api/v1/users/{user}", operation_id = "putUser", tag = "users",
    params(("user" = String, Path, description = "The name")), request_body = UserBody,
    responses((status = 200, description = "It is so", body = Change)))]
pub(super) async fn put(asked: Asked, Path(user): Id, body: Body) -> Response {
    let command = async {
        let UserBody { roles: names } = asked.json(body).await?;
        Ok(Command::PutUser { user, roles: roles(names.iter().map(String::as_str))? })
    };
    asked.changed(command.await).await
}

/// Remove a user, with all tokens
#[utoipa::path(delete, path = "/api/v1/users/{user}", operation_id = "removeUser", tag = "users",
    params(("user" = String, Path, description = "The name")),
    responses((status = 200, description = "They are gone", body = Change)))]
pub(super) async fn remove(asked: Asked, Path(user): Id) -> Response {
    asked.changed(Ok(Command::RemoveUser { user })).await
}

/// Tokens of a user
#[utoipa::path(get, path = "/api/v1/users/{user}/tokens", operation_id = "tokens", tag = "users",
    params(("user" = String, Path, description = "The name")),
    responses((status = 200, description = "Without their secrets", body = TokenList)))]
pub(super) async fn tokens(asked: Asked, Path(user): Id) -> Response {
    let listed = async {
        let own = asked.who.actor.user == user;
        let needed: &[Permission] =
            if own { &[Permission::Look] } else { &[Permission::ChangeUsers, Permission::ReadAudit] };
        asked.desk.permit(&asked.who, needed, &asked.line).await?;
        let state = asked.desk.subject.administration.state();
        if !state.users.contains_key(&user) {
            return Err(Failure::NotFound(format!("there is no user {user}")));
        }
        let theirs = state.tokens.iter().filter(|(_, token)| token.user == user);
        let tokens = theirs.map(|(number, token)| TokenAnswer::of(number, token)).collect();
        Ok(tagged(&TokenList { tokens }, state.changed))
    };
    answer(listed.await)
}

/// A command that gives a user a token; the token's number, and the token.
pub(in crate::administration) fn token_command(
    user: &str,
    label: &str,
    days: Option<u32>,
    now: Instant,
) -> Result<(Command, String, String), Failure> {
    if days.is_some_and(|days| !(1..=3660).contains(&days)) {
        return Err(Failure::Parameter("days", "1 to 3660 is wanted".to_owned()));
    }
    let (token, digest) = new_token()?;
    let number = format!("t{}", secret(6)?);
    let expires = days.map(|days| now + Duration::from_secs(u64::from(days) * DAY));
    let (user, label) = (user.to_owned(), label.to_owned());
    let command = Command::AddToken { token: number.clone(), user, digest, label, expires };
    Ok((command, number, token))
}

/// Give a user a token; it is shown this once
#[utoipa::path(post, path = "/api/v1/users/{user}/tokens", operation_id = "addToken", tag = "users",
    params(("user" = String, Path, description = "The name")), request_body = NewToken,
    responses((status = 201, description = "The token", body = MadeToken)))]
pub(super) async fn add_token(asked: Asked, Path(user): Id, body: Body) -> Response {
    let made = async {
        let NewToken { label, days, for_ever } = asked.json(body).await?;
        let days = match (days, for_ever) {
            (Some(_), true) => return Err(Failure::Parameter("days", "either days or for_ever is wanted".to_owned())),
            (None, true) => None,
            (days, false) => Some(days.unwrap_or(USUAL_DAYS)),
        };
        let (command, number, token) = token_command(&user, &label, days, asked.desk.now())?;
        let position = asked.change(command).await?.position;
        let place = format!("{PREFIX}/tokens/{number}");
        Ok(created(tagged(&MadeToken { number, token, position }, position), &place))
    };
    answer(made.await)
}

/// End a token
#[utoipa::path(delete, path = "/api/v1/tokens/{token}", operation_id = "removeToken", tag = "users",
    params(("token" = String, Path, description = "Its number")),
    responses((status = 200, description = "It has ended", body = Change)))]
pub(super) async fn remove_token(asked: Asked, Path(token): Id) -> Response {
    asked.changed(Ok(Command::RemoveToken { token })).await
}

/// What is recorded of a session that would begin another.
fn session_asks() -> Outcome {
    Outcome::Refused { code: "session".to_owned(), reason: "a session begins no other: a token does".to_owned() }
}

/// Let a browser in, once and soon, as who asks
#[utoipa::path(post, path = "/api/v1/session-codes", operation_id = "sessionCode", tag = "users",
    responses((status = 200, description = "An address of the pages", body = SessionCode),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "No role of the user permits it, or a session asks: it begins no other, a token does")))]
pub(super) async fn session_code(asked: Asked) -> Response {
    let made = async {
        asked.desk.permit(&asked.who, &[Permission::Look], &asked.line).await?;
        // Else a session would go on beyond its token and its day.
        if asked.who.by_cookie {
            asked.desk.note(&asked.who, Event::Refused { what: asked.line.clone() }, session_asks()).await?;
            return Err(Failure::Session);
        }
        asked.desk.note(&asked.who, Event::Invitation, Outcome::Done).await?;
        let code = asked.desk.access.invite(asked.who.actor.clone(), asked.desk.now())?;
        Ok(tagged(&SessionCode { path: format!("/enter?code={code}") }, 0))
    };
    answer(made.await)
}

/// Users, in the order of their names.
#[derive(Serialize, ToSchema)]
pub(super) struct UserList {
    pub(super) users: Vec<UserAnswer>,
    /// Ask again with this `cursor` for more.
    pub(super) next_cursor: Option<String>,
}

/// A user.
#[derive(Serialize, ToSchema)]
pub(super) struct UserAnswer {
    name: String,
    /// auditor, registrar, security_officer, system_administrator.
    roles: Vec<&'static str>,
    /// How many tokens they have.
    tokens: usize,
    /// Position of the last change: the `ETag`.
    changed: u64,
}

impl UserAnswer {
    pub(super) fn of(name: &str, user: &User, state: &State) -> Self {
        Self {
            name: name.to_owned(),
            roles: user.roles.iter().map(|role| role.name()).collect(),
            tokens: state.tokens.values().filter(|token| token.user == name).count(),
            changed: user.changed,
        }
    }
}

/// What a user may do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserBody {
    /// auditor, registrar, security_officer, system_administrator.
    pub(super) roles: Vec<String>,
}

/// Tokens of a user.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenList {
    pub(super) tokens: Vec<TokenAnswer>,
}

/// A token; the secret is shown once, when it is made.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenAnswer {
    number: String,
    label: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Instant>,
}

impl TokenAnswer {
    pub(super) fn of(number: &str, token: &Token) -> Self {
        Self { number: number.to_owned(), label: token.label.clone(), expires: token.expires }
    }
}

/// A token that shall be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// What it is for.
    #[serde(default)]
    pub(super) label: String,
    /// After how many days it ends, 1 to 3660; 365, if absent.
    #[serde(default)]
    pub(super) days: Option<u32>,
    /// It never ends; then there are no days.
    #[serde(default)]
    pub(super) for_ever: bool,
}

/// A token that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeToken {
    /// Its number, by which it is ended.
    pub(super) number: String,
    /// The token itself: it is shown this once.
    pub(super) token: String,
    /// Where its making stands in the audit log.
    pub(super) position: u64,
}

/// An address that lets in a browser once, within a quarter of an hour.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionCode {
    /// Path and query at this gateway's administration.
    pub(super) path: String,
}
