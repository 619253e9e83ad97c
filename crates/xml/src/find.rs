//! Elements, attributes, texts and Ids by name, with errors that name the place.
//!
//! A namespace of `""` means none.

use crate::{NS_XML, Place};
use roxmltree::{Document, Node};
use std::borrow::Cow;

/// Attribute names that identify an element when there is no schema; `xml:id` counts too.
pub const ID_NAMES: [&str; 3] = ["Id", "ID", "id"];

/// What was looked for and not found as it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// A required element is missing.
    #[error("{path}: element {name} is missing ({place})")]
    MissingElement {
        /// The parent, as `/a/b`.
        path: String,
        /// The name looked for.
        name: String,
        /// Where the parent starts.
        place: Place,
    },
    /// An element that may occur once occurs again.
    #[error("{path}: element {name} occurs more than once ({place})")]
    RepeatedElement {
        /// The parent.
        path: String,
        /// The name.
        name: String,
        /// Where the second one starts.
        place: Place,
    },
    /// A required attribute is missing.
    #[error("{path}: attribute {name} is missing ({place})")]
    MissingAttribute {
        /// The element.
        path: String,
        /// The name looked for.
        name: String,
        /// Where the element starts.
        place: Place,
    },
    /// An element that should hold only text holds elements.
    #[error("{path}: only text is allowed here ({place})")]
    NotText {
        /// The element.
        path: String,
        /// Where the first child element starts.
        place: Place,
    },
    /// The text of an element cannot be read as what it should be.
    #[error("{path}: {expected} expected ({place})")]
    Unreadable {
        /// The element.
        path: String,
        /// Such as `a number`.
        expected: &'static str,
        /// Where the element starts.
        place: Place,
    },
    /// No element has this Id.
    #[error("no element has the Id {id:?}")]
    MissingId {
        /// The Id.
        id: String,
    },
    /// More than one element has this Id.
    #[error("more than one element has the Id {id:?} ({place})")]
    DuplicateId {
        /// The Id.
        id: String,
        /// Where the second one starts.
        place: Place,
    },
}

/// Whether a node is the element `{ns}name`.
pub fn is(node: Node<'_, '_>, ns: &str, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name && node.tag_name().namespace().unwrap_or_default() == ns
}

/// The child elements `{ns}name`, in document order.
pub fn children<'a, 'i>(node: Node<'a, 'i>, ns: &'a str, name: &'a str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |c| is(*c, ns, name))
}

/// The only child element `{ns}name`, if there is one.
///
/// # Errors
/// [`FindError::RepeatedElement`].
pub fn child<'a, 'i>(node: Node<'a, 'i>, ns: &str, name: &str) -> Result<Option<Node<'a, 'i>>, FindError> {
    let mut found = node.children().filter(|c| is(*c, ns, name));
    let first = found.next();
    match found.next() {
        None => Ok(first),
        Some(second) => {
            Err(FindError::RepeatedElement { path: path(node), name: name.into(), place: Place::of(second) })
        }
    }
}

/// The only child element `{ns}name`.
///
/// # Errors
/// [`FindError::MissingElement`] or [`FindError::RepeatedElement`].
pub fn required_child<'a, 'i>(node: Node<'a, 'i>, ns: &str, name: &str) -> Result<Node<'a, 'i>, FindError> {
    child(node, ns, name)?.ok_or_else(|| FindError::MissingElement {
        path: path(node),
        name: name.into(),
        place: Place::of(node),
    })
}

/// The whole text of an element: comments and instructions inside do not cut it short.
///
/// # Errors
/// [`FindError::NotText`] if it has child elements.
pub fn text<'a>(node: Node<'a, '_>) -> Result<Cow<'a, str>, FindError> {
    let mut whole = Cow::Borrowed("");
    for part in node.children() {
        if part.is_element() {
            return Err(FindError::NotText { path: path(node), place: Place::of(part) });
        }
        if let Some(piece) = part.text().filter(|_| part.is_text()) {
            if whole.is_empty() {
                whole = Cow::Borrowed(piece);
            } else {
                whole.to_mut().push_str(piece);
            }
        }
    }
    Ok(whole)
}

/// The text of the only child element `{ns}name`, if there is one.
///
/// # Errors
/// As [`child`] and [`text`].
pub fn child_text<'a>(node: Node<'a, '_>, ns: &str, name: &str) -> Result<Option<Cow<'a, str>>, FindError> {
    child(node, ns, name)?.map(text).transpose()
}

/// The text of the only child element `{ns}name`.
///
/// # Errors
/// As [`required_child`] and [`text`].
pub fn required_text<'a>(node: Node<'a, '_>, ns: &str, name: &str) -> Result<Cow<'a, str>, FindError> {
    text(required_child(node, ns, name)?)
}

/// The attribute without namespace of this name.
///
/// # Errors
/// [`FindError::MissingAttribute`].
pub fn required_attribute<'a>(node: Node<'a, '_>, name: &str) -> Result<&'a str, FindError> {
    node.attribute(name).ok_or_else(|| FindError::MissingAttribute {
        path: path(node),
        name: name.into(),
        place: Place::of(node),
    })
}

/// The bytes of an element's base64 text; white space anywhere in it is ignored.
///
/// # Errors
/// [`FindError::Unreadable`] or [`FindError::NotText`].
pub fn base64(node: Node<'_, '_>) -> Result<Vec<u8>, FindError> {
    use base64::Engine as _;
    let text = text(node)?;
    let compact: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(compact).map_err(|_| FindError::Unreadable {
        path: path(node),
        expected: "base64",
        place: Place::of(node),
    })
}

/// As [`base64`], without a reason: to say where something is takes time linear in the document, too long where an attacker
/// decides how often.
pub fn decoded(node: Node<'_, '_>) -> Option<Vec<u8>> {
    use base64::Engine as _;
    if node.children().any(|c| c.is_element()) {
        return None;
    }
    let texts = node.children().filter(Node::is_text).filter_map(|n| n.text());
    let mut compact = Vec::new();
    texts.flat_map(str::split_ascii_whitespace).for_each(|line| compact.extend_from_slice(line.as_bytes()));
    base64::engine::general_purpose::STANDARD.decode(compact).ok()
}

/// The only element whose `Id`, `ID`, `id` or `xml:id` is `id`.
///
/// # Errors
/// [`FindError::MissingId`], or [`FindError::DuplicateId`]: a document where two elements answer to one Id is not to be
/// trusted.
pub fn by_id<'a, 'i>(document: &'a Document<'i>, id: &str) -> Result<Node<'a, 'i>, FindError> {
    let mut found = document.descendants().filter(|n| ids(*n).any(|value| value == id));
    let first = found.next().ok_or_else(|| FindError::MissingId { id: id.into() })?;
    match found.next() {
        None => Ok(first),
        Some(second) => Err(FindError::DuplicateId { id: id.into(), place: Place::of(second) }),
    }
}

/// The values of the attributes that identify an element.
pub fn ids<'a>(node: Node<'a, '_>) -> impl Iterator<Item = &'a str> {
    let identifies = |a: &roxmltree::Attribute<'_, '_>| match a.namespace() {
        None => ID_NAMES.contains(&a.name()),
        Some(ns) => ns == NS_XML && a.name() == "id",
    };
    node.attributes().filter(identifies).map(|a| a.value())
}

/// Where an element is, as `/a/b/c` (local names).
pub fn path(node: Node<'_, '_>) -> String {
    let mut names: Vec<&str> = node.ancestors().filter(|n| n.is_element()).map(|n| n.tag_name().name()).collect();
    names.reverse();
    names.iter().fold(String::new(), |path, name| path + "/" + name)
}
