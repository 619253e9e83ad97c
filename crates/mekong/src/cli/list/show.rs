//! Lists shown and checked.

use super::super::verify::{Exit, time};
use super::{CommandResult, all_certificates, now, read, read_list};
use clap::Args;
use mekong_base::Instant;
use mekong_recognition::list::ListError;
use mekong_recognition::list::summary::{Summary, summary};
use mekong_recognition::list::verify::{Freshness, VerifyError, named_signer, verify as verify_list};
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `mekong list show`.
#[derive(Args)]
pub(crate) struct ShowOptions {
    /// Language of texts, where the list has it.
    #[arg(long, default_value = "en", value_parser = ["vi", "lo", "en"])]
    lang: String,
    /// Trusted lists.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(super) fn show(options: &ShowOptions) -> CommandResult {
    for file in &options.files {
        print!("{}", text(&summary(&read_list(file)?, &[&options.lang, "en"], now())));
    }
    Ok(ExitCode::SUCCESS)
}

fn text(list: &Summary) -> String {
    let mut text = format!(
        "{}\n  {} ({}), number {}, issued {}\n",
        list.name, list.operator, list.territory, list.sequence_number, list.issued
    );
    text.push_str(&format!("  {}\n", freshness(&list.freshness)));
    for provider in &list.providers {
        text.push_str(&format!("\n  {}\n", provider.name));
        for service in &provider.services {
            text.push_str(&format!("    {}  <{}>\n", service.name, service.service_type));
            for period in &service.periods {
                let until = period.until.map_or_else(|| "now".to_owned(), |until| until.to_string());
                text.push_str(&format!("      {}  {} .. {until}\n", last(&period.status), period.since));
            }
            for certificate in &service.certificates {
                text.push_str(&format!("      {}\n", certificate.subject));
            }
        }
    }
    for pointer in &list.pointers {
        text.push_str(&format!("\n  points to {}  {}\n", pointer.territory, pointer.location));
        for (name, in_force, since) in &pointer.equivalences {
            let state = if *in_force { "in force" } else { "REPEALED" };
            text.push_str(&format!("    {name}  {state} since {since}\n"));
        }
    }
    for deviation in &list.deviations {
        text.push_str(&format!("  note: {deviation}\n"));
    }
    text
}

/// The last part of a URI.
pub(super) fn last(uri: &str) -> &str {
    uri.trim_end_matches('/').rsplit('/').next().unwrap_or(uri)
}

pub(super) fn freshness(freshness: &Freshness) -> String {
    match freshness {
        Freshness::Fresh { next_update } => format!("current until {next_update}"),
        Freshness::Stale { next_update } => format!("EXPIRED: the next update was due at {next_update}"),
        Freshness::Closed => "CLOSED: there will be no next update".to_owned(),
        Freshness::NotYetIssued { issued } => format!("NOT YET ISSUED: it says {issued}"),
    }
}

/// Options of `mekong list verify`.
#[derive(Args)]
pub(crate) struct VerifyOptions {
    /// A certificate that may sign the lists; without any, whoever signed them is shown, and lists that are
    /// good otherwise stay open.
    #[arg(long = "signer", value_name = "CERT")]
    signers: Vec<PathBuf>,
    /// Time at which the lists must be current [default: now].
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Instant>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// Trusted lists.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Line {
    file: String,
    valid: Option<bool>,
    reason: String,
    territory: Option<String>,
    sequence_number: Option<u64>,
    signer: Option<String>,
    sha256: Option<String>,
}

pub(super) fn verify(options: &VerifyOptions) -> CommandResult {
    let signers = all_certificates(&options.signers)?;
    let at = options.at.unwrap_or_else(now);
    let mut exit = Exit::default();
    for file in &options.files {
        let mut line = Line {
            file: file.display().to_string(),
            valid: None,
            reason: String::new(),
            territory: None,
            sequence_number: None,
            signer: None,
            sha256: None,
        };
        match read(file) {
            Err(error) => line.reason = error.to_string(),
            Ok(bytes) => judge(&bytes, &signers, at, &mut line),
        }
        exit.note(line.valid);
        match options.json {
            true => println!("{}", serde_json::to_string(&line).unwrap_or_default()),
            false => print_line(&line),
        }
    }
    Ok(exit.code())
}

fn judge(bytes: &[u8], signers: &[mekong_pki::Certificate], at: Instant, line: &mut Line) {
    let named = match signers.is_empty() {
        true => named_signer(bytes).ok().flatten(),
        false => None,
    };
    match verify_list(bytes, named.as_ref().map_or(signers, std::slice::from_ref)) {
        Err(VerifyError::List(error @ (ListError::Xml(_) | ListError::NotAList { .. }))) => {
            line.reason = format!("cannot be read as a trusted list: {error}");
        }
        Err(error) => {
            line.valid = Some(false);
            line.reason = error.to_string();
        }
        Ok(verified) => {
            let freshness_now = verified.list.freshness(at);
            line.valid = Some(matches!(freshness_now, Freshness::Fresh { .. }));
            line.reason = freshness(&freshness_now);
            if named.is_some() && line.valid == Some(true) {
                line.valid = None;
                line.reason.push_str("; whether its signer may sign it was not asked: give --signer CERT");
            }
            line.territory = verified.list.scheme.territory.clone();
            line.sequence_number = Some(verified.list.scheme.sequence_number);
            line.signer = Some(verified.signer.subject());
            line.sha256 = Some(hex::encode(verified.sha256));
        }
    }
}

fn print_line(line: &Line) {
    let word = match line.valid {
        Some(true) => "valid  ",
        Some(false) => "INVALID",
        None => "open   ",
    };
    println!("{word} {}\n        {}", line.file, line.reason);
    if let Some(signer) = &line.signer {
        println!("        signed by {signer}");
    }
}
