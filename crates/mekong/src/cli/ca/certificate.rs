//! Certificates of persons and organisations: issued, listed, revoked.

use super::{CommandError, CommandResult, Context, Passphrase, profile, read_certificate, write};
use clap::{Args, ValueEnum};
use mekong_authority::RevocationReason;
use mekong_authority::ca::CertificateAuthority;
use mekong_base::Clock;
use mekong_pki::request::CertificateRequest;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `mekong ca issue`.
#[derive(Args)]
pub(crate) struct IssueOptions {
    /// Folder of the authority.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    passphrase: Passphrase,
    /// Whom the certificate is for: a profile's name or file; see `mekong ca profiles`.
    #[arg(long)]
    profile: String,
    /// The subject's request (PEM or DER), which proves that it holds the key.
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    /// An attribute of the subject, as the profile names it: `--subject "CN=Công ty Mẫu"`.
    #[arg(long = "subject", value_name = "NAME=VALUE")]
    subject: Vec<String>,
    /// Where to write the certificate (PEM).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn issue(options: &IssueOptions) -> CommandResult {
    let profile = profile(&options.profile)?;
    let mut values = BTreeMap::new();
    for pair in &options.subject {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(CommandError::new(format!("--subject {pair}: NAME=VALUE is wanted")));
        };
        values.insert(name.to_owned(), value.to_owned());
    }
    let bytes = std::fs::read(&options.request).context(|| format!("read {}", options.request.display()))?;
    let request = CertificateRequest::from_der_or_pem(&bytes).context(|| options.request.display().to_string())?;
    let authority =
        CertificateAuthority::open(&options.dir, options.passphrase.read()?).context(|| "open the authority")?;
    let issued = authority.issue_by_profile(&request, &profile, &values, Clock::system().now());
    let certificate = issued.context(|| "issue the certificate")?;
    write(&options.out, certificate.pem().as_bytes())?;
    println!("{} until {}: {}", certificate.subject(), certificate.not_after(), options.out.display());
    Ok(ExitCode::SUCCESS)
}

/// Why a certificate is revoked (RFC 5280 §5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reason {
    /// Not said.
    Unspecified,
    /// The private key is known to others.
    KeyCompromise,
    /// The subject's name or affiliation changed.
    AffiliationChanged,
    /// Another certificate takes its place.
    Superseded,
    /// It is no longer needed.
    CessationOfOperation,
    /// The right to it was withdrawn.
    PrivilegeWithdrawn,
}

impl From<Reason> for RevocationReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Unspecified => Self::Unspecified,
            Reason::KeyCompromise => Self::KeyCompromise,
            Reason::AffiliationChanged => Self::AffiliationChanged,
            Reason::Superseded => Self::Superseded,
            Reason::CessationOfOperation => Self::CessationOfOperation,
            Reason::PrivilegeWithdrawn => Self::PrivilegeWithdrawn,
        }
    }
}

/// Options of `mekong ca revoke`.
#[derive(Args)]
pub(crate) struct RevokeOptions {
    /// Folder of the authority.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    passphrase: Passphrase,
    /// The certificate (PEM or DER).
    #[arg(long, value_name = "FILE", conflicts_with = "serial", required_unless_present = "serial")]
    certificate: Option<PathBuf>,
    /// Its serial number, hexadecimal, as `mekong ca show` prints it.
    #[arg(long, value_name = "HEX")]
    serial: Option<String>,
    /// Why.
    #[arg(long, value_enum, default_value_t = Reason::Unspecified)]
    reason: Reason,
}

pub(super) fn revoke(options: &RevokeOptions) -> CommandResult {
    let serial = match (&options.certificate, &options.serial) {
        (Some(path), _) => read_certificate(path)?.serial().to_vec(),
        (None, serial) => {
            let text = serial.as_deref().unwrap_or_default();
            hex::decode(text).map_err(|e| CommandError::new(format!("--serial {text}: {e}")))?
        }
    };
    let authority =
        CertificateAuthority::open(&options.dir, options.passphrase.read()?).context(|| "open the authority")?;
    authority.revoke(&serial, options.reason.into(), Clock::system().now()).context(|| "revoke")?;
    println!(
        "revoked {}; what mekong ca serve gives out says so now; mekong ca crl writes the list to a file",
        hex::encode(serial)
    );
    Ok(ExitCode::SUCCESS)
}

/// Options of `mekong ca show`.
#[derive(Args)]
pub(crate) struct ShowOptions {
    /// Folder of the authority.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    passphrase: Passphrase,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line {
    serial: String,
    profile: String,
    subject: String,
    issued_at: mekong_base::Instant,
    not_after: mekong_base::Instant,
    revoked_at: Option<mekong_base::Instant>,
    reason: Option<RevocationReason>,
}

pub(super) fn show(options: &ShowOptions) -> CommandResult {
    let authority =
        CertificateAuthority::open(&options.dir, options.passphrase.read()?).context(|| "open the authority")?;
    for listed in authority.certificates().context(|| "read the journal")? {
        let issued = authority.certificate(&listed.serial).context(|| "read the journal")?;
        let Some(issued) = issued else { continue };
        let line = Line {
            serial: issued.certificate.serial_hex(),
            profile: issued.profile,
            subject: issued.certificate.subject(),
            issued_at: issued.at,
            not_after: issued.certificate.not_after(),
            revoked_at: issued.revoked.map(|(at, _)| at),
            reason: issued.revoked.map(|(_, reason)| reason),
        };
        if options.json {
            println!("{}", serde_json::to_string(&line).unwrap_or_default());
            continue;
        }
        let state = line.revoked_at.map_or_else(|| format!("until {}", line.not_after), |at| format!("REVOKED {at}"));
        println!("{}  {:<18} {state}  {}", line.serial, line.profile, line.subject);
    }
    Ok(ExitCode::SUCCESS)
}

/// Options of `mekong ca crl`.
#[derive(Args)]
pub(crate) struct CrlOptions {
    /// Folder of the authority.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    passphrase: Passphrase,
    /// Where to write the list (DER).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn crl(options: &CrlOptions) -> CommandResult {
    let authority =
        CertificateAuthority::open(&options.dir, options.passphrase.read()?).context(|| "open the authority")?;
    let list = authority.crl(Clock::system().now()).context(|| "make the list")?;
    write(&options.out, list.der())?;
    println!("{}", options.out.display());
    Ok(ExitCode::SUCCESS)
}
