//! Conditions on the content of certificates (`CriteriaList` of TS 119 612 §5.5.9.2.2, with the `QcStatementSet` of
//! agreements): read, written, and decided for a certificate.

mod check;
pub(crate) mod read;
pub(crate) mod write;

pub use check::{CertificateContent, Held};

/// How many of the criteria must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Assert {
    /// Every one.
    #[default]
    All,
    /// One or more.
    AtLeastOne,
    /// Not a single one.
    None,
}

impl Assert {
    /// The value of the `assert` attribute.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::AtLeastOne => "atLeastOne",
            Self::None => "none",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::All, Self::AtLeastOne, Self::None].into_iter().find(|a| a.name() == name)
    }
}

/// A list of criteria. Object identifiers are in dotted form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Criteria {
    /// How many of those below must hold.
    pub assert: Assert,
    /// Sets of key usage bits; each set is one criterion, which holds if every bit has its value.
    pub key_usages: Vec<Vec<(KeyUsageBit, bool)>>,
    /// Sets of policies; each set is one criterion, which holds if the certificate names every policy.
    pub policy_sets: Vec<Vec<String>>,
    /// Lists inside, each one criterion.
    pub lists: Vec<Criteria>,
    /// What it means, in words.
    pub description: Option<String>,
    /// Further criteria.
    pub others: Vec<Criterion>,
}

/// A criterion of `otherCriteriaList`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Criterion {
    /// The certificate has all these extended key usages.
    ExtendedKeyUsages(Vec<String>),
    /// The subject has all these attributes.
    SubjectAttributes(Vec<String>),
    /// The certificate has all these QC statements.
    QcStatements(Vec<QcStatement>),
    /// One that we do not know: nobody can say whether it holds.
    Unknown {
        /// The element's name.
        name: String,
        /// The element, canonical XML with the namespaces it needs.
        xml: String,
    },
}

/// A statement in the `qcStatements` extension (ETSI EN 319 412-5), as a condition or as what replaces another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QcStatement {
    /// The statement.
    pub id: String,
    /// What more it must say.
    pub info: Option<QcInfo>,
}

/// The content of a QC statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QcInfo {
    /// A type of `id-etsi-qcs-QcType`.
    Type(String),
    /// A country of `id-etsi-qcs-QcCClegislation`.
    Legislation(String),
}

macro_rules! bits {
    ($($variant:ident = $name:literal, $flag:ident;)*) => {
        /// A bit of the key usage extension, named as TS 119 612 names it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum KeyUsageBit {
            $(#[doc = concat!("`", $name, "`.")] $variant,)*
        }

        impl KeyUsageBit {
            /// All nine, in the order of RFC 5280 §4.2.1.3.
            pub const ALL: [Self; 9] = [$(Self::$variant,)*];

            /// Its name in a list.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Its flag in a certificate.
            pub(crate) const fn flag(self) -> x509_cert::ext::pkix::KeyUsages {
                match self { $(Self::$variant => x509_cert::ext::pkix::KeyUsages::$flag,)* }
            }
        }
    };
}
bits! {
    DigitalSignature = "digitalSignature", DigitalSignature;
    NonRepudiation = "nonRepudiation", NonRepudiation;
    KeyEncipherment = "keyEncipherment", KeyEncipherment;
    DataEncipherment = "dataEncipherment", DataEncipherment;
    KeyAgreement = "keyAgreement", KeyAgreement;
    KeyCertSign = "keyCertSign", KeyCertSign;
    CrlSign = "crlSign", CRLSign;
    EncipherOnly = "encipherOnly", EncipherOnly;
    DecipherOnly = "decipherOnly", DecipherOnly;
}

impl KeyUsageBit {
    /// The bit of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bit| bit.name() == name)
    }
}
