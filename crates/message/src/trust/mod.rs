//! What one X-Road instance trusts, and certificate chains verified against it.
//!
//! As the reference does it: the issuer is looked up among the approved authorities of the instance, the path validated, and
//! every certificate below the top must be good by an OCSP response that came with the message. In one point stricter: the
//! reference trusts a listed intermediate authority by itself, here its own OCSP response is needed too (the reference sends
//! those responses, so that its messages verify).

use crate::subject::{SubjectError, SubjectProfile};
use mekong_base::{Instant, MemberId};
use mekong_pki::Certificate;
use mekong_pki::ocsp::{self, CertId, OcspError, Response};
use mekong_pki::path::{self, Path, PathError};
use std::time::Duration;

/// Most OCSP responses looked at for one chain.
pub const OCSP_RESPONSES_MAX: usize = 32;

/// Authorities, time-stampers and freshness rules of one instance, taken from its shared parameters.
#[derive(Debug, Clone)]
pub struct InstanceTrust {
    /// The instance identifier, for example `VN`.
    pub instance: String,
    /// The approved certification authorities.
    pub authorities: Vec<Authority>,
    /// Certificates of the approved time-stamping authorities.
    pub timestampers: Vec<Certificate>,
    /// How old `thisUpdate` of an OCSP response may be (the reference's default is one hour).
    pub ocsp_freshness: Duration,
    /// Whether `nextUpdate` is checked too.
    pub check_next_update: bool,
}

/// One approved certification authority.
#[derive(Debug, Clone)]
pub struct Authority {
    /// Its name, for people.
    pub name: String,
    /// The certificate at which chains end; it need not be self-signed.
    pub top: Certificate,
    /// Authorities below `top`.
    pub intermediates: Vec<Certificate>,
    /// URLs of the OCSP responders, with their certificates where the configuration lists one.
    pub ocsp_responders: Vec<(String, Option<Certificate>)>,
    /// How its subjects name members.
    pub profile: SubjectProfile,
    /// Whether its certificates may only authenticate, not sign.
    pub authentication_only: bool,
}

/// A chain found good. Callers may keep it until [`VerifiedChain::valid_until`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedChain {
    /// Leaf first, then its issuers, without the top certificate.
    pub certificates: Vec<Certificate>,
    /// The approved top certificate at which the chain ends.
    pub top: Certificate,
    /// The last instant at which the same inputs would verify again: the first of all ends of validity and of OCSP
    /// freshness.
    pub valid_until: Instant,
}

/// Why a chain is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The issuer is not an approved authority of the instance, nor below one.
    #[error("{subject} is issued by {issuer}, which is no approved authority of instance {instance} ({approved} are)")]
    NotApproved {
        /// The certificate without an approved issuer.
        subject: String,
        /// The issuer that it names.
        issuer: String,
        /// The instance.
        instance: String,
        /// Names of the approved authorities.
        approved: String,
    },
    /// The chain to an approved authority is not valid.
    #[error("certificate path: {0}")]
    Path(#[from] PathError),
    /// More responses than [`OCSP_RESPONSES_MAX`].
    #[error("{found} OCSP responses are more than {OCSP_RESPONSES_MAX}")]
    TooManyResponses {
        /// How many came.
        found: usize,
    },
    /// None of the responses is about a certificate of the chain.
    #[error("none of the {given} OCSP responses is about the certificate of {subject}")]
    OcspMissing {
        /// Whose certificate, RFC 4514.
        subject: String,
        /// How many responses there were.
        given: usize,
    },
    /// The response about a certificate does not hold, or says that the certificate is not good.
    #[error("OCSP response for {subject}: {source}")]
    Ocsp {
        /// Whose certificate, RFC 4514.
        subject: String,
        /// What is wrong.
        source: OcspError,
    },
    /// The subject names no member.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// A signing certificate of an authority that is approved for authentication only.
    #[error("{authority} is approved for authentication only, so that {subject} may not sign")]
    AuthenticationOnly {
        /// The signer, RFC 4514.
        subject: String,
        /// The authority.
        authority: String,
    },
}

impl TrustError {
    /// The fault code that X-Road peers use for this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotApproved { .. } | Self::Path(_) => "cannot_create_cert_path",
            Self::OcspMissing { .. } => "invalid_cert_path.cert_validation",
            Self::Ocsp { source: OcspError::NotGood(_), .. } => "invalid_cert_path.cert_validation",
            Self::TooManyResponses { .. } | Self::Ocsp { .. } => "invalid_cert_path.incorrect_validation_info",
            Self::Subject(_) | Self::AuthenticationOnly { .. } => "incorrect_certificate",
        }
    }
}

impl Authority {
    /// The top certificate and those below it.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.top).chain(&self.intermediates)
    }

    /// Certificates of OCSP responders that the configuration lists.
    pub fn responder_certificates(&self) -> Vec<Certificate> {
        self.ocsp_responders.iter().filter_map(|(_, certificate)| certificate.clone()).collect()
    }

    fn issued(&self, certificate: &Certificate) -> bool {
        self.certificates().any(|c| certificate.names_issuer(c))
    }
}

impl InstanceTrust {
    /// The approved authority, of which one certificate issued this one, by name; where several have the same name, by
    /// signature. Nothing else is checked.
    pub fn authority_of(&self, certificate: &Certificate) -> Option<&Authority> {
        let signed = |a: &&Authority| {
            let mut issuers = a.certificates().filter(|c| certificate.names_issuer(c));
            issuers.any(|c| certificate.verify_signature(c.public_key()).is_ok())
        };
        let candidates: Vec<&Authority> = self.authorities.iter().filter(|a| a.issued(certificate)).collect();
        match candidates.as_slice() {
            [only] => Some(only),
            several => several.iter().copied().find(signed),
        }
    }

    /// The issuers of `certificate`, its own issuer first, up to and including the approved top certificate. Signatures are
    /// checked, validity and revocation are not: this is for finding out what to send and to ask about.
    ///
    /// # Errors
    /// [`TrustError::NotApproved`].
    pub fn issuer_chain(
        &self,
        certificate: &Certificate,
        extra: &[Certificate],
    ) -> Result<Vec<Certificate>, TrustError> {
        let chains = self.authorities.iter().filter_map(|authority| climb(certificate, authority, extra));
        chains.min_by_key(Vec::len).ok_or_else(|| self.not_approved(certificate))
    }

    /// Verifies the chain from `leaf` to an approved authority as it stood at `at`; every certificate but the top one must
    /// be good by one of the OCSP responses (the first that is about it).
    ///
    /// `extra` are certificates that came with the message, at most [`path::EXTRA_CERTIFICATES_MAX`] together with the
    /// authority's own; `ocsp` are DER responses, at most [`OCSP_RESPONSES_MAX`]. Key usages of the leaf are the caller's
    /// business: see [`Certificate::is_signing`] and [`Certificate::is_authentication`].
    ///
    /// # Errors
    /// See [`TrustError`]; where several authorities could have issued the leaf, the first one's.
    pub fn verify_chain(
        &self,
        leaf: &Certificate,
        extra: &[Certificate],
        ocsp: &[Vec<u8>],
        at: Instant,
    ) -> Result<VerifiedChain, TrustError> {
        if ocsp.len() > OCSP_RESPONSES_MAX {
            return Err(TrustError::TooManyResponses { found: ocsp.len() });
        }
        let mut failure = None;
        for authority in &self.authorities {
            match self.verify_under(authority, leaf, extra, ocsp, at) {
                Ok(chain) => return Ok(chain),
                Err(TrustError::Path(PathError::NoIssuer { .. })) => {}
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        Err(failure.unwrap_or_else(|| self.not_approved(leaf)))
    }

    fn verify_under(
        &self,
        authority: &Authority,
        leaf: &Certificate,
        extra: &[Certificate],
        ocsp: &[Vec<u8>],
        at: Instant,
    ) -> Result<VerifiedChain, TrustError> {
        let between: Vec<Certificate> = authority.intermediates.iter().chain(extra).cloned().collect();
        let path = path::validate(leaf, &between, std::slice::from_ref(&authority.top), at)?;
        let valid_until = self.verify_revocation(authority, &path, ocsp, at)?;
        Ok(VerifiedChain { certificates: path.certificates, top: path.anchor, valid_until })
    }

    /// The last instant at which the path and its OCSP responses hold.
    fn verify_revocation(
        &self,
        authority: &Authority,
        path: &Path,
        ocsp: &[Vec<u8>],
        at: Instant,
    ) -> Result<Instant, TrustError> {
        let read: Vec<(&[u8], Response)> =
            ocsp.iter().filter_map(|der| Response::from_der(der).ok().map(|r| (der.as_slice(), r))).collect();
        let responders = authority.responder_certificates();
        let mut valid_until = path.not_after();
        for (certificate, issuer) in path.links() {
            let about_it = |(_, r): &&(&[u8], Response)| {
                r.answer.cert_id == CertId::of(certificate, issuer, r.answer.cert_id.algorithm)
            };
            let missing = || TrustError::OcspMissing { subject: certificate.subject(), given: ocsp.len() };
            let (der, response) = read.iter().find(about_it).ok_or_else(missing)?;
            let failed = |source| TrustError::Ocsp { subject: certificate.subject(), source };
            let (freshness, next) = (self.ocsp_freshness, self.check_next_update);
            let status = ocsp::verify(der, certificate, issuer, &responders, at, freshness, next).map_err(failed)?;
            status.require_good().map_err(failed)?;
            let delegates = response.certificates.iter().filter(|c| response.responder.matches(c));
            let ends = std::iter::once(status.this_update + freshness)
                .chain(status.next_update.filter(|_| next))
                .chain(delegates.filter(|c| !responders.contains(c) && *c != issuer).map(Certificate::not_after));
            valid_until = ends.fold(valid_until, std::cmp::min);
        }
        Ok(valid_until)
    }

    /// The member that a signing certificate's subject names, by the profile of the authority that issued it. Verify the
    /// chain as well, and [`InstanceTrust::check_issuer`]: this looks at names only.
    ///
    /// # Errors
    /// [`TrustError::NotApproved`], [`TrustError::AuthenticationOnly`], [`TrustError::Subject`].
    pub fn member_of(&self, certificate: &Certificate) -> Result<MemberId, TrustError> {
        let authority = self.authority_of(certificate).ok_or_else(|| self.not_approved(certificate))?;
        if authority.authentication_only {
            let (subject, authority) = (certificate.subject(), authority.name.clone());
            return Err(TrustError::AuthenticationOnly { subject, authority });
        }
        Ok(authority.profile.member_of(certificate, &self.instance)?)
    }

    /// Whether the key that issued a verified chain's leaf is one of the approved authority by whose rules
    /// [`InstanceTrust::member_of`] reads its name. It may be another's: an approved authority may certify one below it that
    /// the configuration does not list and that bears the name of a listed one.
    ///
    /// # Errors
    /// [`TrustError::NotApproved`].
    pub fn check_issuer(&self, chain: &VerifiedChain) -> Result<(), TrustError> {
        let issuer = chain.certificates.get(1).unwrap_or(&chain.top).public_key().spki();
        let leaf = chain.certificates.first().unwrap_or(&chain.top);
        let listed = |a: &Authority| a.certificates().any(|c| c.public_key().spki() == issuer && leaf.names_issuer(c));
        if self.authority_of(leaf).is_some_and(listed) { Ok(()) } else { Err(self.not_approved(leaf)) }
    }

    fn not_approved(&self, certificate: &Certificate) -> TrustError {
        let names: Vec<&str> = self.authorities.iter().map(|a| a.name.as_str()).collect();
        TrustError::NotApproved {
            subject: certificate.subject(),
            issuer: certificate.issuer(),
            instance: self.instance.clone(),
            approved: if names.is_empty() { "none".to_owned() } else { names.join(", ") },
        }
    }
}

/// Climbs from a certificate to the authority's top by names and signatures.
fn climb(certificate: &Certificate, authority: &Authority, extra: &[Certificate]) -> Option<Vec<Certificate>> {
    let mut chain: Vec<Certificate> = Vec::new();
    while chain.len() < path::PATH_CERTIFICATES_MAX {
        let last = chain.last().unwrap_or(certificate);
        let issued = |c: &&Certificate| last.names_issuer(c) && last.verify_signature(c.public_key()).is_ok();
        let fresh = |c: &&Certificate| *c != certificate && !chain.contains(c);
        let issuer = authority.certificates().chain(extra).filter(fresh).find(issued)?.clone();
        let done = issuer == authority.top;
        chain.push(issuer);
        if done {
            return Some(chain);
        }
    }
    None
}

#[cfg(test)]
mod tests;
