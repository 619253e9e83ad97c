//! What is served, and what members files may not say.

use crate::country::{Country, Server, definition, keys, members, start};
use axum::body::Bytes;
use mekong_authority::http::{Client, Response};
use mekong_base::Clock;
use mekong_directory::publish::{Definition, Faults, PublishError, Publisher};
use mekong_directory::signed::TrustedCertificates;
use mekong_directory::{Anchor, SignedDirectory};
use std::path::Path;
use std::time::Duration;

async fn ask(server: &Server, path: &str) -> Response {
    Client::default().get(&format!("http://{}{path}", server.address)).await.unwrap()
}

pub async fn get(server: &Server, path: &str) -> Bytes {
    ask(server, path).await.success().unwrap().body
}

#[tokio::test]
async fn serves_every_version_and_404_for_others() {
    let country = Country::start("VN", &Clock::manual(start())).await;
    for (query, version) in
        [("", 3), ("?version=3", 3), ("?version=4", 4), ("?version=6", 6), ("?version=x", 3), ("?a=b&version=5", 5)]
    {
        for (name, parts) in [("internalconf", 4), ("externalconf", 1)] {
            let body = get(&country.server, &format!("/{name}{query}")).await;
            let directory = SignedDirectory::parse(body.to_vec()).unwrap();
            assert_eq!(directory.version().number(), version, "{name}{query}");
            assert_eq!(directory.parts().len(), parts, "{name}{query}");
        }
    }
    for path in [
        "/internalconf?version=2",
        "/internalconf?version=7",
        "/externalconf?version=99",
        "/V6/1/shared-params.xml",
        "/none",
    ] {
        assert_eq!(ask(&country.server, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn unchanged_answers_are_not_sent_again() {
    let country = Country::start("VN", &Clock::manual(start())).await;
    let answer = ask(&country.server, "/internalconf?version=6").await;
    let etag = answer.headers["etag"].to_str().unwrap().to_owned();
    let curl = |etag: String| {
        let url = format!("http://{}/internalconf?version=6", country.server.address);
        tokio::process::Command::new("curl")
            .args(["-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", &format!("If-None-Match: {etag}"), &url])
            .output()
    };
    assert_eq!(curl(etag.clone()).await.unwrap().stdout, b"304");
    country.later(60);
    assert_eq!(curl(etag).await.unwrap().stdout, b"200");
}

#[tokio::test]
async fn parts_of_earlier_generations_are_still_served_for_a_while() {
    let country = Country::start("VN", &Clock::manual(start())).await;
    let first = SignedDirectory::parse(get(&country.server, "/externalconf?version=6").await.to_vec()).unwrap();
    for _ in 0..10 {
        country.later(60);
    }
    let body = get(&country.server, &first.parts()[0].location).await;
    assert!(first.parts()[0].check(&body).is_ok());
    for _ in 0..10 {
        country.later(60);
    }
    assert_eq!(ask(&country.server, &first.parts()[0].location).await.status, 404);
}

#[tokio::test]
async fn publishes_anew_before_expiry() {
    let mut definition = definition("VN");
    definition.refresh = Duration::from_millis(20);
    let clock = Clock::manual(start());
    let publisher = Publisher::new(definition, keys(), clock.clone()).unwrap();
    let first = publisher.expires().unwrap();
    let task = tokio::spawn(std::sync::Arc::clone(&publisher).run());
    clock.set(start() + Duration::from_secs(30));
    for _ in 0..100 {
        if publisher.expires().unwrap() > first {
            task.abort();
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing new was published");
}

#[test]
fn an_update_that_does_not_hold_together_changes_nothing() {
    let publisher = Publisher::new(definition("VN"), keys(), Clock::manual(start())).unwrap();
    let before = publisher.definition();
    let error = publisher.update(|d, _| d.shared.members.remove(1)).unwrap_err();
    let PublishError::Invalid(Faults(faults)) = &error else { panic!("{error}") };
    let places: Vec<_> = faults.iter().map(|f| f.place.as_str()).collect();
    assert_eq!(places, ["server[1].owner", "server[1].clients[0]"]);
    assert_eq!(publisher.definition(), before);
}

#[test]
fn anchors_lead_to_the_sources_with_the_right_keys() {
    let keys = keys();
    let publisher = Publisher::new(definition("VN"), keys.clone(), Clock::manual(start())).unwrap();
    for (anchor, ring, name) in [
        (publisher.internal_anchor(), keys.internal.certificates().next().unwrap(), "internalconf"),
        (publisher.external_anchor(), keys.external.certificates().next().unwrap(), "externalconf"),
    ] {
        let anchor = Anchor::read(anchor.write().as_bytes()).unwrap();
        assert_eq!(anchor.generated_at, Some(start()));
        assert_eq!(anchor.sources[0].url, format!("http://127.0.0.1:1/{name}"));
        assert_eq!(TrustedCertificates::from_anchor(&anchor).certificates().collect::<Vec<_>>(), [ring.der()]);
    }
}

/// Faults of a members file that OpenSSL made no certificates for.
#[track_caller]
fn faults(text: &str) -> Vec<(String, String)> {
    let Faults(faults) = Definition::parse(text, Path::new("/nowhere")).unwrap_err();
    faults.into_iter().map(|f| (f.place, f.reason)).collect()
}

#[test]
fn all_faults_are_reported_at_once_with_their_places() {
    let text = members("VN")
        .replace("version = 1", "version = 2")
        .replace("code = \"MOHA\"", "code = \"MO/HA\"")
        .replace("class = \"GOV\"\ncode = \"MPS\"", "class = \"COM\"\ncode = \"MPS\"")
        .replace("owner = \"VN/GOV/MOHA\"", "owner = \"VN/GOV\"")
        .replace("profile = \"Basic\"", "profile = \"Vietnamese\"")
        .replace("[parameters]", "[parameters]\nexpire_seconds = 60\ntime_stamping_interval_seconds = 5");
    let found = faults(&text);
    let places: Vec<_> = found.iter().map(|(place, _)| place.as_str()).collect();
    for expected in [
        "version",
        "management.cert",
        "server[0].auth_certs[0]",
        "server[1].owner",
        "authority[0].profile",
        "authority[0].cert",
        "authority[0].intermediate[0].cert",
        "authority[0].intermediate[0].ocsp[0].cert",
        "timestamper[0].cert",
        "parameters.time_stamping_interval_seconds",
        "parameters.expire_seconds",
        "member[0].class",
        "member[1].code",
    ] {
        assert!(places.contains(&expected), "{expected} in {places:?}");
    }
    let reason = |place: &str| found.iter().find(|(p, _)| p == place).unwrap().1.clone();
    assert_eq!(reason("member[0].class"), "\"COM\" is not one of the classes");
    assert!(
        reason("management.cert").starts_with("/nowhere/management.pem: No such file"),
        "{}",
        reason("management.cert")
    );
    assert!(reason("server[1].owner").contains("expected instance/class/member"));
}

#[test]
fn unknown_keys_and_wrong_types_are_refused_with_line_and_column() {
    let found = faults(&members("VN").replace("[parameters]", "[parameters]\nocsp_fresh = 1"));
    assert_eq!(found[0].0, "line 7, column 1");
    assert!(found[0].1.starts_with("unknown field `ocsp_fresh`"), "{}", found[0].1);
    let found = faults(&members("VN").replace("name = \"National root\"", "name = 5"));
    assert!(found[0].1.contains("expected a string"), "{found:?}");
    assert_eq!(faults("version = ")[0].0, "line 1, column 11");
    let missing = Definition::read(Path::new("/nowhere/members.toml")).unwrap_err();
    assert!(missing.to_string().starts_with("1 fault found:\n  /nowhere/members.toml: No such file"), "{missing}");
}

#[test]
fn written_folders_hold_no_more_than_what_is_served() {
    let clock = Clock::manual(start());
    let publisher = Publisher::new(definition("VN"), keys(), clock.clone()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("V6/other")).unwrap();
    for _ in 0..20 {
        publisher.write_dir(folder.path()).unwrap();
        publisher.publish().unwrap();
    }
    let entries = std::fs::read_dir(folder.path().join("V6")).unwrap().count();
    assert!((10..=20).contains(&entries), "{entries}");
    assert!(folder.path().join("V6/other").exists());
    let file = folder.path().join("V6/internalconf");
    let error = publisher.write_dir(&file).unwrap_err();
    assert!(matches!(&error, PublishError::NotWritten { path, .. } if path.starts_with(&file)), "{error}");
}
