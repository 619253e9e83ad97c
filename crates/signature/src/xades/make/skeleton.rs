//! Where a signature goes, and what it will refer to.

use super::{Data, DataContent, Options, Part, What, digest_of};
use crate::making::{MakeError, Signing};
use crate::xades::LIMITS;
use crate::xades::names::{self, COUNTERSIGNED, OBJECT};
use crate::xades::original::{Insertion, Original, document_error};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_crypto::DigestAlgorithm;
use mekong_xml::NS_DSIG;
use mekong_xml::c14n::{self, Method, Selection, Subset};
use mekong_xml::dsig::Ids;
use mekong_xml::find;
use mekong_xml::roxmltree::{Document, Node};
use std::borrow::Cow;

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
/// ASiC (EN 319 162-1).
const NS_ASIC: &str = "http://uri.etsi.org/02918/v1.2.1#";
/// Content that is put into a signature, together.
const ENVELOPED_BYTES_MAX: usize = 32 << 20;

/// A transform as it will be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transform {
    Enveloped,
    WithoutSignatures,
    Canonicalize,
    Base64,
}

/// A reference as it will be written.
pub(super) struct Reference {
    pub(super) uri: String,
    pub(super) kind: Option<&'static str>,
    pub(super) transforms: Vec<Transform>,
    pub(super) digest: Vec<u8>,
    /// Media type, for `DataObjectFormat`; `None` for what has none.
    pub(super) mime: Option<String>,
}

/// A place for a signature, and its references.
pub(super) struct Skeleton<'w> {
    /// The document around it.
    pub(super) host: Cow<'w, [u8]>,
    /// The place in the parsed text.
    pub(super) at: usize,
    replaces: usize,
    /// What comes before and after the signature.
    pub(super) before: String,
    after: String,
    pub(super) id: String,
    pub(super) references: Vec<Reference>,
    /// `ds:Object` elements with content.
    pub(super) objects: String,
    /// Whether the document has signatures that may break.
    pub(super) has_signatures: bool,
}

/// A place in an element, after its last child.
struct End {
    at: usize,
    replaces: usize,
    before: String,
    after: String,
}

impl<'w> Skeleton<'w> {
    pub(super) fn new(what: &What<'w>, signing: &Signing, options: &Options) -> Result<Self, MakeError> {
        match what {
            What::Enveloped { document, parent, part } => enveloped(document, *parent, *part, signing, options),
            What::Enveloping(data) => enveloping(data, signing, options),
            What::Detached { files, into, asic } => detached(files, *into, *asic, signing, options),
            What::Counter { document, signature } => counter(document, signature, signing, options),
        }
    }

    /// The signature, to be put in.
    pub(super) fn insertion(&self, signature: &str) -> Insertion {
        let text = [self.before.as_str(), signature, self.after.as_str()].concat();
        Insertion { at: self.at, replaces: self.replaces, text }
    }
}

/// Parses a document and hands it over with its Ids.
fn parsed<T>(
    bytes: &[u8],
    take: impl FnOnce(&Document<'_>, &Ids<'_, '_>) -> Result<T, MakeError>,
) -> Result<T, MakeError> {
    let original = Original::read(bytes)?;
    let document = mekong_xml::parse(original.text(), &LIMITS).map_err(|e| document_error("document", e))?;
    take(&document, &Ids::of(&document))
}

fn enveloped<'w>(
    bytes: &'w [u8],
    parent: Option<&str>,
    part: Part<'_>,
    signing: &Signing,
    options: &Options,
) -> Result<Skeleton<'w>, MakeError> {
    parsed(bytes, |document, ids| {
        let root = document.root_element();
        let parent = parent.map_or(Ok(root), |id| by_id(ids, id))?;
        let end = end_of(parent);
        let (uri, transforms, digest) = signed_part(document, ids, parent, part, signing.digest, &options.method)?;
        let mime = Some(options.mime.clone());
        let reference = Reference { uri, kind: None, transforms, digest, mime };
        let id = new_id(ids, signing, options, std::slice::from_ref(&reference))?;
        let has_signatures = has_signatures(document);
        Ok(skeleton(Cow::Borrowed(bytes), end, id, vec![reference], has_signatures))
    })
}

/// URI, transforms and digest of what is signed of a document.
fn signed_part(
    document: &Document<'_>,
    ids: &Ids<'_, '_>,
    parent: Node<'_, '_>,
    part: Part<'_>,
    algorithm: DigestAlgorithm,
    method: &Method,
) -> Result<(String, Vec<Transform>, Vec<u8>), MakeError> {
    // The signature is not there yet: what it is taken out of is what there is now.
    let method = method.without_comments();
    let digest = |subset| c14n::digest(subset, &method, algorithm).map_err(|e| document_error("document", e));
    Ok(match part {
        Part::Whole => {
            let digest = digest(Subset::Document(document))?;
            (String::new(), vec![Transform::Enveloped, Transform::Canonicalize], digest.as_ref().to_vec())
        }
        Part::WholeWithoutSignatures => {
            let mut selection = Selection::all(document);
            let signatures = document.descendants().filter(|n| find::is(*n, NS_DSIG, "Signature"));
            signatures.for_each(|n| selection.remove_tree(n));
            let digest = digest(Subset::Selected { document, selection: &selection })?;
            (String::new(), vec![Transform::WithoutSignatures, Transform::Canonicalize], digest.as_ref().to_vec())
        }
        Part::Element(id) => {
            let element = by_id(ids, id)?;
            let digest = digest(Subset::Element(element))?;
            let inside = parent.ancestors().any(|a| a == element);
            let transforms = [Transform::Enveloped, Transform::Canonicalize];
            let transforms = transforms.get(usize::from(!inside)..).unwrap_or_default().to_vec();
            (format!("#{id}"), transforms, digest.as_ref().to_vec())
        }
    })
}

fn enveloping<'w>(data: &[Data<'_>], signing: &Signing, options: &Options) -> Result<Skeleton<'w>, MakeError> {
    let mut references = Vec::new();
    let mut contents = Vec::new();
    for data in data {
        let DataContent::Source(source) = &data.content else {
            return Err(document_error(&data.uri, "the content itself is needed, not its digest"));
        };
        let bytes = source.read(0..source.len(), ENVELOPED_BYTES_MAX).map_err(|e| document_error(&data.uri, e))?;
        references.push(Reference {
            uri: String::new(),
            kind: Some(OBJECT),
            transforms: vec![Transform::Base64],
            digest: signing.digest.digest(&bytes).as_ref().to_vec(),
            mime: Some(mime_of(data)),
        });
        contents.push(bytes);
    }
    some(&references)?;
    let id = wish(signing, options, &references);
    let mut objects = String::new();
    for (number, (reference, content)) in references.iter_mut().zip(contents).enumerate() {
        let object = format!("object-{id}-{number}");
        reference.uri = format!("#{object}");
        objects.push_str(&format!(r#"<ds:Object Encoding="http://www.w3.org/2000/09/xmldsig#base64" Id="{object}">"#));
        STANDARD.encode_string(content, &mut objects);
        objects.push_str("</ds:Object>");
    }
    let end = End { at: DECLARATION.len(), replaces: 0, before: String::new(), after: String::new() };
    let host = Cow::Owned(DECLARATION.as_bytes().to_vec());
    Ok(Skeleton { objects, ..skeleton(host, end, id, references, false) })
}

fn detached<'w>(
    files: &[Data<'_>],
    into: Option<&'w [u8]>,
    asic: bool,
    signing: &Signing,
    options: &Options,
) -> Result<Skeleton<'w>, MakeError> {
    let mut references = Vec::with_capacity(files.len());
    for file in files {
        let digest = digest_of(&file.content, signing.digest, &file.uri)?;
        let mime = Some(mime_of(file));
        references.push(Reference { uri: file.uri.clone(), kind: None, transforms: Vec::new(), digest, mime });
    }
    some(&references)?;
    let Some(bytes) = into else {
        let (head, after) = match asic {
            true => {
                (format!(r#"{DECLARATION}<asic:XAdESSignatures xmlns:asic="{NS_ASIC}">"#), "</asic:XAdESSignatures>")
            }
            false => (DECLARATION.to_owned(), ""),
        };
        let end = End { at: head.len(), replaces: 0, before: String::new(), after: after.into() };
        let id = wish(signing, options, &references);
        return Ok(skeleton(Cow::Owned(head.into_bytes()), end, id, references, false));
    };
    parsed(bytes, |document, ids| {
        let root = document.root_element();
        if find::is(root, NS_DSIG, "Signature") {
            return Err(document_error("document", "its root is a signature, there is no place for another one"));
        }
        let id = new_id(ids, signing, options, &references)?;
        Ok(skeleton(Cow::Borrowed(bytes), end_of(root), id, references, has_signatures(document)))
    })
}

fn counter<'w>(bytes: &'w [u8], signed: &str, signing: &Signing, options: &Options) -> Result<Skeleton<'w>, MakeError> {
    parsed(bytes, |_, ids| {
        let signature = by_id(ids, signed)?;
        let value =
            find::required_child(signature, NS_DSIG, "SignatureValue").map_err(|e| document_error(signed, e))?;
        let value_id = find::ids(value).next();
        let value_id = value_id.ok_or_else(|| document_error(signed, "its SignatureValue has no Id to refer to"))?;
        let digest = c14n::digest(Subset::Element(value), &options.method.without_comments(), signing.digest);
        let reference = Reference {
            uri: format!("#{value_id}"),
            kind: Some(COUNTERSIGNED),
            transforms: vec![Transform::Canonicalize],
            digest: digest.map_err(|e| document_error(signed, e))?.as_ref().to_vec(),
            mime: None,
        };
        let id = new_id(ids, signing, options, std::slice::from_ref(&reference))?;
        let place = crate::xades::place::unsigned(signature)?;
        let (open, close) = place.around("CounterSignature", names::XADES_132);
        let end = End {
            at: place.at,
            replaces: place.replaces,
            before: [place.before.as_str(), &open].concat(),
            after: [close.as_str(), &place.after].concat(),
        };
        Ok(skeleton(Cow::Borrowed(bytes), end, id, vec![reference], true))
    })
}

fn skeleton(
    host: Cow<'_, [u8]>,
    end: End,
    id: String,
    references: Vec<Reference>,
    has_signatures: bool,
) -> Skeleton<'_> {
    let End { at, replaces, before, after } = end;
    Skeleton { host, at, replaces, before, after, id, references, objects: String::new(), has_signatures }
}

fn end_of(element: Node<'_, '_>) -> End {
    let place = crate::xades::place::end_of(element);
    End { at: place.at, replaces: place.replaces, before: place.before, after: place.after }
}

fn some(references: &[Reference]) -> Result<(), MakeError> {
    if references.is_empty() { Err(document_error("signature", "there is nothing to sign")) } else { Ok(()) }
}

fn mime_of(data: &Data<'_>) -> String {
    data.mime.clone().unwrap_or_else(|| "application/octet-stream".into())
}

fn by_id<'a, 'i>(ids: &Ids<'a, 'i>, id: &str) -> Result<Node<'a, 'i>, MakeError> {
    ids.get(id).map_err(|e| document_error("document", e))
}

fn has_signatures(document: &Document<'_>) -> bool {
    document.descendants().any(|n| find::is(n, NS_DSIG, "Signature"))
}

/// The `Id` that was asked for, else one made of what is signed.
fn wish(signing: &Signing, options: &Options, references: &[Reference]) -> String {
    if let Some(id) = &options.id {
        return id.clone();
    }
    let mut hasher = mekong_crypto::Hasher::new(DigestAlgorithm::Sha256);
    hasher.update(signing.certificate.der());
    hasher.update(signing.time.to_string().as_bytes());
    references.iter().for_each(|r| hasher.update(&r.digest));
    let digest = hasher.finish();
    format!("id-{}", hex::encode(digest.as_ref().get(..16).unwrap_or_default()))
}

/// An `Id` that nothing in the document has.
fn new_id(
    ids: &Ids<'_, '_>,
    signing: &Signing,
    options: &Options,
    references: &[Reference],
) -> Result<String, MakeError> {
    let wish = wish(signing, options, references);
    let is_free = |id: &str| {
        ["", "value-", "xades-"]
            .iter()
            .all(|p| matches!(ids.get(&format!("{p}{id}")), Err(find::FindError::MissingId { .. })))
    };
    if is_free(&wish) {
        return Ok(wish);
    }
    if options.id.is_some() {
        return Err(document_error("document", format!("the Id {wish:?} is taken; choose another one")));
    }
    let numbered = (2..1_000).map(|number| format!("{wish}-{number}")).find(|id| is_free(id));
    numbered.ok_or_else(|| document_error("document", "no Id is free"))
}
