//! The console in a real browser and by curl: what it shows, what it must not show, evidence downloaded from it.

use crate::support::demo::{Demo, Resident, shared};
use crate::support::program::{command, run};
use crate::support::python::{python, run_client};
use crate::support::shared as beside;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const LANGUAGES: [&str; 3] = ["vi", "lo", "en"];

/// Chromium without a window, with a profile of its own, that asks nobody but us.
fn chromium(profile: &Path) -> Command {
    let mut chromium = command("chromium", ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]);
    chromium.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    chromium.args(["--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1"]);
    // What it leaves in the folder for temporary files goes with its profile.
    chromium.arg(format!("--user-data-dir={}", profile.display())).env("TMPDIR", profile);
    chromium
}

/// A page as the browser understands it, without the places where a line may break.
fn in_browser(path: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let mut chromium = chromium(profile.path());
    chromium.arg("--dump-dom").arg(format!("{}{path}", shared().console));
    run(chromium).success().out.replace("<wbr>", "")
}

/// A page as it is sent.
fn page(demo: &Demo, path: &str) -> String {
    run(command("curl", ["-sS", "-f", "--max-time", "60", &format!("{}{path}", demo.console)]))
        .success()
        .out
        .replace("<wbr>", "")
}

fn json(demo: &Demo, path: &str) -> Value {
    serde_json::from_str(&page(demo, path)).unwrap()
}

/// The newest logged messages.
fn messages(demo: &Demo) -> Vec<Value> {
    json(demo, "/api/messages.json")["messages"].as_array().expect("messages").clone()
}

/// The evidence of a record of a gateway, downloaded into a folder.
pub(crate) fn download(demo: &Demo, gateway: &str, record: u64, folder: &Path) -> PathBuf {
    let file = folder.join(format!("{gateway}-{record}.asice"));
    let mut curl = command("curl", ["-sS", "-f", "--max-time", "60", "-o"]);
    curl.arg(&file).arg(format!("{}/messages/{gateway}/{record}/evidence", demo.console));
    run(curl).success();
    file
}

#[test]
fn the_browser_shows_both_countries_with_members_and_messages() {
    for (language, countries) in
        [("en", ["Lao PDR", "Viet Nam"]), ("vi", ["Lào", "Việt Nam"]), ("lo", ["ສປປ ລາວ", "ຫວຽດນາມ"])]
    {
        let page = in_browser(&format!("/?lang={language}"));
        assert!(page.contains(&format!("<html lang=\"{language}\"")), "{}", &page[..page.len().min(300)]);
        for words in [
            countries[0],
            countries[1],
            "Bộ Công an",
            "Bộ Tư pháp",
            "ກະຊວງພາຍໃນ",
            "ກະຊວງປ້ອງກັນຄວາມສະຫງົບ",
            "VN/GOV/MPS/population",
            "LA/GOV/MOHA/civil",
            "GET /v1/persons/{..}",
            "/messages/LA-MOHA/",
            "<svg",
        ] {
            assert!(page.contains(words), "{language}: no {words:?} on the page");
        }
        assert!(!page.contains("<script"), "pages work without scripts");
    }
}

#[test]
fn screenshots_are_pictures_of_something() {
    for (name, width, language) in [("desk", 1280, "en"), ("phone", 390, "lo")] {
        let profile = tempfile::tempdir().unwrap();
        // Kept, so that people can look at them.
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("console-{name}.png"));
        let mut chromium = chromium(profile.path());
        chromium.arg(format!("--window-size={width},1600")).arg(format!("--screenshot={}", file.display()));
        run({
            chromium.arg(format!("{}/?lang={language}", shared().console));
            chromium
        })
        .success();
        let facts = &run_client("png.py", &[&file]).success().json_lines()[0];
        assert_eq!((&facts["width"], &facts["height"]), (&width.into(), &1600.into()), "{name}");
        assert!(facts["colours"].as_u64() > Some(50), "{name}: {facts}");
        assert!(facts["busy_rows"].as_u64() > Some(400), "{name}: {facts}");
    }
}

/// Numbers of twelve digits in a text.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 12)
}

#[test]
fn no_page_shows_personal_data() {
    let demo = shared();
    let residents: Vec<Resident> = ["VN", "LA"].into_iter().flat_map(|instance| demo.residents(instance)).collect();
    let ids: BTreeSet<&str> = residents.iter().map(|r| r.column("id")).collect();
    let names: Vec<String> = residents.iter().map(Resident::name).collect();
    let mut paths: Vec<String> = LANGUAGES.iter().map(|language| format!("/?lang={language}")).collect();
    paths.extend(["/api/overview.json", "/api/messages.json"].map(str::to_owned));
    for message in messages(demo).iter().take(8) {
        let path = format!("/messages/{}/{}", message["gateway"].as_str().unwrap(), message["id"]);
        paths.extend([format!("{path}/verify"), format!("{path}/verify.json"), path]);
    }
    for path in &paths {
        let text = page(demo, path);
        let found: Vec<&str> = numbers(&text).filter(|number| ids.contains(number)).collect();
        assert!(found.is_empty(), "{path} shows the numbers {found:?}");
        let found: Vec<&String> = names.iter().filter(|name| text.contains(name.as_str())).collect();
        assert!(found.is_empty(), "{path} shows the names {found:?}");
    }
}

#[test]
fn evidence_of_every_kind_is_downloaded_and_holds() {
    let demo = shared();
    let folder = tempfile::tempdir().unwrap();
    let mut kinds = BTreeSet::new();
    for message in messages(demo) {
        let word = |key: &str| message[key].as_str().unwrap_or_else(|| panic!("no {key} in {message}")).to_owned();
        let (gateway, record) = (word("gateway"), message["id"].as_u64().unwrap());
        if !kinds.insert((gateway.clone(), word("part"))) {
            continue;
        }
        let file = download(demo, &gateway, record, folder.path());
        let line = crate::evidence::verify(demo, std::slice::from_ref(&file)).success().json_lines().remove(0);
        let shown = json(demo, &word("verify"));
        for key in ["valid", "reason", "signer", "signed_at", "timestamp", "certificate"] {
            assert_eq!(line[key], shown[key], "{key} of {message}");
        }
        let page = page(demo, &format!("/messages/{gateway}/{record}/verify?lang=en"));
        assert!(page.contains(shown["signer"].as_str().unwrap()), "the page names no signer of {message}");
        check_independently(demo, &file, shown["signer"].as_str().unwrap());
    }
    assert!(kinds.len() >= 6, "{kinds:?}");
}

fn check_independently(demo: &Demo, file: &Path, signer: &str) {
    let Some(tool) = beside::shared("tools/asic_check.py") else { return };
    let operator = demo.path(&signer[..2]).join("operator");
    let mut checker = python(&tool, [file]);
    checker.arg("--ca").args(["issuing.pem", "root.pem"].map(|name| operator.join(name)));
    let said = run(checker).success();
    assert!(said.out.starts_with("ok "), "{said:?}");
}

#[test]
fn what_is_not_there_and_who_may_not_ask() {
    let demo = shared();
    let status = |arguments: &[&str]| {
        let mut curl = command("curl", ["-sS", "--max-time", "60", "-o", "/dev/null", "-w", "%{http_code}"]);
        curl.args(arguments);
        run(curl).success().out
    };
    let at = |path: &str| format!("{}{path}", demo.console);
    for path in ["/nothing", "/messages/LA-MOHA/999999999", "/messages/XX-NONE/1", "/messages/LA-MOHA/x/evidence"] {
        assert_eq!(status(&[&at(path)]), "404", "{path}");
    }
    assert_eq!(status(&["-H", "Host: evil.example", &at("/")]), "421");
    assert_eq!(status(&["-H", "Sec-Fetch-Site: cross-site", &at("/api/overview.json")]), "403");
    assert_eq!(status(&["-X", "POST", &at("/")]), "405");
    assert_eq!(status(&[&at("/health")]), "200");
}
