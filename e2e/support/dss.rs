//! EU DSS, the European reference validator, as a peer: one Java process that answers requests (see `e2e/dss`).

use super::program::{command, run, words};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

struct Peer {
    _child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Asks DSS; `None` where there is no Maven to fetch it with, which fails where `CI=true`.
pub(crate) fn ask(request: &serde_json::Value) -> Option<serde_json::Value> {
    static PEER: OnceLock<Option<Mutex<Peer>>> = OnceLock::new();
    let peer = PEER.get_or_init(|| start().map(Mutex::new)).as_ref()?;
    let mut peer = peer.lock().unwrap();
    writeln!(peer.requests, "{request}").unwrap();
    let mut answer = String::new();
    peer.answers.read_line(&mut answer).unwrap();
    Some(serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}")))
}

fn start() -> Option<Peer> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/dss");
    if Command::new("mvn").arg("-v").output().is_err() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "Maven is missing, and CI=true");
        println!("skipped: no Maven to fetch EU DSS with");
        return None;
    }
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("dss");
    std::fs::create_dir_all(&target).unwrap();
    let paths = target.join("classpath.txt");
    let mut build = command("mvn", words("-q -B compile dependency:build-classpath"));
    build.arg(format!("-DbuildDirectory={}", target.display())).arg(format!("-Dmdep.outputFile={}", paths.display()));
    build.current_dir(project);
    run(build).success();
    let classes = target.join("classes");
    let path = format!("{}:{}", classes.display(), std::fs::read_to_string(&paths).unwrap());
    // It ends when its input does, with this process; the shell then removes what it kept.
    let kept = tempfile::tempdir().unwrap().keep();
    let mut java = command("sh", ["-c", r#""$@"; rm -r "$KEPT_FOLDER""#, "sh", "java", "-cp", &path]);
    java.args(["-Dorg.slf4j.simpleLogger.defaultLogLevel=error", &format!("-Djava.io.tmpdir={}", kept.display())]);
    java.arg("DssPeer").env("KEPT_FOLDER", &kept);
    let mut child = java.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (requests, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    Some(Peer { _child: child, requests, answers })
}
