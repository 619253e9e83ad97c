//! Patterns with the reference's own cases; traversal in every dress.

use super::*;
use proptest::prelude::*;

#[track_caller]
fn matches(pattern: &str, path: &str) -> bool {
    PathPattern::parse(pattern).is_ok_and(|p| p.matches(path))
}

#[test]
fn patterns_match_as_in_the_reference() {
    for (pattern, path, expected) in [
        ("**", "", true),
        ("***", "match/anything/*", true),
        ("**", "/a/b/c", true),
        ("/*/", "/a/", true),
        ("/*/", "/a/b/", false),
        ("", "", true),
        ("", " ", false),
        (".^$+{[]|()", ".^$+{[]|()", true),
        ("**/bar/**", "a/b/c/bar/e/f", true),
        ("**/bar/**", "a/b/c/foo/e/f", false),
        ("**\\*", "/what/ever*", true),
        ("**\\*", "/what/ever!", false),
        ("simple", "simple", true),
        ("simple", "prefix.simple.suffix", false),
        ("**/*/**", "something/bar/something/else", true),
        ("**/*/**", "/bar/", true),
        ("**/*/**", "//", true),
        ("**/*/**", "something/else", false),
        ("\\A", "\\A", true),
        ("\\*", "*", true),
        ("\\*", "\\*", false),
        ("\\\\", "\\", true),
        ("aa\\", "aa\\", true),
        ("/file*.json", "/file1.json", true),
        ("/file*.json", "/file/1.json", false),
        ("/người/*", "/người/một", true),
    ] {
        assert_eq!(matches(pattern, path), expected, "{pattern:?} against {path:?}");
    }
    assert!(PathPattern::parse(&"*".repeat(2_000)).is_err());
}

/// Whoever asks chooses the path, and every right is held against it.
#[test]
fn a_long_path_costs_no_more_than_what_matches_of_it() {
    let path = format!("/{}", "a".repeat(1 << 20));
    let pattern = PathPattern::parse("/births/*/**/42").unwrap();
    let started = std::time::Instant::now();
    assert!((0..2_000).all(|_| !pattern.matches(&path)));
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

#[test]
fn traversal_is_refused_in_every_dress() {
    for path in [
        "/public/../secret",
        "/public/..",
        "/./x",
        "/public/%2e%2e/secret",
        "/public/%2E./secret",
        "/public%2f..%2fsecret",
        "/public/..;/secret",
        "/public/..%3Bx/secret",
        "..",
    ] {
        assert_eq!(Readings::of(path), Err(PathError::Traversal), "{path}");
    }
    for path in ["/public/%252e%252e/secret", "/public%252fsecret", "/x/%255c", "/x/%2525"] {
        assert_eq!(Readings::of(path), Err(PathError::DoubleEncoding), "{path}");
    }
    for path in ["/public\\..\\secret", "/public/%5c..%5csecret", "/x%00", "/x%0d%0a", "/%7F"] {
        assert_eq!(Readings::of(path), Err(PathError::Character), "{path}");
    }
    for path in ["/x%", "/x%2", "/x%zz", "/x%ff"] {
        assert_eq!(Readings::of(path), Err(PathError::Encoding), "{path}");
    }
}

#[test]
fn a_right_must_cover_every_reading() {
    let covered = |pattern: &str, path: &str| {
        PathPattern::parse(pattern).is_ok_and(|p| Readings::of(path).is_ok_and(|r| r.covered_by(&p)))
    };
    assert!(covered("/persons/*", "/persons/42"));
    assert!(covered("/persons/*", "/persons/a%20b"));
    assert!(covered("/persons/*", "/person%73/42"));
    // One server reads two segments, another one: neither pattern is enough alone.
    assert!(!covered("/persons/*", "/persons/42%2Fhistory"));
    assert!(!covered("/persons/*/history", "/persons/42%2Fhistory"));
    assert!(covered("/persons/**", "/persons/42%2Fhistory"));
    assert!(!covered("/persons/*", "/persons//42"));
    assert!(covered("**", "//x"));
    assert!(covered("**", ""));
    assert!(covered("/a..b/*", "/a..b/..."));
}

proptest! {
    #[test]
    fn no_reading_of_an_accepted_path_has_a_relative_segment(path in "(/|\\.|%2[eEfF]|%5c|%25|;|a|\\\\){0,12}") {
        if let Ok(readings) = Readings::of(&path) {
            for reading in readings.all() {
                prop_assert!(reading.split('/').all(|s| s != ".." && s != "."), "{path} read as {reading}");
            }
        }
    }

    #[test]
    fn matching_agrees_with_a_simple_model(pattern in "[a/*]{0,6}", path in "[a/]{0,6}") {
        fn model(pattern: &[u8], path: &[u8]) -> bool {
            match pattern {
                [] => path.is_empty(),
                [b'*', b'*', rest @ ..] => (0..=path.len()).any(|i| model(rest, &path[i..])),
                [b'*', rest @ ..] => (0..=path.len())
                    .take_while(|i| !path[..*i].contains(&b'/'))
                    .any(|i| model(rest, &path[i..])),
                [c, rest @ ..] => path.first() == Some(c) && model(rest, &path[1..]),
            }
        }
        // Runs of stars longer than two are one `**` for us; the model reads `***` as `**` and `*`, which is the same.
        prop_assert_eq!(matches(&pattern, &path), model(pattern.as_bytes(), path.as_bytes()));
    }
}
