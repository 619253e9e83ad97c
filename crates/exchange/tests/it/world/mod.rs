//! The world of the tests: Laos asks, Viet Nam answers.

mod country;
mod node;
mod service;

pub use country::{Country, global_conf, pair, signing_pair, signing_pair_until};
pub use node::Node;
pub use service::{canned, population_client};

use country::keys;
use node::{listeners, ports};
use service::serve_persons;

use axum::http::HeaderMap;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use mekong_base::limits::MessageLimits;
use mekong_base::{ClientId, Clock, Instant, MemberId};
use mekong_crypto::KeyType;
use mekong_exchange::gateway::{Callers, LocalClient};
use mekong_exchange::wire::fault::Dialect;
use mekong_exchange::wire::version::ProxyVersion;
use mekong_message::subject::SubjectProfile;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

pub type Failure = Box<dyn std::error::Error>;
pub type Outcome = Result<(), Failure>;

pub const START: i64 = 1_795_000_000;
const PROFILE: SubjectProfile = SubjectProfile::FiVrk;

/// What a test may want otherwise.
pub struct Options {
    pub limits: MessageLimits,
    pub reuse: bool,
    /// The provider listens with CBC suites, and the consumer uses them to these hosts.
    pub cbc_hosts: Vec<String>,
    pub listens_cbc: bool,
    pub key_type: KeyType,
    /// The provider's and its country's kind of key, if it is another.
    pub provider_key_type: Option<KeyType>,
    /// How long a new TLS certificate waits in the directory.
    pub settle: Duration,
    pub service_url: Option<String>,
    pub dialect: Dialect,
    pub peer_version_min: Option<ProxyVersion>,
    /// Where the consumer finds the provider instead.
    pub provider_port: Option<u16>,
    pub callers: Callers,
    /// How long the certificates of consumer and provider are valid; two years if nothing is said.
    pub validity: (Option<Duration>, Option<Duration>),
    /// Where the folders of consumer and provider are instead of the folder for temporary files.
    pub disks: (Option<PathBuf>, Option<PathBuf>),
    /// Whether the directory is refreshed when somebody unknown is met.
    pub refreshes: bool,
    /// How long an answer of the other gateway is waited for.
    pub answer: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: MessageLimits {
                idle_seconds: 2,
                memory_bytes: 64 << 10,
                body_bytes: 1 << 20,
                ..MessageLimits::default()
            },
            reuse: true,
            cbc_hosts: Vec::new(),
            listens_cbc: false,
            key_type: KeyType::P256,
            provider_key_type: None,
            settle: Duration::ZERO,
            service_url: None,
            dialect: Dialect::Snake,
            peer_version_min: None,
            provider_port: None,
            callers: Callers::Anyone,
            validity: (None, None),
            disks: (None, None),
            refreshes: false,
            answer: Duration::from_secs(4),
        }
    }
}

pub struct World {
    pub clock: Clock,
    pub laos: Country,
    pub vietnam: Country,
    pub consumer: Node,
    pub provider: Node,
    /// Address of the provider's services.
    pub register: String,
}

pub fn moha() -> MemberId {
    MemberId::new("LA", "GOV", "MOHA")
}

pub fn mps() -> MemberId {
    MemberId::new("VN", "GOV", "MPS")
}

pub fn civil() -> ClientId {
    moha().subsystem("civil")
}

pub fn population() -> ClientId {
    mps().subsystem("population")
}

pub const CLIENT: (&str, &str) = ("X-Road-Client", "LA/GOV/MOHA/civil");
pub const PERSONS: &str = "/r1/VN/GOV/MPS/population/persons";

impl World {
    pub async fn start() -> Result<Self, Failure> {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Result<Self, Failure> {
        let clock = Clock::manual(Instant::from_unix_seconds(START));
        let there_key = options.provider_key_type.unwrap_or(options.key_type);
        let mut laos = Country::found("LA", options.key_type, &clock).await?;
        let mut vietnam = Country::found("VN", there_key, &clock).await?;
        let service = match options.service_url.clone() {
            Some(url) => url,
            None => format!("http://{}", serve_persons().await?),
        };
        let (here, there) = (listeners(false).await?, listeners(options.listens_cbc).await?);
        let consumer_server = moha().server("gw-la");
        let provider_server = mps().server("gw-vn");
        let (consumer_keys, provider_keys) = (
            keys(&laos.authority, &consumer_server, options.key_type, options.validity.0, &clock)?,
            keys(&vietnam.authority, &provider_server, there_key, options.validity.1, &clock)?,
        );
        laos.register(&consumer_server, &consumer_keys.0, vec![civil(), moha().subsystem("other")]);
        vietnam.register(&provider_server, &provider_keys.0, vec![population()]);
        let (here_ports, mut there_ports) = (ports(&here)?, ports(&there)?);
        if let Some(port) = options.provider_port {
            there_ports.provider = port;
        }
        let asks = vec![
            LocalClient { callers: options.callers.clone(), ..LocalClient::consumer(civil()) },
            LocalClient::consumer(moha().subsystem("other")),
        ];
        let answers = vec![population_client(&service)];
        let conf = |own: &str| global_conf(own, [&laos.parameters, &vietnam.parameters]);
        let consumer = Node::start(
            here,
            &consumer_server,
            consumer_keys,
            asks,
            there_ports,
            conf("LA")?,
            &options,
            options.disks.0.as_deref(),
            &clock,
        )
        .await?;
        let provider = Node::start(
            there,
            &provider_server,
            provider_keys,
            answers,
            here_ports,
            conf("VN")?,
            &options,
            options.disks.1.as_deref(),
            &clock,
        )
        .await?;
        Ok(Self { clock, laos, vietnam, consumer, provider, register: service })
    }

    /// Publishes the countries' parameters as they are now, to both gateways.
    pub fn publish(&self) -> Outcome {
        let parameters = [&self.laos.parameters, &self.vietnam.parameters];
        self.consumer.directory.send_replace(Arc::new(global_conf("LA", parameters)?));
        self.provider.directory.send_replace(Arc::new(global_conf("VN", parameters)?));
        Ok(())
    }

    pub fn advance(&self, by: Duration) {
        self.clock.set(self.clock.now() + by);
    }

    /// Asks the consumer's gateway.
    pub async fn ask(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, Failure> {
        ask(self.consumer.addresses.consumer, method, target, headers, body).await
    }

    pub async fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.ask("GET", &format!("{PERSONS}{path}"), &[CLIENT], b"").await
    }
}

/// What an information system got.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The fault code, from header and body, which must agree; empty if it is no fault.
    pub fn code(&self) -> String {
        let code = self.header("x-road-error").to_owned();
        if !code.is_empty() && self.header("content-type").starts_with("application/json") {
            assert_eq!(self.json()["type"], code.as_str());
            assert!(self.json()["message"].as_str().is_some_and(|m| m.len() > 10), "{self:?}");
        }
        code
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    #[track_caller]
    pub fn fails(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{}", String::from_utf8_lossy(&self.body));
    }
}

pub async fn ask(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, Failure> {
    let stream = TokioIo::new(TcpStream::connect(address).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
    tokio::spawn(connection);
    let mut request = hyper::Request::builder().method(method).uri(target).header("host", "gateway");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = sender.send_request(request.body(Full::new(Bytes::copy_from_slice(body)))?).await?;
    let (parts, body) = response.into_parts();
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: body.collect().await?.to_bytes() })
}
