//! Refuses material that says of a certificate that it was revoked before anything proves the signature: what would be made of
//! it never passes.

use crate::facts::{Document, Proven, Timestamp};
use crate::making::{Material, Selection, ServiceError, Services};
use crate::read::Reading;
use mekong_base::Instant;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;
use mekong_pki::crl::{self, Crl};
use mekong_pki::ocsp::{CertId, Response, Status};

/// Services, with a look at what their material says.
pub(crate) struct Guarded<'a> {
    /// Who is asked.
    pub(crate) services: &'a dyn Services,
    /// The signed file, as far as it is extended.
    pub(crate) file: &'a [u8],
    /// Which signatures are extended.
    pub(crate) which: &'a Selection,
    /// What its readers need beside it.
    pub(crate) reading: &'a Reading<'a>,
}

impl Services for Guarded<'_> {
    fn timestamp(&self, algorithm: DigestAlgorithm, digest: &[u8]) -> Result<Vec<u8>, ServiceError> {
        self.services.timestamp(algorithm, digest)
    }

    fn material(&self, certificates: &[Certificate]) -> Result<Material, ServiceError> {
        let material = self.services.material(certificates)?;
        let revoked = revoked(certificates, &material);
        if revoked.is_empty() {
            return Ok(material);
        }
        let document = crate::read(&self.file, self.reading).ok();
        for (certificate, at, reason) in revoked {
            let proven = document.as_ref().and_then(|document| proven(document, self.which, certificate));
            if proven.is_none_or(|proven| at <= proven) {
                return Err(refusal(certificate, at, reason));
            }
        }
        Ok(material)
    }
}

fn refusal(certificate: &Certificate, at: Instant, reason: Option<u8>) -> ServiceError {
    let why = reason.map(|reason| format!(" ({})", crl::reason_name(reason))).unwrap_or_default();
    let reason = format!(
        "revoked since {at}{why}, and no time-stamp on the signature is older than that, so that it would never be valid: \
         sign with a certificate that is not revoked"
    );
    ServiceError { service: format!("the certificate of {}", certificate.subject()), reason }
}

/// The certificates of which OCSP responses or lists in the material say that they are revoked: since when, and why.
fn revoked<'a>(asked: &'a [Certificate], material: &'a Material) -> Vec<(&'a Certificate, Instant, Option<u8>)> {
    let responses: Vec<Response> = material.ocsps.iter().filter_map(|der| Response::from_der(der).ok()).collect();
    let lists: Vec<Crl> = material.crls.iter().filter_map(|der| Crl::parse(der.as_slice().into()).ok()).collect();
    let all = || asked.iter().chain(&material.certificates);
    let by_response = |certificate: &Certificate| {
        let mut issuers = all().filter(|issuer| certificate.names_issuer(issuer));
        issuers.find_map(|issuer| {
            responses.iter().find_map(|Response { answer, .. }| match answer.status {
                Status::Revoked { at, reason }
                    if answer.cert_id == CertId::of(certificate, issuer, answer.cert_id.algorithm) =>
                {
                    Some((at, reason))
                }
                _ => None,
            })
        })
    };
    let by_list = |certificate: &Certificate| {
        let mut of_issuer = lists.iter().filter(|list| list.issuer_der() == certificate.issuer_der());
        let found = of_issuer.find_map(|list| list.lookup(certificate.serial()));
        found.map(|revoked| (revoked.at, revoked.reason))
    };
    let below = all().filter(|certificate| !certificate.is_self_issued());
    below.filter_map(|c| by_response(c).or_else(|| by_list(c)).map(|(at, reason)| (c, at, reason))).collect()
}

/// The oldest time-stamp on the signature of a certificate; of those that are not a signer's, on any chosen signature.
fn proven(document: &Document, which: &Selection, certificate: &Certificate) -> Option<Instant> {
    let chosen = || document.signatures.iter().filter(|signature| which.takes(&signature.id));
    let is_signer = |found: Option<&Certificate>| found.is_some_and(|found| found.der() == certificate.der());
    let is_one = chosen().any(|signature| is_signer(signature.certificates.first()));
    let of = chosen().filter(|signature| !is_one || is_signer(signature.certificates.first()));
    let stamps = of.flat_map(|signature| {
        let outside = document.timestamps.iter();
        signature.timestamps.iter().chain(outside).filter(|stamp| stamps(stamp, &signature.id))
    });
    stamps.filter_map(|stamp| stamp.token.as_ref().ok()).map(|token| token.info.gen_time).min()
}

fn stamps(stamp: &Timestamp, id: &str) -> bool {
    stamp.proves.iter().any(|proven| matches!(proven, Proven::Signature(signature) if signature == id))
}
