//! A country for tests: its members file with certificates made by OpenSSL, published on loopback behind a server whose
//! answers tests can change.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use mekong_base::{Clock, Instant};
use mekong_crypto::{KeyType, PrivateKey};
use mekong_directory::publish::{Definition, KeyRing, Publisher, SigningKey, SigningKeys};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const START: &str = "2026-11-22T06:00:00Z";

pub fn start() -> Instant {
    START.parse().unwrap()
}

/// Writes a self-signed certificate made by OpenSSL.
pub fn certificate(folder: &Path, name: &str) {
    let output = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            "/dev/null",
        ])
        .args(["-subj", &format!("/CN={name}"), "-days", "3650", "-out", &format!("{name}.pem")])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A members file with two members, two gateways and everything else once.
pub fn members(instance: &str) -> String {
    format!(
        r#"
version = 1
instance = "{instance}"
sources = ["127.0.0.1:1"]

[parameters]
ocsp_fetch_interval_seconds = 300
verify_next_update = false

[management]
address = "https://127.0.0.1:4001/managementservice/"
cert = "management.pem"
provider = "{instance}/GOV/MPS/management"

[[class]]
code = "GOV"
description = "Government & <state>"

[[member]]
class = "GOV"
code = "MPS"
name = "Bộ Công an"
subsystem = [{{ code = "population", name = "Dân cư" }}, {{ code = "management" }}]

[[member]]
class = "GOV"
code = "MOHA"
name = "ກະຊວງພາຍໃນ"
subsystem = [{{ code = "civil" }}]

[[server]]
owner = "{instance}/GOV/MPS"
code = "gw-1"
address = "127.0.0.1"
auth_certs = ["gw-1.pem"]
clients = ["{instance}/GOV/MPS/population"]

[[server]]
owner = "{instance}/GOV/MOHA"
code = "gw-2"
address = "127.0.0.2"
auth_cert_hashes = ["{hash}"]
clients = ["{instance}/GOV/MOHA/civil"]
maintenance = "back at noon"

[[group]]
code = "ministries"
description = "All ministries"
members = ["{instance}/GOV/MPS", "LA/GOV/MOHA/civil"]

[[authority]]
name = "National root"
cert = "root.pem"
profile = "Basic"
ocsp = [{{ url = "http://127.0.0.1:2/ocsp" }}]
intermediate = [{{ cert = "issuing.pem", ocsp = [{{ url = "http://127.0.0.1:3/ocsp", cert = "ocsp.pem" }}] }}]

[[timestamper]]
name = "National time"
url = "http://127.0.0.1:4/tsa"
cert = "tsa.pem"
"#,
        hash = "ab".repeat(32)
    )
}

pub fn definition(instance: &str) -> Definition {
    let folder = tempfile::tempdir().unwrap();
    for name in ["management", "gw-1", "root", "issuing", "ocsp", "tsa"] {
        certificate(folder.path(), name);
    }
    Definition::parse(&members(instance), folder.path()).unwrap()
}

pub fn signing_key(name: &str, now: Instant) -> SigningKey {
    SigningKey::self_signed(PrivateKey::generate(KeyType::P256).unwrap(), name, now).unwrap()
}

pub fn keys() -> SigningKeys {
    SigningKeys {
        internal: KeyRing::new(signing_key("internal", start())),
        external: KeyRing::new(signing_key("external", start())),
    }
}

type Change = Arc<dyn Fn(&str, Response<Bytes>) -> Response<Bytes> + Send + Sync>;

/// What a server does to its answers, and what it was asked.
#[derive(Clone, Default)]
pub struct Tap {
    change: Arc<Mutex<Option<Change>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Tap {
    /// Changes every answer from now on; the first argument is path and query.
    pub fn change(&self, change: impl Fn(&str, Response<Bytes>) -> Response<Bytes> + Send + Sync + 'static) {
        *self.change.lock().unwrap() = Some(Arc::new(change));
    }

    pub fn change_no_more(&self) {
        *self.change.lock().unwrap() = None;
    }

    /// What was asked since the last time.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    async fn answer(&self, router: Router, request: Request) -> Response {
        let path = request.uri().to_string();
        self.asked.lock().unwrap().push(path.clone());
        let response = tower::ServiceExt::oneshot(router, request).await.unwrap();
        let Some(change) = self.change.lock().unwrap().clone() else { return response };
        let (mut head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 64 << 20).await.unwrap();
        head.headers.remove("content-length");
        change(&path, Response::from_parts(head, body)).map(Body::from)
    }
}

/// A running web server.
pub struct Server {
    pub address: SocketAddr,
    pub tap: Tap,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub async fn start(router: Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tap = Tap::default();
        let app = Router::new()
            .fallback(|State((tap, router)): State<(Tap, Router)>, request: Request| async move {
                tap.answer(router, request).await
            })
            .with_state((tap.clone(), router));
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, tap, task }
    }

    /// Stops listening; connections that are open are cut.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

pub struct Country {
    pub publisher: Arc<Publisher>,
    pub server: Server,
    pub clock: Clock,
}

impl Country {
    pub async fn start(instance: &str, clock: &Clock) -> Self {
        let publisher = Publisher::new(definition(instance), keys(), clock.clone()).unwrap();
        let server = Server::start(publisher.router()).await;
        publisher.update(|definition, _| definition.sources = vec![server.address.to_string()]).unwrap();
        Self { publisher, server, clock: clock.clone() }
    }

    /// Lets time pass and publishes.
    pub fn later(&self, seconds: u64) {
        self.clock.set(self.clock.now() + Duration::from_secs(seconds));
        self.publisher.publish().unwrap();
    }
}
