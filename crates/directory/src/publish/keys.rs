//! Keys that sign directories, and the certificates that announce them.

use mekong_base::Instant;
use mekong_crypto::{CryptoError, PrivateKey};
use mekong_pki::Certificate;
use mekong_pki::issue::{IssueError, Order, Profile, Serial, Urls, self_sign};
use mekong_pki::name;
use std::time::Duration;

/// Which ring of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// Signs `internalconf`.
    Internal,
    /// Signs `externalconf`.
    External,
}

/// A key with the certificate that carries its public half. The certificate is found by its hash; nobody checks its
/// validity or issuer.
#[derive(Debug, Clone)]
pub struct SigningKey {
    key: PrivateKey,
    certificate: Certificate,
}

impl SigningKey {
    /// A key with its certificate.
    ///
    /// # Errors
    /// [`CryptoError::MalformedKey`] if the certificate is of another key.
    pub fn new(key: PrivateKey, certificate: Certificate) -> Result<Self, CryptoError> {
        if key.public_key().spki() != certificate.public_key().spki() {
            let what = format!("the certificate of {} is not of the key that signs directories", certificate.subject());
            return Err(CryptoError::MalformedKey(what));
        }
        Ok(Self { key, certificate })
    }

    /// A key with a fresh self-signed certificate that names it in `common_name` and is valid for ten years.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn self_signed(key: PrivateKey, common_name: &str, now: Instant) -> Result<Self, IssueError> {
        let not_encodable = |e: name::NameError| IssueError::NotEncodable(e.to_string());
        let subject = name::build(&[(name::COMMON_NAME, common_name)]).map_err(not_encodable)?;
        let urls = Urls::default();
        let order = Order {
            profile: Profile::Signing,
            subject: &subject,
            public_key: key.public_key(),
            serial: Serial::random()?,
            not_before: now,
            not_after: now + Duration::from_secs(3650 * 86_400),
            urls: &urls,
            policies: &[],
        };
        let certificate = self_sign(&key, &order)?;
        Ok(Self { key, certificate })
    }

    pub(super) fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// The key that signs, and the certificates of others that are announced beside it.
#[derive(Debug, Clone)]
pub struct KeyRing {
    active: SigningKey,
    announced: Vec<Certificate>,
}

impl KeyRing {
    /// A ring of one key.
    pub fn new(active: SigningKey) -> Self {
        Self { active, announced: Vec::new() }
    }

    /// The key that signs.
    pub fn active(&self) -> &SigningKey {
        &self.active
    }

    /// Every announced certificate, that of the signing key first.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(self.active.certificate()).chain(&self.announced)
    }

    /// Announces the certificate of a key that is to sign later, or goes on being trusted.
    pub fn announce(&mut self, certificate: Certificate) {
        if self.certificates().all(|c| *c != certificate) {
            self.announced.push(certificate);
        }
    }

    /// Signs with `next` from now on; the certificate of the key before stays announced.
    pub fn activate(&mut self, next: SigningKey) {
        let before = std::mem::replace(&mut self.active, next);
        self.announced.retain(|c| c != self.active.certificate());
        self.announce(before.certificate);
    }

    /// Announces a certificate no more. That of the signing key always is.
    pub fn retire(&mut self, certificate: &Certificate) {
        self.announced.retain(|c| c != certificate);
    }
}

/// Both rings.
#[derive(Debug, Clone)]
pub struct SigningKeys {
    /// Signs `internalconf`.
    pub internal: KeyRing,
    /// Signs `externalconf`.
    pub external: KeyRing,
}

impl SigningKeys {
    /// A ring by name.
    pub fn ring_mut(&mut self, ring: Ring) -> &mut KeyRing {
        match ring {
            Ring::Internal => &mut self.internal,
            Ring::External => &mut self.external,
        }
    }
}
