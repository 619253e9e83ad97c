//! The plain rule for a whole chain: every certificate below the anchor must be told good by something timely.

use super::{Authority, Found, Material, Question, State, Status, find};
use crate::Certificate;
use crate::crl::Reasons;
use crate::path::Chain;
use mekong_base::Instant;

/// How many signers of lists and responses may stand behind each other.
const DEPTH_MAX: usize = 4;

/// What is asked of the statements.
#[derive(Debug, Clone, Copy)]
pub struct Demand {
    /// The time of the check: statements must have been issued before, and not be superseded by their `nextUpdate`.
    pub at: Instant,
    /// Whether a certificate about which nothing is known is refused.
    pub required: bool,
}

/// Why a certificate of a chain may not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotGood {
    /// It is revoked or on hold.
    #[error("{subject} is revoked since {at}{}", reason.map(|r| format!(" ({})", crate::crl::reason_name(r))).unwrap_or_default())]
    Revoked {
        /// Subject of the certificate.
        subject: String,
        /// Since when.
        at: Instant,
        /// `CRLReason`, if given.
        reason: Option<u8>,
    },
    /// Nothing at hand tells its status at that time.
    #[error("the status of {subject} at {at} is not known: {why}")]
    Unknown {
        /// Subject of the certificate.
        subject: String,
        /// The time asked for.
        at: Instant,
        /// What was found instead.
        why: String,
    },
}

/// Checks every certificate of the chain, and those of the signers of lists and responses that have paths of their own
/// unless they say that this is not needed.
///
/// # Errors
/// [`NotGood`] of the first certificate, from the anchor down.
pub fn check(chain: &Chain, material: &Material<'_>, demand: &Demand) -> Result<(), NotGood> {
    Check { material, demand, asked: Vec::new() }.chain(chain, 0)
}

struct Check<'a> {
    material: &'a Material<'a>,
    demand: &'a Demand,
    /// Certificates whose status is being asked: they do not wait for themselves.
    asked: Vec<Certificate>,
}

impl Check<'_> {
    fn chain(&mut self, chain: &Chain, depth: usize) -> Result<(), NotGood> {
        let links: Vec<_> = chain.links().collect();
        for (certificate, issuer) in links.into_iter().rev() {
            if self.asked.contains(certificate) {
                continue;
            }
            self.asked.push(certificate.clone());
            let question = Question {
                certificate,
                issuer,
                anchor: Some(&chain.anchor.certificate),
                signers_at: Some(self.demand.at),
            };
            self.decide(&question, &find(&question, self.material), depth)?;
        }
        Ok(())
    }

    /// The newest statement that is whole decides; partial ones are added up, and one that says revoked is enough.
    fn decide(&mut self, question: &Question<'_>, found: &Found, depth: usize) -> Result<(), NotGood> {
        let (at, certificate) = (self.demand.at, question.certificate);
        let mut covered = Reasons::NONE;
        for status in found.statuses.iter().filter(|s| s.this_update <= at && s.next_update.is_none_or(|n| at <= n)) {
            if covered.contains(status.reasons) || !self.is_signer_good(status, question.issuer, depth) {
                continue;
            }
            match status.state {
                State::Revoked { at, reason, .. } => {
                    return Err(NotGood::Revoked { subject: certificate.subject(), at, reason });
                }
                State::Good => covered = covered | status.reasons,
                State::Unknown => {}
            }
            if covered == Reasons::ALL {
                return Ok(());
            }
        }
        if !self.demand.required {
            return Ok(());
        }
        let why = match (found.rejected.first(), found.statuses.first()) {
            (Some((_, fault)), _) => fault.to_string(),
            (None, Some(status)) => format!("the newest statement is of {}", status.this_update),
            (None, None) => "no CRL and no OCSP response is about it".to_owned(),
        };
        Err(NotGood::Unknown { subject: certificate.subject(), at, why })
    }

    fn is_signer_good(&mut self, status: &Status, issuer: &Certificate, depth: usize) -> bool {
        match &status.signer.authority {
            Authority::Issuer | Authority::Anchor => true,
            Authority::Delegated => status.signer.no_check || !self.is_revoked(&status.signer.certificate, issuer),
            Authority::Path(chain) => {
                status.signer.no_check || (depth < DEPTH_MAX && self.chain(chain, depth + 1).is_ok())
            }
        }
    }

    /// Whether the issuer revoked the certificate of its responder by any list at hand; that nothing is known of it is
    /// usual and no fault.
    fn is_revoked(&self, responder: &Certificate, issuer: &Certificate) -> bool {
        let at = self.demand.at;
        let question = Question { certificate: responder, issuer, anchor: None, signers_at: Some(at) };
        let found = find(&question, &Material { ocsps: &[], ..*self.material });
        let mut timely = found.statuses.iter().filter(|status| status.this_update <= at);
        timely.any(|status| matches!(status.state, State::Revoked { .. }))
    }
}
