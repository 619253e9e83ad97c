//! Making an authority: keys, certificates, description.

use super::{AuthorityError, BACKDATED, CertificateAuthority, key_or_generate, own_name};
use crate::journal::Journal;
use crate::token::Token;
use mekong_base::Instant;
use mekong_crypto::{KeyType, PrivateKey, Zeroizing};
use mekong_pki::Certificate;
use mekong_pki::issue::{self, Issuer, Order, Profile, Serial, Urls};
use mekong_store::file;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use x509_cert::name::Name;

pub(super) const ROOT: &str = "root";
pub(super) const ISSUING: &str = "issuing";
pub(super) const OCSP: &str = "ocsp";
/// The responder again, certified by the root, for the status of the issuing authority.
pub(super) const ROOT_OCSP: &str = "root-ocsp";
pub(super) const TSA: &str = "tsa";

const YEAR: Duration = Duration::from_secs(365 * 86_400);
const ROOT_YEARS: u32 = 20;
const ISSUING_YEARS: u32 = 10;

/// What a new authority is to be.
#[derive(Debug, Clone)]
pub struct AuthoritySpec {
    /// Its name, as it begins the common names: `Viet Nam e-Government`.
    pub name: String,
    /// ISO 3166 code, two letters.
    pub country: String,
    /// Who runs it.
    pub organisation: String,
    /// Kind of its keys.
    pub key_type: KeyType,
    /// Where its services are reached: `http://host:port`, to which `/ocsp`, `/tsa`, `/certificates/…` are added.
    pub base_url: String,
    /// How long an OCSP response is valid; a new one is made after half of it.
    pub ocsp_validity: Duration,
}

impl AuthoritySpec {
    /// With P-256 keys, and OCSP responses valid for one hour.
    pub fn new(name: &str, country: &str, organisation: &str, base_url: &str) -> Self {
        Self {
            name: name.to_owned(),
            country: country.to_owned(),
            organisation: organisation.to_owned(),
            key_type: KeyType::P256,
            base_url: base_url.to_owned(),
            ocsp_validity: Duration::from_secs(3600),
        }
    }
}

/// `authority.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    version: u32,
    pub(super) name: String,
    pub(super) country: String,
    pub(super) organisation: String,
    base_url: String,
    pub(super) ocsp_validity_seconds: u64,
}

impl Description {
    pub(super) fn new(spec: &AuthoritySpec) -> Self {
        Self {
            version: 1,
            name: spec.name.clone(),
            country: spec.country.clone(),
            organisation: spec.organisation.clone(),
            base_url: spec.base_url.trim_end_matches('/').to_owned(),
            ocsp_validity_seconds: spec.ocsp_validity.as_secs().max(2),
        }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base_url)
    }

    pub(super) fn read(dir: &Path) -> Result<Self, AuthorityError> {
        let path = description_path(dir);
        let text = match fs::read_to_string(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(AuthorityError::NotFound(dir.to_path_buf())),
            other => other.map_err(AuthorityError::io(&path))?,
        };
        let description: Self = serde_json::from_str(&text)
            .map_err(|e| AuthorityError::Description { path: path.clone(), reason: e.to_string() })?;
        match description.version {
            1 => Ok(description),
            other => Err(AuthorityError::Description { path, reason: format!("version {other} is not known, 1 is") }),
        }
    }

    pub(super) fn write(&self, dir: &Path) -> Result<(), AuthorityError> {
        let path = description_path(dir);
        let text = serde_json::to_string_pretty(self)
            .map_err(|e| AuthorityError::Description { path: path.clone(), reason: e.to_string() })?;
        Ok(file::write(&path, text.as_bytes())?)
    }
}

pub(super) fn description_path(dir: &Path) -> PathBuf {
    dir.join("authority.json")
}

pub(super) fn keys_path(dir: &Path) -> PathBuf {
    dir.join("keys")
}

pub(super) fn certificate_path(dir: &Path, name: &str) -> PathBuf {
    dir.join("certificates").join(format!("{name}.cer"))
}

pub(super) fn read_certificate(dir: &Path, name: &str) -> Result<Certificate, AuthorityError> {
    let path = certificate_path(dir, name);
    let der = fs::read(&path).map_err(AuthorityError::io(&path))?;
    Certificate::from_der(&der).map_err(|source| AuthorityError::Certificate { path, source })
}

pub(super) fn create(
    dir: &Path,
    passphrase: Zeroizing<String>,
    spec: &AuthoritySpec,
    now: Instant,
) -> Result<CertificateAuthority, AuthorityError> {
    if CertificateAuthority::exists(dir) {
        return Err(AuthorityError::Exists(dir.to_path_buf()));
    }
    let folder = dir.join("certificates");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(AuthorityError::io(&folder))?;
    let mut journal = Journal::create(dir)?;
    let token = Token::open(keys_path(dir), passphrase)?;
    let description = Description::new(spec);
    for (name, profile, certificate) in certify(&token, &description, spec, now)? {
        file::write(&certificate_path(dir, name), certificate.der())?;
        journal.issued(&certificate, &profile, now)?;
    }
    description.write(dir)?;
    CertificateAuthority::assemble(dir, description, &token, journal)
}

/// The authority's own certificates.
fn certify(
    token: &Token,
    description: &Description,
    spec: &AuthoritySpec,
    now: Instant,
) -> Result<Vec<(&'static str, Profile, Certificate)>, AuthorityError> {
    let key = |label| key_or_generate(token, label, spec);
    let (root_key, issuing_key, ocsp_key, tsa_key) = (key(ROOT)?, key(ISSUING)?, key(OCSP)?, key(TSA)?);
    let make = |issuer: Option<(&str, &Issuer)>, profile: Profile, role: &str, key: &PrivateKey| {
        let urls = issuer.map_or_else(Urls::default, |(name, _)| description.urls(name));
        let years = if issuer.is_none() { ROOT_YEARS } else { ISSUING_YEARS };
        let order = Order {
            profile,
            subject: &own_name(description, role)? as &Name,
            public_key: key.public_key(),
            serial: Serial::random()?,
            not_before: now - BACKDATED,
            not_after: now - BACKDATED + YEAR * years,
            urls: &urls,
            policies: &[],
        };
        Ok::<_, AuthorityError>(match issuer {
            None => issue::self_sign(key, &order)?,
            Some((_, issuer)) => issue::issue(issuer, &order)?,
        })
    };
    let root = make(None, Profile::RootCa, "Root CA", &root_key)?;
    let root_issuer = Issuer { certificate: root.clone(), key: root_key };
    let below_root = Some((ROOT, &root_issuer));
    let issuing_profile = Profile::IssuingCa { path_len: Some(0) };
    let issuing = make(below_root, issuing_profile.clone(), "Issuing CA", &issuing_key)?;
    let issuing_issuer = Issuer { certificate: issuing.clone(), key: issuing_key };
    let below = Some((ISSUING, &issuing_issuer));
    let root_ocsp = make(below_root, Profile::OcspResponder, "Root OCSP", &ocsp_key)?;
    let ocsp = make(below, Profile::OcspResponder, "OCSP", &ocsp_key)?;
    let tsa = make(below, Profile::TimeStamping, "TSA", &tsa_key)?;
    Ok(vec![
        (ROOT, Profile::RootCa, root),
        (ISSUING, issuing_profile, issuing),
        (ROOT_OCSP, Profile::OcspResponder, root_ocsp),
        (OCSP, Profile::OcspResponder, ocsp),
        (TSA, Profile::TimeStamping, tsa),
    ])
}
