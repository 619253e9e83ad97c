//! What was answered survives a crash: the demo is killed under load and started again on the same folder.

use crate::support::demo::{Demo, turn};
use crate::support::program::Running;
use crate::support::python::{client, python, run_client};
use std::time::Duration;

/// Answers before the crash.
const ANSWERED: usize = 30;
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
    for (gateway, side) in [("LA/moha", "consumer"), ("VN/mps", "provider")] {
        let log = demo.path(gateway).join("gateway/log");
        let logged = &run_client("logged.py", &[&log, &side]).success().json_lines()[0];
        for id in &answered {
            assert_eq!(logged[id], 2, "{gateway} answered {id}, and has not both of its parts");
        }
    }
}
