//! Scheme information (TS 119 612 §5.3).

use super::{Reader, expected, filled, filled_child, inner_xml, instant, localized, localized_text, name_of, trimmed};
use crate::list::{Address, Extension, ListError, Localized, Notice, POINTERS_MAX, Pointer, PostalAddress, Scheme};
use crate::uri::ns;
use mekong_xml::roxmltree::Node;
use mekong_xml::{NS_XML, find};

pub(super) fn scheme(reader: &mut Reader, node: Node<'_, '_>) -> Result<Scheme, ListError> {
    let version: u32 = number(find::required_child(node, ns::LIST, "TSLVersionIdentifier")?)?;
    Ok(Scheme {
        version: version.into(),
        sequence_number: number(find::required_child(node, ns::LIST, "TSLSequenceNumber")?)?,
        kind: filled_child(node, "TSLType")?,
        operator_names: expected(reader, node, "SchemeOperatorName", "Name")?,
        operator_address: address(reader, node, "SchemeOperatorAddress")?,
        names: expected(reader, node, "SchemeName", "Name")?,
        information_uris: expected(reader, node, "SchemeInformationURI", "URI")?,
        status_determination: described(reader, node, "StatusDeterminationApproach")?,
        rules: localized(reader, node, "SchemeTypeCommunityRules", "URI")?,
        territory: find::child(node, ns::LIST, "SchemeTerritory")?.map(trimmed).transpose()?,
        notice: notice(reader, node)?,
        historical_period_days: match find::child(node, ns::LIST, "HistoricalInformationPeriod")? {
            Some(period) => number(period)?,
            None => 0,
        },
        pointers: pointers(reader, node)?,
        issued: instant(find::required_child(node, ns::LIST, "ListIssueDateTime")?)?,
        next_update: next_update(find::required_child(node, ns::LIST, "NextUpdate")?)?,
        distribution_points: match find::child(node, ns::LIST, "DistributionPoints")? {
            Some(all) => find::children(all, ns::LIST, "URI").map(filled).collect::<Result<_, _>>()?,
            None => Vec::new(),
        },
        extensions: extensions(node, "SchemeExtensions")?,
    })
}

fn number<T: std::str::FromStr>(node: Node<'_, '_>) -> Result<T, ListError> {
    let text = trimmed(node)?;
    text.parse().map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        ListError::malformed(node, format!("{shown:?} is not a whole number in range"))
    })
}

/// A text that should be there but decides nothing.
fn described(reader: &mut Reader, node: Node<'_, '_>, name: &str) -> Result<String, ListError> {
    match find::child(node, ns::LIST, name)? {
        Some(child) => trimmed(child),
        None => {
            reader.deviation(node, format!("{name} is missing"));
            Ok(String::new())
        }
    }
}

/// Empty is a closed list (TS 119 612 §5.3.15).
fn next_update(node: Node<'_, '_>) -> Result<Option<mekong_base::Instant>, ListError> {
    match find::child(node, ns::LIST, "dateTime")? {
        Some(time) => instant(time).map(Some),
        None if trimmed(node).is_ok_and(|text| text.is_empty()) => Ok(None),
        None => Err(ListError::malformed(node, "it is neither empty nor holds a dateTime")),
    }
}

fn notice(reader: &mut Reader, node: Node<'_, '_>) -> Result<Option<Notice>, ListError> {
    let Some(notice) = find::child(node, ns::LIST, "PolicyOrLegalNotice")? else { return Ok(None) };
    let mut texts = |name| -> Result<Vec<Localized>, ListError> {
        find::children(notice, ns::LIST, name).map(|text| localized_text(reader, text)).collect()
    };
    let (policy, legal) = (texts("TSLPolicy")?, texts("TSLLegalNotice")?);
    Ok(match (policy.is_empty(), legal.is_empty()) {
        (_, false) => Some(Notice::Legal(legal)),
        (false, true) => Some(Notice::Policy(policy)),
        (true, true) => None,
    })
}

fn pointers(reader: &mut Reader, node: Node<'_, '_>) -> Result<Vec<Pointer>, ListError> {
    let Some(all) = find::child(node, ns::LIST, "PointersToOtherTSL")? else { return Ok(Vec::new()) };
    let mut pointers = Vec::new();
    for node in find::children(all, ns::LIST, "OtherTSLPointer") {
        if pointers.len() == POINTERS_MAX {
            return Err(ListError::limit(node, "pointers", POINTERS_MAX));
        }
        pointers.push(super::pointer::pointer(reader, node)?);
    }
    Ok(pointers)
}

pub(super) fn address(reader: &mut Reader, node: Node<'_, '_>, name: &str) -> Result<Address, ListError> {
    let Some(node) = find::child(node, ns::LIST, name)? else {
        reader.deviation(node, format!("{name} is missing"));
        return Ok(Address::default());
    };
    let postal = match find::child(node, ns::LIST, "PostalAddresses")? {
        Some(all) => {
            find::children(all, ns::LIST, "PostalAddress").map(|node| postal(reader, node)).collect::<Result<_, _>>()?
        }
        None => Vec::new(),
    };
    Ok(Address { postal, electronic: localized(reader, node, "ElectronicAddress", "URI")? })
}

fn postal(reader: &mut Reader, node: Node<'_, '_>) -> Result<PostalAddress, ListError> {
    let lang = node.attribute((NS_XML, "lang")).unwrap_or_default().to_ascii_lowercase();
    let optional = |name| find::child(node, ns::LIST, name)?.map(trimmed).transpose();
    let address = PostalAddress {
        lang,
        street: optional("StreetAddress")?.unwrap_or_default(),
        locality: optional("Locality")?.unwrap_or_default(),
        state: optional("StateOrProvince")?,
        postal_code: optional("PostalCode")?,
        country: optional("CountryName")?.unwrap_or_default(),
    };
    if address.lang.is_empty() || address.street.is_empty() || address.locality.is_empty() || address.country.is_empty()
    {
        reader.deviation(node, "an address without language, street, locality or country");
    }
    Ok(address)
}

/// Extensions that are kept as they are.
pub(super) fn extensions(node: Node<'_, '_>, name: &str) -> Result<Vec<Extension>, ListError> {
    let Some(all) = find::child(node, ns::LIST, name)? else { return Ok(Vec::new()) };
    find::children(all, ns::LIST, "Extension").map(extension).collect()
}

fn extension(node: Node<'_, '_>) -> Result<Extension, ListError> {
    let first = node.children().find(Node::is_element);
    Ok(Extension {
        critical: super::extension::critical(node)?,
        name: first.map(name_of).unwrap_or_default(),
        xml: inner_xml(node)?,
    })
}
