//! What a certificate and a signature count as: the steps of ETSI TS 119 615 §4.4 and §4.8, with the translation of another
//! country's services and certificates under an agreement before them.
//!
//! [`services`](fn@services) finds the services of lists that stand behind a certificate, in every period and as they
//! count here; [`at_time`] takes the steps for one time; [`combine`] and [`SignatureQualification::of`] draw the end.

mod consistency;
mod content;
mod service;
mod steps;
mod translate;

pub use content::Translated;
pub use service::{Applied, Listed, Mapping, Original, services};
pub use steps::{AtTime, Reason, at_time};

use mekong_base::Instant;

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CertificateKind {
    /// Electronic signatures.
    Signature,
    /// Electronic seals.
    Seal,
    /// Web sites.
    Web,
    /// Cannot be told.
    Unknown,
}

/// The qualification of a certificate (TS 119 615 §4.4). `None` in [`AtTime::qualification`] is a conflict: not applicable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CertificateQualification {
    /// Whether it is qualified.
    pub qualified: bool,
    /// For what.
    pub kind: CertificateKind,
    /// Whether it is qualified and its key in a qualified device.
    pub device: bool,
}

impl CertificateQualification {
    /// The name that other validators give it: `QCERT_FOR_ESIG_QSCD`.
    pub const fn name(self) -> &'static str {
        use CertificateKind::{Seal, Signature, Unknown, Web};
        match (self.qualified, self.kind, self.device) {
            (true, Signature, true) => "QCERT_FOR_ESIG_QSCD",
            (true, Seal, true) => "QCERT_FOR_ESEAL_QSCD",
            (true, Unknown, true) => "QCERT_FOR_UNKNOWN_QSCD",
            (true, Signature, false) => "QCERT_FOR_ESIG",
            (true, Seal, false) => "QCERT_FOR_ESEAL",
            (true, Unknown, false) => "QCERT_FOR_UNKNOWN",
            (true, Web, _) => "QCERT_FOR_WSA",
            (false, Signature, _) => "CERT_FOR_ESIG",
            (false, Seal, _) => "CERT_FOR_ESEAL",
            (false, Web, _) => "CERT_FOR_WSA",
            (false, Unknown, _) => "CERT_FOR_UNKNOWN",
        }
    }
}

/// The end of the technical validation, as far as qualification asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Technical {
    /// TOTAL-PASSED.
    Passed,
    /// INDETERMINATE.
    Indeterminate,
    /// TOTAL-FAILED.
    Failed,
}

macro_rules! signature_qualifications {
    ($($variant:ident = $name:literal, $doc:literal;)*) => {
        /// What a signature counts as (TS 119 615 §4.8); the names are those of other validators.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum SignatureQualification {
            $(#[doc = $doc] $variant,)*
        }

        impl SignatureQualification {
            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}
signature_qualifications! {
    Qesig = "QESIG", "A qualified electronic signature.";
    Qeseal = "QESEAL", "A qualified electronic seal.";
    UnknownQcQscd = "UNKNOWN_QC_QSCD", "Qualified, by a qualified device; signature or seal cannot be told.";
    AdesigQc = "ADESIG_QC", "An advanced electronic signature with a qualified certificate.";
    AdesealQc = "ADESEAL_QC", "An advanced electronic seal with a qualified certificate.";
    UnknownQc = "UNKNOWN_QC", "Advanced with a qualified certificate; signature or seal cannot be told.";
    Adesig = "ADESIG", "An advanced electronic signature.";
    Adeseal = "ADESEAL", "An advanced electronic seal.";
    Unknown = "UNKNOWN", "Advanced; signature or seal cannot be told.";
    IndeterminateQesig = "INDETERMINATE_QESIG", "As [`Self::Qesig`], but technically indeterminate.";
    IndeterminateQeseal = "INDETERMINATE_QESEAL", "As [`Self::Qeseal`], but technically indeterminate.";
    IndeterminateUnknownQcQscd = "INDETERMINATE_UNKNOWN_QC_QSCD", "As [`Self::UnknownQcQscd`], but indeterminate.";
    IndeterminateAdesigQc = "INDETERMINATE_ADESIG_QC", "As [`Self::AdesigQc`], but technically indeterminate.";
    IndeterminateAdesealQc = "INDETERMINATE_ADESEAL_QC", "As [`Self::AdesealQc`], but technically indeterminate.";
    IndeterminateUnknownQc = "INDETERMINATE_UNKNOWN_QC", "As [`Self::UnknownQc`], but technically indeterminate.";
    IndeterminateAdesig = "INDETERMINATE_ADESIG", "As [`Self::Adesig`], but technically indeterminate.";
    IndeterminateAdeseal = "INDETERMINATE_ADESEAL", "As [`Self::Adeseal`], but technically indeterminate.";
    IndeterminateUnknown = "INDETERMINATE_UNKNOWN", "As [`Self::Unknown`], but technically indeterminate.";
    NotAdesQcQscd = "NOT_ADES_QC_QSCD", "Technically failed, with a qualified certificate of a qualified device.";
    NotAdesQc = "NOT_ADES_QC", "Technically failed, with a qualified certificate.";
    NotAdes = "NOT_ADES", "Technically failed, or by a certificate that is for something else.";
    Na = "NA", "No list says anything of it.";
}

impl SignatureQualification {
    /// From the technical verdict and the qualification of the certificate.
    pub const fn of(technical: Technical, certificate: Option<CertificateQualification>) -> Self {
        use CertificateKind::{Seal, Signature, Unknown, Web};
        use Technical::{Failed, Indeterminate, Passed};
        let Some(CertificateQualification { qualified, kind, device }) = certificate else {
            return if matches!(technical, Failed) { Self::NotAdes } else { Self::Na };
        };
        match (technical, kind, qualified, qualified && device) {
            (_, Web, ..) => Self::NotAdes,
            (Failed, _, _, true) => Self::NotAdesQcQscd,
            (Failed, _, true, _) => Self::NotAdesQc,
            (Failed, _, false, _) => Self::NotAdes,
            (Passed, Signature, _, true) => Self::Qesig,
            (Passed, Seal, _, true) => Self::Qeseal,
            (Passed, Unknown, _, true) => Self::UnknownQcQscd,
            (Passed, Signature, true, _) => Self::AdesigQc,
            (Passed, Seal, true, _) => Self::AdesealQc,
            (Passed, Unknown, true, _) => Self::UnknownQc,
            (Passed, Signature, false, _) => Self::Adesig,
            (Passed, Seal, false, _) => Self::Adeseal,
            (Passed, Unknown, false, _) => Self::Unknown,
            (Indeterminate, Signature, _, true) => Self::IndeterminateQesig,
            (Indeterminate, Seal, _, true) => Self::IndeterminateQeseal,
            (Indeterminate, Unknown, _, true) => Self::IndeterminateUnknownQcQscd,
            (Indeterminate, Signature, true, _) => Self::IndeterminateAdesigQc,
            (Indeterminate, Seal, true, _) => Self::IndeterminateAdesealQc,
            (Indeterminate, Unknown, true, _) => Self::IndeterminateUnknownQc,
            (Indeterminate, Signature, false, _) => Self::IndeterminateAdesig,
            (Indeterminate, Seal, false, _) => Self::IndeterminateAdeseal,
            (Indeterminate, Unknown, false, _) => Self::IndeterminateUnknown,
        }
    }

    /// Whether it rests on a qualified certificate and nothing stands against it technically.
    pub const fn is_qualified(self) -> bool {
        matches!(
            self,
            Self::Qesig | Self::Qeseal | Self::UnknownQcQscd | Self::AdesigQc | Self::AdesealQc | Self::UnknownQc
        )
    }
}

/// The qualification that counts, from those at issuance and at the time of signing; `None` is not applicable.
pub fn combine(
    issuance: Option<CertificateQualification>,
    signing: Option<CertificateQualification>,
) -> Option<CertificateQualification> {
    let (issuance, signing) = (issuance?, signing?);
    if issuance == signing {
        return Some(signing);
    }
    let qualified = issuance.qualified && signing.qualified;
    let kind = if issuance.kind == signing.kind { signing.kind } else { CertificateKind::Unknown };
    Some(CertificateQualification { qualified, kind, device: qualified && signing.device })
}

/// What differs between the European Union and other countries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// From when on statuses, types and certificates are read by the rules of today; before, by those of Directive
    /// 1999/93/EC. `None`: always by those of today.
    pub since: Option<Instant>,
    /// The country whose name a qualified certificate may bear as the law it is qualified under. A certificate that names
    /// only other countries is not qualified here.
    pub legislation: Option<String>,
}

impl Rules {
    /// The European Union: eIDAS applies from 2016-07-01 in Brussels; a certificate that names a country's law is not
    /// meant for it.
    pub const fn european() -> Self {
        Self { since: Some(Instant::from_unix_seconds(1_467_324_000)), legislation: None }
    }

    /// A country by its own law, two letters.
    pub fn national(country: impl Into<String>) -> Self {
        Self { since: None, legislation: Some(country.into()) }
    }

    /// Whether `at` falls under the rules of today.
    pub(crate) fn is_present(&self, at: Instant) -> bool {
        self.since.is_none_or(|since| since <= at)
    }
}
