//! Documents that are sent. The body is written to a file without a name, which the system forgets when it is closed, so
//! that memory does not depend on what strangers send.

use super::failure::Failure;
use crate::file::FileSource;
use crate::serving::multipart::{self, FormError};
use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use std::fs::File;
use std::io::Write as _;

/// Longest body in bytes, forms included: 64 MiB.
pub(super) const MOST: u64 = 64 << 20;

/// A document, with what its signature signs if that lies apart.
pub(super) struct Upload {
    /// The signed file.
    pub(super) document: Sent,
    /// What a detached signature signs.
    pub(super) contents: Vec<Sent>,
}

/// A file that was sent.
pub(super) struct Sent {
    /// As the sender calls it; nothing depends on it but what a report says.
    pub(super) name: Option<String>,
    /// Its bytes.
    pub(super) source: FileSource,
}

/// Takes in a body: the document itself, or a form.
///
/// # Errors
/// [`Failure::TooLarge`], [`Failure::Broke`], [`Failure::NoDocument`], [`Failure::Form`]; [`Failure::Broken`] if this
/// machine has no room.
pub(super) async fn take(headers: &HeaderMap, body: Body) -> Result<Upload, Failure> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MOST) {
        return Err(Failure::TooLarge);
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let boundary = multipart::boundary(kind)?;
    let file = spool(body).await?;
    super::aside(move || {
        let source = FileSource::of(file).map_err(broken)?;
        match boundary {
            Some(boundary) => of_form(&source, &boundary),
            None if mekong_base::Source::is_empty(&source) => Err(Failure::NoDocument),
            None => Ok(Upload { document: Sent { name: None, source }, contents: Vec::new() }),
        }
    })
    .await?
}

async fn spool(mut body: Body) -> Result<File, Failure> {
    let mut file = super::aside(tempfile::tempfile).await?.map_err(broken)?;
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(bytes) = frame.map_err(|error| Failure::Broke(error.to_string()))?.into_data() else { continue };
        length += bytes.len() as u64;
        if length > MOST {
            return Err(Failure::TooLarge);
        }
        // Pieces are small, and go to the page cache.
        file.write_all(&bytes).map_err(broken)?;
    }
    Ok(file)
}

impl From<FormError> for Failure {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Malformed(text) => Self::Form(text),
            FormError::Unreadable(text) => Self::Broken(text),
        }
    }
}

/// The parts `document` and `content` of a form. A field for a file that nobody chose counts as absent.
///
/// # Errors
/// [`Failure::Form`], [`Failure::NoDocument`].
fn of_form(form: &FileSource, boundary: &str) -> Result<Upload, Failure> {
    let (mut document, mut contents) = (None, Vec::new());
    for part in multipart::parts(form, boundary)? {
        let range = part.content.clone();
        if part.file_name.as_deref().unwrap_or_default().is_empty() && range.is_empty() {
            continue;
        }
        let sent = Sent { name: part.file_name.filter(|name| !name.is_empty()), source: form.part(range) };
        match part.name.as_str() {
            "document" if document.is_none() => document = Some(sent),
            "document" => return Err(Failure::Form("the form has two parts named document, one is judged".to_owned())),
            "content" => contents.push(sent),
            _ => {}
        }
    }
    Ok(Upload { document: document.ok_or(Failure::NoDocument)?, contents })
}

fn broken(error: std::io::Error) -> Failure {
    Failure::Broken(format!("keep a document while it is judged: {error}"))
}
