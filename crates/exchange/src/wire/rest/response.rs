//! Responses: made from the provider's answer, read from bytes at the consumer's gateway.

use super::head::{Head, write};
use super::request::identifier;
use super::{Limits, RestError, RestRequest, names};
use crate::wire::multipart::Header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_base::{ClientId, ServiceId};
use mekong_crypto::Digest;

/// What an information system answered, without its body.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// Reason phrase; may be empty.
    pub reason: &'a str,
    /// Its headers.
    pub headers: &'a [Header],
}

/// A response, exactly as it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestResponse {
    head: Head,
    status: u16,
    client: ClientId,
    service: ServiceId,
    request_hash: Vec<u8>,
}

impl RestResponse {
    /// The response to `request`, whose hash is given, from an information system's answer.
    ///
    /// # Errors
    /// Every [`RestError`] that an information system can cause.
    pub fn from_answer(
        answer: Answer<'_>,
        request: &RestRequest,
        request_hash: &Digest,
        limits: Limits,
    ) -> Result<Self, RestError> {
        const OURS: [&str; 5] = [names::ID, names::CLIENT, names::SERVICE, names::REQUEST_ID, names::REQUEST_HASH];
        let controls = |text: &str| text.contains(['\r', '\n', '\0']);
        if controls(answer.reason) || answer.headers.iter().any(|h| controls(&h.value) || h.name.contains(':')) {
            return Err(RestError::Control { line: 0 });
        }
        let (client, service) = (request.client().to_string(), request.service().to_string());
        let hash = STANDARD.encode(request_hash);
        let added = [
            (names::ID, request.id()),
            (names::CLIENT, client.as_str()),
            (names::SERVICE, service.as_str()),
            (names::REQUEST_ID, request.request_id()),
            (names::REQUEST_HASH, hash.as_str()),
        ];
        let text = write(&answer.status.to_string(), answer.reason, answer.headers, &OURS, &added);
        Self::from_text(text, limits)
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
        let status = status(head.get(&head.first))?;
        let value = |name| head.single(name)?.filter(|v| !v.is_empty()).ok_or(RestError::MissingHeader(name));
        let client = identifier(names::CLIENT, value(names::CLIENT)?)?;
        let service = identifier(names::SERVICE, value(names::SERVICE)?)?;
        value(names::ID)?;
        value(names::REQUEST_ID)?;
        let request_hash = STANDARD
            .decode(value(names::REQUEST_HASH)?)
            .map_err(|_| RestError::HeaderValue { name: names::REQUEST_HASH, expected: "base64" })?;
        Ok(Self { status, client, service, request_hash, head })
    }

    /// The bytes that are signed.
    pub fn bytes(&self) -> &[u8] {
        self.head.text.as_bytes()
    }

    /// HTTP status, 200 to 599.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The reason phrase.
    pub fn reason(&self) -> &str {
        self.head.get(&self.head.second)
    }

    /// Who asked.
    pub const fn client(&self) -> &ClientId {
        &self.client
    }

    /// The service that answered.
    pub const fn service(&self) -> &ServiceId {
        &self.service
    }

    /// The hash of the request that is answered.
    pub fn request_hash(&self) -> &[u8] {
        &self.request_hash
    }

    /// The message id of the request.
    pub fn id(&self) -> &str {
        self.head.single(names::ID).ok().flatten().unwrap_or_default()
    }

    /// The id of the exchange.
    pub fn request_id(&self) -> &str {
        self.head.single(names::REQUEST_ID).ok().flatten().unwrap_or_default()
    }

    /// All headers in order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head.headers()
    }
}

fn status(text: &str) -> Result<u16, RestError> {
    let number = text.parse::<u16>().ok().filter(|n| (200..600).contains(n) && text.len() == 3);
    number.ok_or_else(|| RestError::Status(text.chars().take(20).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::rest::request_hash;
    use mekong_crypto::DigestAlgorithm;

    const LIMITS: Limits = Limits { bytes: 10_000, headers: 20 };

    fn header(name: &str, value: &str) -> Header {
        Header { name: name.into(), value: value.into() }
    }

    fn request() -> Result<RestRequest, RestError> {
        let headers = [header("X-Road-Client", "LA/GOV/MOHA/civil"), header("X-Road-Id", "42")];
        RestRequest::from_http("GET", "/r1/VN/GOV/MPS/pop/persons?x=1", &headers, "rid", String::new, LIMITS)
    }

    #[test]
    fn a_response_repeats_the_request() -> Result<(), RestError> {
        let request = request()?;
        let hash = request_hash(request.bytes(), None);
        let headers = [header("Content-Type", "text/plain"), header("x-road-id", "forged"), header("Server", "x")];
        let response = RestResponse::from_answer(
            Answer { status: 200, reason: "OK", headers: &headers },
            &request,
            &hash,
            LIMITS,
        )?;
        let expected = format!(
            "200\r\nOK\r\nContent-Type:text/plain\r\nx-road-id:42\r\nx-road-client:LA/GOV/MOHA/civil\r\n\
             x-road-service:VN/GOV/MPS/pop/persons\r\nx-road-request-id:rid\r\nx-road-request-hash:{}\r\n",
            STANDARD.encode(hash)
        );
        assert_eq!(String::from_utf8_lossy(response.bytes()), expected);
        assert_eq!(RestResponse::from_bytes(expected.as_bytes(), LIMITS)?, response);
        assert_eq!(response.request_hash(), hash.as_ref());
        Ok(())
    }

    #[test]
    fn a_real_response_is_read() -> Result<(), RestError> {
        let text = "200\r\nOK\r\nContent-Type:application/json\r\nmock-response:true\r\n\
            Matched-Stub-Id:ef2dae0e\r\nx-road-id:DEV-d75ea6fd\r\nx-road-client:DEV/COM/4422/TestClient\r\n\
            x-road-service:DEV/COM/1234/TestService/mock1\r\nx-road-request-id:78b890f3\r\n\
            x-road-request-hash:7zmQ9CwnVrEWzWnCyXbXkQYGR+A7/i6e61JgWMLaEI8Bj1QWdrUVGijBBdyDdhcgOpfY8Sid1RhvRbs+aFbOhw==\r\n";
        let response = RestResponse::from_bytes(text.as_bytes(), LIMITS)?;
        assert_eq!((response.status(), response.reason(), response.request_hash().len()), (200, "OK", 64));
        Ok(())
    }

    #[test]
    fn bad_answers_of_information_systems_are_refused() -> Result<(), RestError> {
        let request = request()?;
        let hash = DigestAlgorithm::Sha512.digest(b"");
        let answer = |status, reason, headers: &[Header]| {
            RestResponse::from_answer(Answer { status, reason, headers }, &request, &hash, LIMITS).map(|_| ())
        };
        assert_eq!(answer(200, "OK", &[header("a", "b\r\nc:d")]), Err(RestError::Control { line: 0 }));
        assert_eq!(answer(200, "O\nK", &[]), Err(RestError::Control { line: 0 }));
        assert_eq!(answer(101, "Switching", &[]), Err(RestError::Status("101".into())));
        assert_eq!(answer(200, "", &[header("a b", "c")]), Err(RestError::Header { line: 3 }));
        Ok(())
    }

    #[test]
    fn responses_without_the_needed_headers_are_refused() {
        for missing in [names::ID, names::CLIENT, names::SERVICE, names::REQUEST_ID, names::REQUEST_HASH] {
            let all = [
                (names::ID, "1"),
                (names::CLIENT, "LA/GOV/A"),
                (names::SERVICE, "VN/GOV/B/c/d"),
                (names::REQUEST_ID, "2"),
                (names::REQUEST_HASH, "AAAA"),
            ];
            let lines: String =
                all.iter().filter(|(n, _)| *n != missing).map(|(n, v)| format!("{n}:{v}\r\n")).collect();
            let read = RestResponse::from_bytes(format!("200\r\nOK\r\n{lines}").as_bytes(), LIMITS);
            assert_eq!(read.map(|_| ()), Err(RestError::MissingHeader(missing)));
        }
    }
}
