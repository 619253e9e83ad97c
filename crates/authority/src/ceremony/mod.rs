//! The root of a country: its key is made in a ceremony, kept offline, and used only when a quorum of custodians comes
//! together.
//!
//! ```text
//! DIR/root.json            what the root is called and for which service it stands; written last
//! DIR/root.cer             its certificate (DER), to be published
//! DIR/keys/root.pem        its private key, encrypted with a secret that exists only in the custodians' shares
//! DIR/certificates.jsonl   the journal: every certificate it issued or revoked
//! DIR/record.txt           the record of the ceremony, to be printed and signed by those present
//! ```
//!
//! A country has a root for each service that it wants to trust apart: signatures, remote signatures, time-stamps.

mod quorum;
mod record;

pub use quorum::{CUSTODIANS_MAX, Quorum, QuorumError, Share};

use crate::AuthorityError;
use crate::journal::{Journal, Listed};
use crate::profile::CertificateProfile;
use crate::reason::RevocationReason;
use crate::token::Token;
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey};
use mekong_pki::Certificate;
use mekong_pki::issue::{self, Issuer, Order, Profile, Serial, Urls};
use mekong_pki::name;
use mekong_pki::request::CertificateRequest;
use mekong_store::file;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const KEY: &str = "root";
const YEAR: Duration = Duration::from_secs(365 * 86_400);
/// Certificates are valid from this long before they are made, for the clocks of others.
const BACKDATED: Duration = Duration::from_secs(60);

/// What a new root is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootSpec {
    /// Its common name: `Lao PDR National Root CA - TSA`.
    pub name: String,
    /// ISO 3166 code, two letters.
    pub country: String,
    /// Who runs it.
    pub organisation: String,
    /// For which service it stands: `signatures`, `remote signatures`, `time-stamps`.
    pub service: String,
    /// Kind of its key.
    pub key_type: KeyType,
    /// How many years it is valid.
    pub years: u32,
    /// Where its certificate and CRL are published: `/root.cer` and `/root.crl` are added.
    pub base_url: String,
}

/// `root.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    version: u32,
    name: String,
    service: String,
    base_url: String,
    custodians: u8,
    custodians_needed: u8,
    made_at: Instant,
}

/// A root with its key at hand. Drop it when the custodians part.
#[derive(Debug)]
pub struct Root {
    description: Description,
    issuer: Issuer,
    journal: Journal,
}

impl Root {
    /// The ceremony: makes key and certificate in a folder, and the shares to print, one for each custodian. Nothing but
    /// the shares gives the key back.
    ///
    /// # Errors
    /// [`AuthorityError::Exists`] if the folder holds a root; else about keys, names and files.
    pub fn make(
        dir: &Path,
        spec: &RootSpec,
        quorum: Quorum,
        now: Instant,
    ) -> Result<(Self, Vec<Share>), AuthorityError> {
        if description_path(dir).exists() {
            return Err(AuthorityError::Exists(dir.to_path_buf()));
        }
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(AuthorityError::io(dir))?;
        let mut journal = Journal::create(dir)?;
        let key = PrivateKey::generate(spec.key_type).map_err(issue::IssueError::from)?;
        let certificate = self_signed(spec, &key, now)?;
        let secret = quorum::secret()?;
        let shares = quorum::split(&secret, quorum, &short(&certificate))?;
        Token::open(dir.join("keys"), secret)?.import(KEY, &key)?;
        file::write(&certificate_path(dir), certificate.der())?;
        journal.issued(&certificate, &Profile::RootCa, now)?;
        let description = Description {
            version: 1,
            name: spec.name.clone(),
            service: spec.service.clone(),
            base_url: spec.base_url.trim_end_matches('/').to_owned(),
            custodians: quorum.of(),
            custodians_needed: quorum.needed(),
            made_at: now,
        };
        let record = record::of_ceremony(spec, &certificate, &shares, quorum, now);
        file::write(&dir.join("record.txt"), record.as_bytes())?;
        let text = serde_json::to_string_pretty(&description).map_err(|e| damaged(dir, e.to_string()))?;
        file::write(&description_path(dir), text.as_bytes())?;
        Ok((Self { description, issuer: Issuer { certificate, key }, journal }, shares))
    }

    /// Opens the root of a folder with the shares of a quorum.
    ///
    /// # Errors
    /// [`AuthorityError::NotFound`], [`AuthorityError::Quorum`] if the shares do not suffice; else about files.
    pub fn open(dir: &Path, shares: &[Share]) -> Result<Self, AuthorityError> {
        let description = read_description(dir)?;
        let certificate = read_certificate(dir)?;
        let secret = quorum::join(shares, &short(&certificate))?;
        let key = Token::open(dir.join("keys"), secret)?.key(KEY)?;
        let journal = Journal::open(dir)?;
        Ok(Self { description, issuer: Issuer { certificate, key }, journal })
    }

    /// Its certificate, which is what others trust.
    pub const fn certificate(&self) -> &Certificate {
        &self.issuer.certificate
    }

    /// For which service it stands.
    pub fn service(&self) -> &str {
        &self.description.service
    }

    /// Issues a certificate below the root to whoever proves possession of the key in `request`, for the subject that it asks
    /// for, as the profile says; the validity ends with the root's at the latest.
    ///
    /// # Errors
    /// [`AuthorityError::Request`] if the proof fails, [`AuthorityError::Profile`] if the profile does not take the key,
    /// [`AuthorityError::Issue`], [`AuthorityError::Io`]. Nothing is issued then.
    pub fn certify(
        &mut self,
        request: &CertificateRequest,
        profile: &CertificateProfile,
        now: Instant,
    ) -> Result<Certificate, AuthorityError> {
        request.verify()?;
        profile.accepts(request)?;
        let root = &self.issuer.certificate;
        let order = Order {
            profile: profile.profile(),
            subject: request.subject_name(),
            public_key: request.public_key(),
            serial: Serial::random()?,
            not_before: (now - BACKDATED).max(root.not_before()),
            not_after: (now + profile.validity()).min(root.not_after()),
            urls: &self.description.urls(),
            policies: &profile.policies(),
        };
        let certificate = issue::issue(&self.issuer, &order)?;
        self.journal.issued_as(&certificate, profile.name(), None, now)?;
        Ok(certificate)
    }

    /// Revokes a certificate that the root issued; publish a new CRL after it.
    ///
    /// # Errors
    /// [`AuthorityError::UnknownSerial`]; [`AuthorityError::AlreadyRevoked`], unless the new reason is a compromised key;
    /// [`AuthorityError::Io`].
    pub fn revoke(&mut self, serial: &[u8], reason: RevocationReason, now: Instant) -> Result<(), AuthorityError> {
        self.journal.revoked(serial, reason, now)
    }

    /// The list of what the root revoked (DER), valid until `next_update`. Its number is the second at which it was made.
    ///
    /// # Errors
    /// [`AuthorityError::Crl`].
    pub fn crl(&self, now: Instant, next_update: Instant) -> Result<Vec<u8>, AuthorityError> {
        let number = u64::try_from(now.unix_seconds()).unwrap_or_default();
        crate::revoked::list(&self.issuer, &self.journal, number, now, next_update).map_err(AuthorityError::Crl)
    }

    /// Every certificate that it issued, itself first.
    pub fn certificates(&self) -> &[Arc<Listed>] {
        self.journal.all()
    }
}

impl Description {
    fn urls(&self) -> Urls {
        let url = |file: &str| Some(format!("{}/{file}", self.base_url));
        Urls { ocsp: None, ca_issuers: url("root.cer"), crl: url("root.crl") }
    }
}

fn self_signed(spec: &RootSpec, key: &PrivateKey, now: Instant) -> Result<Certificate, AuthorityError> {
    let subject = name::build(&[
        (name::COUNTRY, &spec.country),
        (name::ORGANIZATION, &spec.organisation),
        (name::COMMON_NAME, &spec.name),
    ])?;
    let order = Order {
        profile: Profile::RootCa,
        subject: &subject,
        public_key: key.public_key(),
        serial: Serial::random()?,
        not_before: now - BACKDATED,
        not_after: now - BACKDATED + YEAR * spec.years,
        urls: &Urls::default(),
        policies: &[],
    };
    Ok(issue::self_sign(key, &order)?)
}

/// The first eight digits of a certificate's SHA-256, by which shares name their root.
fn short(certificate: &Certificate) -> String {
    hex::encode(certificate.fingerprint(DigestAlgorithm::Sha256).as_ref().get(..4).unwrap_or_default())
}

fn description_path(dir: &Path) -> PathBuf {
    dir.join("root.json")
}

fn certificate_path(dir: &Path) -> PathBuf {
    dir.join("root.cer")
}

fn damaged(dir: &Path, reason: String) -> AuthorityError {
    AuthorityError::Description { path: description_path(dir), reason }
}

fn read_description(dir: &Path) -> Result<Description, AuthorityError> {
    let path = description_path(dir);
    let text = match fs::read_to_string(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(AuthorityError::NotFound(dir.to_path_buf())),
        other => other.map_err(AuthorityError::io(&path))?,
    };
    serde_json::from_str(&text).map_err(|e| damaged(dir, e.to_string()))
}

fn read_certificate(dir: &Path) -> Result<Certificate, AuthorityError> {
    let path = certificate_path(dir);
    let der = fs::read(&path).map_err(AuthorityError::io(&path))?;
    Certificate::from_der(&der).map_err(|source| AuthorityError::Certificate { path, source })
}
