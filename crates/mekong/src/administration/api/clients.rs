//! Subsystems: their connection, services, endpoints, groups and rights.

use super::wire::{
    Change, ConnectionBody, EndpointBody, GroupBody, NewSubsystem, ProblemBody, RightBody, ServiceBody,
    SubsystemAnswer, SubsystemLine, SubsystemList,
};
use super::{Asked, Id, PREFIX, Slice, Two, answer, client_id, created, in_address, tagged};
use crate::administration::failure::Failure;
use crate::administration::reader::Reader;
use crate::serving::failure::Failing as _;
use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use mekong_base::ClientId;
use mekong_exchange::administration::role::Permission;
use mekong_exchange::administration::{Command, Subsystem};

/// Subsystems that this gateway serves
#[utoipa::path(get, path = "/api/v1/subsystems", operation_id = "subsystems", tag = "subsystems",
    params(("limit" = Option<u32>, Query, description = "1 to 1000; 100 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the previous answer")),
    responses((status = 200, description = "In the order of their names", body = SubsystemList),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "No role permits it")))]
pub(super) async fn list(asked: Asked, reader: Reader) -> Response {
    let listed = async {
        asked.desk.permit(&asked.who, &[Permission::Look], &asked.line).await?;
        let slice = Slice::asked(&reader)?;
        let (state, directory) = (asked.desk.subject.administration.state(), asked.desk.directory());
        let line = |id: &ClientId, subsystem: &Subsystem| SubsystemLine {
            id: id.clone(),
            registered: directory.is_registered(id, &asked.desk.subject.server),
            services: subsystem.services.keys().cloned().collect(),
            rights: subsystem.rights.len(),
            changed: subsystem.changed,
        };
        let mut all: Vec<_> = state.subsystems.iter().map(|(id, s)| (id.to_string(), line(id, s))).collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        let (subsystems, next_cursor) = slice.of(all.into_iter());
        Ok(tagged(&SubsystemList { subsystems, next_cursor }, state.changed))
    };
    answer(listed.await)
}

/// Serve a subsystem
#[utoipa::path(post, path = "/api/v1/subsystems", operation_id = "addSubsystem", tag = "subsystems", request_body = NewSubsystem,
    responses((status = 201, description = "It is served", body = Change),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "It is served already")))]
pub(super) async fn add(asked: Asked, body: Body) -> Response {
    match asked.json::<NewSubsystem>(body).await {
        Ok(NewSubsystem { id }) => {
            let place = format!("{PREFIX}/subsystems/{}", in_address(&id));
            created(asked.changed(Ok(Command::AddSubsystem { subsystem: id })).await, &place)
        }
        Err(failure) => failure.problem(),
    }
}

/// One subsystem
#[utoipa::path(get, path = "/api/v1/subsystems/{id}", operation_id = "subsystem", tag = "subsystems",
    params(("id" = String, Path, description = "The identifier with colons", example = "VN:GOV:MPS:population")),
    responses((status = 200, description = "With services, groups and rights", body = SubsystemAnswer,
            headers(("ETag" = String, description = "Position of its last change"))),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "It is not served here")))]
pub(super) async fn show(asked: Asked, Path(id): Id) -> Response {
    let shown = async {
        asked.desk.permit(&asked.who, &[Permission::Look], &asked.line).await?;
        let id = client_id(&id)?;
        let state = asked.desk.subject.administration.state();
        let missing = || Failure::NotFound(format!("there is no subsystem {id} at this gateway"));
        let subsystem = state.subsystem(&id).ok_or_else(missing)?;
        let registered = asked.desk.directory().is_registered(&id, &asked.desk.subject.server);
        Ok(tagged(&SubsystemAnswer::of(&id, subsystem, registered), subsystem.changed))
    };
    answer(shown.await)
}

/// Serve a subsystem no longer
#[utoipa::path(delete, path = "/api/v1/subsystems/{id}", operation_id = "removeSubsystem", tag = "subsystems",
    params(("id" = String, Path, description = "The identifier with colons")),
    responses((status = 200, description = "It is served no longer", body = Change)))]
pub(super) async fn remove(asked: Asked, Path(id): Id) -> Response {
    asked.changed(client_id(&id).map(|subsystem| Command::RemoveSubsystem { subsystem })).await
}

/// Say from where information systems may ask in its name
#[utoipa::path(put, path = "/api/v1/subsystems/{id}/connection", operation_id = "connect", tag = "subsystems",
    params(("id" = String, Path, description = "The identifier with colons")), request_body = ConnectionBody,
    responses((status = 200, description = "It is so", body = Change)))]
pub(super) async fn connect(asked: Asked, Path(id): Id, body: Body) -> Response {
    let command = async {
        let connection = asked.json::<ConnectionBody>(body).await?.into();
        Ok(Command::SetConnection { subsystem: client_id(&id)?, connection })
    };
    asked.changed(command.await).await
}

/// Offer a service, or change what is said of it
#[utoipa::path(put, path = "/api/v1/subsystems/{id}/services/{service}", operation_id = "putService", tag = "services",
    params(("id" = String, Path, description = "The identifier with colons"), ("service" = String, Path, description = "Its code")),
    request_body = ServiceBody, responses((status = 200, description = "It is offered so", body = Change),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "A value is not what it must be")))]
pub(super) async fn put_service(asked: Asked, Path((id, service)): Two, body: Body) -> Response {
    let command = async {
        let settings = asked.json::<ServiceBody>(body).await?.into();
        Ok(Command::PutService { subsystem: client_id(&id)?, service, settings })
    };
    asked.changed(command.await).await
}

/// Take a service away, with the rights to it
#[utoipa::path(delete, path = "/api/v1/subsystems/{id}/services/{service}", operation_id = "removeService", tag = "services",
    params(("id" = String, Path, description = "The identifier with colons"), ("service" = String, Path, description = "Its code")),
    responses((status = 200, description = "It is gone", body = Change)))]
pub(super) async fn remove_service(asked: Asked, Path((id, service)): Two) -> Response {
    asked.changed(client_id(&id).map(|subsystem| Command::RemoveService { subsystem, service })).await
}

/// Add part of a service to which rights may be granted
#[utoipa::path(post, path = "/api/v1/subsystems/{id}/services/{service}/endpoints", operation_id = "addEndpoint", tag = "services",
    params(("id" = String, Path, description = "The identifier with colons"), ("service" = String, Path, description = "Its code")),
    request_body = EndpointBody, responses((status = 200, description = "It is there", body = Change)))]
pub(super) async fn add_endpoint(asked: Asked, Path((id, service)): Two, body: Body) -> Response {
    let command = async {
        let endpoint = asked.json::<EndpointBody>(body).await?.endpoint()?;
        Ok(Command::AddEndpoint { subsystem: client_id(&id)?, service, endpoint })
    };
    asked.changed(command.await).await
}

/// Take part of a service away, with the rights to it
#[utoipa::path(delete, path = "/api/v1/subsystems/{id}/services/{service}/endpoints", operation_id = "removeEndpoint",
    tag = "services",
    params(("id" = String, Path, description = "The identifier with colons"), ("service" = String, Path, description = "Its code"),
        ("method" = Option<String>, Query, description = "`*` if absent"), ("path" = String, Query, description = "The pattern")),
    responses((status = 200, description = "It is gone", body = Change)))]
pub(super) async fn remove_endpoint(asked: Asked, Path((id, service)): Two, reader: Reader) -> Response {
    let command = || {
        let endpoint = EndpointBody::asked(&reader).endpoint()?;
        Ok(Command::RemoveEndpoint { subsystem: client_id(&id)?, service, endpoint })
    };
    asked.changed(command()).await
}

/// Keep a local group
#[utoipa::path(put, path = "/api/v1/subsystems/{id}/groups/{group}", operation_id = "putGroup", tag = "groups",
    params(("id" = String, Path, description = "The identifier with colons"), ("group" = String, Path, description = "Its code")),
    request_body = GroupBody, responses((status = 200, description = "It is kept", body = Change)))]
pub(super) async fn put_group(asked: Asked, Path((id, group)): Two, body: Body) -> Response {
    let command = async {
        let GroupBody { description } = asked.json(body).await?;
        Ok(Command::PutGroup { subsystem: client_id(&id)?, group, description })
    };
    asked.changed(command.await).await
}

/// Take a local group away, with the rights granted to it
#[utoipa::path(delete, path = "/api/v1/subsystems/{id}/groups/{group}", operation_id = "removeGroup", tag = "groups",
    params(("id" = String, Path, description = "The identifier with colons"), ("group" = String, Path, description = "Its code")),
    responses((status = 200, description = "It is gone", body = Change)))]
pub(super) async fn remove_group(asked: Asked, Path((id, group)): Two) -> Response {
    asked.changed(client_id(&id).map(|subsystem| Command::RemoveGroup { subsystem, group })).await
}

type Three = Path<(String, String, String)>;

/// Put a client into a local group
#[utoipa::path(put, path = "/api/v1/subsystems/{id}/groups/{group}/members/{member}", operation_id = "addMember", tag = "groups",
    params(("id" = String, Path, description = "The identifier with colons"), ("group" = String, Path, description = "Its code"),
        ("member" = String, Path, description = "The client, with colons")),
    responses((status = 200, description = "It is in it", body = Change)))]
pub(super) async fn add_member(asked: Asked, Path((id, group, member)): Three) -> Response {
    let command = || Ok(Command::AddMember { subsystem: client_id(&id)?, group, member: client_id(&member)? });
    asked.changed(command()).await
}

/// Take a client out of a local group
#[utoipa::path(delete, path = "/api/v1/subsystems/{id}/groups/{group}/members/{member}", operation_id = "removeMember",
    tag = "groups",
    params(("id" = String, Path, description = "The identifier with colons"), ("group" = String, Path, description = "Its code"),
        ("member" = String, Path, description = "The client, with colons")),
    responses((status = 200, description = "It is out of it", body = Change)))]
pub(super) async fn remove_member(asked: Asked, Path((id, group, member)): Three) -> Response {
    let command = || Ok(Command::RemoveMember { subsystem: client_id(&id)?, group, member: client_id(&member)? });
    asked.changed(command()).await
}

/// Grant a right
#[utoipa::path(post, path = "/api/v1/subsystems/{id}/rights", operation_id = "grant", tag = "rights",
    params(("id" = String, Path, description = "The identifier with colons")), request_body = RightBody,
    responses((status = 200, description = "It is granted", body = Change),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "It is granted already")))]
pub(super) async fn grant(asked: Asked, Path(id): Id, body: Body) -> Response {
    let command = async {
        let right = asked.json::<RightBody>(body).await?.right()?;
        Ok(Command::Grant { subsystem: client_id(&id)?, right })
    };
    asked.changed(command.await).await
}

/// Revoke a right
#[utoipa::path(delete, path = "/api/v1/subsystems/{id}/rights", operation_id = "revoke", tag = "rights",
    params(("id" = String, Path, description = "The identifier with colons"), ("subject" = String, Query, description = "Whose"),
        ("service" = String, Query, description = "On which service"),
        ("method" = Option<String>, Query, description = "Of the endpoint; `*` if absent"),
        ("path" = Option<String>, Query, description = "Of the endpoint; the right to the whole service, if absent")),
    responses((status = 200, description = "It is revoked", body = Change)))]
pub(super) async fn revoke(asked: Asked, Path(id): Id, reader: Reader) -> Response {
    let command = || Ok(Command::Revoke { subsystem: client_id(&id)?, right: RightBody::asked(&reader).right()? });
    asked.changed(command()).await
}
