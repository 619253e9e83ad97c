//! Help of every command, completions, and what is refused.

use crate::support::program::{command, mekong, run};
use std::io::Write;
use std::process::Stdio;

/// The commands that a help text lists.
fn listed(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| line.starts_with("  "));
    let names = lines.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

/// The help of a command and of all below it; returns how many there are.
fn check_help(path: &[String]) -> usize {
    let mut command = mekong(path);
    command.arg("--help");
    let help = run(command).success().out;
    assert!(help.lines().count() >= 5 && help.contains("Usage: mekong"), "{path:?}: {help}");
    let first = help.lines().next().unwrap();
    assert!(first.ends_with('.') || first.len() > 20, "{path:?} does not say what it does: {first}");
    let below = listed(&help).into_iter().map(|name| check_help(&[path, &[name]].concat()));
    1 + below.sum::<usize>()
}

#[test]
fn every_command_has_help() {
    // mekong, demo, verify, directory (verify), population (import, generate), serve, bench (exchange), completions
    assert!(check_help(&[]) >= 12);
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(mekong(["completions", shell])).success().out;
        for word in ["demo", "verify", "population", "global-conf"] {
            assert!(script.contains(word), "{shell}: no {word}");
        }
    }
    let script = run(mekong(["completions", "bash"])).success().out;
    let mut bash = command("bash", ["-n"]).stdin(Stdio::piped()).spawn().expect("bash");
    bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(bash.wait().unwrap().success(), "bash cannot read its completions");
    assert_eq!(run(mekong(["completions", "dos"])).code, 2);
}

#[test]
fn wrong_use_is_told_with_exit_code_2() {
    for arguments in [vec![], vec!["fly"], vec!["verify"], vec!["directory", "verify", "x"], vec!["demo", "--fly"]] {
        let ended = run(mekong(&arguments));
        assert_eq!((ended.code, ended.out.is_empty()), (2, true), "{ended:?}");
        assert!(ended.err.contains("Usage: mekong"), "{ended:?}");
    }
    let version = run(mekong(["--version"])).success().out;
    assert!(version.starts_with("mekong ") && version.trim().ends_with(env!("CARGO_PKG_VERSION")), "{version}");
}

#[test]
fn keys_are_spelled_in_profiles_as_in_options() {
    let said = run(mekong(["ca", "profiles", "issuing-authority"])).success();
    assert!(said.out.contains("keys: p256, p384, rsa-3072 or more"), "{said:?}");
    for command in ["ceremony", "request"] {
        let help = run(mekong(["ca", command, "--help"])).success().out;
        assert!(["p256", "p384", "rsa-3072", "rsa-4096"].iter().all(|key| help.contains(key)), "{help}");
    }
}

#[test]
fn files_that_are_not_there_are_named() {
    for arguments in [
        vec!["serve", "--config", "nowhere/node.toml"],
        vec!["population", "import", "--country", "VN", "--dir", "/dev/null/x", "nowhere/persons.csv"],
        vec!["directory", "verify", "--anchor", "nowhere/anchor.xml", "--root", ".", "nowhere/conf"],
        vec!["verify", "--global-conf", "nowhere/globalconf", "nowhere/a.asice"],
    ] {
        let ended = run(mekong(&arguments));
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.err.starts_with("mekong: ") && ended.err.contains('/'), "{ended:?}");
    }
}

#[test]
fn a_command_that_nobody_reads_ends_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut verify = mekong(["verify", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    let ended = verify.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(141), ""));
}
