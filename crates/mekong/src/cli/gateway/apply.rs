//! Everything that a gateway serves, as one file.

use super::change::warn;
use super::client::{At, list};
use crate::cli::{CommandError, CommandResult, Context};
use clap::Args;
use http::Method;
use mekong_exchange::administration::{Declaration, Description};
use serde_json::Value;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `mekong gateway apply`.
#[derive(Args)]
#[command(after_help = "A file looks like this:

  version = 1

  [[subsystems]]
  id = \"VN/GOV/MPS/population\"
  callers = [\"10.0.0.7\"]                  # left out: every system that reaches the gateway

  [[subsystems.services]]
  code = \"persons\"
  urls = [\"http://10.0.0.3:8081\"]
  timeout_seconds = 60
  openapi = { url = \"http://10.0.0.3:8081/v1/openapi.json\" }

  [[subsystems.groups]]
  code = \"clerks\"
  members = [\"VN/GOV/MOJ/civil\"]

  [[subsystems.rights]]
  subject = \"LA/GOV/MOHA/civil\"            # or global:VN/ministries, local:clerks
  service = \"persons\"
  endpoints = [\"GET /v1/persons/*\"]        # left out: the whole service

  [[users]]                                # left out: users stay as they are
  name = \"anna\"
  roles = [\"registrar\"]

What the file does not name is removed; without any [[subsystems]] (or [[users]]), those stay as they are.")]
pub(crate) struct ApplyOptions {
    /// The file (TOML).
    file: PathBuf,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Print what would change; change nothing. Exit 0: nothing would, 1: something.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    #[command(flatten)]
    at: At,
}

/// Options of `mekong gateway export`.
#[derive(Args)]
pub(crate) struct ExportOptions {
    #[command(flatten)]
    at: At,
}

/// Makes it serve what a file declares.
pub(super) async fn apply(options: &ApplyOptions) -> CommandResult {
    let declaration = read(&options.file)?;
    let body = serde_json::to_value(&declaration).context(|| "write the declaration")?;
    let client = options.at.client()?;
    let plan = client.ask(Method::POST, "/declaration/plan", Some(&body), None).await?;
    let changes = list(&plan.value, "changes");
    if changes.is_empty() {
        println!("Nothing changes: it is so already.");
        return Ok(ExitCode::SUCCESS);
    }
    for change in changes.iter().filter_map(Value::as_str) {
        println!("  {change}");
    }
    if options.dry_run {
        println!("{} would change.", counted(changes.len()));
        return Ok(ExitCode::from(1));
    }
    if !options.yes && !agreed(changes.len())? {
        println!("Nothing was changed.");
        return Ok(ExitCode::from(1));
    }
    let done = client.ask(Method::PUT, "/declaration", Some(&body), plan.tag.as_deref()).await?.value;
    let position = done.get("position").and_then(Value::as_u64).unwrap_or(0);
    println!("{} changed; it stands in the audit log at {position}.", counted(changes.len()));
    warn(&done);
    Ok(ExitCode::SUCCESS)
}

fn counted(n: usize) -> String {
    if n == 1 { "1 thing".to_owned() } else { format!("{n} things") }
}

/// Reads a declaration; a description that is named by a file beside it is taken in.
fn read(path: &Path) -> Result<Declaration, CommandError> {
    let text = std::fs::read_to_string(path).context(|| format!("read {}", path.display()))?;
    let mut declaration: Declaration = toml::from_str(&text).context(|| format!("understand {}", path.display()))?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let services = declaration.subsystems.iter_mut().flatten().flat_map(|subsystem| &mut subsystem.services);
    for service in services {
        if let Some(Description::Url(url)) = &service.settings.openapi
            && let Some(file) = url.strip_prefix("file:")
        {
            let file = folder.join(file);
            let text = std::fs::read_to_string(&file).context(|| format!("read {}", file.display()))?;
            service.settings.openapi = Some(Description::Text(text));
        }
    }
    Ok(declaration)
}

fn agreed(changes: usize) -> Result<bool, CommandError> {
    if !std::io::stdin().is_terminal() {
        return Err(CommandError::new("nobody can be asked here: add --yes to change this, or --dry-run to look only"));
    }
    print!("Change {}? [y/N] ", counted(changes));
    std::io::stdout().flush().context(|| "ask")?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context(|| "read the answer")?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

/// Prints what it serves as a file.
pub(super) async fn export(options: &ExportOptions) -> CommandResult {
    let said = options.at.client()?.get("/declaration").await?.value;
    let declaration: Declaration = serde_json::from_value(said).context(|| "understand the answer")?;
    print!("{}", toml::to_string_pretty(&declaration).context(|| "write it as TOML")?);
    Ok(ExitCode::SUCCESS)
}
