//! Where traces go, as what, and how many of them.

use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use mekong_base::ServerId;

/// What is appended to the address of a collector (OTLP, section 4.2.1.1).
const PATH: &str = "/v1/traces";
/// Headers that a file may name, at most.
const HEADERS_MAX: usize = 32;

/// How a gateway sends traces.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the collector takes traces.
    pub(super) url: Uri,
    /// What is sent along, such as a token of access.
    pub(super) headers: HeaderMap,
    /// `service.name`.
    pub(super) service_name: String,
    /// `service.instance.id`.
    pub(super) server: ServerId,
    /// Which traces are sent.
    pub(super) sampling: Sampling,
}

/// What is wrong with settings. The operator's to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// Not an address.
    #[error("{0:?} is not the address of a collector: write http://host:4318 or https://host[:port][/path]")]
    Endpoint(String),
    /// Not a share.
    #[error("{0} is not a share of traces: write a number from 0 to 1")]
    Sampling(String),
    /// A line of the file with headers is none.
    #[error("line {0} of the file with headers is not NAME: VALUE")]
    Header(usize),
}

impl Settings {
    /// Traces of this gateway, all of them, for the collector at `endpoint`.
    ///
    /// # Errors
    /// [`SettingsError::Endpoint`].
    pub fn new(endpoint: &str, server: ServerId, service_name: impl Into<String>) -> Result<Self, SettingsError> {
        let url = url(endpoint).ok_or_else(|| SettingsError::Endpoint(endpoint.to_owned()))?;
        let (headers, sampling) = (HeaderMap::new(), Sampling::ALL);
        Ok(Self { url, headers, service_name: service_name.into(), server, sampling })
    }

    /// Host and port of the collector.
    pub fn collector(&self) -> (&str, u16) {
        let usual = if self.url.scheme_str() == Some("https") { 443 } else { 80 };
        (self.url.host().unwrap_or_default(), self.url.port_u16().unwrap_or(usual))
    }

    /// Only this share of the traces is sent, 0 to 1; gateways with the same share send the same ones.
    ///
    /// # Errors
    /// [`SettingsError::Sampling`].
    pub fn sampling(self, share: f64) -> Result<Self, SettingsError> {
        let sampling = Sampling::of(share).ok_or_else(|| SettingsError::Sampling(share.to_string()))?;
        Ok(Self { sampling, ..self })
    }

    /// Headers of the requests, a line each: `NAME: VALUE`. Empty lines and such that begin with `#` are none.
    ///
    /// # Errors
    /// [`SettingsError::Header`], which does not repeat the line: it may be secret.
    pub fn headers(mut self, text: &str) -> Result<Self, SettingsError> {
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = || SettingsError::Header(number);
            let (name, value) = line.split_once(':').ok_or_else(wrong)?;
            let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| wrong())?;
            let mut value = HeaderValue::from_str(value.trim()).map_err(|_| wrong())?;
            value.set_sensitive(true);
            if self.headers.len() >= HEADERS_MAX {
                return Err(wrong());
            }
            self.headers.append(name, value);
        }
        Ok(self)
    }
}

fn url(endpoint: &str) -> Option<Uri> {
    let base: Uri = endpoint.trim_end_matches('/').parse().ok()?;
    let mut parts = base.into_parts();
    let is_web = parts.scheme.as_ref().is_some_and(|scheme| matches!(scheme.as_str(), "http" | "https"));
    let host = parts.authority.as_ref().filter(|authority| !authority.as_str().contains('@'))?.host();
    let path = parts.path_and_query.as_ref().map_or("", |given| given.as_str());
    if !is_web || host.is_empty() || path.contains(['?', '#']) {
        return None;
    }
    parts.path_and_query = Some(PathAndQuery::try_from(format!("{}{PATH}", path.trim_end_matches('/'))).ok()?);
    Uri::from_parts(parts).ok()
}

/// Which traces are sent: those whose last 56 bits are not below a threshold, so that everybody with the same share decides
/// alike (W3C Trace Context Level 2, section 5: the random bits of a trace id). The fixed bits of a UUID are before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sampling {
    rejected_below: u64,
}

/// Different values of the random bits.
const RANDOM: u64 = 1 << 56;

impl Sampling {
    pub(super) const ALL: Self = Self { rejected_below: 0 };

    /// From 0, none, to 1, all.
    fn of(share: f64) -> Option<Self> {
        if !(0.0..=1.0).contains(&share) {
            return None;
        }
        Some(Self { rejected_below: ((1.0 - share) * RANDOM as f64) as u64 })
    }

    pub(super) fn takes(self, trace_id: [u8; 16]) -> bool {
        let low = trace_id.last_chunk::<8>().map_or(0, |low| u64::from_be_bytes(*low)) % RANDOM;
        low >= self.rejected_below
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(endpoint: &str) -> Result<Settings, SettingsError> {
        Settings::new(endpoint, mekong_base::MemberId::new("LA", "GOV", "MOHA").server("gw"), "mekong")
    }

    #[test]
    fn collectors_have_addresses_with_or_without_a_path() {
        for (endpoint, expected) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
            ("https://collector.example/otlp/", "https://collector.example/otlp/v1/traces"),
        ] {
            assert_eq!(settings(endpoint).map(|s| s.url.to_string()), Ok(expected.to_owned()));
        }
        assert_eq!(
            settings("https://collector.example/otlp").map(|s| s.collector() == ("collector.example", 443)),
            Ok(true)
        );
        for wrong in ["", "collector:4318", "ftp://collector", "http://", "http://me:secret@collector", "http://c/?a"] {
            assert!(settings(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn headers_stand_in_lines_and_wrong_ones_are_not_repeated() -> Result<(), SettingsError> {
        let read = settings("http://c")?.headers("# ours\nAuthorization: Bearer abc:d\n\nx-scope:  vn \n")?.headers;
        assert_eq!(read.get("authorization").map(HeaderValue::as_bytes), Some(&b"Bearer abc:d"[..]));
        assert_eq!(read.get("x-scope").map(HeaderValue::as_bytes), Some(&b"vn"[..]));
        let wrong = settings("http://c")?.headers("a: b\nsecret").err();
        assert_eq!(wrong, Some(SettingsError::Header(2)));
        Ok(())
    }

    #[test]
    fn a_share_of_the_traces_is_sent_and_everybody_sends_the_same() {
        let ids = || (0..4_000).map(|_| *uuid::Uuid::new_v4().as_bytes());
        for (share, least, most) in [(0.0, 0, 0), (0.25, 800, 1_200), (1.0, 4_000, 4_000)] {
            let Some(sampling) = Sampling::of(share) else { panic!("{share}") };
            let taken = ids().filter(|id| sampling.takes(*id)).count();
            assert!((least..=most).contains(&taken), "{taken} of 4000 at {share}");
        }
        let (some, more) = (Sampling::of(0.1), Sampling::of(0.5));
        assert!(ids().all(|id| !some.is_some_and(|s| s.takes(id)) || more.is_some_and(|m| m.takes(id))));
        assert!(Sampling::of(1.1).is_none() && Sampling::of(-0.1).is_none() && Sampling::of(f64::NAN).is_none());
    }
}
