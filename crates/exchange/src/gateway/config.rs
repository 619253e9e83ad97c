//! What one gateway is: its name, addresses, keys, the clients it serves and the services it offers.

use crate::administration::Description;
use crate::administration::limits::TIMEOUT_SECONDS_MAX;
use crate::events::SubscriptionSettings;
use crate::rules::path::PathPattern;
use crate::rules::rights::Rights;
use crate::wire::fault::Dialect;
use crate::wire::rest::Verb;
use crate::wire::version::ProxyVersion;
use mekong_base::limits::MessageLimits;
use mekong_base::{ClientId, MemberId, ServerId};
use mekong_crypto::PrivateKey;
use mekong_pki::Certificate;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Everything a gateway needs to know. Keys are handed in, unlocked; nothing here is read from disk.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// Its registered name.
    pub server: ServerId,
    /// Where it listens.
    pub listen: Listen,
    /// On which ports the gateways of others listen; the directory names their hosts only.
    pub peer_ports: PeerPorts,
    /// The key pairs for TLS connections to other gateways, one at least. Of those that are registered in the directory and
    /// good by OCSP, the newest is used.
    pub authentication: Vec<KeyPair>,
    /// The signing key pairs of the members it serves, one or more for each. Of those that are good by OCSP, the newest is
    /// used.
    pub signing: Vec<SigningKey>,
    /// Certificates that are not used though they are good: their SHA-256 in lower-case hexadecimal.
    pub disabled: BTreeSet<String>,
    /// A new TLS certificate is used once it was in the directory for so long that every peer has fetched it; at once, if no
    /// other can be used.
    pub settle: Duration,
    /// The clients it serves, and what they offer.
    pub clients: Vec<LocalClient>,
    /// How much of anything it reads.
    pub limits: MessageLimits,
    /// How long it waits.
    pub timeouts: Timeouts,
    /// Where large bodies wait until their message is verified and sent; emptied at start.
    pub spool: PathBuf,
    /// How it spells fault codes; gateways that say they are older than 7.8.0 get the old spelling in any case.
    pub dialect: Dialect,
    /// Messages of gateways that say they are older, or do not say, are refused.
    pub peer_version_min: Option<ProxyVersion>,
    /// Hosts of gateways that only know CBC suites, as the directory names them. To all others no such suite is offered, so
    /// nobody can talk us down to one.
    pub cbc_hosts: Vec<String>,
    /// Keep connections to other gateways open and use them again, if they allow it.
    pub reuse_connections: bool,
}

/// Addresses to listen on; port 0 lets the system choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// For information systems of our clients (the reference's 8080). Plain HTTP: keep it inside.
    pub consumer: SocketAddr,
    /// For messages of other gateways (5500).
    pub provider: SocketAddr,
    /// For their questions about our OCSP responses (5577).
    pub ocsp: SocketAddr,
    /// For messages of gateways that only know CBC suites (the reference up to 7.8.0, as it comes); `None`: they are refused.
    /// They look for us at port 5500 too, so this is another address, or a port that their network leads them to.
    pub cbc: Option<SocketAddr>,
}

/// Ports of other gateways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerPorts {
    /// For messages.
    pub provider: u16,
    /// For OCSP responses.
    pub ocsp: u16,
}

impl Default for PeerPorts {
    /// 5500 and 5577, as every gateway of an X-Road.
    fn default() -> Self {
        Self { provider: 5500, ocsp: 5577 }
    }
}

/// A certificate and its key. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// The certificate.
    pub certificate: Certificate,
    /// Its key.
    pub key: PrivateKey,
}

/// With what a member's messages are signed.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// Whose messages.
    pub member: MemberId,
    /// Certificate and key.
    pub pair: KeyPair,
}

/// A client (subsystem) that this gateway serves.
#[derive(Debug, Clone)]
pub struct LocalClient {
    /// Its identifier; it must be registered at this gateway in the directory.
    pub id: ClientId,
    /// Which information systems may ask in its name.
    pub callers: Callers,
    /// What it offers.
    pub services: Vec<Service>,
    /// Who may call that.
    pub rights: Rights,
    /// Events of others that it follows.
    pub subscriptions: Vec<SubscriptionSettings>,
}

impl LocalClient {
    /// A client that only asks, for anyone who reaches the consumer address.
    pub fn consumer(id: ClientId) -> Self {
        let (services, subscriptions) = (Vec::new(), Vec::new());
        Self { id, callers: Callers::Anyone, services, rights: Rights::default(), subscriptions }
    }
}

/// From where requests in a client's name are taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Callers {
    /// From everywhere that reaches the address.
    #[default]
    Anyone,
    /// From these addresses only.
    Addresses(Vec<IpAddr>),
}

impl Callers {
    /// May this address ask?
    pub fn allow(&self, address: IpAddr) -> bool {
        match self {
            Self::Anyone => true,
            Self::Addresses(list) => list.contains(&address.to_canonical()),
        }
    }
}

/// A REST service behind this gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its code.
    pub code: String,
    /// `http://host[:port][/base]`; the rest of the request's path is appended. The next is tried where one cannot be
    /// reached.
    pub urls: Vec<String>,
    /// How long it may take to answer.
    pub timeout: Duration,
    /// Set while it is switched off: a sentence for those who ask.
    pub disabled: Option<String>,
    /// Its parts, as lists of services tell them: method (all if `None`) and path pattern.
    pub endpoints: Vec<(Option<Verb>, PathPattern)>,
    /// Its OpenAPI description, if it has one.
    pub openapi: Option<Description>,
}

impl Service {
    /// A service that is switched on and has 60 seconds to answer.
    pub fn new(code: impl Into<String>, url: impl Into<String>) -> Self {
        let (code, urls) = (code.into(), vec![url.into()]);
        Self { code, urls, timeout: Duration::from_secs(60), disabled: None, endpoints: Vec::new(), openapi: None }
    }
}

/// How long a gateway waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For TCP and TLS to be ready, each.
    pub connect: Duration,
    /// For the head of an answer of another gateway, once it has the whole message; longer than any service may take.
    pub answer: Duration,
    /// An open connection that is not used is closed after so long.
    pub keep_alive: Duration,
    /// At stop, exchanges that are under way have so long.
    pub grace: Duration,
}

impl Default for Timeouts {
    /// 10 seconds, 30 more than [a service may take](TIMEOUT_SECONDS_MAX), 60 and 10 seconds.
    fn default() -> Self {
        let seconds = Duration::from_secs;
        let answer = seconds(u64::from(TIMEOUT_SECONDS_MAX) + 30);
        Self { connect: seconds(10), answer, keep_alive: seconds(60), grace: seconds(10) }
    }
}
