//! Two countries: an authority, a gateway, a directory each. Founded once; keys make no difference to what happens.

use crate::SimulationError;
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority};
use mekong_base::{ClientId, Instant, MemberId, ServerId};
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey, Zeroizing};
use mekong_directory::globalconf::{Part, PartMetadata};
use mekong_directory::shared::{
    ApprovedAuthority, ApprovedTimestamper, AuthorityCertificate, Member, MemberClass, OcspResponder, SecurityServer,
    Source, Subsystem,
};
use mekong_directory::{GlobalConf, SHARED_PARAMETERS, SharedParameters, Version};
use mekong_exchange::gateway::KeyPair;
use mekong_message::subject::SubjectProfile;
use mekong_pki::issue::Profile;
use mekong_pki::ocsp::Request as OcspRequest;
use mekong_pki::request::CertificateRequest;
use mekong_pki::{Certificate, tsp};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// When every simulation begins.
pub(crate) const START: Instant = Instant::from_unix_seconds(1_795_000_000);
const PROFILE: SubjectProfile = SubjectProfile::FiVrk;

/// A country's institutions.
#[derive(Debug, Clone)]
pub(crate) struct Country {
    pub(crate) server: ServerId,
    pub(crate) client: ClientId,
    pub(crate) gateway: IpAddr,
    pub(crate) authentication: KeyPair,
    pub(crate) signing: KeyPair,
    pub(crate) directory: Arc<GlobalConf>,
    authority: CertificateAuthority,
    /// OCSP responses of its gateway's certificates.
    pub(crate) ocsp: PathBuf,
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
    authentication: KeyPair,
    signing: KeyPair,
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
        let laos = Founded::new(folder.path(), &member, "civil", Ipv4Addr::new(10, 0, 1, 1))?;
        let member = MemberId::new("VN", "GOV", "MPS");
        let vietnam = Founded::new(folder.path(), &member, "population", Ipv4Addr::new(10, 0, 2, 1))?;
        let parameters = [laos.parameters(), vietnam.parameters()];
        let country = |founded: Founded| -> Result<Country, SimulationError> {
            let instance = founded.server.owner.instance.clone();
            let directory = Arc::new(global_conf(&instance, &parameters)?);
            let ocsp = folder.path().join(format!("ocsp-{instance}"));
            founded.keep_ocsp(&ocsp)?;
            let Founded { authority, server, client, gateway, authentication, signing } = founded;
            Ok(Country { server, client, gateway, authentication, signing, directory, authority, ocsp })
        };
        Ok(Self { laos: country(laos)?, vietnam: country(vietnam)?, _folder: folder })
    }
}

impl Country {
    /// A time-stamp, as its authority gives it at `now`.
    ///
    /// # Errors
    /// In words.
    pub(crate) fn stamp(&self, algorithm: DigestAlgorithm, digest: &[u8], now: Instant) -> Result<Vec<u8>, String> {
        let request = tsp::Request::new(algorithm, digest.to_vec()).to_der();
        let answer = self.authority.tsa().respond(&request, now);
        let token = tsp::Response::from_der(&answer).map_err(|e| e.to_string())?.token;
        tsp::add_certificate(&token, self.authority.tsa().certificate()).map_err(|e| e.to_string())
    }
}

impl Founded {
    fn new(folder: &Path, member: &MemberId, subsystem: &str, gateway: Ipv4Addr) -> Result<Self, SimulationError> {
        let instance = &member.instance;
        let spec = AuthoritySpec::new(instance, instance, "Government", "http://10.0.0.1");
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
            gateway: gateway.into(),
            authentication: pair(host, tls)?,
            signing: pair(seal, Profile::Signing)?,
            authority,
        })
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
                address: "10.0.0.1".into(),
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
            ocsp_freshness: Duration::from_secs(24 * 3600),
            instance,
        }
    }

    /// OCSP responses where the gateway's client keeps them: the network of the simulation is that of gateways only.
    fn keep_ocsp(&self, folder: &Path) -> Result<(), SimulationError> {
        std::fs::create_dir_all(folder)?;
        let (issuing, root) = (self.authority.issuing(), self.authority.root());
        let ours = [&self.authentication.certificate, &self.signing.certificate];
        let pairs: [(&Certificate, &Certificate); 3] = [(ours[0], issuing), (ours[1], issuing), (issuing, root)];
        for (certificate, issuer) in pairs {
            let answer = self.authority.answer_ocsp(&OcspRequest::new(certificate, issuer).to_der(), START);
            let key = DigestAlgorithm::Sha256.digest(&[certificate.der(), issuer.der()].concat());
            let name: String = key.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
            std::fs::write(folder.join(format!("{name}.ocsp")), &answer.der)?;
        }
        Ok(())
    }
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
