//! What happens offline: making a root and using it.

use super::shares::{self, Shares};
use super::{CommandError, CommandResult, Context, Key, profile, read_certificate, write};
use clap::Args;
use mekong_authority::ceremony::{Quorum, Root, RootSpec};
use mekong_base::Clock;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::request::CertificateRequest;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// Options of `mekong ca ceremony`.
#[derive(Args)]
pub(crate) struct CeremonyOptions {
    /// Folder for the root; keep it on a medium that is locked away.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Common name of the root: `Lao PDR National Root CA - TSA`.
    #[arg(long)]
    name: String,
    /// Country, two letters.
    #[arg(long)]
    country: String,
    /// Who runs it.
    #[arg(long)]
    organisation: String,
    /// For which service the root stands: signatures, remote signatures, time-stamps.
    #[arg(long, default_value = "signatures")]
    service: String,
    /// Kind of its key.
    #[arg(long, value_enum, default_value_t = Key::P384)]
    key: Key,
    /// Years of validity.
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(1..=50))]
    years: u32,
    /// Where root.cer and root.crl will be published: `http://rootca.example`.
    #[arg(long, value_name = "URL")]
    url: String,
    /// How many custodians get a share.
    #[arg(long, default_value_t = 5)]
    custodians: u8,
    /// How many of them must come together to use the key.
    #[arg(long, default_value_t = 3)]
    needed: u8,
    /// Folder for the shares, one file each, instead of printing them: hand them out and erase them.
    #[arg(long, value_name = "DIR")]
    shares: Option<PathBuf>,
}

pub(super) fn make(options: &CeremonyOptions) -> CommandResult {
    let quorum = Quorum::new(options.needed, options.custodians).context(|| "custodians")?;
    let spec = RootSpec {
        name: options.name.clone(),
        country: options.country.clone(),
        organisation: options.organisation.clone(),
        service: options.service.clone(),
        key_type: options.key.key_type(),
        years: options.years,
        base_url: options.url.clone(),
    };
    let (root, given) = Root::make(&options.dir, &spec, quorum, Clock::system().now()).context(|| "root ceremony")?;
    match &options.shares {
        None => shares::show(&given)?,
        Some(folder) => {
            given.iter().try_for_each(|share| write_share(folder, share.number(), share.to_line().as_str()))?;
        }
    }
    let digest = hex::encode_upper(root.certificate().fingerprint(DigestAlgorithm::Sha256));
    println!("{}\nSHA-256 {digest}", root.certificate().subject());
    println!("Print {} and let everybody present sign it.", options.dir.join("record.txt").display());
    println!("Next: mekong ca request (on the authority's machine), then mekong ca certify here.");
    Ok(ExitCode::SUCCESS)
}

fn write_share(folder: &Path, number: u8, line: &str) -> Result<(), CommandError> {
    std::fs::create_dir_all(folder).context(|| format!("create {}", folder.display()))?;
    let path = folder.join(format!("share-{number}.txt"));
    let open = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    let mut file = open.context(|| format!("create {}", path.display()))?;
    file.write_all(line.as_bytes()).context(|| format!("write {}", path.display()))
}

/// Options of `mekong ca certify`.
#[derive(Args)]
pub(crate) struct CertifyOptions {
    /// Folder of the root.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The request (PEM), from `mekong ca request`.
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    /// What the certificate is for: a profile's name or file.
    #[arg(long, default_value = "issuing-authority")]
    profile: String,
    /// Where to write the certificate (PEM).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    shares: Shares,
}

pub(super) fn certify(options: &CertifyOptions) -> CommandResult {
    let bytes = std::fs::read(&options.request).context(|| format!("read {}", options.request.display()))?;
    let request = CertificateRequest::from_der_or_pem(&bytes).context(|| options.request.display().to_string())?;
    let profile = profile(&options.profile)?;
    let mut root = Root::open(&options.dir, &options.shares.read()?).context(|| "open the root")?;
    let made = root.certify(&request, &profile, Clock::system().now());
    let certificate = made.context(|| "issue the certificate")?;
    write(&options.out, certificate.pem().as_bytes())?;
    println!("{} until {}: {}", certificate.subject(), certificate.not_after(), options.out.display());
    Ok(ExitCode::SUCCESS)
}

/// Options of `mekong ca root-crl`.
#[derive(Args)]
pub(crate) struct RootCrlOptions {
    /// Folder of the root.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Days until the next list is due.
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
    /// Revoke this certificate before: a file with it.
    #[arg(long, value_name = "FILE")]
    revoke: Option<PathBuf>,
    /// Why it is revoked.
    #[arg(long, value_enum, default_value_t = super::certificate::Reason::CessationOfOperation)]
    reason: super::certificate::Reason,
    /// Where to write the list (DER): publish it as root.crl.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    shares: Shares,
}

pub(super) fn crl(options: &RootCrlOptions) -> CommandResult {
    let mut root = Root::open(&options.dir, &options.shares.read()?).context(|| "open the root")?;
    let now = Clock::system().now();
    if let Some(path) = &options.revoke {
        let certificate = read_certificate(path)?;
        root.revoke(certificate.serial(), options.reason.into(), now).context(|| "revoke")?;
    }
    let list = root.crl(now, now + DAY * options.days).context(|| "make the list")?;
    write(&options.out, &list)?;
    println!("{}: the next one is due in {} days", options.out.display(), options.days);
    Ok(ExitCode::SUCCESS)
}
