//! What a signature signs: its references, and the entries of manifests among them.

use super::signature::{Context, Parts};
use crate::facts::{DataKind, DataState, Fault, Finding, SIGNED_PROPERTIES_UNTYPED, Signature, SignedData, Weight};
use crate::xades::names;
use mekong_xml::dsig::examine::{Pointer, REFERENCES_MAX, Step, Target, Unread};
use mekong_xml::roxmltree::Node;
use mekong_xml::{NS_DSIG, find};

/// Manifests within manifests.
const MANIFEST_DEPTH_MAX: usize = 4;

/// A reference of `SignedInfo`, followed.
pub(super) struct Followed<'a, 'i> {
    pub(super) kind: DataKind,
    pub(super) target: Result<Target<'a, 'i>, Unread>,
    pub(super) state: DataState,
}

/// Reads and checks all references; each becomes signed data, manifests followed by their entries.
pub(super) fn read<'a, 'i>(
    context: &Context<'a, 'i, '_>,
    parts: &Parts<'a, 'i>,
    signature: &mut Signature,
) -> Vec<Followed<'a, 'i>> {
    let mut reader = Reader { context, parts, signature, entries: 0 };
    let followed: Vec<Followed<'a, 'i>> = parts.form.references.iter().map(|r| reader.reference(r)).collect();
    check_signed_properties(parts, &followed, signature);
    let meant = [DataKind::Document, DataKind::Manifest, DataKind::CounterSigned];
    if !followed.iter().any(|f| meant.contains(&f.kind)) {
        signature.data.push(SignedData {
            name: "signed content".into(),
            kind: DataKind::Document,
            algorithm: None,
            state: DataState::Missing,
        });
    }
    followed
}

/// A signature with signed properties must sign them, by a reference that says so (EN 319 132-1 §4.3.3, TS 101 903 §6.3.1).
fn check_signed_properties(parts: &Parts<'_, '_>, followed: &[Followed<'_, '_>], signature: &mut Signature) {
    let Some(signed) = parts.signed else { return };
    if !followed.iter().any(|f| f.kind == DataKind::SignedProperties) {
        signature.faults.push(Fault::new(find::path(signed), "no reference signs the signed properties"));
        return;
    }
    let says_so = |pointer: &Pointer<'_, '_>| pointer.kind.is_some_and(names::means_signed_properties);
    if !parts.form.references.iter().any(says_so) {
        let text = format!("the reference to the signed properties lacks its Type, {}", names::SIGNED_PROPERTIES);
        signature.findings.push(Finding::new(Weight::Warning, SIGNED_PROPERTIES_UNTYPED, text));
    }
}

struct Reader<'c, 'a, 'i, 'r, 's> {
    context: &'c Context<'a, 'i, 'r>,
    parts: &'c Parts<'a, 'i>,
    signature: &'s mut Signature,
    entries: usize,
}

impl<'a, 'i> Reader<'_, 'a, 'i, '_, '_> {
    fn reference(&mut self, pointer: &Pointer<'a, 'i>) -> Followed<'a, 'i> {
        let target = self.context.examination.target(pointer.uri);
        let kind = self.kind(pointer, &target);
        let state = self.state(pointer, kind, &target);
        self.push(name(pointer, kind), pointer, kind, state.clone());
        if let (DataKind::Manifest, Ok(Target::Element(manifest))) = (kind, &target)
            && state != DataState::Missing
        {
            self.manifest(*manifest, 1);
        }
        Followed { kind, target, state }
    }

    fn push(&mut self, name: String, pointer: &Pointer<'_, '_>, kind: DataKind, state: DataState) {
        let algorithm = pointer.algorithm.as_ref().ok().copied();
        self.signature.data.push(SignedData { name, kind, algorithm, state });
    }

    /// The part that a reference plays: by what it leads to, else by what it says of itself.
    fn kind(&self, pointer: &Pointer<'a, 'i>, target: &Result<Target<'a, 'i>, Unread>) -> DataKind {
        let is = |node: Option<Node<'a, 'i>>| matches!(target, Ok(Target::Element(found)) if Some(*found) == node);
        if is(self.parts.signed) || pointer.kind.is_some_and(names::means_signed_properties) {
            return DataKind::SignedProperties;
        }
        if is(self.parts.form.key_info) {
            return DataKind::KeyInfo;
        }
        match (pointer.kind, target) {
            (Some(names::COUNTERSIGNED), _) => DataKind::CounterSigned,
            (_, Ok(Target::Element(node))) if find::is(*node, NS_DSIG, "SignatureValue") => DataKind::CounterSigned,
            (Some(names::MANIFEST), _) => DataKind::Manifest,
            (_, Ok(Target::Element(node))) if find::is(*node, NS_DSIG, "SignatureProperties") => DataKind::Other,
            _ => DataKind::Document,
        }
    }

    fn state(
        &mut self,
        pointer: &Pointer<'a, 'i>,
        kind: DataKind,
        target: &Result<Target<'a, 'i>, Unread>,
    ) -> DataState {
        if let Ok(Target::Element(node)) = target
            && self.is_misplaced(pointer, kind, *node)
        {
            return DataState::Missing;
        }
        if kind == DataKind::SignedProperties && !only_canonicalises(pointer) {
            return DataState::Unchecked("the signed properties are transformed before they are digested".into());
        }
        self.digest(pointer)
    }

    /// Whether an element of the right Id is not where the signature must have it: what a validator would show of it is not
    /// what was signed.
    fn is_misplaced(&self, pointer: &Pointer<'a, 'i>, kind: DataKind, target: Node<'a, 'i>) -> bool {
        let own_object = |node: Node<'a, 'i>| self.parts.form.objects.contains(&node);
        match kind {
            DataKind::SignedProperties => Some(target) != self.parts.signed,
            DataKind::Manifest => !find::is(target, NS_DSIG, "Manifest") || !target.parent().is_some_and(own_object),
            DataKind::KeyInfo => false,
            _ => pointer.kind == Some(names::OBJECT) && !own_object(target),
        }
    }

    fn digest(&mut self, pointer: &Pointer<'a, 'i>) -> DataState {
        match self.context.examination.digest(self.parts.form.node, pointer) {
            Ok(digest) if digest == pointer.digest => DataState::Intact,
            Ok(_) => DataState::Altered,
            Err(Unread::Missing(_)) => DataState::Missing,
            Err(Unread::Unsupported(reason)) => DataState::Unchecked(reason),
            Err(Unread::Broken(_)) => DataState::Altered,
            Err(error @ Unread::Duplicate(_)) => {
                self.signature.faults.push(Fault::new(find::path(pointer.node), error.to_string()));
                DataState::Missing
            }
        }
    }

    fn manifest(&mut self, manifest: Node<'a, 'i>, depth: usize) {
        if !self.context.may_fail() {
            let what = "the manifest is not read: too much of this document is malformed";
            self.signature.faults.push(Fault::new(find::path(manifest), what));
            return;
        }
        let entries = match Pointer::all(manifest) {
            Ok(entries) => entries,
            Err(error) => {
                self.context.failed();
                self.signature.faults.push(Fault::new(find::path(manifest), error.to_string()));
                return;
            }
        };
        for entry in entries {
            self.entries += 1;
            if self.entries > REFERENCES_MAX || depth > MANIFEST_DEPTH_MAX {
                let what =
                    format!("more than {REFERENCES_MAX} entries, or manifests nested deeper than {MANIFEST_DEPTH_MAX}");
                self.signature.faults.push(Fault::new(find::path(manifest), what));
                return;
            }
            let target = self.context.examination.target(entry.uri);
            let inner = match target {
                Ok(Target::Element(node)) if entry.kind == Some(names::MANIFEST) => Some(node),
                _ => None,
            };
            let misplaced = inner.is_some_and(|node| self.is_misplaced(&entry, DataKind::Manifest, node));
            let state = if misplaced { DataState::Missing } else { self.digest(&entry) };
            self.push(name(&entry, DataKind::ManifestEntry), &entry, DataKind::ManifestEntry, state);
            if let Some(inner) = inner.filter(|_| !misplaced) {
                self.manifest(inner, depth + 1);
            }
        }
    }
}

/// Whether nothing but canonicalisation happens between an element and its digest.
fn only_canonicalises(pointer: &Pointer<'_, '_>) -> bool {
    pointer.steps.as_ref().is_ok_and(|steps| steps.iter().all(|step| matches!(step, Step::Canonicalize(_))))
}

fn name(pointer: &Pointer<'_, '_>, kind: DataKind) -> String {
    match (kind, pointer.uri) {
        (DataKind::SignedProperties, _) => "signed properties".into(),
        (DataKind::KeyInfo, _) => "key information".into(),
        (_, Some("")) => "document".into(),
        (_, Some(uri)) => uri.into(),
        (_, None) => "a reference without URI".into(),
    }
}
