//! Commands that change one thing.

use super::client::{At, Client, encoded, in_address, list as items, service_place, text};
use crate::cli::{CommandError, CommandResult, Context};
use clap::{Args, Subcommand};
use http::Method;
use mekong_base::{ClientId, ServiceId};
use mekong_exchange::administration::{Endpoint, Role};
use mekong_exchange::rules::rights::Subject;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `mekong gateway add-subsystem` and `remove-subsystem`.
#[derive(Args)]
pub(crate) struct SubsystemOptions {
    /// The subsystem: VN/GOV/MPS/population.
    id: ClientId,
    #[command(flatten)]
    at: At,
}

/// Options of `mekong gateway connect`.
#[derive(Args)]
pub(crate) struct ConnectOptions {
    /// The subsystem: VN/GOV/MPS/population.
    id: ClientId,
    /// From this address; may be given several times.
    #[arg(long, value_name = "ADDRESS", required_unless_present = "from_anywhere")]
    from: Vec<IpAddr>,
    /// From every system that reaches the gateway.
    #[arg(long, conflicts_with = "from")]
    from_anywhere: bool,
    #[command(flatten)]
    at: At,
}

/// Options of `mekong gateway add-service`.
#[derive(Args)]
pub(crate) struct ServiceOptions {
    /// The service: VN/GOV/MPS/population/persons.
    service: ServiceId,
    /// Address of the system behind it, http://host[:port][/base]; the next is tried where one cannot be reached.
    #[arg(long, value_name = "URL")]
    url: Vec<String>,
    /// Seconds it may take to answer: 60 for a new service.
    #[arg(long, value_name = "N")]
    timeout: Option<u32>,
    /// Switched off, with this notice for those who ask.
    #[arg(long, value_name = "NOTICE", conflicts_with = "enabled")]
    disabled: Option<String>,
    /// Switched on again.
    #[arg(long)]
    enabled: bool,
    /// Where its OpenAPI description is fetched from.
    #[arg(long, value_name = "URL", conflicts_with = "openapi_file")]
    openapi_url: Option<String>,
    /// A file with its OpenAPI description (JSON), which the gateway keeps.
    #[arg(long, value_name = "FILE")]
    openapi_file: Option<PathBuf>,
    #[command(flatten)]
    at: At,
}

/// Options of `mekong gateway remove-service`.
#[derive(Args)]
pub(crate) struct RemoveServiceOptions {
    /// The service: VN/GOV/MPS/population/persons.
    service: ServiceId,
    #[command(flatten)]
    at: At,
}

/// Options of `mekong gateway grant` and `revoke`.
#[derive(Args)]
pub(crate) struct RightOptions {
    /// Who: LA/GOV/MOHA/civil, global:VN/ministries or local:clerks.
    #[arg(long, value_name = "SUBJECT")]
    to: Subject,
    /// What: VN/GOV/MPS/population/persons.
    #[arg(long, value_name = "ID")]
    service: ServiceId,
    /// One endpoint: its method; all methods, if left out.
    #[arg(long, value_name = "METHOD", requires = "path")]
    method: Option<String>,
    /// One endpoint: its path pattern, /v1/persons/*; the whole service, if left out.
    #[arg(long, value_name = "PATTERN")]
    path: Option<String>,
    #[command(flatten)]
    at: At,
}

/// Commands of `mekong gateway group`.
#[derive(Subcommand)]
pub(crate) enum GroupCommand {
    /// Make a group, or describe it anew.
    Put {
        /// Whose group: VN/GOV/MPS/population.
        id: ClientId,
        /// Its code.
        group: String,
        /// What it is for.
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
        #[command(flatten)]
        at: At,
    },
    /// Remove a group, with the rights granted to it.
    Remove {
        /// Whose group: VN/GOV/MPS/population.
        id: ClientId,
        /// Its code.
        group: String,
        #[command(flatten)]
        at: At,
    },
    /// Put a client into a group.
    Add {
        /// Whose group: VN/GOV/MPS/population.
        id: ClientId,
        /// Its code.
        group: String,
        /// Who: LA/GOV/MOHA/civil.
        member: ClientId,
        #[command(flatten)]
        at: At,
    },
    /// Take a client out of a group.
    Take {
        /// Whose group: VN/GOV/MPS/population.
        id: ClientId,
        /// Its code.
        group: String,
        /// Who: LA/GOV/MOHA/civil.
        member: ClientId,
        #[command(flatten)]
        at: At,
    },
}

/// Commands of `mekong gateway user`.
#[derive(Subcommand)]
pub(crate) enum UserCommand {
    /// List users with their roles.
    List {
        /// As the API gives it.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        at: At,
    },
    /// Make a user, or change the roles.
    Put {
        /// The name.
        name: String,
        /// auditor, registrar, security_officer or system_administrator; may be given several times.
        #[arg(long, value_name = "ROLE")]
        role: Vec<Role>,
        #[command(flatten)]
        at: At,
    },
    /// Remove a user, with all tokens.
    Remove {
        /// The name.
        name: String,
        #[command(flatten)]
        at: At,
    },
}

/// Commands of `mekong gateway token`.
#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token. It is printed this once.
    Make {
        /// Whose.
        user: String,
        /// What it is for.
        #[arg(long, value_name = "TEXT", default_value = "")]
        label: String,
        /// After how many days it ends, 1 to 3660.
        #[arg(long, value_name = "N", default_value_t = 365, conflicts_with = "for_ever")]
        days: u32,
        /// It never ends.
        #[arg(long)]
        for_ever: bool,
        #[command(flatten)]
        at: At,
    },
    /// List tokens of a user, without their secrets.
    List {
        /// Whose.
        user: String,
        /// As the API gives it.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        at: At,
    },
    /// End a token: it opens nothing any more.
    End {
        /// Its number.
        number: String,
        #[command(flatten)]
        at: At,
    },
}

/// Asks for a change and says where it stands.
pub(super) async fn changed(client: &Client, method: Method, path: &str, body: Option<Value>) -> CommandResult {
    let said = client.ask(method, path, body.as_ref(), None).await?.value;
    println!("Done; it stands in the audit log at {}.", said.get("position").and_then(Value::as_u64).unwrap_or(0));
    warn(&said);
    Ok(ExitCode::SUCCESS)
}

/// What is odd about a change that was made.
pub(super) fn warn(said: &Value) {
    items(said, "warnings").iter().filter_map(Value::as_str).for_each(|warning| eprintln!("Warning: {warning}"));
}

/// Serves a subsystem.
pub(super) async fn add_subsystem(options: &SubsystemOptions) -> CommandResult {
    let body = json!({ "id": options.id });
    changed(&options.at.client()?, Method::POST, "/subsystems", Some(body)).await
}

/// Serves it no longer.
pub(super) async fn remove_subsystem(options: &SubsystemOptions) -> CommandResult {
    let path = format!("/subsystems/{}", in_address(&options.id));
    changed(&options.at.client()?, Method::DELETE, &path, None).await
}

/// Says from where systems may ask.
pub(super) async fn connect(options: &ConnectOptions) -> CommandResult {
    let callers = if options.from_anywhere { Value::Null } else { json!(options.from) };
    let path = format!("/subsystems/{}/connection", in_address(&options.id));
    changed(&options.at.client()?, Method::PUT, &path, Some(json!({ "callers": callers }))).await
}

/// Offers a service.
pub(super) async fn add_service(options: &ServiceOptions) -> CommandResult {
    let read = |path: &PathBuf| std::fs::read_to_string(path).context(|| format!("read {}", path.display()));
    let openapi = options.openapi_file.as_ref().map(read).transpose()?;
    let client = options.at.client()?;
    let subsystem = client.get(&format!("/subsystems/{}", in_address(&options.service.provider))).await?.value;
    let there = items(&subsystem, "services").iter().find(|one| text(one, "code") == options.service.service);
    if there.is_none() && options.url.is_empty() {
        return Err(CommandError::new("a new service needs the address of the system behind it: --url"));
    }
    // What is not given stays as it is.
    let kept = |field: &str| there.map_or(Value::Null, |there| there.get(field).cloned().unwrap_or_default());
    let or_kept = |given: Option<Value>, field| given.unwrap_or_else(|| kept(field));
    let describes = openapi.is_some() || options.openapi_url.is_some();
    let described = |given: &Option<String>, field| if describes { json!(given) } else { kept(field) };
    let body = json!({
        "urls": or_kept((!options.url.is_empty()).then(|| json!(options.url)), "urls"),
        "timeout_seconds": or_kept(options.timeout.map(Value::from), "timeout_seconds"),
        "disabled": if options.enabled { Value::Null } else { or_kept(options.disabled.clone().map(Value::from), "disabled") },
        "openapi_url": described(&options.openapi_url, "openapi_url"),
        "openapi": described(&openapi, "openapi"),
    });
    changed(&client, Method::PUT, &service_place(&options.service), Some(body)).await
}

/// Takes a service away.
pub(super) async fn remove_service(options: &RemoveServiceOptions) -> CommandResult {
    changed(&options.at.client()?, Method::DELETE, &service_place(&options.service), None).await
}

/// The endpoint that the options name.
fn endpoint(options: &RightOptions) -> Result<Option<Value>, CommandError> {
    let Some(path) = &options.path else { return Ok(None) };
    let endpoint = Endpoint::new(options.method.as_deref(), path).context(|| "--method, --path")?;
    Ok(Some(json!({ "method": endpoint.method(), "path": endpoint.path.to_string() })))
}

/// Grants a right; an endpoint that the service does not have yet is added first.
pub(super) async fn grant(options: &RightOptions) -> CommandResult {
    let client = options.at.client()?;
    let id = in_address(&options.service.provider);
    let endpoint = endpoint(options)?;
    if let Some(endpoint) = &endpoint {
        let subsystem = client.get(&format!("/subsystems/{id}")).await?.value;
        let code = &options.service.service;
        let service = items(&subsystem, "services").iter().find(|service| text(service, "code") == code);
        if service.is_some_and(|service| !items(service, "endpoints").contains(endpoint)) {
            let path = format!("{}/endpoints", service_place(&options.service));
            client.ask(Method::POST, &path, Some(endpoint), None).await?;
        }
    }
    let mut body = json!({ "subject": options.to, "service": options.service.service });
    if let (Some(endpoint), Some(members)) = (endpoint, body.as_object_mut()) {
        members.insert("endpoint".to_owned(), endpoint);
    }
    changed(&client, Method::POST, &format!("/subsystems/{id}/rights"), Some(body)).await
}

/// Revokes a right.
pub(super) async fn revoke(options: &RightOptions) -> CommandResult {
    let subject = encoded(&options.to.to_string());
    let mut path = format!(
        "/subsystems/{}/rights?subject={subject}&service={}",
        in_address(&options.service.provider),
        encoded(&options.service.service)
    );
    if let Some(endpoint) = endpoint(options)? {
        let (method, pattern) = (encoded(text(&endpoint, "method")), encoded(text(&endpoint, "path")));
        path.push_str(&format!("&method={method}&path={pattern}"));
    }
    changed(&options.at.client()?, Method::DELETE, &path, None).await
}

fn group_place(id: &ClientId, group: &str) -> String {
    format!("/subsystems/{}/groups/{}", in_address(id), encoded(group))
}

/// Keeps local groups.
pub(super) async fn group(command: GroupCommand) -> CommandResult {
    match command {
        GroupCommand::Put { id, group, description, at } => {
            let body = json!({ "description": description });
            changed(&at.client()?, Method::PUT, &group_place(&id, &group), Some(body)).await
        }
        GroupCommand::Remove { id, group, at } => {
            changed(&at.client()?, Method::DELETE, &group_place(&id, &group), None).await
        }
        GroupCommand::Add { id, group, member, at } => {
            let path = format!("{}/members/{}", group_place(&id, &group), in_address(&member));
            changed(&at.client()?, Method::PUT, &path, None).await
        }
        GroupCommand::Take { id, group, member, at } => {
            let path = format!("{}/members/{}", group_place(&id, &group), in_address(&member));
            changed(&at.client()?, Method::DELETE, &path, None).await
        }
    }
}

/// Users and their roles.
pub(super) async fn user(command: UserCommand) -> CommandResult {
    match command {
        UserCommand::List { json, at } => {
            let said = at.client()?.get("/users?limit=1000").await?.value;
            if json {
                println!("{said}");
                return Ok(ExitCode::SUCCESS);
            }
            for user in items(&said, "users") {
                let roles: Vec<&str> = items(user, "roles").iter().filter_map(Value::as_str).collect();
                let tokens = user.get("tokens").and_then(Value::as_u64).unwrap_or(0);
                println!("{:<24} tokens {tokens:<4} {}", text(user, "name"), roles.join(", "));
            }
            if items(&said, "users").is_empty() {
                println!("no users: mekong gateway user put NAME --role ROLE");
            }
            Ok(ExitCode::SUCCESS)
        }
        UserCommand::Put { name, role, at } => {
            let body = json!({ "roles": role.iter().map(|role| role.name()).collect::<Vec<_>>() });
            changed(&at.client()?, Method::PUT, &format!("/users/{}", encoded(&name)), Some(body)).await
        }
        UserCommand::Remove { name, at } => {
            changed(&at.client()?, Method::DELETE, &format!("/users/{}", encoded(&name)), None).await
        }
    }
}

/// Tokens of users.
pub(super) async fn token(command: TokenCommand) -> CommandResult {
    match command {
        TokenCommand::Make { user, label, days, for_ever, at } => {
            let path = format!("/users/{}/tokens", encoded(&user));
            let body = match for_ever {
                true => json!({ "label": label, "for_ever": true }),
                false => json!({ "label": label, "days": days }),
            };
            let said = at.client()?.ask(Method::POST, &path, Some(&body), None).await?.value;
            println!("{}", text(&said, "token"));
            eprintln!("Number {}. The token is shown this once: put it into a safe place.", text(&said, "number"));
            Ok(ExitCode::SUCCESS)
        }
        TokenCommand::List { user, json, at } => {
            let said = at.client()?.get(&format!("/users/{}/tokens", encoded(&user))).await?.value;
            if json {
                println!("{said}");
                return Ok(ExitCode::SUCCESS);
            }
            for token in items(&said, "tokens") {
                let end = match text(token, "expires") {
                    "" => "never ends".to_owned(),
                    at => format!("ends {at}"),
                };
                println!("{:<16} {end:<32} {}", text(token, "number"), text(token, "label"));
            }
            Ok(ExitCode::SUCCESS)
        }
        TokenCommand::End { number, at } => {
            changed(&at.client()?, Method::DELETE, &format!("/tokens/{}", encoded(&number)), None).await
        }
    }
}
