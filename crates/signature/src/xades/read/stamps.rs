//! Time-stamps, validation data and evidence records, in the order in which they were added.

use super::bag::Bag;
use super::evidence;
use super::imprint::{self, Candidates, Imprints};
use super::proofs::Proofs;
use super::signature::{Context, Parts};
use crate::facts::{Coverage, DataState, Fault, Finding, Proven, Signature, Timestamp, TimestampKind, Weight};
use crate::xades::names;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::tsp::Token;
use mekong_xml::c14n::Method;
use mekong_xml::roxmltree::Node;
use mekong_xml::{NS_DSIG, find};
use std::sync::Arc;

/// Time-stamps of one signature.
pub(super) const TIMESTAMPS_MAX: usize = 500;

/// Reads the content time-stamps, then the unsigned properties.
pub(super) fn read<'a, 'i>(
    context: &Context<'a, 'i, '_>,
    parts: &Parts<'a, 'i>,
    signature: &mut Signature,
    bag: &mut Bag,
) {
    let properties: Vec<Node<'a, 'i>> = parts.unsigned_properties().collect();
    for property in &properties {
        if is_container(names::local(*property)) {
            bag.values(&context.parsed, *property);
        }
    }
    let imprints = Imprints::new(context, parts, &properties);
    let mut reader = Reader { context, parts, signature, bag, imprints };
    reader.content();
    reader.unsigned(&properties);
}

/// Properties that hold certificates and revocation data.
fn is_container(name: &str) -> bool {
    matches!(
        name,
        "CertificateValues"
            | "RevocationValues"
            | "AttrAuthoritiesCertValues"
            | "AttributeRevocationValues"
            | "TimeStampValidationData"
            | "AnyValidationData"
    )
}

struct Reader<'c, 'a, 'i, 'r, 's> {
    context: &'c Context<'a, 'i, 'r>,
    parts: &'c Parts<'a, 'i>,
    signature: &'s mut Signature,
    bag: &'s mut Bag,
    imprints: Imprints<'c, 'a, 'i, 'r>,
}

impl<'a, 'i> Reader<'_, 'a, 'i, '_, '_> {
    fn content(&mut self) {
        for property in self.parts.data_properties() {
            match names::local(property) {
                "AllDataObjectsTimeStamp" => {
                    self.stamps(property, TimestampKind::Content, |imprints, a, m| imprints.all_data(a, m));
                }
                "IndividualDataObjectsTimeStamp" => {
                    self.stamps(property, TimestampKind::Content, |imprints, a, m| {
                        imprints.individual_data(property, a, m)
                    });
                }
                _ => {}
            }
        }
        let data = Proofs::new(self.signature, self.bag).signature;
        let data: Vec<Proven> = data.into_iter().filter(|p| matches!(p, Proven::Data(_))).collect();
        self.signature.timestamps.iter_mut().for_each(|t| t.proves.clone_from(&data));
    }

    fn unsigned(&mut self, properties: &[Node<'a, 'i>]) {
        let mut proofs = Proofs::new(self.signature, self.bag);
        self.key_info_certificates(&mut proofs);
        for (index, property) in properties.iter().enumerate() {
            let from = self.signature.timestamps.len();
            self.property(index, *property, &mut proofs);
            for timestamp in self.signature.timestamps.iter().skip(from) {
                proofs.timestamp(timestamp);
            }
        }
    }

    /// `ds:KeyInfo` is in every archive time-stamp.
    fn key_info_certificates(&mut self, proofs: &mut Proofs) {
        let Some(node) = self.parts.form.key_info else { return };
        let mut own = Bag::default();
        for certificate in node.descendants().filter(|n| find::is(*n, NS_DSIG, "X509Certificate")) {
            if let Some(der) = find::decoded(certificate) {
                own.certificate(&self.context.parsed, &der);
            }
        }
        proofs.values(&own.certificates, &[], &[]);
    }

    fn property(&mut self, index: usize, property: Node<'a, 'i>, proofs: &mut Proofs) {
        let name = names::local(property);
        match name {
            "SignatureTimeStamp" => {
                let from = self.stamps(property, TimestampKind::Signature, |i, a, m| i.signature(property, a, m));
                self.prove(from, &proofs.signature);
            }
            "SigAndRefsTimeStamp" | "SigAndRefsTimeStampV2" => {
                let kind = TimestampKind::SignatureAndReferences;
                let from = self.stamps(property, kind, |i, a, m| i.references_of_validation_data(true, index, a, m));
                let timestamps = self.signature.timestamps.iter().take(from);
                let stamps = timestamps.filter(|t| t.kind == TimestampKind::Signature);
                let stamps = stamps.map(|t| Proven::Timestamp(t.id.clone()));
                let proven: Vec<Proven> =
                    proofs.signature.iter().chain(&proofs.referred).cloned().chain(stamps).collect();
                self.prove(from, &proven);
            }
            "RefsOnlyTimeStamp" | "RefsOnlyTimeStampV2" => {
                let kind = TimestampKind::References;
                let from = self.stamps(property, kind, |i, a, m| i.references_of_validation_data(false, index, a, m));
                self.prove(from, &proofs.referred);
            }
            "ArchiveTimeStamp" | "ArchiveTimeStampV2" => {
                let kind = TimestampKind::Archive;
                let from = self.stamps(property, kind, |i, a, m| i.archive(property, index, a, m));
                // One that names what it covers proves no more than that, unless it names everything.
                let whole = self.imprints.names_all_before(property, index);
                let proven = if whole { proofs.all() } else { proofs.signature.clone() };
                self.prove(from, &proven);
            }
            "CompleteCertificateRefs"
            | "CompleteCertificateRefsV2"
            | "CompleteRevocationRefs"
            | "AttributeCertificateRefs"
            | "AttributeCertificateRefsV2"
            | "AttributeRevocationRefs" => {
                proofs.references(property, self.bag);
            }
            "SealingEvidenceRecords" => self.records(index, property, proofs),
            "CounterSignature" => {
                let nested = property.descendants().filter(|n| find::is(*n, NS_DSIG, "Signature"));
                // By the names that they go by, not by their Ids: an Id may be that of a signature made later.
                let names = nested.filter_map(|n| self.context.name_of(n));
                proofs.held.extend(names.map(Proven::Signature));
            }
            name if is_container(name) => {
                let mut values = Bag::default();
                values.values(&self.context.parsed, property);
                proofs.values(&values.certificates, &values.crls, &values.ocsps);
                if name == "TimeStampValidationData" {
                    self.accompany(property, &values);
                }
            }
            _ => {}
        }
    }

    fn records(&mut self, index: usize, property: Node<'a, 'i>, proofs: &mut Proofs) {
        let method = self.parts.form.method.clone().unwrap_or(Method::Inclusive10);
        let sealing = evidence::Sealing {
            property,
            before: index,
            signature: &self.parts.id,
            method: &method,
            file: self.context.file.as_deref(),
        };
        let room = evidence::RECORDS_MAX.saturating_sub(self.signature.evidence_records.len());
        let name = || self.context.name(&format!("{}-evidence-record", self.parts.id));
        let records = evidence::read(&sealing, &self.imprints, proofs, room, name);
        records.iter().for_each(|record| proofs.held.extend(evidence::proven(record)));
        self.signature.evidence_records.extend(records);
    }

    /// Gives validation data to the time-stamp that they are for: the one that `URI` names, else the one before.
    fn accompany(&mut self, property: Node<'a, 'i>, values: &Bag) {
        let uri = property.attribute("URI").unwrap_or_default();
        let wanted = uri.strip_prefix('#').unwrap_or(uri);
        let timestamps = &mut self.signature.timestamps;
        let named = timestamps.iter().position(|t| !wanted.is_empty() && t.id == wanted);
        let position = named.or_else(|| timestamps.len().checked_sub(1));
        if let Some(timestamp) = position.and_then(|p| timestamps.get_mut(p)) {
            timestamp.certificates.extend(values.certificates.iter().cloned());
            timestamp.crls.extend(values.crls.iter().cloned());
            timestamp.ocsps.extend(values.ocsps.iter().cloned());
        }
    }

    fn prove(&mut self, from: usize, proven: &[Proven]) {
        for timestamp in self.signature.timestamps.iter_mut().skip(from).filter(|t| t.token.is_ok()) {
            if self.context.may_prove(proven.len()) {
                timestamp.proves = proven.to_vec();
            } else {
                let what = "what it proves is left out: the time-stamps of this document prove too many things";
                timestamp.findings.push(Finding::new(Weight::Warning, "proofs_left_out", what));
            }
        }
    }

    /// Reads the tokens of a property; says where they begin.
    fn stamps(
        &mut self,
        property: Node<'a, 'i>,
        kind: TimestampKind,
        imprint: impl Fn(&mut Imprints<'_, 'a, 'i, '_>, DigestAlgorithm, &Method) -> Candidates,
    ) -> usize {
        let from = self.signature.timestamps.len();
        let tokens =
            property.children().filter(|c| names::is(*c, "EncapsulatedTimeStamp") || names::is(*c, "XMLTimeStamp"));
        let method = method(property);
        for node in tokens {
            if self.signature.timestamps.len() >= TIMESTAMPS_MAX {
                let what = format!("more than {TIMESTAMPS_MAX} time-stamps in one signature");
                self.signature.faults.push(Fault::new(find::path(node), what));
                break;
            }
            let token = token(node);
            let imprint = match (&token, &method) {
                (Ok(token), Ok(method)) => {
                    let candidates = imprint(&mut self.imprints, token.info.algorithm, method);
                    imprint::compare(&token.info.digest, candidates)
                }
                (Err(reason), _) | (_, Err(reason)) => DataState::Unchecked(reason.clone()),
            };
            let timestamp = self.timestamp(property, node, kind, token, imprint);
            self.signature.timestamps.push(timestamp);
        }
        if self.signature.timestamps.len() == from {
            self.signature.faults.push(Fault::new(find::path(property), "it holds no time-stamp"));
        }
        from
    }

    fn timestamp(
        &self,
        property: Node<'a, 'i>,
        node: Node<'a, 'i>,
        kind: TimestampKind,
        token: Result<Arc<Token>, String>,
        imprint: DataState,
    ) -> Timestamp {
        let number = format!("{}-timestamp-{}", self.parts.id, self.signature.timestamps.len() + 1);
        let own = find::ids(property).next().or_else(|| find::ids(node).next()).filter(|id| !id.is_empty());
        let inside = token.as_ref().ok();
        Timestamp {
            id: self.context.name(own.unwrap_or(&number)),
            kind,
            imprint,
            proves: Vec::new(),
            data: Vec::new(),
            certificates: inside.map(|t| t.certificates.clone()).unwrap_or_default(),
            crls: inside.map(|t| t.crls.clone()).unwrap_or_default(),
            ocsps: inside.map(|t| t.ocsps.clone()).unwrap_or_default(),
            faults: Vec::new(),
            coverage: Coverage::Unknown,
            findings: Vec::new(),
            token,
        }
    }
}

/// The canonicalisation of what is stamped; Canonical XML 1.0 if none is named.
fn method(property: Node<'_, '_>) -> Result<Method, String> {
    let Some(node) = names::child(property, "CanonicalizationMethod") else { return Ok(Method::Inclusive10) };
    let uri = node.attribute("Algorithm").unwrap_or_default();
    Method::from_uri(uri, prefixes(node)).ok_or_else(|| format!("canonicalisation {uri}"))
}

fn prefixes(node: Node<'_, '_>) -> Vec<String> {
    let list = node.children().filter(|c| c.is_element() && c.tag_name().name() == "InclusiveNamespaces");
    let list = list.filter_map(|c| c.attribute("PrefixList")).next().unwrap_or_default();
    list.split_ascii_whitespace().take(mekong_xml::dsig::PREFIXES_MAX).map(str::to_owned).collect()
}

fn token(node: Node<'_, '_>) -> Result<Arc<Token>, String> {
    if names::is(node, "XMLTimeStamp") {
        return Err("time-stamps in XML are not read".into());
    }
    let der = find::decoded(node).ok_or("the time-stamp is not base64")?;
    Token::from_der(&der).map(Arc::new).map_err(|e| e.to_string())
}
