//! An event as a topic's ledger holds it: what is asked for often stands before the JSON, so that it need not be read.

use super::cloudevent::CloudEvent;
use bytes::Bytes;

/// Version of the form.
const VERSION: u8 = 1;
/// Stands for a subject that is not there.
const NOTHING: u16 = u16::MAX;

/// An event that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// Its subject.
    pub subject: Option<String>,
    /// Its JSON form.
    pub json: String,
}

/// Bytes that are no stored event: written by a later release, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no event that this release can read")]
pub struct NotStored;

impl From<&CloudEvent> for Stored {
    fn from(event: &CloudEvent) -> Self {
        Self {
            id: event.id().to_owned(),
            kind: event.kind().to_owned(),
            subject: event.subject().map(str::to_owned),
            json: event.to_json(),
        }
    }
}

impl Stored {
    /// As bytes.
    pub fn encode(&self) -> Bytes {
        let mut out = Vec::with_capacity(self.json.len() + self.id.len() + self.kind.len() + 300);
        out.push(VERSION);
        for text in [Some(&self.id), Some(&self.kind), self.subject.as_ref()] {
            // An event's texts are at most 255 bytes.
            let length = text.map_or(NOTHING, |t| u16::try_from(t.len()).unwrap_or(NOTHING - 1));
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(text.map_or(&[], |t| t.as_bytes()));
        }
        out.extend_from_slice(self.json.as_bytes());
        out.into()
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`NotStored`].
    pub fn decode(bytes: &[u8]) -> Result<Self, NotStored> {
        let (version, mut rest) = bytes.split_first().ok_or(NotStored)?;
        if *version != VERSION {
            return Err(NotStored);
        }
        let mut text = || -> Result<Option<String>, NotStored> {
            let (length, after) = rest.split_first_chunk::<2>().ok_or(NotStored)?;
            let length = u16::from_be_bytes(*length);
            rest = after;
            if length == NOTHING {
                return Ok(None);
            }
            let (text, after) = rest.split_at_checked(length.into()).ok_or(NotStored)?;
            rest = after;
            String::from_utf8(text.to_vec()).map(Some).map_err(|_| NotStored)
        };
        let (id, kind, subject) = (text()?.ok_or(NotStored)?, text()?.ok_or(NotStored)?, text()?);
        let json = String::from_utf8(rest.to_vec()).map_err(|_| NotStored)?;
        Ok(Self { id, kind, subject, json })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_stored_is_read(id in ".{1,60}", kind in ".{1,60}", subject in proptest::option::of(".{0,60}"), json in ".*") {
            let stored = Stored { id, kind, subject, json };
            prop_assert_eq!(Stored::decode(&stored.encode()), Ok(stored));
        }

        #[test]
        fn other_bytes_are_refused_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Stored::decode(&bytes);
        }
    }
}
