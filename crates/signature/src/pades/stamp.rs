//! Document time-stamps (EN 319 142-1 §5.4.3) and what they prove.

use super::byte_range::ByteRange;
use super::reader::Reader;
use super::signed::Signed;
use crate::facts::{Change, ChangeKind, DataState, Fault, Finding, Proven, Timestamp, TimestampKind, Weight};
use mekong_crypto::sha256;
use mekong_pki::cms::SignedData as CmsData;
use mekong_pki::tsp::Token;
use std::collections::HashSet;
use std::sync::Arc;

/// Most things that one time-stamp is said to prove; more are not proven.
const PROVEN_MAX: usize = 20_000;

impl<'a> Reader<'_, 'a> {
    pub(super) fn timestamp(&mut self, signed: Signed<'_, 'a>) -> Timestamp {
        let mut faults = signed.faults;
        let token = CmsData::parse(&signed.contents).map_err(|error| error.to_string());
        let token = token.and_then(|data| Token::read(&data).map_err(|error| error.to_string())).map(Arc::new);
        if let Err(reason) = &token {
            faults.push(Fault::new("/Contents", reason.clone()));
        }
        let imprint = match (&token, &signed.range) {
            (Ok(token), Some(range)) => match self.digests.digest(range, token.info.algorithm) {
                Some(digest) if digest == token.info.digest => DataState::Intact,
                Some(_) => DataState::Altered,
                None => DataState::Missing,
            },
            (Ok(_), None) => DataState::Missing,
            (Err(reason), _) => DataState::Unchecked(reason.clone()),
        };
        let mut certificates = token.as_ref().map(|token| token.certificates.clone()).unwrap_or_default();
        certificates.extend(self.store.certificates.iter().map(|(_, certificate)| certificate.clone()));
        let mut timestamp = Timestamp {
            id: signed.id,
            kind: TimestampKind::Document,
            imprint,
            proves: Vec::new(),
            data: Vec::new(),
            certificates,
            crls: token.as_ref().map(|token| token.crls.clone()).unwrap_or_default(),
            ocsps: token.as_ref().map(|token| token.ocsps.clone()).unwrap_or_default(),
            token,
            faults,
            coverage: signed.coverage,
            findings: signed.findings,
        };
        timestamp.crls.extend(self.store.crls.iter().map(|(_, crl)| Arc::clone(crl)));
        timestamp.ocsps.extend(self.store.ocsps.iter().map(|(_, ocsp)| Arc::clone(ocsp)));
        timestamp.findings.extend(change_findings(&signed.compared.changes));
        if let Some(range) = signed.range {
            timestamp.proves = self.proven(&range);
            let covers_revocation = timestamp.proves.iter().any(|what| matches!(what, Proven::Revocation(_)));
            if covers_revocation && signed.dictionary.is("Type", "DocTimeStamp") {
                self.archive_stamps.insert(timestamp.id.clone());
            }
            let own = vec![Proven::Timestamp(timestamp.id.clone())];
            self.covered.push((range.end, own.into_iter().chain(proven_in(&timestamp)).collect()));
        }
        timestamp
    }

    /// What stands in the bytes that a document time-stamp covers.
    fn proven(&self, range: &ByteRange) -> Vec<Proven> {
        let mut seen = HashSet::new();
        let mut proven: Vec<Proven> = Vec::new();
        let before =
            self.covered.iter().filter(|(end, _)| *end <= range.hole).flat_map(|(_, what)| what.iter().cloned());
        proven.extend(before.filter(|what| seen.insert(what.clone())).take(PROVEN_MAX));
        if let Some(store) = self.stores.get(&range.end) {
            let certificates = store.certificates.iter().map(|(digest, _)| Proven::Certificate(*digest));
            let revocations = store.crls.iter().chain(&store.ocsps).map(|(digest, _)| Proven::Revocation(*digest));
            proven.extend(certificates.chain(revocations).filter(|what| seen.insert(what.clone())));
        }
        proven.truncate(PROVEN_MAX);
        proven
    }
}

/// Changes after a document time-stamp, as findings.
fn change_findings(changes: &[Change]) -> Vec<Finding> {
    let undefined = changes.iter().filter(|change| change.kind == ChangeKind::Undefined);
    undefined.map(|change| Finding::new(Weight::Warning, "changed_after_timestamp", change.what.clone())).collect()
}

/// What a time-stamp brings in its own bytes.
pub(super) fn proven_in(timestamp: &Timestamp) -> Vec<Proven> {
    let Ok(token) = &timestamp.token else { return Vec::new() };
    let certificates = token.certificates.iter().map(|certificate| Proven::Certificate(sha256(certificate.der())));
    certificates.chain(token.crls.iter().chain(&token.ocsps).map(|bytes| Proven::Revocation(sha256(bytes)))).collect()
}
