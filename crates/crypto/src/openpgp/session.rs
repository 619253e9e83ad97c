//! The key of a message, encrypted to a recipient (RFC 9580 §5.1, §11.4; RFC 3394).

use super::keys::{Curve, Kind, Recipient};
use super::packet::{write, write_mpi};
use crate::{CryptoError, DigestAlgorithm, Zeroizing};
use aws_lc_rs::agreement::{
    ECDH_P256, ECDH_P384, ECDH_P521, EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral,
};
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrap};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};

/// Number of AES-256.
const CIPHER_AES_256: u8 = 9;
const CIPHER_AES_128: u8 = 7;
/// Packet with an encrypted session key.
const ENCRYPTED_KEY: u8 = 1;

/// Writes the packet that gives a recipient the key.
///
/// # Errors
/// [`CryptoError::UnsupportedKey`], [`CryptoError::KeyOperation`].
pub(super) fn write_key(out: &mut Vec<u8>, key: &[u8; 32], recipient: &Recipient) -> Result<(), CryptoError> {
    let sum = key.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    let mut secret = Zeroizing::new(vec![CIPHER_AES_256]);
    secret.extend_from_slice(key);
    secret.extend(sum.to_be_bytes());
    let mut body = vec![3];
    body.extend(recipient.fingerprint.iter().skip(12));
    match &recipient.kind {
        Kind::Rsa { modulus, exponent } => {
            body.push(1);
            write_mpi(&mut body, &rsa(modulus, exponent, &secret)?);
        }
        Kind::Ecdh { curve, point, hash, cipher } => {
            body.push(18);
            let (ephemeral, shared) = agree(*curve, point)?;
            let kek = derive(&shared, *curve, (*hash, *cipher), &recipient.fingerprint)?;
            write_mpi(&mut body, &ephemeral);
            let wrapped = wrap(&kek, &secret)?;
            body.push(u8::try_from(wrapped.len()).unwrap_or(u8::MAX));
            body.extend(wrapped);
        }
    }
    write(out, ENCRYPTED_KEY, &body);
    Ok(())
}

fn rsa(modulus: &[u8], exponent: &[u8], secret: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let unsupported = |_| CryptoError::UnsupportedKey("an RSA key of OpenPGP that is not usable".into());
    let key = PublicEncryptingKey::from_der(&public_key_info(modulus, exponent)).map_err(unsupported)?;
    let key = Pkcs1PublicEncryptingKey::new(key).map_err(|_| CryptoError::KeyOperation)?;
    let mut encrypted = vec![0; key.ciphertext_size()];
    let length = key.encrypt(secret, &mut encrypted).map_err(|_| CryptoError::KeyOperation)?.len();
    encrypted.truncate(length);
    Ok(encrypted)
}

/// An RSA key as `SubjectPublicKeyInfo` (RFC 8017 A.1.1, RFC 5280 §4.1.2.7).
fn public_key_info(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: [u8; 15] =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let key = element(0x30, &[integer(modulus), integer(exponent)].concat());
    let bits = element(0x03, &[&[0][..], &key].concat());
    element(0x30, &[&RSA_ENCRYPTION[..], &bits].concat())
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let is_high = bytes.first().is_none_or(|first| first & 0x80 != 0);
    let sign: &[u8] = if is_high { &[0] } else { &[] };
    element(0x02, &[sign, bytes].concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = (content.len() as u64).to_be_bytes();
    match content.len() {
        0..=0x7f => out.extend(length.last()),
        0x80..=0xff => out.extend([0x81].iter().chain(length.last())),
        _ => out.extend([0x82].iter().chain(length.iter().skip(6))),
    }
    out.extend(content);
    out
}

/// The point of a key made for this message, as OpenPGP writes it, and the secret shared with the recipient.
fn agree(curve: Curve, point: &[u8]) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), CryptoError> {
    let failed = |_| CryptoError::KeyOperation;
    let (algorithm, native) = match curve {
        // Curve25519 is written with a byte that says so in front.
        Curve::Curve25519 => (&X25519, point.strip_prefix(&[0x40]).unwrap_or(point)),
        Curve::P256 => (&ECDH_P256, point),
        Curve::P384 => (&ECDH_P384, point),
        Curve::P521 => (&ECDH_P521, point),
    };
    let mine = EphemeralPrivateKey::generate(algorithm, &SystemRandom::new()).map_err(failed)?;
    let public = mine.compute_public_key().map_err(failed)?;
    let mut ephemeral = Vec::with_capacity(140);
    if curve == Curve::Curve25519 {
        ephemeral.push(0x40);
    }
    ephemeral.extend_from_slice(public.as_ref());
    let shared =
        agree_ephemeral(mine, UnparsedPublicKey::new(algorithm, native), CryptoError::KeyOperation, |shared| {
            Ok(Zeroizing::new(shared.to_vec()))
        })?;
    Ok((ephemeral, shared))
}

/// The key that wraps the session key: a digest over the shared secret and who it is for.
fn derive(
    shared: &[u8],
    curve: Curve,
    (hash, cipher): (u8, u8),
    fingerprint: &[u8; 20],
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let unsupported =
        |what: &str, n| Err(CryptoError::UnsupportedKey(format!("an ECDH key of OpenPGP with {what} {n}")));
    let digest = match hash {
        8 => DigestAlgorithm::Sha256,
        9 => DigestAlgorithm::Sha384,
        10 => DigestAlgorithm::Sha512,
        other => return unsupported("hash", other),
    };
    let length = match cipher {
        CIPHER_AES_128 => 16,
        CIPHER_AES_256 => 32,
        other => return unsupported("cipher", other),
    };
    let mut hashed = Zeroizing::new(vec![0, 0, 0, 1]);
    hashed.extend_from_slice(shared);
    hashed.push(u8::try_from(curve.oid().len()).unwrap_or(0));
    hashed.extend_from_slice(curve.oid());
    hashed.extend_from_slice(&[18, 3, 1, hash, cipher]);
    hashed.extend_from_slice(b"Anonymous Sender    ");
    hashed.extend_from_slice(fingerprint);
    let digest = digest.digest(&hashed);
    Ok(Zeroizing::new(digest.as_ref().get(..length).unwrap_or_default().to_vec()))
}

fn wrap(kek: &[u8], secret: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let failed = |_| CryptoError::KeyOperation;
    // Filled to a multiple of eight with the number of bytes that are filled in.
    let missing = 8 - secret.len() % 8;
    let mut padded = Zeroizing::new(secret.to_vec());
    padded.resize(secret.len() + missing, u8::try_from(missing).unwrap_or(0));
    let mut out = vec![0; padded.len() + 8];
    let cipher = if kek.len() == 16 { &AES_128 } else { &AES_256 };
    let length =
        AesKek::new(cipher, kek).and_then(|kek| kek.wrap(&padded, &mut out).map(|w| w.len())).map_err(failed)?;
    out.truncate(length);
    Ok(out)
}
