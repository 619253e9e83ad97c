//! PDF signatures made by incremental update: what was there before stays byte for byte (EN 319 142-1).
//!
//! [`prepare`] writes the update with a hole for the signature and gives what is to be signed; [`Prepared::finish`] fills the
//! hole. Level T is made while finishing ([`Prepared::finish_with_timestamp`]) or with [`super::augment`].

mod field;
mod hole;

pub(super) use hole::{Filled, Hole};

use super::appearance::Appearance;
use crate::cades;
use crate::making::{MakeError, Selection, Services, Signing};
use mekong_base::{Instant, Source};
use mekong_pdf::{Append, Dictionary, Limits, Object, Pdf, PdfError, PdfString, Reference, Update, object_bytes};

/// Room for a signature without its certificates: value, attributes, a time-stamp with its chain.
const ROOM_BYTES: usize = 20_000;

/// What a certification lets others change (ISO 32000-2 table 257).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certification {
    /// Nothing but validation material and document time-stamps.
    NoChanges,
    /// Forms filled, signatures added.
    FormFilling,
    /// Annotations too.
    Annotations,
}

impl Certification {
    const fn level(self) -> i64 {
        match self {
            Self::NoChanges => 1,
            Self::FormFilling => 2,
            Self::Annotations => 3,
        }
    }
}

/// Fields that may not be changed after this signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldLock {
    /// All.
    All,
    /// These, by full name.
    Include(Vec<String>),
    /// All but these.
    Exclude(Vec<String>),
}

/// How a signature stands in the document.
#[derive(Debug, Clone, Default)]
pub struct Options<'a> {
    /// The full name of an empty signature field, or the name of a new one; `None` makes a new one, `Signature1` and so on.
    pub field: Option<String>,
    /// What is seen of it; `None` for nothing. An existing field keeps its rectangle.
    pub appearance: Option<Appearance<'a>>,
    /// Makes it a certification, which must be the first signature.
    pub certification: Option<Certification>,
    /// Fields to be closed.
    pub lock: Option<FieldLock>,
    /// Why the document is signed.
    pub reason: Option<String>,
    /// How the signer can be reached.
    pub contact: Option<String>,
    /// Bytes to be reserved for the CMS; `None` for enough with the certificates at hand and a time-stamp.
    pub contents_bytes: Option<usize>,
}

/// A document with a hole for its signature.
pub struct Prepared<'a> {
    /// What is to be signed.
    pub to_be_signed: Vec<u8>,
    document: &'a dyn Source,
    hole: Hole,
    cms: cades::make::Prepared,
}

/// How faults of a PDF are told to who signs it.
pub(super) fn refused(place: impl Into<String>, reason: impl Into<String>) -> MakeError {
    MakeError::Document { place: place.into(), reason: reason.into() }
}

/// As [`refused`], for what the reader says.
pub(super) fn unreadable(error: PdfError) -> MakeError {
    refused("PDF", error.to_string())
}

/// Writes the update, with a hole for the signature.
///
/// # Errors
/// [`MakeError::Document`] if the file is no PDF, is encrypted or broken, if its certification forbids signatures, if the
/// field is taken or no signature field, if a certification is wanted and there are signatures, or if the appearance cannot
/// be drawn or is not on its page.
pub fn prepare<'a>(
    document: &'a dyn Source,
    signing: &Signing,
    options: &Options<'_>,
) -> Result<Prepared<'a>, MakeError> {
    let pdf = Pdf::open(document, Limits::default()).map_err(unreadable)?;
    let mut update = Update::new(&pdf).map_err(unreadable)?;
    let signature = update.reserve();
    let field = field::place(&pdf, &mut update, signature, options)?;
    let entries = dictionary(&pdf, signing, options, field.lock.as_ref());
    let room = options.contents_bytes.unwrap_or_else(|| {
        let certificates = [&signing.certificate].into_iter().chain(&signing.chain);
        ROOM_BYTES + certificates.map(|certificate| certificate.der().len()).sum::<usize>()
    });
    let hole = Hole::write(update, signature, &entries, room)?;
    let digest = hole.digest(document, cades::make::content_digest(signing))?;
    let cms_options = cades::make::Options {
        packaging: cades::make::Packaging::Detached,
        profile: cades::make::Profile::Pades,
        ..cades::make::Options::default()
    };
    let cms = cades::make::prepare_digest(&digest, signing, &cms_options)?;
    Ok(Prepared { to_be_signed: cms.to_be_signed.clone(), document, hole, cms })
}

impl Prepared<'_> {
    /// The whole document with the signature value (ECDSA as DER): level B.
    ///
    /// # Errors
    /// [`MakeError::Value`] if the value does not verify with the certificate; [`MakeError::Document`] if the signature does
    /// not fit into the reserved bytes.
    pub fn finish(self, signature_value: &[u8]) -> Result<Vec<u8>, MakeError> {
        let document = self.document;
        self.finish_update(signature_value, None)?.whole(document)
    }

    /// The same with a time-stamp on the signature: level T.
    ///
    /// # Errors
    /// As [`Prepared::finish`]; [`MakeError::Service`].
    pub fn finish_with_timestamp(self, signature_value: &[u8], services: &dyn Services) -> Result<Vec<u8>, MakeError> {
        let document = self.document;
        self.finish_update(signature_value, Some(services))?.whole(document)
    }

    /// Only the bytes to be appended to the document, for documents that are not to be held in memory.
    ///
    /// # Errors
    /// As [`Prepared::finish_with_timestamp`].
    pub fn finish_update(self, signature_value: &[u8], stamp: Option<&dyn Services>) -> Result<Filled, MakeError> {
        let mut cms = self.cms.finish(signature_value)?;
        if let Some(services) = stamp {
            cms = cades::augment::add_timestamp(&cms, &Selection::All, services)?;
        }
        self.hole.fill(&cms)
    }
}

/// The entries of the signature dictionary beside the hole.
fn dictionary(pdf: &Pdf<'_>, signing: &Signing, options: &Options<'_>, lock: Option<&Dictionary>) -> Dictionary {
    let text = |text: &str| Object::String(PdfString::text(text));
    let mut entries = Dictionary::default()
        .with("Type", Object::named("Sig"))
        .with("Filter", Object::named("Adobe.PPKLite"))
        .with("SubFilter", Object::named("ETSI.CAdES.detached"))
        .with("M", text(&date(signing.time)));
    let name = signing.certificate.subject_attribute(mekong_pki::name::COMMON_NAME);
    for (key, value) in [("Name", &name), ("Reason", &options.reason), ("ContactInfo", &options.contact)] {
        if let Some(value) = value {
            entries.set(key, text(value));
        }
    }
    if let Some(place) = &signing.place {
        let parts = [&place.city, &place.province, &place.country];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        entries.set("Location", text(&parts.join(", ")));
    }
    let mut references = Vec::new();
    if let Some(certification) = options.certification {
        let parameters = Dictionary::default().with("P", Object::Integer(certification.level()));
        references.push(transform(pdf, "DocMDP", parameters));
    }
    if let Some(lock) = lock {
        let mut parameters = Dictionary::default();
        for key in ["Action", "Fields"] {
            if let Some(value) = lock.get(key) {
                parameters.set(key, value.clone());
            }
        }
        references.push(transform(pdf, "FieldMDP", parameters));
    }
    if !references.is_empty() {
        entries.set("Reference", Object::Array(references));
    }
    entries
}

/// A signature reference dictionary (ISO 32000-2 table 256).
fn transform(pdf: &Pdf<'_>, method: &str, parameters: Dictionary) -> Object {
    let parameters = parameters.with("Type", Object::named("TransformParams")).with("V", Object::named("1.2"));
    let mut reference = Dictionary::default()
        .with("Type", Object::named("SigRef"))
        .with("TransformMethod", Object::named(method))
        .with("TransformParams", parameters.into());
    if let Some(root) = pdf.trailer().get("Root").filter(|_| method == "FieldMDP") {
        reference.set("Data", root.clone());
    }
    reference.into()
}

/// `D:20260131165959+00'00'`.
pub(super) fn date(time: Instant) -> String {
    let text = time.whole_seconds().to_string();
    let digits: String = text.chars().filter(char::is_ascii_digit).take(14).collect();
    format!("D:{digits}+00'00'")
}

/// A new invisible field for a document time-stamp.
pub(super) fn timestamp_field(
    pdf: &Pdf<'_>,
    update: &mut Update<'_, '_>,
    signature: Reference,
) -> Result<(), MakeError> {
    field::place_timestamp(pdf, update, signature)
}

/// Sets or replaces an object by a dictionary.
pub(super) fn set(update: &mut Update<'_, '_>, reference: Reference, dictionary: Dictionary) {
    update.set(reference, Append::Object(dictionary.into()));
}

/// The bytes of a dictionary without its brackets.
pub(super) fn inner_bytes(dictionary: &Dictionary) -> Vec<u8> {
    let bytes = object_bytes(&Object::Dictionary(dictionary.clone()));
    bytes.get(2..bytes.len().saturating_sub(2)).unwrap_or_default().to_vec()
}
