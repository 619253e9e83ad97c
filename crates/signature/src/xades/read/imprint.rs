//! What time-stamps in XAdES are made over (EN 319 132-1 §5.2.8, §5.3, §5.5.2, annex A.1.5; TS 101 903 before it).

use super::signature::{Context, Parts};
use crate::facts::DataState;
use crate::xades::names;
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_xml::NS_DSIG;
use mekong_xml::c14n::Method;
use mekong_xml::dsig::examine::{Pointer, Target, Unread};
use mekong_xml::find;
use mekong_xml::roxmltree::{Node, NodeId};

/// Recomputes the imprints of one signature's time-stamps.
pub(in crate::xades) struct Imprints<'c, 'a, 'i, 'r> {
    context: &'c Context<'a, 'i, 'r>,
    parts: &'c Parts<'a, 'i>,
    /// The unsigned properties, in order.
    properties: &'c [Node<'a, 'i>],
    running: Vec<Running>,
}

/// Archive time-stamps are made over what the one before was made over and more: this goes on where that one stopped.
struct Running {
    algorithm: DigestAlgorithm,
    method: Method,
    hasher: Result<Hasher, Unread>,
    /// Unsigned properties in it so far.
    properties: usize,
}

/// What an imprint should be, in the readings that the standards leave open.
pub(in crate::xades) type Candidates = Result<Vec<Vec<u8>>, Unread>;

/// Whether an imprint is what it should be.
pub(super) fn compare(imprint: &[u8], candidates: Candidates) -> DataState {
    match candidates {
        Ok(candidates) if candidates.iter().any(|c| c == imprint) => DataState::Intact,
        Ok(_) | Err(Unread::Broken(_)) => DataState::Altered,
        Err(Unread::Missing(_) | Unread::Duplicate(_)) => DataState::Missing,
        Err(Unread::Unsupported(reason)) => DataState::Unchecked(reason),
    }
}

impl<'c, 'a, 'i, 'r> Imprints<'c, 'a, 'i, 'r> {
    pub(in crate::xades) const fn new(
        context: &'c Context<'a, 'i, 'r>,
        parts: &'c Parts<'a, 'i>,
        properties: &'c [Node<'a, 'i>],
    ) -> Self {
        Self { context, parts, properties, running: Vec::new() }
    }

    /// `AllDataObjectsTimeStamp`: every reference but the one to the signed properties.
    pub(super) fn all_data(&self, algorithm: DigestAlgorithm, method: &Method) -> Candidates {
        let references = self.parts.form.references.iter().filter(|r| !self.is_signed_properties(r));
        self.references(references, algorithm, method)
    }

    /// `IndividualDataObjectsTimeStamp`: the references that `Include` names by their Ids.
    pub(super) fn individual_data(
        &self,
        stamp: Node<'a, 'i>,
        algorithm: DigestAlgorithm,
        method: &Method,
    ) -> Candidates {
        let mut references = Vec::new();
        for include in names::children(stamp, "Include") {
            if include.attribute("referencedData") == Some("false") {
                return Err(Unread::Broken("an Include with referencedData false".into()));
            }
            let uri = include.attribute("URI").unwrap_or_default();
            let id = uri.strip_prefix('#').unwrap_or(uri);
            let found = self.parts.form.references.iter().find(|r| r.id == Some(id));
            references.push(found.ok_or_else(|| Unread::Missing(uri.to_owned()))?);
        }
        if references.is_empty() {
            return Err(Unread::Missing("a time-stamp over individual data objects that names none".into()));
        }
        self.references(references.into_iter(), algorithm, method)
    }

    fn references<'p>(
        &self,
        references: impl Iterator<Item = &'p Pointer<'a, 'i>>,
        algorithm: DigestAlgorithm,
        method: &Method,
    ) -> Candidates
    where
        'a: 'p,
        'i: 'p,
    {
        let mut hasher = Hasher::new(algorithm);
        let mut some = false;
        for reference in references {
            some = true;
            self.reference(reference, method, &mut hasher)?;
        }
        if some { Ok(finished(hasher)) } else { Err(Unread::Missing("a time-stamp over no data".into())) }
    }

    fn reference(&self, reference: &Pointer<'a, 'i>, method: &Method, hasher: &mut Hasher) -> Result<(), Unread> {
        let examination = &self.context.examination;
        examination.octets(self.parts.form.node, reference, method, &mut |piece| hasher.update(piece))
    }

    fn element(&self, node: Node<'a, 'i>, method: &Method, hasher: &mut Hasher) -> Result<(), Unread> {
        self.context.examination.canonical(node, method, &mut |piece| hasher.update(piece))
    }

    fn is_signed_properties(&self, reference: &Pointer<'a, 'i>) -> bool {
        let leads_there = || match self.context.examination.target(reference.uri) {
            Ok(Target::Element(node)) => Some(node) == self.parts.signed,
            _ => false,
        };
        reference.kind.is_some_and(names::means_signed_properties) || leads_there()
    }

    /// A `SignatureTimeStamp`: the signature value.
    pub(in crate::xades) fn value(&self, algorithm: DigestAlgorithm, method: &Method) -> Candidates {
        let mut hasher = Hasher::new(algorithm);
        self.element(self.parts.form.value_node, method, &mut hasher)?;
        Ok(finished(hasher))
    }

    /// This `SignatureTimeStamp`.
    pub(super) fn signature(&self, stamp: Node<'a, 'i>, algorithm: DigestAlgorithm, method: &Method) -> Candidates {
        let mut candidates = self.value(algorithm, method)?;
        // TS 101 903 1.1.1 names the element; it must be the value.
        if self.included(stamp).is_ok_and(|nodes| !nodes.is_empty() && !nodes.contains(&self.parts.form.value_node)) {
            candidates.clear();
        }
        Ok(candidates)
    }

    /// `SigAndRefsTimeStamp`, `RefsOnlyTimeStamp` and their second versions, before the property of this index.
    pub(super) fn references_of_validation_data(
        &self,
        with_signature: bool,
        before: usize,
        algorithm: DigestAlgorithm,
        method: &Method,
    ) -> Candidates {
        let mut hasher = Hasher::new(algorithm);
        if with_signature {
            self.element(self.parts.form.value_node, method, &mut hasher)?;
        }
        for property in self.properties.iter().take(before) {
            let name = names::local(*property);
            if is_reference_property(name) || (with_signature && name == "SignatureTimeStamp") {
                self.element(*property, method, &mut hasher)?;
            }
        }
        Ok(finished(hasher))
    }

    /// Whether an archive time-stamp covers every property before its place: it names none of them, or all.
    pub(super) fn names_all_before(&self, stamp: Node<'a, 'i>, index: usize) -> bool {
        let before = self.properties.get(..index).unwrap_or_default();
        self.included(stamp).is_ok_and(|named| named.is_empty() || before.iter().all(|one| named.contains(one)))
    }

    /// `ArchiveTimeStamp`, the property of this index.
    pub(super) fn archive(
        &mut self,
        stamp: Node<'a, 'i>,
        index: usize,
        algorithm: DigestAlgorithm,
        method: &Method,
    ) -> Candidates {
        let included = self.included(stamp)?;
        if !included.is_empty() {
            return self.archive_explicit(&included, algorithm, method);
        }
        self.archive_implicit(index, algorithm, method)
    }

    /// An `ArchiveTimeStamp` after so many unsigned properties; the first candidate is the one to make.
    pub(in crate::xades) fn archive_implicit(
        &mut self,
        after: usize,
        algorithm: DigestAlgorithm,
        method: &Method,
    ) -> Candidates {
        let hasher = self.archive_before(after, algorithm, method)?;
        self.with_objects(&hasher, method)
    }

    /// Everything but the objects, implicitly.
    fn archive_before(&mut self, index: usize, algorithm: DigestAlgorithm, method: &Method) -> Result<Hasher, Unread> {
        let same = |r: &Running| r.algorithm == algorithm && r.method == *method && r.properties <= index;
        let position = match self.running.iter().position(same) {
            Some(position) => position,
            None => {
                let hasher = self.archive_start(algorithm, method);
                self.running.push(Running { algorithm, method: method.clone(), hasher, properties: 0 });
                self.running.len() - 1
            }
        };
        let from = self.running.get(position).map_or(0, |r| r.properties);
        let mut hasher = match self.running.get(position) {
            Some(running) => running.hasher.clone()?,
            None => self.archive_start(algorithm, method)?,
        };
        for property in self.properties.get(from..index).unwrap_or_default() {
            self.element(*property, method, &mut hasher)?;
        }
        if let Some(running) = self.running.get_mut(position) {
            running.hasher = Ok(hasher.clone());
            running.properties = index;
        }
        Ok(hasher)
    }

    /// References, `SignedInfo`, `SignatureValue`, `KeyInfo`.
    fn archive_start(&self, algorithm: DigestAlgorithm, method: &Method) -> Result<Hasher, Unread> {
        let mut hasher = Hasher::new(algorithm);
        let form = &self.parts.form;
        for reference in &form.references {
            self.reference(reference, method, &mut hasher)?;
        }
        let elements = [Some(form.signed_info), Some(form.value_node), form.key_info];
        elements.into_iter().flatten().try_for_each(|node| self.element(node, method, &mut hasher))?;
        Ok(hasher)
    }

    /// The objects without the qualifying properties: all of them (TS 101 903 1.4.2, as signers do), or only those that no
    /// reference names (1.3.2). What a reference names is in the imprint already.
    fn with_objects(&self, before: &Hasher, method: &Method) -> Candidates {
        let objects: Vec<Node<'a, 'i>> =
            self.parts.form.objects.iter().copied().filter(|o| !self.holds_properties(*o)).collect();
        let referenced: Vec<NodeId> = self.parts.form.references.iter().filter_map(|r| self.target_id(r)).collect();
        let mut candidates = self.objects(&objects, before, method)?;
        let others: Vec<Node<'a, 'i>> = objects.iter().copied().filter(|o| !referenced.contains(&o.id())).collect();
        if others.len() != objects.len() {
            candidates.append(&mut self.objects(&others, before, method)?);
        }
        Ok(candidates)
    }

    fn objects(&self, objects: &[Node<'a, 'i>], before: &Hasher, method: &Method) -> Candidates {
        let mut hasher = before.clone();
        objects.iter().try_for_each(|object| self.element(*object, method, &mut hasher))?;
        Ok(finished(hasher))
    }

    /// What an evidence record covers, as one digest: the digests of references, `SignedInfo`, `SignatureValue`, `KeyInfo`, the
    /// unsigned properties before it, the objects and the entries of manifests, as a group (RFC 6283 §3.2.1).
    pub(super) fn sealed(&self, before: usize, algorithm: DigestAlgorithm, method: &Method) -> Result<Vec<u8>, Unread> {
        let form = &self.parts.form;
        let mut group = Vec::new();
        for reference in &form.references {
            group.push(self.one(algorithm, |hasher| self.reference(reference, method, hasher))?);
        }
        let own = [Some(form.signed_info), Some(form.value_node), form.key_info].into_iter().flatten();
        let properties = self.properties.iter().take(before).copied();
        let objects = form.objects.iter().copied().filter(|o| !self.holds_properties(*o));
        for node in own.chain(properties).chain(objects) {
            group.push(self.one(algorithm, |hasher| self.element(node, method, hasher))?);
        }
        for entry in self.manifest_entries() {
            group.push(self.one(algorithm, |hasher| self.reference(&entry, method, hasher))?);
        }
        group.sort_unstable();
        Ok(algorithm.digest(&group.concat()).as_ref().to_vec())
    }

    fn one(
        &self,
        algorithm: DigestAlgorithm,
        feed: impl Fn(&mut Hasher) -> Result<(), Unread>,
    ) -> Result<Vec<u8>, Unread> {
        let mut hasher = Hasher::new(algorithm);
        feed(&mut hasher)?;
        Ok(hasher.finish().as_ref().to_vec())
    }

    /// The entries of signed manifests; manifests in them are followed once more.
    fn manifest_entries(&self) -> Vec<Pointer<'a, 'i>> {
        let manifest_of = |reference: &Pointer<'a, 'i>| match self.context.examination.target(reference.uri) {
            Ok(Target::Element(node)) if reference.kind == Some(names::MANIFEST) => Pointer::all(node).ok(),
            _ => None,
        };
        let mut entries = Vec::new();
        for entry in self.parts.form.references.iter().filter_map(&manifest_of).flatten() {
            match manifest_of(&entry) {
                Some(inner) => entries.extend(inner),
                None => entries.push(entry),
            }
        }
        entries
    }

    fn holds_properties(&self, object: Node<'a, 'i>) -> bool {
        self.parts.qualifying.is_some_and(|q| q.parent() == Some(object))
    }

    fn target_id(&self, reference: &Pointer<'a, 'i>) -> Option<NodeId> {
        match self.context.examination.target(reference.uri) {
            Ok(Target::Element(node)) => Some(node.id()),
            _ => None,
        }
    }

    /// The unsigned properties are named one by one (distributed case).
    fn archive_explicit(&self, included: &[Node<'a, 'i>], algorithm: DigestAlgorithm, method: &Method) -> Candidates {
        let mut hasher = self.archive_start(algorithm, method)?;
        included.iter().try_for_each(|node| self.element(*node, method, &mut hasher))?;
        self.with_objects(&hasher, method)
    }

    /// What `Include` (1.1.1: `HashDataInfo`) names.
    fn included(&self, stamp: Node<'a, 'i>) -> Result<Vec<Node<'a, 'i>>, Unread> {
        let mut nodes = Vec::new();
        for include in names::children(stamp, "Include").chain(names::children(stamp, "HashDataInfo")) {
            let uri = include.attribute("URI").or_else(|| include.attribute("uri"));
            if find::children(include, NS_DSIG, "Transforms").next().is_some() {
                return Err(Unread::Unsupported("a time-stamp whose Include has transforms".into()));
            }
            match self.context.examination.target(uri)? {
                Target::Element(node) => nodes.push(node),
                other => return Err(Unread::Unsupported(format!("a time-stamp that includes {other:?}"))),
            }
        }
        Ok(nodes)
    }
}

fn is_reference_property(name: &str) -> bool {
    matches!(
        name,
        "CompleteCertificateRefs"
            | "CompleteCertificateRefsV2"
            | "CompleteRevocationRefs"
            | "AttributeCertificateRefs"
            | "AttributeCertificateRefsV2"
            | "AttributeRevocationRefs"
    )
}

fn finished(hasher: Hasher) -> Vec<Vec<u8>> {
    vec![hasher.finish().as_ref().to_vec()]
}
