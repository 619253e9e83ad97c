//! Extensions of services (TS 119 612 §5.5.9).

use super::{Reader, boolean, instant, localized, localized_text, name_of, trimmed, xml_of};
use crate::criteria;
use crate::list::{AdditionalInformation, Extension, ListError, Qualification, TakenOver};
use crate::uri::ns;
use mekong_base::Instant;
use mekong_xml::find;
use mekong_xml::roxmltree::Node;

/// What the extensions of a service say.
#[derive(Default)]
pub(super) struct Extensions {
    pub(super) additional: Vec<AdditionalInformation>,
    pub(super) qualifications: Vec<Qualification>,
    pub(super) taken_over: Option<TakenOver>,
    pub(super) expired_certificates_since: Option<Instant>,
    pub(super) others: Vec<Extension>,
}

/// The `ServiceInformationExtensions` of a service or an entry of its history.
pub(super) fn service_extensions(reader: &mut Reader, node: Node<'_, '_>) -> Result<Extensions, ListError> {
    let mut all = Extensions::default();
    if let Some(parent) = find::child(node, ns::LIST, "ServiceInformationExtensions")? {
        for extension in find::children(parent, ns::LIST, "Extension") {
            let critical = critical(extension)?;
            for content in extension.children().filter(Node::is_element) {
                read(reader, &mut all, content, critical)?;
            }
        }
    }
    Ok(all)
}

/// The `Critical` attribute; without it an extension must be understood.
pub(super) fn critical(node: Node<'_, '_>) -> Result<bool, ListError> {
    node.attribute("Critical").map_or(Ok(true), |text| boolean(node, text))
}

fn read(reader: &mut Reader, all: &mut Extensions, node: Node<'_, '_>, critical: bool) -> Result<(), ListError> {
    match (node.tag_name().namespace().unwrap_or_default(), node.tag_name().name()) {
        (ns::LIST, "AdditionalServiceInformation") => all.additional.push(additional(reader, node, critical)?),
        (ns::QUALIFICATIONS, "Qualifications") => {
            for element in find::children(node, ns::QUALIFICATIONS, "QualificationElement") {
                all.qualifications.push(qualification(reader, element, critical)?);
            }
        }
        (ns::ADDITIONAL, "TakenOverBy") => all.taken_over = Some(taken_over(reader, node, critical)?),
        (ns::LIST, "ExpiredCertsRevocationInfo") => all.expired_certificates_since = Some(instant(node)?),
        _ => all.others.push(Extension { critical, name: name_of(node), xml: xml_of(node)? }),
    }
    Ok(())
}

/// An `AdditionalServiceInformation`.
pub(crate) fn additional(
    reader: &mut Reader,
    node: Node<'_, '_>,
    critical: bool,
) -> Result<AdditionalInformation, ListError> {
    Ok(AdditionalInformation {
        critical,
        uri: localized_text(reader, find::required_child(node, ns::LIST, "URI")?)?,
        value: find::child(node, ns::LIST, "InformationValue")?.map(trimmed).transpose()?,
    })
}

fn qualification(reader: &mut Reader, node: Node<'_, '_>, critical: bool) -> Result<Qualification, ListError> {
    let qualifiers = find::required_child(node, ns::QUALIFICATIONS, "Qualifiers")?;
    let uri = |node: Node<'_, '_>| Ok::<_, ListError>(find::required_attribute(node, "uri")?.trim().to_owned());
    Ok(Qualification {
        critical,
        qualifiers: find::children(qualifiers, ns::QUALIFICATIONS, "Qualifier").map(uri).collect::<Result<_, _>>()?,
        criteria: criteria::read::criteria(reader, find::required_child(node, ns::QUALIFICATIONS, "CriteriaList")?)?,
    })
}

fn taken_over(reader: &mut Reader, node: Node<'_, '_>, critical: bool) -> Result<TakenOver, ListError> {
    let of = |parent: &str| find::child(node, ns::ADDITIONAL, parent);
    let uri = of("URI")?.map(|uri| localized_text(reader, uri)).transpose()?;
    let provider_names = match of("TSPName")? {
        Some(names) => find::children(names, ns::LIST, "Name")
            .map(|name| localized_text(reader, name))
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    Ok(TakenOver {
        critical,
        uri: uri.unwrap_or_else(|| crate::list::Localized::new("", "")),
        provider_names,
        operator_names: localized(reader, node, "SchemeOperatorName", "Name")?,
        territory: find::child(node, ns::LIST, "SchemeTerritory")?.map(trimmed).transpose()?.unwrap_or_default(),
    })
}
