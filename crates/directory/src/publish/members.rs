//! The members file: the membership of an instance as an operator writes it, in TOML.

use serde::Deserialize;
use std::path::PathBuf;

/// The file. Unknown keys are refused; paths are relative to the folder of the file.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct MembersFile {
    /// Version of this format: 1.
    pub version: u32,
    /// The instance: `VN`.
    pub instance: String,
    /// `host` or `host:port` of each server that serves this configuration; at least one.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Settings of the whole instance.
    #[serde(default)]
    pub parameters: Parameters,
    /// Where gateways register.
    pub management: Management,
    /// Member classes.
    #[serde(default, rename = "class")]
    pub classes: Vec<Class>,
    /// Members.
    #[serde(default, rename = "member")]
    pub members: Vec<Member>,
    /// Gateways.
    #[serde(default, rename = "server")]
    pub servers: Vec<Server>,
    /// Global groups.
    #[serde(default, rename = "group")]
    pub groups: Vec<Group>,
    /// Approved certification authorities.
    #[serde(default, rename = "authority")]
    pub authorities: Vec<Authority>,
    /// Approved time-stamping authorities.
    #[serde(default, rename = "timestamper")]
    pub timestampers: Vec<Timestamper>,
    /// Federated instances.
    #[serde(default, rename = "federation")]
    pub federation: Vec<Federation>,
}

/// Settings of the whole instance.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// Largest age of an OCSP response, seconds. Default 3600.
    pub ocsp_freshness_seconds: u64,
    /// How often gateways time-stamp, seconds, 60 to 86400. Default 60.
    pub time_stamping_interval_seconds: u64,
    /// How long a published directory is valid, seconds, at least twice `refresh_seconds`. Default 600.
    pub expire_seconds: u64,
    /// How often it is made anew, seconds, at least 1. Default 60.
    pub refresh_seconds: u64,
    /// How often gateways fetch OCSP responses, seconds; left to them if absent.
    pub ocsp_fetch_interval_seconds: Option<u64>,
    /// Whether gateways check `nextUpdate` of OCSP responses; left to them if absent.
    pub verify_next_update: Option<bool>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            ocsp_freshness_seconds: 3600,
            time_stamping_interval_seconds: 60,
            expire_seconds: 600,
            refresh_seconds: 60,
            ocsp_fetch_interval_seconds: None,
            verify_next_update: None,
        }
    }
}

/// Where gateways register.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Management {
    /// Address where authentication certificates are registered.
    #[serde(default)]
    pub address: String,
    /// PEM of the TLS certificate there.
    pub cert: Option<PathBuf>,
    /// The subsystem that provides the management services: `VN/GOV/MPS/management`.
    pub provider: String,
}

/// A member class.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// `GOV`.
    pub code: String,
    /// In words.
    #[serde(default)]
    pub description: String,
}

/// A member.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// One of the classes.
    pub class: String,
    /// Its code within the class.
    pub code: String,
    /// Official name.
    pub name: String,
    /// Its subsystems.
    #[serde(default, rename = "subsystem")]
    pub subsystems: Vec<Subsystem>,
}

/// A subsystem.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Subsystem {
    /// Its code within the member.
    pub code: String,
    /// Official name.
    pub name: Option<String>,
}

/// A gateway.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The member that owns it: `VN/GOV/MPS`.
    pub owner: String,
    /// Its code within the owner.
    pub code: String,
    /// Host name or address where other gateways reach it.
    pub address: Option<String>,
    /// PEM files of its authentication certificates.
    #[serde(default)]
    pub auth_certs: Vec<PathBuf>,
    /// SHA-256 of further ones, hex.
    #[serde(default)]
    pub auth_cert_hashes: Vec<String>,
    /// Members and subsystems registered on it, besides the owner.
    #[serde(default)]
    pub clients: Vec<String>,
    /// Set while it is in maintenance; what consumers are told, which may be empty.
    pub maintenance: Option<String>,
}

/// A global group.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its code.
    pub code: String,
    /// In words.
    #[serde(default)]
    pub description: String,
    /// Members and subsystems, of this instance or others.
    #[serde(default)]
    pub members: Vec<String>,
}

/// An approved certification authority.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Name for people.
    pub name: String,
    /// PEM of the top certificate.
    pub cert: PathBuf,
    /// Its OCSP responders.
    #[serde(default)]
    pub ocsp: Vec<Ocsp>,
    /// Authorities below it.
    #[serde(default, rename = "intermediate")]
    pub intermediates: Vec<Intermediate>,
    /// Class of the certificate profile: `Basic`, `FiVRK`, … or the whole Java class name.
    pub profile: String,
    /// Its certificates are for TLS only.
    #[serde(default)]
    pub authentication_only: bool,
}

/// An authority below another.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Intermediate {
    /// PEM of its certificate.
    pub cert: PathBuf,
    /// Its OCSP responders.
    #[serde(default)]
    pub ocsp: Vec<Ocsp>,
}

/// An OCSP responder.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Ocsp {
    /// Its address.
    pub url: String,
    /// PEM of its certificate.
    pub cert: Option<PathBuf>,
}

/// An approved time-stamping authority.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Timestamper {
    /// Name for people.
    pub name: String,
    /// Its address.
    pub url: String,
    /// PEM of its certificate.
    pub cert: PathBuf,
}

/// A federated instance.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Federation {
    /// Its external anchor.
    pub anchor: PathBuf,
}
