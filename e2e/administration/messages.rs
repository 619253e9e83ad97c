//! The message log administered: listed, told and taken as evidence by whoever may, and the audit log says so.

use super::{NODE, api, console, gateway, in_browser, turn};
use crate::support::demo::shared;
use crate::support::program::{command, run};
use serde_json::Value;
use std::time::{Duration, Instant};

/// The newest answer of the other country in the log of the gateway, once it has its time-stamp.
fn stamped(token: &str) -> Value {
    let begun = Instant::now();
    loop {
        let (status, _, listed) = api("GET", "/messages?client=VN/GOV/MOJ/civil&limit=50", token, None, &[]);
        let messages = listed["messages"].as_array().expect("messages");
        let is_of_others = |message: &Value| message["service"].as_str().is_some_and(|s| s.starts_with("LA/"));
        let is_wanted = |m: &&Value| m["part"] == "response" && m["timestamped"] == true && is_of_others(m);
        let answer = messages.iter().find(is_wanted);
        if let Some(answer) = answer {
            return answer.clone();
        }
        assert!(status == 200 && begun.elapsed() < Duration::from_secs(120), "{listed:#}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn messages_are_listed_told_and_taken_as_evidence_by_who_may() {
    let _turn = turn();
    gateway(NODE, &["user", "put", "kham", "--role", "auditor"]).success();
    gateway(NODE, &["user", "put", "lien", "--role", "registrar"]).success();
    let token = |user: &str| gateway(NODE, &["token", "make", user, "--days", "1"]).success().out.trim().to_owned();
    let (kham, lien) = (token("kham"), token("lien"));
    let answer = stamped(&kham);
    let id = answer["request_id"].as_str().unwrap();
    let story = format!("/messages/{id}");
    let evidence = format!("{story}/evidence");
    for place in ["/messages", &story, &evidence] {
        assert_eq!(api("GET", place, &lien, None, &[]).0, 403, "{place}: a registrar does not see it");
        assert_eq!(api("GET", place, "mkg_of_nobody", None, &[]).0, 401, "{place}");
    }
    for (wrong, status) in [
        ("/messages?limit=0", 400),
        ("/messages?cursor=x", 400),
        ("/messages?since=yesterday", 400),
        ("/messages?status_min=bad", 400),
        ("/messages?side=both", 400),
        ("/messages/of-nobody", 404),
        ("/messages/of-nobody/evidence", 404),
    ] {
        assert_eq!(api("GET", wrong, &kham, None, &[]).0, status, "{wrong}");
    }
    // Pages do not overlap, and filters hold.
    let (_, _, first) = api("GET", "/messages?limit=1", &kham, None, &[]);
    let (_, _, next) =
        api("GET", &format!("/messages?limit=1&cursor={}", first["next_cursor"].as_str().unwrap()), &kham, None, &[]);
    let oldest = first["messages"].as_array().unwrap().iter().map(|m| m["number"].as_i64().unwrap()).min().unwrap();
    assert!(next["messages"].as_array().unwrap().iter().all(|m| m["number"].as_i64().unwrap() < oldest), "{next:#}");
    let (_, _, failed) = api("GET", "/messages?status_min=400", &kham, None, &[]);
    let is_failed = |m: &Value| m["status"].is_null() || m["status"].as_u64() >= Some(400);
    assert!(failed["messages"].as_array().unwrap().iter().all(is_failed), "{failed:#}");
    let (_, _, by_id) = api("GET", &format!("/messages?id={id}"), &kham, None, &[]);
    assert_eq!(by_id["messages"].as_array().map(Vec::len), Some(2), "{by_id:#}");

    let (status, _, told) = api("GET", &story, &kham, None, &[]);
    let text = told["text"].as_str().unwrap();
    assert!(status == 200 && text.contains(" asked ") && text.contains("The answer, HTTP status"), "{text}");
    assert_eq!(told["records"][0]["request_id"], id, "{told:#}");

    // One container, and all in a ZIP file; both verify offline.
    let (address, _) = console(NODE);
    let folder = tempfile::tempdir().unwrap();
    for (query, file, kind) in
        [("?part=response", "answer.asice", "application/vnd.etsi.asic-e+zip"), ("", "all.zip", "application/zip")]
    {
        let mut curl = command("curl", ["-sS", "-f", "-w", "%{content_type}", "--max-time", "60", "-o"]);
        curl.arg(folder.path().join(file)).args(["-H", &format!("Authorization: Bearer {kham}")]);
        curl.arg(format!("{address}/api/v1{evidence}{query}"));
        assert_eq!(run(curl).success().out, kind);
    }
    let names = run({
        let mut unzip = command("unzip", ["-Z1"]);
        unzip.arg(folder.path().join("all.zip"));
        unzip
    });
    let names = names.success().out;
    assert!(names.lines().count() == 2 && names.lines().all(|name| name.ends_with(".asice")), "{names}");
    let verdict = crate::evidence::verify(shared(), &[folder.path().join("answer.asice")]);
    verdict.success();
    let log = gateway(NODE, &["audit", "--json", "--user", "kham"]).success().json_lines();
    let taken: Vec<&Value> = log.iter().filter(|line| line["kind"] == "evidence").collect();
    assert!(taken.len() == 2 && taken.iter().all(|line| line["target"] == id), "{log:#?}");

    for (language, words) in [
        ("en", ["Who exchanged what", "Download all"]),
        ("vi", ["Ai trao đổi gì", "Tải tất cả"]),
        ("lo", ["ໃຜແລກປ່ຽນຫຍັງ", "ດາວໂຫຼດທັງໝົດ"]),
    ] {
        let list = in_browser(&format!("/messages?lang={language}"), None);
        assert!(list.contains(words[0]) && list.contains("VN/GOV/MOJ/civil"), "{language}: {list}");
        let page = in_browser(&format!("/messages?id={id}&lang={language}"), None);
        assert!(page.contains(words[1]) && page.contains(id), "{language}: {page}");
    }
    gateway(NODE, &["user", "remove", "kham"]).success();
    gateway(NODE, &["user", "remove", "lien"]).success();
}
