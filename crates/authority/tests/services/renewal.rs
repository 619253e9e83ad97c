//! Certificates renewed by their holders: who may, when, and what somebody else gains by it.

use super::support::{DAY, HOUR, at};
use mekong_authority::AuthorityError;
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority, RevocationReason, renewable_from};
use mekong_authority::http::{Client, Limits};
use mekong_authority::renewal::{RenewalError, RenewalRequest, renew};
use mekong_base::{Clock, Instant};
use mekong_crypto::{KeyType, PrivateKey, Zeroizing};
use mekong_pki::Certificate;
use mekong_pki::issue::Profile;
use mekong_pki::name;
use mekong_pki::request::CertificateRequest;

struct Setting {
    authority: CertificateAuthority,
    issued: Instant,
    /// In the last third of a certificate's life.
    late: Instant,
    _dir: tempfile::TempDir,
}

impl Setting {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let issued = at("2026-01-01T00:00:00Z");
        let spec = AuthoritySpec::new("Test", "LA", "MTC", "http://ca.example");
        let authority =
            CertificateAuthority::create(dir.path(), Zeroizing::new("secret".into()), &spec, issued).unwrap();
        Self { authority, issued, late: issued + DAY * 600, _dir: dir }
    }

    fn issue(&self, profile: Profile) -> (Certificate, PrivateKey) {
        let key = PrivateKey::generate(KeyType::P256).unwrap();
        let subject = name::build(&[(name::COUNTRY, "LA"), (name::COMMON_NAME, "gateway.example")]).unwrap();
        let request = CertificateRequest::create(&key, &subject).unwrap();
        (self.authority.issue(&request, profile, None, self.issued).unwrap(), key)
    }

    fn refused(&self, asked: &RenewalRequest, now: Instant) -> RenewalError {
        match self.authority.renew(asked, now) {
            Err(AuthorityError::Renewal(error)) => error,
            other => panic!("{other:?}"),
        }
    }
}

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::P256).unwrap()
}

fn tls() -> Profile {
    Profile::Authentication { dns: vec!["gateway.example".into()], ips: vec!["10.1.2.3".parse().unwrap()] }
}

#[test]
fn the_new_certificate_says_what_the_old_one_said_of_another_key() {
    let setting = Setting::new();
    for profile in [tls(), Profile::Signing] {
        let (old, present) = setting.issue(profile);
        for key_type in [KeyType::P256, KeyType::Rsa(2048)] {
            let new = PrivateKey::generate(key_type).unwrap();
            let asked = RenewalRequest::sign(&old, &present, &new).unwrap();
            let asked = RenewalRequest::from_json(asked.to_json().as_bytes()).unwrap();
            if key_type != KeyType::P256 {
                let error = setting.refused(&asked, setting.late);
                assert!(matches!(error, RenewalError::Renewed { .. }), "twice: {error}");
                continue;
            }
            let renewed = setting.authority.renew(&asked, setting.late).unwrap();
            assert_eq!(renewed.public_key(), new.public_key());
            assert_eq!(renewed.subject_der(), old.subject_der());
            assert_eq!(renewed.alternative_names(), old.alternative_names());
            assert_eq!(renewed.key_usage(), old.key_usage());
            assert_eq!(renewed.extended_key_usages(), old.extended_key_usages());
            assert!(renewed.not_after() > old.not_after() && renewed.is_valid_at(setting.late));
            // A lost answer is asked for again; a recorded question gains nothing.
            assert_eq!(setting.authority.renew(&asked, setting.late + HOUR).unwrap(), renewed);
            // The new one is renewed in its turn.
            let third = RenewalRequest::sign(&renewed, &new, &key()).unwrap();
            assert!(setting.authority.renew(&third, renewable_from(&renewed)).is_ok());
        }
    }
}

#[test]
fn what_others_ask_is_refused() {
    let (setting, elsewhere) = (Setting::new(), Setting::new());
    let (old, present) = setting.issue(tls());
    let late = setting.late;
    let (other, others_key) = setting.issue(tls());
    let by_another = RenewalRequest::sign(&old, &others_key, &key()).unwrap();
    assert!(matches!(setting.refused(&by_another, late), RenewalError::Signature { .. }));
    let (foreign, foreign_key) = elsewhere.issue(tls());
    let of_another = RenewalRequest::sign(&foreign, &foreign_key, &key()).unwrap();
    assert!(matches!(setting.refused(&of_another, late), RenewalError::NotIssuedHere { .. }));
    // Parts of two good requests make no third one.
    let (one, two) = (RenewalRequest::sign(&old, &present, &key()), RenewalRequest::sign(&other, &others_key, &key()));
    let (one, two) = (one.unwrap(), two.unwrap());
    let mixed = RenewalRequest { request: two.request.clone(), ..one.clone() };
    assert!(matches!(setting.refused(&mixed, late), RenewalError::Signature { .. }));
    let mixed = RenewalRequest { certificate: two.certificate.clone(), ..one };
    assert!(matches!(setting.refused(&mixed, late), RenewalError::Signature { .. }));
    // Keys that have a certificate get no second one.
    for known in [&present, &others_key] {
        let asked = RenewalRequest::sign(&old, &present, known).unwrap();
        assert_eq!(setting.refused(&asked, late), RenewalError::KnownKey);
    }
    // Certificates of the authority itself, and of people, are not renewed so.
    let subject = name::build(&[(name::COMMON_NAME, "responder")]).unwrap();
    let responder = key();
    let request = CertificateRequest::create(&responder, &subject).unwrap();
    let certificate = setting.authority.issue(&request, Profile::OcspResponder, None, setting.issued).unwrap();
    let asked = RenewalRequest::sign(&certificate, &responder, &key()).unwrap();
    assert_eq!(setting.refused(&asked, late), RenewalError::Profile("ocsp_responder".into()));
}

#[test]
fn only_good_certificates_in_the_last_third_of_their_life_are_renewed() {
    let setting = Setting::new();
    let (old, present) = setting.issue(tls());
    let asked = RenewalRequest::sign(&old, &present, &key()).unwrap();
    let from = renewable_from(&old);
    assert!(matches!(setting.refused(&asked, from - HOUR), RenewalError::TooEarly { .. }));
    assert!(matches!(setting.refused(&asked, old.not_after() + HOUR), RenewalError::NotGood { state: "expired", .. }));
    setting.authority.revoke(old.serial(), RevocationReason::KeyCompromise, from).unwrap();
    assert!(matches!(setting.refused(&asked, from), RenewalError::NotGood { state: "revoked", .. }));
    // Nor is a key that is known to others certified for anybody.
    let (other, others_key) = setting.issue(Profile::Signing);
    let with_lost_key = RenewalRequest::sign(&other, &others_key, &present).unwrap();
    assert!(matches!(setting.authority.renew(&with_lost_key, from), Err(AuthorityError::Compromised { .. })));
}

#[tokio::test]
async fn it_works_over_http_and_answers_are_checked() {
    let setting = Setting::new();
    let clock = Clock::manual(setting.late);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/renew", listener.local_addr().unwrap());
    let router = setting.authority.renewal_router(clock);
    let liar = setting.issue(tls()).0;
    let lies = axum::Router::new().route("/lies", axum::routing::post(move || async move { liar.pem() }));
    tokio::spawn(async move { axum::serve(listener, router.merge(lies)).await });
    let http = Client::new(Limits::default());
    let (old, present) = setting.issue(tls());
    let new = key();
    let asked = RenewalRequest::sign(&old, &present, &new).unwrap();
    let renewed = renew(&http, &url, &asked).await.unwrap();
    assert_eq!(renewed.public_key(), new.public_key());
    let again = RenewalRequest::sign(&old, &present, &key()).unwrap();
    let error = renew(&http, &url, &again).await.unwrap_err();
    assert!(error.contains("409") && error.contains("renewed before"), "{error}");
    let error = renew(&http, &url.replace("renew", "lies"), &asked).await.unwrap_err();
    assert!(error.contains("another key"), "{error}");
    let posted = http.post(&url, "application/json", bytes::Bytes::from_static(b"{}")).await.unwrap();
    assert_eq!(posted.status.as_u16(), 400);
}
