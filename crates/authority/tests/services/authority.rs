//! The small authority: its folder, its journal, and its services over HTTP, used by OpenSSL and curl.

use crate::support::{DAY, HOUR, at, now, openssl, serve, subject, try_openssl};
use mekong_authority::ca::{
    AuthorityError, AuthoritySpec, CertificateAuthority, LEAF_VALIDITY, OrderNumber, RevocationReason,
};
use mekong_authority::http::Client;
use mekong_authority::profile::CertificateProfile;
use mekong_base::{Clock, Instant};
use mekong_crypto::{KeyType, PrivateKey, Zeroizing};
use mekong_pki::issue::Profile;
use mekong_pki::ocsp::{self, Refusal, Request, Response, Status};
use mekong_pki::request::CertificateRequest;
use mekong_pki::tsp::{self, Stamped};
use mekong_pki::{Certificate, path};
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Command, Stdio};

fn passphrase() -> Zeroizing<String> {
    Zeroizing::new("secret of the authority".to_owned())
}

fn spec(base_url: &str) -> AuthoritySpec {
    AuthoritySpec::new("Lao e-Government", "LA", "ກະຊວງພາຍໃນ", base_url)
}

fn create(dir: &Path, now: Instant) -> CertificateAuthority {
    CertificateAuthority::create(dir, passphrase(), &spec("http://ca.example"), now).unwrap()
}

fn request(name: &str) -> (PrivateKey, CertificateRequest) {
    let key = PrivateKey::generate(KeyType::P256).unwrap();
    let request = CertificateRequest::create(&key, &subject(name)).unwrap();
    (key, request)
}

fn sign_cert(ca: &CertificateAuthority, name: &str, now: Instant) -> Certificate {
    ca.issue(&request(name).1, Profile::Signing, None, now).unwrap()
}

fn journal(dir: &Path) -> std::path::PathBuf {
    dir.join("certificates.jsonl")
}

fn write_pem(dir: &Path, ca: &CertificateAuthority, leaf: &Certificate) {
    std::fs::write(dir.join("root.pem"), ca.root().pem()).unwrap();
    std::fs::write(dir.join("ca.pem"), ca.issuing().pem()).unwrap();
    std::fs::write(dir.join("trusted.pem"), ca.root().pem() + &ca.issuing().pem()).unwrap();
    std::fs::write(dir.join("leaf.pem"), leaf.pem()).unwrap();
}

#[test]
fn openssl_accepts_every_certificate_strictly() {
    let (folder, work, now) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), now());
    let ca = create(folder.path(), now);
    let profile =
        Profile::Authentication { dns: vec!["ss.example".into()], ips: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)] };
    let tls = ca.issue(&request("TLS").1, profile, None, now).unwrap();
    let renamed = ca.issue(&request("Wish").1, Profile::Signing, Some(&subject("Given")), now).unwrap();
    assert!(renamed.subject().contains("Given"), "{}", renamed.subject());
    assert_eq!(renamed.not_after(), (now + LEAF_VALIDITY).whole_seconds());
    assert_eq!(renamed.ocsp_urls(), ["http://ca.example/ocsp"]);
    for (leaf, purpose) in [
        (&tls, "sslserver"),
        (&renamed, "any"),
        (ca.tsa().certificate(), "timestampsign"),
        (ca.ocsp_responder(), "any"),
    ] {
        write_pem(work.path(), &ca, leaf);
        let line = format!("verify -x509_strict -CAfile root.pem -untrusted ca.pem -purpose {purpose} leaf.pem");
        openssl(work.path(), &line);
        path::validate(leaf, &[ca.issuing().clone()], &[ca.root().clone()], now).unwrap();
    }
}

#[test]
fn finds_everything_as_it_was() {
    let (folder, start) = (tempfile::tempdir().unwrap(), at("2026-03-01T10:00:00Z"));
    assert!(!CertificateAuthority::exists(folder.path()));
    assert!(matches!(CertificateAuthority::open(folder.path(), passphrase()), Err(AuthorityError::NotFound(_))));
    let ca = create(folder.path(), start);
    let (kept, revoked) = (sign_cert(&ca, "Kept", start), sign_cert(&ca, "Revoked", start));
    ca.revoke(revoked.serial(), RevocationReason::KeyCompromise, start + HOUR).unwrap();
    let before = ca.certificates().unwrap();
    assert_eq!(CertificateAuthority::open(folder.path(), passphrase()).unwrap().certificates().unwrap(), before);
    let again = CertificateAuthority::create(folder.path(), passphrase(), &spec("http://other"), start);
    assert!(matches!(again, Err(AuthorityError::Exists(_))));
    drop(ca);
    let wrong = CertificateAuthority::open(folder.path(), Zeroizing::new("wrong".to_owned()));
    assert!(matches!(wrong, Err(AuthorityError::Token(_))), "{wrong:?}");
    let ca = CertificateAuthority::open(folder.path(), passphrase()).unwrap();
    assert_eq!(ca.certificates().unwrap(), before);
    assert_eq!(before.len(), 7, "root, issuing, two OCSP, TSA, and two issued");
    assert_eq!(ca.status(kept.serial()).unwrap(), Status::Good);
    assert_eq!(ca.status(revoked.serial()).unwrap(), Status::Revoked { at: start + HOUR, reason: Some(1) });
    assert_eq!(ca.status(&[1, 2, 3]).unwrap(), Status::Unknown);
    assert_eq!(ca.certificate(kept.serial()).unwrap().unwrap().certificate, kept);
    let again = ca.revoke(revoked.serial(), RevocationReason::Superseded, start + DAY);
    assert!(matches!(again, Err(AuthorityError::AlreadyRevoked { at, .. }) if at == start + HOUR), "{again:?}");
    let unknown = ca.revoke(&[1, 2, 3], RevocationReason::Superseded, start).unwrap_err();
    assert_eq!(unknown.to_string(), "no certificate with serial number 010203 was issued here");
    assert!(!format!("{ca:?}").contains("secret"));
}

/// What the responder of an authority says of a certificate.
fn asked(ca: &CertificateAuthority, leaf: &Certificate, now: Instant) -> Status {
    let id = ocsp::CertId::of_serial(leaf.serial(), ca.issuing(), mekong_crypto::DigestAlgorithm::Sha1);
    let answer = ca.answer_ocsp(&Request { cert_id: id, nonce: None }.to_der(), now);
    Response::from_der(&answer.der).unwrap().answer.status
}

#[test]
fn two_processes_learn_from_each_other() {
    let (folder, start) = (tempfile::tempdir().unwrap(), at("2026-03-01T10:00:00Z"));
    let server = create(folder.path(), start);
    let leaf = sign_cert(&server, "Leaf", start);
    let clerk = CertificateAuthority::open(folder.path(), passphrase()).unwrap();
    assert_eq!(asked(&server, &leaf, start), Status::Good);
    let first = server.crl(start).unwrap();
    assert_eq!(clerk.crl(start).unwrap().der(), first.der(), "both give out the same list");
    clerk.revoke(leaf.serial(), RevocationReason::Superseded, start).unwrap();
    // Within the second of the answer and the list that the server has kept.
    assert_eq!(asked(&server, &leaf, start), Status::Revoked { at: start, reason: Some(4) });
    let again = server.revoke(leaf.serial(), RevocationReason::Superseded, start);
    assert!(matches!(again, Err(AuthorityError::AlreadyRevoked { .. })), "{again:?}");
    let second = server.crl(start).unwrap();
    assert!(second.lookup(leaf.serial()).is_some() && second.number() > first.number());
    assert_eq!(clerk.crl(start + HOUR).unwrap().der(), second.der());
    let third = clerk.renew_crl(start).unwrap();
    assert!(third.number() > second.number(), "{:?}", third.number());
    let last = server.crl(start + DAY * 4).unwrap();
    assert!(last.number() > third.number() && last.this_update() == start + DAY * 4);
    let next = sign_cert(&clerk, "Next", start);
    assert_eq!(asked(&server, &next, start), Status::Good);
    assert_eq!(server.certificates().unwrap(), clerk.certificates().unwrap());
    // A list that somebody else put there is not given out.
    std::fs::write(folder.path().join("issuing.crl"), b"rubbish").unwrap();
    assert!(server.crl(start + DAY * 4).unwrap().verify(server.issuing()).is_ok());
}

/// What was revoked for less may turn out to be known to others; never the other way.
#[test]
fn a_reason_can_become_graver() {
    let (folder, start) = (tempfile::tempdir().unwrap(), at("2026-03-01T10:00:00Z"));
    let ca = create(folder.path(), start);
    let leaf = sign_cert(&ca, "Leaf", start);
    for reason in [RevocationReason::Superseded, RevocationReason::KeyCompromise] {
        ca.revoke(leaf.serial(), reason, start + HOUR).unwrap();
        let told = ca.crl(start + HOUR).unwrap().lookup(leaf.serial()).unwrap();
        assert_eq!((told.at, told.reason), (start + HOUR, Some(reason.number())), "the list tells it at once");
        let again = ca.revoke(leaf.serial(), RevocationReason::Superseded, start + DAY);
        assert!(matches!(again, Err(AuthorityError::AlreadyRevoked { .. })), "{again:?}");
    }
    let graver = sign_cert(&ca, "Next", start);
    ca.revoke(graver.serial(), RevocationReason::Unspecified, start + HOUR).unwrap();
    let opened = CertificateAuthority::open(folder.path(), passphrase()).unwrap();
    assert_eq!(asked(&ca, &graver, start + HOUR), Status::Revoked { at: start + HOUR, reason: Some(0) });
    opened.revoke(graver.serial(), RevocationReason::KeyCompromise, start + DAY).unwrap();
    let expected = Status::Revoked { at: start + HOUR, reason: Some(1) };
    assert_eq!(asked(&ca, &graver, start + HOUR), expected, "the time stays, the kept answer does not");
    assert_eq!(
        CertificateAuthority::open(folder.path(), passphrase()).unwrap().certificates().unwrap(),
        ca.certificates().unwrap()
    );
}

/// An order that is sent again, after whatever happened in between, is known.
#[test]
fn an_order_is_carried_out_once_and_its_number_is_good_for_no_other() {
    let (folder, now) = (tempfile::tempdir().unwrap(), now());
    let ca = create(folder.path(), now);
    let (_, request) = request("Leaf");
    let profile = CertificateProfile::built_in("la-organisation").unwrap();
    let subject = [("C", "LA"), ("O", "ບໍລິສັດ"), ("organizationIdentifier", "VATLA-123456789"), ("CN", "ບໍລິສັດ")];
    let subject = subject.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let order = |ca: &CertificateAuthority, number, what| {
        ca.issue_once(OrderNumber { number, what }, &request, &profile, &subject, now)
    };
    let first = order(&ca, "1", "a").unwrap();
    let count = ca.certificates().unwrap().len();
    drop(ca);
    let opened = CertificateAuthority::open(folder.path(), passphrase()).unwrap();
    assert_eq!(order(&opened, "1", "a").unwrap(), first);
    assert!(matches!(order(&opened, "1", "b"), Err(AuthorityError::OtherOrder(number)) if number == "1"));
    assert_eq!(opened.certificates().unwrap().len(), count);
    assert_ne!(order(&opened, "2", "a").unwrap(), first);
    let clerks = [opened.clone(), CertificateAuthority::open(folder.path(), passphrase()).unwrap()];
    let at_once: Vec<_> = std::thread::scope(|scope| {
        let started: Vec<_> = clerks.iter().map(|clerk| scope.spawn(|| order(clerk, "3", "a").unwrap())).collect();
        started.into_iter().map(|clerk| clerk.join().unwrap()).collect()
    });
    assert_eq!(at_once[0], at_once[1]);
}

/// Certificates are read from the journal when they are asked for: a line that has changed is no certificate.
#[test]
fn a_line_that_changed_is_told() {
    let (folder, now) = (tempfile::tempdir().unwrap(), now());
    let ca = create(folder.path(), now);
    let leaf = sign_cert(&ca, "Leaf", now);
    let mut content = std::fs::read(journal(folder.path())).unwrap();
    let middle = content.len() - 200;
    content[middle] = b'"';
    std::fs::write(journal(folder.path()), content).unwrap();
    let found = ca.certificate(leaf.serial());
    assert!(matches!(found, Err(AuthorityError::Damaged { .. })), "{found:?}");
    assert_eq!(ca.status(leaf.serial()).unwrap(), Status::Good, "what is known is known");
}

#[test]
fn many_writers_lose_nothing() {
    let (folder, start) = (tempfile::tempdir().unwrap(), at("2026-03-01T10:00:00Z"));
    drop(create(folder.path(), start));
    let open = || CertificateAuthority::open(folder.path(), passphrase()).unwrap();
    let clerks: Vec<_> = (0..4).map(|_| open()).collect();
    std::thread::scope(|scope| {
        for (number, clerk) in clerks.iter().enumerate() {
            scope.spawn(move || {
                for round in 0..5 {
                    let leaf = sign_cert(clerk, &format!("{number}-{round}"), start);
                    clerk.revoke(leaf.serial(), RevocationReason::Superseded, start).unwrap();
                    clerk.crl(start).unwrap();
                }
            });
        }
    });
    let list = open().crl(start).unwrap();
    assert_eq!(list.len(), 20);
    let all = open().certificates().unwrap();
    assert_eq!(all.iter().filter(|issued| issued.revoked.is_some()).count(), 20);
    for clerk in &clerks {
        assert_eq!(clerk.certificates().unwrap(), all);
        assert_eq!(clerk.crl(start).unwrap().der(), list.der());
    }
}

#[test]
fn a_key_that_is_known_to_others_gets_no_certificate() {
    let (folder, now) = (tempfile::tempdir().unwrap(), now());
    let ca = create(folder.path(), now);
    let (_, request) = request("Leaf");
    let profile = CertificateProfile::built_in("la-organisation").unwrap();
    let subject = [("C", "LA"), ("O", "ບໍລິສັດ"), ("organizationIdentifier", "VATLA-123456789"), ("CN", "ບໍລິສັດ")];
    let subject = subject.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let plan = ca.plan(&request, &profile, &subject, now).unwrap();
    let count = ca.certificates().unwrap().len();
    let issued = ca.issue_by_profile(&request, &profile, &subject, now).unwrap();
    assert_eq!(ca.certificates().unwrap().len(), count + 1, "a plan issues nothing");
    assert_eq!((plan.not_before, plan.not_after), (issued.not_before(), issued.not_after()));
    assert_eq!((plan.subject, plan.purpose.statements), (issued.subject_name().clone(), issued.statements().unwrap()));
    assert!(ca.plan(&request, &profile, &subject, now).is_ok(), "the holder may have several");
    ca.revoke(issued.serial(), RevocationReason::KeyCompromise, now).unwrap();
    let refused = ca.issue_by_profile(&request, &profile, &subject, now);
    assert!(
        matches!(&refused, Err(AuthorityError::Compromised { serial }) if *serial == issued.serial_hex()),
        "{refused:?}"
    );
    let authority = CertificateProfile::built_in("issuing-authority").unwrap();
    let refused = ca.plan(&request, &authority, &subject, now);
    assert!(matches!(refused, Err(AuthorityError::NotOffered(_))), "{refused:?}");
}

#[test]
fn an_interrupted_creation_is_completed() {
    let (folder, now) = (tempfile::tempdir().unwrap(), now());
    let first = create(folder.path(), now).root().clone();
    // The description is written last: without it nothing was promised to anybody.
    std::fs::remove_file(folder.path().join("authority.json")).unwrap();
    let ca = create(folder.path(), now);
    assert_ne!(*ca.root(), first);
    assert_eq!(ca.root().public_key(), first.public_key(), "the keys are used up");
    assert_eq!(ca.certificates().unwrap().len(), 5);
}

#[test]
fn a_line_cut_short_by_a_crash_is_dropped() {
    let (folder, now) = (tempfile::tempdir().unwrap(), now());
    let ca = create(folder.path(), now);
    let kept = sign_cert(&ca, "Kept", now);
    let whole = std::fs::read(journal(folder.path())).unwrap();
    ca.revoke(kept.serial(), RevocationReason::Unspecified, now).unwrap();
    drop(ca);
    let longer = std::fs::read(journal(folder.path())).unwrap();
    for cut in [whole.len() + 1, longer.len() - 5, longer.len() - 1] {
        std::fs::write(journal(folder.path()), &longer[..cut]).unwrap();
        let ca = CertificateAuthority::open(folder.path(), passphrase()).unwrap();
        assert_eq!(ca.status(kept.serial()).unwrap(), Status::Good, "the revocation was not acknowledged");
        assert_eq!(std::fs::read(journal(folder.path())).unwrap(), whole);
        let next = sign_cert(&ca, "Next", now);
        drop(ca);
        let ca = CertificateAuthority::open(folder.path(), passphrase()).unwrap();
        assert_eq!(ca.status(next.serial()).unwrap(), Status::Good, "written where the cut line began");
    }
}

#[test]
fn a_damaged_journal_is_not_believed() {
    let (folder, now) = (tempfile::tempdir().unwrap(), now());
    let ca = create(folder.path(), now);
    let leaf = sign_cert(&ca, "Leaf", now);
    drop(ca);
    let good = std::fs::read_to_string(journal(folder.path())).unwrap();
    let opened = |content: String| {
        std::fs::write(journal(folder.path()), content).unwrap();
        CertificateAuthority::open(folder.path(), passphrase())
    };
    let never_issued = r#"{"event":"revoked","at":"2026-01-01T00:00:00Z","serial":"7f","reason":"unspecified"}"#;
    let swapped = good.replace(&leaf.serial_hex(), "7f");
    for (content, line, words) in [
        (format!("garbage\n{good}"), 1, "expected value"),
        (format!("{good}{never_issued}\n"), 7, "never issued"),
        (swapped, 6, "is not that of the certificate"),
        (good.replacen("issued", "printed", 1), 1, "unknown variant"),
    ] {
        match opened(content) {
            Err(AuthorityError::Journal { line: found, reason, .. }) => {
                assert_eq!(found, line);
                assert!(reason.contains(words), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(opened(good).is_ok());
    std::fs::write(folder.path().join("authority.json"), "{}").unwrap();
    let damaged = CertificateAuthority::open(folder.path(), passphrase());
    assert!(matches!(damaged, Err(AuthorityError::Description { .. })), "{damaged:?}");
}

#[test]
fn nothing_is_issued_without_proof_of_the_key_or_beyond_the_rules() {
    let (folder, now) = (tempfile::tempdir().unwrap(), now());
    let ca = create(folder.path(), now);
    let before = ca.certificates().unwrap().len();
    let (_, good) = request("Leaf");
    let mut forged = good.der().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let forged = CertificateRequest::from_der(&forged).unwrap();
    let refused = ca.issue(&forged, Profile::Signing, None, now);
    assert!(matches!(refused, Err(AuthorityError::Request(_))), "{refused:?}");
    let refused = ca.issue(&good, Profile::IssuingCa { path_len: None }, None, now);
    assert!(matches!(refused, Err(AuthorityError::NotOffered(_))), "{refused:?}");
    let beyond = (now, ca.issuing().not_after() + DAY);
    let refused = ca.issue_valid(&good, Profile::Signing, None, beyond, now);
    assert!(matches!(refused, Err(AuthorityError::Issue(_))), "{refused:?}");
    assert_eq!(ca.certificates().unwrap().len(), before);
}

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

/// A key that others know is not certified again in another form, nor one that is weak or read in different ways.
#[test]
fn keys_that_must_not_be_certified() {
    let (dir, now) = (tempfile::tempdir().unwrap(), now());
    let ca = create(&dir.path().join("ca"), now);
    let profile = CertificateProfile::built_in("la-organisation").unwrap();
    let subject = [("C", "LA"), ("O", "Mẫu"), ("organizationIdentifier", "VATLA-123456789"), ("CN", "Mẫu")];
    let subject = subject.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let request = |key: &str| {
        openssl(dir.path(), &format!("req -new -key {key} -subj /CN=x -out csr"));
        CertificateRequest::from_der_or_pem(&std::fs::read(dir.path().join("csr")).unwrap()).unwrap()
    };
    openssl(dir.path(), "ecparam -name prime256v1 -genkey -noout -out key");
    openssl(dir.path(), "ec -in key -conv_form compressed -out compressed");
    let issued = ca.issue_by_profile(&request("key"), &profile, &subject, now).unwrap();
    assert_eq!(ca.certificates_for(request("compressed").public_key()).unwrap().len(), 1);
    ca.revoke(issued.serial(), RevocationReason::KeyCompromise, now).unwrap();
    for key in ["key", "compressed"] {
        let refused = ca.issue_by_profile(&request(key), &profile, &subject, now);
        assert!(matches!(refused, Err(AuthorityError::Compromised { .. })), "{key}: {refused:?}");
    }
    openssl(dir.path(), "genrsa -3 -out three 3072");
    let refused = ca.issue_by_profile(&request("three"), &profile, &subject, now);
    assert!(refused.is_err_and(|error| error.to_string().contains("exponent 3")));
}
