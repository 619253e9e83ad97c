//! X-Road identifiers, as they stand in URLs, headers, certificates and the global configuration.
//!
//! Written form: `INSTANCE/CLASS/MEMBER[/SUBSYSTEM[/SERVICE]]`, each segment percent-encoded where it is part of a URL
//! or header. Characters: letters of any script, digits and ``'()+,-.=?_`` and the space; never `/ \ : ; %`, control characters,
//! or a segment `.` or `..`. (X-Road itself has been stricter than that since 2023, older directories are not.)

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use std::fmt;
use std::str::FromStr;

/// Longest accepted identifier segment in bytes (the reference's database columns hold 255).
pub const SEGMENT_BYTES_MAX: usize = 255;

const ENCODE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b';')
    .add(b':')
    .add(b'=');

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentError {
    /// The number of segments is wrong.
    #[error("expected {expected}, found {found} segments in {text:?}")]
    Segments {
        /// What was wanted, in words.
        expected: &'static str,
        /// How many there were.
        found: usize,
        /// The text as received.
        text: String,
    },
    /// A segment is empty.
    #[error("segment {position} of {text:?} is empty")]
    Empty {
        /// 1-based position.
        position: usize,
        /// The text as received.
        text: String,
    },
    /// A segment has a character that identifiers may not have.
    #[error("character {found:?} is not allowed in identifier segment {segment:?}")]
    Character {
        /// The offending character.
        found: char,
        /// The segment, decoded.
        segment: String,
    },
    /// A segment is `.` or `..`.
    #[error("identifier segment {0:?} is a relative path")]
    RelativePath(String),
    /// A segment is longer than [`SEGMENT_BYTES_MAX`].
    #[error("identifier segment of {0} bytes is longer than {SEGMENT_BYTES_MAX}")]
    TooLong(usize),
    /// A percent-encoded segment does not decode to UTF-8.
    #[error("identifier segment {0:?} is not UTF-8 after percent-decoding")]
    NotUtf8(String),
}

/// Checks one decoded segment.
///
/// # Errors
/// Every variant of [`IdentError`] except the ones about counts.
pub fn check_segment(segment: &str) -> Result<(), IdentError> {
    if segment.is_empty() {
        return Err(IdentError::Empty { position: 1, text: String::new() });
    }
    if segment.len() > SEGMENT_BYTES_MAX {
        return Err(IdentError::TooLong(segment.len()));
    }
    if segment == "." || segment == ".." {
        return Err(IdentError::RelativePath(segment.to_owned()));
    }
    let bad = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | ';' | '%' | '\u{200b}' | '\u{feff}');
    match segment.chars().find(|c| bad(*c)) {
        Some(found) => Err(IdentError::Character { found, segment: segment.to_owned() }),
        None => Ok(()),
    }
}

/// Splits percent-encoded text at `/`, decodes and checks every segment.
fn segments(text: &str) -> Result<Vec<String>, IdentError> {
    text.split('/')
        .enumerate()
        .map(|(i, raw)| {
            if raw.is_empty() {
                return Err(IdentError::Empty { position: i + 1, text: text.to_owned() });
            }
            let decoded =
                percent_decode_str(raw).decode_utf8().map_err(|_| IdentError::NotUtf8(raw.to_owned()))?.into_owned();
            check_segment(&decoded)?;
            Ok(decoded)
        })
        .collect()
}

fn write_segments(f: &mut fmt::Formatter<'_>, segments: &[&str]) -> fmt::Result {
    for (i, segment) in segments.iter().enumerate() {
        if i > 0 {
            f.write_str("/")?;
        }
        write!(f, "{}", utf8_percent_encode(segment, ENCODE))?;
    }
    Ok(())
}

/// An institution: `INSTANCE/CLASS/CODE`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId {
    /// The X-Road instance, one a country: `VN`.
    pub instance: String,
    /// The member class: `GOV`.
    pub class: String,
    /// The member code within its class: `MPS`.
    pub code: String,
}

/// A member or one of its subsystems: `INSTANCE/CLASS/CODE[/SUBSYSTEM]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId {
    /// The member.
    pub member: MemberId,
    /// The subsystem, if it is not the member itself.
    pub subsystem: Option<String>,
}

/// A service of a subsystem: `INSTANCE/CLASS/CODE/SUBSYSTEM/SERVICE`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceId {
    /// Who provides it; its subsystem is always there.
    pub provider: ClientId,
    /// The service code.
    pub service: String,
}

/// A gateway (security server): `INSTANCE/CLASS/CODE/SERVER`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerId {
    /// The member that owns it.
    pub owner: MemberId,
    /// The server code within its owner.
    pub server: String,
}

impl MemberId {
    /// A member from its checked parts; use [`FromStr`] for text from outside.
    pub fn new(instance: impl Into<String>, class: impl Into<String>, code: impl Into<String>) -> Self {
        Self { instance: instance.into(), class: class.into(), code: code.into() }
    }

    /// One of this member's subsystems.
    pub fn subsystem(&self, code: impl Into<String>) -> ClientId {
        ClientId { member: self.clone(), subsystem: Some(code.into()) }
    }

    /// One of this member's servers.
    pub fn server(&self, code: impl Into<String>) -> ServerId {
        ServerId { owner: self.clone(), server: code.into() }
    }
}

impl ClientId {
    /// A service of this client.
    pub fn service(&self, code: impl Into<String>) -> ServiceId {
        ServiceId { provider: self.clone(), service: code.into() }
    }
}

impl From<MemberId> for ClientId {
    fn from(member: MemberId) -> Self {
        Self { member, subsystem: None }
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_segments(f, &[&self.instance, &self.class, &self.code])
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.member.fmt(f)?;
        if let Some(subsystem) = &self.subsystem {
            f.write_str("/")?;
            write_segments(f, &[subsystem])?;
        }
        Ok(())
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.provider)?;
        write_segments(f, &[&self.service])
    }
}

impl fmt::Display for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.owner)?;
        write_segments(f, &[&self.server])
    }
}

impl FromStr for MemberId {
    type Err = IdentError;
    fn from_str(text: &str) -> Result<Self, IdentError> {
        match <[String; 3]>::try_from(segments(text)?) {
            Ok([instance, class, code]) => Ok(Self { instance, class, code }),
            Err(found) => Err(IdentError::Segments {
                expected: "instance/class/member",
                found: found.len(),
                text: text.to_owned(),
            }),
        }
    }
}

impl FromStr for ClientId {
    type Err = IdentError;
    fn from_str(text: &str) -> Result<Self, IdentError> {
        let mut parts = segments(text)?;
        let found = parts.len();
        let subsystem = if found == 4 { parts.pop() } else { None };
        match <[String; 3]>::try_from(parts) {
            Ok([instance, class, code]) => Ok(Self { member: MemberId { instance, class, code }, subsystem }),
            Err(_) => Err(IdentError::Segments {
                expected: "instance/class/member[/subsystem]",
                found,
                text: text.to_owned(),
            }),
        }
    }
}

impl FromStr for ServiceId {
    type Err = IdentError;
    fn from_str(text: &str) -> Result<Self, IdentError> {
        match <[String; 5]>::try_from(segments(text)?) {
            Ok([instance, class, code, subsystem, service]) => {
                Ok(MemberId { instance, class, code }.subsystem(subsystem).service(service))
            }
            Err(found) => Err(IdentError::Segments {
                expected: "instance/class/member/subsystem/service",
                found: found.len(),
                text: text.to_owned(),
            }),
        }
    }
}

impl FromStr for ServerId {
    type Err = IdentError;
    fn from_str(text: &str) -> Result<Self, IdentError> {
        match <[String; 4]>::try_from(segments(text)?) {
            Ok([instance, class, code, server]) => Ok(MemberId { instance, class, code }.server(server)),
            Err(found) => Err(IdentError::Segments {
                expected: "instance/class/member/server",
                found: found.len(),
                text: text.to_owned(),
            }),
        }
    }
}

/// As the text that `Display` writes and `FromStr` reads.
macro_rules! serde_as_text {
    ($($id:ty),+) => {$(
        impl serde::Serialize for $id {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $id {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <std::borrow::Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

serde_as_text!(MemberId, ClientId, ServiceId, ServerId);

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn round_trip<T: FromStr<Err = IdentError> + fmt::Display>(text: &str) {
        match text.parse::<T>() {
            Ok(id) => assert_eq!(id.to_string(), text),
            Err(error) => unreachable!("{text}: {error}"),
        }
    }

    #[test]
    fn identifiers_round_trip() {
        round_trip::<MemberId>("VN/GOV/MPS");
        round_trip::<ClientId>("LA/GOV/MOHA/civil");
        round_trip::<ClientId>("LA/GOV/MOHA");
        round_trip::<ServiceId>("VN/GOV/MPS/population/persons");
        round_trip::<ServerId>("VN/GOV/MPS/gw-1");
        round_trip::<ClientId>("EE/COM/1%202%3F/%C3%B5");
    }

    #[track_caller]
    fn refuses(text: &str, expected: IdentError) {
        assert_eq!(text.parse::<ClientId>(), Err(expected));
    }

    #[test]
    fn refuses_hostile_segments() {
        refuses("VN//MPS", IdentError::Empty { position: 2, text: "VN//MPS".into() });
        refuses("VN/%2e%2e/MPS", IdentError::RelativePath("..".into()));
        refuses("VN/a%2Fb/MPS", IdentError::Character { found: '/', segment: "a/b".into() });
        refuses("VN/a%00/MPS", IdentError::Character { found: '\0', segment: "a\0".into() });
        refuses("VN/a%25b/MPS", IdentError::Character { found: '%', segment: "a%b".into() });
        refuses("VN/%FF/MPS", IdentError::NotUtf8("%FF".into()));
        refuses(
            "VN/GOV",
            IdentError::Segments { expected: "instance/class/member[/subsystem]", found: 2, text: "VN/GOV".into() },
        );
    }
}
