//! The description of the API, made from the code. `openapi.json` beside `Cargo.toml` is compared with it by a test.

use super::common::Common;
use super::{clients, events, keys, letters, messages, overall, people};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Administration of a gateway",
        description = "Subsystems, services, groups, rights, users, keys and certificates; who may call what; the message log; the audit log. Every request presents a token \
                       (Authorization: Bearer) or the cookie of a session. What changes something takes If-Match (an ETag: the \
                       position of the last change that was seen) and Idempotency-Key, and answers with its position in the audit \
                       log. Errors are problem details (RFC 9457).",
        version = "1.0.0",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    paths(
        overall::gateway, overall::explanation, overall::audit, overall::declaration, overall::apply, overall::plan,
        clients::list, clients::add, clients::show, clients::remove, clients::connect, clients::put_service,
        clients::remove_service, clients::add_endpoint, clients::remove_endpoint, clients::put_group,
        clients::remove_group, clients::add_member, clients::remove_member, clients::grant, clients::revoke,
        events::list, events::put, events::remove,
        letters::show, letters::list, letters::deliver, letters::give_up, letters::replay,
        keys::list, keys::request, keys::show_request, keys::import, keys::renew, keys::set_use,
        messages::list, messages::show, messages::evidence,
        people::list, people::put, people::remove, people::tokens, people::add_token, people::remove_token,
        people::session_code,
    ),
    tags(
        (name = "gateway", description = "The gateway as a whole"),
        (name = "subsystems", description = "The clients that it serves"),
        (name = "services", description = "What they offer"),
        (name = "groups", description = "Groups that they keep"),
        (name = "rights", description = "Who may call what"),
        (name = "events", description = "Topics and subscriptions"),
        (name = "keys", description = "Keys and certificates"),
        (name = "messages", description = "The message log: what was exchanged, and the evidence"),
        (name = "users", description = "Who administers it"),
    ),
    modifiers(&Common),
)]
struct Api;

/// The OpenAPI 3.1 description as JSON text, ending in a line end.
fn openapi() -> String {
    let mut text = Api::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// `GET /api/v1/openapi.json`
pub(super) async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi()).into_response()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::common::CHANGE_NOTHING;
    use super::*;

    #[test]
    fn the_committed_description_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        let now = openapi();
        if std::env::var_os("MEKONG_UPDATE").is_some() {
            std::fs::write(path, &now).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == now,
            "{path} is not what the code says: run this test with MEKONG_UPDATE=1 and read the difference"
        );
        assert!(now.contains(r#""openapi": "3.1.0""#));
    }

    /// A client made from the description can sign in, send preconditions and tell refusals apart.
    #[test]
    fn every_request_says_how_to_sign_in_and_every_change_its_preconditions() {
        let description: serde_json::Value = serde_json::from_str(&openapi()).unwrap();
        assert_eq!(description["components"]["securitySchemes"]["token"]["scheme"], "bearer");
        assert!(description["security"][0]["token"].is_array());
        let mut changes = 0;
        for (path, item) in description["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let answers = &operation["responses"];
                assert!(answers["401"].is_object() && answers["403"].is_object(), "{method} {path}");
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                let named = |name: &str| parameters.iter().any(|p| p["name"] == name && p["in"] == "header");
                assert_eq!(named("If-Match"), answers["412"].is_object(), "{method} {path}");
                assert_eq!(named("Idempotency-Key"), named("If-Match"), "{method} {path}");
                let name = operation["operationId"].as_str().unwrap_or_default();
                assert!(method == "get" || named("If-Match") || CHANGE_NOTHING.contains(&name), "{method} {path}");
                changes += usize::from(named("If-Match"));
            }
        }
        assert!(changes > 15, "{changes}");
    }
}
