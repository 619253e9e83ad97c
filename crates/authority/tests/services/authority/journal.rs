//! The folder and the journal of the small authority: what was written is found again, by several processes and after crashes.

use super::{create, passphrase, request, sign_cert, spec};
use crate::support::{DAY, HOUR, at, now};
use mekong_authority::ca::{AuthorityError, CertificateAuthority, OrderNumber, RevocationReason};
use mekong_authority::profile::CertificateProfile;
use mekong_base::Instant;
use mekong_crypto::Zeroizing;
use mekong_pki::Certificate;
use mekong_pki::ocsp::{self, Request, Response, Status};
use std::path::{Path, PathBuf};

fn journal(dir: &Path) -> PathBuf {
    dir.join("certificates.jsonl")
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
