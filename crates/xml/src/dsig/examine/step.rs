//! Transforms as they are written.

use super::xpath::{Condition, Selector};
use super::{EXPRESSION_BYTES_MAX, FILTERS_MAX};
use crate::c14n::Method;
use crate::dsig::parse::{canonicalization, too_many};
use crate::dsig::{DsigError, ENVELOPED, TRANSFORMS_MAX};
use crate::{NS_DSIG, find};
use roxmltree::Node;

/// The `base64` transform.
const BASE64: &str = "http://www.w3.org/2000/09/xmldsig#base64";
/// The XPath 1.0 filter.
const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
/// XPath Filter 2.0; also the namespace of its `XPath` element.
const FILTER2: &str = "http://www.w3.org/2002/06/xmldsig-filter2";

/// One transform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a, 'i> {
    /// A canonicalisation.
    Canonicalize(Method),
    /// Leaves out the signature that holds the reference.
    Enveloped,
    /// Decodes base64.
    Base64,
    /// Keeps the nodes for which a condition holds (XPath 1.0 filter).
    Keep(Condition<'a, 'i>),
    /// Keeps what filters leave, one after another (XPath Filter 2.0).
    Filter(Vec<(Filter, Selector<'a, 'i>)>),
}

/// What a filter of XPath Filter 2.0 does with the subtrees that it selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Keeps only these.
    Intersect,
    /// Takes these away.
    Subtract,
    /// Adds these.
    Union,
}

impl Step<'_, '_> {
    /// Whether the transform needs nodes and not bytes.
    pub const fn needs_nodes(&self) -> bool {
        !matches!(self, Self::Base64)
    }
}

/// The transforms of `ds:Transforms`; `Ok(Err(_))` says which one is not supported.
pub(super) fn steps<'a, 'i>(node: Node<'a, 'i>) -> Result<Result<Vec<Step<'a, 'i>>, String>, DsigError> {
    let mut steps = Vec::new();
    for child in node.children().filter(|c| find::is(*c, NS_DSIG, "Transform")) {
        if steps.len() == TRANSFORMS_MAX {
            return Err(too_many(child, "transforms", TRANSFORMS_MAX));
        }
        match step(child)? {
            Ok(step) => steps.push(step),
            Err(reason) => return Ok(Err(reason)),
        }
    }
    Ok(Ok(steps))
}

fn step<'a, 'i>(node: Node<'a, 'i>) -> Result<Result<Step<'a, 'i>, String>, DsigError> {
    if let Some(method) = canonicalization(node)? {
        return Ok(Ok(Step::Canonicalize(method)));
    }
    Ok(match node.attribute("Algorithm").unwrap_or_default() {
        ENVELOPED => Ok(Step::Enveloped),
        BASE64 => Ok(Step::Base64),
        XPATH => condition(node).map(Step::Keep),
        FILTER2 => filters(node).map(Step::Filter),
        other => Err(format!("the transform {other} is not supported")),
    })
}

fn condition<'a, 'i>(node: Node<'a, 'i>) -> Result<Condition<'a, 'i>, String> {
    let expression = node.children().find(|c| find::is(*c, NS_DSIG, "XPath"));
    let expression = expression.ok_or("an XPath transform without expression")?;
    Condition::parse(expression, &expression_text(expression)?)
}

fn filters<'a, 'i>(node: Node<'a, 'i>) -> Result<Vec<(Filter, Selector<'a, 'i>)>, String> {
    let mut filters = Vec::new();
    for expression in node.children().filter(|c| find::is(*c, FILTER2, "XPath")) {
        if filters.len() == FILTERS_MAX {
            return Err(format!("more than {FILTERS_MAX} XPath filters"));
        }
        let filter = match expression.attribute("Filter") {
            Some("intersect") => Filter::Intersect,
            Some("subtract") => Filter::Subtract,
            Some("union") => Filter::Union,
            other => return Err(format!("the XPath filter {other:?} is unknown")),
        };
        filters.push((filter, Selector::parse(expression, &expression_text(expression)?)?));
    }
    if filters.is_empty() { Err("an XPath Filter 2.0 transform without XPath".into()) } else { Ok(filters) }
}

fn expression_text(node: Node<'_, '_>) -> Result<String, String> {
    let texts = node.children().filter(Node::is_text).filter_map(|n| n.text());
    let text: String = texts.collect();
    if text.len() > EXPRESSION_BYTES_MAX {
        return Err(format!("an XPath expression of {} bytes, at most {EXPRESSION_BYTES_MAX} are read", text.len()));
    }
    Ok(text)
}
