//! What people are told of our certificates: their state for pages and metrics, and warnings long before something ends.

use super::{Credentials, Known};
use crate::gateway::status::OwnCertificate;
use mekong_base::Instant;
use std::sync::PoisonError;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
/// Warnings begin so long before a certificate ends. Authorities take weeks.
const SOON: Duration = Duration::from_secs(30 * 86_400);

impl Known {
    pub(super) fn shown(&self, now: Instant) -> OwnCertificate {
        let certificate = &self.certificate;
        let until = self.proof.as_ref().map(|p| p.until);
        OwnCertificate {
            purpose: self.member.as_ref().map_or_else(|| "authentication".into(), ToString::to_string),
            fingerprint: hex::encode(super::sha256(certificate)),
            subject: certificate.subject(),
            serial: certificate.serial_hex(),
            key: certificate.public_key().key_type().to_string(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            is_used: self.is_used,
            is_disabled: self.is_disabled,
            is_registered: self.member.is_none().then_some(self.registered_since.is_some()),
            ocsp_until: until.ok(),
            ocsp_problem: match until {
                Err(error) => Some(error.to_string()),
                Ok(until) => (until <= now).then(|| "the last OCSP response is no longer fresh".to_owned()),
            },
            warning: self.warning(now),
        }
    }

    /// What somebody should do about it.
    fn warning(&self, now: Instant) -> Option<String> {
        let left = self.certificate.not_after().since(now);
        let end = self.certificate.not_after();
        if end <= now {
            return Some(format!("expired on {end}: take it away, or renew it if there is no other"));
        }
        if self.is_disabled {
            return None;
        }
        if let Err(error) = &self.proof {
            return Some(error.to_string());
        }
        if self.member.is_none() && self.registered_since.is_none() {
            return Some("the directory does not know it: have it registered as this gateway's".to_owned());
        }
        let days = left.as_secs() / DAY.as_secs();
        (self.is_used && left < SOON).then(|| format!("expires in {days} days, on {end}: renew it"))
    }
}

impl Credentials {
    /// Logs what should be done, each once a day.
    pub(super) fn warn(&self, now: Instant) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        warned.retain(|_, at| *at + DAY > now);
        for certificate in self.certificates(now) {
            let Some(warning) = certificate.warning else { continue };
            let key = format!("{} {}", certificate.serial, certificate.purpose);
            if let std::collections::btree_map::Entry::Vacant(entry) = warned.entry(key) {
                tracing::warn!(purpose = certificate.purpose, subject = certificate.subject, warning, "certificate");
                entry.insert(now);
            }
        }
    }
}
