//! The provider's side: another gateway asks for one of its clients, a service behind us answers.

mod admit;

use super::evidence::{Exchange, Failed, Message, attachments, finish, sign};
use super::faults::Faults;
use super::kept::Kept;
use super::outgoing::Outgoing;
use super::receive::{Receiver, Remainder};
use super::repeat::{self, Disposition};
use super::service::ServiceAnswer;
use super::signing::Signer;
use super::spool::Spool;
use super::status::Waited;
use super::tls::PeerCertificates;
use super::{Inner, Service, credentials, events, receive};
use crate::messagelog::{NewRecord, Part, Side, Ticket};
use crate::telemetry::{self, Step, note};
use crate::wire::fault::{Dialect, Fault, Kind, Origin};
use crate::wire::rest::{Answer, RestRequest, RestResponse, names, request_hash};
use crate::wire::transport::{Direction, Encoder};
use admit::{Admitted, Target, admit, check_envelope};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use mekong_base::Instant;
use mekong_message::{SignatureData, verify_message_cached};
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
    let is_waiting = answered.as_ref().is_ok_and(|response| response.extensions().get::<Waited>().is_some());
    let took = Some(inner.now().since(started)).filter(|_| !is_waiting);
    inner.counters.note_answered(answered.is_ok(), took);
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
    let remainder = receiver.remainder_or_drain().await?;
    drop(receiving);
    // By the time at which all of it is there: the sender decides how long that takes.
    let signed = verify(inner, &admitted.asked, &remainder, inner.now())?;
    let again = parts.headers.contains_key(repeat::HEADER);
    match repeat::disposition(inner, &admitted.asked, &remainder, again).await? {
        Disposition::Answered(response) => Ok(response),
        Disposition::Serve { ticket, again, is_logged } => {
            let no_key = |e: credentials::Unproven| FAULTS.fault(&[Kind::CannotCreateSignature], e.to_string());
            let member = &admitted.asked.service().provider.member;
            let identity = inner.credentials.signer(member, &inner.directory(), inner.now()).await.map_err(no_key)?;
            let (admitted, remainder, ticket) = (&admitted, &remainder, &ticket);
            let serving = Serving { inner, admitted, remainder, ticket, signed, identity, started, again };
            serving.serve(is_logged).await
        }
    }
}

/// Whether a newer directory may have what a refused message came from or is for.
fn may_be_newer(fault: &Fault) -> bool {
    fault.code.has(Kind::UnknownMember) || fault.code.has(Kind::SslAuthenticationFailed)
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
fn verify(inner: &Inner, asked: &RestRequest, remainder: &Remainder, now: Instant) -> Result<Proven, Fault> {
    let _verifying = telemetry::begin(Step::Verify);
    let directory = inner.directory();
    let client = asked.client();
    let instance = &client.member.instance;
    let unknown = || FAULTS.fault(&[Kind::UnknownMember], format!("instance {instance} is not in the directory"));
    let trust = directory.trust(instance).ok_or_else(unknown)?;
    let attachments = attachments(remainder.body.as_ref());
    let (chains, signature) = (&inner.chains, &remainder.signature);
    let verified = verify_message_cached(chains, signature, asked.bytes(), &attachments, client, trust, now);
    let verified = verified.map_err(|e| FAULTS.verify(&e))?;
    let (by, until) = (verified.certificate.subject(), verified.chain.valid_until);
    let signed = Proven { by, until, freshness: trust.ocsp_freshness };
    signed.check(inner)?;
    Ok(signed)
}

/// A verified request on the way to its answer.
struct Serving<'a> {
    inner: &'a Inner,
    admitted: &'a Admitted,
    remainder: &'a Remainder,
    ticket: &'a Ticket,
    signed: Proven,
    identity: Arc<Signer>,
    started: Instant,
    /// The service may have got it before.
    again: bool,
}

/// What is answered, signed.
struct SignedAnswer {
    response: RestResponse,
    body: Spool,
    signature: SignatureData,
}

impl SignedAnswer {
    fn body(&self) -> Option<&Spool> {
        Some(&self.body).filter(|body| !body.is_empty())
    }
}

impl Serving<'_> {
    /// Calls the service, signs, logs, and gives the answer. `is_logged`: the request stands in the log already.
    async fn serve(mut self, is_logged: bool) -> Result<Response<Outgoing>, Fault> {
        let is_soon = self.admitted.service().is_none_or(|service| service.timeout <= LOGGED_WITHIN);
        let answer = match self.admitted.asked.verb().is_safe() && is_soon {
            true => self.log_together().await?,
            false => self.log_before(is_logged).await?,
        };
        let mut response = send(&answer.response, answer.body(), &answer.signature)?;
        if self.admitted.service().is_some_and(Service::is_events) {
            response.extensions_mut().insert(Waited);
        }
        Ok(response)
    }

    /// What may change something at the service is logged before the service is called.
    async fn log_before(&mut self, is_logged: bool) -> Result<SignedAnswer, Fault> {
        let mut logged = None;
        if !is_logged {
            let _logging = telemetry::begin(Step::Log);
            logged = Some(self.inner.log.record(self.request_record()).await.map_err(|e| FAULTS.log(&e))?);
            self.again |= !self.ticket.is_still_held().await;
        }
        let answered = self.call_and_sign().await;
        if let (Err(fault), Some(number)) = (&answered, logged) {
            self.failed(fault).note(number).await;
        }
        let answer = answered?;
        let _logging = telemetry::begin(Step::Log);
        self.inner.log.record(self.answer_record(&answer)).await.map_err(|e| FAULTS.log(&e))?;
        Ok(answer)
    }

    /// What only reads is logged together with its answer, in one transaction.
    async fn log_together(&self) -> Result<SignedAnswer, Fault> {
        let answered = self.call_and_sign().await;
        // An answer may come in more slowly than its service's time allows to begin it.
        let answered = answered.and_then(|answer| self.signed.check(self.inner).map(|()| answer));
        let _logging = telemetry::begin(Step::Log);
        match &answered {
            Ok(answer) => {
                let logged = self.inner.log.record_exchange(self.request_record(), self.answer_record(answer)).await;
                logged.map_err(|e| FAULTS.log(&e))?;
            }
            Err(fault) => self.failed(fault).record(self.request_record()).await,
        }
        answered
    }

    fn exchange(&self) -> Exchange<'_> {
        Exchange { side: Side::Provider, request: &self.admitted.asked, peer: Some(self.admitted.server.clone()) }
    }

    fn failed<'f>(&'f self, fault: &'f Fault) -> Failed<'f> {
        Failed { log: &self.inner.log, request: &self.admitted.asked, fault }
    }

    fn request_record(&self) -> NewRecord {
        self.exchange().record(Message {
            part: Part::Request,
            bytes: self.admitted.asked.bytes(),
            body: self.remainder.body.as_ref(),
            signature: self.remainder.signature.clone(),
            signer: self.signed.by.clone(),
            status: None,
            duration: None,
        })
    }

    fn answer_record(&self, answer: &SignedAnswer) -> NewRecord {
        self.exchange().record(Message {
            part: Part::Response,
            bytes: answer.response.bytes(),
            body: answer.body(),
            signature: answer.signature.clone(),
            signer: self.identity.certificate.subject(),
            status: Some(answer.response.status()),
            duration: Some(self.inner.now().since(self.started)),
        })
    }

    async fn call_and_sign(&self) -> Result<SignedAnswer, Fault> {
        let (asked, request_body) = (&self.admitted.asked, self.remainder.body.as_ref());
        let ServiceAnswer { status, reason, headers, body } = self.call().await?;
        let hash = request_hash(asked.bytes(), request_body.map(|b| &b.digest));
        let answer = Answer { status, reason: &reason, headers: &headers };
        let response = RestResponse::from_answer(answer, asked, &hash, self.inner.rest_limits()).map_err(|e| {
            let text = format!("service {} gave a bad answer: {e}", asked.service().service);
            FAULTS.fault(&[Kind::ServiceFailed, Kind::HttpError], text)
        })?;
        note(|trail| trail.answered(response.status()));
        let _signing = telemetry::begin(Step::Sign);
        let signed_body = Some(&body).filter(|body| !body.is_empty());
        let signature = sign(&self.identity, response.bytes(), signed_body, self.inner.now(), FAULTS).await?;
        Ok(SignedAnswer { response, body, signature })
    }

    /// What the service says, or the gateway itself.
    async fn call(&self) -> Result<ServiceAnswer, Fault> {
        let Self { inner, admitted, .. } = self;
        let asked = &admitted.asked;
        let service = match admitted.target {
            Target::Gateway(own) => return own.answer(inner, &admitted.client, asked).await,
            Target::Service(_) => admitted.service(),
        };
        let gone = || FAULTS.fault(&[Kind::UnknownService], format!("unknown service {}", asked.service()));
        let service = service.ok_or_else(gone)?;
        let _calling = telemetry::begin(Step::Call);
        let answered = match service.is_events() {
            true => events::service::answer(inner, &admitted.client, service, asked).await,
            false => inner.services.call(inner, service, asked, self.remainder.body.as_ref(), self.again).await,
        };
        note(|trail| match &answered {
            Ok(answered) => trail.got(answered.status),
            Err(fault) => trail.failed(&fault.code),
        });
        answered
    }
}

/// The answer as a transport message.
pub(super) fn send(
    response: &RestResponse,
    body: Option<&Spool>,
    signature: &SignatureData,
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
