//! HTTP over the simulated network, as information systems and trust services speak it.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use mekong_exchange::gateway::net::Net;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

/// Bytes of a request or an answer.
const BODY_BYTES_MAX: usize = 4 << 20;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

/// Asks, on a connection of its own, and waits for the whole answer at most for `patience`.
pub(crate) async fn ask(
    net: &Net,
    to: SocketAddr,
    request: http::request::Builder,
    body: Bytes,
    patience: Duration,
) -> Option<Answer> {
    tokio::time::timeout(patience, asking(net, to, request, body)).await.ok().flatten()
}

async fn asking(net: &Net, to: SocketAddr, request: http::request::Builder, body: Bytes) -> Option<Answer> {
    let stream = TokioIo::new(net.connect(to).await.ok()?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.ok()?;
    tokio::spawn(connection);
    let request = request.header("host", to.to_string()).body(Full::new(body)).ok()?;
    let (parts, body) = sender.send_request(request).await.ok()?.into_parts();
    let body = Limited::new(body, BODY_BYTES_MAX).collect().await.ok()?.to_bytes();
    Some(Answer { status: parts.status, headers: parts.headers, body })
}

/// Serves until the machine crashes: each request, read whole, is given to `answer`.
pub(crate) async fn serve<F>(
    net: Net,
    address: SocketAddr,
    answer: impl Fn(Request<Bytes>) -> F + Clone + Send + 'static,
) where
    F: Future<Output = Response<Bytes>> + Send + 'static,
{
    // The address is free: whoever listened there before has crashed.
    let Ok(listener) = net.listen(address).await else { return };
    while let Ok((stream, _)) = listener.accept().await {
        let answer = answer.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let answer = answer.clone();
            async move {
                let (parts, body) = request.into_parts();
                let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
                    // Cut off in the middle: nothing was asked.
                    return Ok::<_, Infallible>(Response::new(Full::default()));
                };
                Ok(answer(Request::from_parts(parts, body.to_bytes())).await.map(Full::new))
            }
        });
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
