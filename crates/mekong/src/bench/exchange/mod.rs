//! `mekong bench exchange`: both countries, clients that ask across the border as fast as they are answered, and the
//! cryptographic floor and the same questions without gateways, timed in the same run.
//!
//! - [`case`]: round trips without a body and with bodies of several sizes, everything in this process.
//! - [`growth`]: round trips while the message logs grow to millions, with a [`plot`].
//! - [`memory`] and [`start`]: gateways as processes of their own ([`apart`]).
//! - [`world`] and [`postgres`]: where the message logs are, and how many gateways there are.
//! - [`load`]: the clients; [`question`]: what they ask; [`floor`]: what cannot be done without.

mod apart;
mod case;
mod floor;
mod growth;
mod load;
mod memory;
mod plot;
mod postgres;
mod question;
mod start;
mod world;

use crate::cli::{CommandError, CommandResult, Context};
use case::BodyCase;
use clap::{Args, ValueEnum};
use mekong_crypto::KeyType;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `mekong bench exchange`.
#[derive(Args)]
pub(crate) struct ExchangeOptions {
    /// Print one JSON object a case.
    #[arg(long)]
    json: bool,
    /// What is measured.
    #[arg(long, value_enum, default_value_t = CaseName::Empty)]
    case: CaseName,
    /// How long to measure; bodies end a case earlier when they have filled 4 GiB.
    #[arg(long, value_name = "S", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// Clients that ask at the same time, each with one connection; of those with large bodies no more than 4. In `memory`
    /// 256, unless there are to be more.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=4_096))]
    clients: u32,
    /// Kind of the gateways' keys.
    #[arg(long, value_enum, default_value_t = Key::P256)]
    key: Key,
    /// Where the message logs are. `memory`, `start` and `growth` are measured with files.
    #[arg(long, value_enum, default_value_t = LogKind::Files)]
    message_log: LogKind,
    /// Gateways on each side. Two share the work, and their log in PostgreSQL. `memory`, `start` and
    /// `growth` measure one.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
    gateways: u8,
    /// Messages that each log grows to in `growth`; a million takes about 2 GB of `TMPDIR` for both.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(10_000..=1_000_000_000))]
    messages: u64,
    /// Where `growth` draws its curves (SVG).
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

/// Where message logs can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogKind {
    /// In files, with an index in SQLite.
    Files,
    /// In a PostgreSQL made for the run (Debian's package postgresql must be installed).
    Postgres,
}

impl LogKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Postgres => "postgres",
        }
    }
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CaseName {
    /// The register is asked for one person.
    Empty,
    /// Bodies of 10 kB to a service that reads them.
    #[value(name = "10k")]
    Small,
    /// Bodies of 1 MB.
    #[value(name = "1m")]
    Middle,
    /// Bodies of 100 MB.
    #[value(name = "100m")]
    Large,
    /// Peak memory of gateways under many clients, then with a body of 100 MB.
    Memory,
    /// From start to ready with 10,000 members in the directory.
    Start,
    /// Round trips as the message logs grow to `--messages`.
    Growth,
    /// All but `growth`.
    All,
}

/// Kinds of keys that can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Key {
    /// ECDSA P-256.
    P256,
    /// RSA of 2048 bits.
    Rsa2048,
}

impl Key {
    const fn key_type(self) -> KeyType {
        match self {
            Self::P256 => KeyType::P256,
            Self::Rsa2048 => KeyType::Rsa(2048),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::P256 => "p256",
            Self::Rsa2048 => "rsa2048",
        }
    }
}

/// Runs the command: exit 1 if a round trip failed.
pub(crate) async fn run(options: ExchangeOptions) -> CommandResult {
    use CaseName::{All, Empty, Large, Memory, Middle, Small, Start};
    if options.gateways > 1 && options.message_log == LogKind::Files {
        let text = "two gateways of a member share one log, which is in PostgreSQL then: add --message-log postgres";
        return Err(CommandError::new(text));
    }
    let cases: &[CaseName] = match &options.case {
        All => &[Empty, Small, Middle, Large, Memory, Start],
        one => std::slice::from_ref(one),
    };
    let mut is_good = true;
    for one in cases {
        let dir = std::env::temp_dir().join(format!("mekong-bench-{}", std::process::id()));
        let outcome = measure(*one, &options, &dir).await;
        let removed = std::fs::remove_dir_all(&dir);
        is_good &= outcome?;
        removed.context(|| format!("remove {}", dir.display()))?;
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Measures and tells one case; whether no round trip failed.
async fn measure(case: CaseName, options: &ExchangeOptions, dir: &Path) -> Result<bool, CommandError> {
    match case {
        CaseName::Small => case::run(BodyCase { name: "10k", bytes: 10_000 }, options, dir).await,
        CaseName::Middle => case::run(BodyCase { name: "1m", bytes: 1_000_000 }, options, dir).await,
        CaseName::Large => case::run(BodyCase { name: "100m", bytes: 100_000_000 }, options, dir).await,
        CaseName::Memory => memory::run(options, dir).await,
        CaseName::Start => start::run(options, dir).await,
        CaseName::Growth => growth::run(options, dir).await,
        CaseName::Empty | CaseName::All => case::run(BodyCase { name: "empty", bytes: 0 }, options, dir).await,
    }
}
