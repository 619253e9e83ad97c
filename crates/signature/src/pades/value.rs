//! The value in `/Contents`: CMS or bare RSA, with what the document says around it.

use super::dictionary;
use super::reader::Reader;
use super::signed::Signed;
use super::stamp::proven_in;
use crate::cades::{self, Content};
use crate::facts::{
    CertificateReference, DataKind, DataState, Fault, Finding, Level, Proven, Signature, SignatureFormat,
    SignatureValue, SignedBytes, SignedData, Weight,
};
use mekong_crypto::{DigestAlgorithm, SignatureAlgorithm, sha256};
use mekong_pdf::Object;
use mekong_pki::Certificate;
use mekong_pki::cms::SignedData as CmsData;
use mekong_pki::cms::ber::Elements;
use std::collections::HashSet;
use std::sync::Arc;

impl<'a> Reader<'_, 'a> {
    pub(super) fn signature(&mut self, signed: Signed<'_, 'a>, index: usize) -> Vec<Signature> {
        let sub_filter = signed.dictionary.get("SubFilter").and_then(Object::name).unwrap_or_default().to_vec();
        let mut signatures = match sub_filter.as_slice() {
            b"adbe.x509.rsa_sha1" => vec![self.bare_rsa(&signed)],
            _ => self.cms(&signed, &sub_filter),
        };
        for signature in &mut signatures {
            signature.file.clone_from(&signed.field);
            if let Some(signs) = &mut signature.countersigns {
                *signs += index;
            }
        }
        if let Some(main) = signatures.first_mut() {
            self.complete(main, signed, &sub_filter);
        }
        signatures
    }

    /// The CMS in `/Contents`.
    fn cms(&self, signed: &Signed<'_, 'a>, sub_filter: &[u8]) -> Vec<Signature> {
        let digest = |algorithm: DigestAlgorithm| self.digests.digest(signed.range.as_ref()?, algorithm);
        let sha1 = (sub_filter == b"adbe.pkcs7.sha1").then(|| digest(DigestAlgorithm::Sha1)).flatten();
        // There the CMS signs the SHA-1 of the ranges, as content inside.
        let inner = |algorithm: DigestAlgorithm| match &sha1 {
            Some(sha1) => Some(algorithm.digest(sha1).as_ref().to_vec()),
            None => digest(algorithm),
        };
        let id = |number: usize| match number {
            0 => signed.id.clone(),
            number => format!("{}-signer-{}", signed.id, number + 1),
        };
        let name = signed.range.map_or_else(|| "document".into(), |range| format!("document up to byte {}", range.end));
        let context = cades::Context { content: Content::Digests(&inner), name: &name, id: &id, pdf: true };
        match cades::read_signatures(&signed.contents, &context) {
            Ok(mut signatures) if !signatures.is_empty() => {
                one_signer(&mut signatures);
                if let Some(main) = signatures.first_mut() {
                    embedded(main, &signed.contents, sha1.as_deref(), sub_filter);
                }
                signatures
            }
            Ok(_) => vec![unreadable(signed, "no signer in the CMS".into())],
            Err(error) => vec![unreadable(signed, error.to_string())],
        }
    }

    /// `adbe.x509.rsa_sha1`: a bare RSA signature, the certificates beside it.
    fn bare_rsa(&self, signed: &Signed<'_, 'a>) -> Signature {
        let mut signature = unreadable(signed, String::new());
        signature.faults.clear();
        let pdf = signed.then.unwrap_or(self.pdf);
        if let Ok(certificates) = pdf.value(&signed.dictionary, "Cert") {
            let list = certificates.array().map_or_else(|| vec![(*certificates).clone()], <[Object]>::to_vec);
            let strings = list.iter().filter_map(Object::string);
            signature.certificates = strings.filter_map(|s| Certificate::from_der(&s.bytes).ok()).collect();
        }
        if let Some(first) = signature.certificates.first() {
            let issuer_serial = Some((first.issuer_der().to_vec(), first.serial().to_vec()));
            signature.signer_hint = Some(CertificateReference { issuer_serial, ..CertificateReference::default() });
        }
        match Elements::new(&signed.contents).octets("/Contents") {
            Ok(octets) => signature.value.value = octets.joined().into_owned(),
            Err(error) => signature.faults.push(Fault::new("/Contents", error.to_string())),
        }
        signature.value.algorithm = Ok(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha1));
        let digest = signed.range.as_ref().and_then(|range| self.digests.digest(range, DigestAlgorithm::Sha1));
        if let Some(digest) = digest {
            signature.value.signed = SignedBytes::Digest(DigestAlgorithm::Sha1, digest);
            signature.data.iter_mut().for_each(|data| data.state = DataState::Intact);
        }
        signature
    }

    /// Adds what the document says around the CMS.
    fn complete(&mut self, signature: &mut Signature, signed: Signed<'_, 'a>, sub_filter: &[u8]) {
        let pdf = signed.then.unwrap_or(self.pdf);
        if sub_filter != b"ETSI.CAdES.detached" {
            signature.format = SignatureFormat::Plain;
            signature.level = Level::NotAdes;
            let known: [&[u8]; 3] = [b"adbe.pkcs7.detached", b"adbe.pkcs7.sha1", b"adbe.x509.rsa_sha1"];
            if !known.contains(&sub_filter) {
                let what = format!("{:?} is no known form of signature", String::from_utf8_lossy(sub_filter));
                signature.faults.push(Fault::new("/SubFilter", what));
            }
        }
        if !pdf.is_encrypted() {
            let time = dictionary::time(pdf, &signed.dictionary);
            signature.claimed_time = time.or(signature.claimed_time);
            signature.claims.extend(dictionary::claims(pdf, &signed.dictionary));
        }
        if signed.permissions.certifies {
            let level = signed.permissions.level.unwrap_or(2).to_string();
            signature.claims.push(("certification".into(), level));
        }
        signature.faults.extend(signed.faults);
        signature.findings.extend(signed.findings);
        signature.coverage = signed.coverage;
        signature.changes = signed.compared.changes;
        if let Some(range) = signed.range {
            self.covered.push((range.end, proven_by(signature)));
        }
        let known: HashSet<[u8; 32]> = signature.certificates.iter().map(|c| sha256(c.der())).collect();
        let more = self.store.certificates.iter().filter(|(digest, _)| !known.contains(digest));
        signature.certificates.extend(more.map(|(_, certificate)| certificate.clone()));
        signature.crls.extend(self.store.crls.iter().map(|(_, crl)| Arc::clone(crl)));
        signature.ocsps.extend(self.store.ocsps.iter().map(|(_, ocsp)| Arc::clone(ocsp)));
    }
}

/// PAdES allows one signer in a CMS (EN 319 142-1 §4.1 e).
fn one_signer(signatures: &mut Vec<Signature>) {
    let signers = signatures.iter().filter(|signature| signature.countersigns.is_none()).count();
    if signers <= 1 {
        return;
    }
    // What belongs to the first signer comes before the second.
    let second =
        signatures.iter().skip(1).position(|signature| signature.countersigns.is_none()).map_or(1, |at| at + 1);
    signatures.truncate(second);
    if let Some(first) = signatures.first_mut() {
        first.level = Level::NotAdes;
        first.format = SignatureFormat::Plain;
        let text = format!("{signers} signers in one CMS; PDF allows one, the first was read");
        first.findings.push(Finding::new(Weight::Warning, "several_signers", text));
    }
}

/// Content inside the CMS: forbidden but for `adbe.pkcs7.sha1`, where it must be the digest of the ranges.
fn embedded(signature: &mut Signature, contents: &[u8], sha1: Option<&[u8]>, sub_filter: &[u8]) {
    let Ok(data) = CmsData::parse(contents) else { return };
    match (data.content, sub_filter) {
        (Some(content), b"adbe.pkcs7.sha1") => {
            let Some(document) = signature.data.iter_mut().find(|data| data.kind == DataKind::Document) else { return };
            let inside = SignedData {
                name: "digest of the document in the CMS".into(),
                kind: DataKind::Other,
                ..document.clone()
            };
            // Whatever digest the CMS uses, the document hangs by its SHA-1.
            document.algorithm = Some(DigestAlgorithm::Sha1);
            if sha1 != Some(content.joined().as_ref()) {
                document.state = DataState::Altered;
            }
            signature.data.push(inside);
        }
        (None, b"adbe.pkcs7.sha1") => {
            signature.faults.push(Fault::new("/Contents", "adbe.pkcs7.sha1 without content in the CMS"));
        }
        (Some(_), _) => {
            let what = "the CMS has content of its own instead of signing the document";
            signature.faults.push(Fault::new("/Contents", what));
        }
        (None, _) => {}
    }
}

/// A signature whose value cannot be read.
fn unreadable(signed: &Signed<'_, '_>, reason: String) -> Signature {
    let data = SignedData {
        name: signed.range.map_or_else(|| "document".into(), |range| format!("document up to byte {}", range.end)),
        kind: DataKind::Document,
        algorithm: None,
        state: DataState::Missing,
    };
    Signature {
        id: signed.id.clone(),
        format: SignatureFormat::Plain,
        file: None,
        countersigns: None,
        level: Level::NotAdes,
        faults: vec![Fault::new("/Contents", reason)],
        data: vec![data],
        value: SignatureValue {
            algorithm: Err("unknown".into()),
            signed: SignedBytes::Missing,
            value: signed.contents.clone(),
        },
        ..Signature::empty()
    }
}

/// What a signature brings in its own bytes.
fn proven_by(signature: &Signature) -> Vec<Proven> {
    let mut proven = vec![Proven::Signature(signature.id.clone())];
    proven.extend(signature.data.iter().map(|data| Proven::Data(data.name.clone())));
    proven.extend(signature.certificates.iter().map(|certificate| Proven::Certificate(sha256(certificate.der()))));
    proven.extend(signature.crls.iter().chain(&signature.ocsps).map(|bytes| Proven::Revocation(sha256(bytes))));
    for timestamp in &signature.timestamps {
        proven.push(Proven::Timestamp(timestamp.id.clone()));
        proven.extend(proven_in(timestamp));
    }
    proven
}
