//! `mekong population`: importing persons from CSV, and generating residents who do not exist.

use super::{CommandError, CommandResult, Context};
use crate::progress;
use clap::Args;
use mekong_base::Clock;
use mekong_population::{Country, ImportLimits, ImportReport, MIGRATIONS, Progress, Register};
use mekong_store::Database;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Name of the register's database in its folder.
pub(crate) const REGISTER_FILE: &str = "register.db";

/// Options of `mekong population import`.
#[derive(Args)]
pub(crate) struct ImportOptions {
    /// Whose register it is: VN or LA. Decides numbers, scripts, order of names, administrative units.
    #[arg(long, value_name = "CODE")]
    country: String,
    /// Folder of the register; made if it is not there.
    #[arg(long, value_name = "DIR", default_value = "population")]
    dir: PathBuf,
    /// More administrative units than the built-in provinces: CSV with code, name, from, to.
    #[arg(long, value_name = "FILE")]
    units: Option<PathBuf>,
    /// Check only; store nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print the report as one JSON object.
    #[arg(long)]
    json: bool,
    /// CSV in UTF-8 with a header row.
    file: PathBuf,
}

/// Options of `mekong population generate`.
#[derive(Args)]
pub(crate) struct GenerateOptions {
    /// VN or LA.
    #[arg(long, value_name = "CODE")]
    country: String,
    /// How many residents.
    #[arg(long, default_value_t = 1_000)]
    people: u32,
    /// The same seed gives the same residents, on every machine.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to write; standard output if left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The rules of a country by its code.
///
/// # Errors
/// In words, for a country that is not known.
pub(crate) fn country(code: &str) -> Result<Country, CommandError> {
    let known = Country::by_code(&code.to_uppercase());
    known
        .ok_or_else(|| CommandError::new(format!("--country {code}: not known; VN and LA are")))?
        .context(|| format!("load the rules of {code}"))
}

/// Opens the register in a folder, and makes it if need be.
///
/// # Errors
/// In words, with the folder.
pub(crate) async fn open_register(folder: &Path, country: Country) -> Result<Register, CommandError> {
    std::fs::create_dir_all(folder).context(|| format!("make the folder {}", folder.display()))?;
    let database = Database::open(folder.join(REGISTER_FILE), MIGRATIONS)
        .await
        .context(|| format!("open the register in {}", folder.display()))?;
    Ok(Register::new(database, country.into()))
}

/// Imports a file into a register with a progress bar.
///
/// # Errors
/// In words, if the file cannot be read or the register fails. Faults in the file are in the report.
pub(crate) async fn import_file(register: &Register, file: &Path) -> Result<ImportReport, CommandError> {
    let reader = BufReader::new(File::open(file).context(|| format!("open {}", file.display()))?);
    let bar = progress::bar("checking", 0);
    let now = Clock::system().now();
    let show = |progress| {
        let (what, done, total) = match progress {
            Progress::Checking { done, total } => ("checking", done, total),
            Progress::Writing { done, total } => ("writing ", done, total),
        };
        bar.set_message(what);
        bar.set_length(total);
        bar.set_position(done);
    };
    let report = mekong_population::import(register, reader, &ImportLimits::default(), now, show)
        .await
        .context(|| format!("import {}", file.display()))?;
    bar.finish_and_clear();
    Ok(report)
}

/// Runs `mekong population import`.
pub(crate) async fn import(options: ImportOptions) -> CommandResult {
    let mut country = country(&options.country)?;
    if let Some(units) = &options.units {
        let file = File::open(units).context(|| format!("open {}", units.display()))?;
        country.add_units(file).context(|| format!("read the units {}", units.display()))?;
    }
    let report = if options.dry_run {
        let reader = BufReader::new(File::open(&options.file).context(|| format!("open {}", options.file.display()))?);
        let now = Clock::system().now();
        mekong_population::import::check(&country, reader, &ImportLimits::default(), now, |_| {})
            .context(|| format!("check {}", options.file.display()))?
            .report
    } else {
        let register = open_register(&options.dir, country).await?;
        import_file(&register, &options.file).await?
    };
    if options.json {
        println!("{}", json(&report));
    } else {
        println!("{report}");
        if options.dry_run && report.is_clean() {
            println!("checked only; nothing was stored");
        }
    }
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn json(report: &ImportReport) -> serde_json::Value {
    let faults: Vec<_> = report
        .faults
        .iter()
        .map(|f| serde_json::json!({ "row": f.row, "column": f.column, "fault": f.to_string(), "fix": f.fix() }))
        .collect();
    serde_json::json!({
        "rows": report.rows, "added": report.added, "unchanged": report.unchanged,
        "normalised": report.normalised, "faults_total": report.faults_total, "faults": faults,
    })
}

/// Runs `mekong population generate`.
pub(crate) fn generate(options: &GenerateOptions) -> CommandResult {
    let country = country(&options.country)?;
    let what = || "generate residents";
    match &options.out {
        Some(path) => {
            let mut file = BufWriter::new(File::create(path).context(|| format!("write {}", path.display()))?);
            mekong_population::generate(&country, options.people, options.seed, &mut file).context(what)?;
            file.flush().context(|| format!("write {}", path.display()))?;
        }
        None => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            mekong_population::generate(&country, options.people, options.seed, &mut out).context(what)?;
            out.flush().context(|| "write to standard output")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
