//! `mekong directory verify`: the verdict on signed configuration directories and the parts they list, offline.

use crate::cli::verify::Exit;
use crate::cli::{CommandError, CommandResult, Context};
use clap::Args;
use mekong_base::{Clock, Instant};
use mekong_directory::verify::{FileVerdict, Request, verify_directory};
use serde::Serialize;
use std::path::PathBuf;

/// Options of `mekong directory verify`.
#[derive(Args)]
pub(crate) struct DirectoryVerifyOptions {
    /// The configuration anchor: the certificates that may sign.
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
    /// Folder below which the parts are found by their Content-location.
    #[arg(long, value_name = "DIR")]
    root: PathBuf,
    /// The time at which the directories must not have expired, as 2026-01-31T00:00:00Z; now if left out.
    #[arg(long, value_name = "TIME")]
    at: Option<Instant>,
    /// Shared parameters that are trusted already, for the signing certificates they announce.
    #[arg(long, value_name = "FILE")]
    trusted: Vec<PathBuf>,
    /// One JSON object a line instead of text.
    #[arg(long)]
    json: bool,
    /// Signed directories, such as V6/internalconf.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What `--json` prints for a file.
#[derive(Serialize)]
struct Line {
    file: String,
    valid: Option<bool>,
    reason: &'static str,
    detail: String,
    instance: Option<String>,
    version: Option<String>,
    expires: Option<Instant>,
}

impl From<FileVerdict> for Line {
    fn from(verdict: FileVerdict) -> Self {
        Self {
            file: verdict.file.display().to_string(),
            valid: verdict.valid,
            reason: verdict.reason.unwrap_or("ok"),
            detail: verdict.detail,
            instance: verdict.instance,
            version: verdict.version.map(|v| v.to_string()),
            expires: verdict.expires,
        }
    }
}

/// Runs the command.
pub(crate) fn run(options: &DirectoryVerifyOptions) -> CommandResult {
    let read = |path: &PathBuf| std::fs::read(path).context(|| format!("read {}", path.display()));
    let anchor = read(&options.anchor)?;
    let trusted: Vec<(String, Vec<u8>)> = options
        .trusted
        .iter()
        .map(|path| Ok((path.display().to_string(), read(path)?)))
        .collect::<Result<_, CommandError>>()?;
    let request = Request {
        anchor: &anchor,
        trusted: &trusted,
        files: &options.files,
        root: &options.root,
        at: options.at.unwrap_or_else(|| Clock::system().now()),
    };
    let verdicts = verify_directory(&request)
        .context(|| format!("read the anchor {} or trusted parts", options.anchor.display()))?;
    let mut exit = Exit::default();
    for verdict in verdicts {
        exit.note(verdict.valid);
        let line = Line::from(verdict);
        if options.json {
            println!("{}", serde_json::to_string(&line).unwrap_or_default());
        } else {
            let word = match line.valid {
                Some(true) => "valid   ",
                Some(false) => "INVALID ",
                None => "open    ",
            };
            println!("{word} {}  [{}]\n         {}", line.file, line.reason, line.detail);
        }
    }
    Ok(exit.code())
}
