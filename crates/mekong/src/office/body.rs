//! What is sent: forms and JSON, small, read whole.

use super::failure::Failure;
use crate::serving::multipart::{self, FormError};
use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use mekong_base::Source;
use mekong_pki::request::CertificateRequest;
use serde::de::DeserializeOwned;

/// Longest body that is read, in bytes: the longest request in PEM, and room around it.
const MOST: usize = 256 << 10;
/// How much more is let come and thrown away, so that the sender hears the answer: browsers that are cut off show none.
const THROWN_AWAY: usize = 32 << 20;

/// The whole body.
///
/// # Errors
/// [`Failure::TooLarge`], [`Failure::Broke`].
pub(super) async fn whole(mut body: Body) -> Result<Bytes, Failure> {
    let (mut all, mut length) = (Vec::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(bytes) = frame.map_err(|error| Failure::Broke(error.to_string()))?.into_data() else { continue };
        length = length.saturating_add(bytes.len());
        if length > THROWN_AWAY {
            break;
        }
        match length > MOST {
            true => all.clear(),
            false => all.extend_from_slice(&bytes),
        }
    }
    if length > MOST { Err(Failure::TooLarge) } else { Ok(all.into()) }
}

/// A value in JSON.
///
/// # Errors
/// As [`whole`], and [`Failure::Json`] with the place.
pub(super) async fn json<T: DeserializeOwned>(headers: &HeaderMap, body: Body) -> Result<T, Failure> {
    let bytes = whole(body).await?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(Failure::Json(format!("Content-Type is {kind:?}, application/json is wanted")));
    }
    serde_json::from_slice(&bytes).map_err(|error| Failure::Json(error.to_string()))
}

/// The fields of a form.
pub(super) struct Fields(Vec<(String, Vec<u8>)>);

impl Fields {
    /// Takes in a form.
    ///
    /// # Errors
    /// As [`whole`], and [`Failure::Form`].
    pub(super) async fn take(headers: &HeaderMap, body: Body) -> Result<Self, Failure> {
        let form = whole(body).await?.to_vec();
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let boundary = multipart::boundary(kind)?;
        let boundary = boundary.ok_or_else(|| Failure::Form("multipart/form-data is wanted".to_owned()))?;
        let field = |part: multipart::Part| {
            let content = form.read(part.content, MOST).map_err(|error| Failure::Form(error.to_string()))?;
            Ok((part.name, content))
        };
        multipart::parts(&form, &boundary)?.into_iter().map(field).collect::<Result<_, Failure>>().map(Self)
    }

    /// A field's bytes; empty if it is not there.
    pub(super) fn bytes(&self, name: &str) -> &[u8] {
        self.0.iter().find(|(known, _)| known == name).map_or(&[], |(_, value)| value.as_slice())
    }

    /// A field's text; empty if it is not there or no text.
    pub(super) fn text(&self, name: &str) -> &str {
        std::str::from_utf8(self.bytes(name)).unwrap_or_default().trim()
    }

    /// The fields whose names begin with `prefix`, without it.
    pub(super) fn below(&self, prefix: &str) -> impl Iterator<Item = (String, String)> {
        self.0.iter().filter_map(move |(name, value)| {
            let value = String::from_utf8_lossy(value).trim().to_owned();
            name.strip_prefix(prefix).map(|name| (name.to_owned(), value))
        })
    }

    /// The certificate request that was chosen as a file or put in as text.
    ///
    /// # Errors
    /// [`Failure::NoRequest`], [`Failure::Request`].
    pub(super) fn request(&self) -> Result<CertificateRequest, Failure> {
        let chosen = self.bytes("file");
        let text = self.text("request").as_bytes();
        match (chosen.is_empty(), text.is_empty()) {
            (true, true) => Err(Failure::NoRequest),
            (true, false) => Ok(CertificateRequest::from_der_or_pem(text)?),
            (false, _) => Ok(CertificateRequest::from_der_or_pem(chosen)?),
        }
    }
}

impl From<FormError> for Failure {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Malformed(text) | FormError::Unreadable(text) => Self::Form(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn long_bodies_are_refused_and_not_kept() {
        assert_eq!(whole(Body::from(vec![0; MOST])).await.map(|all| all.len()).ok(), Some(MOST));
        for length in [MOST + 1, 10 << 20, THROWN_AWAY + 1] {
            assert!(matches!(whole(Body::from(vec![0; length])).await, Err(Failure::TooLarge)), "{length}");
        }
    }
}
