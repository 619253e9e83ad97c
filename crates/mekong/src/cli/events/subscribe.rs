//! `mekong events subscribe` and `unsubscribe`: through the administration, which records who did it.

use crate::cli::CommandResult;
use crate::cli::gateway::client::{At, in_address};
use clap::Args;
use http::Method;
use mekong_base::ClientId;
use mekong_exchange::events::SubscriptionSettings;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use std::process::ExitCode;

/// Options of `mekong events subscribe`.
#[derive(Args)]
pub(crate) struct SubscribeOptions {
    /// Name of the subscription, unique at this gateway.
    name: String,
    /// The client of this gateway that follows: LA/GOV/MOHA/civil.
    #[arg(long, value_name = "CLIENT")]
    client: ClientId,
    /// The publisher: VN/GOV/MPS/population.
    #[arg(long, value_name = "PUBLISHER")]
    provider: ClientId,
    /// Its topic.
    #[arg(long)]
    topic: String,
    /// Types of events; all if left out.
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Subjects; all if left out.
    #[arg(long = "subject", value_name = "SUBJECT")]
    subjects: Vec<String>,
    /// Where to begin: beginning, end, a position, or a time (RFC 3339).
    #[arg(long, default_value = "beginning")]
    start: String,
    /// Where events are pushed, http://host[:port]/path; without it the information system fetches them.
    #[arg(long, value_name = "URL")]
    push: Option<String>,
    /// Attempts at an event that the information system refuses, before it is put aside.
    #[arg(long, default_value_t = 12)]
    attempts: u32,
    /// Go on with later events of the same subject when one was put aside, instead of holding them.
    #[arg(long)]
    pass: bool,
    #[command(flatten)]
    at: At,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Options of `mekong events unsubscribe`.
#[derive(Args)]
pub(crate) struct UnsubscribeOptions {
    /// The subscription.
    name: String,
    /// The client whose subscription it is.
    #[arg(long, value_name = "CLIENT")]
    client: ClientId,
    #[command(flatten)]
    at: At,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn place(client: &ClientId, name: &str) -> String {
    format!("/subsystems/{}/subscriptions/{}", in_address(client), utf8_percent_encode(name, NON_ALPHANUMERIC))
}

/// Runs `mekong events subscribe`.
pub(crate) async fn subscribe(options: &SubscribeOptions) -> CommandResult {
    let settings = SubscriptionSettings {
        types: options.types.clone(),
        subjects: options.subjects.clone(),
        start: Some(options.start.clone()),
        push: options.push.clone(),
        attempts: options.attempts,
        pass: options.pass,
        ..SubscriptionSettings::new(&options.name, options.provider.clone(), &options.topic)
    };
    let mut body = json!(settings);
    // The name stands in the address.
    body.as_object_mut().map(|members| members.remove("name"));
    let client = options.at.client()?;
    let said = client.ask(Method::PUT, &place(&options.client, &options.name), Some(&body), None).await?;
    match options.json {
        true => println!("{}", said.value),
        false => println!(
            "{} follows {}/{}; see how far it is: mekong events list",
            options.name, options.provider, options.topic
        ),
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs `mekong events unsubscribe`.
pub(crate) async fn unsubscribe(options: &UnsubscribeOptions) -> CommandResult {
    let client = options.at.client()?;
    let said = client.ask(Method::DELETE, &place(&options.client, &options.name), None, None).await?;
    match options.json {
        true => println!("{}", said.value),
        false => println!("{} is ended; what it recorded stays in the gateway's folder", options.name),
    }
    Ok(ExitCode::SUCCESS)
}
