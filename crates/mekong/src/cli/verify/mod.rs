//! `mekong verify`: the verdict on signed files of any form, and on the evidence of the exchange. Offline. Every file is
//! judged; the worst verdict is the exit code.

mod message;
mod report;
mod setting;
mod text;

pub(crate) use message::{Exit, TrustedConfiguration};
pub(crate) use setting::{Material, SettingOptions, time};

use super::{CommandError, CommandResult, Context, files};
use crate::file::FileSource;
use clap::Args;
use mekong_base::{Clock, Instant, Language, Source};
use mekong_signature::read::{Detached, DetachedContent};
use mekong_signature::{ReadError, Reading};
use mekong_verdict::line::Line;
use mekong_verdict::report::Case;
use mekong_verdict::{Outcome, Setting};
use std::path::PathBuf;

/// Options of `mekong verify`.
#[derive(Args)]
pub(crate) struct VerifyOptions {
    #[command(flatten)]
    setting: SettingOptions,
    /// Time of validation: RFC 3339, or a date [default: now].
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Instant>,
    /// Content that detached signatures sign; once for each file.
    #[arg(long = "content", value_name = "FILE")]
    contents: Vec<PathBuf>,
    /// For messages of the exchange: folder of the global configuration that says which authorities were approved (as a
    /// gateway keeps it). Without it a message container's verdict stays open.
    #[arg(long, value_name = "DIR")]
    pub(crate) global_conf: Option<PathBuf>,
    /// One JSON object a line instead of text.
    #[arg(long)]
    pub(crate) json: bool,
    /// Language of the text, and of .pdf and .html reports.
    #[arg(long, default_value = "en", value_parser = ["vi", "lo", "en"])]
    lang: String,
    #[command(flatten)]
    report: report::ReportOptions,
    /// Signed files: PDF, XML, CMS, JWS, ASiC, time-stamps, evidence records, messages of the exchange and
    /// their archives; folders stand for the files directly in them.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(options: &VerifyOptions) -> CommandResult {
    let setting = options.setting.load()?;
    let configuration = options.global_conf.as_deref().map(TrustedConfiguration::load).transpose()?;
    let open = |path: &PathBuf| FileSource::open(path).context(|| format!("read {}", path.display()));
    let contents: Vec<(&PathBuf, FileSource)> =
        options.contents.iter().map(|path| Ok((path, open(path)?))).collect::<Result<_, CommandError>>()?;
    let at = options.at.unwrap_or_else(|| Clock::system().now());
    let language = Language::from_code(&options.lang).unwrap_or(Language::English);
    let files = files::of(&options.files)?;
    let reports = options.report.load(&options.files, &files, language)?;
    let mut exit = Exit::default();
    for file in &files {
        let judged = match open(file) {
            Ok(source) if configuration.is_some() || message::is_message(&source) => {
                message::judge(file, configuration.as_ref(), options.json, &mut exit);
                if !reports.is_empty() {
                    eprintln!("mekong: {}: of messages of the exchange there are no reports", file.display());
                }
                continue;
            }
            Ok(source) => {
                let judged = judge(&setting, &source, &contents, at);
                if !reports.is_empty() {
                    let name = file.file_name().unwrap_or_default().to_string_lossy();
                    let sha256 = report::sha256(file, &source)?;
                    let (judged, lists) = (judged.as_ref(), &setting.lists);
                    reports.write(file, &Case { file: &name, sha256, judged, lists })?;
                }
                judged.map_err(Failure::Read)
            }
            Err(error) => Err(Failure::Unreadable(error.to_string())),
        };
        exit.note(passed(&judged));
        let name = file.display().to_string();
        match (&judged, options.json) {
            (Ok(verdict), true) => println!("{}", Line::of(name, verdict).to_json()),
            (Ok(verdict), false) => print!("{}", text::of(&name, verdict, language)),
            (Err(failure), true) => println!("{}", Line::unjudged(name, failure.to_string()).to_json()),
            (Err(failure), false) => print!("{}", text::of_failure(&name, failure, language)),
        }
    }
    Ok(exit.code())
}

/// Why there is no verdict.
enum Failure {
    /// The file could not be opened.
    Unreadable(String),
    /// It is no signed file, or a broken one.
    Read(ReadError),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(reason) => f.write_str(reason),
            Self::Read(error) => std::fmt::Display::fmt(error, f),
        }
    }
}

fn judge(
    setting: &Setting,
    source: &dyn Source,
    contents: &[(&PathBuf, FileSource)],
    at: Instant,
) -> Result<mekong_verdict::Verdict, ReadError> {
    let detached = contents.iter().map(|(path, content)| Detached {
        name: path.file_name().map(|name| name.to_string_lossy().into_owned()),
        content: DetachedContent::Source(content),
    });
    let reading = Reading { detached: detached.collect(), ..Reading::default() };
    setting.judge(source, &reading, at)
}

/// As the exit code sees it: passed, not passed, or could not be checked. A broken file does not pass; one that is no signed
/// file at all could not be checked.
fn passed(judged: &Result<mekong_verdict::Verdict, Failure>) -> Option<bool> {
    match judged {
        Ok(verdict) => Some(verdict.outcome() == Outcome::Passed),
        Err(Failure::Read(ReadError::Malformed { .. })) => Some(false),
        Err(_) => None,
    }
}
