//! Keys and certificates.

use super::super::keys::line::KeyLine;
use super::super::keys::{self, Renewed, Wanted};
use super::wire::{Change, ProblemBody};
use super::{Asked, Id, PREFIX, answer, created, tagged};
use crate::administration::failure::Failure;
use crate::node::keys::Place;
use crate::node::keys::asked::{Requested, fingerprint, purpose};
use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use mekong_exchange::administration::Command;
use mekong_exchange::administration::role::Permission;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Keys and certificates
#[utoipa::path(get, path = "/api/v1/keys", operation_id = "keys", tag = "keys",
    responses((status = 200, description = "All that the gateway has, those that wait for a certificate too", body = KeyList)))]
pub(super) async fn list(asked: Asked) -> Response {
    let listed = async {
        asked.desk.permit(&asked.who, &[Permission::Look], &asked.line).await?;
        let changed = asked.desk.subject.administration.state().changed;
        let subject = &asked.desk.subject;
        let list = KeyList {
            token: subject.keys.token().map(str::to_owned),
            operator: subject.operator.is_some(),
            keys: keys::list(&asked.desk).await?,
        };
        Ok(tagged(&list, changed))
    };
    answer(listed.await)
}

/// Make a key, and a request for its certificate
#[utoipa::path(post, path = "/api/v1/keys/requests", operation_id = "requestKey", tag = "keys", request_body = NewKey,
    responses((status = 201, description = "The request, for an authority that the directory approves", body = KeyRequest),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "The gateway has no such purpose or token, or too many keys wait")))]
pub(super) async fn request(asked: Asked, body: Body) -> Response {
    let made = async {
        let NewKey { purpose, place, key_type } = asked.json(body).await?;
        let wanted = Wanted::read(&purpose, place.as_deref().unwrap_or("software"), &key_type);
        let made = keys::make(&asked.desk, &asked.who, wanted?).await?;
        let place = format!("{PREFIX}/keys/requests/{}", made.label);
        Ok(created(Json(KeyRequest::of(&made)).into_response(), &place))
    };
    answer(made.await)
}

/// The request for the certificate of a key that waits for it
#[utoipa::path(get, path = "/api/v1/keys/requests/{label}", operation_id = "keyRequest", tag = "keys",
    params(("label" = String, Path, description = "The label of the key")),
    responses((status = 200, description = "The request once more", body = KeyRequest)))]
pub(super) async fn show_request(asked: Asked, Path(label): Id) -> Response {
    let shown = async {
        asked.desk.permit(&asked.who, &[Permission::Look], &asked.line).await?;
        let made = keys::requested(&asked.desk, &label).await?;
        Ok(Json(KeyRequest::of(&made)).into_response())
    };
    answer(shown.await)
}

/// Import the certificate of a key that was made
#[utoipa::path(post, path = "/api/v1/keys/certificates", operation_id = "importCertificate", tag = "keys",
    request_body = NewCertificate,
    responses((status = 201, description = "It is used once OCSP says that it is good and, for TLS, it is registered", body = Imported),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "It is there already"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "It does not fit: key, purpose, member, validity or authority")))]
pub(super) async fn import(asked: Asked, body: Body) -> Response {
    let imported = async {
        let NewCertificate { certificate } = asked.json(body).await?;
        let certificate = keys::certificate(certificate.as_bytes())?;
        let fitting = keys::import(&asked.desk, &asked.who, &certificate).await?;
        let imported = Imported {
            label: fitting.label,
            purpose: purpose(fitting.member.as_ref()),
            fingerprint: fingerprint(&certificate),
        };
        Ok(created(Json(imported).into_response(), &format!("{PREFIX}/keys")))
    };
    answer(imported.await)
}

/// Have the operator's registration certify new keys, now
#[utoipa::path(post, path = "/api/v1/keys/renewal", operation_id = "renewKeys", tag = "keys",
    responses((status = 200, description = "For TLS and for the messages of the gateway's owner; or a person has to approve it", body = Renewal),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "The gateway did not join by an operator"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "What the operator answered")))]
pub(super) async fn renew(asked: Asked) -> Response {
    let renewed = async {
        let renewal = match keys::renew(&asked.desk, &asked.who).await? {
            Renewed::Waiting(id) => Renewal { waiting: Some(id), certificates: Vec::new() },
            Renewed::Done(keys) => {
                let imported = |(label, purpose, certificate): (String, String, _)| Imported {
                    label,
                    purpose,
                    fingerprint: fingerprint(&certificate),
                };
                Renewal { waiting: None, certificates: keys.into_iter().map(imported).collect() }
            }
        };
        Ok(Json(renewal).into_response())
    };
    answer(renewed.await)
}

/// Take a certificate out of use, or put it back
#[utoipa::path(put, path = "/api/v1/keys/certificates/{certificate}/use", operation_id = "setCertificateUse", tag = "keys",
    params(("certificate" = String, Path, description = "Its SHA-256 in hexadecimal")), request_body = UseBody,
    responses((status = 200, description = "It is so", body = Change),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "It is the last that can be used")))]
pub(super) async fn set_use(asked: Asked, Path(certificate): Id, body: Body) -> Response {
    let command = async {
        let UseBody { enabled, force } = asked.json(body).await?;
        Ok::<_, Failure>(Command::SetCertificateUse { certificate: certificate.to_lowercase(), enabled, force })
    };
    asked.changed(command.await).await
}

/// All keys.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyList {
    /// The token of hardware, if there is one.
    token: Option<String>,
    /// Whether the operator's registration certifies new keys.
    operator: bool,
    keys: Vec<KeyLine>,
}

/// A key that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKey {
    /// `tls`, or a member whose messages the gateway signs.
    #[schema(example = "VN/GOV/MPS")]
    purpose: String,
    /// `software`, the folder of the gateway, or `hardware`, its token; software if absent.
    place: Option<String>,
    /// `p256`, `rsa2048` or `rsa3072`.
    #[schema(example = "p256")]
    key_type: String,
}

/// A request for a certificate.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyRequest {
    /// The label of the key.
    label: String,
    /// The token of hardware that it is in; none if it is in a file.
    token: Option<String>,
    /// PKCS#10, PEM.
    request: String,
    /// In whose name.
    subject: String,
}

impl KeyRequest {
    fn of(made: &Requested) -> Self {
        let token = match &made.place {
            Place::Software => None,
            Place::Token(name) => Some(name.clone()),
        };
        Self { label: made.label.clone(), token, request: made.request.pem(), subject: made.request.subject() }
    }
}

/// A certificate that came.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCertificate {
    /// PEM.
    certificate: String,
}

/// A certificate that is there now.
#[derive(Serialize, ToSchema)]
pub(super) struct Imported {
    /// The label of its key.
    label: String,
    /// `tls`, or the member for whom it signs.
    purpose: String,
    /// Its SHA-256 in hexadecimal.
    fingerprint: String,
}

/// What the operator did.
#[derive(Serialize, ToSchema)]
pub(super) struct Renewal {
    /// The request that a person at the operator's has to approve; it is asked again by itself.
    waiting: Option<String>,
    certificates: Vec<Imported>,
}

/// Whether a certificate may be used.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UseBody {
    enabled: bool,
    /// Take it out even if it is the last that can be used.
    #[serde(default)]
    force: bool,
}
