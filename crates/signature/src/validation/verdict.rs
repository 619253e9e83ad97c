//! The words of a verdict: indications, sub-indications, and the building blocks that lead to them (EN 319 102-1 §5.1).

use crate::facts::Weight;
use std::fmt;

/// The main result of validating a signature, time-stamp or evidence record (EN 319 102-1 §5.1.3, table 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Indication {
    /// A signature is valid by the policy.
    TotalPassed,
    /// A signature is not valid, and never will be.
    TotalFailed,
    /// What is at hand does not suffice to say.
    Indeterminate,
    /// A building block, time-stamp or evidence record is valid.
    Passed,
    /// A building block, time-stamp or evidence record is not valid.
    Failed,
    /// There is nothing to validate.
    NoSignatureFound,
}

impl Indication {
    /// As reports write it: `TOTAL_PASSED`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TotalPassed => "TOTAL_PASSED",
            Self::TotalFailed => "TOTAL_FAILED",
            Self::Indeterminate => "INDETERMINATE",
            Self::Passed => "PASSED",
            Self::Failed => "FAILED",
            Self::NoSignatureFound => "NO_SIGNATURE_FOUND",
        }
    }

    /// What a process result means for a signature as a whole.
    pub const fn of_signature(self) -> Self {
        match self {
            Self::Passed => Self::TotalPassed,
            Self::Failed => Self::TotalFailed,
            other => other,
        }
    }
}

impl fmt::Display for Indication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Declares sub-indications with their names and meanings.
macro_rules! sub_indications {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Why an indication is not a pass (EN 319 102-1 §5.1.3, tables 5 and 6).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum SubIndication { $($(#[$doc])* $variant,)* }

        impl SubIndication {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As reports write it: `HASH_FAILURE`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

sub_indications! {
    /// The signature breaks its format so that it cannot be processed.
    FormatFailure = "FORMAT_FAILURE",
    /// Signed data were changed.
    HashFailure = "HASH_FAILURE",
    /// The signature value does not verify with the signer's key.
    SigCryptoFailure = "SIG_CRYPTO_FAILURE",
    /// The certificate was revoked, and it is proved that the signature was made after that.
    Revoked = "REVOKED",
    /// The certificate had expired, and it is proved that the signature was made after that.
    Expired = "EXPIRED",
    /// The signature existed before the certificate was valid.
    NotYetValid = "NOT_YET_VALID",
    /// A demand of the policy on signed properties is not met.
    SigConstraintsFailure = "SIG_CONSTRAINTS_FAILURE",
    /// A demand of the policy on the certificates is not met.
    ChainConstraintsFailure = "CHAIN_CONSTRAINTS_FAILURE",
    /// The certificate path is not valid for another reason.
    CertificateChainGeneralFailure = "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    /// An algorithm was too weak already when the material was made.
    CryptoConstraintsFailure = "CRYPTO_CONSTRAINTS_FAILURE",
    /// The signature policy could not be processed.
    PolicyProcessingError = "POLICY_PROCESSING_ERROR",
    /// The signature policy is not at hand.
    SignaturePolicyNotAvailable = "SIGNATURE_POLICY_NOT_AVAILABLE",
    /// Time-stamps contradict the order in which they were added.
    TimestampOrderFailure = "TIMESTAMP_ORDER_FAILURE",
    /// The signer's certificate cannot be identified.
    NoSigningCertificateFound = "NO_SIGNING_CERTIFICATE_FOUND",
    /// No path leads to a trust anchor.
    NoCertificateChainFound = "NO_CERTIFICATE_CHAIN_FOUND",
    /// The trust anchor is not trusted any more, and nothing proves that the signature existed before.
    NoCertificateChainFoundNoPoe = "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
    /// The certificate is revoked, and nothing proves that the signature existed before.
    RevokedNoPoe = "REVOKED_NO_POE",
    /// An authority of the path is revoked, and nothing proves that the signature existed before.
    RevokedCaNoPoe = "REVOKED_CA_NO_POE",
    /// The certificate is outside its validity, was not revoked, and nothing proves that the signature existed within.
    OutOfBoundsNotRevoked = "OUT_OF_BOUNDS_NOT_REVOKED",
    /// The certificate is outside its validity, and nothing proves that the signature existed within.
    OutOfBoundsNoPoe = "OUT_OF_BOUNDS_NO_POE",
    /// The certificate behind the revocation data is outside its validity, and nothing proves that the data existed within.
    RevocationOutOfBoundsNoPoe = "REVOCATION_OUT_OF_BOUNDS_NO_POE",
    /// An algorithm is too weak now, and nothing proves that the material existed while it was not.
    CryptoConstraintsFailureNoPoe = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    /// Something needed is not proved to have existed before a compromise.
    NoPoe = "NO_POE",
    /// Newer revocation data may settle it later.
    TryLater = "TRY_LATER",
    /// Signed data are not at hand.
    SignedDataNotFound = "SIGNED_DATA_NOT_FOUND",
}

impl SubIndication {
    /// The indication that goes with it in a building block: only what can never become valid has failed.
    pub const fn indication(self) -> Indication {
        match self {
            Self::FormatFailure
            | Self::HashFailure
            | Self::SigCryptoFailure
            | Self::Revoked
            | Self::Expired
            | Self::NotYetValid => Indication::Failed,
            _ => Indication::Indeterminate,
        }
    }

    /// Whether later processes with proofs of existence may still lead to a pass (§5.5.4, §5.6.3.4).
    pub(super) const fn may_be_overcome(self) -> bool {
        matches!(
            self,
            Self::RevokedNoPoe
                | Self::RevokedCaNoPoe
                | Self::OutOfBoundsNoPoe
                | Self::OutOfBoundsNotRevoked
                | Self::CryptoConstraintsFailureNoPoe
                | Self::RevocationOutOfBoundsNoPoe
                | Self::NoCertificateChainFoundNoPoe
                | Self::TryLater
        )
    }
}

impl fmt::Display for SubIndication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An indication with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Conclusion {
    /// The indication.
    pub indication: Indication,
    /// Why, unless it is a pass.
    pub sub_indication: Option<SubIndication>,
}

impl Conclusion {
    /// A building block or process that found nothing wrong.
    pub const PASSED: Self = Self { indication: Indication::Passed, sub_indication: None };

    /// A building block or process that ends for this reason.
    pub const fn because(reason: SubIndication) -> Self {
        Self { indication: reason.indication(), sub_indication: Some(reason) }
    }

    /// Whether it is a pass, of a block or of a signature.
    pub const fn is_passed(self) -> bool {
        matches!(self.indication, Indication::Passed | Indication::TotalPassed)
    }

    pub(super) const fn of_signature(self) -> Self {
        Self { indication: self.indication.of_signature(), sub_indication: self.sub_indication }
    }

    const fn rank(self) -> u8 {
        match self.indication {
            Indication::Passed | Indication::TotalPassed => 0,
            Indication::Failed | Indication::TotalFailed => 3,
            _ if self.may_be_overcome() => 1,
            _ => 2,
        }
    }

    /// Passed, or ended for a reason that proofs of existence may overcome.
    pub(super) const fn may_be_overcome(self) -> bool {
        match self.sub_indication {
            Some(reason) => reason.may_be_overcome(),
            None => self.is_passed(),
        }
    }
}

impl fmt::Display for Conclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sub_indication {
            Some(sub) => write!(f, "{}/{sub}", self.indication),
            None => fmt::Display::fmt(&self.indication, f),
        }
    }
}

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

    #[test]
    fn there_are_twenty_five_sub_indications_with_names_of_their_own() {
        let names: std::collections::HashSet<_> = SubIndication::ALL.iter().map(|s| s.name()).collect();
        assert_eq!(names.len(), 25);
    }
}
