//! Requests that come a second time, because their answer was lost on the way: the consumer's gateway sends the same message
//! again, and the provider's answers from its log, or asks the service again and tells it so.
//!
//! Between our own gateways this is agreed on in TLS (ALPN). To gateways that do not know it, only what merely reads is sent
//! again (RFC 9110 §9.2.2).

use super::Inner;
use super::faults::Faults;
use super::outgoing::Outgoing;
use super::pool::Loss;
use super::provider::send;
use super::receive::Remainder;
use super::spool::SpoolError;
use super::status::Counters;
use crate::messagelog::{Claim, Logged, LoggedBody, Ticket};
use crate::wire::fault::{Fault, Kind, Origin};
use crate::wire::rest::{RestRequest, RestResponse};
use http::Response;
use std::time::Duration;

const FAULTS: Faults = Faults(Origin::ServerProxy);
/// The protocol of TLS connections (RFC 7301) between gateways that recognise repeated requests.
pub(super) const PROTOCOL: &[u8] = b"mekong/1";
/// In transport, on a message that was sent before; to a service, on a request that it may have got before.
pub(super) const HEADER: &str = "x-mekong-repeated";
/// How long to wait before each further sending of a message; then its loss is told.
pub(super) const WAITS: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];
/// After so many new connections that end without a word, the peer does not want us rather than that the network fails.
const UNHEARD_MAX: usize = 3;
/// A peer that has not answered in time, longer than any service may take, is asked once more.
const LATE_MAX: usize = 2;
/// How often it is looked whether an answer that is under way has come.
const LOOK: Duration = Duration::from_millis(50);

/// Whether a message is sent again that was lost in these ways: what may change something only to a gateway that recognises
/// it, and what took long is not worth it for what only reads.
pub(super) fn may_send_again(losses: &[Loss], is_safe: bool, knows_repeats: bool) -> bool {
    let times = |how| losses.iter().filter(|loss| **loss == how).count();
    match losses.last() {
        None => false,
        Some(Loss::TooLate) => knows_repeats && !is_safe && times(Loss::TooLate) < LATE_MAX,
        Some(Loss::Unheard) => (knows_repeats || is_safe) && times(Loss::Unheard) < UNHEARD_MAX,
        Some(Loss::Cut) => knows_repeats || is_safe,
    }
}

/// What becomes of a verified request.
pub(super) enum Disposition {
    /// The service is asked.
    Serve {
        /// Nobody else asks it for this request meanwhile.
        ticket: Ticket,
        /// It may have been asked before.
        again: bool,
        /// The request is in the log.
        is_logged: bool,
    },
    /// It was answered before; this is the same answer.
    Answered(Response<Outgoing>),
}

/// What becomes of it. `again`: the consumer's gateway says that it sent this before.
pub(super) async fn disposition(
    inner: &Inner,
    asked: &RestRequest,
    remainder: &Remainder,
    again: bool,
) -> Result<Disposition, Fault> {
    let until = tokio::time::Instant::now() + inner.config.timeouts.answer;
    loop {
        let claim = inner.log.claim(asked.client(), asked.request_id()).await.map_err(|e| FAULTS.log(&e))?;
        match claim {
            Claim::First(ticket) => return Ok(Disposition::Serve { ticket, again, is_logged: false }),
            Claim::Repeated(seen, ticket) => {
                if seen.request.as_ref().is_some_and(|first| first.signature != remainder.signature) {
                    let text =
                        "another message with this x-road-request-id was taken before: every request needs a new one";
                    return Err(FAULTS.fault(&[Kind::InvalidMessage], text));
                }
                Counters::count(&inner.counters.repeated);
                return match seen.answer {
                    Some(answer) => Ok(Disposition::Answered(answer_again(inner, answer).await?)),
                    None => Ok(Disposition::Serve { ticket, again: true, is_logged: seen.request.is_some() }),
                };
            }
            Claim::UnderWay if tokio::time::Instant::now() < until => tokio::time::sleep(LOOK).await,
            Claim::UnderWay => {
                let text = "this request is being answered already, and it takes long: try again later";
                return Err(FAULTS.fault(&[Kind::ServiceFailed, Kind::TimedOut], text));
            }
        }
    }
}

/// The answer as it was logged.
async fn answer_again(inner: &Inner, answer: Logged) -> Result<Response<Outgoing>, Fault> {
    let response = RestResponse::from_bytes(&answer.message, inner.rest_limits()).map_err(|e| FAULTS.peer_rest(&e))?;
    let failed = |e: SpoolError| FAULTS.fault(&[Kind::IoError], e.to_string());
    let body = match answer.body {
        LoggedBody::None => None,
        LoggedBody::Bytes(bytes) => {
            let mut writer = inner.spooler.writer();
            writer.write(bytes).await.map_err(failed)?;
            Some(writer.finish().await.map_err(failed)?)
        }
        LoggedBody::Large(body) => {
            let mut writer = inner.spooler.writer();
            let mut reader = body.read().await.map_err(|e| FAULTS.log(&e))?;
            while let Some(piece) = reader.next().await.map_err(|e| FAULTS.log(&e))? {
                writer.write(piece).await.map_err(failed)?;
            }
            Some(writer.finish().await.map_err(failed)?)
        }
        LoggedBody::LeftOut { .. } => {
            let text = "this request was answered before, and bodies of answers are not kept here: ask anew";
            return Err(FAULTS.fault(&[Kind::ServiceFailed], text));
        }
    };
    send(&response, body.as_ref(), &answer.signature)
}
