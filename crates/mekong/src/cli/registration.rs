//! `mekong registration`: what a member changes of its own in the directory of its country, signed with its signing key.

use super::{CommandError, CommandResult, Context};
use crate::node::NodeConfig;
use crate::node::config::{GatewaySection, OperatorSection};
use crate::node::keys::Keys;
use clap::{Args, Subcommand};
use mekong_base::{Clock, ServerId};
use mekong_directory::registration::{Ask, Ended, Envelope, Office, Registered, fingerprint};
use mekong_pki::Certificate;
use std::path::PathBuf;
use std::process::ExitCode;

/// The commands.
#[derive(Subcommand)]
pub(crate) enum RegistrationCommand {
    /// The gateway is reached at another host name or address.
    Address {
        /// Host name or address, without port.
        host: String,
        #[command(flatten)]
        node: Node,
    },
    /// Register a subsystem at this gateway; it is added to the directory if there is none of that code.
    Subsystem {
        /// Its code.
        code: String,
        /// Its name for people.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        node: Node,
    },
    /// A subsystem is at this gateway no more.
    RemoveSubsystem {
        /// Its code.
        code: String,
        #[command(flatten)]
        node: Node,
    },
    /// An authentication certificate of this gateway, issued by the country's authority, is used from now on, too.
    Certificate {
        /// The certificate, PEM.
        file: PathBuf,
        #[command(flatten)]
        node: Node,
    },
    /// Exchange the keys: new ones, with certificates, for TLS and for signing, registered beside the old ones.
    Renew {
        #[command(flatten)]
        node: Node,
    },
    /// An authentication certificate is used no more.
    RemoveCertificate {
        /// The certificate, PEM.
        file: PathBuf,
        #[command(flatten)]
        node: Node,
    },
    /// Take the gateway out of the directory. There is no way back but an invitation.
    Retire {
        /// The code of the gateway, to be sure.
        server: String,
        #[command(flatten)]
        node: Node,
    },
}

/// Which node.
#[derive(Args)]
pub(crate) struct Node {
    /// The gateway's configuration file.
    #[arg(long, value_name = "FILE", default_value = "node.toml")]
    config: PathBuf,
}

/// Runs a command.
pub(crate) async fn run(command: RegistrationCommand) -> CommandResult {
    match command {
        RegistrationCommand::Address { host, node } => {
            let asked = ask(&node, |server| Ask::SetAddress { server, address: host.clone() }).await?;
            println!("{} is at {host} in the directory; others know within a minute", asked.server);
        }
        RegistrationCommand::Subsystem { code, name, node } => {
            let asked =
                ask(&node, |server| Ask::AddSubsystem { server, code: code.clone(), name: name.clone() }).await?;
            println!("registered at {}: {}", asked.server, asked.clients.join(", "));
            println!("Let the gateway serve it: mekong gateway add-subsystem ID --config {}", node.config.display());
        }
        RegistrationCommand::RemoveSubsystem { code, node } => {
            let asked = ask(&node, |server| Ask::RemoveSubsystem { server, code: code.clone() }).await?;
            println!("registered at {}: {}", asked.server, asked.clients.join(", "));
        }
        RegistrationCommand::Certificate { file, node } => {
            let certificate = read(&file)?;
            let asked = ask(&node, |server| Ask::add_certificate(server, &certificate)).await?;
            println!("{} may use it when others have fetched the directory: within a minute or two", asked.server);
        }
        RegistrationCommand::Renew { node } => renew(&node).await?,
        RegistrationCommand::RemoveCertificate { file, node } => {
            let sha256 = fingerprint(read(&file)?.der());
            let asked = ask(&node, |server| Ask::RemoveCertificate { server, sha256: sha256.clone() }).await?;
            println!("{} uses it no more", asked.server);
        }
        RegistrationCommand::Retire { server: named, node } => {
            let gateway = gateway(&node)?;
            let server = server(&gateway)?;
            if server.server != named {
                let text = format!("this is the gateway {}, not {named}: nothing was done", server.server);
                return Err(CommandError::new(text));
            }
            ask(&node, |server| Ask::Retire { server }).await?;
            println!("{server} is out of the directory: stop it; keep its message log as long as the law asks");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn gateway(node: &Node) -> Result<GatewaySection, CommandError> {
    let gateway = NodeConfig::read(&node.config)?.gateway;
    gateway.ok_or_else(|| CommandError::new(format!("{} has no [gateway]", node.config.display())))
}

fn server(gateway: &GatewaySection) -> Result<ServerId, CommandError> {
    gateway.server.parse().context(|| "gateway.server")
}

fn read(file: &std::path::Path) -> Result<Certificate, CommandError> {
    let pem = std::fs::read_to_string(file).context(|| format!("read {}", file.display()))?;
    Certificate::from_pem(&pem).context(|| format!("understand {}", file.display()))
}

fn office(operator: &OperatorSection) -> Result<Office, CommandError> {
    let key = hex::decode(&operator.key).ok().and_then(|key| key.try_into().ok());
    let key = key.ok_or_else(|| CommandError::new("gateway.operator.key is no SHA-256 in hex"))?;
    Ok(Office::new(&operator.address, key))
}

/// Asks the operator for something about this node's gateway, signed with the key of the member that owns it.
async fn ask(node: &Node, ask: impl Fn(String) -> Ask) -> Result<Box<Registered>, CommandError> {
    let gateway = gateway(node)?;
    let server = server(&gateway)?;
    let operator = operator(&gateway, node)?;
    let request = Keys::open(&gateway)?.request(&server, ask(server.server.clone()), Clock::system().now())?;
    send(operator, &request).await
}

/// Where to register.
fn operator<'g>(gateway: &'g GatewaySection, node: &Node) -> Result<&'g OperatorSection, CommandError> {
    gateway.operator.as_ref().ok_or_else(|| {
        CommandError::new(format!(
            "{} does not say where to register: add [gateway.operator] with address and key, as the operator tells them",
            node.config.display()
        ))
    })
}

async fn send(operator: &OperatorSection, request: &Envelope) -> Result<Box<Registered>, CommandError> {
    let ended = office(operator)?.send(request).await;
    match ended.context(|| format!("ask the operator at {}", operator.address))? {
        Ended::Registered(registered, _) => Ok(registered),
        Ended::Waiting(id) => Err(CommandError::new(format!("the operator has to approve {id}: ask again later"))),
    }
}

/// New keys and certificates now. They lie where the gateway looks for those that it renews by itself.
async fn renew(node: &Node) -> Result<(), CommandError> {
    let gateway = gateway(node)?;
    let (server, operator) = (server(&gateway)?, operator(&gateway, node)?);
    let keys = Keys::open(&gateway)?;
    let asked = keys.exchange(&server, Clock::system().now())?;
    let registered = send(operator, asked.envelope()).await?;
    for taken in keys.take(&asked, &registered)? {
        println!("{}", taken.path.display());
    }
    eprintln!(
        "A running gateway takes them within ten minutes; at once: mekong restart --config {}",
        node.config.display()
    );
    eprintln!(
        "If an old key leaked, let it count no longer: mekong registration remove-certificate FILE for TLS, and have"
    );
    eprintln!("the operator revoke its certificate (mekong ca revoke).");
    Ok(())
}
