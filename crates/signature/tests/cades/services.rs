//! A small authority in memory: a root, signers, time-stamps, revocation data.

use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, KeyType, SignatureAlgorithm};
use mekong_pki::Certificate;
use mekong_pki::issue::{Issuer, Profile};
use mekong_pki::ocsp::{self, Answer, CertId, ResponderId, Status};
use mekong_pki::testing::{days, epoch, issued, self_signed};
use mekong_pki::tsp::{Request, Response, TimeStampAuthority};
use mekong_signature::making::{Material, ServiceError, Services, Signing};
use std::sync::Mutex;

pub(crate) struct Country {
    pub(crate) root: Issuer,
    stamps: TimeStampAuthority,
    /// Moves on by an hour with each time-stamp.
    now: Mutex<Instant>,
}

impl Country {
    pub(crate) fn new() -> Self {
        let root = self_signed("Root", KeyType::P256).unwrap();
        let tsa = issued(&root, "TSA", KeyType::P256, Profile::TimeStamping).unwrap();
        let policy = const_oid::ObjectIdentifier::new_unwrap("1.2.3.4");
        let stamps = TimeStampAuthority::new(tsa.certificate, tsa.key, policy);
        Self { root, stamps, now: Mutex::new(epoch() + days(10)) }
    }

    pub(crate) fn signer(&self, key_type: KeyType) -> Issuer {
        issued(&self.root, "Signer", key_type, Profile::Signing).unwrap()
    }
}

impl Services for Country {
    fn timestamp(&self, algorithm: DigestAlgorithm, digest: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let mut now = self.now.lock().unwrap();
        *now = *now + std::time::Duration::from_secs(3600);
        let request = Request { wants_certificate: true, ..Request::new(algorithm, digest.to_vec()) };
        Ok(Response::from_der(&self.stamps.respond(&request.to_der(), *now)).unwrap().token)
    }

    fn material(&self, certificates: &[Certificate]) -> Result<Material, ServiceError> {
        let now = *self.now.lock().unwrap();
        let response = |certificate: &Certificate| {
            let cert_id = CertId::of(certificate, &self.root.certificate, DigestAlgorithm::Sha1);
            let answer = Answer { cert_id, status: Status::Good, this_update: now, next_update: None };
            let id = ResponderId::by_key(&self.root.certificate);
            ocsp::sign(&answer, &self.root.certificate, &self.root.key, &id, now, None).unwrap()
        };
        let ocsps = certificates.iter().map(response).collect();
        Ok(Material { certificates: vec![self.root.certificate.clone()], ocsps, crls: Vec::new() })
    }
}

pub(crate) fn signing(signer: &Issuer, algorithm: SignatureAlgorithm) -> Signing {
    Signing {
        certificate: signer.certificate.clone(),
        chain: Vec::new(),
        algorithm,
        digest: DigestAlgorithm::Sha256,
        time: epoch() + days(9),
        place: None,
        roles: Vec::new(),
        commitment: None,
        policy: None,
    }
}
