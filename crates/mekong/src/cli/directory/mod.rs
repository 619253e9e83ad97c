//! `mekong directory`: the operator's commands. They work on the folder of the directory while it is served: what they
//! write, the running node publishes within a second.

mod invite;
mod members;
mod remove;
mod requests;
mod verify;

use super::{CommandError, CommandResult};
use crate::node::NodeConfig;
use clap::{Args, Subcommand};
use mekong_directory::publish::Definition;
use std::path::PathBuf;

/// The commands.
#[derive(Subcommand)]
pub(crate) enum DirectoryCommand {
    /// Check signed configuration directories and their parts. Exit 0: all valid, 1: some not, 2: could not be checked.
    Verify(verify::DirectoryVerifyOptions),
    /// Invite a member: prints one text with which it registers its gateway by `mekong join`, once.
    Invite(invite::InviteOptions),
    /// List invitations and the requests that wait for approval.
    Requests(requests::RequestsOptions),
    /// Let a request in that waits.
    Approve(requests::ApproveOptions),
    /// Refuse a request that waits.
    Refuse(requests::RefuseOptions),
    /// List members, subsystems and gateways.
    Members(members::MembersOptions),
    /// Show everything about a member, a subsystem or a gateway.
    Show(members::ShowOptions),
    /// Remove a member, a subsystem or a gateway, or take an invitation back.
    Remove(remove::RemoveOptions),
}

/// Runs a command.
pub(crate) fn run(command: &DirectoryCommand) -> CommandResult {
    match command {
        DirectoryCommand::Verify(options) => verify::run(options),
        DirectoryCommand::Invite(options) => invite::run(options),
        DirectoryCommand::Requests(options) => requests::list(options),
        DirectoryCommand::Approve(options) => requests::approve(options),
        DirectoryCommand::Refuse(options) => requests::refuse(options),
        DirectoryCommand::Members(options) => members::list(options),
        DirectoryCommand::Show(options) => members::show(options),
        DirectoryCommand::Remove(options) => remove::run(options),
    }
}

/// Which node.
#[derive(Args)]
struct Node {
    /// The configuration file of the operator's node, with its section [directory].
    #[arg(long, value_name = "FILE", default_value = "node.toml")]
    config: PathBuf,
}

impl Node {
    fn read(&self) -> Result<NodeConfig, CommandError> {
        NodeConfig::read(&self.config)
    }
}

/// `GOV/MOF` or `VN/GOV/MOF`, with the instance before it.
fn qualified(text: &str, definition: &Definition) -> String {
    let instance = definition.instance();
    match text.strip_prefix(instance).is_some_and(|rest| rest.starts_with('/')) {
        true => text.to_owned(),
        false => format!("{instance}/{text}"),
    }
}
