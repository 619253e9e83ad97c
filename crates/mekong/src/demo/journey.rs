//! The journey: twenty exchanges in both directions, what each must end with, and what it did end with.

use bytes::Bytes;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant as Stopwatch};

use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, SizeHint};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;

/// Bytes of an answer that the journey reads.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Who must be there for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scene {
    /// Everybody.
    Normal,
    /// The register of the country that is asked is switched off.
    RegisterDown,
    /// The gateway of the country that is asked is switched off.
    GatewayDown,
}

/// How a step must end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// This status, from the register itself.
    Answer(u16),
    /// This status and `X-Road-Error` code, from a gateway.
    Refusal(u16, &'static str),
}

/// One exchange of the script.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// What happens, for people.
    pub(crate) what: &'static str,
    /// Instance that asks.
    pub(crate) from: &'static str,
    /// `X-Road-Client`.
    pub(crate) client: String,
    /// The verb.
    pub(crate) method: Method,
    /// Path and query after `http://gateway`.
    pub(crate) path: String,
    /// Who is there.
    pub(crate) scene: Scene,
    /// How it must end.
    pub(crate) expected: Expected,
}

/// How a step ended.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    /// HTTP status.
    pub(crate) status: StatusCode,
    /// `X-Road-Error`, if a gateway refused.
    pub(crate) error: Option<String>,
    /// `x-road-id` of the exchange.
    pub(crate) query_id: Option<String>,
    /// From request to whole answer.
    pub(crate) duration: Duration,
    /// The answer.
    pub(crate) body: Vec<u8>,
}

impl Step {
    /// Whether `ended` is what the script says.
    pub(crate) fn is_as_expected(&self, ended: &Ended) -> bool {
        match self.expected {
            Expected::Answer(status) => ended.status == status && ended.error.is_none(),
            Expected::Refusal(status, code) => ended.status == status && ended.error.as_deref() == Some(code),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(status) => write!(f, "{status}"),
            Self::Refusal(status, code) => write!(f, "{status} {code}"),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            None => write!(f, "{}", self.status.as_u16()),
            Some(error) => write!(f, "{} {error}", self.status.as_u16()),
        }
    }
}

/// A system of an agency: plain HTTP to its gateway, nothing of ours.
#[derive(Clone)]
pub(crate) struct AgencySystem(Client<HttpConnector, Parts>);

/// The body of a request: its parts after each other, so that bodies may differ and share most of what they have.
#[derive(Debug, Default)]
pub(crate) struct Parts(VecDeque<Bytes>);

impl<const N: usize> From<[Bytes; N]> for Parts {
    fn from(parts: [Bytes; N]) -> Self {
        Self(parts.into_iter().filter(|part| !part.is_empty()).collect())
    }
}

impl Body for Parts {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|part| Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|part| part.len() as u64).sum())
    }
}

impl AgencySystem {
    /// A system with its own connections.
    pub(crate) fn new() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }

    /// Makes one exchange through the gateway at `gateway` (host:port).
    ///
    /// # Errors
    /// In words, if the gateway does not answer.
    pub(crate) async fn exchange(&self, gateway: &str, step: &Step) -> Result<Ended, String> {
        self.exchange_with(gateway, step, None, Parts::default()).await
    }

    /// Makes one exchange with a body, and with this gateway of the provider if one is named.
    ///
    /// # Errors
    /// As [`AgencySystem::exchange`].
    pub(crate) async fn exchange_with(
        &self,
        gateway: &str,
        step: &Step,
        with: Option<&str>,
        body: Parts,
    ) -> Result<Ended, String> {
        let mut request = Request::builder()
            .method(step.method.clone())
            .uri(format!("http://{gateway}{}", step.path))
            .header("X-Road-Client", &step.client)
            .header("Accept", "application/json");
        if let Some(with) = with {
            request = request.header("X-Road-Security-Server", with);
        }
        let request = request.body(body).map_err(|error| error.to_string())?;
        let started = Stopwatch::now();
        let answer = self.0.request(request).await.map_err(|error| error.to_string())?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(|error| error.to_string())?;
        let header = |name: &str| head.headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        Ok(Ended {
            status: head.status,
            error: header("x-road-error"),
            query_id: header("x-road-id"),
            duration: started.elapsed(),
            body: body.to_bytes().to_vec(),
        })
    }
}
