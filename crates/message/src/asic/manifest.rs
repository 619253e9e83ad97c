//! The two lists of files in `META-INF`.

use crate::timestamp::BatchTimestamp;
use crate::{DSIG, names};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mekong_crypto::DigestAlgorithm;
use std::fmt::Write as _;

/// `META-INF/manifest.xml` (OpenDocument 1.2 part 3): every file outside `META-INF`.
pub(super) fn open_document(files: &[&str], attachments: usize) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\" manifest:version=\"1.2\">\n",
    );
    let mut entry = |media_type: &str, path: &str| {
        let _ = writeln!(
            out,
            "  <manifest:file-entry manifest:media-type=\"{media_type}\" manifest:full-path=\"{path}\"/>"
        );
    };
    entry(super::MEDIA_TYPE, "/");
    files.iter().for_each(|file| entry("text/xml", file));
    (1..=attachments).for_each(|n| entry("application/octet-stream", names::attachment(n).trim_start_matches('/')));
    out.push_str("</manifest:manifest>\n");
    out
}

/// `META-INF/ASiCManifest.xml` (ETSI TS 102 918 §A.4): the token and the hash chain result that it stamps.
pub(super) fn asic(timestamp: &BatchTimestamp) -> String {
    let algorithm = DigestAlgorithm::Sha512;
    let digest = algorithm.digest(timestamp.hash_chain_result.as_bytes());
    let (token, result) =
        (names::TIMESTAMP.trim_start_matches('/'), names::TS_HASH_CHAIN_RESULT.trim_start_matches('/'));
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = write!(
        out,
        "<asic:ASiCManifest xmlns:asic=\"http://uri.etsi.org/2918/v1.2.1#\" xmlns:ds=\"{DSIG}\">\n\
         <asic:SigReference URI=\"{token}\" MimeType=\"vnd.etsi.timestamp-token\"/>\n\
         <asic:DataObjectReference URI=\"{result}\" MimeType=\"text/xml\">\n\
         <ds:DigestMethod Algorithm=\"{}\"/>\n<ds:DigestValue>{}</ds:DigestValue>\n\
         </asic:DataObjectReference>\n</asic:ASiCManifest>\n",
        algorithm.uri(),
        BASE64.encode(digest)
    );
    out
}
