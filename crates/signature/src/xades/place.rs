//! Places in a document where something can be put in.

use super::names::{self, XADES_132};
use super::original::document_error;
use crate::facts::Level;
use crate::making::MakeError;
use mekong_xml::roxmltree::Node;

/// The place after the last child of an element, with what has to stand around.
pub(super) struct Place {
    /// Offset in the parsed text.
    pub(super) at: usize,
    /// Bytes that are replaced: the `/>` of an empty element.
    pub(super) replaces: usize,
    pub(super) before: String,
    pub(super) after: String,
    /// The prefix, with colon, of the XAdES elements there.
    prefix: String,
}

impl Place {
    /// The tags of an element that declares its namespace if it is not the one of the elements around.
    pub(super) fn around(&self, name: &str, namespace: &str) -> (String, String) {
        if namespace == XADES_132 {
            let prefix = &self.prefix;
            return (format!("<{prefix}{name}>"), format!("</{prefix}{name}>"));
        }
        (format!(r#"<xades141:{name} xmlns:xades141="{namespace}">"#), format!("</xades141:{name}>"))
    }

    /// The prefix, with colon, of the XAdES elements there.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }
}

/// The end of an element.
pub(super) fn end_of(element: Node<'_, '_>) -> Place {
    let range = element.range();
    let written = element.document().input_text().get(range.clone()).unwrap_or_default();
    let prefix = prefix(element);
    match written.strip_suffix("/>") {
        Some(_) => Place {
            at: range.end.saturating_sub(2),
            replaces: 2,
            before: ">".into(),
            after: format!("</{}>", written_name(written)),
            prefix,
        },
        None => Place {
            at: range.start + written.rfind("</").unwrap_or(written.len()),
            replaces: 0,
            before: String::new(),
            after: String::new(),
            prefix,
        },
    }
}

/// The end of the `UnsignedSignatureProperties` of a signature; they are made if they are missing.
///
/// # Errors
/// [`MakeError::Level`] if the signature has no qualifying properties of XAdES 1.3.2; [`MakeError::Document`] if an archive
/// time-stamp covers it as a counter-signature.
pub(super) fn unsigned(signature: Node<'_, '_>) -> Result<Place, MakeError> {
    let is_covered = |property: Node<'_, '_>| {
        property.next_siblings().any(|next| names::local(next).starts_with("ArchiveTimeStamp"))
    };
    if signature.ancestors().any(|a| names::is(a, "CounterSignature") && is_covered(a)) {
        let reason = "an archive time-stamp covers this counter-signature: nothing can be added to it";
        return Err(document_error(signature.attribute("Id").unwrap_or("signature"), reason));
    }
    let objects = signature.children().filter(|c| mekong_xml::find::is(*c, mekong_xml::NS_DSIG, "Object"));
    let mut properties = objects.flat_map(|o| o.children()).filter(|c| names::is(*c, "QualifyingProperties"));
    let properties = properties.next().filter(|p| p.tag_name().namespace() == Some(XADES_132));
    let Some(properties) = properties else {
        return Err(MakeError::Level { wanted: Level::T, found: Level::NotAdes });
    };
    let mut at = properties;
    let mut missing = Vec::new();
    for name in ["UnsignedProperties", "UnsignedSignatureProperties"] {
        match names::child(at, name).filter(|_| missing.is_empty()) {
            Some(child) => at = child,
            None => missing.push(name),
        }
    }
    let mut place = end_of(at);
    // `UnsignedDataObjectProperties` come last.
    if let Some(next) = names::child(at, "UnsignedDataObjectProperties").filter(|_| !missing.is_empty()) {
        place.at = next.range().start;
    }
    for name in missing {
        let (open, close) = place.around(name, XADES_132);
        place.before.push_str(&open);
        place.after.insert_str(0, &close);
    }
    Ok(place)
}

/// The prefix, with colon, by which an element is written.
fn prefix(element: Node<'_, '_>) -> String {
    let written = element.document().input_text().get(element.range()).unwrap_or_default();
    let name = written_name(written);
    name.find(':').and_then(|colon| name.get(..=colon)).unwrap_or_default().to_owned()
}

/// The name with which a start tag begins.
fn written_name(tag: &str) -> &str {
    let name = tag.strip_prefix('<').unwrap_or(tag);
    let end = name.find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')).unwrap_or(name.len());
    name.get(..end).unwrap_or_default()
}
