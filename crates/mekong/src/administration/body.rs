//! What is sent: forms and JSON, read whole.

use super::failure::Failure;
use crate::serving::multipart;
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

async fn whole(mut body: Body) -> Result<Bytes, Failure> {
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
/// [`Failure::TooLarge`], [`Failure::Broke`], [`Failure::Json`] with the place.
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
    /// [`Failure::TooLarge`], [`Failure::Broke`], [`Failure::Form`].
    pub(super) async fn take(headers: &HeaderMap, body: Body) -> Result<Self, Failure> {
        let form = whole(body).await?.to_vec();
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let unreadable = |error: multipart::FormError| match error {
            multipart::FormError::Malformed(text) | multipart::FormError::Unreadable(text) => Failure::Form(text),
        };
        let boundary = multipart::boundary(kind).map_err(unreadable)?;
        let boundary = boundary.ok_or_else(|| Failure::Form("multipart/form-data is wanted".to_owned()))?;
        let field = |part: multipart::Part| {
            let content = form.read(part.content, MOST).map_err(|error| Failure::Form(error.to_string()))?;
            Ok((part.name, content))
        };
        multipart::parts(&form, &boundary)
            .map_err(unreadable)?
            .into_iter()
            .map(field)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// A field's text; empty if it is not there or no text.
    pub(super) fn text(&self, name: &str) -> &str {
        let bytes = self.0.iter().find(|(known, _)| known == name).map_or(&[][..], |(_, value)| value.as_slice());
        std::str::from_utf8(bytes).unwrap_or_default().trim()
    }
}
