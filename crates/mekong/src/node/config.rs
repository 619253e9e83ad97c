//! The configuration file of a node (TOML). Unknown keys are refused; paths are relative to the file; secrets are named by
//! file, never written into it.

use super::ledgers::LedgerSection;
use super::message_log::LogSection;
use super::metrics::MetricsSection;
use super::telemetry::TelemetrySection;
use crate::cli::{CommandError, Context};
use mekong_crypto::Zeroizing;
use mekong_signature::validation::Policy;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The version of the file format that is read and written.
pub(crate) const VERSION: u32 = 1;

/// A node: the roles it plays.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeConfig {
    /// Version of this format: 1.
    pub(crate) version: u32,
    /// Certification authority, OCSP responder, time-stamping authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trust: Option<TrustSection>,
    /// Directory (global configuration).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) directory: Option<DirectorySection>,
    /// Population register.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) register: Option<RegisterSection>,
    /// Gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gateway: Option<GatewaySection>,
    /// Page and API that judge signed files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) validator: Option<ValidatorSection>,
    /// Witness of the logs of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) witness: Option<WitnessSection>,
    /// How its own ledgers are signed and witnessed; they are not, if it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ledger: Option<LedgerSection>,
    /// What it tells the programs that watch it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metrics: Option<MetricsSection>,
    /// Where the traces of its gateway's exchanges are sent; nowhere, if it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) telemetry: Option<TelemetrySection>,
}

/// `[trust]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrustSection {
    /// Folder of the authority: keys, certificates, journal.
    pub(crate) folder: PathBuf,
    /// File with the passphrase of its keys.
    pub(crate) passphrase_file: PathBuf,
    /// Where OCSP, time-stamps and certificates are served.
    pub(crate) listen: SocketAddr,
    /// Whether holders of certificates for TLS and signing may have them renewed at `/renew` before they end.
    #[serde(default)]
    pub(crate) renewals: bool,
}

/// `[directory]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DirectorySection {
    /// Folder of the directory: signing keys, anchors.
    pub(crate) folder: PathBuf,
    /// File with the passphrase of its keys.
    pub(crate) passphrase_file: PathBuf,
    /// The members file.
    pub(crate) members: PathBuf,
    /// Where it is served.
    pub(crate) listen: SocketAddr,
    /// New members register themselves here by invitation; nobody does if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) registration: Option<RegistrationSection>,
}

/// `[directory.registration]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegistrationSection {
    /// Folder of the authority that issues their certificates; that of `[trust]` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) authority: Option<PathBuf>,
    /// File with the passphrase of its keys; that of `[trust]` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// What invitations name: `http://host:port`; the first source of the members file if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
}

/// `[register]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegisterSection {
    /// VN or LA.
    pub(crate) country: String,
    /// Folder of the database.
    pub(crate) folder: PathBuf,
    /// Where its REST service listens: reachable for the gateway only.
    pub(crate) listen: SocketAddr,
}

/// `[gateway]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GatewaySection {
    /// Its registered name: `VN/GOV/MPS/gateway`.
    pub(crate) server: String,
    /// Folder of the gateway: keys, message log, spool, the directory as last fetched.
    pub(crate) folder: PathBuf,
    /// File with the passphrase of its keys.
    pub(crate) passphrase_file: PathBuf,
    /// Configuration anchor of its instance.
    pub(crate) anchor: PathBuf,
    /// Instances whose directories are federated with ours and that this gateway deals with; none if empty.
    #[serde(default)]
    pub(crate) federation: Vec<String>,
    /// Where systems of its clients ask (port 8080 of a security server).
    pub(crate) listen_clients: SocketAddr,
    /// Where other gateways send messages (5500).
    pub(crate) listen_messages: SocketAddr,
    /// Where other gateways ask for OCSP responses (5577).
    pub(crate) listen_ocsp: SocketAddr,
    /// Where gateways send messages that only know TLS 1.2 with CBC suites (X-Road up to 7.8.0, as it comes): another address
    /// than `listen_messages`. Left out, they are not served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) listen_cbc: Option<SocketAddr>,
    /// Hosts of gateways that only know such suites, as the directory names them; offered to no other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) cbc_hosts: Vec<String>,
    /// Where its authority renews certificates: `http://ca.example/renew`. Left out, the operator's registration renews them
    /// (`[gateway.operator]`); without that too, nothing is renewed by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) renewal: Option<String>,
    /// A token of hardware with keys; those in the folder come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hardware: Option<HardwareSection>,
    /// Messages of gateways that say they are older than this version of X-Road are refused; none are, if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) peer_version_min: Option<String>,
    /// Certificate of its TLS key, PEM; the key has the label `authentication`.
    pub(crate) authentication: PathBuf,
    /// Signing certificates of the members it serves.
    pub(crate) signing: Vec<SigningSection>,
    /// The message log.
    #[serde(default)]
    pub(crate) log: LogSection,
    /// Where changes are registered; `mekong join` writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) operator: Option<OperatorSection>,
    /// What it serves at first: a file for `mekong gateway apply`, applied once, while nothing was ever administered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) served_at_first: Option<PathBuf>,
    /// Where its administration is served, pages and API: a loopback address. Left out, it is not served. What the gateway
    /// serves and to whom is administered there, and by `mekong gateway`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) listen_console: Option<SocketAddr>,
    /// Other users of this machine may connect to the administration too; they need a secret all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) console_other_users: bool,
}

/// `[gateway.operator]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperatorSection {
    /// The operator's registration service: `http://host:port`.
    pub(crate) address: String,
    /// SHA-256 of the public key that signs its answers, hex.
    pub(crate) key: String,
}

/// `[gateway.hardware]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HardwareSection {
    /// The maker's PKCS#11 library.
    pub(crate) module: PathBuf,
    /// Label of the token.
    pub(crate) token: String,
    /// File with its PIN.
    pub(crate) pin_file: PathBuf,
}

/// `[[gateway.signing]]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SigningSection {
    /// The member whose messages are signed.
    pub(crate) member: String,
    /// Its certificate, PEM.
    pub(crate) certificate: PathBuf,
    /// Label of its key.
    pub(crate) key: String,
}

/// `[validator]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValidatorSection {
    /// Where the page and the API are served.
    pub(crate) listen: SocketAddr,
    /// Trusted lists, or folders of them; the first is one's own country's.
    #[serde(default)]
    pub(crate) lists: Vec<PathBuf>,
    /// Certificates that may sign one's own list; without any the list is taken as it lies there.
    #[serde(default)]
    pub(crate) list_signers: Vec<PathBuf>,
    /// Certificates that are trusted beside those of the lists.
    #[serde(default)]
    pub(crate) anchors: Vec<PathBuf>,
    /// european, vietnam, laos, or a file; that of one's own list's country if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<String>,
    /// The module that judges in browsers (docs/browser.md); looked for beside the program if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) module: Option<PathBuf>,
}

/// `[witness]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WitnessSection {
    /// Its name: best a URL without scheme, such as `moha.gov.example/witness`.
    pub(crate) name: String,
    /// Folder of the witness: its key, what it saw, evidence of two histories.
    pub(crate) folder: PathBuf,
    /// File with the passphrase of its key.
    pub(crate) passphrase_file: PathBuf,
    /// Where logs submit their checkpoints.
    pub(crate) listen: SocketAddr,
    /// The logs that it witnesses.
    #[serde(default)]
    pub(crate) logs: Vec<WitnessedSection>,
}

/// `[[witness.logs]]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WitnessedSection {
    /// Its origin; the name of its first key if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<String>,
    /// The verifier keys that sign for it.
    pub(crate) keys: Vec<String>,
}

impl NodeConfig {
    /// A node without roles.
    pub(crate) const fn empty() -> Self {
        Self {
            version: VERSION,
            trust: None,
            directory: None,
            register: None,
            gateway: None,
            validator: None,
            witness: None,
            ledger: None,
            metrics: None,
            telemetry: None,
        }
    }

    /// Reads a file and makes its paths absolute.
    ///
    /// # Errors
    /// In words: the file, the place in it, what is wrong.
    pub(crate) fn read(file: &Path) -> Result<Self, CommandError> {
        let text = std::fs::read_to_string(file).context(|| format!("read {}", file.display()))?;
        let mut config: Self = toml::from_str(&text).map_err(|error| not_understood(file, &error))?;
        if config.version != VERSION {
            let found = config.version;
            return Err(CommandError::new(format!("{}: version {found} is not read, {VERSION} is", file.display())));
        }
        let folder = file.parent().unwrap_or_else(|| Path::new("."));
        config.resolve(folder);
        Ok(config)
    }

    /// The folder of its first role: where it is asked to restart. None for a node that keeps nothing.
    pub(crate) fn folder(&self) -> Option<&Path> {
        let gateway = self.gateway.as_ref().map(|section| &section.folder);
        let directory = || self.directory.as_ref().map(|section| &section.folder);
        let trust = || self.trust.as_ref().map(|section| &section.folder);
        let register = || self.register.as_ref().map(|section| &section.folder);
        let witness = || self.witness.as_ref().map(|section| &section.folder);
        let folder = gateway.or_else(directory).or_else(trust).or_else(register).or_else(witness);
        folder.map(PathBuf::as_path)
    }

    /// What the node serves, and where, in the order of the sections.
    pub(crate) fn places(&self) -> Vec<(&'static str, String)> {
        let mut places = Vec::new();
        let mut add = |what, scheme, at: SocketAddr| places.push((what, format!("{scheme}://{at}")));
        if let Some(s) = &self.trust {
            add("trust services", "http", s.listen);
        }
        if let Some(s) = &self.directory {
            add("directory", "http", s.listen);
        }
        if let Some(s) = &self.register {
            add("register", "http", s.listen);
        }
        if let Some(s) = &self.gateway {
            add("gateway, for its clients", "http", s.listen_clients);
            add("gateway, for messages", "https", s.listen_messages);
            if let Some(cbc) = s.listen_cbc {
                add("gateway, for old peers", "https", cbc);
            }
            add("gateway, for OCSP", "http", s.listen_ocsp);
            if let Some(console) = s.listen_console {
                add("gateway, administration", "http", console);
            }
        }
        if let Some(s) = &self.validator {
            add("validator", "http", s.listen);
        }
        if let Some(s) = &self.witness {
            add("witness", "http", s.listen);
        }
        if let Some(s) = &self.metrics {
            add("metrics", "http", s.listen);
        }
        places
    }

    /// Makes relative paths start at `folder`.
    fn resolve(&mut self, folder: &Path) {
        let mut paths: Vec<&mut PathBuf> = Vec::new();
        if let Some(s) = &mut self.trust {
            paths.extend([&mut s.folder, &mut s.passphrase_file]);
        }
        if let Some(s) = &mut self.directory {
            paths.extend([&mut s.folder, &mut s.passphrase_file, &mut s.members]);
            if let Some(r) = &mut s.registration {
                paths.extend(r.authority.iter_mut().chain(&mut r.passphrase_file));
            }
        }
        if let Some(s) = &mut self.register {
            paths.push(&mut s.folder);
        }
        if let Some(s) = &mut self.gateway {
            paths.extend(s.log.paths());
            paths.extend([&mut s.folder, &mut s.passphrase_file, &mut s.anchor, &mut s.authentication]);
            paths.extend(s.hardware.iter_mut().flat_map(|h| [&mut h.module, &mut h.pin_file]));
            paths.extend(s.signing.iter_mut().map(|signing| &mut signing.certificate));
            paths.extend(&mut s.served_at_first);
        }
        if let Some(s) = &mut self.validator {
            paths.extend(s.lists.iter_mut().chain(&mut s.list_signers).chain(&mut s.anchors).chain(&mut s.module));
            if let Some(policy) = s.policy.as_mut().filter(|policy| Policy::text(policy).is_none()) {
                *policy = folder.join(&policy).display().to_string();
            }
        }
        paths.extend(self.telemetry.iter_mut().flat_map(|s| &mut s.headers_file));
        if let Some(s) = &mut self.witness {
            paths.extend([&mut s.folder, &mut s.passphrase_file]);
        }
        if let Some(s) = &mut self.ledger {
            paths.extend([&mut s.keys, &mut s.passphrase_file]);
        }
        for path in paths {
            *path = folder.join(&path);
        }
    }
}

/// That the file is not understood; what moved elsewhere is told.
fn not_understood(file: &Path, error: &toml::de::Error) -> CommandError {
    let error = CommandError::because(format!("understand {}", file.display()), error);
    match error.to_string().contains("unknown field `clients`") {
        true => CommandError::new(format!(
            "{error}\nClients, services and rights are not part of it: write them into a file of their own and run \
             `mekong gateway apply FILE` while the node runs (mekong gateway apply --help shows one)"
        )),
        false => error,
    }
}

/// The passphrase in a file, without the line end.
///
/// # Errors
/// In words, if the file cannot be read or is empty.
pub(crate) fn read_passphrase(file: &Path) -> Result<Zeroizing<String>, CommandError> {
    let text = Zeroizing::new(
        std::fs::read_to_string(file).context(|| format!("read the passphrase from {}", file.display()))?,
    );
    let passphrase = text.trim_end_matches(['\r', '\n']);
    if passphrase.is_empty() {
        return Err(CommandError::new(format!("the passphrase file {} is empty", file.display())));
    }
    Ok(Zeroizing::new(passphrase.to_owned()))
}
