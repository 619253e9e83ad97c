//! Walking a subset in document order, without recursion.

use super::escape;
use super::namespaces::{Declaration, Rendered};
use super::start_tag::Shown;
use super::{C14nError, Method, Selection, Sink, Subset};
use memchr::memmem;
use roxmltree::{Document, Node, NodeType};

/// Writes the canonical form of a subset.
pub(super) fn render(subset: Subset<'_, '_>, method: &Method, out: &mut impl Sink) -> Result<(), C14nError> {
    match subset {
        Subset::Document(document) => whole(document, Left::Nothing, method, out),
        Subset::DocumentWithout { document, without } => whole(document, Left::Tree(without), method, out),
        Subset::Element(apex) => element(apex, Left::Nothing, method, out),
        Subset::ElementWithout { apex, without } => element(apex, Left::Tree(without), method, out),
        Subset::Selected { document, selection } => whole(document, Left::AllBut(selection), method, out),
    }
}

/// What is left out.
#[derive(Clone, Copy)]
pub(super) enum Left<'a, 'i> {
    Nothing,
    /// A node with everything in it.
    Tree(Node<'a, 'i>),
    /// Every single node that is not selected.
    AllBut(&'a Selection),
}

impl Left<'_, '_> {
    /// Whether this very node is not selected; what is in it may be.
    pub(super) fn passes_over(&self, node: Node<'_, '_>) -> bool {
        matches!(self, Self::AllBut(selection) if !selection.contains(node.id()))
    }
}

fn element<'a, 'i>(
    apex: Node<'a, 'i>,
    left: Left<'a, 'i>,
    method: &Method,
    out: &mut impl Sink,
) -> Result<(), C14nError> {
    if !apex.is_element() {
        return Err(C14nError::NotAnElement);
    }
    Walk::new(apex, left, method, out).run()
}

fn whole<'a, 'i>(
    document: &'a Document<'i>,
    left: Left<'a, 'i>,
    method: &Method,
    out: &mut impl Sink,
) -> Result<(), C14nError> {
    let mut after = false;
    for node in document.root().children() {
        match node.node_type() {
            NodeType::Element => {
                Walk::new(node, left, method, out).run()?;
                after = true;
            }
            NodeType::Comment if !method.keeps_comments() => {}
            _ if left.passes_over(node) => {}
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

/// An element whose end is still to be written: its name, and where its namespace declarations begin; `None` if it is passed
/// over.
pub(super) type Open<'a> = Option<(&'a str, usize)>;

/// A walk through a subtree. What an element's start tag shows is in [`start_tag`](super::start_tag).
pub(super) struct Walk<'a, 'i, 'w, S: Sink> {
    pub(super) apex: Node<'a, 'i>,
    pub(super) left: Left<'a, 'i>,
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
    fn new(apex: Node<'a, 'i>, left: Left<'a, 'i>, method: &'w Method, out: &'w mut S) -> Self {
        Self {
            apex,
            left,
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
        if matches!(self.left, Left::Tree(without) if without == node) {
            return Ok(false);
        }
        let passed_over = self.left.passes_over(node);
        match (node.is_element(), passed_over) {
            (true, true) => self.open.push(None),
            (true, false) => self.start_tag(node)?,
            (false, true) => {}
            (false, false) => leaf(node, self.method, self.out),
        }
        Ok(node.is_element())
    }

    fn leave(&mut self) {
        if let Some(Some((name, mark))) = self.open.pop() {
            self.out.write(b"</");
            self.out.write(name.as_bytes());
            self.out.write(b">");
            self.rendered.back_to(mark);
        }
    }
}
