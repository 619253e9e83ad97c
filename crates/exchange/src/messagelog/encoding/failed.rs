//! A record that an exchange failed: its request stands in the log, and no answer could be given.
//!
//! Fields: the number of the request, message id, request id, fault code, and the id that joins the fault with what the gateways
//! wrote elsewhere (may be missing). The fault's own words are not kept, nor parts of its code that X-Road does not know: the
//! other gateway may have put anything into them.

use super::form::{Malformed, Reader, Writer};

/// Why an exchange failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Failed<'a> {
    /// Number of the request's message.
    pub(in super::super) request: u64,
    pub(in super::super) message_id: &'a str,
    pub(in super::super) request_id: &'a str,
    pub(in super::super) code: &'a str,
    pub(in super::super) detail: Option<&'a str>,
}

impl<'a> Failed<'a> {
    /// Writes the record.
    pub(in super::super) fn write(&self) -> Vec<u8> {
        let mut out = Writer::new(256);
        out.number(self.request);
        [self.message_id, self.request_id, self.code].into_iter().for_each(|text| out.text(text));
        out.optional_text(self.detail);
        out.finish()
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Malformed`].
    pub(in super::super) fn read(record: &'a [u8]) -> Result<Self, Malformed> {
        let mut from = Reader::new(record)?;
        let failed = Self {
            request: from.number("request")?,
            message_id: from.text("message id")?,
            request_id: from.text("request id")?,
            code: from.text("fault code")?,
            detail: from.optional_text("detail")?,
        };
        from.end()?;
        Ok(failed)
    }
}
