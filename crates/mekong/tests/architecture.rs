//! The house as tests: arrows point down the list of rooms only, pure rooms do no IO, the map names every room,
//! and source files open with what they are for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The rooms, first the ones that know nobody. A room may use only rooms before it.
const ROOMS: &[&str] = &[
    "base",
    "crypto",
    "xml",
    "pki",
    "pdf",
    "signature",
    "recognition",
    "verdict",
    "browser",
    "message",
    "store",
    "ledger",
    "authority",
    "directory",
    "exchange",
    "simulation",
    "population",
    "web",
    "mekong",
];

/// Rooms without IO: no network, no files, no clock, no runtime.
const PURE: &[&str] =
    &["base", "crypto", "xml", "pki", "pdf", "signature", "recognition", "verdict", "browser", "message"];

/// What a pure room may not depend on.
const IO_CRATES: &[&str] = &["tokio", "hyper", "axum", "sqlx", "hyper-util", "tokio-rustls", "reqwest", "tracing"];

/// What no file of a pure room may say.
const IO_WORDS: &[&str] =
    &["std::fs", "TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs", "std::process", "std::env", "File::open"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("workspace root")
}

/// Room name -> names of its normal dependencies.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata");
    let room = |name: &str| name.strip_prefix("mekong-").unwrap_or(name).to_owned();
    metadata
        .packages
        .iter()
        .map(|package| {
            let normal = package.dependencies.iter().filter(|d| d.kind == cargo_metadata::DependencyKind::Normal);
            (room(&package.name), normal.map(|d| d.name.clone()).collect())
        })
        .collect()
}

#[test]
fn arrows_point_to_earlier_rooms() {
    let place = |room: &str| ROOMS.iter().position(|r| *r == room);
    let mut wrong = Vec::new();
    for (room, uses) in dependencies() {
        let Some(own) = place(&room) else {
            wrong.push(format!("crate {room} is not in ROOMS: give it its place"));
            continue;
        };
        for used in uses.iter().filter_map(|u| u.strip_prefix("mekong-")) {
            if place(used).is_none_or(|p| p >= own) {
                wrong.push(format!("{room} uses {used}: see crates/{room}/Cargo.toml"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pure_rooms_do_no_io() {
    let dependencies = dependencies();
    let mut wrong = Vec::new();
    for room in PURE {
        for used in &dependencies[*room] {
            if IO_CRATES.contains(&used.as_str()) {
                wrong.push(format!("{room} depends on {used}"));
            }
        }
        for file in rust_files(&root().join("crates").join(room).join("src")) {
            let text = std::fs::read_to_string(&file).expect("source file");
            if is_for_tests(&file) {
                continue;
            }
            let code = text.split("#[cfg(test)]\n#[allow").next().unwrap_or_default();
            let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            // The system clock has one owner.
            let clock = !file.ends_with("base/src/instant.rs") && code.contains("SystemTime::now");
            if clock || IO_WORDS.iter().any(|w| code.contains(w)) {
                wrong.push(format!("{} does IO", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Files that only tests compile.
fn is_for_tests(file: &Path) -> bool {
    let name = file.file_stem().and_then(|n| n.to_str()).unwrap_or_default();
    name == "tests" || name.ends_with("_tests") || name == "testing" || name == "vectors"
}

#[test]
fn only_the_binary_makes_a_system_clock() {
    let mut wrong = Vec::new();
    for room in ROOMS.iter().filter(|r| **r != "mekong" && **r != "base") {
        for file in rust_files(&root().join("crates").join(room).join("src")) {
            if file.components().any(|part| part.as_os_str() == "tests") {
                continue;
            }
            let text = std::fs::read_to_string(&file).expect("source file");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            if code.lines().any(|l| {
                let code = l.split("//").next().unwrap_or_default();
                code.contains("SystemTime::now") || code.contains("Clock::system")
            }) {
                wrong.push(file.display().to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "time is a parameter; these ask the system: {wrong:#?}");
}

#[test]
fn the_map_names_every_room() {
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    for room in ROOMS {
        assert!(map.contains(&format!("`{room}`")), "ARCHITECTURE.md does not name `{room}`");
    }
    let listed = std::fs::read_dir(root().join("crates")).expect("crates").count();
    assert_eq!(listed, ROOMS.len(), "a folder in crates/ is no room, or a room has no folder");
}

#[test]
fn files_open_with_what_they_are_for() {
    let mut wrong = Vec::new();
    for room in ROOMS {
        for file in rust_files(&root().join("crates").join(room).join("src")) {
            let text = std::fs::read_to_string(&file).expect("source file");
            if !text.starts_with("//! ") && !text.starts_with("#![doc") {
                wrong.push(file.display().to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "no `//!` header: {wrong:#?}");
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// `SECURITY.md` says which test shows what; none of them may be gone or renamed.
#[test]
fn every_test_that_security_names_is_there() {
    let text = std::fs::read_to_string(root().join("SECURITY.md")).expect("SECURITY.md");
    let named: Vec<(&str, &str)> = text.split('`').filter_map(|word| word.split_once(".rs::")).collect();
    assert!(named.len() > 60, "only {} tests are named", named.len());
    for (file, test) in named {
        let folder = if file.starts_with("e2e/") { root() } else { root().join("crates") };
        let path = folder.join(format!("{file}.rs"));
        let source = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let function = source.find(&format!("fn {test}(")).unwrap_or_else(|| panic!("{file}.rs has no {test}"));
        let before: Vec<&str> = source[..function].lines().rev().take(4).collect();
        assert!(before.iter().any(|line| line.contains("test")), "{file}.rs::{test} is no test");
    }
}

/// `SECURITY.md` names every fuzz target, and none that is not there.
#[test]
fn every_fuzz_target_is_in_security() {
    let text = std::fs::read_to_string(root().join("SECURITY.md")).expect("SECURITY.md");
    let section = text.split("\n## ").find(|section| section.starts_with("Fuzzing\n")).expect("a section on fuzzing");
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").nth(1));
    let mut named: Vec<&str> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
    let manifest = std::fs::read_to_string(root().join("fuzz/Cargo.toml")).expect("fuzz/Cargo.toml");
    let name = |line: &'_ str| Some(line.strip_prefix("name = \"fuzz_")?.strip_suffix('"')?.to_owned());
    let mut there: Vec<String> = manifest.lines().filter_map(name).collect();
    named.sort_unstable();
    there.sort_unstable();
    assert_eq!(named, there);
}
