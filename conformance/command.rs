//! The command line as a judge.

use serde_json::Value;
use std::ffi::OsStr;
use std::process::Command;

/// What a command printed and exited with.
pub(crate) struct Answer {
    pub(crate) code: i32,
    /// One object a line.
    pub(crate) lines: Vec<Value>,
    pub(crate) errors: String,
}

/// Runs `mekong` with arguments of which one is `--json`.
pub(crate) fn mekong<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Answer {
    let output = Command::new(env!("CARGO_BIN_EXE_mekong")).args(arguments).output().expect("mekong runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = output.status.code().unwrap_or_else(|| panic!("mekong was ended by a signal: {errors}"));
    Answer { code, lines: text.lines().map(parse).collect(), errors }
}

/// `valid ok`, `invalid CODE`, `open CODE` of one line.
pub(crate) fn verdict(line: &Value) -> String {
    let word = match &line["valid"] {
        Value::Bool(true) => "valid",
        Value::Bool(false) => "invalid",
        Value::Null => "open",
        other => panic!("\"valid\" is {other}"),
    };
    format!("{word} {}", line["reason"].as_str().expect("a reason"))
}
