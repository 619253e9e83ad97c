//! One signature.

use super::bag::{Bag, Parsed};
use super::{claims, counter, coverage, identity, level, policy, references, stamps};
use crate::facts::{Fault, Finding, Level, Signature, SignatureFormat, SignatureValue, SignedBytes, Weight};
use crate::xades::{Resolved, names};
use mekong_crypto::{SignatureAlgorithm, ecdsa};
use mekong_xml::c14n::{self, Subset};
use mekong_xml::dsig::NamedBy;
use mekong_xml::dsig::examine::{Examination, Form};
use mekong_xml::find;
use mekong_xml::roxmltree::{Document, Node, NodeId};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

/// Bytes that are canonicalised for one document, all signatures together.
const WORK: u64 = 1 << 30;
/// Proofs that all time-stamps of one document list together.
const PROOFS_MAX: usize = 1_000_000;
/// Errors of one document that are told with their place.
const PLACES_MAX: u32 = 16;

/// What all signatures of one document share.
pub(in crate::xades) struct Context<'a, 'i, 'r> {
    pub(in crate::xades) examination: Examination<'a, 'i, 'r>,
    pub(super) parsed: Parsed,
    pub(in crate::xades) file: Option<String>,
    /// Names given so far: those of signatures, time-stamps and evidence records.
    names: RefCell<HashSet<String>>,
    signatures: Cell<usize>,
    /// Proofs that may still be listed.
    proofs: Cell<usize>,
    /// Errors with a place that may still be told: to find one takes time linear in the document.
    places: Cell<u32>,
    /// The names of the signatures.
    pub(in crate::xades) by_node: RefCell<HashMap<NodeId, String>>,
}

impl<'a, 'i, 'r> Context<'a, 'i, 'r> {
    pub(in crate::xades) fn new(
        document: &'a Document<'i>,
        file: Option<&str>,
        resolve: &'r dyn Fn(&str) -> Option<Resolved<'r>>,
    ) -> Self {
        Self {
            examination: Examination::new(document, WORK, resolve),
            parsed: Parsed::default(),
            file: file.map(str::to_owned),
            names: RefCell::default(),
            signatures: Cell::new(0),
            proofs: Cell::new(PROOFS_MAX),
            places: Cell::new(PLACES_MAX),
            by_node: RefCell::default(),
        }
    }

    /// The name of a signature that has an Id, which is not its Id where another one has that too.
    pub(super) fn name_of(&self, node: Node<'a, 'i>) -> Option<String> {
        if let Some(known) = self.by_node.borrow().get(&node.id()) {
            return Some(known.clone());
        }
        let name = self.name(find::ids(node).next().filter(|id| !id.is_empty())?);
        self.by_node.borrow_mut().insert(node.id(), name.clone());
        Some(name)
    }

    /// Whether so many more proofs may be listed.
    pub(super) fn may_prove(&self, more: usize) -> bool {
        let left = self.proofs.get().checked_sub(more);
        left.inspect(|left| self.proofs.set(*left)).is_some()
    }

    /// Whether something may be read that tells the place of an error.
    pub(super) fn may_fail(&self) -> bool {
        self.places.get() > 0
    }

    /// Takes note that the place of an error was told.
    pub(super) fn failed(&self) {
        self.places.set(self.places.get().saturating_sub(1));
    }

    /// A name that nobody else has: the wish, or the wish with a number.
    pub(in crate::xades) fn name(&self, wish: &str) -> String {
        let mut names = self.names.borrow_mut();
        let mut name = wish.to_owned();
        let mut number = 2;
        while !names.insert(name.clone()) {
            name = format!("{wish}-{number}");
            number += 1;
        }
        name
    }
}

/// A signature, with the element that it is.
pub(in crate::xades) struct Read<'a, 'i> {
    pub(in crate::xades) node: Node<'a, 'i>,
    /// The signature elements that it claims to counter-sign.
    pub(in crate::xades) countersigns: Option<Node<'a, 'i>>,
    pub(in crate::xades) signature: Signature,
    /// What it was read from; `None` if it is malformed.
    pub(in crate::xades) parts: Option<Parts<'a, 'i>>,
}

/// The parts of a signature on which everything else is read.
pub(in crate::xades) struct Parts<'a, 'i> {
    pub(in crate::xades) form: Form<'a, 'i>,
    pub(in crate::xades) id: String,
    /// `QualifyingProperties`.
    pub(in crate::xades) qualifying: Option<Node<'a, 'i>>,
    /// `SignedProperties`.
    pub(in crate::xades) signed: Option<Node<'a, 'i>>,
    /// `UnsignedSignatureProperties`.
    pub(in crate::xades) unsigned: Option<Node<'a, 'i>>,
}

impl<'a, 'i> Parts<'a, 'i> {
    /// A child of `SignedSignatureProperties`.
    pub(in crate::xades) fn signed_property(&self, name: &str) -> Option<Node<'a, 'i>> {
        names::descend(self.signed?, &["SignedSignatureProperties", name])
    }

    /// The children of `SignedDataObjectProperties`.
    pub(in crate::xades) fn data_properties(&self) -> impl Iterator<Item = Node<'a, 'i>> + use<'a, 'i> {
        let properties = self.signed.and_then(|s| names::child(s, "SignedDataObjectProperties"));
        properties.into_iter().flat_map(|p| p.children()).filter(Node::is_element)
    }

    /// The children of `UnsignedSignatureProperties`, in order.
    pub(in crate::xades) fn unsigned_properties(&self) -> impl Iterator<Item = Node<'a, 'i>> + use<'a, 'i> {
        self.unsigned.into_iter().flat_map(|p| p.children()).filter(Node::is_element)
    }
}

/// Reads a `ds:Signature` element.
pub(in crate::xades) fn read<'a, 'i>(context: &Context<'a, 'i, '_>, node: Node<'a, 'i>) -> Read<'a, 'i> {
    context.signatures.set(context.signatures.get() + 1);
    let number = format!("signature-{}", context.signatures.get());
    let id = context.name_of(node).unwrap_or_else(|| {
        let id = context.name(&number);
        context.by_node.borrow_mut().insert(node.id(), id.clone());
        id
    });
    let mut signature = empty(context, id.clone());
    if !context.may_fail() {
        let what = "it is not read: too many signatures of this document are malformed";
        signature.faults.push(Fault::new(find::path(node), what));
        return Read { node, countersigns: None, signature, parts: None };
    }
    let form = match Form::read(node) {
        Ok(form) => form,
        Err(error) => {
            context.failed();
            signature.faults.push(Fault::new(find::path(node), error.to_string()));
            return Read { node, countersigns: None, signature, parts: None };
        }
    };
    let parts = parts(context, form, id, &mut signature);
    let mut bag = Bag::default();
    signature.value = value(&parts.form);
    let references = references::read(context, &parts, &mut signature);
    identity::read(context, &parts, &mut signature, &mut bag);
    claims::read(&parts, &mut signature);
    policy::read(&parts, &mut signature);
    stamps::read(context, &parts, &mut signature, &mut bag);
    signature.level = level::of(&parts, &signature);
    signature.coverage = coverage::of(context, &parts, &references);
    let countersigns = counter::signed_by(&parts, &references, &mut signature);
    signature.certificates = bag.certificates;
    signature.crls = bag.crls;
    signature.ocsps = bag.ocsps;
    signature.findings.append(&mut bag.findings);
    Read { node, countersigns, signature, parts: Some(parts) }
}

fn empty(context: &Context<'_, '_, '_>, id: String) -> Signature {
    Signature {
        id,
        format: SignatureFormat::Plain,
        file: context.file.clone(),
        countersigns: None,
        level: Level::NotAdes,
        faults: Vec::new(),
        data: Vec::new(),
        value: SignatureValue { algorithm: Err("none".into()), signed: SignedBytes::Missing, value: Vec::new() },
        ..Signature::empty()
    }
}

/// Finds the qualifying properties: of this signature, in one of its own objects, once.
fn parts<'a, 'i>(
    context: &Context<'a, 'i, '_>,
    form: Form<'a, 'i>,
    id: String,
    signature: &mut Signature,
) -> Parts<'a, 'i> {
    let objects = form.objects.iter();
    let mut found = objects.flat_map(|o| o.children()).filter(|c| names::is(*c, "QualifyingProperties"));
    let qualifying = found.next();
    if let Some(second) = found.next() {
        signature.faults.push(Fault::new(find::path(second), "a second QualifyingProperties in one signature"));
    }
    let elsewhere =
        form.objects.iter().flat_map(|o| o.children()).find(|c| names::is(*c, "QualifyingPropertiesReference"));
    if let Some(node) = elsewhere {
        let what = format!("qualifying properties at {:?} are not fetched", node.attribute("URI"));
        signature.findings.push(Finding::new(Weight::Warning, "properties_elsewhere", what));
    }
    if let Some(node) = qualifying {
        check_target(context, &form, node, signature);
    }
    let signed = qualifying.and_then(|q| names::child(q, "SignedProperties"));
    if let Some(node) = qualifying.filter(|q| names::children(*q, "SignedProperties").nth(1).is_some()) {
        signature.faults.push(Fault::new(find::path(node), "SignedProperties twice"));
    }
    let unsigned = qualifying.and_then(|q| names::descend(q, &["UnsignedProperties", "UnsignedSignatureProperties"]));
    Parts { form, id, qualifying, signed, unsigned }
}

/// `Target` must name this signature (EN 319 132-1 §4.3.2); one that names nothing is only odd.
fn check_target<'a, 'i>(
    context: &Context<'a, 'i, '_>,
    form: &Form<'a, 'i>,
    qualifying: Node<'a, 'i>,
    signature: &mut Signature,
) {
    let target = qualifying.attribute("Target").unwrap_or_default();
    let named = target.strip_prefix('#').unwrap_or(target);
    if named.is_empty() || form.id() == Some(named) {
        return;
    }
    let id = form.id().unwrap_or_default();
    let what = format!("Target is {target:?}, and the signature around it has the Id {id:?}");
    match context.examination.ids().named(named) {
        NamedBy::None => {
            signature.findings.push(Finding::new(Weight::Warning, "target_names_nothing", what));
        }
        _ => signature.faults.push(Fault::new(find::path(qualifying), what)),
    }
}

/// What was signed and the value, in the X.509 form.
fn value(form: &Form<'_, '_>) -> SignatureValue {
    let canonical = match &form.method {
        Ok(method) => c14n::canonicalize(Subset::Element(form.signed_info), method).map_err(|e| e.to_string()),
        Err(uri) => Err(format!("canonicalisation {uri}")),
    };
    let (algorithm, signed) = match canonical {
        Ok(bytes) => (form.algorithm.clone(), SignedBytes::Bytes(bytes)),
        Err(reason) => (Err(reason), SignedBytes::Missing),
    };
    // Some signers write DER where XMLDSig wants r||s.
    let value = match form.algorithm {
        Ok(SignatureAlgorithm::Ecdsa(_)) if ecdsa::der_to_raw(&form.value, 66).is_err() => {
            ecdsa::raw_to_der(&form.value).unwrap_or_else(|_| form.value.clone())
        }
        _ => form.value.clone(),
    };
    SignatureValue { algorithm, signed, value }
}
