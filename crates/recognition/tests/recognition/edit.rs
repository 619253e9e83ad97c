//! Edits of XML by paths, as the variants of the vectors describe them.

use mekong_base::Instant;
use mekong_base::limits::XmlLimits;
use mekong_recognition::list::XML_LIMITS;
use mekong_xml::NS_XML;
use mekong_xml::roxmltree::{Document, Node};
use mekong_xml::write::{escape_attribute, escape_text};
use serde_json::Value;
use std::collections::HashMap;
use std::ops::Range;

const LIMITS: XmlLimits = XML_LIMITS;

/// Prefixes of the paths.
pub(crate) type Prefixes = HashMap<String, String>;

/// Applies one edit of a line.
pub(crate) fn apply(xml: &str, edit: &Value, prefixes: &Prefixes, now: Instant) -> String {
    let text = |name: &str| edit[name].as_str().unwrap_or_else(|| panic!("{name} in {edit}")).to_owned();
    let path = text("xpath");
    match edit["op"].as_str().unwrap() {
        "set_text" => set_children(xml, &path, prefixes, &escaped(&text("value"))),
        "set_time" => set_children(xml, &path, prefixes, &shifted(now, &text("offset")).to_string()),
        "replace_children" => set_children(xml, &path, prefixes, &text("xml")),
        "remove_children" => set_children(xml, &path, prefixes, ""),
        "append" => append(xml, &path, prefixes, &text("xml")),
        "set_attr" => set_attribute(xml, &path, prefixes, &text("name"), &text("value")),
        "remove" => remove(xml, &path, prefixes, true),
        "remove_all" => remove(xml, &path, prefixes, false),
        other => panic!("operation {other}"),
    }
}

/// Replaces all children of the one node.
pub(crate) fn set_children(xml: &str, path: &str, prefixes: &Prefixes, content: &str) -> String {
    let element = one(xml, path, prefixes);
    splice(xml, &element.whole, &format!("{}{content}</{}>", element.opened(), element.name))
}

/// Removes what the path finds: exactly one node, or any number.
pub(crate) fn remove(xml: &str, path: &str, prefixes: &Prefixes, exactly_one: bool) -> String {
    let document = mekong_xml::parse(xml, &LIMITS).unwrap();
    let mut found: Vec<_> = find(&document, path, prefixes).iter().map(Node::range).collect();
    assert!(!exactly_one || found.len() == 1, "{path}: {} nodes", found.len());
    found.sort_by_key(|range| std::cmp::Reverse(range.start));
    let mut out = xml.to_owned();
    found.into_iter().for_each(|range| out.replace_range(range, ""));
    out
}

fn append(xml: &str, path: &str, prefixes: &Prefixes, content: &str) -> String {
    let element = one(xml, path, prefixes);
    let old = element.inside.clone().map(|range| &xml[range]).unwrap_or_default().to_owned();
    splice(xml, &element.whole, &format!("{}{old}{content}</{}>", element.opened(), element.name))
}

fn set_attribute(xml: &str, path: &str, prefixes: &Prefixes, name: &str, value: &str) -> String {
    let document = mekong_xml::parse(xml, &LIMITS).unwrap();
    let found = find(&document, path, prefixes);
    let [node] = found.as_slice() else { panic!("{path}: {} nodes", found.len()) };
    let mut written = format!("{name}=\"");
    escape_attribute(&mut written, value);
    written.push('"');
    let attribute = node.attributes().find(|a| a.name() == name);
    let (range, new) = match attribute {
        Some(attribute) => (attribute.range(), written),
        None => {
            let at = node.range().start + 1 + name_of(xml, *node).len();
            (at..at, format!(" {written}"))
        }
    };
    let mut out = xml.to_owned();
    out.replace_range(range, &new);
    out
}

/// An element in the text.
struct Element {
    whole: Range<usize>,
    /// Between the tags; `None` if it is an empty-element tag.
    inside: Option<Range<usize>>,
    start_tag: String,
    name: String,
}

impl Element {
    /// The start tag, not empty.
    fn opened(&self) -> String {
        match self.start_tag.strip_suffix("/>") {
            Some(head) => format!("{head}>"),
            None => self.start_tag.clone(),
        }
    }
}

fn one(xml: &str, path: &str, prefixes: &Prefixes) -> Element {
    let document = mekong_xml::parse(xml, &LIMITS).unwrap();
    let found = find(&document, path, prefixes);
    let [node] = found.as_slice() else { panic!("{path}: {} nodes", found.len()) };
    let whole = node.range();
    let text = &xml[whole.clone()];
    let end = start_tag_end(text);
    let start_tag = text[..end].to_owned();
    let inside = (!start_tag.ends_with("/>")).then(|| whole.start + end..whole.start + text.rfind("</").unwrap());
    Element { whole, inside, start_tag, name: name_of(xml, *node) }
}

fn start_tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, '>') => return at + 1,
            _ => {}
        }
    }
    panic!("no end of a start tag")
}

fn name_of(xml: &str, node: Node<'_, '_>) -> String {
    let after = &xml[node.range().start + 1..];
    after.chars().take_while(|c| !c.is_whitespace() && *c != '>' && *c != '/').collect()
}

fn splice(xml: &str, whole: &Range<usize>, new: &str) -> String {
    let mut out = xml.to_owned();
    out.replace_range(whole.clone(), new);
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    escape_text(&mut out, text);
    out
}

/// Paths of these forms: `/a/b`, `//a/b`, `(path)[n]/c`, with `[child='text']` after a step.
fn find<'a, 'i>(document: &'a Document<'i>, path: &str, prefixes: &Prefixes) -> Vec<Node<'a, 'i>> {
    if let Some(rest) = path.strip_prefix('(') {
        let (inner, rest) = rest.split_once(")[").unwrap();
        let (number, rest) = rest.split_once(']').unwrap();
        let number: usize = number.parse().unwrap();
        let chosen = find(document, inner, prefixes)[number - 1];
        return walk(vec![chosen], rest.strip_prefix('/').unwrap_or(rest), prefixes);
    }
    if let Some(rest) = path.strip_prefix("//") {
        let (first, rest) = split_step(rest);
        let all = document.descendants().filter(|n| matches(*n, first, prefixes)).collect();
        return walk(all, rest, prefixes);
    }
    walk(vec![document.root()], path.strip_prefix('/').unwrap(), prefixes)
}

fn walk<'a, 'i>(mut nodes: Vec<Node<'a, 'i>>, mut path: &str, prefixes: &Prefixes) -> Vec<Node<'a, 'i>> {
    while !path.is_empty() {
        let (step, rest) = split_step(path);
        nodes = nodes.iter().flat_map(|n| n.children()).filter(|n| matches(*n, step, prefixes)).collect();
        path = rest;
    }
    nodes
}

/// The first step, with its predicate, and what follows the `/`.
fn split_step(path: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, c) in path.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '/' if !quoted => return (&path[..at], &path[at + 1..]),
            _ => {}
        }
    }
    (path, "")
}

fn matches(node: Node<'_, '_>, step: &str, prefixes: &Prefixes) -> bool {
    let (name, predicate) = match step.split_once('[') {
        Some((name, predicate)) => (name, Some(predicate.strip_suffix(']').unwrap())),
        None => (step, None),
    };
    is_named(node, name, prefixes)
        && predicate.is_none_or(|predicate| {
            let (child, text) = predicate.split_once('=').unwrap();
            let text = text.trim_matches('\'');
            node.children().any(|c| is_named(c, child, prefixes) && c.text() == Some(text))
        })
}

fn is_named(node: Node<'_, '_>, name: &str, prefixes: &Prefixes) -> bool {
    let (prefix, local) = name.split_once(':').unwrap();
    let wanted = if prefix == "xml" { NS_XML } else { prefixes[prefix].as_str() };
    node.is_element() && node.tag_name().name() == local && node.tag_name().namespace() == Some(wanted)
}

/// A time shifted by an ISO 8601 duration of years, months or days.
pub(crate) fn shifted(now: Instant, offset: &str) -> Instant {
    let (negative, rest) = offset.strip_prefix('-').map_or((false, offset), |rest| (true, rest));
    let rest = rest.strip_prefix('P').unwrap();
    let (count, unit) = rest.split_at(rest.len() - 1);
    let days = count.parse::<u64>().unwrap()
        * match unit {
            "Y" => 365,
            "M" => 30,
            "D" => 1,
            other => panic!("{other}"),
        };
    let duration = std::time::Duration::from_secs(days * 86_400);
    if negative { now - duration } else { now + duration }
}
