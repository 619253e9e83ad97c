//! xmlsec1 as the other side.

use mekong_pki::Certificate;
use std::path::Path;
use std::process::Command;

/// Whether xmlsec1 is installed; says so if not.
pub(crate) fn installed() -> bool {
    let found = Command::new("xmlsec1").arg("--version").output().is_ok();
    if !found {
        assert!(std::env::var_os("CI").is_none(), "xmlsec1 is missing in CI");
        println!("skipped: no xmlsec1");
    }
    found
}

/// Verifies a document in a folder, where detached files lie; the error is what xmlsec1 says.
pub(crate) fn verify(
    folder: &Path,
    document: &[u8],
    root: &Certificate,
    signature: Option<&str>,
) -> Result<(), String> {
    std::fs::write(folder.join("document.xml"), document).unwrap();
    std::fs::write(folder.join("root.pem"), root.pem()).unwrap();
    let mut command = Command::new("xmlsec1");
    command.current_dir(folder).args(["--verify", "--enabled-key-data", "x509", "--trusted-pem", "root.pem"]);
    command.args(["--verification-time", "2026-02-01 00:00:00"]);
    for (name, namespace) in [
        ("SignedProperties", "http://uri.etsi.org/01903/v1.3.2#"),
        ("Signature", "http://www.w3.org/2000/09/xmldsig#"),
        ("SignatureValue", "http://www.w3.org/2000/09/xmldsig#"),
        ("Object", "http://www.w3.org/2000/09/xmldsig#"),
        ("part", ""),
        ("hold", ""),
    ] {
        let name = if namespace.is_empty() { name.to_owned() } else { format!("{namespace}:{name}") };
        command.args(["--id-attr:Id", &name]);
    }
    if let Some(id) = signature {
        command.args(["--node-id", id]);
    }
    let output = command.arg("document.xml").output().unwrap();
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&[output.stderr, output.stdout].concat()).into_owned()),
    }
}
