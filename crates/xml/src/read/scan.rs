//! The scan before parsing: one pass over the markup that counts, keeps no text and stops at the first limit.
//!
//! On its way it refuses the faults of [`strict`](super::strict).
//!
//! It sees tags, comments, instructions and CDATA exactly as the parser does as long as the text is well-formed; where it
//! is not, the parser stops first or reports it afterwards.

use super::strict::{self, EMPTY_NAMESPACE, EMPTY_PREFIX, PREFIXED_XMLNS, SURROGATE, TWO_DEFAULTS};
use super::{ATTRIBUTES_MAX, NAMESPACES_IN_SCOPE_MAX, Place, XmlError, declaration};
use mekong_base::limits::XmlLimits;
use memchr::{memchr, memchr3, memmem};

/// One namespace declaration is allowed for this many nodes of the limit.
const NODES_PER_NAMESPACE: usize = 4;
/// The parser copies what is in scope at each element that declares; copies allowed for each node of the limit.
const NAMESPACE_COPIES_PER_NODE: usize = 8;

/// Checks a text against the limits, and against faults that the parser lets pass.
pub(super) fn check(text: &str, limits: &XmlLimits) -> Result<(), XmlError> {
    if let Some(offset) = memchr(b'\r', text.as_bytes()) {
        let what = "a raw carriage return; decode the bytes before parsing".into();
        return Err(XmlError::Malformed { what, place: Place::at(text, offset) });
    }
    let mut scan = Scan { text, limits, nodes: 1, declarations: 0, copies: 0, in_scope: 0, open: Vec::new() };
    let prolog = scan.prolog()?;
    scan.run(prolog)
}

struct Scan<'t> {
    text: &'t str,
    limits: &'t XmlLimits,
    nodes: u32,
    /// Namespace declarations so far.
    declarations: usize,
    /// Sum of the namespaces in scope over all elements that declare some.
    copies: usize,
    /// Namespace declarations of the open elements.
    in_scope: usize,
    /// Namespace declarations of each open element.
    open: Vec<usize>,
}

/// What a start tag holds.
#[derive(Default)]
struct Tag {
    end: usize,
    attributes: usize,
    declarations: usize,
    default_declarations: usize,
    fault: Option<&'static str>,
    self_closing: bool,
}

impl Scan<'_> {
    /// Passes the declaration.
    fn prolog(&self) -> Result<usize, XmlError> {
        let text = self.text;
        if text.starts_with('\u{FEFF}') {
            return Err(self.malformed("a byte order mark; decode the bytes before parsing", 0));
        }
        if !declaration::is_there(text) {
            return Ok(0);
        }
        // The parser knows a declaration by its first blank; `decode` sees to that.
        let declared = declaration::read(text).filter(|_| text.starts_with("<?xml "));
        let declared = declared.ok_or_else(|| self.malformed("the XML declaration", 0))?;
        super::check_version(&declared)?;
        Ok(text.find("?>").unwrap_or(text.len()))
    }

    fn run(&mut self, from: usize) -> Result<(), XmlError> {
        let mut position = from;
        while let Some(found) = memchr(b'<', self.rest(position)) {
            let start = position + found;
            if found > 0 {
                self.count(1, start)?;
                self.check_text(position, start)?;
            }
            position = match self.rest(start + 1) {
                [b'!', b'-', b'-', ..] => self.skip(start, start + 4, b"-->")?,
                [b'!', b'[', ..] => self.skip(start, start + 3, b"]]>")?,
                [b'!', ..] => self.declaration(start)?,
                [b'?', ..] => self.instruction(start)?,
                [b'/', b':', ..] => return Err(self.malformed(EMPTY_PREFIX, start)),
                [b'/', ..] => self.close(start),
                _ => self.open(start)?,
            };
        }
        Ok(())
    }

    fn rest(&self, from: usize) -> &[u8] {
        self.text.as_bytes().get(from..).unwrap_or_default()
    }

    fn count(&mut self, more: usize, offset: usize) -> Result<(), XmlError> {
        self.nodes = self.nodes.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        if self.nodes > self.limits.nodes {
            return Err(XmlError::TooManyNodes { limit: self.limits.nodes, place: self.place(offset) });
        }
        Ok(())
    }

    fn check_text(&self, from: usize, to: usize) -> Result<(), XmlError> {
        let text = self.text.as_bytes().get(from..to).unwrap_or_default();
        if strict::has_surrogate(text) {
            return Err(self.malformed(SURROGATE, from));
        }
        Ok(())
    }

    fn skip(&mut self, start: usize, from: usize, end: &[u8]) -> Result<usize, XmlError> {
        self.count(1, start)?;
        Ok(memmem::find(self.rest(from), end).map_or(self.text.len(), |found| from + found + end.len()))
    }

    fn instruction(&mut self, start: usize) -> Result<usize, XmlError> {
        let end = self.skip(start, start + 2, b"?>")?;
        let content = self.text.get(start + 2..end).unwrap_or_default();
        match strict::instruction_fault(content.strip_suffix("?>").unwrap_or(content)) {
            Some(fault) => Err(self.malformed(fault, start)),
            None => Ok(end),
        }
    }

    fn declaration(&self, start: usize) -> Result<usize, XmlError> {
        if self.rest(start).starts_with(b"<!DOCTYPE") {
            return Err(XmlError::Dtd(self.place(start)));
        }
        Ok(start + 2)
    }

    fn close(&mut self, start: usize) -> usize {
        self.in_scope -= self.open.pop().unwrap_or_default();
        memchr(b'>', self.rest(start)).map_or(self.text.len(), |found| start + found + 1)
    }

    fn open(&mut self, start: usize) -> Result<usize, XmlError> {
        let tag = self.tag(start + 1);
        self.count(1 + tag.attributes, start)?;
        self.check_tag(&tag, start)?;
        if self.open.len() >= usize::try_from(self.limits.depth).unwrap_or(usize::MAX) {
            return Err(XmlError::TooDeep { limit: self.limits.depth, place: self.place(start) });
        }
        if !tag.self_closing {
            self.in_scope += tag.declarations;
            self.open.push(tag.declarations);
        }
        Ok(tag.end)
    }

    fn check_tag(&mut self, tag: &Tag, start: usize) -> Result<(), XmlError> {
        if tag.attributes > ATTRIBUTES_MAX {
            return Err(self.too_many("attributes on one element", ATTRIBUTES_MAX, start));
        }
        if let Some(fault) = tag.fault {
            return Err(self.malformed(fault, start));
        }
        if tag.declarations == 0 {
            return Ok(());
        }
        let in_scope = self.in_scope + tag.declarations;
        self.declarations += tag.declarations;
        self.copies += in_scope;
        let nodes = usize::try_from(self.limits.nodes).unwrap_or(usize::MAX);
        let most = nodes / NODES_PER_NAMESPACE;
        if in_scope > NAMESPACES_IN_SCOPE_MAX {
            return Err(self.too_many("namespace declarations in scope", NAMESPACES_IN_SCOPE_MAX, start));
        }
        if self.declarations > most || self.copies > nodes.saturating_mul(NAMESPACE_COPIES_PER_NODE) {
            return Err(self.too_many("namespace declarations", most, start));
        }
        Ok(())
    }

    /// Reads a start tag from after its `<`. Each quoted value is an attribute.
    fn tag(&self, from: usize) -> Tag {
        let mut tag = Tag { end: self.text.len(), ..Tag::default() };
        if self.rest(from).starts_with(b":") {
            tag.fault = Some(EMPTY_PREFIX);
        }
        let mut position = from;
        while let Some(found) = memchr3(b'>', b'"', b'\'', self.rest(position)) {
            let (before, after) = self.rest(position).split_at(found);
            let quote = match after.first() {
                Some(b'>') | None => {
                    tag.self_closing = before.last() == Some(&b'/');
                    tag.end = position + found + 1;
                    return tag;
                }
                Some(quote) => *quote,
            };
            let value = position + found + 1;
            let Some(length) = memchr(quote, self.rest(value)) else { return tag };
            tag.attribute(before, after.get(1..=length).unwrap_or_default());
            position = value + length + 1;
        }
        tag
    }

    fn place(&self, offset: usize) -> Place {
        Place::at(self.text, offset)
    }

    fn too_many(&self, what: &'static str, limit: usize, offset: usize) -> XmlError {
        XmlError::TooMany { what, limit, place: self.place(offset) }
    }

    fn malformed(&self, what: &str, offset: usize) -> XmlError {
        XmlError::Malformed { what: what.into(), place: self.place(offset) }
    }
}

impl Tag {
    /// Takes note of an attribute from what stands before its value: ` name = `, or `element name = `.
    fn attribute(&mut self, before: &[u8], value: &[u8]) {
        self.attributes += 1;
        if strict::has_surrogate(value) {
            self.fault = Some(SURROGATE);
        }
        let name = before.trim_ascii_end();
        let name = name.strip_suffix(b"=").unwrap_or(name).trim_ascii_end();
        let name = name.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
        if name == b"xmlns" {
            self.declarations += 1;
            self.default_declarations += 1;
            if self.default_declarations > 1 {
                self.fault = Some(TWO_DEFAULTS);
            }
        } else if name.starts_with(b":") {
            self.fault = Some(EMPTY_PREFIX);
        } else if name.ends_with(b":xmlns") {
            self.fault = Some(PREFIXED_XMLNS);
        } else if name.starts_with(b"xmlns:") {
            self.declarations += 1;
            if value.is_empty() {
                self.fault = Some(EMPTY_NAMESPACE);
            }
        }
    }
}
