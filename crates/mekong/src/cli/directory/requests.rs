//! `mekong directory requests|approve|refuse`: invitations, and requests that wait.

use super::Node;
use crate::cli::{CommandError, CommandResult, Context};
use crate::node::directory::Membership;
use clap::Args;
use mekong_base::{Clock, Instant};
use mekong_directory::registration::{Ask, Event, Journal, Request, Standing, Waiting};
use std::process::ExitCode;

/// Options of `mekong directory requests`.
#[derive(Args)]
pub(crate) struct RequestsOptions {
    #[command(flatten)]
    node: Node,
    /// One JSON object a line instead of text.
    #[arg(long)]
    json: bool,
}

/// Options of `mekong directory approve`.
#[derive(Args)]
pub(crate) struct ApproveOptions {
    /// Name of the request, as `mekong directory requests` shows it.
    id: String,
    #[command(flatten)]
    node: Node,
}

/// Options of `mekong directory refuse`.
#[derive(Args)]
pub(crate) struct RefuseOptions {
    /// Name of the request, as `mekong directory requests` shows it.
    id: String,
    /// Why; whoever asked is told.
    #[arg(long, value_name = "TEXT", default_value = "ask the operator why")]
    reason: String,
    #[command(flatten)]
    node: Node,
}

fn journal(node: &Node) -> Result<Journal, CommandError> {
    let config = node.read()?;
    let (directory, _) = crate::node::enrolment::sections(&config)?;
    Ok(Membership::read(directory)?.journal)
}

/// Runs `mekong directory requests`.
pub(super) fn list(options: &RequestsOptions) -> CommandResult {
    let journal = journal(&options.node)?;
    let now = Clock::system().now();
    for (id, invited) in journal.state().invitations() {
        let standing = match &invited.standing {
            Standing::Open if invited.until <= now => "expired".to_owned(),
            Standing::Open => "open".to_owned(),
            Standing::Used { at, server } => format!("used at {at} for {server}"),
            Standing::Withdrawn => "taken back".to_owned(),
        };
        if options.json {
            let json = serde_json::json!({
                "kind": "invitation", "id": id, "member": invited.member, "name": invited.name, "made": invited.at.to_string(),
                "until": invited.until.to_string(), "subsystems": invited.subsystems, "approve": invited.approve,
                "standing": standing,
            });
            println!("{json}");
        } else {
            println!("invitation {id}  {:<24} until {}  {standing}", invited.member, invited.until);
        }
    }
    for (id, waiting) in journal.state().waiting() {
        let invited = journal.state().invitations().get(&waiting.invitation);
        let member = invited.map(|invited| invited.member.as_str()).unwrap_or_default();
        show_request(id, waiting, member, options.json);
    }
    Ok(ExitCode::SUCCESS)
}

fn show_request(id: &str, waiting: &Waiting, member: &str, json: bool) {
    let decision = match &waiting.decision {
        None => "waiting",
        Some(Ok(())) => "approved",
        Some(Err(_)) => "refused",
    };
    let request: Option<Request> = serde_json::from_str(&waiting.envelope.statement).ok();
    let (server, address) = match request.map(|r| r.ask) {
        Some(Ask::Join(join)) => (join.server, join.address),
        _ => (String::new(), String::new()),
    };
    if json {
        let json = serde_json::json!({
            "kind": "request", "id": id, "invitation": waiting.invitation, "member": member, "at": waiting.at.to_string(), "server": server,
            "address": address, "fingerprint": waiting.request, "decision": decision,
        });
        println!("{json}");
        return;
    }
    println!(
        "request    {id}  {decision}: {member}, server {server} at {address}, invitation {}, of {}",
        waiting.invitation, waiting.at
    );
    println!("           fingerprint {} (`mekong join` shows the same)", waiting.request);
}

/// Runs `mekong directory approve`.
pub(super) fn approve(options: &ApproveOptions) -> CommandResult {
    let id = options.id.clone();
    decide(&options.node, &options.id, Event::Approved { id })?;
    println!("{} is approved: the gateway gets its certificates when it asks again, within seconds", options.id);
    Ok(ExitCode::SUCCESS)
}

/// Runs `mekong directory refuse`.
pub(super) fn refuse(options: &RefuseOptions) -> CommandResult {
    let (id, reason) = (options.id.clone(), options.reason.clone());
    decide(&options.node, &options.id, Event::Refused { id, reason })?;
    println!("{} is refused; its invitation is used up", options.id);
    Ok(ExitCode::SUCCESS)
}

fn decide(node: &Node, id: &str, event: Event) -> Result<(), CommandError> {
    let mut journal = journal(node)?;
    let now: Instant = Clock::system().now();
    let mut fault = None;
    let recorded = journal.exclusively(|journal| {
        match journal.state().waiting().get(id).map(|w| &w.decision) {
            None => fault = Some(format!("no request {id} waits; `mekong directory requests` lists them")),
            Some(Some(_)) => fault = Some(format!("it is decided already what becomes of {id}")),
            Some(None) => journal.append(now, event)?,
        }
        Ok(())
    });
    recorded.context(|| "record the decision")?;
    fault.map_or(Ok(()), |fault| Err(CommandError::new(fault)))
}
