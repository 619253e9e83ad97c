//! `mekong log export`.

use super::Place;
use crate::cli::{CommandError, CommandResult, Context};
use clap::{ArgGroup, Args, ValueEnum};
use mekong_exchange::messagelog::{Part, Reader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `mekong log export`.
#[derive(Args)]
#[command(group = ArgGroup::new("which").required(true).args(["id", "number"]))]
pub(crate) struct ExportOptions {
    #[command(flatten)]
    place: Place,
    /// All messages with this id (X-Road-Id).
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// The record with this number.
    #[arg(long, value_name = "NUMBER")]
    number: Option<i64>,
    /// One part only.
    #[arg(long, requires = "id")]
    part: Option<PartName>,
    /// Folder for the containers; made if it is not there.
    #[arg(long, short, default_value = ".")]
    output: PathBuf,
    /// For programs: one JSON object a container.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum PartName {
    Request,
    Response,
}

/// Runs the command: exit 1 if there is no such message.
pub(super) async fn run(options: ExportOptions) -> CommandResult {
    let log = options.place.reader().await?;
    let exported = export(&log, &options).await;
    log.close().await;
    let count = exported?;
    if count == 0 {
        println!("no such message is in the log: it never was, or is archived and removed");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

async fn export(log: &Reader, options: &ExportOptions) -> Result<usize, CommandError> {
    let numbers = match (&options.id, options.number) {
        (Some(id), _) => {
            let mut records = log.find(id).await.context(|| "search the message log")?;
            records.retain(|record| match options.part {
                None => true,
                Some(PartName::Request) => record.part == Part::Request,
                Some(PartName::Response) => record.part == Part::Response,
            });
            records.into_iter().map(|record| record.id).collect()
        }
        (None, Some(number)) => {
            let found = log.numbered(number).await.context(|| "read the message log")?;
            found.map(|record| record.id).into_iter().collect::<Vec<_>>()
        }
        (None, None) => Vec::new(),
    };
    std::fs::create_dir_all(&options.output).context(|| format!("make {}", options.output.display()))?;
    for number in &numbers {
        let evidence = log.export_record(*number).await.context(|| format!("export record {number}"))?;
        let path = options.output.join(&evidence.file_name);
        write(&path, &evidence.bytes)?;
        match options.json {
            true => println!("{}", serde_json::json!({ "id": number, "file": path })),
            false => println!("{}", path.display()),
        }
    }
    Ok(numbers.len())
}

/// Containers are named by their record: one that is there has the same content, or another log's.
fn write(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    if path.exists() && std::fs::read(path).context(|| path.display().to_string())? != bytes {
        let text = format!("{} is there with other content: choose another folder with --output", path.display());
        return Err(CommandError::new(text));
    }
    std::fs::write(path, bytes).context(|| format!("write {}", path.display()))
}
