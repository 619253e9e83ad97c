//! Pointers to other lists (TS 119 612 §5.3.13).

use super::{Reader, filled_child, localized, localized_text, trimmed, xml_of};
use crate::list::{Identity, ListError, ListedCertificate, Pointer};
use crate::uri::ns;
use mekong_xml::find;
use mekong_xml::roxmltree::Node;

pub(super) fn pointer(reader: &mut Reader, node: Node<'_, '_>) -> Result<Pointer, ListError> {
    let mut pointer = Pointer { location: filled_child(node, "TSLLocation")?, ..Pointer::default() };
    if let Some(all) = find::child(node, ns::LIST, "ServiceDigitalIdentities")? {
        for node in find::children(all, ns::LIST, "ServiceDigitalIdentity") {
            pointer.identities.push(identity(reader, node)?);
        }
    }
    if let Some(all) = find::child(node, ns::LIST, "AdditionalInformation")? {
        for text in find::children(all, ns::LIST, "TextualInformation") {
            pointer.texts.push(localized_text(reader, text)?);
        }
        for other in find::children(all, ns::LIST, "OtherInformation") {
            information(reader, &mut pointer, other)?;
        }
    }
    Ok(pointer)
}

fn information(reader: &mut Reader, pointer: &mut Pointer, parent: Node<'_, '_>) -> Result<(), ListError> {
    for node in parent.children().filter(Node::is_element) {
        let (namespace, name) = (node.tag_name().namespace().unwrap_or_default(), node.tag_name().name());
        match (namespace, name) {
            (ns::LIST, "TSLType") => pointer.kind = Some(trimmed(node)?),
            (ns::LIST, "SchemeTerritory") => pointer.territory = Some(trimmed(node)?),
            (ns::LIST, "SchemeOperatorName") => {
                pointer.operator_names = localized(reader, parent, "SchemeOperatorName", "Name")?;
            }
            (ns::LIST, "SchemeTypeCommunityRules") => {
                pointer.rules = localized(reader, parent, "SchemeTypeCommunityRules", "URI")?;
            }
            (ns::ADDITIONAL, "MimeType") => pointer.mime_type = Some(trimmed(node)?),
            (ns::AGREEMENT, "MutualRecognitionAgreementInformation") => {
                if pointer.agreement.is_some() {
                    return Err(ListError::malformed(node, "a pointer has more than one agreement"));
                }
                pointer.agreement = Some(crate::agreement::read::agreement(reader, node)?);
            }
            _ => pointer.others.push(xml_of(node)?),
        }
    }
    Ok(())
}

/// A `ServiceDigitalIdentity`. A certificate that is not even base64 is noted and passed over: it makes nobody trusted.
pub(super) fn identity(reader: &mut Reader, node: Node<'_, '_>) -> Result<Identity, ListError> {
    let mut identity = Identity::default();
    for id in find::children(node, ns::LIST, "DigitalId") {
        for child in id.children().filter(Node::is_element) {
            match (child.tag_name().namespace().unwrap_or_default(), child.tag_name().name()) {
                (ns::LIST, "X509Certificate") => {
                    reader.count_certificate(child)?;
                    let der = bytes(reader, child, "the certificate");
                    identity.certificates.extend(der.map(ListedCertificate::from_der));
                }
                (ns::LIST, "X509SKI") => identity.key_identifiers.extend(bytes(reader, child, "the key identifier")),
                (ns::LIST, "X509SubjectName") => identity.subject_names.push(trimmed(child)?),
                _ => identity.others.push(xml_of(child)?),
            }
        }
    }
    Ok(identity)
}

fn bytes(reader: &mut Reader, node: Node<'_, '_>, what: &str) -> Option<Vec<u8>> {
    let bytes = find::base64(node).ok().filter(|bytes| !bytes.is_empty());
    if bytes.is_none() {
        reader.deviation(node, format!("{what} is empty or not base64 and is passed over"));
    }
    bytes
}
