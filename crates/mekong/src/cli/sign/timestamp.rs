//! `mekong timestamp`: a file time-stamped, as a token of its own or in a container.

use super::batch::refuse_replacing;
use super::services::ServiceOptions;
use super::{CommandError, CommandResult, Context};
use crate::file::{FileSource, write_whole};
use clap::Args;
use mekong_base::{Clock, Source};
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_signature::asic::make::{NewFile, timestamped};
use mekong_signature::making::Services;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `mekong timestamp`.
#[derive(Args)]
pub(crate) struct TimestampOptions {
    #[command(flatten)]
    services: ServiceOptions,
    /// Put file and token into an ASiC-S container.
    #[arg(long)]
    container: bool,
    /// The token or container [default: FILE.tst, FILE.asics].
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace what stands where the result is written; without it that is refused.
    #[arg(long)]
    force: bool,
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Runs the command.
pub(crate) fn run(options: &TimestampOptions) -> CommandResult {
    options.services.require_tsa()?;
    options.services.with(|services| {
        let source = FileSource::open(&options.file).context(|| format!("read {}", options.file.display()))?;
        let extension = if options.container { "asics" } else { "tst" };
        let default = || PathBuf::from(format!("{}.{extension}", options.file.display()));
        let path = options.out.clone().unwrap_or_else(default);
        refuse_replacing(&path, options.force)?;
        let made = match options.container {
            true => container(&options.file, &source, services)?,
            false => token(&source, services)?,
        };
        write_whole(&path, &made).context(|| format!("write {}", path.display()))?;
        println!("{}", path.display());
        Ok(ExitCode::SUCCESS)
    })
}

fn token(source: &FileSource, services: &dyn Services) -> Result<Vec<u8>, CommandError> {
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    source.each(0..source.len(), &mut |piece| hasher.update(piece)).context(|| "read")?;
    services.timestamp(DigestAlgorithm::Sha256, hasher.finish().as_ref()).context(|| "time-stamp")
}

fn container(path: &Path, source: &FileSource, services: &dyn Services) -> Result<Vec<u8>, CommandError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let file = NewFile { name, media_type: None, content: source };
    timestamped(&file, Clock::system().now(), services).context(|| "time-stamp")
}
