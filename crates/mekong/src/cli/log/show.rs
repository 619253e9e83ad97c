//! `mekong log show`.

use super::{Place, record_json, side};
use crate::cli::{CommandError, CommandResult};
use clap::Args;
use mekong_exchange::messagelog::Record;
use std::process::ExitCode;

/// Options of `mekong log show`.
#[derive(Args)]
pub(crate) struct ShowOptions {
    #[command(flatten)]
    place: Place,
    /// Number of the record, as `mekong log find` shows it.
    #[arg(value_name = "NUMBER")]
    number: i64,
    /// For programs: one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs the command: exit 1 if there is no such record.
pub(super) async fn run(options: ShowOptions) -> CommandResult {
    let log = options.place.reader().await?;
    let found = log.numbered(options.number).await;
    log.close().await;
    let found = found.map_err(|error| CommandError::because("read the message log", &error))?;
    match found {
        Some(record) if options.json => println!("{}", record_json(&record)),
        Some(record) => show(&record),
        None => {
            println!("there is no record {}: it never was, or is archived and removed", options.number);
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(record: &Record) {
    println!("{} {} of message {}", record.part.name(), record.id, record.message_id);
    println!("recorded     {}", record.recorded_at);
    println!("this side    {}", side(record.side));
    println!("client       {}", record.client);
    println!("service      {}", record.service);
    println!("asked        {}", record.operation);
    println!("other side   {}", record.peer.as_deref().unwrap_or("not known: it was not reached"));
    if let Some(status) = record.status {
        println!("status       {status}");
    }
    if let Some(duration) = record.duration {
        println!("took         {:.1} ms", duration.as_secs_f64() * 1_000.0);
    }
    if let Some(code) = &record.fault {
        println!("no answer    {code}: mekong trace {} tells more", record.request_id);
    }
    println!("body         {} bytes", record.body_size);
    println!("signed by    {}", record.signer);
    println!(
        "time-stamp   {}",
        if record.timestamp_id.is_some() { "yes" } else { "not yet: it waits for the next batch" }
    );
    println!("request id   {}", record.request_id);
}
