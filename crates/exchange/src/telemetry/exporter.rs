//! The task that sends trails to the collector: many in one request, tried again for a while, and dropped then.

use super::otlp;
use super::settings::Settings;
use super::trail::Trail;
use crate::gateway::net::{Net, Stream};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// Exchanges that wait to be sent, at most: some seconds of a busy gateway, about four megabytes.
const QUEUE: usize = 4_096;
/// Exchanges of one request, at most.
const BATCH: usize = 512;
/// How long the first of a batch waits for others.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a request may take (OTLP's default).
const REQUEST: Duration = Duration::from_secs(10);
/// Waits before a request is tried again; after the last its spans are dropped.
const WAITS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(10)];
/// The longest wait that a collector may ask for.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// How long what is left may take at the end.
const GRACE: Duration = Duration::from_secs(2);
/// Bytes read of an answer, at most.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// What became of the spans of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Spans that the collector took.
    pub sent: u64,
    /// Spans that were dropped: the queue was full, or the collector did not take them.
    pub dropped: u64,
}

#[derive(Debug, Default)]
struct Counters {
    sent: AtomicU64,
    dropped: AtomicU64,
}

/// Where ended exchanges wait.
#[derive(Debug)]
pub(super) struct Queue {
    sender: mpsc::Sender<Box<Trail>>,
    counters: Arc<Counters>,
}

impl Queue {
    /// Puts a trail into the queue, or drops it: nobody waits.
    pub(super) fn push(&self, trail: Box<Trail>) {
        if let Err(TrySendError::Full(trail) | TrySendError::Closed(trail)) = self.sender.try_send(trail) {
            self.counters.dropped.fetch_add(otlp::count(&trail), Ordering::Relaxed);
        }
    }

    pub(super) fn counts(&self) -> Counts {
        let Counters { sent, dropped } = self.counters.as_ref();
        Counts { sent: sent.load(Ordering::Relaxed), dropped: dropped.load(Ordering::Relaxed) }
    }
}

/// The task that sends. It ends when this is dropped.
#[derive(Debug)]
pub struct Exporter {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Exporter {
    /// Sends what is left, for two seconds at most, and ends.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        let _ = timeout(GRACE, &mut self.task).await;
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(super) fn start(settings: Settings, net: Net) -> (Queue, Exporter) {
    let (sender, queue) = mpsc::channel(QUEUE);
    let (stop, stopped) = oneshot::channel();
    let counters = Arc::new(Counters::default());
    let collector = Collector::new(settings, net, Arc::clone(&counters));
    let task = tokio::spawn(run(queue, collector, stopped));
    (Queue { sender, counters }, Exporter { stop: Some(stop), task })
}

async fn run(mut queue: mpsc::Receiver<Box<Trail>>, collector: Collector, mut stopped: oneshot::Receiver<()>) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut is_open = true;
    loop {
        let got = tokio::select! {
            biased;
            got = queue.recv_many(&mut batch, BATCH) => got,
            _ = &mut stopped, if is_open => {
                // What is in the queue still comes out of it; nothing more gets in.
                queue.close();
                is_open = false;
                continue;
            }
        };
        if got == 0 {
            return;
        }
        let company = Instant::now() + PATIENCE;
        while is_open && batch.len() < BATCH {
            let room = BATCH - batch.len();
            tokio::select! {
                more = timeout_at(company, queue.recv_many(&mut batch, room)) => if !more.is_ok_and(|more| more > 0) { break },
                _ = &mut stopped => {
                    queue.close();
                    is_open = false;
                }
            }
        }
        collector.take(&mut batch).await;
        batch.clear();
    }
}

/// The collector.
struct Collector {
    settings: Settings,
    client: legacy::Client<HttpsConnector<Connector>, Full<Bytes>>,
    counters: Arc<Counters>,
    /// The last request was not taken, and it was said so.
    is_failing: AtomicBool,
}

/// Why a request was not taken.
struct Refused {
    why: String,
    /// It may be tried again, after so long if the collector said it.
    again: Option<Option<Duration>>,
}

impl Collector {
    fn new(settings: Settings, net: Net, counters: Arc<Counters>) -> Self {
        let tls = mekong_authority::http::tls_configuration(&[]);
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(1)
            .build(https.wrap_connector(Connector(net)));
        Self { settings, client, counters, is_failing: AtomicBool::new(false) }
    }

    /// Sends trails until they are taken, or given up.
    async fn take(&self, trails: &mut [Box<Trail>]) {
        let spans: u64 = trails.iter().map(|trail| otlp::count(trail)).sum();
        let body = Bytes::from(otlp::request(&self.settings, trails));
        let mut waits = WAITS.into_iter();
        loop {
            let refused = match self.post(body.clone()).await {
                Ok(()) => {
                    self.counters.sent.fetch_add(spans, Ordering::Relaxed);
                    if self.is_failing.swap(false, Ordering::Relaxed) {
                        tracing::info!(collector = %self.settings.url, "the collector takes traces again");
                    }
                    return;
                }
                Err(refused) => refused,
            };
            if !self.is_failing.swap(true, Ordering::Relaxed) {
                let (collector, why) = (&self.settings.url, &refused.why);
                tracing::warn!(%collector, why, "the collector does not take traces; messages flow all the same");
            }
            let wait = refused.again.zip(waits.next()).map(|(asked, wait)| asked.map_or(wait, |asked| asked.max(wait)));
            let Some(wait) = wait else {
                self.counters.dropped.fetch_add(spans, Ordering::Relaxed);
                return;
            };
            sleep(wait).await;
        }
    }

    async fn post(&self, body: Bytes) -> Result<(), Refused> {
        let again = |why: String| Refused { why, again: Some(None) };
        let mut request = Request::post(self.settings.url.clone())
            .header(CONTENT_TYPE, otlp::MEDIA_TYPE)
            .header(USER_AGENT, concat!("mekong/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(body))
            .map_err(|e| Refused { why: e.to_string(), again: None })?;
        request.headers_mut().extend(self.settings.headers.clone());
        let asked = async {
            let answer = self.client.request(request).await.map_err(|e| again(causes(&e)))?;
            let (head, body) = answer.into_parts();
            // Read to its end, so that the connection can be used again; there is nothing in it that we would act upon.
            let _ = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
            match head.status {
                status if status.is_success() => Ok(()),
                status => {
                    Err(Refused { why: format!("HTTP status {status}"), again: may_repeat(status, &head.headers) })
                }
            }
        };
        let late = |_| again(format!("no answer within {} seconds", REQUEST.as_secs()));
        timeout(REQUEST, asked).await.map_err(late)?
    }
}

/// Whether, and after how long, a refused request may be sent again (OTLP, section 4.2.1.3.2).
fn may_repeat(status: StatusCode, headers: &HeaderMap) -> Option<Option<Duration>> {
    if !matches!(status.as_u16(), 429 | 502 | 503 | 504) {
        return None;
    }
    let seconds = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Some(seconds.map(|seconds| Duration::from_secs(seconds).min(WAIT_MAX)))
}

/// An error with its causes.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Connects to the host of a URL.
#[derive(Clone)]
struct Connector(Net);

impl tower::Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<Stream>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, url: Uri) -> Self::Future {
        let net = self.0.clone();
        Box::pin(async move {
            let host = url.host().ok_or(io::ErrorKind::InvalidInput)?;
            let usual = if url.scheme_str() == Some("https") { 443 } else { 80 };
            Ok(TokioIo::new(net.reach(host, url.port_u16().unwrap_or(usual)).await?.0))
        })
    }
}
