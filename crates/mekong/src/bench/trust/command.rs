//! Verdicts from process start: this program, and others where they are installed, on the same file.

use super::country::Country;
use super::document::{Made, Shape};
use super::timing;
use crate::cli::{CommandError, Context};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Most starts of this program for one median.
const STARTS_MAX: usize = 41;
/// Most starts of another program: the slowest takes seconds.
const PEER_STARTS_MAX: usize = 5;

/// Times from process start to the verdict.
pub(super) struct Started {
    /// Of this program, the median.
    pub(super) ms: f64,
    /// Of others by name, the median.
    pub(super) peers: BTreeMap<String, f64>,
}

/// Starts the programs one after the other.
///
/// # Errors
/// In words, if this program does not find the file valid. Other programs that are not there, or do not, are left out.
pub(super) fn measure(country: &Country, made: &Made, dir: &Path, budget: Duration) -> Result<Started, CommandError> {
    let file = format!("{}-{}.{}", made.form.name(), country.keys.name(), ending(made.form));
    write(dir, &file, &made.bytes)?;
    write(dir, "root.pem", country.root.certificate.pem().as_bytes())?;
    write(dir, "authority.pem", country.authority.certificate.pem().as_bytes())?;
    let this = std::env::current_exe().context(|| "find this program")?;
    let line = format!("verify --json --policy european --anchor root.pem {file}");
    let ms = median(&this, &line, dir, budget, STARTS_MAX)
        .map_err(|why| CommandError::new(format!("mekong {line}: {why}")))?;
    let mut peers = BTreeMap::new();
    for (name, line) in peers_for(made.form, &file) {
        match median(&find(name), &line, dir, budget, PEER_STARTS_MAX) {
            Ok(ms) => {
                peers.insert(name.to_owned(), crate::bench::rounded(ms));
            }
            Err(why) => tracing::info!("{name} is left out: {why}"),
        }
    }
    Ok(Started { ms, peers })
}

const fn ending(shape: Shape) -> &'static str {
    match shape {
        Shape::Xades => "xml",
        Shape::AsicE => "asice",
        Shape::Pades => "pdf",
        Shape::Cades => "p7m",
        Shape::Jades => "json",
    }
}

/// Who else can check a file of this form, with which arguments. None of them does all: `xmlsec1` and OpenSSL check value and
/// certificate only, and pyHanko would ask the network for revocation data.
fn peers_for(shape: Shape, file: &str) -> Vec<(&'static str, String)> {
    match shape {
        Shape::Xades => {
            let ids = "--id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties";
            let trusted = "--enabled-key-data x509 --trusted-pem root.pem --untrusted-pem authority.pem";
            vec![("xmlsec1", format!("--verify {trusted} {ids} {file}"))]
        }
        Shape::AsicE => vec![("digidoc-tool", format!("open {file}"))],
        Shape::Pades => {
            let trusted = "--trust root.pem --trust-replace --other-certs authority.pem";
            vec![("pyhanko", format!("sign adesverify --no-revocation-check {trusted} {file}"))]
        }
        Shape::Cades => {
            let trusted = "-CAfile root.pem -purpose any -out content.txt";
            vec![("openssl", format!("cms -verify -cades -binary -inform DER -in {file} {trusted}"))]
        }
        Shape::Jades => Vec::new(),
    }
}

/// Beside the Python of `MEKONG_TEST_PYTHON`, else on the path.
fn find(name: &str) -> PathBuf {
    let beside = std::env::var_os("MEKONG_TEST_PYTHON").map(|python| Path::new(&python).with_file_name(name));
    beside.filter(|path| path.is_file()).unwrap_or_else(|| PathBuf::from(name))
}

fn median(program: &Path, line: &str, dir: &Path, budget: Duration, most: usize) -> Result<f64, String> {
    start(program, line, dir)?;
    let (begun, mut times) = (Instant::now(), Vec::new());
    while times.is_empty() || (begun.elapsed() < budget && times.len() < most) {
        times.push(start(program, line, dir)?);
    }
    Ok(timing::median(times))
}

/// Milliseconds until it ended with success.
fn start(program: &Path, line: &str, dir: &Path) -> Result<f64, String> {
    let mut command = Command::new(program);
    command.args(line.split(' ').map(OsString::from)).current_dir(dir).stdin(Stdio::null());
    let started = Instant::now();
    let ended: Output = command.output().map_err(|e| e.to_string())?;
    let time = timing::milliseconds(started.elapsed());
    match ended.status.success() {
        true => Ok(time),
        false => {
            let said = [ended.stdout, ended.stderr].concat();
            Err(format!("{}: {}", ended.status, String::from_utf8_lossy(&said)))
        }
    }
}

fn write(dir: &Path, name: &str, bytes: &[u8]) -> Result<(), CommandError> {
    std::fs::write(dir.join(name), bytes).context(|| format!("write {name}"))
}
