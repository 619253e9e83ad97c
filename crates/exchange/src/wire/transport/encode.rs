//! Writing a transport message, in the order and framing of the reference.

use super::content_type;
use crate::wire::multipart::{Writer, random_boundary};
use bytes::{Bytes, BytesMut};

/// Writes parts into a buffer from which the caller takes what is ready; a large body goes past it.
#[derive(Debug)]
pub struct Encoder {
    boundary: String,
    writer: Writer,
    out: BytesMut,
}

impl Encoder {
    /// With a fresh boundary. `capacity` is the expected size in bytes of what is buffered.
    pub fn new(capacity: usize) -> Self {
        Self::with_boundary(random_boundary("xtop"), capacity)
    }

    /// With a given boundary; it must not occur in any part.
    pub fn with_boundary(boundary: impl Into<String>, capacity: usize) -> Self {
        let boundary = boundary.into();
        Self { writer: Writer::new(boundary.clone()), boundary, out: BytesMut::with_capacity(capacity) }
    }

    /// The HTTP `Content-Type` of the message.
    pub fn content_type(&self) -> String {
        format!("multipart/mixed; charset=UTF-8; boundary={}", self.boundary)
    }

    /// One OCSP response of the sender's TLS chain, DER.
    pub fn ocsp(&mut self, response: &[u8]) {
        self.part(content_type::OCSP, response);
    }

    /// The REST request.
    pub fn rest_request(&mut self, message: &[u8]) {
        self.part(content_type::REST_REQUEST, message);
    }

    /// The REST response.
    pub fn rest_response(&mut self, message: &[u8]) {
        self.part(content_type::REST_RESPONSE, message);
    }

    /// Begins the body; its bytes follow, by [`Encoder::append`] or past this buffer.
    pub fn start_body(&mut self) {
        self.writer.start_part(&mut self.out, content_type::REST_BODY, &[]);
    }

    /// Appends bytes to the part that was begun.
    pub fn append(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Hash chain result and hash chain; before the signature, if it is one over several parts.
    pub fn hash_chain(&mut self, result: &str, chain: &str) {
        self.part(content_type::HASH_CHAIN_RESULT, result.as_bytes());
        self.part(content_type::HASH_CHAIN, chain.as_bytes());
    }

    /// The signature.
    pub fn signature(&mut self, xml: &str) {
        self.part(content_type::SIGNATURE, xml.as_bytes());
    }

    /// A fault in place of what was to come.
    pub fn fault(&mut self, soap: &str) {
        self.part(content_type::XML_UTF8, soap.as_bytes());
    }

    /// The closing boundary; nothing may follow.
    pub fn end(&mut self) {
        self.writer.end(&mut self.out);
    }

    /// What has been written since the last call.
    pub fn take(&mut self) -> Bytes {
        self.out.split().freeze()
    }

    fn part(&mut self, content_type: &str, content: &[u8]) {
        self.writer.start_part(&mut self.out, content_type, &[]);
        self.out.extend_from_slice(content);
    }
}
