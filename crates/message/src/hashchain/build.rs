//! Building hash chains.

use super::{HashChainError, NAMESPACE, step};
use crate::DSIG;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mekong_crypto::DigestAlgorithm;
use mekong_xml::write::escape_attribute;
use std::fmt::Write as _;

/// One part of an input: a file and its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The file, such as `/message.xml`.
    pub uri: String,
    /// The digest algorithm; written out where it differs from that of the chain.
    pub algorithm: DigestAlgorithm,
    /// The digest.
    pub digest: Vec<u8>,
}

/// A tree over inputs: its result, and the way to it from each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The `HashChainResult` document, to be signed or stamped.
    pub result: String,
    algorithm: DigestAlgorithm,
    leaves: Vec<Leaf>,
    /// The values of all levels, leaves first.
    levels: Vec<Vec<Vec<u8>>>,
}

/// A leaf: the digest that goes into the tree, and the parts behind it if they are several.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Leaf {
    value: Vec<u8>,
    parts: Vec<Part>,
}

/// Builds the tree over `inputs`, each one message with all its parts (or one signature).
///
/// `chain_file` is the name by which the result refers to the chain documents, such as `/sig-hashchain.xml`. Neighbours
/// are combined level by level; the last one of an odd level goes up as it is, so that the tree of 5 is that of 4 beside
/// a single leaf.
///
/// # Errors
/// [`HashChainError::TooLarge`] if there is nothing to chain: no input, an input without parts, or a single input of a
/// single part (which is signed or stamped directly).
pub fn build(inputs: Vec<Vec<Part>>, algorithm: DigestAlgorithm, chain_file: &str) -> Result<Tree, HashChainError> {
    let nothing = |what: &str| HashChainError::TooLarge { what: what.to_owned() };
    if inputs.is_empty() {
        return Err(nothing("empty: there is no input"));
    }
    if let [only] = inputs.as_slice()
        && only.len() < 2
    {
        return Err(nothing("not needed for a single part"));
    }
    let leaves = inputs.into_iter().map(|parts| leaf(parts, algorithm)).collect::<Option<Vec<_>>>();
    let leaves = leaves.ok_or_else(|| nothing("impossible: an input has no parts"))?;
    let levels = levels(&leaves, algorithm);
    let result = result(top(&levels), algorithm, chain_file);
    Ok(Tree { result, algorithm, leaves, levels })
}

impl Tree {
    /// The value at the top, which stands in the result.
    pub fn top(&self) -> &[u8] {
        top(&self.levels)
    }

    /// The `HashChain` document of an input, in the order they were given; `None` if there are not so many.
    pub fn chain(&self, index: usize) -> Option<String> {
        self.leaves.get(index).map(|leaf| chain(&self.levels, index, leaf, self.algorithm))
    }

    /// The `HashChain` documents of all inputs, in order.
    pub fn chains(&self) -> impl Iterator<Item = String> {
        self.leaves.iter().enumerate().map(|(index, leaf)| chain(&self.levels, index, leaf, self.algorithm))
    }
}

fn leaf(parts: Vec<Part>, algorithm: DigestAlgorithm) -> Option<Leaf> {
    let value = match parts.as_slice() {
        [] => return None,
        [only] if only.algorithm == algorithm => only.digest.clone(),
        several => {
            let list = step::list(several.iter().map(|part| (part.algorithm, part.digest.as_slice())));
            algorithm.digest(&list).as_ref().to_vec()
        }
    };
    Some(Leaf { value, parts })
}

/// All levels of the tree, leaves first.
fn levels(leaves: &[Leaf], algorithm: DigestAlgorithm) -> Vec<Vec<Vec<u8>>> {
    let mut level: Vec<Vec<u8>> = leaves.iter().map(|leaf| leaf.value.clone()).collect();
    let mut levels = Vec::new();
    while level.len() > 1 {
        let above = level.chunks(2).map(|pair| match pair {
            [left, right] => step::digest(algorithm, &[left, right]).as_ref().to_vec(),
            orphan => orphan.concat(),
        });
        let above = above.collect();
        levels.push(std::mem::replace(&mut level, above));
    }
    levels.push(level);
    levels
}

fn top(levels: &[Vec<Vec<u8>>]) -> &[u8] {
    levels.last().and_then(|level| level.first()).map_or(&[], Vec::as_slice)
}

/// The way up from a leaf: its side and its sibling on every level where it has one, leaf first.
fn path(levels: &[Vec<Vec<u8>>], mut index: usize) -> Vec<(bool, &[u8])> {
    let mut path = Vec::with_capacity(levels.len());
    for level in levels {
        let is_left = index.is_multiple_of(2);
        let sibling = if is_left { level.get(index + 1) } else { level.get(index - 1) };
        if let Some(sibling) = sibling {
            path.push((is_left, sibling.as_slice()));
        }
        index /= 2;
    }
    path
}

fn chain(levels: &[Vec<Vec<u8>>], index: usize, leaf: &Leaf, algorithm: DigestAlgorithm) -> String {
    let path = path(levels, index);
    let direct = match leaf.parts.as_slice() {
        [only] if only.algorithm == algorithm && !path.is_empty() => Some(only),
        _ => None,
    };
    let mut out = String::with_capacity(1024);
    open(&mut out, "HashChain", "");
    push(&mut out, format_args!("<hc:DefaultDigestMethod Algorithm=\"{}\"></hc:DefaultDigestMethod>", algorithm.uri()));
    for (number, (is_left, sibling)) in path.iter().rev().enumerate() {
        let last = number + 1 == path.len();
        let mut mine = String::with_capacity(160);
        match direct {
            Some(part) if last => data_ref(&mut mine, part, algorithm),
            _ => push(&mut mine, format_args!("<hc:StepRef URI=\"#STEP{}\"></hc:StepRef>", number + 1)),
        }
        push(&mut out, format_args!("<hc:HashStep id=\"STEP{number}\">"));
        let sibling =
            format!("<hc:HashValue><ds:DigestValue>{}</ds:DigestValue></hc:HashValue>", BASE64.encode(sibling));
        let (first, second) = if *is_left { (&mine, &sibling) } else { (&sibling, &mine) };
        out.push_str(first);
        out.push_str(second);
        out.push_str("</hc:HashStep>");
    }
    if direct.is_none() {
        push(&mut out, format_args!("<hc:HashStep id=\"STEP{}\">", path.len()));
        leaf.parts.iter().for_each(|part| data_ref(&mut out, part, algorithm));
        out.push_str("</hc:HashStep>");
    }
    out.push_str("</hc:HashChain>");
    out
}

fn data_ref(out: &mut String, part: &Part, default: DigestAlgorithm) {
    out.push_str("<hc:DataRef URI=\"");
    escape_attribute(out, &part.uri);
    out.push_str("\">");
    if part.algorithm != default {
        push(out, format_args!("<ds:DigestMethod Algorithm=\"{}\"></ds:DigestMethod>", part.algorithm.uri()));
    }
    push(out, format_args!("<ds:DigestValue>{}</ds:DigestValue></hc:DataRef>", BASE64.encode(&part.digest)));
}

fn result(top: &[u8], algorithm: DigestAlgorithm, chain_file: &str) -> String {
    let mut out = String::with_capacity(512);
    let mut uri = String::new();
    escape_attribute(&mut uri, chain_file);
    open(&mut out, "HashChainResult", &format!(" URI=\"{uri}#STEP0\""));
    push(&mut out, format_args!("<ds:DigestMethod Algorithm=\"{}\"></ds:DigestMethod>", algorithm.uri()));
    push(&mut out, format_args!("<ds:DigestValue>{}</ds:DigestValue></hc:HashChainResult>", BASE64.encode(top)));
    out
}

fn open(out: &mut String, name: &str, attributes: &str) {
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    push(out, format_args!("<hc:{name} xmlns:ds=\"{DSIG}\" xmlns:hc=\"{NAMESPACE}\"{attributes}>"));
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}
