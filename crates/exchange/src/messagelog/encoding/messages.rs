//! A record of one message, or of request and response of one exchange, as this gateway saw them.
//!
//! Fields: flags (1: this gateway was the provider's; 2: has the request; 4: has the response; 8: has steps), message id, request id, client,
//! service, peer (may be missing), operation; then each message: status (may be missing), duration in microseconds (may be
//! missing), signer, the message, the body, the signature in pieces, `sig-hashchainresult.xml` and `sig-hashchain.xml` (may be
//! missing). Steps, at the end, are their number and for each a byte that says which, and how long it took in microseconds.
//!
//! A body is a byte, [`NONE`], [`INLINE`] and its bytes, [`BLOB`] and its length and name, or [`LEFT_OUT`] and its length. A
//! signature is the number of its pieces, and each piece a byte and a text ([`INLINE`]), a name ([`BLOB`]), or a name and the
//! number of texts and these ([`FILLED`]); put together they are the document, byte for byte.

use super::form::{Malformed, Reader, Writer};
use crate::messagelog::{Part, Side};
use crate::telemetry::{STEPS_MAX, Step, StepTime};
use mekong_ledger::BlobId;
use std::time::Duration;

const PROVIDER: u8 = 1;
const REQUEST: u8 = 2;
const RESPONSE: u8 = 4;
const STEPS: u8 = 8;

const NONE: u8 = 0;
const INLINE: u8 = 1;
const BLOB: u8 = 2;
const LEFT_OUT: u8 = 3;
const FILLED: u8 = 4;

/// Pieces of a signature, at most.
const PIECES_MAX: u64 = 16;
/// Texts of one piece, at most.
pub(in super::super) const VALUES_MAX: usize = 32;

/// One or two messages of an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Messages<'a> {
    pub(in super::super) side: Side,
    pub(in super::super) message_id: &'a str,
    pub(in super::super) request_id: &'a str,
    pub(in super::super) client: &'a str,
    pub(in super::super) service: &'a str,
    pub(in super::super) peer: Option<&'a str>,
    pub(in super::super) operation: &'a str,
    pub(in super::super) request: Option<Message<'a>>,
    pub(in super::super) response: Option<Message<'a>>,
    /// How long each step took; empty if that is not known.
    pub(in super::super) steps: Vec<StepTime>,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Message<'a> {
    pub(in super::super) status: Option<u16>,
    pub(in super::super) duration: Option<Duration>,
    pub(in super::super) signer: &'a str,
    pub(in super::super) message: &'a [u8],
    pub(in super::super) body: StoredBody<'a>,
    pub(in super::super) signature: Vec<Piece<'a>>,
    pub(in super::super) hash_chain_result: Option<&'a str>,
    pub(in super::super) hash_chain: Option<&'a str>,
}

/// Where a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum StoredBody<'a> {
    /// There was none.
    None,
    /// Here.
    Inline(&'a [u8]),
    /// Beside the ledger.
    Blob {
        /// Its bytes.
        size: u64,
        /// Its name.
        id: BlobId,
    },
    /// Not kept.
    LeftOut {
        /// Its bytes.
        size: u64,
    },
}

impl StoredBody<'_> {
    /// Bytes of the body as it was sent.
    pub(in super::super) const fn size(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::Inline(bytes) => bytes.len() as u64,
            Self::Blob { size, .. } | Self::LeftOut { size } => *size,
        }
    }
}

/// A piece of a signature document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Piece<'a> {
    /// Here.
    Text(&'a str),
    /// Beside the ledger, shared with other records.
    Shared(BlobId),
    /// Beside the ledger but for the values that only this document has.
    Filled {
        /// The document with NUL, which no XML has, in the place of each value.
        form: BlobId,
        /// In the order of their places.
        values: Vec<&'a str>,
    },
}

impl<'a> Messages<'a> {
    /// The message of this part, if it is here.
    pub(in super::super) const fn part(&self, part: Part) -> Option<&Message<'a>> {
        match part {
            Part::Request => self.request.as_ref(),
            Part::Response => self.response.as_ref(),
        }
    }

    /// The messages, request first.
    pub(in super::super) fn each(&self) -> impl Iterator<Item = (Part, &Message<'a>)> {
        let request = self.request.iter().map(|message| (Part::Request, message));
        request.chain(self.response.iter().map(|message| (Part::Response, message)))
    }

    /// The blobs that the record needs.
    pub(in super::super) fn blobs(&self) -> Vec<BlobId> {
        let mut blobs = Vec::new();
        for (_, message) in self.each() {
            if let StoredBody::Blob { id, .. } = message.body {
                blobs.push(id);
            }
            blobs.extend(message.signature.iter().filter_map(|piece| match piece {
                Piece::Shared(id) | Piece::Filled { form: id, .. } => Some(*id),
                Piece::Text(_) => None,
            }));
        }
        blobs
    }

    /// Writes the record.
    pub(in super::super) fn write(&self) -> Vec<u8> {
        let mut out = Writer::new(256 + self.each().map(|(_, message)| message.length()).sum::<usize>());
        let flag = |set, flag| if set { flag } else { 0 };
        out.byte(
            flag(self.side == Side::Provider, PROVIDER)
                | flag(self.request.is_some(), REQUEST)
                | flag(self.response.is_some(), RESPONSE)
                | flag(!self.steps.is_empty(), STEPS),
        );
        [self.message_id, self.request_id, self.client, self.service].into_iter().for_each(|text| out.text(text));
        out.optional_text(self.peer);
        out.text(self.operation);
        self.each().for_each(|(_, message)| message.write(&mut out));
        if !self.steps.is_empty() {
            out.number(self.steps.len() as u64);
        }
        for time in &self.steps {
            out.byte(time.step.number());
            out.number(u64::try_from(time.took.as_micros()).unwrap_or(u64::MAX));
        }
        out.finish()
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(in super::super) fn read(record: &'a [u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(record)?;
        let flags = from.byte("flags")?;
        if flags & !(PROVIDER | REQUEST | RESPONSE | STEPS) != 0 || flags & (REQUEST | RESPONSE) == 0 {
            return Err(Malformed { what: "flags", left: record.len() });
        }
        let mut messages = Self {
            side: if flags & PROVIDER == 0 { Side::Consumer } else { Side::Provider },
            message_id: from.text("message id")?,
            request_id: from.text("request id")?,
            client: from.text("client")?,
            service: from.text("service")?,
            peer: from.optional_text("peer")?,
            operation: from.text("operation")?,
            request: None,
            response: None,
            steps: Vec::new(),
        };
        if flags & REQUEST != 0 {
            messages.request = Some(Message::read(&mut from)?);
        }
        if flags & RESPONSE != 0 {
            messages.response = Some(Message::read(&mut from)?);
        }
        if flags & STEPS != 0 {
            messages.steps = read_steps(&mut from)?;
        }
        from.end()?;
        Ok(messages)
    }
}

fn read_steps(from: &mut Reader<'_>) -> Result<Vec<StepTime>, Malformed> {
    let what = "steps";
    let malformed = || Malformed { what, left: 0 };
    let count = from.number(what)?;
    if count == 0 || count > STEPS_MAX as u64 {
        return Err(malformed());
    }
    let step = |_| {
        let step = Step::from_number(from.byte(what)?).ok_or_else(malformed)?;
        Ok(StepTime { step, took: Duration::from_micros(from.number(what)?) })
    };
    (0..count).map(step).collect()
}

impl<'a> Message<'a> {
    /// About how many bytes it takes.
    fn length(&self) -> usize {
        let body = if let StoredBody::Inline(bytes) = self.body { bytes.len() } else { 0 };
        let texts = self.signature.iter().map(|piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Shared(_) => 40,
            Piece::Filled { values, .. } => values.iter().map(|value| value.len() + 2).sum::<usize>() + 40,
        });
        let chains = [self.hash_chain_result, self.hash_chain].into_iter().flatten().map(str::len);
        128 + self.signer.len() + self.message.len() + body + texts.chain(chains).sum::<usize>()
    }

    fn write(&self, out: &mut Writer) {
        out.optional(self.status.map(u64::from));
        out.optional(self.duration.map(|d| u64::try_from(d.as_micros()).unwrap_or(u64::MAX)));
        out.text(self.signer);
        out.bytes(self.message);
        match self.body {
            StoredBody::None => out.byte(NONE),
            StoredBody::Inline(bytes) => {
                out.byte(INLINE);
                out.bytes(bytes);
            }
            StoredBody::Blob { size, id } => {
                out.byte(BLOB);
                out.number(size);
                out.fixed(&id.0);
            }
            StoredBody::LeftOut { size } => {
                out.byte(LEFT_OUT);
                out.number(size);
            }
        }
        out.number(self.signature.len() as u64);
        for piece in &self.signature {
            match piece {
                Piece::Text(text) => {
                    out.byte(INLINE);
                    out.text(text);
                }
                Piece::Shared(id) => {
                    out.byte(BLOB);
                    out.fixed(&id.0);
                }
                Piece::Filled { form, values } => {
                    out.byte(FILLED);
                    out.fixed(&form.0);
                    out.number(values.len() as u64);
                    values.iter().for_each(|value| out.text(value));
                }
            }
        }
        out.optional_text(self.hash_chain_result);
        out.optional_text(self.hash_chain);
    }

    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        let malformed = |what| Malformed { what, left: 0 };
        let status = from.optional("status")?;
        Ok(Self {
            status: status.map(u16::try_from).transpose().map_err(|_| malformed("status"))?,
            duration: from.optional("duration")?.map(Duration::from_micros),
            signer: from.text("signer")?,
            message: from.bytes("message")?,
            body: StoredBody::read(from)?,
            signature: Self::read_signature(from)?,
            hash_chain_result: from.optional_text("hash chain result")?,
            hash_chain: from.optional_text("hash chain")?,
        })
    }

    fn read_signature(from: &mut Reader<'a>) -> Result<Vec<Piece<'a>>, Malformed> {
        let what = "signature";
        let count = from.number(what)?;
        if count > PIECES_MAX {
            return Err(Malformed { what, left: 0 });
        }
        (0..count)
            .map(|_| match from.byte(what)? {
                INLINE => Ok(Piece::Text(from.text(what)?)),
                BLOB => Ok(Piece::Shared(BlobId(from.array(what)?))),
                FILLED => {
                    let form = BlobId(from.array(what)?);
                    let count = from.number(what)?;
                    if count > VALUES_MAX as u64 {
                        return Err(Malformed { what, left: 0 });
                    }
                    let values = (0..count).map(|_| from.text(what)).collect::<Result<_, _>>()?;
                    Ok(Piece::Filled { form, values })
                }
                _ => Err(Malformed { what, left: 0 }),
            })
            .collect()
    }
}

impl<'a> StoredBody<'a> {
    fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
        let what = "body";
        Ok(match from.byte(what)? {
            NONE => Self::None,
            INLINE => Self::Inline(from.bytes(what)?),
            BLOB => Self::Blob { size: from.number(what)?, id: BlobId(from.array(what)?) },
            LEFT_OUT => Self::LeftOut { size: from.number(what)? },
            _ => return Err(Malformed { what, left: 0 }),
        })
    }
}
