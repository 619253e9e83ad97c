//! Signed directories: with their parts by `mekong directory verify`, their form alone by the parser.

use crate::case::Case;
use crate::command::{Answer, mekong, verdict};
use crate::vectors;
use mekong_directory::SignedDirectory;
use std::path::{Path, PathBuf};

const SIGNED: &str = "globalconf/signed";
const ANCHOR: &str = "configuration_anchor_CS_internal.xml";

/// `mekong directory verify --json --anchor ... --root ... --at AT [--trusted T] FILE...`
pub(crate) fn verify(root: &Path, at: &str, trusted: Option<&str>, files: &[&str]) -> Answer {
    let signed = root.join(SIGNED);
    let mut arguments: Vec<PathBuf> = ["directory", "verify", "--json", "--at", at, "--anchor"].map(Into::into).into();
    arguments.extend([signed.join(ANCHOR), "--root".into(), signed.clone()]);
    if let Some(trusted) = trusted {
        arguments.extend(["--trusted".into(), signed.join(trusted)]);
    }
    arguments.extend(files.iter().map(PathBuf::from));
    mekong(arguments)
}

/// A directory with its parts; `with`: `at`, and `trusted` for shared parameters taken as given.
pub(crate) fn judge(case: &Case, root: &Path) -> String {
    let file = case.file.strip_prefix(SIGNED).and_then(|f| f.strip_prefix('/')).expect("below globalconf/signed");
    let answer = verify(root, case.needed("at"), case.text("trusted"), &[file]);
    let [line] = answer.lines.as_slice() else { panic!("{}: {:?} {}", case.name(), answer.lines, answer.errors) };
    verdict(line)
}

/// The form of a directory: version and locations of the parts, or the code.
pub(crate) fn parse(case: &Case, root: &Path) -> String {
    match SignedDirectory::parse(vectors::read(&root.join(&case.file))) {
        Ok(directory) => {
            let locations: Vec<&str> = directory.parts().iter().map(|p| p.location.as_str()).collect();
            format!("{}: {}", directory.version(), locations.join(" "))
        }
        Err(error) => format!("refused {}", error.code()),
    }
}
