//! ECDSA verification on short Weierstrass curves that neither aws-lc nor a released RustCrypto crate has, over plain
//! integers (FIPS 186-5 §6.4.2). Points are projective and added by the complete formulas of Renes, Costello and
//! Batina (2016, algorithm 1): one formula for every pair of points of a group of odd order, so no special case can be
//! forgotten. Public keys only: nothing here hides its timing.

use super::leftmost;
use crate::ecdsa;
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, Uint};

/// The constants of a curve; see [`super::curves`].
pub(crate) struct Domain<const LIMBS: usize> {
    /// Length of `p` and of `n` in bytes.
    pub(crate) bytes: usize,
    pub(crate) p: Uint<LIMBS>,
    pub(crate) a: Uint<LIMBS>,
    pub(crate) b: Uint<LIMBS>,
    pub(crate) x: Uint<LIMBS>,
    pub(crate) y: Uint<LIMBS>,
    pub(crate) n: Uint<LIMBS>,
}

type Element<const LIMBS: usize> = FixedMontyForm<LIMBS>;
type Projective<const LIMBS: usize> = [Element<LIMBS>; 3];

/// A public key ready to verify.
pub(crate) struct Point<const LIMBS: usize> {
    field: FixedMontyParams<LIMBS>,
    order: FixedMontyParams<LIMBS>,
    bytes: usize,
    a: Element<LIMBS>,
    /// `3b`.
    b3: Element<LIMBS>,
    base: Projective<LIMBS>,
    key: Projective<LIMBS>,
    sum: Projective<LIMBS>,
}

impl<const LIMBS: usize> Point<LIMBS> {
    /// Reads a point (SEC 1 §2.3.4); `None` if it is none of the curve, or the point at infinity.
    pub(crate) fn new(domain: &Domain<LIMBS>, encoded: &[u8]) -> Option<Self> {
        let field = FixedMontyParams::new_vartime(Option::from(Odd::new(domain.p))?);
        let order = FixedMontyParams::new_vartime(Option::from(Odd::new(domain.n))?);
        let element = |value: &Uint<LIMBS>| Element::new(value, &field);
        let (a, b, one) = (element(&domain.a), element(&domain.b), Element::one(&field));
        let (x, y) = decode(encoded, domain, &a, &b, &field)?;
        let base = [element(&domain.x), element(&domain.y), one];
        let key = [x, y, one];
        let b3 = b.double().add(&b);
        let mut point = Self { field, order, bytes: domain.bytes, a, b3, base, key, sum: base };
        point.sum = point.add(&base, &key);
        Some(point)
    }

    /// Whether the DER `SEQUENCE { r, s }` is a signature over the digest.
    pub(crate) fn verify(&self, digest: &[u8], signature: &[u8]) -> bool {
        self.check(digest, signature).unwrap_or(false)
    }

    fn check(&self, digest: &[u8], signature: &[u8]) -> Option<bool> {
        let raw = ecdsa::der_to_raw(signature, self.bytes).ok()?;
        let (r, s) = raw.split_at_checked(self.bytes)?;
        let (r, s) = (self.scalar(r)?, self.scalar(s)?);
        let z = number::<LIMBS>(&leftmost(digest, self.bytes))?.rem_vartime(self.order.modulus().as_nz_ref());
        let scalar = |value: &Uint<LIMBS>| FixedMontyForm::new(value, &self.order);
        let w: FixedMontyForm<LIMBS> = Option::from(scalar(&s).invert_vartime())?;
        let [x, _, z] = self.multiply(&scalar(&z).mul(&w).retrieve(), &scalar(&r).mul(&w).retrieve());
        let z: Element<LIMBS> = Option::from(z.invert_vartime())?; // none for the point at infinity
        let x = x.mul(&z).retrieve();
        Some(x.rem_vartime(self.order.modulus().as_nz_ref()) == r)
    }

    /// A number of the signature: from 1 to `n - 1`.
    fn scalar(&self, bytes: &[u8]) -> Option<Uint<LIMBS>> {
        number(bytes).filter(|value| *value != Uint::ZERO && *value < *self.order.modulus().as_ref())
    }

    /// `u · base + v · key`, bit by bit of both at once.
    fn multiply(&self, u: &Uint<LIMBS>, v: &Uint<LIMBS>) -> Projective<LIMBS> {
        let zero = Element::zero(&self.field);
        let mut sum = [zero, Element::one(&self.field), zero];
        for bit in (0..u.bits_vartime().max(v.bits_vartime())).rev() {
            sum = self.add(&sum, &sum);
            sum = match (u.bit_vartime(bit), v.bit_vartime(bit)) {
                (true, true) => self.add(&sum, &self.sum),
                (true, false) => self.add(&sum, &self.base),
                (false, true) => self.add(&sum, &self.key),
                (false, false) => sum,
            };
        }
        sum
    }

    /// The complete addition, step names as in the paper.
    fn add(&self, [x1, y1, z1]: &Projective<LIMBS>, [x2, y2, z2]: &Projective<LIMBS>) -> Projective<LIMBS> {
        let (t0, t1, t2) = (x1.mul(x2), y1.mul(y2), z1.mul(z2));
        let t3 = x1.add(y1).mul(&x2.add(y2)).sub(&t0.add(&t1));
        let t4 = x1.add(z1).mul(&x2.add(z2)).sub(&t0.add(&t2));
        let t5 = y1.add(z1).mul(&y2.add(z2)).sub(&t1.add(&t2));
        let az = self.a.mul(&t2);
        let z3 = self.b3.mul(&t2).add(&self.a.mul(&t4));
        let (minus, plus) = (t1.sub(&z3), t1.add(&z3));
        let slope = t0.double().add(&t0).add(&az);
        let rest = self.b3.mul(&t4).add(&self.a.mul(&t0.sub(&az)));
        [
            t3.mul(&minus).sub(&t5.mul(&rest)),
            minus.mul(&plus).add(&slope.mul(&rest)),
            t5.mul(&plus).add(&t3.mul(&slope)),
        ]
    }
}

/// The affine coordinates of an encoded point that satisfies the curve's equation.
fn decode<const LIMBS: usize>(
    encoded: &[u8],
    domain: &Domain<LIMBS>,
    a: &Element<LIMBS>,
    b: &Element<LIMBS>,
    field: &FixedMontyParams<LIMBS>,
) -> Option<(Element<LIMBS>, Element<LIMBS>)> {
    let coordinate = |bytes: &[u8]| -> Option<Element<LIMBS>> {
        let value = number(bytes).filter(|value| *value < domain.p)?;
        (bytes.len() == domain.bytes).then(|| Element::new(&value, field))
    };
    let (form, rest) = encoded.split_first()?;
    let (x, y) = rest.split_at_checked(domain.bytes)?;
    let x = coordinate(x)?;
    let square = x.square().add(a).mul(&x).add(b);
    let y = match form {
        4 => coordinate(y)?,
        2 | 3 if y.is_empty() => root(&square, &domain.p, form & 1 == 1)?,
        _ => return None,
    };
    (y.square() == square).then_some((x, y))
}

/// The square root of this parity, where `p ≡ 3 (mod 4)`: all curves here but P-224, whose points come uncompressed.
fn root<const LIMBS: usize>(square: &Element<LIMBS>, p: &Uint<LIMBS>, odd: bool) -> Option<Element<LIMBS>> {
    if !p.bit_vartime(1) {
        return None;
    }
    let root = square.pow_vartime(&p.shr_vartime(2).wrapping_add(&Uint::ONE));
    Some(if root.retrieve().bit_vartime(0) == odd { root } else { root.neg() })
}

/// A big-endian number that fits.
fn number<const LIMBS: usize>(bytes: &[u8]) -> Option<Uint<LIMBS>> {
    let bits = u32::try_from(bytes.len() * 8).ok().filter(|bits| *bits <= Uint::<LIMBS>::BITS)?;
    Some(Uint::from_be_slice_truncated(bytes, bits))
}
