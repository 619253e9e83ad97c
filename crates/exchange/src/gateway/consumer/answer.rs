//! The provider's answer: that it is signed and ours, and as the information system gets it.

use super::FAULTS;
use super::request::Mine;
use crate::gateway::Inner;
use crate::gateway::evidence::attachments;
use crate::gateway::outgoing::Outgoing;
use crate::gateway::spool::Spool;
use crate::rules::consistency;
use crate::wire::fault::{Fault, Kind};
use crate::wire::rest::{RestRequest, RestResponse, request_hash};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use mekong_message::{SignatureData, verify_message_cached};

/// The provider signed this answer, and it belongs to our request. Returns the signer's name.
pub(super) fn verify(
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
pub(super) fn hand_on(answer: &RestResponse, body: Option<Spool>) -> Result<Response<Outgoing>, Fault> {
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
