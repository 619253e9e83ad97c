//! What the tests share: files of the vectors.

use mekong_pki::Certificate;
use std::path::{Path, PathBuf};

/// A folder of the trust vectors; `None` (and a line of output) if they are not here.
pub(crate) fn vectors(folder: &str) -> Option<PathBuf> {
    mekong_pki::testing::shared(&format!("vectors/trust/{folder}")).expect("the vectors are here in CI")
}

/// The bytes of a file.
pub(crate) fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The certificate in a file, DER or PEM.
pub(crate) fn certificate(path: &Path) -> Certificate {
    Certificate::from_der_or_pem(&bytes(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines of a JSON Lines file.
pub(crate) fn json_lines(path: &Path) -> Vec<serde_json::Value> {
    let text = String::from_utf8(bytes(path)).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}
