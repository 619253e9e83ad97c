//! A country of one root, one signer, a time-stamper and an OCSP responder, in memory.
#![allow(dead_code, reason = "not every test needs all of it")]

use const_oid::ObjectIdentifier;
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, KeyType, SignatureAlgorithm};
use mekong_pki::Certificate;
use mekong_pki::issue::{Issuer, Profile};
use mekong_pki::ocsp::{self, Answer, CertId, ResponderId, Status};
use mekong_pki::testing::{days, epoch, issued, self_signed};
use mekong_pki::tsp::{Request, Response, TimeStampAuthority};
use mekong_signature::making::{Material, Place, ServiceError, Services, Signing};

type Error = Box<dyn std::error::Error>;

pub(crate) struct Country {
    pub(crate) root: Issuer,
    pub(crate) signer: Issuer,
    pub(crate) responder: Issuer,
    /// Since when the signer's certificate is revoked.
    pub(crate) revoked: Option<Instant>,
    tsa: TimeStampAuthority,
}

impl Country {
    pub(crate) fn new(key_type: KeyType) -> Result<Self, Error> {
        let root = self_signed("Root", KeyType::P256)?;
        let signer = issued(&root, "Signer", key_type, Profile::Signing)?;
        let responder = issued(&root, "OCSP", KeyType::P256, Profile::OcspResponder)?;
        let stamper = issued(&root, "TSA", KeyType::P256, Profile::TimeStamping)?;
        let policy = ObjectIdentifier::new("1.3.6.1.4.1.99999.1")?;
        let tsa = TimeStampAuthority::new(stamper.certificate, stamper.key, policy);
        Ok(Self { root, signer, responder, revoked: None, tsa })
    }

    /// The time of signing and of everything that follows.
    pub(crate) fn now() -> Instant {
        epoch() + days(30)
    }

    pub(crate) fn signing(&self) -> Signing {
        self.signing_with(self.signer.key.default_algorithm(), DigestAlgorithm::Sha256)
    }

    pub(crate) fn signing_with(&self, algorithm: SignatureAlgorithm, digest: DigestAlgorithm) -> Signing {
        Signing {
            certificate: self.signer.certificate.clone(),
            chain: Vec::new(),
            algorithm,
            digest,
            time: Self::now(),
            place: Some(Place { city: Some("Vientiane".into()), province: None, country: Some("LA".into()) }),
            roles: vec!["director".into()],
            commitment: Some("1.2.840.113549.1.9.16.6.1".into()),
            policy: None,
        }
    }
}

impl Services for Country {
    fn timestamp(&self, algorithm: DigestAlgorithm, digest: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let request = Request { wants_certificate: true, ..Request::new(algorithm, digest.to_vec()) };
        let response = self.tsa.respond(&request.to_der(), Self::now());
        let failed = |e: mekong_pki::tsp::TspError| ServiceError { service: "TSA".into(), reason: e.to_string() };
        Ok(Response::from_der(&response).map_err(failed)?.token)
    }

    fn material(&self, certificates: &[Certificate]) -> Result<Material, ServiceError> {
        let root = &self.root.certificate;
        let mut ocsps = Vec::new();
        for certificate in certificates.iter().filter(|c| c.der() != root.der() && c.names_issuer(root)) {
            let revoked = self.revoked.filter(|_| certificate.der() == self.signer.certificate.der());
            let answer = Answer {
                cert_id: CertId::of(certificate, root, DigestAlgorithm::Sha256),
                status: revoked.map_or(Status::Good, |at| Status::Revoked { at, reason: Some(1) }),
                this_update: Self::now(),
                next_update: Some(Self::now() + days(1)),
            };
            let (responder, key) = (&self.responder.certificate, &self.responder.key);
            let response = ocsp::sign(&answer, responder, key, &ResponderId::by_name(responder), Self::now(), None);
            ocsps.push(response.map_err(|e| ServiceError { service: "OCSP".into(), reason: e.to_string() })?);
        }
        Ok(Material { certificates: vec![root.clone()], ocsps, crls: Vec::new() })
    }
}
