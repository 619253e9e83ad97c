//! Containers of several messages in one file, as who asks for evidence gets them.

use super::export::safe;
use super::{MessageLog, MessageLogError, Part, Record};
use mekong_crypto::openpgp::{Encryptor, Recipients};
use mekong_signature::zip::{Packing, Writer};
use std::io::Write as _;

/// Containers of one file, at most.
const CONTAINERS_MAX: usize = 1_000;
/// Bytes of bodies in one file, at most: they are put together in memory.
const BODIES_MAX: u64 = 256 << 20;

/// A file of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// `ID-request-7.asice`, `ID.zip`, `ID-response.zip`; with `.gpg` if it is encrypted. Safe as a file name.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl MessageLog {
    /// The one record as a container, encrypted for whom archives are.
    ///
    /// # Errors
    /// As [`MessageLog::bundle`].
    pub async fn document(&self, record: &Record) -> Result<Document, MessageLogError> {
        let _turn = self.evidence_turn().await;
        check(std::slice::from_ref(record))?;
        let evidence = self.export_record(record.id).await?;
        encrypted(self.recipients(), evidence.file_name, "application/vnd.etsi.asic-e+zip", evidence.bytes)
    }

    /// The records as containers in a ZIP file named after `id`, and after `part` if they are of one; encrypted for whom archives
    /// are. Waits for a turn, as whole messages are in memory meanwhile.
    ///
    /// # Errors
    /// [`MessageLogError::TooMuch`]; as [`MessageLog::export_record`].
    pub async fn bundle(&self, id: &str, part: Option<Part>, records: &[Record]) -> Result<Document, MessageLogError> {
        let _turn = self.evidence_turn().await;
        check(records)?;
        let begun = records.first().map_or_else(|| self.0.clock.now(), |record| record.recorded_at);
        let mut zip = Writer::new(Vec::new(), begun);
        for record in records {
            let evidence = self.export_record(record.id).await?;
            zip.add(&evidence.file_name, &evidence.bytes, Packing::Stored).map_err(unwritten)?;
        }
        let part = part.map(|part| format!("-{}", part.name())).unwrap_or_default();
        let name = format!("{}{part}.zip", safe(id));
        encrypted(self.recipients(), name, "application/zip", zip.finish("").map_err(unwritten)?)
    }
}

fn check(records: &[Record]) -> Result<(), MessageLogError> {
    let (count, bytes) = (records.len(), records.iter().map(|record| record.body_size).sum());
    if count > CONTAINERS_MAX || bytes > BODIES_MAX {
        return Err(MessageLogError::TooMuch { count, bytes });
    }
    Ok(())
}

fn unwritten(error: impl std::fmt::Display) -> MessageLogError {
    MessageLogError::Unwritten(error.to_string())
}

/// As archives are: for the same recipients, under a name that says so.
fn encrypted(
    recipients: Option<&Recipients>,
    name: String,
    media_type: &'static str,
    bytes: Vec<u8>,
) -> Result<Document, MessageLogError> {
    let Some(recipients) = recipients else { return Ok(Document { name, media_type, bytes }) };
    let encrypt = || {
        let mut encryptor = Encryptor::new(Vec::with_capacity(bytes.len() + 4096), recipients)?;
        encryptor.write_all(&bytes)?;
        encryptor.finish()
    };
    let bytes = encrypt().map_err(unwritten)?;
    Ok(Document { name: name + ".gpg", media_type: "application/octet-stream", bytes })
}
