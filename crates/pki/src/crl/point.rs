//! Distribution points of lists and the reasons that they cover (RFC 5280 §4.2.1.13).

use crate::canonical;
use crate::general_name::GeneralName;
use crate::tlv::{self, Tlv, TlvError, Walker, context};
use std::ops::{BitAnd, BitOr};

/// Most distribution points that are read in one extension.
const POINTS_MAX: usize = 64;

/// A set of reasons for revocation (`ReasonFlags`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Reasons(u16);

impl Reasons {
    /// None.
    pub const NONE: Self = Self(0);
    /// Every reason: the bits 1 to 8 of `ReasonFlags`.
    pub const ALL: Self = Self(0x01fe);

    /// Whether it holds every reason of `other`.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The content octets of a `BIT STRING`, bit 0 first.
    pub(crate) fn read(bits: &[u8]) -> Self {
        let bit = |n: u16| {
            let byte = bits.get(1 + usize::from(n / 8)).copied().unwrap_or_default();
            u16::from(byte & (0x80 >> (n % 8)) != 0) << n
        };
        Self((0..16).map(bit).fold(0, BitOr::bitor)) & Self::ALL
    }

    /// As content octets of a `BIT STRING`.
    pub(crate) fn write(self) -> Vec<u8> {
        let byte = |from: u16| (0..8).fold(0u8, |byte, i| byte | (u8::from(self.0 >> (from + i) & 1 == 1) << (7 - i)));
        let (low, high) = (byte(0), byte(8));
        match (low, high) {
            (low, 0) => vec![u8::try_from(low.trailing_zeros().min(7)).unwrap_or(0), low],
            (low, high) => vec![u8::try_from(high.trailing_zeros()).unwrap_or(0), low, high],
        }
    }

    /// From the numbers of bits in `ReasonFlags`.
    pub fn of(bits: &[u8]) -> Self {
        Self(bits.iter().filter(|b| **b < 16).fold(0, |all, bit| all | 1 << bit)) & Self::ALL
    }
}

impl BitAnd for Reasons {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Reasons {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A name of a distribution point, in a form that can be compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PointName {
    /// A full name of another kind than a directory name.
    General(GeneralName),
    /// A directory name, full or completed from a relative one: its canonical form.
    Directory(Vec<u8>),
}

impl From<GeneralName> for PointName {
    fn from(name: GeneralName) -> Self {
        match name {
            GeneralName::Directory(name) => Self::Directory(name.canonical().to_vec()),
            other => Self::General(other),
        }
    }
}

/// One distribution point of a certificate or list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Its names, if given; relative ones completed with the name of the list's issuer.
    pub names: Option<Vec<PointName>>,
    /// Reasons that its list covers; `None` is all.
    pub reasons: Option<Reasons>,
    /// Who issues the list, if not the issuer of the certificate.
    pub crl_issuers: Vec<GeneralName>,
}

impl Point {
    /// URLs among the names, in order.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.names.iter().flatten().filter_map(|name| match name {
            PointName::General(GeneralName::Uri(url)) => Some(url.as_str()),
            _ => None,
        })
    }

    /// All of `CRLDistributionPoints` in a certificate whose issuer has this canonical name.
    pub(crate) fn read_all(value: &[u8], issuer_canonical: &[u8]) -> Result<Vec<Self>, TlvError> {
        let (mut list, mut points) = (Walker::open(value, tlv::SEQUENCE, "CRLDistributionPoints")?, Vec::new());
        while !list.is_empty() {
            if points.len() >= POINTS_MAX {
                return Err(TlvError(format!("more than {POINTS_MAX} distribution points")));
            }
            points.push(Self::read(list.enter(tlv::SEQUENCE, "DistributionPoint")?, issuer_canonical)?);
        }
        Ok(points)
    }

    fn read(mut point: Walker<'_>, issuer_canonical: &[u8]) -> Result<Self, TlvError> {
        let name = point.optional(context(0), "distributionPoint")?;
        let reasons = point.optional(0x81, "reasons")?.map(|bits| Reasons::read(bits.value));
        let crl_issuers = match point.optional(context(2), "cRLIssuer")? {
            Some(names) => GeneralName::read_all(names.value)?,
            None => Vec::new(),
        };
        point.finish("DistributionPoint")?;
        let base = crl_issuers.iter().find_map(|name| match name {
            GeneralName::Directory(name) => Some(name.canonical()),
            _ => None,
        });
        let names = name.map(|name| read_names(name, base.unwrap_or(issuer_canonical))).transpose()?;
        Ok(Self { names, reasons, crl_issuers })
    }
}

/// `DistributionPointName`, inside its explicit tag.
pub(super) fn read_names(name: Tlv<'_>, issuer_canonical: &[u8]) -> Result<Vec<PointName>, TlvError> {
    let mut inner = Walker::new(name.value);
    let name = inner.next("DistributionPointName")?;
    inner.finish("DistributionPointName")?;
    match name.tag {
        0xa0 => Ok(GeneralName::read_all(name.value)?.into_iter().map(PointName::from).collect()),
        0xa1 => {
            let relative = canonical::relative(name.value);
            Ok(vec![PointName::Directory([issuer_canonical, &relative].concat())])
        }
        other => Err(TlvError(format!("DistributionPointName: tag {other:#04x}"))),
    }
}
