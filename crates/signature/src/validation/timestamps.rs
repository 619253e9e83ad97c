//! Validation of time-stamps (EN 319 102-1 §5.4), first by themselves, then with proofs of existence (§5.6.2.4).

use super::block::{Block, BlockKind};
use super::certificates::{self, Role, Times, Validated, check_used};
use super::checking::{check_data, check_faults, check_state};
use super::poe::Proofs;
use super::policy::{self, Used};
use super::verdict::{Conclusion, SubIndication};
use super::work::Work;
use super::{outcome, past};
use crate::facts::{Proven, Timestamp, TimestampKind};
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::tsp::{Token, TspError};
use std::collections::HashMap;

/// A time-stamp with its verdict.
#[derive(Clone)]
pub(super) struct Judged<'a, 'd> {
    pub(super) facts: &'d Timestamp,
    pub(super) time: Option<Instant>,
    pub(super) signer: Option<Certificate>,
    pub(super) conclusion: Conclusion,
    pub(super) blocks: Vec<Block>,
    pub(super) validated: Option<Validated<'a>>,
}

impl Judged<'_, '_> {
    /// Adds what it proves, if it passed.
    pub(super) fn prove(&self, proofs: &mut Proofs) {
        if let Some(time) = self.time.filter(|_| self.conclusion.is_passed()) {
            proofs.add(&self.facts.proves, time, &self.facts.id);
        }
    }

    pub(super) fn report(&self) -> outcome::TimestampReport {
        outcome::TimestampReport {
            id: self.facts.id.clone(),
            kind: self.facts.kind,
            conclusion: self.conclusion,
            time: self.time,
            signer: self.signer.clone(),
            chain: self.validated.as_ref().and_then(|v| v.chain.as_ref()).map(super::chain::Chain::report),
            data: self.facts.data.clone(),
            coverage: self.facts.coverage.clone(),
            blocks: self.blocks.clone(),
            findings: outcome::findings(&self.facts.findings, &self.blocks, self.conclusion),
        }
    }
}

/// Validates a time-stamp at the time of validation.
pub(super) fn basic<'a, 'd>(work: &Work<'a>, facts: &'d Timestamp) -> Judged<'a, 'd> {
    let mut block = Block::new(BlockKind::Timestamp, facts.id.clone());
    let mut judged =
        Judged { facts, time: None, signer: None, conclusion: Conclusion::PASSED, blocks: Vec::new(), validated: None };
    let mut format = Block::new(BlockKind::FormatChecking, facts.id.clone());
    check_faults(&mut format, &facts.faults);
    let token = match &facts.token {
        Ok(token) => Some(token),
        Err(why) => {
            format.require("token_readable", false, SubIndication::FormatFailure, || why.clone());
            None
        }
    };
    let goes_on = block.adopt(format);
    if let Some(token) = token {
        judged.time = Some(token.info.gen_time);
        block.data.push(("time", token.info.gen_time.to_string()));
        if goes_on {
            run(work, facts, token, &mut block, &mut judged);
        }
    }
    judged.conclusion = block.conclusion;
    judged.blocks.push(block);
    judged
}

fn run<'a>(work: &Work<'a>, facts: &Timestamp, token: &Token, block: &mut Block, judged: &mut Judged<'a, '_>) {
    let (identified, signer) = identify(work, facts, token);
    if !block.adopt(identified) {
        // What it covers is still worth a word: a changed imprint is a failure whoever signed.
        let mut crypto = Block::new(BlockKind::CryptographicVerification, facts.id.clone());
        check_covered(&mut crypto, facts);
        block.adopt(crypto);
        return;
    }
    let Some(signer) = signer else { return };
    judged.signer = Some(signer.clone());
    if !block.adopt(cryptography(work, facts, token, &signer)) {
        return;
    }
    let (now, time) = (work.context.at, token.info.gen_time);
    let times = Times { now, best: now, anchor: time, is_final: false };
    let validated = certificates::validate(work, &signer, Role::TimestampUnit, times);
    block.adopt(validated.block.clone());
    judged.validated = Some(validated);
    block.adopt(acceptance(work, facts, token, &signer, now));
}

/// The certificate that the token names and, in its signed attributes, refers to.
fn identify(work: &Work<'_>, facts: &Timestamp, token: &Token) -> (Block, Option<Certificate>) {
    let mut block = Block::new(BlockKind::SigningCertificate, facts.id.clone());
    let reason = SubIndication::NoSigningCertificateFound;
    let anchors = work.context.anchors.iter().map(|anchor| &anchor.certificate);
    let mut known =
        token.certificates.iter().chain(&facts.certificates).chain(work.material.certificates()).chain(anchors);
    // Several may have one name and number: the one that the signed attributes name comes first.
    let first = known.find(|c| token.signer.matches(c));
    let others = known.filter(|c| token.signer.matches(c)).take(8);
    let found =
        first.filter(|c| token.refers_to(c)).or_else(|| others.into_iter().find(|c| token.refers_to(c))).or(first);
    block.require("signing_certificate_found", found.is_some(), reason, || match found {
        Some(certificate) => certificate.subject(),
        None => format!("the certificate of the signer is not at hand: {}", token.signer),
    });
    let Some(certificate) = found else { return (block, None) };
    let refers = token.refers_to(certificate);
    block.require("signing_certificate_digest", refers, reason, || {
        format!(
            "the token refers to {}{}",
            if refers { "" } else { "a certificate other than " },
            certificate.subject()
        )
    });
    (block, refers.then(|| work.material.same(certificate)))
}

fn check_covered(block: &mut Block, facts: &Timestamp) {
    check_state(block, "message imprint", &facts.imprint);
    check_data(block, &facts.data);
}

fn cryptography(work: &Work<'_>, facts: &Timestamp, token: &Token, signer: &Certificate) -> Block {
    let mut block = Block::new(BlockKind::CryptographicVerification, facts.id.clone());
    check_covered(&mut block, facts);
    let result = if work.spend() {
        token.check_signature(signer).map_err(|e| (reason(&e), e.to_string()))
    } else {
        Err((SubIndication::CertificateChainGeneralFailure, "the limit on public-key operations is reached".into()))
    };
    match result {
        Ok(()) => block.require("signature_intact", true, SubIndication::SigCryptoFailure, || signer.subject()),
        Err((reason, text)) => block.require("signature_intact", false, reason, || text),
    };
    block
}

const fn reason(error: &TspError) -> SubIndication {
    match error {
        TspError::ContentChanged { .. } => SubIndication::HashFailure,
        _ => SubIndication::SigCryptoFailure,
    }
}

/// Algorithms of the token at a time, and that the stamp was made while its certificate was valid.
fn acceptance(work: &Work<'_>, facts: &Timestamp, token: &Token, signer: &Certificate, at: Instant) -> Block {
    let mut block = Block::new(BlockKind::SignatureAcceptance, facts.id.clone());
    let time = token.info.gen_time;
    block.require("made_within_validity", signer.is_valid_at(time), SubIndication::SigConstraintsFailure, || {
        format!("made {time}, {} is valid from {} to {}", signer.subject(), signer.not_before(), signer.not_after())
    });
    for (what, used) in algorithms(token, signer) {
        check_used(work, &mut block, what, &used, policy::Context::Timestamp, at);
    }
    block
}

/// What a token is made with.
pub(super) fn algorithms(token: &Token, signer: &Certificate) -> [(&'static str, Result<Used, String>); 2] {
    let value = token.signature_algorithm().map(|a| Used::by(a, signer.public_key())).map_err(|e| e.to_string());
    [("token", value), ("message imprint", Ok(Used::Digest(token.info.algorithm)))]
}

/// Validates time-stamps from the newest to the oldest; each that passes proves what it covers to those that follow, and one
/// that does not pass any more may still pass with what newer ones prove.
pub(super) fn all<'a, 'd>(work: &Work<'a>, list: &[&'d Timestamp], proofs: &mut Proofs) -> Vec<Judged<'a, 'd>> {
    let mut order: Vec<(usize, Judged<'a, 'd>)> = list.iter().map(|facts| basic(work, facts)).enumerate().collect();
    order.sort_by_key(|(_, judged)| std::cmp::Reverse(judged.time));
    for (_, judged) in &mut order {
        if !judged.conclusion.is_passed() && judged.conclusion.may_be_overcome() {
            overcome(work, judged, proofs);
        }
        judged.prove(proofs);
    }
    order.sort_by_key(|(place, _)| *place);
    order.into_iter().map(|(_, judged)| judged).collect()
}

/// Past validation of a time-stamp (§5.6.3.4 step 5).
fn overcome(work: &Work<'_>, judged: &mut Judged<'_, '_>, proofs: &Proofs) {
    let (Ok(token), Some(signer), Some(validated)) = (&judged.facts.token, &judged.signer, &judged.validated) else {
        return;
    };
    let best = proofs.of(&Proven::Timestamp(judged.facts.id.clone()));
    let used = algorithms(token, signer).map(|(what, used)| (what.to_owned(), used, policy::Context::Timestamp));
    let subject = past::Subject {
        about: &judged.facts.id,
        role: Role::TimestampUnit,
        best,
        validated,
        algorithms: &used,
        current: judged.conclusion,
    };
    let block = past::validate(work, proofs, &subject);
    judged.conclusion = block.conclusion;
    judged.blocks.push(block);
}

/// Two time-stamps that contradict each other (§5.5.4 step 5): one older in time was added later, or covers the younger.
pub(super) fn disorder<'t>(list: impl Iterator<Item = &'t Timestamp>) -> Option<String> {
    let time_of = |t: &'t Timestamp| t.token.as_ref().ok().map(|token| (token.info.gen_time, t));
    let mut timed: Vec<_> = list.filter_map(time_of).collect();
    timed.sort_by_key(|(time, _)| *time);
    let by_id: HashMap<&str, Instant> = timed.iter().map(|(time, t)| (t.id.as_str(), *time)).collect();
    let contradiction = |older: &str, first: Instant, younger: &str, second: Instant| {
        Some(format!("{older} of {first} was added after {younger} of {second}"))
    };
    // The highest place in the order of adding among those strictly older, and among those of the present time.
    let (mut before, mut here): (Option<(u8, Instant, &str)>, _) = (None, None::<(u8, Instant, &str)>);
    for (time, stamp) in &timed {
        if here.is_some_and(|(_, at, _)| at < *time) {
            before = before.max(here.take());
        }
        let Some(place) = rank(stamp.kind) else { continue };
        if let Some((_, first, older)) = before.filter(|(highest, ..)| *highest > place) {
            return contradiction(older, first, &stamp.id, *time);
        }
        here = here.max(Some((place, *time, stamp.id.as_str())));
    }
    for (time, stamp) in &timed {
        for proven in &stamp.proves {
            let Proven::Timestamp(id) = proven else { continue };
            if let Some(second) = by_id.get(id.as_str()).filter(|second| *second > time) {
                return contradiction(&stamp.id, *time, id, *second);
            }
        }
    }
    None
}

/// The place of a kind in the order of adding; kinds that may stand anywhere have none.
const fn rank(kind: TimestampKind) -> Option<u8> {
    match kind {
        TimestampKind::Content => Some(0),
        TimestampKind::Signature => Some(1),
        TimestampKind::SignatureAndReferences | TimestampKind::References => Some(2),
        TimestampKind::Archive => Some(3),
        TimestampKind::Document | TimestampKind::Container => None,
    }
}
