//! The provider's side: another gateway asks for one of its clients, a service behind us answers.

use super::config::{LocalClient, Service};
use super::evidence::{Exchange, Message, attachments, finish, sign};
use super::faults::Faults;
use super::kept::Kept;
use super::metaservice::Metaservice;
use super::outgoing::Outgoing;
use super::receive::{Receiver, Rest};
use super::repeat::{self, Turn};
use super::service::ServiceAnswer;
use super::signing::Signer;
use super::spool::Spool;
use super::tls::PeerCertificates;
use super::{Inner, credentials, events, peers, receive};
use crate::messagelog::{NewRecord, Part, Side};
use crate::rules::rights;
use crate::telemetry::{self, Step, note};
use crate::wire::fault::{Dialect, Fault, Kind, Origin};
use crate::wire::rest::{Answer, RestRequest, RestResponse, names, request_hash};
use crate::wire::transport::{Direction, Encoder};
use crate::wire::version::ProxyVersion;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header, request};
use hyper::body::Incoming;
use mekong_base::{Instant, ServerId};
use mekong_message::verify_message_cached;
use std::sync::Arc;
use std::time::Duration;

const FAULTS: Faults = Faults(Origin::ServerProxy);

/// Takes one message of a gateway to its answer.
pub(super) async fn handle(
    inner: Arc<Inner>,
    request: Request<Incoming>,
    peer: Arc<PeerCertificates>,
) -> Response<Outgoing> {
    let version = request.headers().get(names::PROXY_VERSION).and_then(|v| v.to_str().ok());
    let dialect = inner.config.dialect.for_peer(version);
    // What was begun is ended and logged even if the peer hangs up.
    let started = inner.now();
    let place = inner.providing.take().await;
    let work = {
        let inner = Arc::clone(&inner);
        async move {
            let _place = place;
            let answered = answer(&inner, request, &peer).await;
            inner.telemetry.end(&answered);
            answered
        }
    };
    let answered = Kept::new(inner.telemetry.follow(Side::Provider, started, work));
    let answered = answered.await;
    inner.counters.note_answered(answered.is_ok(), inner.now().since(started));
    match answered {
        Ok(response) => response,
        Err(fault) => told(&fault, dialect),
    }
}

fn told(fault: &Fault, dialect: Dialect) -> Response<Outgoing> {
    tracing::info!(code = %fault.code, detail = fault.detail, message = fault.message, "a message was refused");
    let mut response = Response::new(Outgoing::from(Bytes::from(fault.to_soap(dialect))));
    let content_type = HeaderValue::from_static("text/xml; charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

async fn answer(
    inner: &Inner,
    request: Request<Incoming>,
    peer: &PeerCertificates,
) -> Result<Response<Outgoing>, Fault> {
    let started = inner.now();
    let (parts, body) = request.into_parts();
    let accepting = || inner.log.accepting(started).map_err(|e| FAULTS.overdue(&e));
    if let Err(fault) = check_envelope(inner, &parts).and_then(|()| accepting()) {
        receive::drain(inner, body).await;
        return Err(fault);
    }
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut receiver = Receiver::new(inner, content_type, Direction::Request, body, FAULTS)?;
    let receiving = telemetry::begin(Step::Receive);
    let (ocsp, message) = receiver.message().await?;
    drop(receiving);
    // Who may not ask is told so before its body is taken.
    let directory = inner.directory();
    let mut admitted = admit(inner, peer, &ocsp, &message, started);
    if admitted.as_ref().is_err_and(may_be_newer) && inner.directory_after(&directory).await.is_some() {
        admitted = admit(inner, peer, &ocsp, &message, started);
    }
    let admitted = match admitted {
        Ok(admitted) => admitted,
        Err(fault) => {
            receiver.drain().await;
            return Err(fault);
        }
    };
    let receiving = telemetry::begin(Step::Receive);
    let rest = receiver.rest_or_drain().await?;
    drop(receiving);
    // By the time at which all of it is there: the sender decides how long that takes.
    let signed = verify(inner, &admitted.asked, &rest, inner.now())?;
    let no_key = |e: credentials::Unproven| FAULTS.fault(&[Kind::CannotCreateSignature], e.to_string());
    let member = &admitted.asked.service().provider.member;
    let identity = inner.credentials.signer(member, &inner.directory(), inner.now()).await.map_err(no_key)?;
    let again = parts.headers.contains_key(repeat::HEADER);
    let turn = repeat::turn(inner, &admitted.asked, &rest, again).await?;
    serve(inner, &admitted, &rest, signed, identity, started, turn).await
}

/// Whether a newer directory may have what a refused message came from or is for.
fn may_be_newer(fault: &Fault) -> bool {
    fault.code.has(Kind::UnknownMember) || fault.code.has(Kind::SslAuthenticationFailed)
}

/// What the HTTP head must say.
fn check_envelope(inner: &Inner, parts: &request::Parts) -> Result<(), Fault> {
    if parts.method != Method::POST {
        return Err(FAULTS.fault(&[Kind::InvalidHttpMethod], "gateways send their messages with POST"));
    }
    let value = |name| parts.headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
    if let Some(min) = inner.config.peer_version_min {
        let version = value(names::PROXY_VERSION);
        if version.and_then(|v| v.parse::<ProxyVersion>().ok()).is_none_or(|version| version < min) {
            let found = version.map_or_else(|| "unknown".to_owned(), |v| v.chars().take(64).collect());
            let text =
                format!("version {found} of the asking gateway is not supported: have it updated to {min} or later");
            return Err(FAULTS.fault(&[Kind::ClientProxyVersionNotSupported], text));
        }
    }
    if value(names::MESSAGE_TYPE) != Some("REST") {
        let text = "the message is SOAP; this gateway exchanges REST messages";
        return Err(FAULTS.fault(&[Kind::ServiceFailed, Kind::MissingRest], text));
    }
    match value(names::HASH_ALGORITHM) {
        Some("SHA-512") => Ok(()),
        other => {
            let found = other.unwrap_or("missing");
            let text = format!("header {} is {found}: gateways hash with SHA-512", names::HASH_ALGORITHM);
            Err(FAULTS.fault(&[Kind::InvalidMessage], text))
        }
    }
}

/// A request that may be served once its signature is verified.
struct Admitted {
    asked: RestRequest,
    server: ServerId,
    client: Arc<LocalClient>,
    target: Target,
}

/// What answers.
#[derive(Clone, Copy)]
enum Target {
    /// The gateway itself.
    Gateway(Metaservice),
    /// The client's service at this place.
    Service(usize),
}

impl Admitted {
    /// The service, if one answers and not the gateway itself.
    fn service(&self) -> Option<&Service> {
        match self.target {
            Target::Gateway(_) => None,
            Target::Service(place) => self.client.services.get(place),
        }
    }
}

/// Decides by message and TLS certificate alone, in the reference's order.
fn admit(
    inner: &Inner,
    peer: &PeerCertificates,
    ocsp: &[Vec<u8>],
    message: &[u8],
    now: Instant,
) -> Result<Admitted, Fault> {
    let _deciding = telemetry::begin(Step::Rights);
    let asked = RestRequest::from_bytes(message, inner.rest_limits()).map_err(|e| FAULTS.peer_rest(&e))?;
    note(|trail| trail.is_of(asked.request_id()));
    let directory = inner.directory();
    let fresh = directory.check_fresh_for(&asked.client().member.instance, now);
    fresh.map_err(|e| FAULTS.fault(&[Kind::GlobalConfOutdated], e.to_string()))?;
    let (service, provider, here) = (asked.service(), &asked.service().provider, &inner.config.server);
    let client = inner.client(provider).filter(|_| directory.is_registered(provider, here));
    let unknown = || FAULTS.fault(&[Kind::UnknownMember], format!("{provider} is not registered at gateway {here}"));
    let client = client.ok_or_else(unknown)?;
    if let Some(wanted) = asked.security_server().filter(|s| *s != here) {
        let text = format!("the message is for gateway {wanted}, this is {here}");
        return Err(FAULTS.fault(&[Kind::InvalidSecurityServer], text));
    }
    let server = peers::verify_client(inner, peer, ocsp, asked.client())?;
    note(|trail| {
        trail.between(&asked);
        trail.with(&server);
    });
    if let Some(own) = Metaservice::asked(&asked) {
        note(|trail| trail.serves(service));
        return Ok(Admitted { server, client, target: Target::Gateway(own), asked });
    }
    let position = client.services.iter().position(|s| s.code == service.service);
    let no_service = || FAULTS.fault(&[Kind::UnknownService], format!("unknown service {service}: check the path"));
    let position = position.ok_or_else(no_service)?;
    note(|trail| trail.serves(service));
    let request = rights::Request { client: asked.client(), service, verb: asked.verb(), path: asked.service_path() };
    let in_group = |instance: &str, code: &str| directory.in_global_group(asked.client(), instance, code);
    match client.services.get(position).filter(|service| service.is_events()) {
        Some(service) => events::service::admit(&client, service, &asked, &directory)?,
        None => client.rights.decide(request, in_group).map_err(|e| FAULTS.refusal(&e))?,
    }
    if let Some(notice) = client.services.get(position).and_then(|s| s.disabled.as_ref()) {
        return Err(FAULTS.fault(&[Kind::ServiceDisabled], format!("service {service} is switched off: {notice}")));
    }
    Ok(Admitted { server, client, target: Target::Service(position), asked })
}

/// Requests of services that may take longer are logged before they are called, though they only read: the proof of a
/// certificate must last until the request is time-stamped, and half of the slack in that is for this.
const LOGGED_WITHIN: Duration = Duration::from_secs(5 * 60);

/// A signature that was verified.
struct Proven {
    /// The signer's name.
    by: String,
    /// Until when its certificate is proven.
    until: Instant,
    /// How fresh the proof must be.
    freshness: Duration,
}

impl Proven {
    /// A message with it that is logged now will be proven by its time-stamp.
    fn check(&self, inner: &Inner) -> Result<(), Fault> {
        let proven = inner.log.check_proof(self.until, self.freshness, inner.now());
        proven.map_err(|e| FAULTS.unprovable(&e))
    }
}

/// The client signed this request.
fn verify(inner: &Inner, asked: &RestRequest, rest: &Rest, now: Instant) -> Result<Proven, Fault> {
    let _verifying = telemetry::begin(Step::Verify);
    let directory = inner.directory();
    let client = asked.client();
    let instance = &client.member.instance;
    let unknown = || FAULTS.fault(&[Kind::UnknownMember], format!("instance {instance} is not in the directory"));
    let trust = directory.trust(instance).ok_or_else(unknown)?;
    let attachments = attachments(rest.body.as_ref());
    let (chains, signature) = (&inner.chains, &rest.signature);
    let verified = verify_message_cached(chains, signature, asked.bytes(), &attachments, client, trust, now);
    let verified = verified.map_err(|e| FAULTS.verify(&e))?;
    let (by, until) = (verified.certificate.subject(), verified.chain.valid_until);
    let signed = Proven { by, until, freshness: trust.ocsp_freshness };
    signed.check(inner)?;
    Ok(signed)
}

/// Calls the service, signs and logs, and gives the answer.
///
/// What may change something at the service is logged before the service is called; what only reads is logged together
/// with its answer, in one transaction, where that comes soon enough for its proof.
async fn serve(
    inner: &Inner,
    admitted: &Admitted,
    rest: &Rest,
    signed: Proven,
    identity: Arc<Signer>,
    started: Instant,
    turn: Turn,
) -> Result<Response<Outgoing>, Fault> {
    let (ticket, again, is_logged) = match turn {
        Turn::Serve { ticket, again, is_logged } => (ticket, again, is_logged),
        Turn::Answered(response) => return Ok(response),
    };
    let asked = &admitted.asked;
    let exchange = Exchange { side: Side::Provider, request: asked, peer: Some(admitted.server.clone()) };
    let request_record = || {
        exchange.record(Message {
            part: Part::Request,
            bytes: asked.bytes(),
            body: rest.body.as_ref(),
            signature: rest.signature.clone(),
            signer: signed.by.clone(),
            status: None,
            duration: None,
        })
    };
    let is_soon = admitted.service().is_none_or(|service| service.timeout <= LOGGED_WITHIN);
    let with_answer = asked.verb().is_safe() && is_soon;
    if !with_answer && !is_logged {
        let _logging = telemetry::begin(Step::Log);
        inner.log.record(request_record()).await.map_err(|e| FAULTS.log(&e))?;
    }
    let done = call_and_sign(inner, admitted, rest, &identity, again).await;
    // An answer may come in more slowly than its service's time allows to begin it.
    let still_proven = if with_answer { signed.check(inner) } else { Ok(()) };
    let (answered, response, signature) = match done.and_then(|done| still_proven.map(|()| done)) {
        Ok(done) => done,
        Err(fault) => {
            if with_answer && let Err(error) = inner.log.record(request_record()).await {
                tracing::warn!(%error, "the request of a failed exchange could not be logged");
            }
            return Err(fault);
        }
    };
    let body = Some(&answered.body).filter(|b| !b.is_empty());
    let response_record = exchange.record(Message {
        part: Part::Response,
        bytes: response.bytes(),
        body,
        signature: signature.clone(),
        signer: identity.certificate.subject(),
        status: Some(response.status()),
        duration: Some(inner.now().since(started)),
    });
    log(inner, with_answer.then(request_record), response_record).await?;
    drop(ticket);
    send(&response, body, &signature)
}

async fn log(inner: &Inner, request: Option<NewRecord>, response: NewRecord) -> Result<(), Fault> {
    let _logging = telemetry::begin(Step::Log);
    let logged = match request {
        Some(request) => inner.log.record_exchange(request, response).await.map(|_| ()),
        None => inner.log.record(response).await.map(|_| ()),
    };
    logged.map_err(|e| FAULTS.log(&e))
}

type Signed = (ServiceAnswer, RestResponse, mekong_message::SignatureData);

async fn call_and_sign(
    inner: &Inner,
    admitted: &Admitted,
    rest: &Rest,
    identity: &Arc<Signer>,
    again: bool,
) -> Result<Signed, Fault> {
    let asked = &admitted.asked;
    let gone = || FAULTS.fault(&[Kind::UnknownService], format!("unknown service {}", asked.service()));
    let answered = match admitted.target {
        Target::Gateway(own) => own.answer(inner, &admitted.client, asked).await?,
        Target::Service(_) => {
            let service = admitted.service().ok_or_else(gone)?;
            let _calling = telemetry::begin(Step::Call);
            let answered = match service.is_events() {
                true => events::service::answer(inner, &admitted.client, service, asked).await,
                false => inner.services.call(inner, service, asked, rest.body.as_ref(), again).await,
            };
            note(|trail| match &answered {
                Ok(answered) => trail.got(answered.status),
                Err(fault) => trail.failed(&fault.code),
            });
            answered?
        }
    };
    let hash = request_hash(asked.bytes(), rest.body.as_ref().map(|b| &b.digest));
    let answer = Answer { status: answered.status, reason: &answered.reason, headers: &answered.headers };
    let response = RestResponse::from_answer(answer, asked, &hash, inner.rest_limits());
    let bad = |e: crate::wire::rest::RestError| {
        let text = format!("service {} gave a bad answer: {e}", asked.service().service);
        FAULTS.fault(&[Kind::ServiceFailed, Kind::HttpError], text)
    };
    let response = response.map_err(bad)?;
    let body = Some(&answered.body).filter(|b| !b.is_empty());
    note(|trail| trail.answered(response.status()));
    let _signing = telemetry::begin(Step::Sign);
    let signature = sign(identity, response.bytes(), body, inner.now(), FAULTS).await?;
    Ok((answered, response, signature))
}

/// The answer as a transport message.
pub(super) fn send(
    response: &RestResponse,
    body: Option<&Spool>,
    signature: &mekong_message::SignatureData,
) -> Result<Response<Outgoing>, Fault> {
    let _answering = telemetry::begin(Step::Answer);
    let in_memory = body.and_then(Spool::memory).map_or(0, |b| b.len());
    let mut encoder = Encoder::new(response.bytes().len() + in_memory + signature.signature_xml.len() + 4_096);
    encoder.rest_response(response.bytes());
    let failed = |e| FAULTS.fault(&[Kind::IoError], format!("the spooled body cannot be read: {e}"));
    let out = finish(encoder, body, signature).map_err(failed)?;
    let mut message =
        Response::builder().header(header::CONTENT_TYPE, out.content_type).header(names::HASH_ALGORITHM, "SHA-512");
    let content_type = response.headers().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if let Some((_, content_type)) = content_type {
        message = message.header(names::ORIGINAL_CONTENT_TYPE, content_type.trim());
    }
    message.body(out.body).map_err(|e| FAULTS.fault(&[Kind::InternalError], e.to_string()))
}
