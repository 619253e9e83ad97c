//! Nodes that are watched: `/metrics` read by Prometheus' own parser, and `mekong trace` telling of a message on both sides.

use crate::support::demo::{Demo, turn};
use crate::support::program::{Running, command, mekong, run};
use crate::support::python::run_client;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

/// Time-stamps are taken every minute.
const PATIENCE: Duration = Duration::from_secs(180);

/// A node of the demo with `[metrics]` and more of a configuration, and where the metrics are.
pub(crate) fn serve(dir: &Path, folder: &str, more: &str) -> (Running, String) {
    let path = dir.join(folder).join("node.toml");
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}\n[metrics]\nlisten = '{listen}'\n{more}")).unwrap();
    let mut command = mekong(["serve", "--config"]);
    command.arg(&path);
    let node = Running::start(command);
    node.wait_for(|line| line.contains("is running"), PATIENCE);
    (node, format!("http://{listen}/metrics"))
}

pub(crate) fn fetch(url: &str) -> String {
    run(command("curl", ["-sS", "--fail", url])).success().out
}

/// The value of the sample that begins with these words.
#[track_caller]
pub(crate) fn value(text: &str, sample: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {sample} in {text}")).parse().unwrap()
}

fn trace(dir: &Path, folder: &str, id: &str, options: &[&str]) -> crate::support::program::Ended {
    let mut command = mekong(["trace", id, "--config"]);
    command.arg(dir.join(folder).join("node.toml")).args(options);
    run(command)
}

/// `mekong log` beside the node in a folder.
fn log(dir: &Path, folder: &str, what: &str, options: &[&str]) -> crate::support::program::Ended {
    let mut command = mekong(["log", what, "--config"]);
    command.arg(dir.join(folder).join("node.toml")).args(options);
    run(command)
}

#[test]
fn nodes_tell_those_who_watch_them_and_those_who_ask_what_became_of_a_message() {
    let (_turn, temporary) = turn();
    let dir = temporary.path().join("demo");
    let demo = Demo::start(&dir, "50");
    let person = demo.residents("VN")[0].column("id").to_owned();
    let url = format!("{}/r1/VN/GOV/MPS/population/persons/v1/persons/{person}", demo.gateway("MOHA"));
    assert_eq!(demo.interrupt("TERM"), 0);
    let nodes = ["LA/operator", "VN/operator", "VN/mps", "LA/moha"].map(|folder| serve(&dir, folder, ""));
    let mut curl =
        command("curl", ["-sS", "-D", "-", "-H", "X-Road-Client: LA/GOV/MOHA/civil", "-H", "X-Road-Id: traced"]);
    curl.arg(&url);
    let answer = run(curl).success().out;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let metrics = nodes.each_ref().map(|(_, url)| fetch(url));
    let [operator, _, keeper, asker] = &metrics;
    let count = |text: &str, side: &str, result: &str| {
        value(text, &format!("mekong_gateway_exchanges_total{{side=\"{side}\",result=\"{result}\"}}"))
    };
    assert_eq!((count(asker, "consumer", "ok"), count(asker, "provider", "ok")), (1.0, 0.0));
    assert_eq!((count(keeper, "consumer", "ok"), count(keeper, "provider", "ok")), (0.0, 1.0));
    let classes = "mekong_gateway_exchange_duration_seconds_bucket{side=\"consumer\",result=\"ok\",le=\"+Inf\"}";
    assert_eq!(value(asker, classes), 1.0);
    assert!(value(asker, "mekong_ledger_records{ledger=\"messages\"}") >= 1.0);
    assert!(value(operator, "mekong_ledger_records{ledger=\"directory\"}") >= 1.0);
    for text in &metrics {
        assert!(!text.contains(&person) && !text.contains("traced"), "{text}");
    }
    for text in &metrics {
        let file = temporary.path().join("metrics");
        std::fs::write(&file, text).unwrap();
        let samples = run_client("openmetrics.py", &[&file]).success().out;
        assert_eq!(samples.trim(), text.lines().filter(|line| !line.starts_with('#')).count().to_string());
    }

    // Both sides have it; a moment later it is stamped and witnessed.
    for (folder, side) in [("LA/moha", "consumer"), ("VN/mps", "provider")] {
        let begun = Instant::now();
        let told = loop {
            let told = trace(&dir, folder, "traced", &["--json"]).success().json_lines().remove(0);
            let is_whole =
                told["messages"][1]["timestamp"].is_object() && told["checkpoint"]["witnesses"][0].is_object();
            if is_whole {
                break told;
            }
            assert!(begun.elapsed() < PATIENCE, "{told}");
            std::thread::sleep(Duration::from_millis(500));
        };
        assert_eq!((&told["side"], &told["is_answered"]), (&side.into(), &true.into()), "{told}");
        assert_eq!(
            (&told["messages"][1]["status"], &told["checkpoint"]["fits"]),
            (&200.into(), &true.into()),
            "{told}"
        );
        let request_id = told["request_id"].as_str().unwrap();
        let text = trace(&dir, folder, request_id, &[]).success().out;
        assert!(
            text.contains("LA/GOV/MOHA/civil asked VN/GOV/MPS/population/persons for GET /v1/persons/{..}"),
            "{text}"
        );
        assert!(text.contains("must have the same messages") && !text.contains(&person), "{text}");
        assert!(text.contains(" ms after the request was received") && text.contains(" s later, by "), "{text}");
        let read_whole = trace(&dir, folder, request_id, &["--without-index"]).success().out;
        // Checkpoints come and go; all before them is what is found without the index, too.
        let story = |text: &str| text.split("It is in the checkpoint").next().map(str::to_owned);
        assert_eq!(story(&read_whole), story(&text));
    }
    // The nodes run: the log is searched, shown and exported beside them, and only who would write is told to wait.
    for folder in ["LA/moha", "VN/mps"] {
        let found = log(&dir, folder, "find", &["--client", "LA/GOV/MOHA/civil", "--status-min", "200", "--json"]);
        let found = found.success().json_lines();
        assert!(found.iter().any(|record| record["message_id"] == "traced" && record["status"] == 200), "{found:#?}");
        let records = log(&dir, folder, "find", &["--id", "traced", "--json"]).success().json_lines();
        let number = records[0]["id"].to_string();
        assert!(log(&dir, folder, "show", &[&number]).success().out.contains("of message traced"));
        let containers = temporary.path().join(folder);
        let output = containers.to_str().unwrap();
        let exported =
            log(&dir, folder, "export", &["--id", "traced", "--output", output, "--json"]).success().json_lines();
        assert_eq!(exported.len(), 2, "{exported:#?}");
        for container in &exported {
            let written = std::fs::read(container["file"].as_str().unwrap()).unwrap();
            assert!(written.starts_with(b"PK"), "{container}");
        }
    }
    // Nor does its keeper notice: the next request is answered, and seen at once.
    let mut next = command("curl", ["-sS", "-H", "X-Road-Client: LA/GOV/MOHA/civil", "-H", "X-Road-Id: next"]);
    next.args(["-o", "/dev/null", "-w", "%{http_code}"]).arg(&url);
    assert_eq!(run(next).success().out, "200");
    assert!(log(&dir, "LA/moha", "find", &["--id", "next"]).success().out.contains("next"));
    assert!(log(&dir, "VN/mps", "find", &["--id", "next"]).success().out.contains("next"));
    // What is refused says why: what only reads, and what was logged before it left.
    for (id, method, code) in [("odd", "GET", "unknown_service"), ("refused", "DELETE", "access_denied")] {
        let url = if method == "GET" { url.replace("/persons/v1", "/nothing/v1") } else { url.clone() };
        let mut ask = command("curl", ["-sS", "-D", "-", "-o", "/dev/null", "-H", "X-Road-Client: LA/GOV/MOHA/civil"]);
        ask.args(["-H", &format!("X-Road-Id: {id}"), "-X", method]).arg(&url);
        let answer = run(ask).success().out;
        let code = format!("server.serverproxy.{code}");
        assert!(answer.to_ascii_lowercase().contains(&format!("x-road-error: {code}")), "{answer}");
        let told = trace(&dir, "LA/moha", id, &["--json"]).success().json_lines().remove(0);
        assert_eq!((&told["failure"]["code"], &told["is_answered"]), (&code.as_str().into(), &false.into()), "{told}");
        for options in [&[][..], &["--without-index"]] {
            let text = trace(&dir, "LA/moha", id, options).success().out;
            let expected = format!("It ended there without an answer: {code}, said by VN/GOV/MPS/");
            assert!(text.contains(&expected) && text.contains("at the provider's gateway"), "{text}");
        }
        let failed = log(&dir, "LA/moha", "find", &["--status-min", "400", "--json"]).success().json_lines();
        assert!(failed.iter().any(|record| record["message_id"] == id && record["fault"] == *code), "{failed:#?}");
        assert_eq!(trace(&dir, "VN/mps", id, &[]).code, 1, "who refuses keeps no record");
    }
    let archive = log(&dir, "LA/moha", "archive", &[]);
    assert!(archive.code == 2 && archive.err.contains("makes archives by itself"), "{archive:?}");
    let nothing = trace(&dir, "LA/moha", "never", &[]);
    assert!(nothing.code == 1 && nothing.out.contains("has nothing of never"), "{nothing:?}");
}
