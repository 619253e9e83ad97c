//! Evidence for third parties: a record as an ASiC-E container.

use super::body::LoggedBody;
use super::encoding::{MESSAGES, Messages, STAMP, Stamp};
use super::index::{number, place};
use super::source::Source;
use super::{MessageLog, MessageLogError, Part};
use bytes::Bytes;
use mekong_base::Instant;
use mekong_ledger::Record;
use mekong_message::SignatureData;
use mekong_message::asic::{self, Contents};
use mekong_message::timestamp::{self, BatchTimestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;

/// A container and its file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The record.
    pub id: i64,
    /// `<id>-request-<number>.asice`, as the reference names it; safe as a file name.
    pub file_name: String,
    /// When the message was recorded.
    pub recorded_at: Instant,
    /// The container.
    pub bytes: Vec<u8>,
}

/// A message as it was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Its number.
    pub id: i64,
    /// When it was recorded.
    pub at: Instant,
    /// HTTP status, on an answer.
    pub status: Option<u16>,
    /// The message part, byte for byte as signed.
    pub message: Bytes,
    /// Its body.
    pub body: LoggedBody,
    /// The signature over both, byte for byte.
    pub signature: SignatureData,
}

/// Bytes of the message id in a file name, at most.
const NAME_BYTES_MAX: usize = 226;
/// What Java's `URLEncoder` leaves as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'*').remove(b'_');

/// A batch whose tree is calculated again.
pub(super) struct StampedBatch {
    position: u64,
    stamp: Stamp,
    /// The tree over the messages; none if a message was stamped alone.
    tree: Option<timestamp::Batch>,
}

/// Reads a record of messages.
///
/// # Errors
/// [`MessageLogError::Record`].
pub(super) fn read(record: &Record) -> Result<Messages<'_>, MessageLogError> {
    let failed = |what| MessageLogError::Record { position: record.position, what };
    if record.kind != MESSAGES {
        return Err(failed("it is not one of messages".to_owned()));
    }
    Messages::read(&record.payload).map_err(|fault| failed(fault.to_string()))
}

impl MessageLog {
    /// The newest request or response with this message id as an ASiC-E container.
    ///
    /// # Errors
    /// [`MessageLogError::NotFound`]; others as [`MessageLog::export_record`].
    pub async fn export(&self, message_id: &str, part: Part) -> Result<Evidence, MessageLogError> {
        let found = self.find(message_id).await?;
        match found.iter().rev().find(|record| record.part == part) {
            Some(record) => self.export_record(record.id).await,
            None => Err(MessageLogError::NotFound { message_id: message_id.to_owned(), part }),
        }
    }

    /// The record with this number as an ASiC-E container.
    ///
    /// # Errors
    /// [`MessageLogError::NoRecord`]; [`MessageLogError::NotStamped`] before the next batch; [`MessageLogError::Damaged`] if
    /// something is not what was recorded; [`MessageLogError::Ledger`], [`MessageLogError::Store`].
    pub async fn export_record(&self, id: i64) -> Result<Evidence, MessageLogError> {
        let message = id.unsigned_abs();
        let stamp = match self.0.follower.index().stamp_of(message).await? {
            Some(position) => Some(position),
            None => self.0.follower.caught_up().await?.stamp_of(message).await?,
        };
        self.source().evidence(id, stamp).await
    }
}

impl Source<'_> {
    /// A record as a container, with the time-stamp at this position.
    ///
    /// # Errors
    /// As [`MessageLog::export_record`].
    pub(super) async fn evidence(&self, id: i64, stamp: Option<u64>) -> Result<Evidence, MessageLogError> {
        let missing = MessageLogError::NoRecord { id };
        let Some((position, part)) = u64::try_from(id).ok().and_then(place) else { return Err(missing) };
        let Some(record) = self.records.get(position).await? else { return Err(missing) };
        if record.kind != MESSAGES {
            return Err(missing);
        }
        let messages = read(&record)?;
        let Some(message) = messages.part(part) else { return Err(missing) };
        let stamp = match stamp {
            Some(stamp) => self.batch(stamp, number(position, part)).await?,
            None => None,
        };
        let stamp = stamp.ok_or(MessageLogError::NotStamped { id })?;
        let mut logged = self.logged(&record, part, message).await?;
        let body = std::mem::replace(&mut logged.body, LoggedBody::None).whole().await?;
        let file_name = file_name(messages.message_id, part, id);
        let packed = tokio::task::spawn_blocking(move || container(logged, body, &stamp, file_name));
        packed.await.map_err(|_| mekong_store::StoreError::Panicked)?
    }

    /// The time-stamp at a position with the tree of its batch; `None` if the message is not in it.
    ///
    /// # Errors
    /// [`MessageLogError::StampDiffers`], [`MessageLogError::Record`].
    async fn batch(&self, position: u64, message: u64) -> Result<Option<Arc<StampedBatch>>, MessageLogError> {
        // Between the first and the last that are stamped together may be one that could not be read then.
        let of_it = |batch: Arc<StampedBatch>| Some(batch).filter(|batch| batch.place_of(message).is_some());
        let cached = self.stamping.batch();
        if let Some(batch) = cached.filter(|batch| batch.position == position) {
            return Ok(of_it(batch));
        }
        let Some(record) = self.records.get(position).await?.filter(|record| record.kind == STAMP) else {
            return Ok(None);
        };
        let read = Stamp::read(&record.payload);
        let stamp = read.map_err(|fault| MessageLogError::Record { position, what: fault.to_string() })?;
        let again = tokio::task::spawn_blocking(move || StampedBatch::again(position, stamp));
        let batch = Arc::new(again.await.map_err(|_| mekong_store::StoreError::Panicked)??);
        self.stamping.keep_batch(&batch);
        Ok(of_it(batch))
    }
}

impl StampedBatch {
    /// Calculates the tree from the digests, and checks that it leads to what was stamped.
    fn again(position: u64, stamp: Stamp) -> Result<Self, MessageLogError> {
        let Some(result) = &stamp.hash_chain_result else {
            return Ok(Self { position, stamp, tree: None });
        };
        let digests: Vec<&[u8]> = stamp.covered.iter().map(|covered| covered.digest.as_slice()).collect();
        let tree = timestamp::batch(&digests, super::stamping::DIGEST)?;
        if tree.hash_chain_result() != result {
            return Err(MessageLogError::StampDiffers { position });
        }
        Ok(Self { position, stamp, tree: Some(tree) })
    }

    fn place_of(&self, message: u64) -> Option<usize> {
        self.stamp.covered.binary_search_by_key(&message, |covered| covered.id).ok()
    }

    /// The batch time-stamp of a message; `None` if it was stamped alone.
    fn of(&self, message: u64) -> Result<Option<BatchTimestamp>, MessageLogError> {
        let differs = MessageLogError::StampDiffers { position: self.position };
        let Some(at) = self.place_of(message) else { return Err(differs) };
        let Some(tree) = &self.tree else { return Ok(None) };
        tree.stamped(at, &self.stamp.token).map(Some).ok_or(differs)
    }
}

/// Packs a message with the time-stamp beside it, or inside the signature if it was stamped alone.
fn container(
    logged: Logged,
    body: Option<Bytes>,
    stamp: &StampedBatch,
    file_name: String,
) -> Result<Evidence, MessageLogError> {
    let Logged { id, at, message, mut signature, .. } = logged;
    let timestamp = stamp.of(id.unsigned_abs())?;
    if timestamp.is_none() {
        let embedded = timestamp::embed(&signature.signature_xml, &stamp.stamp.token);
        let failed = |source| MessageLogError::Signature { id, source: Box::new(source) };
        signature.signature_xml = embedded.map_err(failed)?;
    }
    let attachments: Vec<&[u8]> = body.iter().map(AsRef::as_ref).collect();
    let bytes = asic::write(&Contents {
        message: &message,
        signature: &signature,
        timestamp: timestamp.as_ref(),
        attachments: &attachments,
        created_at: at,
    })?;
    Ok(Evidence { id, file_name, recorded_at: at, bytes })
}

/// The reference's name: the message id percent-encoded and cut, the part, the number in base 32.
pub(super) fn file_name(message_id: &str, part: Part, id: i64) -> String {
    format!("{}-{}-{}.asice", safe(message_id), part.name(), base_32(id.unsigned_abs()))
}

/// A text as part of a file name: percent-encoded and cut.
pub(super) fn safe(text: &str) -> String {
    let mut name = utf8_percent_encode(text, KEPT).to_string();
    name.truncate(NAME_BYTES_MAX);
    name
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
