//! Shares of a root's key: from files, or typed in by the custodians one after the other.

use super::super::{CommandError, Context};
use clap::Args;
use mekong_authority::ceremony::Share;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

/// How the custodians give their shares.
#[derive(Args, Clone)]
pub(super) struct Shares {
    /// File with a custodian's share, once for each; without any they are typed in.
    #[arg(long = "share", value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Shares {
    pub(super) fn read(&self) -> Result<Vec<Share>, CommandError> {
        if self.files.is_empty() {
            return typed();
        }
        let read = |path: &PathBuf| {
            let text = std::fs::read_to_string(path).context(|| format!("read {}", path.display()))?;
            Share::from_line(text.trim()).context(|| path.display().to_string())
        };
        self.files.iter().map(read).collect()
    }
}

/// Asks until an empty line; a share that cannot be read is asked for again.
fn typed() -> Result<Vec<Share>, CommandError> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(CommandError::new("no shares: give each custodian's with --share FILE, or run this at a terminal"));
    }
    let mut shares = Vec::new();
    loop {
        eprint!("Share {} (an empty line ends): ", shares.len() + 1);
        std::io::stderr().flush().context(|| "write to the terminal")?;
        let mut line = String::new();
        stdin.lock().read_line(&mut line).context(|| "read from the terminal")?;
        if line.trim().is_empty() {
            return Ok(shares);
        }
        match Share::from_line(line.trim()) {
            Ok(share) => shares.push(share),
            Err(error) => eprintln!("{error}"),
        }
        // What was typed does not stay on the screen.
        eprint!("\x1b[1A\x1b[2K");
    }
}
