//! The consumer's side: an information system of one of our clients asks, another gateway answers.

mod admit;
mod answer;
mod fetch;
mod request;

use super::evidence::{Exchange, Failed, Message};
use super::faults::Faults;
use super::kept::Kept;
use super::outgoing::Outgoing;
use super::spool::{self, BodyError, Spool, SpoolError};
use super::{Inner, documents, events, metaservice, receive};
use crate::messagelog::{Part, Side};
use crate::telemetry::{self, Step, note};
use crate::wire::fault::{Fault, FaultCode, Kind, Origin, error_answer};
use crate::wire::rest::{RestRequest, RestResponse, names};
use admit::{Route, admit};
use answer::{hand_on, verify};
use fetch::fetch;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use mekong_base::{ClientId, Instant, ServerId};
use mekong_directory::GlobalConf;
use request::{Mine, prepare};
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

const FAULTS: Faults = Faults(Origin::ClientProxy);

/// The gateway of the other side, if it is known which.
type Peer = Option<ServerId>;

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
    inner.counters.note_asked(answered.is_ok(), Some(inner.now().since(started)));
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

/// Asks for events in the name of a client, as its systems do, but for the gateway itself: with GET, until `cut` says that the answer
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
                inner.counters.note_asked(answered.is_ok(), None);
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
    let mut logged = None;
    if !asked.verb().is_safe() {
        // It may change something over there, so it is evidence before it leaves.
        let exchange = Exchange { side: Side::Consumer, request: asked, peer: route.server.clone() };
        let _logging = telemetry::begin(Step::Log);
        logged = Some(inner.log.record(mine.record(&exchange, asked)).await.map_err(|e| FAULTS.log(&e))?);
    }
    let carried = tokio::select! {
        biased;
        carried = carry(inner, asked, &mine, &route.hosts, started) => carried,
        () = cut => Err((FAULTS.fault(&[Kind::NetworkError], "the answer was not waited for"), route.server.clone())),
    };
    match carried {
        Ok((answer, body)) => {
            let _answering = telemetry::begin(Step::Answer);
            hand_on(&answer, body)
        }
        Err((fault, peer)) => {
            // What we signed may have reached the other side, so it is evidence too.
            let exchange = Exchange { side: Side::Consumer, request: asked, peer };
            let _logging = telemetry::begin(Step::Log);
            let failed = Failed { log: &inner.log, request: asked, fault: &fault };
            match logged {
                Some(number) => failed.note(number).await,
                None => failed.record(mine.record(&exchange, asked)).await,
            }
            Err(fault)
        }
    }
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

/// Sends the request, verifies and logs the answer.
async fn carry(
    inner: &Inner,
    asked: &RestRequest,
    mine: &Mine,
    hosts: &[String],
    started: Instant,
) -> Result<(RestResponse, Option<Spool>), (Fault, Peer)> {
    let (peer, message, remainder) = fetch(inner, asked, mine, hosts).await?;
    let done = async {
        let verifying = telemetry::begin(Step::Verify);
        let answer = RestResponse::from_bytes(&message, inner.rest_limits()).map_err(|e| FAULTS.peer_rest(&e))?;
        let signer = verify(inner, asked, mine, &answer, remainder.body.as_ref(), &remainder.signature)?;
        drop(verifying);
        note(|trail| {
            trail.serves(asked.service());
            trail.answered(answer.status());
        });
        let exchange = Exchange { side: Side::Consumer, request: asked, peer: peer.clone() };
        let theirs = exchange.record(Message {
            part: Part::Response,
            bytes: answer.bytes(),
            body: remainder.body.as_ref(),
            signature: remainder.signature,
            signer,
            status: Some(answer.status()),
            duration: Some(inner.now().since(started)),
        });
        Ok((answer, remainder.body, exchange, theirs))
    };
    let (answer, body, exchange, theirs) = done.await.map_err(|f| (f, peer.clone()))?;
    let logging = telemetry::begin(Step::Log);
    let logged = match asked.verb().is_safe() {
        true => inner.log.record_exchange(mine.record(&exchange, asked), theirs).await.map(|_| ()),
        false => inner.log.record(theirs).await.map(|_| ()),
    };
    logged.map_err(|e| (FAULTS.log(&e), peer))?;
    drop(logging);
    Ok((answer, body))
}
