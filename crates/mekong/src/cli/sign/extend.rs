//! `mekong extend`: higher levels for what is signed already, and archive time-stamps renewed.

use super::batch::each;
use super::services::ServiceOptions;
use super::{CommandError, CommandResult, Context, LevelOption};
use crate::cli::files;
use crate::file::{FileSource, write_whole};
use clap::Args;
use mekong_signature::Level;
use mekong_signature::extend::{self as augmenting, Selection};
use mekong_signature::making::Services;
use mekong_signature::read::{Detached, DetachedContent, Reading};
use std::path::{Path, PathBuf};

/// Options of `mekong extend`.
#[derive(Args)]
pub(crate) struct ExtendOptions {
    /// The level to reach; LTA on a file that has it renews the archive time-stamp.
    #[arg(long, ignore_case = true, value_parser = higher())]
    level: LevelOption,
    #[command(flatten)]
    services: ServiceOptions,
    /// Only the signature with this id, as `mekong verify` shows it.
    #[arg(long = "signature", value_name = "ID")]
    signatures: Vec<String>,
    /// Content that detached signatures sign.
    #[arg(long = "content", value_name = "FILE")]
    contents: Vec<PathBuf>,
    /// The extended file [default: the file itself, replaced whole].
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Signed files; folders stand for the files directly in them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// The levels that something can be extended to: all but B.
fn higher() -> impl clap::builder::TypedValueParser<Value = LevelOption> {
    use clap::builder::TypedValueParser as _;
    clap::builder::PossibleValuesParser::new(["T", "LT", "LTA"])
        .try_map(|name| <LevelOption as clap::ValueEnum>::from_str(&name, true))
}

/// Runs the command.
pub(crate) fn run(options: &ExtendOptions) -> CommandResult {
    let files = files::of(&options.files)?;
    if files.len() > 1 && options.out.is_some() {
        return Err(CommandError::new("--out takes one file"));
    }
    options.services.require_tsa()?;
    options.services.with(|services| each("extended", &files, |file| one(options, file, services)))
}

fn one(options: &ExtendOptions, file: &Path, services: &dyn Services) -> Result<String, CommandError> {
    let bytes = std::fs::read(file).context(|| format!("read {}", file.display()))?;
    let open = |path: &PathBuf| FileSource::open(path).context(|| format!("read {}", path.display()));
    let contents = options.contents.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let detached = options.contents.iter().zip(&contents).map(|(path, content)| Detached {
        name: path.file_name().map(|name| name.to_string_lossy().into_owned()),
        content: DetachedContent::Source(content),
    });
    let reading = Reading { detached: detached.collect(), ..Reading::default() };
    let which = match options.signatures.is_empty() {
        true => Selection::All,
        false => Selection::Ids(options.signatures.clone()),
    };
    let extended = augmenting::to(&bytes, Level::from(options.level), &which, services, &reading);
    let extended = extended.context(|| file.display())?;
    let path = options.out.as_deref().unwrap_or(file);
    let is_unchanged = extended == bytes;
    if !is_unchanged || path != file {
        write_whole(path, &extended).context(|| format!("write {}", path.display()))?;
    }
    Ok(match is_unchanged {
        true => format!("{}: {}, left as it is", path.display(), present(&bytes, &which, &reading)),
        false => path.display().to_string(),
    })
}

/// What a file is that has the level already.
fn present(file: &[u8], which: &Selection, reading: &Reading<'_>) -> String {
    let document = mekong_signature::read(&file, reading);
    let signatures = document.iter().flat_map(|document| &document.signatures);
    match signatures.filter(|signature| which.takes(&signature.id)).map(|signature| signature.level).min() {
        Some(Level::Lta) => "already at LTA".to_owned(),
        Some(Level::Lt) => "already at LT".to_owned(),
        Some(_) => "already at T".to_owned(),
        None => "no signature in it to extend".to_owned(),
    }
}
