//! A small certification authority kept in a folder: a root, an issuing authority, an OCSP responder and a time-stamping
//! authority, with a journal of every certificate issued and revoked.
//!
//! For a demonstration or a single agency, [`CertificateAuthority::create`] makes all of it. For a country, the roots are
//! made in a [`crate::ceremony`], [`CertificateAuthority::request`] makes what they are asked for, and
//! [`CertificateAuthority::install`] completes the authority.
//!
//! ```text
//! DIR/authority.json       what it is called and where it is reached; written last, so its presence means complete
//! DIR/keys/                private keys, encrypted (see `token`); the root's is needed only to create
//! DIR/certificates/        root.cer, issuing.cer, ocsp.cer, tsa.cer (DER); root-ocsp.cer if the root's key is here
//! DIR/certificates.jsonl   the journal: one line a certificate issued or revoked, synced before anybody is told
//! DIR/issuing.crl          the revocation list that stands
//! ```
//!
//! A folder may be open several times, by commands and servers: each learns at once what another wrote, and none writes
//! without knowing it. [`CertificateAuthority::router`] serves OCSP, time-stamps and certificates.

mod create;
mod enrol;
mod issuing;
mod renewing;
mod responder;
mod routes;
mod standing;

pub use crate::AuthorityError;
pub use crate::journal::{Issued, Listed, OrderNumber};
pub use crate::reason::RevocationReason;
pub use create::AuthoritySpec;
pub use enrol::{Enrolled, Requests};
pub use issuing::Plan;
pub use renewing::renewable_from;
pub use responder::OcspAnswer;

use crate::journal::{Journal, profile_name};
use crate::token::Token;
use const_oid::ObjectIdentifier;
use create::Description;
use mekong_base::Instant;
use mekong_crypto::{PrivateKey, Zeroizing};
use mekong_pki::crl::Crl;
use mekong_pki::issue::{self, Issuer, Order, Profile, Serial, Urls};
use mekong_pki::ocsp::{Refusal, Status};
use mekong_pki::request::CertificateRequest;
use mekong_pki::tsp::TimeStampAuthority;
use mekong_pki::{Certificate, name};
use responder::Responder;
use standing::Standing;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use x509_cert::name::Name;

/// Time-stamp policy: best practices, EN 319 421 §5.2.
pub const TIME_STAMP_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.2023.1.1");
/// How long certificates of members are valid if nobody says otherwise: two years.
pub const LEAF_VALIDITY: Duration = Duration::from_secs(2 * 365 * 86_400);
/// How long a revocation list is valid.
pub const CRL_VALIDITY: Duration = Duration::from_secs(7 * 86_400);
/// Certificates are valid from this long before they are made, for the clocks of others.
const BACKDATED: Duration = Duration::from_secs(60);

/// The authority. Clones share it.
#[derive(Clone)]
pub struct CertificateAuthority(Arc<Inner>);

struct Inner {
    description: Description,
    root: Certificate,
    issuer: Issuer,
    tsa: TimeStampAuthority,
    ocsp: Certificate,
    responder: Responder,
    journal: Mutex<Journal>,
    crl: Mutex<Standing>,
}

impl CertificateAuthority {
    /// Makes a new authority in a folder, which is created if need be. What an interrupted creation left is used up.
    ///
    /// # Errors
    /// [`AuthorityError::Exists`] if there is one already; else about keys, certificates, names and files.
    pub fn create(
        dir: impl AsRef<Path>,
        passphrase: Zeroizing<String>,
        spec: &AuthoritySpec,
        now: Instant,
    ) -> Result<Self, AuthorityError> {
        create::create(dir.as_ref(), passphrase, spec, now)
    }

    /// Whether a folder holds an authority.
    pub fn exists(dir: impl AsRef<Path>) -> bool {
        create::description_path(dir.as_ref()).is_file()
    }

    /// Opens the authority of a folder; others may have it open too.
    ///
    /// A last line of the journal that a crash has cut short is dropped with a warning: nobody was told of it.
    ///
    /// # Errors
    /// [`AuthorityError::NotFound`], [`AuthorityError::InUse`] if it is being made or written to for long,
    /// [`AuthorityError::Journal`] if the journal is damaged elsewhere; else about keys, certificates and files.
    pub fn open(dir: impl AsRef<Path>, passphrase: Zeroizing<String>) -> Result<Self, AuthorityError> {
        let dir = dir.as_ref();
        let description = Description::read(dir)?;
        let token = Token::open(create::keys_path(dir), passphrase)?;
        let journal = Journal::open(dir)?;
        Self::assemble(dir, description, &token, journal)
    }

    fn assemble(
        dir: &Path,
        description: Description,
        token: &Token,
        mut journal: Journal,
    ) -> Result<Self, AuthorityError> {
        journal.share()?;
        let certificate = |name| create::read_certificate(dir, name);
        let issuer = Issuer { certificate: certificate(create::ISSUING)?, key: token.key(create::ISSUING)? };
        let root = certificate(create::ROOT)?;
        let tsa = TimeStampAuthority::new(certificate(create::TSA)?, token.key(create::TSA)?, TIME_STAMP_POLICY);
        let ocsp = certificate(create::OCSP)?;
        let mut speaks_for = vec![(issuer.certificate.clone(), ocsp.clone())];
        if create::certificate_path(dir, create::ROOT_OCSP).is_file() {
            speaks_for.push((root.clone(), certificate(create::ROOT_OCSP)?));
        }
        let validity = Duration::from_secs(description.ocsp_validity_seconds);
        let responder = Responder::new(token.key(create::OCSP)?, speaks_for, validity);
        Ok(Self(Arc::new(Inner {
            description,
            root,
            issuer,
            tsa,
            ocsp,
            responder,
            journal: Mutex::new(journal),
            crl: Mutex::new(Standing::in_folder(dir)),
        })))
    }

    /// Its country, two letters.
    pub fn country(&self) -> &str {
        &self.0.description.country
    }

    /// Where its revocation list is published.
    pub fn crl_url(&self) -> String {
        self.0.description.url("issuing.crl")
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.0.description.name
    }

    /// The self-signed root.
    pub fn root(&self) -> &Certificate {
        &self.0.root
    }

    /// The authority that issues to members, certified by the root.
    pub fn issuing(&self) -> &Certificate {
        &self.0.issuer.certificate
    }

    /// The certificate of the OCSP responder for what the issuing authority issues.
    pub fn ocsp_responder(&self) -> &Certificate {
        &self.0.ocsp
    }

    /// The time-stamping authority.
    pub fn tsa(&self) -> &TimeStampAuthority {
        &self.0.tsa
    }

    /// Where the OCSP responder is reached: `BASE/ocsp`.
    pub fn ocsp_url(&self) -> String {
        self.0.description.url("ocsp")
    }

    /// Where the time-stamping authority is reached: `BASE/tsa`.
    pub fn tsa_url(&self) -> String {
        self.0.description.url("tsa")
    }

    /// Issues a certificate to whoever proves possession of the key in `request`, valid for [`LEAF_VALIDITY`] or as long
    /// as the issuing authority itself. `subject` overrides the one asked for.
    ///
    /// # Errors
    /// [`AuthorityError::Request`] if the proof fails, [`AuthorityError::NotOffered`] for profiles of authorities,
    /// [`AuthorityError::Issue`], [`AuthorityError::Io`]. Nothing is issued then.
    pub fn issue(
        &self,
        request: &CertificateRequest,
        profile: Profile,
        subject: Option<&Name>,
        now: Instant,
    ) -> Result<Certificate, AuthorityError> {
        let not_after = (now + LEAF_VALIDITY).min(self.issuing().not_after());
        let not_before = (now - BACKDATED).max(self.issuing().not_before());
        self.issue_valid(request, profile, subject, (not_before, not_after), now)
    }

    /// As [`CertificateAuthority::issue`], valid from and to the given times, which lie within the issuer's own.
    ///
    /// # Errors
    /// As [`CertificateAuthority::issue`].
    pub fn issue_valid(
        &self,
        request: &CertificateRequest,
        profile: Profile,
        subject: Option<&Name>,
        (not_before, not_after): (Instant, Instant),
        now: Instant,
    ) -> Result<Certificate, AuthorityError> {
        if matches!(profile, Profile::RootCa | Profile::IssuingCa { .. }) {
            return Err(AuthorityError::NotOffered(profile_name(&profile)));
        }
        request.verify()?;
        let order = Order {
            profile: profile.clone(),
            subject: subject.unwrap_or(request.subject_name()),
            public_key: request.public_key(),
            serial: Serial::random()?,
            not_before,
            not_after,
            urls: &self.0.description.urls(create::ISSUING),
            policies: &[],
        };
        let certificate = issue::issue(&self.0.issuer, &order)?;
        self.journal()?.issued(&certificate, &profile, now)?;
        Ok(certificate)
    }

    /// The list of what the issuing authority revoked, made anew when the last one is half through its life or something was
    /// revoked after it.
    ///
    /// # Errors
    /// [`AuthorityError::Crl`]; [`AuthorityError::Io`], [`AuthorityError::InUse`], [`AuthorityError::Journal`].
    pub fn crl(&self, now: Instant) -> Result<Crl, AuthorityError> {
        let mut journal = self.journal()?;
        let mut standing = self.0.crl.lock().unwrap_or_else(PoisonError::into_inner);
        standing.current(&self.0.issuer, &mut journal, now)
    }

    /// A new list, though the last one may be good still.
    ///
    /// # Errors
    /// As [`CertificateAuthority::crl`].
    pub fn renew_crl(&self, now: Instant) -> Result<Crl, AuthorityError> {
        let mut journal = self.journal()?;
        let mut standing = self.0.crl.lock().unwrap_or_else(PoisonError::into_inner);
        standing.renewed(&self.0.issuer, &mut journal, now)
    }

    /// When a list of this authority is made anew by itself.
    pub fn crl_renewed_at(&self, list: &Crl) -> Instant {
        standing::renew_at(list)
    }

    /// Revokes the certificate with this serial number (see [`Certificate::serial`]); OCSP says so at once.
    ///
    /// # Errors
    /// [`AuthorityError::UnknownSerial`]; [`AuthorityError::AlreadyRevoked`], unless the new reason is a compromised key: then
    /// the reason becomes that one and the time stays; [`AuthorityError::Io`].
    pub fn revoke(&self, serial: &[u8], reason: RevocationReason, now: Instant) -> Result<(), AuthorityError> {
        let mut journal = self.journal()?;
        journal.revoked(serial, reason, now)?;
        // The journal stays locked, so that no answer made from its earlier state is kept.
        self.0.responder.forget(serial);
        Ok(())
    }

    /// What OCSP says of the certificate with this serial number.
    ///
    /// # Errors
    /// As [`CertificateAuthority::certificates`].
    pub fn status(&self, serial: &[u8]) -> Result<Status, AuthorityError> {
        Ok(self.journal()?.status(serial))
    }

    /// Every certificate ever issued, in order, the authority's own ones included: what lists show of it.
    ///
    /// # Errors
    /// [`AuthorityError::Io`], [`AuthorityError::InUse`], [`AuthorityError::Journal`] if what other processes wrote cannot be
    /// read.
    pub fn certificates(&self) -> Result<Vec<Arc<Listed>>, AuthorityError> {
        Ok(self.journal()?.all().to_vec())
    }

    /// The certificate with this serial number, if it was issued here.
    ///
    /// # Errors
    /// As [`CertificateAuthority::certificates`], and [`AuthorityError::Damaged`].
    pub fn certificate(&self, serial: &[u8]) -> Result<Option<Issued>, AuthorityError> {
        let journal = self.journal()?;
        journal.find(serial).map(|listed| journal.whole(listed)).transpose()
    }

    /// Answers a DER OCSP request.
    pub fn answer_ocsp(&self, request: &[u8], now: Instant) -> OcspAnswer {
        match self.journal() {
            Ok(journal) => self.0.responder.respond(request, &journal, now),
            Err(error) => {
                tracing::error!(%error, "the journal cannot be read; OCSP gives no status");
                OcspAnswer { der: Refusal::InternalError.to_der().into(), max_age: None }
            }
        }
    }

    /// The journal with all that other processes wrote.
    fn journal(&self) -> Result<MutexGuard<'_, Journal>, AuthorityError> {
        let mut journal = self.0.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let caught_up = journal.catch_up();
        for serial in journal.news() {
            self.0.responder.forget(&serial);
        }
        caught_up.map(|()| journal)
    }
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAuthority").field("name", &self.0.description.name).finish_non_exhaustive()
    }
}

impl Description {
    /// Where relying parties of certificates made by `issuer` find more.
    fn urls(&self, issuer: &str) -> Urls {
        let certificate = format!("certificates/{issuer}.cer");
        let crl = (issuer == create::ISSUING).then(|| self.url("issuing.crl"));
        Urls { ocsp: Some(self.url("ocsp")), ca_issuers: Some(self.url(&certificate)), crl }
    }
}

/// Name, in encoding order, of one of the authority's own certificates.
fn own_name(description: &Description, role: &str) -> Result<Name, AuthorityError> {
    let common_name = format!("{} {role}", description.name);
    Ok(name::build(&[
        (name::COUNTRY, &description.country),
        (name::ORGANIZATION, &description.organisation),
        (name::COMMON_NAME, &common_name),
    ])?)
}

/// A key of the token, made now if it is not there.
fn key_or_generate(token: &Token, label: &str, spec: &AuthoritySpec) -> Result<PrivateKey, AuthorityError> {
    Ok(if token.has(label) { token.key(label)? } else { token.generate(label, spec.key_type)? })
}
