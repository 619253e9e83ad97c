//! `mekong demo`: the journey, a second start on the same folder, and folders and addresses that cannot be used.

use crate::support::demo::{shared, turn};
use crate::support::program::{Ended, mekong, run};
use std::net::TcpListener;
use std::path::Path;

fn demo(dir: &Path, options: &[&str]) -> Ended {
    let mut command = mekong(["demo", "--once", "--dir"]);
    command.arg(dir).args(options);
    run(command)
}

/// The line that other programs read: `journey: N steps, N as expected, 0 not`, last.
#[track_caller]
fn check_journey(ended: &Ended) {
    let last = ended.out.lines().last().unwrap_or_default();
    let steps = ended.out.lines().filter(|line| line.starts_with("ok ") || line.starts_with("NOT ")).count();
    assert_eq!(last, format!("journey: {steps} steps, {steps} as expected, 0 not"), "{ended:?}");
    assert_eq!((steps, ended.code), (20, 0), "{ended:?}");
}

#[track_caller]
fn check_refused(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.err.lines().count() == 1 && ended.err.starts_with("mekong: "), "{ended:?}");
    for word in words {
        assert!(ended.err.contains(word), "no {word:?} in {ended:?}");
    }
    assert!(!ended.out.contains("journey: "), "{ended:?}");
}

#[test]
fn the_journey_ends_as_scripted_and_the_folder_is_found_again() {
    let (_turn, temporary) = turn();
    let dir = temporary.path().join("demo");
    let first = demo(&dir, &["--people", "500", "--seed", "7"]);
    check_journey(&first);
    for words in ["made: 500 residents a country, seed 7", "summary", "curl -i -H 'X-Road-Client: "] {
        assert!(first.out.contains(words), "no {words:?} in {first:?}");
    }
    let second = demo(&dir, &[]);
    check_journey(&second);
    assert!(second.out.contains("found as it was: 500 residents a country, seed 7"), "{second:?}");
    check_journey(&demo(&dir, &["--people", "500", "--seed", "7"]));
    let made = ["was made with --people 500 --seed 7", "choose another --dir"];
    check_refused(&demo(&dir, &["--seed", "8"]), &made);
    check_refused(&demo(&dir, &["--people", "501"]), &made);
    // A demo that was interrupted while it was made has everything but its description.
    std::fs::remove_file(dir.join("demo.toml")).unwrap();
    check_refused(&demo(&dir, &[]), &["holds no finished demo", "rm -r", "another --dir"]);
}

#[test]
fn the_same_seed_gives_the_same_residents() {
    let temporary = tempfile::tempdir().unwrap();
    let generate = |seed: &str, name: &str| {
        let file = temporary.path().join(name);
        let mut command =
            mekong(["population", "generate", "--country", "LA", "--people", "50", "--seed", seed, "--out"]);
        command.arg(&file);
        run(command).success();
        std::fs::read_to_string(file).unwrap()
    };
    let first = generate("7", "a.csv");
    assert_eq!(first.lines().count(), 51);
    assert_eq!(first, generate("7", "b.csv"));
    assert_ne!(first, generate("8", "c.csv"));
}

#[test]
fn a_folder_with_other_things_is_left_alone() {
    let temporary = tempfile::tempdir().unwrap();
    let note = temporary.path().join("note.txt");
    std::fs::write(&note, "mine").unwrap();
    let folder = temporary.path().display().to_string();
    check_refused(&demo(temporary.path(), &[]), &["is not empty and holds no finished demo", &folder]);
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 1);
    check_refused(&demo(&note, &[]), &[&note.display().to_string()]);
}

#[test]
fn a_demo_that_runs_already_is_told() {
    check_refused(&demo(&shared().dir, &[]), &["already uses the addresses of", &shared().dir.display().to_string()]);
}

#[test]
fn a_console_address_that_is_taken_is_named() {
    let (_turn, temporary) = turn();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = mekong(["demo", "--people", "10", "--console", &address, "--dir"]);
    command.arg(temporary.path().join("demo"));
    check_refused(&run(command), &[&address, "the console", "is another program using it?"]);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for options in [["--people", "9"], ["--people", "many"], ["--seed", "-1"], ["--console", "nowhere"]] {
        let ended = demo(Path::new("never-made"), &options);
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(options.iter().any(|option| ended.err.contains(option)), "{ended:?}");
    }
    assert!(!Path::new("never-made").exists());
}
