//! The selected signatures of a document, opened for more.

use super::{Resolve, document_error, place};
use crate::facts::Signature;
use crate::making::{MakeError, Selection};
use crate::xades::place::Place;
use crate::xades::read::{Context, Imprints, Read, read_one, signature_elements};
use crate::xades::{LIMITS, names};
use mekong_crypto::DigestAlgorithm;
use mekong_xml::c14n::Method;
use mekong_xml::dsig::examine::Unread;
use mekong_xml::roxmltree::Node;
use std::collections::HashSet;

/// A signature to which properties are added.
pub(super) struct Opened<'o, 'a, 'i, 'r> {
    pub(super) facts: &'o Signature,
    /// Where new unsigned properties go.
    pub(super) place: &'o Place,
    /// Whether `CertificateValues` or `RevocationValues` are there.
    pub(super) has_values: bool,
    /// Time-stamps for which validation data are there.
    pub(super) accompanied: HashSet<String>,
    imprints: Imprints<'o, 'a, 'i, 'r>,
    properties: usize,
}

impl Opened<'_, '_, '_, '_> {
    pub(super) fn value_imprint(&self, algorithm: DigestAlgorithm, method: &Method) -> Result<Vec<u8>, Unread> {
        first(self.imprints.value(algorithm, method)?)
    }

    pub(super) fn archive_imprint(&mut self, algorithm: DigestAlgorithm, method: &Method) -> Result<Vec<u8>, Unread> {
        let after = self.properties;
        first(self.imprints.archive_implicit(after, algorithm, method)?)
    }
}

fn first(candidates: Vec<Vec<u8>>) -> Result<Vec<u8>, Unread> {
    candidates.into_iter().next().ok_or_else(|| Unread::Missing("what is to be time-stamped".into()))
}

/// Parses a document and hands over each selected signature.
pub(super) fn opened<'r>(
    text: &str,
    selection: &Selection,
    resolve: &'r Resolve<'r>,
    mut take: impl FnMut(&mut Opened<'_, '_, '_, '_>) -> Result<(), MakeError>,
) -> Result<(), MakeError> {
    let document = mekong_xml::parse(text, &LIMITS).map_err(|e| document_error("document", e))?;
    let nodes = signature_elements(&document).map_err(|e| document_error("document", e))?;
    let context = Context::new(&document, None, resolve);
    let read: Vec<Read<'_, '_>> = nodes.into_iter().map(|node| read_one(&context, node)).collect();
    let selected: Vec<&Read<'_, '_>> = read.iter().filter(|r| is_selected(r, selection)).collect();
    if selected.is_empty() {
        return Err(document_error("document", "it has no signature of the kind or Id that is to be augmented"));
    }
    for read in selected {
        let Some(parts) = &read.parts else {
            return Err(document_error(&read.signature.id, "the signature is malformed"));
        };
        let properties: Vec<Node<'_, '_>> = parts.unsigned_properties().collect();
        take(&mut Opened {
            facts: &read.signature,
            place: &place::unsigned(read.node)?,
            has_values: has_any(&properties, &["CertificateValues", "RevocationValues"]),
            accompanied: accompanied(&properties, &read.signature),
            imprints: Imprints::new(&context, parts, &properties),
            properties: properties.len(),
        })?;
    }
    Ok(())
}

fn is_selected(read: &Read<'_, '_>, selection: &Selection) -> bool {
    match selection {
        Selection::All => read.countersigns.is_none(),
        Selection::Ids(_) => selection.takes(&read.signature.id),
    }
}

fn has_any(properties: &[Node<'_, '_>], wanted: &[&str]) -> bool {
    properties.iter().any(|p| wanted.contains(&names::local(*p)))
}

/// The time-stamps that `TimeStampValidationData` name.
fn accompanied(properties: &[Node<'_, '_>], signature: &Signature) -> HashSet<String> {
    let data = properties.iter().filter(|p| names::is(**p, "TimeStampValidationData"));
    let named = data.filter_map(|p| p.attribute("URI")).map(|uri| uri.trim_start_matches('#').to_owned());
    named.filter(|id| signature.timestamps.iter().any(|t| t.id == *id)).collect()
}
