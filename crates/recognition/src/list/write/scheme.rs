//! Scheme information and pointers.

use super::{each, identity, localized};
use crate::list::{Address, Extension, Notice, Pointer, Scheme};
use mekong_xml::write::Writer;

pub(super) fn scheme(writer: &mut Writer, scheme: &Scheme) {
    writer
        .open("tsl:SchemeInformation", &[])
        .leaf("tsl:TSLVersionIdentifier", &[], &scheme.version.number().to_string())
        .leaf("tsl:TSLSequenceNumber", &[], &scheme.sequence_number.to_string())
        .leaf("tsl:TSLType", &[], &scheme.kind);
    localized(writer, "tsl:SchemeOperatorName", "tsl:Name", &scheme.operator_names);
    address(writer, "tsl:SchemeOperatorAddress", &scheme.operator_address);
    localized(writer, "tsl:SchemeName", "tsl:Name", &scheme.names);
    localized(writer, "tsl:SchemeInformationURI", "tsl:URI", &scheme.information_uris);
    writer.leaf("tsl:StatusDeterminationApproach", &[], &scheme.status_determination);
    localized(writer, "tsl:SchemeTypeCommunityRules", "tsl:URI", &scheme.rules);
    if let Some(territory) = &scheme.territory {
        writer.leaf("tsl:SchemeTerritory", &[], territory);
    }
    if let Some(notice) = &scheme.notice {
        writer.open("tsl:PolicyOrLegalNotice", &[]);
        match notice {
            Notice::Policy(uris) => each(writer, "tsl:TSLPolicy", uris),
            Notice::Legal(texts) => each(writer, "tsl:TSLLegalNotice", texts),
        }
        writer.close();
    }
    writer.leaf("tsl:HistoricalInformationPeriod", &[], &scheme.historical_period_days.to_string());
    if !scheme.pointers.is_empty() {
        writer.open("tsl:PointersToOtherTSL", &[]);
        scheme.pointers.iter().for_each(|one| pointer(writer, one));
        writer.close();
    }
    writer.leaf("tsl:ListIssueDateTime", &[], &scheme.issued.whole_seconds().to_string());
    writer.open("tsl:NextUpdate", &[]);
    if let Some(next_update) = scheme.next_update {
        writer.leaf("tsl:dateTime", &[], &next_update.whole_seconds().to_string());
    }
    writer.close();
    if !scheme.distribution_points.is_empty() {
        writer.open("tsl:DistributionPoints", &[]);
        for uri in &scheme.distribution_points {
            writer.leaf("tsl:URI", &[], uri);
        }
        writer.close();
    }
    extensions(writer, "tsl:SchemeExtensions", &scheme.extensions);
    writer.close();
}

fn pointer(writer: &mut Writer, pointer: &Pointer) {
    writer.open("tsl:OtherTSLPointer", &[]);
    if !pointer.identities.is_empty() {
        writer.open("tsl:ServiceDigitalIdentities", &[]);
        pointer.identities.iter().for_each(|one| identity(writer, one));
        writer.close();
    }
    writer.leaf("tsl:TSLLocation", &[], &pointer.location);
    writer.open("tsl:AdditionalInformation", &[]);
    each(writer, "tsl:TextualInformation", &pointer.texts);
    let mut other = |content: &dyn Fn(&mut Writer)| {
        writer.open("tsl:OtherInformation", &[]);
        content(writer);
        writer.close();
    };
    if let Some(kind) = &pointer.kind {
        other(&|w| {
            w.leaf("tsl:TSLType", &[], kind);
        });
    }
    if let Some(territory) = &pointer.territory {
        other(&|w| {
            w.leaf("tsl:SchemeTerritory", &[], territory);
        });
    }
    if let Some(mime_type) = &pointer.mime_type {
        other(&|w| {
            w.leaf("tslx:MimeType", &[], mime_type);
        });
    }
    if !pointer.operator_names.is_empty() {
        other(&|w| localized(w, "tsl:SchemeOperatorName", "tsl:Name", &pointer.operator_names));
    }
    if !pointer.rules.is_empty() {
        other(&|w| localized(w, "tsl:SchemeTypeCommunityRules", "tsl:URI", &pointer.rules));
    }
    if let Some(agreement) = &pointer.agreement {
        other(&|w| crate::agreement::write::agreement(w, agreement));
    }
    for xml in &pointer.others {
        other(&|w| {
            w.raw(xml);
        });
    }
    writer.close().close();
}

pub(super) fn address(writer: &mut Writer, name: &str, address: &Address) {
    writer.open(name, &[]).open("tsl:PostalAddresses", &[]);
    for postal in &address.postal {
        writer.open("tsl:PostalAddress", &[("xml:lang", &postal.lang)]);
        let parts = [
            ("tsl:StreetAddress", Some(&postal.street)),
            ("tsl:Locality", Some(&postal.locality)),
            ("tsl:StateOrProvince", postal.state.as_ref()),
            ("tsl:PostalCode", postal.postal_code.as_ref()),
            ("tsl:CountryName", Some(&postal.country)),
        ];
        for (part, text) in parts {
            if let Some(text) = text {
                writer.leaf(part, &[], text);
            }
        }
        writer.close();
    }
    writer.close();
    localized(writer, "tsl:ElectronicAddress", "tsl:URI", &address.electronic);
    writer.close();
}

/// Extensions that are kept as they are.
pub(super) fn extensions(writer: &mut Writer, name: &str, extensions: &[Extension]) {
    if extensions.is_empty() {
        return;
    }
    writer.open(name, &[]);
    for extension in extensions {
        writer.open("tsl:Extension", &[critical(extension.critical)]).raw(&extension.xml).close();
    }
    writer.close();
}

pub(super) const fn critical(critical: bool) -> (&'static str, &'static str) {
    ("Critical", if critical { "true" } else { "false" })
}
