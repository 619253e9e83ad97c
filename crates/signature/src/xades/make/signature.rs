//! The signature element, written.

use super::Options;
use super::properties::{self, reference_id};
use super::skeleton::{Reference, Skeleton, Transform};
use crate::making::{MakeError, Signing};
use crate::xades::LIMITS;
use crate::xades::names::{SIGNED_PROPERTIES, XADES_132};
use crate::xades::original::{Original, document_error};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mekong_crypto::DigestAlgorithm;
use mekong_xml::NS_DSIG;
use mekong_xml::c14n::{self, Method, Subset};
use mekong_xml::dsig::{ENVELOPED, Ids};
use mekong_xml::find;
use mekong_xml::write::Writer;

const NS_EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const NS_FILTER2: &str = "http://www.w3.org/2002/06/xmldsig-filter2";
const BASE64: &str = "http://www.w3.org/2000/09/xmldsig#base64";
/// The namespaces of everything that is written here.
const NAMESPACES: [(&str, &str); 2] = [("xmlns:ds", NS_DSIG), ("xmlns:xades", XADES_132)];

/// A signature without its value.
pub(super) struct Written {
    pub(super) text: String,
    /// Where in the text the value goes.
    pub(super) value_at: usize,
    pub(super) to_be_signed: Vec<u8>,
}

pub(super) fn write(
    skeleton: &Skeleton<'_>,
    original: &Original<'_>,
    signing: &Signing,
    options: &Options,
) -> Result<Written, MakeError> {
    let writing = Writing { skeleton, original, signing, method: &options.method };
    let properties = properties::signed(signing, &skeleton.id, &skeleton.references, &[]);
    let digest = writing.properties_digest(&properties)?;
    let signed_info = writing.signed_info(&digest, &[]);
    let to_be_signed = writing.canonical_signed_info(&digest, &signed_info, &properties)?;
    let (text, value_at) = writing.signature(&signed_info, &properties);
    Ok(Written { text, value_at, to_be_signed })
}

struct Writing<'w> {
    skeleton: &'w Skeleton<'w>,
    original: &'w Original<'w>,
    signing: &'w Signing,
    method: &'w Method,
}

impl Writing<'_> {
    /// The digest of the signed properties as they will stand in the document.
    fn properties_digest(&self, properties: &str) -> Result<Vec<u8>, MakeError> {
        let skeleton = self.skeleton;
        let canonical = if self.is_exclusive() {
            // Exclusive canonicalisation does not see what is around.
            let alone = properties::signed(self.signing, &skeleton.id, &skeleton.references, &NAMESPACES);
            alone_canonical(&alone, self.method)?
        } else {
            self.canonical_in_place(&self.signature("", properties).0, &format!("xades-{}", skeleton.id))?
        };
        Ok(self.signing.digest.digest(&canonical).as_ref().to_vec())
    }

    fn canonical_signed_info(&self, digest: &[u8], signed_info: &str, properties: &str) -> Result<Vec<u8>, MakeError> {
        if self.is_exclusive() {
            return alone_canonical(&self.signed_info(digest, &NAMESPACES), self.method);
        }
        let text = self.signature(signed_info, properties).0;
        self.in_place(&text, |ids| {
            let signature = ids.get(&self.skeleton.id).map_err(|e| document_error("signature", e))?;
            let node = find::required_child(signature, NS_DSIG, "SignedInfo");
            let node = node.map_err(|e| document_error("signature", e))?;
            c14n::canonicalize(Subset::Element(node), self.method).map_err(|e| document_error("signature", e))
        })
    }

    fn canonical_in_place(&self, signature: &str, id: &str) -> Result<Vec<u8>, MakeError> {
        self.in_place(signature, |ids| {
            let node = ids.get(id).map_err(|e| document_error("signature", e))?;
            c14n::canonicalize(Subset::Element(node), self.method).map_err(|e| document_error("signature", e))
        })
    }

    /// Parses the document with the signature in it.
    fn in_place<T>(
        &self,
        signature: &str,
        take: impl FnOnce(&Ids<'_, '_>) -> Result<T, MakeError>,
    ) -> Result<T, MakeError> {
        let bytes = self.original.with(vec![self.skeleton.insertion(signature)]);
        let text = mekong_xml::decode(&bytes, &LIMITS).map_err(|e| document_error("document", e))?;
        let document = mekong_xml::parse(&text, &LIMITS).map_err(|e| document_error("document", e))?;
        take(&Ids::of(&document))
    }

    fn is_exclusive(&self) -> bool {
        self.method.prefixes().is_some_and(<[String]>::is_empty)
    }

    fn signed_info(&self, properties_digest: &[u8], attributes: &[(&str, &str)]) -> String {
        let skeleton = self.skeleton;
        let mut writer = Writer::new();
        writer.open("ds:SignedInfo", attributes);
        method(&mut writer, "ds:CanonicalizationMethod", self.method);
        writer.empty("ds:SignatureMethod", &[("Algorithm", self.signing.algorithm.uri())]);
        for (number, reference) in skeleton.references.iter().enumerate() {
            self.reference(&mut writer, &reference_id(&skeleton.id, number), reference);
        }
        let uri = format!("#xades-{}", skeleton.id);
        writer.open("ds:Reference", &[("Type", SIGNED_PROPERTIES), ("URI", &uri)]).open("ds:Transforms", &[]);
        method(&mut writer, "ds:Transform", self.method);
        writer.close();
        digest(&mut writer, self.signing.digest, properties_digest);
        writer.finish()
    }

    fn reference(&self, writer: &mut Writer, id: &str, reference: &Reference) {
        let mut attributes = vec![("Id", id)];
        attributes.extend(reference.kind.map(|kind| ("Type", kind)));
        attributes.push(("URI", &reference.uri));
        writer.open("ds:Reference", &attributes);
        if !reference.transforms.is_empty() {
            writer.open("ds:Transforms", &[]);
            reference.transforms.iter().for_each(|t| self.transform(writer, *t));
            writer.close();
        }
        digest(writer, self.signing.digest, &reference.digest);
        writer.close();
    }

    fn transform(&self, writer: &mut Writer, transform: Transform) {
        match transform {
            Transform::Enveloped => {
                writer.empty("ds:Transform", &[("Algorithm", ENVELOPED)]);
            }
            Transform::Base64 => {
                writer.empty("ds:Transform", &[("Algorithm", BASE64)]);
            }
            Transform::Canonicalize => method(writer, "ds:Transform", self.method),
            Transform::WithoutSignatures => {
                let attributes = [("xmlns:filter", NS_FILTER2), ("Filter", "subtract")];
                writer.open("ds:Transform", &[("Algorithm", NS_FILTER2)]);
                writer.leaf("filter:XPath", &attributes, "/descendant::ds:Signature").close();
            }
        }
    }

    /// The whole signature, and where its value goes.
    fn signature(&self, signed_info: &str, properties: &str) -> (String, usize) {
        let skeleton = self.skeleton;
        let id = skeleton.id.as_str();
        let mut head = Writer::new();
        head.open("ds:Signature", &[("xmlns:ds", NS_DSIG), ("Id", id)]).raw(signed_info);
        head.leaf("ds:SignatureValue", &[("Id", &format!("value-{id}"))], "");
        let mut text = head.finish();
        let end = "</ds:Signature>";
        text.truncate(text.len() - end.len());
        let value_at = text.len() - "</ds:SignatureValue>".len();
        let mut tail = Writer::new();
        key_info(&mut tail, self.signing);
        tail.raw(&skeleton.objects).open("ds:Object", &[]);
        let target = format!("#{id}");
        tail.open("xades:QualifyingProperties", &[("xmlns:xades", XADES_132), ("Target", &target)]).raw(properties);
        text.push_str(&tail.finish());
        text.push_str(end);
        (text, value_at)
    }
}

fn alone_canonical(element: &str, method: &Method) -> Result<Vec<u8>, MakeError> {
    let document = mekong_xml::parse(element, &LIMITS).map_err(|e| document_error("signature", e))?;
    c14n::canonicalize(Subset::Element(document.root_element()), method).map_err(|e| document_error("signature", e))
}

fn key_info(writer: &mut Writer, signing: &Signing) {
    writer.open("ds:KeyInfo", &[]).open("ds:X509Data", &[]);
    for certificate in std::iter::once(&signing.certificate).chain(&signing.chain) {
        writer.leaf("ds:X509Certificate", &[], &STANDARD.encode(certificate.der()));
    }
    writer.close().close();
}

fn digest(writer: &mut Writer, algorithm: DigestAlgorithm, value: &[u8]) {
    writer.empty("ds:DigestMethod", &[("Algorithm", algorithm.uri())]);
    writer.leaf("ds:DigestValue", &[], &STANDARD.encode(value));
}

fn method(writer: &mut Writer, name: &str, method: &Method) {
    let algorithm = [("Algorithm", method.uri())];
    match method.prefixes() {
        Some(prefixes) if !prefixes.is_empty() => {
            let list = [("xmlns:ec", NS_EXCLUSIVE), ("PrefixList", &prefixes.join(" "))];
            writer.open(name, &algorithm).empty("ec:InclusiveNamespaces", &list).close();
        }
        _ => {
            writer.empty(name, &algorithm);
        }
    }
}
