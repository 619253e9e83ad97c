//! Signing, what is sent and what is recorded: the same on both sides of an exchange.

use super::faults::Faults;
use super::outgoing::Outgoing;
use super::signing::Signer;
use super::spool::Spool;
use crate::messagelog::{Body, Failure, MessageLog, NewRecord, Part, Side};
use crate::telemetry;
use crate::wire::fault::Fault;
use crate::wire::rest::RestRequest;
use crate::wire::transport::Encoder;
use bytes::Bytes;
use mekong_base::{Instant, ServerId};
use mekong_crypto::DigestAlgorithm;
use mekong_message::SignatureData;
use std::time::Duration;

/// The digests of a message's attachments: of its body, if it has one.
pub(super) fn attachments(body: Option<&Spool>) -> Vec<(DigestAlgorithm, Vec<u8>)> {
    body.map(|b| (DigestAlgorithm::Sha512, b.digest.as_ref().to_vec())).into_iter().collect()
}

/// Signs a message with its body, perhaps together with others that wait for the same key.
pub(super) async fn sign(
    signer: &Signer,
    message: &[u8],
    body: Option<&Spool>,
    now: Instant,
    faults: Faults,
) -> Result<SignatureData, Fault> {
    signer.sign(message, attachments(body), now).await.map_err(|e| faults.sign(&e))
}

/// A transport message ready to send.
pub(super) struct Sendable {
    pub(super) content_type: String,
    pub(super) body: Outgoing,
}

/// Adds body, hash chain and signature to a message, and closes it. Small bodies are copied in, large ones streamed.
pub(super) fn finish(
    mut encoder: Encoder,
    body: Option<&Spool>,
    signature: &SignatureData,
) -> std::io::Result<Sendable> {
    let mut out = Outgoing::default();
    if let Some(body) = body {
        encoder.start_body();
        match body.memory() {
            Some(bytes) => encoder.append(bytes),
            None => {
                out.bytes(encoder.take());
                body.append_to(&mut out)?;
            }
        }
    }
    if let (Some(result), Some(chain)) = (&signature.hash_chain_result, &signature.hash_chain) {
        encoder.hash_chain(result, chain);
    }
    encoder.signature(&signature.signature_xml);
    encoder.end();
    out.bytes(encoder.take());
    Ok(Sendable { content_type: encoder.content_type(), body: out })
}

/// What both records of an exchange have in common.
pub(super) struct Exchange<'a> {
    pub(super) side: Side,
    pub(super) request: &'a RestRequest,
    pub(super) peer: Option<ServerId>,
}

/// An exchange that has no answer. What is logged of it is for those who ask what became of it; the fault is told either way.
pub(super) struct Failed<'a> {
    pub(super) log: &'a MessageLog,
    pub(super) request: &'a RestRequest,
    pub(super) fault: &'a Fault,
}

impl Failed<'_> {
    /// Logs the request, and why it failed.
    pub(super) async fn record(&self, request: NewRecord) {
        match self.log.record(request).await {
            Ok(number) => self.note(number).await,
            Err(error) => tracing::warn!(%error, "the request of a failed exchange could not be logged"),
        }
    }

    /// Logs why a request failed that has this number in the log.
    pub(super) async fn note(&self, number: i64) {
        let Self { request, fault, .. } = self;
        // The other gateway may have put anything into both.
        let detail = uuid::Uuid::try_parse(&fault.detail).ok().map(|id| id.to_string());
        let failure = Failure { code: fault.code.known(), detail };
        let noted = self.log.record_failure(number, request.id(), request.request_id(), &failure).await;
        if let Err(error) = noted {
            tracing::warn!(%error, "why an exchange failed could not be logged");
        }
    }
}

/// One message of an exchange.
pub(super) struct Message<'a> {
    pub(super) part: Part,
    pub(super) bytes: &'a [u8],
    pub(super) body: Option<&'a Spool>,
    pub(super) signature: SignatureData,
    pub(super) signer: String,
    pub(super) status: Option<u16>,
    pub(super) duration: Option<Duration>,
}

impl Exchange<'_> {
    pub(super) fn record(&self, message: Message<'_>) -> NewRecord {
        let request = self.request;
        NewRecord {
            message_id: request.id().to_owned(),
            request_id: request.request_id().to_owned(),
            part: message.part,
            side: self.side,
            client: request.client().clone(),
            service: request.service().clone(),
            peer: self.peer.clone(),
            operation: operation(request),
            status: message.status,
            duration: message.duration,
            steps: telemetry::times(),
            signer: message.signer,
            message: Bytes::copy_from_slice(message.bytes),
            body: message.body.map_or(Body::None, Spool::for_log),
            signature: message.signature,
        }
    }
}

/// What was asked, without what it was asked about: `GET /v1/persons/{..}?name&born`.
///
/// Kept are a version, one plain word after it, and names of query parameters; everything else may be personal.
fn operation(request: &RestRequest) -> String {
    let plain =
        |s: &str| (1..=32).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-' || b == b'_');
    let version = |s: &str| s.strip_prefix('v').is_some_and(|n| n.len() <= 3 && n.parse::<u16>().is_ok());
    let mut text = request.verb().to_string();
    let mut segments = request.service_path().split('/').skip(1).peekable();
    // A service without a path is asked as a whole.
    text.push_str(if segments.peek().is_some() { " " } else { " /" });
    if let Some(segment) = segments.next_if(|s| version(s)) {
        text.push('/');
        text.push_str(segment);
    }
    if let Some(segment) = segments.next_if(|s| plain(s)) {
        text.push('/');
        text.push_str(segment);
    }
    if segments.peek().is_some() {
        text.push_str("/{..}");
    }
    let names = request.query().unwrap_or_default().split('&').filter_map(|pair| pair.split('=').next());
    let names: Vec<&str> = names.filter(|name| plain(name)).take(8).collect();
    if !names.is_empty() {
        text.push('?');
        text.push_str(&names.join("&"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::rest::{Limits, RestError};

    #[test]
    fn operations_have_no_personal_data() -> Result<(), RestError> {
        for (target, expected) in [
            ("", "GET /"),
            ("/persons", "GET /persons"),
            ("/v1/persons/0123456789", "GET /v1/persons/{..}"),
            ("/v1/persons/by-name/An", "GET /v1/persons/{..}"),
            ("/0123456789", "GET /{..}"),
            ("/persons?name=An&born=2000-01-01&012345=x", "GET /persons?name&born"),
        ] {
            let text = format!(
                "GET\r\n/r1/VN/GOV/MPS/pop/persons{target}\r\nx-road-client:LA/GOV/A\r\nx-road-id:1\r\nx-road-request-id:2\r\n"
            );
            let request = RestRequest::from_bytes(text.as_bytes(), Limits { bytes: 1_000, headers: 9 })?;
            assert_eq!(operation(&request), expected);
        }
        Ok(())
    }
}
