//! Two countries that started from nothing publish trusted lists that point to each other: other programs accept them, and a
//! signature of one country counts in the other as EU DSS says too.

use crate::support::country::Country;
use crate::support::dss::ask;
use crate::support::page::page;
use crate::support::program::{Ended, Running, command, mekong, run, words};
use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const VN_TYPE: &str = "http://tsl.vn.example/TSLType/VNlist";
const SIGNER: &str = "--key list.key --certificate list.pem";

/// Both countries, each with its list at `published/list.xml`.
struct Neighbours {
    laos: Country,
    vietnam: Country,
}

fn neighbours() -> &'static Neighbours {
    static BOTH: OnceLock<Neighbours> = OnceLock::new();
    BOTH.get_or_init(Neighbours::start)
}

impl Neighbours {
    fn start() -> Self {
        let laos = Country::start("LA", "la-organisation", "organizationIdentifier=VATLA-123456789000", "p256");
        let vietnam = Country::start("VN", "vn-organisation", "UID=MST:0100000000", "p256");
        let both = Self { laos, vietnam };
        for (country, name) in [(&both.laos, "la"), (&both.vietnam, "vn")] {
            both.publish(country, name);
        }
        both
    }

    /// The list of a country from the definition that comes with the product, with the addresses of this place.
    fn publish(&self, country: &Country, name: &str) {
        fs::create_dir(country.path("named")).unwrap();
        for (from, letters) in [(&self.laos, "la"), (&self.vietnam, "vn")] {
            for (role, file) in [("ca", "issuing"), ("ocsp", "ocsp"), ("tsa", "tsa")] {
                let certificate = from.path("authority/certificates").join(format!("{file}.cer"));
                fs::copy(certificate, country.path("named").join(format!("{letters}-{role}.cer"))).unwrap();
            }
            let signer = country.path("named").join(format!("{letters}-list-signer.pem"));
            fs::copy(from.path("list.pem"), signer).unwrap();
        }
        let definition = fs::read_to_string(definitions().join("lists").join(format!("{name}.toml"))).unwrap();
        let here = |from: &Country| format!("{}/published/list.xml", from.url);
        let definition = definition.replace("https://tsl.la.example/list.xml", &here(&self.laos));
        let definition = definition.replace("https://tsl.vn.example/list.xml", &here(&self.vietnam));
        fs::write(country.path("list.toml"), definition).unwrap();
        let agreements = definitions().join("agreements");
        let mut new =
            country.mekong(&format!("list new list.toml --certificates named --out published/list.xml {SIGNER}"));
        new.arg("--agreements").arg(agreements);
        let said = run(new).success();
        assert!(said.out.contains("number 1"), "{said:?}");
    }

    fn lists(&self) -> [PathBuf; 2] {
        [self.laos.path("published/list.xml"), self.vietnam.path("published/list.xml")]
    }

    /// A document that the Vietnamese company signs at level LT.
    fn signed(&self, name: &str, format: &str, content: &str) -> PathBuf {
        fs::write(self.vietnam.path("contract.pdf"), page("Contract")).unwrap();
        fs::write(self.vietnam.path("contract.xml"), "<contract><party>Công ty Mẫu</party></contract>").unwrap();
        let line = format!("sign --format {format} --level LT {} --out {name} {content}", self.vietnam.signer());
        run(self.vietnam.mekong(&line)).success();
        self.vietnam.path(name)
    }

    /// What DSS says when the Lao list is its own and points to the Vietnamese one.
    fn ask_dss(&self, file: &Path, own: &Path) -> Option<Value> {
        let lists = json!([
            { "url": format!("{}/published/list.xml", self.laos.url), "file": own,
              "signer": self.laos.path("list.pem"), "points_to_type": VN_TYPE },
            { "url": format!("{}/published/list.xml", self.vietnam.url), "file": self.vietnam.path("published/list.xml") },
        ]);
        ask(&json!({ "file": file, "lists": lists }))
    }
}

fn definitions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../definitions/trust")
}

/// The line of `mekong verify --json` by lists.
fn verdict(own: &Path, other: &Path, file: &Path) -> Value {
    let mut verify = mekong(words("verify --json --list"));
    verify.args([own.as_os_str(), "--list".as_ref(), other.as_os_str(), file.as_os_str()]);
    run(verify).json_lines().remove(0)
}

fn sha256(file: &Path) -> String {
    let mut command = command("sha256sum", [file]);
    command.current_dir("/");
    run(command).success().out.split(' ').next().unwrap().to_owned()
}

/// The same qualification, agreement and verdict by DSS as by us.
fn assert_equal(ours: &Value, theirs: &Value, what: &str) {
    assert!(theirs["error"].is_null(), "{what}: {theirs}");
    for list in theirs["lists"].as_array().unwrap() {
        assert_eq!((&list["indication"], &list["fault"]), (&json!("TOTAL_PASSED"), &Value::Null), "{what}: {theirs:#}");
    }
    let (our, their) = (&ours["signatures"][0], &theirs["signatures"][0]);
    assert_eq!(our["indication"], their["indication"], "{what}\nours: {ours:#}\ntheirs: {theirs:#}");
    if our["recognised"].is_null() {
        assert_eq!(their["qualification"], "ADESEAL", "{what}\nours: {ours:#}\ntheirs: {theirs:#}");
        return;
    }
    assert_eq!(our["recognised"]["as"], their["qualification"], "{what}\nours: {ours:#}\ntheirs: {theirs:#}");
    assert_eq!(our["recognised"]["agreement"], their["agreement"], "{what}\nours: {ours:#}\ntheirs: {theirs:#}");
}

#[test]
fn other_programs_accept_the_lists() {
    for list in neighbours().lists() {
        let ids = "--verify --insecure --id-attr:Id http://uri.etsi.org/02231/v2#:TrustServiceStatusList";
        let mut verify = command("xmlsec1", words(ids));
        verify.arg(&list);
        let said = run(verify).success();
        assert!(said.said().contains("OK"), "{said:?}");
        let text = fs::read_to_string(&list).unwrap();
        let changed = list.with_file_name("changed.txt");
        fs::write(&changed, text.replacen("Trusted List Operator", "Trusted List Operators", 1)).unwrap();
        let mut verify = command("xmlsec1", words(ids));
        verify.arg(&changed);
        assert_ne!(run(verify).code, 0);
    }
}

#[test]
fn what_one_country_signs_counts_in_the_other_as_dss_says() {
    let both = neighbours();
    let [la, vn] = both.lists();
    for (format, content) in [("pades", "contract.pdf"), ("xades", "contract.xml"), ("asic-e", "contract.xml")] {
        let file = both.signed(&format!("recognised-{format}"), format, content);
        let ours = verdict(&la, &vn, &file);
        let signature = &ours["signatures"][0];
        assert_eq!(signature["indication"], "TOTAL_PASSED", "{format}: {ours:#}");
        let recognised = &signature["recognised"];
        assert_eq!(recognised["as"], "QESEAL", "{format}: {ours:#}");
        assert_eq!(recognised["agreement"], "QCForESeal", "{format}: {ours:#}");
        assert_eq!(recognised["since"], "2026-01-01T00:00:00Z", "{format}: {ours:#}");
        assert_eq!(recognised["list_sha256"], json!(sha256(&vn)), "{format}: {ours:#}");
        let Some(theirs) = both.ask_dss(&file, &la) else { continue };
        assert_equal(&ours, &theirs, format);
    }
    let file = both.vietnam.path("recognised-pades");
    let only = run({
        let mut verify = mekong(words("verify --json --list"));
        verify.args([&vn, &file]);
        verify
    });
    let line = only.json_lines().remove(0);
    assert_eq!(line["signatures"][0]["recognised"]["as"], "QESEAL", "at home: {line:#}");
    let alone = run({
        let mut verify = mekong(words("verify --json --list"));
        verify.args([&la, &file]);
        verify
    });
    assert!(alone.code == 1 && alone.json_lines()[0]["signatures"][0]["recognised"].is_null(), "{alone:?}");
}

/// Waits until the clock shows a later second than it does now.
fn past_this_second() {
    let second = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let (now, until) = (second(), Instant::now() + Duration::from_secs(5));
    while second() <= now + 1 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn after_the_repeal_old_signatures_count_and_new_ones_do_not() {
    let both = neighbours();
    let [la, vn] = both.lists();
    let old = both.signed("before-repeal", "pades", "contract.pdf");
    past_this_second();
    let line = format!("list repeal published/list.xml --territory VN --out repealed.xml {SIGNER}");
    let said = run(both.laos.mekong(&line)).success();
    assert!(said.out.contains("number 2"), "{said:?}");
    past_this_second();
    let new = both.signed("after-repeal", "pades", "contract.pdf");
    let repealed = both.laos.path("repealed.xml");
    for (own, file, counts) in [(&la, &new, true), (&repealed, &old, true), (&repealed, &new, false)] {
        let what = format!("{} by {}", file.display(), own.display());
        let ours = verdict(own, &vn, file);
        assert_eq!(ours["signatures"][0]["indication"], "TOTAL_PASSED", "{what}: {ours:#}");
        assert_eq!(!ours["signatures"][0]["recognised"].is_null(), counts, "{what}: {ours:#}");
        let Some(theirs) = both.ask_dss(file, own) else { continue };
        assert_equal(&ours, &theirs, &what);
    }
    let line = format!("list enact repealed.xml --territory VN --out enacted.xml {SIGNER}");
    past_this_second();
    run(both.laos.mekong(&line)).success();
    past_this_second();
    let newest = both.signed("after-enactment", "pades", "contract.pdf");
    let enacted = both.laos.path("enacted.xml");
    for (file, counts) in [(&old, true), (&new, false), (&newest, true)] {
        let ours = verdict(&enacted, &vn, file);
        assert_eq!(!ours["signatures"][0]["recognised"].is_null(), counts, "{}: {ours:#}", file.display());
    }
}

fn laos(line: &str) -> Ended {
    run(neighbours().laos.mekong(line))
}

#[test]
fn lists_are_shown_and_checked() {
    let said = laos("list show published/list.xml").success();
    for word in
        ["Trusted List Operator of Lao PDR", "CN=LA-Authority Issuing CA", "points to VN", "QCForESeal  in force"]
    {
        assert!(said.out.contains(word), "{word}: {said:?}");
    }
    let said = laos("list show --lang lo published/list.xml").success();
    assert!(said.out.contains("ບັນຊີຄວາມໄວ້ວາງໃຈ"), "{said:?}");
    let said = laos("list page --lang lo --out list.html published/list.xml").success();
    let page = fs::read_to_string(neighbours().laos.path("list.html")).unwrap();
    assert!(page.contains("lang=\"lo\"") && page.contains("ບໍລິການປະທັບເວລາ"), "{said:?}\n{page}");
    assert!(!page.contains("src=") && !page.contains("<link"), "the page is one file: {page}");

    laos("list verify --signer list.pem published/list.xml").success();
    let line = laos("list verify --json --signer list.pem published/list.xml").success().json_lines().remove(0);
    let list = neighbours().laos.path("published/list.xml");
    assert_eq!((&line["valid"], &line["territory"]), (&json!(true), &json!("LA")), "{line:#}");
    assert_eq!(line["sha256"], json!(sha256(&list)), "{line:#}");
    let said = laos("list verify --signer company.pem published/list.xml");
    assert!(said.code == 1 && said.out.contains("INVALID"), "{said:?}");
    let said = laos("list verify --signer list.pem --at 2040-01-01 published/list.xml");
    assert!(said.code == 1 && said.out.contains("EXPIRED"), "{said:?}");
    let said = laos("list verify --signer list.pem nowhere.xml");
    assert_eq!(said.code, 2, "{said:?}");
    fs::write(neighbours().laos.path("other.xml"), "<contract/>").unwrap();
    for file in ["list.key", "other.xml"] {
        let said = laos(&format!("list verify --signer list.pem {file}"));
        let word = "cannot be read as a trusted list";
        assert!(said.code == 2 && said.out.starts_with("open") && said.out.contains(word), "{said:?}");
    }
    let text = fs::read_to_string(&list).unwrap().replacen("/Svcstatus/licensed", "/Svcstatus/suspended", 1);
    fs::write(neighbours().laos.path("forged.xml"), text).unwrap();
    let said = laos("list verify --signer list.pem forged.xml");
    assert!(said.code == 1 && said.out.contains("INVALID"), "{said:?}");
}

#[test]
fn every_edit_keeps_the_history_and_is_signed_anew() {
    let status = "http://tsl.la.example/Svcstatus/suspended";
    let line = format!(
        "list status published/list.xml --service Time-stamps --status {status} --national --out suspended.xml {SIGNER}"
    );
    laos(&line).success();
    let said = laos("list show suspended.xml").success();
    let stamps = said.out.split("Time-stamps").nth(1).unwrap();
    let (suspended, licensed) = (stamps.find("suspended").unwrap(), stamps.find("licensed").unwrap());
    assert!(suspended < licensed && said.out.contains("number 2"), "{said:?}");
    let unknown = [
        ("--national", "", "give --national"),
        (status, "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/grantet", "no status of TS 119 612"),
        (status, "suspended", "is no URI"),
    ];
    for (part, other, told) in unknown {
        let said = laos(&line.replace(part, other));
        assert!(said.code == 2 && said.err.contains(told), "{other}: {said:?}");
    }
    let several = laos(&line.replace("Time-stamps", "i"));
    assert!(several.code == 2 && several.err.contains("one is wanted"), "{several:?}");

    laos(&format!("list renew suspended.xml --next-update-days 30 --out renewed.xml {SIGNER}")).success();
    let said = laos("list show renewed.xml").success();
    assert!(said.out.contains("number 3"), "{said:?}");
    laos(&format!(
        "list close renewed.xml --status http://tsl.la.example/Svcstatus/ended --national --out closed.xml {SIGNER}"
    ))
    .success();
    let said = laos("list show closed.xml").success();
    assert!(said.out.contains("CLOSED") && said.out.contains("ended"), "{said:?}");
    laos("list verify --signer list.pem suspended.xml renewed.xml").success();
    let said = laos("list verify --signer list.pem closed.xml");
    assert!(said.code == 1 && said.out.contains("CLOSED"), "{said:?}");
    for list in ["suspended.xml", "renewed.xml", "closed.xml"] {
        let line =
            format!("--verify --insecure --id-attr:Id http://uri.etsi.org/02231/v2#:TrustServiceStatusList {list}");
        let mut verify = command("xmlsec1", words(&line));
        verify.current_dir(neighbours().laos.dir());
        run(verify).success();
    }
    let new = "list new list.toml --certificates named --out published/list.xml";
    let (before, said) = (fs::read(&neighbours().lists()[0]).unwrap(), laos(&format!("{new} {SIGNER}")));
    assert!(said.code == 2 && said.err.contains("mekong list renew"), "{said:?}");
    assert_eq!(fs::read(&neighbours().lists()[0]).unwrap(), before);
    let said = laos(&format!("list repeal published/list.xml --territory TH --out no.xml {SIGNER}"));
    assert!(said.code == 2 && said.err.contains("no agreement with TH"), "{said:?}");
}

/// A server of HTTPS with a certificate for a name, made by OpenSSL below `root.pem`; the program and its port.
fn https(dir: &Path, name: &str) -> (Running, u16) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let key = "-nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256";
    let made = |line: &str| {
        let mut openssl = command("openssl", words(line));
        openssl.current_dir(dir);
        run(openssl).success();
    };
    if !dir.join("root.pem").exists() {
        made(&format!(
            "req -x509 -days 30 {key} -keyout root.key -out root.pem -subj /CN=Root -addext basicConstraints=critical,CA:true"
        ));
    }
    made(&format!(
        "req -x509 -days 30 {key} -keyout {name}.key -out {name}.pem -subj /CN={name} -CA root.pem -CAkey root.key -addext subjectAltName=DNS:{name} -addext basicConstraints=critical,CA:false"
    ));
    let line = format!("s_server -accept 127.0.0.1:{port} -WWW -cert {name}.pem -key {name}.key");
    let mut server = command("openssl", words(&line));
    server.current_dir(dir);
    let server = Running::start(server);
    server.wait_for(|line| line.contains("ACCEPT"), Duration::from_secs(10));
    (server, port)
}

#[test]
fn lists_are_fetched_over_https_from_servers_with_the_right_certificate_only() {
    let both = neighbours();
    let dir = both.laos.path("https");
    fs::create_dir(&dir).unwrap();
    fs::copy(both.laos.path("published/list.xml"), dir.join("list.xml")).unwrap();
    let fetch = |more: &str, port: u16| {
        laos(&format!("list fetch --signer list.pem {more} --into by-https https://localhost:{port}/list.xml"))
    };
    let (_server, port) = https(&dir, "localhost");
    let said = fetch("--tls-root https/root.pem", port).success();
    assert!(said.out.contains("2 lists"), "{said:?}");
    let unknown = fetch("", port);
    assert!(unknown.code == 2 && unknown.err.contains("UnknownIssuer"), "{unknown:?}");
    let (_other, port) = https(&dir, "elsewhere.example");
    let wrong = fetch("--tls-root https/root.pem", port);
    assert!(wrong.code == 2 && wrong.err.contains("not valid for name"), "{wrong:?}");
}

#[test]
fn a_snapshot_is_fetched_used_and_not_to_be_changed() {
    let both = neighbours();
    let fetch = format!("list fetch --signer list.pem --into snapshots {}/published/list.xml", both.laos.url);
    let said = laos(&fetch).success();
    assert!(said.out.contains("2 lists"), "{said:?}");
    let folder = both.laos.path(said.out.split(": ").next().unwrap());
    let again = laos(&fetch).success();
    assert_eq!(said.out, again.out);
    let file = both.signed("by-snapshot", "pades", "contract.pdf");
    let verify = |folder: &Path, more: &str| {
        let mut verify = both.laos.mekong(&format!("verify --json {more} --list"));
        verify.args([folder, &file]);
        run(verify)
    };
    let line = verify(&folder, "--list-signer list.pem").success().json_lines().remove(0);
    let recognised = &line["signatures"][0]["recognised"];
    assert_eq!(recognised["list_sha256"], json!(sha256(&both.vietnam.path("published/list.xml"))), "{line:#}");
    let other = verify(&folder, "--list-signer company.pem");
    assert!(other.code == 2 && other.err.contains("which is not the signer given"), "{other:?}");

    let other = verify(Path::new("published/list.xml"), "--list-signer company.pem");
    assert!(
        other.code == 2 && other.err.contains("is signed by") && other.err.contains("CN=Trusted List Signer"),
        "{other:?}"
    );

    let names: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    for name in names.iter().filter(|name| name.extension().is_some_and(|e| e == "xml")) {
        let whole = fs::read(name).unwrap();
        // Before the document, where no signature sees it; and inside of it.
        let mut changed = whole.clone();
        changed.push(b'\n');
        let inside = String::from_utf8(whole.clone()).unwrap().replacen("licensed", "Licensed", 1);
        for bytes in [changed, inside.into_bytes()] {
            fs::write(name, bytes).unwrap();
            let said = verify(&folder, "");
            assert!(said.code == 2 && said.err.contains("fetch the lists again"), "{said:?}");
        }
        fs::remove_file(name).unwrap();
        let said = verify(&folder, "");
        assert!(said.code == 2 && said.err.contains("is missing"), "{said:?}");
        fs::write(name, whole).unwrap();
    }
    verify(&folder, "").success();
    let said = laos(&fetch.replace("list.pem", "company.pem"));
    assert!(said.code == 2 && said.err.contains("no list verifies"), "{said:?}");
}
