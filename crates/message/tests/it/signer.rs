//! A certification authority and a member who signs, for tests of what we write.

use crate::shared::TestResult;
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority};
use mekong_base::limits::ContainerLimits;
use mekong_base::{ClientId, Instant, MemberId};
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey, Zeroizing};
use mekong_message::asic::{self, Contents};
use mekong_message::evidence::{Trust, verify_file};
use mekong_message::subject::SubjectProfile;
use mekong_message::timestamp;
use mekong_message::trust::{Authority, InstanceTrust};
use mekong_message::{ChainCache, MessageDigests, SignatureData, SigningIdentity};
use mekong_message::{sign_batch, sign_message, verify_message, verify_message_cached};
use mekong_pki::Certificate;
use mekong_pki::issue::Profile;
use mekong_pki::ocsp::Request as OcspRequest;
use mekong_pki::request::CertificateRequest;
use mekong_pki::tsp;
use std::time::Duration;

pub(crate) struct Signer {
    pub(crate) authority: CertificateAuthority,
    pub(crate) identity: SigningIdentity,
    pub(crate) trust: InstanceTrust,
    _dir: tempfile::TempDir,
}

/// The time of all these tests.
pub(crate) fn now() -> Instant {
    Instant::from_unix_seconds(1_795_000_000)
}

pub(crate) const MESSAGE: &[u8] = b"GET\r\n/r1/VN/GOV/MPS/population/persons/v1/persons/1\r\nX-Road-Client:LA/GOV/MOHA/civil\r\nx-road-id:LA-1\r\nx-road-request-id:2\r\n";

impl Signer {
    pub(crate) fn new(key_type: KeyType) -> Result<Self, Box<dyn std::error::Error>> {
        let dir = tempfile::tempdir()?;
        let secret = Zeroizing::new("a passphrase of some length".to_owned());
        let spec = AuthoritySpec::new("Lao e-Government <& Co>", "LA", "MTC", "http://ca.example");
        let authority = CertificateAuthority::create(dir.path(), secret, &spec, now() - Duration::from_secs(86_400))?;
        let key = PrivateKey::generate(key_type)?;
        let member = MemberId::new("LA", "GOV", "MOHA");
        let subject = SubjectProfile::FiVrk.subject_for_member(&member, "gw-1", "Ministry of Home Affairs", "FI")?;
        let request = CertificateRequest::create(&key, &subject)?;
        let certificate = authority.issue(&request, Profile::Signing, None, now() - Duration::from_secs(3600))?;
        let issuing = authority.issuing().clone();
        let ask = |cert, issuer| authority.answer_ocsp(&OcspRequest::new(cert, issuer).to_der(), now()).der.to_vec();
        let ocsp = vec![ask(&certificate, &issuing), ask(&issuing, authority.root())];
        let trust = InstanceTrust {
            instance: "LA".to_owned(),
            authorities: vec![Authority {
                name: "Lao e-Government".to_owned(),
                top: authority.root().clone(),
                intermediates: vec![issuing.clone()],
                ocsp_responders: vec![(authority.ocsp_url(), Some(authority.ocsp_responder().clone()))],
                profile: SubjectProfile::FiVrk,
                authentication_only: false,
            }],
            timestampers: vec![authority.tsa().certificate().clone()],
            ocsp_freshness: Duration::from_secs(3600),
            check_next_update: true,
        };
        let identity = SigningIdentity::new(certificate, key, vec![issuing], ocsp)?;
        Ok(Self { authority, identity, trust, _dir: dir })
    }

    /// A token over some data, with the authority's certificate inside, as X-Road stores it.
    pub(crate) fn stamp(&self, data: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let algorithm = DigestAlgorithm::Sha512;
        let request = tsp::Request::new(algorithm, algorithm.digest(data).as_ref().to_vec());
        let response = self.authority.tsa().respond(&request.to_der(), now());
        let token = tsp::Response::from_der(&response)?.token;
        Ok(tsp::add_certificate(&token, self.authority.tsa().certificate())?)
    }
}

pub(crate) fn digest(data: &[u8]) -> (DigestAlgorithm, Vec<u8>) {
    (DigestAlgorithm::Sha512, DigestAlgorithm::Sha512.digest(data).as_ref().to_vec())
}

#[test]
fn what_we_sign_we_believe() -> TestResult {
    for key_type in [KeyType::P256, KeyType::P384, KeyType::Rsa(2048)] {
        let signer = Signer::new(key_type)?;
        let from = "LA/GOV/MOHA/civil".parse()?;
        let plain = sign_message(&signer.identity, MESSAGE, &[], now())?;
        assert_eq!(plain.hash_chain, None);
        let verified = verify_message(&plain, MESSAGE, &[], &from, &signer.trust, now())?;
        assert_eq!((verified.signed_at, verified.is_batch), (now(), false));
        let attachments =
            [digest(b"body"), (DigestAlgorithm::Sha256, DigestAlgorithm::Sha256.digest(b"x").as_ref().to_vec())];
        let chained = sign_message(&signer.identity, MESSAGE, &attachments, now())?;
        assert!(verify_message(&chained, MESSAGE, &attachments, &from, &signer.trust, now())?.is_batch);
        let code = |attachments: &[_]| {
            verify_message(&chained, MESSAGE, attachments, &from, &signer.trust, now()).err().map(|e| e.code())
        };
        assert_eq!(code(&attachments[..1]), Some("malformed_signature.invalid_reference"));
        assert_eq!(
            code(&[attachments.as_slice(), &[digest(b"more")]].concat()),
            Some("malformed_signature.hashchain_unused_inputs")
        );
        assert_eq!(
            code(&[digest(b"other"), attachments[1].clone()]),
            Some("malformed_signature.invalid_hash_chain_ref")
        );
    }
    Ok(())
}

#[test]
fn one_signature_serves_many_messages() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let from = "LA/GOV/MOHA".parse()?;
    let messages: Vec<Vec<u8>> = (0..7).map(|i| format!("message {i}").into_bytes()).collect();
    let digests: Vec<MessageDigests> = messages
        .iter()
        .enumerate()
        .map(|(i, m)| MessageDigests {
            message: digest(m),
            attachments: (0..i % 3).map(|n| digest(&[n as u8])).collect(),
        })
        .collect();
    let signed = sign_batch(&signer.identity, &digests, now())?;
    for (i, data) in signed.iter().enumerate() {
        verify_message(data, &messages[i], &digests[i].attachments, &from, &signer.trust, now())?;
        let other = &messages[(i + 1) % 7];
        let refused = verify_message(data, other, &digests[i].attachments, &from, &signer.trust, now());
        assert_eq!(refused.err().map(|e| e.code()), Some("malformed_signature.invalid_hash_chain_ref"));
    }
    assert!(sign_batch(&signer.identity, &[], now()).is_err());
    Ok(())
}

#[test]
fn attachments_cannot_change_roles() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let from = "LA/GOV/MOHA".parse()?;
    let attachments = [digest(b"one"), digest(b"two")];
    let mut data = sign_message(&signer.identity, MESSAGE, &attachments, now())?;
    let chain = data.hash_chain.take().ok_or("no chain")?;
    let swapped =
        chain.replace("/attachment1", "/A").replace("/attachment2", "/attachment1").replace("/A", "/attachment2");
    data.hash_chain = Some(swapped);
    let given = [digest(b"two"), digest(b"one")];
    let refused = verify_message(&data, MESSAGE, &given, &from, &signer.trust, now());
    let error = refused.err().ok_or("accepted")?;
    assert!(error.to_string().contains("/attachment2 where /attachment1 should be"), "{error}");
    Ok(())
}

#[test]
fn identities_that_cannot_sign_are_refused() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let identity =
        |certificate: &Certificate, key| SigningIdentity::new(certificate.clone(), key, Vec::new(), Vec::new());
    let error = identity(signer.identity.certificate(), PrivateKey::generate(KeyType::P256)?).err().ok_or("taken")?;
    assert!(error.to_string().contains("belongs to another key"), "{error}");
    let error = identity(signer.authority.issuing(), signer.identity.key().clone()).err().ok_or("taken")?;
    assert!(error.to_string().contains("nonRepudiation"), "{error}");
    Ok(())
}

#[test]
fn trust_is_asked_for_the_time_of_signing() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let from = "LA/GOV/MOHA".parse()?;
    let data = sign_message(&signer.identity, MESSAGE, &[], now())?;
    let code =
        |data: &_, from: &_, trust: &_, at| verify_message(data, MESSAGE, &[], from, trust, at).err().map(|e| e.code());
    let later = now() + Duration::from_secs(7200);
    assert_eq!(code(&data, &from, &signer.trust, later), Some("invalid_cert_path.incorrect_validation_info"));
    assert_eq!(code(&data, &"LA/GOV/MOF".parse()?, &signer.trust, now()), Some("incorrect_certificate"));
    let mut unapproved = signer.trust.clone();
    unapproved.authorities.clear();
    assert_eq!(code(&data, &from, &unapproved, now()), Some("cannot_create_cert_path"));
    let Signer { identity, .. } = &signer;
    let with = |ocsp| {
        SigningIdentity::new(identity.certificate().clone(), identity.key().clone(), identity.chain().to_vec(), ocsp)
    };
    let without = with(Vec::new())?;
    let unproven = sign_message(&without, MESSAGE, &[], now())?;
    assert_eq!(code(&unproven, &from, &signer.trust, now()), Some("malformed_signature"));
    let half_proven = sign_message(&with(vec![identity.ocsp()[1].clone()])?, MESSAGE, &[], now())?;
    assert_eq!(code(&half_proven, &from, &signer.trust, now()), Some("invalid_cert_path.cert_validation"));
    Ok(())
}

/// What is wrong with a signature that has this text replaced.
fn after(xml: &str, from: &str, to: &str, signer: &Signer) -> String {
    assert!(xml.contains(from), "{from} is not in {xml}");
    let data = SignatureData { signature_xml: xml.replacen(from, to, 1), hash_chain_result: None, hash_chain: None };
    let from = ClientId { member: MemberId::new("LA", "GOV", "MOHA"), subsystem: None };
    match verify_message(&data, MESSAGE, &[], &from, &signer.trust, now()) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => format!("{}: {error}", error.code()),
    }
}

#[track_caller]
fn refused(found: &str, code: &str, detail: &str) {
    assert!(found.starts_with(&format!("{code}: ")) && found.contains(detail), "{found}");
}

#[test]
fn extra_certificates_must_match_their_references() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let xml = sign_message(&signer.identity, MESSAGE, &[], now())?.signature_xml;
    let check =
        |from: &str, to: &str, detail: &str| refused(&after(&xml, from, to, &signer), "malformed_signature", detail);
    check("<xades:Cert URI=\"#encapsulated-cert-1\">", "<xades:Cert>", "a certificate reference has no URI");
    check("Id=\"encapsulated-cert-1\"", "Id=\"x\"", "no element has the Id \"encapsulated-cert-1\"");
    check("Id=\"encapsulated-cert-1\"", "Id=\"ocsp-response-1\"", "encapsulated-cert-1");
    check(
        "URI=\"#encapsulated-cert-1\"",
        "URI=\"#ocsp-response-1\"",
        "\"ocsp-response-1\" is not an encapsulated certificate",
    );
    let at = xml.find("<xades:CertRefs>").ok_or("no references")?;
    let value = xml[at..].find("<ds:DigestValue>").ok_or("no digest")? + at + "<ds:DigestValue>".len();
    let digest = &xml[value..value + 20];
    check(digest, "AAAAAAAAAAAAAAAAAAAA", "does not have the digest that its reference gives");
    Ok(())
}

#[test]
fn signatures_are_read_strictly() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let xml = sign_message(&signer.identity, MESSAGE, &[], now())?.signature_xml;
    let check = |from: &str, to: &str, code: &str, detail: &str| refused(&after(&xml, from, to, &signer), code, detail);
    let bad = "malformed_signature";
    check("<?xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><?xml", "invalid_xml", "");
    check(
        "<asic:XAdESSignatures",
        "<!DOCTYPE a><asic:XAdESSignatures",
        "invalid_xml",
        "document type declarations are not allowed",
    );
    check("Target=\"#signature\"", "Target=\"#other\"", bad, "about another signature");
    check(
        "URI=\"#signed-properties\"",
        "URI=\"#signature-value\"",
        "invalid_signature_value",
        "#signature-value was changed",
    );
    check(" Type=\"http://uri.etsi.org/01903#SignedProperties\"", "", bad, "exactly one reference");
    check("URI=\"/message.xml\"", "URI=\"/other.xml\"", bad, "neither to /message.xml nor to /sig-hashchainresult.xml");
    check("URI=\"/message.xml\"", "URI=\"/sig-hashchainresult.xml\"", bad, "/sig-hashchainresult.xml is missing");
    check("<ds:Object>", "<ds:Object></ds:Object><ds:Object>", bad, "not allowed here");
    check("<ds:Signature Id", "<ds:Signature></ds:Signature><ds:Signature Id", bad, "");
    check("<xades:SigningTime>2", "<xades:SigningTime>x", bad, "is not a time");
    check(
        "<xades:SigningTime>2026",
        "<xades:SigningTime>2025",
        "invalid_signature_value",
        "#signed-properties was changed",
    );
    check("ecdsa-sha256", "ecdsa-sha1", bad, "SHA-1");
    check("ecdsa-sha256", "ecdsa-sha512", "invalid_signature_value", "signature value");
    check("ecdsa-sha256", "hmac-sha256", bad, "");
    check(
        "<ds:SignatureValue Id=\"signature-value\">",
        "<ds:SignatureValue Id=\"signed-properties\">",
        bad,
        "more than one element",
    );
    let properties = "<xades:SignedProperties Id=\"signed-properties\">";
    check(properties, "<xades:SignedProperties Id=\"y\">", bad, "signed-properties");
    let key_info = "<ds:X509Data><ds:X509Certificate>";
    check(key_info, &format!("{key_info}A"), bad, "");
    check(
        "<xades:SigningCertificate>",
        "<xades:SigningCertificate></xades:SigningCertificate><xades:SigningCertificate>",
        bad,
        "more than once",
    );
    Ok(())
}

#[test]
fn a_known_chain_is_believed_as_long_as_it_holds() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let from = "LA/GOV/MOHA".parse()?;
    let data = sign_message(&signer.identity, MESSAGE, &[], now())?;
    let cache = ChainCache::new();
    let check = |trust: &_, message: &[u8], at| {
        verify_message_cached(&cache, &data, message, &[], &from, trust, at).map_err(|e| e.code())
    };
    let until = check(&signer.trust, MESSAGE, now())?.chain.valid_until;
    assert_eq!(format!("{cache:?}"), "ChainCache(1 chains)");
    assert!(check(&signer.trust, MESSAGE, until).is_ok());
    let later = check(&signer.trust, MESSAGE, until + Duration::from_secs(1)).err();
    assert_eq!(later, Some("invalid_cert_path.incorrect_validation_info"));
    assert!(check(&signer.trust, MESSAGE, now() - Duration::from_secs(86_400 * 30)).is_err());
    assert_eq!(check(&signer.trust, b"other", now()).err(), Some("invalid_signature_value"));
    // Another configuration: nothing is known of it.
    let mut stricter = signer.trust.clone();
    stricter.ocsp_freshness = Duration::ZERO;
    assert!(check(&stricter, MESSAGE, now() + Duration::from_secs(600)).is_err());
    let mut other = signer.trust.clone();
    other.authorities = Signer::new(KeyType::P256)?.trust.authorities;
    assert!(check(&other, MESSAGE, now()).is_err());
    Ok(())
}

/// The signature with other signed properties or other unsigned parts, signed anew by its owner.
fn resigned(signer: &Signer, xml: &str, change: (&str, &str)) -> Result<String, Box<dyn std::error::Error>> {
    const SCOPE: &str = " xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\"";
    fn part<'x>(xml: &'x str, from: &str, to: &str) -> Option<&'x str> {
        let rest = xml.split_once(from)?.1;
        Some(rest.split_once(to)?.0)
    }
    let changed = xml.replacen(change.0, change.1, 1);
    assert_ne!(changed, xml, "{change:?} changes nothing");
    let properties = "<xades:SignedProperties Id=\"signed-properties\">";
    let inside = |xml: &str| part(xml, properties, "</xades:SignedProperties>").map(str::to_owned);
    let digest = |inside: &str| {
        use base64::Engine as _;
        let canonical =
            format!("<xades:SignedProperties{SCOPE} Id=\"signed-properties\">{inside}</xades:SignedProperties>");
        base64::engine::general_purpose::STANDARD.encode(DigestAlgorithm::Sha512.digest(canonical.as_bytes()))
    };
    let (old, new) = (inside(xml).ok_or("no properties")?, inside(&changed).ok_or("no properties")?);
    assert!(xml.contains(&digest(&old)), "canonical as expected");
    let changed = changed.replacen(&digest(&old), &digest(&new), 1);
    let info = part(&changed, "<ds:SignedInfo>", "</ds:SignedInfo>").ok_or("no info")?;
    let info = format!("<ds:SignedInfo{SCOPE}>{info}</ds:SignedInfo>");
    let key = signer.identity.key();
    let value = mekong_xml::dsig::sign::signature_value(key, key.default_algorithm(), info.as_bytes())?;
    use base64::Engine as _;
    let value = base64::engine::general_purpose::STANDARD.encode(value);
    let old = part(&changed, "<ds:SignatureValue Id=\"signature-value\">", "<").ok_or("no value")?.to_owned();
    Ok(changed.replacen(&old, &value, 1))
}

/// Whatever a member signs: if we accept it, it is still good evidence with our time-stamp in it.
#[test]
fn nothing_that_is_accepted_becomes_worthless_by_a_time_stamp() -> TestResult {
    let signer = Signer::new(KeyType::P256)?;
    let from = "LA/GOV/MOHA/civil".parse()?;
    let plain = sign_message(&signer.identity, MESSAGE, &[], now())?;
    let decoys = [
        "<xades:UnsignedSignatureProperties><xades:x></xades:x></xades:UnsignedSignatureProperties>",
        "<xades:UnsignedSignatureProperties></xades:UnsignedSignatureProperties>",
        "<xades:SignatureTimeStamp><xades:EncapsulatedTimeStamp>AAAA</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>",
        "<xades:EncapsulatedTimeStamp xmlns:xades=\"urn:other\">AAAA</xades:EncapsulatedTimeStamp>",
        "<![CDATA[ ]]>",
        "<!-- - -->",
    ];
    let nodes = "<!----><a/>".repeat(24_980);
    let places = [
        "<xades:SignedProperties Id=\"signed-properties\">",
        "</xades:SignedSignatureProperties>",
        "<ds:KeyInfo>",
        "</ds:X509Certificate>",
        "<xades:UnsignedProperties>",
        "<xades:UnsignedSignatureProperties>",
        "</xades:UnsignedSignatureProperties>",
    ];
    let mut accepted = 0;
    for place in places {
        for decoy in decoys.into_iter().chain([nodes.as_str()]) {
            for new in [format!("{decoy}{place}"), format!("{place}{decoy}")] {
                let change = (place, new.as_str());
                let short: String = new.chars().take(200).collect();
                let signature_xml = resigned(&signer, &plain.signature_xml, change)?;
                let data = SignatureData { signature_xml, ..plain.clone() };
                let verified = verify_message(&data, MESSAGE, &[], &from, &signer.trust, now());
                if verified.is_err() {
                    continue;
                }
                accepted += 1;
                let token = signer.stamp(&timestamp::signature_value(&data.signature_xml)?)?;
                let stamped = timestamp::embed(&data.signature_xml, &token).map_err(|e| format!("{short}: {e}"))?;
                let before = stamped.find("SignatureTimeStamp").ok_or("no stamp")?;
                assert!(before > stamped.find("<xades:UnsignedProperties>").ok_or("none")?, "{short}");
                let bytes = asic::write(&Contents {
                    message: MESSAGE,
                    signature: &SignatureData { signature_xml: stamped, ..plain.clone() },
                    timestamp: None,
                    attachments: &[],
                    created_at: now(),
                })?;
                let of = |_: &str| Some(signer.trust.clone());
                let trust = Trust { of: &of, timestampers: &[] };
                let verdict = verify_file(&bytes, &ContainerLimits::default(), Some(&trust));
                assert_eq!(verdict.valid, Some(true), "{short}: {}", verdict.detail);
            }
        }
    }
    assert!(accepted > 5, "{accepted} of them are harmless");
    Ok(())
}
