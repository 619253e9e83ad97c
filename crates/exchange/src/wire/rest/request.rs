//! Requests: made from HTTP at the consumer's gateway, read from bytes at the provider's.

use super::head::{Head, write};
use super::{Limits, RestError, names};
use crate::wire::multipart::Header;
use mekong_base::ident::IdentError;
use mekong_base::{ClientId, ServerId, ServiceId};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// Longest message id, in bytes.
const ID_BYTES_MAX: usize = 255;
/// Longest path with its query, in bytes: no HTTP head of an information system has more, and rights are decided on it.
const TARGET_BYTES_MAX: usize = 64 << 10;

/// The methods that X-Road carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Verb {
    Delete,
    Get,
    Head,
    Options,
    Patch,
    Post,
    Put,
    Trace,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Delete, Self::Get, Self::Head, Self::Options, Self::Patch, Self::Post, Self::Put, Self::Trace];

    /// The method's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Trace => "TRACE",
        }
    }
}

impl Verb {
    /// Does it only read (RFC 9110 §9.2.1)?
    pub const fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options | Self::Trace)
    }
}

impl FromStr for Verb {
    type Err = RestError;
    fn from_str(text: &str) -> Result<Self, RestError> {
        let found = Self::ALL.into_iter().find(|v| v.as_str() == text);
        found.ok_or_else(|| RestError::Verb(text.chars().take(20).collect()))
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// On whose behalf a client asks: `[CLASS/]CODE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepresentedParty {
    /// The member class, if given.
    pub class: Option<String>,
    /// The member code or another identifier.
    pub code: String,
}

/// A request, exactly as it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestRequest {
    head: Head,
    verb: Verb,
    service: ServiceId,
    service_path: Range<usize>,
    query: Option<Range<usize>>,
    client: ClientId,
    security_server: Option<ServerId>,
    represented_party: Option<RepresentedParty>,
}

impl RestRequest {
    /// From an HTTP request. `target` is path and query as they stand on the wire; headers of the connection are left out;
    /// `request_id` is this exchange's; `new_id` becomes the message id if the sender gave none.
    ///
    /// # Errors
    /// Every [`RestError`] that a sender can cause.
    pub fn from_http(
        method: &str,
        target: &str,
        headers: &[Header],
        request_id: &str,
        new_id: impl FnOnce() -> String,
        limits: Limits,
    ) -> Result<Self, RestError> {
        let given = headers.iter().find(|h| h.name.eq_ignore_ascii_case(names::ID)).map(|h| h.value.trim());
        let has_id = given.is_some_and(|id| !id.is_empty());
        let made = if has_id { String::new() } else { new_id() };
        let mut added = vec![(names::REQUEST_ID, request_id)];
        let mut except = vec![names::REQUEST_ID, names::REQUEST_HASH];
        if !has_id {
            added.push((names::ID, made.as_str()));
            except.push(names::ID);
        }
        // A line end in a value would make two headers of one; the parser would not see it any more.
        if headers.iter().any(|h| h.value.contains(['\r', '\n', '\0']) || h.name.contains(['\r', '\n', ':'])) {
            return Err(RestError::Control { line: 0 });
        }
        Self::from_text(write(method, target, headers, &except, &added), limits)
    }

    /// From the bytes of a message part.
    ///
    /// # Errors
    /// Every [`RestError`].
    pub fn from_bytes(bytes: &[u8], limits: Limits) -> Result<Self, RestError> {
        let text = std::str::from_utf8(bytes).map_err(|_| RestError::NotUtf8)?;
        Self::from_text(text.to_owned(), limits)
    }

    fn from_text(text: String, limits: Limits) -> Result<Self, RestError> {
        let head = Head::parse(text, limits)?;
        let verb = head.get(&head.first).parse()?;
        let target = target(head.get(&head.second))?;
        let at = head.second.start;
        let client =
            head.single(names::CLIENT)?.filter(|v| !v.is_empty()).ok_or(RestError::MissingHeader(names::CLIENT))?;
        let client = identifier(names::CLIENT, client)?;
        let security_server =
            head.single(names::SECURITY_SERVER)?.map(|v| identifier(names::SECURITY_SERVER, v)).transpose()?;
        let represented_party = head.single(names::REPRESENTED_PARTY)?.map(represented_party).transpose()?;
        for name in [names::ID, names::REQUEST_ID] {
            if head.single(name)?.is_none_or(|v| v.is_empty() || v.len() > ID_BYTES_MAX) {
                return Err(RestError::MissingHeader(name));
            }
        }
        for name in [names::USER_ID, names::ISSUE] {
            head.single(name)?;
        }
        Ok(Self {
            verb,
            service: target.service,
            service_path: at + target.service_path.start..at + target.service_path.end,
            query: target.query.map(|q| at + q.start..at + q.end),
            client,
            security_server,
            represented_party,
            head,
        })
    }

    /// The bytes that are signed.
    pub fn bytes(&self) -> &[u8] {
        self.head.text.as_bytes()
    }

    /// The method.
    pub const fn verb(&self) -> Verb {
        self.verb
    }

    /// The service asked.
    pub const fn service(&self) -> &ServiceId {
        &self.service
    }

    /// Who asks.
    pub const fn client(&self) -> &ClientId {
        &self.client
    }

    /// The gateway that shall answer, if the sender chose one.
    pub const fn security_server(&self) -> Option<&ServerId> {
        self.security_server.as_ref()
    }

    /// On whose behalf, if said.
    pub const fn represented_party(&self) -> Option<&RepresentedParty> {
        self.represented_party.as_ref()
    }

    /// The path after the service, with its leading `/`, as sent; empty if there is none.
    pub fn service_path(&self) -> &str {
        self.head.get(&self.service_path)
    }

    /// The query without its `?`, as sent.
    pub fn query(&self) -> Option<&str> {
        self.query.as_ref().map(|q| self.head.get(q))
    }

    /// The message id.
    pub fn id(&self) -> &str {
        self.value(names::ID)
    }

    /// The id of this exchange.
    pub fn request_id(&self) -> &str {
        self.value(names::REQUEST_ID)
    }

    /// All headers in order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head.headers()
    }

    fn value(&self, name: &'static str) -> &str {
        self.head.single(name).ok().flatten().unwrap_or_default()
    }
}

struct Target {
    service: ServiceId,
    service_path: Range<usize>,
    query: Option<Range<usize>>,
}

/// Takes a request target apart. Only characters that every URI parser agrees on are let in (RFC 3986 §3.3, §3.4).
fn target(text: &str) -> Result<Target, RestError> {
    // Errors are logged: they show the service, and nothing of what is asked about.
    let shown = || text.split(['?', '#']).next().unwrap_or_default().split('/').take(7).collect::<Vec<_>>().join("/");
    let refuse = |reason| RestError::Path { path: shown().chars().take(200).collect(), reason };
    if text.len() > TARGET_BYTES_MAX {
        return Err(refuse("path and query have more than 65536 bytes"));
    }
    if !text.starts_with('/') || text.starts_with("//") {
        return Err(refuse("it must begin with one slash, without scheme and host"));
    }
    let path_length = text.find('?').unwrap_or(text.len());
    let (path, query) = (text.get(..path_length).unwrap_or_default(), text.get(path_length + 1..));
    if !path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.!~*'():@&=+$,;/%".contains(&b)) {
        return Err(refuse("a character in the path must be percent-encoded"));
    }
    let of_query = |b: u8| b.is_ascii_alphanumeric() || b"-_.!~*'():@&=+$,;/?[]%".contains(&b);
    if !query.unwrap_or_default().bytes().all(of_query) {
        return Err(refuse("a character in the query must be percent-encoded"));
    }
    if !escapes_are_whole(text) {
        return Err(refuse("a % is not followed by two hexadecimal digits"));
    }
    let mut segments = path.splitn(8, '/').skip(1);
    let version = segments.next().unwrap_or_default();
    if version != "r1" {
        return Err(RestError::Version(version.chars().take(20).collect()));
    }
    let ids: Vec<&str> = segments.by_ref().take(5).collect();
    if ids.len() < 5 {
        return Err(refuse("it must name instance, class, member, subsystem and service"));
    }
    let ids = ids.join("/");
    let service = identifier("path", &ids)?;
    Ok(Target {
        service,
        service_path: ("/r1/".len() + ids.len()).min(path_length)..path_length,
        query: query.map(|_| path_length + 1..text.len()),
    })
}

fn escapes_are_whole(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hex = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_hexdigit);
    memchr::memchr_iter(b'%', bytes).all(|i| hex(i + 1) && hex(i + 2))
}

pub(super) fn identifier<T: FromStr<Err = IdentError>>(place: &'static str, text: &str) -> Result<T, RestError> {
    text.parse().map_err(|source| RestError::Identifier { place, source })
}

fn represented_party(text: &str) -> Result<RepresentedParty, RestError> {
    let parts: Vec<&str> = text.split('/').collect();
    let decoded = |part: &str| {
        let wrong = |source| RestError::Identifier { place: names::REPRESENTED_PARTY, source };
        let text = percent_encoding::percent_decode_str(part).decode_utf8();
        let text = text.map_err(|_| wrong(IdentError::NotUtf8(part.to_owned())))?.into_owned();
        mekong_base::ident::check_segment(&text).map_err(wrong)?;
        Ok(text)
    };
    match parts.as_slice() {
        [code] => Ok(RepresentedParty { class: None, code: decoded(code)? }),
        [class, code] => Ok(RepresentedParty { class: Some(decoded(class)?), code: decoded(code)? }),
        _ => Err(RestError::HeaderValue { name: names::REPRESENTED_PARTY, expected: "[class/]code" }),
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
