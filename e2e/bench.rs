//! `mekong bench exchange`: the fields that other programs rely on.

use crate::support::demo::turn;
use crate::support::program::{mekong, run, words};

/// Positive numbers.
const NUMBERS: [&str; 8] = [
    "round_trips_per_second",
    "p50_ms",
    "p99_ms",
    "cpu_ms_per_round_trip",
    "floor_ms_per_round_trip",
    "cpu_over_floor",
    "peak_rss_mb",
    "round_trips",
];

#[test]
fn the_report_has_every_field_and_no_failure() {
    let _turn = turn();
    let ended = run(mekong(words("bench exchange --json --seconds 1 --clients 4"))).success();
    let [report] = ended.json_lines().try_into().unwrap_or_else(|lines| panic!("one object, not {lines:?}"));
    for name in NUMBERS {
        assert!(report[name].as_f64().is_some_and(|number| number > 0.0), "{name} in {report}");
    }
    assert!(report["p50_ms"].as_f64() <= report["p99_ms"].as_f64(), "{report}");
    assert_eq!((&report["failed"], &report["clients"], &report["key"]), (&0.into(), &4.into(), &"p256".into()));
    let ratio = report["cpu_ms_per_round_trip"].as_f64().unwrap() / report["floor_ms_per_round_trip"].as_f64().unwrap();
    let said = report["cpu_over_floor"].as_f64().unwrap();
    assert!((ratio - said).abs() <= 0.02 * said, "{ratio} is not {said}");
    for name in ["machine", "version", "message_log", "seconds"] {
        assert!(!report[name].is_null(), "no {name} in {report}");
    }
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    for options in ["--seconds 0", "--clients 0", "--key rot13"] {
        let ended = run(mekong(words(&format!("bench exchange {options}"))));
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.err.contains(words(options)[0]), "{ended:?}");
    }
}
