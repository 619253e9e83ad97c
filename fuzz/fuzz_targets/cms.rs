//! Signed data: what is read is written so that the same is read, and signed bytes stay as they are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::cms::{SignedData, Writing, attribute, oid, signing_certificates};

fuzz_target!(|data: &[u8]| {
    for second in [false, true] {
        let _ = signing_certificates(data, second);
    }
    let Ok(read) = SignedData::parse(data) else { return };
    let _ = (read.certificates.decoded(), read.content_digest(DigestAlgorithm::Sha256));
    for signer in &read.signers {
        let _ = (signer.digest(), signer.algorithm(), signer.id.to_string());
    }
    if let [first, ..] = read.version.value
        && *first < 6
        && read.version.value.len() == 1
    {
        written_again(&read);
    }
});

fn written_again(read: &SignedData<'_>) {
    let mut writing = Writing::of(read);
    if !read.signers.is_empty() {
        writing.unsigned_attributes(0).expect("a signer").push(attribute(oid::MIME_TYPE, &[&[0x0c, 0]]));
        let all = read.with_unsigned(0, &|_| true).expect("a signer");
        let none = read.with_unsigned(0, &|_| false).expect("a signer");
        let all = SignedData::parse(&all).expect("it was written");
        let none = SignedData::parse(&none).expect("it was written");
        assert_eq!(all.signers[0].signed_bytes(), read.signers[0].signed_bytes());
        assert_eq!(none.signers[0].signed_bytes(), read.signers[0].signed_bytes());
        assert!(none.signers[0].unsigned.is_none());
    }
    let written = writing.to_der();
    let Ok(again) = SignedData::parse(&written) else { return };
    assert_eq!(again.signers.len(), read.signers.len());
    assert_eq!(again.encapsulated.whole, read.encapsulated.whole);
    for (again, read) in again.signers.iter().zip(&read.signers) {
        assert_eq!(again.signed_bytes(), read.signed_bytes());
        assert_eq!(again.value, read.value);
    }
}
