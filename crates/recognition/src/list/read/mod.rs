//! Lists from XML.

pub(crate) mod extension;
mod pointer;
mod provider;
mod scheme;

use super::{CERTIFICATES_MAX, DEVIATIONS_MAX, Deviation, ListError, Localized, STATUSES_MAX, TrustedList, XML_LIMITS};
use crate::uri::ns;
use mekong_base::Instant;
use mekong_xml::c14n::{Method, Subset, canonicalize};
use mekong_xml::roxmltree::{Document, Node};
use mekong_xml::{NS_XML, Place, find};

/// Reads a list from the bytes of its XML. Its signature is not looked at, see [`super::verify`].
///
/// # Errors
/// [`ListError`], with the place.
pub fn read(bytes: &[u8]) -> Result<TrustedList, ListError> {
    let text = mekong_xml::decode(bytes, &XML_LIMITS)?;
    from_document(&mekong_xml::parse(&text, &XML_LIMITS)?)
}

/// Reads a list from a parsed document.
pub(crate) fn from_document(document: &Document<'_>) -> Result<TrustedList, ListError> {
    let root = document.root_element();
    if !find::is(root, ns::LIST, "TrustServiceStatusList") {
        return Err(ListError::NotAList { path: find::path(root) });
    }
    let mut reader = Reader::default();
    let scheme = scheme::scheme(&mut reader, find::required_child(root, ns::LIST, "SchemeInformation")?)?;
    let providers = match find::child(root, ns::LIST, "TrustServiceProviderList")? {
        Some(all) => find::children(all, ns::LIST, "TrustServiceProvider")
            .map(|node| provider::provider(&mut reader, node))
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    let id = root.attribute("Id").map(str::to_owned);
    Ok(TrustedList { id, scheme, providers, deviations: reader.deviations })
}

/// What is counted and noted while a list is read.
#[derive(Default)]
pub(crate) struct Reader {
    statuses: usize,
    certificates: usize,
    deviations: Vec<Deviation>,
}

impl Reader {
    /// Notes what is not as it should be.
    pub(crate) fn deviation(&mut self, node: Node<'_, '_>, what: impl Into<String>) {
        if self.deviations.len() < DEVIATIONS_MAX {
            let (path, place) = (find::path(node), Place::of(node));
            self.deviations.push(Deviation { path, what: what.into(), place });
        }
    }

    fn count_status(&mut self, node: Node<'_, '_>) -> Result<(), ListError> {
        self.statuses += 1;
        if self.statuses > STATUSES_MAX {
            return Err(ListError::limit(node, "services and entries of their histories", STATUSES_MAX));
        }
        Ok(())
    }

    fn count_certificate(&mut self, node: Node<'_, '_>) -> Result<(), ListError> {
        self.certificates += 1;
        if self.certificates > CERTIFICATES_MAX {
            return Err(ListError::limit(node, "certificates", CERTIFICATES_MAX));
        }
        Ok(())
    }
}

/// The text of an element without the white space around it.
pub(crate) fn trimmed(node: Node<'_, '_>) -> Result<String, ListError> {
    Ok(find::text(node)?.trim().to_owned())
}

/// The text of an element, which must not be empty.
pub(crate) fn filled(node: Node<'_, '_>) -> Result<String, ListError> {
    let text = trimmed(node)?;
    if text.is_empty() { Err(ListError::malformed(node, "it is empty")) } else { Ok(text) }
}

/// The text of the only child of the list's namespace, which must be there and not be empty.
pub(crate) fn filled_child(node: Node<'_, '_>, name: &str) -> Result<String, ListError> {
    filled(find::required_child(node, ns::LIST, name)?)
}

/// An `xs:dateTime`; one without offset is read as UTC, as TS 119 612 §5.1.5 wants it written.
pub(crate) fn instant(node: Node<'_, '_>) -> Result<Instant, ListError> {
    let text = find::text(node)?;
    let text = text.trim();
    let parsed: Result<Instant, _> = text.parse();
    parsed.or_else(|_| format!("{text}Z").parse()).map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        ListError::malformed(node, format!("{shown:?} is not a time such as 2026-01-31T23:59:59Z"))
    })
}

/// An `xs:boolean`.
pub(crate) fn boolean(node: Node<'_, '_>, text: &str) -> Result<bool, ListError> {
    match text.trim() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        other => {
            let shown: String = other.chars().take(40).collect();
            Err(ListError::malformed(node, format!("{shown:?} is neither true nor false")))
        }
    }
}

/// The `Identifier` of a XAdES `ObjectIdentifierType`, without `urn:oid:`.
pub(crate) fn oid(node: Node<'_, '_>) -> Result<String, ListError> {
    let text = filled(find::required_child(node, ns::XADES, "Identifier")?)?;
    let mut dotted = text.as_str();
    while let Some((_, rest)) = dotted.split_at_checked(8).filter(|(start, _)| start.eq_ignore_ascii_case("urn:oid:")) {
        dotted = rest.trim();
    }
    Ok(dotted.to_owned())
}

/// `{namespace}name` of an element.
pub(crate) fn name_of(node: Node<'_, '_>) -> String {
    format!("{{{}}}{}", node.tag_name().namespace().unwrap_or_default(), node.tag_name().name())
}

/// An element as canonical XML that can stand anywhere.
pub(crate) fn xml_of(node: Node<'_, '_>) -> Result<String, ListError> {
    let canonical = canonicalize(Subset::Element(node), &Method::EXCLUSIVE)?;
    Ok(String::from_utf8_lossy(&canonical).into_owned())
}

/// All elements inside as canonical XML.
pub(crate) fn inner_xml(node: Node<'_, '_>) -> Result<String, ListError> {
    node.children().filter(Node::is_element).map(xml_of).collect()
}

/// The text and language of an element.
pub(crate) fn localized_text(reader: &mut Reader, node: Node<'_, '_>) -> Result<Localized, ListError> {
    let lang = node.attribute((NS_XML, "lang"));
    if lang.is_none() {
        reader.deviation(node, "xml:lang is missing");
    }
    Ok(Localized { lang: lang.unwrap_or_default().to_ascii_lowercase(), text: trimmed(node)? })
}

/// Texts in several languages: the children `name` of the list's namespace of the only child `parent`.
pub(crate) fn localized(
    reader: &mut Reader,
    node: Node<'_, '_>,
    parent: &str,
    name: &str,
) -> Result<Vec<Localized>, ListError> {
    let Some(all) = find::child(node, ns::LIST, parent)? else { return Ok(Vec::new()) };
    find::children(all, ns::LIST, name).map(|text| localized_text(reader, text)).collect()
}

/// As [`localized`], of something that should be there.
pub(crate) fn expected(
    reader: &mut Reader,
    node: Node<'_, '_>,
    parent: &str,
    name: &str,
) -> Result<Vec<Localized>, ListError> {
    let texts = localized(reader, node, parent, name)?;
    if texts.is_empty() {
        reader.deviation(node, format!("{parent} is missing or empty"));
    }
    Ok(texts)
}
