//! Two gateways of each member over one PostgreSQL, as processes: one after the other is killed in the middle of messages, then the
//! database, while systems ask without a pause. Every question is answered, by the other gateway if need be; what was answered is
//! in both logs, once; nothing comes to the service twice without a mark.

use crate::support::demo::turn;
use crate::support::program::{PATIENCE, Running, mekong, run};
use crate::support::python::{client, python, run_client};
use crate::support::shared as beside;
use mekong_store::testing::Postgres;
use std::fs::File;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Gateways of the ministries that ask and answer.
const ASKERS: [&str; 2] = ["LA/moha", "LA/moha-2"];
const KEEPERS: [&str; 2] = ["VN/mps", "VN/mps-2"];
const SYSTEMS: &str = "6";
const SERVICE: &str = "VN/GOV/MPS/population/echo";

fn serve(dir: &Path, folder: &str) -> Running {
    let mut command = mekong(["serve", "--config"]);
    let log = File::options().create(true).append(true).open(dir.join(folder).join("node.log")).unwrap();
    command.arg(dir.join(folder).join("node.toml")).stderr(log);
    let node = Running::start(command);
    node.wait_for(|line| line.contains("is running"), PATIENCE);
    node
}

/// Lets a gateway keep its log in a database.
fn shares(dir: &Path, folder: &str, database: &str) {
    let config = dir.join(folder).join("node.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let shared = text.replace("[gateway.log]\n", &format!("[gateway.log]\ndatabase = \"{database}\"\n"));
    assert_ne!(text, shared);
    std::fs::write(&config, shared).unwrap();
}

/// What stands between the quotes after `key = "` in a node's configuration.
fn configured(dir: &Path, folder: &str, file: &str, key: &str) -> String {
    let text = std::fs::read_to_string(dir.join(folder).join(file)).unwrap();
    let value = text.split(key).nth(1).unwrap_or_else(|| panic!("{key} in {text}"));
    value.split('"').nth(1).unwrap().to_owned()
}

/// Each request that was answered is in the shared log with its answer, as each gateway that lives sees it. Request and answer
/// stand in one record or in two.
fn is_logged(dir: &Path, folder: &str, side: &str, answered: &[String]) {
    let log = dir.join(folder).join("gateway/log");
    let logged = &run_client("logged.py", &[&log, &side]).success().json_lines()[0];
    for id in answered {
        let records: Vec<u64> = serde_json::from_value(logged[id].clone()).unwrap_or_default();
        let (requests, answers): (Vec<u64>, Vec<u64>) = records.iter().partition(|record| **record % 2 == 1);
        assert!(
            !requests.is_empty() && !answers.is_empty(),
            "{folder}: {id} was answered and is logged as {records:?}"
        );
        let twice = if side == "consumer" { 1 } else { 2 };
        assert!(requests.len() <= twice && answers.len() <= twice, "{folder}: {id} is logged as {records:?}");
    }
}

/// Beside a gateway that runs, an exchange is found in the shared log and exported, and an independent checker accepts its messages.
fn is_evidence(dir: &Path, folder: &str, id: &str) {
    let log = |words: &[&str]| {
        let mut command = mekong(["log"]);
        command.args(words).args(["--id", id, "--json", "--config"]).arg(dir.join(folder).join("node.toml"));
        run(command)
    };
    let found = log(&["find"]).success().json_lines();
    assert!(found.iter().filter(|record| record["message_id"] == id).count() >= 2, "{found:#?}");
    let output = dir.join(folder).join("exported");
    let begun = Instant::now();
    let exported = loop {
        // Time-stamps are taken every minute.
        let exported = log(&["export", "--output", output.to_str().unwrap()]);
        if exported.code == 0 {
            break exported.json_lines();
        }
        assert!(begun.elapsed() < PATIENCE, "{exported:?}");
        sleep(Duration::from_secs(2));
    };
    let Some(tool) = beside::shared("tools/asic_check.py") else { return };
    for container in &exported {
        let file = Path::new(container["file"].as_str().unwrap()).to_owned();
        let mut arguments = vec![file, "--ca".into()];
        for country in ["LA", "VN"] {
            arguments.extend(["issuing.pem", "root.pem"].map(|name| dir.join(country).join("operator").join(name)));
        }
        let said = run(python(&tool, &arguments)).success();
        assert!(said.out.starts_with("ok "), "{said:?}");
    }
}

#[test]
fn gateways_that_share_a_log_die_and_so_does_their_database_and_nothing_is_lost() {
    let (_turn, temporary) = turn();
    let Some(mut postgres) = Postgres::start() else { return };
    let dir = temporary.path().join("countries");
    let mut make = mekong(["demo", "--only-made", "2", "--people", "10", "--dir"]);
    make.arg(&dir);
    run(make).success();
    let databases = [ASKERS, KEEPERS].map(|ministry| {
        let database = postgres.database();
        ministry.iter().for_each(|folder| shares(&dir, folder, &database));
        database
    });
    let _operators = ["LA/operator", "VN/operator"].map(|folder| serve(&dir, folder));
    let mut keepers = KEEPERS.map(|folder| Some(serve(&dir, folder)));
    let mut askers = ASKERS.map(|folder| Some(serve(&dir, folder)));

    let gateways = ASKERS.map(|folder| format!("http://{}", configured(&dir, folder, "node.toml", "listen_clients")));
    let served = std::fs::read_to_string(dir.join("VN/mps/served.toml")).unwrap();
    let echo = served.split("code = \"echo\"").nth(1).unwrap().split("http://").nth(1).unwrap();
    let (host, port) = echo.split('"').next().unwrap().split_once(':').unwrap();
    let path = format!("/r1/{SERVICE}/v1/x");
    let arguments = [&gateways.join(","), "LA/GOV/MOHA/civil", &path, host, port, SYSTEMS];
    let load = Running::start(python(&client("unbroken.py"), arguments));
    load.wait_for(|line| line == "asking", PATIENCE);
    sleep(Duration::from_secs(3));

    for number in [0, 1] {
        keepers[number].take().unwrap().kill();
        sleep(Duration::from_secs(3));
        keepers[number] = Some(serve(&dir, KEEPERS[number]));
        sleep(Duration::from_secs(1));
        askers[number].take().unwrap().kill();
        sleep(Duration::from_secs(3));
        askers[number] = Some(serve(&dir, ASKERS[number]));
        sleep(Duration::from_secs(1));
    }
    for _ in 0..2 {
        postgres.kill();
        sleep(Duration::from_secs(1));
        postgres.restart();
        sleep(Duration::from_secs(4));
    }

    load.say("enough\n");
    let lines = load.end(PATIENCE);
    let report: serde_json::Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(report["failed"], serde_json::json!([]), "{:#}", report["broken"]);
    let answered: Vec<String> = serde_json::from_value(report["answered"].clone()).unwrap();
    assert!(answered.len() > 200, "{} questions were answered", answered.len());
    let unmarked = report["unmarked"].as_object().unwrap();
    let doubled: Vec<_> = unmarked.iter().filter(|(_, times)| times.as_u64() > Some(1)).collect();
    assert!(doubled.is_empty(), "the service got these more than once without a mark: {doubled:?}");
    // Only whoever died does not answer: when the other side's gateway dies, the message goes to the next, and nobody notices.
    let broken: Vec<&str> =
        report["broken"].as_array().unwrap().iter().map(|broken| broken[1].as_str().unwrap()).collect();
    println!("{} answered, {} asked anew", answered.len(), broken.len());
    for why in &broken {
        assert!(why.contains("Connection"), "{why}");
    }

    // The index of each follows what the others wrote; it has a moment for that.
    sleep(Duration::from_secs(3));
    [ASKERS[1], KEEPERS[1]].iter().for_each(|folder| is_evidence(&dir, folder, &answered[0]));
    let begun = Instant::now();
    for node in keepers.into_iter().chain(askers).flatten() {
        assert_eq!(node.interrupt("TERM"), 0);
    }
    assert!(begun.elapsed() < PATIENCE);
    for (folders, side) in [(ASKERS, "consumer"), (KEEPERS, "provider")] {
        folders.iter().for_each(|folder| is_logged(&dir, folder, side, &answered));
    }
    // What the first gateway of each signed is what is there, and a row that somebody changes is named.
    [ASKERS[0], KEEPERS[0]].iter().for_each(|folder| assert_eq!(judged(&dir, folder), (0, "ok".to_owned(), None)));
    postgres.psql(&databases[1], "UPDATE ledger_record SET payload = '\\x00' WHERE position = 7 AND ledger = 1");
    assert_eq!(judged(&dir, KEEPERS[0]), (1, "rewritten".to_owned(), Some(7)));
}

/// What `mekong ledger check` says of the shared ledgers of a gateway: its exit code, and the first reason that is not good.
fn judged(dir: &Path, folder: &str) -> (i32, String, Option<u64>) {
    let mut check = mekong(["ledger", "check", "--json", "--config"]);
    check.arg(dir.join(folder).join("node.toml"));
    let ran = run(check);
    let lines: Vec<_> = ran.json_lines().into_iter().filter(|line| line["kind"] == "database").collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines.iter().all(|line| line["signed"].as_u64() > Some(0)), "{lines:#?}");
    let first = lines.iter().find(|line| line["reason"] != "ok").unwrap_or(&lines[0]);
    (ran.code, first["reason"].as_str().unwrap().to_owned(), first["position"].as_u64())
}
