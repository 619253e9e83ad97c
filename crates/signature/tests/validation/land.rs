//! A country for scripted facts: certificates valid 365 days from the epoch, time told in days from there.

use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, KeyType};
use mekong_pki::Certificate;
use mekong_pki::anchors::{Anchor, Anchors, Service, Trusted};
use mekong_pki::crl::make::{self as crl, Entry, Scope};
use mekong_pki::issue::{Issuer, Profile};
use mekong_pki::ocsp::{self, Answer, CertId, ResponderId, Status};
use mekong_pki::testing::{days, epoch, issued, self_signed};
use mekong_pki::tsp::{Request, Response, TimeStampAuthority, Token};
use mekong_signature::facts::*;
use mekong_signature::validation::{Context, Policy, Report, validate};
use std::sync::Arc;

/// What is signed.
pub(crate) const CONTENT: &[u8] = b"Vientiane, Hanoi";

/// A day after the epoch, at noon.
pub(crate) fn day(count: u64) -> Instant {
    epoch() + days(count) + std::time::Duration::from_secs(43_200)
}

pub(crate) struct Land {
    pub(crate) root: Issuer,
    pub(crate) authority: Issuer,
    pub(crate) signer: Issuer,
    pub(crate) responder: Issuer,
    pub(crate) root_responder: Issuer,
    pub(crate) stamper: Issuer,
}

impl Land {
    pub(crate) fn new() -> Self {
        let root = self_signed("Root", KeyType::P256).unwrap();
        let profile = Profile::IssuingCa { path_len: Some(0) };
        let authority = issued(&root, "Authority", KeyType::P256, profile).unwrap();
        Self {
            signer: issued(&authority, "Signer", KeyType::P256, Profile::Signing).unwrap(),
            responder: issued(&authority, "OCSP", KeyType::P256, Profile::OcspResponder).unwrap(),
            root_responder: issued(&root, "Root OCSP", KeyType::P256, Profile::OcspResponder).unwrap(),
            stamper: issued(&root, "TSA", KeyType::P256, Profile::TimeStamping).unwrap(),
            root,
            authority,
        }
    }

    /// The root issues certificates; the time-stamper is trusted by itself, for time-stamps alone.
    pub(crate) fn anchors(&self) -> Anchors {
        let own = |issuer: &Issuer, service| Anchor {
            certificate: issuer.certificate.clone(),
            trusted: vec![Trusted { service, from: None, until: None }],
            source: "test".into(),
            schemes: Vec::new(),
        };
        [own(&self.root, Service::Certificates), own(&self.stamper, Service::TimeStamps)].into_iter().collect()
    }

    /// As [`Land::anchors`], with the responders as anchors too, so that their expiry does not matter.
    pub(crate) fn anchors_with_responders(&self) -> Anchors {
        let mut anchors = self.anchors();
        for issuer in [&self.responder, &self.root_responder] {
            let trusted = vec![Trusted { service: Service::Ocsp, from: None, until: None }];
            anchors.add(Anchor {
                certificate: issuer.certificate.clone(),
                trusted,
                source: "test".into(),
                schemes: Vec::new(),
            });
        }
        anchors
    }

    /// A signature without time-stamps, with the whole path and good responses of the 10th day.
    pub(crate) fn signature(&self) -> Signature {
        let algorithm = self.signer.key.default_algorithm();
        let certificate = &self.signer.certificate;
        let digest = certificate.fingerprint(DigestAlgorithm::Sha256).as_ref().to_vec();
        let reference = CertificateReference { digest: Some((DigestAlgorithm::Sha256, digest)), ..Default::default() };
        Signature {
            id: "s".into(),
            format: SignatureFormat::Xades,
            file: None,
            countersigns: None,
            level: Level::B,
            faults: Vec::new(),
            data: vec![data(DataState::Intact)],
            value: SignatureValue {
                algorithm: Ok(algorithm),
                signed: SignedBytes::Bytes(CONTENT.to_vec()),
                value: self.signer.key.sign(algorithm, CONTENT).unwrap(),
            },
            certificate_references: vec![reference],
            signer_hint: None,
            certificates: vec![certificate.clone(), self.authority.certificate.clone()],
            crls: Vec::new(),
            ocsps: vec![self.signer_status(Status::Good, 10), self.authority_status(Status::Good, 10)],
            claimed_time: Some(day(9)),
            policy: None,
            claims: Vec::new(),
            timestamps: Vec::new(),
            evidence_records: Vec::new(),
            coverage: Coverage::Whole,
            changes: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// What the responder says of the signer, correct and signed on a day.
    pub(crate) fn signer_status(&self, status: Status, at: u64) -> Arc<[u8]> {
        answer(&self.signer.certificate, &self.authority.certificate, &self.responder, status, at)
    }

    pub(crate) fn authority_status(&self, status: Status, at: u64) -> Arc<[u8]> {
        answer(&self.authority.certificate, &self.root.certificate, &self.root_responder, status, at)
    }

    /// A list of the authority of a day, on which the signer stands as revoked on another.
    pub(crate) fn list(&self, at: u64, revoked: Option<u64>) -> Arc<[u8]> {
        let entry = |since| Entry::new(self.signer.certificate.serial(), day(since));
        self.list_of(at, &revoked.map(entry).into_iter().collect::<Vec<_>>())
    }

    /// A list of the authority of a day, on which signer and responder stand as revoked since others.
    pub(crate) fn list_of_both(&self, at: u64, signer: u64, responder: u64) -> Arc<[u8]> {
        let revoked = [(&self.signer, signer), (&self.responder, responder)];
        self.list_of(at, &revoked.map(|(issuer, since)| Entry::new(issuer.certificate.serial(), day(since))))
    }

    fn list_of(&self, at: u64, entries: &[Entry]) -> Arc<[u8]> {
        let order = crl::Order {
            number: at,
            this_update: day(at),
            next_update: day(at + 7),
            entries,
            scope: &Scope::default(),
            delta_base: None,
            expired_certs_on_crl: None,
        };
        crl::make(&self.authority, &order).unwrap().into()
    }

    /// A time-stamp of a day.
    pub(crate) fn stamp(&self, id: &str, kind: TimestampKind, at: u64, proves: Vec<Proven>) -> Timestamp {
        let Issuer { certificate, key } = self.stamper.clone();
        let policy = const_oid::ObjectIdentifier::new_unwrap("1.3.6.1.4.1.99999.1");
        let digest = DigestAlgorithm::Sha256.digest(CONTENT).as_ref().to_vec();
        let request = Request { wants_certificate: true, ..Request::new(DigestAlgorithm::Sha256, digest) };
        let response = TimeStampAuthority::new(certificate, key, policy).respond(&request.to_der(), day(at));
        let token = Token::from_der(&Response::from_der(&response).unwrap().token).unwrap();
        Timestamp {
            id: id.into(),
            kind,
            token: Ok(Arc::new(token)),
            imprint: DataState::Intact,
            proves,
            data: Vec::new(),
            certificates: Vec::new(),
            crls: Vec::new(),
            ocsps: Vec::new(),
            faults: Vec::new(),
            coverage: Coverage::Whole,
            findings: Vec::new(),
        }
    }

    /// A signature with a time-stamp of the 10th day on it.
    pub(crate) fn stamped(&self) -> Signature {
        let mut signature = self.signature();
        signature.timestamps.push(self.stamp("t", TimestampKind::Signature, 10, vec![Proven::Signature("s".into())]));
        signature.level = Level::Lt;
        signature
    }

    /// An archive time-stamp over all that a signature holds.
    pub(crate) fn archive(&self, signature: &Signature, at: u64) -> Timestamp {
        let sha256 = |bytes: &[u8]| DigestAlgorithm::Sha256.digest(bytes).as_ref().try_into().unwrap();
        let mut proves = vec![Proven::Signature(signature.id.clone())];
        proves.extend(signature.timestamps.iter().map(|t| Proven::Timestamp(t.id.clone())));
        proves.extend(signature.certificates.iter().map(|c| Proven::Certificate(sha256(c.der()))));
        proves.extend(signature.ocsps.iter().chain(&signature.crls).map(|der| Proven::Revocation(sha256(der))));
        self.stamp("archive", TimestampKind::Archive, at, proves)
    }
}

fn answer(certificate: &Certificate, issuer: &Certificate, responder: &Issuer, status: Status, at: u64) -> Arc<[u8]> {
    let answer = Answer {
        cert_id: CertId::of(certificate, issuer, DigestAlgorithm::Sha256),
        status,
        this_update: day(at),
        next_update: Some(day(at + 1)),
    };
    let id = ResponderId::by_name(&responder.certificate);
    ocsp::sign(&answer, &responder.certificate, &responder.key, &id, day(at), None).unwrap().into()
}

/// One signed file.
pub(crate) fn data(state: DataState) -> SignedData {
    SignedData { name: "a.txt".into(), kind: DataKind::Document, algorithm: Some(DigestAlgorithm::Sha256), state }
}

/// A document with one signature.
pub(crate) fn document(signature: Signature) -> Document {
    Document {
        format: Format::Xades,
        signatures: vec![signature],
        timestamps: Vec::new(),
        evidence_records: Vec::new(),
        faults: Vec::new(),
        findings: Vec::new(),
    }
}

/// The European policy, with lines changed.
pub(crate) fn policy(changes: &[(&str, &str)]) -> Policy {
    let mut text = Policy::text("european").unwrap().to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "the policy has no {from:?}");
        text = text.replace(from, to);
    }
    Policy::parse(&text).unwrap()
}

/// The report on a document by the European policy.
pub(crate) fn report(document: &Document, anchors: &Anchors, at: u64) -> Report {
    validate(document, &Context::new(anchors, &policy(&[]), day(at)))
}

/// Checks the conclusion of the only signature.
#[track_caller]
pub(crate) fn check(signature: Signature, anchors: &Anchors, at: u64, expected: &str) {
    check_by(&policy(&[]), signature, anchors, at, expected);
}

/// Checks it by a policy.
#[track_caller]
pub(crate) fn check_by(policy: &Policy, signature: Signature, anchors: &Anchors, at: u64, expected: &str) -> Report {
    let report = validate(&document(signature), &Context::new(anchors, policy, day(at)));
    let found = &report.signatures[0];
    assert_eq!(found.conclusion.to_string(), expected, "{:#?}", found.findings);
    report
}
