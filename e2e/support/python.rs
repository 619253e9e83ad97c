//! Python with the peers of `requirements.txt`, and our clients in `clients/`.

use super::program::{Ended, command, run};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Python with a script and its arguments.
pub(crate) fn python<S: AsRef<OsStr>>(script: &Path, arguments: impl IntoIterator<Item = S>) -> Command {
    let python = std::env::var_os("MEKONG_TEST_PYTHON");
    let python = python.expect("MEKONG_TEST_PYTHON is not set: `./dev test` prepares the Python peers and sets it");
    let mut command = command(python, [script]);
    command.args(arguments);
    command
}

/// A program that came with the peers of `requirements.txt`.
pub(crate) fn installed(name: &str) -> String {
    let python = std::env::var_os("MEKONG_TEST_PYTHON");
    let python = python.expect("MEKONG_TEST_PYTHON is not set: `./dev test` prepares the Python peers and sets it");
    Path::new(&python).with_file_name(name).to_string_lossy().into_owned()
}

/// A script of `clients/`.
pub(crate) fn client(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/clients").join(name)
}

/// Runs a script of `clients/` to its end.
#[track_caller]
pub(crate) fn run_client(name: &str, arguments: &[&dyn AsRef<OsStr>]) -> Ended {
    let arguments: Vec<OsString> = arguments.iter().map(|a| a.as_ref().to_owned()).collect();
    run(python(&client(name), arguments))
}
