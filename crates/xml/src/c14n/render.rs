//! Walking a subset in document order, without recursion.

use super::base;
use super::escape;
use super::namespaces::{Declaration, Rendered};
use super::{C14nError, Method, Sink, Subset};
use crate::NS_XML;
use memchr::memmem;
use roxmltree::{Attribute, Document, Node, NodeType};

/// Writes the canonical form of a subset.
pub(super) fn render(subset: Subset<'_, '_>, method: &Method, out: &mut impl Sink) -> Result<(), C14nError> {
    match subset {
        Subset::Document(document) => whole(document, None, method, out),
        Subset::DocumentWithout { document, without } => whole(document, Some(without), method, out),
        Subset::Element(apex) => element(apex, None, method, out),
        Subset::ElementWithout { apex, without } => element(apex, Some(without), method, out),
    }
}

fn element(
    apex: Node<'_, '_>,
    without: Option<Node<'_, '_>>,
    method: &Method,
    out: &mut impl Sink,
) -> Result<(), C14nError> {
    if !apex.is_element() {
        return Err(C14nError::NotAnElement);
    }
    Walk::new(apex, without, method, out).run()
}

fn whole(
    document: &Document<'_>,
    without: Option<Node<'_, '_>>,
    method: &Method,
    out: &mut impl Sink,
) -> Result<(), C14nError> {
    let mut after = false;
    for node in document.root().children() {
        match node.node_type() {
            NodeType::Element => {
                Walk::new(node, without, method, out).run()?;
                after = true;
            }
            NodeType::Comment if !method.keeps_comments() => {}
            NodeType::Comment | NodeType::PI => {
                if after {
                    out.write(b"\n");
                }
                leaf(node, method, out);
                if !after {
                    out.write(b"\n");
                }
            }
            NodeType::Root | NodeType::Text => {}
        }
    }
    Ok(())
}

/// Writes a node without children.
fn leaf(node: Node<'_, '_>, method: &Method, out: &mut impl Sink) {
    match node.node_type() {
        NodeType::Text => escape::text(out, node.text().unwrap_or_default()),
        NodeType::Comment if method.keeps_comments() => {
            out.write(b"<!--");
            out.write(node.text().unwrap_or_default().as_bytes());
            out.write(b"-->");
        }
        NodeType::PI => {
            let Some(pi) = node.pi() else { return };
            out.write(b"<?");
            out.write(pi.target.as_bytes());
            if let Some(value) = pi.value {
                out.write(b" ");
                out.write(value.as_bytes());
            }
            out.write(b"?>");
        }
        NodeType::Comment | NodeType::Element | NodeType::Root => {}
    }
}

/// An attribute ready to be sorted: namespace, local name, name as written, value.
type Shown<'a> = (&'a str, &'a str, &'a str, &'a str);

/// An element whose end is still to be written: its name, and where its namespace declarations begin.
type Open<'a> = (&'a str, usize);

struct Walk<'a, 'i, 'w, S: Sink> {
    apex: Node<'a, 'i>,
    without: Option<Node<'a, 'i>>,
    method: &'w Method,
    source: &'a str,
    out: &'w mut S,
    rendered: Rendered<'a>,
    open: Vec<Open<'a>>,
    /// Reused for each element.
    declarations: Vec<Declaration<'a>>,
    /// Reused for each element.
    attributes: Vec<Shown<'a>>,
    xmlns: memmem::Finder<'static>,
}

impl<'a, 'i, 'w, S: Sink> Walk<'a, 'i, 'w, S> {
    fn new(apex: Node<'a, 'i>, without: Option<Node<'a, 'i>>, method: &'w Method, out: &'w mut S) -> Self {
        Self {
            apex,
            without,
            method,
            source: apex.document().input_text(),
            out,
            rendered: Rendered::default(),
            open: Vec::new(),
            declarations: Vec::new(),
            attributes: Vec::new(),
            xmlns: memmem::Finder::new(b"xmlns"),
        }
    }

    fn run(&mut self) -> Result<(), C14nError> {
        let mut node = self.apex;
        loop {
            let entered = self.enter(node)?;
            if let Some(child) = node.first_child().filter(|_| entered) {
                node = child;
                continue;
            }
            if entered {
                self.leave();
            }
            loop {
                if node == self.apex {
                    return Ok(());
                }
                if let Some(next) = node.next_sibling() {
                    node = next;
                    break;
                }
                let Some(parent) = node.parent() else { return Ok(()) };
                self.leave();
                node = parent;
            }
        }
    }

    /// Writes what comes before a node's children; tells whether there is an end to be written after them.
    fn enter(&mut self, node: Node<'a, 'i>) -> Result<bool, C14nError> {
        if self.without == Some(node) {
            return Ok(false);
        }
        if !node.is_element() {
            leaf(node, self.method, self.out);
            return Ok(false);
        }
        self.start_tag(node)?;
        Ok(true)
    }

    fn leave(&mut self) {
        if let Some((name, mark)) = self.open.pop() {
            self.out.write(b"</");
            self.out.write(name.as_bytes());
            self.out.write(b">");
            self.rendered.back_to(mark);
        }
    }

    fn start_tag(&mut self, node: Node<'a, 'i>) -> Result<(), C14nError> {
        let (prefix, name) = written_name(self.source, node.range().start + 1, node.tag_name().name());
        self.open.push((name, self.rendered.mark()));
        self.out.write(b"<");
        self.out.write(name.as_bytes());
        let bare = self.is_bare(node, name);
        if node != self.apex && bare && self.method.prefixes().is_none() {
            self.out.write(b">");
            return Ok(());
        }
        self.collect_attributes(node, bare);
        self.collect_declarations(node, prefix)?;
        self.write_declarations();
        self.write_attributes()?;
        self.out.write(b">");
        Ok(())
    }

    /// Whether nothing stands between the name and the end of the start tag.
    fn is_bare(&self, node: Node<'a, 'i>, name: &str) -> bool {
        let after = node.range().start + 1 + name.len();
        matches!(self.source.as_bytes().get(after), Some(b'>' | b'/'))
    }

    fn collect_attributes(&mut self, node: Node<'a, 'i>, bare: bool) {
        self.attributes.clear();
        if !bare {
            let source = self.source;
            self.attributes.extend(node.attributes().map(|a| shown(source, a)));
        }
        if node == self.apex && self.method.prefixes().is_none() {
            self.attributes.extend(base::inherited(node).into_iter().map(|a| shown(self.source, a)));
        }
    }

    fn collect_declarations(&mut self, node: Node<'a, 'i>, prefix: &'a str) -> Result<(), C14nError> {
        self.declarations.clear();
        match self.method.prefixes() {
            None => {
                if node == self.apex || self.declares(node) {
                    self.declare_in_scope(node, |_| true)?;
                }
            }
            Some(listed) => {
                let uri = node.tag_name().namespace().unwrap_or_default();
                self.declare(node, (prefix, uri))?;
                self.declare_of_attributes(node)?;
                if !listed.is_empty() && (node == self.apex || self.declares(node)) {
                    self.declare_in_scope(node, |p| is_listed(listed, p))?;
                }
            }
        }
        self.declarations.sort_unstable();
        Ok(())
    }

    /// Whether an element's start tag may have namespace declarations; `false` is certain.
    fn declares(&self, node: Node<'a, 'i>) -> bool {
        let range = node.range();
        let end = node.first_child().map_or(range.end, |child| child.range().start);
        self.source.as_bytes().get(range.start..end).is_some_and(|tag| self.xmlns.find(tag).is_some())
    }

    fn declare(&mut self, node: Node<'a, 'i>, declaration: Declaration<'a>) -> Result<(), C14nError> {
        if declaration.0 == "xml" {
            return Ok(());
        }
        self.rendered.declare(node, declaration, &mut self.declarations)
    }

    fn declare_of_attributes(&mut self, node: Node<'a, 'i>) -> Result<(), C14nError> {
        for index in 0..self.attributes.len() {
            let Some(&(uri, local, name, _)) = self.attributes.get(index) else { break };
            if !uri.is_empty() {
                let prefix = name.strip_suffix(local).and_then(|p| p.strip_suffix(':')).unwrap_or_default();
                self.declare(node, (prefix, uri))?;
            }
        }
        Ok(())
    }

    fn declare_in_scope(&mut self, node: Node<'a, 'i>, wanted: impl Fn(&str) -> bool) -> Result<(), C14nError> {
        for namespace in node.namespaces() {
            let prefix = namespace.name().unwrap_or_default();
            if wanted(prefix) {
                self.declare(node, (prefix, namespace.uri()))?;
            }
        }
        Ok(())
    }

    fn write_declarations(&mut self) {
        for (prefix, uri) in &self.declarations {
            self.out.write(if prefix.is_empty() { b" xmlns" } else { b" xmlns:" });
            self.out.write(prefix.as_bytes());
            self.out.write(b"=\"");
            escape::attribute(self.out, uri);
            self.out.write(b"\"");
        }
        self.rendered.extend(&self.declarations);
    }

    fn write_attributes(&mut self) -> Result<(), C14nError> {
        let joined = self.joined_base()?;
        self.attributes.sort_unstable();
        for (uri, local, name, value) in &self.attributes {
            let value = match &joined {
                Some(joined) if *uri == NS_XML && *local == "base" => joined,
                _ => *value,
            };
            self.out.write(b" ");
            self.out.write(name.as_bytes());
            self.out.write(b"=\"");
            escape::attribute(self.out, value);
            self.out.write(b"\"");
        }
        Ok(())
    }

    /// For the apex in Canonical XML 1.1: drops an inherited `xml:id`, and gives the joined `xml:base` if there is one to
    /// join.
    fn joined_base(&mut self) -> Result<Option<String>, C14nError> {
        let is_11 = matches!(self.method, Method::Inclusive11 | Method::Inclusive11WithComments);
        if !is_11 || self.open.len() != 1 {
            return Ok(None);
        }
        let apex = self.apex;
        self.attributes.retain(|(uri, local, ..)| {
            *uri != NS_XML || matches!(*local, "base" | "lang" | "space") || apex.attribute((NS_XML, *local)).is_some()
        });
        let joined = base::joined(apex)?;
        if joined.as_deref() == Some("") {
            self.attributes.retain(|(uri, local, ..)| *uri != NS_XML || *local != "base");
        }
        Ok(joined)
    }
}

fn is_listed(listed: &[String], prefix: &str) -> bool {
    listed.iter().any(|l| if prefix.is_empty() { l == "#default" } else { l == prefix })
}

fn shown<'a>(source: &'a str, attribute: Attribute<'a, '_>) -> Shown<'a> {
    let (_, name) = written_name(source, attribute.range().start, attribute.name());
    (attribute.namespace().unwrap_or_default(), attribute.name(), name, attribute.value())
}

/// The prefix (empty if none) and the whole name that begin at `start`. The tree keeps local names only.
fn written_name<'a>(source: &'a str, start: usize, local: &'a str) -> (&'a str, &'a str) {
    let rest = source.get(start..).unwrap_or_default();
    let colon = rest.bytes().position(|b| matches!(b, b':' | b'>' | b'/' | b'=' | b' ' | b'\t' | b'\n' | b'\r'));
    let prefix = colon.filter(|at| rest.as_bytes().get(*at) == Some(&b':')).and_then(|at| rest.get(..at));
    let length = prefix.map_or(0, |p| p.len() + 1) + local.len();
    (prefix.unwrap_or_default(), rest.get(..length).unwrap_or(local))
}
