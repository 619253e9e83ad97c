//! Criteria to their elements.

use super::{Criteria, Criterion, QcInfo, QcStatement};
use mekong_xml::write::Writer;

/// Writes criteria as an element of `CriteriaListType`, in the order of the schema.
pub(crate) fn criteria(writer: &mut Writer, name: &str, criteria: &Criteria) {
    writer.open(name, &[("assert", criteria.assert.name())]);
    for set in &criteria.key_usages {
        writer.open("sie:KeyUsage", &[]);
        for (bit, value) in set {
            writer.leaf("sie:KeyUsageBit", &[("name", bit.name())], if *value { "true" } else { "false" });
        }
        writer.close();
    }
    for set in &criteria.policy_sets {
        oids(writer, "sie:PolicySet", "sie:PolicyIdentifier", set);
    }
    for list in &criteria.lists {
        self::criteria(writer, "sie:CriteriaList", list);
    }
    if let Some(description) = &criteria.description {
        writer.leaf("sie:Description", &[], description);
    }
    if !criteria.others.is_empty() {
        writer.open("sie:otherCriteriaList", &[]);
        criteria.others.iter().for_each(|other| criterion(writer, other));
        writer.close();
    }
    writer.close();
}

fn criterion(writer: &mut Writer, criterion: &Criterion) {
    match criterion {
        Criterion::ExtendedKeyUsages(all) => oids(writer, "tslx:ExtendedKeyUsage", "tslx:KeyPurposeId", all),
        Criterion::SubjectAttributes(all) => oids(writer, "tslx:CertSubjectDNAttribute", "tslx:AttributeOID", all),
        Criterion::QcStatements(statements) => {
            writer.open("mra:QcStatementSet", &[]);
            statements.iter().for_each(|one| statement(writer, one));
            writer.close();
        }
        Criterion::Unknown { xml, .. } => {
            writer.raw(xml);
        }
    }
}

fn statement(writer: &mut Writer, statement: &QcStatement) {
    writer.open("mra:QcStatement", &[]);
    oid(writer, "mra:QcStatementId", &statement.id);
    if let Some(info) = &statement.info {
        writer.open("mra:QcStatementInfo", &[]);
        match info {
            QcInfo::Type(kind) => oid(writer, "mra:QcType", kind),
            QcInfo::Legislation(country) => {
                writer.leaf("mra:QcCClegislation", &[], country);
            }
        }
        writer.close();
    }
    writer.close();
}

fn oids(writer: &mut Writer, parent: &str, name: &str, all: &[String]) {
    writer.open(parent, &[]);
    all.iter().for_each(|one| oid(writer, name, one));
    writer.close();
}

/// An object identifier as XAdES wants it; names that are no OIDs are written as they are.
fn oid(writer: &mut Writer, name: &str, id: &str) {
    writer.open(name, &[]);
    if id.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        writer.leaf("xades:Identifier", &[("Qualifier", "OIDAsURN")], &format!("urn:oid:{id}"));
    } else {
        writer.leaf("xades:Identifier", &[], id);
    }
    writer.close();
}
