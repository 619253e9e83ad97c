//! RSA verification over plain integers (RFC 8017): any modulus, digest, mask and salt.

use crate::key::RsaNumbers;
use crate::pss::PssParameters;
use crate::{DigestAlgorithm, Hasher};
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};

/// A public key ready to verify.
pub(crate) struct Key {
    modulus: BoxedMontyParams,
    exponent: u64,
    /// Length of the modulus in bits and in bytes.
    bits: usize,
    len: usize,
}

impl Key {
    pub(crate) fn new(numbers: &RsaNumbers) -> Option<Self> {
        let modulus = Option::from(Odd::new(BoxedUint::from_be_slice_vartime(&numbers.modulus)))?;
        Some(Self {
            modulus: BoxedMontyParams::new_vartime(modulus),
            exponent: numbers.exponent,
            bits: usize::from(numbers.bits),
            len: numbers.modulus.len(),
        })
    }

    /// RSASSA-PKCS1-v1_5 (§8.2.2): encodes what the signer must have encoded and compares.
    pub(crate) fn verify_pkcs1(&self, algorithm: DigestAlgorithm, digest: &[u8], signature: &[u8]) -> bool {
        match (self.recover(signature), self.encode_pkcs1(algorithm, digest)) {
            (Some(recovered), Some(expected)) => recovered == expected,
            _ => false,
        }
    }

    /// EMSA-PKCS1-v1_5 (§9.2).
    fn encode_pkcs1(&self, algorithm: DigestAlgorithm, digest: &[u8]) -> Option<Vec<u8>> {
        let info = algorithm.info(digest).ok()?;
        let padding = self.len.checked_sub(info.len() + 3).filter(|padding| *padding >= 8)?;
        let mut encoded = vec![0, 1];
        encoded.resize(padding + 2, 0xff);
        encoded.push(0);
        encoded.extend_from_slice(&info);
        Some(encoded)
    }

    /// RSASSA-PSS (§8.1.2, §9.1.2).
    pub(crate) fn verify_pss(&self, parameters: PssParameters, digest: &[u8], signature: &[u8]) -> bool {
        self.recover(signature).is_some_and(|recovered| self.check_pss(parameters, digest, &recovered).is_some())
    }

    fn check_pss(&self, parameters: PssParameters, digest: &[u8], recovered: &[u8]) -> Option<()> {
        let encoded_bits = self.bits.checked_sub(1)?;
        let (unused, encoded) = recovered.split_at_checked(self.len - encoded_bits.div_ceil(8))?;
        let hash_len = parameters.digest().output_len();
        let salt_len = usize::from(parameters.salt_len());
        let (masked, hash_and_trailer) = encoded.split_at_checked(encoded.len().checked_sub(hash_len + 1)?)?;
        let (hash, trailer) = hash_and_trailer.split_at_checked(hash_len)?;
        let top_mask = 0xffu8 >> (encoded.len() * 8 - encoded_bits);
        if unused.iter().any(|b| *b != 0) || trailer != [0xbc] || masked.first()? & !top_mask != 0 {
            return None;
        }
        let mut block = mask(parameters.mask(), hash, masked.len());
        block.iter_mut().zip(masked).for_each(|(m, b)| *m ^= b);
        *block.first_mut()? &= top_mask;
        let (padding, salt) = block.split_at_checked(block.len().checked_sub(salt_len)?)?;
        let (one, zeros) = padding.split_last()?;
        if *one != 1 || zeros.iter().any(|b| *b != 0) {
            return None;
        }
        let mut hasher = Hasher::new(parameters.digest());
        hasher.update(&[0; 8]);
        hasher.update(digest);
        hasher.update(salt);
        (hasher.finish().as_ref() == hash).then_some(())
    }

    /// RSAVP1 (§5.2.2): the encoded message, as long as the modulus; `None` if the value is as long but not smaller.
    fn recover(&self, signature: &[u8]) -> Option<Vec<u8>> {
        let precision = self.modulus.bits_precision();
        let value = BoxedUint::from_be_slice(signature, precision).ok()?;
        if signature.len() != self.len || value >= *self.modulus.modulus().as_ref() {
            return None;
        }
        let base = BoxedMontyForm::new(value, &self.modulus);
        let mut power = base.clone();
        for bit in (0..self.exponent.ilog2()).rev() {
            power = power.square();
            if self.exponent >> bit & 1 == 1 {
                power = power.mul(&base);
            }
        }
        let bytes = power.retrieve().to_be_bytes();
        bytes.get(bytes.len().checked_sub(self.len)?..).map(<[u8]>::to_vec)
    }
}

/// MGF1 (§B.2.1).
fn mask(algorithm: DigestAlgorithm, seed: &[u8], len: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(len + algorithm.output_len());
    for counter in 0u32.. {
        if out.len() >= len {
            break;
        }
        let mut hasher = Hasher::new(algorithm);
        hasher.update(seed);
        hasher.update(&counter.to_be_bytes());
        out.extend_from_slice(hasher.finish().as_ref());
    }
    out.truncate(len);
    out
}
