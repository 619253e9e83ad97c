//! Random trees full of namespace and `xml:*` traps, as text.

use proptest::prelude::*;

/// Names in scope of every tree: prefixes are declared where the generator pleases, used only where they are in scope.
const PREFIXES: [&str; 3] = ["p", "q", "z"];
const URIS: [&str; 4] = ["urn:a", "urn:b", "http://example.org/%C3%A9?x=y", "a:b"];
const LOCALS: [&str; 4] = ["e", "f", "Ä", "x-y.1"];
const VALUES: [&str; 9] = [
    "",
    "1",
    "a b",
    "&#9;t&#10;n&#13;r",
    "line\nbreak\ttab",
    "&lt;&gt;&amp;&quot;'",
    "\u{1D49C}&#x10FFFF;",
    "\u{A0}",
    "../b/./c",
];
const TEXTS: [&str; 9] = [
    "",
    "text",
    "a &amp;&lt;&gt; b \"'",
    "<![CDATA[<c>&amp;\n]]>",
    "&#13;&#10;\n",
    "<!-- comment -->",
    "<?pi some  value ?>",
    "<?pi?>",
    "\u{1F600}",
];

#[derive(Debug, Clone)]
pub(crate) struct Tree {
    prefix: usize,
    local: usize,
    declarations: Vec<(usize, usize)>,
    attributes: Vec<(usize, usize, usize)>,
    xml: Vec<(usize, usize)>,
    text: usize,
    children: Vec<Tree>,
}

pub(crate) fn tree() -> impl Strategy<Value = Tree> {
    let leaf = element(Just(Vec::new()).boxed());
    leaf.prop_recursive(5, 40, 4, |inner| element(prop::collection::vec(inner, 0..4).boxed()))
}

fn element(children: BoxedStrategy<Vec<Tree>>) -> BoxedStrategy<Tree> {
    let name = (0..5_usize, 0..LOCALS.len());
    let declarations = prop::collection::vec((0..4_usize, 0..=URIS.len()), 0..3);
    let attributes = prop::collection::vec((0..5_usize, 0..LOCALS.len(), 0..VALUES.len()), 0..4);
    let xml = prop::collection::vec((0..3_usize, 0..4_usize), 0..2);
    (name, declarations, attributes, xml, 0..TEXTS.len(), children)
        .prop_map(|((prefix, local), declarations, attributes, xml, text, children)| Tree {
            prefix,
            local,
            declarations,
            attributes,
            xml,
            text,
            children,
        })
        .boxed()
}

impl Tree {
    /// The tree as a document. With `numbered`, every element has an `xml:id` from the counter.
    pub(crate) fn write(&self, numbered: Option<&mut usize>) -> String {
        let mut out = String::new();
        self.element(&mut out, &mut Vec::new(), &mut numbered.map(|n| n as &mut usize));
        out
    }

    fn element(&self, out: &mut String, scope: &mut Vec<usize>, counter: &mut Option<&mut usize>) {
        let before = scope.len();
        let mut tag = String::new();
        self.declare(&mut tag, scope);
        let name = qualified(self.prefix, LOCALS[self.local], scope);
        self.attribute(&mut tag, scope);
        if let Some(counter) = counter {
            **counter += 1;
            tag += &format!(" xml:id=\"n{counter}\"");
        }
        out.push_str(&format!("<{name}{tag}"));
        if self.children.is_empty() && self.text == 0 {
            out.push_str(" />");
        } else {
            out.push_str("\n>");
            out.push_str(TEXTS[self.text]);
            for child in &self.children {
                child.element(out, scope, counter);
                out.push_str(TEXTS[(self.text + child.text) % TEXTS.len()]);
            }
            out.push_str(&format!("</{name} >"));
        }
        scope.truncate(before);
    }

    fn declare(&self, tag: &mut String, scope: &mut Vec<usize>) {
        let mut seen = Vec::new();
        for (prefix, uri) in &self.declarations {
            let undeclares = *uri == URIS.len();
            if seen.contains(prefix) || (undeclares && *prefix < PREFIXES.len()) {
                continue;
            }
            seen.push(*prefix);
            let value = if undeclares { "" } else { URIS[*uri] };
            match PREFIXES.get(*prefix) {
                Some(name) => {
                    scope.push(*prefix);
                    tag.push_str(&format!(" xmlns:{name}='{value}'"));
                }
                None => tag.push_str(&format!("\n xmlns = \"{value}\"")),
            }
        }
    }

    /// Attributes are unique by local name, so that two prefixes of one namespace never collide.
    fn attribute(&self, tag: &mut String, scope: &[usize]) {
        let mut seen = Vec::new();
        for (prefix, local, value) in &self.attributes {
            if !seen.contains(local) {
                seen.push(*local);
                let value = VALUES[*value].replace('\'', "&apos;");
                tag.push_str(&format!("  {}='{value}'", qualified(*prefix, LOCALS[*local], scope)));
            }
        }
        for (name, value) in self.xml.iter().take(1) {
            let value = match name {
                0 => ["en", "vi", "lo", ""][*value],
                1 => ["default", "preserve", "default", "preserve"][*value],
                _ => ["http://h/a/b", "c/d", "../e", "/f/"][*value],
            };
            tag.push_str(&format!(" xml:{}=\"{value}\"", ["lang", "space", "base"][*name]));
        }
    }
}

fn qualified(prefix: usize, local: &str, scope: &[usize]) -> String {
    match PREFIXES.get(prefix).filter(|_| scope.contains(&prefix)) {
        Some(prefix) => format!("{prefix}:{local}"),
        None => local.into(),
    }
}
