//! A country that starts from nothing: roots by ceremony, an authority below them, certificates by profile; OpenSSL is
//! the relying party.

use crate::support::now;
use mekong_authority::RevocationReason;
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority, Enrolled};
use mekong_authority::ceremony::{Quorum, Root, RootSpec, Share};
use mekong_authority::profile::{CertificateProfile, ProfileError};
use mekong_crypto::{KeyType, PrivateKey, Zeroizing};
use mekong_pki::Certificate;
use mekong_pki::request::CertificateRequest;
use mekong_pki::testing::openssl;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn root_spec(service: &str) -> RootSpec {
    RootSpec {
        name: format!("Lao PDR National Root CA - {service}"),
        country: "LA".into(),
        organisation: "ສູນອິນເຕີເນັດແຫ່ງຊາດ".into(),
        service: service.into(),
        key_type: KeyType::P384,
        years: 25,
        base_url: "http://rootca.example/".into(),
    }
}

fn file(dir: &Path, name: &str, content: &[u8]) -> String {
    let path: PathBuf = dir.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_string_lossy().into_owned()
}

struct Country {
    dir: tempfile::TempDir,
    root: Root,
    shares: Vec<Share>,
    authority: CertificateAuthority,
    tsa_root: Certificate,
}

fn passphrase() -> Zeroizing<String> {
    Zeroizing::new("for the test".to_owned())
}

fn country() -> Country {
    let dir = tempfile::tempdir().unwrap();
    let quorum = Quorum::new(2, 3).unwrap();
    let (mut root, shares) = Root::make(&dir.path().join("root"), &root_spec("signatures"), quorum, now()).unwrap();
    let (mut tsa_root, _) = Root::make(&dir.path().join("tsa-root"), &root_spec("time-stamps"), quorum, now()).unwrap();
    let spec = AuthoritySpec::new("Lao PDR e-Government", "LA", "ສູນອິນເຕີເນັດແຫ່ງຊາດ", "http://ca.example");
    let online = dir.path().join("online");
    let requests = CertificateAuthority::request(&online, passphrase(), &spec).unwrap();
    let (issuing, stamping) = ("issuing-authority", "time-stamping");
    let certify = |root: &mut Root, request: &CertificateRequest, profile: &str| {
        let profile = CertificateProfile::built_in(profile).unwrap();
        root.certify(request, &profile, now()).unwrap()
    };
    let enrolled = Enrolled {
        root: root.certificate().clone(),
        issuing: certify(&mut root, &requests.issuing, issuing),
        tsa: certify(&mut tsa_root, &requests.tsa, stamping),
    };
    let authority = CertificateAuthority::install(&online, passphrase(), &spec, &enrolled, now()).unwrap();
    let tsa_root = tsa_root.certificate().clone();
    Country { dir, root, shares, authority, tsa_root }
}

fn company() -> BTreeMap<String, String> {
    [("C", "LA"), ("O", "ບໍລິສັດຕົວຢ່າງ"), ("organizationIdentifier", "VATLA-123456789000"), ("CN", "ບໍລິສັດຕົວຢ່າງ")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn issued(country: &Country) -> Certificate {
    let key = PrivateKey::generate(KeyType::P256).unwrap();
    let request = CertificateRequest::create(&key, country.root.certificate().subject_name()).unwrap();
    let profile = CertificateProfile::built_in("la-organisation").unwrap();
    country.authority.issue_by_profile(&request, &profile, &company(), now()).unwrap()
}

#[test]
fn openssl_accepts_what_a_new_country_issues_until_it_is_revoked() {
    let country = country();
    let dir = country.dir.path();
    let leaf = issued(&country);
    let root = file(dir, "root.pem", country.root.certificate().pem().as_bytes());
    let issuing = file(dir, "issuing.pem", country.authority.issuing().pem().as_bytes());
    let leaf_file = file(dir, "leaf.pem", leaf.pem().as_bytes());
    let lists = || {
        let week = now() + Duration::from_secs(7 * 86_400);
        let of_root = country.root.crl(now(), week).unwrap();
        let of_issuing = country.authority.crl(now()).unwrap();
        let pem = [of_root.as_slice(), of_issuing.der()].map(|der| mekong_pki::pem::encode("X509 CRL", der)).concat();
        file(dir, "lists.pem", pem.as_bytes())
    };
    let verify = |crls: &str| {
        let strict = ["verify", "-x509_strict", "-crl_check_all", "-CRLfile", crls];
        openssl(&[&strict[..], &["-CAfile", &root, "-untrusted", &issuing, &leaf_file]].concat())
    };
    let crls = lists();
    verify(&crls).unwrap();
    country.authority.revoke(leaf.serial(), RevocationReason::KeyCompromise, now()).unwrap();
    let refused = verify(&lists()).unwrap_err().to_string();
    assert!(refused.contains("certificate revoked"), "{refused}");
    let text = String::from_utf8(openssl(&["crl", "-in", &crls, "-noout", "-text"]).unwrap()).unwrap();
    assert!(text.contains("CRL Number"), "{text}");
}

#[test]
fn the_profile_is_in_the_certificate() {
    let country = country();
    let leaf = issued(&country);
    let path = file(country.dir.path(), "leaf.pem", leaf.pem().as_bytes());
    let text = String::from_utf8(openssl(&["x509", "-in", &path, "-noout", "-text"]).unwrap()).unwrap();
    for wanted in [
        "Non Repudiation",
        "0.4.0.194112.1.3",
        "http://ca.example/issuing.crl",
        "http://ca.example/ocsp",
        "qcStatements",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
}

#[test]
fn time_stamps_stand_below_a_root_of_their_own() {
    let country = country();
    let dir = country.dir.path();
    let data = file(dir, "data", b"data");
    let query = openssl(&["ts", "-query", "-data", &data, "-sha256", "-cert"]).unwrap();
    let answer = file(dir, "answer.tsr", &country.authority.tsa().respond(&query, now()));
    let tsa_root = file(dir, "tsa-root.pem", country.tsa_root.pem().as_bytes());
    let root = file(dir, "root.pem", country.root.certificate().pem().as_bytes());
    let verify = |anchor: &str| openssl(&["ts", "-verify", "-data", &data, "-in", &answer, "-CAfile", anchor]);
    verify(&tsa_root).unwrap();
    assert!(verify(&root).is_err(), "the root for signatures does not stand for time-stamps");
}

#[test]
fn the_root_opens_for_a_quorum_only() {
    let country = country();
    let (dir, shares) = (country.dir.path().join("root"), country.shares.clone());
    let serial = country.authority.issuing().serial().to_vec();
    drop(country.root);
    assert!(Root::open(&dir, &shares[..1]).is_err());
    let lines: Vec<_> = shares[1..].iter().map(|share| share.to_line()).collect();
    let typed: Vec<Share> = lines.iter().map(|line| Share::from_line(line).unwrap()).collect();
    let mut root = Root::open(&dir, &typed).unwrap();
    root.revoke(&serial, RevocationReason::CessationOfOperation, now()).unwrap();
    assert_eq!(root.certificates().iter().filter(|issued| issued.revoked.is_some()).count(), 1);
    let record = std::fs::read_to_string(dir.join("record.txt")).unwrap();
    assert!(record.contains("2 of 3 must come together") && record.contains("Share 3"), "{record}");
    for line in lines {
        let secret = line.split(' ').nth(3).unwrap();
        assert!(!record.contains(secret), "the record holds a share");
    }
}

#[test]
fn certificates_of_another_request_are_not_installed() {
    let country = country();
    let spec = AuthoritySpec::new("Another", "LA", "ສູນອິນເຕີເນັດແຫ່ງຊາດ", "http://ca.example");
    let other = country.dir.path().join("other");
    CertificateAuthority::request(&other, passphrase(), &spec).unwrap();
    let enrolled = Enrolled {
        root: country.root.certificate().clone(),
        issuing: country.authority.issuing().clone(),
        tsa: country.authority.tsa().certificate().clone(),
    };
    let refused = CertificateAuthority::install(&other, passphrase(), &spec, &enrolled, now()).unwrap_err();
    assert!(refused.to_string().contains("is not for the key issuing"), "{refused}");
}

#[test]
fn keys_and_subjects_that_do_not_fit_are_refused_before_anything_is_issued() {
    let country = country();
    let before = country.authority.certificates().unwrap().len();
    let profile = CertificateProfile::built_in("la-organisation").unwrap();
    let key = PrivateKey::generate(KeyType::Rsa(2048)).unwrap();
    let request = CertificateRequest::create(&key, country.root.certificate().subject_name()).unwrap();
    let refused = country.authority.issue_by_profile(&request, &profile, &company(), now()).unwrap_err();
    assert!(refused.to_string().contains("takes keys of p256, p384, rsa-3072"), "{refused}");
    let mut subject = company();
    subject.insert("organizationIdentifier".into(), "123".into());
    assert!(matches!(profile.subject(&subject), Err(ProfileError::Subject { .. })));
    assert_eq!(country.authority.certificates().unwrap().len(), before);
}
