//! `mekong ca`: the PKI of a country: roots by ceremony, authorities below them, certificates, revocation.

mod authority;
mod ceremony;
mod certificate;
mod console;
mod published;
mod shares;

use super::{CommandError, CommandResult, Context};
use crate::node::config::read_passphrase;
use clap::{Args, Subcommand};
use mekong_authority::profile::{BUILT_IN, CertificateProfile};
use mekong_crypto::{KeyType, Zeroizing};
use mekong_pki::Certificate;
use std::path::{Path, PathBuf};

/// The commands, in the order in which a new country needs them.
#[derive(Subcommand)]
pub(crate) enum CaCommand {
    /// Make a root offline: its key, its certificate, and a share of the key for each custodian.
    Ceremony(ceremony::CeremonyOptions),
    /// Make the keys of an authority and the requests that go to the root.
    Request(authority::RequestOptions),
    /// Issue a certificate below a root, with the shares of a quorum.
    Certify(ceremony::CertifyOptions),
    /// Complete an authority with the certificates that the roots issued.
    Install(authority::InstallOptions),
    /// Make a revocation list of a root, with the shares of a quorum.
    RootCrl(ceremony::RootCrlOptions),
    /// Issue a certificate to a person or organisation by a profile.
    Issue(certificate::IssueOptions),
    /// Revoke a certificate: OCSP says so at once, the revocation list when it is made again.
    Revoke(certificate::RevokeOptions),
    /// List the certificates of an authority.
    Show(certificate::ShowOptions),
    /// Write the revocation list of an authority.
    Crl(certificate::CrlOptions),
    /// Serve OCSP, time-stamps, revocation list and certificates over HTTP, until interrupted.
    Serve(authority::ServeOptions),
    /// Open the registration office: pages on which an officer issues and revokes, and the same for programs; on this machine
    /// only, until interrupted.
    Console(console::ConsoleOptions),
    /// List the certificate profiles, or show what one asks for.
    Profiles(ProfilesOptions),
}

/// Runs one of them.
pub(crate) fn run(command: CaCommand) -> CommandResult {
    match command {
        CaCommand::Ceremony(options) => ceremony::make(&options),
        CaCommand::Certify(options) => ceremony::certify(&options),
        CaCommand::RootCrl(options) => ceremony::crl(&options),
        CaCommand::Request(options) => authority::request(&options),
        CaCommand::Install(options) => authority::install(&options),
        CaCommand::Serve(options) => super::block_on(authority::serve(options)),
        CaCommand::Console(options) => super::block_on(console::run(options)),
        CaCommand::Issue(options) => certificate::issue(&options),
        CaCommand::Revoke(options) => certificate::revoke(&options),
        CaCommand::Show(options) => certificate::show(&options),
        CaCommand::Crl(options) => certificate::crl(&options),
        CaCommand::Profiles(options) => profiles(&options),
    }
}

/// Options of `mekong ca profiles`.
#[derive(Args)]
pub(crate) struct ProfilesOptions {
    /// Show this one: its name, or the path of a file.
    profile: Option<String>,
    /// Language of titles.
    #[arg(long, default_value = "en", value_parser = ["vi", "lo", "en"])]
    lang: String,
}

fn profiles(options: &ProfilesOptions) -> CommandResult {
    let Some(name) = &options.profile else {
        for (name, _) in BUILT_IN {
            let profile = profile(name)?;
            println!("{name:<20} {:>5} days  {}", profile.validity().as_secs() / 86_400, profile.title(&options.lang));
        }
        return Ok(std::process::ExitCode::SUCCESS);
    };
    let profile = profile(name)?;
    println!("{}\n{}\n", profile.name(), profile.title(&options.lang));
    let key = |key: &String| if key.starts_with("rsa-") { format!("{key} or more") } else { key.clone() };
    println!("  keys: {}\n", profile.keys().iter().map(key).collect::<Vec<_>>().join(", "));
    for (attribute, required, hint) in profile.fields(&options.lang) {
        println!("  {attribute:<24} {:<9} {hint}", if required { "required" } else { "optional" });
    }
    Ok(std::process::ExitCode::SUCCESS)
}

/// A profile by its name, or from a file.
fn profile(name: &str) -> Result<CertificateProfile, CommandError> {
    if BUILT_IN.iter().any(|(known, _)| *known == name) || !Path::new(name).exists() {
        return CertificateProfile::built_in(name).context(|| "profile");
    }
    let text = std::fs::read_to_string(name).context(|| format!("read {name}"))?;
    CertificateProfile::from_toml(&text).context(|| format!("profile {name}"))
}

/// Where the passphrase of an authority's keys comes from.
#[derive(Args, Clone)]
struct Passphrase {
    /// File with the passphrase of the authority's keys; its line end does not count.
    #[arg(long, value_name = "FILE", env = "MEKONG_PASSPHRASE_FILE")]
    passphrase_file: PathBuf,
}

impl Passphrase {
    fn read(&self) -> Result<Zeroizing<String>, CommandError> {
        read_passphrase(&self.passphrase_file)
    }
}

fn read_certificate(path: &Path) -> Result<Certificate, CommandError> {
    let bytes = std::fs::read(path).context(|| format!("read {}", path.display()))?;
    Certificate::from_der_or_pem(&bytes).context(|| path.display().to_string())
}

fn write(path: &Path, content: &[u8]) -> Result<(), CommandError> {
    std::fs::write(path, content).context(|| format!("write {}", path.display()))
}

/// Key kinds as options name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Key {
    /// ECDSA P-256.
    P256,
    /// ECDSA P-384.
    P384,
    /// RSA of 3072 bits.
    #[value(name = "rsa-3072", alias = "rsa3072")]
    Rsa3072,
    /// RSA of 4096 bits.
    #[value(name = "rsa-4096", alias = "rsa4096")]
    Rsa4096,
}

impl Key {
    const fn key_type(self) -> KeyType {
        match self {
            Self::P256 => KeyType::P256,
            Self::P384 => KeyType::P384,
            Self::Rsa3072 => KeyType::Rsa(3072),
            Self::Rsa4096 => KeyType::Rsa(4096),
        }
    }
}
