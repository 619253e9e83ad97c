//! Counter-signatures: which signature they sign, and their order.

use super::references::Followed;
use super::signature::{Parts, Read};
use crate::facts::{DataKind, DataState, Fault, Signature};
use crate::xades::names;
use mekong_xml::dsig::examine::Target;
use mekong_xml::roxmltree::Node;
use mekong_xml::{NS_DSIG, find};
use std::collections::HashMap;

/// The signature element that this one counter-signs: the one around its `CounterSignature` property, which it must then sign,
/// or the one whose value a reference of that type leads to (EN 319 132-1 §5.2.7).
pub(super) fn signed_by<'a, 'i>(
    parts: &Parts<'a, 'i>,
    followed: &[Followed<'a, 'i>],
    signature: &mut Signature,
) -> Option<Node<'a, 'i>> {
    let values = followed.iter().filter(|f| f.kind == DataKind::CounterSigned);
    let signed: Vec<Option<Node<'a, 'i>>> = values.map(signature_of_value).collect();
    let around = parts.form.node.parent().filter(|p| names::is(*p, "CounterSignature"));
    let Some(property) = around else { return signed.into_iter().flatten().next() };
    let parent = property.ancestors().skip(1).find(|a| find::is(*a, NS_DSIG, "Signature"));
    if !signed.iter().any(|s| s.is_some() && *s == parent) {
        let what = "the counter-signature does not sign the value of the signature that holds it";
        signature.faults.push(Fault::new(find::path(property), what));
        let counter = signature.data.iter_mut().filter(|d| d.kind == DataKind::CounterSigned);
        counter.for_each(|d| d.state = DataState::Missing);
    }
    parent
}

/// The signature whose value a reference leads to.
fn signature_of_value<'a, 'i>(followed: &Followed<'a, 'i>) -> Option<Node<'a, 'i>> {
    match &followed.target {
        Ok(Target::Element(node)) if find::is(*node, NS_DSIG, "SignatureValue") => node.parent(),
        _ => None,
    }
}

/// Puts counter-signatures after what they sign, in document order otherwise, and says by index what they sign.
pub(super) fn order(read: Vec<Read<'_, '_>>) -> Vec<Signature> {
    let position: HashMap<_, usize> = read.iter().enumerate().map(|(n, r)| (r.node.id(), n)).collect();
    let target: Vec<Option<usize>> =
        read.iter().map(|r| r.countersigns.and_then(|n| position.get(&n.id()).copied())).collect();
    let depth: Vec<usize> = (0..read.len()).map(|n| depth(&target, n)).collect();
    let mut order: Vec<usize> = (0..read.len()).collect();
    // Those that are where they belong keep their place: nested ones follow their signature in the document.
    let late = |n: usize| target.get(n).copied().flatten().is_some_and(|t| t > n);
    if (0..read.len()).any(late) {
        order.sort_by_key(|n| depth.get(*n).copied().unwrap_or_default());
    }
    let mut placed = vec![0; read.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(slot) = placed.get_mut(*old) {
            *slot = new;
        }
    }
    let mut signatures: Vec<Option<Signature>> = read.into_iter().map(|r| Some(r.signature)).collect();
    let mut ordered = Vec::with_capacity(signatures.len());
    for old in order {
        let Some(mut signature) = signatures.get_mut(old).and_then(Option::take) else { continue };
        let new_target = target.get(old).copied().flatten().and_then(|t| placed.get(t).copied());
        signature.countersigns = new_target.filter(|t| *t < ordered.len());
        ordered.push(signature);
    }
    ordered
}

/// How many signatures lie below, one signing the other; bounded, for there may be circles.
fn depth(target: &[Option<usize>], from: usize) -> usize {
    let mut at = from;
    for depth in 0..64 {
        match target.get(at).copied().flatten() {
            Some(next) if next != from => at = next,
            _ => return depth,
        }
    }
    64
}
