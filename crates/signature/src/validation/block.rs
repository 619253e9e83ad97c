//! Building blocks: what was checked, with which values, and what follows (EN 319 102-1 §5.2).

use super::verdict::{Conclusion, SubIndication};
use crate::facts::Weight;

/// What a building block or process is about (clauses of EN 319 102-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// §5.2.2.
    FormatChecking,
    /// §5.2.3.
    SigningCertificate,
    /// §5.2.4.
    ValidationContext,
    /// §5.2.5.
    RevocationFreshness,
    /// §5.2.6.
    CertificateValidation,
    /// One certificate inside §5.2.6.
    Certificate,
    /// §5.2.7.
    CryptographicVerification,
    /// §5.2.8.
    SignatureAcceptance,
    /// §5.3.
    BasicSignature,
    /// §5.4.
    Timestamp,
    /// §5.5.
    LongTerm,
    /// §5.6.2.1.
    PastCertificate,
    /// §5.6.2.2.
    TimeSliding,
    /// §5.6.2.4.
    PastSignature,
    /// §5.6.3.
    Archival,
    /// RFC 4998 §5.3, RFC 6283 §4.3.
    EvidenceRecord,
}

impl BlockKind {
    /// A stable name in lower snake case, for reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FormatChecking => "format_checking",
            Self::SigningCertificate => "identification_of_the_signing_certificate",
            Self::ValidationContext => "validation_context_initialisation",
            Self::RevocationFreshness => "revocation_freshness",
            Self::CertificateValidation => "certificate_validation",
            Self::Certificate => "certificate",
            Self::CryptographicVerification => "cryptographic_verification",
            Self::SignatureAcceptance => "signature_acceptance_validation",
            Self::BasicSignature => "basic_signature_validation",
            Self::Timestamp => "timestamp_validation",
            Self::LongTerm => "long_term_validation",
            Self::PastCertificate => "past_certificate_validation",
            Self::TimeSliding => "validation_time_sliding",
            Self::PastSignature => "past_signature_validation",
            Self::Archival => "archival_validation",
            Self::EvidenceRecord => "evidence_record_validation",
        }
    }
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// A stable code in lower snake case.
    pub code: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// What it weighs where it does not hold.
    pub weight: Weight,
    /// What was compared, with values.
    pub text: String,
}

/// A building block or process: what was checked, and what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Which one.
    pub kind: BlockKind,
    /// What it is about: an id, a subject.
    pub about: String,
    /// What follows.
    pub conclusion: Conclusion,
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// Values that go with the result, by name (table 6: revocation time, control time and so on).
    pub data: Vec<(&'static str, String)>,
    /// Blocks inside.
    pub blocks: Vec<Block>,
}

impl Block {
    pub(super) fn new(kind: BlockKind, about: impl Into<String>) -> Self {
        let (checks, data, blocks) = (Vec::new(), Vec::new(), Vec::new());
        Self { kind, about: about.into(), conclusion: Conclusion::PASSED, checks, data, blocks }
    }

    /// Whether nothing is wrong so far.
    pub const fn is_passed(&self) -> bool {
        self.conclusion.is_passed()
    }

    /// Records a check of the standard; where it does not hold, the block ends with `reason`.
    /// Returns whether it holds.
    pub(super) fn require(
        &mut self,
        code: &'static str,
        holds: bool,
        reason: SubIndication,
        text: impl FnOnce() -> String,
    ) -> bool {
        self.weigh(code, holds, Weight::Error, reason, text);
        holds
    }

    /// Records a check whose weight the policy says. Returns whether the block may go on.
    pub(super) fn weigh(
        &mut self,
        code: &'static str,
        holds: bool,
        weight: Weight,
        reason: SubIndication,
        text: impl FnOnce() -> String,
    ) -> bool {
        self.checks.push(Check { code, holds, weight, text: text() });
        let ends = !holds && weight == Weight::Error;
        if ends {
            self.conclude(Conclusion::because(reason));
        }
        !ends
    }

    /// Takes in a block with its conclusion. Returns whether it passed.
    pub(super) fn adopt(&mut self, block: Self) -> bool {
        let conclusion = block.conclusion;
        self.blocks.push(block);
        self.conclude(conclusion);
        conclusion.is_passed()
    }

    /// What can never be mended weighs more than what needs other material, and that more than what proofs of existence may
    /// overcome; of equals the first stays.
    pub(super) fn conclude(&mut self, conclusion: Conclusion) {
        if conclusion.rank() > self.conclusion.rank() {
            self.conclusion = conclusion;
        }
    }

    /// Every failed check in here, innermost included, in order.
    pub fn failures(&self) -> Vec<&Check> {
        let mut found: Vec<&Check> = self.checks.iter().filter(|c| !c.holds).collect();
        found.extend(self.blocks.iter().flat_map(Self::failures));
        found
    }

    /// The first block of this kind, this one or inside.
    pub fn find(&self, kind: BlockKind) -> Option<&Self> {
        if self.kind == kind {
            return Some(self);
        }
        self.blocks.iter().find_map(|block| block.find(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_reasons_the_first_stays_and_only_errors_end_a_block() {
        let mut block = Block::new(BlockKind::FormatChecking, "s");
        assert!(block.weigh("a", false, Weight::Warning, SubIndication::NoPoe, || "warned".into()));
        assert!(block.is_passed());
        assert!(!block.require("b", false, SubIndication::HashFailure, || "changed".into()));
        assert!(!block.require("c", false, SubIndication::NoPoe, String::new));
        assert_eq!(block.conclusion.to_string(), "FAILED/HASH_FAILURE");
        assert_eq!(block.conclusion.of_signature().to_string(), "TOTAL_FAILED/HASH_FAILURE");
        assert_eq!(block.failures().iter().map(|c| c.code).collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn a_reason_beyond_proofs_of_existence_replaces_one_that_they_may_overcome() {
        let mut block = Block::new(BlockKind::CertificateValidation, "s");
        block.require("a", false, SubIndication::RevokedNoPoe, String::new);
        block.require("b", false, SubIndication::OutOfBoundsNoPoe, String::new);
        assert_eq!(block.conclusion.to_string(), "INDETERMINATE/REVOKED_NO_POE");
        block.require("c", false, SubIndication::ChainConstraintsFailure, String::new);
        assert_eq!(block.conclusion.to_string(), "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE");
    }
}
