//! The small authority: what it issues, to whom, and what it refuses.
//!
//! - [`journal`]: its folder and its journal.
//! - [`services`]: its services over HTTP.

mod journal;
mod services;

use crate::support::{DAY, now, openssl, subject};
use mekong_authority::ca::{AuthorityError, AuthoritySpec, CertificateAuthority, LEAF_VALIDITY, RevocationReason};
use mekong_authority::profile::CertificateProfile;
use mekong_base::Instant;
use mekong_crypto::{KeyType, PrivateKey, Zeroizing};
use mekong_pki::issue::Profile;
use mekong_pki::request::CertificateRequest;
use mekong_pki::{Certificate, path};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

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
