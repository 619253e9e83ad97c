//! Evidence records in `SealingEvidenceRecords` (EN 319 132-3): over everything in the signature that comes before.

use super::imprint::Imprints;
use super::proofs::Proofs;
use crate::evidence_record::{Form, Object, read_element, read_record};
use crate::facts::{DataKind, EvidenceRecord, Fault, Proven};
use crate::xades::names;
use mekong_crypto::DigestAlgorithm;
use mekong_xml::c14n::Method;
use mekong_xml::find;
use mekong_xml::roxmltree::Node;

/// Evidence records of one signature.
pub(super) const RECORDS_MAX: usize = 16;
/// The namespace of RFC 6283.
const NS_ERS: &str = "urn:ietf:params:xml:ns:ers";

/// The property that holds the records, and where it stands.
pub(super) struct Sealing<'p, 'a, 'i> {
    pub(super) property: Node<'a, 'i>,
    /// Unsigned properties before it.
    pub(super) before: usize,
    /// The `Id` of the signature.
    pub(super) signature: &'p str,
    /// The canonicalisation of `SignedInfo`, used for the parts of the signature too.
    pub(super) method: &'p Method,
    /// The file of the container.
    pub(super) file: Option<&'p str>,
}

/// Reads the records of a property; `name` gives them their names.
pub(super) fn read(
    sealing: &Sealing<'_, '_, '_>,
    imprints: &Imprints<'_, '_, '_, '_>,
    proofs: &Proofs,
    room: usize,
    name: impl Fn() -> String,
) -> Vec<EvidenceRecord> {
    let digest = |algorithm: DigestAlgorithm, form: Form<'_>| {
        let method = match form {
            Form::AsIs => sealing.method,
            Form::Canonical(method) => method,
            Form::Der => return None,
        };
        imprints.sealed(sealing.before, algorithm, method).ok()
    };
    let object = || Object {
        name: sealing.signature.to_owned(),
        kind: DataKind::Other,
        required: true,
        digest: &digest,
        proves: proofs.all(),
    };
    let children = sealing.property.children().filter(Node::is_element).take(room);
    let record = |node: Node<'_, '_>| {
        let id = name();
        let read = if find::is(node, NS_ERS, "EvidenceRecord") {
            read_element(node, &id, &[object()])
        } else {
            match find::decoded(node) {
                Some(der) if names::is_xades(node.tag_name().namespace().unwrap_or_default()) => {
                    read_record(&der, &id, &[object()])
                }
                _ => return unread(id, find::path(node), "it is no evidence record".into()),
            }
        };
        match read {
            Ok(record) => EvidenceRecord { file: sealing.file.map(str::to_owned), ..record },
            Err(error) => unread(id, find::path(node), error.to_string()),
        }
    };
    children.map(record).collect()
}

fn unread(id: String, place: String, what: String) -> EvidenceRecord {
    EvidenceRecord {
        id,
        file: None,
        xml: true,
        data: Vec::new(),
        timestamps: Vec::new(),
        faults: vec![Fault { place, what }],
        proves: Vec::new(),
    }
}

/// What later records and time-stamps prove by covering a record.
pub(super) fn proven(record: &EvidenceRecord) -> Vec<Proven> {
    let stamps = record.timestamps.iter().map(|t| Proven::Timestamp(t.id.clone()));
    std::iter::once(Proven::EvidenceRecord(record.id.clone())).chain(stamps).collect()
}
