//! The words of a verdict: indications and sub-indications (EN 319 102-1 §5.1).

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

    pub(super) const fn rank(self) -> u8 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_five_sub_indications_with_names_of_their_own() {
        let names: std::collections::HashSet<_> = SubIndication::ALL.iter().map(|s| s.name()).collect();
        assert_eq!(names.len(), 25);
    }
}
