//! A writer of elements.

use super::{escape_attribute, escape_text};

/// Writes a document piece by piece: escapes what needs it, closes what was opened, adds no white space.
///
/// Names are the caller's constants and are written as they are.
///
/// ```
/// use mekong_xml::write::Writer;
/// let mut writer = Writer::new();
/// writer.open("a", &[("x", "<1>")]).leaf("b", &[], "R&D").empty("c", &[]).close();
/// assert_eq!(writer.finish(), r#"<a x="&lt;1&gt;"><b>R&amp;D</b><c/></a>"#);
/// ```
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
    open: Vec<String>,
}

impl Writer {
    /// An empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins with the declaration of version 1.0 and UTF-8.
    pub fn with_declaration() -> Self {
        Self { out: r#"<?xml version="1.0" encoding="UTF-8"?>"#.into(), open: Vec::new() }
    }

    /// Opens an element; namespace declarations are attributes like others.
    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> &mut Self {
        self.tag(name, attributes, ">");
        self.open.push(name.into());
        self
    }

    /// Closes the element opened last; nothing if all are closed.
    pub fn close(&mut self) -> &mut Self {
        if let Some(name) = self.open.pop() {
            self.end(&name);
        }
        self
    }

    /// An element with text only.
    pub fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> &mut Self {
        self.tag(name, attributes, ">");
        escape_text(&mut self.out, text);
        self.end(name);
        self
    }

    /// An element without content.
    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> &mut Self {
        self.tag(name, attributes, "/>");
        self
    }

    /// Text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        escape_text(&mut self.out, text);
        self
    }

    /// XML that is already written, as it is.
    pub fn raw(&mut self, xml: &str) -> &mut Self {
        self.out.push_str(xml);
        self
    }

    /// Closes everything and gives the text.
    pub fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)], end: &str) {
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            escape_attribute(&mut self.out, value);
            self.out.push('"');
        }
        self.out.push_str(end);
    }

    fn end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }
}
