//! What we make: read by us, verified by OpenSSL, augmented and renewed.

use crate::services::{Country, signing};
use crate::vectors::{is_intact, is_stamped};
use mekong_crypto::{DigestAlgorithm, KeyType, SignatureAlgorithm};
use mekong_pki::issue::Issuer;
use mekong_pki::testing::{TestResult, openssl, pem_file};
use mekong_signature::cades::make::{self, Options, Packaging};
use mekong_signature::cades::{Content, augment};
use mekong_signature::facts::{DataKind, DataState, Document, Level, Proven, SignatureFormat, TimestampKind};
use mekong_signature::making::{MakeError, Place, Selection, Signing};
use mekong_signature::read::{Detached, DetachedContent};
use mekong_signature::{Reading, read};

const CONTENT: &[u8] = "ສັນຍາ · Hợp đồng\r\n".as_bytes();

fn detached(content: &Vec<u8>) -> Reading<'_> {
    let content = DetachedContent::Source(content);
    Reading { detached: vec![Detached { name: None, content }], ..Reading::default() }
}

fn sign(signer: &Issuer, signing: &Signing, options: &Options<'_>) -> Vec<u8> {
    let prepared = make::prepare(&CONTENT.to_vec(), signing, options).unwrap();
    let value = signer.key.sign(signing.algorithm, &prepared.to_be_signed).unwrap();
    prepared.finish(&value).unwrap()
}

/// `openssl cms -verify -cades` with the root as anchor.
fn openssl_verifies(country: &Country, cms: &[u8], is_detached: bool) -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    std::fs::write(path("cms"), cms)?;
    std::fs::write(path("content"), CONTENT)?;
    let root = pem_file(folder.path(), "root", std::slice::from_ref(&country.root.certificate))?;
    let (cms, content, out) = (path("cms"), path("content"), path("out"));
    let mut arguments = vec!["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", &cms, "-CAfile", &root];
    arguments.extend(["-purpose", "any", "-attime", "1767900000", "-out", &out]);
    if is_detached {
        arguments.extend(["-content", &content]);
    }
    openssl(&arguments)?;
    assert_eq!(std::fs::read(&out)?, CONTENT);
    Ok(())
}

#[test]
fn every_algorithm_attached_and_detached_is_read_and_accepted_by_openssl() -> TestResult {
    use DigestAlgorithm::{Sha3_256, Sha256, Sha384, Sha512};
    use SignatureAlgorithm::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
    let country = Country::new();
    let rsa = country.signer(KeyType::Rsa(2048));
    let (p256, p384) = (country.signer(KeyType::P256), country.signer(KeyType::P384));
    let ed25519 = country.signer(KeyType::Ed25519);
    let cases = [
        (&rsa, RsaPkcs1(Sha256)),
        (&rsa, RsaPkcs1(Sha512)),
        (&rsa, RsaPss(Sha384)),
        (&p256, Ecdsa(Sha256)),
        (&p384, Ecdsa(Sha384)),
        (&p256, Ecdsa(Sha3_256)),
        (&ed25519, Ed25519),
    ];
    for (signer, algorithm) in cases {
        for packaging in [Packaging::Attached, Packaging::Detached] {
            let is_detached = packaging == Packaging::Detached;
            let signing = signing(signer, algorithm);
            let bytes = sign(signer, &signing, &Options { packaging, ..Options::default() });
            let content = CONTENT.to_vec();
            let document = read(&bytes, &if is_detached { detached(&content) } else { Reading::default() })?;
            let [signature] = document.signatures.as_slice() else { return Err("one signature wanted".into()) };
            assert!(is_intact(signature, &[]), "{algorithm:?} {:?} {:?}", signature.data, signature.faults);
            assert_eq!((signature.level, signature.format), (Level::B, SignatureFormat::Cades));
            assert_eq!(signature.claimed_time, Some(signing.time));
            // OpenSSL 3.0 knows neither Ed25519 nor ECDSA with SHA-3 in CMS
            if algorithm != Ed25519 && algorithm != Ecdsa(Sha3_256) {
                openssl_verifies(&country, &bytes, is_detached).map_err(|e| format!("{algorithm:?}: {e}"))?;
            }
        }
    }
    Ok(())
}

#[test]
fn what_the_signer_says_is_read() -> TestResult {
    let country = Country::new();
    let signer = country.signer(KeyType::P256);
    let place = Place { city: Some("Hà Nội".into()), province: None, country: Some("VN".into()) };
    let policy = ("1.2.3.4.5".to_owned(), DigestAlgorithm::Sha256, vec![7; 32]);
    let signing = Signing {
        place: Some(place),
        roles: vec!["ຜູ້ອຳນວຍການ".into(), "notary".into()],
        commitment: Some("1.2.840.113549.1.9.16.6.1".into()),
        policy: Some(policy),
        ..signing(&signer, SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256))
    };
    let options = Options { mime_type: Some("text/plain".into()), ..Options::default() };
    let document = read(&sign(&signer, &signing, &options), &Reading::default())?;
    let mut claims = document.signatures[0].claims.clone();
    claims.sort();
    let expected = [
        ("city", "Hà Nội"),
        ("commitment", "1.2.840.113549.1.9.16.6.1"),
        ("country", "VN"),
        ("mime type", "text/plain"),
        ("role", "notary"),
        ("role", "ຜູ້ອຳນວຍການ"),
    ];
    assert_eq!(claims.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect::<Vec<_>>(), expected);
    let policy = document.signatures[0].policy.as_ref().ok_or("no policy")?;
    assert_eq!(
        (policy.id.as_deref(), &policy.digest),
        (Some("1.2.3.4.5"), &Some((DigestAlgorithm::Sha256, vec![7; 32])))
    );
    let unnamed = Signing { commitment: Some("https://example/commitment".into()), ..signing };
    assert!(matches!(make::prepare(&CONTENT.to_vec(), &unnamed, &options), Err(MakeError::Document { .. })));
    Ok(())
}

#[test]
fn parallel_and_counter_signatures() -> TestResult {
    let country = Country::new();
    let (first, second) = (country.signer(KeyType::P256), country.signer(KeyType::Rsa(2048)));
    let ecdsa = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    let rsa = signing(&second, SignatureAlgorithm::RsaPss(DigestAlgorithm::Sha256));
    for packaging in [Packaging::Attached, Packaging::Detached] {
        let options = Options { packaging, ..Options::default() };
        let one = sign(&first, &signing(&first, ecdsa), &options);
        let counter = make::prepare_counter(&one, 0, &rsa)?;
        let value = second.key.sign(rsa.algorithm, &counter.to_be_signed)?;
        let countered = counter.finish(&value)?;
        let both = sign(&second, &rsa, &Options { existing: Some(&countered), ..Options::default() });
        let content = CONTENT.to_vec();
        let document = read(&both, &detached(&content))?;
        if packaging == Packaging::Detached {
            assert_eq!(document.findings, []);
            let other = b"other".to_vec();
            let given = [("other.txt", &other), ("it.txt", &content)]
                .map(|(name, bytes)| Detached { name: Some(name.to_owned()), content: DetachedContent::Source(bytes) });
            let among = read(&both, &Reading { detached: given.into(), ..Reading::default() })?;
            let told: Vec<&str> = among.findings.iter().map(|finding| finding.text.as_str()).collect();
            assert_eq!(told, ["given beside the file, but not what was signed: \"other.txt\""]);
        }
        let ids: Vec<_> = document.signatures.iter().map(|s| (s.id.as_str(), s.countersigns)).collect();
        assert_eq!(ids, [("signature-1", None), ("signature-2", Some(0)), ("signature-3", None)]);
        assert!(document.signatures.iter().all(|s| is_intact(s, &[])), "{:?}", document.signatures);
        assert_eq!(document.signatures[1].data[0].kind, DataKind::CounterSigned);
        openssl_verifies(&country, &both, packaging == Packaging::Detached)?;
    }
    let attached = sign(&first, &signing(&first, ecdsa), &Options::default());
    let options = Options { existing: Some(&attached), ..Options::default() };
    assert!(make::prepare(&b"other".to_vec(), &rsa, &options).is_err(), "another content");
    assert!(make::prepare_counter(&attached, 1, &rsa).is_err(), "no such signer");
    let prepared = make::prepare(&CONTENT.to_vec(), &rsa, &Options::default())?;
    assert!(matches!(prepared.finish(&[0; 256]), Err(MakeError::Value { .. })));
    Ok(())
}

fn levels(document: &Document) -> Vec<(Level, Vec<TimestampKind>)> {
    let kinds = |s: &mekong_signature::facts::Signature| s.timestamps.iter().map(|t| t.kind).collect();
    document.signatures.iter().map(|s| (s.level, kinds(s))).collect()
}

#[test]
fn levels_are_added_and_archive_timestamps_renewed() -> TestResult {
    use TimestampKind::{Archive, Signature as Value};
    let country = Country::new();
    let signer = country.signer(KeyType::P256);
    let signing = signing(&signer, SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256));
    for packaging in [Packaging::Attached, Packaging::Detached] {
        let content = CONTENT.to_vec();
        let beside = || detached(&content);
        let b = sign(&signer, &signing, &Options { packaging, ..Options::default() });
        assert!(matches!(augment::add_material(&b, &Selection::All, &country), Err(MakeError::Level { .. })));
        let t = augment::add_timestamp(&b, &Selection::All, &country)?;
        assert_eq!(levels(&read(&t, &beside())?), [(Level::T, vec![Value])]);
        let lt = augment::add_material(&t, &Selection::All, &country)?;
        assert_eq!(levels(&read(&lt, &beside())?), [(Level::Lt, vec![Value])]);
        let source = Content::Source(&content);
        let lta = augment::add_archive_timestamp(&lt, source, &Selection::All, &country)?;
        let twice = augment::add_archive_timestamp(&lta, source, &Selection::All, &country)?;
        for (bytes, kinds) in [(&lta, vec![Value, Archive]), (&twice, vec![Value, Archive, Archive])] {
            let document = read(bytes, &beside())?;
            assert_eq!(levels(&document), [(Level::Lta, kinds)]);
            let signature = &document.signatures[0];
            for stamp in &signature.timestamps {
                assert!(is_stamped(stamp, &[]), "{:?} {:?}", stamp.kind, stamp.imprint);
                assert!(stamp.findings.is_empty() && stamp.faults.is_empty(), "{:?}", stamp.findings);
            }
            let last = signature.timestamps.last().ok_or("no time-stamp")?;
            let earlier = signature.timestamps.iter().take(signature.timestamps.len() - 1);
            for stamp in earlier {
                assert!(last.proves.contains(&Proven::Timestamp(stamp.id.clone())), "{:?}", last.proves);
            }
            assert!(last.proves.contains(&Proven::Signature(signature.id.clone())));
            let digest = |der: &[u8]| DigestAlgorithm::Sha256.digest(der).as_ref().try_into().unwrap();
            for ocsp in &signature.ocsps {
                assert!(last.proves.contains(&Proven::Revocation(digest(ocsp))));
            }
            openssl_verifies(&country, bytes, packaging == Packaging::Detached)?;
        }
        if packaging == Packaging::Detached {
            let without = augment::add_archive_timestamp(&lt, Content::Missing, &Selection::All, &country);
            assert!(matches!(without, Err(MakeError::Document { .. })));
            let missing = read(&lta, &Reading::default())?;
            assert_eq!(missing.signatures[0].timestamps[1].imprint, DataState::Missing);
        }
        let nobody = Selection::Ids(vec!["signature-2".into()]);
        assert!(augment::add_timestamp(&b, &nobody, &country).is_err());
    }
    Ok(())
}

#[test]
fn every_changed_byte_is_noticed() -> TestResult {
    let country = Country::new();
    let signer = country.signer(KeyType::P256);
    let signing = signing(&signer, SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256));
    let b = sign(&signer, &signing, &Options::default());
    let lt = augment::add_material(&augment::add_timestamp(&b, &Selection::All, &country)?, &Selection::All, &country)?;
    let lta = augment::add_archive_timestamp(&lt, Content::Missing, &Selection::All, &country)?;
    let original = read(&lta, &Reading::default())?.signatures.remove(0);
    for at in 0..lta.len() {
        let mut changed = lta.clone();
        changed[at] ^= 1;
        let Ok(document) = read(&changed, &Reading::default()) else { continue };
        let Some(signature) = document.signatures.first() else { continue };
        let is_whole = is_intact(signature, &[])
            && signature.level == Level::Lta
            && signature.timestamps.iter().all(|t| is_stamped(t, &[]) && t.findings.is_empty() && t.faults.is_empty())
            && signature.timestamps.last().map(|t| &t.proves) == original.timestamps.last().map(|t| &t.proves);
        if is_whole {
            // what nothing covers: versions, lists of digest algorithms, unsigned parts of the last token
            let of_signer = |s: &mekong_signature::facts::Signature| s.certificates[0].der().to_vec();
            assert_eq!(of_signer(signature), of_signer(&original), "byte {at}");
            assert_eq!(signature.value.value, original.value.value, "byte {at}");
        }
    }
    Ok(())
}
