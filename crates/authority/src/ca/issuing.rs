//! Issuing by a profile, in two steps: a plan says what the certificate will hold and is refused where it cannot be made;
//! the certificate is the plan with a serial number and a signature.

use super::{AuthorityError, BACKDATED, CertificateAuthority, create};
use crate::journal::{Issued, OrderNumber};
use crate::profile::CertificateProfile;
use mekong_base::Instant;
use mekong_crypto::PublicKey;
use mekong_pki::Certificate;
use mekong_pki::issue::{self, Order, Profile, Purpose, Serial, Urls};
use mekong_pki::request::CertificateRequest;
use std::collections::BTreeMap;
use x509_cert::name::Name;

/// What a certificate will hold.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whom it names.
    pub subject: Name,
    /// The key that it certifies.
    pub public_key: PublicKey,
    /// What it is for.
    pub purpose: Purpose,
    /// The policies that it names.
    pub policies: Vec<const_oid::ObjectIdentifier>,
    /// Start of its validity.
    pub not_before: Instant,
    /// End of its validity.
    pub not_after: Instant,
    /// Where relying parties find more.
    pub urls: Urls,
    /// Name of the profile.
    pub profile: String,
}

impl CertificateAuthority {
    /// What a certificate for this request would hold by a profile that data define, for the subject made of these values,
    /// valid as long as the profile says or as the issuing authority itself. Nothing is issued.
    ///
    /// # Errors
    /// [`AuthorityError::Request`] if the proof of possession fails, [`AuthorityError::Profile`] if key or subject do not fit,
    /// [`AuthorityError::NotOffered`] for profiles of authorities, [`AuthorityError::Compromised`] if a certificate for the
    /// same key was revoked because others know it.
    pub fn plan(
        &self,
        request: &CertificateRequest,
        profile: &CertificateProfile,
        subject: &BTreeMap<String, String>,
        now: Instant,
    ) -> Result<Plan, AuthorityError> {
        request.verify()?;
        profile.accepts(request)?;
        if profile.is_authority() {
            return Err(AuthorityError::NotOffered("issuing_ca"));
        }
        self.journal()?.check_key(request.public_key())?;
        Ok(Plan {
            subject: profile.subject(subject)?,
            public_key: request.public_key().clone(),
            purpose: profile.purpose().clone(),
            policies: profile.policies(),
            not_before: (now - BACKDATED).max(self.issuing().not_before()).whole_seconds(),
            not_after: (now + profile.validity()).min(self.issuing().not_after()).whole_seconds(),
            urls: self.0.description.urls(create::ISSUING),
            profile: profile.name().to_owned(),
        })
    }

    /// Issues what [`CertificateAuthority::plan`] says.
    ///
    /// # Errors
    /// As there, and [`AuthorityError::Issue`], [`AuthorityError::Io`]. Nothing is issued then.
    pub fn issue_by_profile(
        &self,
        request: &CertificateRequest,
        profile: &CertificateProfile,
        subject: &BTreeMap<String, String>,
        now: Instant,
    ) -> Result<Certificate, AuthorityError> {
        self.carry_out(None, request, profile, subject, now)
    }

    /// As [`CertificateAuthority::issue_by_profile`], once for each number: ordered again, it gives what was issued then.
    ///
    /// # Errors
    /// As there, and [`AuthorityError::OtherOrder`] if something else was ordered with the number.
    pub fn issue_once(
        &self,
        number: OrderNumber<'_>,
        request: &CertificateRequest,
        profile: &CertificateProfile,
        subject: &BTreeMap<String, String>,
        now: Instant,
    ) -> Result<Certificate, AuthorityError> {
        // Unlocked again before it is carried out.
        let known = self.journal()?.ordered(number)?;
        match known {
            Some(issued) => Ok(issued.certificate),
            None => self.carry_out(Some(number), request, profile, subject, now),
        }
    }

    fn carry_out(
        &self,
        number: Option<OrderNumber<'_>>,
        request: &CertificateRequest,
        profile: &CertificateProfile,
        subject: &BTreeMap<String, String>,
        now: Instant,
    ) -> Result<Certificate, AuthorityError> {
        let plan = self.plan(request, profile, subject, now)?;
        let order = Order {
            profile: Profile::Defined(plan.purpose),
            subject: &plan.subject,
            public_key: &plan.public_key,
            serial: Serial::random()?,
            not_before: plan.not_before,
            not_after: plan.not_after,
            urls: &plan.urls,
            policies: &plan.policies,
        };
        let certificate = issue::issue(&self.0.issuer, &order)?;
        self.journal()?.exclusively(|journal| {
            // Others may have carried it out, or revoked the key, meanwhile.
            if let Some(known) = number.map(|number| journal.ordered(number)).transpose()?.flatten() {
                return Ok(known.certificate);
            }
            journal.check_key(&plan.public_key)?;
            journal.issued_as(&certificate, &plan.profile, number, now)?;
            Ok(certificate)
        })
    }

    /// The certificates that were issued for a key, in whatever form it is written.
    ///
    /// # Errors
    /// As [`CertificateAuthority::certificates`].
    pub fn certificates_for(&self, key: &PublicKey) -> Result<Vec<Issued>, AuthorityError> {
        let (journal, mark) = (self.journal()?, key.secret_mark());
        journal.all().iter().filter(|listed| listed.is_for(&mark)).map(|listed| journal.whole(listed)).collect()
    }
}
