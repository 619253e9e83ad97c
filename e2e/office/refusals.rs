//! Who does not get in, and requests that are not carried out: both are told, and nothing is written.

use super::{Office, TOKEN, picture, turn};
use crate::support::program::{command, run};
use crate::support::python::client;
use serde_json::{Value, json};

#[test]
fn nobody_else_gets_in() {
    let (_turn, office) = (turn(), Office::open());
    let before = office.lines();
    let token = format!("Authorization: Bearer {TOKEN}");
    let request = office.request("other", "ec -pkeyopt ec_paramgen_curve:P-256");
    std::fs::write(office.file("order.json"), office.order(&request).to_string()).unwrap();
    let order = format!("@{}", office.file("order.json").display());
    let post = ["-H", "Content-Type: application/json", "--data-binary", &order];
    let status = |path: &str, arguments: &[&str]| office.curl(path, arguments).0;
    for path in ["/api/v1/certificates", "/api/v1/authority", "/api/v1/crl", "/api/v1/openapi.json", "/api/v1/nothing"]
    {
        assert_eq!(status(path, &[]), "401", "{path}");
    }
    for path in ["/", "/certificates", "/issue", "/lists", "/lists/issuing.crl", "/nothing", "/enter", "/enter?code=0"]
    {
        let (status, page) = office.curl(path, &["-H", "Accept-Language: en"]);
        assert!(status == "401" && page.contains("The registration office is locked"), "{path}: {status} {page}");
    }
    let path = "/api/v1/certificates";
    assert_eq!(status(path, &post), "401", "no token");
    assert_eq!(status(path, &[&post[..], &["-H", "Authorization: Bearer wrong"]].concat()), "401");
    assert_eq!(status(path, &[&post[..], &["-H", "Cookie: mekong-office=1"]].concat()), "401");
    let as_program = [&post[..], &["-H", &token]].concat();
    for foreign in
        ["Origin: http://evil.example", "Origin: http://127.0.0.1:1", "Origin: null", "Sec-Fetch-Site: cross-site"]
    {
        assert_eq!(status(path, &[&as_program[..], &["-H", foreign]].concat()), "403", "{foreign}");
    }
    assert_eq!(status(path, &[&as_program[..], &["-H", "Host: evil.example"]].concat()), "421");
    // An officer's cookie does not help a page of another site, nor one that does not say where it is from.
    let cookies = office.file("cookies").display().to_string();
    assert_eq!(status(&office.invitation[office.url.len()..], &["-c", &cookies]), "303");
    assert_eq!(status(&office.invitation[office.url.len()..], &[]), "401", "it was used");
    assert_eq!(status("/", &["-b", &cookies]), "200");
    let form = ["-b", &cookies, "-F", "a=b"];
    assert_eq!(status("/lists", &form), "403");
    assert_eq!(status("/lists", &[&form[..], &["-H", "Origin: http://evil.example"]].concat()), "403");
    let own = format!("Origin: {}", office.url);
    assert_eq!(status("/lists", &[&form[..], &["-H", &own]].concat()), "303");
    assert_eq!(status("/leave", &[&form[..], &["-H", &own]].concat()), "303");
    assert_eq!(status("/", &["-b", &cookies]), "401");
    assert_eq!(office.lines(), before, "nothing was issued");

    let (_, head) = office.curl("/", &["-i"]);
    for line in ["content-security-policy: default-src 'none'", "x-frame-options: DENY", "cache-control: no-store"] {
        assert!(head.to_lowercase().contains(&line.to_lowercase()), "{line}: {head}");
    }
    let mut beyond = office.country.mekong("ca console authority --listen 0.0.0.0:0");
    beyond.env("MEKONG_PASSPHRASE_FILE", "passphrase");
    let refused = run(beyond);
    assert!(refused.code == 2 && refused.err.contains("no loopback address"), "{refused:?}");
}

#[test]
fn other_users_of_the_machine_do_not_get_in() {
    let (_turn, office) = (turn(), Office::open());
    let token = format!("Authorization: Bearer {TOKEN}");
    let mut curl =
        command("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "curl", "-sS", "-H", &token]);
    curl.arg(format!("{}/api/v1/authority", office.url));
    let said = run(curl);
    if said.code != 0 {
        println!("skipped: only root can be another user here");
        return;
    }
    let problem: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&problem["type"], &problem["status"]), (&json!("urn:mekong:problem:other-user"), &json!(403)));
    assert_eq!(office.api("/api/v1/authority", None).0, "200", "its own user");
}

#[test]
fn bad_requests_are_told_and_write_nothing() {
    let (_turn, office) = (turn(), Office::open());
    let good = office.request("good", "ec -pkeyopt ec_paramgen_curve:P-256");
    let key = std::fs::read_to_string(office.file("good.key")).unwrap();
    office.openssl("req -in good.csr -outform DER -out broken.der").success();
    let mut der = std::fs::read(office.file("broken.der")).unwrap();
    *der.last_mut().unwrap() ^= 1;
    std::fs::write(office.file("broken.der"), der).unwrap();
    office.openssl("req -inform DER -in broken.der -out broken.csr").success();
    let broken = std::fs::read_to_string(office.file("broken.csr")).unwrap();
    let weak = office.request("weak", "rsa:1024");
    let certificate = std::fs::read_to_string(office.country.path("company.pem")).unwrap();
    let before = office.lines();
    let order = office.order(&good);
    let with = |member: &str, value: Value| {
        let mut order = order.clone();
        order[member] = value;
        order
    };
    let cut = &good[..good.len() / 2];
    for (body, status, kind, words) in [
        (office.order("hello"), "422", "not-a-request", "openssl req -new"),
        (office.order(cut), "422", "not-a-request", "END line"),
        (office.order(&certificate), "422", "not-a-request", "this is a CERTIFICATE,"),
        (office.order(&key), "422", "private-key", "must never leave its owner"),
        (office.order(&broken), "422", "bad-signature", "make and send it again"),
        (office.order(&weak), "422", "key-not-accepted", "rsa-3072, this one is RSA-1024"),
        (office.order(""), "400", "no-request", "PKCS#10"),
        (with("profile", json!("vn-person")), "422", "no-such-profile", "there are la-person, la-organisation"),
        (with("subject", json!({"C": "VN", "X": "y"})), "422", "bad-subject", "O is missing: the registered name"),
        (with("extra", json!(1)), "400", "bad-json", "extra"),
        (json!({"request": "x".repeat(10 << 20)}), "413", "too-large", "256 KiB"),
    ] {
        let (found, problem) = office.api("/api/v1/certificates", Some(&body));
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert_eq!(
            (found.as_str(), &problem["type"]),
            (status, &json!(format!("urn:mekong:problem:{kind}"))),
            "{problem:#}"
        );
        assert!(detail.contains(words), "no {words:?} in {detail:?}");
        assert!(!detail.contains("PRIVATE KEY-----"), "{detail}");
    }
    let (status, _) = office.curl("/api/v1/certificates?page=0", &["-H", &format!("Authorization: Bearer {TOKEN}")]);
    assert_eq!(status, "400");
    assert_eq!(office.lines(), before, "something was written");

    // The same on the page: what is wrong stands above the form, and a private key is not shown again.
    std::fs::write(office.file("large"), vec![b'x'; 10 << 20]).unwrap();
    let path = |name: &str| json!(["file", "#file", office.file(name).canonicalize().unwrap()]);
    let mut steps = vec![json!(["open", office.invitation])];
    for name in ["good.key", "broken.der", "weak.csr", "large"] {
        steps.extend([json!(["open", format!("{}/issue?lang=lo", office.url)]), path(name)]);
        steps.extend([json!(["click", ".form .main"]), json!(["say", "document.querySelector('.notice').innerText"])]);
    }
    steps.push(json!(["open", format!("{}/issue?lang=lo", office.url)]));
    steps.push(json!(["fill", "#request", key]));
    steps.extend([
        json!(["click", ".form .main"]),
        json!(["shot", picture("private-key")]),
        json!(["say", "document.body.innerHTML"]),
    ]);
    let mut browser = command("python3", [client("browse.py")]);
    browser.args(steps.iter().map(ToString::to_string));
    // The browser notes the statuses of errors on its console; here they are meant.
    let told = run(browser).success().json_lines().remove(0);
    let said = told["said"].as_array().unwrap();
    let expected = ["ກະແຈລັບ", "ບໍ່ໄດ້ເຊັນດ້ວຍກະແຈ", "RSA-1024", "ໃຫຍ່ເກີນໄປ"];
    for (said, word) in said.iter().zip(expected) {
        assert!(said.as_str().unwrap().contains(word), "no {word:?} in {said:#}");
    }
    assert!(!said.last().unwrap().as_str().unwrap().contains("PRIVATE KEY"));
    assert_eq!(office.lines(), before, "something was written");
}
