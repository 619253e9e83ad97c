//! What happens on the authority's own machine: keys and requests, installing, serving.

use super::{CommandError, CommandResult, Context, Key, Passphrase, published, read_certificate, write};
use clap::Args;
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority, Enrolled};
use mekong_base::Clock;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// What an authority is called and where it is reached.
#[derive(Args, Clone)]
struct Described {
    /// Its name, as it begins the common names: `Lao PDR e-Government`.
    #[arg(long)]
    name: String,
    /// Country, two letters.
    #[arg(long)]
    country: String,
    /// Who runs it.
    #[arg(long)]
    organisation: String,
    /// Where OCSP, time-stamps, revocation list and certificates will be reached: `http://ca.example`.
    #[arg(long, value_name = "URL")]
    url: String,
    /// Kind of its keys.
    #[arg(long, value_enum, default_value_t = Key::P256)]
    key: Key,
}

impl Described {
    fn spec(&self) -> AuthoritySpec {
        let spec = AuthoritySpec::new(&self.name, &self.country, &self.organisation, &self.url);
        AuthoritySpec { key_type: self.key.key_type(), ..spec }
    }
}

/// Options of `mekong ca request`.
#[derive(Args)]
pub(crate) struct RequestOptions {
    /// Folder for the authority.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    described: Described,
    #[command(flatten)]
    passphrase: Passphrase,
}

pub(super) fn request(options: &RequestOptions) -> CommandResult {
    let requests = CertificateAuthority::request(&options.dir, options.passphrase.read()?, &options.described.spec())
        .context(|| "make the requests")?;
    for (name, request, profile) in
        [("issuing.csr", &requests.issuing, "issuing-authority"), ("tsa.csr", &requests.tsa, "time-stamping")]
    {
        let path = options.dir.join(name);
        write(&path, request.pem().as_bytes())?;
        println!("{}  (for mekong ca certify --profile {profile})", path.display());
    }
    println!("Next: take the requests to the roots, then mekong ca install.");
    Ok(ExitCode::SUCCESS)
}

/// Options of `mekong ca install`.
#[derive(Args)]
pub(crate) struct InstallOptions {
    /// Folder of the authority.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    described: Described,
    #[command(flatten)]
    passphrase: Passphrase,
    /// The root above the issuing authority.
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// The certificate for issuing.csr.
    #[arg(long, value_name = "FILE")]
    issuing: PathBuf,
    /// The certificate for tsa.csr.
    #[arg(long, value_name = "FILE")]
    tsa: PathBuf,
}

pub(super) fn install(options: &InstallOptions) -> CommandResult {
    let enrolled = Enrolled {
        root: read_certificate(&options.root)?,
        issuing: read_certificate(&options.issuing)?,
        tsa: read_certificate(&options.tsa)?,
    };
    let (passphrase, spec, now) = (options.passphrase.read()?, options.described.spec(), Clock::system().now());
    let authority =
        CertificateAuthority::install(&options.dir, passphrase, &spec, &enrolled, now).context(|| "install")?;
    println!("{} is ready: mekong ca issue, mekong ca serve.", authority.name());
    Ok(ExitCode::SUCCESS)
}

/// Options of `mekong ca serve`.
#[derive(Args)]
pub(crate) struct ServeOptions {
    /// Folder of the authority.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    passphrase: Passphrase,
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8890")]
    listen: SocketAddr,
    /// Folder whose certificates, revocation lists and trusted lists (.cer, .crl, .p7b, .xml) are served under /published/:
    /// what the roots gave to be published.
    #[arg(long, value_name = "DIR")]
    publish: Option<PathBuf>,
}

pub(super) async fn serve(options: ServeOptions) -> CommandResult {
    if let Some(folder) = options.publish.as_ref().filter(|folder| !folder.is_dir()) {
        return Err(CommandError::new(format!(
            "--publish {}: there is no such folder; make it first",
            folder.display()
        )));
    }
    let authority =
        CertificateAuthority::open(&options.dir, options.passphrase.read()?).context(|| "open the authority")?;
    let listener = tokio::net::TcpListener::bind(options.listen).await;
    let listener = listener.context(|| format!("listen on {}", options.listen))?;
    println!("{} listens on http://{}", authority.name(), options.listen);
    let until = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    let mut router = authority.router(Clock::system());
    if let Some(folder) = options.publish {
        router = router.merge(published::router(folder));
    }
    let served = axum::serve(listener, router).with_graceful_shutdown(until).await;
    served.context(|| "serve")?;
    Ok(ExitCode::SUCCESS)
}
