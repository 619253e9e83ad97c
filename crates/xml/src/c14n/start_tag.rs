//! Start tags: attributes and namespace declarations, chosen, sorted and written.

use super::base;
use super::escape;
use super::namespaces::Declaration;
use super::render::Walk;
use super::{C14nError, Method, Sink};
use crate::NS_XML;
use roxmltree::{Attribute, Node};

/// An attribute ready to be sorted: namespace, local name, name as written, value.
pub(super) type Shown<'a> = (&'a str, &'a str, &'a str, &'a str);

impl<'a, 'i, S: Sink> Walk<'a, 'i, '_, S> {
    /// Writes a start tag and keeps note of its end.
    pub(super) fn start_tag(&mut self, node: Node<'a, 'i>) -> Result<(), C14nError> {
        let (prefix, name) = written_name(self.source, node.range().start + 1, node.tag_name().name());
        self.open.push(Some((name, self.rendered.mark())));
        self.out.write(b"<");
        self.out.write(name.as_bytes());
        let bare = self.is_bare(node, name);
        let orphan = self.is_orphan(node);
        if !orphan && bare && self.method.prefixes().is_none() {
            self.out.write(b">");
            return Ok(());
        }
        self.collect_attributes(node, bare, orphan);
        self.collect_declarations(node, prefix, orphan)?;
        self.write_declarations();
        self.write_attributes(node, orphan)?;
        self.out.write(b">");
        Ok(())
    }

    /// Whether an element has lost its parent: nothing of what the parent shows is in force.
    fn is_orphan(&self, node: Node<'a, 'i>) -> bool {
        node == self.apex || node.parent_element().is_some_and(|parent| self.left.passes_over(parent))
    }

    /// Whether nothing stands between the name and the end of the start tag.
    fn is_bare(&self, node: Node<'a, 'i>, name: &str) -> bool {
        let after = node.range().start + 1 + name.len();
        matches!(self.source.as_bytes().get(after), Some(b'>' | b'/'))
    }

    fn collect_attributes(&mut self, node: Node<'a, 'i>, bare: bool, orphan: bool) {
        self.attributes.clear();
        if !bare {
            let source = self.source;
            self.attributes.extend(node.attributes().map(|a| shown(source, a)));
        }
        if orphan && self.method.prefixes().is_none() {
            self.attributes.extend(base::inherited(node).into_iter().map(|a| shown(self.source, a)));
        }
    }

    fn collect_declarations(&mut self, node: Node<'a, 'i>, prefix: &'a str, orphan: bool) -> Result<(), C14nError> {
        self.declarations.clear();
        match self.method.prefixes() {
            None => {
                if orphan || self.declares(node) {
                    self.declare_in_scope(node, |_| true)?;
                }
            }
            Some(listed) => {
                let uri = node.tag_name().namespace().unwrap_or_default();
                self.declare(node, (prefix, uri))?;
                self.declare_of_attributes(node)?;
                if !listed.is_empty() && (orphan || self.declares(node)) {
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

    fn write_attributes(&mut self, node: Node<'a, 'i>, orphan: bool) -> Result<(), C14nError> {
        let joined = self.joined_base(node, orphan)?;
        self.attributes.sort_unstable_by_key(|(uri, local, ..)| (*uri, *local));
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

    /// For an orphan in Canonical XML 1.1: drops an inherited `xml:id`, and gives the joined `xml:base` if there is one to
    /// join.
    fn joined_base(&mut self, node: Node<'a, 'i>, orphan: bool) -> Result<Option<String>, C14nError> {
        let is_11 = matches!(self.method, Method::Inclusive11 | Method::Inclusive11WithComments);
        if !is_11 || !orphan {
            return Ok(None);
        }
        self.attributes.retain(|(uri, local, ..)| {
            *uri != NS_XML || matches!(*local, "base" | "lang" | "space") || node.attribute((NS_XML, *local)).is_some()
        });
        let left = self.left;
        let joined = base::joined(node, |ancestor| node == self.apex || left.passes_over(ancestor))?;
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
