//! Commands that change nothing.

use super::client::{At, encoded, in_address, list as items, text};
use crate::cli::CommandResult;
use clap::Args;
use http::Method;
use mekong_base::{ClientId, ServiceId};
use mekong_exchange::wire::rest::Verb;
use serde_json::Value;
use std::process::ExitCode;

/// Options of `mekong gateway list`.
#[derive(Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    at: At,
    /// As the API gives it.
    #[arg(long)]
    json: bool,
}

/// Options of `mekong gateway show`.
#[derive(Args)]
pub(crate) struct ShowOptions {
    /// The subsystem: VN/GOV/MPS/population.
    id: ClientId,
    #[command(flatten)]
    at: At,
    /// As the API gives it.
    #[arg(long)]
    json: bool,
}

/// Options of `mekong gateway explain`.
#[derive(Args)]
pub(crate) struct ExplainOptions {
    /// Who would call: LA/GOV/MOHA/civil.
    #[arg(long, value_name = "ID")]
    client: ClientId,
    /// What: VN/GOV/MPS/population/persons.
    #[arg(long, value_name = "ID")]
    service: ServiceId,
    /// By which method, with --path.
    #[arg(long, value_name = "METHOD", requires = "path")]
    method: Option<Verb>,
    /// On which path after the service, with --method: /v1/persons/42.
    #[arg(long, value_name = "PATH", requires = "method")]
    path: Option<String>,
    #[command(flatten)]
    at: At,
    /// As the API gives it.
    #[arg(long)]
    json: bool,
}

/// Options of `mekong gateway audit`.
#[derive(Args)]
pub(crate) struct AuditOptions {
    /// Only lines by this user.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Only what was refused.
    #[arg(long)]
    refused: bool,
    /// Only lines with this text.
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// So many lines at most.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// A line of JSON each, as the API gives it.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    at: At,
}

/// Options of `mekong gateway enter`.
#[derive(Args)]
pub(crate) struct EnterOptions {
    #[command(flatten)]
    at: At,
}

/// Lists what is served.
pub(super) async fn list(options: &ListOptions) -> CommandResult {
    let client = options.at.client()?;
    let gateway = client.get("/gateway").await?.value;
    let mut subsystems = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("/subsystems?limit=1000&cursor={}", encoded(&cursor))).await?.value;
        subsystems.extend(items(&page, "subsystems").iter().cloned());
        match page.get("next_cursor").and_then(Value::as_str) {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    if options.json {
        println!("{}", serde_json::json!({ "gateway": gateway, "subsystems": subsystems }));
        return Ok(ExitCode::SUCCESS);
    }
    let state = match (gateway.get("running").and_then(Value::as_bool), text(&gateway, "refusing")) {
        (Some(true), "") => "running".to_owned(),
        (Some(true), reason) => format!("refuses messages: {reason}"),
        _ => "switched off".to_owned(),
    };
    println!("{}  {state}  {}", text(&gateway, "server"), text(&gateway, "address"));
    for subsystem in &subsystems {
        let services: Vec<&str> = items(subsystem, "services").iter().filter_map(Value::as_str).collect();
        let rights = subsystem.get("rights").and_then(Value::as_u64).unwrap_or(0);
        let registered = subsystem.get("registered").and_then(Value::as_bool).unwrap_or(false);
        let note = if registered { "" } else { "  not registered in the directory" };
        println!("  {:<40} rights {rights:<5} services {}{note}", text(subsystem, "id"), services.join(", "));
    }
    if subsystems.is_empty() {
        println!("  no subsystems: mekong gateway add-subsystem ID, or mekong gateway apply FILE");
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows a subsystem.
pub(super) async fn show(options: &ShowOptions) -> CommandResult {
    let subsystem = options.at.client()?.get(&format!("/subsystems/{}", in_address(&options.id))).await?.value;
    if options.json {
        println!("{subsystem}");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}", text(&subsystem, "id"));
    let callers = subsystem.pointer("/connection/callers").and_then(Value::as_array);
    let callers = callers.map(|list| list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "));
    println!("  systems connect from {}", callers.unwrap_or_else(|| "anywhere".to_owned()));
    for service in items(&subsystem, "services") {
        let urls: Vec<&str> = items(service, "urls").iter().filter_map(Value::as_str).collect();
        let seconds = service.get("timeout_seconds").and_then(Value::as_u64).unwrap_or(0);
        println!("  service {}  {}  {seconds} s", text(service, "code"), urls.join(", "));
        if let Some(notice) = service.get("disabled").and_then(Value::as_str) {
            println!("    switched off: {notice}");
        }
        for endpoint in items(service, "endpoints") {
            println!("    {} {}", text(endpoint, "method"), text(endpoint, "path"));
        }
    }
    for group in items(&subsystem, "groups") {
        let members: Vec<&str> = items(group, "members").iter().filter_map(Value::as_str).collect();
        println!("  group {}  {}  {}", text(group, "code"), text(group, "description"), members.join(", "));
    }
    for right in items(&subsystem, "rights") {
        let part = match right.get("endpoint").filter(|endpoint| endpoint.is_object()) {
            Some(endpoint) => format!("{} {}", text(endpoint, "method"), text(endpoint, "path")),
            None => "everything".to_owned(),
        };
        println!("  right {}  {}  {part}", text(right, "subject"), text(right, "service"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Says who may call what.
pub(super) async fn explain(options: &ExplainOptions) -> CommandResult {
    let mut path = format!(
        "/explanations?client={}&service={}",
        encoded(&options.client.to_string()),
        encoded(&options.service.to_string())
    );
    if let (Some(method), Some(asked)) = (options.method, &options.path) {
        path.push_str(&format!("&method={method}&path={}", encoded(asked)));
    }
    let explanation = options.at.client()?.get(&path).await?.value;
    let answer = text(&explanation, "answer");
    if options.json {
        println!("{explanation}");
    } else {
        println!(
            "{}",
            match answer {
                "yes" => "Yes: it may.",
                "partly" => "It may call parts of the service.",
                "elsewhere" => "Another gateway decides.",
                _ => "No: it may not.",
            }
        );
        for reason in items(&explanation, "reasons") {
            let mark = match reason.get("good").and_then(Value::as_bool) {
                Some(true) => "yes",
                Some(false) => "NO",
                None => "",
            };
            println!("  {mark:<4}{}", text(reason, "text"));
        }
    }
    Ok(if answer == "yes" { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Prints the audit log.
pub(super) async fn audit(options: &AuditOptions) -> CommandResult {
    let client = options.at.client()?;
    let mut filter = String::new();
    for (name, value) in [("user", &options.user), ("text", &options.text)] {
        if let Some(value) = value {
            filter.push_str(&format!("&{name}={}", encoded(value)));
        }
    }
    if options.refused {
        filter.push_str("&outcome=refused");
    }
    let (mut left, mut cursor) = (options.limit, String::new());
    while left > 0 {
        let path = format!("/audit?limit={}&cursor={cursor}{filter}", left.min(1000));
        let page = client.get(&path).await?.value;
        let lines = items(&page, "lines");
        lines.iter().for_each(|line| print_line(line, options.json));
        left = left.saturating_sub(u32::try_from(lines.len()).unwrap_or(u32::MAX));
        match page.get("next_cursor").and_then(Value::as_str) {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print_line(line: &Value, json: bool) {
    if json {
        println!("{line}");
        return;
    }
    let user = match text(line, "user") {
        "" => "(unknown)",
        user => user,
    };
    let position = line.get("position").and_then(Value::as_u64).unwrap_or(0);
    let refused = match text(line, "refusal") {
        "" => String::new(),
        reason => format!("  REFUSED: {reason}"),
    };
    let (at, from, said) = (text(line, "at"), text(line, "from"), text(line, "text"));
    println!("{position:>6}  {at}  {user:<16} {from:<15} {said}{refused}");
}

/// Prints an address that lets a browser in.
pub(super) async fn enter(options: &EnterOptions) -> CommandResult {
    let client = options.at.client()?;
    let said = client.ask(Method::POST, "/session-codes", None, None).await?.value;
    println!("http://{}{}", client.address(), text(&said, "path"));
    eprintln!("Open it in a browser on this machine; it works once, within 15 minutes.");
    Ok(ExitCode::SUCCESS)
}
