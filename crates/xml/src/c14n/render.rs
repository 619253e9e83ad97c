//! Walking a subset in document order, without recursion.

use super::escape;
use super::namespaces::{Declaration, Rendered};
use super::start_tag::Shown;
use super::{C14nError, Method, Sink, Subset};
use memchr::memmem;
use roxmltree::{Document, Node, NodeType};

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

/// An element whose end is still to be written: its name, and where its namespace declarations begin.
pub(super) type Open<'a> = (&'a str, usize);

/// A walk through a subtree. What an element's start tag shows is in [`start_tag`](super::start_tag).
pub(super) struct Walk<'a, 'i, 'w, S: Sink> {
    pub(super) apex: Node<'a, 'i>,
    pub(super) without: Option<Node<'a, 'i>>,
    pub(super) method: &'w Method,
    pub(super) source: &'a str,
    pub(super) out: &'w mut S,
    pub(super) rendered: Rendered<'a>,
    pub(super) open: Vec<Open<'a>>,
    /// Reused for each element.
    pub(super) declarations: Vec<Declaration<'a>>,
    /// Reused for each element.
    pub(super) attributes: Vec<Shown<'a>>,
    pub(super) xmlns: memmem::Finder<'static>,
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
}
