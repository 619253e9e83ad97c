//! The version that a gateway says it has (`x-proxy-version: 7.8.0`): what it can, and whether it may.

use super::fault::Dialect;
use std::fmt;
use std::str::FromStr;

/// A version of the reference that a gateway is compatible with. What follows the three numbers does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProxyVersion {
    /// Major, minor and patch.
    pub numbers: [u32; 3],
}

/// The first version that spells fault codes in lower case with underscores.
const SNAKE_SINCE: ProxyVersion = ProxyVersion { numbers: [7, 8, 0] };

/// The text is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no version such as 7.4.2")]
pub struct NoVersion(pub String);

impl FromStr for ProxyVersion {
    type Err = NoVersion;

    /// `MAJOR.MINOR[.PATCH][-anything]`, at most 64 bytes.
    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let wrong = || NoVersion(text.chars().take(64).collect());
        let core = text.split(['-', '+']).next().unwrap_or_default();
        let mut parts = core.split('.');
        let mut number = |is_optional: bool| match parts.next() {
            None if is_optional => Ok(0),
            Some(part) if (1..=6).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()) => {
                part.parse().map_err(|_| wrong())
            }
            _ => Err(wrong()),
        };
        let numbers = [number(false)?, number(false)?, number(true)?];
        if text.len() > 64 || parts.next().is_some() { Err(wrong()) } else { Ok(Self { numbers }) }
    }
}

impl fmt::Display for ProxyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl Dialect {
    /// How faults are spelled for a gateway: as we are told to, but in the old way for one that says it is older than 7.8.0.
    /// Who says nothing that can be read gets what everybody gets.
    pub fn for_peer(self, version: Option<&str>) -> Self {
        match version.and_then(|v| v.parse::<ProxyVersion>().ok()) {
            Some(version) if version < SNAKE_SINCE => Self::Camel,
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared_by_number() -> Result<(), NoVersion> {
        let read = |text: &str| text.parse::<ProxyVersion>();
        assert!(read("7.10.0")? > read("7.9.9")? && read("7.8.0-beta-2-1a2b")? == read("7.8.0")?);
        assert_eq!(read("7.4")?.to_string(), "7.4.0");
        let long = format!("7.8.0-{}", "x".repeat(64));
        for wrong in ["", "7", "7.", "7.8.0.1", "v7.8.0", "7.-1.0", "7.8.١", "7.9999999.0", &long] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn old_peers_are_told_in_the_old_way() {
        let snake = |version| Dialect::Snake.for_peer(version);
        assert_eq!((snake(Some("7.7.1")), snake(Some("6.26.3"))), (Dialect::Camel, Dialect::Camel));
        assert_eq!(
            (snake(Some("7.8.0")), snake(Some("?")), snake(None)),
            (Dialect::Snake, Dialect::Snake, Dialect::Snake)
        );
        assert_eq!(Dialect::Camel.for_peer(Some("7.9.0")), Dialect::Camel, "as configured");
    }
}
