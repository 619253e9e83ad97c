//! Making containers: data files with a signature over all of them, in two steps; one more signature in a container that is
//! there; a time-stamp alone (ASiC-S).
//!
//! The same input gives the same bytes: entries show the time of [`Signing::time`]. Data are hashed and copied where they
//! lie; [`Prepared::finish_into`] writes containers that are larger than memory.

use super::container::{Container, EXTENDED, SIGNATURE_BYTES_MAX, SIMPLE};
use super::manifest;
use super::names::{META, MIMETYPE, OPEN_DOCUMENT_MANIFEST, Use};
use super::package::Package;
use crate::making::{MakeError, Services, Signing};
use crate::uri;
use crate::zip::ZipError;
use crate::{cades, xades};
use mekong_base::{Instant, Source};
use mekong_crypto::{DigestAlgorithm, Hasher};
use std::io::Write;

/// Which container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// ASiC-S: one data file.
    Simple,
    /// ASiC-E: any number of data files.
    #[default]
    Extended,
}

/// The form of the signature in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// XAdES.
    #[default]
    Xades,
    /// CAdES.
    Cades,
}

/// A file that goes into a container.
#[derive(Clone)]
pub struct NewFile<'a> {
    /// Its path in the container.
    pub name: String,
    /// Its media type; `None` is `application/octet-stream`.
    pub media_type: Option<String>,
    /// Its content.
    pub content: &'a dyn Source,
}

/// What is signed.
#[derive(Clone)]
pub enum What<'a> {
    /// Files that go into a new container of this kind, signed in this form.
    New(Kind, Form, Vec<NewFile<'a>>),
    /// All data files of a container; its kind and form stay.
    Existing(&'a dyn Source),
}

/// A signature that waits for its value.
pub struct Prepared<'a> {
    /// What the key signs.
    pub to_be_signed: Vec<u8>,
    package: Package<'a>,
    inner: Inner,
    /// The name of the file that the signature goes into.
    file: String,
}

enum Inner {
    Xades(Box<xades::make::Prepared>),
    Cades(Box<cades::make::Prepared>),
}

/// A data file, digested.
struct Digested {
    name: String,
    media_type: Option<String>,
    digest: Vec<u8>,
}

pub(super) fn refuse(place: impl Into<String>, reason: impl Into<String>) -> MakeError {
    MakeError::Document { place: place.into(), reason: reason.into() }
}

/// Prepares a signature.
///
/// # Errors
/// [`MakeError::Document`] for names that no container can hold, not exactly one file for ASiC-S, a container that cannot be
/// read, or what the form of the signature refuses.
pub fn prepare<'a>(what: &What<'a>, signing: &Signing) -> Result<Prepared<'a>, MakeError> {
    match what {
        What::New(kind, form, files) => new(*kind, *form, files, signing),
        What::Existing(container) => existing(*container, signing),
    }
}

/// A container with a time-stamp over its only file and no signature (ASiC-S).
///
/// # Errors
/// [`MakeError::Document`] for a name that no container can hold, [`MakeError::Service`].
pub fn timestamped(file: &NewFile<'_>, at: Instant, services: &dyn Services) -> Result<Vec<u8>, MakeError> {
    let files = std::slice::from_ref(file);
    check(Kind::Simple, files)?;
    let algorithm = DigestAlgorithm::Sha256;
    let digest = digest_of(file, algorithm)?;
    let token = services.timestamp(algorithm, &digest)?;
    let mut package = Package::new(SIMPLE, files, at);
    package.add("META-INF/timestamp.tst".into(), token);
    package.write(Vec::new()).map_err(zip_error)
}

fn new<'a>(kind: Kind, form: Form, files: &[NewFile<'a>], signing: &Signing) -> Result<Prepared<'a>, MakeError> {
    check(kind, files)?;
    let media_type = if kind == Kind::Simple { SIMPLE } else { EXTENDED };
    let mut package = Package::new(media_type, files, signing.time);
    let data: Result<Vec<Digested>, MakeError> = match (kind, form) {
        (Kind::Simple, Form::Cades) => Ok(Vec::new()),
        _ => files
            .iter()
            .map(|file| {
                let digest = digest_of(file, signing.digest)?;
                Ok(Digested { name: file.name.clone(), media_type: file.media_type.clone(), digest })
            })
            .collect(),
    };
    let data = data?;
    match (kind, form) {
        (Kind::Simple, Form::Xades) => sign_xades(package, &data, "META-INF/signatures.xml", None, signing),
        (Kind::Extended, Form::Xades) => {
            let listed: Vec<(&str, &str)> =
                data.iter().map(|d| (d.name.as_str(), d.media_type.as_deref().unwrap_or(OCTETS))).collect();
            package.add(OPEN_DOCUMENT_MANIFEST.into(), manifest::write_open_document(EXTENDED, &listed));
            sign_xades(package, &data, "META-INF/signatures001.xml", None, signing)
        }
        (Kind::Simple, Form::Cades) => {
            let only = files.first().ok_or_else(|| refuse("container", "there is no file"))?;
            sign_content(package, only.content, only.media_type.clone(), None, signing)
        }
        (Kind::Extended, Form::Cades) => sign_manifest(package, &data, 1, signing),
    }
}

const OCTETS: &str = "application/octet-stream";

fn existing<'a>(source: &'a dyn Source, signing: &Signing) -> Result<Prepared<'a>, MakeError> {
    let container = Container::open(source).map_err(|e| refuse("container", e.to_string()))?;
    let form = if container.of(Use::Xades).is_empty() { Form::Cades } else { Form::Xades };
    let package = Package::of(source, &container, signing.time);
    if container.is_simple {
        let only = container.data().next().ok_or_else(|| refuse("container", "there is no data file"))?;
        let old = container.of(if form == Form::Xades { Use::Xades } else { Use::Cades });
        let old = old.first().map(|f| f.content.content(SIGNATURE_BYTES_MAX).map(|c| (f.name().to_owned(), c)));
        let (file, old) = old
            .ok_or_else(|| refuse("META-INF", "there is no signature beside which one could sign"))?
            .map_err(zip_error)?;
        if form == Form::Cades {
            return sign_content(package, &only.content, None, Some((file, old)), signing);
        }
        let data = [digested(&container, only, signing)?];
        return sign_xades(package, &data, &file, Some(&old), signing);
    }
    let data: Result<Vec<Digested>, MakeError> = container.data().map(|f| digested(&container, f, signing)).collect();
    let data = data?;
    let taken = |name: String| container.find(&name).is_some();
    let is_free = |n: &usize| match form {
        Form::Xades => !taken(format!("META-INF/signatures{n:03}.xml")),
        Form::Cades => !taken(signature_name(*n)) && !taken(manifest_name(*n)),
    };
    let number = (1..1_000).find(is_free).ok_or_else(|| refuse(META, "there are 999 signatures"))?;
    match form {
        Form::Xades => sign_xades(package, &data, &format!("META-INF/signatures{number:03}.xml"), None, signing),
        Form::Cades => sign_manifest(package, &data, number, signing),
    }
}

fn digested(
    container: &Container<'_>,
    file: &super::container::File<'_>,
    signing: &Signing,
) -> Result<Digested, MakeError> {
    let digest = container.digest(file, signing.digest).map_err(|e| refuse(file.name(), e.to_string()))?;
    Ok(Digested { name: file.name().to_owned(), media_type: None, digest })
}

fn signature_name(number: usize) -> String {
    format!("META-INF/signature{number:03}.p7s")
}

fn manifest_name(number: usize) -> String {
    format!("META-INF/ASiCManifest{number:03}.xml")
}

fn sign_xades<'a>(
    package: Package<'a>,
    data: &[Digested],
    file: &str,
    into: Option<&[u8]>,
    signing: &Signing,
) -> Result<Prepared<'a>, MakeError> {
    let one = |d: &Digested| xades::make::Data {
        uri: uri::encoded(&d.name),
        mime: d.media_type.clone(),
        content: xades::make::DataContent::Digest(d.digest.clone()),
    };
    let files = data.iter().map(one).collect();
    let what = xades::make::What::Detached { files, into, asic: true };
    let prepared = xades::make::prepare(&what, signing, &xades::make::Options::default())?;
    let to_be_signed = prepared.to_be_signed.clone();
    Ok(Prepared { to_be_signed, package, inner: Inner::Xades(Box::new(prepared)), file: file.to_owned() })
}

/// CAdES over the data file itself (ASiC-S), beside the signatures that are there.
fn sign_content<'a>(
    package: Package<'a>,
    content: &dyn Source,
    mime_type: Option<String>,
    existing: Option<(String, Vec<u8>)>,
    signing: &Signing,
) -> Result<Prepared<'a>, MakeError> {
    let (file, existing) = existing.map_or((None, None), |(file, bytes)| (Some(file), Some(bytes)));
    let packaging = cades::make::Packaging::Detached;
    let options =
        cades::make::Options { packaging, existing: existing.as_deref(), mime_type, ..cades::make::Options::default() };
    let prepared = cades::make::prepare(content, signing, &options)?;
    let file = file.unwrap_or_else(|| "META-INF/signature.p7s".into());
    Ok(Prepared { to_be_signed: prepared.to_be_signed.clone(), package, inner: Inner::Cades(Box::new(prepared)), file })
}

/// CAdES over a manifest of the data files (ASiC-E).
fn sign_manifest<'a>(
    mut package: Package<'a>,
    data: &[Digested],
    number: usize,
    signing: &Signing,
) -> Result<Prepared<'a>, MakeError> {
    let file = signature_name(number);
    let entries: Vec<_> = data.iter().map(|d| (d.name.clone(), signing.digest, d.digest.clone(), false)).collect();
    let xml = manifest::write(&file, "application/pkcs7-signature", &entries);
    let packaging = cades::make::Packaging::Detached;
    let options = cades::make::Options { packaging, ..cades::make::Options::default() };
    let prepared = cades::make::prepare(&xml, signing, &options)?;
    package.add(manifest_name(number), xml);
    Ok(Prepared { to_be_signed: prepared.to_be_signed.clone(), package, inner: Inner::Cades(Box::new(prepared)), file })
}

impl Prepared<'_> {
    /// The container, with the signature value in the form of X.509 (ECDSA as DER).
    ///
    /// # Errors
    /// [`MakeError::Value`] if the value does not verify with the signer's certificate; [`MakeError::Document`] if the data
    /// cannot be read any more.
    pub fn finish(self, signature_value: &[u8]) -> Result<Vec<u8>, MakeError> {
        self.finish_into(signature_value, Vec::new())
    }

    /// As [`Self::finish`], written piece by piece to `out`, which is given back.
    ///
    /// # Errors
    /// As [`Self::finish`]; [`MakeError::Document`] also if `out` fails.
    pub fn finish_into<W: Write>(mut self, signature_value: &[u8], out: W) -> Result<W, MakeError> {
        let bytes = match self.inner {
            Inner::Xades(prepared) => prepared.finish(signature_value)?,
            Inner::Cades(prepared) => prepared.finish(signature_value)?,
        };
        self.package.add(self.file, bytes);
        self.package.write(out).map_err(zip_error)
    }
}

pub(super) fn zip_error(error: ZipError) -> MakeError {
    refuse("container", error.to_string())
}

fn digest_of(file: &NewFile<'_>, algorithm: DigestAlgorithm) -> Result<Vec<u8>, MakeError> {
    let mut hasher = Hasher::new(algorithm);
    let fed = file.content.each(0..file.content.len(), &mut |piece| hasher.update(piece));
    fed.map_err(|e| refuse(file.name.as_str(), e.to_string()))?;
    Ok(hasher.finish().as_ref().to_vec())
}

/// Names that a container can hold, each once; one file for ASiC-S.
fn check(kind: Kind, files: &[NewFile<'_>]) -> Result<(), MakeError> {
    if files.is_empty() {
        return Err(refuse("container", "there is no file to sign"));
    }
    if kind == Kind::Simple && files.len() > 1 {
        return Err(refuse("container", format!("ASiC-S holds one file, not {}: use ASiC-E", files.len())));
    }
    let mut names = std::collections::BTreeSet::new();
    for file in files {
        let name = file.name.as_str();
        crate::zip::check_name(name).map_err(|e| refuse(name, e.to_string()))?;
        if name.eq_ignore_ascii_case(MIMETYPE) || name.to_ascii_uppercase().starts_with(META) || name.ends_with('/') {
            return Err(refuse(name, "a data file cannot have this name in a container"));
        }
        if kind == Kind::Simple && name.contains('/') {
            return Err(refuse(name, "the file of ASiC-S must not be in a folder"));
        }
        if !names.insert(crate::zip::folded_name(name)) {
            return Err(refuse(name, "two files have this name, or only case or the form of letters differs"));
        }
    }
    Ok(())
}
