//! Shares of a root's key: from files, or typed in by the custodians one after the other. At a terminal each share, shown
//! or typed, is on a screen of its own that is gone when the next custodian steps up, from what one can scroll back to, too.

use super::super::{CommandError, Context};
use crate::cli::block_on;
use crate::interruption::Interruption;
use clap::Args;
use mekong_authority::ceremony::Share;
use mekong_crypto::Zeroizing;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

/// The terminal's other screen, which keeps nothing, empty; and back.
const OTHER_SCREEN: &str = "\x1b[?1049h\x1b[2J\x1b[H";
const BACK: &str = "\x1b[2J\x1b[?1049l";
/// Exit code of a command that was interrupted, as the shell gives it: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;
/// More than a share has, so that what is typed is not copied while it grows.
const LINE_BYTES: usize = 1024;

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

/// Shows the shares to the custodians: at a terminal one at a time, else one after the other.
pub(super) fn show(shares: &[Share]) -> Result<(), CommandError> {
    let one_by_one = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let screen = one_by_one.then(OtherScreen::new).transpose()?;
    for share in shares {
        let line = share.to_line();
        let Some(screen) = &screen else {
            println!("Share {}:\n{}\n", share.number(), line.as_str());
            continue;
        };
        let (number, of) = (share.number(), shares.len());
        let text = Zeroizing::new(format!(
            "Share {number} of {of}, for custodian {number} alone.\n\n{}\n\nWrite it down, then type its last four digits: ",
            line.as_str()
        ));
        while !is_end_of(&line, &screen.ask(&text)?) {
            eprintln!("Those are not its last four digits. It is shown again.");
        }
        eprintln!("Share {number} of {of} is written down.");
    }
    Ok(())
}

fn is_end_of(share: &str, typed: &str) -> bool {
    share.split_whitespace().next_back().is_some_and(|last| last.eq_ignore_ascii_case(typed.trim()))
}

/// Asks until there are enough; a share that cannot be read, or that is there already, is asked for again.
fn typed() -> Result<Vec<Share>, CommandError> {
    if !std::io::stdin().is_terminal() {
        return Err(CommandError::new("no shares: give each custodian's with --share FILE, or run this at a terminal"));
    }
    let screen = OtherScreen::new()?;
    let mut shares: Vec<Share> = Vec::new();
    loop {
        let number = shares.len() + 1;
        let of = shares.first().map(|share| format!(" of {} that are needed", share.needed())).unwrap_or_default();
        let line = screen.ask(&format!("Share {number}{of} (an empty line gives up):\n"))?;
        if line.trim().is_empty() {
            return Err(CommandError::new(format!("given up after {} shares", shares.len())));
        }
        match Share::from_line(line.trim()) {
            Ok(share) if shares.iter().any(|known| known.number() == share.number()) => {
                eprintln!("Share {} was given already: another custodian's is needed.", share.number());
            }
            Ok(share) => {
                eprintln!("Share {} is taken.", share.number());
                shares.push(share);
            }
            Err(error) => eprintln!("Not taken: {error}"),
        }
        if shares.first().is_some_and(|first| shares.len() >= usize::from(first.needed())) {
            return Ok(shares);
        }
    }
}

/// The terminal's other screen. Ctrl-C too leaves it before it ends the command, so that what is shown there goes with it.
struct OtherScreen {
    is_shown: Arc<AtomicBool>,
}

impl OtherScreen {
    fn new() -> Result<Self, CommandError> {
        let is_shown = Arc::new(AtomicBool::new(false));
        let (shown, (listens, is_heard)) = (Arc::clone(&is_shown), mpsc::channel());
        let leave = move || {
            block_on(async {
                let interruption = Interruption::listen()?;
                let _ = listens.send(());
                interruption.wait().await;
                if shown.load(Ordering::SeqCst) {
                    let mut terminal = std::io::stderr();
                    let _ = write!(terminal, "{BACK}").and_then(|()| terminal.flush());
                }
                std::process::exit(INTERRUPTED)
            })
        };
        std::thread::Builder::new().spawn(leave).context(|| "listen for signals")?;
        is_heard.recv().context(|| "listen for signals")?;
        Ok(Self { is_shown })
    }

    /// Asks on it; gives the line typed, and is back.
    fn ask(&self, text: &str) -> Result<Zeroizing<String>, CommandError> {
        let mut terminal = std::io::stderr();
        self.is_shown.store(true, Ordering::SeqCst);
        write!(terminal, "{OTHER_SCREEN}{text}").and_then(|()| terminal.flush()).context(|| "write to the terminal")?;
        let mut line = Zeroizing::new(String::with_capacity(LINE_BYTES));
        let read = std::io::stdin().lock().read_line(&mut line);
        write!(terminal, "{BACK}").and_then(|()| terminal.flush()).context(|| "write to the terminal")?;
        self.is_shown.store(false, Ordering::SeqCst);
        match read.context(|| "read from the terminal")? {
            0 => Err(CommandError::new("the terminal was closed")),
            _ => Ok(line),
        }
    }
}
