//! What all requests of the API have in common, said of each in its description: how one signs in, preconditions, and what
//! can be answered whatever is asked.

use axum::http::Method;
use utoipa::Modify;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder};

/// The name of the way in that programs take.
const TOKEN: &str = "token";
/// Requests that are no `GET` and take no preconditions: they change nothing of the state that the audit log makes. What is
/// done with keys and events stands in it all the same.
pub(super) const CHANGE_NOTHING: [&str; 8] = [
    "plan",
    "sessionCode",
    "requestKey",
    "importCertificate",
    "renewKeys",
    "deliverDeadLetter",
    "dropDeadLetter",
    "replay",
];

/// Adds it to a description.
pub(super) struct Common;

impl Modify for Common {
    fn modify(&self, description: &mut OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
            "A token of a user: mekong gateway token make USER. That of whoever runs the machine is in the file console-token.",
        ));
        description.components.get_or_insert_default().add_security_scheme(TOKEN, SecurityScheme::Http(scheme.build()));
        description.security = Some(vec![SecurityRequirement::new(TOKEN, [] as [&str; 0])]);
        for (path, item) in &mut description.paths.paths {
            for (method, operation) in operations(item) {
                complete(operation, &method, path);
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let of = [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::DELETE, &mut item.delete),
    ];
    of.into_iter().filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
}

fn complete(operation: &mut Operation, method: &Method, path: &str) {
    let is_change =
        method != Method::GET && !operation.operation_id.as_deref().is_some_and(|name| CHANGE_NOTHING.contains(&name));
    let mut answers =
        vec![("401", "No token, or one that is not known or has ended"), ("403", "No role of the user permits it")];
    if path.contains('{') {
        answers.push(("404", "There is nothing of that name"));
    }
    if is_change {
        answers.push(("412", "It was changed after the position in If-Match: look again"));
        answers.push(("422", "It is not possible: a limit, or the Idempotency-Key was used for something else"));
    }
    if is_change && (method == Method::POST || method == Method::PUT) {
        answers.push(("409", "It is there already"));
    }
    for (status, why) in answers {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(why)));
    }
    if is_change {
        let headers = [
            (
                "If-Match",
                "The ETag that was seen: the change is made only if nothing has changed since. Left out, it is made",
            ),
            ("Idempotency-Key", "Chosen by the sender: the same change sent again with it is made once"),
        ];
        let parameters = operation.parameters.get_or_insert_default();
        parameters.extend(headers.map(|(name, why)| RefOr::T(header(name, why))));
    }
}

fn header(name: &str, why: &str) -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let header = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(Required::False);
    header.description(Some(why)).schema(Some(text)).build()
}

fn problem(why: &str) -> Response {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemBody"))).build();
    ResponseBuilder::new().description(why).content("application/problem+json", body).build()
}
