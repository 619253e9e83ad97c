//! What we make: read back by us, verified by xmlsec1.

use super::common::{b_level, read};
use super::small_country::Country;
use super::xmlsec1;
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey, SignatureAlgorithm};
use mekong_pki::testing::TestResult;
use mekong_signature::facts::{Coverage, DataKind, DataState, Level, Proven, TimestampKind};
use mekong_signature::making::Selection;
use mekong_signature::making::{MakeError, Signing};
use mekong_signature::xades::Resolved;
use mekong_signature::xades::augment;
use mekong_signature::xades::make::{self, Data, DataContent, Options, Part, What};
use mekong_xml::c14n::Method;

const DOCUMENT: &str = "\u{FEFF}<?xml version=\"1.0\"?>\r\n<!-- list --><list xmlns=\"urn:l\" xml:lang=\"lo\">\r\n  <name>ສິລາ &amp; Đà Nẵng</name>\r\n  <part Id=\"p1\"><b/></part><hold Id=\"h\"/>\r\n</list>\r\n<?end?>";

pub(crate) fn sign(
    what: &What<'_>,
    signing: &Signing,
    options: &Options,
    key: &PrivateKey,
) -> Result<Vec<u8>, MakeError> {
    let prepared = make::prepare(what, signing, options)?;
    let value = key.sign(signing.algorithm, &prepared.to_be_signed).expect("the key signs");
    prepared.finish(&value)
}

fn enveloped(part: Part<'_>) -> What<'_> {
    What::Enveloped { document: DOCUMENT.as_bytes(), parent: None, part }
}

fn files<'w>(contents: &'w [(&str, Vec<u8>)]) -> Vec<Data<'w>> {
    let data = |(uri, content): &'w (&str, Vec<u8>)| Data {
        uri: (*uri).into(),
        mime: Some("text/plain".into()),
        content: DataContent::Source(content),
    };
    contents.iter().map(data).collect()
}

#[test]
fn every_form_verifies_here_and_with_xmlsec1() -> TestResult {
    let folder = tempfile::tempdir()?;
    let contents = [("one.txt", b"one".to_vec()), ("two.txt", vec![0xFF; 100_000])];
    for (name, content) in &contents {
        std::fs::write(folder.path().join(name), content)?;
    }
    let given: Vec<_> = contents.iter().map(|(name, content)| (Some((*name).to_owned()), content.clone())).collect();
    let country = Country::new(KeyType::P256)?;
    let forms: [(&str, What<'_>); 7] = [
        ("whole", enveloped(Part::Whole)),
        ("beside others", enveloped(Part::WholeWithoutSignatures)),
        ("an element", enveloped(Part::Element("p1"))),
        (
            "inside what is signed",
            What::Enveloped { document: DOCUMENT.as_bytes(), parent: Some("h"), part: Part::Element("h") },
        ),
        ("enveloping", What::Enveloping(files(&contents))),
        ("detached", What::Detached { files: files(&contents), into: None, asic: false }),
        ("ASiC", What::Detached { files: files(&contents), into: None, asic: true }),
    ];
    for method in [Method::EXCLUSIVE, Method::Inclusive10, Method::Inclusive11] {
        for (name, what) in &forms {
            let options = Options { method: method.clone(), ..Options::default() };
            let signed = sign(what, &country.signing(), &options, &country.signer.key)?;
            let document = read(&signed, &given)?;
            let signature = &document.signatures[0];
            assert!(signature.faults.is_empty(), "{name}: {:?}", signature.faults);
            assert!(b_level(signature), "{name} {method:?}: {:?}", signature.data);
            assert_eq!(signature.level, Level::B, "{name}");
            assert_eq!(
                matches!(signature.coverage, Coverage::Part(_)),
                name.contains("element") || name.contains("inside"),
                "{name}: {:?}",
                signature.coverage
            );
            assert_eq!(signature.claimed_time, Some(Country::now()));
            if xmlsec1::installed() {
                let verified = xmlsec1::verify(folder.path(), &signed, &country.root.certificate, None);
                assert_eq!(verified, Ok(()), "{name} {method:?}: {}", String::from_utf8_lossy(&signed));
            }
        }
    }
    Ok(())
}

#[test]
fn what_was_there_stays_as_it_was() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let signed = sign(&enveloped(Part::Whole), &country.signing(), &Options::default(), &country.signer.key)?;
    let text = String::from_utf8(signed)?;
    let start = text.find("<ds:Signature ").ok_or("no signature")?;
    let end = text.rfind("</ds:Signature>").ok_or("no end")? + "</ds:Signature>".len();
    assert_eq!([&text[..start], &text[end..]].concat(), DOCUMENT);
    Ok(())
}

#[test]
fn every_algorithm_signs() -> TestResult {
    use DigestAlgorithm::{Sha3_256, Sha3_512, Sha256, Sha384, Sha512};
    let folder = tempfile::tempdir()?;
    let kinds = [
        (KeyType::Rsa(2048), SignatureAlgorithm::RsaPkcs1(Sha256), Sha256, true),
        (KeyType::Rsa(2048), SignatureAlgorithm::RsaPkcs1(Sha512), Sha512, true),
        (KeyType::Rsa(2048), SignatureAlgorithm::RsaPss(Sha256), Sha256, false),
        (KeyType::Rsa(2048), SignatureAlgorithm::RsaPss(Sha384), Sha3_256, false),
        (KeyType::P256, SignatureAlgorithm::Ecdsa(Sha256), Sha3_512, false),
        (KeyType::P384, SignatureAlgorithm::Ecdsa(Sha384), Sha384, true),
        (KeyType::Ed25519, SignatureAlgorithm::Ed25519, Sha512, false),
    ];
    for (key_type, algorithm, digest, known_to_xmlsec1) in kinds {
        let country = Country::new(key_type)?;
        let signing = country.signing_with(algorithm, digest);
        let signed = sign(&enveloped(Part::Whole), &signing, &Options::default(), &country.signer.key)?;
        let document = read(&signed, &[])?;
        assert!(b_level(&document.signatures[0]), "{algorithm:?} {digest:?}");
        if known_to_xmlsec1 && xmlsec1::installed() {
            assert_eq!(xmlsec1::verify(folder.path(), &signed, &country.root.certificate, None), Ok(()));
        }
    }
    Ok(())
}

#[test]
fn a_value_of_another_key_is_refused() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let prepared = make::prepare(&enveloped(Part::Whole), &country.signing(), &Options::default())?;
    let value = country.root.key.sign(country.signing().algorithm, &prepared.to_be_signed)?;
    assert!(matches!(prepared.finish(&value), Err(MakeError::Value { .. })));
    Ok(())
}

#[test]
fn signatures_stand_beside_each_other_and_on_each_other() -> TestResult {
    let folder = tempfile::tempdir()?;
    let country = Country::new(KeyType::P256)?;
    let other = Country::new(KeyType::P384)?;
    let options = Options::default();
    let first = sign(&enveloped(Part::WholeWithoutSignatures), &country.signing(), &options, &country.signer.key)?;
    let second = What::Enveloped { document: &first, parent: None, part: Part::WholeWithoutSignatures };
    let both = sign(&second, &other.signing(), &options, &other.signer.key)?;
    let document = read(&both, &[])?;
    assert_eq!(document.signatures.len(), 2);
    assert!(document.signatures.iter().all(b_level), "{:?}", document.signatures[0].data);
    let id = document.signatures[0].id.clone();
    let counter = What::Counter { document: &both, signature: &id };
    let three = sign(&counter, &other.signing(), &options, &other.signer.key)?;
    let document = read(&three, &[])?;
    assert_eq!(document.signatures.iter().map(|s| s.countersigns).collect::<Vec<_>>(), [None, Some(0), None]);
    assert!(document.signatures.iter().all(b_level));
    assert!(document.signatures.iter().all(|s| s.faults.is_empty()));
    let counted = &document.signatures[1];
    assert!(counted.data.iter().any(|d| d.kind == DataKind::CounterSigned && d.state == DataState::Intact));
    if xmlsec1::installed() {
        let roots = [&country, &other, &other];
        for (signature, country) in document.signatures.iter().zip([roots[0], roots[1], roots[2]]) {
            let verified = xmlsec1::verify(folder.path(), &three, &country.root.certificate, Some(&signature.id));
            assert_eq!(verified, Ok(()), "{}", signature.id);
        }
    }
    Ok(())
}

#[test]
fn an_archive_time_stamp_proves_no_signature_that_takes_the_id_of_a_counter_signature_later() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let (options, all) = (Options::default(), Selection::All);
    let part = Part::WholeWithoutSignatures;
    let first = sign(&enveloped(part), &country.signing(), &options, &country.signer.key)?;
    let first = augment::add_material(&augment::add_timestamp(&first, &all, &country)?, &all, &country)?;
    // Kept free among what is time-stamped: the name of a signature that is made long after.
    let kept_free = "<CounterSignature xmlns=\"http://uri.etsi.org/01903/v1.3.2#\">\
        <Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\" Id=\"later\"/></CounterSignature>";
    let text = String::from_utf8(first)?;
    let place = text.rfind("UnsignedSignatureProperties>").and_then(|at| text[..at].rfind("</")).ok_or("no place")?;
    let first = [&text[..place], kept_free, &text[place..]].concat().into_bytes();
    let one = Selection::Ids(vec![read(&first, &[])?.signatures[0].id.clone()]);
    let first = augment::add_archive_timestamp(&first, &one, &country, &|_| None)?;
    let part = Part::WholeWithoutSignatures;
    let second = What::Enveloped { document: &first, parent: None, part };
    let second = sign(&second, &country.signing(), &options, &country.signer.key)?;
    let before = read(&second, &[])?;
    let last = &before.signatures.last().ok_or("no signature")?.id;
    let renamed = String::from_utf8(second)?.replace(&format!(" Id=\"{last}\""), " Id=\"later\"");
    let document = read(renamed.as_bytes(), &[])?;
    let last = document.signatures.last().ok_or("no signature")?;
    assert!(last.level == Level::B && last.id != "later", "{}", last.id);
    let archive = document.signatures[0].timestamps.last().ok_or("no time-stamp")?;
    assert_eq!((archive.kind, &archive.imprint), (TimestampKind::Archive, &DataState::Intact));
    assert!(archive.proves.contains(&Proven::Signature("later".into())));
    assert!(!archive.proves.contains(&Proven::Signature(last.id.clone())));
    Ok(())
}

#[test]
fn a_signature_that_would_break_another_is_refused() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let options = Options::default();
    let first = sign(&enveloped(Part::Whole), &country.signing(), &options, &country.signer.key)?;
    let second = What::Enveloped { document: &first, parent: None, part: Part::Whole };
    let refused = make::prepare(&second, &country.signing(), &options);
    assert!(matches!(refused.map(|_| ()), Err(MakeError::Document { .. })));
    Ok(())
}

#[test]
fn levels_are_added_and_renewed() -> TestResult {
    let folder = tempfile::tempdir()?;
    let contents = [("one.txt", b"one".to_vec()), ("two.txt", vec![7; 300_000])];
    for (name, content) in &contents {
        std::fs::write(folder.path().join(name), content)?;
    }
    let given: Vec<_> = contents.iter().map(|(name, content)| (Some((*name).to_owned()), content.clone())).collect();
    let resolve = |uri: &str| {
        let found = contents.iter().find(|(name, _)| *name == uri)?;
        Some(Resolved::Bytes(found.1.as_slice().into()))
    };
    let country = Country::new(KeyType::P256)?;
    let all = Selection::All;
    for what in [
        enveloped(Part::Whole),
        What::Enveloping(files(&contents)),
        What::Detached { files: files(&contents), into: None, asic: true },
    ] {
        let mut bytes = sign(&what, &country.signing(), &Options::default(), &country.signer.key)?;
        let id = read(&bytes, &given)?.signatures[0].id.clone();
        let counter = What::Counter { document: &bytes, signature: &id };
        bytes = sign(&counter, &country.signing(), &Options::default(), &country.signer.key)?;
        let refused = augment::add_material(&bytes, &all, &country);
        assert_eq!(refused, Err(MakeError::Level { wanted: Level::Lt, found: Level::B }));
        bytes = augment::add_timestamp(&bytes, &all, &country)?;
        assert_eq!(read(&bytes, &given)?.signatures[0].level, Level::T);
        bytes = augment::add_material(&bytes, &all, &country)?;
        assert_eq!(read(&bytes, &given)?.signatures[0].level, Level::Lt);
        for renewals in 1..4 {
            bytes = augment::add_archive_timestamp(&bytes, &all, &country, &resolve)?;
            let document = read(&bytes, &given)?;
            let signature = &document.signatures[0];
            assert_eq!(signature.level, Level::Lta);
            assert!(b_level(signature) && signature.faults.is_empty());
            assert_eq!(signature.timestamps.len(), 1 + renewals);
            assert!(signature.timestamps.iter().all(|t| t.imprint == DataState::Intact), "{renewals}");
            let last = signature.timestamps.last().ok_or("none")?;
            assert_eq!(last.kind, TimestampKind::Archive);
            for earlier in &signature.timestamps[..renewals] {
                assert!(last.proves.contains(&Proven::Timestamp(earlier.id.clone())));
                assert!(!earlier.ocsps.is_empty(), "validation data of {}", earlier.id);
            }
            assert!(last.proves.contains(&Proven::Signature(document.signatures[1].id.clone())));
            assert!(last.proves.iter().any(|p| matches!(p, Proven::Revocation(_))));
            if xmlsec1::installed() {
                let verified = xmlsec1::verify(folder.path(), &bytes, &country.root.certificate, Some(&signature.id));
                assert_eq!(verified, Ok(()));
            }
        }
        let late = What::Counter { document: &bytes, signature: &read(&bytes, &given)?.signatures[1].id };
        let refused = make::prepare(&late, &country.signing(), &Options::default()).map(|_| ());
        assert!(matches!(refused, Err(MakeError::Document { .. })), "inside what the archive time-stamps cover");
    }
    Ok(())
}

#[test]
fn an_archive_time_stamp_wants_what_was_signed() -> TestResult {
    let contents = [("one.txt", b"one".to_vec())];
    let country = Country::new(KeyType::P256)?;
    let what = What::Detached { files: files(&contents), into: None, asic: false };
    let bytes = sign(&what, &country.signing(), &Options::default(), &country.signer.key)?;
    let bytes = augment::add_timestamp(&bytes, &Selection::All, &country)?;
    let bytes = augment::add_material(&bytes, &Selection::All, &country)?;
    let refused = augment::add_archive_timestamp(&bytes, &Selection::All, &country, &|_| None);
    assert!(matches!(refused, Err(MakeError::Document { .. })), "{refused:?}");
    Ok(())
}

#[test]
fn content_that_nobody_signed_is_named() -> TestResult {
    let contents = [("one.txt", b"one".to_vec()), ("two.txt", b"two".to_vec())];
    let country = Country::new(KeyType::P256)?;
    let what = What::Detached { files: files(&contents), into: None, asic: false };
    let bytes = sign(&what, &country.signing(), &Options::default(), &country.signer.key)?;
    let given = ["two.txt", "more.txt", "one.txt"].map(|name| (Some(name.to_owned()), name[..3].into()));
    let document = read(&bytes, &given)?;
    assert!(document.signatures[0].data.iter().all(|data| data.state == DataState::Intact));
    let told: Vec<&str> = document.findings.iter().map(|finding| finding.text.as_str()).collect();
    assert_eq!(told, ["given beside the file, but not what was signed: \"more.txt\""]);
    assert_eq!(read(&bytes, &[given[0].clone(), given[2].clone()])?.findings, []);
    Ok(())
}

#[test]
fn an_object_that_nobody_signed_is_told() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    for part in [Part::Whole, Part::WholeWithoutSignatures] {
        let signed = sign(&enveloped(part), &country.signing(), &Options::default(), &country.signer.key)?;
        assert_eq!(read(&signed, &[])?.signatures[0].coverage, Coverage::Whole);
        let text = String::from_utf8(signed)?;
        for (end, put) in [
            ("</ds:Signature>", "<ds:Object><pay>1000000</pay></ds:Object></ds:Signature>"),
            ("</ds:Object>", "<pay>1000000</pay></ds:Object>"),
        ] {
            let document = read(text.replacen(end, put, 1).as_bytes(), &[])?;
            let signature = &document.signatures[0];
            assert!(signature.data.iter().all(|data| data.state == DataState::Intact), "{put}");
            assert!(
                matches!(&signature.coverage, Coverage::Part(what) if what.contains("pay")),
                "{put}: {signature:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn texts_alone_are_not_the_elements_around_them() -> TestResult {
    let signed = |data: &str| {
        format!(
            r##"<doc><data Id="d">{data}</data><s:Signature xmlns:s="http://www.w3.org/2000/09/xmldsig#"><s:SignedInfo><s:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><s:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><s:Reference URI="#d"><s:Transforms><s:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64"/></s:Transforms><s:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><s:DigestValue>GF+NsyJx/iX1Yab8k4suJkMG7DBO2lGAB9F2SCY4GWk=</s:DigestValue></s:Reference></s:SignedInfo><s:SignatureValue/></s:Signature></doc>"##
        )
    };
    for (data, whole) in [("SGVsbG8=", true), (r#"<pay to="Alice">SGVsbG8=</pay>"#, false)] {
        let document = read(signed(data).as_bytes(), &[])?;
        let signature = &document.signatures[0];
        assert_eq!(signature.data[0].state, DataState::Intact);
        assert_eq!(signature.coverage == Coverage::Whole, whole, "{data}: {:?}", signature.coverage);
    }
    Ok(())
}
