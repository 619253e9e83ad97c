//! Progress of long work on standard error: bars on a terminal, one below the other, nothing elsewhere.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::sync::LazyLock;

/// The terminal is one: bars that run at the same time share it.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// A bar of `length` items; `what` stands before it. Hidden when standard error is no terminal.
pub(crate) fn bar(what: &str, length: u64) -> ProgressBar {
    let bar = BARS.add(ProgressBar::new(length));
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {human_pos}/{human_len} {per_sec:1} {eta}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}
