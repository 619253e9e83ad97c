//! `mekong events list`: topics, and subscriptions with how far they are behind.

use super::client::At;
use crate::cli::CommandResult;
use clap::Args;
use http::Method;
use serde_json::Value;
use std::process::ExitCode;

/// Options of `mekong events list`.
#[derive(Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    at: At,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) async fn list(options: &ListOptions) -> CommandResult {
    let found = options.at.ask(Method::GET, "", None).await?;
    if options.json {
        println!("{found}");
        return Ok(ExitCode::SUCCESS);
    }
    let all = |name: &str| found.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let (topics, subscriptions) = (all("topics"), all("subscriptions"));
    if topics.is_empty() && subscriptions.is_empty() {
        println!(
            "No topics and no subscriptions here. A topic is an endpoint GET /NAME of a service at mekong:events;"
        );
        println!("a subscription is made with: mekong events subscribe");
    }
    for topic in &topics {
        println!("topic         {}/{}  {} events", text(topic, "publisher"), text(topic, "topic"), text(topic, "end"));
    }
    for subscription in &subscriptions {
        println!("{}", line(subscription));
        for (what, key) in [("asking", "asking_problem"), ("delivering", "delivery_problem")] {
            if let Some(problem) = subscription.get(key).and_then(Value::as_str) {
                println!("              {what}: {problem}");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A member of an answer as text; empty if it is not there.
pub(super) fn text(value: &Value, name: &str) -> String {
    match value.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn line(subscription: &Value) -> String {
    let of = |name| text(subscription, name);
    let mut line = format!(
        "subscription  {}  {} follows {}/{} ({}): {} delivered, {} behind",
        of("name"),
        of("client"),
        of("provider"),
        of("topic"),
        of("delivery"),
        of("delivered"),
        of("behind"),
    );
    for (key, one, several) in
        [("dead_letters", "put aside", "put aside"), ("subjects_held", "subject held", "subjects held")]
    {
        match of(key).as_str() {
            "0" => {}
            "1" => line.push_str(&format!(", 1 {one}")),
            count => line.push_str(&format!(", {count} {several}")),
        }
    }
    let oldest = of("oldest_pending");
    if !oldest.is_empty() {
        line.push_str(&format!(", waiting since {oldest}"));
    }
    line
}
