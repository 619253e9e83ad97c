//! Tests of revocation: lists and responses made here, for certificates made here. Indirect lists, distribution points and
//! signers with paths of their own are in PKITS (`tests/suites`).
#![allow(clippy::indexing_slicing)]

use super::*;
use crate::anchors::{Anchor, Trusted};
use crate::crl::make::{Entry, Order, Scope, make};
use crate::issue::{Issuer, Profile, Purpose};
use crate::ocsp::{self, Answer, CertId, ResponderId};
use crate::testing::{TestResult, days, epoch, issued, self_signed};
use crate::tlv::{self, wrap, wrap_all};
use mekong_crypto::{DigestAlgorithm, KeyType};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

struct World {
    root: Issuer,
    leaf: Certificate,
    anchors: Anchors,
}

impl World {
    fn new() -> Fallible<Self> {
        let root = self_signed("root", KeyType::P256)?;
        let leaf = issued(&root, "leaf", KeyType::P256, Profile::Signing)?.certificate;
        let anchors = [Anchor::given(root.certificate.clone(), "test")].into_iter().collect();
        Ok(Self { root, leaf, anchors })
    }

    fn crl(&self, number: u64, entries: &[Entry], scope: &Scope, delta_base: Option<u64>) -> Fallible<Crl> {
        let order = Order {
            number,
            this_update: epoch() + days(number),
            next_update: epoch() + days(number + 7),
            entries,
            scope,
            delta_base,
            expired_certs_on_crl: Some(epoch()),
        };
        Ok(Crl::parse(make(&self.root, &order)?.into())?)
    }

    fn revoked(&self, reason: Option<u8>) -> Entry {
        Entry { reason, ..Entry::new(self.leaf.serial(), epoch() + days(1)) }
    }

    fn question(&self) -> Question<'_> {
        Question {
            certificate: &self.leaf,
            issuer: &self.root.certificate,
            anchor: Some(&self.root.certificate),
            signers_at: None,
        }
    }

    fn find(&self, crls: &[Crl], ocsps: &[Response]) -> Found {
        find(&self.question(), &Material { crls, ocsps, certificates: &[], anchors: &self.anchors })
    }

    fn check(&self, crls: &[Crl], ocsps: &[Response], at: Instant, required: bool) -> Result<(), NotGood> {
        let material = Material { crls, ocsps, certificates: &[], anchors: &self.anchors };
        let chains = path::build(&self.leaf, &[], &self.anchors, &path::Limits::default());
        check(&chains[0], &material, &Demand { at, required })
    }

    fn answer(&self, status: ocsp::Status, algorithm: DigestAlgorithm) -> Answer {
        Answer {
            cert_id: CertId::of(&self.leaf, &self.root.certificate, algorithm),
            status,
            this_update: epoch() + days(5),
            next_update: Some(epoch() + days(6)),
        }
    }

    fn response(&self, answer: &Answer, responder: &Issuer) -> Fallible<Vec<u8>> {
        let id = ResponderId::by_key(&responder.certificate);
        Ok(ocsp::sign(answer, &responder.certificate, &responder.key, &id, answer.this_update, None)?)
    }
}

#[test]
fn lists_tell_good_and_revoked() -> TestResult {
    let world = World::new()?;
    let lists = [
        world.crl(1, &[], &Scope::default(), None)?,
        world.crl(3, &[world.revoked(Some(1))], &Scope::default(), None)?,
    ];
    let found = world.find(&lists, &[]);
    assert!(found.rejected.is_empty());
    let states: Vec<_> = found.statuses.iter().map(|s| (s.state.clone(), s.this_update)).collect();
    let at = epoch() + days(1);
    let revoked = State::Revoked { at, reason: Some(1), invalidity: None };
    assert_eq!(states, [(revoked, epoch() + days(3)), (State::Good, epoch() + days(1))], "newest first");
    assert_eq!(found.newest(Some(epoch() + days(2))).map(|s| s.state.clone()), Some(State::Good));
    assert_eq!(found.statuses[0].keeps_expired_since, Some(epoch()));
    assert!(matches!(found.statuses[0].signer.authority, Authority::Issuer));
    assert!(matches!(world.check(&lists, &[], epoch() + days(4), true), Err(NotGood::Revoked { reason: Some(1), .. })));
    assert_eq!(world.check(&lists, &[], epoch() + days(2), true), Ok(()), "before the second list");
    let late = world.check(&lists, &[], epoch() + days(30), true);
    assert!(matches!(late, Err(NotGood::Unknown { .. })), "both outdated: {late:?}");
    assert_eq!(world.check(&lists, &[], epoch() + days(30), false), Ok(()));
    Ok(())
}

#[test]
fn lists_of_another_scope_or_signer_do_not_count() -> TestResult {
    let world = World::new()?;
    let reason = |found: &Found| match &found.rejected[..] {
        [(_, Fault::OtherScope { reason, .. })] => Some(*reason),
        _ => None,
    };
    // The certificate's distribution point is http://ca.example/ca.crl.
    let here = Scope { url: Some("http://ca.example/ca.crl".into()), only_user: true, ..Scope::default() };
    assert_eq!(world.find(&[world.crl(1, &[], &here, None)?], &[]).statuses.len(), 1);
    let there = Scope { url: Some("http://ca.example/other.crl".into()), ..Scope::default() };
    let found = world.find(&[world.crl(1, &[], &there, None)?], &[]);
    assert_eq!(reason(&found), Some(NotForCertificate::OtherPoint));
    let authorities = Scope { only_ca: true, ..Scope::default() };
    let found = world.find(&[world.crl(1, &[], &authorities, None)?], &[]);
    assert_eq!(reason(&found), Some(NotForCertificate::OnlyAuthorities));
    // Another key under the same name, without a path to the anchor.
    let twin = World { root: self_signed("root", KeyType::P256)?, ..World::new()? };
    let found = world.find(&[twin.crl(1, &[world.revoked(None)], &Scope::default(), None)?], &[]);
    assert!(matches!(found.rejected[..], [(_, Fault::Crl(CrlError::Signature { .. }))]), "{:?}", found.rejected);
    let material = [twin.root.certificate.clone()];
    let crls = [twin.crl(1, &[world.revoked(None)], &Scope::default(), None)?];
    let material = Material { crls: &crls, ocsps: &[], certificates: &material, anchors: &world.anchors };
    let found = find(&world.question(), &material);
    assert!(
        matches!(found.rejected[..], [(_, Fault::Crl(CrlError::SignerWithoutPath { .. }))]),
        "{:?}",
        found.rejected
    );
    // Another authority's list is not even looked at.
    let other = World { root: self_signed("other", KeyType::P256)?, ..World::new()? };
    let found = world.find(&[other.crl(1, &[world.revoked(None)], &Scope::default(), None)?], &[]);
    assert!(found.statuses.is_empty() && found.rejected.is_empty());
    Ok(())
}

#[test]
fn delta_lists_update_complete_ones() -> TestResult {
    let world = World::new()?;
    let all = Scope::default();
    let states =
        |lists: &[Crl]| -> Vec<State> { world.find(lists, &[]).statuses.into_iter().map(|s| s.state).collect() };
    let held = State::Revoked { at: epoch() + days(1), reason: Some(6), invalidity: None };
    let complete = world.crl(1, &[world.revoked(Some(6))], &all, None)?;
    let removes = world.crl(2, &[world.revoked(Some(8))], &all, Some(1))?;
    assert_eq!(states(&[complete.clone(), removes]), [State::Good, held.clone()]);
    let empty = world.crl(1, &[], &all, None)?;
    let adds = world.crl(2, &[world.revoked(Some(6))], &all, Some(1))?;
    assert_eq!(states(&[empty.clone(), adds.clone()]), [held, State::Good]);
    // A delta for a later complete list, one of another scope, one alone.
    let later = world.crl(5, &[world.revoked(Some(6))], &all, Some(4))?;
    let users = world.crl(2, &[world.revoked(Some(6))], &Scope { only_user: true, ..Scope::default() }, Some(1))?;
    for delta in [later, users] {
        assert_eq!(states(&[empty.clone(), delta]), [State::Good]);
    }
    let alone = world.find(&[adds], &[]);
    let reason = NotForCertificate::DeltaAlone;
    assert!(matches!(&alone.rejected[..], [(_, Fault::OtherScope { reason: found, .. })] if *found == reason));
    Ok(())
}

#[test]
fn partial_lists_are_added_up() -> TestResult {
    let world = World::new()?;
    let some = |bits: &[u8]| Scope { only_some_reasons: Some(Reasons::of(bits)), ..Scope::default() };
    let keys = world.crl(1, &[], &some(&[1, 2]), None)?;
    let others = world.crl(2, &[], &some(&[3, 4, 5, 6, 7, 8]), None)?;
    let at = epoch() + days(3);
    assert!(world.check(std::slice::from_ref(&keys), &[], at, true).is_err());
    assert!(world.check(std::slice::from_ref(&others), &[], at, true).is_err());
    assert_eq!(world.check(&[keys.clone(), others.clone()], &[], at, true), Ok(()));
    assert!(world.find(&[keys.clone(), others], &[]).newest(None).is_none());
    let revoked = world.crl(2, &[world.revoked(Some(4))], &some(&[3, 4, 5, 6, 7, 8]), None)?;
    assert!(matches!(world.check(&[keys, revoked], &[], at, true), Err(NotGood::Revoked { .. })));
    Ok(())
}

#[test]
fn responders_are_the_issuer_delegated_or_anchors() -> TestResult {
    let world = World::new()?;
    let good = |algorithm| world.answer(ocsp::Status::Good, algorithm);
    let delegated = issued(&world.root, "responder", KeyType::P256, Profile::OcspResponder)?;
    let other = self_signed("other", KeyType::P256)?;
    let foreign = issued(&other, "foreign", KeyType::P256, Profile::OcspResponder)?;
    let signer = issued(&world.root, "signer", KeyType::P256, Profile::Signing)?;
    let read = |responder: &Issuer, algorithm| -> Fallible<Response> {
        Ok(Response::from_der(&world.response(&good(algorithm), responder)?)?)
    };
    use DigestAlgorithm::{Sha1, Sha256, Sha512};
    let found = world.find(&[], &[read(&world.root, Sha1)?, read(&delegated, Sha256)?, read(&delegated, Sha512)?]);
    assert!(found.rejected.is_empty(), "{:?}", found.rejected);
    let kinds: Vec<_> = found.statuses.iter().map(|s| (&s.signer.authority, s.signer.no_check)).collect();
    let expected =
        matches!(kinds[..], [(Authority::Issuer, false), (Authority::Delegated, true), (Authority::Delegated, true)]);
    assert!(expected, "{kinds:?}");
    for wrong in [&foreign, &signer] {
        let found = world.find(&[], &[read(wrong, Sha1)?]);
        assert!(matches!(found.rejected[..], [(_, Fault::Ocsp(OcspError::ResponderNotAuthorised { .. }))]));
    }
    // The foreign responder itself is on a list, or its authority is, for OCSP.
    for trusted in [&foreign, &other] {
        let service = Trusted { service: Service::Ocsp, from: None, until: None };
        let anchor = Anchor {
            certificate: trusted.certificate.clone(),
            trusted: vec![service],
            source: "list".into(),
            schemes: Vec::new(),
        };
        let mut world = World { anchors: world.anchors.clone(), root: world.root.clone(), leaf: world.leaf.clone() };
        world.anchors.add(anchor);
        let found = world.find(&[], &[read(&foreign, Sha1)?]);
        assert_eq!(found.statuses.len(), 1, "{:?}", found.rejected);
        assert!(matches!(found.statuses[0].signer.authority, Authority::Anchor | Authority::Path(_)));
    }
    // The responder's certificate must be valid when it answers (or when asked for).
    let response = [read(&delegated, Sha1)?];
    let material = Material { crls: &[], ocsps: &response, certificates: &[], anchors: &world.anchors };
    let late = Question { signers_at: Some(epoch() + days(400)), ..world.question() };
    assert!(find(&late, &material).statuses.is_empty());
    assert_eq!(world.check(&[], &response, epoch() + days(5), true), Ok(()));
    assert!(world.check(&[], &response, epoch() + days(7), true).is_err(), "outdated");
    Ok(())
}

#[test]
fn a_responder_that_was_revoked_says_nothing_unless_it_is_not_to_be_asked() -> TestResult {
    let world = World::new()?;
    for no_check in [false, true] {
        let key_usage = vec![x509_cert::ext::pkix::KeyUsages::DigitalSignature];
        let extended = vec![crate::certificate::OCSP_SIGNING];
        let purpose = Purpose { key_usage, extended, no_check, ..Purpose::default() };
        let responder = issued(&world.root, "responder", KeyType::P256, Profile::Defined(purpose))?;
        let answer = world.answer(ocsp::Status::Good, DigestAlgorithm::Sha1);
        let response = [Response::from_der(&world.response(&answer, &responder)?)?];
        let found = world.find(&[], &response);
        assert_eq!(found.statuses[0].signer.no_check, no_check);
        let list = world.crl(5, &[Entry::new(responder.certificate.serial(), epoch())], &Scope::default(), None)?;
        let empty = world.crl(5, &[], &Scope::default(), None)?;
        let at = epoch() + days(5);
        let without = |crl: Crl| -> Fallible<bool> {
            let material = Material { crls: &[crl], ocsps: &response, certificates: &[], anchors: &world.anchors };
            let chains = path::build(&world.leaf, &[], &world.anchors, &path::Limits::default());
            let question = Question { signers_at: Some(at), ..world.question() };
            assert!(find(&question, &material).statuses.len() == 2);
            Ok(check(&chains[0], &material, &Demand { at, required: true }).is_ok())
        };
        assert!(without(empty)? && without(list)?, "the list itself tells that the leaf is good");
        let partial = Scope { only_some_reasons: Some(Reasons::of(&[1])), ..Scope::default() };
        let list = world.crl(4, &[Entry::new(responder.certificate.serial(), epoch())], &partial, None)?;
        assert_eq!(without(list)?, no_check);
    }
    Ok(())
}

#[test]
fn a_list_of_a_namesake_under_another_anchor_does_not_count() -> TestResult {
    let world = World::new()?;
    let other = self_signed("other", KeyType::P256)?;
    let namesake = issued(&other, "root", KeyType::P256, Profile::IssuingCa { path_len: None })?;
    let order = Order {
        number: 9,
        this_update: epoch() + days(6),
        next_update: epoch() + days(13),
        entries: &[],
        scope: &Scope::default(),
        delta_base: None,
        expired_certs_on_crl: None,
    };
    let list = [Crl::parse(make(&namesake, &order)?.into())?];
    let service = |service| Trusted { service, from: None, until: None };
    let anchor = |issuer: &Issuer, scheme: &str| Anchor {
        schemes: vec![scheme.into()],
        trusted: vec![service(Service::Certificates)],
        ..Anchor::given(issuer.certificate.clone(), "list")
    };
    let pool = [namesake.certificate.clone()];
    for (schemes, counts) in [(["LA", "VN"], false), (["LA", "LA"], true)] {
        let anchors = [anchor(&world.root, schemes[0]), anchor(&other, schemes[1])].into_iter().collect();
        let material = Material { crls: &list, ocsps: &[], certificates: &pool, anchors: &anchors };
        let found = find(&world.question(), &material);
        assert_eq!(found.statuses.len(), usize::from(counts), "{schemes:?}: {:?}", found.rejected);
        // A responder of another list's service says nothing of it, either.
        let trusted = vec![service(Service::Ocsp)];
        let responder = Anchor { trusted, ..anchor(&namesake, schemes[1]) };
        let answer = world.answer(ocsp::Status::Good, DigestAlgorithm::Sha1);
        let response = [Response::from_der(&world.response(&answer, &namesake)?)?];
        let anchors = [anchor(&world.root, schemes[0]), responder].into_iter().collect();
        let material = Material { crls: &[], ocsps: &response, certificates: &[], anchors: &anchors };
        assert_eq!(find(&world.question(), &material).statuses.len(), usize::from(counts), "{schemes:?}");
    }
    Ok(())
}

/// An answer as other responders write it: two answers, alone in a BasicOCSPResponse, with archiveCutoff and certHash.
fn basic(world: &World, hashed: &Certificate) -> Fallible<Vec<u8>> {
    let other = issued(&world.root, "other", KeyType::P256, Profile::Signing)?.certificate;
    let time = tlv::time(epoch() + days(5))?;
    let id = |certificate: &Certificate| {
        let id = CertId::of(certificate, &world.root.certificate, DigestAlgorithm::Sha256);
        let algorithm = wrap(tlv::SEQUENCE, &wrap(tlv::OID, id.algorithm.oid().as_bytes()));
        let octets = |bytes: &[u8]| wrap(tlv::OCTET_STRING, bytes);
        let (name, key) = (octets(&id.issuer_name_hash), octets(&id.issuer_key_hash));
        wrap_all(tlv::SEQUENCE, &[&algorithm, &name, &key, &wrap(tlv::INTEGER, &id.serial)])
    };
    let extension = |oid: &str, value: &[u8]| -> Fallible<Vec<u8>> {
        let oid: const_oid::ObjectIdentifier = oid.parse()?;
        Ok(wrap_all(tlv::SEQUENCE, &[&wrap(tlv::OID, oid.as_bytes()), &wrap(tlv::OCTET_STRING, value)]))
    };
    let sha256 = wrap(tlv::SEQUENCE, &wrap(tlv::OID, DigestAlgorithm::Sha256.oid().as_bytes()));
    let digest = wrap(tlv::OCTET_STRING, hashed.fingerprint(DigestAlgorithm::Sha256).as_ref());
    let cutoff = extension("1.3.6.1.5.5.7.48.1.6", &tlv::time(epoch())?)?;
    let hash = extension("1.3.36.8.3.13", &wrap_all(tlv::SEQUENCE, &[&sha256, &digest]))?;
    let extensions = wrap(tlv::context(1), &wrap_all(tlv::SEQUENCE, &[&cutoff, &hash]));
    let first = wrap_all(tlv::SEQUENCE, &[&id(&other), &wrap(0x82, &[]), &time]);
    let second = wrap_all(tlv::SEQUENCE, &[&id(&world.leaf), &wrap(0x80, &[]), &time, &extensions]);
    let responder = wrap(tlv::context(1), world.root.certificate.subject_der());
    let data = wrap_all(tlv::SEQUENCE, &[&responder, &time, &wrap_all(tlv::SEQUENCE, &[&first, &second])]);
    let algorithm = world.root.key.default_algorithm();
    let signature = wrap_all(tlv::BIT_STRING, &[&[0], &world.root.key.sign(algorithm, &data)?]);
    Ok(wrap_all(tlv::SEQUENCE, &[&data, &der::Encode::to_der(&algorithm.to_identifier()?)?, &signature]))
}

#[test]
fn bare_responses_with_several_answers_are_read() -> TestResult {
    let world = World::new()?;
    let response = Response::from_der(&basic(&world, &world.leaf)?)?;
    assert_eq!(response.answers.len(), 2);
    let found = world.find(&[], &[response]);
    let [status] = &found.statuses[..] else { return Err(format!("{found:?}").into()) };
    assert_eq!((status.state.clone(), status.knows_certificate), (State::Good, true));
    assert_eq!(status.keeps_expired_since, Some(epoch()));
    let about_another = Response::from_der(&basic(&world, &world.root.certificate)?)?;
    let found = world.find(&[], &[about_another]);
    assert!(matches!(found.rejected[..], [(_, Fault::OtherCertificate { .. })]), "{found:?}");
    Ok(())
}
