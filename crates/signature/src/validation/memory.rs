//! What may be remembered from one validation to the next: certificates and revocation data, read, which remember in turn by
//! which key they were verified. Nothing here depends on time, policy or anchors, so that nothing remembered can make a
//! verdict wrong.

use mekong_pki::Certificate;
use mekong_pki::crl::Crl;
use mekong_pki::ocsp::Response;
use std::collections::HashMap;
use std::sync::Mutex;

/// Most certificates that are remembered.
const CERTIFICATES_MAX: usize = 8_192;
/// Most OCSP responses that are remembered.
const OCSPS_MAX: usize = 1_024;
/// Most revocation lists that are remembered; each may be large.
const CRLS_MAX: usize = 64;

/// A memory shared by validations, bounded; clone the `Arc` around it to share it between threads.
#[derive(Debug, Default)]
pub struct Memory {
    certificates: Mutex<HashMap<[u8; 32], Certificate>>,
    ocsps: Mutex<HashMap<[u8; 32], Response>>,
    crls: Mutex<HashMap<[u8; 32], Crl>>,
}

impl Memory {
    /// Nothing remembered.
    pub fn new() -> Self {
        Self::default()
    }

    /// The certificate met before with this SHA-256, else this one from now on.
    pub(super) fn same(&self, digest: [u8; 32], certificate: &Certificate) -> Certificate {
        find(&self.certificates, &digest).unwrap_or_else(|| {
            keep(&self.certificates, CERTIFICATES_MAX, digest, certificate);
            certificate.clone()
        })
    }

    pub(super) fn ocsp(&self, digest: &[u8; 32]) -> Option<Response> {
        find(&self.ocsps, digest)
    }

    pub(super) fn keep_ocsp(&self, digest: [u8; 32], response: &Response) {
        keep(&self.ocsps, OCSPS_MAX, digest, response);
    }

    pub(super) fn crl(&self, digest: &[u8; 32]) -> Option<Crl> {
        find(&self.crls, digest)
    }

    pub(super) fn keep_crl(&self, digest: [u8; 32], crl: &Crl) {
        keep(&self.crls, CRLS_MAX, digest, crl);
    }
}

fn find<T: Clone>(map: &Mutex<HashMap<[u8; 32], T>>, digest: &[u8; 32]) -> Option<T> {
    map.lock().ok().and_then(|map| map.get(digest).cloned())
}

/// When full it starts anew, which costs time and nothing else.
fn keep<T: Clone>(map: &Mutex<HashMap<[u8; 32], T>>, most: usize, digest: [u8; 32], value: &T) {
    if let Ok(mut map) = map.lock() {
        if map.len() >= most && !map.contains_key(&digest) {
            map.clear();
        }
        map.insert(digest, value.clone());
    }
}
