//! The OCSP responder: answers from the journal; signed answers are kept for a twelfth of their life, so that who asks gets
//! nearly all of it.

use crate::journal::Journal;
use bytes::Bytes;
use mekong_base::Instant;
use mekong_crypto::PrivateKey;
use mekong_pki::Certificate;
use mekong_pki::ocsp::{self, Answer, CertId, OcspError, Refusal, Request, ResponderId, Status};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// An answer of the responder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspAnswer {
    /// The DER response; a refusal too is one.
    pub der: Bytes,
    /// How long caches may keep it; `None` if they may not.
    pub max_age: Option<Duration>,
}

pub(super) struct Responder {
    key: PrivateKey,
    /// An issuer with the certificate by which the responder speaks for it.
    issuers: Vec<(Certificate, Certificate)>,
    validity: Duration,
    kept: Mutex<HashMap<CertId, Kept>>,
}

struct Kept {
    der: Bytes,
    renew_at: Instant,
    made_at: Instant,
}

impl Responder {
    pub(super) fn new(key: PrivateKey, issuers: Vec<(Certificate, Certificate)>, validity: Duration) -> Self {
        Self { key, issuers, validity, kept: Mutex::default() }
    }

    /// Answers made from now on say what the journal says.
    pub(super) fn forget(&self, serial: &[u8]) {
        self.kept().retain(|id, _| id.serial != serial);
    }

    pub(super) fn respond(&self, request: &[u8], journal: &Journal, now: Instant) -> OcspAnswer {
        let refuse = |refusal: Refusal| OcspAnswer { der: refusal.to_der().into(), max_age: None };
        let request = match Request::from_der(request) {
            Ok(request) => request,
            Err(OcspError::Unsupported(_)) => return refuse(Refusal::Unauthorized),
            Err(_) => return refuse(Refusal::MalformedRequest),
        };
        self.answer(&request, journal, now).unwrap_or_else(|error| {
            tracing::error!(%error, "OCSP response not made");
            refuse(Refusal::InternalError)
        })
    }

    fn answer(&self, request: &Request, journal: &Journal, now: Instant) -> Result<OcspAnswer, OcspError> {
        let id = &request.cert_id;
        let ours = |issuer: &Certificate| CertId::of_serial(&id.serial, issuer, id.algorithm) == *id;
        let Some((issuer, certificate)) = self.issuers.iter().find(|(issuer, _)| ours(issuer)) else {
            return Ok(OcspAnswer { der: Refusal::Unauthorized.to_der().into(), max_age: None });
        };
        if request.nonce.is_none()
            && let Some(kept) = self.kept().get(id).filter(|k| k.made_at <= now && now < k.renew_at)
        {
            return Ok(OcspAnswer { der: kept.der.clone(), max_age: Some(kept.renew_at.since(now)) });
        }
        let this_update = now.whole_seconds();
        let next_update = Some(this_update + self.validity);
        let status = journal.status_from(issuer, &id.serial);
        let answer = Answer { cert_id: id.clone(), status, this_update, next_update };
        let responder = ResponderId::by_key(certificate);
        let der = ocsp::sign(&answer, certificate, &self.key, &responder, this_update, request.nonce.as_deref())?;
        let der = Bytes::from(der);
        let kept_for = self.validity / 12;
        if request.nonce.is_some() || status == Status::Unknown {
            return Ok(OcspAnswer { der, max_age: None });
        }
        let kept = Kept { der: der.clone(), renew_at: this_update + kept_for, made_at: this_update };
        self.kept().insert(id.clone(), kept);
        Ok(OcspAnswer { der, max_age: Some(kept_for) })
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<CertId, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
