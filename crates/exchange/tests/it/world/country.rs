//! A country: its certification authority with OCSP and time-stamps, its part of the directory, keys and certificates.

use super::*;
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority};
use mekong_base::{ClientId, Clock, Instant, MemberId, ServerId};
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey, Zeroizing};
use mekong_directory::globalconf::{Part, PartMetadata};
use mekong_directory::shared::{
    ApprovedAuthority, ApprovedTimestamper, AuthorityCertificate, GlobalGroup, Member, MemberClass, OcspResponder,
    SecurityServer, Source, Subsystem,
};
use mekong_directory::{GlobalConf, SHARED_PARAMETERS, SharedParameters, Version};
use mekong_exchange::gateway::KeyPair;
use mekong_pki::issue::Profile;
use mekong_pki::request::CertificateRequest;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A country with its certification authority.
pub struct Country {
    pub authority: CertificateAuthority,
    pub parameters: SharedParameters,
    pub served: JoinHandle<()>,
    pub(super) base: String,
}

impl Country {
    pub(super) async fn found(instance: &str, key_type: KeyType, clock: &Clock) -> Result<Self, Failure> {
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

    pub(super) fn register(&mut self, server: &ServerId, authentication: &KeyPair, clients: Vec<ClientId>) {
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

/// Authentication and signing key pairs of a gateway and its owner.
pub(super) fn keys(
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
