//! Reading a transport message as it arrives.

use super::{TransportError, content_type};
use crate::wire::fault::{Fault, read_fault};
use crate::wire::multipart::{self, ContentType, PartHeaders, Reader};
use bytes::{Bytes, BytesMut};
use mekong_base::limits::{MessageLimits, XmlLimits};

/// OCSP parts of one message: more than any chain has.
const OCSP_PARTS_MAX: usize = 16;
/// Bytes of all of them: they come before it is known who sends them, and for what.
const OCSP_BYTES_MAX: usize = 256 << 10;
/// A fault that stands alone, in bytes.
const FAULT_BYTES_MAX: usize = 256 << 10;

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From consumer to provider: OCSP responses come first, no fault stands alone.
    Request,
    /// From provider to consumer.
    Response,
}

/// What one message may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// See [`MessageLimits`].
    pub message: MessageLimits,
    /// For SOAP envelopes and faults.
    pub xml: XmlLimits,
}

impl From<MessageLimits> for Limits {
    fn from(message: MessageLimits) -> Self {
        Self { message, xml: XmlLimits { bytes: message.message_bytes, nodes: 200_000, depth: 64 } }
    }
}

/// What the decoder found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An OCSP response, DER by its outer shape.
    Ocsp(Bytes),
    /// The REST request or response, as signed.
    Rest(Bytes),
    /// The SOAP message, as signed, with the headers of its part.
    Soap {
        /// Part headers, with the content type.
        headers: PartHeaders,
        /// The envelope.
        bytes: Bytes,
    },
    /// The REST body begins.
    Body,
    /// More of the REST body.
    BodyData(Bytes),
    /// The REST body is complete.
    BodyEnd,
    /// A SOAP attachment begins.
    Attachment(PartHeaders),
    /// More of the attachment.
    AttachmentData(Bytes),
    /// The attachment is complete.
    AttachmentEnd,
    /// The signed hash chain result.
    HashChainResult(String),
    /// The hash chain.
    HashChain(String),
    /// The signature.
    Signature(String),
    /// A fault, alone or in place of a part.
    Fault(Fault),
    /// All of it was read; what was needed was there.
    End,
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    OcspOrMessage,
    Message,
    RestBody,
    Attachments,
    HashChainResult,
    HashChain,
    Signature,
    Nothing,
}

/// A part that is collected before it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Collected {
    Ocsp,
    Rest,
    Soap(PartHeaders),
    HashChainResult,
    HashChain,
    Signature,
    Fault,
}

#[derive(Debug)]
enum Part {
    None,
    Collecting(Collected, BytesMut),
    Body,
    Attachments(Box<Reader>),
}

/// Reads one transport message: [`Decoder::push`] bytes, [`Decoder::finish`] at their end, and drain [`Decoder::event`]
/// after each.
#[derive(Debug)]
pub struct Decoder {
    source: Source,
    direction: Direction,
    limits: Limits,
    next: Next,
    part: Part,
    ocsp_parts: usize,
    ocsp_bytes: usize,
    seen: Seen,
}

#[derive(Debug)]
enum Source {
    Multipart(Box<Reader>),
    /// A fault that is the whole body.
    Fault(BytesMut),
    /// As above, when its end was told.
    FaultRead(BytesMut),
    Ended,
}

#[derive(Debug, Default)]
struct Seen {
    message: bool,
    signature: bool,
    fault: bool,
}

impl Decoder {
    /// For a body with this HTTP `Content-Type`.
    ///
    /// # Errors
    /// [`TransportError::ContentType`] or a bad boundary.
    pub fn new(content_type: &str, direction: Direction, limits: Limits) -> Result<Self, TransportError> {
        let parsed = ContentType::parse(content_type);
        let source = match (parsed.media_type.as_str(), direction) {
            (content_type::MULTIPART, _) => {
                let reader = Reader::new(parsed.boundary()?, outer_limits(&limits.message))?;
                Source::Multipart(Box::new(reader))
            }
            (content_type::XML, Direction::Response) => Source::Fault(BytesMut::new()),
            _ => return Err(wrong_type(content_type, "multipart/mixed with a boundary")),
        };
        let next = match direction {
            Direction::Request => Next::OcspOrMessage,
            Direction::Response => Next::Message,
        };
        Ok(Self {
            source,
            direction,
            limits,
            next,
            part: Part::None,
            ocsp_parts: 0,
            ocsp_bytes: 0,
            seen: Seen::default(),
        })
    }

    /// Gives the next bytes of the body.
    ///
    /// # Errors
    /// A limit of the framing.
    pub fn push(&mut self, data: Bytes) -> Result<(), TransportError> {
        match &mut self.source {
            Source::Multipart(reader) => reader.push(data)?,
            Source::Fault(buffer) => {
                if buffer.len().saturating_add(data.len()) > FAULT_BYTES_MAX {
                    return Err(TransportError::FaultTooLarge(FAULT_BYTES_MAX));
                }
                buffer.extend_from_slice(&data);
            }
            Source::FaultRead(_) | Source::Ended => {}
        }
        Ok(())
    }

    /// Says that the body has ended; drain the events once more.
    ///
    /// # Errors
    /// A truncated multipart.
    pub fn finish(&mut self) -> Result<(), TransportError> {
        match &mut self.source {
            Source::Multipart(reader) => reader.finish()?,
            Source::Fault(buffer) => self.source = Source::FaultRead(std::mem::take(buffer)),
            Source::FaultRead(_) | Source::Ended => {}
        }
        Ok(())
    }

    /// The next event, or `None` if more bytes (or their end) are needed.
    ///
    /// # Errors
    /// Every [`TransportError`]; after one the decoder is of no more use.
    pub fn event(&mut self) -> Result<Option<Event>, TransportError> {
        if matches!(self.source, Source::FaultRead(_)) {
            let Source::FaultRead(buffer) = std::mem::replace(&mut self.source, Source::Ended) else {
                return Ok(None);
            };
            let fault = read_fault(&buffer, &self.limits.xml)?.ok_or(TransportError::NotAFault)?;
            return Ok(Some(Event::Fault(fault)));
        }
        loop {
            if let Some(event) = self.nested()? {
                return Ok(Some(event));
            }
            let Source::Multipart(reader) = &mut self.source else {
                return Ok(None);
            };
            let Some(event) = reader.event()? else {
                return Ok(None);
            };
            if let Some(event) = self.outer(event)? {
                return Ok(Some(event));
            }
        }
    }

    fn nested(&mut self) -> Result<Option<Event>, TransportError> {
        let Part::Attachments(inner) = &mut self.part else {
            return Ok(None);
        };
        Ok(match inner.event()? {
            Some(multipart::Event::Part(headers)) => Some(Event::Attachment(headers)),
            Some(multipart::Event::Data(data)) => Some(Event::AttachmentData(data)),
            Some(multipart::Event::PartEnd) => Some(Event::AttachmentEnd),
            Some(multipart::Event::End) | None => None,
        })
    }

    fn outer(&mut self, event: multipart::Event) -> Result<Option<Event>, TransportError> {
        match event {
            multipart::Event::Part(headers) => self.start(headers),
            multipart::Event::Data(data) => self.data(data),
            multipart::Event::PartEnd => self.end_of_part(),
            multipart::Event::End => self.end().map(Some),
        }
    }

    fn end(&self) -> Result<Event, TransportError> {
        match &self.seen {
            Seen { fault: true, .. } | Seen { message: true, signature: true, .. } => Ok(Event::End),
            Seen { message: false, .. } => Err(TransportError::MissingMessage),
            Seen { .. } => Err(TransportError::MissingSignature),
        }
    }

    /// Decides what a part is, from its type and from what has come before.
    fn start(&mut self, headers: PartHeaders) -> Result<Option<Event>, TransportError> {
        let media_type = headers.media_type();
        if self.next == Next::Nothing {
            return Err(TransportError::ExtraContent(media_type.chars().take(100).collect()));
        }
        if self.next == Next::OcspOrMessage && media_type == content_type::OCSP {
            return self.start_ocsp();
        }
        if self.next <= Next::Message {
            return self.start_message(&media_type, headers);
        }
        let message = self.limits.message;
        match media_type.as_str() {
            content_type::REST_BODY if self.next == Next::RestBody => {
                self.next = Next::HashChainResult;
                self.part = Part::Body;
                self.limit(message.body_bytes);
                return Ok(Some(Event::Body));
            }
            content_type::MULTIPART if self.next == Next::Attachments => {
                let boundary = ContentType::parse(headers.content_type().unwrap_or_default());
                let inner = Reader::new(boundary.boundary()?, inner_limits(&message))?;
                self.next = Next::HashChainResult;
                self.part = Part::Attachments(Box::new(inner));
            }
            content_type::HASH_CHAIN_RESULT if self.next <= Next::HashChainResult => {
                self.next = Next::HashChain;
                self.collect(Collected::HashChainResult, message.evidence_bytes);
            }
            content_type::HASH_CHAIN if self.next == Next::HashChain => {
                self.next = Next::Signature;
                self.collect(Collected::HashChain, message.evidence_bytes);
            }
            content_type::SIGNATURE if self.next != Next::HashChain => {
                self.next = Next::Nothing;
                self.collect(Collected::Signature, message.evidence_bytes);
            }
            content_type::XML => {
                self.next = Next::Nothing;
                self.collect(Collected::Fault, FAULT_BYTES_MAX);
            }
            _ => return Err(wrong_type(&media_type, self.expected())),
        }
        Ok(None)
    }

    const fn expected(&self) -> &'static str {
        match self.next {
            Next::OcspOrMessage => "an OCSP response or the message",
            Next::Message => "the message",
            Next::RestBody => "the body, a hash chain result or the signature",
            Next::Attachments => "attachments, a hash chain result or the signature",
            Next::HashChainResult => "a hash chain result or the signature",
            Next::HashChain => "the hash chain",
            Next::Signature | Next::Nothing => "the signature",
        }
    }

    fn start_ocsp(&mut self) -> Result<Option<Event>, TransportError> {
        self.ocsp_parts += 1;
        if self.ocsp_parts > OCSP_PARTS_MAX {
            return Err(wrong_type(
                content_type::OCSP,
                "the message: there are more OCSP responses than any chain has",
            ));
        }
        self.collect(Collected::Ocsp, OCSP_BYTES_MAX.saturating_sub(self.ocsp_bytes));
        Ok(None)
    }

    fn start_message(&mut self, media_type: &str, headers: PartHeaders) -> Result<Option<Event>, TransportError> {
        let rest = match self.direction {
            Direction::Request => content_type::REST_REQUEST,
            Direction::Response => content_type::REST_RESPONSE,
        };
        let bytes = self.limits.message.message_bytes;
        if media_type == rest {
            self.next = Next::RestBody;
            self.collect(Collected::Rest, bytes);
        } else if media_type == content_type::XML || media_type == content_type::XOP {
            self.next = Next::Attachments;
            self.collect(Collected::Soap(headers), bytes);
        } else {
            return Err(wrong_type(media_type, self.expected()));
        }
        Ok(None)
    }

    fn collect(&mut self, what: Collected, limit: usize) {
        self.part = Part::Collecting(what, BytesMut::new());
        self.limit(limit as u64);
    }

    fn limit(&mut self, bytes: u64) {
        if let Source::Multipart(reader) = &mut self.source {
            reader.limit_part(bytes);
        }
    }

    fn data(&mut self, data: Bytes) -> Result<Option<Event>, TransportError> {
        match &mut self.part {
            Part::Collecting(_, buffer) => buffer.extend_from_slice(&data),
            Part::Body => return Ok(Some(Event::BodyData(data))),
            Part::Attachments(inner) => inner.push(data)?,
            Part::None => {}
        }
        Ok(None)
    }

    fn end_of_part(&mut self) -> Result<Option<Event>, TransportError> {
        match std::mem::replace(&mut self.part, Part::None) {
            Part::Collecting(what, buffer) => self.collected(what, buffer.freeze()).map(Some),
            Part::Body => Ok(Some(Event::BodyEnd)),
            Part::Attachments(inner) => {
                inner.finish()?;
                Ok(None)
            }
            Part::None => Ok(None),
        }
    }

    fn collected(&mut self, what: Collected, bytes: Bytes) -> Result<Event, TransportError> {
        Ok(match what {
            Collected::Ocsp => {
                if !is_der_sequence(&bytes) {
                    return Err(TransportError::Ocsp(self.ocsp_parts));
                }
                self.ocsp_bytes += bytes.len();
                Event::Ocsp(bytes)
            }
            Collected::Rest => {
                self.seen.message = true;
                Event::Rest(bytes)
            }
            Collected::Soap(headers) => match read_fault(&bytes, &self.limits.xml)? {
                Some(fault) => self.fault(fault),
                None => {
                    self.seen.message = true;
                    Event::Soap { headers, bytes }
                }
            },
            Collected::HashChainResult => Event::HashChainResult(text(&bytes, "hash chain result")?),
            Collected::HashChain => Event::HashChain(text(&bytes, "hash chain")?),
            Collected::Signature => {
                self.seen.signature = true;
                Event::Signature(text(&bytes, "signature")?)
            }
            Collected::Fault => match read_fault(&bytes, &self.limits.xml)? {
                Some(fault) => self.fault(fault),
                None => return Err(wrong_type(content_type::XML, "the signature or a fault")),
            },
        })
    }

    fn fault(&mut self, fault: Fault) -> Event {
        self.seen.fault = true;
        Event::Fault(fault)
    }
}

fn text(bytes: &Bytes, part: &'static str) -> Result<String, TransportError> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| TransportError::NotUtf8(part))
}

fn wrong_type(found: &str, expected: &'static str) -> TransportError {
    TransportError::ContentType { found: found.chars().take(100).collect(), expected }
}

const fn outer_limits(message: &MessageLimits) -> multipart::Limits {
    let beside = (message.message_bytes + message.parts * (message.evidence_bytes + message.header_bytes)) as u64;
    multipart::Limits {
        margin_bytes: 4 << 10,
        header_bytes: message.header_bytes,
        headers: message.headers,
        parts: message.parts,
        total_bytes: message.body_bytes.saturating_add(beside),
    }
}

const fn inner_limits(message: &MessageLimits) -> multipart::Limits {
    multipart::Limits {
        margin_bytes: 4 << 10,
        header_bytes: message.header_bytes,
        headers: message.headers,
        parts: message.parts,
        total_bytes: message.body_bytes,
    }
}

/// One DER SEQUENCE that fills the bytes exactly (X.690 §8.1, definite lengths).
fn is_der_sequence(bytes: &[u8]) -> bool {
    let (length, header) = match bytes {
        [0x30, short @ 0..=0x7f, ..] => (usize::from(*short), 2),
        [0x30, 0x81, a, ..] => (usize::from(*a), 3),
        [0x30, 0x82, a, b, ..] => (usize::from(u16::from_be_bytes([*a, *b])), 4),
        [0x30, 0x83, a, b, c, ..] => (usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).unwrap_or(usize::MAX), 5),
        _ => return false,
    };
    bytes.len() == length.saturating_add(header)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
#[path = "decode_tests.rs"]
mod tests;
