//! Downloading the configuration of one instance from one place.

use super::location;
use crate::globalconf::{InstanceConf, Part, PartMetadata};
use crate::signed::{ListedPart, TrustedCertificates, VerifiedDirectory, generation};
use crate::{Anchor, DirectoryError, PRIVATE_PARAMETERS, SHARED_PARAMETERS, SignedDirectory, Version};
use http::StatusCode;
use mekong_authority::http::{Client as HttpClient, HttpError, Response};
use mekong_base::Instant;
use std::collections::HashSet;
use std::time::Duration;

/// Parts of one instance.
const PARTS_MAX: usize = 32;

/// Why one place gave nothing usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// It could not be asked, or its answer is an error.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It has none of the versions 6 to 2.
    #[error("{url}: has no version from 6 down to 2 (HTTP 404 for each)")]
    NoVersion {
        /// The URL asked.
        url: String,
    },
    /// What it gave is not accepted.
    #[error("{url}: {source}")]
    Directory {
        /// The URL asked.
        url: String,
        /// Why.
        source: DirectoryError,
    },
}

impl FetchError {
    /// The stable code: that of the directory's fault, or `unreachable`, or `no_version`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Http(_) => "unreachable",
            Self::NoVersion { .. } => "no_version",
            Self::Directory { source, .. } => source.code(),
        }
    }
}

/// What is downloaded and what it is compared with.
pub(super) struct Target<'a> {
    pub(super) anchor: &'a Anchor,
    /// Shared parameters alone, as of a federated instance.
    pub(super) shared_only: bool,
    /// What was accepted before.
    pub(super) current: Option<&'a InstanceConf>,
    pub(super) now: Instant,
    pub(super) rollback_tolerance: Duration,
}

impl Target<'_> {
    /// Downloads from `url`: the newest version there, verified, and the parts that we do not have yet.
    pub(super) async fn fetch(&self, http: &HttpClient, url: &str) -> Result<Vec<Part>, FetchError> {
        let answer = newest(http, url).await?;
        let refused = |source| FetchError::Directory { url: answer.url.clone(), source };
        let directory = SignedDirectory::parse(with_content_type(&answer)).map_err(refused)?;
        let verified = directory.verify(&self.trusted().map_err(refused)?, self.now).map_err(refused)?;
        self.refuse_rollback(&verified).map_err(refused)?;
        let wanted = self.wanted(&verified).map_err(refused)?;
        let mut parts = Vec::with_capacity(wanted.len());
        for (listed, file_name) in wanted {
            let bytes = match self.held(listed) {
                Some(bytes) => bytes,
                None => {
                    let body = http.get(&location::on_server(url, &listed.location)).await?.success()?.body;
                    listed.check(&body).map_err(refused)?;
                    std::sync::Arc::from(&*body)
                }
            };
            parts.push(Part { metadata: metadata(listed, &verified), file_name, bytes });
        }
        Ok(parts)
    }

    /// Certificates of the anchor, and those that the accepted shared parameters announce.
    fn trusted(&self) -> Result<TrustedCertificates, DirectoryError> {
        let mut trusted = TrustedCertificates::from_anchor(self.anchor);
        if let Some(current) = self.current {
            let kind = location::kind(self.anchor);
            let name = "accepted before";
            trusted.add_shared_parameters(current.shared(), kind, Some(&self.anchor.instance), name)?;
        }
        Ok(trusted)
    }

    /// The listed parts that are downloaded, with their names on disk.
    fn wanted<'d>(&self, verified: &'d VerifiedDirectory<'_>) -> Result<Vec<(&'d ListedPart, String)>, DirectoryError> {
        let listed = verified.parts().iter().filter(|p| !self.shared_only || p.content_id == SHARED_PARAMETERS);
        let wanted: Vec<_> = listed.map(|p| Ok((p, file_name(p)?))).collect::<Result<_, DirectoryError>>()?;
        let names: HashSet<&str> = wanted.iter().map(|(_, name)| name.as_str()).collect();
        if names.len() != wanted.len() || wanted.len() > PARTS_MAX {
            let reason = format!("it lists a part twice, or more than {PARTS_MAX}");
            return Err(DirectoryError::Malformed(reason));
        }
        let needed: &[&str] =
            if self.shared_only { &[SHARED_PARAMETERS] } else { &[SHARED_PARAMETERS, PRIVATE_PARAMETERS] };
        match needed.iter().find(|id| wanted.iter().all(|(p, _)| p.content_id != **id)) {
            None => Ok(wanted),
            Some(id) => Err(DirectoryError::PartUnavailable {
                part: (*id).to_owned(),
                location: String::new(),
                reason: "the directory does not list it; is the anchor the internal one?".into(),
            }),
        }
    }

    /// The bytes of a part that we have already.
    fn held(&self, listed: &ListedPart) -> Option<std::sync::Arc<[u8]>> {
        let parts = self.current?.parts().iter();
        let same = |p: &&Part| p.metadata.content_id == listed.content_id && listed.check(&p.bytes).is_ok();
        parts.into_iter().find(same).map(|p| std::sync::Arc::clone(&p.bytes))
    }

    /// Refuses a directory that is older than the accepted one.
    ///
    /// A directory's age is the generation in its locations, else its expiry. Several central servers of one instance
    /// generate independently, so that the next source may be a little older: `rollback_tolerance` allows for that.
    /// Once the accepted one has expired, any that is valid is taken.
    fn refuse_rollback(&self, verified: &VerifiedDirectory<'_>) -> Result<(), DirectoryError> {
        let Some(accepted) = self.current.and_then(|c| c.part(SHARED_PARAMETERS)).map(|p| &p.metadata) else {
            return Ok(());
        };
        let accepted_expiry = accepted.expires.unwrap_or(self.now);
        if accepted_expiry <= self.now {
            return Ok(());
        }
        let offered_location = verified.parts().iter().find(|p| p.content_id == SHARED_PARAMETERS).map(|p| &p.location);
        let offered = offered_location.and_then(|l| generated_at(l));
        let (old, new) = match (accepted.location.as_ref().and_then(|l| generated_at(l)), offered) {
            (Some(old), Some(new)) => (old, new),
            _ => (accepted_expiry, verified.expires()),
        };
        if new + self.rollback_tolerance < old {
            return Err(DirectoryError::Rollback { accepted: old.to_string(), offered: new.to_string() });
        }
        Ok(())
    }
}

/// The instant of the generation in a `Content-location`; `None` if it is not written as the reference does.
pub fn generated_at(location: &str) -> Option<Instant> {
    let digits = generation(location)?;
    let field = |range: std::ops::Range<usize>| digits.get(range);
    let text = format!(
        "{}-{}-{}T{}:{}:{}.{}Z",
        field(0..4)?,
        field(4..6)?,
        field(6..8)?,
        field(8..10)?,
        field(10..12)?,
        field(12..14)?,
        digits.get(14..digits.len().min(20))?
    );
    text.parse().ok()
}

/// Asks for the newest version first; 404 means that it is not there.
async fn newest(http: &HttpClient, url: &str) -> Result<Response, FetchError> {
    for version in Version::NEWEST_FIRST {
        let Some(versioned) = location::versioned(url, version) else {
            return Ok(http.get(url).await?.success()?);
        };
        let answer = http.get(&versioned).await?;
        if answer.status != StatusCode::NOT_FOUND {
            return Ok(answer.success()?);
        }
    }
    Err(FetchError::NoVersion { url: url.to_owned() })
}

/// Servers send the message with its own `Content-Type` in the body; one that does not gave it as its header.
fn with_content_type(answer: &Response) -> Vec<u8> {
    const NAME: &[u8] = b"content-type:";
    if answer.body.get(..NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAME)) {
        return answer.body.to_vec();
    }
    let header = answer.headers.get(http::header::CONTENT_TYPE).map(|v| v.as_bytes()).unwrap_or_default();
    [b"Content-Type: ", header, b"\r\n\r\n", &answer.body].concat()
}

fn metadata(listed: &ListedPart, verified: &VerifiedDirectory<'_>) -> PartMetadata {
    PartMetadata {
        content_id: listed.content_id.clone(),
        instance: listed.instance.clone().unwrap_or_else(|| verified.instance().to_owned()),
        expires: Some(verified.expires()),
        file_name: listed.file_name.clone(),
        location: Some(listed.location.clone()),
        version: verified.version(),
    }
}

/// The name on disk: fixed for the main parts, else as suggested, of plain characters only.
fn file_name(listed: &ListedPart) -> Result<String, DirectoryError> {
    let suggested = listed.file_name.as_deref().or_else(|| listed.location.rsplit('/').next()).unwrap_or_default();
    let name = match listed.content_id.as_str() {
        SHARED_PARAMETERS => "shared-params.xml",
        PRIVATE_PARAMETERS => "private-params.xml",
        _ => suggested,
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if name.is_empty()
        || name.len() > 100
        || name.starts_with('.')
        || name.ends_with(".metadata")
        || !name.bytes().all(plain)
    {
        return Err(DirectoryError::UnsafeLocation(suggested.to_owned()));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_instants() {
        let at = generated_at("/V6/20251110170000548026000/shared-params.xml");
        assert_eq!(at.map(|t| t.to_string()).as_deref(), Some("2025-11-10T17:00:00.548026Z"));
        assert_eq!(generated_at("/V6/20251310170000548026000/shared-params.xml"), None);
        assert_eq!(generated_at("/shared-params.xml"), None);
    }

    #[test]
    fn names_on_disk_are_plain() {
        let listed = |id: &str, location: &str, name: Option<&str>| ListedPart {
            content_id: id.into(),
            instance: None,
            location: location.into(),
            file_name: name.map(str::to_owned),
            digest_algorithm: mekong_crypto::DigestAlgorithm::Sha512,
            digest: Vec::new(),
        };
        assert_eq!(file_name(&listed(SHARED_PARAMETERS, "/x", Some("../y"))), Ok("shared-params.xml".into()));
        assert_eq!(file_name(&listed("FOO", "/a/foo.xml", None)), Ok("foo.xml".into()));
        for bad in ["../y", ".hidden", "a/b", "x.metadata", ""] {
            assert!(file_name(&listed("FOO", "/a/foo.xml", Some(bad))).is_err(), "{bad}");
        }
    }
}
