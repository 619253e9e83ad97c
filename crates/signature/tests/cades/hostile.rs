//! Input made to hurt: bounded in time and memory, with an error that names the fault.

use crate::services::{Country, signing};
use mekong_crypto::{DigestAlgorithm, KeyType, SignatureAlgorithm};
use mekong_pki::cms::{NewSigner, SignedData, Writing, attribute, oid};
use mekong_pki::testing::TestResult;
use mekong_signature::cades::make::{Options, prepare};
use mekong_signature::cades::{self, augment};
use mekong_signature::making::Selection;
use mekong_signature::{ReadError, Reading, read};
use std::time::{Duration, Instant};

/// A signature of level T over two bytes.
fn signed() -> Vec<u8> {
    let country = Country::new();
    let signer = country.signer(KeyType::P256);
    let signing = signing(&signer, SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256));
    let prepared = prepare(&b"it".to_vec(), &signing, &Options::default()).unwrap();
    let value = signer.key.sign(signing.algorithm, &prepared.to_be_signed).unwrap();
    augment::add_timestamp(&prepared.finish(&value).unwrap(), &Selection::All, &country).unwrap()
}

#[test]
fn signed_attributes_are_no_document() -> TestResult {
    let country = Country::new();
    let signer = country.signer(KeyType::P256);
    let signing = signing(&signer, SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256));
    let prepared = prepare(&b"it".to_vec(), &signing, &Options::default())?;
    let bare = |content_type: &[u8], content: &[u8]| -> Result<_, Box<dyn std::error::Error>> {
        let mut writing = Writing::new(content_type, Some(content));
        writing.add_certificate(&signer.certificate);
        writing.add_signer(&NewSigner {
            certificate: &signer.certificate,
            digest: DigestAlgorithm::Sha256,
            signed_attributes: None,
            algorithm: signing.algorithm,
            value: &signer.key.sign(signing.algorithm, content)?,
        })?;
        Ok(read(&writing.to_der(), &Reading::default())?.signatures.remove(0))
    };
    assert!(bare(oid::DATA, b"plain")?.faults.is_empty());
    // The value over signed attributes is one over their bytes, too: whoever has it could pass them off as what was signed.
    let attributes = &prepared.to_be_signed;
    assert_eq!(attributes.first(), Some(&0x31));
    assert_eq!(bare(oid::DATA, attributes)?.faults.len(), 1);
    assert_eq!(bare(oid::TST_INFO, b"plain").map(|s| s.faults.len()).unwrap_or(1), 1);
    Ok(())
}

/// The file with more unsigned attributes on its signer.
fn with(cms: &[u8], attributes: &[Vec<u8>]) -> Vec<u8> {
    let data = SignedData::parse(cms).unwrap();
    let mut writing = Writing::of(&data);
    writing.unsigned_attributes(0).unwrap().extend_from_slice(attributes);
    writing.to_der()
}

fn is_limited(cms: &[u8]) -> bool {
    matches!(read(&cms.to_vec(), &Reading::default()), Err(ReadError::Limit { .. }))
}

#[test]
fn numbers_and_depths_are_limited() -> TestResult {
    let cms = signed();
    let data = SignedData::parse(&cms)?;
    let stamp = data.signers[0].unsigned_attributes(oid::SIGNATURE_TIMESTAMP).next().ok_or("no time-stamp")?;
    let token = stamp.values[0].whole;
    let stamps = |id: &[u8], count: usize| vec![attribute(id, &vec![token; count])];
    assert!(read(&with(&cms, &stamps(oid::SIGNATURE_TIMESTAMP, 100)), &Reading::default()).is_ok());
    assert!(is_limited(&with(&cms, &stamps(oid::SIGNATURE_TIMESTAMP, cades::TIMESTAMPS_MAX))));
    assert!(is_limited(&with(&cms, &stamps(oid::ARCHIVE_TIMESTAMP_V2, cades::ARCHIVE_TIMESTAMPS_MAX + 1))));
    // counter-signatures inside counter-signatures, and beside each other
    let mut nested = data.signers[0].element.whole.to_vec();
    for _ in 0..12 {
        let signer = SignedData::parse(&cms)?;
        let whole = with(&cms, &[attribute(oid::COUNTER_SIGNATURE, &[&nested])]);
        nested = SignedData::parse(&whole)?.signers[0].element.whole.to_vec();
        assert_eq!(signer.signers.len(), 1);
    }
    assert!(is_limited(&with(&cms, &[attribute(oid::COUNTER_SIGNATURE, &[&nested])])));
    let counter = data.signers[0].element.whole;
    let many = vec![attribute(oid::COUNTER_SIGNATURE, &vec![counter; 300]); 2];
    assert!(is_limited(&with(&cms, &many)));
    Ok(())
}

#[test]
fn many_archive_timestamps_over_much_content_take_bounded_time() -> TestResult {
    let country = Country::new();
    let signer = country.signer(KeyType::P256);
    let signing = signing(&signer, SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256));
    let content = vec![7; 8 << 20];
    let prepared = prepare(&content, &signing, &Options::default())?;
    let value = signer.key.sign(signing.algorithm, &prepared.to_be_signed)?;
    let cms = augment::add_timestamp(&prepared.finish(&value)?, &Selection::All, &country)?;
    let data = SignedData::parse(&cms)?;
    let stamp = data.signers[0].unsigned_attributes(oid::SIGNATURE_TIMESTAMP).next().ok_or("no time-stamp")?;
    let token = stamp.values[0].whole;
    let many = vec![attribute(oid::ARCHIVE_TIMESTAMP_V2, &vec![token; cades::ARCHIVE_TIMESTAMPS_MAX])];
    let cms = with(&cms, &many);
    let start = Instant::now();
    let document = read(&cms, &Reading::default())?;
    assert_eq!(document.signatures[0].timestamps.len(), 1 + cades::ARCHIVE_TIMESTAMPS_MAX);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    Ok(())
}
