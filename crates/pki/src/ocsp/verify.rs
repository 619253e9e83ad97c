//! Whether a response may be believed (RFC 6960 §3.2), in the reading of X-Road.

use super::memo::{self, Believed};
use super::{CertId, OcspError, RESPONSE_BYTES_MAX, Response, Status};
use crate::Certificate;
use crate::certificate::OCSP_SIGNING;
use mekong_base::Instant;
use std::time::Duration;

/// What an authentic and timely response says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedStatus {
    /// The certificate's status.
    pub status: Status,
    /// When the status was known to be correct.
    pub this_update: Instant,
    /// When newer information will be there at the latest.
    pub next_update: Option<Instant>,
    /// When the response was signed.
    pub produced_at: Instant,
}

impl VerifiedStatus {
    /// The certificate may be used.
    ///
    /// # Errors
    /// [`OcspError::NotGood`] carries the status.
    pub fn require_good(&self) -> Result<(), OcspError> {
        match self.status {
            Status::Good => Ok(()),
            other => Err(OcspError::NotGood(other)),
        }
    }
}

/// Checks that a response is about `cert` of `issuer`, signed by someone who may, and recent enough at `at`.
///
/// The responder may be the issuer itself, one of `responders` (configured for this issuer; their validity is the
/// configuration's business), or the holder of a certificate from `issuer` with the extended key usage OCSPSigning that
/// is valid at `at`. `thisUpdate` must not be older than `freshness` at `at`; one later than `at` is accepted, as
/// messages are checked at the time at which they were signed. `nextUpdate`, where there is one, must not be before
/// `at`, unless `check_next_update` is off. A status other than good is not an error here; see
/// [`VerifiedStatus::require_good`].
///
/// # Errors
/// In this order: as [`Response::from_der`]; [`OcspError::WrongCertificate`], [`OcspError::ResponderNotFound`],
/// [`OcspError::Signature`], [`OcspError::ResponderNotAuthorised`], [`OcspError::TooOld`], [`OcspError::NextUpdatePassed`].
pub fn verify(
    response_der: &[u8],
    cert: &Certificate,
    issuer: &Certificate,
    responders: &[Certificate],
    at: Instant,
    freshness: Duration,
    check_next_update: bool,
) -> Result<VerifiedStatus, OcspError> {
    if response_der.len() > RESPONSE_BYTES_MAX {
        return Err(OcspError::TooLarge { found: response_der.len(), limit: RESPONSE_BYTES_MAX });
    }
    let key = memo::key(response_der, cert, issuer, responders);
    let believed = match memo::find(&key).filter(|b| b.holds_at(at)) {
        Some(believed) => believed,
        None => {
            let believed = believe(response_der, cert, issuer, responders, at)?;
            memo::keep(key, believed);
            believed
        }
    };
    let VerifiedStatus { this_update, next_update, .. } = believed.says;
    if this_update < at - freshness {
        return Err(OcspError::TooOld { this_update, at, freshness });
    }
    if let Some(next_update) = next_update.filter(|next| check_next_update && *next < at) {
        return Err(OcspError::NextUpdatePassed { next_update, at });
    }
    Ok(believed.says)
}

/// Everything but how recent the response is.
fn believe(
    response_der: &[u8],
    cert: &Certificate,
    issuer: &Certificate,
    responders: &[Certificate],
    at: Instant,
) -> Result<Believed, OcspError> {
    let response = Response::from_der(response_der)?;
    let answer = &response.answer;
    let expected = CertId::of(cert, issuer, answer.cert_id.algorithm);
    if answer.cert_id != expected {
        return Err(OcspError::WrongCertificate {
            expected: Box::new(expected),
            found: Box::new(answer.cert_id.clone()),
        });
    }
    let responder_valid = check_responder(&response, issuer, responders, at)?;
    let says = VerifiedStatus {
        status: answer.status,
        this_update: answer.this_update,
        next_update: answer.next_update,
        produced_at: response.produced_at,
    };
    Ok(Believed { says, responder_valid })
}

/// Finds the signer among those who may sign, then among the others, so that the error says what is wrong.
fn check_responder(
    response: &Response,
    issuer: &Certificate,
    responders: &[Certificate],
    at: Instant,
) -> Result<Option<(Instant, Instant)>, OcspError> {
    let known = std::iter::once(issuer).chain(responders).chain(&response.certificates);
    let mut failure = OcspError::ResponderNotFound(response.responder.clone());
    for candidate in known.filter(|c| response.responder.matches(c)) {
        match response.check_signature(candidate).and_then(|()| authorised(candidate, issuer, responders, at)) {
            Ok(valid) => return Ok(valid),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// RFC 6960 §4.2.2.2. Returns the validity of a responder that was certified for this, `None` for those we know ourselves.
fn authorised(
    responder: &Certificate,
    issuer: &Certificate,
    responders: &[Certificate],
    at: Instant,
) -> Result<Option<(Instant, Instant)>, OcspError> {
    if responder == issuer || responders.contains(responder) {
        return Ok(None);
    }
    let refuse = |reason: String| OcspError::ResponderNotAuthorised {
        responder: responder.subject(),
        issuer: issuer.subject(),
        reason,
    };
    if !responder.names_issuer(issuer) {
        return Err(refuse(format!("its certificate is issued by {}", responder.issuer())));
    }
    responder
        .verify_signature(issuer.public_key())
        .map_err(|e| refuse(format!("its certificate is not signed by the issuer: {e}")))?;
    if !responder.has_extended_key_usage(OCSP_SIGNING) {
        return Err(refuse("its certificate has no extended key usage OCSPSigning".into()));
    }
    let (from, to) = (responder.not_before(), responder.not_after());
    if !responder.is_valid_at(at) {
        return Err(refuse(format!("its certificate is valid from {from} to {to}, checked at {at}")));
    }
    Ok(Some((from, to)))
}
