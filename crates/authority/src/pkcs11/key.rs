//! One private key in a token, as [`mekong_crypto::PrivateKey`] holds it.

use super::Token;
use super::error::Pkcs11Error;
use super::objects::Found;
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::ObjectHandle;
use der::asn1::{Any, BitString, Null, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Decode, Encode};
use mekong_crypto::{CryptoError, DigestAlgorithm, PublicKey, Scheme, SignatureAlgorithm, TokenKey, ecdsa};
use std::sync::{Mutex, PoisonError};
use x509_cert::spki::{AlgorithmIdentifier, SubjectPublicKeyInfo};

/// DER `OBJECT IDENTIFIER` of the curves that tokens generate (RFC 5480 §2.1.1.1).
pub(super) const P256_OID: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
pub(super) const P384_OID: &[u8] = &[6, 5, 0x2b, 0x81, 4, 0, 0x22];
pub(super) const P521_OID: &[u8] = &[6, 5, 0x2b, 0x81, 4, 0, 0x23];

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// A private key in a token.
pub(super) struct HardwareKey {
    token: Token,
    /// What the token calls it now: after it was away it may call another key so.
    handle: Mutex<ObjectHandle>,
    public: PublicKey,
    label: String,
}

impl HardwareKey {
    pub(super) fn new(token: Token, handle: ObjectHandle, public: PublicKey, label: String) -> Self {
        Self { token, handle: Mutex::new(handle), public, label }
    }

    fn handle(&self) -> ObjectHandle {
        *self.handle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the token calls this key now, if that is something else than it was.
    fn found_again(&self, before: ObjectHandle) -> Option<ObjectHandle> {
        let found = self.token.handle(&self.public).ok()??;
        *self.handle.lock().unwrap_or_else(PoisonError::into_inner) = found;
        (found != before).then_some(found)
    }
}

impl TokenKey for HardwareKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let (mechanism, input) = prepare(algorithm, message, self.public.key_type().coordinate_len())?;
        let what = format!("signing {algorithm} with key {:?}", self.label);
        let sign = |handle| self.token.0.with(&what, |session| session.sign(&mechanism, handle, &input));
        let check = |value: Result<Vec<u8>, Pkcs11Error>| {
            let value = value.map_err(|e| CryptoError::Token(e.to_string()))?;
            let value = if algorithm.scheme() == Scheme::Ecdsa { ecdsa::raw_to_der(&value)? } else { value };
            match self.public.verify(algorithm, message, &value) {
                Ok(()) => Ok(value),
                Err(_) => Err(CryptoError::Token(format!(
                    "{what} in {} gave a wrong signature; do not use this token",
                    self.token.place()
                ))),
            }
        };
        let handle = self.handle();
        let signed = sign(handle);
        // To look for the key would present the PIN once more: tokens lock themselves after a few that are wrong.
        let is_let_in = !matches!(signed, Err(Pkcs11Error::Pin { .. }));
        let found_again = || if is_let_in { self.found_again(handle) } else { None };
        check(signed).or_else(|error| found_again().map_or(Err(error), |handle| check(sign(handle))))
    }
}

/// The mechanism, and what it signs: the digest, as the mechanism wants it.
fn prepare(
    algorithm: SignatureAlgorithm,
    message: &[u8],
    coordinate_len: Option<usize>,
) -> Result<(Mechanism<'static>, Vec<u8>), CryptoError> {
    let unsupported = || CryptoError::UnsupportedAlgorithm(format!("{algorithm} in a PKCS#11 token"));
    let digest_algorithm = algorithm.digest().ok_or_else(unsupported)?;
    let digest = digest_algorithm.digest(message);
    let digest = digest.as_ref();
    Ok(match algorithm.scheme() {
        Scheme::RsaPkcs1 => (Mechanism::RsaPkcs, digest_algorithm.info(digest)?),
        Scheme::RsaPss => {
            let parameters = algorithm.pss_parameters().ok_or_else(unsupported)?;
            let (hash_alg, _) = pss_hash(parameters.digest()).ok_or_else(unsupported)?;
            let (_, mgf) = pss_hash(parameters.mask()).ok_or_else(unsupported)?;
            let s_len = u64::from(parameters.salt_len()).into();
            (Mechanism::RsaPkcsPss(PkcsPssParams { hash_alg, mgf, s_len }), digest.to_vec())
        }
        // Tokens take at most as many bytes as the order of the curve has; longer digests count by their first.
        Scheme::Ecdsa => {
            (Mechanism::Ecdsa, digest.get(..coordinate_len.unwrap_or(usize::MAX)).unwrap_or(digest).to_vec())
        }
        _ => return Err(unsupported()),
    })
}

fn pss_hash(digest: DigestAlgorithm) -> Option<(MechanismType, PkcsMgfType)> {
    Some(match digest {
        DigestAlgorithm::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256),
        DigestAlgorithm::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384),
        DigestAlgorithm::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512),
        _ => return None,
    })
}

/// The public key of the attributes that a token gives: modulus and exponent, or curve and point.
pub(super) fn public_key(found: &Found) -> Result<PublicKey, String> {
    let encoded = if !found.modulus.is_empty() && !found.exponent.is_empty() {
        rsa(&found.modulus, &found.exponent)
    } else if !found.curve.is_empty() && !found.point.is_empty() {
        ec(&found.curve, &found.point)
    } else {
        return Err("the token gives neither its public key nor its certificate".to_owned());
    };
    PublicKey::from_spki(&encoded.map_err(|e| e.to_string())?).map_err(|e| e.to_string())
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> der::Result<Vec<u8>> {
    let numbers = [UintRef::new(modulus)?, UintRef::new(exponent)?];
    let algorithm =
        AlgorithmIdentifier { oid: mekong_crypto::algorithm::RSA_ENCRYPTION, parameters: Some(Any::from(Null)) };
    SubjectPublicKeyInfo { algorithm, subject_public_key: BitString::from_bytes(&numbers.to_der()?)? }.to_der()
}

/// The point comes as a DER OCTET STRING (PKCS#11 §2.3.3), from old tokens bare.
fn ec(curve: &[u8], point: &[u8]) -> der::Result<Vec<u8>> {
    let point = OctetStringRef::from_der(point).map_or(point, |wrapped| wrapped.as_bytes());
    let algorithm = AlgorithmIdentifier { oid: EC_PUBLIC_KEY, parameters: Some(Any::from_der(curve)?) };
    SubjectPublicKeyInfo { algorithm, subject_public_key: BitString::from_bytes(point)? }.to_der()
}
