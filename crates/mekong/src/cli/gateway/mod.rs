//! `mekong gateway`: administers a running gateway through the API of its administration.
//!
//! - [`client`]: speaks to it; [`look`]: what there is; [`change`]: changing one thing; [`apply`]: changing everything by a
//!   file; [`key`]: keys and certificates.

mod apply;
mod change;
pub(super) mod client;
mod key;
mod look;

use super::CommandResult;
use clap::Subcommand;

/// Commands of `mekong gateway`.
#[derive(Subcommand)]
pub(crate) enum GatewayCommand {
    /// List the subsystems that it serves, with their services.
    List(look::ListOptions),
    /// Show a subsystem: services, groups, rights.
    Show(look::ShowOptions),
    /// Say who may call what, and why not. Exit 0: it may, 1: it may not (or only parts, or another gateway decides).
    Explain(look::ExplainOptions),
    /// Print the audit log, newest first.
    Audit(look::AuditOptions),
    /// Print an address that lets a browser in once, within a quarter of an hour.
    Enter(look::EnterOptions),
    /// Make it serve what a file declares. Prints what changes and asks; with --yes it does not ask.
    Apply(apply::ApplyOptions),
    /// Print what it serves as a file for `apply`.
    Export(apply::ExportOptions),
    /// Serve a subsystem from now on.
    AddSubsystem(change::SubsystemOptions),
    /// Serve a subsystem no longer.
    RemoveSubsystem(change::SubsystemOptions),
    /// Say from where information systems may ask in a subsystem's name.
    Connect(change::ConnectOptions),
    /// Offer a service, or change what is said of it; what is not given stays as it is.
    AddService(change::ServiceOptions),
    /// Take a service away, with the rights to it.
    RemoveService(change::RemoveServiceOptions),
    /// Grant a right to a service, or to one endpoint of it.
    Grant(change::RightOptions),
    /// Revoke a right that was granted.
    Revoke(change::RightOptions),
    /// Make, change and remove local groups; `mekong gateway show` lists them.
    #[command(subcommand)]
    Group(change::GroupCommand),
    /// List keys and certificates, make and import them, take them out of use.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// List, make, change or remove users.
    #[command(subcommand)]
    User(change::UserCommand),
    /// Make, list and end tokens of users.
    #[command(subcommand)]
    Token(change::TokenCommand),
}

/// Runs the command.
pub(crate) async fn run(command: GatewayCommand) -> CommandResult {
    match command {
        GatewayCommand::List(options) => look::list(&options).await,
        GatewayCommand::Show(options) => look::show(&options).await,
        GatewayCommand::Explain(options) => look::explain(&options).await,
        GatewayCommand::Audit(options) => look::audit(&options).await,
        GatewayCommand::Enter(options) => look::enter(&options).await,
        GatewayCommand::Apply(options) => apply::apply(&options).await,
        GatewayCommand::Export(options) => apply::export(&options).await,
        GatewayCommand::AddSubsystem(options) => change::add_subsystem(&options).await,
        GatewayCommand::RemoveSubsystem(options) => change::remove_subsystem(&options).await,
        GatewayCommand::Connect(options) => change::connect(&options).await,
        GatewayCommand::AddService(options) => change::add_service(&options).await,
        GatewayCommand::RemoveService(options) => change::remove_service(&options).await,
        GatewayCommand::Grant(options) => change::grant(&options).await,
        GatewayCommand::Revoke(options) => change::revoke(&options).await,
        GatewayCommand::Group(command) => change::group(command).await,
        GatewayCommand::Key(command) => key::run(command).await,
        GatewayCommand::User(command) => change::user(command).await,
        GatewayCommand::Token(command) => change::token(command).await,
    }
}
