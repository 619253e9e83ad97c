//! The equivalence block of an agreement from its element.

use super::{Agreement, Content, Equivalence, PERIODS_MAX, Pair, Period, Qualifiers, ServiceKind};
use crate::criteria;
use crate::list::ListError;
use crate::list::read::extension::additional;
use crate::list::read::{Reader, filled, filled_child, instant, trimmed};
use crate::uri::ns;
use mekong_xml::find::{self, required_child};
use mekong_xml::roxmltree::Node;

/// A `MutualRecognitionAgreementInformation`.
pub(crate) fn agreement(reader: &mut Reader, node: Node<'_, '_>) -> Result<Agreement, ListError> {
    let number = |name: &str| {
        let text = find::required_attribute(node, name)?;
        text.trim().parse().map_err(|_| ListError::malformed(node, format!("{name} is not a number")))
    };
    let law = |name: &str| Ok::<_, ListError>(find::required_attribute(node, name)?.trim().to_owned());
    let (mut equivalences, mut periods) = (Vec::new(), 0);
    for child in find::children(node, ns::AGREEMENT, "TrustServiceEquivalenceInformation") {
        let equivalence = equivalence(reader, child)?;
        periods += equivalence.periods.len();
        if periods > PERIODS_MAX {
            return Err(ListError::limit(child, "equivalences and entries of their histories", PERIODS_MAX));
        }
        equivalences.push(equivalence);
    }
    Ok(Agreement {
        technical_type: number("technicalType")?,
        version: number("version")?,
        depth: number("MRADepth")?,
        pointing_legislation: law("pointingContractingPartyLegislation")?,
        pointed_legislation: law("pointedContractingPartyLegislation")?,
        equivalences,
    })
}

fn equivalence(reader: &mut Reader, node: Node<'_, '_>) -> Result<Equivalence, ListError> {
    let mut periods = vec![period(reader, node)?];
    for history in find::children(node, ns::AGREEMENT, "TrustServiceEquivalenceHistory") {
        for instance in find::children(history, ns::AGREEMENT, "TrustServiceEquivalenceHistoryInstance") {
            periods.push(period(reader, instance)?);
            if periods.len() > PERIODS_MAX {
                return Err(ListError::limit(instance, "entries of a history", PERIODS_MAX));
            }
        }
    }
    if !periods.is_sorted_by(|newer, older| newer.since >= older.since) {
        reader.deviation(node, "the history of the equivalence is not in descending order of time");
        periods.sort_by_key(|period| std::cmp::Reverse(period.since));
    }
    Ok(Equivalence { legal_identifier: text(node, "TrustServiceLegalIdentifier")?, periods })
}

/// The present period and those of the history have these in common.
fn period(reader: &mut Reader, node: Node<'_, '_>) -> Result<Period, ListError> {
    let types = required_child(node, ns::AGREEMENT, "TrustServiceTSLTypeEquivalenceList")?;
    let statuses = required_child(node, ns::AGREEMENT, "TrustServiceTSLStatusEquivalenceList")?;
    let contents = match find::child(node, ns::AGREEMENT, "CertificateContentReferencesEquivalenceList")? {
        Some(all) => find::children(all, ns::AGREEMENT, "CertificateContentReferenceEquivalence")
            .map(|node| content(reader, node))
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    Ok(Period {
        types: Pair {
            pointing: kinds(reader, required_child(types, ns::AGREEMENT, "TrustServiceTSLTypeListPointingParty")?)?,
            pointed: kinds(reader, required_child(types, ns::AGREEMENT, "TrustServiceTSLTypeListPointedParty")?)?,
        },
        status: text(node, "TrustServiceEquivalenceStatus")?,
        since: instant(required_child(node, ns::AGREEMENT, "TrustServiceEquivalenceStatusStartingTime")?)?,
        valid: self::statuses(statuses, "TrustServiceTSLStatusValidEquivalence")?,
        invalid: self::statuses(statuses, "TrustServiceTSLStatusInvalidEquivalence")?,
        contents,
        qualifiers: find::child(node, ns::AGREEMENT, "TrustServiceTSLQualificationExtensionEquivalenceList")?
            .map(qualifiers)
            .transpose()?
            .filter(|all| !all.equivalences.is_empty()),
    })
}

fn text(node: Node<'_, '_>, name: &str) -> Result<String, ListError> {
    filled(required_child(node, ns::AGREEMENT, name)?)
}

fn kinds(reader: &mut Reader, node: Node<'_, '_>) -> Result<Vec<ServiceKind>, ListError> {
    find::children(node, ns::AGREEMENT, "TrustServiceTSLType")
        .map(|node| {
            let information = find::child(node, ns::LIST, "AdditionalServiceInformation")?;
            Ok(ServiceKind {
                service_type: filled_child(node, "ServiceTypeIdentifier")?,
                additional: information.map(|node| additional(reader, node, false)).transpose()?,
            })
        })
        .collect()
}

fn statuses(node: Node<'_, '_>, name: &str) -> Result<Pair<Vec<String>>, ListError> {
    let node = required_child(node, ns::AGREEMENT, name)?;
    let of = |name| -> Result<Vec<String>, ListError> {
        let list = required_child(node, ns::AGREEMENT, name)?;
        find::children(list, ns::LIST, "ServiceStatus").map(filled).collect()
    };
    Ok(Pair {
        pointing: of("TrustServiceTSLStatusListPointingParty")?,
        pointed: of("TrustServiceTSLStatusListPointedParty")?,
    })
}

fn content(reader: &mut Reader, node: Node<'_, '_>) -> Result<Content, ListError> {
    let pointing = required_child(node, ns::AGREEMENT, "CertificateContentDeclarationPointingParty")?;
    let pointed = required_child(node, ns::AGREEMENT, "CertificateContentDeclarationPointedParty")?;
    Ok(Content {
        context: text(node, "CertificateContentReferenceEquivalenceContext")?,
        criteria: Pair {
            pointing: criteria::read::criteria(reader, pointing)?,
            pointed: criteria::read::criteria(reader, pointed)?,
        },
    })
}

fn qualifiers(node: Node<'_, '_>) -> Result<Qualifiers, ListError> {
    let mut qualifiers = Qualifiers::default();
    if let Some(names) = find::child(node, ns::AGREEMENT, "TrustServiceTSLQualificationExtensionName")? {
        let of = |side: &str| find::child(names, ns::AGREEMENT, side)?.map(trimmed).transpose();
        qualifiers.extension = Pair {
            pointing: of("TrustServiceTSLQualificationExtensionNamePointingParty")?.unwrap_or_default(),
            pointed: of("TrustServiceTSLQualificationExtensionNamePointedParty")?.unwrap_or_default(),
        };
    }
    for list in find::children(node, ns::AGREEMENT, "QualifierEquivalenceList") {
        for pair in find::children(list, ns::AGREEMENT, "QualifierEquivalence") {
            let of = |side| {
                let qualifier = required_child(pair, ns::AGREEMENT, side)?;
                Ok::<_, ListError>(find::required_attribute(qualifier, "uri")?.trim().to_owned())
            };
            let pair = Pair { pointing: of("QualifierPointingParty")?, pointed: of("QualifierPointedParty")? };
            qualifiers.equivalences.push(pair);
        }
    }
    Ok(qualifiers)
}
