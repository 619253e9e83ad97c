//! XAdES: read with and without content, in bounded time; what a reader finds intact stays so when a time-stamp is put in.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;
use mekong_signature::making::{Material, Selection, ServiceError, Services};
use mekong_signature::xades::{Resolved, augment, read_signatures};
use std::borrow::Cow;

struct Anything;

impl Services for Anything {
    fn timestamp(&self, _: DigestAlgorithm, digest: &[u8]) -> Result<Vec<u8>, ServiceError> {
        Ok(digest.to_vec())
    }

    fn material(&self, certificates: &[Certificate]) -> Result<Material, ServiceError> {
        Ok(Material { certificates: certificates.to_vec(), ocsps: vec![vec![1]], crls: vec![vec![2]] })
    }
}

fuzz_target!(|data: &[u8]| {
    let content = |_: &str| Some(Resolved::Bytes(Cow::Borrowed(b"content".as_slice())));
    let Ok(signatures) = read_signatures(data, None, &content) else { return };
    for (index, signature) in signatures.iter().enumerate() {
        assert!(signature.countersigns.is_none_or(|signed| signed < index));
    }
    let _ = read_signatures(data, Some("a"), &|_| None);
    let Ok(stamped) = augment::add_timestamp(data, &Selection::All, &Anything) else { return };
    let again = read_signatures(&stamped, None, &content).expect("what we wrote is read");
    assert_eq!(again.len(), signatures.len());
    let _ = augment::add_material(&stamped, &Selection::All, &Anything);
});
