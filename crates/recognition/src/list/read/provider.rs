//! Providers, their services and the history of these (TS 119 612 §5.4 to §5.6).

use super::extension::{Extensions, service_extensions};
use super::pointer::identity;
use super::scheme::{address, extensions};
use super::{Reader, expected, filled, filled_child, instant, localized, localized_text};
use crate::list::{ListError, Localized, Provider, Service, ServiceStatus, SupplyPoint};
use crate::uri::ns;
use mekong_xml::find;
use mekong_xml::roxmltree::Node;

pub(super) fn provider(reader: &mut Reader, node: Node<'_, '_>) -> Result<Provider, ListError> {
    let information = find::required_child(node, ns::LIST, "TSPInformation")?;
    let services = match find::child(node, ns::LIST, "TSPServices")? {
        Some(all) => {
            find::children(all, ns::LIST, "TSPService").map(|node| service(reader, node)).collect::<Result<_, _>>()?
        }
        None => Vec::new(),
    };
    Ok(Provider {
        names: expected(reader, information, "TSPName", "Name")?,
        trade_names: localized(reader, information, "TSPTradeName", "Name")?,
        address: address(reader, information, "TSPAddress")?,
        information_uris: expected(reader, information, "TSPInformationURI", "URI")?,
        extensions: extensions(information, "TSPInformationExtensions")?,
        services,
    })
}

fn service(reader: &mut Reader, node: Node<'_, '_>) -> Result<Service, ListError> {
    let information = find::required_child(node, ns::LIST, "ServiceInformation")?;
    let mut statuses = vec![status(reader, information)?];
    if let Some(history) = find::child(node, ns::LIST, "ServiceHistory")? {
        for instance in find::children(history, ns::LIST, "ServiceHistoryInstance") {
            statuses.push(status(reader, instance)?);
        }
    }
    if !statuses.is_sorted_by(|newer, older| newer.since >= older.since) {
        reader.deviation(node, "the history is not in descending order of time and is read as if it were");
        statuses.sort_by_key(|status| std::cmp::Reverse(status.since));
    }
    Ok(Service {
        statuses,
        scheme_definition_uris: localized(reader, information, "SchemeServiceDefinitionURI", "URI")?,
        provider_definition_uris: localized(reader, information, "TSPServiceDefinitionURI", "URI")?,
        supply_points: supply_points(information)?,
    })
}

/// `ServiceInformation` and `ServiceHistoryInstance` have these in common.
fn status(reader: &mut Reader, node: Node<'_, '_>) -> Result<ServiceStatus, ListError> {
    reader.count_status(node)?;
    let Extensions { additional, qualifications, taken_over, expired_certificates_since, others } =
        service_extensions(reader, node)?;
    Ok(ServiceStatus {
        service_type: filled_child(node, "ServiceTypeIdentifier")?,
        names: names(reader, node)?,
        identity: identity(reader, find::required_child(node, ns::LIST, "ServiceDigitalIdentity")?)?,
        status: filled_child(node, "ServiceStatus")?,
        since: instant(find::required_child(node, ns::LIST, "StatusStartingTime")?)?,
        additional,
        qualifications,
        taken_over,
        expired_certificates_since,
        extensions: others,
    })
}

fn names(reader: &mut Reader, node: Node<'_, '_>) -> Result<Vec<Localized>, ListError> {
    let Some(all) = find::child(node, ns::LIST, "ServiceName")? else {
        reader.deviation(node, "ServiceName is missing");
        return Ok(Vec::new());
    };
    find::children(all, ns::LIST, "Name").map(|name| localized_text(reader, name)).collect()
}

fn supply_points(node: Node<'_, '_>) -> Result<Vec<SupplyPoint>, ListError> {
    let Some(all) = find::child(node, ns::LIST, "ServiceSupplyPoints")? else { return Ok(Vec::new()) };
    let point =
        |node: Node<'_, '_>| Ok(SupplyPoint { uri: filled(node)?, kind: node.attribute("type").map(str::to_owned) });
    find::children(all, ns::LIST, "ServiceSupplyPoint").map(point).collect()
}
