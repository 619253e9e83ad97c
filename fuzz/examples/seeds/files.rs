//! Where fixtures and seeds are written.

use std::path::Path;

pub(crate) type Failure = Box<dyn std::error::Error>;

/// A file that targets compare with.
pub(crate) fn fixture(name: &str, bytes: &[u8]) -> Result<(), Failure> {
    write(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), name, bytes)
}

/// A seed of a target.
pub(crate) fn seed(target: &str, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    write(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("corpus/fuzz_{target}")), name, bytes)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let path = folder.join(name);
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    Ok(std::fs::write(path, bytes)?)
}
