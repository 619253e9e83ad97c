//! `mekong soak`: a short one, with every kind of fault that can be made here.

use crate::support::demo::turn;
use crate::support::program::{mekong, run, words};

#[test]
fn what_is_acknowledged_outlives_broken_connections_and_dying_gateways() {
    let (_turn, temporary) = turn();
    let mut command = mekong(words("soak --minutes 0.6 --seed 11 --json --dir"));
    command.arg(temporary.path().join("soak"));
    let ended = run(command);
    let [report] = ended.json_lines().try_into().unwrap_or_else(|lines| panic!("one object, not {lines:?}: {ended:?}"));
    let number = |name: &str| report[name].as_u64().unwrap_or_else(|| panic!("{name} in {report}"));
    assert_eq!((number("lost"), number("doubled"), number("wrong"), ended.code), (0, 0, 0, 0), "{report}");
    assert_eq!(number("in_both_logs"), number("acknowledged"), "{report}");
    assert!(number("acknowledged") > 20 && number("sent") > number("acknowledged"), "{report}");
    let faults = report["faults"].as_object().unwrap();
    let has_clocks = !report["skipped"].to_string().contains("clock jumps");
    assert!(has_clocks || std::env::var_os("CI").is_none(), "libfaketime is installed by ./dev test: {report}");
    let kinds = ["killed", "rolling", "between gateways cut", "service cut"];
    for kind in kinds.into_iter().chain(has_clocks.then_some("clock jumps")) {
        let made = faults.iter().any(|(what, times)| what.contains(kind) && times.as_u64() > Some(0));
        assert!(made, "{kind}: {report}");
    }
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("precious"), "x").unwrap();
    let mut command = mekong(words("soak --minutes 1 --dir"));
    command.arg(folder.path());
    let ended = run(command);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.err.contains("--dir") && folder.path().join("precious").exists(), "{ended:?}");
}
