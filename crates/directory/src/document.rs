//! Reading the configuration's XML: elements by local name, whatever their namespace, and errors that name the place.
//! The reference writes unqualified children below a qualified root; other tools qualify all, both are read.

use crate::DocumentError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_base::limits::XmlLimits;
use mekong_base::{ClientId, MemberId};
use mekong_pki::Certificate;
use mekong_xml::roxmltree::{Document, Node};

/// Namespace of the configuration's documents.
pub(crate) const NS_XROAD: &str = "http://x-road.eu/xsd/xroad.xsd";
/// Namespace of identifiers.
pub(crate) const NS_IDENTIFIERS: &str = "http://x-road.eu/xsd/identifiers";

/// Parses `bytes`, checks the root's name and hands it to `read`.
pub(crate) fn with_root<T>(
    document: &'static str,
    root: &str,
    bytes: &[u8],
    limits: &XmlLimits,
    read: impl FnOnce(Element<'_, '_>) -> Result<T, DocumentError>,
) -> Result<T, DocumentError> {
    let malformed = |reason: String| DocumentError::new(document, "document", reason);
    let text = mekong_xml::decode(bytes, limits).map_err(|e| malformed(e.to_string()))?;
    let tree: Document<'_> = mekong_xml::parse(&text, limits).map_err(|e| malformed(e.to_string()))?;
    let node = tree.root_element();
    let name = node.tag_name();
    if name.name() != root || name.namespace() != Some(NS_XROAD) {
        return Err(malformed(format!(
            "the root is {:?} of {:?}, expected {root} of {NS_XROAD}",
            name.name(),
            name.namespace()
        )));
    }
    read(Element { document, node })
}

/// An element with the name of the document that it is from.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a, 'i> {
    document: &'static str,
    node: Node<'a, 'i>,
}

impl<'a, 'i: 'a> Element<'a, 'i> {
    /// An error at this place.
    pub(crate) fn error(&self, reason: impl Into<String>) -> DocumentError {
        let mut names: Vec<&str> =
            self.node.ancestors().filter(Node::is_element).map(|n| n.tag_name().name()).collect();
        names.reverse();
        let at = self.node.document().text_pos_at(self.node.range().start);
        DocumentError::new(self.document, format!("{} at {}:{}", names.join("/"), at.row, at.col), reason)
    }

    pub(crate) fn name(&self) -> &'a str {
        self.node.tag_name().name()
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&'a str> {
        self.node.attribute(name)
    }

    pub(crate) fn elements(&self) -> impl Iterator<Item = Self> + use<'a, 'i> {
        let document = self.document;
        self.node.children().filter(Node::is_element).map(move |node| Self { document, node })
    }

    pub(crate) fn children(&self, name: &'static str) -> impl Iterator<Item = Self> + use<'a, 'i> {
        self.elements().filter(move |e| e.name() == name)
    }

    pub(crate) fn child(&self, name: &'static str) -> Option<Self> {
        self.children(name).next()
    }

    pub(crate) fn required(&self, name: &'static str) -> Result<Self, DocumentError> {
        self.child(name).ok_or_else(|| self.error(format!("has no element {name}")))
    }

    /// The text inside, without space at its ends; comments may interrupt it.
    pub(crate) fn text(&self) -> String {
        let texts = self.node.children().filter(Node::is_text).filter_map(|n| n.text());
        texts.collect::<String>().trim().to_owned()
    }

    pub(crate) fn child_text(&self, name: &'static str) -> Option<String> {
        self.child(name).map(|e| e.text())
    }

    /// Text that must be there and not be empty.
    pub(crate) fn required_text(&self, name: &'static str) -> Result<String, DocumentError> {
        let child = self.required(name)?;
        let text = child.text();
        if text.is_empty() { Err(child.error("is empty")) } else { Ok(text) }
    }

    pub(crate) fn base64(&self) -> Result<Vec<u8>, DocumentError> {
        decode_base64(self.text().as_bytes()).map_err(|reason| self.error(reason))
    }

    /// DER of a certificate; the reference also writes base64 of PEM.
    pub(crate) fn certificate(&self) -> Result<Vec<u8>, DocumentError> {
        let bytes = self.base64()?;
        if bytes.trim_ascii_start().starts_with(b"-----BEGIN") {
            let text = String::from_utf8_lossy(&bytes);
            return Certificate::from_pem(&text).map(|c| c.der().to_vec()).map_err(|e| self.error(e.to_string()));
        }
        Ok(bytes)
    }

    pub(crate) fn number(&self, name: &'static str) -> Result<u64, DocumentError> {
        let child = self.required(name)?;
        let text = child.text();
        text.parse().map_err(|_| child.error(format!("{text:?} is not a whole number from 0")))
    }

    /// `xs:boolean`.
    pub(crate) fn boolean(&self) -> Result<bool, DocumentError> {
        match self.text().as_str() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            other => Err(self.error(format!("{other:?} is not true or false"))),
        }
    }

    /// `XRoadClientIdentifierType`: a member or subsystem.
    pub(crate) fn client_id(&self) -> Result<ClientId, DocumentError> {
        const KNOWN: [&str; 4] = ["xRoadInstance", "memberClass", "memberCode", "subsystemCode"];
        if let Some(other) = self.elements().find(|e| !KNOWN.contains(&e.name())) {
            return Err(other.error("does not belong in the identifier of a member or subsystem"));
        }
        let member = MemberId::new(
            self.required_text("xRoadInstance")?,
            self.required_text("memberClass")?,
            self.required_text("memberCode")?,
        );
        Ok(ClientId { member, subsystem: self.child_text("subsystemCode") })
    }
}

/// Base64 with white space anywhere.
pub(crate) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, String> {
    let plain: Vec<u8> = text.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    STANDARD.decode(plain).map_err(|e| format!("is not base64: {e}"))
}

/// Base64 without line breaks.
pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Writes the configuration's XML as the reference does: steps of four spaces, unqualified children.
pub(crate) struct Writer {
    out: String,
    depth: usize,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self { out: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"), depth: 0 }
    }

    fn indent(&mut self) {
        self.out.extend(std::iter::repeat_n("    ", self.depth));
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape(&mut self.out, value);
            self.out.push('"');
        }
        self.out.push('>');
    }

    /// An element that holds what `inside` writes.
    pub(crate) fn element(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) {
        self.start(name, attributes);
        self.out.push('\n');
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.indent();
        self.end(name);
    }

    fn end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push_str(">\n");
    }

    /// The root in the configuration's namespace.
    pub(crate) fn root(mut self, name: &str, inside: impl FnOnce(&mut Self)) -> String {
        let name = format!("ns3:{name}");
        self.element(&name, &[("xmlns:ns2", NS_IDENTIFIERS), ("xmlns:ns3", NS_XROAD)], inside);
        self.out
    }

    /// An element that holds text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.start(name, &[]);
        escape(&mut self.out, text);
        self.end(name);
    }

    /// The same, if there is a text.
    pub(crate) fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// An element that holds base64.
    pub(crate) fn base64(&mut self, name: &str, bytes: &[u8]) {
        self.text(name, &encode_base64(bytes));
    }

    /// An element that holds the identifier of a member or subsystem.
    pub(crate) fn client_id(&mut self, name: &str, id: &ClientId) {
        let kind = if id.subsystem.is_some() { "SUBSYSTEM" } else { "MEMBER" };
        self.element(name, &[("ns2:objectType", kind)], |w| {
            w.text("ns2:xRoadInstance", &id.member.instance);
            w.text("ns2:memberClass", &id.member.class);
            w.text("ns2:memberCode", &id.member.code);
            w.optional("ns2:subsystemCode", id.subsystem.as_deref());
        });
    }
}

/// Escapes for text and double-quoted attributes; characters that XML 1.0 cannot hold are dropped.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(c),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
}
