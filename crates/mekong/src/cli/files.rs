//! Files as a command line names them: folders stand for the files directly in them.

use super::{CommandError, Context};
use std::path::PathBuf;

/// The files given, and those of the folders given, sorted by name. What else is in a folder is passed over, and said to be.
///
/// # Errors
/// In words: a folder that cannot be read, or nothing but empty folders.
pub(super) fn of(given: &[PathBuf]) -> Result<Vec<PathBuf>, CommandError> {
    let mut files = Vec::new();
    for path in given {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = || format!("read {}", path.display());
        let entries = std::fs::read_dir(path).context(unreadable)?;
        let inside = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
        let (mut inside, mut others): (Vec<_>, Vec<_>) =
            inside.context(unreadable)?.into_iter().partition(|path| path.is_file());
        inside.sort();
        others.sort();
        for other in others {
            eprintln!("mekong: {}: passed over: only files directly in a folder are taken", other.display());
        }
        files.extend(inside);
    }
    match files.is_empty() {
        true => Err(CommandError::new("no file to work on: the folders have none directly in them")),
        false => Ok(files),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_stand_for_the_files_directly_in_them_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        assert!(of(&[dir.path().to_path_buf()]).unwrap_err().to_string().contains("no file"));
        std::fs::create_dir(path("below")).unwrap();
        for name in ["b", "a", "below/c"] {
            std::fs::write(path(name), name).unwrap();
        }
        let given = [path("nowhere"), dir.path().to_path_buf()];
        assert_eq!(of(&given).unwrap(), [path("nowhere"), path("a"), path("b")]);
    }
}
