//! OCSP messages both ways with OpenSSL, and every way in which a response is not to be believed.

use crate::support::{DAY, HOUR, Party, Pki, make, now, openssl, try_openssl};
use mekong_base::Instant;
use mekong_crypto::{CryptoError, DigestAlgorithm, KeyType, PrivateKey};
use mekong_pki::Certificate;
use mekong_pki::issue::Profile;
use mekong_pki::ocsp::{
    self, Answer, CertId, OcspError, Refusal, Request, ResponderId, Response, Status, VerifiedStatus,
};
use std::time::Duration;

fn answer(pki: &Pki, status: Status, this_update: Instant, next_update: Option<Instant>) -> Answer {
    let cert_id = CertId::of(&pki.leaf.certificate, &pki.ca.certificate, DigestAlgorithm::Sha1);
    Answer { cert_id, status, this_update, next_update }
}

fn sign(answer: &Answer, responder: &Party) -> Vec<u8> {
    let id = ResponderId::by_key(&responder.certificate);
    ocsp::sign(answer, &responder.certificate, &responder.key, &id, answer.this_update, None).unwrap()
}

fn verify_at(pki: &Pki, der: &[u8], listed: &[Certificate], at: Instant) -> Result<VerifiedStatus, OcspError> {
    ocsp::verify(der, &pki.leaf.certificate, &pki.ca.certificate, listed, at, HOUR, true)
}

#[test]
fn openssl_believes_our_responses() {
    let now = now().whole_seconds();
    for key_type in [KeyType::P256, KeyType::P384, KeyType::Rsa(2048), KeyType::Ed25519] {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::new(key_type, now);
        pki.write(dir.path());
        let revoked = Status::Revoked { at: now - HOUR, reason: Some(1) };
        for (status, words) in [(Status::Good, "good"), (revoked, "revoked"), (Status::Unknown, "unknown")] {
            for responder in [&pki.ocsp, &pki.ca] {
                let cert = &responder.certificate;
                for id in [ResponderId::by_key(cert), ResponderId::by_name(cert)] {
                    let answer = answer(&pki, status, now, Some(now + HOUR));
                    let der = ocsp::sign(&answer, cert, &responder.key, &id, now, None).unwrap();
                    std::fs::write(dir.path().join("response.der"), &der).unwrap();
                    let said = openssl(
                        dir.path(),
                        "ocsp -respin response.der -issuer ca.pem -cert leaf.pem -CAfile trusted.pem",
                    );
                    assert!(said.contains("Response verify OK"), "{key_type}: {said}");
                    assert!(said.contains(&format!("leaf.pem: {words}")), "{key_type}: {said}");
                    assert_eq!(words != "revoked", !said.contains("keyCompromise"), "{said}");
                    let verified = verify_at(&pki, &der, &[], now).unwrap();
                    assert_eq!((verified.status, verified.next_update), (status, Some(now + HOUR)));
                }
            }
        }
    }
}

#[test]
fn we_believe_openssls_responses() {
    let now = now();
    for key_type in [KeyType::P256, KeyType::Rsa(2048)] {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::new(key_type, now);
        pki.write(dir.path());
        let serial = pki.leaf.certificate.serial_hex().to_uppercase();
        let good = format!("V\t301231235959Z\t\t{serial}\tunknown\t/CN=Leaf\n");
        let revoked = format!("R\t301231235959Z\t260101000000Z,keyCompromise\t{serial}\tunknown\t/CN=Leaf\n");
        let respond = "ocsp -index index.txt -CA ca.pem -rsigner ocsp.pem -rkey ocsp.key -ndays 1 \
                       -reqin request.der -respout response.der";
        for (digest, id) in [("", ""), ("-sha256", "-resp_key_id")] {
            openssl(dir.path(), &format!("ocsp -issuer ca.pem {digest} -cert leaf.pem -reqout request.der"));
            let request = Request::from_der(&std::fs::read(dir.path().join("request.der")).unwrap()).unwrap();
            let nonce = request.nonce.clone().expect("OpenSSL sends a nonce");
            for (index, reason) in [(&good, None), (&revoked, Some(1))] {
                std::fs::write(dir.path().join("index.txt"), index).unwrap();
                openssl(dir.path(), &format!("{respond} {id}"));
                let der = std::fs::read(dir.path().join("response.der")).unwrap();
                assert_eq!(Response::from_der(&der).unwrap().nonce.as_ref(), Some(&nonce));
                let status = verify_at(&pki, &der, &[], now).unwrap();
                match (status.status, reason) {
                    (Status::Good, None) => status.require_good().unwrap(),
                    (Status::Revoked { reason, .. }, expected) => {
                        assert_eq!(reason, expected);
                        assert_eq!(status.require_good().unwrap_err().code(), "cert_validation");
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        // Our own request, which OpenSSL answers and which has X-Road's form.
        let request = Request::new(&pki.leaf.certificate, &pki.ca.certificate);
        assert_eq!(Request::from_der(&request.to_der()).as_ref(), Ok(&request));
        std::fs::write(dir.path().join("request.der"), request.to_der()).unwrap();
        std::fs::write(dir.path().join("index.txt"), "").unwrap();
        openssl(dir.path(), respond);
        let der = std::fs::read(dir.path().join("response.der")).unwrap();
        assert_eq!(verify_at(&pki, &der, &[], now).unwrap().status, Status::Unknown);
    }
}

#[test]
fn openssl_reads_our_request_with_a_nonce() {
    let dir = tempfile::tempdir().unwrap();
    let pki = Pki::new(KeyType::P256, now());
    let nonce = Some(b"0123456789abcdef".to_vec());
    let request = Request { nonce, ..Request::new(&pki.leaf.certificate, &pki.ca.certificate) };
    assert_eq!(Request::from_der(&request.to_der()).as_ref(), Ok(&request));
    std::fs::write(dir.path().join("request.der"), request.to_der()).unwrap();
    let said = openssl(dir.path(), "ocsp -reqin request.der -req_text");
    assert!(said.contains("OCSP Nonce") && said.contains("Hash Algorithm: sha1"), "{said}");
    assert!(said.contains(&pki.leaf.certificate.serial_hex().to_uppercase()), "{said}");
}

#[test]
fn times_decide_as_in_the_reference() {
    let now = now().whole_seconds();
    let pki = Pki::new(KeyType::P256, now);
    let check = |this_update, next_update, check_next_update| {
        let der = sign(&answer(&pki, Status::Good, this_update, next_update), &pki.ocsp);
        let (leaf, ca) = (&pki.leaf.certificate, &pki.ca.certificate);
        ocsp::verify(&der, leaf, ca, &[], now, HOUR, check_next_update).map(|v| v.status)
    };
    let second = Duration::from_secs(1);
    assert_eq!(check(now - HOUR, None, true), Ok(Status::Good), "exactly as old as allowed");
    let too_old = OcspError::TooOld { this_update: now - HOUR - second, at: now, freshness: HOUR };
    assert_eq!(check(now - HOUR - second, None, true), Err(too_old.clone()));
    assert_eq!(too_old.code(), "incorrect_validation_info");
    assert!(too_old.to_string().contains(&(now - HOUR - second).to_string()), "{too_old}");
    assert_eq!(check(now + DAY, None, true), Ok(Status::Good), "of the future");
    assert_eq!(check(now, Some(now), true), Ok(Status::Good), "next update just now");
    let passed = OcspError::NextUpdatePassed { next_update: now - second, at: now };
    assert_eq!(check(now - HOUR, Some(now - second), true), Err(passed.clone()));
    assert_eq!(check(now - HOUR, Some(now - second), false), Ok(Status::Good), "switched off by the instance");
    assert!(passed.to_string().contains(&(now - second).to_string()), "{passed}");
}

#[test]
fn refuses_a_response_about_another_certificate() {
    let now = now();
    let pki = Pki::new(KeyType::P256, now);
    let der = sign(&answer(&pki, Status::Good, now, None), &pki.ocsp);
    let (ca, root) = (&pki.ca.certificate, &pki.root.certificate);
    for (cert, issuer) in
        [(&pki.tsa.certificate, ca), (&pki.leaf.certificate, root), (&pki.leaf.certificate, &pki.leaf.certificate)]
    {
        match ocsp::verify(&der, cert, issuer, &[], now, HOUR, true) {
            Err(OcspError::WrongCertificate { expected, found }) => assert_ne!(expected, found),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn refuses_whom_the_issuer_did_not_ask_to_answer() {
    let now = now();
    let pki = Pki::new(KeyType::P256, now);
    let good = answer(&pki, Status::Good, now, None);
    let refused = |responder: &Party, why: &str| {
        let der = sign(&good, responder);
        match verify_at(&pki, &der, &[], now) {
            Err(error @ OcspError::ResponderNotAuthorised { .. }) => {
                assert!(error.to_string().contains(why), "{error}");
                assert_eq!(error.code(), "incorrect_validation_info");
            }
            other => panic!("{other:?}"),
        }
        // The same responder is believed once it is configured for the issuer.
        let listed = [responder.certificate.clone()];
        assert_eq!(verify_at(&pki, &der, &listed, now).map(|v| v.status), Ok(Status::Good));
        // And no longer once it is not, although the same response was believed a moment ago.
        assert!(verify_at(&pki, &der, &[], now).is_err());
    };
    let key = || PrivateKey::generate(KeyType::P256).unwrap();
    let life = (now - DAY, now + DAY);
    refused(&pki.stranger, "issued by");
    refused(&pki.root, "issued by");
    refused(&pki.tsa, "OCSPSigning");
    refused(&pki.leaf, "OCSPSigning");
    let other_root = make(None, Profile::RootCa, "CA", key(), life);
    let impostor = make(Some(&other_root), Profile::OcspResponder, "OCSP", key(), life);
    // The impostor's issuer has the name of ours, not its key; without key identifiers the signature tells.
    let der = sign(&good, &impostor);
    assert!(matches!(verify_at(&pki, &der, &[], now), Err(OcspError::ResponderNotAuthorised { .. })));
    let expired = make(Some(&pki.ca), Profile::OcspResponder, "Old OCSP", key(), (now - 2 * DAY, now - DAY));
    refused(&expired, "is valid from");
    let old = answer(&pki, Status::Good, now - 2 * DAY, None);
    let then = now - DAY - HOUR;
    let der = sign(&old, &expired);
    let check =
        |at| ocsp::verify(&der, &pki.leaf.certificate, &pki.ca.certificate, &[], at, 9 * DAY, true).map(|v| v.status);
    assert_eq!(check(then), Ok(Status::Good), "it was valid then");
    assert!(matches!(check(now), Err(OcspError::ResponderNotAuthorised { .. })), "remembered only for its time");
    assert_eq!(check(then), Ok(Status::Good));
}

#[test]
fn refuses_signatures_that_do_not_verify() {
    let now = now();
    let pki = Pki::new(KeyType::P256, now);
    let good = answer(&pki, Status::Good, now, None);
    let der = sign(&good, &pki.ocsp);
    // Signed with another key than that of the certificate inside.
    let id = ResponderId::by_key(&pki.ocsp.certificate);
    let forged = ocsp::sign(&good, &pki.ocsp.certificate, &pki.stranger.key, &id, now, None).unwrap();
    let mismatch =
        OcspError::Signature { responder: pki.ocsp.certificate.subject(), source: CryptoError::SignatureMismatch };
    assert_eq!(verify_at(&pki, &forged, &[], now), Err(mismatch.clone()));
    // The status changed after signing: good, 80 00, becomes unknown, 82 00.
    let position = der.windows(4).position(|w| w == [0x80, 0x00, 0x18, 0x0f]).unwrap();
    let mut changed = der.clone();
    changed[position] = 0x82;
    assert_eq!(verify_at(&pki, &changed, &[], now), Err(mismatch));
    // A responder of whom no certificate is at hand.
    let unknown = ResponderId::Key(vec![7; 20]);
    let der = ocsp::sign(&good, &pki.ocsp.certificate, &pki.ocsp.key, &unknown, now, None).unwrap();
    assert_eq!(verify_at(&pki, &der, &[], now), Err(OcspError::ResponderNotFound(unknown)));
}

#[test]
fn refuses_refusals_garbage_and_masses() {
    let now = now();
    let pki = Pki::new(KeyType::P256, now);
    for refusal in [Refusal::MalformedRequest, Refusal::InternalError, Refusal::TryLater, Refusal::Unauthorized] {
        assert_eq!(verify_at(&pki, &refusal.to_der(), &[], now), Err(OcspError::Refused(refusal)));
    }
    for garbage in [&b""[..], b"<html>Not found</html>", &[0x30, 0x80], &[0x30; 1000]] {
        assert!(matches!(verify_at(&pki, garbage, &[], now), Err(OcspError::Malformed(_))));
        assert!(matches!(Request::from_der(garbage), Err(OcspError::Malformed(_))));
    }
    let mass = vec![0x30; 10 << 20];
    assert!(matches!(verify_at(&pki, &mass, &[], now), Err(OcspError::TooLarge { found: 10_485_760, .. })));
    assert!(matches!(Request::from_der(&mass), Err(OcspError::TooLarge { .. })));
    let der = sign(&answer(&pki, Status::Good, now, None), &pki.ocsp);
    for length in 0..der.len() {
        assert!(verify_at(&pki, &der[..length], &[], now).is_err(), "cut after {length} bytes");
    }
    for position in 0..der.len() {
        let mut changed = der.clone();
        changed[position] ^= 0x01;
        if let Ok(status) = verify_at(&pki, &changed, &[], now) {
            assert_eq!(status.status, Status::Good, "byte {position}");
        }
    }
}

#[test]
fn openssl_refuses_what_we_refuse() {
    let now = now();
    let dir = tempfile::tempdir().unwrap();
    let pki = Pki::new(KeyType::P256, now);
    pki.write(dir.path());
    std::fs::write(dir.path().join("response.der"), sign(&answer(&pki, Status::Good, now, None), &pki.tsa)).unwrap();
    let line = "ocsp -respin response.der -issuer ca.pem -cert leaf.pem -CAfile trusted.pem";
    let (_, said) = try_openssl(dir.path(), line);
    assert!(said.contains("Response Verify Failure"), "{said}");
}
