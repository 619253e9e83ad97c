//! A set of nodes between two transforms.

use crate::c14n::{Selection, Subset};
use roxmltree::{Document, Node, NodeId};

/// Nodes of one document.
pub(super) struct Nodes<'d, 'x> {
    document: &'d Document<'x>,
    part: Part<'d, 'x>,
    comments: bool,
}

enum Part<'d, 'x> {
    Document,
    DocumentWithout(Node<'d, 'x>),
    Element(Node<'d, 'x>),
    ElementWithout(Node<'d, 'x>, Node<'d, 'x>),
    Selected(Selection),
}

impl<'d, 'x> Nodes<'d, 'x> {
    pub(super) const fn document(document: &'d Document<'x>, comments: bool) -> Self {
        Self { document, part: Part::Document, comments }
    }

    pub(super) fn element(node: Node<'d, 'x>, comments: bool) -> Self {
        Self { document: node.document(), part: Part::Element(node), comments }
    }

    pub(super) const fn of(&self) -> &'d Document<'x> {
        self.document
    }

    pub(super) fn is_of(&self, document: &Document<'_>) -> bool {
        std::ptr::eq(self.document.input_text(), document.input_text())
    }

    pub(super) const fn has_comments(&self) -> bool {
        self.comments
    }

    pub(super) fn subset(&self) -> Subset<'_, 'x> {
        let document = self.document;
        match &self.part {
            Part::Document => Subset::Document(document),
            Part::DocumentWithout(without) => Subset::DocumentWithout { document, without: *without },
            Part::Element(apex) => Subset::Element(*apex),
            Part::ElementWithout(apex, without) => Subset::ElementWithout { apex: *apex, without: *without },
            Part::Selected(selection) => Subset::Selected { document, selection },
        }
    }

    /// Bytes that canonicalising costs.
    pub(super) fn size(&self) -> usize {
        self.subset().size_hint()
    }

    pub(super) fn document_size(&self) -> usize {
        self.document.input_text().len()
    }

    /// The `enveloped-signature` transform.
    pub(super) fn leave_out(&mut self, signature: NodeId) -> Result<(), String> {
        let Some(signature) = self.document.get_node(signature) else { return Ok(()) };
        let inside = |apex: Node<'_, '_>| signature.ancestors().any(|a| a == apex);
        let part = match &self.part {
            Part::Document => Part::DocumentWithout(signature),
            Part::Element(apex) if apex.ancestors().any(|a| a == signature) => {
                return Err("the enveloped-signature transform leaves nothing of this reference".into());
            }
            Part::Element(apex) if inside(*apex) => Part::ElementWithout(*apex, signature),
            Part::Element(_) => return Ok(()),
            Part::DocumentWithout(_) | Part::ElementWithout(..) | Part::Selected(_) => {
                self.narrow(|selection| selection.remove_tree(signature));
                return Ok(());
            }
        };
        self.part = part;
        Ok(())
    }

    /// Takes nodes away.
    pub(super) fn narrow(&mut self, change: impl FnOnce(&mut Selection)) {
        let mut selection = self.selected();
        change(&mut selection);
        self.part = Part::Selected(selection);
    }

    fn selected(&self) -> Selection {
        let mut selection = Selection::none(self.document);
        match &self.part {
            Part::Document => selection = Selection::all(self.document),
            Part::DocumentWithout(without) => {
                selection = Selection::all(self.document);
                selection.remove_tree(*without);
            }
            Part::Element(apex) => selection.insert_tree(*apex),
            Part::ElementWithout(apex, without) => {
                selection.insert_tree(*apex);
                selection.remove_tree(*without);
            }
            Part::Selected(selected) => return selected.clone(),
        }
        selection
    }

    /// The texts in it, one after another: what the base64 transform decodes.
    pub(super) fn text(&self) -> String {
        let root = match &self.part {
            Part::Element(apex) | Part::ElementWithout(apex, _) => *apex,
            Part::Document | Part::DocumentWithout(_) | Part::Selected(_) => self.document.root(),
        };
        let selection = match &self.part {
            Part::Element(_) | Part::Document => None,
            _ => Some(self.selected()),
        };
        let is_in = |n: &Node<'_, '_>| selection.as_ref().is_none_or(|s| s.contains(n.id()));
        root.descendants().filter(Node::is_text).filter(is_in).filter_map(|n| n.text()).collect()
    }
}
