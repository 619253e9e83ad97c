//! Time-stamps both ways with OpenSSL, and every way in which a token is not to be believed.

use crate::support::{DAY, HOUR, Pki, make, now, openssl, write_party};
use const_oid::ObjectIdentifier;
use mekong_base::Instant;
use mekong_crypto::{CryptoError, DigestAlgorithm, KeyType, PrivateKey};
use mekong_pki::issue::Profile;
use mekong_pki::tsp::{
    self, FailureInfo, Refusal, Request, Response, Stamped, TimeStampAuthority, Token, TspError, VerifiedToken,
};
use std::path::Path;
use std::time::Duration;

const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.3.4.1");
const DATA: &[u8] = b"the data to be stamped";

fn authority(pki: &Pki) -> TimeStampAuthority {
    TimeStampAuthority::new(pki.tsa.certificate.clone(), pki.tsa.key.clone(), POLICY)
}

fn request(algorithm: DigestAlgorithm) -> Request {
    Request::new(algorithm, algorithm.digest(DATA).as_ref().to_vec())
}

fn stamp(tsa: &TimeStampAuthority, now: Instant) -> Vec<u8> {
    Response::from_der(&tsa.respond(&request(DigestAlgorithm::Sha512).to_der(), now)).unwrap().token
}

fn verify(pki: &Pki, token: &[u8]) -> Result<VerifiedToken, TspError> {
    tsp::verify(token, Stamped::Data(DATA), std::slice::from_ref(&pki.tsa.certificate))
}

#[test]
fn openssl_verifies_our_tokens() {
    let now = now();
    for key_type in [KeyType::P256, KeyType::P384, KeyType::Rsa(2048)] {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| dir.path().join(name);
        let pki = Pki::new(key_type, now);
        pki.write(dir.path());
        std::fs::write(file("data"), DATA).unwrap();
        let tsa = authority(&pki);
        for (query, untrusted) in [
            ("-sha256 -cert", ""),
            ("-sha384 -cert -no_nonce", ""),
            ("-sha512", "-untrusted tsa.pem"),
            ("-sha512 -cert -tspolicy 1.2.3.4.1", ""),
        ] {
            openssl(dir.path(), &format!("ts -query -data data {query} -out query.tsq"));
            let response = tsa.respond(&std::fs::read(file("query.tsq")).unwrap(), now);
            std::fs::write(file("response.tsr"), &response).unwrap();
            let against = format!("-CAfile trusted.pem {untrusted}");
            for what in ["-data data", "-queryfile query.tsq"] {
                let said = openssl(dir.path(), &format!("ts -verify {what} -in response.tsr {against}"));
                assert!(said.contains("Verification: OK"), "{key_type} {query}: {said}");
            }
            let text = openssl(dir.path(), "ts -reply -in response.tsr -text");
            assert!(text.contains("Accuracy: 0x01 seconds") && text.contains("Serial number: 0x"), "{text}");
            let verified = verify(&pki, &Response::from_der(&response).unwrap().token).unwrap();
            assert_eq!(verified.info.gen_time, now.whole_seconds());
            assert_eq!(verified.info.accuracy, Some(Duration::from_secs(1)));
        }
        // As X-Road stores it: a bare token, to which the certificate is added.
        let bare = stamp(&tsa, now);
        assert!(Token::from_der(&bare).unwrap().certificates.is_empty());
        let whole = tsp::add_certificate(&bare, &pki.tsa.certificate).unwrap();
        assert_eq!(Token::from_der(&whole).unwrap().certificates.first(), Some(&pki.tsa.certificate));
        assert_eq!(tsp::add_certificate(&whole, &pki.tsa.certificate).as_ref(), Ok(&whole));
        std::fs::write(file("token.tst"), &whole).unwrap();
        openssl(dir.path(), "ts -verify -data data -in token.tst -token_in -CAfile trusted.pem");
        verify(&pki, &whole).unwrap();
    }
}

const CONFIGURATION: &str = "
[tsa]
default_tsa = ours
[ours]
dir = .
serial = ./serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500, microsecs:100
ordering = yes
tsa_name = yes
";

/// A reply of OpenSSL's own authority.
fn reply(dir: &Path, query: &str, settings: &str) -> Vec<u8> {
    std::fs::write(dir.join("ts.cnf"), format!("{CONFIGURATION}{settings}\n")).unwrap();
    openssl(dir, &format!("ts -query -data data {query} -out query.tsq"));
    openssl(dir, "ts -reply -queryfile query.tsq -signer tsa.pem -inkey tsa.key -config ts.cnf -out response.tsr");
    std::fs::read(dir.join("response.tsr")).unwrap()
}

#[test]
fn we_verify_openssls_tokens() {
    let now = now();
    for key_type in [KeyType::P256, KeyType::P521, KeyType::Rsa(3072)] {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::new(key_type, now);
        pki.write(dir.path());
        std::fs::write(dir.path().join("data"), DATA).unwrap();
        for (query, settings) in [
            ("-sha512", "ess_cert_id_alg = sha1"),
            ("-sha256 -cert -no_nonce", "ess_cert_id_alg = sha256"),
            ("-sha384 -cert", "ess_cert_id_alg = sha512\nclock_precision_digits = 6"),
        ] {
            let response = reply(dir.path(), query, settings);
            let token = Response::from_der(&response).unwrap().token;
            let verified = verify(&pki, &token).unwrap_or_else(|e| panic!("{key_type} {query} {settings}: {e}"));
            assert_eq!(verified.authority, pki.tsa.certificate);
            assert!(verified.info.gen_time.since(now) < HOUR && now.since(verified.info.gen_time) < HOUR);
            assert_eq!(verified.info.accuracy, Some(Duration::from_micros(1_500_100)));
            assert_eq!(verified.info.nonce.is_some(), !query.contains("no_nonce"));
            assert_eq!(
                settings.contains("precision"),
                verified.info.gen_time != verified.info.gen_time.whole_seconds()
            );
        }
    }
}

#[test]
fn we_verify_pss_and_key_identifiers_of_openssl_cms() {
    let now = now();
    let dir = tempfile::tempdir().unwrap();
    let pki = Pki::new(KeyType::Rsa(2048), now);
    pki.write(dir.path());
    // The content of a time-stamp, signed anew by another program in other ways.
    let (ours, file) = (stamp(&authority(&pki), now), |name: &str| dir.path().join(name));
    std::fs::write(file("ours.der"), &ours).unwrap();
    let parsed = openssl(dir.path(), "asn1parse -inform DER -in ours.der");
    let line = parsed.lines().find(|l| l.contains("OCTET STRING") && l.contains("[HEX DUMP]:30")).unwrap();
    std::fs::write(file("info"), hex::decode(line.split("[HEX DUMP]:").nth(1).unwrap()).unwrap()).unwrap();
    for options in [
        "-md sha256 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest",
        "-md sha512 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest -nocerts",
        "-md sha384 -keyid",
        "-md sha256 -stream",
    ] {
        openssl(
            dir.path(),
            &format!(
                "cms -sign -binary -nodetach -nosmimecap -cades -econtent_type 1.2.840.113549.1.9.16.1.4 -in info \
                 -signer tsa.pem -inkey tsa.key -outform DER -out token.der {options}"
            ),
        );
        let token = std::fs::read(file("token.der")).unwrap();
        let verified = verify(&pki, &token).unwrap_or_else(|e| panic!("{options}: {e}"));
        assert_eq!(verified.info, Token::from_der(&ours).unwrap().info);
        // Streamed CMS is BER with indefinite lengths.
        assert_eq!(options.contains("stream"), token.starts_with(&[0x30, 0x80]), "{options}");
    }
}

#[test]
fn refuses_other_data_and_other_authorities() {
    let now = now();
    let pki = Pki::new(KeyType::P256, now);
    let token = stamp(&authority(&pki), now);
    let trusted = [pki.tsa.certificate.clone()];
    let digest = DigestAlgorithm::Sha512.digest(DATA);
    let same = Stamped::Digest(DigestAlgorithm::Sha512, digest.as_ref());
    assert!(tsp::verify(&token, same, &trusted).is_ok());
    let other = DigestAlgorithm::Sha256.digest(DATA);
    for wrong in [Stamped::Data(b"other"), Stamped::Digest(DigestAlgorithm::Sha256, other.as_ref())] {
        let error = tsp::verify(&token, wrong, &trusted).unwrap_err();
        assert_eq!(error.code(), "malformed_signature");
        assert!(error.to_string().contains(&hex::encode(digest)), "{error}");
    }
    assert_eq!(tsp::verify(&token, same, &[]), Err(TspError::NoAuthorities));
    assert_eq!(TspError::NoAuthorities.code(), "no_timestamping_provider_found");
    let strangers = [pki.stranger.certificate.clone(), pki.ocsp.certificate.clone()];
    let error = tsp::verify(&token, same, &strangers).unwrap_err();
    assert!(matches!(error, TspError::SignerNotTrusted(_)), "{error}");
    assert_eq!(error.code(), "tsp_certificate_not_found");
    assert!(error.to_string().contains(&pki.tsa.certificate.serial_hex()), "{error}");
    // A certificate inside the token does not make it trusted.
    let whole = tsp::add_certificate(&token, &pki.tsa.certificate).unwrap();
    assert!(matches!(tsp::verify(&whole, same, &strangers), Err(TspError::SignerNotTrusted(_))));
}

#[test]
fn refuses_certificates_that_are_not_for_time_stamping() {
    let now = now();
    let pki = Pki::new(KeyType::P256, now);
    let check = |party: &crate::support::Party| {
        let tsa = TimeStampAuthority::new(party.certificate.clone(), party.key.clone(), POLICY);
        let trusted = [party.certificate.clone()];
        let token = stamp(&tsa, now);
        tsp::verify(&token, Stamped::Data(DATA), &trusted).unwrap_err()
    };
    for (party, why) in [(&pki.leaf, "no extended key usage"), (&pki.ocsp, "lacks timeStamping")] {
        let error = check(party);
        assert!(matches!(error, TspError::NotForTimeStamping { .. }), "{error}");
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(error.code(), "timestamp_signer_verification_failed");
    }
    // Not critical: made by OpenSSL, since we make no such certificates.
    let dir = tempfile::tempdir().unwrap();
    write_party(dir.path(), "tsa", &pki.tsa);
    openssl(
        dir.path(),
        "req -x509 -new -key tsa.key -subj /CN=Loose -days 1 -addext extendedKeyUsage=timeStamping -out loose.pem",
    );
    let pem = std::fs::read_to_string(dir.path().join("loose.pem")).unwrap();
    let certificate = mekong_pki::Certificate::from_pem(&pem).unwrap();
    let loose = crate::support::Party { certificate, key: pki.tsa.key.clone() };
    let tsa = TimeStampAuthority::new(loose.certificate.clone(), loose.key, POLICY);
    let later = now + Duration::from_secs(5);
    let error = tsp::verify(&stamp(&tsa, later), Stamped::Data(DATA), &[loose.certificate]).unwrap_err();
    assert!(error.to_string().contains("not critical"), "{error}");
}

#[test]
fn refuses_stamps_outside_the_certificates_validity() {
    let now = now().whole_seconds();
    let pki = Pki::new(KeyType::P256, now);
    let key = PrivateKey::generate(KeyType::P256).unwrap();
    let life = (now - 2 * DAY, now - DAY);
    let old = make(Some(&pki.ca), Profile::TimeStamping, "Old TSA", key, life);
    let tsa = TimeStampAuthority::new(old.certificate.clone(), old.key.clone(), POLICY);
    let then = stamp(&tsa, now - DAY);
    assert!(tsp::verify(&then, Stamped::Data(DATA), std::slice::from_ref(&old.certificate)).is_ok(), "valid then");
    // Our authority refuses to stamp now; another might not, with the same key and name.
    let response = Response::from_der(&tsa.respond(&request(DigestAlgorithm::Sha256).to_der(), now));
    assert!(matches!(response, Err(TspError::Refused(Refusal { failure: Some(FailureInfo::SystemFailure), .. }))));
    let dir = tempfile::tempdir().unwrap();
    write_party(dir.path(), "tsa", &old);
    std::fs::write(dir.path().join("data"), DATA).unwrap();
    let token = Response::from_der(&reply(dir.path(), "-sha512", "")).unwrap().token;
    let error = tsp::verify(&token, Stamped::Data(DATA), std::slice::from_ref(&old.certificate)).unwrap_err();
    assert!(matches!(error, TspError::OutsideValidity { not_after, .. } if not_after == life.1), "{error}");
}

#[test]
fn refuses_tokens_changed_anywhere() {
    let now = now();
    let pki = Pki::new(KeyType::P256, now);
    let token = tsp::add_certificate(&stamp(&authority(&pki), now), &pki.tsa.certificate).unwrap();
    let good = verify(&pki, &token).unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for position in 0..token.len() {
        let mut changed = token.clone();
        changed[position] ^= 0x01;
        match verify(&pki, &changed) {
            Ok(still) => assert_eq!(still, good, "byte {position}"),
            Err(error) => drop(kinds.insert(error.code())),
        }
        assert!(verify(&pki, &token[..position]).is_err(), "cut after {position} bytes");
    }
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    // The last byte is the end of the signature.
    let mut changed = token.clone();
    *changed.last_mut().unwrap() ^= 1;
    let source = CryptoError::SignatureMismatch;
    let authority = pki.tsa.certificate.subject();
    assert_eq!(verify(&pki, &changed), Err(TspError::Signature { authority, source }));
    // The time in the content.
    let at = token.windows(2).position(|w| w == [0x18, 0x0f]).unwrap();
    let mut changed = token.clone();
    changed[at + 5] ^= 1;
    assert!(matches!(verify(&pki, &changed), Err(TspError::ContentChanged { .. })));
}

#[test]
fn a_stamp_is_bound_to_one_certificate_of_its_key() {
    let now = now();
    let pki = Pki::new(KeyType::P256, now);
    let token = stamp(&authority(&pki), now);
    // Same name, serial number and key, in another certificate.
    let life = (now - DAY, now + DAY);
    let again = make(Some(&pki.ca), Profile::TimeStamping, "TSA", pki.tsa.key.clone(), life);
    let renamed = token_for(&token, &pki.tsa.certificate, &again.certificate);
    let error = tsp::verify(&renamed, Stamped::Data(DATA), &[again.certificate]).unwrap_err();
    assert!(matches!(error, TspError::OtherCertificate { .. }), "{error}");
}

/// The token with the serial number of its signer replaced by one of the same length; that field is not signed.
fn token_for(token: &[u8], from: &mekong_pki::Certificate, to: &mekong_pki::Certificate) -> Vec<u8> {
    let at = token.windows(from.serial().len()).position(|w| w == from.serial()).unwrap();
    let mut changed = token.to_vec();
    changed[at..at + to.serial().len()].copy_from_slice(to.serial());
    changed
}

#[test]
fn refuses_garbage_and_masses() {
    let pki = Pki::new(KeyType::P256, now());
    for garbage in [&b""[..], b"<html>", &[0x30, 0x80], &[0x30; 1000], pki.tsa.certificate.der()] {
        assert!(verify(&pki, garbage).is_err());
        assert!(matches!(Response::from_der(garbage), Err(TspError::Malformed(_))));
        assert!(tsp::add_certificate(garbage, &pki.tsa.certificate).is_err());
    }
    let mass = vec![0x30; 10 << 20];
    assert!(matches!(verify(&pki, &mass), Err(TspError::TooLarge { found: 10_485_760, .. })));
    assert!(matches!(Response::from_der(&mass), Err(TspError::TooLarge { .. })));
}

#[test]
fn the_authority_says_why_it_refuses() {
    let now = now();
    let dir = tempfile::tempdir().unwrap();
    let pki = Pki::new(KeyType::P256, now);
    let tsa = authority(&pki);
    std::fs::write(dir.path().join("data"), DATA).unwrap();
    let refusal = |query: &[u8]| match Response::from_der(&tsa.respond(query, now)) {
        Err(TspError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    for (query, failure, words) in [
        ("-sha1", FailureInfo::BadAlgorithm, "SHA-1 is not strong enough"),
        ("-sha224", FailureInfo::BadAlgorithm, "SHA-224 is not strong enough"),
        ("-md5", FailureInfo::BadAlgorithm, "MD5 is not strong enough"),
        ("-sm3", FailureInfo::BadAlgorithm, "1.2.156.10197.1.401"),
        ("-sha256 -tspolicy 1.2.3.9", FailureInfo::UnacceptedPolicy, "policy 1.2.3.9 is not offered"),
    ] {
        openssl(dir.path(), &format!("ts -query -data data {query} -out query.tsq"));
        let query = std::fs::read(dir.path().join("query.tsq")).unwrap();
        let refusal = refusal(&query);
        assert_eq!(refusal.failure, Some(failure), "{refusal}");
        assert!(refusal.text.contains(words), "{refusal}");
        std::fs::write(dir.path().join("refused.tsr"), refusal.to_der()).unwrap();
        let text = openssl(dir.path(), "ts -reply -in refused.tsr -text");
        assert!(text.contains("Status: Rejected."), "{text}");
    }
    assert_eq!(refusal(b"garbage").failure, Some(FailureInfo::BadRequest));
    assert_eq!(refusal(&vec![0x30; 10 << 20]).failure, Some(FailureInfo::BadRequest));
}

#[test]
fn serial_numbers_differ() {
    let now = now();
    let tsa = authority(&Pki::new(KeyType::P256, now));
    let serial = |_| Token::from_der(&stamp(&tsa, now)).unwrap().info.serial;
    let serials: std::collections::HashSet<_> = (0..500).map(serial).collect();
    assert_eq!(serials.len(), 500);
    assert!(serials.iter().all(|s| s.len() <= 17));
}
