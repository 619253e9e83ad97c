//! DSA verification (FIPS 186-4 §4.7), for old certificates only.

use super::leftmost;
use crate::key::DsaParameters;
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, NonZero, Odd, Resize};
use der::asn1::UintRef;
use der::{Decode, Reader, SliceReader};

/// A public key ready to verify.
pub(crate) struct Key {
    p: BoxedMontyParams,
    q: BoxedMontyParams,
    g: BoxedMontyForm,
    y: BoxedMontyForm,
    g_times_y: BoxedMontyForm,
    /// Length of `q` in bytes.
    q_len: usize,
}

impl Key {
    /// `None` if a number is out of its range (FIPS 186-4 §4.1). Groups of whole bytes only: 160, 224 and 256 bits.
    pub(crate) fn new(parameters: &DsaParameters, y: &[u8]) -> Option<Self> {
        if parameters.q.first()? & 0x80 == 0 {
            return None;
        }
        let p = modulus(&parameters.p)?;
        let q = modulus(&parameters.q)?;
        let g = element(&parameters.g, &p)?;
        let y = element(y, &p)?;
        let g_times_y = g.mul(&y);
        Some(Self { p, q, g, y, g_times_y, q_len: parameters.q.len() })
    }

    /// Whether the DER `SEQUENCE { r, s }` is a signature over the digest.
    pub(crate) fn verify(&self, digest: &[u8], signature: &[u8]) -> bool {
        self.check(digest, signature).unwrap_or(false)
    }

    fn check(&self, digest: &[u8], signature: &[u8]) -> Option<bool> {
        let (r, s) = numbers(signature)?;
        let (r, s) = (self.scalar(&r)?, self.scalar(&s)?);
        let z = BoxedUint::from_be_slice(&leftmost(digest, self.q_len), self.q.bits_precision()).ok()?;
        let z = z.rem_vartime(self.q.modulus().as_nz_ref());
        let w: BoxedMontyForm = Option::from(BoxedMontyForm::new(s, &self.q).invert_vartime())?;
        let u1 = BoxedMontyForm::new(z, &self.q).mul(&w).retrieve();
        let u2 = BoxedMontyForm::new(r.clone(), &self.q).mul(&w).retrieve();
        let v = self.power(&u1, &u2).retrieve();
        let wide = self.q.modulus().as_ref().resize(self.p.bits_precision());
        let order: NonZero<BoxedUint> = Option::from(NonZero::new(wide))?;
        Some(v.rem_vartime(&order) == r.resize(self.p.bits_precision()))
    }

    /// A number of the signature: from 1 to `q - 1`.
    fn scalar(&self, number: &[u8]) -> Option<BoxedUint> {
        let value = BoxedUint::from_be_slice(number, self.q.bits_precision()).ok()?;
        (number.iter().any(|b| *b != 0) && value < *self.q.modulus().as_ref()).then_some(value)
    }

    /// `g^u1 · y^u2 mod p`.
    fn power(&self, u1: &BoxedUint, u2: &BoxedUint) -> BoxedMontyForm {
        let mut power = BoxedMontyForm::one(&self.p);
        for bit in (0..self.q.bits_precision()).rev() {
            power = power.square();
            match (u1.bit_vartime(bit), u2.bit_vartime(bit)) {
                (true, true) => power = power.mul(&self.g_times_y),
                (true, false) => power = power.mul(&self.g),
                (false, true) => power = power.mul(&self.y),
                (false, false) => {}
            }
        }
        power
    }
}

fn modulus(number: &[u8]) -> Option<BoxedMontyParams> {
    let odd = Option::from(Odd::new(BoxedUint::from_be_slice_vartime(number)))?;
    Some(BoxedMontyParams::new_vartime(odd))
}

/// A number from 2 to `p - 1`.
fn element(number: &[u8], p: &BoxedMontyParams) -> Option<BoxedMontyForm> {
    let value = BoxedUint::from_be_slice(number, p.bits_precision()).ok()?;
    let in_range = value > BoxedUint::one_with_precision(p.bits_precision()) && value < *p.modulus().as_ref();
    in_range.then(|| BoxedMontyForm::new(value, p))
}

fn numbers(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut reader = SliceReader::new(der).ok()?;
    let (r, s) = reader.sequence(|inner| Ok((UintRef::decode(inner)?, UintRef::decode(inner)?))).ok()?;
    reader.finish((r.as_bytes().to_vec(), s.as_bytes().to_vec())).ok()
}
