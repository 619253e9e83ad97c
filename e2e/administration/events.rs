//! Events administered: what was put aside is seen, delivered again or dropped, by whoever may, and the audit log says so.

use super::{NODE, api, console, gateway, turn};
use crate::support::demo::shared;
use crate::support::program::{command, run};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const CLIENT: &str = "VN/GOV/MOJ/civil";
const SUBSCRIPTION: &str = "/subsystems/VN:GOV:MOJ:civil/subscriptions/own";

/// The dead letters, once there are `count`.
fn letters(token: &str, count: usize) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let (status, _, said) = api("GET", &format!("{SUBSCRIPTION}/dead-letters"), token, None, &[]);
        let letters = said["dead_letters"].as_array().cloned().unwrap_or_default();
        if letters.len() == count {
            return letters;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{status} {said:#}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// A page, or what a form of it says.
fn page(token: &str, method: &str, path: &str, fields: &[(&str, &str)]) -> String {
    let (address, _) = console(NODE);
    let mut curl = command("curl", ["-sS", "--max-time", "30", "-X", method]);
    curl.args(["-H", &format!("Authorization: Bearer {token}")]);
    for (name, value) in fields {
        curl.args(["-F", &format!("{name}={value}")]);
    }
    curl.arg(format!("{address}{path}"));
    run(curl).success().out
}

fn publish(id: &str) {
    let event =
        json!({ "specversion": "1.0", "id": id, "type": "vn.birth", "subject": "079", "data": { "name": "hidden" } });
    let mut curl = command("curl", ["-sS", "--fail-with-body", "-H", "Content-Type: application/cloudevents+json"]);
    curl.args(["-d", &event.to_string(), &format!("{}/events/v1/{CLIENT}/births", shared().gateway("MOJ"))]);
    run(curl).success();
}

#[test]
fn what_was_put_aside_is_decided_by_who_may() {
    let _turn = turn();
    gateway(NODE, &["user", "put", "noy", "--role", "auditor"]).success();
    gateway(NODE, &["user", "put", "hoa", "--role", "registrar"]).success();
    // A token ends, unless it is asked for that it does not.
    let token = |user: &str| gateway(NODE, &["token", "make", user]).success().out.trim().to_owned();
    let (noy, hoa) = (token("noy"), token("hoa"));
    assert!(gateway(NODE, &["token", "list", "hoa"]).success().out.contains("ends 20"));
    gateway(NODE, &["token", "make", "hoa", "--for-ever"]).success();
    assert!(gateway(NODE, &["token", "list", "hoa"]).success().out.contains("never ends"));

    let service = format!("{CLIENT}/events");
    gateway(NODE, &["add-service", &service, "--url", "mekong:events"]).success();
    let right = ["grant", "--to", CLIENT, "--service", &service, "--method", "GET", "--path", "/births"];
    gateway(NODE, &right).success();
    // Where it is pushed, every event is refused.
    let push = format!("{}/there-is-no-such-place", shared().gateway("MOJ"));
    let body = json!({ "provider": CLIENT, "topic": "births", "push": push, "attempts": 1 });
    assert_eq!(api("PUT", SUBSCRIPTION, &noy, Some(&body), &[]).0, 403);
    assert_eq!(api("PUT", SUBSCRIPTION, &hoa, Some(&body), &[]).0, 200);
    publish("b-1");
    publish("b-2");
    let seen = letters(&noy, 1);
    let [letter] = seen.as_slice() else { panic!("{seen:#?}") };
    assert_eq!((&letter["id"], &letter["type"], &letter["position"]), (&json!("b-1"), &json!("vn.birth"), &json!(0)));
    assert!(letter["holds"] == true && !letter.to_string().contains("hidden"), "{letter}");

    for (language, word) in [("vi", "Để riêng"), ("lo", "ແຍກໄວ້"), ("en", "Put aside")] {
        let shown = page(&noy, "GET", &format!("/events/own?lang={language}"), &[]);
        assert!(shown.contains(word) && shown.contains("079") && !shown.contains(">hidden"), "{shown}");
    }

    let number = letter["number"].as_u64().expect("a number");
    let drop = format!("{SUBSCRIPTION}/dead-letters/{number}/drop");
    assert_eq!(api("POST", &drop, &noy, None, &[]).0, 403);
    let (status, _, said) = api("POST", &drop, &hoa, None, &[]);
    assert_eq!(status, 200, "{said}");
    assert_eq!(api("POST", &drop, &hoa, None, &[]).0, 404, "it is gone");
    // The next of the subject waited for that.
    let next = letters(&noy, 1).first().cloned().expect("a letter");
    assert_eq!(next["id"], json!("b-2"), "{next}");
    let deliver = format!("{SUBSCRIPTION}/dead-letters/{}/deliver", next["number"]);
    assert_eq!(api("POST", &deliver, &hoa, None, &[]).0, 200);
    letters(&noy, 1);
    // The same by the forms of the page: shown first, done then, by whoever may.
    let form = [("do", "deliver"), ("letter", "all")];
    assert!(page(&hoa, "POST", "/events/own/prepare?lang=en", &form).contains("It is delivered again"));
    assert!(page(&noy, "POST", "/events/own?lang=en", &form).contains("registrar"));
    assert!(page(&hoa, "POST", "/events/own?lang=en", &form).is_empty(), "it leads back");
    assert_eq!(letters(&noy, 1).first().map(|letter| letter["id"].clone()), Some(json!("b-2")), "it is refused again");

    let replay = format!("{SUBSCRIPTION}/replay");
    assert_eq!(api("POST", &replay, &hoa, Some(&json!({})), &[]).0, 400);
    assert_eq!(api("POST", &replay, &noy, Some(&json!({ "from": 0 })), &[]).0, 403);
    assert_eq!(api("POST", &replay, &hoa, Some(&json!({ "from": 0 })), &[]).0, 200);

    let log = gateway(NODE, &["audit", "--json", "--text", "own"]).success().json_lines();
    let done: Vec<&str> = log.iter().rev().filter(|l| l["user"] == "hoa").filter_map(|l| l["kind"].as_str()).collect();
    assert_eq!(
        done,
        ["put_subscription", "drop_dead_letter", "deliver_dead_letter", "deliver_dead_letter", "replay"],
        "{log:#?}"
    );
    assert_eq!(api("DELETE", SUBSCRIPTION, &hoa, None, &[]).0, 200);
    gateway(NODE, &["remove-service", &service]).success();
    gateway(NODE, &["user", "remove", "noy"]).success();
    gateway(NODE, &["user", "remove", "hoa"]).success();
}
