//! What one exchange did, while it does it: its steps with their times, and who and what it was about.

use super::traceparent::SpanContext;
use crate::messagelog::Side;
use crate::wire::fault::FaultCode;
use crate::wire::rest::{RestRequest, Verb};
use mekong_base::{ClientId, Clock, Instant, ServerId, ServiceId};
use mekong_crypto::DigestAlgorithm;
use std::time::Duration;

/// Steps of one exchange, at most; more, of a message that is sent again and again, are left out.
pub(crate) const STEPS_MAX: usize = 32;
/// Steps of most exchanges.
const STEPS: usize = 8;

/// A step of an exchange within a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The request is read and looked at: client, directory, way.
    Accept,
    /// A message or a body comes in.
    Receive,
    /// The provider's gateway decides whether it may be served.
    Rights,
    /// A message is signed.
    Sign,
    /// Messages are made durable in the log.
    Log,
    /// A message is on its way to the other gateway, until that begins to answer.
    Send,
    /// A signature is verified, and what depends on it.
    Verify,
    /// The service is asked.
    Call,
    /// The answer is made ready to be sent.
    Answer,
}

impl Step {
    /// All of them; the place of one is its number in the message log.
    const ALL: [Self; 9] = [
        Self::Accept,
        Self::Receive,
        Self::Rights,
        Self::Sign,
        Self::Log,
        Self::Send,
        Self::Verify,
        Self::Call,
        Self::Answer,
    ];

    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Its name, as the span has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Receive => "receive",
            Self::Rights => "rights",
            Self::Sign => "sign",
            Self::Log => "log",
            Self::Send => "send",
            Self::Verify => "verify",
            Self::Call => "call",
            Self::Answer => "answer",
        }
    }

    /// Whether somebody else is asked in it.
    pub(super) const fn is_outgoing(self) -> bool {
        matches!(self, Self::Send | Self::Call)
    }
}

/// How long a step took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepTime {
    /// Which.
    pub step: Step,
    /// From its beginning to its end, in microseconds' precision.
    pub took: Duration,
}

/// A step that was taken.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) step: Step,
    pub(super) began: Instant,
    pub(super) ended: Instant,
    /// HTTP status of who was asked.
    pub(super) status: Option<u16>,
    /// Host and port of who was asked.
    pub(super) place: Option<(String, u16)>,
    /// With what it ended, if not well.
    pub(super) fault: Option<String>,
}

/// What one exchange did.
#[derive(Debug)]
pub(crate) struct Trail {
    clock: Clock,
    pub(super) side: Side,
    pub(super) began: Instant,
    pub(super) ended: Instant,
    /// Id of the trace, once it is known.
    id: Option<[u8; 16]>,
    pub(super) link: Option<SpanContext>,
    pub(super) verb: Option<Verb>,
    pub(super) client: Option<ClientId>,
    pub(super) provider: Option<ClientId>,
    pub(super) service: Option<ServiceId>,
    pub(super) peer: Option<ServerId>,
    pub(super) status: Option<u16>,
    pub(super) fault: Option<String>,
    pub(super) steps: Vec<Taken>,
}

impl Trail {
    pub(super) fn new(side: Side, began: Instant, clock: Clock) -> Self {
        Self {
            clock,
            side,
            began,
            ended: began,
            id: None,
            link: None,
            verb: None,
            client: None,
            provider: None,
            service: None,
            peer: None,
            status: None,
            fault: None,
            steps: Vec::with_capacity(STEPS),
        }
    }

    /// The place of a step that begins; `None` if there are too many.
    pub(super) fn begin(&mut self, step: Step) -> Option<usize> {
        let place = self.steps.len();
        if place >= STEPS_MAX {
            return None;
        }
        let now = self.clock.now();
        self.steps.push(Taken { step, began: now, ended: now, status: None, place: None, fault: None });
        Some(place)
    }

    pub(super) fn end_step(&mut self, place: usize) {
        let now = self.clock.now();
        if let Some(taken) = self.steps.get_mut(place) {
            // Clocks are set back, too.
            taken.ended = now.max(taken.began);
        }
    }

    pub(super) fn end(&mut self, fault: Option<&FaultCode>) {
        self.ended = self.clock.now().max(self.began);
        self.fault = fault.map(FaultCode::known);
    }

    /// How long the steps took that have ended.
    pub(super) fn times(&self) -> Vec<StepTime> {
        self.steps.iter().map(|taken| StepTime { step: taken.step, took: taken.ended.since(taken.began) }).collect()
    }

    /// The trace is that of this request.
    pub(crate) fn is_of(&mut self, request_id: &str) {
        self.id = Some(trace_id(request_id));
    }

    /// The id of its trace; one of its own if nothing was read of the request.
    pub(super) fn id(&mut self) -> [u8; 16] {
        *self.id.get_or_insert_with(|| *uuid::Uuid::new_v4().as_bytes())
    }

    /// The trace in which the information system asks.
    pub(crate) fn linked(&mut self, traceparent: &str) {
        self.link = SpanContext::read(traceparent);
    }

    /// Who asks is known to be who it says, and the provider to exist. What stands for the service need not be one.
    pub(crate) fn between(&mut self, asked: &RestRequest) {
        self.verb = Some(asked.verb());
        self.client = Some(asked.client().clone());
        self.provider = Some(asked.service().provider.clone());
    }

    /// The service is one.
    pub(crate) fn serves(&mut self, service: &ServiceId) {
        self.service = Some(service.clone());
    }

    /// The other gateway.
    pub(crate) fn with(&mut self, peer: &ServerId) {
        self.peer = Some(peer.clone());
    }

    /// The status of the answer.
    pub(crate) const fn answered(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// Who is asked in this step was found at this place.
    pub(crate) fn at(&mut self, host: &str, port: u16) {
        if let Some(taken) = self.outgoing() {
            taken.place = Some((host.to_owned(), port));
        }
    }

    /// Who is asked in this step answered.
    pub(crate) fn got(&mut self, status: u16) {
        if let Some(taken) = self.outgoing() {
            taken.status = Some(status);
        }
    }

    /// Who is asked in this step did not answer, or not well.
    pub(crate) fn failed(&mut self, code: &FaultCode) {
        if let Some(taken) = self.outgoing() {
            taken.fault = Some(code.known());
        }
    }

    fn outgoing(&mut self) -> Option<&mut Taken> {
        self.steps.iter_mut().rev().find(|taken| taken.step.is_outgoing())
    }
}

/// The 128 bits of a request id, or, of one that is no UUID, as many of its digest.
fn trace_id(request_id: &str) -> [u8; 16] {
    let id = uuid::Uuid::try_parse(request_id).map(uuid::Uuid::into_bytes).ok().filter(|id| *id != [0; 16]);
    let digest = || DigestAlgorithm::Sha256.digest(request_id.as_bytes()).as_ref().first_chunk::<16>().copied();
    id.or_else(digest).unwrap_or([1; 16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_have_the_bits_of_their_request() {
        let id = "7b0c3c1e-1f2d-4a3b-8c4d-5e6f708192a3";
        assert_eq!(hex::encode(trace_id(id)), id.replace('-', ""));
        assert_ne!(trace_id("a"), trace_id("b"));
        assert_ne!(trace_id("00000000-0000-0000-0000-000000000000"), [0; 16]);
    }

    #[test]
    fn steps_are_known_by_their_numbers() {
        for (number, step) in (0..).zip(Step::ALL) {
            assert_eq!((step.number(), Step::from_number(number)), (number, Some(step)));
        }
        assert_eq!(Step::from_number(9), None);
    }
}
