//! A node goes on in another process: gateways on both sides of the border are restarted and upgraded while systems ask without a
//! pause, also by programs that are broken. Every request is answered, each is in both logs once, and none comes twice.

use crate::support::demo::{Demo, turn};
use crate::support::program::{PATIENCE, Running, command, mekong, run, words};
use crate::support::python::{client, python, run_client};
use std::fs::File;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Systems that ask at the same time.
const SYSTEMS: &str = "6";
/// The service behind the provider's gateway, which counts.
const SERVICE: &str = "VN/GOV/MPS/population/counted";

/// A node whose process changes.
struct Node {
    config: PathBuf,
    program: PathBuf,
    process: String,
    _first: Running,
}

impl Node {
    /// Starts one from a copy of the program, which can be replaced.
    fn serve(dir: &Path, folder: &str) -> Self {
        let (config, program) = (dir.join(folder).join("node.toml"), dir.join(folder).join("mekong"));
        install(Path::new(env!("CARGO_BIN_EXE_mekong")), &program);
        let mut serve = command(&program, ["serve", "--config"]);
        let log = File::options().create(true).append(true).open(dir.join(folder).join("node.log")).unwrap();
        serve.arg(&config).stderr(log);
        let first = Running::start(serve);
        first.wait_for(|line| line.contains("is running"), Duration::from_secs(60));
        Self { config, program, process: first.id().to_string(), _first: first }
    }

    /// `mekong restart`: exit code, and what it said.
    fn restart(&mut self) -> (i32, String) {
        let mut restart = mekong(["restart", "--config"]);
        restart.arg(&self.config);
        let ended = run(restart);
        if ended.code == 0 {
            let said = ended.out.split_whitespace().nth(1).unwrap();
            assert!(ended.out.starts_with("process ") && said != self.process, "{ended:?}");
            self.process = said.to_owned();
        }
        (ended.code, ended.said())
    }

    fn restarts(&mut self) {
        let (code, said) = self.restart();
        assert_eq!(code, 0, "{said}");
        let runs = std::fs::read_link(format!("/proc/{}/exe", self.process)).unwrap();
        assert_eq!(runs, self.program, "the new process runs what is installed now");
    }

    /// The new process fails, and the old one serves on.
    fn stays(&mut self, words: &str) {
        let (process, (code, said)) = (self.process.clone(), self.restart());
        assert!(code == 1 && said.contains(words), "{code}: no {words:?} in {said}");
        assert!(Path::new("/proc").join(process).exists(), "the old process ended: {said}");
    }

    /// Another program stands in place of the one that runs.
    fn install(&self, text: &str) {
        let path = self.program.with_extension("new");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::rename(&path, &self.program).unwrap();
    }

    fn gateway(&self, line: &str) {
        let mut gateway = mekong(words(&format!("gateway {line} --config")));
        gateway.arg(&self.config);
        run(gateway).success();
    }

    /// Asks it to end, as a service manager does.
    fn end(self) {
        run(command("kill", ["-s", "TERM", &self.process])).success();
        let begun = Instant::now();
        while Path::new("/proc").join(&self.process).join("exe").read_link().is_ok() {
            assert!(begun.elapsed() < PATIENCE, "{} did not end", self.process);
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = command("kill", ["-s", "KILL", &self.process]).stderr(std::process::Stdio::null()).status();
    }
}

/// As a package manager does: the new file under another name, then in its place.
fn install(from: &Path, to: &Path) {
    let new = to.with_extension("new");
    if std::fs::hard_link(from, &new).is_err() {
        std::fs::copy(from, &new).unwrap();
    }
    std::fs::rename(&new, to).unwrap();
}

/// Each request that was answered is in the log of a gateway, with its answer, once.
fn is_logged_once(dir: &Path, folder: &str, side: &str, answered: &[String]) {
    let log = dir.join(folder).join("gateway/log");
    let logged = &run_client("logged.py", &[&log, &side]).success().json_lines()[0];
    for id in answered {
        let records = logged[id].as_array().map_or(0, Vec::len);
        assert_eq!(records, 2, "{folder}: request and answer of {id}");
    }
}

#[test]
fn gateways_are_restarted_and_upgraded_under_load_and_nobody_notices() {
    let (_turn, temporary) = turn();
    let dir = temporary.path().join("demo");
    let demo = Demo::start(&dir, "20");
    let gateway = demo.gateway("MOHA");
    assert_eq!(demo.interrupt("INT"), 0);
    let _operators = ["LA/operator", "VN/operator"].map(|folder| Node::serve(&dir, folder));
    let (mut provider, mut consumer) = (Node::serve(&dir, "VN/mps"), Node::serve(&dir, "LA/moha"));
    let place = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    provider.gateway(&format!("add-service {SERVICE} --url http://{place}"));
    provider.gateway(&format!("grant --to LA/GOV/MOHA/civil --service {SERVICE}"));
    let (path, port) = (format!("/r1/{SERVICE}/v1/x"), place.port().to_string());
    let arguments = [&gateway, "LA/GOV/MOHA/civil", &path, "127.0.0.1", &port, SYSTEMS];
    let load = Running::start(python(&client("unbroken.py"), arguments));
    load.wait_for(|line| line == "asking", PATIENCE);

    for _ in 0..3 {
        provider.restarts();
        std::thread::sleep(Duration::from_millis(700));
        consumer.restarts();
        std::thread::sleep(Duration::from_millis(700));
    }

    // A release that is no program of ours, one that fails at its start, one that dies before it takes over, one that dies then.
    let broken = [
        ("\0\0", "not restarted"),
        ("#!/bin/sh\nexit 3\n", "exit status: 3"),
        ("#!/bin/sh\nprintf 'prepared\\n' >&0; exit 5\n", "exit status: 5"),
        ("#!/bin/sh\nread -r sockets; printf 'prepared\\n' >&0; read -r go; exit 9\n", "exit status: 9"),
    ];
    for (text, words) in broken {
        for node in [&mut provider, &mut consumer] {
            node.install(text);
            node.stays(words);
        }
    }
    // The right release with a configuration that it does not understand.
    for node in [&mut provider, &mut consumer] {
        install(Path::new(env!("CARGO_BIN_EXE_mekong")), &node.program);
        let config = std::fs::read_to_string(&node.config).unwrap();
        let mistaken = config.replace("passphrase_file = \"passphrase\"", "passphrase_file = \"none\"");
        assert_ne!(config, mistaken);
        std::fs::write(&node.config, mistaken).unwrap();
        node.stays("read the passphrase from");
        std::fs::write(&node.config, config).unwrap();
        node.restarts();
    }

    let before_the_end = load.lines().len();
    load.say("enough\n");
    let lines = load.end(PATIENCE);
    assert_eq!(before_the_end, 1, "{lines:#?}");
    let report: serde_json::Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(report["failed"], serde_json::json!([]));
    let answered: Vec<String> = serde_json::from_value(report["answered"].clone()).unwrap();
    assert!(answered.len() > 300, "{} requests were answered", answered.len());
    let unmarked = report["unmarked"].as_object().unwrap();
    let doubled: Vec<_> = unmarked.iter().filter(|(_, times)| times.as_u64() != Some(1)).collect();
    assert!(doubled.is_empty(), "the service got these more than once: {doubled:?}");
    provider.end();
    consumer.end();
    is_logged_once(&dir, "LA/moha", "consumer", &answered);
    is_logged_once(&dir, "VN/mps", "provider", &answered);
}

/// A node that needs no other.
fn witness(folder: &Path, listen: &str) -> PathBuf {
    std::fs::write(folder.join("passphrase"), "of the witness\n").unwrap();
    let config = folder.join("node.toml");
    let text = format!(
        "version = 1\n[witness]\nname = 'witness.example'\nfolder = 'witness'\npassphrase_file = 'passphrase'\nlisten = '{listen}'\n"
    );
    std::fs::write(&config, text).unwrap();
    config
}

#[test]
fn systemd_makes_the_sockets_and_is_told_who_serves() {
    let folder = tempfile::tempdir().unwrap();
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let config = witness(folder.path(), &listen);
    let notified = UnixDatagram::bind(folder.path().join("notify")).unwrap();
    notified.set_read_timeout(Some(PATIENCE)).unwrap();
    let hear = || {
        let mut bytes = [0; 256];
        let length = notified.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    let other = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut activate = command("systemd-socket-activate", ["-l", &listen, "-l", &other]);
    activate.arg(format!("--setenv=NOTIFY_SOCKET={}", folder.path().join("notify").display()));
    activate.args([env!("CARGO_BIN_EXE_mekong"), "serve", "--config"]).arg(&config);
    activate.stderr(File::create(folder.path().join("log")).unwrap());
    let _activated = Running::start(activate);
    let ask = || {
        let mut curl =
            command("curl", words("-sS --retry 50 --retry-connrefused --retry-delay 0 --max-time 60 -o /dev/null"));
        curl.args(["-w", "%{http_code}", &format!("http://{listen}/add-checkpoint")]);
        run(curl).success().out
    };
    // The node is started by this question, and answers it.
    assert_eq!(ask(), "405");
    assert_eq!(hear(), "READY=1\n");
    let log = || std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log().contains("does not listen on"), "nobody is told of the socket without a purpose: {}", log());
    let mut restart = mekong(["restart", "--config"]);
    restart.arg(&config).arg("--json");
    let said = &run(restart).success().json_lines()[0];
    assert_eq!(said["restarted"], true, "{said}");
    let process = said["text"].as_str().unwrap().split_whitespace().nth(1).unwrap();
    // The new process says that it is ready too; which of them systemd hears first is no matter.
    let mut heard = [hear(), hear()];
    heard.sort();
    assert_eq!(heard, [format!("MAINPID={process}\nREADY=1\n"), "READY=1\n".to_owned()]);
    assert_eq!(ask(), "405");
    run(command("kill", ["-s", "USR2", process])).success();
    let next =
        (0..2).find_map(|_| Some(hear().strip_prefix("MAINPID=")?.split_whitespace().next()?.to_owned())).unwrap();
    assert_eq!(ask(), "405");
    run(command("kill", ["-s", "TERM", &next])).success();
    while hear() != "STOPPING=1\n" {}
}

/// The units of the page, with the program that is there.
#[test]
fn systemd_understands_the_units_of_the_documentation() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/restart.md");
    let page = std::fs::read_to_string(page).unwrap().replace("/usr/bin/mekong", env!("CARGO_BIN_EXE_mekong"));
    let units: Vec<&str> = page.split("```ini\n").skip(1).filter_map(|unit| unit.split("```").next()).collect();
    let folder = tempfile::tempdir().unwrap();
    let names = ["mekong.service", "mekong.socket"].map(|name| folder.path().join(name));
    assert_eq!(units.len(), names.len());
    names.iter().zip(units).for_each(|(name, unit)| std::fs::write(name, unit).unwrap());
    let mut verify = command("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no"]);
    verify.args(&names).env("SYSTEMD_LOG_LEVEL", "warning");
    let ended = run(verify).success();
    assert_eq!(ended.said(), "", "{ended:?}");
}

#[test]
fn nobody_takes_over_without_being_asked_and_a_node_that_does_not_run_is_not_restarted() {
    let folder = tempfile::tempdir().unwrap();
    let config = witness(folder.path(), "127.0.0.1:0");
    for (line, said) in
        [("serve --take-over --config", "mekong restart"), ("restart --config", "the node does not run")]
    {
        let mut command = mekong(words(line));
        command.arg(&config);
        let ended = run(command);
        assert!(ended.code == 2 && ended.err.contains(said), "{ended:?}");
    }
}
