//! Writing containers.

use super::manifest;
use crate::timestamp::BatchTimestamp;
use crate::{SignatureData, names};
use mekong_base::Instant;
use mekong_signature::zip::{Packing, Writer, ZipError};

/// What goes into a container.
#[derive(Debug, Clone)]
pub struct Contents<'a> {
    /// The message: SOAP envelope, or the head of a REST message.
    pub message: &'a [u8],
    /// The signature; with a token inside if it was stamped alone.
    pub signature: &'a SignatureData,
    /// The batch time-stamp, if it was stamped with others.
    pub timestamp: Option<&'a BatchTimestamp>,
    /// The attachments in order; the body of a REST message is the only one.
    pub attachments: &'a [&'a [u8]],
    /// The time that the entries show.
    pub created_at: Instant,
}

/// Writes a container: the same contents at the same time give the same bytes.
///
/// # Errors
/// [`ZipError::Limit`] if a file or the container reaches 4 GiB, the end of ZIP without extensions.
pub fn write(contents: &Contents<'_>) -> Result<Vec<u8>, super::AsicError> {
    let mut files: Vec<(String, &[u8])> = Vec::with_capacity(10);
    let mut add = |name: &str, bytes| files.push((name.trim_start_matches('/').to_owned(), bytes));
    let signature = contents.signature;
    add(names::MIMETYPE, super::MEDIA_TYPE.as_bytes());
    add(names::MESSAGE, contents.message);
    add(names::SIGNATURE, signature.signature_xml.as_bytes());
    let chains = [
        (names::SIG_HASH_CHAIN_RESULT, signature.hash_chain_result.as_ref()),
        (names::SIG_HASH_CHAIN, signature.hash_chain.as_ref()),
        (names::TS_HASH_CHAIN_RESULT, contents.timestamp.map(|t| &t.hash_chain_result)),
        (names::TS_HASH_CHAIN, contents.timestamp.map(|t| &t.hash_chain)),
    ];
    chains
        .iter()
        .filter_map(|(name, text)| Some((*name, text.as_ref()?)))
        .for_each(|(name, text)| add(name, text.as_bytes()));
    let listed = chains.iter().filter(|(_, text)| text.is_some()).map(|(name, _)| name.trim_start_matches('/'));
    let listed: Vec<&str> = std::iter::once(names::MESSAGE.trim_start_matches('/')).chain(listed).collect();
    let open_document = manifest::open_document(&listed, contents.attachments.len());
    add(names::MANIFEST, open_document.as_bytes());
    let asic = contents.timestamp.map(manifest::asic);
    if let (Some(asic), Some(timestamp)) = (&asic, contents.timestamp) {
        add(names::ASIC_MANIFEST, asic.as_bytes());
        add(names::TIMESTAMP, &timestamp.token);
    }
    contents.attachments.iter().enumerate().for_each(|(i, bytes)| add(&names::attachment(i + 1), bytes));
    pack(&files, contents.created_at, &format!("mimetype={}", super::MEDIA_TYPE))
}

/// Packs files into a ZIP file with a comment; `mimetype` is stored, all else deflated.
fn pack(files: &[(String, &[u8])], at: Instant, comment: &str) -> Result<Vec<u8>, super::AsicError> {
    let mut writer = Writer::new(Vec::with_capacity(files.iter().map(|(_, b)| b.len() / 2 + 128).sum()), at);
    for (name, bytes) in files {
        let is_stored = name == names::MIMETYPE.trim_start_matches('/');
        writer.add(name, bytes, if is_stored { Packing::Stored } else { Packing::Deflated })?;
    }
    let zip = writer.finish(comment)?;
    if zip.len() as u64 >= u64::from(u32::MAX) || files.len() >= usize::from(u16::MAX) {
        let what = "a ZIP file without extensions ends at 4 GiB and 65,535 entries".into();
        return Err(ZipError::Limit { what }.into());
    }
    Ok(zip)
}
