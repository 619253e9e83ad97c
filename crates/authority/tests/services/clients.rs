//! The clients against live services of the small authority, services that fail, and services that lie.

use crate::support::{DAY, HOUR, at, closed_url, serve, subject};
use axum::Router;
use axum::routing::post;
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority, RevocationReason};
use mekong_authority::http::{Client, Limits};
use mekong_authority::ocsp_client::{Inquiry, OcspClient, Refreshed};
use mekong_authority::tsp_client::TspClient;
use mekong_base::{Clock, Instant};
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey, Zeroizing};
use mekong_pki::Certificate;
use mekong_pki::issue::Profile;
use mekong_pki::ocsp::Status;
use mekong_pki::request::CertificateRequest;
use mekong_pki::tsp::{Stamped, Token};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

struct World {
    ca: CertificateAuthority,
    leaf: Certificate,
    clock: Clock,
    start: Instant,
    /// Requests that reached the services.
    asked: Arc<AtomicUsize>,
    url: String,
    _folder: tempfile::TempDir,
}

async fn world() -> World {
    let (folder, start) = (tempfile::tempdir().unwrap(), at("2026-03-01T10:00:00Z"));
    let mut spec = AuthoritySpec::new("Test", "VN", "Test", "http://ca.example");
    spec.ocsp_validity = 10 * HOUR;
    let ca = CertificateAuthority::create(folder.path(), Zeroizing::new("p".into()), &spec, start).unwrap();
    let key = PrivateKey::generate(KeyType::P256).unwrap();
    let request = CertificateRequest::create(&key, &subject("Leaf")).unwrap();
    let leaf = ca.issue(&request, Profile::Signing, None, start).unwrap();
    let (clock, asked) = (Clock::manual(start), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    let router =
        ca.router(clock.clone()).layer(axum::middleware::map_request(move |request: axum::extract::Request| {
            count.fetch_add(1, Ordering::SeqCst);
            async { request }
        }));
    World { leaf, clock, start, asked, url: serve(router).await, ca, _folder: folder }
}

impl World {
    fn inquiry(&self, urls: Vec<String>) -> Inquiry {
        Inquiry {
            certificate: self.leaf.clone(),
            issuer: self.ca.issuing().clone(),
            urls,
            responders: Vec::new(),
            freshness: HOUR,
            check_next_update: true,
        }
    }

    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

fn http() -> Client {
    Client::new(Limits { connect: 5 * SECOND, total: 10 * SECOND, body_bytes: 100_000 })
}

/// A service that answers every POST with these bytes.
async fn liar(answer: impl Into<Vec<u8>>) -> String {
    let answer = answer.into();
    serve(Router::new().route("/", post(move || std::future::ready(answer)))).await
}

#[tokio::test]
async fn a_fresh_response_is_fetched_once() {
    let world = world().await;
    let client = OcspClient::new(http());
    let inquiry = world.inquiry(vec![format!("{}/ocsp", world.url)]);
    let mut set = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (client, inquiry, now) = (client.clone(), inquiry.clone(), world.start);
        set.spawn(async move { client.fetch(&inquiry, now).await });
    }
    let answers = set.join_all().await;
    assert!(answers.iter().all(|a| a.as_ref().is_ok_and(|a| a.status.status == Status::Good)));
    assert_eq!(world.asked(), 1, "twenty callers, one request");
    // Another freshness is another question to the same kept response.
    let strict = Inquiry { freshness: SECOND, ..inquiry.clone() };
    let later = world.start + 2 * SECOND;
    world.clock.set(world.start + 6 * HOUR);
    assert!(client.fetch(&inquiry, later).await.is_ok());
    assert_eq!(world.asked(), 0);
    client.fetch(&strict, world.start + 6 * HOUR).await.unwrap();
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn a_good_response_outlives_the_client_in_its_folder() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    let client = |path: &std::path::Path| OcspClient::keeping_in(http(), path).unwrap();
    let here = world.inquiry(vec![format!("{}/ocsp", world.url)]);
    let nobody = world.inquiry(vec![closed_url().await]);
    client(folder.path()).fetch(&here, world.start).await.unwrap();
    // The next process finds the responder away.
    let kept = client(folder.path()).fetch(&nobody, world.start + HOUR).await.unwrap();
    assert_eq!((kept.status.status, kept.status.this_update), (Status::Good, world.start));
    // It is not believed for longer than in memory, nor for another certificate, nor damaged.
    assert!(client(folder.path()).fetch(&nobody, world.start + HOUR + SECOND).await.is_err(), "stale");
    let other = Inquiry { certificate: world.ca.tsa().certificate().clone(), ..nobody.clone() };
    assert!(client(folder.path()).fetch(&other, world.start).await.is_err(), "another certificate");
    let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let mut der = std::fs::read(&file).unwrap();
    let last = der.len() - 1;
    der[last] ^= 1;
    std::fs::write(&file, der).unwrap();
    assert!(client(folder.path()).fetch(&nobody, world.start).await.is_err(), "damaged");
    // Nothing is kept of a revoked certificate, and what was kept can be forgotten.
    client(folder.path()).clear();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    world.ca.revoke(world.leaf.serial(), RevocationReason::KeyCompromise, world.start).unwrap();
    let revoked = client(folder.path()).fetch(&here, world.start).await.unwrap();
    assert_ne!(revoked.status.status, Status::Good);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_response_in_the_folder_that_is_old_already_is_renewed_first() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    let client = || OcspClient::keeping_in(http(), folder.path()).unwrap();
    let inquiry = world.inquiry(vec![format!("{}/ocsp", world.url)]);
    client().fetch(&inquiry, world.start).await.unwrap();
    world.asked();
    let (young, old) = (world.start + HOUR / 3 - SECOND, world.start + HOUR - 60 * SECOND);
    world.clock.set(old);
    assert_eq!(client().fetch(&inquiry, young).await.unwrap().status.this_update, world.start);
    assert_eq!(world.asked(), 0);
    assert_eq!(client().fetch(&inquiry, old).await.unwrap().status.this_update, old);
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn a_stale_response_is_never_given_out() {
    let world = world().await;
    let client = OcspClient::new(http());
    let good = world.inquiry(vec![format!("{}/ocsp", world.url)]);
    client.fetch(&good, world.start).await.unwrap();
    let (closed, wrong) = (closed_url().await, liar("garbage").await);
    let dead = world.inquiry(vec![closed.clone(), wrong.clone()]);
    let kept = client.fetch(&dead, world.start + HOUR).await.unwrap();
    assert_eq!(kept.status.this_update, world.start, "kept while it is fresh");
    let error = client.fetch(&dead, world.start + HOUR + SECOND).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("Leaf") && text.contains("refused") && text.contains("malformed OCSP message"), "{text}");
    assert_eq!(error.attempts.iter().map(|(url, _)| url.clone()).collect::<Vec<_>>(), [closed, wrong]);
    assert_eq!(world.asked(), 1);
    // The failure is told for two seconds, then the responders are asked again.
    assert_eq!(client.fetch(&good, world.start + HOUR + 2 * SECOND).await.unwrap_err(), error);
    world.clock.set(world.start + 6 * HOUR);
    assert!(client.fetch(&good, world.start + 6 * HOUR).await.is_ok());
    let none = OcspClient::new(http()).fetch(&world.inquiry(Vec::new()), world.start).await.unwrap_err();
    assert!(none.to_string().ends_with("no URL is known"), "{none}");
}

#[tokio::test]
async fn responders_are_tried_in_order_and_lies_passed_over() {
    let world = world().await;
    let other = crate::support::Pki::new(KeyType::P256, world.start);
    let foreign = mekong_pki::ocsp::Answer {
        cert_id: mekong_pki::ocsp::CertId::of(&world.leaf, world.ca.issuing(), DigestAlgorithm::Sha1),
        status: Status::Good,
        this_update: world.start,
        next_update: None,
    };
    let id = mekong_pki::ocsp::ResponderId::by_key(&other.ocsp.certificate);
    let forged =
        mekong_pki::ocsp::sign(&foreign, &other.ocsp.certificate, &other.ocsp.key, &id, world.start, None).unwrap();
    let missing = format!("{}/nowhere", world.url);
    let urls = vec![closed_url().await, missing, liar(forged).await, liar(vec![0; 200_000]).await];
    let client = OcspClient::new(http());
    let error = client.fetch(&world.inquiry(urls.clone()), world.start).await.unwrap_err();
    let reasons: Vec<_> = error.attempts.iter().map(|(_, reason)| reason.as_str()).collect();
    for (reason, words) in reasons.iter().zip(["refused", "404", "may not answer", "larger than 100000 bytes"]) {
        assert!(reason.contains(words), "{words}: {reason}");
    }
    let urls = urls.into_iter().chain([format!("{}/ocsp", world.url)]).collect();
    let found = client.fetch(&world.inquiry(urls), world.start + 3 * SECOND).await.unwrap();
    assert_eq!(found.status.status, Status::Good);
}

#[tokio::test]
async fn responses_are_renewed_at_a_third_of_their_life() {
    let world = world().await;
    let client = OcspClient::new(http());
    let inquiry = world.inquiry(vec![format!("{}/ocsp", world.url)]);
    client.fetch(&inquiry, world.start).await.unwrap();
    world.asked();
    assert_eq!(client.refresh_due(world.start + HOUR / 3 - SECOND).await, Refreshed::default());
    world.clock.set(world.start + 6 * HOUR);
    let report = client.refresh_due(world.start + 6 * HOUR).await;
    assert_eq!((report.renewed, report.failed.len(), world.asked()), (1, 0, 1));
    let kept = client.fetch(&inquiry, world.start + 6 * HOUR).await.unwrap();
    assert_eq!((kept.status.this_update, world.asked()), (world.start + 6 * HOUR, 0));
    // The responder is down when a third of the life is over: the old one is used on.
    let dead = Inquiry { urls: vec![closed_url().await], ..inquiry.clone() };
    let then = world.start + 6 * HOUR + HOUR / 3;
    client.fetch(&dead, then).await.unwrap();
    assert_eq!(client.refresh_due(then).await.failed.len(), 1);
    client.fetch(&dead, then + SECOND).await.unwrap();
    // Nobody asked for a day.
    assert_eq!(client.refresh_due(then + 2 * DAY).await, Refreshed::default());
    assert_eq!(client.refresh_due(then + 2 * DAY).await, Refreshed::default());
}

#[tokio::test]
async fn a_revocation_is_seen_when_the_kept_response_is_renewed() {
    let world = world().await;
    let client = OcspClient::new(http());
    let inquiry = world.inquiry(vec![format!("{}/ocsp", world.url)]);
    assert!(client.fetch(&inquiry, world.start).await.unwrap().status.require_good().is_ok());
    world.ca.revoke(world.leaf.serial(), RevocationReason::KeyCompromise, world.start).unwrap();
    assert!(client.fetch(&inquiry, world.start).await.unwrap().status.require_good().is_ok());
    client.clear();
    let status = client.fetch(&inquiry, world.start).await.unwrap().status;
    assert_eq!(status.status, Status::Revoked { at: world.start, reason: Some(1) });
    world.asked();
    client.fetch(&inquiry, world.start + 59 * SECOND).await.unwrap();
    assert_eq!(world.asked(), 0);
    client.fetch(&inquiry, world.start + 61 * SECOND).await.unwrap();
    assert_eq!(world.asked(), 1, "what is not good is asked again after a minute");
}

#[tokio::test]
async fn time_stamps_fail_over_and_stay_with_what_works() {
    let world = world().await;
    let (client, tsa) = (TspClient::new(http()), world.ca.tsa().certificate().clone());
    let digest = DigestAlgorithm::Sha512.digest(b"data");
    let (closed, garbage) = (closed_url().await, liar("garbage").await);
    let refusing = world.ca.clone();
    let clock = Clock::manual(world.start + 4000 * DAY);
    let expired = serve(refusing.tsa_router(clock)).await;
    let good = format!("{}/tsa", world.url);
    let urls = [closed, garbage, expired, good.clone()];
    let stamp = |urls: Vec<String>, trusted: Vec<Certificate>| {
        let client = client.clone();
        async move { client.stamp(DigestAlgorithm::Sha512, digest.as_ref(), &urls, &trusted).await }
    };
    let error = stamp(urls[..3].to_vec(), vec![tsa.clone()]).await.unwrap_err();
    let text = error.to_string();
    for words in ["refused", "malformed time-stamp", "systemFailure", "is not valid at"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(error.attempts.len(), 3);
    let token = stamp(urls.to_vec(), vec![tsa.clone()]).await.unwrap();
    assert_eq!((token.url.as_str(), token.verified.info.gen_time), (good.as_str(), world.start));
    assert_eq!(Token::from_der(&token.der).unwrap().certificates.first(), Some(&tsa), "the certificate is added");
    let stamped = Stamped::Data(b"data");
    assert!(mekong_pki::tsp::verify(&token.der, stamped, std::slice::from_ref(&tsa)).is_ok());
    world.asked();
    stamp(urls.to_vec(), vec![tsa]).await.unwrap();
    assert_eq!(world.asked(), 1, "the one that worked is asked first");
    let stranger = stamp(vec![good], vec![world.ca.root().clone()]).await.unwrap_err();
    assert!(stranger.to_string().contains("no trusted authority"), "{stranger}");
    assert!(stamp(Vec::new(), Vec::new()).await.unwrap_err().to_string().contains("no URL is known"));
}
