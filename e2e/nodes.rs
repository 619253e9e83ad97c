//! Both countries as separate processes (`mekong serve`), each with the configuration file that the demo wrote for it: started
//! in any order, stopped one by one.

use crate::support::demo::{Demo, turn};
use crate::support::program::{Running, command, mekong, run};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// One node of the demo, as a process of its own that logs all it does.
fn serve(dir: &Path, folder: &str) -> Running {
    let mut command = mekong(["--log", "debug", "serve", "--config"]);
    let log = File::options().create(true).append(true).open(log(dir, folder)).unwrap();
    command.arg(dir.join(folder).join("node.toml")).stderr(log);
    let node = Running::start(command);
    node.wait_for(|line| line.contains("is running"), PATIENCE);
    node
}

/// What a node has logged.
fn log(dir: &Path, folder: &str) -> PathBuf {
    dir.join(folder).join("node.log")
}

/// Logs tell what happened, and nothing of whom it was about.
fn check_log(dir: &Path, folder: &str, personal: &[&str]) {
    let text = std::fs::read_to_string(log(dir, folder)).unwrap();
    assert!(text.lines().count() > 10, "{folder} logs too little to tell: {text}");
    for data in personal {
        let lines: Vec<&str> = text.lines().filter(|line| line.contains(data)).collect();
        assert!(lines.is_empty(), "{folder} logs {data:?}: {lines:#?}");
    }
}

/// Asks, and compares status and `X-Road-Error`.
#[track_caller]
fn ask(url: &str, expected: &str) {
    let format = "\n%{http_code} %header{x-road-error}";
    let mut curl = command("curl", ["-sS", "--max-time", "60", "-w", format]);
    curl.args(["-H", "X-Road-Client: LA/GOV/MOHA/civil", url]);
    let said = run(curl).success().out;
    assert_eq!(said.lines().last().unwrap_or_default().trim(), expected, "{said}");
}

#[test]
fn countries_run_as_processes_of_their_own() {
    let (_turn, temporary) = turn();
    let dir = temporary.path().join("demo");
    let demo = Demo::start(&dir, "50");
    let resident = &demo.residents("VN")[0];
    let (person, name) = (resident.column("id").to_owned(), resident.name());
    let url = format!("{}/r1/VN/GOV/MPS/population/persons/v1/persons/{person}", demo.gateway("MOHA"));
    assert_eq!(demo.interrupt("INT"), 0, "Ctrl-C ends the demo in good order");
    let down = "500 server.clientproxy.network_error";

    let [lao_operator, vietnamese_operator] = ["LA/operator", "VN/operator"].map(|folder| serve(&dir, folder));
    let [keeper, asker] = ["VN/mps", "LA/moha"].map(|folder| serve(&dir, folder));
    ask(&url, "200");

    // What the operators serve was fetched: without them messages flow.
    assert_eq!(vietnamese_operator.interrupt("TERM"), 0);
    assert_eq!(lao_operator.interrupt("TERM"), 0);
    ask(&url, "200");

    assert_eq!(keeper.interrupt("TERM"), 0);
    ask(&url, down);
    // A gateway that starts finds directory and OCSP responses where it left them.
    let keeper = serve(&dir, "VN/mps");
    ask(&url, "200");
    keeper.kill();
    ask(&url, down);
    assert_eq!(asker.interrupt("INT"), 0);
    for folder in ["LA/moha", "VN/mps"] {
        check_log(&dir, folder, &[&person, &name]);
    }
}

#[test]
fn a_configuration_with_a_mistake_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("node.toml");
    for (text, words) in [
        ("version = 1\nflying = true\n", "flying"),
        ("version = 99\n", "99"),
        ("version = \n", "line 1"),
        ("version = 1\n[trust]\nfolder = \"a\"\npassphrase_file = \"none\"\nlisten = \"127.0.0.1:0\"\n", "none"),
    ] {
        std::fs::write(&file, text).unwrap();
        let mut command = mekong(["serve", "--config"]);
        command.arg(&file);
        let ended = run(command);
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.err.contains(words), "no {words:?} in {ended:?}");
    }
}
