//! The equivalence block to its element.

use super::{Agreement, Pair, Period, Qualifiers, ServiceKind};
use crate::criteria::write::criteria;
use crate::list::write::additional;
use mekong_xml::write::Writer;

/// Writes a `MutualRecognitionAgreementInformation`, in the order of the schema.
pub(crate) fn agreement(writer: &mut Writer, agreement: &Agreement) {
    writer.open(
        "mra:MutualRecognitionAgreementInformation",
        &[
            ("technicalType", &agreement.technical_type.to_string()),
            ("version", &agreement.version.to_string()),
            ("pointingContractingPartyLegislation", &agreement.pointing_legislation),
            ("pointedContractingPartyLegislation", &agreement.pointed_legislation),
            ("MRADepth", &agreement.depth.to_string()),
        ],
    );
    for equivalence in &agreement.equivalences {
        let Some((now, history)) = equivalence.periods.split_first() else { continue };
        writer.open("mra:TrustServiceEquivalenceInformation", &[]);
        writer.leaf("mra:TrustServiceLegalIdentifier", &[], &equivalence.legal_identifier);
        period(writer, now);
        if !history.is_empty() {
            writer.open("mra:TrustServiceEquivalenceHistory", &[]);
            for past in history {
                writer.open("mra:TrustServiceEquivalenceHistoryInstance", &[]);
                period(writer, past);
                writer.close();
            }
            writer.close();
        }
        writer.close();
    }
    writer.close();
}

fn period(writer: &mut Writer, period: &Period) {
    writer.open("mra:TrustServiceTSLTypeEquivalenceList", &[]);
    kinds(writer, "mra:TrustServiceTSLTypeListPointingParty", &period.types.pointing);
    kinds(writer, "mra:TrustServiceTSLTypeListPointedParty", &period.types.pointed);
    writer.close();
    writer.leaf("mra:TrustServiceEquivalenceStatus", &[], &period.status);
    writer.leaf("mra:TrustServiceEquivalenceStatusStartingTime", &[], &period.since.to_string());
    writer.open("mra:TrustServiceTSLStatusEquivalenceList", &[]);
    statuses(writer, "mra:TrustServiceTSLStatusValidEquivalence", &period.valid);
    statuses(writer, "mra:TrustServiceTSLStatusInvalidEquivalence", &period.invalid);
    writer.close();
    if !period.contents.is_empty() {
        writer.open("mra:CertificateContentReferencesEquivalenceList", &[]);
        for content in &period.contents {
            writer.open("mra:CertificateContentReferenceEquivalence", &[]);
            writer.leaf("mra:CertificateContentReferenceEquivalenceContext", &[], &content.context);
            criteria(writer, "mra:CertificateContentDeclarationPointingParty", &content.criteria.pointing);
            criteria(writer, "mra:CertificateContentDeclarationPointedParty", &content.criteria.pointed);
            writer.close();
        }
        writer.close();
    }
    if let Some(all) = period.qualifiers.as_ref().filter(|all| !all.equivalences.is_empty()) {
        qualifiers(writer, all);
    }
}

fn kinds(writer: &mut Writer, name: &str, kinds: &[ServiceKind]) {
    writer.open(name, &[]);
    for kind in kinds {
        writer.open("mra:TrustServiceTSLType", &[]);
        writer.leaf("tsl:ServiceTypeIdentifier", &[], &kind.service_type);
        if let Some(information) = &kind.additional {
            additional(writer, information);
        }
        writer.close();
    }
    writer.close();
}

fn statuses(writer: &mut Writer, name: &str, pair: &Pair<Vec<String>>) {
    writer.open(name, &[]);
    let sides = [
        ("mra:TrustServiceTSLStatusListPointingParty", &pair.pointing),
        ("mra:TrustServiceTSLStatusListPointedParty", &pair.pointed),
    ];
    for (side, all) in sides {
        writer.open(side, &[]);
        for status in all {
            writer.leaf("tsl:ServiceStatus", &[], status);
        }
        writer.close();
    }
    writer.close();
}

fn qualifiers(writer: &mut Writer, all: &Qualifiers) {
    writer.open("mra:TrustServiceTSLQualificationExtensionEquivalenceList", &[]);
    writer.open("mra:TrustServiceTSLQualificationExtensionName", &[]);
    let names = &all.extension;
    writer.leaf("mra:TrustServiceTSLQualificationExtensionNamePointingParty", &[], &names.pointing);
    writer.leaf("mra:TrustServiceTSLQualificationExtensionNamePointedParty", &[], &names.pointed);
    writer.close().open("mra:QualifierEquivalenceList", &[]);
    for pair in &all.equivalences {
        writer.open("mra:QualifierEquivalence", &[]);
        writer.empty("mra:QualifierPointingParty", &[("uri", &pair.pointing)]);
        writer.empty("mra:QualifierPointedParty", &[("uri", &pair.pointed)]);
        writer.close();
    }
    writer.close().close();
}
