//! Does this answer belong to that request? Checked by the consumer's gateway before it trusts an answer.

use crate::wire::rest::{RestRequest, RestResponse, names};
use mekong_crypto::Digest;

/// An answer that belongs to another request; the provider's gateway is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the answer's {what} does not match the request: sent {sent:?}, received {received:?}")]
pub struct Inconsistent {
    /// The header that differs.
    pub what: &'static str,
    /// The request's value.
    pub sent: String,
    /// The answer's value.
    pub received: String,
}

/// Compares client, message id, service, request id and request hash, in the reference's order.
///
/// # Errors
/// [`Inconsistent`] for the first that differs.
pub fn check(request: &RestRequest, request_hash: &Digest, response: &RestResponse) -> Result<(), Inconsistent> {
    same(names::CLIENT, request.client(), response.client())?;
    same(names::ID, &request.id(), &response.id())?;
    same(names::SERVICE, request.service(), response.service())?;
    same(names::REQUEST_ID, &request.request_id(), &response.request_id())?;
    if request_hash.as_ref() == response.request_hash() {
        return Ok(());
    }
    let (sent, received) = (hex::encode(request_hash), hex::encode(response.request_hash()));
    Err(Inconsistent { what: names::REQUEST_HASH, sent, received })
}

fn same<T: PartialEq + ToString>(what: &'static str, sent: &T, received: &T) -> Result<(), Inconsistent> {
    if sent == received {
        return Ok(());
    }
    Err(Inconsistent { what, sent: sent.to_string(), received: received.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::rest::{Answer, Limits, RestError, request_hash};

    const LIMITS: Limits = Limits { bytes: 10_000, headers: 20 };

    fn request(client: &str, id: &str, service: &str, request_id: &str) -> Result<RestRequest, RestError> {
        let text = format!(
            "GET\r\n/r1/{service}\r\nx-road-client:{client}\r\nx-road-id:{id}\r\nx-road-request-id:{request_id}\r\n"
        );
        RestRequest::from_bytes(text.as_bytes(), LIMITS)
    }

    fn answer_to(request: &RestRequest, hash: &Digest) -> Result<RestResponse, RestError> {
        RestResponse::from_answer(Answer { status: 200, reason: "OK", headers: &[] }, request, hash, LIMITS)
    }

    #[test]
    fn every_difference_is_found() -> Result<(), RestError> {
        let asked = request("LA/GOV/A/x", "1", "VN/GOV/B/y/s", "r1")?;
        let hash = request_hash(asked.bytes(), None);
        assert_eq!(check(&asked, &hash, &answer_to(&asked, &hash)?), Ok(()));
        for (other, what) in [
            (request("LA/GOV/A/z", "1", "VN/GOV/B/y/s", "r1")?, names::CLIENT),
            (request("LA/GOV/A/x", "2", "VN/GOV/B/y/s", "r1")?, names::ID),
            (request("LA/GOV/A/x", "1", "VN/GOV/B/y/t", "r1")?, names::SERVICE),
            (request("LA/GOV/A/x", "1", "VN/GOV/B/y/s", "r2")?, names::REQUEST_ID),
        ] {
            assert_eq!(check(&asked, &hash, &answer_to(&other, &hash)?).map_err(|e| e.what), Err(what));
        }
        let other = request_hash(b"other", None);
        let found = check(&asked, &hash, &answer_to(&asked, &other)?);
        assert_eq!(found.map_err(|e| e.what), Err(names::REQUEST_HASH));
        Ok(())
    }
}
