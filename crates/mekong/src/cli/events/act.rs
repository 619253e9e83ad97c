//! `mekong events publish`, `replay` and `dead-letters`.

use super::client::At;
use super::look::text;
use crate::cli::{CommandError, CommandResult, Context};
use clap::Args;
use http::Method;
use mekong_base::{ClientId, Instant};
use mekong_exchange::events::wire::cloudevent::MEDIA_TYPE;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `mekong events publish`.
#[derive(Args)]
pub(crate) struct PublishOptions {
    /// The publisher, a client of this gateway: VN/GOV/MPS/population.
    #[arg(value_name = "PUBLISHER")]
    publisher: ClientId,
    /// Its topic.
    topic: String,
    /// The type of event: vn.birth.registered.
    #[arg(long = "type", value_name = "TYPE")]
    kind: String,
    /// To whom or what it happened; events of one subject keep their order.
    #[arg(long)]
    subject: Option<String>,
    /// Its id, for ever; a new one if left out. Publishing the same again is no second event.
    #[arg(long)]
    id: Option<String>,
    /// When it happened, RFC 3339; now if left out.
    #[arg(long)]
    time: Option<Instant>,
    /// Its data, JSON.
    #[arg(long, value_name = "JSON", conflicts_with = "file")]
    data: Option<String>,
    /// File with its data, JSON.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    at: At,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Options of `mekong events replay`.
#[derive(Args)]
pub(crate) struct ReplayOptions {
    /// The subscription.
    name: String,
    /// From this position on.
    #[arg(long, value_name = "POSITION", required_unless_present = "since", conflicts_with = "since")]
    from: Option<u64>,
    /// From what was published at this time or later, RFC 3339.
    #[arg(long, value_name = "TIME")]
    since: Option<Instant>,
    #[command(flatten)]
    at: At,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Options of `mekong events dead-letters`.
#[derive(Args)]
pub(crate) struct DeadLettersOptions {
    /// The subscription.
    name: String,
    /// Deliver this one again, by its number; or `all`.
    #[arg(long, value_name = "NUMBER", conflicts_with = "drop")]
    deliver: Option<String>,
    /// Give this one up, by its number; or `all`.
    #[arg(long, value_name = "NUMBER")]
    drop: Option<String>,
    #[command(flatten)]
    at: At,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn encoded(segment: &str) -> String {
    utf8_percent_encode(segment, NON_ALPHANUMERIC).to_string()
}

/// Runs `mekong events publish`.
pub(crate) async fn publish(options: &PublishOptions) -> CommandResult {
    let data = match (&options.data, &options.file) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(path)) => Some(std::fs::read_to_string(path).context(|| format!("read {}", path.display()))?),
        (None, None) => None,
    };
    let id = options.id.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let mut event = format!(r#"{{"specversion":"1.0","id":{},"type":{}"#, json!(id), json!(options.kind));
    let mut member = |name: &str, value: String| event.push_str(&format!(",\"{name}\":{value}"));
    if let Some(subject) = &options.subject {
        member("subject", json!(subject).to_string());
    }
    if let Some(time) = options.time {
        member("time", json!(time).to_string());
    }
    if let Some(data) = data {
        // As it is written: numbers keep their form.
        serde_json::from_str::<serde::de::IgnoredAny>(&data).context(|| "understand the data as JSON")?;
        member("data", data);
    }
    event.push('}');
    let publisher = &options.publisher;
    let subsystem = publisher.subsystem.as_ref();
    let subsystem = subsystem
        .ok_or_else(|| CommandError::new(format!("{publisher} is a member: one of its subsystems publishes")))?;
    let member = &publisher.member;
    let parts = [&member.instance, &member.class, &member.code, subsystem, &options.topic];
    let path: String = parts.into_iter().map(|part| format!("/{}", encoded(part))).collect();
    let said = options.at.ask(Method::POST, &path, Some((MEDIA_TYPE, event))).await?;
    match options.json {
        true => println!("{said}"),
        false if said.get("before") == Some(&Value::Bool(true)) => {
            println!("{id} was published before, at position {} of {}", text(&said, "position"), options.topic);
        }
        false => println!("{id} is at position {} of {}", text(&said, "position"), options.topic),
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs `mekong events replay`.
pub(crate) async fn replay(options: &ReplayOptions) -> CommandResult {
    let wanted = match (options.from, options.since) {
        (Some(from), _) => json!({ "from": from }),
        (None, since) => json!({ "since": since }),
    };
    let path = format!("/subscriptions/{}/replay", encoded(&options.name));
    let said = options.at.ask(Method::POST, &path, Some(("application/json", wanted.to_string()))).await?;
    match options.json {
        true => println!("{said}"),
        false => println!("{} delivers again; see how far it is: mekong events list", options.name),
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs `mekong events dead-letters`.
pub(crate) async fn dead_letters(options: &DeadLettersOptions) -> CommandResult {
    let path = format!("/subscriptions/{}/dead-letters", encoded(&options.name));
    let (what, number) = match (&options.deliver, &options.drop) {
        (Some(number), _) => ("deliver", number),
        (None, Some(number)) => ("drop", number),
        (None, None) => return show(options, &path).await,
    };
    let numbers = match number.as_str() {
        "all" => letters(options, &path).await?.iter().map(|letter| text(letter, "number")).collect(),
        one => vec![one.to_owned()],
    };
    for number in &numbers {
        let path = format!("{path}/{}/{what}", encoded(number));
        options.at.ask(Method::POST, &path, Some(("application/json", "{}".to_owned()))).await?;
    }
    let done =
        if what == "deliver" { "to be delivered again (mekong events list says how it went)" } else { "given up" };
    match options.json {
        true => println!("{}", json!({ "numbers": numbers, "done": what })),
        false => println!("{} {done}", numbers.len()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn letters(options: &DeadLettersOptions, path: &str) -> Result<Vec<Value>, CommandError> {
    let found = options.at.ask(Method::GET, path, None).await?;
    Ok(found.get("dead_letters").and_then(Value::as_array).cloned().unwrap_or_default())
}

async fn show(options: &DeadLettersOptions, path: &str) -> CommandResult {
    let letters = letters(options, path).await?;
    if options.json {
        println!("{}", json!({ "dead_letters": letters }));
        return Ok(ExitCode::SUCCESS);
    }
    if letters.is_empty() {
        println!("{} has put nothing aside", options.name);
    }
    for letter in &letters {
        let of = |name| text(letter, name);
        let holds = if of("holds") == "true" { ", later events of its subject wait" } else { "" };
        println!(
            "{}  position {}  subject {}  tried {} times{holds}",
            of("number"),
            of("position"),
            of("subject"),
            of("attempts")
        );
        println!("    {}", of("reason"));
    }
    Ok(ExitCode::SUCCESS)
}
