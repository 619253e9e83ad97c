//! Public keys: which part of a key is encrypted to (RFC 9580 §5.5, §5.2, §11).

use super::OpenPgpError;
use super::packet::{Packet, mpi, new_length, number, packets, without_armor};
use crate::DigestAlgorithm;

/// Whom something is encrypted to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipients(Vec<Recipient>);

/// A key that is encrypted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Of the part of the key that is encrypted to: SHA-1, as version 4 has it.
    pub(super) fingerprint: [u8; 20],
    pub(super) kind: Kind,
}

/// The public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Ecdh { curve: Curve, point: Vec<u8>, hash: u8, cipher: u8 },
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
}

/// Curves of ECDH keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    Curve25519,
    P256,
    P384,
    P521,
}

impl Curve {
    const ALL: [Self; 4] = [Self::Curve25519, Self::P256, Self::P384, Self::P521];

    /// Content of the object identifier.
    pub(super) const fn oid(self) -> &'static [u8] {
        match self {
            Self::Curve25519 => &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x97, 0x55, 0x01, 0x05, 0x01],
            Self::P256 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
            Self::P384 => &[0x2b, 0x81, 0x04, 0x00, 0x22],
            Self::P521 => &[0x2b, 0x81, 0x04, 0x00, 0x23],
        }
    }
}

const PUBLIC_KEY: u8 = 6;
const PUBLIC_SUBKEY: u8 = 14;
const SIGNATURE: u8 = 2;
/// Key flags: may encrypt communications, or storage.
const MAY_ENCRYPT: u8 = 0x0c;

impl Recipients {
    /// Reads the keys of a file, binary or armored, and adds to each the newest part that may be encrypted to.
    ///
    /// `now` is in seconds since 1970. Returns how many keys were added.
    ///
    /// # Errors
    /// [`OpenPgpError::Malformed`]; [`OpenPgpError::Unusable`] for a key that is revoked, expired or only for signing.
    pub fn add(&mut self, file: &[u8], now: u64) -> Result<usize, OpenPgpError> {
        let bytes = without_armor(file)?;
        let mut keys: Vec<Vec<Packet<'_>>> = Vec::new();
        for packet in packets(&bytes)? {
            match (packet.tag == PUBLIC_KEY, keys.last_mut()) {
                (true, _) => keys.push(vec![packet]),
                (false, Some(key)) => key.push(packet),
                (false, None) => return Err(OpenPgpError::Malformed("it does not begin with a public key")),
            }
        }
        if keys.is_empty() {
            return Err(OpenPgpError::Malformed("it is empty"));
        }
        let recipients = keys.iter().map(|key| recipient(key, now)).collect::<Result<Vec<_>, _>>()?;
        let count = recipients.len();
        self.0.extend(recipients);
        Ok(count)
    }

    /// Nobody.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn each(&self) -> impl Iterator<Item = &Recipient> {
        self.0.iter()
    }

    /// The fingerprints of the parts that are encrypted to, hexadecimal.
    pub fn fingerprints(&self) -> Vec<String> {
        self.0.iter().map(|recipient| hexadecimal(&recipient.fingerprint)).collect()
    }
}

/// A primary key or subkey with what its signatures say of it.
struct Part<'a> {
    body: &'a [u8],
    created: u64,
    flags: Option<u8>,
    expires_after: u64,
    signed_at: u64,
    is_revoked: bool,
}

impl<'a> Part<'a> {
    fn read(body: &'a [u8]) -> Option<Self> {
        let created = number(body.get(1..5)?) as u64;
        Some(Self { body, created, flags: None, expires_after: 0, signed_at: 0, is_revoked: false })
    }

    /// Takes in what a signature says; the newest one counts.
    fn take(&mut self, signature: &Said) {
        match signature.kind {
            0x20 | 0x28 => self.is_revoked = true,
            0x10..=0x13 | 0x18 | 0x1f if signature.flags.is_some() && signature.at >= self.signed_at => {
                self.flags = signature.flags;
                self.expires_after = signature.expires_after;
                self.signed_at = signature.at;
            }
            _ => {}
        }
    }

    const fn is_expired(&self, now: u64) -> bool {
        self.expires_after > 0 && self.created.saturating_add(self.expires_after) <= now
    }

    fn may_encrypt(&self) -> bool {
        self.flags.is_some_and(|flags| flags & MAY_ENCRYPT != 0)
    }
}

fn recipient(key: &[Packet<'_>], now: u64) -> Result<Recipient, OpenPgpError> {
    let malformed = OpenPgpError::Malformed("a public key is cut off");
    let mut parts: Vec<Part<'_>> = Vec::new();
    for packet in key {
        match packet.tag {
            PUBLIC_KEY | PUBLIC_SUBKEY => parts.push(Part::read(packet.body).ok_or_else(|| malformed.clone())?),
            SIGNATURE => {
                if let (Some(part), Some(signature)) = (parts.last_mut(), Said::read(packet.body)) {
                    part.take(&signature);
                }
            }
            _ => {}
        }
    }
    let primary = parts.first().ok_or(malformed)?;
    let unusable = |reason| {
        let fingerprint = hexadecimal(&fingerprint(primary.body));
        Err(OpenPgpError::Unusable { fingerprint, reason })
    };
    if primary.is_revoked {
        return unusable("it is revoked");
    }
    if primary.is_expired(now) {
        return unusable("it has expired");
    }
    let mut encrypting: Vec<&Part<'_>> = parts.iter().filter(|part| part.may_encrypt()).collect();
    encrypting.sort_by_key(|part| std::cmp::Reverse(part.created));
    if encrypting.is_empty() {
        return unusable("no part of it is for encryption");
    }
    encrypting.retain(|part| !part.is_revoked && !part.is_expired(now));
    if encrypting.is_empty() {
        return unusable("all its parts for encryption are revoked or have expired");
    }
    match encrypting.iter().find_map(|part| Some((part.body, kind(part.body)?))) {
        Some((body, kind)) => Ok(Recipient { fingerprint: fingerprint(body), kind }),
        None => unusable(
            "its parts for encryption are neither RSA from 2048 bits nor ECDH with Curve25519, P-256 or P-521 and AES-128 or AES-256",
        ),
    }
}

/// The public key of a part, if it is of a kind that is supported.
fn kind(body: &[u8]) -> Option<Kind> {
    let (head, rest) = body.split_at_checked(6)?;
    match head {
        [4, .., 1 | 2] => {
            let (modulus, rest) = mpi(rest)?;
            let (exponent, _) = mpi(rest)?;
            (modulus.len() >= 256).then(|| Kind::Rsa { modulus: modulus.to_vec(), exponent: exponent.to_vec() })
        }
        [4, .., 18] => {
            let (length, rest) = rest.split_first()?;
            let (oid, rest) = rest.split_at_checked(usize::from(*length))?;
            let curve = Curve::ALL.into_iter().find(|curve| curve.oid() == oid)?;
            let (point, rest) = mpi(rest)?;
            // SHA-2, and AES-128 or AES-256: what wraps with AES-192 is not at hand.
            let [3, 1, hash @ 8..=10, cipher @ (7 | 9)] = *rest.get(..4)? else { return None };
            Some(Kind::Ecdh { curve, point: point.to_vec(), hash, cipher })
        }
        _ => None,
    }
}

/// SHA-1 over `99`, the length and the packet's body.
fn fingerprint(body: &[u8]) -> [u8; 20] {
    let mut hashed = vec![0x99];
    hashed.extend(u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes());
    hashed.extend(body);
    let mut fingerprint = [0; 20];
    let digest = DigestAlgorithm::Sha1.digest(&hashed);
    fingerprint.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    fingerprint
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// What a signature on a key says of it.
struct Said {
    kind: u8,
    at: u64,
    flags: Option<u8>,
    expires_after: u64,
}

impl Said {
    /// Reads a signature of version 4: of its hashed subpackets creation time (2), key expiration (9) and key flags (27).
    fn read(body: &[u8]) -> Option<Self> {
        let [4, kind, _, _, high, low] = *body.get(..6)? else { return None };
        let mut said = Self { kind, at: 0, flags: None, expires_after: 0 };
        let mut rest = body.get(6..)?.get(..number(&[high, low]))?;
        while !rest.is_empty() {
            let (length, after) = subpacket_length(rest)?;
            let (subpacket, after) = after.split_at_checked(length)?;
            rest = after;
            let (subkind, value) = subpacket.split_first()?;
            match subkind & 0x7f {
                2 => said.at = number(value.get(..4)?) as u64,
                9 => said.expires_after = number(value.get(..4)?) as u64,
                27 => said.flags = value.first().copied(),
                _ => {}
            }
        }
        Some(said)
    }
}

/// Like the length of a packet, but that two bytes go up to 254 as the first.
fn subpacket_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes.split_first()? {
        (first @ 224..=254, rest) => {
            let (second, rest) = rest.split_first()?;
            Some((((usize::from(*first) - 192) << 8) + usize::from(*second) + 192, rest))
        }
        _ => new_length(bytes),
    }
}
