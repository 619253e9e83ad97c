//! The names that ETSI TS 119 612 and the Commission's agreement schema give to things.
//!
//! Lists of other countries use names of their own; an agreement maps them to these (see [`crate::agreement`]).

/// XML namespaces.
pub mod ns {
    /// Trusted lists.
    pub const LIST: &str = "http://uri.etsi.org/02231/v2#";
    /// Additional types of trusted lists: MIME type, `TakenOverBy`, extended key usage.
    pub const ADDITIONAL: &str = "http://uri.etsi.org/02231/v2/additionaltypes#";
    /// Qualifications and their criteria.
    pub const QUALIFICATIONS: &str = "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#";
    /// Agreements.
    pub const AGREEMENT: &str = "http://ec.europa.eu/tools/lotl/mra/schema/v2#";
    /// XAdES, for object identifiers and the signature of a list.
    pub const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
}

/// The `TSLTag` of every list (TS 119 612 §5.2).
pub const TAG: &str = "http://uri.etsi.org/19612/TSLTag";
/// The MIME type of a list in XML (TS 119 612 §5.3.13).
pub const MIME_TYPE: &str = "application/vnd.etsi.tsl+xml";

/// Service types (TS 119 612 §5.5.1).
pub mod service {
    /// Authority that issues qualified certificates.
    pub const CA_QC: &str = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC";
    /// Authority that issues other certificates.
    pub const CA_PKC: &str = "http://uri.etsi.org/TrstSvc/Svctype/CA/PKC";
    /// National root that signs authorities.
    pub const NATIONAL_ROOT: &str = "http://uri.etsi.org/TrstSvc/Svctype/NationalRootCA-QC";
    /// OCSP responder for qualified certificates.
    pub const OCSP_QC: &str = "http://uri.etsi.org/TrstSvc/Svctype/Certstatus/OCSP/QC";
    /// OCSP responder for other certificates.
    pub const OCSP: &str = "http://uri.etsi.org/TrstSvc/Svctype/Certstatus/OCSP";
    /// CRL signer for qualified certificates.
    pub const CRL_QC: &str = "http://uri.etsi.org/TrstSvc/Svctype/Certstatus/CRL/QC";
    /// CRL signer for other certificates.
    pub const CRL: &str = "http://uri.etsi.org/TrstSvc/Svctype/Certstatus/CRL";
    /// Qualified time-stamps.
    pub const QTST: &str = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST";
    /// Other time-stamps.
    pub const TSA: &str = "http://uri.etsi.org/TrstSvc/Svctype/TSA";
    /// Time-stamps as part of an authority's service for qualified certificates.
    pub const TSS_QC: &str = "http://uri.etsi.org/TrstSvc/Svctype/TSA/TSS-QC";
    /// Time-stamps as part of another authority's or of an advanced-signature service.
    pub const TSS_ADES: &str = "http://uri.etsi.org/TrstSvc/Svctype/TSA/TSS-AdESQCandQES";
    /// Qualified preservation of qualified signatures.
    pub const PSES_Q: &str = "http://uri.etsi.org/TrstSvc/Svctype/PSES/Q";
    /// Other preservation of signatures.
    pub const PSES: &str = "http://uri.etsi.org/TrstSvc/Svctype/PSES";
}

/// Service statuses (TS 119 612 §5.5.4 and annex D, with those before eIDAS).
pub mod status {
    /// Granted.
    pub const GRANTED: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted";
    /// Withdrawn.
    pub const WITHDRAWN: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn";
    /// Recognised at national level.
    pub const NATIONAL: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/recognisedatnationallevel";
    /// No longer recognised at national level.
    pub const NATIONAL_DEPRECATED: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/deprecatedatnationallevel";
    /// Before eIDAS: supervised.
    pub const SUPERVISED: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/undersupervision";
    /// Before eIDAS: supervised until it ends.
    pub const SUPERVISION_IN_CESSATION: &str =
        "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/supervisionincessation";
    /// Before eIDAS: supervision ended.
    pub const SUPERVISION_CEASED: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/supervisionceased";
    /// Before eIDAS: supervision revoked.
    pub const SUPERVISION_REVOKED: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/supervisionrevoked";
    /// Before eIDAS: accredited.
    pub const ACCREDITED: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/accredited";
    /// Before eIDAS: accreditation ended.
    pub const ACCREDITATION_CEASED: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/accreditationceased";
    /// Before eIDAS: accreditation revoked.
    pub const ACCREDITATION_REVOKED: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/accreditationrevoked";
    /// Before eIDAS: in the list by national law.
    pub const SET_BY_NATIONAL_LAW: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/setbynationallaw";
    /// Before eIDAS: deprecated by national law.
    pub const DEPRECATED_BY_NATIONAL_LAW: &str =
        "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/deprecatedbynationallaw";

    /// All of them. Schemes of other countries have statuses of their own.
    pub const ALL: [&str; 13] = [
        GRANTED,
        WITHDRAWN,
        NATIONAL,
        NATIONAL_DEPRECATED,
        SUPERVISED,
        SUPERVISION_IN_CESSATION,
        SUPERVISION_CEASED,
        SUPERVISION_REVOKED,
        ACCREDITED,
        ACCREDITATION_CEASED,
        ACCREDITATION_REVOKED,
        SET_BY_NATIONAL_LAW,
        DEPRECATED_BY_NATIONAL_LAW,
    ];
}

/// Values of `additionalServiceInformation` (TS 119 612 §5.5.9.4).
pub mod additional {
    /// For electronic signatures.
    pub const FOR_SIGNATURES: &str = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSignatures";
    /// For electronic seals.
    pub const FOR_SEALS: &str = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSeals";
    /// For authentication of web sites.
    pub const FOR_WEB: &str = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForWebSiteAuthentication";
    /// A root that issues qualified certificates.
    pub const ROOT_QC: &str = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/RootCA-QC";
}

/// Qualifiers (TS 119 612 §5.5.9.2.3).
pub mod qualifier {
    macro_rules! qualifiers {
        ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
            $($(#[$doc])* pub const $name: &str = concat!("http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/", $value);)*
        };
    }
    qualifiers! {
        /// The certificate is qualified, whatever it says itself.
        STATEMENT = "QCStatement";
        /// The certificate is not qualified, whatever it says itself.
        NOT_QUALIFIED = "NotQualified";
        /// The key is in a qualified device.
        WITH_QSCD = "QCWithQSCD";
        /// The key is in a secure device (before eIDAS).
        WITH_SSCD = "QCWithSSCD";
        /// The key is not in a qualified device.
        NO_QSCD = "QCNoQSCD";
        /// The key is not in a secure device (before eIDAS).
        NO_SSCD = "QCNoSSCD";
        /// As the certificate says (before eIDAS).
        SSCD_AS_IN_CERT = "QCSSCDStatusAsInCert";
        /// As the certificate says.
        QSCD_AS_IN_CERT = "QCQSCDStatusAsInCert";
        /// The provider keeps the device for the signer.
        QSCD_ON_BEHALF = "QCQSCDManagedOnBehalf";
        /// For signatures.
        FOR_SIGNATURES = "QCForESig";
        /// For seals.
        FOR_SEALS = "QCForESeal";
        /// For web sites.
        FOR_WEB = "QCForWSA";
        /// For legal persons (before eIDAS).
        FOR_LEGAL_PERSON = "QCForLegalPerson";
    }
}

/// Names in the Commission's agreement schema.
pub mod agreement {
    /// The equivalence is in force.
    pub const ENACTED: &str = "http://ec.europa.eu/tools/lotl/mra/enacted";
    /// The equivalence is no longer in force.
    pub const REPEALED: &str = "http://ec.europa.eu/tools/lotl/mra/repealed";
    /// Context of certificate content: whether it is qualified.
    pub const QC_COMPLIANCE: &str = "http://ec.europa.eu/tools/lotl/mra/QcCompliance";
    /// Context: for signatures, seals or web sites.
    pub const QC_TYPE: &str = "http://ec.europa.eu/tools/lotl/mra/QcType";
    /// Context: whether the key is in a qualified device.
    pub const QC_QSCD: &str = "http://ec.europa.eu/tools/lotl/mra/QcQSCD";
}
