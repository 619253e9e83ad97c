//! The consumer's side: an information system of one of our clients asks, another gateway answers.

use super::config::LocalClient;
use super::evidence::{Exchange, Message, attachments, finish, sign};
use super::faults::Faults;
use super::kept::Kept;
use super::outgoing::Outgoing;
use super::pool::{Ending, Unanswered};
use super::receive::{Receiver, Rest};
use super::service::headers;
use super::spool::{self, BodyError, Spool, SpoolError};
use super::status::Counters;
use super::{Inner, credentials, documents, events, metaservice, receive, repeat};
use crate::messagelog::{NewRecord, Part, Side};
use crate::rules::consistency;
use crate::telemetry::{self, Step, note, traceparent};
use crate::wire::fault::{Fault, FaultCode, Kind, Origin, error_answer};
use crate::wire::rest::{RestRequest, RestResponse, names, request_hash};
use crate::wire::transport::{Direction, Encoder};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header, request};
use hyper::body::Incoming;
use mekong_base::{ClientId, Instant};
use mekong_directory::GlobalConf;
use mekong_message::{SignatureData, verify_message_cached};
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

const FAULTS: Faults = Faults(Origin::ClientProxy);
/// What we say we are compatible with; peers may ask for a minimum.
const VERSION: &str = "7.8.0";

/// Takes one request to its answer.
pub(super) async fn handle(inner: Arc<Inner>, request: Request<Incoming>, from: IpAddr) -> Response<Outgoing> {
    if documents::is_asked(&request) {
        return Box::pin(documents::answer(&inner, &request, from)).await;
    }
    if request.uri().path().starts_with(events::PATH) {
        return Box::pin(events::handle(inner, request, from)).await;
    }
    let accept: Vec<String> =
        request.headers().get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok().map(str::to_owned)).collect();
    // What was begun is ended and logged even if the system hangs up.
    let started = inner.now();
    let place = inner.consuming.take().await;
    let ids = Arc::new(OnceLock::new());
    let work = {
        let (inner, ids) = (Arc::clone(&inner), Arc::clone(&ids));
        async move {
            let _place = place;
            let answered = exchange(&inner, request, from, &ids).await;
            inner.telemetry.end(&answered);
            answered
        }
    };
    let answered = Kept::new(inner.telemetry.follow(Side::Consumer, started, work));
    let answered = answered.await;
    inner.counters.note_asked(answered.is_ok(), inner.now().since(started));
    match answered {
        Ok(response) => response,
        Err(fault) => {
            tracing::info!(code = %fault.code, detail = fault.detail, message = fault.message, "a request failed");
            let mut response = refuse(&inner, &fault, &accept);
            // So that the system can ask for the story of what failed.
            ids.get().into_iter().flatten().for_each(|(name, id)| {
                if let Ok(id) = HeaderValue::from_str(id) {
                    response.headers_mut().insert(HeaderName::from_static(name), id);
                }
            });
            response
        }
    }
}

/// The headers that name a request, and its ids.
type Ids = [(&'static str, String); 2];

fn refuse(inner: &Inner, fault: &Fault, accept: &[String]) -> Response<Outgoing> {
    let answer = error_answer(fault, inner.config.dialect, accept.iter().map(String::as_str));
    let mut response = Response::new(Outgoing::from(bytes::Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    if let Ok(code) = HeaderValue::from_str(&answer.code) {
        headers.insert(HeaderName::from_static(names::ERROR), code);
    }
    response
}

/// `ids` are set when something of the request is sent, and logged.
async fn exchange(
    inner: &Inner,
    request: Request<Incoming>,
    from: IpAddr,
    ids: &OnceLock<Ids>,
) -> Result<Response<Outgoing>, Fault> {
    let started = inner.now();
    let (parts, body) = request.into_parts();
    if parts.uri.path() == "/listClients" {
        receive::drain(inner, body).await;
        return metaservice::list_clients(inner, &parts);
    }
    let mut directory = inner.directory();
    let accepting = telemetry::begin(Step::Accept);
    let mut admitted = admit(inner, &directory, &parts, Some(from), started);
    if admitted.as_ref().is_err_and(|fault| fault.code.has(Kind::UnknownMember))
        && let Some(newer) = inner.directory_after(&directory).await
    {
        directory = newer;
        admitted = admit(inner, &directory, &parts, Some(from), started);
    }
    let (asked, route) = match admitted {
        Ok(admitted) => admitted,
        Err(fault) => {
            receive::drain(inner, body).await;
            return Err(fault);
        }
    };
    drop(accepting);
    let body = take_body(inner, body).await?;
    let _ = ids.set([(names::ID, asked.id().to_owned()), (names::REQUEST_ID, asked.request_id().to_owned())]);
    send_and_log(inner, &directory, &asked, &route, body, started, std::future::pending()).await
}

/// Asks in the name of a client, as its systems do, but for the gateway itself: with GET, until `cut` says that the answer
/// is not waited for any more. What was sent is logged then too.
pub(super) async fn ask(
    inner: &Inner,
    client: &ClientId,
    target: &str,
    cut: impl Future<Output = ()>,
) -> Result<Response<Outgoing>, Fault> {
    let started = inner.now();
    let _place = inner.consuming.take().await;
    let request = Request::get(target).header(names::CLIENT, client.to_string()).body(());
    let (parts, ()) = request.map_err(|e| FAULTS.fault(&[Kind::InternalError], e.to_string()))?.into_parts();
    let directory = inner.directory();
    let work = async {
        let answered = match admit(inner, &directory, &parts, None, started) {
            Ok((asked, route)) => {
                let answered = send_and_log(inner, &directory, &asked, &route, None, started, cut).await;
                inner.counters.note_asked(answered.is_ok(), inner.now().since(started));
                answered
            }
            Err(fault) => Err(fault),
        };
        inner.telemetry.end(&answered);
        answered
    };
    inner.telemetry.follow(Side::Consumer, started, work).await
}

async fn send_and_log(
    inner: &Inner,
    directory: &GlobalConf,
    asked: &RestRequest,
    route: &Route,
    body: Option<Spool>,
    started: Instant,
    cut: impl Future<Output = ()>,
) -> Result<Response<Outgoing>, Fault> {
    let mine = prepare(inner, directory, asked, body).await?;
    if !asked.verb().is_safe() {
        // It may change something over there, so it is evidence before it leaves.
        let exchange = Exchange { side: Side::Consumer, request: asked, peer: route.server.clone() };
        let _logging = telemetry::begin(Step::Log);
        inner.log.record(mine.record(&exchange, asked)).await.map_err(|e| FAULTS.log(&e))?;
    }
    let carried = tokio::select! {
        biased;
        carried = carry(inner, asked, &mine, &route.hosts, started) => carried,
        () = cut => Err((FAULTS.fault(&[Kind::NetworkError], "the answer was not waited for"), route.server.clone())),
    };
    match carried {
        Ok(response) => Ok(response),
        Err((fault, peer)) => {
            // What we signed may have reached the other side, so it is evidence too.
            let exchange = Exchange { side: Side::Consumer, request: asked, peer };
            let _logging = telemetry::begin(Step::Log);
            if asked.verb().is_safe()
                && let Err(error) = inner.log.record(mine.record(&exchange, asked)).await
            {
                tracing::warn!(%error, "the request of a failed exchange could not be logged");
            }
            Err(fault)
        }
    }
}

/// Everything that can be said without the body.
fn admit(
    inner: &Inner,
    directory: &GlobalConf,
    parts: &request::Parts,
    from: Option<IpAddr>,
    now: Instant,
) -> Result<(RestRequest, Route), Fault> {
    inner.log.accepting(now).map_err(|e| FAULTS.overdue(&e))?;
    let asked = read(inner, parts)?;
    note(|trail| {
        trail.is_of(asked.request_id());
        parts.headers.get(traceparent::HEADER).and_then(|v| v.to_str().ok()).into_iter().for_each(|v| trail.linked(v));
    });
    let fresh = directory.check_fresh_for(&asked.service().provider.member.instance, now);
    fresh.map_err(|e| FAULTS.fault(&[Kind::GlobalConfOutdated], e.to_string()))?;
    check_client(inner, directory, &asked, from)?;
    let route = route(directory, &asked)?;
    note(|trail| trail.between(&asked));
    Ok((asked, route))
}

fn read(inner: &Inner, parts: &request::Parts) -> Result<RestRequest, Fault> {
    let bad = |kind, text: &str| Fault::new(FaultCode::new(Origin::Client, &[kind]), text);
    if !parts.uri.path().starts_with("/r") {
        return Err(bad(Kind::NotFound, "there is nothing here: ask for /r1/INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE"));
    }
    if parts.headers.contains_key(header::TRANSFER_ENCODING) && parts.headers.contains_key(header::CONTENT_LENGTH) {
        return Err(bad(Kind::BadRequest, "Transfer-Encoding and Content-Length stand together: send one of them"));
    }
    if parts.headers.contains_key(header::UPGRADE) {
        return Err(bad(Kind::BadRequest, "a gateway does not upgrade connections: leave the Upgrade header out"));
    }
    let headers = headers(&parts.headers);
    let headers = headers.map_err(|name| bad(Kind::InvalidRequest, &format!("header {name} is not UTF-8")))?;
    let target = parts.uri.path_and_query().map_or("/", |t| t.as_str());
    let request_id = uuid::Uuid::new_v4().to_string();
    let instance = &inner.config.server.owner.instance;
    let new_id = || format!("{instance}-{}", uuid::Uuid::new_v4());
    let asked =
        RestRequest::from_http(parts.method.as_str(), target, &headers, &request_id, new_id, inner.rest_limits());
    asked.map_err(|e| Faults::request(&e))
}

/// The client is one of ours, registered here, and this caller, if it is not the gateway itself, may ask in its name.
fn check_client(inner: &Inner, directory: &GlobalConf, asked: &RestRequest, from: Option<IpAddr>) -> Result<(), Fault> {
    let id = asked.client();
    let local: Option<Arc<LocalClient>> = inner.client(id);
    let unknown = |text: String| FAULTS.fault(&[Kind::UnknownMember], text);
    let local =
        local.ok_or_else(|| unknown(format!("client {id} is not served by this gateway: check X-Road-Client")))?;
    if !directory.is_registered(id, &inner.config.server) {
        let server = &inner.config.server;
        return Err(unknown(format!(
            "client {id} is not registered at gateway {server}: register it in the directory"
        )));
    }
    if let Some(from) = from.filter(|from| !local.callers.allow(*from)) {
        tracing::warn!(client = %id, %from, "a system may not ask in this client's name");
        let text = format!("{from} may not ask in the name of {id}: add it to the client's callers");
        return Err(FAULTS.fault(&[Kind::AccessDenied], text));
    }
    Ok(())
}

/// Where a request may go.
struct Route {
    hosts: Vec<String>,
    /// The gateway, if there is only one.
    server: Peer,
}

/// The gateways at which the provider is registered; those in maintenance only if there is no other.
fn route(directory: &GlobalConf, asked: &RestRequest) -> Result<Route, Fault> {
    let provider = &asked.service().provider;
    let unknown = |text: String| FAULTS.fault(&[Kind::UnknownMember], text);
    let mut servers = directory.servers_of(provider);
    if servers.is_empty() {
        return Err(match directory.exists(provider) {
            true => unknown(format!("{provider} is registered at no gateway: ask its owner")),
            false => unknown(format!("{provider} does not exist in the directory: check the path")),
        });
    }
    if let Some(wanted) = asked.security_server() {
        servers.retain(|s| s.id == *wanted);
        if servers.is_empty() {
            let text = format!("{provider} is not registered at gateway {wanted}: check {}", names::SECURITY_SERVER);
            return Err(FAULTS.fault(&[Kind::InvalidSecurityServer], text));
        }
    }
    if servers.iter().any(|s| s.maintenance.is_none()) {
        servers.retain(|s| s.maintenance.is_none());
    }
    let hosts: Vec<String> = servers.iter().filter_map(|s| s.address.clone()).collect();
    if hosts.is_empty() {
        return Err(unknown(format!("the gateway of {provider} has no address in the directory: ask its owner")));
    }
    let server = match servers.as_slice() {
        [only] => Some(only.id.clone()),
        _ => None,
    };
    Ok(Route { hosts, server })
}

async fn take_body(inner: &Inner, body: Incoming) -> Result<Option<Spool>, Fault> {
    let _receiving = telemetry::begin(Step::Receive);
    let idle = Duration::from_secs(inner.config.limits.idle_seconds);
    let bad = |kinds: &[Kind], text: String| Fault::new(FaultCode::new(Origin::Client, kinds), text);
    let body = spool::take(&inner.spooler, body, idle).await.map_err(|e| match e {
        BodyError::Slow(how) => bad(&[Kind::TimedOut], format!("the body {how}")),
        BodyError::Spool(e @ SpoolError::TooLarge(_)) => bad(&[Kind::InvalidRequest], e.to_string()),
        BodyError::Spool(e @ SpoolError::Io(_)) => FAULTS.fault(&[Kind::IoError], e.to_string()),
        BodyError::Sender(e) => bad(&[Kind::BadRequest], format!("the body was cut off or is malformed: {e}")),
    })?;
    Ok(Some(body).filter(|b| !b.is_empty()))
}

/// Our half of the exchange, signed.
struct Mine {
    body: Option<Spool>,
    signature: SignatureData,
    signer: String,
    proven: Arc<credentials::Proven>,
}

impl Mine {
    fn record(&self, exchange: &Exchange<'_>, asked: &RestRequest) -> NewRecord {
        exchange.record(Message {
            part: Part::Request,
            bytes: asked.bytes(),
            body: self.body.as_ref(),
            signature: self.signature.clone(),
            signer: self.signer.clone(),
            status: None,
            duration: None,
        })
    }

    /// The transport message; `again` if it was sent before.
    fn message(&self, asked: &RestRequest, again: bool) -> Result<Request<Outgoing>, Fault> {
        let in_memory = self.body.as_ref().and_then(Spool::memory);
        let ocsp: usize = self.proven.ocsp.iter().map(|o| o.len() + 120).sum();
        let signature = self.signature.signature_xml.len() + 4_096;
        let mut encoder = Encoder::new(ocsp + asked.bytes().len() + signature + in_memory.map_or(0, |b| b.len()));
        self.proven.ocsp.iter().for_each(|response| encoder.ocsp(response));
        encoder.rest_request(asked.bytes());
        let out = finish(encoder, self.body.as_ref(), &self.signature)
            .map_err(|e| FAULTS.fault(&[Kind::IoError], format!("the spooled body cannot be read: {e}")))?;
        let content_type = asked.headers().find(|(n, _)| n.eq_ignore_ascii_case("content-type")).map(|(_, v)| v.trim());
        let mut message = Request::post("/")
            .header(header::CONTENT_TYPE, out.content_type)
            .header(names::HASH_ALGORITHM, "SHA-512")
            .header(names::PROXY_VERSION, VERSION)
            .header(names::REQUEST_ID, asked.request_id())
            .header(names::MESSAGE_TYPE, "REST");
        if let Some(content_type) = content_type {
            message = message.header(names::ORIGINAL_CONTENT_TYPE, content_type);
        }
        if again {
            message = message.header(repeat::HEADER, "1");
        }
        message.body(out.body).map_err(|e| FAULTS.fault(&[Kind::InternalError], e.to_string()))
    }
}

async fn prepare(
    inner: &Inner,
    directory: &GlobalConf,
    asked: &RestRequest,
    body: Option<Spool>,
) -> Result<Mine, Fault> {
    let _signing = telemetry::begin(Step::Sign);
    let now = inner.now();
    let no_tls = |e: credentials::Unproven| FAULTS.fault(&[Kind::SslAuthenticationFailed], e.to_string());
    let no_key = |e: credentials::Unproven| FAULTS.fault(&[Kind::CannotCreateSignature], e.to_string());
    let proven = inner.credentials.authentication(directory, now).await.map_err(no_tls)?;
    let identity = inner.credentials.signer(&asked.client().member, directory, now).await.map_err(no_key)?;
    let signer = identity.certificate.subject();
    let signature = sign(&identity, asked.bytes(), body.as_ref(), now, FAULTS).await?;
    Ok(Mine { body, signature, signer, proven })
}

type Peer = Option<mekong_base::ServerId>;

/// Sends the request, verifies and logs the answer, and hands it on.
async fn carry(
    inner: &Inner,
    asked: &RestRequest,
    mine: &Mine,
    hosts: &[String],
    started: Instant,
) -> Result<Response<Outgoing>, (Fault, Peer)> {
    let (peer, message, rest) = fetch(inner, asked, mine, hosts).await?;
    let done = async {
        let verifying = telemetry::begin(Step::Verify);
        let answer = RestResponse::from_bytes(&message, inner.rest_limits()).map_err(|e| FAULTS.peer_rest(&e))?;
        let signer = verify(inner, asked, mine, &answer, rest.body.as_ref(), &rest.signature)?;
        drop(verifying);
        note(|trail| {
            trail.serves(asked.service());
            trail.answered(answer.status());
        });
        let exchange = Exchange { side: Side::Consumer, request: asked, peer: peer.clone() };
        let theirs = exchange.record(Message {
            part: Part::Response,
            bytes: answer.bytes(),
            body: rest.body.as_ref(),
            signature: rest.signature,
            signer,
            status: Some(answer.status()),
            duration: Some(inner.now().since(started)),
        });
        Ok((answer, rest.body, exchange, theirs))
    };
    let (answer, body, exchange, theirs) = done.await.map_err(|f| (f, peer.clone()))?;
    let logging = telemetry::begin(Step::Log);
    let logged = match asked.verb().is_safe() {
        true => inner.log.record_exchange(mine.record(&exchange, asked), theirs).await.map(|_| ()),
        false => inner.log.record(theirs).await.map(|_| ()),
    };
    logged.map_err(|e| (FAULTS.log(&e), peer.clone()))?;
    drop(logging);
    let _answering = telemetry::begin(Step::Answer);
    hand_on(&answer, body).map_err(|f| (f, peer))
}

type Received = (Peer, bytes::Bytes, Rest);

/// Sends the request until its answer has come whole. What was lost on the way is sent again, if the provider's gateway
/// would recognise it or it only reads.
async fn fetch(inner: &Inner, asked: &RestRequest, mine: &Mine, hosts: &[String]) -> Result<Received, (Fault, Peer)> {
    let is_safe = asked.verb().is_safe();
    let (mut lost, mut losses) = (None, Vec::new());
    let mut waits = repeat::WAITS.into_iter();
    loop {
        let Failure { fault, peer, ending } = match fetch_once(inner, asked, mine, hosts, lost.is_some()).await {
            Ok(received) => return Ok(received),
            Err(failure) => failure,
        };
        tracing::info!(message = fault.message, "a message was not answered");
        let (latest, may_repeat) = match (ending, lost) {
            (Ending::Answered, _) | (Ending::NotSent, None) => return Err((fault, peer)),
            // That nobody is there is worth waiting for, as a message is under way already; its loss is what is told.
            (Ending::NotSent, Some(earlier)) => (earlier, true),
            (Ending::Lost { how, knows_repeats }, _) => {
                losses.push(how);
                ((fault, peer), repeat::may_send_again(&losses, is_safe, knows_repeats))
            }
        };
        let Some(wait) = waits.next().filter(|_| may_repeat) else { return Err(given_up(latest, is_safe)) };
        lost = Some(latest);
        Counters::count(&inner.counters.sent_again);
        tokio::time::sleep(wait).await;
    }
}

/// A message that stays lost: whoever asked must not take it for one that never left.
fn given_up((fault, peer): (Fault, Peer), is_safe: bool) -> (Fault, Peer) {
    let advice = match is_safe {
        true => "try again later",
        false => "whether it was carried out is not known: find out before you ask again",
    };
    (Fault { message: format!("{}; {advice}", fault.message), ..fault }, peer)
}

/// Why there is no answer.
struct Failure {
    fault: Fault,
    peer: Peer,
    ending: Ending,
}

async fn fetch_once(
    inner: &Inner,
    asked: &RestRequest,
    mine: &Mine,
    hosts: &[String],
    again: bool,
) -> Result<Received, Failure> {
    let unsent = |fault| Failure { fault, peer: None, ending: Ending::NotSent };
    let message = mine.message(asked, again).map_err(unsent)?;
    let sending = telemetry::begin(Step::Send);
    let (provider, must_know_repeats) = (&asked.service().provider, again && !asked.verb().is_safe());
    let sent = inner.pool.send(inner, hosts, provider, &mine.proven, message, must_know_repeats).await;
    let (response, lease) = sent.map_err(|Unanswered { fault, ending }| {
        note(|trail| trail.failed(&fault.code));
        Failure { fault, peer: None, ending }
    })?;
    let peer = Some(lease.server.clone());
    let (parts, body) = response.into_parts();
    note(|trail| {
        trail.with(&lease.server);
        trail.got(parts.status.as_u16());
    });
    drop(sending);
    let receiving = telemetry::begin(Step::Receive);
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let answered = |fault| Failure { fault, peer: peer.clone(), ending: Ending::Answered };
    if parts.status != StatusCode::OK {
        let text = format!("gateway {} answered with HTTP status {}", lease.server, parts.status.as_u16());
        return Err(answered(FAULTS.fault(&[Kind::ServiceFailed, Kind::HttpError], text)));
    }
    let receiver = Receiver::new(inner, content_type, Direction::Response, body, FAULTS);
    let mut receiver = receiver.map_err(answered)?;
    let received = async {
        let (_, message) = receiver.message().await?;
        Ok((message, receiver.rest().await?))
    };
    let received = received.await;
    drop(receiving);
    match received {
        Ok((message, rest)) => {
            inner.pool.done(lease);
            Ok((peer, message, rest))
        }
        Err(fault) if receiver.is_cut() => Err(Failure { fault, peer, ending: lease.cut() }),
        Err(fault) => Err(answered(fault)),
    }
}

/// The provider signed this answer, and it belongs to our request. Returns the signer's name.
fn verify(
    inner: &Inner,
    asked: &RestRequest,
    mine: &Mine,
    answer: &RestResponse,
    body: Option<&Spool>,
    signature: &SignatureData,
) -> Result<String, Fault> {
    let directory = inner.directory();
    let provider = &asked.service().provider;
    let instance = &provider.member.instance;
    let unknown = || FAULTS.fault(&[Kind::UnknownMember], format!("instance {instance} is not in the directory"));
    let trust = directory.trust(instance).ok_or_else(unknown)?;
    let (chains, attachments, now) = (&inner.chains, attachments(body), inner.now());
    let verified = verify_message_cached(chains, signature, answer.bytes(), &attachments, provider, trust, now);
    let verified = verified.map_err(|e| FAULTS.verify(&e))?;
    let proven = inner.log.check_proof(verified.chain.valid_until, trust.ocsp_freshness, now);
    proven.map_err(|e| FAULTS.unprovable(&e))?;
    let hash = request_hash(asked.bytes(), mine.body.as_ref().map(|b| &b.digest));
    let inconsistent = |e: consistency::Inconsistent| FAULTS.fault(&[Kind::InconsistentResponse], e.to_string());
    consistency::check(asked, &hash, answer).map_err(inconsistent)?;
    Ok(verified.certificate.subject())
}

/// The answer as the information system gets it.
fn hand_on(answer: &RestResponse, body: Option<Spool>) -> Result<Response<Outgoing>, Fault> {
    let mut out = Outgoing::default();
    if let Some(body) = &body {
        let failed = |e| FAULTS.fault(&[Kind::IoError], format!("the spooled body cannot be read: {e}"));
        body.append_to(&mut out).map_err(failed)?;
    }
    let mut response = Response::new(out);
    *response.status_mut() = StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::BAD_GATEWAY);
    let phrase = hyper::ext::ReasonPhrase::try_from(answer.reason().as_bytes().to_vec());
    if let Some(phrase) = phrase.ok().filter(|p| !p.as_bytes().is_empty()) {
        response.extensions_mut().insert(phrase);
    }
    for (name, value) in answer.headers() {
        let bad = |_| {
            FAULTS.fault(
                &[Kind::ServiceFailed, Kind::InvalidMessage],
                format!("header {name} of the answer is malformed"),
            )
        };
        let value = HeaderValue::from_bytes(value.trim().as_bytes()).map_err(|e| bad(e.to_string()))?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| bad(e.to_string()))?;
        response.headers_mut().append(name, value);
    }
    Ok(response)
}
