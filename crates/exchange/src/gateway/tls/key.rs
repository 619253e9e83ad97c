//! Our keys as rustls uses them: those on curves in memory by rustls itself, all others through the seam of
//! [`mekong_crypto`], beside the threads that serve connections.

use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey, SignatureAlgorithm as Algorithm};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use rustls::sign::{Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};
use std::sync::Arc;
use tokio::runtime::{Handle, RuntimeFlavor};

/// A key that is slow, or that does not leave its token.
#[derive(Debug, Clone)]
pub(super) struct TlsKey(PrivateKey);

impl TlsKey {
    pub(super) fn of(key: &PrivateKey) -> Arc<dyn SigningKey> {
        let plain = || {
            let pkcs8 = (!key.is_slow()).then(|| key.to_pkcs8().ok()).flatten()?;
            let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.as_slice()));
            rustls::crypto::aws_lc_rs::sign::any_supported_type(&der).ok()
        };
        plain().unwrap_or_else(|| Arc::new(Self(key.clone())))
    }

    /// What this key can sign, best first (RFC 8446 section 4.2.3); PKCS#1 v1.5 is for TLS 1.2.
    fn schemes(&self) -> &'static [(SignatureScheme, Algorithm)] {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        match self.0.public_key().key_type() {
            KeyType::Rsa(_) => &[
                (SignatureScheme::RSA_PSS_SHA512, Algorithm::RsaPss(Sha512)),
                (SignatureScheme::RSA_PSS_SHA384, Algorithm::RsaPss(Sha384)),
                (SignatureScheme::RSA_PSS_SHA256, Algorithm::RsaPss(Sha256)),
                (SignatureScheme::RSA_PKCS1_SHA512, Algorithm::RsaPkcs1(Sha512)),
                (SignatureScheme::RSA_PKCS1_SHA384, Algorithm::RsaPkcs1(Sha384)),
                (SignatureScheme::RSA_PKCS1_SHA256, Algorithm::RsaPkcs1(Sha256)),
            ],
            KeyType::P256 => &[(SignatureScheme::ECDSA_NISTP256_SHA256, Algorithm::Ecdsa(Sha256))],
            KeyType::P384 => &[(SignatureScheme::ECDSA_NISTP384_SHA384, Algorithm::Ecdsa(Sha384))],
            KeyType::P521 => &[(SignatureScheme::ECDSA_NISTP521_SHA512, Algorithm::Ecdsa(Sha512))],
            _ => &[],
        }
    }
}

impl SigningKey for TlsKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let (scheme, algorithm) = *self.schemes().iter().find(|(scheme, _)| offered.contains(scheme))?;
        Some(Box::new(TlsSigner { key: self.0.clone(), scheme, algorithm }))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(SubjectPublicKeyInfoDer::from(self.0.public_key().spki()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match self.0.public_key().key_type() {
            KeyType::Rsa(_) => SignatureAlgorithm::RSA,
            _ => SignatureAlgorithm::ECDSA,
        }
    }
}

#[derive(Debug)]
struct TlsSigner {
    key: PrivateKey,
    scheme: SignatureScheme,
    algorithm: Algorithm,
}

impl Signer for TlsSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signed = || self.key.sign(self.algorithm, message).map_err(|e| Error::General(e.to_string()));
        // Handshakes cannot wait in the middle, but the other tasks of this thread can go elsewhere meanwhile.
        match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(signed),
            _ => signed(),
        }
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}
