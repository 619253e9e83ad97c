//! Tests of chains against an instance's trust: a PKI made here, and containers written by the reference.

use super::*;
use base64::Engine as _;
use mekong_crypto::{DigestAlgorithm, KeyType};
use mekong_pki::issue::{Issuer, Profile};
use mekong_pki::ocsp::{Answer, ResponderId, Status};
use mekong_pki::testing::{TestResult, days, epoch, issued, self_signed, shared};
use std::process::Command;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

const HOUR: Duration = Duration::from_secs(3600);

/// A root, an issuing authority with its OCSP responder, and a signing certificate.
struct World {
    root: Issuer,
    issuing: Issuer,
    responder: Issuer,
    leaf: Issuer,
}

impl World {
    fn new() -> Fallible<Self> {
        let root = self_signed("root", KeyType::P256)?;
        let issuing = issued(&root, "issuing", KeyType::P256, Profile::IssuingCa { path_len: Some(0) })?;
        let responder = issued(&issuing, "responder", KeyType::P256, Profile::OcspResponder)?;
        let leaf = issued(&issuing, "leaf", KeyType::P256, Profile::Signing)?;
        Ok(Self { root, issuing, responder, leaf })
    }

    fn trust(&self) -> InstanceTrust {
        InstanceTrust {
            instance: "VN".to_owned(),
            authorities: vec![Authority {
                name: "National CA".to_owned(),
                top: self.root.certificate.clone(),
                intermediates: vec![self.issuing.certificate.clone()],
                ocsp_responders: vec![("http://ocsp.example/".to_owned(), None)],
                profile: SubjectProfile::Basic,
                authentication_only: false,
            }],
            timestampers: Vec::new(),
            ocsp_freshness: HOUR,
            check_next_update: true,
        }
    }

    /// Responses for the leaf (by the delegated responder) and for the issuing authority (by the root itself).
    fn responses(&self, leaf: Status, issuing: Status, at: Instant) -> Fallible<Vec<Vec<u8>>> {
        let (leaf_cert, issuing_cert) = (&self.leaf.certificate, &self.issuing.certificate);
        Ok(vec![
            response(leaf_cert, issuing_cert, &self.responder, leaf, at)?,
            response(issuing_cert, &self.root.certificate, &self.root, issuing, at)?,
        ])
    }
}

fn response(cert: &Certificate, issuer: &Certificate, by: &Issuer, status: Status, at: Instant) -> Fallible<Vec<u8>> {
    let answer = Answer {
        cert_id: CertId::of(cert, issuer, DigestAlgorithm::Sha1),
        status,
        this_update: at,
        next_update: Some(at + 2 * HOUR),
    };
    Ok(ocsp::sign(&answer, &by.certificate, &by.key, &ResponderId::by_key(&by.certificate), at, None)?)
}

#[test]
fn a_good_chain_holds_until_its_responses_are_stale() -> TestResult {
    let world = World::new()?;
    let (mut trust, at) = (world.trust(), epoch() + days(10));
    let leaf = &world.leaf.certificate;
    let ocsp = world.responses(Status::Good, Status::Good, at)?;
    let chain = trust.verify_chain(leaf, &[], &ocsp, at)?;
    assert_eq!(chain.certificates, [leaf.clone(), world.issuing.certificate.clone()]);
    assert_eq!(chain.top, world.root.certificate);
    assert_eq!(chain.valid_until, at + HOUR);
    assert!(trust.verify_chain(leaf, &[], &ocsp, chain.valid_until).is_ok());
    let late = trust.verify_chain(leaf, &[], &ocsp, chain.valid_until + Duration::from_secs(1));
    assert!(matches!(late, Err(TrustError::Ocsp { source: OcspError::TooOld { .. }, .. })), "{late:?}");
    assert_eq!(late.map_err(|e| e.code()), Err("invalid_cert_path.incorrect_validation_info"));

    trust.ocsp_freshness = 10 * HOUR;
    assert_eq!(trust.verify_chain(leaf, &[], &ocsp, at)?.valid_until, at + 2 * HOUR);
    let passed = trust.verify_chain(leaf, &[], &ocsp, at + 3 * HOUR);
    assert!(matches!(passed, Err(TrustError::Ocsp { source: OcspError::NextUpdatePassed { .. }, .. })));
    trust.check_next_update = false;
    assert_eq!(trust.verify_chain(leaf, &[], &ocsp, at + 3 * HOUR)?.valid_until, at + 10 * HOUR);
    trust.ocsp_freshness = days(1000);
    let chain = trust.verify_chain(leaf, &[], &ocsp, at)?;
    assert_eq!(chain.valid_until, leaf.not_after());
    Ok(())
}

#[test]
fn every_certificate_below_the_top_must_be_good() -> TestResult {
    let world = World::new()?;
    let (trust, at) = (world.trust(), epoch() + days(10));
    let leaf = &world.leaf.certificate;
    let revoked = Status::Revoked { at: epoch() + days(5), reason: Some(1) };
    for (of_leaf, of_issuing) in [(revoked, Status::Good), (Status::Good, revoked), (Status::Unknown, Status::Good)] {
        let verdict = trust.verify_chain(leaf, &[], &world.responses(of_leaf, of_issuing, at)?, at);
        assert!(matches!(verdict, Err(TrustError::Ocsp { source: OcspError::NotGood(_), .. })), "{verdict:?}");
        assert_eq!(verdict.map_err(|e| e.code()), Err("invalid_cert_path.cert_validation"));
    }
    let mut ocsp = world.responses(Status::Good, Status::Good, at)?;
    ocsp.reverse();
    assert!(trust.verify_chain(leaf, &[], &ocsp, at).is_ok(), "order does not matter");
    let only = |i: usize| ocsp.get(i..=i).unwrap_or_default();
    let issuing_missing = TrustError::OcspMissing { subject: world.issuing.certificate.subject(), given: 1 };
    assert_eq!(trust.verify_chain(leaf, &[], only(1), at), Err(issuing_missing));
    let leaf_missing = TrustError::OcspMissing { subject: leaf.subject(), given: 1 };
    assert_eq!(trust.verify_chain(leaf, &[], only(0), at), Err(leaf_missing));
    let garbage = [vec![0x30, 0x00]];
    assert!(matches!(trust.verify_chain(leaf, &[], &garbage, at), Err(TrustError::OcspMissing { given: 1, .. })));
    let many = vec![Vec::new(); 33];
    assert_eq!(trust.verify_chain(leaf, &[], &many, at), Err(TrustError::TooManyResponses { found: 33 }));
    Ok(())
}

#[test]
fn responses_of_strangers_do_not_count() -> TestResult {
    let world = World::new()?;
    let (trust, at) = (world.trust(), epoch() + days(10));
    let (leaf, issuing) = (&world.leaf.certificate, &world.issuing.certificate);
    let good = world.responses(Status::Good, Status::Good, at)?;
    // Signed by another member's signing certificate of the same authority.
    let stranger = issued(&world.issuing, "stranger", KeyType::P256, Profile::Signing)?;
    let forged = response(leaf, issuing, &stranger, Status::Good, at)?;
    let ocsp = [vec![forged], good].concat();
    let verdict = trust.verify_chain(leaf, &[], &ocsp, at);
    assert!(
        matches!(verdict, Err(TrustError::Ocsp { source: OcspError::ResponderNotAuthorised { .. }, .. })),
        "{verdict:?}"
    );
    Ok(())
}

#[test]
fn only_approved_authorities_count() -> TestResult {
    let (world, other) = (World::new()?, World::new()?);
    let (mut trust, at) = (world.trust(), epoch() + days(10));
    let leaf = &other.leaf.certificate;
    let ocsp = other.responses(Status::Good, Status::Good, at)?;
    // The other root has the same name but another key; bringing it along does not help.
    let extra = [other.issuing.certificate.clone(), other.root.certificate.clone()];
    let verdict = trust.verify_chain(leaf, &extra, &ocsp, at);
    assert!(matches!(verdict, Err(TrustError::Path(PathError::Signature { .. }))), "{verdict:?}");
    assert_eq!(verdict.map_err(|e| e.code()), Err("cannot_create_cert_path"));

    trust.authorities.clear();
    let verdict = trust.verify_chain(leaf, &extra, &ocsp, at);
    assert!(matches!(verdict, Err(TrustError::NotApproved { .. })), "{verdict:?}");
    assert!(trust.authority_of(leaf).is_none());
    assert!(matches!(trust.issuer_chain(leaf, &extra), Err(TrustError::NotApproved { .. })));
    assert!(matches!(trust.member_of(leaf), Err(TrustError::NotApproved { .. })));

    // With both approved, each leaf finds its own authority although the names are the same.
    trust.authorities = [world.trust().authorities, other.trust().authorities].concat();
    assert!(trust.verify_chain(leaf, &[], &ocsp, at).is_ok());
    assert_eq!(trust.authority_of(leaf).map(|a| &a.top), Some(&other.root.certificate));
    let chain = trust.issuer_chain(leaf, &[])?;
    assert_eq!(chain, [other.issuing.certificate.clone(), other.root.certificate.clone()]);
    Ok(())
}

#[test]
fn an_intermediate_that_came_along_is_used_and_checked() -> TestResult {
    let world = World::new()?;
    let (mut trust, at) = (world.trust(), epoch() + days(10));
    trust.authorities.iter_mut().for_each(|a| a.intermediates.clear());
    let ocsp = world.responses(Status::Good, Status::Good, at)?;
    let leaf = &world.leaf.certificate;
    assert!(matches!(trust.verify_chain(leaf, &[], &ocsp, at), Err(TrustError::NotApproved { .. })));
    let extra = [world.issuing.certificate.clone()];
    assert!(trust.verify_chain(leaf, &extra, &ocsp, at).is_ok());
    assert_eq!(trust.issuer_chain(leaf, &extra)?.len(), 2);
    // A leaf below another leaf is not.
    let below = mekong_pki::issue::Issuer { certificate: leaf.clone(), key: world.leaf.key.clone() };
    assert!(issued(&below, "below", KeyType::P256, Profile::Signing).is_err());
    Ok(())
}

#[test]
fn authentication_only_authorities_name_no_signers() -> TestResult {
    let world = World::new()?;
    let mut trust = world.trust();
    trust.authorities.iter_mut().for_each(|a| a.authentication_only = true);
    let verdict = trust.member_of(&world.leaf.certificate);
    assert!(matches!(verdict, Err(TrustError::AuthenticationOnly { .. })), "{verdict:?}");
    assert_eq!(verdict.map_err(|e| e.code()), Err("incorrect_certificate"));
    trust.authorities.iter_mut().for_each(|a| a.authentication_only = false);
    assert!(matches!(trust.member_of(&world.leaf.certificate), Err(TrustError::Subject(_))));
    Ok(())
}

#[test]
fn an_authority_does_not_pass_for_another_of_its_name() -> TestResult {
    let (world, at) = (World::new()?, epoch() + days(10));
    let forger = self_signed("forger", KeyType::P256)?;
    let namesake = issued(&forger, "issuing", KeyType::P256, Profile::IssuingCa { path_len: Some(0) })?;
    let leaf = issued(&namesake, "leaf", KeyType::P256, Profile::Signing)?;
    let mut trust = world.trust();
    trust.authorities.push(Authority {
        name: "TLS only".to_owned(),
        top: forger.certificate.clone(),
        intermediates: Vec::new(),
        ocsp_responders: Vec::new(),
        profile: SubjectProfile::Basic,
        authentication_only: true,
    });
    let ocsp = [
        response(&leaf.certificate, &namesake.certificate, &namesake, Status::Good, at)?,
        response(&namesake.certificate, &forger.certificate, &forger, Status::Good, at)?,
    ];
    // Path and responses hold, and by its name the leaf is of the authority whose certificates may sign.
    let extra = [namesake.certificate.clone()];
    let chain = trust.verify_chain(&leaf.certificate, &extra, &ocsp, at)?;
    assert_eq!(trust.authority_of(&leaf.certificate).map(|a| a.name.as_str()), Some("National CA"));
    assert!(matches!(trust.check_issuer(&chain), Err(TrustError::NotApproved { .. })));
    let good = world.responses(Status::Good, Status::Good, at)?;
    trust.check_issuer(&trust.verify_chain(&world.leaf.certificate, &[], &good, at)?)?;
    Ok(())
}

/// All elements of that local name in an XML text, base64-decoded; enough of a parser for files known to be good.
fn values(xml: &str, element: &str) -> Vec<Vec<u8>> {
    let pieces = xml.split('<').filter_map(|piece| {
        let (tag, text) = piece.split_once('>')?;
        let name = tag.split_whitespace().next().filter(|n| !n.starts_with('/'))?;
        let local = name.rsplit(':').next()?;
        (local == element).then(|| text.replace("&#13;", ""))
    });
    let decode = |text: String| {
        let base64: String = text.split_ascii_whitespace().collect();
        base64::engine::general_purpose::STANDARD.decode(base64).ok().filter(|der| !der.is_empty())
    };
    pieces.filter_map(decode).collect()
}

/// The instance DEV of the reference's test configuration.
fn dev_trust(shared_params: &str) -> Fallible<InstanceTrust> {
    let (ca, rest) = shared_params.split_once("<approvedTSA>").ok_or("no TSA")?;
    let (_, ca) = ca.split_once("<approvedCA>").ok_or("no CA")?;
    let class = ca.split("certificateProfileInfo>").nth(1).and_then(|t| t.split('<').next()).ok_or("no profile")?;
    let certificates =
        values(ca, "cert").iter().map(|der| Certificate::from_der_or_pem(der)).collect::<Result<Vec<_>, _>>()?;
    let (top, responders) = certificates.split_first().ok_or("no top CA")?;
    Ok(InstanceTrust {
        instance: "DEV".to_owned(),
        authorities: vec![Authority {
            name: "Test CA".to_owned(),
            top: top.clone(),
            intermediates: Vec::new(),
            ocsp_responders: responders.iter().map(|r| (String::new(), Some(r.clone()))).collect(),
            profile: SubjectProfile::from_class_name(class),
            authentication_only: false,
        }],
        timestampers: values(rest, "cert").iter().filter_map(|der| Certificate::from_der_or_pem(der).ok()).collect(),
        ocsp_freshness: HOUR,
        check_next_update: true,
    })
}

/// The signers of the reference's containers, at the time at which they signed.
#[test]
fn signers_of_real_containers_are_trusted_and_named() -> TestResult {
    let Some(folder) = shared("vectors/xroad")? else { return Ok(()) };
    let parameters = folder.join("globalconf/parsed/globalconf_good2_v3/DEV/shared-params.xml");
    let trust = dev_trust(&std::fs::read_to_string(parameters)?)?;
    assert_eq!(trust.authorities.first().map(|a| a.profile), Some(SubjectProfile::FiVrk));
    let mut count = 0;
    for entry in std::fs::read_dir(folder.join("asic"))? {
        let path = entry?.path();
        let is_valid = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("valid-"));
        if !is_valid {
            continue;
        }
        let output = Command::new("unzip").arg("-p").arg(&path).arg("META-INF/signatures.xml").output()?;
        let xml = String::from_utf8(output.stdout)?;
        let time = xml.split("SigningTime>").nth(1).and_then(|t| t.split('<').next()).ok_or("no time")?;
        let leaf = Certificate::from_der(values(&xml, "X509Certificate").first().ok_or("no certificate")?)?;
        let ocsp = values(&xml, "EncapsulatedOCSPValue");
        let at: Instant = time.parse()?;
        assert!(leaf.is_signing());
        let chain = trust.verify_chain(&leaf, &[], &ocsp, at).map_err(|e| format!("{}: {e}", path.display()))?;
        assert!(chain.valid_until >= at && chain.valid_until <= at + HOUR);
        let member = trust.member_of(&leaf)?;
        println!("{} {} {member}", path.display(), leaf.subject());
        assert_eq!(member.instance, "DEV");
        let stale = trust.verify_chain(&leaf, &[], &ocsp, at + days(2));
        assert!(matches!(stale, Err(TrustError::Ocsp { source: OcspError::TooOld { .. }, .. })), "{stale:?}");
        count += 1;
    }
    assert_eq!(count, 5);
    Ok(())
}
