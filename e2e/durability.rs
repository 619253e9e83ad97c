//! What was answered survives a crash: the demo is killed under load and started again on the same folder.

use crate::console::download;
use crate::evidence::verify;
use crate::support::demo::{Demo, turn};
use crate::support::program::Running;
use crate::support::python::{client, python, run_client};
use std::path::PathBuf;
use std::time::Duration;

/// Answers before the crash.
const ANSWERED: usize = 30;
/// Exchanges whose evidence is exported after it.
const EXPORTED: usize = 6;
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn answered_exchanges_survive_a_crash() {
    let (_turn, temporary) = turn();
    let dir = temporary.path().join("demo");
    let demo = Demo::start(&dir, "100");
    let path = format!("/r1/VN/GOV/MPS/population/persons/v1/persons/{}", demo.residents("VN")[0].column("id"));
    let load = Running::start(python(&client("load.py"), [&demo.gateway("MOHA"), "LA/GOV/MOHA/civil", &path, "4"]));
    load.wait_for_count(ANSWERED, PATIENCE);
    demo.kill();
    let answered = load.end(PATIENCE);
    assert!(answered.len() >= ANSWERED, "{} answers", answered.len());

    let demo = Demo::restart(&dir);
    let printed = demo.printed();
    assert!(printed.iter().any(|line| line.starts_with("found as it was")), "{printed:#?}");
    assert!(printed.iter().any(|line| line.ends_with(" 0 not")), "{printed:#?}");
    for (folder, gateway, side) in [("LA/moha", "LA-MOHA", "consumer"), ("VN/mps", "VN-MPS", "provider")] {
        let log = demo.path(folder).join("gateway/log");
        let logged = &run_client("logged.py", &[&log, &side]).success().json_lines()[0];
        let records = |id: &String| -> Vec<u64> {
            let records =
                logged[id].as_array().unwrap_or_else(|| panic!("{gateway} answered {id} and has not logged it"));
            records.iter().filter_map(serde_json::Value::as_u64).collect()
        };
        for id in &answered {
            assert_eq!(records(id).len(), 2, "{gateway} answered {id}: request and answer are logged");
        }
        // The last ones are those that a crash could take; all would take long.
        let last = answered.iter().rev().take(EXPORTED).flat_map(records);
        let containers: Vec<PathBuf> = last.map(|record| download(&demo, gateway, record, temporary.path())).collect();
        let lines = verify(&demo, &containers).success().json_lines();
        assert_eq!(lines.len(), 2 * EXPORTED);
    }
}
