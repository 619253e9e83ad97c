//! The directories that the demo serves, before an independent checker.

use crate::support::demo::{Demo, shared};
use crate::support::program::{Ended, command, mekong, run};
use crate::support::python::python;
use crate::support::shared as beside;
use std::path::Path;

/// `http://HOST:PORT/internalconf` as an anchor says.
fn source(anchor: &Path) -> String {
    let text = std::fs::read_to_string(anchor).unwrap();
    let url = text.split("downloadURL>").nth(1).expect("a downloadURL");
    url.trim_end_matches("</").split('<').next().unwrap().to_owned()
}

fn check(tool: &Path, demo: &Demo, country: &str, ring: &str) -> Ended {
    let anchor = demo.path(country).join(format!("operator/directory/anchor-{ring}.xml"));
    let url = source(&anchor);
    assert!(url.ends_with(&format!("/{ring}conf")), "{url}");
    let urls = (3..=6).map(|version| format!("{url}?version={version}"));
    let mut checker = python(tool, ["--anchor".as_ref(), anchor.as_os_str()]);
    checker.arg("--url").args(urls).arg(&url);
    run(checker)
}

#[test]
fn an_independent_checker_accepts_every_version_of_both_countries() {
    let Some(tool) = beside::shared("tools/gconf_check.py") else { return };
    for country in ["VN", "LA"] {
        for (ring, parts) in [("internal", "SHARED-PARAMETERS, PRIVATE-PARAMETERS"), ("external", "SHARED-PARAMETERS")]
        {
            let said = check(&tool, shared(), country, ring).success();
            let good = said.out.lines().filter(|line| line.starts_with("ok ") && line.contains(parts));
            assert_eq!(good.count(), 5, "{said:?}");
        }
    }
}

#[test]
fn the_anchor_of_another_country_does_not_vouch_for_it() {
    let Some(tool) = beside::shared("tools/gconf_check.py") else { return };
    let anchor = |country: &str| shared().path(country).join("operator/directory/anchor-internal.xml");
    let mut checker = python(&tool, ["--anchor".as_ref(), anchor("LA").as_os_str()]);
    checker.args(["--url", &source(&anchor("VN"))]);
    let said = run(checker);
    assert!(said.code == 1 && said.out.contains("no trusted verification certificate"), "{said:?}");
}

/// Downloads a directory and the parts that it lists into a folder, as a mirror would.
fn mirror(url: &str, folder: &Path) {
    let fetch = |url: &str, file: &Path| {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let mut curl = command("curl", ["-sS", "-f", url, "-o"]);
        curl.arg(file);
        run(curl).success();
    };
    let directory = folder.join("V6/internalconf");
    fetch(&format!("{url}?version=6"), &directory);
    let server = url.strip_suffix("/internalconf").unwrap();
    let text = String::from_utf8_lossy(&std::fs::read(&directory).unwrap()).into_owned();
    let locations: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("Content-location: ")).collect();
    assert_eq!(locations.len(), 2, "{text}");
    for location in locations {
        fetch(&format!("{server}{location}"), &folder.join(location.trim_start_matches('/')));
    }
}

#[test]
fn a_mirrored_directory_is_judged_offline() {
    let anchor = shared().path("LA/operator/directory/anchor-internal.xml");
    let folder = tempfile::tempdir().unwrap();
    mirror(&source(&anchor), folder.path());
    let verdict = |anchor: &Path, at: &[&str]| {
        let mut verify = mekong(["directory", "verify", "--json", "--anchor"]);
        verify.arg(anchor).arg("--root").arg(folder.path()).args(at).arg("V6/internalconf");
        let ended = run(verify);
        (ended.code, ended.json_lines().remove(0)["reason"].as_str().unwrap().to_owned())
    };
    assert_eq!(verdict(&anchor, &[]), (0, "ok".to_owned()));
    assert_eq!(verdict(&anchor, &["--at", "2099-01-01T00:00:00Z"]), (1, "expired".to_owned()));
    let other = shared().path("VN/operator/directory/anchor-internal.xml");
    assert_eq!(verdict(&other, &[]), (1, "untrusted_certificate".to_owned()));
    let generation =
        std::fs::read_dir(folder.path().join("V6")).unwrap().map(|e| e.unwrap().path()).find(|p| p.is_dir());
    let part = generation.unwrap().join("shared-params.xml");
    let text = std::fs::read_to_string(&part).unwrap();
    std::fs::write(&part, text.replacen("MOHA", "MOHB", 1)).unwrap();
    assert_eq!(verdict(&anchor, &[]), (1, "hash_mismatch".to_owned()));
    std::fs::remove_file(&part).unwrap();
    assert_eq!(verdict(&anchor, &[]), (1, "part_unavailable".to_owned()));
}

#[test]
fn curl_gets_not_modified_and_not_found() {
    let url = source(&shared().path("VN/operator/directory/anchor-internal.xml"));
    let head = run(command("curl", ["-sS", "-D", "-", "-o", "/dev/null", &url])).success().out;
    let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("an ETag").trim();
    let status = |arguments: &[&str]| {
        let mut curl = command("curl", ["-sS", "-o", "/dev/null", "-w", "%{http_code}"]);
        curl.args(arguments);
        run(curl).success().out
    };
    assert_eq!(status(&["-H", &format!("If-None-Match: {etag}"), &url]), "304");
    assert_eq!(status(&[&format!("{url}?version=99")]), "404");
}
