//! An authority below a root that is elsewhere: keys and requests first, the certificates when the root has issued them.

use super::create::{self, Description, ISSUING, OCSP, TSA};
use super::{AuthorityError, AuthoritySpec, BACKDATED, CertificateAuthority, key_or_generate, own_name};
use crate::journal::Journal;
use crate::token::Token;
use mekong_base::Instant;
use mekong_crypto::Zeroizing;
use mekong_pki::Certificate;
use mekong_pki::issue::{self, Issuer, Order, Profile, Serial};
use mekong_pki::request::CertificateRequest;
use mekong_store::file;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

/// What an authority asks its roots for: take the requests to the ceremony.
#[derive(Debug, Clone)]
pub struct Requests {
    /// For the issuing authority.
    pub issuing: CertificateRequest,
    /// For the time-stamping unit, which may stand below a root of its own.
    pub tsa: CertificateRequest,
}

/// What the roots issued.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// The root above the issuing authority.
    pub root: Certificate,
    /// The issuing authority's certificate.
    pub issuing: Certificate,
    /// The time-stamping unit's certificate.
    pub tsa: Certificate,
}

impl CertificateAuthority {
    /// Makes the keys of an authority in a folder and the requests for its certificates; the same again if they were made
    /// before.
    ///
    /// # Errors
    /// [`AuthorityError::Exists`] if there is a complete authority already; else about keys, names and files.
    pub fn request(
        dir: impl AsRef<Path>,
        passphrase: Zeroizing<String>,
        spec: &AuthoritySpec,
    ) -> Result<Requests, AuthorityError> {
        let dir = dir.as_ref();
        if Self::exists(dir) {
            return Err(AuthorityError::Exists(dir.to_path_buf()));
        }
        let folder = dir.join("certificates");
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(AuthorityError::io(&folder))?;
        let token = Token::open(create::keys_path(dir), passphrase)?;
        let description = Description::new(spec);
        let request = |label: &str, role: &str| -> Result<CertificateRequest, AuthorityError> {
            let key = key_or_generate(&token, label, spec)?;
            Ok(CertificateRequest::create(&key, &own_name(&description, role)?)?)
        };
        Ok(Requests { issuing: request(ISSUING, "Issuing CA")?, tsa: request(TSA, "TSA")? })
    }

    /// Completes the authority of a folder with the certificates that its roots issued, and opens it. Its OCSP responder is
    /// certified here, by the issuing authority.
    ///
    /// # Errors
    /// [`AuthorityError::NotOurs`] if a certificate is not for the key made here, [`AuthorityError::Exists`]; else about keys,
    /// certificates and files.
    pub fn install(
        dir: impl AsRef<Path>,
        passphrase: Zeroizing<String>,
        spec: &AuthoritySpec,
        enrolled: &Enrolled,
        now: Instant,
    ) -> Result<Self, AuthorityError> {
        let dir = dir.as_ref();
        if Self::exists(dir) {
            return Err(AuthorityError::Exists(dir.to_path_buf()));
        }
        let token = Token::open(create::keys_path(dir), passphrase)?;
        for (label, certificate) in [(ISSUING, &enrolled.issuing), (TSA, &enrolled.tsa)] {
            if token.key(label)?.public_key().spki() != certificate.public_key().spki() {
                return Err(AuthorityError::NotOurs { label: label.to_owned(), subject: certificate.subject() });
            }
        }
        let description = Description::new(spec);
        let mut journal = Journal::create(dir)?;
        let issuer = Issuer { certificate: enrolled.issuing.clone(), key: token.key(ISSUING)? };
        let responder = key_or_generate(&token, OCSP, spec)?;
        let order = Order {
            profile: Profile::OcspResponder,
            subject: &own_name(&description, "OCSP")?,
            public_key: responder.public_key(),
            serial: Serial::random()?,
            not_before: (now - BACKDATED).max(issuer.certificate.not_before()),
            not_after: issuer.certificate.not_after(),
            urls: &description.urls(ISSUING),
            policies: &[],
        };
        let ocsp = issue::issue(&issuer, &order)?;
        let Enrolled { root, issuing, tsa } = enrolled;
        for (name, profile, certificate) in [
            (create::ROOT, Profile::RootCa, root),
            (ISSUING, Profile::IssuingCa { path_len: Some(0) }, issuing),
            (OCSP, Profile::OcspResponder, &ocsp),
            (TSA, Profile::TimeStamping, tsa),
        ] {
            file::write(&create::certificate_path(dir, name), certificate.der())?;
            journal.issued(certificate, &profile, now)?;
        }
        description.write(dir)?;
        Self::assemble(dir, description, &token, journal)
    }
}
