//! An invitation as text: whom it is for, where to register, which key answers there, and the secret that proves it.
//!
//! `mekong-invitation-1.` and base64url of: the operator's key (SHA-256 of its SubjectPublicKeyInfo, 32 bytes), the seed of
//! an Ed25519 key (32 bytes), the length of the address (one byte) and the address, the length of the member (one byte) and
//! the member, and the first four bytes of the SHA-256 of all that, so that a slip in copying is told as one.
//!
//! The operator keeps only the public half of the invitation's key: what lies in its folder lets nobody in.

use super::fingerprint;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use mekong_base::MemberId;
use mekong_crypto::{CryptoError, DigestAlgorithm, PrivateKey, Zeroizing};
use rand::TryRngCore as _;
use std::fmt;
use std::str::FromStr;

const PREFIX: &str = "mekong-invitation-1.";
/// Bytes of the check sum.
const CHECK: usize = 4;
/// Longest invitation that is read, in characters.
const TEXT_MAX: usize = 1024;
/// PKCS#8 before the seed of an Ed25519 key (RFC 8410 §7).
const ED25519_PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// Why a text is no invitation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvitationError {
    /// It does not begin as invitations do.
    #[error("this is no invitation: it begins with {PREFIX}; take the whole line that the operator sent")]
    NotOne,
    /// A part is missing or changed.
    #[error("the invitation was not copied whole, or was changed: take the whole line again")]
    Damaged,
    /// It was made by a newer release, or by hand.
    #[error("the invitation's {what} cannot be read: {reason}; ask the operator for a new one")]
    Content {
        /// Which part.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// No key can be made.
    #[error("no key for the invitation can be made: {0}")]
    Key(CryptoError),
}

/// An invitation. `Display` writes the text, which is a secret; `Debug` shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Where to register: `http://host:port`, without a path.
    pub address: String,
    /// SHA-256 of the public key (SubjectPublicKeyInfo) that signs the answers.
    pub operator: [u8; 32],
    /// Who is invited.
    pub member: MemberId,
    seed: Zeroizing<[u8; 32]>,
}

impl Invitation {
    /// A new invitation with a fresh secret.
    ///
    /// # Errors
    /// [`InvitationError::Content`] if the address is no `http://` or `https://` address or too long,
    /// [`InvitationError::Key`] without randomness.
    pub fn new(address: &str, operator: [u8; 32], member: MemberId) -> Result<Self, InvitationError> {
        let mut seed = Zeroizing::new([0; 32]);
        let random = rand::rngs::OsRng.try_fill_bytes(seed.as_mut());
        random.map_err(|_| InvitationError::Key(CryptoError::NoRandomness))?;
        let invitation = Self { address: address.trim_end_matches('/').to_owned(), operator, member, seed };
        invitation.checked()
    }

    fn checked(self) -> Result<Self, InvitationError> {
        let wrong = |what, reason: &str| Err(InvitationError::Content { what, reason: reason.to_owned() });
        let host = self.address.strip_prefix("http://").or_else(|| self.address.strip_prefix("https://"));
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '@' | '?' | '#' | '"' | '<' | '>');
        match host {
            None => wrong("address", "it is no http:// or https:// address"),
            Some(host) if host.is_empty() || !host.chars().all(plain) => wrong("address", "it names no host"),
            Some(_) if self.address.len() > 255 => wrong("address", "it is longer than 255 bytes"),
            Some(_) if self.member.to_string().len() > 255 => wrong("member", "it is longer than 255 bytes"),
            Some(_) => Ok(self),
        }
    }

    /// The key that signs what is asked with this invitation.
    ///
    /// # Errors
    /// [`CryptoError`] if the backend does not take it.
    pub fn key(&self) -> Result<PrivateKey, CryptoError> {
        PrivateKey::from_pkcs8(&Zeroizing::new([ED25519_PKCS8.as_slice(), self.seed.as_slice()].concat()))
    }

    /// How the operator calls it: the first 16 hex digits of the fingerprint of its public key. No secret.
    ///
    /// # Errors
    /// As [`Invitation::key`].
    pub fn id(&self) -> Result<String, CryptoError> {
        Ok(id_of(self.key()?.public_key().spki()))
    }
}

/// The name of an invitation by its public key.
pub(super) fn id_of(spki: &[u8]) -> String {
    fingerprint(spki).get(..16).unwrap_or_default().to_owned()
}

impl fmt::Display for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Zeroizing::new(Vec::with_capacity(512));
        bytes.extend_from_slice(&self.operator);
        bytes.extend_from_slice(self.seed.as_slice());
        for text in [self.address.clone(), self.member.to_string()] {
            bytes.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
            bytes.extend_from_slice(text.as_bytes());
        }
        let check = DigestAlgorithm::Sha256.digest(&bytes);
        bytes.extend_from_slice(check.as_ref().get(..CHECK).unwrap_or_default());
        write!(f, "{PREFIX}{}", BASE64.encode(bytes.as_slice()))
    }
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation")
            .field("address", &self.address)
            .field("member", &self.member)
            .finish_non_exhaustive()
    }
}

impl FromStr for Invitation {
    type Err = InvitationError;

    /// Reads the text; blanks and line ends that mail programs put in are passed over.
    fn from_str(text: &str) -> Result<Self, InvitationError> {
        let text: String = text.chars().take(2 * TEXT_MAX).filter(|c| !c.is_whitespace()).collect();
        let encoded = text.strip_prefix(PREFIX).ok_or(InvitationError::NotOne)?;
        if text.len() > TEXT_MAX {
            return Err(InvitationError::Damaged);
        }
        let bytes = Zeroizing::new(BASE64.decode(encoded).map_err(|_| InvitationError::Damaged)?);
        let body = bytes.len().checked_sub(CHECK).and_then(|end| bytes.split_at_checked(end));
        let (body, check) = body.ok_or(InvitationError::Damaged)?;
        if DigestAlgorithm::Sha256.digest(body).as_ref().get(..CHECK) != Some(check) {
            return Err(InvitationError::Damaged);
        }
        let mut rest = body;
        let operator = take::<32>(&mut rest)?;
        let seed = Zeroizing::new(take::<32>(&mut rest)?);
        let address = take_text(&mut rest, "address")?;
        let member = take_text(&mut rest, "member")?;
        if !rest.is_empty() {
            return Err(InvitationError::Damaged);
        }
        let content = |error: mekong_base::ident::IdentError| InvitationError::Content {
            what: "member",
            reason: error.to_string(),
        };
        let member = member.parse().map_err(content)?;
        Self { address, operator, member, seed }.checked()
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], InvitationError> {
    let (taken, after) = rest.split_first_chunk::<N>().ok_or(InvitationError::Damaged)?;
    *rest = after;
    Ok(*taken)
}

fn take_text(rest: &mut &[u8], what: &'static str) -> Result<String, InvitationError> {
    let [length] = take::<1>(rest)?;
    let (text, after) = rest.split_at_checked(usize::from(length)).ok_or(InvitationError::Damaged)?;
    *rest = after;
    let text = std::str::from_utf8(text);
    text.map(str::to_owned).map_err(|error| InvitationError::Content { what, reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Failure = Box<dyn std::error::Error>;

    fn invitation() -> Result<Invitation, InvitationError> {
        Invitation::new("http://10.1.2.3:8081/", [7; 32], MemberId::new("VN", "GOV", "Bộ Tài chính"))
    }

    #[test]
    fn what_is_written_is_read_again() -> Result<(), Failure> {
        let made = invitation()?;
        let text = made.to_string();
        assert!(text.len() < 200, "{} characters: {text}", text.len());
        let read: Invitation = text.parse()?;
        assert_eq!(read, made);
        assert_eq!(read.address, "http://10.1.2.3:8081");
        assert_eq!(read.id()?, made.id()?);
        assert_eq!(text.replace('A', "A\r\n ").parse::<Invitation>()?, made, "line ends of a mail program");
        assert!(!format!("{made:?}").contains(&BASE64.encode(made.seed.as_slice())));
        Ok(())
    }

    #[test]
    fn a_slip_is_told() -> Result<(), Failure> {
        let text = invitation()?.to_string();
        assert_eq!("hello".parse::<Invitation>(), Err(InvitationError::NotOne));
        let cut = text.get(..text.len() - 2).unwrap_or_default();
        assert_eq!(cut.parse::<Invitation>(), Err(InvitationError::Damaged));
        for at in PREFIX.len()..text.len() - 1 {
            let mut bytes = text.clone().into_bytes();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = if *byte == b'A' { b'B' } else { b'A' };
            }
            assert!(String::from_utf8(bytes)?.parse::<Invitation>().is_err(), "changed at {at}");
        }
        assert!(Invitation::new("ftp://x", [0; 32], MemberId::new("VN", "GOV", "X")).is_err());
        assert!(Invitation::new("http://", [0; 32], MemberId::new("VN", "GOV", "X")).is_err());
        Ok(())
    }
}
