//! The gateway as a whole: what it is, who may call what, the audit log, its declaration.

use super::wire::{Change, ProblemBody, RightBody};
use super::{Asked, Slice, answer, answer_change, tagged};
use crate::administration::explained::question;
use crate::administration::failure::Failure;
use crate::administration::reader::Reader;
use axum::body::Body;
use axum::response::Response;
use mekong_base::Instant;
use mekong_exchange::administration::explain::{Explanation, Reason, explain};
use mekong_exchange::administration::role::Permission;
use mekong_exchange::administration::service::{Filter, Line};
use mekong_exchange::administration::{Changed, Command, Declaration, Outcome, Refusal, Via};
use serde::Serialize;
use utoipa::ToSchema;

/// The gateway
#[utoipa::path(get, path = "/api/v1/gateway", operation_id = "gateway", tag = "gateway",
    responses((status = 200, description = "What it is and whether it works", body = Gateway)))]
pub(super) async fn gateway(asked: Asked) -> Response {
    let shown = async {
        asked.desk.permit(&asked.who, &[Permission::Look], &asked.line).await?;
        let status = asked.desk.handle().map(|handle| handle.status());
        let state = asked.desk.subject.administration.state();
        let gateway = Gateway {
            server: asked.desk.subject.server.to_string(),
            running: status.is_some(),
            address: status.as_ref().map(|status| format!("http://{}", status.consumer)),
            refusing: status.and_then(|status| status.refusing),
            subsystems: state.subsystems.len(),
            changed: state.changed,
        };
        Ok(tagged(&gateway, state.changed))
    };
    answer(shown.await)
}

/// Who may call what, and why not
#[utoipa::path(get, path = "/api/v1/explanations", operation_id = "explain", tag = "rights",
    params(("client" = String, Query, description = "Who would call", example = "LA/GOV/MOHA/civil"),
        ("service" = String, Query, description = "What", example = "VN/GOV/MPS/population/persons"),
        ("method" = Option<String>, Query, description = "By which method; with `path`"),
        ("path" = Option<String>, Query, description = "On which path after the service; with `method`")),
    responses((status = 200, description = "The answer with every reason", body = ExplanationAnswer),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "A parameter is wrong")))]
pub(super) async fn explanation(asked: Asked, reader: Reader) -> Response {
    let explained = async {
        asked.desk.permit(&asked.who, &[Permission::Look], &asked.line).await?;
        let question = question(&reader)?;
        let state = asked.desk.subject.administration.state();
        let explanation = explain(&state, &asked.desk.directory(), &asked.desk.subject.server, &question);
        Ok(tagged(&ExplanationAnswer::from(&explanation), state.changed))
    };
    answer(explained.await)
}

/// The filter that a query asks for.
pub(in crate::administration) fn filter(reader: &Reader) -> Result<Filter, Failure> {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let refused = match reader.asked("outcome") {
        "" => None,
        "done" => Some(false),
        "refused" => Some(true),
        other => return Err(Failure::Parameter("outcome", format!("{other:?} is none: there are done and refused"))),
    };
    Ok(Filter { user: some(reader.asked("user")), refused, text: some(reader.asked("text")) })
}

/// The position that a cursor stands for.
pub(in crate::administration) fn cursor(text: &str) -> Result<Option<u64>, Failure> {
    let wrong = |_| Failure::Parameter("cursor", "the `next_cursor` of an earlier answer is wanted".to_owned());
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(wrong) }
}

/// The audit log, newest first
#[utoipa::path(get, path = "/api/v1/audit", operation_id = "audit", tag = "gateway",
    params(("user" = Option<String>, Query, description = "By whom"),
        ("outcome" = Option<String>, Query, description = "`done` or `refused`"),
        ("text" = Option<String>, Query, description = "Has this text"),
        ("limit" = Option<u32>, Query, description = "1 to 1000; 100 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the previous answer")),
    responses((status = 200, description = "Lines of it; a search may give fewer, and a cursor to go on", body = AuditAnswer),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "No role permits it")))]
pub(super) async fn audit(asked: Asked, reader: Reader) -> Response {
    let read = async {
        asked.desk.permit(&asked.who, &[Permission::ReadAudit], &asked.line).await?;
        let (slice, filter) = (Slice::asked(&reader)?, filter(&reader)?);
        let administration = &asked.desk.subject.administration;
        let (lines, next) = administration.lines(cursor(&slice.cursor)?, &filter, slice.limit).await?;
        let lines = lines.iter().map(AuditLine::from).collect();
        let next_cursor = next.map(|position| position.to_string());
        Ok(tagged(&AuditAnswer { lines, next_cursor }, administration.state().position))
    };
    answer(read.await)
}

/// Permissions with one of which users are shown.
const SEE_USERS: [Permission; 2] = [Permission::ChangeUsers, Permission::ReadAudit];

/// What is served now, as a declaration
#[utoipa::path(get, path = "/api/v1/declaration", operation_id = "declaration", tag = "gateway",
    responses((status = 200, description = "As `mekong gateway apply` takes it; without `users` for who may not see them, which leaves them as they are", content_type = "application/json")))]
pub(super) async fn declaration(asked: Asked) -> Response {
    let shown = async {
        asked.desk.permit(&asked.who, &[Permission::Look], &asked.line).await?;
        let state = asked.desk.subject.administration.state();
        let mut declaration = Declaration::of(&state);
        declaration.users = declaration.users.filter(|_| asked.desk.may(&asked.who, &SEE_USERS));
        Ok(tagged(&declaration, state.changed))
    };
    answer(shown.await)
}

/// What a declaration would change; nothing is
#[utoipa::path(post, path = "/api/v1/declaration/plan", operation_id = "plan", tag = "gateway",
    request_body(content = Object, description = "A declaration"),
    responses((status = 200, description = "The changes in order", body = Plan),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "It cannot be understood or done")))]
pub(super) async fn plan(asked: Asked, body: Body) -> Response {
    let planned = async {
        asked.desk.permit(&asked.who, &[Permission::Look], &asked.line).await?;
        let declaration: Declaration = asked.json(body).await?;
        let state = asked.desk.subject.administration.state();
        let commands = declaration.commands(&state)?;
        // What would be changed of users tells who they are.
        let is_of_users = |command: &Command| matches!(command, Command::PutUser { .. } | Command::RemoveUser { .. });
        if commands.iter().any(is_of_users) {
            asked.desk.permit(&asked.who, &SEE_USERS, &asked.line).await?;
        }
        let changes = commands.iter().map(Command::line).collect();
        if !commands.is_empty() {
            let all = Command::All { commands };
            asked.desk.check(&all)?;
            (*state).clone().apply(&all, state.position)?;
        }
        Ok(tagged(&Plan { changes, changed: state.changed }, state.changed))
    };
    answer(planned.await)
}

/// How often a declaration is planned while others change something.
const TRIES: u32 = 4;

/// Make it as a declaration says: all of it, or nothing
#[utoipa::path(put, path = "/api/v1/declaration", operation_id = "apply", tag = "gateway",
    request_body(content = Object, description = "A declaration"),
    responses((status = 200, description = "It is so", body = Change),
        (status = 412, body = ProblemBody, content_type = "application/problem+json", description = "Something was changed since"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "It cannot be understood or done")))]
pub(super) async fn apply(asked: Asked, body: Body) -> Response {
    let applied = async {
        asked.desk.permit(&asked.who, &[Permission::Look], &asked.line).await?;
        let declaration: Declaration = asked.json(body).await?;
        let seen = asked.seen()?;
        let mut tries = TRIES;
        loop {
            let state = asked.desk.subject.administration.state();
            let commands = declaration.commands(&state)?;
            // What was planned against one state is not applied to another.
            if let Some(wanted) = seen.filter(|seen| *seen != state.changed) {
                let what = "the gateway".to_owned();
                return Err(Refusal::Changed { what, found: state.changed, wanted }.into());
            }
            if commands.is_empty() {
                return Ok((Changed { position: state.changed, before: true }, Vec::new()));
            }
            let all = Command::All { commands };
            let warnings = asked.desk.warnings(&all);
            tries -= 1;
            match asked.desk.change_whole(&asked.who, all, state.changed, asked.key()).await {
                // Who insists on no state has it planned against the one that came meanwhile.
                Err(Failure::Refused(Refusal::Changed { .. })) if seen.is_none() && tries > 0 => {}
                changed => return Ok((changed?, warnings)),
            }
        }
    };
    answer_change(applied.await)
}

/// The gateway.
#[derive(Serialize, ToSchema)]
pub(super) struct Gateway {
    /// Its registered name.
    pub(super) server: String,
    /// Whether it runs.
    pub(super) running: bool,
    /// Where information systems reach it.
    pub(super) address: Option<String>,
    /// Why it refuses messages now, if it does.
    pub(super) refusing: Option<String>,
    /// Subsystems that it serves.
    pub(super) subsystems: usize,
    /// Position of the last change.
    pub(super) changed: u64,
}

/// Who may call what, and why not.
#[derive(Serialize, ToSchema)]
pub(super) struct ExplanationAnswer {
    /// `yes`; `partly`: parts of the service; `elsewhere`: another gateway decides; `no`.
    answer: &'static str,
    /// Why, in the order of deciding.
    reasons: Vec<ReasonAnswer>,
    /// The rights on the service that the client has, by itself or by a group.
    rights: Vec<RightBody>,
}

/// A reason.
#[derive(Serialize, ToSchema)]
struct ReasonAnswer {
    /// Stable name.
    code: &'static str,
    /// Whether it speaks for the call; null if it only tells.
    good: Option<bool>,
    /// In English, with what to do.
    text: String,
}

impl From<&Explanation> for ExplanationAnswer {
    fn from(explanation: &Explanation) -> Self {
        let reason = |reason: &Reason| ReasonAnswer { code: reason.code, good: reason.good, text: reason.text.clone() };
        Self {
            answer: explanation.answer.name(),
            reasons: explanation.reasons.iter().map(reason).collect(),
            rights: explanation.rights.iter().map(RightBody::from).collect(),
        }
    }
}

/// Lines of the audit log, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditAnswer {
    pub(super) lines: Vec<AuditLine>,
    /// Ask again with this `cursor` for older ones.
    pub(super) next_cursor: Option<String>,
}

/// A line of the audit log.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditLine {
    position: u64,
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// Name of the user; empty if nobody was known.
    user: String,
    /// `operator`, `session`, `token NUMBER` or `nothing`.
    via: String,
    /// From which address.
    from: Option<String>,
    /// What kind of thing happened: `grant`, `sign_in`, `refused`.
    kind: &'static str,
    /// What it was about.
    target: String,
    /// In English.
    text: String,
    /// Whether it was done.
    done: bool,
    /// Why not.
    refusal: Option<String>,
}

impl From<&Line> for AuditLine {
    fn from(line: &Line) -> Self {
        let entry = &line.entry;
        Self {
            position: line.position,
            at: line.at,
            user: entry.actor.user.clone(),
            via: match &entry.actor.via {
                Via::Nothing => "nothing".to_owned(),
                Via::Operator => "operator".to_owned(),
                Via::Session => "session".to_owned(),
                Via::Token(number) => format!("token {number}"),
            },
            from: entry.from.map(|from| from.to_string()),
            kind: entry.event.name(),
            target: entry.event.target(),
            text: entry.event.line(),
            done: entry.outcome.is_done(),
            refusal: match &entry.outcome {
                Outcome::Done => None,
                Outcome::Refused { reason, .. } => Some(reason.clone()),
            },
        }
    }
}

/// What a declaration would change.
#[derive(Serialize, ToSchema)]
pub(super) struct Plan {
    /// Each change in English, in order; none if it is so already.
    pub(super) changes: Vec<String>,
    /// Position of the last change: send it as `If-Match` when applying.
    pub(super) changed: u64,
}
