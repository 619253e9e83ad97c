//! The administration of a gateway: by commands, by curl, in a real browser. What is granted is what may be called.

mod events;
mod keys;
mod messages;
mod pages;

use crate::support::demo::{Demo, shared};
use crate::support::program::{Ended, command, mekong, run};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The gateway that these tests change: it asks in the journey, and offers nothing there.
const NODE: &str = "VN/moj/node.toml";
const SERVICE: &str = "VN/GOV/MOJ/civil/health";
const ASKER: &str = "LA/GOV/MOHA/civil";

/// One test at a time changes it.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `mekong gateway ...` about the gateway of a node.
fn gateway(node: &str, words: &[&str]) -> Ended {
    let mut command = mekong(["gateway"]);
    command.args(words).arg("--config").arg(shared().path(node));
    run(command)
}

/// The address of the administration of a gateway, and the operator's token.
fn console(node: &str) -> (String, String) {
    let file = shared().path(node);
    let text = std::fs::read_to_string(&file).unwrap();
    let line = text.lines().find(|line| line.starts_with("listen_console")).expect("an address");
    let address = line.split('"').nth(1).unwrap().to_owned();
    let token = std::fs::read_to_string(file.parent().unwrap().join("gateway/console-token")).unwrap();
    (format!("http://{address}"), token.trim().to_owned())
}

/// curl to the API: status, headers and body.
fn api(method: &str, path: &str, token: &str, body: Option<&Value>, headers: &[&str]) -> (u16, String, Value) {
    let (address, _) = console(NODE);
    let mut curl = command("curl", ["-sS", "-i", "--max-time", "30", "-X", method]);
    curl.args(["-H", &format!("Authorization: Bearer {token}")]);
    for header in headers {
        curl.args(["-H", header]);
    }
    if let Some(body) = body {
        curl.args(["-H", "Content-Type: application/json", "-d", &body.to_string()]);
    }
    let out = run({
        curl.arg(format!("{address}/api/v1{path}"));
        curl
    })
    .success()
    .out;
    let (head, body) = out.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), serde_json::from_str(body).unwrap_or_default())
}

/// Asks across the border, and tells the status and X-Road's error code.
fn ask(path: &str) -> (String, String) {
    let url = format!("{}/r1/{SERVICE}{path}", shared().gateway("MOHA"));
    let mut curl = command("curl", ["-sS", "-o", "/dev/null", "--path-as-is", "--max-time", "60"]);
    curl.args(["-H", &format!("X-Road-Client: {ASKER}"), "-w", "%{http_code} %header{x-road-error}", &url]);
    let said = run(curl).success().out;
    let (status, code) = said.split_once(' ').unwrap();
    (status.to_owned(), code.trim().to_owned())
}

/// A page as the browser understands it, after entering.
fn in_browser(path: &str, picture: Option<(&Path, u32)>) -> String {
    let (address, _) = console(NODE);
    let profile = tempfile::tempdir().unwrap();
    let enter = gateway(NODE, &["enter"]).success().out.trim().to_owned();
    let chromium = || {
        let mut chromium = command("chromium", ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]);
        chromium.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
        chromium.args(["--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1"]);
        chromium.arg(format!("--user-data-dir={}", profile.path().display())).env("TMPDIR", profile.path());
        chromium
    };
    // The session's cookie does not outlive a browser, so the page is looked at through its way in: by curl's cookie.
    let jar = tempfile::NamedTempFile::new().unwrap();
    let mut curl = command("curl", ["-sS", "-o", "/dev/null", "--max-time", "30", "-c"]);
    run({
        curl.arg(jar.path()).arg(&enter);
        curl
    })
    .success();
    let saved = profile.path().join("page.html");
    let mut curl = command("curl", ["-sS", "-f", "--max-time", "30", "-b"]);
    run({
        curl.arg(jar.path()).arg("-o").arg(&saved).arg(format!("{address}{path}"));
        curl
    })
    .success();
    // Its style sheet stays with the server: without it the picture would be of nothing.
    let html = std::fs::read_to_string(&saved).unwrap();
    let html = html.replace("href=\"/", &format!("href=\"{address}/")).replace("src=\"/", &format!("src=\"{address}/"));
    std::fs::write(&saved, html).unwrap();
    if let Some((file, width)) = picture {
        let mut shot = chromium();
        shot.arg(format!("--window-size={width},1400")).arg(format!("--screenshot={}", file.display()));
        run({
            shot.arg(&saved);
            shot
        })
        .success();
    }
    let mut dump = chromium();
    run({
        dump.arg("--dump-dom").arg(&saved);
        dump
    })
    .success()
    .out
    .replace("<wbr>", "")
}

#[test]
fn what_is_granted_by_command_is_what_may_be_called() {
    let _turn = turn();
    let url = std::fs::read_to_string(shared().path("VN/mps/served.toml")).unwrap();
    let url = url.split('"').find(|text| text.ends_with(".3:8081")).expect("the register's address").to_owned();
    let explain = |path: &str| {
        let words = ["explain", "--client", ASKER, "--service", SERVICE, "--method", "GET", "--path", path];
        gateway(NODE, &words)
    };
    assert_eq!(explain("/v1/health").code, 1, "there is no such service yet");
    assert_eq!(ask("/v1/health"), ("500".into(), "server.serverproxy.unknown_service".into()));
    gateway(NODE, &["add-service", SERVICE, "--url", "http://127.0.0.1:1", "--url", &url]).success();
    assert_eq!(ask("/v1/health"), ("500".into(), "server.serverproxy.access_denied".into()));
    let why = explain("/v1/health");
    assert!(why.code == 1 && why.out.contains("has no right"), "{why:?}");
    let right = ["--to", ASKER, "--service", SERVICE, "--method", "GET", "--path", "/v1/health"];
    gateway(NODE, &[&["grant"], &right[..]].concat()).success();
    assert_eq!(explain("/v1/health").success().out.lines().next(), Some("Yes: it may."));
    assert_eq!(ask("/v1/health").0, "200", "the first address cannot be reached, the next is tried");
    // The right is for this path alone, in whatever dress another comes.
    for path in ["/v1/persons?name=nguyen", "/v1/health/%2e%2e/persons", "/v1/health/../persons", "/v1/%2568ealth"] {
        let (status, code) = ask(path);
        assert!(status == "500" && code.ends_with("access_denied"), "{path}: {status} {code}");
    }
    let stranger = ["--to", "LA/GOV/NOBODY/civil", "--service", SERVICE];
    let told = gateway(NODE, &[&["grant"], &stranger[..]].concat()).success();
    assert!(told.err.contains("Warning: LA/GOV/NOBODY/civil is not in the directory"), "{told:?}");
    gateway(NODE, &[&["revoke"], &stranger[..]].concat()).success();
    let other = gateway(NODE, &["add-subsystem", "VN/GOV/MPS/elsewhere"]).success();
    assert!(other.err.contains("Warning: the directory does not know VN/GOV/MPS/elsewhere"), "{other:?}");
    gateway(NODE, &["remove-subsystem", "VN/GOV/MPS/elsewhere"]).success();
    let twice = gateway(NODE, &[&["grant"], &right[..]].concat());
    assert!(twice.code == 2 && twice.err.contains("there already"), "{twice:?}");
    gateway(NODE, &[&["revoke"], &right[..]].concat()).success();
    assert_eq!(ask("/v1/health"), ("500".into(), "server.serverproxy.access_denied".into()));
    gateway(NODE, &["remove-service", SERVICE]).success();
    let log = gateway(NODE, &["audit", "--json", "--text", "health"]).success().json_lines();
    let kinds: Vec<&str> = log.iter().rev().filter_map(|line| line["kind"].as_str()).collect();
    let expected = ["put_service", "add_endpoint", "grant", "grant", "revoke", "refused", "revoke", "remove_service"];
    assert_eq!(kinds, expected, "{log:#?}");
    assert!(log.iter().all(|line| line["user"] == "operator" && line["from"].is_string() && line["at"].is_string()));
}

#[test]
fn a_file_declares_everything() {
    let _turn = turn();
    let folder = tempfile::tempdir().unwrap();
    let before = gateway(NODE, &["export"]).success().out;
    let file = folder.path().join("served.toml");
    let apply = |options: &[&str]| {
        let file = file.to_str().unwrap();
        gateway(NODE, &[&["apply", file], options].concat())
    };
    std::fs::write(&file, &before).unwrap();
    assert!(apply(&["--yes"]).success().out.contains("Nothing changes"));
    let more = format!("{before}\n[[subsystems]]\nid = \"VN/GOV/MOJ/archive\"\ncallers = [\"10.9.8.7\"]\n");
    let users = more.replace("users = []", "");
    std::fs::write(&file, users).unwrap();
    let plan = apply(&["--dry-run"]);
    assert!(plan.code == 1 && plan.out.contains("add subsystem VN/GOV/MOJ/archive"), "{plan:?}");
    assert!(!gateway(NODE, &["list"]).success().out.contains("VN/GOV/MOJ/archive"), "nothing was changed");
    let unasked = apply(&[]);
    assert!(unasked.code == 2 && unasked.err.contains("--yes"), "nobody can be asked here: {unasked:?}");
    apply(&["--yes"]).success();
    let shown = gateway(NODE, &["show", "VN/GOV/MOJ/archive"]).success().out;
    assert!(shown.contains("10.9.8.7"), "{shown}");
    std::fs::write(&file, "version = 1\n[[subsystems]]\nid = \"VN//x\"\n").unwrap();
    assert_eq!(apply(&["--yes"]).code, 2);
    std::fs::write(&file, &before).unwrap();
    assert!(apply(&["--yes"]).success().out.contains("remove subsystem VN/GOV/MOJ/archive"));
}

#[test]
fn roles_decide_and_refused_attempts_are_recorded() {
    let _turn = turn();
    gateway(NODE, &["user", "put", "anna", "--role", "registrar"]).success();
    gateway(NODE, &["user", "put", "som", "--role", "auditor"]).success();
    let token = |user: &str| gateway(NODE, &["token", "make", user, "--days", "1"]).success().out.trim().to_owned();
    let (anna, som) = (token("anna"), token("som"));
    let subsystem = "/subsystems/VN:GOV:MOJ:civil";
    let (status, head, shown) = api("GET", subsystem, &anna, None, &[]);
    assert_eq!((status, &shown["id"]), (200, &json!("VN/GOV/MOJ/civil")), "{shown}");
    let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("an ETag").to_owned();
    let group = format!("{subsystem}/groups/clerks");
    let body = json!({ "description": "who may" });
    // The auditor sees and changes nothing; the registrar changes what is theirs.
    assert_eq!(api("PUT", &group, &som, Some(&body), &[]).0, 403);
    assert_eq!(api("GET", "/audit", &anna, None, &[]).0, 403);
    assert_eq!(api("PUT", "/users/anna", &anna, Some(&json!({ "roles": ["system_administrator"] })), &[]).0, 403);
    assert_eq!(api("PUT", &group, "mkg_of_nobody", Some(&body), &[]).0, 401);
    let keyed = ["Idempotency-Key: 1", &format!("If-Match: {etag}")];
    let (status, _, first) = api("PUT", &group, &anna, Some(&body), &keyed);
    assert_eq!((status, &first["repeated"]), (200, &json!(false)), "{first}");
    let (_, _, again) = api("PUT", &group, &anna, Some(&body), &keyed);
    assert_eq!((&again["position"], &again["repeated"]), (&first["position"], &json!(true)));
    let (status, _, problem) = api("DELETE", &group, &anna, None, &[&format!("If-Match: {etag}")]);
    assert_eq!((status, problem["type"].as_str()), (412, Some("urn:mekong:problem:changed")), "{problem}");
    assert_eq!(api("DELETE", &group, &anna, None, &[]).0, 200);
    let (status, _, audit) = api("GET", "/audit?outcome=refused&limit=20", &som, None, &[]);
    let lines: Vec<(&str, &str)> = audit["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| (line["user"].as_str().unwrap(), line["kind"].as_str().unwrap()))
        .take(5)
        .collect();
    let expected = [("anna", "refused"), ("", "sign_in"), ("anna", "refused"), ("anna", "refused"), ("som", "refused")];
    assert_eq!((status, lines), (200, expected.to_vec()), "{audit:#}");
    gateway(NODE, &["user", "remove", "anna"]).success();
    assert_eq!(api("GET", subsystem, &anna, None, &[]).0, 401, "a user that is gone");
    gateway(NODE, &["user", "remove", "som"]).success();
}

#[test]
fn nobody_else_gets_in() {
    let (address, token) = console(NODE);
    let host = address.trim_start_matches("http://").to_owned();
    let status = |arguments: &[&str]| {
        let mut curl = command("curl", ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "30"]);
        run({
            curl.args(arguments);
            curl
        })
        .success()
        .out
    };
    let list = format!("{address}/api/v1/subsystems");
    assert_eq!(status(&[&list]), "401");
    assert_eq!(status(&[&address]), "401", "the page on which one signs in");
    let bearer = format!("Authorization: Bearer {token}");
    assert_eq!(status(&["-H", &bearer, &list]), "200");
    assert_eq!(status(&["-H", &bearer, "-H", "Host: evil.example", &list]), "421", "DNS rebinding");
    let post = ["-X", "POST", "-H", "Content-Type: application/json", "-d", "{\"id\":\"VN/GOV/MOJ/evil\"}", &list];
    assert_eq!(status(&[&["-H", &bearer, "-H", "Origin: http://evil.example"], &post[..]].concat()), "403");
    assert_eq!(status(&[&["-H", &bearer, "-H", "Sec-Fetch-Site: cross-site"], &post[..]].concat()), "403");
    // A cookie without a page of ours changes nothing.
    let jar = tempfile::NamedTempFile::new().unwrap();
    let jar = jar.path().to_str().unwrap();
    let enter = gateway(NODE, &["enter"]).success().out.trim().to_owned();
    assert_eq!(status(&["-c", jar, &enter]), "303");
    assert_eq!(status(&[&enter]), "401", "it lets in once");
    assert_eq!(status(&["-b", jar, &list]), "200");
    assert_eq!(status(&[&["-b", jar], &post[..]].concat()), "403", "no Origin");
    let origin = format!("Origin: http://{host}");
    let long = "x".repeat(9 << 20);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), long).unwrap();
    let data = format!("@{}", file.path().display());
    let too_large =
        ["-b", jar, "-H", &origin, "-X", "POST", "-H", "Content-Type: application/json", "--data-binary", &data, &list];
    assert_eq!(status(&too_large), "413");
}

/// Else a session would go on beyond its token and its twelve hours, without a line in the audit log.
#[test]
fn a_session_begins_no_other() {
    let _turn = turn();
    let (address, operator) = console(NODE);
    gateway(NODE, &["user", "put", "noy", "--role", "auditor"]).success();
    let token = gateway(NODE, &["token", "make", "noy", "--days", "1"]).success().out.trim().to_owned();
    for token in [&token, &operator] {
        let (status, _, code) = api("POST", "/session-codes", token, None, &[]);
        assert_eq!(status, 200, "a token begins one: {code}");
        let jar = tempfile::NamedTempFile::new().unwrap();
        let curl = |arguments: &[&str]| {
            let mut curl = command("curl", ["-sS", "--max-time", "30", "-b"]);
            curl.arg(jar.path()).arg("-c").arg(jar.path()).args(["-H", &format!("Origin: {address}")]).args(arguments);
            run(curl).success().out
        };
        curl(&["-o", "/dev/null", &format!("{address}{}", code["path"].as_str().unwrap())]);
        let inside = curl(&["-o", "/dev/null", "-w", "%{http_code}", &format!("{address}/api/v1/gateway")]);
        assert_eq!(inside, "200", "the session is good");
        let said = curl(&["-w", " %{http_code}", "-X", "POST", &format!("{address}/api/v1/session-codes")]);
        assert!(said.ends_with(" 403") && said.contains("urn:mekong:problem:session"), "{said}");
        assert!(said.contains("Ask with a token"), "{said}");
    }
    let log = gateway(NODE, &["audit", "--json", "--user", "noy", "--limit", "3"]).success().json_lines();
    let kinds: Vec<&str> = log.iter().rev().filter_map(|line| line["kind"].as_str()).collect();
    assert_eq!(kinds, ["invitation", "sign_in", "refused"], "{log:#?}");
    gateway(NODE, &["user", "remove", "noy"]).success();
}

#[test]
fn who_may_not_see_users_declares_everything_but_them() {
    let _turn = turn();
    let token = |user: &str, role: &str| {
        gateway(NODE, &["user", "put", user, "--role", role]).success();
        gateway(NODE, &["token", "make", user, "--days", "1"]).success().out.trim().to_owned()
    };
    let (anna, som) = (token("anna", "registrar"), token("som", "auditor"));
    let declared = |token: &str| api("GET", "/declaration", token, None, &[]).2;
    let (of_anna, of_som) = (declared(&anna), declared(&som));
    assert!(of_anna["users"].is_null() && of_anna["subsystems"].is_array(), "{of_anna}");
    assert_eq!((of_som["users"].as_array().map(Vec::len), &of_som["subsystems"]), (Some(2), &of_anna["subsystems"]));
    // A plan does not tell either, and applying what was seen leaves the users as they are.
    let nobody = json!({ "version": 1, "users": [] });
    let (status, _, plan) = api("POST", "/declaration/plan", &anna, Some(&nobody), &[]);
    assert!(status == 403 && !plan.to_string().contains("som"), "{plan}");
    let (status, _, plan) = api("POST", "/declaration/plan", &som, Some(&nobody), &[]);
    assert!(status == 200 && plan.to_string().contains("remove user som"), "{plan}");
    let mut more = of_anna.clone();
    more["subsystems"].as_array_mut().unwrap().push(json!({ "id": "VN/GOV/MOJ/more" }));
    for (declaration, said) in [(&more, "VN/GOV/MOJ/more"), (&of_anna, "VN/GOV/MOJ/civil")] {
        let (status, _, problem) = api("PUT", "/declaration", &anna, Some(declaration), &[]);
        assert_eq!(status, 200, "{problem}");
        assert!(declared(&anna).to_string().contains(said));
    }
    assert_eq!(declared(&som), of_som);
    // A client whose addresses a security officer named is not taken away to be added anew for everyone.
    gateway(NODE, &["add-subsystem", "VN/GOV/MOJ/guarded"]).success();
    gateway(NODE, &["connect", "VN/GOV/MOJ/guarded", "--from", "10.9.8.7"]).success();
    let (status, _, problem) = api("PUT", "/declaration", &anna, Some(&of_anna), &[]);
    assert!(status == 403 && problem["detail"].as_str().unwrap().contains("security_officer"), "{problem}");
    assert_eq!(api("DELETE", "/subsystems/VN:GOV:MOJ:guarded", &anna, None, &[]).0, 403);
    gateway(NODE, &["remove-subsystem", "VN/GOV/MOJ/guarded"]).success();
    for user in ["anna", "som"] {
        gateway(NODE, &["user", "remove", user]).success();
    }
}

#[test]
fn of_declarations_that_saw_the_same_one_is_applied() {
    let _turn = turn();
    let (_, operator) = console(NODE);
    let (_, head, before) = api("GET", "/declaration", &operator, None, &[]);
    let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("an ETag").to_owned();
    let seen = format!("If-Match: {etag}");
    let put = |number: usize| {
        let mut declaration = before.clone();
        let one = json!({ "id": format!("VN/GOV/MOJ/race-{number}") });
        declaration["subsystems"].as_array_mut().unwrap().push(one);
        api("PUT", "/declaration", &operator, Some(&declaration), &[&seen]).0
    };
    let mut answers: Vec<u16> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|number| scope.spawn(move || put(number))).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    answers.sort_unstable();
    let (_, _, after) = api("GET", "/declaration", &operator, None, &[]);
    // Who insists on no state is not refused, whoever comes between.
    assert_eq!(api("PUT", "/declaration", &operator, Some(&before), &[]).0, 200);
    assert_eq!(answers, [200, 412, 412, 412, 412, 412, 412, 412]);
    assert_eq!(after.to_string().matches("VN/GOV/MOJ/race-").count(), 1, "{after}");
}

/// The demo is there, and its gateways say so.
#[test]
fn every_gateway_of_the_demo_is_administered() {
    let demo: &Demo = shared();
    for node in ["VN/mps", "VN/moj", "LA/mops", "LA/moha"] {
        let node = format!("{node}/node.toml");
        assert!(demo.path(&node).is_file());
        let listed = gateway(&node, &["list"]).success().out;
        assert!(listed.contains("running") && listed.contains("/GOV/"), "{listed}");
    }
}
