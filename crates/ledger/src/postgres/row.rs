//! A row of the table of records as the record that it is.

use crate::LedgerError;
use crate::at_rest::{Cipher, Head, Keys};
use crate::record::{Entry, Record, SALT_LEN};
use bytes::Bytes;
use mekong_base::Instant;
use sqlx::Row;
use sqlx::postgres::PgRow;

/// The rows of one ledger.
pub(super) struct Rows<'a> {
    /// Where they are, for messages.
    pub(super) place: String,
    pub(super) id: &'a [u8; 16],
    pub(super) keys: &'a Keys,
}

impl Rows<'_> {
    /// The cipher of rows under this key; none for rows that are not encrypted.
    pub(super) fn cipher(&self, key: &[u8]) -> Result<Option<Cipher>, LedgerError> {
        let key = key.first_chunk().copied().unwrap_or_default();
        self.keys.cipher(key, &[self.id.as_slice(), b"rows"], || self.place.clone())
    }

    /// Where a row says that it belongs.
    pub(super) fn position(row: &PgRow) -> Result<u64, LedgerError> {
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default())
    }

    pub(super) fn entry(&self, row: &PgRow) -> Result<Entry, LedgerError> {
        let position = Self::position(row)?;
        let kind = u8::try_from(row.try_get::<i16, _>(1)?).unwrap_or_default();
        let at = Instant::from_unix_micros(row.try_get(2)?);
        let (salt, body, key): (&[u8], &[u8], Option<&[u8]>) = (row.try_get(3)?, row.try_get(4)?, row.try_get(5)?);
        let record = |payload| Record { position, kind, at, payload };
        let damaged = |reason: &str| LedgerError::Damaged {
            place: self.place.clone(),
            offset: 0,
            position,
            reason: reason.to_owned(),
        };
        let salt: [u8; SALT_LEN] = salt.try_into().map_err(|_| damaged("its salt has another length than 16 bytes"))?;
        let Some(cipher) = self.cipher(key.unwrap_or_default())? else {
            return Ok(Entry { record: record(Bytes::copy_from_slice(body)), salt });
        };
        let nonce = salt.first_chunk().copied().unwrap_or_default();
        let head = Head { position: 0, at, kind, salt };
        let opened = cipher.open_record(nonce, &head, body);
        let (salt, payload) = opened.ok_or_else(|| damaged("it cannot be decrypted"))?;
        Ok(Entry { record: record(payload.into()), salt })
    }
}
