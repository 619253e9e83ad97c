//! `mekong gateway key`: keys and certificates of a running gateway.

use super::change::changed;
use super::client::{At, Client, encoded, list as items, text};
use crate::cli::{CommandError, CommandResult, Context};
use crate::file::write_whole;
use crate::node::keys::asked::KEY_TYPES;
use clap::{Args, Subcommand};
use http::Method;
use mekong_pki::Certificate;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Commands of `mekong gateway key`.
#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// List keys and certificates: what for, where, how long valid, in use or why not.
    List(ListOptions),
    /// Make a key, and print a request for its certificate, for an authority that the directory approves.
    Request(RequestOptions),
    /// Import the certificate of a key that was made. It comes into use without a pause.
    Import(ImportOptions),
    /// Have the operator's registration certify new keys for TLS and signing, now.
    Renew(ListOptions),
    /// Take a certificate out of use.
    Disable(DisableOptions),
    /// Put a certificate back into use.
    Enable(UseOptions),
}

/// Options of `mekong gateway key list` and `renew`.
#[derive(Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    at: At,
    /// As the API gives it.
    #[arg(long)]
    json: bool,
}

/// Options of `mekong gateway key request`.
#[derive(Args)]
pub(crate) struct RequestOptions {
    /// What the key is for: tls, or the member whose messages it signs, VN/GOV/MPS.
    #[arg(long = "for", value_name = "PURPOSE", required_unless_present = "again")]
    purpose: Option<String>,
    /// Its kind.
    #[arg(long = "type", value_name = "TYPE", default_value = "p256", value_parser = KEY_TYPES.map(|(name, _)| name))]
    key_type: String,
    /// In the token of hardware instead of the gateway's folder.
    #[arg(long)]
    hardware: bool,
    /// Make no key: print the request of this key, which waits for its certificate, once more.
    #[arg(long, value_name = "LABEL", conflicts_with_all = ["purpose", "hardware"])]
    again: Option<String>,
    /// Write the request to this file instead of printing it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// As the API gives it.
    #[arg(long, conflicts_with = "out")]
    json: bool,
    #[command(flatten)]
    at: At,
}

/// Options of `mekong gateway key import`.
#[derive(Args)]
pub(crate) struct ImportOptions {
    /// The certificate, PEM or DER.
    file: PathBuf,
    #[command(flatten)]
    at: At,
    /// As the API gives it.
    #[arg(long)]
    json: bool,
}

/// Options of `mekong gateway key enable`.
#[derive(Args)]
pub(crate) struct UseOptions {
    /// The certificate: the label of its key, or its SHA-256 fingerprint.
    certificate: String,
    #[command(flatten)]
    at: At,
}

/// Options of `mekong gateway key disable`.
#[derive(Args)]
pub(crate) struct DisableOptions {
    #[command(flatten)]
    of: UseOptions,
    /// Even if it is the last that can be used: messages stop.
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub(super) async fn run(command: KeyCommand) -> CommandResult {
    match command {
        KeyCommand::List(options) => list(&options).await,
        KeyCommand::Request(options) => request(&options).await,
        KeyCommand::Import(options) => import(&options).await,
        KeyCommand::Renew(options) => renew(&options).await,
        KeyCommand::Disable(options) => set_use(&options.of, false, options.force).await,
        KeyCommand::Enable(options) => set_use(&options, true, false).await,
    }
}

async fn list(options: &ListOptions) -> CommandResult {
    let said = options.at.client()?.get("/keys").await?.value;
    if options.json {
        println!("{said}");
        return Ok(ExitCode::SUCCESS);
    }
    for key in items(&said, "keys") {
        print_key(key);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_key(key: &Value) {
    let place = match text(key, "token") {
        "" => "software".to_owned(),
        token => format!("token {token}"),
    };
    let purpose = match text(key, "purpose") {
        "tls" => "TLS".to_owned(),
        member => format!("signs for {member}"),
    };
    let reason = match text(key, "reason") {
        "" => String::new(),
        reason => format!(": {reason}"),
    };
    println!("{:<24} {purpose}  {}  {place}", text(key, "label"), text(key, "key_type"));
    println!("  {}{reason}", text(key, "state").replace('_', " "));
    let Some(it) = key.get("certificate").filter(|it| it.is_object()) else { return };
    let days = it.get("days_left").and_then(Value::as_i64).unwrap_or(0);
    println!("  valid       {} to {}, {days} days left", text(it, "not_before"), text(it, "not_after"));
    println!("  subject     {}", text(it, "subject"));
    println!("  issuer      {}, serial {}", text(it, "issuer"), text(it, "serial"));
    let ocsp = match (it.get("ocsp_good").and_then(Value::as_bool), text(it, "ocsp_problem")) {
        (Some(true), _) => format!("good, fresh until {}", text(it, "ocsp_until")),
        (_, "") => "not known".to_owned(),
        (_, problem) => problem.to_owned(),
    };
    println!("  OCSP        {ocsp}");
    if let Some(is) = it.get("registered").and_then(Value::as_bool) {
        println!(
            "  directory   {}",
            if is { "registered" } else { "not registered: mekong registration certificate FILE" }
        );
    }
    println!("  SHA-256     {}", text(it, "fingerprint"));
}

async fn request(options: &RequestOptions) -> CommandResult {
    let client = options.at.client()?;
    let said = match (&options.again, &options.purpose) {
        (Some(label), _) => client.get(&format!("/keys/requests/{}", encoded(label))).await?.value,
        (None, purpose) => {
            let place = if options.hardware { "hardware" } else { "software" };
            let body = json!({ "purpose": purpose, "place": place, "key_type": options.key_type });
            client.ask(Method::POST, "/keys/requests", Some(&body), None).await?.value
        }
    };
    match &options.out {
        Some(file) => {
            write_whole(file, text(&said, "request").as_bytes()).context(|| format!("write {}", file.display()))?;
        }
        None if options.json => println!("{said}"),
        None => print!("{}", text(&said, "request")),
    }
    eprintln!(
        "Key {} waits for its certificate, in the name {}. Have the request certified, then: mekong gateway key import FILE",
        text(&said, "label"),
        text(&said, "subject")
    );
    Ok(ExitCode::SUCCESS)
}

async fn import(options: &ImportOptions) -> CommandResult {
    let file = &options.file;
    let bytes = std::fs::read(file).context(|| format!("read {}", file.display()))?;
    let read = match std::str::from_utf8(&bytes) {
        Ok(text) if text.contains("-----BEGIN") => Certificate::from_pem(text),
        _ => Certificate::from_der(&bytes),
    };
    let certificate = read.context(|| format!("understand {}", file.display()))?;
    let body = json!({ "certificate": certificate.pem() });
    let said = options.at.client()?.ask(Method::POST, "/keys/certificates", Some(&body), None).await?.value;
    if options.json {
        println!("{said}");
    } else {
        println!("{} has its certificate, {}", text(&said, "label"), text(&said, "fingerprint"));
    }
    let next = match text(&said, "purpose") {
        "tls" => format!(
            "It is used two minutes after it is registered in the directory: mekong registration certificate {}",
            file.display()
        ),
        _ => "It is used once OCSP says that it is good: mekong gateway key list".to_owned(),
    };
    eprintln!("{next}");
    Ok(ExitCode::SUCCESS)
}

async fn renew(options: &ListOptions) -> CommandResult {
    let said = options.at.client()?.ask(Method::POST, "/keys/renewal", None, None).await?.value;
    if options.json {
        println!("{said}");
        return Ok(ExitCode::SUCCESS);
    }
    for one in items(&said, "certificates") {
        println!("{:<24} {:<20} {}", text(one, "label"), text(one, "purpose"), text(one, "fingerprint"));
    }
    match text(&said, "waiting") {
        "" => {
            eprintln!(
                "They are used within minutes. If an old key has leaked: mekong gateway key disable LABEL, for TLS"
            );
            eprintln!(
                "mekong registration remove-certificate FILE, and have the operator revoke it (mekong ca revoke)."
            );
        }
        id => println!("The operator has to approve {id}; the gateway asks again by itself."),
    }
    Ok(ExitCode::SUCCESS)
}

async fn set_use(options: &UseOptions, enabled: bool, force: bool) -> CommandResult {
    let client = options.at.client()?;
    let fingerprint = fingerprint(&client, &options.certificate).await?;
    let body = json!({ "enabled": enabled, "force": force });
    changed(&client, Method::PUT, &format!("/keys/certificates/{fingerprint}/use"), Some(body)).await
}

/// The fingerprint of a certificate that is named by it, or by the label of its key.
async fn fingerprint(client: &Client, named: &str) -> Result<String, CommandError> {
    let bare = named.replace(':', "").to_lowercase();
    if bare.len() == 64 && bare.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(bare);
    }
    let said = client.get("/keys").await?.value;
    let found = items(&said, "keys").iter().find(|key| text(key, "label") == named);
    let certificate = found.and_then(|key| key.get("certificate")).map(|it| text(it, "fingerprint").to_owned());
    certificate.filter(|it| !it.is_empty()).ok_or_else(|| {
        CommandError::new(format!("no key {named} has a certificate here: mekong gateway key list tells them"))
    })
}
