//! Traces of exchanges as a collector gets them that we did not write: OTLP decoded by the OpenTelemetry project's own classes.

use crate::support::demo::{Demo, turn};
use crate::support::program::{Running, command, mekong, run};
use crate::support::python::{client, python};
use crate::watched::{fetch, serve, value};
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const TOKEN: &str = "Bearer of-the-collector";
/// The trace in which the system asks.
const OUTER: (&str, &str) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");

/// The spans that came so far; anything else the collector says is a complaint.
fn spans(collector: &Running) -> Vec<Value> {
    let lines = collector.lines();
    let spans: Vec<Value> = lines.iter().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(spans.iter().all(|span| span["wrong"].is_null()), "{spans:#?}");
    spans
}

/// The spans of the trace of a side's exchange that ended like this, once all have come from both sides.
#[track_caller]
fn trace(collector: &Running, status: &str, sides: usize) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let all = spans(collector);
        let is_root = |span: &&Value| {
            !span["attributes"]["mekong.side"].is_null() && span["status"].as_str().unwrap_or("UNSET") == status
        };
        let ids: Vec<&Value> = all.iter().filter(is_root).map(|span| &span["trace"]).collect();
        if let Some(id) = ids.first() {
            let of_trace: Vec<Value> = all.iter().filter(|span| span["trace"] == **id).cloned().collect();
            let roots = of_trace.iter().filter(|span| !span["attributes"]["mekong.side"].is_null()).count();
            if roots == sides {
                return of_trace;
            }
        }
        assert!(begun.elapsed() < PATIENCE, "{:#?}", spans(collector));
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The span of a side.
#[track_caller]
fn root<'a>(spans: &'a [Value], side: &str) -> &'a Value {
    spans.iter().find(|span| span["attributes"]["mekong.side"] == side).unwrap_or_else(|| panic!("{side}: {spans:#?}"))
}

/// Names of the steps of a side, in order.
fn steps<'a>(spans: &'a [Value], root: &Value) -> Vec<&'a str> {
    let of_root =
        spans.iter().filter(|span| span["parent"] == root["id"] && span["attributes"]["mekong.side"].is_null());
    of_root.map(|span| span["name"].as_str().unwrap()).collect()
}

/// What `mekong trace` tells of a request at the gateway of who asked.
#[track_caller]
fn told(dir: &Path, id: &str) -> Value {
    let mut trace = mekong(["trace", id, "--json", "--config"]);
    trace.arg(dir.join("LA/moha/node.toml"));
    run(trace).success().json_lines().remove(0)
}

#[test]
fn one_trace_goes_through_both_countries_and_names_nobody() {
    let (_turn, temporary) = turn();
    let dir = temporary.path().join("demo");
    let demo = Demo::start(&dir, "50");
    let person = demo.residents("VN")[0].column("id").to_owned();
    let asker = demo.gateway("MOHA");
    assert_eq!(demo.interrupt("TERM"), 0);
    let collector = Running::start(python(&client("collector.py"), [TOKEN]));
    let endpoint = collector.wait_for(|line| line.starts_with("http://"), PATIENCE);
    let headers = temporary.path().join("headers");
    std::fs::write(&headers, format!("Authorization: {TOKEN}\n")).unwrap();
    let telemetry = format!("\n[telemetry]\nendpoint = '{endpoint}'\nheaders_file = '{}'\n", headers.display());
    let _operators = ["LA/operator", "VN/operator"].map(|folder| serve(&dir, folder, ""));
    let gateways = ["VN/mps", "LA/moha"].map(|folder| serve(&dir, folder, &telemetry));

    let ask = |target: &str| {
        let traceparent = format!("traceparent: 00-{}-{}-01", OUTER.0, OUTER.1);
        let mut curl =
            command("curl", ["-sS", "-D", "-", "-H", "X-Road-Client: LA/GOV/MOHA/civil", "-H", "X-Road-Id: of-An"]);
        curl.args(["-H", &traceparent]).arg(format!("{asker}/r1/VN/GOV/MPS/population/{target}"));
        run(curl).success().out
    };
    let answer = ask(&format!("persons/v1/persons/{person}"));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let id = answer
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("x-road-request-id: ").map(str::to_owned));

    let all = trace(&collector, "UNSET", 2);
    assert_eq!(all[0]["trace"], id.unwrap().trim().replace('-', ""), "{all:#?}");
    let (here, there) = (root(&all, "consumer"), root(&all, "provider"));
    assert_eq!((&here["parent"], &there["parent"]), (&"".into(), &here["id"]), "{all:#?}");
    assert_eq!(here["links"], serde_json::json!([[OUTER.0, OUTER.1]]), "{here:#?}");
    for (span, server, peer) in [(here, "LA/GOV/MOHA/", "VN/GOV/MPS/"), (there, "VN/GOV/MPS/", "LA/GOV/MOHA/")] {
        let attributes = &span["attributes"];
        assert_eq!(span["name"], "GET VN/GOV/MPS/population/persons");
        assert_eq!(
            (&span["kind"], &attributes["http.response.status_code"]),
            (&"SPAN_KIND_SERVER".into(), &"200".into())
        );
        assert_eq!(attributes["mekong.client"], "LA/GOV/MOHA/civil");
        assert_eq!(attributes["mekong.service"], "VN/GOV/MPS/population/persons");
        assert!(attributes["mekong.peer"].as_str().unwrap().starts_with(peer), "{span:#?}");
        assert!(span["resource"]["service.instance.id"].as_str().unwrap().starts_with(server), "{span:#?}");
        assert_eq!(span["resource"]["service.name"], "mekong-gateway");
    }
    assert_eq!(steps(&all, here), ["accept", "receive", "sign", "send", "receive", "verify", "log", "answer"]);
    assert_eq!(steps(&all, there), ["receive", "rights", "receive", "verify", "call", "sign", "log", "answer"]);
    let send = all.iter().find(|span| span["name"] == "send").unwrap();
    assert_eq!(
        (&send["kind"], &send["attributes"]["http.response.status_code"]),
        (&"SPAN_KIND_CLIENT".into(), &"200".into())
    );
    assert!(send["attributes"]["server.address"].as_str().is_some_and(|host| host.starts_with("127.")), "{send:#?}");
    let steps_take: u64 =
        all.iter().filter(|span| span["parent"] == here["id"]).filter_map(|span| span["nanos"].as_u64()).sum();
    assert!(steps_take > 0 && here["nanos"].as_u64() > there["nanos"].as_u64(), "{all:#?}");

    // A refusal: both sides say with which code, and neither what stood where a service should.
    let refusal = ask(&format!("{person}/v1"));
    assert!(refusal.contains("unknown_service"), "{refusal}");
    let refused = trace(&collector, "STATUS_CODE_ERROR", 2);
    for side in ["consumer", "provider"] {
        let span = root(&refused, side);
        assert_eq!(span["attributes"]["error.type"], "server.serverproxy.unknown_service", "{span:#?}");
        assert_eq!(
            (&span["name"], &span["message"]),
            (&"GET VN/GOV/MPS/population".into(), &span["attributes"]["error.type"])
        );
    }
    let everything = collector.lines().join("\n");
    for private in [person.as_str(), "/v1", "of-An"] {
        assert!(!everything.contains(private), "{private}: {everything}");
    }

    // What a trace has of the steps, the log has too.
    let id = here["trace"].as_str().unwrap();
    let told = told(&dir, &format!("{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]));
    let names: Vec<&str> =
        told["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(names, ["accept", "receive", "sign", "send", "receive", "verify"], "{told}");
    let took: f64 = told["steps"].as_array().unwrap().iter().map(|step| step["ms"].as_f64().unwrap()).sum();
    assert!(took > 0.0 && took <= told["messages"][1]["duration_ms"].as_f64().unwrap() + 1.0, "{told}");

    // A collector that is away holds nothing up; what it does not get is counted.
    let sent =
        |result: &str| value(&fetch(&gateways[1].1), &format!("mekong_telemetry_spans_total{{result=\"{result}\"}}"));
    assert!(sent("sent") >= 9.0 && sent("dropped") == 0.0);
    collector.kill();
    let mut doctor = mekong(["doctor", "--json", "--config"]);
    doctor.arg(dir.join("LA/moha/node.toml"));
    let findings = run(doctor).json_lines();
    let traces = findings.iter().find(|finding| finding.to_string().contains("the collector is not reached"));
    assert!(traces.is_some_and(|finding| finding.to_string().contains("telemetry.endpoint")), "{findings:#?}");
    let begun = Instant::now();
    assert!(ask(&format!("persons/v1/persons/{person}")).starts_with("HTTP/1.1 200") && begun.elapsed() < PATIENCE / 6);
}
