//! Two countries: an authority, a gateway, a directory each. Founded once; keys make no difference to what happens.

use crate::SimulationError;
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority};
use mekong_base::{ClientId, Clock, Instant, MemberId, ServerId};
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey, Zeroizing};
use mekong_directory::globalconf::{Part, PartMetadata};
use mekong_directory::private::ManagementService;
use mekong_directory::publish::{Definition, KeyRing, Publisher, SigningKey, SigningKeys};
use mekong_directory::shared::{
    ApprovedAuthority, ApprovedTimestamper, AuthorityCertificate, Member, MemberClass, OcspResponder, SecurityServer,
    Source, Subsystem,
};
use mekong_directory::{Anchor, GlobalConf, PrivateParameters, SHARED_PARAMETERS, SharedParameters, Version};
use mekong_exchange::gateway::KeyPair;
use mekong_message::subject::SubjectProfile;
use mekong_pki::issue::Profile;
use mekong_pki::request::CertificateRequest;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// When every simulation begins.
pub(crate) const START: Instant = Instant::from_unix_seconds(1_795_000_000);
/// How long a published directory is good.
const EXPIRE: Duration = Duration::from_secs(600);
/// How old an OCSP response may be.
const OCSP_FRESHNESS: Duration = Duration::from_secs(300);
const PROFILE: SubjectProfile = SubjectProfile::FiVrk;

/// A country's institutions.
#[derive(Debug, Clone)]
pub(crate) struct Country {
    pub(crate) server: ServerId,
    pub(crate) client: ClientId,
    pub(crate) gateway: IpAddr,
    /// Where directory, OCSP responder and time-stamps are.
    pub(crate) trust: IpAddr,
    pub(crate) authentication: KeyPair,
    pub(crate) signing: KeyPair,
    /// What its directory says.
    pub(crate) definition: Definition,
    /// With what it is signed.
    pub(crate) keys: SigningKeys,
    /// With what its gateway begins.
    pub(crate) anchor: Anchor,
    /// The directory of both countries, to judge by in the end.
    pub(crate) directory: Arc<GlobalConf>,
    pub(crate) authority: CertificateAuthority,
}

/// Everything that is the same in all runs.
#[derive(Debug)]
pub struct Institutions {
    /// It asks.
    pub(crate) laos: Country,
    /// It answers.
    pub(crate) vietnam: Country,
    _folder: TempDir,
}

struct Founded {
    authority: CertificateAuthority,
    server: ServerId,
    client: ClientId,
    gateway: IpAddr,
    trust: IpAddr,
    authentication: KeyPair,
    signing: KeyPair,
    keys: SigningKeys,
}

fn failed(error: impl Display) -> SimulationError {
    SimulationError::Institutions(error.to_string())
}

impl Institutions {
    /// Makes keys and certificates: about a second.
    ///
    /// # Errors
    /// [`SimulationError`].
    pub fn found() -> Result<Self, SimulationError> {
        let folder = tempfile::tempdir()?;
        let member = MemberId::new("LA", "GOV", "MOHA");
        let laos = Founded::new(folder.path(), &member, "civil", [10, 0, 1])?;
        let member = MemberId::new("VN", "GOV", "MPS");
        let vietnam = Founded::new(folder.path(), &member, "population", [10, 0, 2])?;
        let parameters = [laos.parameters(), vietnam.parameters()];
        let external = [laos.publisher()?.external_anchor(), vietnam.publisher()?.external_anchor()];
        let [of_laos, of_vietnam] = external;
        let country = |founded: Founded, neighbour: Anchor| -> Result<Country, SimulationError> {
            let mut definition = founded.definition();
            definition.federate(neighbour);
            let anchor = founded.publisher()?.internal_anchor();
            let directory = Arc::new(global_conf(&founded.server.owner.instance, &parameters)?);
            let Founded { authority, server, client, gateway, trust, authentication, signing, keys } = founded;
            Ok(Country {
                server,
                client,
                gateway,
                trust,
                authentication,
                signing,
                definition,
                keys,
                anchor,
                directory,
                authority,
            })
        };
        Ok(Self { laos: country(laos, of_vietnam)?, vietnam: country(vietnam, of_laos)?, _folder: folder })
    }
}

impl Founded {
    fn new(folder: &Path, member: &MemberId, subsystem: &str, network: [u8; 3]) -> Result<Self, SimulationError> {
        let instance = &member.instance;
        let [a, b, c] = network;
        let [gateway, trust] = [1, 100].map(|host| IpAddr::V4(Ipv4Addr::new(a, b, c, host)));
        let spec = AuthoritySpec::new(instance, instance, "Government", &format!("http://{trust}"));
        let secret = Zeroizing::new("simulated".to_owned());
        let authority =
            CertificateAuthority::create(folder.join(format!("authority-{instance}")), secret, &spec, START);
        let authority = authority.map_err(failed)?;
        let server = member.server("gateway");
        let host = PROFILE.subject_for_server(&server, "gateway.example", "Ministry", instance).map_err(failed)?;
        let seal = PROFILE.subject_for_member(member, "gateway", "Ministry", instance).map_err(failed)?;
        let tls = Profile::Authentication { dns: vec!["gateway.example".into()], ips: Vec::new() };
        let pair = |subject, profile| -> Result<KeyPair, SimulationError> {
            let key = PrivateKey::generate(KeyType::P256).map_err(failed)?;
            let request = CertificateRequest::create(&key, &subject).map_err(failed)?;
            Ok(KeyPair { certificate: authority.issue(&request, profile, None, START).map_err(failed)?, key })
        };
        Ok(Self {
            server,
            client: member.subsystem(subsystem),
            gateway,
            trust,
            keys: SigningKeys { internal: ring(instance)?, external: ring(instance)? },
            authentication: pair(host, tls)?,
            signing: pair(seal, Profile::Signing)?,
            authority,
        })
    }

    fn definition(&self) -> Definition {
        let instance = self.server.owner.instance.clone();
        Definition {
            sources: vec![self.trust.to_string()],
            shared: self.parameters(),
            private: PrivateParameters {
                instance,
                federated: Vec::new(),
                management: ManagementService {
                    auth_cert_registration_url: format!("https://{}:4001", self.trust),
                    auth_cert_registration_cert: None,
                    provider: self.client.clone(),
                },
                time_stamping_interval: Duration::from_secs(60),
            },
            optional: Vec::new(),
            expire: EXPIRE,
            refresh: crate::trust::REFRESH,
        }
    }

    fn publisher(&self) -> Result<Arc<Publisher>, SimulationError> {
        Publisher::new(self.definition(), self.keys.clone(), Clock::manual(START)).map_err(failed)
    }

    fn parameters(&self) -> SharedParameters {
        let authority = &self.authority;
        let responder = || OcspResponder { url: authority.ocsp_url(), cert: None, cost: None };
        let (root, issuing) = (authority.root().der().to_vec(), authority.issuing().der().to_vec());
        let instance = self.server.owner.instance.clone();
        let hash = self.authentication.certificate.fingerprint(DigestAlgorithm::Sha256);
        SharedParameters {
            version: Version::V6,
            sources: vec![Source {
                address: self.trust.to_string(),
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
                url: authority.tsa_url(),
                cert: authority.tsa().certificate().der().to_vec(),
                cost: None,
            }],
            members: vec![Member {
                id: self.server.owner.clone(),
                class_description: "Government".into(),
                name: "Ministry".into(),
                subsystems: self.client.subsystem.iter().map(|s| Subsystem { code: s.clone(), name: None }).collect(),
            }],
            servers: vec![SecurityServer {
                id: self.server.clone(),
                address: Some(self.gateway.to_string()),
                auth_cert_hashes: vec![hash.as_ref().to_vec()],
                clients: vec![self.client.clone()],
                maintenance: None,
            }],
            groups: Vec::new(),
            member_classes: vec![MemberClass { code: "GOV".into(), description: "Government".into() }],
            ocsp_freshness: OCSP_FRESHNESS,
            instance,
        }
    }
}

fn ring(instance: &str) -> Result<KeyRing, SimulationError> {
    let key = PrivateKey::generate(KeyType::P256).map_err(failed)?;
    Ok(KeyRing::new(SigningKey::self_signed(key, &format!("directory of {instance}"), START).map_err(failed)?))
}

fn global_conf(own: &str, parameters: &[SharedParameters; 2]) -> Result<GlobalConf, SimulationError> {
    let mut parts = BTreeMap::new();
    for shared in parameters {
        let metadata = PartMetadata {
            content_id: SHARED_PARAMETERS.into(),
            instance: shared.instance.clone(),
            expires: Some(START + Duration::from_secs(400 * 86_400)),
            file_name: None,
            location: None,
            version: Version::V6,
        };
        let bytes = Arc::from(shared.write(Version::V6).into_bytes());
        parts.insert(shared.instance.clone(), vec![Part { metadata, file_name: "shared-params.xml".into(), bytes }]);
    }
    GlobalConf::from_parts(own, parts, None).map_err(failed)
}
