//! Evidence for third parties: a record as an ASiC-E container.

use super::{MessageLog, MessageLogError, Part};
use mekong_base::Instant;
use mekong_message::asic::{self, Contents};
use mekong_message::timestamp::{self, BatchTimestamp};
use mekong_message::{SignatureData, VerifyError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// A container and its file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The record.
    pub id: i64,
    /// `<id>-request-<number>.asice`, as the reference names it; safe as a file name.
    pub file_name: String,
    /// The container.
    pub bytes: Vec<u8>,
}

/// Bytes of the message id in a file name, at most.
const NAME_BYTES_MAX: usize = 226;
/// What Java's `URLEncoder` leaves as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'*').remove(b'_');

const SELECT: &str = "SELECT m.id, m.message_id, m.part, m.recorded_at, m.message, m.body, m.body_file, m.body_digest, \
    m.signature, m.hash_chain_result, m.hash_chain, t.token, t.hash_chain_result, s.hash_chain \
    FROM message m LEFT JOIN stamp s ON s.message = m.id LEFT JOIN timestamp t ON t.id = s.timestamp WHERE m.id = $1";

impl MessageLog {
    /// The newest request or response with this message id as an ASiC-E container.
    ///
    /// # Errors
    /// [`MessageLogError::NotFound`]; others as [`MessageLog::export_record`].
    pub async fn export(&self, message_id: &str, part: Part) -> Result<Evidence, MessageLogError> {
        let id: Option<i64> =
            sqlx::query_scalar("SELECT id FROM message WHERE message_id = $1 AND part = $2 ORDER BY id DESC LIMIT 1")
                .bind(message_id.to_owned())
                .bind(part.number())
                .fetch_optional(self.0.database.reader())
                .await?;
        match id {
            Some(id) => self.export_record(id).await,
            None => Err(MessageLogError::NotFound { message_id: message_id.to_owned(), part }),
        }
    }

    /// The record with this number as an ASiC-E container.
    ///
    /// # Errors
    /// [`MessageLogError::NotStamped`] before the next batch; [`MessageLogError::BodyDamaged`] if the body is not what
    /// was recorded; [`MessageLogError::Store`], also for a number that is not there.
    pub async fn export_record(&self, id: i64) -> Result<Evidence, MessageLogError> {
        let row = sqlx::query(SELECT).bind(id).fetch_one(self.0.database.reader()).await?;
        let log = self.clone();
        let exported = tokio::task::spawn_blocking(move || log.container(&row)).await;
        exported.map_err(|_| mekong_store::StoreError::Panicked)?
    }

    fn container(&self, row: &SqliteRow) -> Result<Evidence, MessageLogError> {
        let id: i64 = row.try_get(0)?;
        let token: Option<Vec<u8>> = row.try_get(11)?;
        let token = token.ok_or(MessageLogError::NotStamped { id })?;
        let (signature, timestamp) = stamped(row, token).map_err(|source| source.of_record(id))?;
        let message: Vec<u8> = row.try_get(4)?;
        let body = self.body(id, row)?;
        let attachments: Vec<&[u8]> = body.as_deref().into_iter().collect();
        let bytes = asic::write(&Contents {
            message: &message,
            signature: &signature,
            timestamp: timestamp.as_ref(),
            attachments: &attachments,
            created_at: Instant::from_unix_micros(row.try_get(3)?),
        })?;
        let file_name = file_name(row.try_get(1)?, Part::from_number(row.try_get(2)?), id);
        Ok(Evidence { id, file_name, bytes })
    }

    fn body(&self, id: i64, row: &SqliteRow) -> Result<Option<Vec<u8>>, MessageLogError> {
        let (name, digest): (Option<String>, Option<Vec<u8>>) = (row.try_get(6)?, row.try_get(7)?);
        match (name, digest) {
            (Some(name), Some(digest)) => self.0.bodies.read(id, &name, &digest).map(Some),
            _ => Ok(row.try_get(5)?),
        }
    }
}

/// Why the signature and its time-stamp could not be put together.
enum Broken {
    Row(sqlx::Error),
    Signature(Box<VerifyError>),
}

impl Broken {
    fn of_record(self, id: i64) -> MessageLogError {
        match self {
            Self::Row(error) => error.into(),
            Self::Signature(source) => MessageLogError::Signature { id, source },
        }
    }
}

impl From<sqlx::Error> for Broken {
    fn from(error: sqlx::Error) -> Self {
        Self::Row(error)
    }
}

/// The signature, with the token inside if it was stamped alone, or the batch time-stamp beside it.
fn stamped(row: &SqliteRow, token: Vec<u8>) -> Result<(SignatureData, Option<BatchTimestamp>), Broken> {
    let mut signature = SignatureData {
        signature_xml: row.try_get(8)?,
        hash_chain_result: row.try_get(9)?,
        hash_chain: row.try_get(10)?,
    };
    let batch: (Option<String>, Option<String>) = (row.try_get(12)?, row.try_get(13)?);
    if let (Some(hash_chain_result), Some(hash_chain)) = batch {
        return Ok((signature, Some(BatchTimestamp { token, hash_chain_result, hash_chain })));
    }
    signature.signature_xml =
        timestamp::embed(&signature.signature_xml, &token).map_err(|e| Broken::Signature(Box::new(e)))?;
    Ok((signature, None))
}

/// The reference's name: the message id percent-encoded and cut, the part, the number in base 32.
fn file_name(message_id: &str, part: Part, id: i64) -> String {
    let mut name = utf8_percent_encode(message_id, KEPT).to_string();
    name.truncate(NAME_BYTES_MAX);
    format!("{name}-{}-{}.asice", part.name(), base_32(id.unsigned_abs()))
}

fn base_32(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.extend(u32::try_from(number % 32).ok().and_then(|digit| char::from_digit(digit, 32)));
        number /= 32;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_those_of_the_reference_and_cannot_leave_the_folder() {
        assert_eq!(file_name("LA-5f1c", Part::Response, 1000), "LA-5f1c-response-v8.asice");
        assert_eq!(file_name("../../etc/passwd", Part::Request, 0), "..%2F..%2Fetc%2Fpasswd-request-0.asice");
        assert!(file_name(&"ຄ".repeat(500), Part::Request, i64::MAX).len() < 255);
    }
}
