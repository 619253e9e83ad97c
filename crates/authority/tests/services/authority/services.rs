//! The services of the small authority over HTTP, used by OpenSSL and curl.

use super::{create, sign_cert, write_pem};
use crate::support::{HOUR, at, now, openssl, serve, try_openssl};
use mekong_authority::ca::RevocationReason;
use mekong_authority::http::Client;
use mekong_base::Clock;
use mekong_pki::Certificate;
use mekong_pki::ocsp::{self, Refusal, Request, Response, Status};
use mekong_pki::tsp::{self, Stamped};
use std::io::Write as _;
use std::process::{Command, Stdio};

#[tokio::test(flavor = "multi_thread")]
async fn openssl_asks_the_live_responder() {
    let (folder, work, now) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), now());
    let ca = create(folder.path(), now);
    let leaf = sign_cert(&ca, "Leaf", now);
    write_pem(work.path(), &ca, &leaf);
    let url = serve(ca.router(Clock::system())).await;
    let alone = serve(ca.ocsp_router(Clock::system())).await;
    let ask = |url: &str, options: &str| {
        openssl(work.path(), &format!("ocsp -url {url} {options} -issuer ca.pem -cert leaf.pem -CAfile trusted.pem"))
    };
    for (at, options) in [("/ocsp", ""), ("/ocsp/", "-no_nonce"), ("/ocsp", "-sha256"), ("/ocsp", "-sha384 -no_nonce")]
    {
        let said = ask(&format!("{url}{at}"), options);
        assert!(said.contains("Response verify OK") && said.contains("leaf.pem: good"), "{said}");
        assert!(options.contains("no_nonce") || !said.contains("no nonce"), "{said}");
    }
    assert!(ask(&alone, "").contains("leaf.pem: good"));
    ca.revoke(leaf.serial(), RevocationReason::KeyCompromise, now).unwrap();
    for options in ["", "-no_nonce"] {
        let said = ask(&format!("{url}/ocsp"), options);
        assert!(said.contains("Response verify OK") && said.contains("leaf.pem: revoked"), "{said}");
        assert!(said.contains("keyCompromise"), "{said}");
    }
    // The issuing authority itself, of which the root says.
    let line = format!("ocsp -url {url}/ocsp -issuer root.pem -cert ca.pem -CAfile root.pem");
    let said = openssl(work.path(), &line);
    assert!(said.contains("Response verify OK") && said.contains("ca.pem: good"), "{said}");
    // A serial number that was never issued, and an issuer that is not ours.
    let said = openssl(work.path(), &format!("ocsp -url {url}/ocsp -issuer ca.pem -serial 0x1234 -CAfile trusted.pem"));
    assert!(said.contains("0x1234: unknown"), "{said}");
    let (_, said) = try_openssl(work.path(), &format!("ocsp -url {url}/ocsp -issuer leaf.pem -serial 1"));
    assert!(said.contains("unauthorized (6)"), "{said}");
}

#[tokio::test]
async fn get_answers_may_be_cached_for_a_twelfth_of_their_life() {
    let (folder, start) = (tempfile::tempdir().unwrap(), at("2026-03-01T10:00:00Z"));
    let ca = create(folder.path(), start);
    let leaf = sign_cert(&ca, "Leaf", start);
    let clock = Clock::manual(start);
    let url = serve(ca.router(clock.clone())).await;
    let client = Client::default();
    let request = Request::new(&leaf, ca.issuing()).to_der();
    let encoded = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(&request)
    };
    let escaped = encoded.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
    let mut first = None;
    for (minutes, path, age) in [(0, &encoded, 300), (1, &escaped, 240), (4, &encoded, 60)] {
        clock.set(start + 60 * minutes * std::time::Duration::from_secs(1));
        let answer = client.get(&format!("{url}/ocsp/{path}")).await.unwrap().success().unwrap();
        assert_eq!(answer.media_type(), ocsp::RESPONSE_MEDIA_TYPE);
        let caching = answer.headers["cache-control"].to_str().unwrap();
        assert_eq!(caching, format!("max-age={age}, public, no-transform, must-revalidate"));
        assert_eq!(*first.get_or_insert(answer.body.clone()), answer.body, "the same bytes are given again");
    }
    clock.set(start + HOUR / 2);
    let ocsp_url = format!("{url}/ocsp");
    let post = || client.post(&ocsp_url, ocsp::REQUEST_MEDIA_TYPE, request.clone());
    let renewed = post().await.unwrap().body;
    assert_eq!(Response::from_der(&renewed).unwrap().answer.this_update, start + HOUR / 2);
    let status = ocsp::verify(&renewed, &leaf, ca.issuing(), &[], clock.now(), HOUR, true).unwrap();
    assert_eq!((status.status, status.next_update), (Status::Good, Some(start + HOUR + HOUR / 2)));
    ca.revoke(leaf.serial(), RevocationReason::Superseded, clock.now()).unwrap();
    let revoked = Response::from_der(&post().await.unwrap().body).unwrap().answer.status;
    assert_eq!(revoked, Status::Revoked { at: clock.now(), reason: Some(4) }, "at once");
}

#[tokio::test]
async fn garbage_over_http_gets_a_clear_answer() {
    let (folder, now) = (tempfile::tempdir().unwrap(), now());
    let ca = create(folder.path(), now);
    let url = serve(ca.router(Clock::system())).await;
    let client = Client::default();
    let refused = |body: &[u8]| ocsp::Response::from_der(body).unwrap_err();
    let malformed = ocsp::OcspError::Refused(Refusal::MalformedRequest);
    let answer = client.post(&format!("{url}/ocsp"), ocsp::REQUEST_MEDIA_TYPE, "garbage").await.unwrap();
    assert_eq!(refused(&answer.body), malformed);
    for path in ["ocsp/garbage", "ocsp/%00%ff", "ocsp/MA==", "ocsp/AAAA"] {
        let answer = client.get(&format!("{url}/{path}")).await.unwrap();
        assert!(answer.status.as_u16() == 400 || refused(&answer.body) == malformed, "{path}: {answer:?}");
    }
    let mass = vec![0u8; 10 << 20];
    for (path, media_type) in [("ocsp", ocsp::REQUEST_MEDIA_TYPE), ("tsa", tsp::REQUEST_MEDIA_TYPE)] {
        // The server may close before it has read everything, which the client may see as a broken pipe.
        if let Ok(answer) = client.post(&format!("{url}/{path}"), media_type, mass.clone()).await {
            assert_eq!(answer.status.as_u16(), 413);
        }
        let answer = client.post(&format!("{url}/{path}"), "text/html", "x").await.unwrap();
        assert_eq!(answer.status.as_u16(), 415);
        assert!(String::from_utf8_lossy(&answer.body).contains(media_type));
    }
    let answer = client.get(&format!("{url}/certificates/issuing.cer")).await.unwrap().success().unwrap();
    assert_eq!(Certificate::from_der(&answer.body).as_ref(), Ok(ca.issuing()));
    for missing in ["other.cer", "..%2Fauthority.json", "root"] {
        let answer = client.get(&format!("{url}/certificates/{missing}")).await.unwrap();
        assert_eq!(answer.status.as_u16(), 404, "{missing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_fetches_time_stamps_that_openssl_verifies() {
    let (folder, work, now) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), now());
    let ca = create(folder.path(), now);
    write_pem(work.path(), &ca, ca.tsa().certificate());
    let url = serve(ca.router(Clock::system())).await;
    let alone = serve(ca.tsa_router(Clock::system())).await;
    std::fs::write(work.path().join("data"), b"data").unwrap();
    for url in [format!("{url}/tsa"), alone] {
        let query = ["ts", "-query", "-data", "data", "-sha512", "-cert"];
        let query = Command::new("openssl").args(query).current_dir(work.path()).output().unwrap();
        assert!(query.status.success());
        let mut curl = Command::new("curl")
            .args(["-sSf", "-H", "Content-Type: application/timestamp-query", "--data-binary", "@-", &url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        curl.stdin.take().unwrap().write_all(&query.stdout).unwrap();
        let answer = curl.wait_with_output().unwrap();
        assert!(answer.status.success());
        std::fs::write(work.path().join("response.tsr"), &answer.stdout).unwrap();
        let line = "ts -verify -data data -in response.tsr -CAfile root.pem -untrusted ca.pem";
        assert!(openssl(work.path(), line).contains("Verification: OK"));
        let token = tsp::Response::from_der(&answer.stdout).unwrap().token;
        tsp::verify(&token, Stamped::Data(b"data"), &[ca.tsa().certificate().clone()]).unwrap();
    }
}
