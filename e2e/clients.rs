//! Plain clients, with nothing of ours: the curl command that the demo prints, other curls, and Python's `requests`.

use crate::support::demo::shared;
use crate::support::program::{Ended, command, run};
use crate::support::python::run_client;
use std::collections::BTreeMap;

/// An HTTP answer as `curl -i` prints it.
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Answer {
    #[track_caller]
    fn read(ended: &Ended) -> Self {
        let (head, body) = ended.out.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no HTTP answer in {ended:?}"));
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|word| word.parse().ok());
        let header = |line: &str| {
            let (name, value) = line.split_once(':').expect("a header");
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        Self { status: status.expect("a status"), headers: lines.map(header).collect(), body: body.to_owned() }
    }

    #[track_caller]
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name} in {:?}: {}", self.headers, self.body))
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// `curl -i` through the gateway of the Lao ministry that asks.
fn curl(path: &str, more: &[&str]) -> Answer {
    curl_at(&shared().gateway("MOHA"), path, more)
}

fn curl_at(gateway: &str, path: &str, more: &[&str]) -> Answer {
    let mut curl = command("curl", ["-sS", "-i", "--max-time", "60", "--path-as-is"]);
    curl.args(more).arg(format!("{gateway}{path}"));
    Answer::read(&run(curl).success())
}

const CLIENT: &str = "X-Road-Client: LA/GOV/MOHA/civil";
const STATISTICS: &str = "X-Road-Client: LA/GOV/MOHA/statistics";
/// A number of the right form that none of the residents has.
const NOBODY: &str = "001090000000";
const PERSONS: &str = "/r1/VN/GOV/MPS/population/persons/v1/persons";

#[test]
fn the_curl_command_that_the_demo_prints_works() {
    let lines = shared().printed();
    let line = lines.iter().find(|line| line.trim_start().starts_with("curl -i ")).expect("a command to try");
    let answer = Answer::read(&run(command("sh", ["-c", &line.trim().replacen("curl", "curl -sS", 1)])).success());
    assert_eq!(answer.status, 200, "{}", answer.body);
    let person = &shared().residents("VN")[0];
    assert_eq!(answer.json()["id"], person.column("id"));
    assert_eq!(answer.json()["name"]["native"], person.name());
    assert_eq!(answer.header("x-road-client"), "LA/GOV/MOHA/civil");
    assert_eq!(answer.header("x-road-service"), "VN/GOV/MPS/population/persons");
    assert!(answer.header("x-road-id").starts_with("LA-"), "{:?}", answer.headers);
    assert_eq!(answer.header("x-road-request-id").len(), 36);
    assert_eq!(answer.header("x-road-request-hash").len(), 88, "base64 of 64 bytes");
    assert!(!answer.headers.contains_key("x-road-error"));
}

#[test]
fn curl_asks_in_the_other_direction() {
    let person = &shared().residents("LA")[1];
    let path = format!("/r1/LA/GOV/MOPS/population/persons/v1/persons/{}", person.column("id"));
    let answer = curl_at(&shared().gateway("MOJ"), &path, &["-H", "X-Road-Client: VN/GOV/MOJ/civil"]);
    assert_eq!((answer.status, &answer.json()["name"]["native"]), (200, &person.name().into()), "{}", answer.body);
}

#[test]
fn what_is_not_found_is_the_registers_answer() {
    let answer = curl(&format!("{PERSONS}/{NOBODY}"), &["-H", CLIENT, "-H", "X-Road-Id: curl-not-found"]);
    assert_eq!((answer.status, answer.header("content-type")), (404, "application/problem+json"));
    assert_eq!(answer.json()["type"], "urn:mekong:problem:person-not-found");
    assert_eq!(answer.header("x-road-id"), "curl-not-found");
    assert!(!answer.headers.contains_key("x-road-error"), "it is no fault of a gateway");
}

#[track_caller]
fn check_refused(path: &str, more: &[&str], status: u16, code: &str) {
    let answer = curl(path, more);
    assert_eq!((answer.status, answer.header("x-road-error")), (status, code), "{}", answer.body);
    assert!(answer.header("content-type").starts_with("application/json"), "{:?}", answer.headers);
    let body = answer.json();
    assert_eq!(body["type"], code);
    for key in ["message", "detail"] {
        assert!(body[key].as_str().is_some_and(|text| !text.is_empty()), "no {key} in {body}");
    }
}

#[test]
fn refusals_have_the_error_header_and_body_of_x_road() {
    let person = format!("{PERSONS}/{NOBODY}");
    check_refused(&person, &["-H", STATISTICS], 500, "server.serverproxy.access_denied");
    check_refused(&person, &["-H", CLIENT, "-X", "DELETE"], 500, "server.serverproxy.access_denied");
    check_refused(&format!("{PERSONS}/../openapi.json"), &["-H", CLIENT], 500, "server.serverproxy.access_denied");
    check_refused(&format!("{PERSONS}/%2e%2e/openapi.json"), &["-H", CLIENT], 500, "server.serverproxy.access_denied");
    let unknown = "/r1/VN/GOV/MPS/population/passports/v1/1";
    check_refused(unknown, &["-H", CLIENT], 500, "server.serverproxy.unknown_service");
    let nobody = "/r1/VN/GOV/NOBODY/population/persons/v1/persons/1";
    check_refused(nobody, &["-H", CLIENT], 500, "server.clientproxy.unknown_member");
    let foreign = "X-Road-Client: VN/GOV/MOJ/civil";
    check_refused(&person, &["-H", foreign], 500, "server.clientproxy.unknown_member");
    for (path, wrong) in [
        (person.as_str(), vec![]),
        (&person, vec!["-H", "X-Road-Client: LA"]),
        (&person, vec!["-H", CLIENT, "-H", STATISTICS]),
        ("/r2/VN/GOV/MPS/population/persons", vec!["-H", CLIENT]),
        ("/r1/VN/GOV/MPS", vec!["-H", CLIENT]),
        ("/", vec!["-H", CLIENT]),
    ] {
        let answer = curl(path, &wrong);
        assert_eq!(answer.status, 400, "{path} {wrong:?}: {}", answer.body);
        assert!(answer.header("x-road-error").starts_with("client."), "{path} {wrong:?}: {}", answer.body);
    }
}

#[test]
fn errors_are_xml_for_those_who_ask_for_it() {
    for accept in ["text/xml", "application/xml"] {
        let answer = curl(&format!("{PERSONS}/1"), &["-H", STATISTICS, "-H", &format!("Accept: {accept}")]);
        assert!(answer.header("content-type").starts_with(accept), "{:?}", answer.headers);
        assert_eq!(answer.header("x-road-error"), "server.serverproxy.access_denied");
        assert!(answer.body.contains("<type>server.serverproxy.access_denied</type>"), "{}", answer.body);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &answer.body).unwrap();
        run(command("xmllint", ["--noout".as_ref(), file.path().as_os_str()])).success();
    }
}

/// Found, by name, not found, refused, with a body; and the request hash as PR-REST defines it, computed by the client.
#[test]
fn python_requests_makes_exchanges_and_computes_the_request_hash() {
    for (ministry, client, service, instance, nobody) in [
        ("MOHA", "LA/GOV/MOHA/civil", "/r1/VN/GOV/MPS/population/persons", "VN", NOBODY),
        ("MOJ", "VN/GOV/MOJ/civil", "/r1/LA/GOV/MOPS/population/persons", "LA", "100000000000"),
    ] {
        let demo = shared();
        let person = &demo.residents(instance)[7];
        let (id, name, born) = (person.column("id"), person.name(), person.column("born"));
        let arguments: [&dyn AsRef<std::ffi::OsStr>; 7] =
            [&demo.gateway(ministry), &client, &service, &id, &name, &born, &nobody];
        let ended = run_client("exchange.py", &arguments).success();
        assert!(ended.out.trim_end().ends_with("as expected"), "{ended:?}");
    }
}

#[test]
fn a_body_that_is_too_large_is_refused_with_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large");
    let limit: u64 = 100 << 20;
    std::fs::File::create(&file).unwrap().set_len(limit + 1).unwrap();
    let upload = format!("@{}", file.display());
    let answer = curl(&format!("{PERSONS}/{NOBODY}"), &["-H", CLIENT, "-H", "Expect:", "--data-binary", &upload]);
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(answer.json()["message"].as_str().unwrap().contains(&limit.to_string()), "{}", answer.body);
}
