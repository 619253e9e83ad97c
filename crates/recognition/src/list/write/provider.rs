//! Providers, services and their history.

use super::scheme::{address, critical, extensions};
use super::{identity, localized};
use crate::criteria::write::criteria;
use crate::list::{AdditionalInformation, Provider, Qualification, Service, ServiceStatus, TakenOver};
use mekong_xml::write::Writer;

pub(super) fn provider(writer: &mut Writer, provider: &Provider) {
    writer.open("tsl:TrustServiceProvider", &[]).open("tsl:TSPInformation", &[]);
    localized(writer, "tsl:TSPName", "tsl:Name", &provider.names);
    localized(writer, "tsl:TSPTradeName", "tsl:Name", &provider.trade_names);
    address(writer, "tsl:TSPAddress", &provider.address);
    localized(writer, "tsl:TSPInformationURI", "tsl:URI", &provider.information_uris);
    extensions(writer, "tsl:TSPInformationExtensions", &provider.extensions);
    writer.close().open("tsl:TSPServices", &[]);
    provider.services.iter().for_each(|one| service(writer, one));
    writer.close().close();
}

fn service(writer: &mut Writer, service: &Service) {
    let Some((now, history)) = service.statuses.split_first() else { return };
    writer.open("tsl:TSPService", &[]).open("tsl:ServiceInformation", &[]);
    status(writer, now);
    localized(writer, "tsl:SchemeServiceDefinitionURI", "tsl:URI", &service.scheme_definition_uris);
    if !service.supply_points.is_empty() {
        writer.open("tsl:ServiceSupplyPoints", &[]);
        for point in &service.supply_points {
            let kind: Vec<_> = point.kind.as_deref().map(|kind| ("type", kind)).into_iter().collect();
            writer.leaf("tsl:ServiceSupplyPoint", &kind, &point.uri);
        }
        writer.close();
    }
    localized(writer, "tsl:TSPServiceDefinitionURI", "tsl:URI", &service.provider_definition_uris);
    status_extensions(writer, now);
    writer.close();
    if !history.is_empty() {
        writer.open("tsl:ServiceHistory", &[]);
        for past in history {
            writer.open("tsl:ServiceHistoryInstance", &[]);
            status(writer, past);
            status_extensions(writer, past);
            writer.close();
        }
        writer.close();
    }
    writer.close();
}

fn status(writer: &mut Writer, status: &ServiceStatus) {
    writer.leaf("tsl:ServiceTypeIdentifier", &[], &status.service_type);
    localized(writer, "tsl:ServiceName", "tsl:Name", &status.names);
    identity(writer, &status.identity);
    writer.leaf("tsl:ServiceStatus", &[], &status.status);
    writer.leaf("tsl:StatusStartingTime", &[], &status.since.to_string());
}

fn status_extensions(writer: &mut Writer, status: &ServiceStatus) {
    let none = status.additional.is_empty()
        && status.qualifications.is_empty()
        && status.taken_over.is_none()
        && status.expired_certificates_since.is_none()
        && status.extensions.is_empty();
    if none {
        return;
    }
    writer.open("tsl:ServiceInformationExtensions", &[]);
    for information in &status.additional {
        writer.open("tsl:Extension", &[critical(information.critical)]);
        additional(writer, information);
        writer.close();
    }
    // One extension holds elements of one criticality.
    for all in status.qualifications.chunk_by(|a, b| a.critical == b.critical) {
        let is_critical = all.first().is_some_and(|one| one.critical);
        writer.open("tsl:Extension", &[critical(is_critical)]).open("sie:Qualifications", &[]);
        all.iter().for_each(|one| qualification(writer, one));
        writer.close().close();
    }
    if let Some(since) = status.expired_certificates_since {
        writer.open("tsl:Extension", &[critical(false)]);
        writer.leaf("tsl:ExpiredCertsRevocationInfo", &[], &since.to_string()).close();
    }
    if let Some(by) = &status.taken_over {
        taken_over(writer, by);
    }
    for extension in &status.extensions {
        writer.open("tsl:Extension", &[critical(extension.critical)]).raw(&extension.xml).close();
    }
    writer.close();
}

/// An `AdditionalServiceInformation`.
pub(crate) fn additional(writer: &mut Writer, information: &AdditionalInformation) {
    writer.open("tsl:AdditionalServiceInformation", &[]);
    writer.leaf("tsl:URI", &[("xml:lang", &information.uri.lang)], &information.uri.text);
    if let Some(value) = &information.value {
        writer.leaf("tsl:InformationValue", &[], value);
    }
    writer.close();
}

fn qualification(writer: &mut Writer, qualification: &Qualification) {
    writer.open("sie:QualificationElement", &[]).open("sie:Qualifiers", &[]);
    for uri in &qualification.qualifiers {
        writer.empty("sie:Qualifier", &[("uri", uri)]);
    }
    writer.close();
    criteria(writer, "sie:CriteriaList", &qualification.criteria);
    writer.close();
}

fn taken_over(writer: &mut Writer, by: &TakenOver) {
    writer.open("tsl:Extension", &[critical(by.critical)]).open("tslx:TakenOverBy", &[]);
    writer.leaf("tslx:URI", &[("xml:lang", &by.uri.lang)], &by.uri.text);
    localized(writer, "tslx:TSPName", "tsl:Name", &by.provider_names);
    localized(writer, "tsl:SchemeOperatorName", "tsl:Name", &by.operator_names);
    writer.leaf("tsl:SchemeTerritory", &[], &by.territory).close().close();
}
