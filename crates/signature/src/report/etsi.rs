//! The validation report of ETSI TS 119 102-2 v1.4.1, in XML, for programs of others.
//!
//! One `SignatureValidationReport` a signature, with what was evaluated and the objects that it rests on: certificates,
//! time-stamps and evidence records, each of the latter with a report of its own. The report is not signed.

mod objects;

use crate::validation::{Block, BlockKind, Conclusion, Indication, Report, SignatureReport, SubIndication};
use mekong_xml::write::Writer;
use objects::Objects;

/// The namespace of version 1.4.1.
pub const NAMESPACE: &str = "http://uri.etsi.org/19102/v1.4.1#";

/// Where our own names for building blocks and checks stand.
const OWN: &str = "urn:mekong:validation:";

/// The report as an XML document.
pub fn write(report: &Report) -> String {
    let mut writer = Writer::with_declaration();
    let namespaces =
        [("xmlns", NAMESPACE), ("xmlns:ds", mekong_xml::NS_DSIG), ("xmlns:xades", "http://uri.etsi.org/01903/v1.3.2#")];
    writer.open("ValidationReport", &namespaces);
    let mut objects = Objects::default();
    for (place, signature) in report.signatures.iter().enumerate() {
        one(&mut writer, report, place, signature, &mut objects);
    }
    if report.signatures.is_empty() {
        let status = Conclusion { indication: report.indication(), sub_indication: None };
        writer.open("SignatureValidationReport", &[]);
        write_status(&mut writer, status, |_| ());
        writer.close();
    }
    for stamp in &report.timestamps {
        objects.timestamp(stamp);
    }
    for record in &report.evidence_records {
        objects.record(record);
    }
    objects.write(&mut writer, report);
    writer.finish()
}

fn one(writer: &mut Writer, report: &Report, place: usize, signature: &SignatureReport, objects: &mut Objects) {
    writer.open("SignatureValidationReport", &[]);
    let id = format!("S-{}", place + 1);
    writer.open("SignatureIdentifier", &[("id", &id)]);
    if !signature.value.is_empty() {
        writer.leaf("ds:SignatureValue", &[], &base64(&signature.value));
    }
    writer.leaf("HashOnly", &[], "false").leaf("DocHashOnly", &[], "false");
    writer.leaf("DAIdentifier", &[], &signature.id).close();
    write_constraints(writer, report, &signature.blocks);
    let by = signature.best_time_by.as_ref();
    let proof = by.and_then(|id| objects.reference(&signature.timestamps, &signature.evidence_records, report, id));
    write_times(writer, report, signature, proof.as_deref());
    write_attributes(writer, signature, objects);
    if let Some(signer) = &signature.signer {
        let reference = objects.certificate(signer);
        writer.open("SignerInformation", &[]);
        writer.empty("SignerCertificate", &[("VOReference", &reference)]);
        writer.leaf("Signer", &[], &signer.subject()).close();
    }
    writer.open("SignatureValidationProcess", &[]);
    writer.leaf("SignatureValidationProcessID", &[], process(&signature.blocks)).close();
    write_status(writer, signature.conclusion, |writer| write_data(writer, signature, objects));
    writer.close();
    signature.timestamps.iter().for_each(|t| objects.timestamp(t));
    signature.evidence_records.iter().for_each(|e| objects.record(e));
}

/// Which process gave the verdict (TS 119 102-2 §4.3.8).
fn process(blocks: &[Block]) -> &'static str {
    match blocks.last().map(|block| block.kind) {
        Some(BlockKind::Archival) => "urn:etsi:019102:validationprocess:LTA",
        Some(BlockKind::LongTerm) => "urn:etsi:019102:validationprocess:LTVM",
        _ => "urn:etsi:019102:validationprocess:Basic",
    }
}

/// The policy, every building block, and every check that did not hold.
fn write_constraints(writer: &mut Writer, report: &Report, blocks: &[Block]) {
    writer.open("ValidationConstraintsEvaluationReport", &[]);
    let applied = &report.policy;
    writer.open("SignatureValidationPolicy", &[]).open("SignaturePolicyIdentifier", &[]);
    writer.open("xades:SignaturePolicyId", &[]).open("xades:SigPolicyId", &[]);
    writer.leaf("xades:Identifier", &[], &format!("{OWN}policy:{}:{}", applied.name, applied.version)).close();
    writer.open("xades:SigPolicyHash", &[]);
    writer.empty("ds:DigestMethod", &[("Algorithm", mekong_crypto::DigestAlgorithm::Sha256.uri())]);
    writer.leaf("ds:DigestValue", &[], &base64(&applied.sha256)).close().close().close();
    writer.leaf("PolicyName", &[], &applied.name).close();
    blocks.iter().for_each(|block| write_block(writer, block));
    writer.close();
}

fn write_block(writer: &mut Writer, block: &Block) {
    constraint(writer, &format!("{OWN}block:{}", block.kind.name()), block.conclusion);
    for check in block.checks.iter().filter(|check| !check.holds) {
        writer.open("ValidationConstraint", &[]);
        writer.leaf("ValidationConstraintIdentifier", &[], &format!("{OWN}check:{}", check.code));
        writer.open("ValidationConstraintParameter", &[]);
        writer.leaf("Type", &[], &format!("{OWN}text")).leaf("Value", &[], &check.text).close();
        status_applied(writer).close();
    }
    block.blocks.iter().for_each(|inner| write_block(writer, inner));
}

fn constraint(writer: &mut Writer, identifier: &str, conclusion: Conclusion) {
    writer.open("ValidationConstraint", &[]).leaf("ValidationConstraintIdentifier", &[], identifier);
    status_applied(writer).open("ValidationStatus", &[]);
    indications(writer, conclusion);
    writer.close().close();
}

fn status_applied(writer: &mut Writer) -> &mut Writer {
    writer.open("ConstraintStatus", &[]);
    writer.leaf("Status", &[], "urn:etsi:019102:constraintStatus:applied").close()
}

fn write_times(writer: &mut Writer, report: &Report, signature: &SignatureReport, proof: Option<&str>) {
    writer.open("ValidationTimeInfo", &[]).leaf("ValidationTime", &[], &report.at.whole_seconds().to_string());
    writer.open("BestSignatureTime", &[]);
    poe(writer, signature.best_time, proof);
    writer.close().close();
}

/// A proof of existence: by this validation, resting on an object or on presence alone.
fn poe(writer: &mut Writer, time: mekong_base::Instant, object: Option<&str>) {
    writer.leaf("POETime", &[], &time.whole_seconds().to_string());
    writer.leaf("TypeOfProof", &[], "urn:etsi:019102:poetype:validation");
    if let Some(object) = object {
        writer.empty("POEObject", &[("VOReference", object)]);
    }
}

fn write_attributes(writer: &mut Writer, signature: &SignatureReport, objects: &mut Objects) {
    if signature.claimed_time.is_none() && signature.signer.is_none() {
        return;
    }
    writer.open("SignatureAttributes", &[]);
    if let Some(time) = signature.claimed_time {
        writer.open("SigningTime", &[("Signed", "true")]);
        writer.leaf("Time", &[], &time.whole_seconds().to_string()).close();
    }
    if let Some(signer) = &signature.signer {
        let reference = objects.certificate(signer);
        writer.open("SigningCertificate", &[("Signed", "true")]);
        writer.empty("AttributeObject", &[("VOReference", &reference)]).close();
    }
    writer.close();
}

/// `SignatureValidationStatus` with what goes with it.
fn write_status(writer: &mut Writer, conclusion: Conclusion, data: impl FnOnce(&mut Writer)) {
    writer.open("SignatureValidationStatus", &[]);
    indications(writer, conclusion);
    data(writer);
    writer.close();
}

fn indications(writer: &mut Writer, conclusion: Conclusion) {
    writer.leaf("MainIndication", &[], main_indication(conclusion.indication));
    if let Some(sub) = conclusion.sub_indication {
        writer.leaf("SubIndication", &[], &format!("urn:etsi:019102:subindication:{}", sub_name(sub)));
    }
}

const fn main_indication(indication: Indication) -> &'static str {
    match indication {
        Indication::TotalPassed => "urn:etsi:019102:mainindication:total-passed",
        Indication::TotalFailed => "urn:etsi:019102:mainindication:total-failed",
        Indication::Indeterminate => "urn:etsi:019102:mainindication:indeterminate",
        Indication::Passed => "urn:etsi:019102:mainindication:passed",
        Indication::Failed => "urn:etsi:019102:mainindication:failed",
        Indication::NoSignatureFound => "urn:mekong:validation:mainindication:no-signature-found",
    }
}

const fn sub_name(sub: SubIndication) -> &'static str {
    sub.name()
}

/// The chain, and what was wrong, in words.
fn write_data(writer: &mut Writer, signature: &SignatureReport, objects: &mut Objects) {
    writer.open("AssociatedValidationReportData", &[]);
    if let Some(chain) = &signature.chain {
        let anchor = objects.certificate(&chain.anchor);
        writer.empty("TrustAnchor", &[("VOReference", &anchor)]).open("CertificateChain", &[]);
        for (place, certificate) in chain.certificates.iter().enumerate() {
            let name = if place == 0 { "SigningCertificate" } else { "IntermediateCertificate" };
            let reference = objects.certificate(certificate);
            writer.empty(name, &[("VOReference", &reference)]);
        }
        writer.empty("TrustAnchor", &[("VOReference", &anchor)]).close();
    }
    objects::findings(writer, &signature.findings);
    writer.close();
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
