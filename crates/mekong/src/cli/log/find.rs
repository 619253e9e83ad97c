//! `mekong log find`.

use super::{Place, record_json};
use crate::cli::{CommandError, CommandResult};
use clap::{Args, ValueEnum};
use mekong_base::Instant;
use mekong_exchange::messagelog::{Page, Part, Reader, Record, Side, Wanted};
use std::process::ExitCode;

/// Options of `mekong log find`.
#[derive(Args)]
pub(crate) struct FindOptions {
    #[command(flatten)]
    place: Place,
    /// Messages with this id (X-Road-Id), and nothing else.
    #[arg(long, value_name = "ID", conflicts_with_all = ["client", "service", "side", "status_min", "since", "until", "before"])]
    id: Option<String>,
    /// Of this client: `LA/GOV/MOHA/civil`.
    #[arg(long)]
    client: Option<String>,
    /// Of this service: `VN/GOV/MPS/population/persons`.
    #[arg(long)]
    service: Option<String>,
    /// In which role this gateway was.
    #[arg(long)]
    side: Option<SideName>,
    /// Answered with this HTTP status or a higher one, ended with a fault, or without an answer after an hour: 400 for what
    /// went wrong.
    #[arg(long, value_name = "STATUS")]
    status_min: Option<u16>,
    /// Not before this time: `2026-11-22T08:00:00Z`.
    #[arg(long, value_name = "TIME")]
    since: Option<Instant>,
    /// Before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<Instant>,
    /// Exchanges to show.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Go on from where an earlier search ended.
    #[arg(long, value_name = "PLACE")]
    before: Option<u64>,
    /// For programs: one JSON object a line; the last one has `next`, from where to go on.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum SideName {
    Consumer,
    Provider,
}

/// Runs the command: exit 0 if something was found, 1 if nothing was.
pub(super) async fn run(options: FindOptions) -> CommandResult {
    let log = options.place.reader().await?;
    let found = find(&log, &options).await;
    log.close().await;
    let Page { records, next } = found?;
    if options.json {
        records.iter().for_each(|record| println!("{}", record_json(record)));
        println!("{}", serde_json::json!({ "next": next }));
    } else {
        // Of a search for failures, a request that stands alone has no answer at all.
        let is_alone = |record: &Record| {
            let of_it = |other: &Record| other.message_id == record.message_id && other.side == record.side;
            options.status_min.is_some() && !records.iter().any(|other| other.part == Part::Response && of_it(other))
        };
        records.iter().for_each(|record| println!("{}", line(record, is_alone(record))));
        match (records.is_empty(), next) {
            (true, None) => println!("nothing was found"),
            (_, Some(next)) => println!("there may be more: --before {next}"),
            (false, None) => {}
        }
    }
    Ok(if records.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn find(log: &Reader, options: &FindOptions) -> Result<Page, CommandError> {
    let failed = |error| CommandError::because("search the message log", &error);
    if let Some(id) = &options.id {
        return Ok(Page { records: log.find(id).await.map_err(failed)?, next: None });
    }
    let wanted = Wanted {
        client: options.client.clone(),
        service: options.service.clone(),
        side: options.side.map(|side| match side {
            SideName::Consumer => Side::Consumer,
            SideName::Provider => Side::Provider,
        }),
        status_min: options.status_min,
        since: options.since,
        until: options.until,
    };
    let (mut records, mut before) = (Vec::new(), options.before);
    // One question looks at so much only; what is rare takes several.
    loop {
        let page = log.search(&wanted, before, options.limit).await.map_err(failed)?;
        records.extend(page.records);
        before = page.next;
        if before.is_none() || !records.is_empty() {
            return Ok(Page { records, next: before });
        }
    }
}

fn line(record: &Record, is_unanswered: bool) -> String {
    let status = record.status.map_or_else(|| "   ".to_owned(), |status| status.to_string());
    let at = record.recorded_at.whole_seconds();
    format!(
        "{:>8}  {at}  {:8}  {status}  {} -> {}  {}  {}{}",
        record.id,
        record.part.name(),
        record.client,
        record.service,
        record.operation,
        record.message_id,
        match &record.fault {
            Some(code) => format!("  no answer: {code}"),
            None if is_unanswered => "  no answer, and not known why".to_owned(),
            None => String::new(),
        }
    )
}
