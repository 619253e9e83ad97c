//! Keys of a gateway: made by a command, certified elsewhere, imported, used, taken out of use; in software and in SoftHSM.

use super::{NODE, api, console, gateway, in_browser, turn};
use crate::support::demo::{self, Demo, shared};
use crate::support::program::{Ended, command, mekong, run, words};
use serde_json::{Value, json};
use std::io::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const MEMBER: &str = "VN/GOV/MOJ";

/// A profile of the authority's for signing keys of members, as the directory's basic naming wants them.
const PROFILE: &str = r#"version = 1
name = "member"
title = { en = "Signing of a member" }
source = "the directory's basic naming of members"
validity_days = 365
keys = ["p256", "rsa-2048"]
key_usage = ["USAGE"]
subject = [
    { attribute = "C", required = true, hint = "the country" },
    { attribute = "O", required = true, hint = "the name" },
    { attribute = "businessCategory", required = true, hint = "the class" },
    { attribute = "serialNumber", required = true, hint = "the code" },
    { attribute = "CN", required = true, hint = "the name" },
]
"#;

/// Has a request certified by the demo's authority, for a member of this code; the certificate's file.
fn certify(demo: &Path, request: &Path, code: &str, usage: &str) -> PathBuf {
    let operator = demo.join("VN/operator");
    let profile = request.with_extension("toml");
    std::fs::write(&profile, PROFILE.replace("USAGE", usage)).unwrap();
    let out = request.with_extension(format!("{code}.{usage}.pem"));
    let mut issue = mekong(["ca", "issue"]);
    issue.arg(operator.join("authority")).arg("--passphrase-file").arg(operator.join("passphrase"));
    issue.arg("--profile").arg(&profile).arg("--request").arg(request).arg("--out").arg(&out);
    for value in ["C=VN", "O=Justice", "businessCategory=GOV", &format!("serialNumber={code}"), "CN=Justice"] {
        issue.args(["--subject", value]);
    }
    run(issue).success();
    out
}

/// The keys by `mekong gateway key list --json`, by label.
fn keys(list: &dyn Fn() -> Ended) -> Vec<Value> {
    let said: Value = serde_json::from_str(&list().success().out).unwrap();
    said["keys"].as_array().unwrap().clone()
}

fn key(list: &dyn Fn() -> Ended, label: &str) -> Value {
    keys(list).into_iter().find(|key| key["label"] == label).unwrap_or_else(|| panic!("no key {label}"))
}

/// Waits until a key stands so.
fn stands(list: &dyn Fn() -> Ended, label: &str, state: &str) -> Value {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let found = key(list, label);
        if found["state"] == state {
            return found;
        }
        assert!(Instant::now() < until, "{label} is not {state}: {found:#}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The gateway asks across the border, and signs with whatever key it uses: the status.
fn exchange(demo: &Demo) -> String {
    let person = demo.residents("LA")[0].column("id").to_owned();
    let url = format!("{}/r1/LA/GOV/MOPS/population/persons/v1/persons/{person}", demo.gateway("MOJ"));
    let mut curl = command("curl", ["-sS", "-o", "/dev/null", "--max-time", "60", "-w", "%{http_code}"]);
    curl.args(["-H", "X-Road-Client: VN/GOV/MOJ/civil", &url]);
    run(curl).success().out
}

#[test]
fn a_key_that_another_authority_certified_comes_into_use_without_a_pause() {
    let _turn = turn();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let list = || gateway(NODE, &["key", "list", "--json"]);
    let import = |path: &Path| gateway(NODE, &["key", "import", path.to_str().unwrap()]);
    let request = file("request.csr");
    gateway(NODE, &["key", "request", "--for", MEMBER, "--out", request.to_str().unwrap()]).success();
    let mut openssl = command("openssl", words("req -noout -verify -in"));
    openssl.arg(&request);
    assert!(run(openssl).success().said().contains("verify OK"));
    assert_eq!(key(&list, "signing.asked.1")["state"], "waiting");
    let again = gateway(NODE, &["key", "request", "--again", "signing.asked.1"]).success().out;
    assert_eq!(again, std::fs::read_to_string(&request).unwrap());
    // Of another authority, for another use, of another member, for another key.
    let mut own = command("openssl", words("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=own -keyout"));
    own.arg(file("own.key")).arg("-out").arg(file("own.pem"));
    run(own).success();
    let mut foreign = command("openssl", words("x509 -req -days 2 -in"));
    std::fs::write(file("usage"), "keyUsage=critical,nonRepudiation\n").unwrap();
    foreign.arg(&request).arg("-CA").arg(file("own.pem")).arg("-CAkey").arg(file("own.key"));
    foreign.arg("-extfile").arg(file("usage")).arg("-out").arg(file("foreign.pem"));
    run(foreign).success();
    let demo = shared();
    let other_use = certify(&demo.dir, &request, "MOJ", "digital_signature");
    let other_member = certify(&demo.dir, &request, "MPS", "non_repudiation");
    for (path, why) in [
        (file("foreign.pem"), "no approved authority"),
        (other_use, "nonRepudiation"),
        (other_member, "it is of VN/GOV/MPS"),
        (file("own.pem"), "none of the keys"),
        (demo.path("VN/moj/signing.pem"), "there already"),
    ] {
        let refused = import(&path);
        assert!(refused.code == 2 && refused.err.contains(why), "{why}: {refused:?}");
    }
    assert_eq!(key(&list, "signing.asked.1")["state"], "waiting");
    let certificate = certify(&demo.dir, &request, "MOJ", "non_repudiation");
    import(&certificate).success();
    let used = stands(&list, "signing.asked.1", "in_use");
    assert_eq!((&used["purpose"], &used["token"], &used["bits"]), (&json!(MEMBER), &Value::Null, &json!(256)));
    assert_eq!(used["certificate"]["ocsp_good"], true);
    // Only it can have signed this.
    gateway(NODE, &["key", "disable", "signing"]).success();
    stands(&list, "signing", "disabled");
    assert_eq!(exchange(demo), "200");
    let last = gateway(NODE, &["key", "disable", "signing.asked.1"]);
    assert!(last.code == 2 && last.err.contains("last certificate"), "{last:?}");
    gateway(NODE, &["key", "enable", "signing"]).success();
    stands(&list, "signing", "ready");
    gateway(NODE, &["key", "disable", "signing.asked.1"]).success();
    stands(&list, "signing", "in_use");
    assert_eq!(exchange(demo), "200");
    // What is out of use is no matter for the doctor, unless nothing is left.
    let doctor = || {
        let mut command = mekong(["doctor", "--json", "--config"]);
        command.arg(demo.path("VN/moj/node.toml"));
        let findings = run(command).json_lines();
        findings.into_iter().find(|f| f["what"].as_str().is_some_and(|what| what.contains("was taken out of use")))
    };
    assert_eq!(doctor(), None);
    gateway(NODE, &["key", "disable", "signing", "--force"]).success();
    let found = doctor().expect("the doctor names it");
    assert_eq!(
        (&found["level"], &found["what"]),
        (&json!("problem"), &json!("every certificate for signing for VN/GOV/MOJ was taken out of use"))
    );
    assert!(found["todo"].as_str().unwrap().starts_with("mekong gateway key enable "), "{found}");
    gateway(NODE, &["key", "enable", "signing"]).success();
    stands(&list, "signing", "in_use");
    let log = gateway(NODE, &["audit", "--json", "--text", "MOJ"]).success().json_lines();
    let kinds: Vec<&str> = log.iter().filter_map(|line| line["kind"].as_str()).collect();
    assert!(kinds.contains(&"make_key") && kinds.contains(&"import_certificate"), "{kinds:?}");
    let all = gateway(NODE, &["audit", "--json", "--refused"]).success().out;
    for said in ["no approved authority", "it is of VN/GOV/MPS", "last certificate"] {
        assert!(all.contains(said), "{said} is not in the audit log: {all}");
    }
}

#[test]
fn keys_are_changed_by_the_security_officer_alone() {
    let _turn = turn();
    let token = |user: &str, role: &str| {
        gateway(NODE, &["user", "put", user, "--role", role]).success();
        gateway(NODE, &["token", "make", user, "--days", "1"]).success().out.trim().to_owned()
    };
    let (kham, anna) = (token("kham", "security_officer"), token("anna", "registrar"));
    let (status, _, shown) = api("GET", "/keys", &anna, None, &[]);
    assert_eq!(status, 200);
    assert!(!shown.to_string().contains("PRIVATE"), "{shown}");
    let print = shown["keys"][0]["certificate"]["fingerprint"].as_str().unwrap().to_owned();
    let wanted = json!({ "purpose": "tls", "key_type": "p256" });
    let out = format!("/keys/certificates/{print}/use");
    let use_ = json!({ "enabled": false, "force": true });
    for (method, path, body) in [
        ("POST", "/keys/requests", Some(&wanted)),
        ("POST", "/keys/certificates", Some(&json!({ "certificate": shared_pem() }))),
        ("POST", "/keys/renewal", None),
        ("PUT", &out, Some(&use_)),
    ] {
        assert_eq!(api(method, path, &anna, body, &[]).0, 403, "{method} {path}");
    }
    let (status, head, made) = api("POST", "/keys/requests", &kham, Some(&wanted), &[]);
    assert!(status == 201 && head.contains("location: /api/v1/keys/requests/"), "{made}");
    assert!(made["request"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE REQUEST-----"));
    let bad = json!({ "purpose": "tls", "key_type": "rsa1024" });
    assert_eq!(api("POST", "/keys/requests", &kham, Some(&bad), &[]).0, 400);
    assert_eq!(api("GET", "/keys/requests/..%2fpassphrase", &kham, None, &[]).0, 404);
    let unforced = json!({ "enabled": false });
    let (status, _, problem) = api("PUT", &out, &kham, Some(&unforced), &[]);
    assert!(status == 422 && problem["detail"].as_str().unwrap().contains("last certificate"), "{problem}");
    for user in ["kham", "anna"] {
        gateway(NODE, &["user", "remove", user]).success();
    }
}

/// Who asks for a key and hangs up has it made all the same; that they did stands in the audit log.
#[test]
fn a_key_that_is_made_for_who_hung_up_stands_in_the_audit_log() {
    let _turn = turn();
    let (address, token) = console(NODE);
    let host = address.trim_start_matches("http://");
    let labels = || -> Vec<String> {
        let listed = keys(&|| gateway(NODE, &["key", "list", "--json"]));
        listed.iter().map(|key| key["label"].as_str().unwrap().to_owned()).collect()
    };
    let before = labels();
    let body = json!({ "purpose": "tls", "key_type": "rsa3072" }).to_string();
    let mut connection = TcpStream::connect(host).unwrap();
    let head = format!(
        "POST /api/v1/keys/requests HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let audit = |kind: &str| {
        let lines = api("GET", "/audit?limit=10", &token, None, &[]).2["lines"].as_array().unwrap().clone();
        lines.into_iter().filter(|line| line["kind"] == kind).collect::<Vec<_>>()
    };
    let until = Instant::now() + Duration::from_secs(60);
    let is_begun = |line: &Value| line["text"] == "begin: make a key (RSA-3072) for tls";
    while !audit("begin_key_work").iter().any(is_begun) {
        assert!(Instant::now() < until, "nothing was begun");
    }
    drop(connection);
    let made = loop {
        if let Some(label) = labels().into_iter().find(|label| !before.contains(label)) {
            break label;
        }
        assert!(Instant::now() < until, "no key was made");
        std::thread::sleep(Duration::from_millis(200));
    };
    while !audit("make_key").iter().any(|line| line["target"] == format!("key {made}")) {
        assert!(Instant::now() < until, "{made} is not in the audit log");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn the_page_shows_the_keys_and_makes_one_after_confirmation() {
    let _turn = turn();
    for (language, word) in [("en", "In use"), ("vi", "Đang dùng"), ("lo", "ກຳລັງໃຊ້")] {
        let page = in_browser(&format!("/keys?lang={language}"), None);
        assert!(page.contains(word) && page.contains("signing"), "{language}: {page}");
    }
    let (address, _) = console(NODE);
    let jar = tempfile::NamedTempFile::new().unwrap();
    let enter = gateway(NODE, &["enter"]).success().out.trim().to_owned();
    let curl = |arguments: &[&str]| {
        let mut curl = command("curl", ["-sS", "--max-time", "30", "-b"]);
        curl.arg(jar.path()).arg("-c").arg(jar.path()).args(["-H", &format!("Origin: {address}")]).args(arguments);
        run(curl).success().out.replace("<wbr>", "")
    };
    curl(&["-o", "/dev/null", &enter]);
    let count = || keys(&|| gateway(NODE, &["key", "list", "--json"])).len();
    let before = count();
    let form = ["-F", "purpose=tls", "-F", "place=software", "-F", "key_type=p256"];
    let prepared = curl(&[&form[..], &[&format!("{address}/keys/request/prepare?lang=en")]].concat());
    assert!(prepared.contains("Nothing is changed yet") && count() == before, "{prepared}");
    let made = curl(&[&form[..], &[&format!("{address}/keys/request?lang=en")]].concat());
    assert!(made.contains("BEGIN CERTIFICATE REQUEST") && count() == before + 1, "{made}");
    let place = made.split("href=\"/keys/request.pem").nth(1).expect("a link").split('"').next().unwrap();
    let place = place.replace("&amp;", "&").replace("&#38;", "&");
    let request = curl(&["-i", &format!("{address}/keys/request.pem{place}")]);
    assert!(request.to_lowercase().contains("content-disposition: attachment"), "{request}");
    assert!(request.contains("-----BEGIN CERTIFICATE REQUEST-----"), "{request}");
    let file = tempfile::NamedTempFile::new().unwrap();
    for (content, said) in [("no certificate", "is not what it must be"), (&shared_pem(), "none of the keys")] {
        std::fs::write(file.path(), content).unwrap();
        let sent = format!("file=@{}", file.path().display());
        let refused = curl(&["-F", &sent, &format!("{address}/keys/import/prepare?lang=en")]);
        assert!(refused.contains(said), "{said}: {refused}");
    }
}

fn shared_pem() -> String {
    std::fs::read_to_string(shared().path("VN/mps/signing.pem")).unwrap()
}

/// The key never was outside of the token; the exchange is signed by it.
#[test]
fn a_key_in_a_token_of_hardware_is_made_certified_and_used() {
    let module = "/usr/lib/softhsm/libsofthsm2.so";
    if !Path::new(module).exists() {
        assert!(std::env::var("CI").is_err(), "no softhsm2: install it, ./dev test does");
        println!("skipped: no softhsm2");
        return;
    }
    let (_turn, temporary) = demo::turn();
    let dir = temporary.path().join("demo");
    assert_eq!(Demo::start(&dir, "50").interrupt("INT"), 0);
    let config = temporary.path().join("softhsm2.conf");
    let tokens = temporary.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    std::fs::write(&config, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display())).unwrap();
    let mut init = command("softhsm2-util", words("--init-token --free --label gateway --pin 4711 --so-pin 87654321"));
    run({
        init.env("SOFTHSM2_CONF", &config);
        init
    })
    .success();
    let node = dir.join("VN/moj/node.toml");
    std::fs::write(dir.join("VN/moj/pin"), "4711\n").unwrap();
    let hardware = format!("\n[gateway.hardware]\nmodule = \"{module}\"\ntoken = \"gateway\"\npin_file = \"pin\"\n");
    std::fs::write(&node, std::fs::read_to_string(&node).unwrap() + &hardware).unwrap();
    let demo = Demo::restart_with(&dir, ("SOFTHSM2_CONF", &config));
    let gateway = |words: &[&str]| {
        let mut command = mekong(["gateway", "key"]);
        command.args(words).arg("--config").arg(&node);
        run(command)
    };
    let list = || gateway(&["list", "--json"]);
    let request = temporary.path().join("request.csr");
    gateway(&["request", "--for", MEMBER, "--type", "rsa2048", "--hardware", "--out", request.to_str().unwrap()])
        .success();
    assert!(!dir.join("VN/moj/gateway/keys/signing.asked.1.pem").exists());
    let certificate = certify(&dir, &request, "MOJ", "non_repudiation");
    gateway(&["import", certificate.to_str().unwrap()]).success();
    let used = stands(&list, "signing.asked.1", "in_use");
    assert_eq!((&used["token"], &used["key_type"]), (&json!("gateway"), &json!("RSA-2048")));
    gateway(&["disable", "signing"]).success();
    stands(&list, "signing", "disabled");
    assert_eq!(exchange(&demo), "200");
    // The operator certifies new ones, and they follow.
    let renewed: Value = serde_json::from_str(&gateway(&["renew", "--json"]).success().out).unwrap();
    let mut labels: Vec<&str> =
        renewed["certificates"].as_array().unwrap().iter().filter_map(|one| one["label"].as_str()).collect();
    labels.sort_unstable();
    assert_eq!((labels, &renewed["waiting"]), (vec!["authentication.2", "signing.2"], &Value::Null));
    // The operator's certificates begin a minute in the past, so the imported one may still count as the newest.
    gateway(&["disable", "signing.asked.1"]).success();
    stands(&list, "signing.2", "in_use");
    assert_eq!(exchange(&demo), "200");
    assert_eq!(demo.interrupt("INT"), 0);
}
