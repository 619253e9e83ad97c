//! Makes a country from nothing: authority, directory, ministries with their gateways, residents. What an operator would
//! do by hand, in the same files.

use super::country::CIVIL;
use super::country::{self, CLASS, CountrySpec, ECHO, HOUSEHOLDS, MinistrySpec, PERSONS, POPULATION};
use super::network::{Addresses, CLIENT_PORT, CONSOLE_PORT, MESSAGE_PORT, OCSP_PORT};
use crate::cli::{CommandError, Context, population};
use crate::node::config::{
    DirectorySection, GatewaySection, NodeConfig, OperatorSection, RegisterSection, RegistrationSection,
    SigningSection, TrustSection, read_passphrase,
};
use crate::node::message_log::LogSection;
use crate::node::{directory, enrolment, gateway};
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority};
use mekong_authority::token::Token;
use mekong_base::{Instant, MemberId};
use mekong_crypto::KeyType;
use mekong_exchange::administration::declaration::{self, DeclaredRight, DeclaredService, DeclaredSubsystem};
use mekong_exchange::administration::{Declaration, Description, ServiceSettings};
use mekong_exchange::rules::rights::Subject;
use mekong_message::subject::SubjectProfile;
use mekong_pki::issue::Profile;
use mekong_pki::request::CertificateRequest;
use std::fs;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Folder of the operator of trust services and directory, within a country's folder.
pub(crate) const OPERATOR: &str = "operator";
/// Name of the configuration file in each node's folder.
pub(crate) const NODE_FILE: &str = "node.toml";
/// Name of the file that declares what a gateway serves, in each ministry's folder.
const SERVED_FILE: &str = "served.toml";
/// Name of the file of a gateway's TLS certificate, in its folder.
const AUTHENTICATION_FILE: &str = "authentication.pem";
/// Name of the passphrase file in each node's folder.
pub(super) const PASSPHRASE_FILE: &str = "passphrase";

/// A country to be made.
#[derive(Clone)]
pub(crate) struct Plan {
    /// Its institutions.
    pub(crate) spec: CountrySpec,
    /// Folder of the country.
    pub(crate) folder: PathBuf,
    /// Its addresses.
    pub(crate) addresses: Addresses,
    /// Kind of the gateways' keys.
    pub(crate) key_type: KeyType,
    /// Whether its register's ministry offers [`ECHO`] to the other country too.
    pub(crate) echo: bool,
    /// Gateways of each ministry, 1 or 2.
    pub(crate) gateways: u8,
    /// The time.
    pub(crate) now: Instant,
}

/// A gateway of a ministry.
struct Seat {
    ministry: MinistrySpec,
    /// From 1 on.
    number: u8,
    host: IpAddr,
}

impl Seat {
    fn folder(&self) -> String {
        self.ministry.folder_of(self.number)
    }
}

impl Plan {
    /// The institutions: authority, directory, ministries with their gateways. Blocks for the keys' encryption.
    pub(crate) fn found_institutions(&self) -> Result<(), CommandError> {
        let (authority, office) = self.found_operator()?;
        self.found_ministries(&authority, &office)
    }

    /// The authority, and the keys and anchors of the directory. And where gateways have renewed certificates registered.
    fn found_operator(&self) -> Result<(CertificateAuthority, OperatorSection), CommandError> {
        let operator = self.folder.join(OPERATOR);
        let passphrase_file = new_passphrase(&operator)?;
        let trust = self.addresses.trust();
        let spec = AuthoritySpec::new(
            self.spec.authority,
            self.spec.instance,
            self.spec.authority,
            &format!("http://{trust}"),
        );
        let authority = CertificateAuthority::create(
            operator.join("authority"),
            read_passphrase(&passphrase_file)?,
            &spec,
            self.now,
        )
        .context(|| format!("make the certification authority of {}", self.spec.name))?;
        let listen = self.addresses.directory();
        let folder = operator.join("directory");
        directory::create(&folder, &passphrase_file, self.spec.instance, listen, self.now)?;
        let keys = Token::open(folder.join(directory::KEYS), read_passphrase(&passphrase_file)?)
            .context(|| format!("open the keys in {}", folder.display()))?;
        let key = hex::encode(enrolment::fingerprint(&enrolment::key(&keys)?)?);
        Ok((authority, OperatorSection { address: format!("http://{listen}"), key }))
    }

    /// The ministries' gateways with their certificates, the members file, the nodes' configuration.
    fn found_ministries(&self, authority: &CertificateAuthority, office: &OperatorSection) -> Result<(), CommandError> {
        let operator = self.folder.join(OPERATOR);
        for seat in self.seats() {
            self.enrol(&seat, authority)?;
            let mut config = NodeConfig::empty();
            config.gateway = Some(self.gateway_section(&seat, office));
            if seat.ministry.code == self.spec.keeper.code && seat.number == 1 {
                config.register = Some(self.register_section());
            }
            let folder = self.folder.join(seat.folder());
            write_toml(&folder.join(NODE_FILE), &config)?;
            write_toml(&folder.join(SERVED_FILE), &self.served(&seat.ministry))?;
        }
        write_pem(&operator.join("root.pem"), &authority.root().pem())?;
        write_pem(&operator.join("issuing.pem"), &authority.issuing().pem())?;
        write_pem(&operator.join("ocsp.pem"), &authority.ocsp_responder().pem())?;
        write_pem(&operator.join("tsa.pem"), &authority.tsa().certificate().pem())?;
        write_toml(&operator.join("members.toml"), &self.members(authority))?;
        let mut config = NodeConfig::empty();
        config.trust = Some(TrustSection {
            folder: "authority".into(),
            passphrase_file: PASSPHRASE_FILE.into(),
            listen: self.addresses.trust(),
            renewals: true,
        });
        config.directory = Some(DirectorySection {
            folder: "directory".into(),
            passphrase_file: PASSPHRASE_FILE.into(),
            members: "members.toml".into(),
            listen: self.addresses.directory(),
            registration: Some(RegistrationSection { authority: None, passphrase_file: None, address: None }),
        });
        write_toml(&operator.join(NODE_FILE), &config)
    }

    /// The residents, generated and imported; independent of the institutions.
    pub(crate) async fn populate(&self, people: u32, seed: u64) -> Result<(), CommandError> {
        let folder = self.folder.join(self.spec.keeper.folder).join("population");
        fs::create_dir_all(&folder).context(|| format!("make {}", folder.display()))?;
        let country = population::country(self.spec.instance)?;
        let path = folder.join("persons.csv");
        {
            let country = country.clone();
            let path = path.clone();
            tokio::task::spawn_blocking(move || generate(&country, people, seed, &path))
                .await
                .context(|| "generate residents")??;
        }
        let register = population::open_register(&folder, country).await?;
        let report = population::import_file(&register, &path).await?;
        if !report.is_clean() {
            return Err(CommandError::new(format!("{}: {}", path.display(), report)));
        }
        Ok(())
    }

    fn ministries(&self) -> [MinistrySpec; 2] {
        [self.spec.keeper, self.spec.asker]
    }

    fn seats(&self) -> Vec<Seat> {
        let seats = |number| {
            let seat = |ministry, host| Seat { ministry, number, host };
            let (keeper, asker) = (self.addresses.keeper_of(number), self.addresses.asker_of(number));
            [seat(self.spec.keeper, keeper), seat(self.spec.asker, asker)]
        };
        (1..=self.gateways).flat_map(seats).collect()
    }

    fn member(&self, ministry: &MinistrySpec) -> MemberId {
        MemberId::new(self.spec.instance, CLASS, ministry.code)
    }

    /// Keys of a gateway and their certificates.
    fn enrol(&self, seat: &Seat, authority: &CertificateAuthority) -> Result<(), CommandError> {
        let (ministry, host) = (&seat.ministry, seat.host);
        let (folder, code) = (self.folder.join(seat.folder()), country::server(seat.number));
        let passphrase_file = new_passphrase(&folder)?;
        let keys = folder.join("gateway").join(gateway::KEYS);
        fs::create_dir_all(&keys).context(|| format!("make {}", keys.display()))?;
        let token =
            Token::open(&keys, read_passphrase(&passphrase_file)?).context(|| format!("open {}", keys.display()))?;
        let member = self.member(ministry);
        let profile = SubjectProfile::Basic;
        let host_name = host.to_string();
        let server = member.server(&code);
        let subject = profile.subject_for_server(&server, &host_name, ministry.name, self.spec.instance);
        let authentication = Profile::Authentication { dns: Vec::new(), ips: vec![host] };
        let subject = subject.context(|| format!("name the server {server}"))?;
        self.certify(
            &token,
            gateway::AUTHENTICATION_KEY,
            &subject,
            authentication,
            authority,
            &folder.join(AUTHENTICATION_FILE),
        )?;
        let subject = profile.subject_for_member(&member, &code, ministry.name, self.spec.instance);
        let subject = subject.context(|| format!("name the member {member}"))?;
        self.certify(&token, "signing", &subject, Profile::Signing, authority, &folder.join("signing.pem"))
    }

    fn certify(
        &self,
        token: &Token,
        label: &str,
        subject: &x509_cert::name::Name,
        profile: Profile,
        authority: &CertificateAuthority,
        file: &Path,
    ) -> Result<(), CommandError> {
        let key = token.generate(label, self.key_type).context(|| format!("make the key {label}"))?;
        let request =
            CertificateRequest::create(&key, subject).context(|| format!("request a certificate for {label}"))?;
        let certificate = authority
            .issue(&request, profile, None, self.now)
            .context(|| format!("issue a certificate for {label}"))?;
        write_pem(file, &certificate.pem())
    }

    fn gateway_section(&self, seat: &Seat, office: &OperatorSection) -> GatewaySection {
        let (member, host) = (self.member(&seat.ministry), seat.host);
        GatewaySection {
            log: LogSection::default(),
            server: member.server(country::server(seat.number)).to_string(),
            folder: "gateway".into(),
            passphrase_file: PASSPHRASE_FILE.into(),
            anchor: format!("../{OPERATOR}/directory/anchor-internal.xml").into(),
            federation: vec![self.spec.other.to_owned()],
            listen_clients: SocketAddr::new(host, CLIENT_PORT),
            listen_messages: SocketAddr::new(host, MESSAGE_PORT),
            listen_cbc: None,
            cbc_hosts: Vec::new(),
            listen_ocsp: SocketAddr::new(host, OCSP_PORT),
            // The operator renews and registers in one step; an authority that only renews leaves the directory behind.
            renewal: None,
            hardware: None,
            peer_version_min: None,
            authentication: AUTHENTICATION_FILE.into(),
            signing: vec![SigningSection {
                member: member.to_string(),
                certificate: "signing.pem".into(),
                key: "signing".into(),
            }],
            operator: Some(office.clone()),
            served_at_first: Some(SERVED_FILE.into()),
            listen_console: Some(SocketAddr::new(host, CONSOLE_PORT)),
            console_other_users: false,
        }
    }

    fn register_section(&self) -> RegisterSection {
        RegisterSection {
            country: self.spec.instance.to_owned(),
            folder: "population".into(),
            listen: self.addresses.register(),
        }
    }

    /// What a ministry's gateway serves.
    fn served(&self, ministry: &MinistrySpec) -> Declaration {
        let subsystem = |(code, _): &(&str, &str)| {
            let keeps = *code == POPULATION;
            DeclaredSubsystem {
                id: self.member(ministry).subsystem(*code),
                callers: None,
                services: if keeps { self.services() } else { Vec::new() },
                groups: Vec::new(),
                rights: if keeps { self.rights() } else { Vec::new() },
                subscriptions: Vec::new(),
            }
        };
        let subsystems = Some(ministry.subsystems.iter().map(subsystem).collect());
        Declaration { version: declaration::VERSION, subsystems, users: None }
    }

    fn services(&self) -> Vec<DeclaredService> {
        let service = |code: &str, address: SocketAddr| DeclaredService {
            code: code.to_owned(),
            settings: ServiceSettings::at(format!("http://{address}")),
            endpoints: Vec::new(),
        };
        let mut persons = service(PERSONS, self.addresses.register());
        let described = format!("http://{}/v1/openapi.json", self.addresses.register());
        persons.settings.openapi = Some(Description::Url(described));
        let mut services = vec![persons, service(HOUSEHOLDS, self.addresses.switched_off())];
        if self.echo {
            services.push(service(ECHO, self.addresses.echo()));
        }
        services
    }

    /// The civil registers of both countries may read persons, and nothing else; they may ask for households.
    fn rights(&self) -> Vec<DeclaredRight> {
        let own = self.member(&self.spec.asker).subsystem(CIVIL);
        let other = CountrySpec::of(self.spec.other);
        let foreign = MemberId::new(other.instance, CLASS, other.asker.code).subsystem(CIVIL);
        let read = |client: &mekong_base::ClientId, service: &str, endpoints: &[&str]| DeclaredRight {
            subject: Subject::Client(client.clone()),
            service: service.to_owned(),
            endpoints: Some(endpoints.iter().map(|text| (*text).to_owned()).collect()),
        };
        let of = |client| {
            [
                read(client, PERSONS, &["GET /v1/persons", "GET /v1/persons/*"]),
                read(client, HOUSEHOLDS, &["GET /v1/**"]),
            ]
        };
        let mut rights: Vec<_> = [&own, &foreign].into_iter().flat_map(of).collect();
        if self.echo {
            rights.push(read(&foreign, ECHO, &["GET /v1/**", "POST /v1/**"]));
        }
        rights
    }

    fn members(&self, authority: &CertificateAuthority) -> serde_json::Value {
        let instance = self.spec.instance;
        let ministries = self.ministries();
        let member = |ministry: &MinistrySpec| {
            let subsystem = |(code, name): &(&str, &str)| serde_json::json!({ "code": code, "name": name });
            let subsystems: Vec<_> = ministry.subsystems.iter().map(subsystem).collect();
            serde_json::json!({ "class": CLASS, "code": ministry.code, "name": ministry.name, "subsystem": subsystems })
        };
        let server = |seat: &Seat| {
            let id = self.member(&seat.ministry);
            let clients: Vec<_> = seat.ministry.subsystems.iter().map(|(c, _)| id.subsystem(*c).to_string()).collect();
            let file = format!("../{}/{AUTHENTICATION_FILE}", seat.folder());
            serde_json::json!({
                "owner": id.to_string(), "code": country::server(seat.number), "address": seat.host.to_string(),
                "auth_certs": [file], "clients": clients,
            })
        };
        let ocsp = serde_json::json!([{ "url": authority.ocsp_url(), "cert": "ocsp.pem" }]);
        serde_json::json!({
            "version": 1,
            "instance": instance,
            "sources": [self.addresses.directory().to_string()],
            "management": { "provider": self.member(&self.spec.keeper).subsystem(POPULATION).to_string() },
            "class": [{ "code": CLASS, "description": "Government" }],
            "member": ministries.iter().map(member).collect::<Vec<_>>(),
            "server": self.seats().iter().map(server).collect::<Vec<_>>(),
            "authority": [{
                "name": authority.name(), "cert": "root.pem", "profile": "Basic", "ocsp": ocsp,
                "intermediate": [{ "cert": "issuing.pem", "ocsp": ocsp }],
            }],
            "timestamper": [{ "name": authority.name(), "url": authority.tsa_url(), "cert": "tsa.pem" }],
            "federation": [{ "anchor": format!("../../{}/{OPERATOR}/directory/anchor-external.xml", self.spec.other) }],
        })
    }
}

fn generate(country: &mekong_population::Country, people: u32, seed: u64, path: &Path) -> Result<(), CommandError> {
    let mut file = std::io::BufWriter::new(fs::File::create(path).context(|| format!("write {}", path.display()))?);
    mekong_population::generate(country, people, seed, &mut file).context(|| "generate residents")?;
    file.flush().context(|| format!("write {}", path.display()))
}

/// A random passphrase in a file for the owner only. Good for a demo; a real node is given it by its service manager.
fn new_passphrase(folder: &Path) -> Result<PathBuf, CommandError> {
    fs::create_dir_all(folder).context(|| format!("make {}", folder.display()))?;
    let path = folder.join(PASSPHRASE_FILE);
    let mut random = [0_u8; 24];
    rand::TryRngCore::try_fill_bytes(&mut rand::rngs::OsRng, &mut random).context(|| "make a passphrase")?;
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .context(|| format!("write {}", path.display()))?;
    file.write_all(hex::encode(random).as_bytes()).context(|| format!("write {}", path.display()))?;
    Ok(path)
}

fn write_pem(path: &Path, pem: &str) -> Result<(), CommandError> {
    fs::write(path, pem).context(|| format!("write {}", path.display()))
}

/// Writes a node's configuration anew, with something changed.
///
/// # Errors
/// In words, with the path.
pub(crate) fn change(file: &Path, how: impl FnOnce(&mut NodeConfig)) -> Result<(), CommandError> {
    let mut config = NodeConfig::read(file)?;
    how(&mut config);
    write_toml(file, &config)
}

pub(super) fn write_toml(path: &Path, value: &impl serde::Serialize) -> Result<(), CommandError> {
    let text = toml::to_string_pretty(value).context(|| format!("write {}", path.display()))?;
    fs::write(path, text).context(|| format!("write {}", path.display()))
}
