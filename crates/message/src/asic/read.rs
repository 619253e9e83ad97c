//! Reading containers.

use super::{AsicError, MEDIA_TYPE};
use crate::timestamp::BatchTimestamp;
use crate::{SignatureData, names};
use mekong_base::limits::ContainerLimits;
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_signature::zip::{self, Entry, Rules, ZipError, unpack};
use std::collections::BTreeMap;

/// The digest of attachments that is taken while they are first unpacked.
const USUAL: DigestAlgorithm = DigestAlgorithm::Sha512;
/// Files other than attachments are kept in memory; this is the largest of them, in bytes.
const DOCUMENT_BYTES_MAX: u64 = 64 << 20;

/// A container whose structure is sound. What its files say is not judged yet.
#[derive(Debug, Clone)]
pub struct Container {
    packed: Vec<u8>,
    /// The files that mean something, unpacked.
    documents: BTreeMap<String, Vec<u8>>,
    attachments: BTreeMap<usize, (Entry, Vec<u8>)>,
    /// The names of all other files.
    ignored: Vec<String>,
    mimetype_is_first: bool,
    unpacked_bytes: u64,
}

impl Container {
    /// Reads a container and unpacks all of it once, attachments only to digest them.
    ///
    /// # Errors
    /// [`AsicError`]; for a missing `mimetype`, message or signature with the reference's code, in this order.
    pub fn read(packed: impl Into<Vec<u8>>, limits: &ContainerLimits) -> Result<Self, AsicError> {
        let packed = packed.into();
        let directory = zip::directory(&packed, &Rules::narrow(*limits))?;
        let mimetype_is_first = directory.first().is_some_and(|e| e.name == file(names::MIMETYPE));
        let unpacked_bytes = directory.entries.iter().map(|e| e.size).sum();
        let (mut documents, mut attachments, mut ignored) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for entry in directory.entries {
            if let Some(number) = names::attachment_number(&format!("/{}", entry.name)) {
                let mut hasher = Hasher::new(USUAL);
                unpack(&packed, &entry, &mut |piece| hasher.update(piece))?;
                attachments.insert(number, (entry, hasher.finish().as_ref().to_vec()));
                continue;
            }
            if !names::DOCUMENTS.iter().any(|name| file(name) == entry.name) {
                unpack(&packed, &entry, &mut |_| ())?;
                ignored.push(entry.name);
                continue;
            }
            if entry.size > DOCUMENT_BYTES_MAX {
                let what = format!("{} is larger than {DOCUMENT_BYTES_MAX} bytes", entry.name);
                return Err(ZipError::Limit { what }.into());
            }
            let mut content = Vec::new();
            unpack(&packed, &entry, &mut |piece| content.extend_from_slice(piece))?;
            documents.insert(entry.name, content);
        }
        let container = Self { packed, documents, attachments, ignored, mimetype_is_first, unpacked_bytes };
        container.check()?;
        Ok(container)
    }

    fn check(&self) -> Result<(), AsicError> {
        let require = |name: &'static str, code| match self.document(name) {
            Some(bytes) if !bytes.trim_ascii().is_empty() => Ok(bytes),
            _ => Err(AsicError::Missing { name: file(name), code }),
        };
        let mimetype = require(names::MIMETYPE, "asic_mime_type_not_found")?;
        if !mimetype.eq_ignore_ascii_case(MEDIA_TYPE.as_bytes()) {
            let found = String::from_utf8_lossy(mimetype).chars().take(100).collect();
            return Err(AsicError::MediaType { found });
        }
        require(names::MESSAGE, "asic_message_not_found")?;
        require(names::SIGNATURE, "asic_signature_not_found")?;
        for (result, chain) in
            [(names::SIG_HASH_CHAIN_RESULT, names::SIG_HASH_CHAIN), (names::TS_HASH_CHAIN_RESULT, names::TS_HASH_CHAIN)]
        {
            if self.document(result).is_some() || self.document(chain).is_some() {
                require(result, "asic_hash_chain_result_not_found")?;
                require(chain, "asic_hash_chain_not_found")?;
            }
        }
        for (name, code) in [
            (names::TIMESTAMP, "asic_timestamp_not_found"),
            (names::MANIFEST, "asic_manifest_not_found"),
            (names::ASIC_MANIFEST, "asic_manifest_not_found"),
        ] {
            if self.document(name).is_some() {
                require(name, code)?;
            }
        }
        Ok(())
    }

    /// A file other than an attachment, by its name in references: `/message.xml`.
    pub fn document(&self, uri: &str) -> Option<&[u8]> {
        self.documents.get(uri.strip_prefix('/').unwrap_or(uri)).map(Vec::as_slice)
    }

    /// The message.
    pub fn message(&self) -> &[u8] {
        self.document(names::MESSAGE).unwrap_or_default()
    }

    /// The signature with its hash chain.
    ///
    /// # Errors
    /// [`AsicError::NotText`].
    pub fn signature(&self) -> Result<SignatureData, AsicError> {
        Ok(SignatureData {
            signature_xml: self.text(names::SIGNATURE)?.unwrap_or_default(),
            hash_chain_result: self.text(names::SIG_HASH_CHAIN_RESULT)?,
            hash_chain: self.text(names::SIG_HASH_CHAIN)?,
        })
    }

    /// The batch time-stamp, if there is one; the time-stamp of a single signature is inside the signature.
    ///
    /// # Errors
    /// [`AsicError::NotText`], or [`AsicError::Missing`] if there is a hash chain without its token.
    pub fn timestamp(&self) -> Result<Option<BatchTimestamp>, AsicError> {
        let (Some(hash_chain_result), Some(hash_chain)) =
            (self.text(names::TS_HASH_CHAIN_RESULT)?, self.text(names::TS_HASH_CHAIN)?)
        else {
            return Ok(None);
        };
        let missing = AsicError::Missing { name: file(names::TIMESTAMP), code: "asic_timestamp_not_found" };
        let token = self.document(names::TIMESTAMP).ok_or(missing)?.to_vec();
        Ok(Some(BatchTimestamp { token, hash_chain_result, hash_chain }))
    }

    /// The numbers of the attachments that are there, ascending.
    pub fn attachments(&self) -> impl Iterator<Item = usize> + '_ {
        self.attachments.keys().copied()
    }

    /// The digest of an attachment; by SHA-512 at no cost, otherwise it is unpacked again.
    pub fn attachment_digest(&self, number: usize, algorithm: DigestAlgorithm) -> Option<Vec<u8>> {
        let (entry, usual) = self.attachments.get(&number)?;
        if algorithm == USUAL {
            return Some(usual.clone());
        }
        let mut hasher = Hasher::new(algorithm);
        unpack(&self.packed, entry, &mut |piece| hasher.update(piece)).ok()?;
        Some(hasher.finish().as_ref().to_vec())
    }

    /// The content of an attachment.
    pub fn attachment(&self, number: usize) -> Option<Vec<u8>> {
        let (entry, _) = self.attachments.get(&number)?;
        let mut content = Vec::new();
        unpack(&self.packed, entry, &mut |piece| content.extend_from_slice(piece)).ok()?;
        Some(content)
    }

    /// The names of files that mean nothing in a container of a signed message; no signature covers them.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Bytes of all files, unpacked.
    pub const fn unpacked_bytes(&self) -> u64 {
        self.unpacked_bytes
    }

    /// Whether `mimetype` is the first entry, as strict ASiC readers demand.
    pub const fn mimetype_is_first(&self) -> bool {
        self.mimetype_is_first
    }

    fn text(&self, uri: &'static str) -> Result<Option<String>, AsicError> {
        let text = self.document(uri).map(|bytes| std::str::from_utf8(bytes).map(str::to_owned)).transpose();
        text.map_err(|_| AsicError::NotText { name: file(uri).to_owned() })
    }
}

/// The entry name of a file that references name with a leading slash.
fn file(uri: &'static str) -> &'static str {
    uri.strip_prefix('/').unwrap_or(uri)
}
