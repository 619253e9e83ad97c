//! Namespaces and element names of XAdES, and finding elements by them.

use mekong_xml::NS_DSIG;
use mekong_xml::roxmltree::Node;

/// XAdES 1.1.1.
pub(super) const XADES_111: &str = "http://uri.etsi.org/01903/v1.1.1#";
/// XAdES 1.2.2.
pub(super) const XADES_122: &str = "http://uri.etsi.org/01903/v1.2.2#";
/// XAdES 1.3.2, still the main one in EN 319 132-1.
pub(super) const XADES_132: &str = "http://uri.etsi.org/01903/v1.3.2#";
/// What 1.4.1 added, and EN 319 132-1 after it.
pub(super) const XADES_141: &str = "http://uri.etsi.org/01903/v1.4.1#";
/// Evidence records in XAdES (EN 319 132-3).
pub(super) const XADES_EN: &str = "http://uri.etsi.org/19132/v1.1.1#";

/// `Type` of a reference to the signed properties.
pub(super) const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";
/// `Type` of the reference of a counter-signature.
pub(super) const COUNTERSIGNED: &str = "http://uri.etsi.org/01903#CountersignedSignature";
/// `Type` of a reference to a `ds:Manifest`.
pub(super) const MANIFEST: &str = "http://www.w3.org/2000/09/xmldsig#Manifest";
/// `Type` of a reference to a `ds:Object`.
pub(super) const OBJECT: &str = "http://www.w3.org/2000/09/xmldsig#Object";

/// Whether a namespace is one of XAdES.
pub(super) fn is_xades(namespace: &str) -> bool {
    matches!(namespace, XADES_111 | XADES_122 | XADES_132 | XADES_141 | XADES_EN)
}

/// The local name of an element of XAdES; empty for others.
pub(super) fn local<'a>(node: Node<'a, '_>) -> &'a str {
    match node.tag_name().namespace() {
        Some(namespace) if is_xades(namespace) => node.tag_name().name(),
        _ => "",
    }
}

/// Whether a node is the XAdES element of this name, of any version.
pub(super) fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && local(node) == name
}

/// The first child element of this name, of XAdES or XMLDSig: versions differ in whose they are.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// The child elements of this name, of XAdES or XMLDSig.
pub(super) fn children<'a, 'i>(node: Node<'a, 'i>, name: &str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |c| {
        let namespace = c.tag_name().namespace().unwrap_or_default();
        c.is_element() && c.tag_name().name() == name && (namespace == NS_DSIG || is_xades(namespace))
    })
}

/// The child at the end of a path of names.
pub(super) fn descend<'a, 'i>(node: Node<'a, 'i>, path: &[&str]) -> Option<Node<'a, 'i>> {
    path.iter().try_fold(node, |node, name| child(node, name))
}

/// The text of an element, without that of elements in it.
pub(super) fn text(node: Node<'_, '_>) -> String {
    node.children().filter(Node::is_text).filter_map(|n| n.text()).collect()
}

/// Whether a `Type` names the signed properties, in the form of any version.
pub(super) fn means_signed_properties(kind: &str) -> bool {
    kind == SIGNED_PROPERTIES || (kind.starts_with("http://uri.etsi.org/01903") && kind.ends_with("#SignedProperties"))
}
