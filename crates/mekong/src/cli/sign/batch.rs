//! Many files as one job: folders opened, a progress bar, results written whole or not at all.

use super::form::{Form, Input, suffix};
use super::{CommandError, CommandResult, Context, SignOptions, Signed};
use crate::cli::files;
use crate::file::{FileSource, write_whole};
use crate::progress;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Signs all files of a command; a file that cannot be signed does not keep the others from it.
pub(super) fn run(options: &SignOptions, sign: impl Fn(&[Input]) -> Result<Signed, CommandError>) -> CommandResult {
    let files = files::of(&options.files)?;
    let jobs: Vec<Vec<PathBuf>> = match options.format {
        Form::AsicS | Form::AsicE => vec![files],
        _ => files.into_iter().map(|file| vec![file]).collect(),
    };
    if jobs.len() > 1 && (options.out.is_some() || options.to_be_signed.is_some() || options.signature_value.is_some())
    {
        return Err(CommandError::new("--out and signing in two steps take one file; use --out-dir for several"));
    }
    each("signed", &jobs, |job| one(options, job, &sign).map(|path| path.display().to_string()))
}

/// Does all jobs of a command, with a bar; one that fails does not keep the others from being done. What they give is printed.
/// Exit 0: all done, 1: some not, 2: none.
pub(super) fn each<T>(what: &str, jobs: &[T], job: impl Fn(&T) -> Result<String, CommandError>) -> CommandResult {
    let bar = progress::bar(what, jobs.len() as u64);
    let mut failed = 0;
    for item in jobs {
        let outcome = job(item);
        bar.inc(1);
        match outcome {
            Ok(told) => bar.suspend(|| println!("{told}")),
            Err(error) => {
                failed += 1;
                bar.suspend(|| eprintln!("mekong: {error}"));
            }
        }
    }
    bar.finish_and_clear();
    Ok(match failed {
        0 => ExitCode::SUCCESS,
        some if some < jobs.len() => ExitCode::from(1),
        _ => ExitCode::from(2),
    })
}

fn one(
    options: &SignOptions,
    job: &[PathBuf],
    sign: &impl Fn(&[Input]) -> Result<Signed, CommandError>,
) -> Result<PathBuf, CommandError> {
    let open = |path: &PathBuf| -> Result<Input, CommandError> {
        let source = FileSource::open(path).context(|| format!("read {}", path.display()))?;
        Ok(Input { path: path.clone(), source })
    };
    let inputs = job.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let path = options.to_be_signed.clone().map_or_else(|| target(options, job), Ok)?;
    refuse_replacing(&path, options.force)?;
    let bytes = match sign(&inputs)? {
        Signed::ToBeSigned(bytes) => STANDARD.encode(bytes).into_bytes(),
        Signed::Whole(bytes) => bytes,
    };
    write_whole(&path, &bytes).context(|| format!("write {}", path.display()))?;
    Ok(path)
}

/// A signed file is not lost to the next one: what stands in the place of a result stays, unless it is to be replaced.
pub(super) fn refuse_replacing(path: &Path, force: bool) -> Result<(), CommandError> {
    match !force && path.try_exists().context(|| format!("look for {}", path.display()))? {
        true => {
            let text = format!("{}: is there already; give --force to replace it, or another --out", path.display());
            Err(CommandError::new(text))
        }
        false => Ok(()),
    }
}

fn target(options: &SignOptions, job: &[PathBuf]) -> Result<PathBuf, CommandError> {
    if let Some(path) = &options.out {
        return Ok(path.clone());
    }
    let Some(first) = job.first() else { return Err(CommandError::new("no file to sign")) };
    let suffix = suffix(options.format, &options.form);
    let name = first.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = match suffix.strip_prefix("-signed") {
        Some(extension) => name.strip_suffix(extension).unwrap_or(&name),
        None => &name,
    };
    let folder = match &options.out_dir {
        Some(folder) => {
            std::fs::create_dir_all(folder).context(|| format!("create {}", folder.display()))?;
            folder.as_path()
        }
        None => first.parent().unwrap_or(Path::new("")),
    };
    Ok(folder.join(format!("{stem}{suffix}")))
}
