//! What is sent to a page or an API: forms and JSON, read whole.

use super::multipart::{self, FormError};
use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use mekong_base::Source;
use serde::de::DeserializeOwned;

/// Longest body that is read, in bytes: a declaration of thousands of rights.
const MOST: usize = 8 << 20;
/// How much more is let come and thrown away, so that the sender hears the answer: browsers that are cut off show none.
const THROWN_AWAY: usize = 32 << 20;

/// Why what was sent cannot be taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// More bytes than are taken.
    TooLarge,
    /// It did not come whole: why.
    Broke(String),
    /// The form cannot be read: why.
    Form(String),
    /// The JSON cannot be read: where and why.
    Json(String),
}

impl From<FormError> for BodyError {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Malformed(text) | FormError::Unreadable(text) => Self::Form(text),
        }
    }
}

async fn whole(mut body: Body) -> Result<Bytes, BodyError> {
    let (mut all, mut length) = (Vec::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(bytes) = frame.map_err(|error| BodyError::Broke(error.to_string()))?.into_data() else { continue };
        length = length.saturating_add(bytes.len());
        if length > THROWN_AWAY {
            break;
        }
        match length > MOST {
            true => all.clear(),
            false => all.extend_from_slice(&bytes),
        }
    }
    if length > MOST { Err(BodyError::TooLarge) } else { Ok(all.into()) }
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default()
}

/// A value in JSON.
///
/// # Errors
/// [`BodyError::TooLarge`], [`BodyError::Broke`], [`BodyError::Json`] with the place.
pub(crate) async fn json<T: DeserializeOwned>(headers: &HeaderMap, body: Body) -> Result<T, BodyError> {
    let bytes = whole(body).await?;
    let kind = content_type(headers);
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(BodyError::Json(format!("Content-Type is {kind:?}, application/json is wanted")));
    }
    serde_json::from_slice(&bytes).map_err(|error| BodyError::Json(error.to_string()))
}

/// The fields of a form.
pub(crate) struct Fields(Vec<(String, Vec<u8>)>);

impl Fields {
    /// Takes in a form.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`], [`BodyError::Broke`], [`BodyError::Form`].
    pub(crate) async fn take(headers: &HeaderMap, body: Body) -> Result<Self, BodyError> {
        let form = whole(body).await?.to_vec();
        let boundary = multipart::boundary(content_type(headers))?;
        let boundary = boundary.ok_or_else(|| BodyError::Form("multipart/form-data is wanted".to_owned()))?;
        let field = |part: multipart::Part| {
            let content = form.read(part.content, MOST).map_err(|error| BodyError::Form(error.to_string()))?;
            Ok((part.name, content))
        };
        multipart::parts(&form, &boundary)?.into_iter().map(field).collect::<Result<_, BodyError>>().map(Self)
    }

    /// A field's bytes; empty if it is not there.
    pub(crate) fn bytes(&self, name: &str) -> &[u8] {
        self.0.iter().find(|(known, _)| known == name).map_or(&[], |(_, value)| value.as_slice())
    }

    /// A field's text; empty if it is not there or no text.
    pub(crate) fn text(&self, name: &str) -> &str {
        std::str::from_utf8(self.bytes(name)).unwrap_or_default().trim()
    }

    /// The fields whose names begin with `prefix`, without it.
    pub(crate) fn below(&self, prefix: &str) -> impl Iterator<Item = (String, String)> {
        self.0.iter().filter_map(move |(name, value)| {
            let value = String::from_utf8_lossy(value).trim().to_owned();
            name.strip_prefix(prefix).map(|name| (name.to_owned(), value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn long_bodies_are_refused_and_not_kept() {
        assert_eq!(whole(Body::from(vec![0; MOST])).await.map(|all| all.len()), Ok(MOST));
        for length in [MOST + 1, 10 << 20, THROWN_AWAY + 1] {
            assert_eq!(whole(Body::from(vec![0; length])).await, Err(BodyError::TooLarge), "{length}");
        }
    }
}
