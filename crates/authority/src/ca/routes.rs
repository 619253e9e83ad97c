//! The authority over HTTP: OCSP by POST and GET (RFC 6960 appendix A.1), time-stamps (RFC 3161 §3.4), certificates.

use super::{AuthorityError, CertificateAuthority, create};
use crate::renewal::{RENEWAL_BYTES_MAX, RENEWAL_MEDIA_TYPE, RenewalError, RenewalRequest};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use mekong_base::Clock;
use mekong_pki::{Certificate, ocsp, tsp};

#[derive(Clone)]
struct Served {
    authority: CertificateAuthority,
    clock: Clock,
}

impl CertificateAuthority {
    /// Everything at the paths that are in the certificates: `/ocsp`, `/tsa`, `/issuing.crl`, `/certificates/{name}.cer`.
    pub fn router(&self, clock: Clock) -> Router {
        let certificates = Router::new()
            .route("/certificates/{name}", get(certificate))
            .route("/issuing.crl", get(crl))
            .with_state(Served { authority: self.clone(), clock: clock.clone() });
        certificates.merge(self.ocsp_routes("/ocsp", &clock)).merge(self.tsa_routes("/tsa", &clock))
    }

    /// Renewal of certificates by their holders: `POST /renew`, see [`crate::renewal`]. For authorities that allow it.
    pub fn renewal_router(&self, clock: Clock) -> Router {
        Router::new()
            .route("/renew", post(renew))
            .layer(DefaultBodyLimit::max(RENEWAL_BYTES_MAX))
            .with_state(Served { authority: self.clone(), clock })
    }

    /// OCSP alone: `POST /` and `GET /{base64}`.
    pub fn ocsp_router(&self, clock: Clock) -> Router {
        self.ocsp_routes("", &clock)
    }

    /// Time-stamps alone: `POST /`.
    pub fn tsa_router(&self, clock: Clock) -> Router {
        self.tsa_routes("", &clock)
    }

    fn ocsp_routes(&self, at: &str, clock: &Clock) -> Router {
        let served = Served { authority: self.clone(), clock: clock.clone() };
        let mut router = Router::new().route(&format!("{at}/"), post(ocsp_post));
        if !at.is_empty() {
            router = router.route(at, post(ocsp_post));
        }
        router
            .route(&format!("{at}/{{*request}}"), get(ocsp_get))
            .layer(DefaultBodyLimit::max(ocsp::REQUEST_BYTES_MAX))
            .with_state(served)
    }

    fn tsa_routes(&self, at: &str, clock: &Clock) -> Router {
        let served = Served { authority: self.clone(), clock: clock.clone() };
        let path = if at.is_empty() { "/" } else { at };
        Router::new().route(path, post(tsa)).layer(DefaultBodyLimit::max(tsp::REQUEST_BYTES_MAX)).with_state(served)
    }
}

async fn ocsp_post(State(served): State<Served>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refusal) = wrong_type(&headers, ocsp::REQUEST_MEDIA_TYPE) {
        return refusal;
    }
    let answer = served.authority.answer_ocsp(&body, served.clock.now());
    let headers = [(CONTENT_TYPE, ocsp::RESPONSE_MEDIA_TYPE), (CACHE_CONTROL, "no-store")];
    (headers, answer.der).into_response()
}

/// The request stands in the path, base64 of its DER; clients differ in whether they escape `/`, `+` and `=`.
async fn ocsp_get(State(served): State<Served>, Path(request): Path<String>) -> Response {
    let text = request.trim_start_matches('/').replace(' ', "+");
    let request = STANDARD.decode(&text).or_else(|_| STANDARD_NO_PAD.decode(&text)).unwrap_or_default();
    let answer = served.authority.answer_ocsp(&request, served.clock.now());
    let caching = match answer.max_age {
        Some(age) => format!("max-age={}, public, no-transform, must-revalidate", age.as_secs()),
        None => "no-store".to_owned(),
    };
    let headers = [(CONTENT_TYPE, ocsp::RESPONSE_MEDIA_TYPE.to_owned()), (CACHE_CONTROL, caching)];
    (headers, answer.der).into_response()
}

async fn tsa(State(served): State<Served>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refusal) = wrong_type(&headers, tsp::REQUEST_MEDIA_TYPE) {
        return refusal;
    }
    let answer = served.authority.tsa().respond(&body, served.clock.now());
    ([(CONTENT_TYPE, tsp::RESPONSE_MEDIA_TYPE), (CACHE_CONTROL, "no-store")], answer).into_response()
}

async fn renew(State(served): State<Served>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refusal) = wrong_type(&headers, RENEWAL_MEDIA_TYPE) {
        return refusal;
    }
    let renewed = RenewalRequest::from_json(&body).map_err(AuthorityError::from);
    let renewed = renewed.and_then(|asked| {
        let renewed = served.authority.renew(&asked, served.clock.now());
        renewed.inspect(|new| {
            let (serial, by) = (asked.certificate.serial_hex(), new.serial_hex());
            tracing::info!(subject = new.subject(), serial, by, "certificate renewed by its holder");
        })
    });
    match renewed {
        Ok(certificate) => ([(CONTENT_TYPE, "application/x-pem-file")], certificate.pem()).into_response(),
        Err(error) => {
            let status = refused(&error);
            if status.is_server_error() {
                tracing::error!(%error, "certificate not renewed");
                return status.into_response();
            }
            tracing::warn!(%error, "certificate not renewed");
            (status, format!("{error}\n")).into_response()
        }
    }
}

/// Whose fault it is.
fn refused(error: &AuthorityError) -> StatusCode {
    match error {
        AuthorityError::Renewal(RenewalError::Malformed(_)) => StatusCode::BAD_REQUEST,
        AuthorityError::Renewal(RenewalError::Renewed { .. } | RenewalError::KnownKey) => StatusCode::CONFLICT,
        AuthorityError::Renewal(_) | AuthorityError::Compromised { .. } => StatusCode::FORBIDDEN,
        AuthorityError::Issue(_) | AuthorityError::Request(_) => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn certificate(State(served): State<Served>, Path(name): Path<String>) -> Response {
    let authority = &served.authority;
    let found: Option<&Certificate> = match name.strip_suffix(".cer") {
        Some(create::ROOT) => Some(authority.root()),
        Some(create::ISSUING) => Some(authority.issuing()),
        Some(create::OCSP) => Some(authority.ocsp_responder()),
        Some(create::TSA) => Some(authority.tsa().certificate()),
        _ => None,
    };
    match found {
        Some(certificate) => {
            let headers = [(CONTENT_TYPE, "application/pkix-cert"), (CACHE_CONTROL, "max-age=86400, public")];
            (headers, certificate.der().to_vec()).into_response()
        }
        None => (StatusCode::NOT_FOUND, "there are root.cer, issuing.cer, ocsp.cer and tsa.cer\n").into_response(),
    }
}

async fn crl(State(served): State<Served>) -> Response {
    match served.authority.crl(served.clock.now()) {
        Ok(list) => {
            let headers = [(CONTENT_TYPE, "application/pkix-crl"), (CACHE_CONTROL, "max-age=3600, public")];
            (headers, Bytes::from_owner(std::sync::Arc::clone(list.der()))).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "revocation list not made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The answer to a body of another media type; a missing one is let pass.
fn wrong_type(headers: &HeaderMap, wanted: &str) -> Option<Response> {
    let found = headers.get(CONTENT_TYPE)?.to_str().unwrap_or_default();
    let essence = found.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(wanted) {
        return None;
    }
    Some((StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("Content-Type is {found}, {wanted} is wanted\n")).into_response())
}
