//! What others say of our documents: pdfsig, qpdf, pyHanko.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Writes a document into a folder for the test.
pub(crate) fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn run(command: &mut Command) -> Option<(bool, String)> {
    match command.output() {
        Ok(output) => {
            let text = [output.stdout, output.stderr].concat();
            Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
        }
        Err(error) => {
            println!("skipped: {:?}: {error}", command.get_program());
            None
        }
    }
}

/// qpdf finds no fault in the structure.
pub(crate) fn check_structure(path: &Path) {
    if let Some((is_fine, text)) = run(Command::new("qpdf").arg("--check").arg(path)) {
        assert!(is_fine && !text.contains("WARNING"), "{text}");
    }
}

/// pdfsig finds so many valid signatures (document time-stamps it cannot verify).
pub(crate) fn check_signatures(path: &Path, expected: usize) {
    if let Some((_, text)) = run(Command::new("pdfsig").arg("-nocert").arg(path)) {
        assert_eq!(text.matches("Signature is Valid").count(), expected, "{text}");
        assert!(!text.contains("Invalid") && !text.contains("Mismatch"), "{text}");
    }
}

/// pyHanko (`MEKONG_TEST_PYTHON`) judges every signature valid under `root`: `validate` with the certificates alone,
/// `adesverify` by EN 319 102-1 with what is in the document.
pub(crate) fn check_by_pyhanko(path: &Path, root: &Path, command: &[&str]) {
    let Some(python) = std::env::var_os("MEKONG_TEST_PYTHON") else {
        println!("skipped: MEKONG_TEST_PYTHON is not set");
        return;
    };
    let mut pyhanko = Command::new(python);
    pyhanko.args(["-m", "pyhanko", "sign"]).args(command).arg("--trust").arg(root).arg("--trust-replace").arg(path);
    if let Some((is_valid, text)) = run(&mut pyhanko) {
        assert!(is_valid && !text.contains("WARNING"), "{text}");
        println!("{}", text.trim());
    }
}
