//! Time-stamps in a signature: what each covers, whether its imprint is that, what it proves.

use super::content::{Content, Piece};
use super::header;
use super::jws::Jws;
use super::read::{feed, proven_values};
use super::unsigned::{Component, FORMS, Form, Values, der};
use crate::facts::{Coverage, DataState, Fault, Proven, Timestamp, TimestampKind};
use crate::read::ReadError;
use mekong_crypto::{DigestAlgorithm, Hasher, sha256};
use mekong_pki::Certificate;
use mekong_pki::tsp::Token;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Time-stamps in one signature.
const TIMESTAMPS_MAX: usize = 64;

/// Reads the time-stamps of one signature.
pub(super) struct Stamps<'a, 'c> {
    id: &'a str,
    jws: &'a Jws,
    content: &'a Content<'c>,
    unsigned: &'a [Component],
    found: Vec<Timestamp>,
    /// Digests of the archived octets by algorithm and form, and how many components are in them.
    archives: BTreeMap<(DigestAlgorithm, usize), (Hasher, usize)>,
}

impl<'a, 'c> Stamps<'a, 'c> {
    pub(super) fn new(id: &'a str, jws: &'a Jws, content: &'a Content<'c>, unsigned: &'a [Component]) -> Self {
        Self { id, jws, content, unsigned, found: Vec::new(), archives: BTreeMap::new() }
    }

    /// All of them in order; the content time-stamps first.
    pub(super) fn read(mut self, faults: &mut Vec<Fault>) -> Result<Vec<Timestamp>, ReadError> {
        if let Some(container) = self.jws.header.get("adoTst") {
            let container = Component { name: "adoTst".into(), value: container.clone(), encoded: None };
            self.container(&container, None, faults)?;
        }
        for (n, component) in self.unsigned.iter().enumerate() {
            if matches!(component.name.as_str(), "sigTst" | "sigRTst" | "rfsTst" | "arcTst") {
                self.container(component, Some(n), faults)?;
            }
        }
        Ok(self.found)
    }

    fn container(
        &mut self,
        component: &Component,
        at: Option<usize>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), ReadError> {
        let tokens = component.value.get("tstTokens").map(|t| t.elements()).unwrap_or_default();
        if tokens.is_empty() {
            faults.push(Fault::new(component.name.clone(), "it holds no time-stamp"));
        }
        // Those of one container do not cover each other.
        let earlier = self.found.len();
        for token in tokens {
            if self.found.len() == TIMESTAMPS_MAX {
                faults.push(Fault::new(component.name.clone(), format!("more than {TIMESTAMPS_MAX} time-stamps")));
                return Ok(());
            }
            let token = der(token).and_then(|d| Token::from_der(&d).map_err(|e| e.to_string()));
            let imprint = match &token {
                Ok(token) => self.imprint(&component.name, at.unwrap_or(0), token)?,
                Err(what) => DataState::Unchecked(what.clone()),
            };
            let certificates = token.as_ref().map(|t| t.certificates.clone()).unwrap_or_default();
            self.found.push(Timestamp {
                id: format!("{}-timestamp-{}", self.id, self.found.len() + 1),
                kind: kind(&component.name),
                token: token.map(Arc::new),
                imprint,
                proves: self.proves(&component.name, at.unwrap_or(0), earlier),
                data: Vec::new(),
                certificates,
                crls: Vec::new(),
                ocsps: Vec::new(),
                faults: Vec::new(),
                coverage: Coverage::Whole,
                findings: Vec::new(),
            });
        }
        Ok(())
    }

    fn imprint(&mut self, name: &str, at: usize, token: &Token) -> Result<DataState, ReadError> {
        let (algorithm, expected) = (token.info.algorithm, token.info.digest.as_slice());
        let is_clear = self.unsigned.iter().take(at).any(|c| c.encoded.is_none());
        let forms = if is_clear && name != "sigTst" { FORMS.len() } else { 1 };
        for form in 0..forms {
            match self.digest(name, at, algorithm, form)? {
                None => return Ok(DataState::Missing),
                Some(found) if found == expected => return Ok(DataState::Intact),
                Some(_) => {}
            }
        }
        if forms > 1 {
            let text = "the imprint is over clear JSON, whose canonicalisation is not known";
            return Ok(DataState::Unchecked(text.into()));
        }
        Ok(DataState::Altered)
    }

    /// The digest of what a time-stamp covers; `None` if the content is not at hand.
    fn digest(
        &mut self,
        name: &str,
        at: usize,
        algorithm: DigestAlgorithm,
        form: usize,
    ) -> Result<Option<Vec<u8>>, ReadError> {
        if name == "arcTst" {
            return self.archive_digest(at, algorithm, form);
        }
        let mut hasher = Hasher::new(algorithm);
        let signature = self.jws.signature.as_bytes();
        match name {
            "adoTst" => match &self.content.stamped {
                Some(pieces) => feed(pieces, &mut |bytes| hasher.update(bytes))?,
                None => return Ok(None),
            },
            "sigTst" => hasher.update(signature),
            _ => {
                if name == "sigRTst" {
                    hasher.update(signature);
                    hasher.update(b".");
                }
                let references = ["xRefs", "rRefs", "axRefs", "arRefs"];
                let covered =
                    |c: &&Component| references.contains(&c.name.as_str()) || (name == "sigRTst" && c.name == "sigTst");
                let written = FORMS.get(form).copied().unwrap_or(Form::Compact);
                let before = self.unsigned.iter().take(at).filter(covered);
                before.for_each(|c| hasher.update(&c.octets(written)));
            }
        }
        Ok(Some(hasher.finish().as_ref().to_vec()))
    }

    /// TS 119 182-1 §5.3.6.3: content, protected header, signature value, all components before the time-stamp.
    fn archive_digest(
        &mut self,
        at: usize,
        algorithm: DigestAlgorithm,
        form: usize,
    ) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(stamped) = &self.content.stamped else { return Ok(None) };
        let (mut hasher, mut done) = match self.archives.remove(&(algorithm, form)) {
            Some((hasher, done)) if done <= at => (hasher, done),
            _ => (archived(stamped, self.jws, algorithm)?, 0),
        };
        let written = FORMS.get(form).copied().unwrap_or(Form::Compact);
        for component in self.unsigned.iter().take(at).skip(done) {
            hasher.update(&component.octets(written));
            done += 1;
        }
        let digest = hasher.clone().finish();
        self.archives.insert((algorithm, form), (hasher, done));
        Ok(Some(digest.as_ref().to_vec()))
    }

    fn proves(&self, name: &str, at: usize, earlier: usize) -> Vec<Proven> {
        let data = self.content.data.iter().map(|d| Proven::Data(d.name.clone()));
        if name == "adoTst" {
            return data.collect();
        }
        let mut proven = Vec::new();
        let signature = Proven::Signature(self.id.to_owned());
        let header = header::read(self.jws, false);
        let signed = header.certificates.iter().map(certificate);
        match name {
            "rfsTst" => {}
            "arcTst" => {
                proven.push(signature);
                proven.extend(data.chain(signed));
                proven.extend(proven_values(self.unsigned.get(..at).unwrap_or_default()));
                for stamp in self.found.iter().take(earlier) {
                    proven.push(Proven::Timestamp(stamp.id.clone()));
                    proven.extend(stamp.certificates.iter().map(certificate));
                }
            }
            _ => {
                proven.push(signature);
                proven.extend(data.chain(signed));
                if name == "sigRTst" {
                    let before = self.found.iter().take(earlier).filter(|t| t.kind == TimestampKind::Signature);
                    proven.extend(before.map(|t| Proven::Timestamp(t.id.clone())));
                }
            }
        }
        proven
    }
}

/// The digest of content, protected header and signature value, each followed by a dot.
pub(super) fn archived(stamped: &[Piece<'_>], jws: &Jws, algorithm: DigestAlgorithm) -> Result<Hasher, ReadError> {
    let mut hasher = Hasher::new(algorithm);
    feed(stamped, &mut |bytes| hasher.update(bytes))?;
    hasher.update(format!(".{}.{}.", jws.protected, jws.signature).as_bytes());
    Ok(hasher)
}

fn kind(name: &str) -> TimestampKind {
    match name {
        "adoTst" => TimestampKind::Content,
        "sigTst" => TimestampKind::Signature,
        "sigRTst" => TimestampKind::SignatureAndReferences,
        "rfsTst" => TimestampKind::References,
        _ => TimestampKind::Archive,
    }
}

fn certificate(certificate: &Certificate) -> Proven {
    Proven::Certificate(sha256(certificate.der()))
}

/// What proof of existence certificates and revocation data get.
pub(super) fn proven_by(values: &Values) -> Vec<Proven> {
    let revocations = values.crls.iter().chain(&values.ocsps).map(|der| Proven::Revocation(sha256(der)));
    values.certificates.iter().map(certificate).chain(revocations).collect()
}
