//! The world of the tests: Laos asks, Viet Nam answers.

use axum::extract::{Path, Request};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority};
use mekong_authority::ocsp_client::OcspClient;
use mekong_base::limits::MessageLimits;
use mekong_base::{ClientId, Clock, Instant, MemberId, ServerId};
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey, Zeroizing};
use mekong_directory::client::OnDemand;
use mekong_directory::globalconf::{Part, PartMetadata};
use mekong_directory::shared::{
    ApprovedAuthority, ApprovedTimestamper, AuthorityCertificate, GlobalGroup, Member, MemberClass, OcspResponder,
    SecurityServer, Source, Subsystem,
};
use mekong_directory::{GlobalConf, SHARED_PARAMETERS, SharedParameters, Version};
use mekong_exchange::gateway::{
    Callers, Deps, Gateway, GatewayConfig, Handle, KeyPair, Listen, Listeners, LocalClient, PeerPorts, Service,
    SigningKey, Timeouts,
};
use mekong_exchange::messagelog::{self, MessageLog};
use mekong_exchange::rules::path::PathPattern;
use mekong_exchange::rules::rights::{Grant, Rights, Subject};
use mekong_exchange::wire::fault::Dialect;
use mekong_exchange::wire::rest::Verb;
use mekong_exchange::wire::version::ProxyVersion;
use mekong_message::subject::SubjectProfile;
use mekong_pki::issue::Profile;
use mekong_pki::request::CertificateRequest;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub type Failure = Box<dyn std::error::Error>;
pub type Outcome = Result<(), Failure>;

pub const START: i64 = 1_795_000_000;
const PROFILE: SubjectProfile = SubjectProfile::FiVrk;

/// A country with its certification authority.
pub struct Country {
    pub authority: CertificateAuthority,
    pub parameters: SharedParameters,
    pub served: JoinHandle<()>,
    base: String,
}

/// A gateway with what belongs to it.
pub struct Node {
    pub server: ServerId,
    pub authentication: KeyPair,
    pub signing: KeyPair,
    pub directory: watch::Sender<Arc<GlobalConf>>,
    /// What a refresh of the directory brings, and how often it was asked for.
    pub newer: Arc<Mutex<Option<GlobalConf>>>,
    pub refreshes: Arc<AtomicUsize>,
    pub log: MessageLog,
    pub gateway: Gateway,
    config: GatewayConfig,
    deps: Deps,
    pub addresses: Listen,
    pub folder: TempDir,
}

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

async fn listeners(cbc: bool) -> Result<Listeners, Failure> {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    Ok(Listeners::bind(Listen { consumer: any, provider: any, ocsp: any, cbc: cbc.then_some(any) }).await?)
}

fn ports(listeners: &Listeners) -> Result<PeerPorts, Failure> {
    let addresses = listeners.addresses()?;
    let provider = addresses.cbc.unwrap_or(addresses.provider);
    Ok(PeerPorts { provider: provider.port(), ocsp: addresses.ocsp.port() })
}

/// Authentication and signing key pairs of a gateway and its owner.
fn keys(
    authority: &CertificateAuthority,
    server: &ServerId,
    key_type: KeyType,
    validity: Option<Duration>,
    clock: &Clock,
) -> Result<(KeyPair, KeyPair), Failure> {
    let pair = |key: PrivateKey, is_tls| pair(authority, server, key, is_tls, validity, clock);
    Ok((pair(PrivateKey::generate(key_type)?, true)?, pair(PrivateKey::generate(key_type)?, false)?))
}

/// A key of a gateway with its certificate: for TLS, or for signing its owner's messages.
pub fn pair(
    authority: &CertificateAuthority,
    server: &ServerId,
    key: PrivateKey,
    is_tls: bool,
    validity: Option<Duration>,
    clock: &Clock,
) -> Result<KeyPair, Failure> {
    let (now, country) = (clock.now(), &server.owner.instance);
    let (subject, profile) = if is_tls {
        let tls = Profile::Authentication { dns: vec!["gateway.example".into()], ips: Vec::new() };
        (PROFILE.subject_for_server(server, "gateway.example", "Ministry", country)?, tls)
    } else {
        (PROFILE.subject_for_member(&server.owner, &server.server, "Ministry", country)?, Profile::Signing)
    };
    let request = CertificateRequest::create(&key, &subject)?;
    let certificate = match validity {
        Some(validity) => authority.issue_valid(&request, profile, None, (now, now + validity), now)?,
        None => authority.issue(&request, profile, None, now)?,
    };
    Ok(KeyPair { certificate, key })
}

/// Another signing key pair, of a member that is not the gateway's owner.
pub fn signing_pair(country: &Country, member: &MemberId, clock: &Clock) -> Result<KeyPair, Failure> {
    signing_pair_until(country, member, clock.now() + Duration::from_secs(365 * 86_400), clock)
}

/// A signing key pair that is valid from now until then.
pub fn signing_pair_until(
    country: &Country,
    member: &MemberId,
    end: Instant,
    clock: &Clock,
) -> Result<KeyPair, Failure> {
    let subject = PROFILE.subject_for_member(member, "x", "Other", &member.instance)?;
    let key = PrivateKey::generate(KeyType::P256)?;
    let request = CertificateRequest::create(&key, &subject)?;
    let validity = (clock.now(), end);
    Ok(KeyPair {
        certificate: country.authority.issue_valid(&request, Profile::Signing, None, validity, clock.now())?,
        key,
    })
}

impl Country {
    async fn found(instance: &str, key_type: KeyType, clock: &Clock) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        let authority = authority(instance, key_type)?;
        let router = authority.router(clock.clone());
        let served = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        let parameters = parameters(instance, &authority, &base);
        Ok(Self { authority, base, parameters, served })
    }

    fn register(&mut self, server: &ServerId, authentication: &KeyPair, clients: Vec<ClientId>) {
        let subsystems = clients.iter().filter_map(|c| c.subsystem.clone());
        self.parameters.members.push(Member {
            id: server.owner.clone(),
            class_description: "Government".into(),
            name: "Ministry".into(),
            subsystems: subsystems.map(|code| Subsystem { code, name: None }).collect(),
        });
        let hash = authentication.certificate.fingerprint(DigestAlgorithm::Sha256);
        self.parameters.servers.push(SecurityServer {
            id: server.clone(),
            address: Some("127.0.0.1".into()),
            auth_cert_hashes: vec![hash.as_ref().to_vec()],
            clients,
            maintenance: None,
        });
    }

    /// Its time-stamping authority.
    pub fn tsa_url(&self) -> String {
        format!("{}/tsa", self.base)
    }

    /// OCSP and time-stamps are no longer to be had.
    pub fn silence(&self) {
        self.served.abort();
    }
}

/// The authorities of a country; made once a process, because encrypting their keys takes its time. The addresses in their
/// certificates lead nowhere, those in the directory of each world to a server of its own.
fn authority(instance: &str, key_type: KeyType) -> Result<CertificateAuthority, Failure> {
    static MADE: Mutex<BTreeMap<(String, String), CertificateAuthority>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().map_err(|e| e.to_string())?;
    if let Some(authority) = made.get(&(instance.to_owned(), key_type.to_string())) {
        return Ok(authority.clone());
    }
    let name = format!("authority-{}-{instance}-{key_type}", std::process::id());
    let folder = option_env!("CARGO_TARGET_TMPDIR").map_or_else(std::env::temp_dir, Into::into).join(name);
    let mut spec = AuthoritySpec::new(instance, instance, "Government", "http://127.0.0.1:9");
    spec.key_type = key_type;
    let now = Instant::from_unix_seconds(START);
    let authority = CertificateAuthority::create(&folder, Zeroizing::new("secret".into()), &spec, now)?;
    made.insert((instance.to_owned(), key_type.to_string()), authority.clone());
    Ok(authority)
}

fn parameters(instance: &str, authority: &CertificateAuthority, base: &str) -> SharedParameters {
    let responder = || OcspResponder { url: format!("{base}/ocsp"), cert: None, cost: None };
    let (root, issuing) = (authority.root().der().to_vec(), authority.issuing().der().to_vec());
    SharedParameters {
        instance: instance.into(),
        version: Version::V6,
        sources: vec![Source {
            address: "127.0.0.1".into(),
            internal_certs: vec![root.clone()],
            external_certs: vec![root.clone()],
        }],
        authorities: vec![ApprovedAuthority {
            name: format!("{instance} authority"),
            authentication_only: false,
            top: AuthorityCertificate { cert: root, ocsp: vec![responder()] },
            intermediates: vec![AuthorityCertificate { cert: issuing, ocsp: vec![responder()] }],
            profile: PROFILE.class_name().unwrap_or_default(),
            csr_format: None,
            acme: None,
        }],
        timestampers: vec![ApprovedTimestamper {
            name: format!("{instance} time"),
            url: format!("{base}/tsa"),
            cert: authority.tsa().certificate().der().to_vec(),
            cost: None,
        }],
        members: Vec::new(),
        servers: Vec::new(),
        groups: vec![GlobalGroup { code: "ministries".into(), description: "all".into(), members: Vec::new() }],
        member_classes: vec![MemberClass { code: "GOV".into(), description: "Government".into() }],
        ocsp_freshness: Duration::from_secs(3600),
    }
}

pub fn global_conf(own: &str, parameters: [&SharedParameters; 2]) -> Result<GlobalConf, Failure> {
    let mut parts = BTreeMap::new();
    for shared in parameters {
        let metadata = PartMetadata {
            content_id: SHARED_PARAMETERS.into(),
            instance: shared.instance.clone(),
            expires: Some(Instant::from_unix_seconds(START + 400 * 86_400)),
            file_name: None,
            location: None,
            version: Version::V6,
        };
        let bytes = Arc::from(shared.write(Version::V6).into_bytes());
        let part = Part { metadata, file_name: "shared-params.xml".into(), bytes };
        parts.insert(shared.instance.clone(), vec![part]);
    }
    Ok(GlobalConf::from_parts(own, parts, None)?)
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

fn log_config() -> messagelog::Config {
    messagelog::Config { timestamp_delay_max: Duration::from_secs(3600), ..messagelog::Config::default() }
}

impl Node {
    #[allow(clippy::too_many_arguments)]
    async fn start(
        listeners: Listeners,
        server: &ServerId,
        (authentication, signing): (KeyPair, KeyPair),
        clients: Vec<LocalClient>,
        peer_ports: PeerPorts,
        conf: GlobalConf,
        options: &Options,
        disk: Option<&std::path::Path>,
        clock: &Clock,
    ) -> Result<Self, Failure> {
        let folder = disk.map_or_else(tempfile::tempdir, tempfile::tempdir_in)?;
        let addresses = listeners.addresses()?;
        let (directory, receiver) = watch::channel(Arc::new(conf));
        let log = MessageLog::open(folder.path().join("log"), log_config(), clock.clone()).await?;
        let config = GatewayConfig {
            server: server.clone(),
            listen: addresses,
            peer_ports,
            authentication: vec![authentication.clone()],
            signing: vec![SigningKey { member: server.owner.clone(), pair: signing.clone() }],
            settle: options.settle,
            clients,
            limits: options.limits,
            timeouts: Timeouts { connect: Duration::from_secs(2), answer: options.answer, ..Timeouts::default() },
            spool: folder.path().join("spool"),
            dialect: options.dialect,
            peer_version_min: options.peer_version_min,
            reuse_connections: options.reuse,
            cbc_hosts: options.cbc_hosts.clone(),
        };
        let ocsp = OcspClient::new(mekong_authority::http::Client::new(mekong_authority::http::Limits::default()));
        let (newer, refreshes): (Arc<Mutex<Option<GlobalConf>>>, Arc<AtomicUsize>) = Default::default();
        let (served, brings, counted) = (directory.clone(), Arc::clone(&newer), Arc::clone(&refreshes));
        let on_demand = OnDemand::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            if let Some(conf) = brings.lock().unwrap().take() {
                served.send_replace(Arc::new(conf));
            }
            std::future::ready(())
        });
        let log_of = log.clone();
        let (net, telemetry) = Default::default();
        let on_demand = if options.refreshes { on_demand } else { OnDemand::default() };
        let deps = Deps { clock: clock.clone(), directory: receiver, on_demand, log: log_of, ocsp, net, telemetry };
        let gateway = Gateway::start_on(listeners, config.clone(), deps.clone())?;
        let server = server.clone();
        Ok(Self {
            server,
            authentication,
            signing,
            directory,
            newer,
            refreshes,
            log,
            gateway,
            config,
            deps,
            addresses,
            folder,
        })
    }

    /// Stops the gateway and starts it again at the same addresses.
    pub async fn restart(&mut self) -> Outcome {
        let other = Gateway::start(self.elsewhere(), self.deps.clone()).await?;
        std::mem::replace(&mut self.gateway, other).stop().await;
        self.end_and_begin().await
    }

    /// Its tasks end where they are; then it begins again at the same addresses.
    pub async fn end_and_begin(&mut self) -> Outcome {
        let other = Gateway::start(self.elsewhere(), self.deps.clone()).await?;
        drop(std::mem::replace(&mut self.gateway, other));
        for _ in 0..100 {
            if let Ok(gateway) = Gateway::start(self.config.clone(), self.deps.clone()).await {
                self.gateway = gateway;
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err("its addresses do not get free".into())
    }

    /// As a new process: the gateway stops, and what it knows afterwards is in its log on the disk.
    pub async fn start_anew(&mut self) -> Outcome {
        let other = Gateway::start(self.elsewhere(), self.deps.clone()).await?;
        std::mem::replace(&mut self.gateway, other).stop().await;
        self.log.close().await?;
        self.log = MessageLog::open(self.folder.path().join("log"), log_config(), self.deps.clock.clone()).await?;
        self.deps.log = self.log.clone();
        self.end_and_begin().await
    }

    /// Its configuration, at other addresses.
    fn elsewhere(&self) -> GatewayConfig {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listen = Listen { consumer: any, provider: any, ocsp: any, ..self.config.listen };
        GatewayConfig { listen, spool: self.folder.path().join("other"), ..self.config.clone() }
    }

    pub fn handle(&self) -> Handle {
        self.gateway.handle()
    }

    /// Files in the spool folder.
    pub fn spooled(&self) -> usize {
        std::fs::read_dir(self.folder.path().join("spool")).map_or(0, Iterator::count)
    }
}

/// The information system behind the provider.
async fn serve_persons() -> Result<SocketAddr, Failure> {
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
