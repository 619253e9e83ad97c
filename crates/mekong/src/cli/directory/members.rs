//! `mekong directory members|show`: who is in the directory.

use super::{Node, qualified};
use crate::cli::{CommandError, CommandResult};
use crate::node::directory::Membership;
use clap::Args;
use mekong_base::ClientId;
use mekong_directory::publish::Definition;
use mekong_directory::shared::{Member, SecurityServer, Subsystem};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Options of `mekong directory members`.
#[derive(Args)]
pub(crate) struct MembersOptions {
    #[command(flatten)]
    node: Node,
    /// One JSON object a member instead of text.
    #[arg(long)]
    json: bool,
}

/// Options of `mekong directory show`.
#[derive(Args)]
pub(crate) struct ShowOptions {
    /// CLASS/CODE, CLASS/CODE/SUBSYSTEM or CLASS/CODE/SERVER.
    id: String,
    #[command(flatten)]
    node: Node,
    /// One JSON object instead of text, with a `kind`; two where a subsystem and a gateway have the same code.
    #[arg(long)]
    json: bool,
}

fn definition(node: &Node) -> Result<Definition, CommandError> {
    let config = node.read()?;
    let directory = config.directory.as_ref();
    let none = || CommandError::new("this node has no [directory]: name the operator's file with --config");
    Ok(Membership::read(directory.ok_or_else(none)?)?.definition)
}

/// Runs `mekong directory members`.
pub(super) fn list(options: &MembersOptions) -> CommandResult {
    let definition = definition(&options.node)?;
    for member in &definition.shared.members {
        if options.json {
            println!("{}", json_member(member, &definition));
        } else {
            print(member, &definition);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn servers<'d>(member: &Member, definition: &'d Definition) -> impl Iterator<Item = &'d SecurityServer> {
    let id = member.id.clone();
    definition.shared.servers.iter().filter(move |s| s.id.owner == id)
}

fn json_member(member: &Member, definition: &Definition) -> Value {
    let subsystem = |s: &Subsystem| json!({ "id": member.id.subsystem(&s.code).to_string(), "name": s.name });
    json!({
        "kind": "member", "id": member.id.to_string(), "name": member.name,
        "subsystems": member.subsystems.iter().map(subsystem).collect::<Vec<_>>(),
        "servers": servers(member, definition).map(json_server).collect::<Vec<_>>(),
    })
}

fn json_subsystem(client: &ClientId, subsystem: &Subsystem, definition: &Definition) -> Value {
    let servers: Vec<String> = registered(client, definition).map(|server| server.id.to_string()).collect();
    let groups: Vec<&String> = groups(client, definition).collect();
    json!({
        "kind": "subsystem", "id": client.to_string(), "name": subsystem.name, "servers": servers, "groups": groups,
    })
}

fn json_server(server: &SecurityServer) -> Value {
    let clients: Vec<String> = server.clients.iter().map(ToString::to_string).collect();
    let certificates: Vec<String> = server.auth_cert_hashes.iter().map(hex::encode).collect();
    json!({
        "kind": "server", "id": server.id.to_string(), "address": server.address, "clients": clients,
        "certificates": certificates, "maintenance": server.maintenance.is_some(),
    })
}

fn print(member: &Member, definition: &Definition) {
    println!("{}  {}", member.id, member.name);
    for subsystem in &member.subsystems {
        let id = member.id.subsystem(&subsystem.code);
        let at: Vec<String> = registered(&id, definition).map(|s| s.id.to_string()).collect();
        let at = if at.is_empty() { "registered nowhere".to_owned() } else { format!("at {}", at.join(", ")) };
        println!("  subsystem {id}  {}  {at}", subsystem.name.as_deref().unwrap_or_default());
    }
    for server in servers(member, definition) {
        print_server(server);
    }
}

fn print_server(server: &SecurityServer) {
    let address = server.address.as_deref().unwrap_or("no address");
    let maintenance = if server.maintenance.is_some() { ", in maintenance" } else { "" };
    println!(
        "  server    {}  {address}, {} authentication certificate(s){maintenance}",
        server.id,
        server.auth_cert_hashes.len()
    );
}

fn registered<'d>(client: &ClientId, definition: &'d Definition) -> impl Iterator<Item = &'d SecurityServer> {
    let client = client.clone();
    definition.shared.servers.iter().filter(move |s| s.clients.contains(&client))
}

fn groups<'d>(client: &ClientId, definition: &'d Definition) -> impl Iterator<Item = &'d String> {
    let client = client.clone();
    definition.shared.groups.iter().filter(move |group| group.members.contains(&client)).map(|group| &group.code)
}

fn print_subsystem(client: &ClientId, subsystem: &Subsystem, definition: &Definition) {
    println!("subsystem {client}  {}", subsystem.name.as_deref().unwrap_or_default());
    registered(client, definition).for_each(print_server);
    groups(client, definition).for_each(|group| println!("  group     {group}"));
}

fn print_whole_server(server: &SecurityServer) {
    println!("server of {}", server.id.owner);
    print_server(server);
    server.auth_cert_hashes.iter().for_each(|hash| println!("  certificate sha256 {}", hex::encode(hash)));
    server.clients.iter().for_each(|client| println!("  client    {client}"));
}

/// Runs `mekong directory show`.
pub(super) fn show(options: &ShowOptions) -> CommandResult {
    let definition = definition(&options.node)?;
    let id = qualified(&options.id, &definition);
    let mut is_found = false;
    for member in &definition.shared.members {
        if member.id.to_string() == id {
            match options.json {
                true => println!("{}", json_member(member, &definition)),
                false => print(member, &definition),
            }
            is_found = true;
        }
        for subsystem in member.subsystems.iter().filter(|s| member.id.subsystem(&s.code).to_string() == id) {
            let client = member.id.subsystem(&subsystem.code);
            match options.json {
                true => println!("{}", json_subsystem(&client, subsystem, &definition)),
                false => print_subsystem(&client, subsystem, &definition),
            }
            is_found = true;
        }
    }
    for server in definition.shared.servers.iter().filter(|s| s.id.to_string() == id) {
        match options.json {
            true => println!("{}", json_server(server)),
            false => print_whole_server(server),
        }
        is_found = true;
    }
    match is_found {
        true => Ok(ExitCode::SUCCESS),
        false => {
            let text = format!("there is no {id} in the directory; `mekong directory members` lists all");
            Err(CommandError::new(text))
        }
    }
}
