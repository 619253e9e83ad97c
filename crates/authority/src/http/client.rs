//! A client for HTTP and HTTPS with pooled connections. Every request is bounded in time and in bytes; redirects are not
//! followed. Whom HTTPS trusts is in [`super::tls`].

use super::connect::{Connector, Network};
use super::tls;
use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, USER_AGENT};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use mekong_pki::Certificate;
use std::fmt;
use std::time::Duration;
use tokio::time::{Instant as Deadline, timeout_at};

/// How long a request may take and how much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For name resolution and TCP connection. Default 5 s.
    pub connect: Duration,
    /// For the whole exchange, connecting included. Default 15 s.
    pub total: Duration,
    /// Bytes of the body of an answer. Default 1 MiB.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), total: Duration::from_secs(15), body_bytes: 1 << 20 }
    }
}

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading the URL.
    Url,
    /// Resolving the name and connecting.
    Connect,
    /// Sending the request and waiting for the head of the answer.
    Exchange,
    /// Reading the body of the answer.
    Body,
    /// Looking at the answer's status.
    Status,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url => "reading the URL",
            Self::Connect => "connecting",
            Self::Exchange => "waiting for the answer",
            Self::Body => "reading the answer",
            Self::Status => "status of the answer",
        })
    }
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The URL cannot be used.
    #[error("{0}")]
    InvalidUrl(String),
    /// The time was up.
    #[error("no result within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// The body is larger than is read.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The status is not a success.
    #[error("HTTP status {0}")]
    Status(StatusCode),
    /// The connection failed; the text names every cause.
    #[error("{0}")]
    Transport(String),
}

/// Why a request brought nothing: where, how far it came, and what went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{url}: {stage}: {fault}")]
pub struct HttpError {
    /// The URL asked.
    pub url: String,
    /// How far the request came.
    pub stage: Stage,
    /// What went wrong.
    pub fault: Fault,
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Response {
    /// The URL that gave it.
    pub url: String,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, whole.
    pub body: Bytes,
}

impl Response {
    /// The answer if its status is 2xx.
    ///
    /// # Errors
    /// [`Fault::Status`].
    pub fn success(self) -> Result<Self, HttpError> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(HttpError { url: self.url, stage: Stage::Status, fault: Fault::Status(self.status) })
    }

    /// The media type without parameters, in lower case; empty if there is none.
    pub fn media_type(&self) -> String {
        let value = self.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// The client. Clones share the pool of connections.
#[derive(Clone)]
pub struct Client {
    inner: legacy::Client<HttpsConnector<Connector>, Full<Bytes>>,
    limits: Limits,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Client {
    /// A client with its own pool. HTTPS trusts the roots that this machine trusts.
    pub fn new(limits: Limits) -> Self {
        Self::with_roots(limits, &[])
    }

    /// A client with its own pool, which for HTTPS trusts `roots` beside those that this machine trusts.
    pub fn with_roots(limits: Limits, roots: &[Certificate]) -> Self {
        Self::build(limits, roots, Connector::machine(limits.connect))
    }

    /// A client over another network than this machine's.
    pub fn over(network: Network, limits: Limits) -> Self {
        Self::build(limits, &[], Connector::Other(network, limits.connect))
    }

    fn build(limits: Limits, roots: &[Certificate], connector: Connector) -> Self {
        let tls = HttpsConnectorBuilder::new().with_tls_config(tls::configuration(roots));
        let connector = tls.https_or_http().enable_http1().wrap_connector(connector);
        let inner = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(8)
            .http1_max_buf_size(64 << 10)
            .build(connector);
        Self { inner, limits }
    }

    /// The same pool with other limits; the time to connect stays as it was.
    pub fn with_limits(&self, limits: Limits) -> Self {
        Self { inner: self.inner.clone(), limits }
    }

    /// GET. Any status is an answer; see [`Response::success`].
    ///
    /// # Errors
    /// [`HttpError`] with every [`Fault`] but [`Fault::Status`].
    pub async fn get(&self, url: &str) -> Result<Response, HttpError> {
        self.send(Method::GET, url, None, Bytes::new()).await
    }

    /// POST of a body of the given media type. Any status is an answer; see [`Response::success`].
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post(&self, url: &str, media_type: &str, body: impl Into<Bytes>) -> Result<Response, HttpError> {
        self.send(Method::POST, url, Some(media_type), body.into()).await
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        media_type: Option<&str>,
        body: Bytes,
    ) -> Result<Response, HttpError> {
        let fail = |stage, fault| HttpError { url: url.to_owned(), stage, fault };
        let request = request(method, url, media_type, body).map_err(|e| fail(Stage::Url, Fault::InvalidUrl(e)))?;
        let deadline = Deadline::now() + self.limits.total;
        let late = |stage| fail(stage, Fault::Timeout(self.limits.total));
        let answer = timeout_at(deadline, self.inner.request(request)).await.map_err(|_| late(Stage::Exchange))?;
        let (head, incoming) = answer
            .map_err(|e| fail(if e.is_connect() { Stage::Connect } else { Stage::Exchange }, transport(&e)))?
            .into_parts();
        let body = timeout_at(deadline, read(incoming, self.limits.body_bytes)).await;
        let body = body.map_err(|_| late(Stage::Body))?.map_err(|fault| fail(Stage::Body, fault))?;
        Ok(Response { url: url.to_owned(), status: head.status, headers: head.headers, body })
    }
}

fn request(method: Method, url: &str, media_type: Option<&str>, body: Bytes) -> Result<Request<Full<Bytes>>, String> {
    let uri: Uri = url.parse().map_err(|e| format!("not a URL: {e}"))?;
    match uri.scheme_str() {
        Some("http" | "https") => {}
        Some(other) => return Err(format!("only http and https are supported here, not {other}")),
        None => return Err("not an absolute URL; it must start with http:// or https://".into()),
    }
    if uri.authority().is_none_or(|a| a.host().is_empty() || a.as_str().contains('@')) {
        return Err("a host without user and password is needed".into());
    }
    let mut request = Request::builder().method(method).uri(uri);
    request = request.header(USER_AGENT, concat!("mekong/", env!("CARGO_PKG_VERSION"))).header(ACCEPT, "*/*");
    if let Some(media_type) = media_type {
        request = request.header(CONTENT_TYPE, media_type);
    }
    request.body(Full::new(body)).map_err(|e| e.to_string())
}

async fn read(mut incoming: Incoming, limit: usize) -> Result<Bytes, Fault> {
    use hyper::body::Body as _;
    let announced = incoming.size_hint().lower();
    if announced > limit as u64 {
        return Err(Fault::TooLarge(limit));
    }
    let mut body = BytesMut::with_capacity(usize::try_from(announced).unwrap_or_default().min(64 << 10));
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|e| transport(&e))?;
        let Ok(data) = frame.into_data() else { continue };
        if body.len() + data.len() > limit {
            return Err(Fault::TooLarge(limit));
        }
        body.extend_from_slice(&data);
    }
    Ok(body.freeze())
}

/// The error and every cause below it, in words.
fn transport(error: &(dyn std::error::Error + 'static)) -> Fault {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        source = cause.source();
    }
    Fault::Transport(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A server that reads one request per connection and writes `answer`; then holds the connection.
    async fn server(answer: Vec<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let answer = answer.clone();
                tokio::spawn(async move {
                    let mut buffer = [0; 4096];
                    let _ = stream.read(&mut buffer).await;
                    let _ = stream.write_all(&answer).await;
                    tokio::time::sleep(Duration::from_secs(5)).await;
                });
            }
        });
        url
    }

    fn client() -> Client {
        let short = Duration::from_secs(1);
        Client::new(Limits { connect: short, total: short, body_bytes: 1000 })
    }

    #[track_caller]
    fn failed(result: Result<Response, HttpError>) -> (Stage, Fault) {
        let error = result.unwrap_err();
        assert!(error.to_string().contains(&error.url), "{error}");
        (error.stage, error.fault)
    }

    #[tokio::test]
    async fn gets_and_posts() {
        let url =
            server(b"HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; x=y\r\nContent-Length: 2\r\n\r\nhi".to_vec()).await;
        for answer in [client().get(&url).await, client().post(&url, "text/plain", "x").await] {
            let answer = answer.unwrap().success().unwrap();
            assert_eq!((answer.media_type().as_str(), &*answer.body), ("text/plain", &b"hi"[..]));
        }
    }

    #[tokio::test]
    async fn names_url_stage_and_fault() {
        let client = client();
        for url in ["ftp://localhost/", "localhost/x", "http://", "http://user:secret@localhost/", "http://a b/"] {
            let (stage, fault) = failed(client.get(url).await);
            assert!(matches!((stage, &fault), (Stage::Url, Fault::InvalidUrl(_))), "{url}: {fault}");
        }
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let (stage, fault) = failed(client.get(&format!("http://{closed}/")).await);
        assert_eq!(stage, Stage::Connect);
        assert!(fault.to_string().contains("refused"), "{fault}");
        let silent = server(Vec::new()).await;
        assert_eq!(failed(client.get(&silent).await), (Stage::Exchange, Fault::Timeout(client.limits.total)));
        let stuck = server(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab".to_vec()).await;
        assert_eq!(failed(client.get(&stuck).await), (Stage::Body, Fault::Timeout(client.limits.total)));
        let garbage = server(vec![0xff; 200_000]).await;
        assert_eq!(failed(client.get(&garbage).await).0, Stage::Exchange);
        let missing = server(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
        let status = client.get(&missing).await.unwrap().success();
        assert_eq!(failed(status), (Stage::Status, Fault::Status(StatusCode::NOT_FOUND)));
    }

    #[tokio::test]
    async fn reads_no_more_than_the_limit() {
        let announced = server(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n".to_vec()).await;
        assert_eq!(failed(client().get(&announced).await), (Stage::Body, Fault::TooLarge(1000)));
        let chunk = [b"3E9\r\n".to_vec(), vec![b'x'; 1001], b"\r\n".to_vec()].concat();
        let endless = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(), chunk.repeat(3)].concat();
        let endless = server(endless).await;
        assert_eq!(failed(client().get(&endless).await), (Stage::Body, Fault::TooLarge(1000)));
    }
    /// Answers `per_connection` requests on each connection, then closes it; counts connections.
    async fn counting(per_connection: usize) -> (String, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&count);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut buffer = [0; 4096];
                    for _ in 0..per_connection {
                        if stream.read(&mut buffer).await.unwrap_or(0) == 0 {
                            return;
                        }
                        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await;
                    }
                });
            }
        });
        (url, count)
    }

    #[tokio::test]
    async fn connections_are_kept_and_closed_ones_replaced() {
        for (per_connection, connections) in [(100, 1), (1, 5)] {
            let (url, count) = counting(per_connection).await;
            let client = client();
            for _ in 0..5 {
                let answer = client.post(&url, "text/plain", "x").await.unwrap();
                assert_eq!(&*answer.body, b"hi");
                // Lets the client notice a close before the next request.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), connections);
        }
    }
}
