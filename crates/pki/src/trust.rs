//! What one X-Road instance trusts, and certificate chains verified against it.

use crate::Certificate;
use crate::subject::{SubjectError, SubjectProfile};
use mekong_base::{Instant, MemberId};
use std::time::Duration;

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
#[derive(Debug, Clone)]
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
    /// The subject names no member.
    #[error(transparent)]
    Subject(#[from] SubjectError),
}

impl InstanceTrust {
    /// Verifies the chain from `leaf` to an approved authority as it stood at `at`; every certificate but the top one must
    /// be good by one of the OCSP responses.
    ///
    /// # Errors
    /// See [`TrustError`].
    pub fn verify_chain(
        &self,
        _leaf: &Certificate,
        _extra: &[Certificate],
        _ocsp: &[Vec<u8>],
        _at: Instant,
    ) -> Result<VerifiedChain, TrustError> {
        unimplemented!()
    }

    /// The member that the certificate's subject names, by the profile of the authority that issued it.
    ///
    /// # Errors
    /// See [`TrustError`].
    pub fn member_of(&self, _certificate: &Certificate) -> Result<MemberId, TrustError> {
        unimplemented!()
    }
}
