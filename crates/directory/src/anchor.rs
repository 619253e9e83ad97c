//! Configuration anchors: where the configuration of an instance is fetched and which certificates sign it.
//!
//! An internal anchor leads to all parts and belongs to the instance's own gateways; an external one leads to the shared
//! parameters and is handed to federated instances. Both look the same.

use crate::DocumentError;
use crate::document::{Element, Writer, with_root};
use mekong_base::Instant;
use mekong_base::limits::XmlLimits;

/// A configuration anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// When it was made.
    pub generated_at: Option<Instant>,
    /// The instance it leads to.
    pub instance: String,
    /// Where to fetch; at least one.
    pub sources: Vec<AnchorSource>,
}

/// One place to fetch the configuration from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchorSource {
    /// URL of the signed directory, without `version`.
    pub url: String,
    /// DER of the certificates whose keys may sign it; at least one. They are chosen by hash and their validity periods
    /// mean nothing, as in the reference.
    pub certificates: Vec<Vec<u8>>,
}

impl Anchor {
    /// Reads an anchor file, at most [`XmlLimits::SMALL`].
    ///
    /// # Errors
    /// [`DocumentError`] if it is no anchor or names no source or certificate.
    pub fn read(bytes: &[u8]) -> Result<Self, DocumentError> {
        with_root("anchor", "configurationAnchor", bytes, &XmlLimits::SMALL, read)
    }

    /// Writes the anchor file.
    pub fn write(&self) -> String {
        Writer::new().root("configurationAnchor", |w| self.write_into(w))
    }

    pub(crate) fn write_into(&self, w: &mut Writer) {
        w.optional("generatedAt", self.generated_at.map(|t| t.to_string()).as_deref());
        w.text("instanceIdentifier", &self.instance);
        for source in &self.sources {
            w.element("source", &[], |w| {
                w.text("downloadURL", &source.url);
                source.certificates.iter().for_each(|c| w.base64("verificationCert", c));
            });
        }
    }

    /// Every certificate of every source.
    pub fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.sources.iter().flat_map(|s| s.certificates.iter().map(Vec::as_slice))
    }
}

/// Reads the content of an anchor, which is also an entry of the private parameters.
pub(crate) fn read(e: Element<'_, '_>) -> Result<Anchor, DocumentError> {
    let sources: Vec<AnchorSource> = e.children("source").map(source).collect::<Result<_, _>>()?;
    if sources.is_empty() {
        return Err(e.error("names no source"));
    }
    let instance = e.required_text("instanceIdentifier")?;
    let generated_at = e.child("generatedAt").map(generated_at).transpose()?.flatten();
    Ok(Anchor { generated_at, instance, sources })
}

/// `xs:dateTime` may lack an offset; the reference writes UTC.
fn generated_at(e: Element<'_, '_>) -> Result<Option<Instant>, DocumentError> {
    let text = e.text();
    if text.is_empty() {
        return Ok(None);
    }
    let instant = text.parse().or_else(|_| format!("{text}Z").parse::<Instant>());
    instant.map(Some).map_err(|error| e.error(error.to_string()))
}

fn source(e: Element<'_, '_>) -> Result<AnchorSource, DocumentError> {
    let certificates: Vec<Vec<u8>> =
        e.children("verificationCert").map(|c| c.certificate()).collect::<Result<_, _>>()?;
    if certificates.is_empty() {
        return Err(e.error("names no verificationCert"));
    }
    Ok(AnchorSource { url: e.required_text("downloadURL")?, certificates })
}
