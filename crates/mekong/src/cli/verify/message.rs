//! Messages of the exchange and their archives: the verdict on evidence.

use super::super::{CommandError, Context};
use mekong_base::Source;
use mekong_base::limits::ContainerLimits;
use mekong_directory::GlobalConf;
use mekong_message::evidence::{self, Trust, Verdict};
use mekong_pki::Certificate;
use serde::Serialize;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

/// Bytes of a file that is read at all.
const FILE_BYTES_MAX: u64 = 2 << 30;

/// What `--json` prints for a file.
#[derive(Serialize)]
struct Line<'a> {
    file: String,
    valid: Option<bool>,
    reason: &'a str,
    detail: &'a str,
    signer: Option<String>,
    signed_at: Option<mekong_base::Instant>,
    timestamp: Option<mekong_base::Instant>,
    certificate: Option<String>,
}

/// What a global configuration on disk trusts.
pub(crate) struct TrustedConfiguration {
    configuration: GlobalConf,
    timestampers: Vec<Certificate>,
}

impl TrustedConfiguration {
    /// Loads a folder.
    ///
    /// # Errors
    /// In words, if there is no readable configuration.
    pub(crate) fn load(folder: &Path) -> Result<Self, CommandError> {
        let configuration =
            GlobalConf::load_dir(folder).context(|| format!("read the global configuration {}", folder.display()))?;
        let timestampers = configuration
            .instances()
            .filter_map(|instance| configuration.trust(instance))
            .flat_map(|trust| trust.timestampers.iter().cloned())
            .collect();
        Ok(Self { configuration, timestampers })
    }

    /// The verdict on the bytes of a file.
    pub(crate) fn judge(&self, bytes: &[u8]) -> Verdict {
        let of = |instance: &str| self.configuration.trust(instance).cloned();
        let trust = Trust { of: &of, timestampers: &self.timestampers };
        evidence::verify_file(bytes, &ContainerLimits::default(), Some(&trust))
    }
}

/// Whether a file is a message of the exchange or an archive of them, and not just any signed container.
pub(super) fn is_message(source: &dyn Source) -> bool {
    evidence::looks_like(source, &ContainerLimits::default())
}

/// Judges one and prints the verdict.
pub(super) fn judge(file: &Path, trusted: Option<&TrustedConfiguration>, json: bool, exit: &mut Exit) {
    let verdict = match read(file) {
        Ok(bytes) => trusted.map_or_else(
            || evidence::verify_file(&bytes, &ContainerLimits::default(), None),
            |trusted| trusted.judge(&bytes),
        ),
        Err(detail) => unreadable(detail),
    };
    exit.note(verdict.valid);
    print(file, &verdict, json);
}

/// The exit code that several verdicts add up to: an invalid file outweighs one that could not be checked.
#[derive(Default)]
pub(crate) struct Exit {
    invalid: bool,
    open: bool,
}

impl Exit {
    /// Takes a verdict into account.
    pub(crate) fn note(&mut self, valid: Option<bool>) {
        self.invalid |= valid == Some(false);
        self.open |= valid.is_none();
    }

    /// 0 all valid, 1 some not, 2 some could not be checked.
    pub(crate) fn code(&self) -> ExitCode {
        match (self.invalid, self.open) {
            (true, _) => ExitCode::from(1),
            (false, true) => ExitCode::from(2),
            (false, false) => ExitCode::SUCCESS,
        }
    }
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(|error| error.to_string())?;
    opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("larger than {FILE_BYTES_MAX} bytes"));
    }
    Ok(bytes)
}

fn unreadable(detail: String) -> Verdict {
    Verdict {
        valid: None,
        reason: "unreadable",
        detail,
        signer: None,
        certificate: None,
        signed_at: None,
        timestamp: None,
    }
}

fn print(file: &Path, verdict: &Verdict, json: bool) {
    let line = Line {
        file: file.display().to_string(),
        valid: verdict.valid,
        reason: verdict.reason,
        detail: &verdict.detail,
        signer: verdict.signer.as_ref().map(ToString::to_string),
        signed_at: verdict.signed_at,
        timestamp: verdict.timestamp,
        certificate: verdict.certificate.as_ref().map(Certificate::subject),
    };
    if json {
        println!("{}", serde_json::to_string(&line).unwrap_or_default());
    } else {
        print!("{}", text(&line));
    }
}

fn text(line: &Line<'_>) -> String {
    let word = match line.valid {
        Some(true) => "valid   ",
        Some(false) => "INVALID ",
        None => "open    ",
    };
    let mut text = format!("{word} {}  [{}]\n         {}\n", line.file, line.reason, line.detail);
    let facts = [
        ("signed by", line.signer.clone()),
        ("with", line.certificate.clone()),
        ("signed at", line.signed_at.map(|t| t.to_string())),
        ("time-stamped", line.timestamp.map(|t| t.to_string())),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            text.push_str(&format!("         {name:<12} {value}\n"));
        }
    }
    text
}
