//! The side channel: gateways ask each other for the OCSP responses of their TLS certificates over plain HTTP.
//!
//! `GET /?cert=<SHA-1 hex>&cert=...&cert_hash=<SHA-256 hex>...` is answered with `multipart/related`, one
//! `application/ocsp-response` a certificate, in order; `HEAD /` is a heartbeat. Only `cert` is read, as in the reference.

use super::Inner;
use super::net::Net;
use super::outgoing::Outgoing;
use crate::wire::multipart::{ContentType, Event, Limits, MultipartError, Reader, Writer, random_boundary};
use bytes::{Bytes, BytesMut};
use http::{Method, Request, Response, StatusCode, header, response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

const MEDIA_TYPE: &str = "application/ocsp-response";
/// Certificates that one question may be about.
const CERTIFICATES_MAX: usize = 16;
/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 256 << 10;
/// For a connection to be there.
const CONNECT: Duration = Duration::from_secs(5);
/// For the answer, connection included.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers one question.
pub(super) async fn answer(inner: Arc<Inner>, request: Request<Incoming>) -> Response<Outgoing> {
    match *request.method() {
        Method::HEAD => plain(StatusCode::OK, String::new()),
        Method::GET => responses(&inner, request.uri().query().unwrap_or_default()).await,
        _ => plain(StatusCode::METHOD_NOT_ALLOWED, "send GET or HEAD".into()),
    }
}

async fn responses(inner: &Inner, query: &str) -> Response<Outgoing> {
    let asked: Vec<&str> = query.split('&').filter_map(|pair| pair.strip_prefix("cert=")).collect();
    if asked.is_empty() || asked.len() > CERTIFICATES_MAX {
        let text = format!("ask for 1 to {CERTIFICATES_MAX} certificates: ?cert=<SHA-1 in hex>&cert=...");
        return plain(StatusCode::BAD_REQUEST, text);
    }
    let (directory, now) = (inner.directory(), inner.now());
    let boundary = random_boundary("xocsp");
    let mut writer = Writer::new(boundary.clone());
    let mut body = BytesMut::with_capacity(4 << 10);
    for hash in asked {
        let Ok(sha1) = hex::decode(hash) else {
            return plain(StatusCode::BAD_REQUEST, "a certificate is asked for by its SHA-1 in hex".into());
        };
        match inner.credentials.ocsp_by_sha1(&sha1, &directory, now).await {
            Ok(response) => {
                writer.start_part(&mut body, MEDIA_TYPE, &[]);
                body.extend_from_slice(&response);
            }
            Err(error) => return plain(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        }
    }
    writer.end(&mut body);
    let content_type = format!("multipart/related; type=\"{MEDIA_TYPE}\"; charset=UTF-8; boundary={boundary}");
    let mut response = Response::new(Outgoing::from(body.freeze()));
    if let Ok(value) = content_type.parse() {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}

fn plain(status: StatusCode, text: String) -> Response<Outgoing> {
    let mut response = Response::new(Outgoing::from(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Asks a gateway about certificates; the error is the end of a sentence.
pub(super) async fn ask(
    net: &Net,
    host: &str,
    port: u16,
    certificates: &[&Certificate],
) -> Result<Vec<Vec<u8>>, String> {
    let hash = |c: &&Certificate, name: &str, algorithm| format!("{name}={}", hex::encode(c.fingerprint(algorithm)));
    let by_sha1 = certificates.iter().map(|c| hash(c, "cert", DigestAlgorithm::Sha1));
    let by_sha256 = certificates.iter().map(|c| hash(c, "cert_hash", DigestAlgorithm::Sha256));
    let query: Vec<String> = by_sha1.chain(by_sha256).collect();
    let asking = get(net, host, port, format!("/?{}", query.join("&")));
    let (head, body) = tokio::time::timeout(PATIENCE, asking).await.map_err(|_| "it took too long".to_owned())??;
    if head.status != StatusCode::OK {
        let said: String = String::from_utf8_lossy(&body).chars().filter(|c| !c.is_control()).take(300).collect();
        return Err(format!("HTTP status {}: {said}", head.status.as_u16()));
    }
    let content_type = head.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let responses = read(content_type, body).map_err(|e| e.to_string())?;
    if responses.len() != certificates.len() {
        return Err(format!("asked about {} certificates, got {} responses", certificates.len(), responses.len()));
    }
    Ok(responses)
}

async fn get(net: &Net, host: &str, port: u16, target: String) -> Result<(response::Parts, Bytes), String> {
    let told = |e: &dyn std::fmt::Display| e.to_string();
    let stream = tokio::time::timeout(CONNECT, net.reach(host, port)).await;
    let (stream, address) = stream.map_err(|_| "it cannot be reached in time".to_owned())?.map_err(|e| told(&e))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| told(&e))?;
    // Ends with the answer, or with us.
    let mut connection = pin!(connection);
    let request = Request::get(target).header(header::HOST, address.to_string()).body(Outgoing::default());
    let request = request.map_err(|e| told(&e))?;
    let asking = async {
        let (head, body) = sender.send_request(request).await.map_err(|e| told(&e))?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(|e| told(&e))?;
        Ok((head, body.to_bytes()))
    };
    let mut asking = pin!(asking);
    tokio::select! {
        biased;
        answer = &mut asking => answer,
        ended = &mut connection => {
            ended.map_err(|e| told(&e))?;
            asking.await
        }
    }
}

fn read(content_type: &str, body: Bytes) -> Result<Vec<Vec<u8>>, MultipartError> {
    let limits = Limits {
        margin_bytes: 1 << 10,
        header_bytes: 4 << 10,
        headers: 20,
        parts: CERTIFICATES_MAX,
        total_bytes: ANSWER_BYTES_MAX as u64,
    };
    let mut reader = Reader::new(ContentType::parse(content_type).boundary()?, limits)?;
    reader.push(body)?;
    let mut responses: Vec<Vec<u8>> = Vec::new();
    while let Some(event) = reader.event()? {
        match event {
            Event::Part(_) => responses.push(Vec::new()),
            Event::Data(data) => {
                if let Some(last) = responses.last_mut() {
                    last.extend_from_slice(&data);
                }
            }
            Event::PartEnd | Event::End => {}
        }
    }
    reader.finish()?;
    Ok(responses)
}
