//! The client against our own publisher on loopback, and what goes wrong in between.

use crate::country::{Country, START, Server, start};
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use mekong_base::{ClientId, Clock};
use mekong_directory::client::{Client, ClientError, FederationFilter, Settings};
use mekong_directory::{Anchor, GlobalConf, NEXT_UPDATE, SHARED_PARAMETERS, Version};
use mekong_pki::Certificate;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

fn clock() -> Clock {
    Clock::manual(start())
}

fn id(text: &str) -> ClientId {
    text.parse().unwrap()
}

struct Node {
    client: Arc<Client>,
    folder: TempDir,
}

async fn node(country: &Country, settings: Settings) -> Node {
    node_of(country.publisher.internal_anchor(), &country.clock, settings).await.unwrap()
}

async fn node_of(anchor: Anchor, clock: &Clock, settings: Settings) -> Result<Node, ClientError> {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::start(anchor, folder.path().join("globalconf"), settings, clock.clone()).await?;
    Ok(Node { client, folder })
}

fn federated(entries: &str) -> Settings {
    Settings { federation: FederationFilter::from_entries(entries.split(',')), ..Settings::default() }
}

/// Codes of the failures of a refresh, one a place asked.
#[track_caller]
fn codes<T>(result: Result<T, ClientError>) -> Vec<&'static str> {
    match result.err().expect("a failure") {
        ClientError::Unavailable(unavailable) => unavailable.failures.iter().map(|f| f.code()).collect(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn downloads_verifies_and_saves_what_is_published() {
    let country = Country::start("VN", &clock()).await;
    let node = node(&country, Settings::default()).await;
    let conf = node.client.current();
    assert_eq!(conf.of("VN").unwrap().version(), Version::V6);
    assert_eq!(conf.findings(), []);
    assert_eq!(conf.subsystem_name(&id("VN/GOV/MPS/population")), Some("Dân cư"));
    assert!(conf.is_registered(&id("VN/GOV/MPS/population"), &"VN/GOV/MPS/gw-1".parse().unwrap()));
    assert!(conf.in_global_group(&id("LA/GOV/MOHA/civil"), "VN", "ministries"));
    let trust = conf.trust("VN").unwrap();
    assert_eq!((trust.authorities[0].intermediates.len(), trust.timestampers.len()), (1, 1));
    assert!(!trust.check_next_update);
    assert_eq!(conf.ocsp_urls(&trust.authorities[0].intermediates[0]), ["http://127.0.0.1:3/ocsp"]);
    assert_eq!(conf.optional().ocsp_fetch_interval, Duration::from_secs(300));
    let maintenance = conf.server(&"VN/GOV/MOHA/gw-2".parse().unwrap()).unwrap().maintenance.clone();
    assert_eq!(maintenance.unwrap().message.as_deref(), Some("back at noon"));
    assert_eq!(conf.expires_at(), Some(start() + Duration::from_secs(600)));

    let stored = GlobalConf::load_dir(&node.folder.path().join("globalconf")).unwrap();
    for content_id in [SHARED_PARAMETERS, NEXT_UPDATE] {
        assert_eq!(stored.of("VN").unwrap().part(content_id), conf.of("VN").unwrap().part(content_id));
    }
    let metadata =
        std::fs::read_to_string(node.folder.path().join("globalconf/VN/shared-params.xml.metadata")).unwrap();
    assert!(
        metadata.contains(r#""configurationVersion":"6""#)
            && metadata.contains(r#""expirationDate":"2026-11-22T06:10:00Z""#),
        "{metadata}"
    );
}

#[tokio::test]
async fn finds_gateways_by_their_authentication_certificate() {
    let country = Country::start("VN", &clock()).await;
    let node = node(&country, Settings::default()).await;
    let folder = tempfile::tempdir().unwrap();
    crate::country::certificate(folder.path(), "gw-3");
    let pem = std::fs::read_to_string(folder.path().join("gw-3.pem")).unwrap();
    let certificate = Certificate::from_pem(&pem).unwrap();
    assert_eq!(node.client.current().server_by_auth_cert(&certificate), None);
    let hash = certificate.fingerprint(mekong_crypto::DigestAlgorithm::Sha256).as_ref().to_vec();
    country.publisher.update(|d, _| d.shared.servers[0].auth_cert_hashes.push(hash)).unwrap();
    let conf = node.client.refresh().await.unwrap();
    assert_eq!(conf.server_by_auth_cert(&certificate).map(|s| s.to_string()).as_deref(), Some("VN/GOV/MPS/gw-1"));
}

#[tokio::test]
async fn unchanged_parts_are_not_downloaded_again() {
    let country = Country::start("VN", &clock()).await;
    let node = node(&country, Settings::default()).await;
    let first = node.client.current();
    let mut watching = node.client.subscribe();
    assert_eq!(country.server.tap.asked().len(), 5, "a directory and four parts");
    country.later(60);
    let second = node.client.refresh().await.unwrap();
    assert_eq!(country.server.tap.asked(), ["/internalconf?version=6"]);
    assert!(watching.has_changed().unwrap());
    assert_eq!(watching.borrow_and_update().expires_at(), second.expires_at());
    assert_eq!(second.expires_at(), first.expires_at().map(|t| t + Duration::from_secs(60)));
    let trust = |conf: &GlobalConf| std::ptr::from_ref(conf.trust("VN").unwrap());
    assert_eq!(trust(&first), trust(&second), "not parsed again");
    country.publisher.update(|d, _| d.shared.members[1].name = "renamed".into()).unwrap();
    node.client.refresh().await.unwrap();
    assert_eq!(country.server.tap.asked().len(), 2, "the directory and the shared parameters");
    assert_eq!(node.client.current().member_name(&"VN/GOV/MOHA".parse().unwrap()), Some("renamed"));
}

#[tokio::test]
async fn asks_for_older_versions_where_newer_ones_are_not_there() {
    let country = Country::start("VN", &clock()).await;
    country.server.tap.change(|path, response| match path {
        "/internalconf?version=6" | "/internalconf?version=5" => status(StatusCode::NOT_FOUND),
        _ => response,
    });
    let node = node(&country, Settings::default()).await;
    assert_eq!(node.client.current().of("VN").unwrap().version(), Version::V4);
    assert_eq!(node.client.current().subsystem_name(&id("VN/GOV/MPS/population")), None);
    country.server.tap.change(|_, _| status(StatusCode::NOT_FOUND));
    assert_eq!(codes(node.client.refresh().await), ["no_version"]);
    country.server.tap.change(|_, _| status(StatusCode::INTERNAL_SERVER_ERROR));
    assert_eq!(codes(node.client.refresh().await), ["unreachable"]);
}

fn status(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

#[tokio::test]
async fn two_countries_federate_and_the_filter_decides() {
    let clock = clock();
    let vietnam = Country::start("VN", &clock).await;
    let laos = Country::start("LA", &clock).await;
    vietnam.publisher.update(|d, _| d.federate(laos.publisher.external_anchor())).unwrap();
    laos.publisher.update(|d, _| d.federate(vietnam.publisher.external_anchor())).unwrap();
    for (entries, expected) in
        [("none", vec!["VN"]), ("KH", vec!["VN"]), ("la", vec!["LA", "VN"]), ("all", vec!["LA", "VN"])]
    {
        let node = node(&vietnam, federated(entries)).await;
        assert_eq!(node.client.current().instances().collect::<Vec<_>>(), expected, "{entries}");
    }
    let node = node(&laos, federated("VN")).await;
    let conf = node.client.current();
    assert_eq!(conf.instance(), "LA");
    assert!(conf.exists(&id("VN/GOV/MPS/population")) && conf.exists(&id("LA/GOV/MOHA/civil")));
    assert!(conf.of("VN").unwrap().private().is_none(), "shared parameters alone");
    assert_eq!(conf.trust("VN").unwrap().instance, "VN");
    assert!(conf.trust("VN").unwrap().check_next_update, "a federated instance's optional parts are its own");
}

#[tokio::test]
async fn a_federated_instance_that_is_down_stays_until_it_expires() {
    let clock = clock();
    let vietnam = Country::start("VN", &clock).await;
    let laos = Country::start("LA", &clock).await;
    vietnam.publisher.update(|d, _| d.federate(laos.publisher.external_anchor())).unwrap();
    let node = node(&vietnam, federated("LA")).await;
    laos.server.kill().await;
    vietnam.later(300);
    assert!(node.client.refresh().await.unwrap().of("LA").is_some());
    assert!(node.client.status().federation["LA"].contains("connecting"), "{:?}", node.client.status());
    vietnam.later(300);
    let conf = node.client.refresh().await.unwrap();
    assert_eq!(conf.instances().collect::<Vec<_>>(), ["VN"]);
    assert!(!node.folder.path().join("globalconf/LA").exists());
}

#[tokio::test]
async fn a_federated_anchor_cannot_bring_another_instance() {
    let clock = clock();
    let vietnam = Country::start("VN", &clock).await;
    let laos = Country::start("LA", &clock).await;
    let lying = Anchor { instance: "KH".into(), ..laos.publisher.external_anchor() };
    vietnam.publisher.update(|d, _| d.federate(lying)).unwrap();
    let node = node(&vietnam, federated("all")).await;
    assert_eq!(node.client.current().instances().collect::<Vec<_>>(), ["VN"]);
    assert!(node.client.status().federation["KH"].contains("is of instance \"LA\", expected \"KH\""));
}

#[tokio::test]
async fn one_source_may_die() {
    let country = Country::start("VN", &clock()).await;
    let second = Server::start(country.publisher.router()).await;
    let sources = vec![country.server.address.to_string(), second.address.to_string()];
    country.publisher.update(|d, _| d.sources = sources).unwrap();
    let node = node(&country, Settings::default()).await;
    country.server.tap.asked();
    second.tap.asked();
    let Country { publisher, server, clock } = country;
    server.kill().await;
    for _ in 0..3 {
        clock.set(clock.now() + Duration::from_secs(60));
        publisher.publish().unwrap();
        node.client.refresh().await.unwrap();
    }
    assert!(second.tap.asked().len() >= 3);
    assert!(
        node.client.status().success.unwrap().1.contains(&second.address.to_string()),
        "the last good source is remembered"
    );
    second.kill().await;
    assert_eq!(codes(node.client.refresh().await), ["unreachable", "unreachable"]);
    assert!(node.client.current().check_fresh(clock.now()).is_ok(), "the last configuration stays");
}

#[tokio::test]
async fn tampered_bytes_are_refused_and_the_last_configuration_stays() {
    let country = Country::start("VN", &clock()).await;
    let node = node(&country, Settings::default()).await;
    let before = node.client.current();
    country.publisher.update(|d, _| d.shared.members[0].name = "changed".into()).unwrap();
    let swap = |from: &'static str, to: &'static str| {
        move |_: &str, response: Response<Bytes>| {
            response.map(|body| Bytes::from(String::from_utf8(body.to_vec()).unwrap().replace(from, to)))
        }
    };
    country.server.tap.change(swap("changed", "tampered"));
    assert_eq!(codes(node.client.refresh().await), ["hash_mismatch"]);
    country.server.tap.change(swap("Expire-date: 2026", "Expire-date: 2036"));
    assert_eq!(codes(node.client.refresh().await), ["invalid_signature_value"]);
    country.server.tap.change(swap("multipart", "text"));
    assert_eq!(codes(node.client.refresh().await), ["malformed"]);
    assert!(Arc::ptr_eq(&before, &node.client.current()));
    assert!(node.client.status().failure.unwrap().1.contains("is malformed"));
    country.server.tap.change_no_more();
    assert_eq!(node.client.refresh().await.unwrap().member_name(&"VN/GOV/MPS".parse().unwrap()), Some("changed"));
}

#[tokio::test]
async fn an_expired_directory_is_refused_and_look_ups_say_so() {
    let country = Country::start("VN", &clock()).await;
    let node = node(&country, Settings::default()).await;
    country.clock.set(start() + Duration::from_secs(600));
    assert_eq!(codes(node.client.refresh().await), ["expired"]);
    let expired = node.client.current().check_fresh(country.clock.now()).unwrap_err();
    assert_eq!(
        expired.to_string(),
        "the global configuration of VN expired at 2026-11-22T06:10:00Z, it is 2026-11-22T06:10:00Z; is its configuration source reachable?"
    );
    let anchor = country.publisher.internal_anchor();
    assert_eq!(codes(node_of(anchor, &country.clock, Settings::default()).await), ["expired"]);
}

#[tokio::test]
async fn an_older_generation_is_refused() {
    let country = Country::start("VN", &clock()).await;
    let old = crate::publish::get(&country.server, "/internalconf?version=6").await;
    country.later(60);
    let node = node(&country, Settings::default()).await;
    country.server.tap.change(
        move |path, response| {
            if path.starts_with("/internalconf") { response.map(|_| old.clone()) } else { response }
        },
    );
    assert!(node.client.refresh().await.is_ok(), "another source may be a little behind");
    country.server.tap.change_no_more();
    let old = crate::publish::get(&country.server, "/internalconf?version=6").await;
    country.later(121);
    node.client.refresh().await.unwrap();
    country.server.tap.change(
        move |path, response| {
            if path.starts_with("/internalconf") { response.map(|_| old.clone()) } else { response }
        },
    );
    assert_eq!(codes(node.client.refresh().await), ["rollback"]);
    let reason = node.client.status().failure.unwrap().1;
    assert!(
        reason.contains("generation 2026-11-22T06:01:00Z is older than generation 2026-11-22T06:03:01Z"),
        "{reason}"
    );
}

#[tokio::test]
async fn starts_from_disk_and_drops_what_is_not_allowed_any_more() {
    let clock = clock();
    let vietnam = Country::start("VN", &clock).await;
    let laos = Country::start("LA", &clock).await;
    vietnam.publisher.update(|d, _| d.federate(laos.publisher.external_anchor())).unwrap();
    let node = node(&vietnam, federated("LA")).await;
    let anchor = vietnam.publisher.internal_anchor();
    let folder = node.folder.path().join("globalconf");
    vietnam.server.kill().await;
    let start_again =
        |settings: Settings, anchor: Anchor| Client::start(anchor, folder.clone(), settings, clock.clone());
    let again = start_again(federated("LA"), anchor.clone()).await.unwrap();
    assert_eq!(again.current().instances().collect::<Vec<_>>(), ["LA", "VN"]);
    let again = start_again(Settings::default(), anchor.clone()).await.unwrap();
    assert_eq!(again.current().instances().collect::<Vec<_>>(), ["VN"]);
    clock.set(start() + Duration::from_secs(3600));
    let again = start_again(Settings::default(), anchor.clone()).await.unwrap();
    assert!(again.current().check_fresh(clock.now()).is_err(), "expired, and nothing newer to be had");
    assert!(again.status().failure.is_some());
    let other = Anchor { instance: "LA".into(), ..anchor };
    assert_eq!(codes(start_again(Settings::default(), other).await), ["unreachable"]);
}

#[tokio::test]
async fn an_external_anchor_is_not_enough_for_an_own_instance() {
    let country = Country::start("VN", &clock()).await;
    let node = node_of(country.publisher.external_anchor(), &country.clock, Settings::default()).await;
    assert_eq!(codes(node), ["part_unavailable"]);
}

#[tokio::test]
async fn answers_larger_than_the_limit_and_silent_servers_are_cut_off() {
    let country = Country::start("VN", &clock()).await;
    let limits = mekong_authority::http::Limits { body_bytes: 3000, ..Settings::default().http };
    let small =
        node_of(country.publisher.internal_anchor(), &country.clock, Settings { http: limits, ..Settings::default() })
            .await;
    assert_eq!(codes(small), ["unreachable"]);
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    country.publisher.update(|d, _| d.sources = vec![silent.local_addr().unwrap().to_string()]).unwrap();
    let short = Duration::from_millis(200);
    let limits = mekong_authority::http::Limits { connect: short, total: short, ..Settings::default().http };
    let began = std::time::Instant::now();
    let cut =
        node_of(country.publisher.internal_anchor(), &country.clock, Settings { http: limits, ..Settings::default() })
            .await;
    assert_eq!(codes(cut), ["unreachable"]);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn refreshes_in_the_background() {
    let country = Country::start("VN", &clock()).await;
    let settings = Settings { interval: Duration::from_millis(20), ..Settings::default() };
    let node = node(&country, settings).await;
    let mut watching = node.client.subscribe();
    let task = tokio::spawn(Arc::clone(&node.client).run());
    country.publisher.update(|d, _| d.shared.members[0].name = "soon".into()).unwrap();
    let soon = watching.wait_for(|conf| conf.member_name(&"VN/GOV/MPS".parse().unwrap()) == Some("soon"));
    tokio::time::timeout(Duration::from_secs(10), soon).await.unwrap().unwrap();
    task.abort();
    assert_eq!(country.publisher.definition().shared.members[0].name, "soon");
    assert!(country.publisher.external_anchor().write().contains(START));
}
