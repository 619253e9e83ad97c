//! Foreign programs, temporary files, and the shared vectors.

use mekong_crypto::{PrivateKey, PublicKey};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn required() -> bool {
    std::env::var("CI").is_ok_and(|ci| ci == "true")
}

/// Whether a program is installed. Says `skipped` if not, and fails where everything must run.
pub(crate) fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        assert!(!required(), "{program} is not installed, and CI=true");
        println!("skipped: {program} is not installed");
    }
    found
}

/// The folder of vectors made by others.
pub(crate) fn shared() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("MEKONG_SHARED").map_or_else(default, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(!required(), "no ../shared, and CI=true");
    println!("skipped: no ../shared");
    None
}

/// Runs a program; panics with its words if it fails.
pub(crate) fn run(program: &str, arguments: &[&str], folder: &Path) -> Vec<u8> {
    let output = try_run(program, arguments, folder);
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Runs a program.
pub(crate) fn try_run(program: &str, arguments: &[&str], folder: &Path) -> Output {
    Command::new(program).args(arguments).current_dir(folder).output().expect("the program runs")
}

/// A key made by openssl in `folder/NAME.pem`, as we read it.
pub(crate) fn openssl_key(folder: &Path, name: &str, arguments: &[&str]) -> PrivateKey {
    let (pem, der) = (format!("{name}.pem"), format!("{name}.der"));
    run("openssl", &[&["genpkey", "-out", &pem], arguments].concat(), folder);
    run("openssl", &["pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", &pem, "-out", &der], folder);
    PrivateKey::from_pkcs8(&std::fs::read(folder.join(der)).unwrap()).unwrap()
}

/// The public key of a certificate, read by openssl.
pub(crate) fn certificate_key(certificate: &[u8]) -> PublicKey {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("c.der"), certificate).unwrap();
    let pem = run("openssl", &["x509", "-inform", "DER", "-in", "c.der", "-pubkey", "-noout"], folder.path());
    std::fs::write(folder.path().join("k.pem"), pem).unwrap();
    let spki = run("openssl", &["pkey", "-pubin", "-in", "k.pem", "-outform", "DER"], folder.path());
    PublicKey::from_spki(&spki).unwrap()
}
