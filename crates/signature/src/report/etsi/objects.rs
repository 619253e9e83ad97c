//! The validation objects of a report: certificates, time-stamps, evidence records, each written once (TS 119 102-2 §4.4).

use super::{base64, indications, write_constraints};
use crate::facts::Finding;
use crate::report::weight_name;
use crate::validation::{Block, Conclusion, EvidenceReport, Report, TimestampReport};
use mekong_base::Instant;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;
use mekong_xml::write::Writer;
use std::collections::BTreeMap;

/// Objects met so far.
#[derive(Default)]
pub(super) struct Objects {
    certificates: BTreeMap<String, Certificate>,
    judged: Vec<Judged>,
}

/// A time-stamp or evidence record.
struct Judged {
    reference: String,
    kind: &'static str,
    id: String,
    conclusion: Conclusion,
    time: Option<Instant>,
    signer: Option<String>,
    blocks: Vec<Block>,
    findings: Vec<Finding>,
}

impl Objects {
    /// The reference of a certificate.
    pub(super) fn certificate(&mut self, certificate: &Certificate) -> String {
        let reference = format!("C-{}", hex::encode_upper(certificate.fingerprint(DigestAlgorithm::Sha256)));
        self.certificates.entry(reference.clone()).or_insert_with(|| certificate.clone());
        reference
    }

    pub(super) fn timestamp(&mut self, stamp: &TimestampReport) {
        let signer = stamp.signer.as_ref().map(|signer| self.certificate(signer));
        if let Some(chain) = &stamp.chain {
            chain.certificates.iter().chain([&chain.anchor]).for_each(|c| {
                self.certificate(c);
            });
        }
        self.judged.push(Judged {
            reference: reference_of(&stamp.id),
            kind: "urn:etsi:019102:validationObject:timestamp",
            id: stamp.id.clone(),
            conclusion: stamp.conclusion,
            time: stamp.time,
            signer,
            blocks: stamp.blocks.clone(),
            findings: stamp.findings.clone(),
        });
    }

    pub(super) fn record(&mut self, record: &EvidenceReport) {
        self.judged.push(Judged {
            reference: reference_of(&record.id),
            kind: "urn:etsi:019102:validationObject:evidencerecord",
            id: record.id.clone(),
            conclusion: record.conclusion,
            time: record.time,
            signer: None,
            blocks: record.blocks.clone(),
            findings: record.findings.clone(),
        });
        record.timestamps.iter().for_each(|stamp| self.timestamp(stamp));
    }

    /// The reference of the time-stamp or record with this id, if it is in the report.
    pub(super) fn reference(
        &self,
        stamps: &[TimestampReport],
        records: &[EvidenceReport],
        report: &Report,
        id: &str,
    ) -> Option<String> {
        let stamps = stamps.iter().chain(&report.timestamps).map(|t| &t.id);
        let records = records.iter().chain(&report.evidence_records).map(|e| &e.id);
        stamps.chain(records).any(|known| known == id).then(|| reference_of(id))
    }

    pub(super) fn write(&self, writer: &mut Writer, report: &Report) {
        if self.certificates.is_empty() && self.judged.is_empty() {
            return;
        }
        writer.open("SignatureValidationObjects", &[]);
        for (reference, certificate) in &self.certificates {
            writer.open("ValidationObject", &[("id", reference)]);
            writer.leaf("ObjectType", &[], "urn:etsi:019102:validationObject:certificate");
            writer.open("ValidationObjectRepresentation", &[]);
            writer.leaf("base64", &[], &base64(certificate.der())).close().close();
        }
        let mut written = std::collections::BTreeSet::new();
        for judged in self.judged.iter().filter(|judged| written.insert(&judged.reference)) {
            write_judged(writer, report, judged);
        }
        writer.close();
    }
}

/// An `xs:ID` made from any text.
fn reference_of(id: &str) -> String {
    format!("V-{}", hex::encode_upper(DigestAlgorithm::Sha256.digest(id.as_bytes())))
}

fn write_judged(writer: &mut Writer, report: &Report, judged: &Judged) {
    writer.open("ValidationObject", &[("id", &judged.reference)]).leaf("ObjectType", &[], judged.kind);
    writer.open("ValidationObjectRepresentation", &[]).leaf("direct", &[], &judged.id).close();
    if let Some(time) = judged.time.filter(|_| judged.conclusion.is_passed()) {
        writer.open("POEProvisioning", &[]).leaf("POETime", &[], &time.whole_seconds().to_string()).close();
    }
    writer.open("ValidationReport", &[]);
    write_constraints(writer, report, &judged.blocks);
    if let Some(signer) = &judged.signer {
        writer.open("SignerInformation", &[]).empty("SignerCertificate", &[("VOReference", signer)]).close();
    }
    writer.open("SignatureValidationStatus", &[]);
    indications(writer, judged.conclusion);
    writer.open("AssociatedValidationReportData", &[]);
    findings(writer, &judged.findings);
    writer.close().close().close().close();
}

/// Findings as additional report data.
pub(super) fn findings(writer: &mut Writer, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    writer.open("AdditionalValidationReportData", &[]);
    for finding in findings {
        writer.open("ReportData", &[]);
        writer.leaf("Type", &[], &format!("urn:mekong:validation:{}:{}", weight_name(finding.weight), finding.code));
        writer.leaf("Value", &[], &finding.text).close();
    }
    writer.close();
}
