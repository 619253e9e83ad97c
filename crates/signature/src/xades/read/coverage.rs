//! How much of the document a signature covers.

use super::references::Followed;
use super::signature::{Context, Parts};
use crate::facts::{Coverage, DataKind, DataState};
use mekong_xml::dsig::examine::{Filter, Step, Target};
use mekong_xml::roxmltree::Node;
use mekong_xml::{NS_DSIG, find};
use std::collections::HashSet;

/// What a signature covers whose transforms may leave out anything.
pub(crate) const NARROWED: &str = "what a transform of the signature leaves of the document";
/// Elements that are looked at to find what is not covered.
const LOOKED_AT_MAX: usize = 10_000;

/// What of the document (beside its signatures) the intact references cover. Content outside of the document is whole by
/// itself; which of several files are not covered, the container knows.
pub(super) fn of<'a, 'i>(
    context: &Context<'a, 'i, '_>,
    parts: &Parts<'a, 'i>,
    followed: &[Followed<'a, 'i>],
) -> Coverage {
    let own = |f: &&Followed<'_, '_>| !matches!(f.kind, DataKind::SignedProperties | DataKind::KeyInfo);
    if followed.iter().any(|f| own(&f)) && followed.iter().filter(own).all(|f| f.kind == DataKind::CounterSigned) {
        return Coverage::Part("the value of another signature".into());
    }
    let mut covered = HashSet::new();
    let (mut outside, mut narrowed) = (false, false);
    for (reference, followed) in parts.form.references.iter().zip(followed) {
        let counts = !matches!(followed.kind, DataKind::SignedProperties | DataKind::KeyInfo);
        if !counts || followed.state != DataState::Intact {
            continue;
        }
        let steps = reference.steps.as_deref().unwrap_or_default();
        narrowed |= steps.iter().any(may_narrow) || (steps.contains(&Step::Base64) && has_elements(&followed.target));
        match &followed.target {
            Ok(Target::Document) => drop(covered.insert(context.examination.document().root_element().id())),
            Ok(Target::Element(node)) => drop(covered.insert(node.id())),
            Ok(Target::External(_)) => outside = true,
            Err(_) => {}
        }
    }
    let root = context.examination.document().root_element();
    if narrowed {
        return Coverage::Part(NARROWED.into());
    }
    let is_covered = |node: Node<'a, 'i>| covered.contains(&node.id());
    if is_covered(root) {
        // What a transform leaves out with the signature may hold more than the signature.
        return match uncovered(parts.form.node, parts.form.node, &is_covered) {
            None => Coverage::Whole,
            Some(path) => Coverage::Part(format!("{}; {path} is not signed", find::path(root))),
        };
    }
    if covered.is_empty() && !outside {
        return Coverage::Unknown;
    }
    match uncovered(root, parts.form.node, &is_covered) {
        None => Coverage::Whole,
        Some(path) => {
            let document = context.examination.document();
            let elements = covered.iter().take(8).filter_map(|id| document.get_node(*id).map(find::path));
            let elements: Vec<String> = elements.collect();
            Coverage::Part(format!("{}; {path} is not signed", elements.join(", ")))
        }
    }
}

/// Whether the base64 transform, which takes texts alone, passes over elements of what is referenced.
fn has_elements<E>(target: &Result<Target<'_, '_>, E>) -> bool {
    match target {
        Ok(Target::Document) => true,
        Ok(Target::Element(node)) => node.children().any(|c| c.is_element()),
        Ok(Target::External(_)) | Err(_) => false,
    }
}

/// Whether a transform may leave out more than signatures.
fn may_narrow(step: &Step<'_, '_>) -> bool {
    match step {
        Step::Canonicalize(_) | Step::Enveloped | Step::Base64 => false,
        Step::Keep(condition) => !condition.leaves_out_only_signatures(),
        Step::Filter(filters) => {
            !filters.iter().all(|(filter, selector)| *filter == Filter::Subtract && selector.selects_only_signatures())
        }
    }
}

/// The first element with content of its own that is neither covered nor a signature.
fn uncovered<'a, 'i>(
    root: Node<'a, 'i>,
    own: Node<'a, 'i>,
    is_covered: &dyn Fn(Node<'a, 'i>) -> bool,
) -> Option<String> {
    let mut open = vec![root];
    let mut looked_at = 0;
    while let Some(node) = open.pop() {
        looked_at += 1;
        if looked_at > LOOKED_AT_MAX {
            return Some(find::path(node));
        }
        if is_covered(node) {
            continue;
        }
        if find::is(node, NS_DSIG, "Signature") {
            // What another signature holds is its matter; the own objects are what was meant to be signed.
            if node == own {
                for object in node.children().filter(|c| find::is(*c, NS_DSIG, "Object") && !is_covered(*c)) {
                    match holds_properties(object) {
                        true => open.extend(object.children().filter(|c| c.is_element() && !is_properties(*c))),
                        false => open.push(object),
                    }
                }
            }
            continue;
        }
        let has_text = node.children().any(|c| c.is_text() && c.text().is_some_and(|t| !t.trim().is_empty()));
        let elements: Vec<Node<'a, 'i>> = node.children().filter(Node::is_element).collect();
        if has_text || elements.is_empty() || has_attributes(node) {
            return Some(find::path(node));
        }
        open.extend(elements);
    }
    None
}

/// Whether an element says something by attributes other than its Id and those of schemas.
fn has_attributes(node: Node<'_, '_>) -> bool {
    const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
    let ids: Vec<&str> = find::ids(node).collect();
    let says = |attribute: &mekong_xml::roxmltree::Attribute<'_, '_>| {
        attribute.namespace() != Some(SCHEMA_INSTANCE) && !ids.contains(&attribute.value())
    };
    node.attributes().any(|attribute| says(&attribute))
}

fn holds_properties(object: Node<'_, '_>) -> bool {
    object.children().any(is_properties)
}

fn is_properties(node: Node<'_, '_>) -> bool {
    ["QualifyingProperties", "QualifyingPropertiesReference"].iter().any(|name| crate::xades::names::is(node, name))
}
