//! What a document says of its signatures: the facts that readers of all formats hand to validation.
//!
//! A reader decides nothing about trust. It finds the signatures, digests what they cover, keeps what was signed and by
//! which value, and collects certificates, revocation data and time-stamps with what each of them covers. Validation
//! (ETSI EN 319 102-1) then knows one shape only.

use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, SignatureAlgorithm};
use mekong_pki::Certificate;
use mekong_pki::tsp::Token;
use std::sync::Arc;

/// The form of a whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// XML with XAdES (or bare XMLDSig) signatures.
    Xades,
    /// CMS.
    Cades,
    /// PDF.
    Pades,
    /// JWS, compact or JSON.
    Jades,
    /// ASiC-S with a XAdES signature.
    AsicSXades,
    /// ASiC-S with a CAdES signature.
    AsicSCades,
    /// ASiC-S with a time-stamp or evidence record alone.
    AsicSTimestamp,
    /// ASiC-E with XAdES signatures (also OpenDocument, BDOC, ADOC).
    AsicEXades,
    /// ASiC-E with CAdES signatures, time-stamps or evidence records over manifests.
    AsicECades,
    /// A bare time-stamp token.
    Timestamp,
    /// A bare evidence record.
    EvidenceRecord,
}

/// The form of one signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureFormat {
    /// ETSI EN 319 132.
    Xades,
    /// ETSI EN 319 122.
    Cades,
    /// ETSI EN 319 142.
    Pades,
    /// ETSI TS 119 182.
    Jades,
    /// A signature of the plain standard (XMLDSig, CMS, PDF's adbe.pkcs7, JWS) without the AdES attributes.
    Plain,
}

/// What the structure of a signature amounts to, baseline or legacy; whether it holds is for validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Less than B: no reference to the signing certificate.
    NotAdes,
    /// AdES, but against the baseline profile (BES, EPES).
    Bes,
    /// Baseline B.
    B,
    /// With a time-stamp on the signature.
    T,
    /// Legacy: with complete references (C, X).
    C,
    /// With the material for validation.
    Lt,
    /// With archive time-stamps.
    Lta,
}

/// A file, read.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its form.
    pub format: Format,
    /// The signatures, counter-signatures after the ones they sign; in document order.
    pub signatures: Vec<Signature>,
    /// Time-stamps that belong to no signature: of an ASiC-S, of a manifest in ASiC-E, PDF document time-stamps.
    pub timestamps: Vec<Timestamp>,
    /// Evidence records over the whole or over files of the container.
    pub evidence_records: Vec<EvidenceRecord>,
    /// Faults of the container as a whole; with any of them no signature in it can pass (FORMAT_FAILURE).
    pub faults: Vec<Fault>,
    /// What was accepted knowingly, or is worth knowing.
    pub findings: Vec<Finding>,
}

/// A breach of the format: the place and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: an element path, an attribute, a byte offset, a file of the container.
    pub place: String,
    /// What is wrong, in words for an engineer.
    pub what: String,
}

impl Fault {
    /// A fault at a place.
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Good to know.
    Information,
    /// Looks wrong, but does not change the verdict.
    Warning,
    /// The reason of a verdict that is not a pass.
    Error,
}

/// Something to tell the reader of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// A stable code in lower snake case: `negative_modulus`, `mimetype_compressed`.
    pub code: &'static str,
    /// What was found, with values.
    pub text: String,
}

impl Finding {
    /// A finding of this weight.
    pub fn new(weight: Weight, code: &'static str, text: impl Into<String>) -> Self {
        Self { weight, code, text: text.into() }
    }
}

/// One signature as it stands in the document.
#[derive(Debug, Clone)]
pub struct Signature {
    /// Names it in the document and in reports: the XML `Id`, the PDF field, else `signature-1` and so on. Unique.
    pub id: String,
    /// Its form.
    pub format: SignatureFormat,
    /// The file of the container that holds it, or the PDF field.
    pub file: Option<String>,
    /// Counter-signature: the index in [`Document::signatures`] of what it signs.
    pub countersigns: Option<usize>,
    /// What its structure amounts to.
    pub level: Level,
    /// Breaches of the format; with any of them the signature cannot pass (FORMAT_FAILURE).
    pub faults: Vec<Fault>,
    /// What it signs, directly or through manifests, each with the state of its digest.
    pub data: Vec<SignedData>,
    /// The bytes that were signed and the value.
    pub value: SignatureValue,
    /// The signed references to the signing certificate (`SigningCertificateV2`, `x5t#S256` and kin); the first names the
    /// signer. Empty if the attribute is missing.
    pub certificate_references: Vec<CertificateReference>,
    /// Which certificate the unsigned hints name (CMS `sid`, `kid`, issuer and serial in `KeyInfo`).
    pub signer_hint: Option<CertificateReference>,
    /// All certificates that the signature brings, wherever they stand; the signer's first if it is known by place.
    pub certificates: Vec<Certificate>,
    /// CRLs that it brings, DER.
    pub crls: Vec<Arc<[u8]>>,
    /// OCSP responses that it brings, DER `OCSPResponse` or `BasicOCSPResponse`.
    pub ocsps: Vec<Arc<[u8]>>,
    /// The signing time that the signer claims.
    pub claimed_time: Option<Instant>,
    /// The signature policy that it names.
    pub policy: Option<PolicyReference>,
    /// What the signer says beside: roles, commitment, place, reason, contact, as name and text.
    pub claims: Vec<(String, String)>,
    /// Time-stamps in the signature, in the order in which they were added.
    pub timestamps: Vec<Timestamp>,
    /// Evidence records in the signature.
    pub evidence_records: Vec<EvidenceRecord>,
    /// What of the document it covers.
    pub coverage: Coverage,
    /// Changes made to the document after signing (PDF).
    pub changes: Vec<Change>,
    /// What was accepted knowingly.
    pub findings: Vec<Finding>,
}

impl Signature {
    /// A signature of which nothing is known yet: a reader says the rest.
    pub(crate) fn empty() -> Self {
        Self {
            id: String::new(),
            format: SignatureFormat::Plain,
            file: None,
            countersigns: None,
            level: Level::NotAdes,
            faults: Vec::new(),
            data: Vec::new(),
            value: SignatureValue { algorithm: Err("none".into()), signed: SignedBytes::Missing, value: Vec::new() },
            certificate_references: Vec::new(),
            signer_hint: None,
            certificates: Vec::new(),
            crls: Vec::new(),
            ocsps: Vec::new(),
            claimed_time: None,
            policy: None,
            claims: Vec::new(),
            timestamps: Vec::new(),
            evidence_records: Vec::new(),
            coverage: Coverage::Unknown,
            changes: Vec::new(),
            findings: Vec::new(),
        }
    }
}

/// Code of the finding that the signed properties are signed by a reference that does not say what it leads to.
pub const SIGNED_PROPERTIES_UNTYPED: &str = "signed_properties_untyped";

/// The bytes that were signed and the signature value.
#[derive(Debug, Clone)]
pub struct SignatureValue {
    /// The algorithm; `Err` holds its name if it is not supported.
    pub algorithm: Result<SignatureAlgorithm, String>,
    /// What was signed.
    pub signed: SignedBytes,
    /// The value in its X.509 form (ECDSA as DER).
    pub value: Vec<u8>,
}

/// The input of the signature algorithm.
#[derive(Debug, Clone)]
pub enum SignedBytes {
    /// The bytes: canonical `SignedInfo`, DER of the signed attributes, JWS signing input.
    Bytes(Vec<u8>),
    /// Their digest, where the content itself was signed and may be large.
    Digest(DigestAlgorithm, Vec<u8>),
    /// They are not at hand (a detached content that was not given).
    Missing,
}

/// One thing that a signature, manifest, time-stamp or evidence record covers by digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedData {
    /// What to call it: a file name, a reference URI, `signed properties`.
    pub name: String,
    /// Its part in the signature.
    pub kind: DataKind,
    /// By which digest, where there is one.
    pub algorithm: Option<DigestAlgorithm>,
    /// Whether it is there and unchanged.
    pub state: DataState,
}

/// The part that data play in a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataKind {
    /// What the signer meant to sign.
    Document,
    /// The signed properties of XAdES.
    SignedProperties,
    /// The key information.
    KeyInfo,
    /// A manifest; its entries follow.
    Manifest,
    /// An entry of a manifest.
    ManifestEntry,
    /// The signature that a counter-signature signs.
    CounterSigned,
    /// Anything else.
    Other,
}

/// Whether data are there and unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataState {
    /// There and unchanged.
    Intact,
    /// There, and changed (HASH_FAILURE).
    Altered,
    /// There, but nothing that should hold its digest can: why (HASH_FAILURE).
    Unbound(String),
    /// Not there (SIGNED_DATA_NOT_FOUND).
    Missing,
    /// Not checked, and why: an unsupported transform or digest.
    Unchecked(String),
}

/// A reference to a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CertificateReference {
    /// Digest of the certificate, by algorithm.
    pub digest: Option<(DigestAlgorithm, Vec<u8>)>,
    /// The algorithm's name if it is not supported.
    pub unsupported_digest: Option<String>,
    /// Issuer (DER name) and serial number (content octets).
    pub issuer_serial: Option<(Vec<u8>, Vec<u8>)>,
    /// Subject key identifier.
    pub key_identifier: Option<Vec<u8>>,
}

/// A reference to a signature policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyReference {
    /// OID or URI; `None` is the implied policy.
    pub id: Option<String>,
    /// Digest of the policy document.
    pub digest: Option<(DigestAlgorithm, Vec<u8>)>,
    /// Where it can be read.
    pub uri: Option<String>,
    /// Whether a policy document that came along has that digest; `None` if none came.
    pub matches: Option<bool>,
}

/// The use of a time-stamp in a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimestampKind {
    /// Over the content, before signing.
    Content,
    /// Over the signature value.
    Signature,
    /// Over the signature and the references of validation data (X type 1).
    SignatureAndReferences,
    /// Over the references of validation data (X type 2).
    References,
    /// Over everything before it.
    Archive,
    /// A PDF document time-stamp.
    Document,
    /// Over the file or manifest of a container, or over anything else, on its own.
    Container,
}

/// A time-stamp token in its place.
#[derive(Debug, Clone)]
pub struct Timestamp {
    /// Names it in reports; unique in the document.
    pub id: String,
    /// Its use.
    pub kind: TimestampKind,
    /// The token, or why it cannot be read.
    pub token: Result<Arc<Token>, String>,
    /// Whether the imprint in the token is that of the data which the format says it covers.
    pub imprint: DataState,
    /// What it proves to have existed.
    pub proves: Vec<Proven>,
    /// Files covered through a manifest, each with its state (ASiC).
    pub data: Vec<SignedData>,
    /// Certificates that come with it, in the token or beside it.
    pub certificates: Vec<Certificate>,
    /// CRLs that come with it.
    pub crls: Vec<Arc<[u8]>>,
    /// OCSP responses that come with it.
    pub ocsps: Vec<Arc<[u8]>>,
    /// Breaches of the format.
    pub faults: Vec<Fault>,
    /// What of the document it covers.
    pub coverage: Coverage,
    /// What was accepted knowingly.
    pub findings: Vec<Finding>,
}

/// Something that a time-stamp or evidence record proves to have existed at its time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Proven {
    /// The signature with this id.
    Signature(String),
    /// The time-stamp with this id.
    Timestamp(String),
    /// The certificate with this SHA-256.
    Certificate([u8; 32]),
    /// The CRL or OCSP response with this SHA-256 (of the DER in [`Signature::crls`], [`Signature::ocsps`]).
    Revocation([u8; 32]),
    /// Signed data of this name.
    Data(String),
    /// The evidence record with this id.
    EvidenceRecord(String),
}

/// An evidence record (RFC 4998, RFC 6283).
#[derive(Debug, Clone)]
pub struct EvidenceRecord {
    /// Names it in reports; unique in the document.
    pub id: String,
    /// The file that holds it.
    pub file: Option<String>,
    /// Whether it is the XML form.
    pub xml: bool,
    /// What it covers, each with the state of its digest in the first hash tree.
    pub data: Vec<SignedData>,
    /// Archive time-stamps of all chains in order of time; each proves the ones before, the first proves the data.
    pub timestamps: Vec<Timestamp>,
    /// Breaches of the format.
    pub faults: Vec<Fault>,
    /// What it proves to have existed, at the time of its first valid time-stamp.
    pub proves: Vec<Proven>,
}

/// How much of the document a signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// All of it (of what can be covered).
    Whole,
    /// A part: what is covered, in words.
    Part(String),
    /// A PDF revision that was followed by others.
    Revision {
        /// Counted from 1.
        number: usize,
        /// How many there are.
        of: usize,
    },
    /// Not known.
    Unknown,
}

/// A change made after signing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whether the signature's own rules (DocMDP, field locks) or the usual course (another signature, validation material,
    /// form filling) allow it.
    pub kind: ChangeKind,
    /// What was changed, with the page or field.
    pub what: String,
}

/// What kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// Another signature, a document time-stamp, validation material.
    Extension,
    /// A form was filled, a signature field created.
    FormFilling,
    /// An annotation was added or changed.
    Annotation,
    /// Pages, their content, or anything else: what a reader sees may differ from what was signed.
    Undefined,
    /// Forbidden by the certification or a field lock.
    Forbidden,
}
