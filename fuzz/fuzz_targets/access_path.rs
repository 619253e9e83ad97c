//! Access rights by path: no reading leaves the service; patterns match what a slow, plain matcher matches.
//!
//! The input is a path and a pattern, separated by a line end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_exchange::rules::path::{PathPattern, Readings};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (path, pattern) = text.split_once('\n').unwrap_or((text, "/public/**"));
    let Ok(parsed) = PathPattern::parse(pattern) else { return };
    assert_eq!(PathPattern::parse(&parsed.to_string()).as_ref(), Ok(&parsed));
    let short = |text: &str| text.get(..text.len().min(300)).unwrap_or_default().to_owned();
    if pattern.len() <= 300 {
        assert_eq!(parsed.matches(&short(path)), plain(pattern, &short(path)), "{pattern:?} {path:?}");
    }
    let Ok(readings) = Readings::of(path) else { return };
    assert!(readings.covered_by(&PathPattern::any()));
    for reading in readings.all() {
        assert!(reading.split('/').all(|segment| !matches!(segment, "." | "..")), "{reading:?}");
        assert!(!reading.contains('\\'));
    }
    if readings.covered_by(&parsed) {
        assert!(readings.all().all(|reading| reading.len() > 300 || pattern.len() > 300 || plain(pattern, reading)));
    }
});

/// A table of which suffixes of the pattern match which suffixes of the path.
fn plain(pattern: &str, path: &str) -> bool {
    let (tokens, path): (Vec<(bool, char)>, Vec<char>) = (tokens(pattern), path.chars().collect());
    let mut matches = vec![vec![false; path.len() + 1]; tokens.len() + 1];
    matches[tokens.len()][path.len()] = true;
    for i in (0..tokens.len()).rev() {
        for j in (0..=path.len()).rev() {
            let next = path.get(j).copied();
            matches[i][j] = match tokens[i] {
                (true, '*') => matches[i + 1][j] || next.is_some_and(|c| c != '/' && matches[i][j + 1]),
                (true, _) => matches[i + 1][j] || (next.is_some() && matches[i][j + 1]),
                (false, c) => next == Some(c) && matches[i + 1][j + 1],
            };
        }
    }
    matches[0][0]
}

/// Wildcards (`*`, and `+` for `**`) and plain characters.
fn tokens(pattern: &str) -> Vec<(bool, char)> {
    let mut tokens: Vec<(bool, char)> = Vec::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("\\*") {
            tokens.push((false, '*'));
            rest = after;
        } else if let Some(after) = rest.strip_prefix("\\\\") {
            tokens.push((false, '\\'));
            rest = after;
        } else if c == '*' {
            let stars = rest.len() - rest.trim_start_matches('*').len();
            tokens.push((true, if stars == 1 { '*' } else { '+' }));
            rest = &rest[stars..];
        } else {
            tokens.push((false, c));
            rest = &rest[c.len_utf8()..];
        }
    }
    tokens
}
