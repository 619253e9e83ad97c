//! Services behind the provider, and what is offered of them.

use super::*;
use axum::extract::{Path, Request};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use bytes::Bytes;
use mekong_exchange::gateway::{Callers, LocalClient, Service};
use mekong_exchange::rules::path::PathPattern;
use mekong_exchange::rules::rights::{Grant, Rights, Subject};
use mekong_exchange::wire::rest::Verb;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

/// The information system behind the provider.
pub(super) async fn serve_persons() -> Result<SocketAddr, Failure> {
    let router = axum::Router::new()
        .route(
            "/persons/{id}",
            get(|Path(id): Path<String>| async move { axum::Json(serde_json::json!({ "id": id })) }),
        )
        .route("/public/{name}", get(|Path(name): Path<String>| async move { name }))
        .route("/secret", get(|| async { "secret" }))
        .route("/missing", get(|| async { (http::StatusCode::NOT_FOUND, "no such person") }))
        .route("/redirect", get(|| async { (http::StatusCode::FOUND, [("location", "/secret")]) }))
        .route("/huge", get(|| async { vec![b'x'; 3 << 20] }))
        .route("/seen", any(seen))
        .route("/echo", any(echo))
        .route(
            "/slow",
            get(|| async {
                tokio::time::sleep(Duration::from_secs(3)).await;
                "late"
            }),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    Ok(address)
}

/// What the information system sees of a request.
async fn seen(request: Request) -> impl IntoResponse {
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(n, v)| (n.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned()))
        .collect();
    let (method, target) = (request.method().to_string(), request.uri().to_string());
    axum::Json(serde_json::json!({ "method": method, "target": target, "headers": headers }))
}

async fn echo(headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let content_type = headers.get("content-type").cloned().unwrap_or(http::HeaderValue::from_static("x/none"));
    ([("content-type", content_type)], body)
}

/// A server that answers every connection with these bytes, once a request head has come.
pub async fn canned(answer: &'static [u8], then: Duration) -> Result<String, Failure> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(answer).await;
                tokio::time::sleep(then).await;
            });
        }
    });
    Ok(url)
}

/// The provider's client with its services.
pub fn population_client(url: &str) -> LocalClient {
    let civil = || Subject::Client(civil());
    let pattern = |text: &str| PathPattern::parse(text).unwrap();
    let mut switched_off = Service::new("archive", url);
    switched_off.disabled = Some("moved to the new register".into());
    let mut slow = Service::new("slow", url);
    slow.timeout = Duration::from_millis(300);
    LocalClient {
        id: population(),
        callers: Callers::Anyone,
        services: vec![
            Service::new("persons", url),
            Service::new("public", url),
            Service::new("households", url),
            Service::new("group", url),
            Service::new("nowhere", "http://127.0.0.1:1"),
            Service::new("wrongly", "ftp://127.0.0.1"),
            slow,
            switched_off,
        ],
        subscriptions: Vec::new(),
        rights: Rights {
            grants: vec![
                Grant::service(civil(), "persons"),
                Grant::endpoint(civil(), "public", Some(Verb::Get), pattern("/public/*")),
                Grant::service(Subject::GlobalGroup { instance: "VN".into(), code: "ministries".into() }, "group"),
                Grant::service(civil(), "nowhere"),
                Grant::service(civil(), "wrongly"),
                Grant::service(civil(), "slow"),
                Grant::service(civil(), "archive"),
            ],
            local_groups: BTreeMap::new(),
        },
    }
}
