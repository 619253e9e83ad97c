//! `mekong bench exchange` and `mekong bench trust`: the fields that other programs rely on.

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
    assert_eq!(report["case"], "empty");
    assert_eq!((&report["message_log"], &report["gateways"]), (&"files".into(), &1.into()), "{report}");
    assert!(report["database_cpu_ms_per_round_trip"].is_null(), "{report}");
    for name in ["added_p50_ms", "added_p99_ms"] {
        assert!(report[name].is_f64(), "{name} in {report}");
    }
}

#[test]
fn bodies_are_sent_and_their_digests_are_in_the_floor() {
    let _turn = turn();
    let ended = run(mekong(words("bench exchange --json --case 1m --seconds 1 --clients 2"))).success();
    let [report] = ended.json_lines().try_into().unwrap_or_else(|lines| panic!("one object, not {lines:?}"));
    has_numbers(&report, &NUMBERS);
    assert_eq!((&report["case"], &report["body_bytes"]), (&"1m".into(), &1_000_000.into()), "{report}");
    assert_eq!(report["failed"], 0, "{report}");
}

#[test]
fn two_gateways_on_each_side_share_a_log_in_postgresql() {
    let _turn = turn();
    let ended = run(mekong(words("bench exchange --json --seconds 1 --clients 4 --message-log postgres --gateways 2")));
    if ended.code != 0 && ended.err.contains("PostgreSQL is not installed") {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "no PostgreSQL: apt-get install postgresql");
        println!("skipped: no PostgreSQL (apt-get install postgresql)");
        return;
    }
    let ended = ended.success();
    let [report] = ended.json_lines().try_into().unwrap_or_else(|lines| panic!("one object, not {lines:?}"));
    has_numbers(&report, &NUMBERS);
    has_numbers(&report, &["database_cpu_ms_per_round_trip"]);
    assert_eq!((&report["message_log"], &report["gateways"]), (&"postgres".into(), &2.into()), "{report}");
    assert_eq!(report["failed"], 0, "{report}");
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let alone = run(mekong(words("bench exchange --gateways 2")));
    assert!(alone.code == 2 && alone.err.contains("--message-log postgres"), "{alone:?}");
    for options in ["--seconds 0", "--clients 0", "--key rot13", "--gateways 3", "--message-log paper"] {
        let ended = run(mekong(words(&format!("bench exchange {options}"))));
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.err.contains(words(options)[0]), "{ended:?}");
    }
}

#[test]
fn the_trust_report_has_every_case_with_its_floor() {
    let _turn = turn();
    let ended = run(mekong(words("bench trust --json --seconds 0 --big 1 --lists 1 --crl 1000"))).success();
    let [report] = ended.json_lines().try_into().unwrap_or_else(|lines| panic!("one object, not {lines:?}"));
    let cases = report["cases"].as_array().unwrap();
    for name in ["xades-lt", "asic-e-lt", "pades-lt", "cades-lt", "jades-lt"] {
        for key in ["p256", "rsa2048"] {
            for memory in ["warm", "none", "process"] {
                let is_it = |case: &&serde_json::Value| {
                    (&case["name"], &case["key"], &case["memory"]) == (&name.into(), &key.into(), &memory.into())
                };
                let case = cases.iter().find(is_it).unwrap_or_else(|| panic!("{name} {key} {memory} in {report}"));
                has_numbers(case, &["validations_per_second", "ms", "floor_ms", "over_floor", "operations"]);
                let ratio = case["ms"].as_f64().unwrap() / case["floor_ms"].as_f64().unwrap();
                let said = case["over_floor"].as_f64().unwrap();
                assert!((ratio - said).abs() <= 0.02 * said, "{ratio} is not {said}: {case}");
                assert!(case["peers"].as_object().unwrap().values().all(|ms| ms.as_f64() > Some(0.0)), "{case}");
            }
        }
    }
    for one in report["signing"].as_array().unwrap() {
        has_numbers(one, &["signatures_per_second", "ms", "floor_ms", "over_floor"]);
    }
    assert_eq!(report["signing"].as_array().unwrap().len(), 6, "{report}");
    for one in report["big"].as_array().unwrap() {
        has_numbers(one, &["megabytes", "megabytes_per_second", "floor_megabytes_per_second", "over_floor"]);
    }
    has_numbers(&report["lists"], &["lists", "services", "megabytes", "seconds"]);
    has_numbers(&report["crl"], &["entries", "megabytes", "parse_ms", "lookup_us"]);
    assert!(report["machine"].is_string() && report["version"].is_string(), "{report}");
}

/// Positive numbers under these names.
#[track_caller]
fn has_numbers(value: &serde_json::Value, names: &[&str]) {
    for name in names {
        assert!(value[name].as_f64().is_some_and(|number| number > 0.0), "{name} in {value}");
    }
}
