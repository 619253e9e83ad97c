//! Criteria from their elements.

use super::{Assert, Criteria, Criterion, KeyUsageBit, QcInfo, QcStatement};
use crate::list::read::{Reader, boolean, name_of, oid, trimmed, xml_of};
use crate::list::{CRITERIA_DEPTH_MAX, ListError};
use crate::uri::ns;
use mekong_xml::find;
use mekong_xml::roxmltree::Node;

/// A `CriteriaList`, or an element of its type.
pub(crate) fn criteria(reader: &mut Reader, node: Node<'_, '_>) -> Result<Criteria, ListError> {
    nested(reader, node, 0)
}

fn nested(reader: &mut Reader, node: Node<'_, '_>, depth: usize) -> Result<Criteria, ListError> {
    if depth == CRITERIA_DEPTH_MAX {
        return Err(ListError::limit(node, "criteria lists inside each other", CRITERIA_DEPTH_MAX));
    }
    let mut criteria = Criteria { assert: assert(reader, node)?, ..Criteria::default() };
    for child in node.children().filter(Node::is_element) {
        if child.tag_name().namespace() != Some(ns::QUALIFICATIONS) {
            continue;
        }
        match child.tag_name().name() {
            "KeyUsage" => criteria.key_usages.push(key_usage(child)?),
            "PolicySet" => criteria.policy_sets.push(oids(child, ns::QUALIFICATIONS, "PolicyIdentifier")?),
            "CriteriaList" => criteria.lists.push(nested(reader, child, depth + 1)?),
            "Description" => criteria.description = Some(trimmed(child)?).filter(|text| !text.is_empty()),
            "otherCriteriaList" => criteria.others.extend(others(child)?),
            _ => {}
        }
    }
    Ok(criteria)
}

/// The schema leaves `assert` open; without it all must hold, which is what every issuer means.
fn assert(reader: &mut Reader, node: Node<'_, '_>) -> Result<Assert, ListError> {
    let Some(name) = node.attribute("assert") else {
        reader.deviation(node, "a criteria list without the attribute assert, read as all");
        return Ok(Assert::All);
    };
    Assert::from_name(name)
        .ok_or_else(|| ListError::malformed(node, format!("assert is {name:?}, not all, atLeastOne or none")))
}

fn key_usage(node: Node<'_, '_>) -> Result<Vec<(KeyUsageBit, bool)>, ListError> {
    find::children(node, ns::QUALIFICATIONS, "KeyUsageBit")
        .map(|bit| {
            let name = find::required_attribute(bit, "name")?;
            let known = KeyUsageBit::from_name(name)
                .ok_or_else(|| ListError::malformed(bit, format!("{name:?} is no key usage")))?;
            Ok((known, boolean(bit, &find::text(bit)?)?))
        })
        .collect()
}

fn oids(node: Node<'_, '_>, namespace: &str, name: &str) -> Result<Vec<String>, ListError> {
    find::children(node, namespace, name).map(oid).collect()
}

fn others(node: Node<'_, '_>) -> Result<Vec<Criterion>, ListError> {
    node.children().filter(Node::is_element).map(other).collect()
}

fn other(node: Node<'_, '_>) -> Result<Criterion, ListError> {
    if find::is(node, ns::ADDITIONAL, "ExtendedKeyUsage") {
        return Ok(Criterion::ExtendedKeyUsages(oids(node, ns::ADDITIONAL, "KeyPurposeId")?));
    }
    if find::is(node, ns::ADDITIONAL, "CertSubjectDNAttribute") {
        return Ok(Criterion::SubjectAttributes(oids(node, ns::ADDITIONAL, "AttributeOID")?));
    }
    if find::is(node, ns::AGREEMENT, "QcStatementSet") {
        let statements: Result<_, _> = find::children(node, ns::AGREEMENT, "QcStatement").map(statement).collect();
        return Ok(Criterion::QcStatements(statements?));
    }
    Ok(Criterion::Unknown { name: name_of(node), xml: xml_of(node)? })
}

fn statement(node: Node<'_, '_>) -> Result<QcStatement, ListError> {
    let id = oid(find::required_child(node, ns::AGREEMENT, "QcStatementId")?)?;
    let Some(info) = find::child(node, ns::AGREEMENT, "QcStatementInfo")? else {
        return Ok(QcStatement { id, info: None });
    };
    let kind = find::child(info, ns::AGREEMENT, "QcType")?.map(oid).transpose()?.map(QcInfo::Type);
    let legislation = find::child(info, ns::AGREEMENT, "QcCClegislation")?.map(trimmed).transpose()?;
    Ok(QcStatement { id, info: kind.or(legislation.map(QcInfo::Legislation)) })
}
