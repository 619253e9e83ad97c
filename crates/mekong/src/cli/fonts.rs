//! Fonts of this machine, for what is drawn in PDFs.

use super::{CommandError, Context};
use std::path::PathBuf;

/// Fonts with Vietnamese and Lao, where Debian's fonts-noto-core puts them.
const FONTS: &[&str] =
    &["/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf", "/usr/share/fonts/truetype/noto/NotoSansLao-Regular.ttf"];

/// The files given, then those of the machine.
///
/// # Errors
/// In words: which file cannot be read, or what to install where there is none.
pub(super) fn load(given: &[PathBuf]) -> Result<Vec<Vec<u8>>, CommandError> {
    let read = |path: &PathBuf| std::fs::read(path).context(|| format!("read {}", path.display()));
    let mut fonts = given.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    fonts.extend(FONTS.iter().filter_map(|path| std::fs::read(path).ok()));
    match fonts.is_empty() {
        true => Err(CommandError::new("no font: install fonts-noto-core, or give --font FILE")),
        false => Ok(fonts),
    }
}
