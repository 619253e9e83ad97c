//! The manifests of ASiC (EN 319 162-1 §A.4) and OpenDocument: read and written.

use crate::uri;
use mekong_base::limits::XmlLimits;
use mekong_crypto::DigestAlgorithm;
use mekong_xml::write::escape_attribute;
use mekong_xml::{NS_DSIG, find};
use std::fmt::Write as _;

const NS: &str = "http://uri.etsi.org/02918/v1.2.1#";
const NS_OPEN_DOCUMENT: &str = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0";
const LIMITS: XmlLimits = XmlLimits { bytes: 16 << 20, nodes: 1_000_000, depth: 64 };
/// Bytes of a manifest that are read.
pub(super) const BYTES_MAX: usize = LIMITS.bytes;

/// A manifest: the file that signs or stamps it, and the files that it lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    /// The signature, time-stamp or evidence record, as a URI.
    pub(super) signer: String,
    pub(super) entries: Vec<Entry>,
}

/// A file in a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) uri: String,
    /// The algorithm; `Err` holds its name if it is not supported.
    pub(super) algorithm: Result<DigestAlgorithm, String>,
    pub(super) digest: Vec<u8>,
    pub(super) media_type: Option<String>,
    pub(super) is_root: bool,
}

/// Reads a manifest of ASiC.
pub(super) fn read(xml: &[u8]) -> Result<Manifest, String> {
    let text = mekong_xml::decode(xml, &LIMITS).map_err(|e| e.to_string())?;
    let document = mekong_xml::parse(&text, &LIMITS).map_err(|e| e.to_string())?;
    let root = document.root_element();
    if !find::is(root, NS, "ASiCManifest") {
        return Err(format!("the root element is {}, not ASiCManifest", root.tag_name().name()));
    }
    let signer = find::required_child(root, NS, "SigReference").map_err(|e| e.to_string())?;
    let signer = find::required_attribute(signer, "URI").map_err(|e| e.to_string())?.to_owned();
    let mut entries = Vec::new();
    for node in find::children(root, NS, "DataObjectReference") {
        let read = || -> Result<Entry, find::FindError> {
            let method = find::required_child(node, NS_DSIG, "DigestMethod")?;
            let algorithm = find::required_attribute(method, "Algorithm")?;
            Ok(Entry {
                uri: find::required_attribute(node, "URI")?.to_owned(),
                algorithm: DigestAlgorithm::from_uri(algorithm).map_err(|_| algorithm.chars().take(200).collect()),
                digest: find::base64(find::required_child(node, NS_DSIG, "DigestValue")?)?,
                media_type: node.attribute("MimeType").map(str::to_owned),
                is_root: matches!(node.attribute("Rootfile"), Some("true" | "1")),
            })
        };
        entries.push(read().map_err(|e| e.to_string())?);
    }
    if entries.is_empty() {
        return Err("it lists no file".into());
    }
    Ok(Manifest { signer, entries })
}

/// Writes a manifest of ASiC; names are paths in the container.
pub(super) fn write(signer: &str, media_type: &str, entries: &[(String, DigestAlgorithm, Vec<u8>, bool)]) -> Vec<u8> {
    use base64::Engine as _;
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n");
    let _ = write!(out, "<asic:ASiCManifest xmlns:asic=\"{NS}\" xmlns:ds=\"{NS_DSIG}\">");
    let _ = write!(out, "<asic:SigReference MimeType=\"{media_type}\" URI=\"{}\"/>", uri::encoded(signer));
    for (name, algorithm, digest, is_root) in entries {
        let root = if *is_root { " Rootfile=\"true\"" } else { "" };
        let _ = write!(
            out,
            "<asic:DataObjectReference MimeType=\"{}\"{root} URI=\"{}\"><ds:DigestMethod Algorithm=\"{}\"/>\
             <ds:DigestValue>{}</ds:DigestValue></asic:DataObjectReference>",
            media_type_of(name),
            uri::encoded(name),
            algorithm.uri(),
            base64::engine::general_purpose::STANDARD.encode(digest)
        );
    }
    out.push_str("</asic:ASiCManifest>\n");
    out.into_bytes()
}

/// The files that a manifest of OpenDocument lists, without the container itself and folders.
pub(super) fn read_open_document(xml: &[u8]) -> Result<Vec<String>, String> {
    let text = mekong_xml::decode(xml, &LIMITS).map_err(|e| e.to_string())?;
    let document = mekong_xml::parse(&text, &LIMITS).map_err(|e| e.to_string())?;
    let entries = find::children(document.root_element(), NS_OPEN_DOCUMENT, "file-entry");
    let paths = entries.filter_map(|e| e.attribute((NS_OPEN_DOCUMENT, "full-path")));
    Ok(paths.filter(|p| !p.ends_with('/')).map(str::to_owned).collect())
}

/// Writes the manifest of OpenDocument, which ASiC-E with XAdES carries for its media types.
pub(super) fn write_open_document(container: &str, names: &[(&str, &str)]) -> Vec<u8> {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n");
    let _ = write!(out, "<manifest:manifest xmlns:manifest=\"{NS_OPEN_DOCUMENT}\" manifest:version=\"1.2\">");
    let mut entry = |media_type: &str, path: &str| {
        out.push_str("<manifest:file-entry manifest:full-path=\"");
        escape_attribute(&mut out, path);
        out.push_str("\" manifest:media-type=\"");
        escape_attribute(&mut out, media_type);
        out.push_str("\"/>");
    };
    entry(container, "/");
    names.iter().for_each(|(name, media_type)| entry(media_type, name));
    out.push_str("</manifest:manifest>\n");
    out.into_bytes()
}

/// The media type of files that ASiC itself puts into a container; anything else is octets.
fn media_type_of(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("p7s") => "application/pkcs7-signature",
        Some("tst") => "application/vnd.etsi.timestamp-token",
        Some("xml") => "text/xml",
        Some("pdf") => "application/pdf",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let entries = [
            ("ສັນຍາ 1.pdf".to_owned(), DigestAlgorithm::Sha256, vec![7; 32], false),
            ("META-INF/ASiCArchiveManifest.xml".to_owned(), DigestAlgorithm::Sha512, vec![9; 64], true),
        ];
        let manifest = read(&write("META-INF/timestamp001.tst", "application/vnd.etsi.timestamp-token", &entries));
        let manifest = manifest.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(manifest.signer, "META-INF/timestamp001.tst");
        let found: Vec<_> = manifest.entries.iter().map(|e| (uri::decoded(&e.uri), e.is_root)).collect();
        assert_eq!(found, [(entries[0].0.clone(), false), (entries[1].0.clone(), true)]);
        assert_eq!(manifest.entries[1].algorithm, Ok(DigestAlgorithm::Sha512));
        let xml = write_open_document("application/vnd.etsi.asic-e+zip", &[("a&\"b.txt", "text/plain")]);
        assert_eq!(read_open_document(&xml), Ok(vec!["a&\"b.txt".to_owned()]));
        assert!(read(b"<a/>").is_err() && read(b"<").is_err());
    }
}
