//! Public keys read from X.509 (`SubjectPublicKeyInfo`): the numbers inside.

use crate::algorithm::{ED25519, KeyType, RSA_ENCRYPTION, RSA_PSS, SignatureAlgorithm};
use crate::{CryptoError, pss};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, AnyRef};
use der::{Decode, Encode, Reader, SliceReader, Tag, Tagged};
use spki::SubjectPublicKeyInfoRef;
use std::fmt;

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");

/// Smallest and largest RSA modulus that is verified, in bits. What is acceptable for new signatures is policy.
pub const RSA_BITS: std::ops::RangeInclusive<u16> = 512..=16384;

/// Smallest and largest DSA prime that is verified, in bits.
const DSA_BITS: std::ops::RangeInclusive<u16> = 512..=4096;

/// How a key deviates from its standard and was read all the same, knowingly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyOddity {
    /// The RSA modulus is encoded as a negative INTEGER (X.690 §8.3.3); it is read as the positive number that the issuer
    /// meant. Some real certificates of Estonian cards have it.
    NegativeModulus,
    /// The RSA modulus has superfluous zero bytes before it (X.690 §8.3.2).
    PaddedModulus,
}

impl fmt::Display for KeyOddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NegativeModulus => "the RSA modulus is encoded as a negative number; read as positive",
            Self::PaddedModulus => "the RSA modulus is encoded with superfluous zero bytes",
        })
    }
}

/// A named elliptic curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P224,
    P256,
    P384,
    P521,
    Secp256k1,
    Brainpool224,
    Brainpool256,
    Brainpool320,
    Brainpool384,
    Brainpool512,
}

/// Names by RFC 5480 §2.1.1.1, SEC 2 and RFC 5639 §4.1.
const CURVES: [(Curve, ObjectIdentifier, KeyType); 10] = [
    (Curve::P224, ObjectIdentifier::new_unwrap("1.3.132.0.33"), KeyType::P224),
    (Curve::P256, ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), KeyType::P256),
    (Curve::P384, ObjectIdentifier::new_unwrap("1.3.132.0.34"), KeyType::P384),
    (Curve::P521, ObjectIdentifier::new_unwrap("1.3.132.0.35"), KeyType::P521),
    (Curve::Secp256k1, ObjectIdentifier::new_unwrap("1.3.132.0.10"), KeyType::Secp256k1),
    (Curve::Brainpool224, ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.5"), KeyType::Brainpool(224)),
    (Curve::Brainpool256, ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.7"), KeyType::Brainpool(256)),
    (Curve::Brainpool320, ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.9"), KeyType::Brainpool(320)),
    (Curve::Brainpool384, ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.11"), KeyType::Brainpool(384)),
    (Curve::Brainpool512, ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.13"), KeyType::Brainpool(512)),
];

/// The numbers of a public key, big-endian and without leading zeros.
#[derive(Debug, Clone)]
pub(crate) enum Numbers {
    Rsa(RsaNumbers),
    /// The point as encoded (SEC 1 §2.3.3).
    Ec(Curve, Vec<u8>),
    Ed25519(Vec<u8>),
    /// Parameters, unless inherited and not known, and `y`.
    Dsa(Option<DsaParameters>, Vec<u8>),
}

#[derive(Debug, Clone)]
pub(crate) struct RsaNumbers {
    pub(crate) modulus: Vec<u8>,
    pub(crate) exponent: u64,
    pub(crate) bits: u16,
}

impl RsaNumbers {
    /// `RSAPublicKey` (RFC 8017 A.1.1) in DER.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn to_pkcs1(&self) -> Vec<u8> {
        let encode = || -> der::Result<Vec<u8>> {
            let modulus = der::asn1::UintRef::new(&self.modulus)?;
            let mut out = Vec::with_capacity(self.modulus.len() + 24);
            der::Header::new(Tag::Sequence, (modulus.encoded_len()? + self.exponent.encoded_len()?)?)?
                .encode(&mut out)?;
            modulus.encode(&mut out)?;
            self.exponent.encode(&mut out)?;
            Ok(out)
        };
        encode().unwrap_or_default() // a modulus of at most 2 KiB always fits
    }
}

/// `p`, `q` and `g` (RFC 3279 §2.3.2).
#[derive(Debug, Clone)]
pub(crate) struct DsaParameters {
    pub(crate) p: Vec<u8>,
    pub(crate) q: Vec<u8>,
    pub(crate) g: Vec<u8>,
}

/// A key as read.
pub(crate) struct Read {
    pub(crate) key_type: KeyType,
    pub(crate) material: Vec<u8>,
    pub(crate) numbers: Numbers,
    pub(crate) only: Only,
    pub(crate) oddities: Vec<KeyOddity>,
}

/// What an RSA key is limited to by its own identifier (RFC 4055 §1.2 and §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Only {
    Nothing,
    Pss,
    /// These digests, and a salt at least this long.
    PssWith(SignatureAlgorithm),
}

/// Reads a DER `SubjectPublicKeyInfo`.
pub(crate) fn read(der: &[u8]) -> Result<Read, CryptoError> {
    let malformed = |e: der::Error| CryptoError::MalformedKey(e.to_string());
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(malformed)?;
    let material = info
        .subject_public_key
        .as_bytes()
        .ok_or_else(|| CryptoError::MalformedKey("unused bits in the public key".into()))?
        .to_vec();
    let oid = info.algorithm.oid;
    let mut oddities = Vec::new();
    let mut only = Only::Nothing;
    let (key_type, numbers) = if oid == RSA_ENCRYPTION || oid == RSA_PSS {
        if oid == RSA_PSS {
            only = pss_only(info.algorithm.parameters)?;
        }
        let numbers = rsa(&material, &mut oddities)?;
        (KeyType::Rsa(numbers.bits), Numbers::Rsa(numbers))
    } else if oid == ED25519 {
        (KeyType::Ed25519, Numbers::Ed25519(material.clone()))
    } else if oid == EC_PUBLIC_KEY {
        let (curve, key_type) = curve(info.algorithm.parameters_oid().ok())?;
        (key_type, Numbers::Ec(curve, material.clone()))
    } else if oid == DSA {
        dsa(info.algorithm.parameters, &material)?
    } else {
        return Err(CryptoError::UnsupportedKey(oid.to_string()));
    };
    Ok(Read { key_type, material, numbers, only, oddities })
}

fn curve(oid: Option<ObjectIdentifier>) -> Result<(Curve, KeyType), CryptoError> {
    let oid = oid.ok_or_else(|| CryptoError::UnsupportedKey("curve without a name".into()))?;
    CURVES
        .iter()
        .find(|(_, o, _)| *o == oid)
        .map(|(curve, _, key_type)| (*curve, *key_type))
        .ok_or_else(|| CryptoError::UnsupportedKey(format!("curve {oid}")))
}

fn pss_only(parameters: Option<AnyRef<'_>>) -> Result<Only, CryptoError> {
    let Some(parameters) = parameters.filter(|p| !p.is_null()) else { return Ok(Only::Pss) };
    let parameters = Any::encode_from(&parameters).map_err(|e| CryptoError::MalformedKey(e.to_string()))?;
    pss::read(Some(&parameters)).map(Only::PssWith)
}

fn rsa(material: &[u8], oddities: &mut Vec<KeyOddity>) -> Result<RsaNumbers, CryptoError> {
    let malformed = |e: &dyn fmt::Display| CryptoError::MalformedKey(format!("RSA: {e}"));
    let [modulus, exponent] = integers(material).map_err(|e| malformed(&e))?;
    match modulus {
        [top, ..] if top & 0x80 != 0 => oddities.push(KeyOddity::NegativeModulus),
        [0, next, ..] if next & 0x80 == 0 => oddities.push(KeyOddity::PaddedModulus),
        _ => {}
    }
    let modulus = trimmed(modulus);
    let bits = bits(modulus);
    let exponent_bytes = trimmed(exponent);
    if !RSA_BITS.contains(&bits) || exponent_bytes.len() > 8 {
        return Err(CryptoError::UnsupportedKey(format!(
            "RSA of {bits} bits with an exponent of {} bytes",
            exponent_bytes.len()
        )));
    }
    let exponent = exponent_bytes.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    if exponent < 3 || exponent % 2 == 0 || modulus.last().is_none_or(|b| b % 2 == 0) {
        return Err(malformed(&"the modulus or the exponent is even, or the exponent is 1"));
    }
    Ok(RsaNumbers { modulus: modulus.to_vec(), exponent, bits })
}

fn dsa(parameters: Option<AnyRef<'_>>, material: &[u8]) -> Result<(KeyType, Numbers), CryptoError> {
    let malformed = |e: der::Error| CryptoError::MalformedKey(format!("DSA: {e}"));
    let y = AnyRef::from_der(material).and_then(integer).map(trimmed).map_err(malformed)?.to_vec();
    let Some(parameters) = parameters.filter(|p| !p.is_null()) else {
        return Ok((KeyType::Dsa(0), Numbers::Dsa(None, y)));
    };
    let parameters = parameters.to_der().map_err(malformed)?;
    let [p, q, g] = integers(&parameters).map_err(malformed)?.map(|n| trimmed(n).to_vec());
    let bits = bits(&p);
    if !DSA_BITS.contains(&bits) || q.len() > 64 || q.len() >= p.len() {
        return Err(CryptoError::UnsupportedKey(format!("DSA of {bits} bits over a group of {} bytes", q.len())));
    }
    Ok((KeyType::Dsa(bits), Numbers::Dsa(Some(DsaParameters { p, q, g }), y)))
}

/// The INTEGERs of a SEQUENCE of just these, as encoded: whether they are positive is the caller's question.
fn integers<const N: usize>(der: &[u8]) -> der::Result<[&[u8]; N]> {
    let mut reader = SliceReader::new(der)?;
    let numbers = reader.sequence(|inner| {
        let mut numbers = [[0u8; 0].as_slice(); N];
        for number in &mut numbers {
            *number = integer(AnyRef::decode(inner)?)?;
        }
        Ok(numbers)
    })?;
    reader.finish(numbers)
}

fn integer(any: AnyRef<'_>) -> der::Result<&[u8]> {
    any.tag().assert_eq(Tag::Integer)?;
    Ok(any.value())
}

/// The x coordinate of a point, compressed or not (SEC 1 §2.3.3).
pub(crate) fn abscissa(point: &[u8]) -> &[u8] {
    match point {
        [2 | 3, x @ ..] => x,
        [_, both @ ..] => both.get(..both.len() / 2).unwrap_or_default(),
        [] => &[],
    }
}

fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|b| **b == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn bits(number: &[u8]) -> u16 {
    let top_zeros = number.first().map_or(0, |b| b.leading_zeros() as usize);
    u16::try_from((number.len() * 8).saturating_sub(top_zeros)).unwrap_or(u16::MAX)
}
