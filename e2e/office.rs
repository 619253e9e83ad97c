//! The registration office of an authority: by an officer in a real browser, by programs with curl, beside the commands and
//! the services of the same authority; judged by openssl.

mod refusals;

use crate::support::country::{Country, country};
use crate::support::program::{Ended, Running, command, mekong, run, words};
use crate::support::python::client;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Tests that count what is written take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";

/// An office, open on the authority that is served at the same time.
struct Office {
    country: &'static Country,
    url: String,
    /// The address that lets in once.
    invitation: String,
    work: tempfile::TempDir,
    _running: Running,
}

impl Office {
    fn open() -> Self {
        let (country, work) = (country(), tempfile::tempdir().unwrap());
        let token = work.path().join("token");
        std::fs::write(&token, format!("{TOKEN}\n")).unwrap();
        let mut command = mekong(words("ca console authority --listen 127.0.0.1:0 --token-file"));
        command.arg(&token).current_dir(country.dir()).env("MEKONG_PASSPHRASE_FILE", "passphrase");
        let running = Running::start(command);
        let invitation = running.wait_for(|line| line.starts_with("http://"), Duration::from_secs(60));
        let url = invitation.split("/enter").next().unwrap().to_owned();
        Self { country, url, invitation, work, _running: running }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.work.path().join(name)
    }

    /// What curl gets: status and body.
    fn curl(&self, path: &str, arguments: &[&str]) -> (String, String) {
        let mut curl = command("curl", ["-sS", "--max-time", "60", "-w", "\n%{http_code}"]);
        curl.args(arguments).arg(format!("{}{path}", self.url));
        let out = run(curl).success().out;
        let (body, status) = out.rsplit_once('\n').unwrap();
        (status.to_owned(), body.to_owned())
    }

    /// What a program with the token gets.
    fn api(&self, path: &str, body: Option<&Value>) -> (String, Value) {
        self.api_with(path, body, &[])
    }

    /// The same with more arguments for curl.
    fn api_with(&self, path: &str, body: Option<&Value>, more: &[&str]) -> (String, Value) {
        let (token, posted) = (format!("Authorization: Bearer {TOKEN}"), self.file("posted.json"));
        let at = format!("@{}", posted.display());
        let mut arguments = vec!["-H", &token];
        if let Some(body) = body {
            std::fs::write(&posted, body.to_string()).unwrap();
            arguments.extend(["-H", "Content-Type: application/json", "--data-binary", &at]);
        }
        arguments.extend(more);
        let (status, body) = self.curl(path, &arguments);
        (status, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}")))
    }

    /// openssl in the folder of the office's work.
    #[track_caller]
    fn openssl(&self, line: &str) -> Ended {
        let mut openssl = command("openssl", words(line));
        openssl.current_dir(self.work.path());
        run(openssl)
    }

    /// A request by openssl for a key of that kind; its text.
    fn request(&self, name: &str, key: &str) -> String {
        let extension = "subjectAltName=DNS:evil.example";
        self.openssl(&format!(
            "req -new -nodes -keyout {name}.key -out {name}.csr -subj /C=LA/O=Asked/CN=Asked -addext {extension} -newkey {key}"
        ))
        .success();
        std::fs::read_to_string(self.file(&format!("{name}.csr"))).unwrap()
    }

    fn order(&self, request: &str) -> Value {
        json!({ "request": request, "profile": "la-organisation", "subject": subject() })
    }

    /// How many certificates and revocations there are.
    fn lines(&self) -> usize {
        std::fs::read_to_string(self.country.path("authority/certificates.jsonl")).unwrap().lines().count()
    }

    /// openssl's view of a certificate: its chain, with the list that is published at this moment.
    fn verified(&self, certificate: &str) -> Ended {
        let (signatures, issuing) = (self.country.path("signatures.pem"), self.country.path("issuing.pem"));
        let get = |from: &str, to: &str| {
            let mut curl = command("curl", ["-sS", "-f", "-o"]);
            curl.arg(self.file(to)).arg(format!("{}/{from}", self.country.url));
            run(curl).success();
            self.openssl(&format!("crl -inform DER -in {to} -out {to}.pem")).success();
        };
        get("issuing.crl", "issuing.crl");
        get("published/signatures/root.crl", "root.crl");
        let lists = ["issuing.crl.pem", "root.crl.pem"].map(|name| std::fs::read_to_string(self.file(name)).unwrap());
        std::fs::write(self.file("lists.pem"), lists.concat()).unwrap();
        self.openssl(&format!(
            "verify -x509_strict -crl_check_all -CRLfile lists.pem -CAfile {} -untrusted {} {certificate}",
            signatures.display(),
            issuing.display()
        ))
    }

    /// What the served OCSP responder says.
    fn ocsp(&self, certificate: &str) -> String {
        let (signatures, issuing) = (self.country.path("signatures.pem"), self.country.path("issuing.pem"));
        let (ca, issuer) = (signatures.display(), issuing.display());
        let url = &self.country.url;
        let asked =
            format!("ocsp -issuer {issuer} -cert {certificate} -url {url}/ocsp -CAfile {ca} -verify_other {issuer}");
        self.openssl(&asked).success().said()
    }
}

fn subject() -> Value {
    json!({ "C": "LA", "O": "ບໍລິສັດ ຕົວຢ່າງ", "organizationIdentifier": "VATLA-987654321", "CN": "ບໍລິສັດ ຕົວຢ່າງ" })
}

/// Where pictures are kept, so that people can look at them.
fn picture(name: &str) -> String {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("office-{name}.png")).display().to_string()
}

/// Walks through pages in the browser; what was said.
#[track_caller]
fn walked(steps: &[Value]) -> Vec<Value> {
    let mut browser = command("python3", [client("browse.py")]);
    browser.args(steps.iter().map(ToString::to_string));
    let told = run(browser).success().json_lines().remove(0);
    assert_eq!(told["errors"].as_array().map(Vec::len), Some(0), "{told:#}");
    told["said"].as_array().unwrap().clone()
}

const TEXT: &str = "document.querySelector('main').innerText";

#[test]
fn an_officer_issues_and_revokes_in_the_browser() {
    let (_turn, office) = (turn(), Office::open());
    office.request("company", "ec -pkeyopt ec_paramgen_curve:P-256");
    let request = office.file("company.csr").canonicalize().unwrap();
    let field = |name: &str, value: &str| json!(["fill", format!("[name='s.{name}']"), value]);
    let mut steps = vec![
        json!(["open", office.invitation]),
        json!(["shot", picture("overview")]),
        json!(["open", format!("{}/issue?lang=en", office.url)]),
        json!(["fill", "#profile", "la-organisation"]),
        json!(["file", "#file", request]),
        json!(["shot", picture("issue-1")]),
        json!(["click", ".form .main"]),
        json!(["say", TEXT]),
        // The clerk forgets the identifier.
        json!(["fill", "[name='s.organizationIdentifier']", "987654321"]),
        json!(["click", ".form .main"]),
        json!(["say", TEXT]),
        json!(["shot", picture("issue-2")]),
    ];
    for (name, value) in subject().as_object().unwrap() {
        steps.push(field(name, value.as_str().unwrap()));
    }
    steps.extend([
        json!(["click", ".form .main"]),
        json!(["say", TEXT]),
        json!(["shot", picture("issue-3")]),
        json!(["size", 390]),
        json!(["shot", picture("issue-3-phone")]),
        json!(["size", 1280]),
        json!(["click", ".form .main"]),
        json!(["shot", picture("certificate")]),
        json!(["say", TEXT]),
        json!(["say", "document.querySelector('.block').textContent"]),
        json!(["say", "location.pathname"]),
        json!(["say", "document.cookie"]),
    ]);
    let before = office.lines();
    let said = walked(&steps);
    let [_, _, read, corrected, _, compared, _, phone, _, issued, pem, path, cookie] = said.as_slice() else {
        panic!("{said:#?}")
    };
    let has = |text: &Value, words: &[&str]| {
        for word in words {
            assert!(text.as_str().unwrap().contains(word), "no {word:?} in {text:#}");
        }
    };
    has(read, &["Asked", "evil.example", "P-256", "Not taken over"]);
    has(corrected, &["The subject is not right yet", "This is not as it must be"]);
    has(compared, &["Asked", "ບໍລິສັດ ຕົວຢ່າງ", "VATLA-987654321", "For electronic seals", "Under the law of LA"]);
    assert!(phone.as_i64() <= Some(0), "wider than a phone by {phone}");
    has(issued, &["The certificate is issued", "Valid", "ບໍລິສັດ ຕົວຢ່າງ", "Qualified certificate"]);
    assert_eq!(cookie, "", "scripts see the cookie");
    assert_eq!(office.lines(), before + 1);

    std::fs::write(office.file("company.pem"), pem.as_str().unwrap()).unwrap();
    let text = office.openssl("x509 -in company.pem -noout -text -nameopt utf8,-esc_msb").success().out;
    assert!(
        text.contains("ບໍລິສັດ ຕົວຢ່າງ") && !text.contains("evil.example") && text.contains("Non Repudiation"),
        "{text}"
    );
    let ours = office.openssl("pkey -in company.key -pubout").success().out;
    assert_eq!(office.openssl("x509 -in company.pem -noout -pubkey").success().out, ours);
    office.verified("company.pem").success();
    assert!(office.ocsp("company.pem").contains("company.pem: good"));

    revoked_in_the_browser(&office, path.as_str().unwrap());
}

fn revoked_in_the_browser(first: &Office, path: &str) {
    // The address was used: a second office on the same authority has its own.
    let office = Office::open();
    let mut steps = vec![
        json!(["open", office.invitation]),
        json!(["open", format!("{}{path}?lang=en", office.url)]),
        json!(["fill", "#reason", "key_compromise"]),
        json!(["tick", "#confirm"]),
        json!(["click", ".grave"]),
        json!(["say", TEXT]),
        json!(["shot", picture("revoked")]),
    ];
    for (language, width, scheme) in
        [("vi", 1280, "light"), ("lo", 390, "light"), ("vi", 390, "dark"), ("lo", 1280, "dark")]
    {
        steps.extend([json!(["size", width]), json!(["dark", scheme])]);
        for place in ["/", "/certificates", path, "/issue", "/lists"] {
            let name = place
                .trim_start_matches('/')
                .split('/')
                .next_back()
                .filter(|name| !name.is_empty())
                .unwrap_or("overview");
            let name = if place == path { "certificate" } else { name };
            steps.push(json!(["open", format!("{}{place}?lang={language}", office.url)]));
            steps.push(json!(["shot", picture(&format!("{name}-{language}-{width}-{scheme}"))]));
        }
    }
    let said = walked(&steps);
    assert!(said[0].as_str().unwrap().contains("The private key is known to others"), "{said:#?}");
    for wider in &said[1..] {
        assert!(wider.as_i64() <= Some(0), "a page is wider than its screen: {said:?}");
    }
    let refused = first.verified("company.pem");
    assert!(refused.code != 0 && refused.said().contains("certificate revoked"), "{refused:?}");
    let list = first.openssl("crl -in issuing.crl.pem -noout -text").success().out;
    let serial = path.rsplit('/').next().unwrap().to_uppercase();
    assert!(list.contains(&serial) && list.contains("Key Compromise"), "{serial}: {list}");
    let said = first.ocsp("company.pem");
    assert!(said.contains("company.pem: revoked") && said.contains("keyCompromise"), "{said}");
}

#[test]
fn programs_issue_list_and_revoke() {
    let (_turn, office) = (turn(), Office::open());
    let request = office.request("program", "rsa:3072");
    let before = office.lines();
    let (status, preview) = office.api("/api/v1/previews", Some(&office.order(&request)));
    assert_eq!((status.as_str(), &preview["asked"]["key"]), ("200", &json!("RSA-3072")), "{preview:#}");
    assert_eq!(preview["asked"]["dns_names"], json!(["evil.example"]));
    assert_eq!(preview["contents"]["qualified"]["types"], json!(["seal"]));
    assert_eq!(office.lines(), before, "a preview issues nothing");

    let (status, issued) = office.api("/api/v1/certificates", Some(&office.order(&request)));
    assert_eq!((status.as_str(), &issued["status"]), ("201", &json!("valid")), "{issued:#}");
    assert_eq!(issued["contents"]["key_usage"], preview["contents"]["key_usage"]);
    std::fs::write(office.file("program.pem"), issued["pem"].as_str().unwrap()).unwrap();
    office.verified("program.pem").success();
    let serial = issued["serial"].as_str().unwrap();
    let (_, found) = office.api(&format!("/api/v1/certificates?q={serial}&status=valid"), None);
    assert_eq!((&found["total"], &found["certificates"][0]["serial"]), (&json!(1), &json!(serial)), "{found:#}");

    // An order that is sent again is not carried out again.
    let once = |key: &str| {
        let header = format!("Idempotency-Key: {key}");
        office.api_with("/api/v1/certificates", Some(&office.order(&request)), &["-H", &header])
    };
    let (first, again) = (once("order-17").1, once("order-17").1);
    assert_eq!(first["serial"], again["serial"]);
    assert_ne!(first["serial"], issued["serial"]);
    assert_eq!(office.lines(), before + 2, "two certificates were issued");
    assert_eq!(once(&"x".repeat(129)).0, "400");

    // A command revokes while the office is open; office, responder and list know at once.
    let (_, first) = office.api("/api/v1/crl", None);
    let mut revoke = mekong(words("ca revoke authority --reason superseded --serial"));
    revoke.arg(serial).current_dir(office.country.dir()).env("MEKONG_PASSPHRASE_FILE", "passphrase");
    run(revoke).success();
    let (_, shown) = office.api(&format!("/api/v1/certificates/{serial}"), None);
    assert_eq!((&shown["status"], &shown["revoked"]["reason"]), (&json!("revoked"), &json!("superseded")), "{shown:#}");
    assert!(office.ocsp("program.pem").contains("program.pem: revoked"));
    assert_ne!(office.verified("program.pem").code, 0);
    let (status, graver) =
        office.api(&format!("/api/v1/certificates/{serial}/revocation"), Some(&json!({"reason": "key_compromise"})));
    assert_eq!((status.as_str(), &graver["revoked"]["reason"]), ("200", &json!("key_compromise")), "{graver:#}");
    assert_eq!(graver["revoked"]["at"], shown["revoked"]["at"], "the time stays");
    let (status, again) =
        office.api(&format!("/api/v1/certificates/{serial}/revocation"), Some(&json!({"reason": "superseded"})));
    assert_eq!((status.as_str(), &again["type"]), ("409", &json!("urn:mekong:problem:already-revoked")), "{again:#}");
    let (status, renewed) = office.api("/api/v1/crl", Some(&json!({})));
    let number = |list: &Value| list["number"].as_str().unwrap().parse::<u64>().unwrap();
    assert!(status == "200" && number(&renewed) > number(&first), "{first:#} {renewed:#}");
    assert!(renewed["entries"].as_u64() > first["entries"].as_u64());

    let (_, authority) = office.api("/api/v1/authority", None);
    assert!(authority["counts"]["revoked"].as_u64() >= Some(1), "{authority:#}");
    let own = authority["certificates"][1]["serial"].as_str().unwrap();
    let (status, refused) =
        office.api(&format!("/api/v1/certificates/{own}/revocation"), Some(&json!({"reason": "unspecified"})));
    assert_eq!(
        (status.as_str(), &refused["type"]),
        ("409", &json!("urn:mekong:problem:own-certificate")),
        "{refused:#}"
    );
    let (_, description) = office.api("/api/v1/openapi.json", None);
    assert!(description["paths"]["/api/v1/previews"]["post"].is_object());
}
