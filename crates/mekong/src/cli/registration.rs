//! `mekong registration`: what a member changes of its own in the directory of its country, signed with its signing key.

use super::{CommandError, CommandResult, Context};
use crate::node::NodeConfig;
use crate::node::config::{GatewaySection, OperatorSection, read_passphrase};
use crate::node::gateway::KEYS;
use clap::{Args, Subcommand};
use mekong_authority::token::Token;
use mekong_base::{Clock, ServerId};
use mekong_directory::registration::{Ask, Ended, Office, Registered, Signer, fingerprint};
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
    let none = || {
        CommandError::new(format!(
            "{} does not say where to register: add [gateway.operator] with address and key, as the operator tells them",
            node.config.display()
        ))
    };
    let operator = gateway.operator.as_ref().ok_or_else(none)?;
    let owner = server.owner.to_string();
    let signing = gateway.signing.iter().find(|s| s.member == owner);
    let signing = signing.ok_or_else(|| CommandError::new(format!("there is no [[gateway.signing]] of {owner}")))?;
    let token = Token::open(gateway.folder.join(KEYS), read_passphrase(&gateway.passphrase_file)?);
    let token = token.context(|| format!("open the keys in {}", gateway.folder.display()))?;
    let key = token.key(&signing.key).context(|| format!("open the key {}", signing.key))?;
    let certificate = read(&signing.certificate)?;
    let (now, signer) = (Clock::system().now(), Signer::certificate(&certificate));
    let request = Office::request(&server.owner.instance, ask(server.server.clone()), signer, &key, now);
    let request = request.context(|| "make the request")?;
    let ended = office(operator)?.send(&request).await;
    match ended.context(|| format!("ask the operator at {}", operator.address))? {
        Ended::Registered(registered, _) => Ok(registered),
        Ended::Waiting(id) => Err(CommandError::new(format!("the operator has to approve {id}: ask again later"))),
    }
}
