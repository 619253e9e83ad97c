//! `mekong directory remove`: members, subsystems, gateways, invitations.

use super::{Node, qualified};
use crate::cli::{CommandError, CommandResult, Context};
use crate::node::directory::Membership;
use clap::Args;
use mekong_base::Clock;
use mekong_directory::publish::Definition;
use mekong_directory::registration::{Change, Event, Journal, Standing};
use std::process::ExitCode;

/// Options of `mekong directory remove`.
#[derive(Args)]
pub(crate) struct RemoveOptions {
    /// CLASS/CODE, CLASS/CODE/SUBSYSTEM, CLASS/CODE/SERVER, or the name of an invitation.
    id: String,
    #[command(flatten)]
    node: Node,
    /// It is the gateway, where there is a subsystem of the same code.
    #[arg(long, conflicts_with = "subsystem")]
    server: bool,
    /// It is the subsystem, where there is a gateway of the same code.
    #[arg(long)]
    subsystem: bool,
}

/// Runs the command.
pub(super) fn run(options: &RemoveOptions) -> CommandResult {
    let config = options.node.read()?;
    let directory = config.directory.as_ref();
    let none = || CommandError::new("this node has no [directory]: name the operator's file with --config");
    let Membership { definition, mut journal } = Membership::read(directory.ok_or_else(none)?)?;
    if journal.state().invitations().contains_key(&options.id) {
        return withdraw(&mut journal, &options.id);
    }
    let id = qualified(&options.id, &definition);
    let change = change(&definition, id.clone(), options)?;
    Change::apply_all(std::slice::from_ref(&change), &mut definition.clone()).context(|| format!("remove {id}"))?;
    let event = Event::Changed {
        request: None,
        envelope: None,
        invitation: None,
        server: String::new(),
        changes: vec![change],
        signing: None,
        authentication: None,
    };
    let now = Clock::system().now();
    journal.exclusively(|journal| journal.append(now, event)).context(|| "record the removal")?;
    println!(
        "{id} is removed; gateways know within a minute of theirs. Its certificates are good until you revoke them: mekong ca revoke"
    );
    Ok(ExitCode::SUCCESS)
}

fn change(definition: &Definition, id: String, options: &RemoveOptions) -> Result<Change, CommandError> {
    let is_server = definition.shared.servers.iter().any(|s| s.id.to_string() == id);
    let mut members = definition.shared.members.iter();
    let is_client = members
        .any(|m| m.id.to_string() == id || m.subsystems.iter().any(|s| m.id.subsystem(&s.code).to_string() == id));
    match (is_server, is_client) {
        (true, true) if !options.server && !options.subsystem => {
            let text = format!("{id} is a subsystem and a gateway: say --subsystem or --server");
            Err(CommandError::new(text))
        }
        (true, _) if !options.subsystem => Ok(Change::RemoveServer { server: id }),
        (_, true) if !options.server => Ok(Change::RemoveClient { client: id }),
        _ => {
            let text = format!("there is no {id} in the directory, and no invitation of that name");
            Err(CommandError::new(text))
        }
    }
}

fn withdraw(journal: &mut Journal, id: &str) -> CommandResult {
    let now = Clock::system().now();
    let mut is_open = false;
    let withdrawn = journal.exclusively(|journal| {
        is_open = journal.state().invitations().get(id).is_some_and(|i| i.standing == Standing::Open);
        if is_open { journal.append(now, Event::Withdrawn { id: id.to_owned() }) } else { Ok(()) }
    });
    withdrawn.context(|| "take the invitation back")?;
    if !is_open {
        return Err(CommandError::new(format!("the invitation {id} is used or taken back already")));
    }
    println!("the invitation {id} is good for nothing any more");
    Ok(ExitCode::SUCCESS)
}
