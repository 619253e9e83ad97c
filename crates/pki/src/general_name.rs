//! `GeneralName` (RFC 5280 §4.2.1.6), read as it stands and compared as the standard says.

use crate::extensions::oid_text;
use crate::name;
use crate::tlv::{self, Tlv, TlvError, Walker};
use std::fmt;
use std::hash::{Hash, Hasher};

/// Most names that are read in one place.
pub const GENERAL_NAMES_MAX: usize = 4096;

/// A directory name: equal when its canonical form is (RFC 5280 §7.1).
#[derive(Clone)]
pub struct DirectoryName {
    der: Vec<u8>,
    canonical: Vec<u8>,
}

impl DirectoryName {
    /// From the DER (or BER) of a `Name`.
    pub fn new(der: &[u8]) -> Self {
        Self { der: der.to_vec(), canonical: name::canonical(der) }
    }

    /// As it stands.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether it could be prepared for comparison: one that is too long could not.
    pub fn is_comparable(&self) -> bool {
        self.canonical.first() != Some(&tlv::SEQUENCE)
    }

    /// See [`name::canonical`].
    pub fn canonical(&self) -> &[u8] {
        &self.canonical
    }
}

impl PartialEq for DirectoryName {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for DirectoryName {}

impl Hash for DirectoryName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical.hash(state);
    }
}

impl fmt::Debug for DirectoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&name::der_to_rfc4514(&self.der))
    }
}

/// One name of many kinds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GeneralName {
    /// `otherName`, its content octets.
    Other(Vec<u8>),
    /// `rfc822Name`.
    Email(String),
    /// `dNSName`.
    Dns(String),
    /// `x400Address`, its content octets.
    X400(Vec<u8>),
    /// `directoryName`.
    Directory(DirectoryName),
    /// `ediPartyName`, its content octets.
    Edi(Vec<u8>),
    /// `uniformResourceIdentifier`.
    Uri(String),
    /// `iPAddress`, its octets (in constraints: address and mask).
    Ip(Vec<u8>),
    /// `registeredID`, content octets of the OID.
    Registered(Vec<u8>),
}

impl GeneralName {
    /// From its element. Text that is not ASCII is read as UTF-8, else as Latin-1.
    ///
    /// # Errors
    /// [`TlvError`] for an unknown tag or a directory name that is none.
    pub fn read(element: Tlv<'_>) -> Result<Self, TlvError> {
        let value = element.value;
        Ok(match element.tag {
            0xa0 => Self::Other(value.to_vec()),
            0x81 => Self::Email(name::lenient_text(value)),
            0x82 => Self::Dns(name::lenient_text(value)),
            0xa3 => Self::X400(value.to_vec()),
            0xa4 => {
                Walker::open(value, tlv::SEQUENCE, "directoryName")?;
                Self::Directory(DirectoryName::new(value))
            }
            0xa5 => Self::Edi(value.to_vec()),
            0x86 => Self::Uri(name::lenient_text(value)),
            0x87 => Self::Ip(value.to_vec()),
            0x88 => Self::Registered(value.to_vec()),
            other => return Err(TlvError(format!("GeneralName: unknown tag {other:#04x}"))),
        })
    }

    /// All of `GeneralNames`, given its content octets; at most [`GENERAL_NAMES_MAX`].
    ///
    /// # Errors
    /// As [`GeneralName::read`]; too many.
    pub fn read_all(content: &[u8]) -> Result<Vec<Self>, TlvError> {
        let (mut walker, mut names) = (Walker::new(content), Vec::new());
        while !walker.is_empty() {
            if names.len() >= GENERAL_NAMES_MAX {
                return Err(TlvError(format!("more than {GENERAL_NAMES_MAX} names")));
            }
            names.push(Self::read(walker.next("GeneralName")?)?);
        }
        Ok(names)
    }

    /// Whether both are of the same kind.
    pub fn same_kind(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl fmt::Display for GeneralName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(_) => f.write_str("an other name"),
            Self::Email(text) => write!(f, "email:{text}"),
            Self::Dns(text) => write!(f, "DNS:{text}"),
            Self::X400(_) => f.write_str("an X.400 address"),
            Self::Directory(name) => f.write_str(&name::der_to_rfc4514(name.der())),
            Self::Edi(_) => f.write_str("an EDI party name"),
            Self::Uri(text) => write!(f, "URI:{text}"),
            Self::Ip(bytes) => write!(f, "IP:{}", hex::encode(bytes)),
            Self::Registered(oid) => write!(f, "registered id {}", oid_text(oid)),
        }
    }
}
