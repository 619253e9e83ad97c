//! Time-stamp policies: object identifiers, of which some in use are too short for others' types.

use crate::tlv::{self, TlvError, wrap};
use const_oid::ObjectIdentifier;
use std::fmt;

/// Longest policy identifier that is read, in bytes.
const BYTES_MAX: usize = 64;

/// The policy under which a time-stamp is made; its text form is dotted: `0.4.0.2023.1.1`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Policy(Vec<u8>);

impl Policy {
    /// From the content octets of an object identifier.
    pub(super) fn read(value: &[u8]) -> Result<Self, TlvError> {
        let whole = value.last().is_some_and(|last| last & 0x80 == 0);
        if !whole || value.len() > BYTES_MAX {
            return Err(TlvError(format!("policy: {} is no object identifier", hex::encode(value))));
        }
        Ok(Self(value.to_vec()))
    }

    pub(super) fn to_der(&self) -> Vec<u8> {
        wrap(tlv::OID, &self.0)
    }
}

impl From<ObjectIdentifier> for Policy {
    fn from(oid: ObjectIdentifier) -> Self {
        Self(oid.as_bytes().to_vec())
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut arc, mut first) = (0u128, true);
        for octet in &self.0 {
            arc = arc.wrapping_shl(7) | u128::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            if first {
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc - root * 40)?;
            } else {
                write!(f, ".{arc}")?;
            }
            (arc, first) = (0, false);
        }
        Ok(())
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_dotted() {
        for text in ["0.4.0.2023.1.1", "1.2.3.4", "2.16.840.1"] {
            assert_eq!(Policy::from(ObjectIdentifier::new_unwrap(text)).to_string(), text);
        }
        assert_eq!(Policy::read(&[0x88, 0x37, 3]).map(|p| p.to_string()), Ok("2.999.3".to_owned()));
        assert_eq!(Policy::read(&[0x2a, 3]).map(|p| p.to_string()), Ok("1.2.3".to_owned()));
        assert!(Policy::read(&[0x2a, 0x83]).is_err());
        assert!(Policy::read(&[]).is_err());
    }
}
