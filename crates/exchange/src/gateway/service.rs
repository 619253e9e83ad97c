//! Calling the information system behind a service.

use super::Inner;
use super::config::Service;
use super::faults::Faults;
use super::net::{Net, Stream};
use super::outgoing::Outgoing;
use super::repeat;
use super::spool::{self, BodyError, Spool, SpoolError};
use crate::telemetry::note;
use crate::wire::fault::{Fault, Kind, Origin};
use crate::wire::multipart::Header;
use crate::wire::rest::RestRequest;
use http::{HeaderMap, Request, Response, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use mekong_base::limits::MessageLimits;
use std::error::Error as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

const FAULTS: Faults = Faults(Origin::ServerProxy);
/// Largest description of a service that is fetched.
const DESCRIPTION_BYTES_MAX: usize = 4 << 20;
/// How long a description may take.
const DESCRIPTION_TIME: Duration = Duration::from_secs(20);

/// Calls services over plain HTTP, keeps connections, follows no redirect.
#[derive(Debug)]
pub(super) struct ServiceClient {
    client: Client<Connector, Outgoing>,
}

/// What the information system answered.
#[derive(Debug)]
pub(super) struct ServiceAnswer {
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) headers: Vec<Header>,
    pub(super) body: Spool,
}

impl ServiceClient {
    pub(super) fn new(limits: &MessageLimits, connect: Duration, net: Net) -> Self {
        let connector = Connector { net, limit: connect };
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(20))
            .http1_max_buf_size(limits.header_bytes.max(8 << 10));
        Self { client: builder.build(connector) }
    }

    /// Calls the service with what the request asks, and reads its whole answer.
    pub(super) async fn call(
        &self,
        inner: &Inner,
        service: &Service,
        request: &RestRequest,
        body: Option<&Spool>,
        again: bool,
    ) -> Result<ServiceAnswer, Fault> {
        let reaching = self.first_reachable(service, request, body, again);
        let response = tokio::time::timeout(service.timeout, reaching).await;
        answer(inner, service, response.map_err(|_| too_slow(service))??).await
    }

    /// Sends an event to an information system.
    pub(super) async fn post(
        &self,
        request: Request<Outgoing>,
    ) -> Result<Response<Incoming>, hyper_util::client::legacy::Error> {
        self.client.request(request).await
    }

    /// Fetches the description of a service: text of at most [`DESCRIPTION_BYTES_MAX`] bytes, by [`DESCRIPTION_TIME`].
    pub(super) async fn fetch(&self, service: &Service, url: &str) -> Result<String, Fault> {
        let failed = |why: String| {
            let text = format!("the description of service {} cannot be fetched: {why}", service.code);
            FAULTS.fault(&[Kind::InternalError], text)
        };
        let fetching = async {
            let request = Request::get(url).body(Outgoing::default()).map_err(|e| failed(e.to_string()))?;
            let response = self.client.request(request).await.map_err(|e| unreachable(service, url, &e))?;
            if response.status() != http::StatusCode::OK {
                return Err(failed(format!("HTTP status {}", response.status().as_u16())));
            }
            let body = http_body_util::Limited::new(response.into_body(), DESCRIPTION_BYTES_MAX);
            let bytes = body.collect().await.map_err(|e| failed(e.to_string()))?.to_bytes();
            String::from_utf8(bytes.into()).map_err(|_| failed("it is not UTF-8".to_owned()))
        };
        let fetched = tokio::time::timeout(DESCRIPTION_TIME, fetching).await;
        fetched.unwrap_or_else(|_| Err(failed(format!("it took more than {} seconds", DESCRIPTION_TIME.as_secs()))))
    }

    /// Asks at the first address that can be reached. What reached one is not sent to another.
    async fn first_reachable(
        &self,
        service: &Service,
        request: &RestRequest,
        body: Option<&Spool>,
        again: bool,
    ) -> Result<Response<Incoming>, Fault> {
        let no_url = || FAULTS.fault(&[Kind::ServiceMissingUrl], format!("service {} has no address", service.code));
        let mut fault = None;
        for url in &service.urls {
            let message = message(service, url, request, body, again)?;
            note(|trail| trail.at(message.uri().host().unwrap_or_default(), message.uri().port_u16().unwrap_or(80)));
            match self.client.request(message).await {
                Ok(response) => return Ok(response),
                Err(error) if error.is_connect() => fault = Some(unreachable(service, url, &error)),
                Err(error) => return Err(unreachable(service, url, &error)),
            }
        }
        Err(fault.unwrap_or_else(no_url))
    }
}

/// Connects to the host of a URL.
#[derive(Debug, Clone)]
struct Connector {
    net: Net,
    limit: Duration,
}

impl tower::Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<Stream>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, url: Uri) -> Self::Future {
        let Self { net, limit } = self.clone();
        Box::pin(async move {
            let host = url.host().ok_or(io::ErrorKind::InvalidInput)?;
            let reached = tokio::time::timeout(limit, net.reach(host, url.port_u16().unwrap_or(80))).await;
            Ok(TokioIo::new(reached.map_err(|_| io::ErrorKind::TimedOut)??.0))
        })
    }
}

fn message(
    service: &Service,
    url: &str,
    request: &RestRequest,
    body: Option<&Spool>,
    again: bool,
) -> Result<Request<Outgoing>, Fault> {
    let uri = uri(service, url, request)?;
    let mut out = Outgoing::default();
    if let Some(body) = body {
        let failed = |e| FAULTS.fault(&[Kind::IoError], format!("the spooled body cannot be read: {e}"));
        body.append_to(&mut out).map_err(failed)?;
    }
    let mut builder = Request::builder().method(request.verb().as_str()).uri(uri);
    // Only this gateway says that a request may have come before.
    for (name, value) in request.headers().filter(|(name, _)| !name.eq_ignore_ascii_case(repeat::HEADER)) {
        builder = builder.header(name, value.trim());
    }
    if again {
        builder = builder.header(repeat::HEADER, "1");
    }
    builder
        .body(out)
        .map_err(|e| FAULTS.fault(&[Kind::InvalidMessage], format!("the request cannot be passed on: {e}")))
}

/// The service's address, then path and query exactly as they were signed.
fn uri(service: &Service, url: &str, request: &RestRequest) -> Result<Uri, Fault> {
    let code = &service.code;
    let malformed = |why: &str| {
        let text = format!("the address of service {code} is not http://host[:port][/path]: {why}");
        FAULTS.fault(&[Kind::ServiceMalformedUrl], text)
    };
    if url.is_empty() {
        return Err(FAULTS.fault(&[Kind::ServiceMissingUrl], format!("service {code} has no address")));
    }
    if !url.starts_with("http://") {
        return Err(malformed("only plain http is supported"));
    }
    if url.contains(['?', '#']) {
        return Err(malformed("it has a query"));
    }
    let path = request.service_path();
    let base = if path.starts_with('/') { url.trim_end_matches('/') } else { url };
    let mut url = format!("{base}{path}");
    if let Some(query) = request.query() {
        url.push('?');
        url.push_str(query);
    }
    url.parse().map_err(|e: http::uri::InvalidUri| malformed(&e.to_string()))
}

async fn answer(inner: &Inner, service: &Service, response: Response<Incoming>) -> Result<ServiceAnswer, Fault> {
    let (parts, body) = response.into_parts();
    let reason = match parts.extensions.get::<hyper::ext::ReasonPhrase>() {
        Some(phrase) => String::from_utf8_lossy(phrase.as_bytes()).into_owned(),
        None => parts.status.canonical_reason().unwrap_or_default().to_owned(),
    };
    let headers =
        headers(&parts.headers).map_err(|name| bad_answer(service, &format!("header {name} is not UTF-8")))?;
    let idle = service.timeout.min(Duration::from_secs(inner.config.limits.idle_seconds));
    let body = spool::take(&inner.spooler, body, idle).await.map_err(|e| match e {
        BodyError::Slow(_) => too_slow(service),
        BodyError::Spool(SpoolError::TooLarge(limit)) => {
            bad_answer(service, &format!("its body is larger than the {limit} bytes that are allowed"))
        }
        BodyError::Spool(e @ SpoolError::Io(_)) => FAULTS.fault(&[Kind::IoError], e.to_string()),
        BodyError::Sender(e) => bad_answer(service, &format!("its body was cut off or malformed: {e}")),
    })?;
    Ok(ServiceAnswer { status: parts.status.as_u16(), reason, headers, body })
}

/// Headers as texts; the error is the name of one that is not UTF-8.
pub(super) fn headers(map: &HeaderMap) -> Result<Vec<Header>, String> {
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let value = std::str::from_utf8(value.as_bytes()).map_err(|_| name.to_string())?;
        Ok(Header { name: name.as_str().to_owned(), value: value.to_owned() })
    };
    map.iter().map(header).collect()
}

fn too_slow(service: &Service) -> Fault {
    let text = format!("service {} did not answer within {} seconds", service.code, service.timeout.as_secs());
    FAULTS.fault(&[Kind::ServiceFailed, Kind::NetworkError, Kind::TimedOut], text)
}

fn bad_answer(service: &Service, why: &str) -> Fault {
    FAULTS.fault(&[Kind::ServiceFailed, Kind::HttpError], format!("service {} gave a bad answer: {why}", service.code))
}

fn unreachable(service: &Service, url: &str, error: &hyper_util::client::legacy::Error) -> Fault {
    let cause = error.source().map(ToString::to_string).unwrap_or_else(|| error.to_string());
    if error.is_connect() {
        tracing::warn!(service = service.code, url, cause, "a service cannot be reached");
        let text = format!("the information system behind service {} cannot be reached: tell its owner", service.code);
        return FAULTS.fault(&[Kind::ServiceFailed, Kind::NetworkError], text);
    }
    bad_answer(service, &cause)
}
