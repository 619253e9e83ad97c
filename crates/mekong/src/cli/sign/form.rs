//! The forms of signatures: what each makes of the files.

use super::look::LookOptions;
use super::{CommandError, Context, Signed, Value};
use crate::file::FileSource;
use clap::{Args, ValueEnum};
use mekong_base::Source;
use mekong_signature::making::{MakeError, Signing};
use mekong_signature::read::{Detached, DetachedContent, Reading};
use mekong_signature::{Level, asic, cades, jades, pades, xades};
use std::path::PathBuf;

/// Largest document that is signed in memory: XML, and content that goes into a signature.
const DOCUMENT_BYTES_MAX: usize = 256 << 20;

/// What is written as %XX in a reference to a file: all but letters, digits and the marks that RFC 3986 leaves as they are.
const REFERENCE: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A form, as options name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// PDF.
    Pades,
    /// XML.
    Xades,
    /// CMS.
    Cades,
    /// JWS.
    Jades,
    /// A container of one file.
    AsicS,
    /// A container of any number of files.
    AsicE,
}

/// Where signature and content stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Packaging {
    /// XAdES: the signature is put into the document.
    Enveloped,
    /// The content is put into the signature.
    Enveloping,
    /// The signature is a file of its own.
    Detached,
}

/// The form of the signature inside a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Inner {
    /// XML.
    Xades,
    /// CMS.
    Cades,
}

/// What only some forms have.
#[derive(Args, Clone)]
pub(crate) struct FormOptions {
    /// Where signature and content stand [default: enveloped for XAdES, enveloping for CAdES and JAdES].
    #[arg(long, value_enum)]
    packaging: Option<Packaging>,
    /// Form of the signature inside an ASiC container.
    #[arg(long, value_enum, default_value_t = Inner::Xades)]
    container_signature: Inner,
    /// JAdES: the compact form instead of JSON (level B only).
    #[arg(long)]
    compact: bool,
    /// Add a signature to a file that is signed already (ASiC, CAdES, JAdES; PDF and XML always do).
    #[arg(long)]
    add: bool,
    /// PAdES: the signature field, empty or new.
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    /// PAdES: why the document is signed.
    #[arg(long)]
    reason: Option<String>,
    /// PAdES: make the first signature a certification that lets others change: nothing, forms or annotations.
    #[arg(long, value_enum)]
    certify: Option<Certify>,
    #[command(flatten)]
    pub(super) look: LookOptions,
}

/// What a certification lets others change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Certify {
    /// Nothing but validation material.
    Nothing,
    /// Forms and signatures.
    Forms,
    /// Annotations too.
    Annotations,
}

/// A file to be signed.
pub(super) struct Input {
    pub(super) path: PathBuf,
    pub(super) source: FileSource,
}

impl Input {
    fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    fn read(&self) -> Result<Vec<u8>, CommandError> {
        let whole = 0..self.source.len();
        self.source.read(whole, DOCUMENT_BYTES_MAX).context(|| format!("read {}", self.path.display()))
    }
}

/// Signs: one file, or for containers all of them.
pub(super) fn sign(
    form: Form,
    inputs: &[Input],
    signing: &Signing,
    options: &FormOptions,
    value: &Value,
) -> Result<Signed, CommandError> {
    match (form, inputs) {
        (Form::AsicS | Form::AsicE, _) => container(form, inputs, signing, options, value),
        (Form::Pades, [input]) => pdf(input, signing, options, value),
        (Form::Xades, [input]) => xml(input, signing, options, value),
        (Form::Cades, [input]) => cms(input, signing, options, value),
        (Form::Jades, [input]) => jws(input, signing, options, value),
        _ => Err(CommandError::new("one file at a time is signed in this form")),
    }
}

/// Refuses options that the form would pass over in silence.
pub(super) fn refuse_strange(form: Form, level: Level, options: &FormOptions) -> Result<(), CommandError> {
    let pdf = form == Form::Pades;
    let strange = match options {
        _ if options.compact && form != Form::Jades => "--compact is for --format jades",
        _ if options.compact && (level > Level::B) => {
            "--compact is for level B: the compact form has no place for more"
        }
        _ if options.look.is_visible() && !pdf => "--visible is for --format pades",
        _ if !pdf && (options.field.is_some() || options.reason.is_some() || options.certify.is_some()) => {
            "--field, --reason and --certify are for --format pades"
        }
        FormOptions { packaging: Some(_), .. } if matches!(form, Form::Pades | Form::AsicS | Form::AsicE) => {
            "--packaging is for --format xades, cades or jades: in a PDF or a container it is what it is"
        }
        FormOptions { packaging: Some(Packaging::Enveloped), .. } if form != Form::Xades => {
            "--packaging enveloped is for --format xades; take enveloping or detached"
        }
        _ => return Ok(()),
    };
    Err(CommandError::new(strange))
}

/// What validation of the signed file needs beside it.
pub(super) fn reading<'a>(form: Form, options: &FormOptions, inputs: &'a [Input]) -> Reading<'a> {
    if options.packaging != Some(Packaging::Detached) || matches!(form, Form::Pades | Form::AsicS | Form::AsicE) {
        return Reading::default();
    }
    let content =
        |input: &'a Input| Detached { name: Some(input.name()), content: DetachedContent::Source(&input.source) };
    Reading { detached: inputs.iter().map(content).collect(), ..Reading::default() }
}

/// The end of the suffix of a signed file.
pub(super) const fn suffix(form: Form, options: &FormOptions) -> &'static str {
    match (form, options.packaging) {
        (Form::Pades, _) => "-signed.pdf",
        (Form::Xades, Some(Packaging::Detached | Packaging::Enveloping)) => ".xades.xml",
        (Form::Xades, _) => "-signed.xml",
        (Form::Cades, Some(Packaging::Detached)) => ".p7s",
        (Form::Cades, _) => ".p7m",
        (Form::Jades, _) if options.compact => ".jws",
        (Form::Jades, _) => ".jades.json",
        (Form::AsicS, _) => ".asics",
        (Form::AsicE, _) => ".asice",
    }
}

/// Takes prepared bytes to their value, and the value to the end.
fn complete(
    value: &Value,
    signing: &Signing,
    to_be_signed: &[u8],
    finish: impl FnOnce(&[u8]) -> Result<Vec<u8>, MakeError>,
) -> Result<Signed, CommandError> {
    let made = match value {
        Value::Later => return Ok(Signed::ToBeSigned(to_be_signed.to_vec())),
        Value::Made(made) => made.clone(),
        Value::Key(key) => key.sign(signing.algorithm, to_be_signed).context(|| "sign")?,
    };
    finish(&made).context(|| "sign").map(Signed::Whole)
}

fn pdf(input: &Input, signing: &Signing, options: &FormOptions, value: &Value) -> Result<Signed, CommandError> {
    let look = options.look.load(signing)?;
    let wanted = pades::make::Options {
        field: options.field.clone(),
        appearance: look.as_ref().map(|look| look.appearance()),
        certification: options.certify.map(|certify| match certify {
            Certify::Nothing => pades::make::Certification::NoChanges,
            Certify::Forms => pades::make::Certification::FormFilling,
            Certify::Annotations => pades::make::Certification::Annotations,
        }),
        reason: options.reason.clone(),
        ..pades::make::Options::default()
    };
    let prepared = pades::make::prepare(&input.source, signing, &wanted).context(|| input.path.display())?;
    let bytes = prepared.to_be_signed.clone();
    complete(value, signing, &bytes, |made| prepared.finish(made))
}

fn xml(input: &Input, signing: &Signing, options: &FormOptions, value: &Value) -> Result<Signed, CommandError> {
    let document = input.read()?;
    let data =
        |uri: String| xades::make::Data { uri, mime: None, content: xades::make::DataContent::Source(&document) };
    let what = match options.packaging.unwrap_or(Packaging::Enveloped) {
        Packaging::Enveloped => xades::make::What::Enveloped {
            document: &document,
            parent: None,
            part: xades::make::Part::WholeWithoutSignatures,
        },
        Packaging::Enveloping => xades::make::What::Enveloping(vec![data(input.name())]),
        Packaging::Detached => {
            let uri = percent_encoding::utf8_percent_encode(&input.name(), REFERENCE).to_string();
            xades::make::What::Detached { files: vec![data(uri)], into: None, asic: false }
        }
    };
    let prepared = xades::make::prepare(&what, signing, &xades::make::Options::default());
    let prepared = prepared.context(|| input.path.display())?;
    let bytes = prepared.to_be_signed.clone();
    complete(value, signing, &bytes, |made| prepared.finish(made))
}

fn cms(input: &Input, signing: &Signing, options: &FormOptions, value: &Value) -> Result<Signed, CommandError> {
    let packaging = match options.packaging {
        Some(Packaging::Detached) => cades::make::Packaging::Detached,
        _ => cades::make::Packaging::Attached,
    };
    let existing = if options.add { Some(input.read()?) } else { None };
    let wanted = cades::make::Options { packaging, existing: existing.as_deref(), ..cades::make::Options::default() };
    let prepared = cades::make::prepare(&input.source, signing, &wanted).context(|| input.path.display())?;
    let bytes = prepared.to_be_signed.clone();
    complete(value, signing, &bytes, |made| prepared.finish(made))
}

fn jws(input: &Input, signing: &Signing, options: &FormOptions, value: &Value) -> Result<Signed, CommandError> {
    use jades::make::{Payload, Serialization, prepare, prepare_next};
    let serialization = if options.compact { Serialization::Compact } else { Serialization::Flattened };
    let wanted = jades::make::Options { serialization, ..jades::make::Options::default() };
    let document = input.read()?;
    let prepared = if options.add {
        prepare_next(&document, signing, &wanted)
    } else {
        let payload = match options.packaging {
            Some(Packaging::Detached) => Payload::ByHash(vec![(input.name(), &input.source)]),
            _ => Payload::Attached(&document),
        };
        prepare(&payload, signing, &wanted)
    };
    let prepared = prepared.context(|| input.path.display())?;
    let bytes = prepared.to_be_signed.clone();
    complete(value, signing, &bytes, |made| prepared.finish(made))
}

fn container(
    form: Form,
    inputs: &[Input],
    signing: &Signing,
    options: &FormOptions,
    value: &Value,
) -> Result<Signed, CommandError> {
    use asic::make::{Form as InnerForm, Kind, NewFile, What, prepare};
    let what = match (options.add, inputs) {
        (true, [input]) => What::Existing(&input.source),
        (true, _) => return Err(CommandError::new("one container at a time takes another signature")),
        (false, _) => {
            let kind = if form == Form::AsicS { Kind::Simple } else { Kind::Extended };
            let inner = match options.container_signature {
                Inner::Xades => InnerForm::Xades,
                Inner::Cades => InnerForm::Cades,
            };
            let file = |input| NewFile { name: Input::name(input), media_type: None, content: &input.source };
            What::New(kind, inner, inputs.iter().map(file).collect())
        }
    };
    let prepared = prepare(&what, signing).context(|| "sign")?;
    let bytes = prepared.to_be_signed.clone();
    complete(value, signing, &bytes, |made| prepared.finish(made))
}
