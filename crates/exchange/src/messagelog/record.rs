//! What is recorded of a message, and what is shown of it. Only [`Evidence`](super::Evidence) has personal data.

use crate::telemetry::StepTime;
use bytes::Bytes;
use mekong_base::{ClientId, Instant, ServerId, ServiceId};
use mekong_message::SignatureData;
use std::path::PathBuf;
use std::time::Duration;

/// Which of the two gateways of an exchange this one was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// It asked for one of its clients.
    Consumer,
    /// It answered for one of its services.
    Provider,
}

/// Which message of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The question.
    Request,
    /// The answer.
    Response,
}

impl Side {
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Consumer => 0,
            Self::Provider => 1,
        }
    }

    pub(super) const fn from_number(number: i64) -> Self {
        if number == 0 { Self::Consumer } else { Self::Provider }
    }
}

impl Part {
    /// `request` or `response`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

/// The body of a REST message, which its signature covers as `/attachment1`.
#[derive(Debug, Clone, Default)]
pub enum Body {
    /// The message has no body.
    #[default]
    None,
    /// The body in memory; put into a file if it is larger than [`Config::body_inline_max`](super::Config).
    Bytes(Bytes),
    /// The body in a spool file, which is copied and left alone.
    File(PathBuf),
}

/// A message to be recorded.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// `X-Road-Id`, chosen by the client; the same for request and response.
    pub message_id: String,
    /// `x-road-request-id`, chosen by the consumer's gateway.
    pub request_id: String,
    /// Request or response.
    pub part: Part,
    /// This gateway's side.
    pub side: Side,
    /// Who asks.
    pub client: ClientId,
    /// What is asked.
    pub service: ServiceId,
    /// The other gateway, if it is known.
    pub peer: Option<ServerId>,
    /// What was asked without personal data: verb and path template, such as `GET /persons/{id}`. Shown in lists.
    pub operation: String,
    /// HTTP status of the answer.
    pub status: Option<u16>,
    /// From the request's arrival to the answer, on a response.
    pub duration: Option<Duration>,
    /// How long each step within this gateway took so far, in order; empty if that is not known.
    pub steps: Vec<StepTime>,
    /// Subject of the signing certificate.
    pub signer: String,
    /// The message part, byte for byte as signed.
    pub message: Bytes,
    /// The body, byte for byte as signed.
    pub body: Body,
    /// The signature over both.
    pub signature: SignatureData,
}

/// Why an exchange ended without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The fault's code, such as `server.serverproxy.access_denied`: what, and who raised it.
    pub code: String,
    /// The id that joins the fault with what the gateways wrote elsewhere; a UUID. `None` in lists.
    pub detail: Option<String>,
}

/// A recorded message, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number in this log: rising, with gaps, never used again.
    pub id: i64,
    /// `X-Road-Id`.
    pub message_id: String,
    /// `x-road-request-id`.
    pub request_id: String,
    /// Request or response.
    pub part: Part,
    /// This gateway's side.
    pub side: Side,
    /// Who asked, as `INSTANCE/CLASS/CODE/SUBSYSTEM`.
    pub client: String,
    /// What was asked, as `INSTANCE/CLASS/CODE/SUBSYSTEM/SERVICE`.
    pub service: String,
    /// The other gateway, as `INSTANCE/CLASS/CODE/SERVER`.
    pub peer: Option<String>,
    /// Verb and path template.
    pub operation: String,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// HTTP status of the answer.
    pub status: Option<u16>,
    /// From the request's arrival to the answer.
    pub duration: Option<Duration>,
    /// Subject of the signing certificate.
    pub signer: String,
    /// Bytes of the body.
    pub body_size: u64,
    /// The time-stamp that covers it, by its place in the log; `None` until stamped.
    pub timestamp_id: Option<i64>,
    /// Of a request that has no answer: the code of the fault that it ended with, if that is known.
    pub fault: Option<String>,
}

impl Record {
    /// Whom this gateway served: the client on the consumer's side, the provider's subsystem on the other.
    pub fn served(&self) -> Option<ClientId> {
        match self.side {
            Side::Consumer => self.client.parse().ok(),
            Side::Provider => self.service.parse::<ServiceId>().ok().map(|service| service.provider),
        }
    }
}
