//! The same as the pages, for programs. Times are UTC (RFC 3339), errors are problem details (RFC 9457); described in
//! `assets/openapi.json`.

use super::contents::Contents;
use super::filter::Filter;
use super::issue::Subject;
use super::overview::Overview;
use super::reader::Reader;
use super::status::Status;
use super::{Failure, Office, Order, lists};
use crate::serving::body;
use crate::serving::failure::Failing as _;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mekong_authority::RevocationReason;
use mekong_authority::ca::Issued;
use mekong_authority::profile::CertificateProfile;
use mekong_base::Instant;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::crl::Crl;
use mekong_pki::request::CertificateRequest;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Longest `Idempotency-Key`, in bytes.
const KEY_BYTES_MAX: usize = 128;

/// What is ordered: a request in PEM, a profile, the subject's attributes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ordered {
    request: String,
    profile: String,
    subject: Subject,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revocation {
    reason: String,
}

fn answer(outcome: Result<Value, Failure>) -> Response {
    match outcome {
        Ok(value) => Json(value).into_response(),
        Err(failure) => failure.problem(),
    }
}

/// `GET /api/v1/authority`
pub(super) async fn authority(State(office): State<Arc<Office>>) -> Response {
    answer(office.aside(|office| Ok(authority_json(office, &Overview::collect(office)?))).await)
}

fn authority_json(office: &Office, overview: &Overview) -> Value {
    let authority = &office.authority;
    let counts: serde_json::Map<String, Value> = Status::ALL
        .iter()
        .zip(overview.counts)
        .map(|(status, count)| (status.name().to_owned(), json!(count)))
        .collect();
    let own = overview.own.iter().map(|(key, certificate)| {
        json!({
            "use": key.trim_start_matches("own."), "serial": certificate.serial_hex(), "subject": certificate.subject(),
            "not_before": certificate.not_before(), "not_after": certificate.not_after(),
        })
    });
    json!({
        "name": authority.name(), "country": authority.country(), "at": overview.now,
        "services": { "ocsp": authority.ocsp_url(), "time_stamps": authority.tsa_url(), "crl": authority.crl_url() },
        "crl": list_json(office, &overview.crl), "certificates": own.collect::<Vec<_>>(), "counts": counts,
    })
}

/// `GET /api/v1/profiles`
pub(super) async fn profiles(State(office): State<Arc<Office>>) -> Response {
    let profile = |profile: &CertificateProfile| {
        let fields = profile
            .fields("en")
            .map(|(name, required, hint)| json!({"attribute": name, "required": required, "hint": hint}));
        json!({
            "name": profile.name(), "title": profile.title("en"), "keys": profile.keys(),
            "validity_days": profile.validity().as_secs() / 86_400, "subject": fields.collect::<Vec<_>>(),
        })
    };
    Json(json!({ "profiles": office.profiles.iter().map(profile).collect::<Vec<_>>() })).into_response()
}

/// `GET /api/v1/certificates?q=&status=&profile=&page=&per_page=`
pub(super) async fn list(State(office): State<Arc<Office>>, reader: Reader) -> Response {
    let listed = async {
        let filter = Filter::asked(&reader)?;
        office
            .aside(move |office| {
                let now = office.now();
                let found = filter.find(&office.authority.certificates()?, now, |listed| office.whole(listed))?;
                let certificates: Vec<Value> = found.certificates.iter().map(|issued| line(issued, now)).collect();
                Ok(json!({"total": found.total, "page": found.page, "pages": found.pages, "certificates": certificates}))
            })
            .await
    };
    answer(listed.await)
}

fn line(issued: &Issued, now: Instant) -> Value {
    let certificate = &issued.certificate;
    json!({
        "serial": certificate.serial_hex(), "profile": issued.profile, "status": Status::of(issued, now).name(),
        "subject": certificate.subject(), "issued_at": issued.at,
        "not_before": certificate.not_before(), "not_after": certificate.not_after(),
        "revoked": issued.revoked.map(|(at, reason)| json!({"at": at, "reason": reason.name()})),
    })
}

/// A certificate with all that it says.
fn whole(issued: &Issued, now: Instant) -> Value {
    let (mut value, certificate) = (line(issued, now), &issued.certificate);
    if let Some(members) = value.as_object_mut() {
        members.insert("issuer".to_owned(), json!(certificate.issuer()));
        members.insert("contents".to_owned(), Contents::of_certificate(certificate).json());
        members.insert("sha256".to_owned(), json!(hex::encode(certificate.fingerprint(DigestAlgorithm::Sha256))));
        members.insert("pem".to_owned(), json!(certificate.pem()));
    }
    value
}

/// `GET /api/v1/certificates/{serial}`
pub(super) async fn certificate(State(office): State<Arc<Office>>, Path(serial): Path<String>) -> Response {
    answer(office.aside(move |office| Ok(whole(&office.issued(&serial)?, office.now()))).await)
}

async fn order(office: &Office, headers: &HeaderMap, body: Body) -> Result<Order, Failure> {
    let Ordered { request, profile, subject } = body::json(headers, body).await?;
    if request.trim().is_empty() {
        return Err(Failure::NoRequest);
    }
    Ok(Order {
        request: CertificateRequest::from_der_or_pem(request.as_bytes())?,
        profile: office.profile(&profile)?,
        subject,
    })
}

/// `POST /api/v1/previews`: what a certificate would say. Nothing is issued.
pub(super) async fn preview(State(office): State<Arc<Office>>, headers: HeaderMap, body: Body) -> Response {
    let preview = async {
        let order = order(&office, &headers, body).await?;
        office
            .aside(move |office| {
                let Order { request, profile, subject } = &order;
                let plan = office.authority.plan(request, profile, subject, office.now())?;
                let same = office.authority.certificates_for(request.public_key())?;
                Ok(json!({
                    "asked": {
                        "subject": request.subject(), "key": request.public_key().key_type().to_string(),
                        "dns_names": request.dns_names(), "ip_addresses": request.ip_addresses(),
                        "extensions": request.extensions().iter().map(ToString::to_string).collect::<Vec<_>>(),
                    },
                    "contents": Contents::of_plan(&plan).json(),
                    "same_key": same.iter().map(|issued| issued.certificate.serial_hex()).collect::<Vec<_>>(),
                }))
            })
            .await
    };
    answer(preview.await)
}

/// `POST /api/v1/certificates`. With an `Idempotency-Key` it is issued once, however often it is asked.
pub(super) async fn issue(State(office): State<Arc<Office>>, headers: HeaderMap, body: Body) -> Response {
    let issued = async {
        let order = order(&office, &headers, body).await?;
        let number = match headers.get("idempotency-key").map(|key| String::from_utf8_lossy(key.as_bytes())) {
            Some(key) if key.len() > KEY_BYTES_MAX => {
                let wrong = format!("{} bytes are too long for it; at most {KEY_BYTES_MAX} are taken", key.len());
                return Err(Failure::Parameter("Idempotency-Key", wrong));
            }
            key => key.map(std::borrow::Cow::into_owned),
        };
        office
            .aside(move |office| {
                let serial = match number {
                    Some(number) => office.issue_once(&format!("api {number}"), &order)?,
                    None => office.issue(&order)?.serial_hex(),
                };
                Ok(whole(&office.issued(&serial)?, office.now()))
            })
            .await
    };
    match issued.await {
        Ok(value) => {
            let place =
                format!("/api/v1/certificates/{}", value.get("serial").and_then(Value::as_str).unwrap_or_default());
            (StatusCode::CREATED, [(header::LOCATION, place)], Json(value)).into_response()
        }
        Err(failure) => failure.problem(),
    }
}

/// `POST /api/v1/certificates/{serial}/revocation`
pub(super) async fn revoke(
    State(office): State<Arc<Office>>,
    Path(serial): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let revoked = async {
        let Revocation { reason } = body::json(&headers, body).await?;
        let reason = RevocationReason::from_name(&reason).ok_or_else(|| {
            let known = RevocationReason::ALL.map(RevocationReason::name).join(", ");
            Failure::Parameter("reason", format!("{reason:?} is no reason; there are {known}"))
        })?;
        office
            .aside(move |office| {
                let revoked = whole(&office.revoke(&serial, reason)?, office.now());
                // The list tells it without waiting for somebody to ask.
                lists::current(office)?;
                Ok(revoked)
            })
            .await
    };
    answer(revoked.await)
}

/// `GET /api/v1/crl`
pub(super) async fn crl(State(office): State<Arc<Office>>) -> Response {
    answer(office.aside(|office| Ok(list_json(office, &lists::current(office)?))).await)
}

/// `POST /api/v1/crl`: a new list now.
pub(super) async fn renew_crl(State(office): State<Arc<Office>>) -> Response {
    answer(
        office
            .aside(|office| {
                Ok(list_json(office, &office.authority.renew_crl(office.now()).map_err(Failure::list_not_made)?))
            })
            .await,
    )
}

fn list_json(office: &Office, list: &Crl) -> Value {
    json!({
        "number": lists::number(list), "this_update": list.this_update(), "next_update": list.next_update(),
        "renewed_at": office.authority.crl_renewed_at(list), "entries": list.len(), "url": office.authority.crl_url(),
        "sha256": hex::encode(DigestAlgorithm::Sha256.digest(list.der()).as_ref()),
    })
}

/// `GET /api/v1/openapi.json`
pub(super) async fn description() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], include_str!("assets/openapi.json")).into_response()
}
