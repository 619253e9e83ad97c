//! `mekong join`: a new member from nothing to a working, registered gateway in one command.
//!
//! - [`folder`]: the gateway's folder: passphrase, keys, what was asked and answered.
//! - [`register`]: the request to the operator, sent until it is answered.
//! - [`appear`]: waits until the signed directory shows the gateway, and its certificates are proven good.
//! - [`write`]: the configuration file.
//!
//! Stages are told on standard error as they end, what came of it on standard output.
//!
//! Every stage finds what an earlier run left and goes on there. What an earlier run asked of the operator goes before what is
//! asked now: an invitation is good for one request, and only its very bytes are answered again.

mod appear;
mod folder;
mod register;
mod write;

use crate::cli::{CommandError, CommandResult, Context};
use crate::doctor;
use crate::node::NodeConfig;
use crate::node::config::HardwareSection;
use clap::{Args, ValueEnum};
use folder::Folder;
use mekong_base::{ClientId, Clock, ServerId};
use mekong_crypto::KeyType;
use mekong_directory::GlobalConf;
use mekong_directory::registration::Invitation;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant as Stopwatch};

/// Ports of a gateway, the same for all.
const MESSAGE_PORT: u16 = 5500;
const OCSP_PORT: u16 = 5577;
/// Port of its administration, on this machine only.
const CONSOLE_PORT: u16 = 4100;

/// Kind of the gateway's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Keys {
    /// ECDSA P-256: small and quick, for gateways of release 7.6 and later.
    P256,
    /// RSA of 2048 bits, for older gateways.
    Rsa2048,
    /// RSA of 3072 bits.
    Rsa3072,
}

/// Options of `mekong join`.
#[derive(Args)]
pub(crate) struct JoinOptions {
    /// The invitation that the operator sent, or - to read it from standard input, where the shell's history has no part.
    invitation: String,
    /// Folder of the gateway: made if it is not there, gone on with if it is [default: ./CODE of the member].
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Host name or address at which other gateways reach this one, ports 5500 and 5577 [default: this machine's address
    /// towards the operator].
    #[arg(long, value_name = "HOST")]
    address: Option<String>,
    /// Code of the gateway among those of its member.
    #[arg(long, value_name = "CODE", default_value = "gateway")]
    server: String,
    /// Address on which messages of other gateways are taken (ports 5500 and 5577).
    #[arg(long, value_name = "IP", default_value = "0.0.0.0")]
    listen: IpAddr,
    /// Where the member's own systems ask; keep it inside.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    clients: SocketAddr,
    /// Where the gateway is administered, on this machine only [default: 127.0.0.1:4100].
    #[arg(long, value_name = "ADDRESS")]
    console: Option<SocketAddr>,
    /// Kind of the gateway's keys.
    #[arg(long, value_enum, default_value = "p256")]
    keys: Keys,
    /// PKCS#11 library of a token of hardware that makes and holds the keys.
    #[arg(long, value_name = "LIBRARY", requires_all = ["token", "pin_file"])]
    pkcs11: Option<PathBuf>,
    /// Label of that token.
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    token: Option<String>,
    /// File with its PIN.
    #[arg(long, value_name = "FILE", requires = "pkcs11")]
    pin_file: Option<PathBuf>,
    /// Instances of the federation whose members this gateway deals with; all that the operator names if left out, `none`
    /// for none.
    #[arg(long, value_name = "INSTANCE")]
    federation: Vec<String>,
    /// How long to wait for the operator's approval and the directory, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "600")]
    wait: u64,
    /// Start the gateway in the end, and run it until interrupted.
    #[arg(long)]
    start: bool,
    /// One JSON object on standard output in the end instead of text: what is registered, where it is, what the doctor found.
    #[arg(long, conflicts_with = "start")]
    json: bool,
}

impl JoinOptions {
    /// The token of hardware, by paths that hold wherever the node is started.
    fn hardware(&self) -> Result<Option<HardwareSection>, CommandError> {
        let (Some(module), Some(token), Some(pin_file)) = (&self.pkcs11, &self.token, &self.pin_file) else {
            return Ok(None);
        };
        let absolute = |path: &Path| std::path::absolute(path).context(|| format!("find {}", path.display()));
        let (module, pin_file) = (absolute(module)?, absolute(pin_file)?);
        Ok(Some(HardwareSection { module, token: token.clone(), pin_file }))
    }

    /// Where its administration is served.
    fn console(&self) -> SocketAddr {
        let host = if self.listen.is_loopback() { self.listen } else { IpAddr::V4(Ipv4Addr::LOCALHOST) };
        self.console.unwrap_or(SocketAddr::new(host, CONSOLE_PORT))
    }
}

/// A gateway that joined.
struct Joined {
    server: ServerId,
    config_file: PathBuf,
    /// Somebody to ask.
    neighbour: Option<ClientId>,
    /// The address at which others find it.
    address: String,
    /// The one asked for now.
    wanted: String,
}

/// Why joining failed.
struct Failed {
    error: CommandError,
    /// Whether the same command fails again, whatever is mended here.
    is_final: bool,
}

impl From<CommandError> for Failed {
    fn from(error: CommandError) -> Self {
        Self { error, is_final: false }
    }
}

impl Failed {
    /// The same command would fail again.
    fn for_good(text: impl Into<String>) -> Self {
        Self { error: CommandError::new(text), is_final: true }
    }
}

/// Runs the command.
pub(crate) async fn run(options: JoinOptions) -> CommandResult {
    let began = Stopwatch::now();
    let clock = Clock::system();
    let invitation: Invitation = read(&options.invitation)?.parse().context(|| "read the invitation")?;
    let member = invitation.member.clone();
    let dir = options.dir.clone().unwrap_or_else(|| PathBuf::from(default_folder(&member.code)));
    let server = member.server(options.server.clone());
    eprintln!("Joining {} as {member}, gateway {server}, in {}", member.instance, dir.display());
    let done = join(&options, &invitation, &server, &dir, &clock).await;
    let joined = done.map_err(|failed| again(failed, &dir))?;
    let Joined { server, config_file, .. } = &joined;
    let config = NodeConfig::read(config_file)?;
    let findings = examine(&config, config_file, &clock).await;
    let seconds = began.elapsed().as_secs_f64();
    if options.json {
        println!("{}", report(&config, &joined, &findings, seconds));
        return Ok(ExitCode::SUCCESS);
    }
    println!("\n{server} is registered and ready, after {seconds:.1} seconds.");
    if findings.iter().any(doctor::Finding::is_problem) {
        println!("The doctor found something above to look after.");
    }
    next(&config, &joined);
    if options.start {
        println!();
        return crate::cli::serve::serve(config_file).await;
    }
    // It is registered, whatever there is to look after.
    Ok(ExitCode::SUCCESS)
}

async fn join(
    options: &JoinOptions,
    invitation: &Invitation,
    server: &ServerId,
    dir: &Path,
    clock: &Clock,
) -> Result<Joined, Failed> {
    let address = match &options.address {
        Some(address) => address.clone(),
        None => own_address(&invitation.address)?,
    };
    check_ports(options, dir)?;
    let key_type = match options.keys {
        Keys::P256 => KeyType::P256,
        Keys::Rsa2048 => KeyType::Rsa(2048),
        Keys::Rsa3072 => KeyType::Rsa(3072),
    };
    let folder = Folder::open(dir, invitation)?;
    let hardware = options.hardware()?;
    let keys = folder.keys(key_type, hardware.as_ref())?;
    let place = hardware.as_ref().map_or_else(|| dir.display().to_string(), |h| format!("the token {}", h.token));
    step("keys", &format!("signing and authentication, {}, in {place}", keys.signing.public_key().key_type()));
    let patience = Duration::from_secs(options.wait);
    let wanted = register::Wanted { invitation, server, address: &address };
    let answered = register::register(&folder, &keys, &wanted, patience, clock).await?;
    let register::Answered { registered, server, address: asked } = answered;
    let earlier = if asked == address { "" } else { ", as an earlier run asked" };
    step("registered", &format!("{server} ({}) at {asked}{earlier}", registered.name));
    let federation = match options.federation.as_slice() {
        [] => registered.federation.clone(),
        [none] if none == "none" => Vec::new(),
        given => given.to_vec(),
    };
    let plan = write::Plan {
        server: &server,
        registered: &registered,
        options,
        federation: &federation,
        invitation,
        hardware,
    };
    let certificates = folder.keep(&registered, &keys)?;
    let directory = appear::in_directory(&folder, &plan, &certificates, patience, clock).await?;
    appear::proven(&folder, &certificates, &directory, clock).await?;
    let shown = directory.server(&server).and_then(|entry| entry.address.clone());
    let (config_file, neighbour) = (plan.write(&folder)?, neighbour(&directory, &server));
    Ok(Joined { server, config_file, neighbour, address: shown.unwrap_or(asked), wanted: address })
}

/// Somebody to ask: the first subsystem at a gateway of another, of our own country if there is one.
fn neighbour(directory: &GlobalConf, own: &ServerId) -> Option<ClientId> {
    let home = directory.instance();
    let instances = std::iter::once(home).chain(directory.instances().filter(|instance| *instance != home));
    let members = instances.flat_map(|instance| directory.members(instance));
    let clients = members.flat_map(|m| m.subsystems.iter().map(|s| m.id.subsystem(s.code.clone())));
    let is_elsewhere = |client: &ClientId| {
        directory.servers_of(client).iter().any(|server| server.id != *own && server.address.is_some())
    };
    clients.into_iter().find(is_elsewhere)
}

/// One finished stage.
fn step(what: &str, how: &str) {
    eprintln!("  {what:<12}{how}");
}

/// What to do after a failure: the same again, since every stage goes on where it stopped; unless that cannot help.
fn again(failed: Failed, dir: &Path) -> CommandError {
    let Failed { error, is_final } = failed;
    if is_final {
        return error;
    }
    CommandError::new(format!(
        "{error}\nNothing is lost: mend that, then run the same command again; it goes on where it stopped (in {}).",
        dir.display()
    ))
}

fn read(text: &str) -> Result<String, CommandError> {
    if text == "-" {
        let mut read = String::new();
        let taken = std::io::Read::take(std::io::stdin(), 4096);
        std::io::Read::read_to_string(&mut { taken }, &mut read)
            .context(|| "read the invitation from standard input")?;
        return Ok(read);
    }
    Ok(text.to_owned())
}

/// The member's code as a folder's name.
fn default_folder(code: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    code.chars().map(plain).collect::<String>().to_lowercase()
}

/// This machine's address on the way to the operator; nothing is sent.
fn own_address(operator: &str) -> Result<String, CommandError> {
    let give = || "find out this machine's address (give it with --address HOST)";
    let uri: http::Uri = operator.parse().context(give)?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).context(give)?;
    socket.connect((host, uri.port_u16().unwrap_or(80))).context(give)?;
    Ok(socket.local_addr().context(give)?.ip().to_string())
}

/// Ports that another program has are told before anything is asked; a gateway that runs in this folder may have them.
fn check_ports(options: &JoinOptions, dir: &Path) -> Result<(), CommandError> {
    if dir.join(write::NODE_FILE).is_file() {
        return Ok(());
    }
    let listened = [
        (SocketAddr::new(options.listen, MESSAGE_PORT), "--listen IP"),
        (SocketAddr::new(options.listen, OCSP_PORT), "--listen IP"),
        (options.clients, "--clients ADDRESS"),
        (options.console(), "--console ADDRESS"),
    ];
    if !options.console().ip().is_loopback() {
        let text = format!(
            "the administration at {} could be reached from other machines: give an address of this one with --console, \
             such as 127.0.0.1:{CONSOLE_PORT}",
            options.console()
        );
        return Err(CommandError::new(text));
    }
    for (address, option) in listened {
        TcpListener::bind(address)
            .context(|| format!("listen on {address} (is another program using it? choose another with {option})"))?;
    }
    Ok(())
}

async fn examine(config: &NodeConfig, file: &Path, clock: &Clock) -> Vec<doctor::Finding> {
    let findings = doctor::examine(config, file, doctor::Running::NotYet, clock).await;
    let bad: Vec<_> = findings.iter().filter(|f| !f.is_good()).collect();
    step("doctor", &format!("{} of {} checks good", findings.len() - bad.len(), findings.len()));
    bad.iter().for_each(|finding| eprint!("{}", finding.told(doctor::Colours::of_stderr())));
    findings
}

/// What came of it, for programs.
fn report(config: &NodeConfig, joined: &Joined, findings: &[doctor::Finding], seconds: f64) -> serde_json::Value {
    let Joined { server, config_file, address, .. } = joined;
    let gateway = config.gateway.as_ref();
    let bad: Vec<_> = findings.iter().filter(|finding| !finding.is_good()).collect();
    serde_json::json!({
        "server": server.to_string(),
        "address": address,
        "config": config_file,
        "listen_clients": gateway.map(|gateway| gateway.listen_clients),
        "listen_console": gateway.and_then(|gateway| gateway.listen_console),
        "seconds": seconds,
        "doctor": { "checks": findings.len(), "good": findings.len() - bad.len(), "findings": bad },
    })
}

/// What to do next.
fn next(config: &NodeConfig, joined: &Joined) {
    let Joined { config_file: file, neighbour, address, wanted, .. } = joined;
    let Some(gateway) = &config.gateway else { return };
    if address != wanted {
        println!("\nOther gateways find it at {address}, not at {wanted}. Where that shall change:");
        println!("  mekong registration address {wanted} --config {}", file.display());
    }
    println!("\nStart it:   mekong serve --config {}", file.display());
    println!("Check it:   mekong doctor --config {}", file.display());
    let at = gateway.listen_clients;
    println!("Then ask, as one of your systems would, who there is:");
    println!("  curl -i http://{at}/listClients");
    let served = crate::node::served::read_files(gateway).ok();
    let client = served.and_then(|served| served.subsystems.keys().next().cloned());
    let Some((client, neighbour)) = client.zip(neighbour.as_ref()) else { return };
    println!("and, by a signed message to another gateway, what is offered there:");
    println!("  curl -i -H 'X-Road-Client: {client}' http://{at}/r1/{neighbour}/listMethods");
    println!("(Other gateways fetch the directory once a minute; until then they refuse this one: AccessDenied.)");
}
