//! The push reader: bytes in as they arrive, events out as soon as they are certain.

use super::header::check_boundary;
use super::{MultipartError, PartHeaders};
use bytes::{Bytes, BytesMut};
use memchr::memmem::Finder;

/// Blanks allowed between a boundary and its line end.
const PADDING_BYTES_MAX: usize = 256;

/// What one multipart may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes before the first and after the last boundary, each.
    pub margin_bytes: usize,
    /// Bytes of one part's headers.
    pub header_bytes: usize,
    /// Headers of one part.
    pub headers: usize,
    /// Parts.
    pub parts: usize,
    /// Bytes of all of it.
    pub total_bytes: u64,
}

/// What the reader found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A part begins.
    Part(PartHeaders),
    /// More of the part's content; as large or small as it arrived, never empty.
    Data(Bytes),
    /// The part is complete.
    PartEnd,
    /// The closing boundary was read; what follows is ignored.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first boundary.
    Preamble,
    /// After a boundary line.
    Headers,
    /// Inside content; `true` until its first byte is certain.
    Content { start: bool },
    /// The closing boundary was read and is still to be told.
    Closing,
    /// After the closing boundary.
    Epilogue,
}

/// Reads one multipart. Feed it with [`Reader::push`], drain [`Reader::event`] until it says `None`, and at the end of
/// the data call [`Reader::finish`].
#[derive(Debug)]
pub struct Reader {
    /// `\n--boundary`
    delimiter: Finder<'static>,
    limits: Limits,
    state: State,
    buffer: Bytes,
    headers_read: HeadersRead,
    part: usize,
    margin: usize,
    total: u64,
    pending: Option<Event>,
    part_left: u64,
    part_limit: u64,
}

/// Where a boundary stands in the buffer.
enum Found {
    /// Content ends at `content`, the boundary line at `next`; `last` if it closes the multipart.
    Boundary { content: usize, next: usize, last: bool },
    /// So many bytes are certainly content.
    Content(usize),
}

/// What follows the text of a boundary.
enum After {
    /// A boundary line; content goes on at `next`.
    Boundary { next: usize, last: bool },
    /// Something else: it was content that looks like a boundary.
    Content,
    /// Not yet known.
    NeedsMore,
}

impl Reader {
    /// A reader for the boundary of a `Content-Type`.
    ///
    /// # Errors
    /// [`MultipartError::Boundary`].
    pub fn new(boundary: &str, limits: Limits) -> Result<Self, MultipartError> {
        check_boundary(boundary)?;
        let delimiter = format!("\n--{boundary}");
        Ok(Self {
            delimiter: Finder::new(delimiter.as_bytes()).into_owned(),
            limits,
            state: State::Preamble,
            buffer: Bytes::new(),
            headers_read: HeadersRead::default(),
            part: 0,
            margin: 0,
            total: 0,
            pending: None,
            part_left: u64::MAX,
            part_limit: u64::MAX,
        })
    }

    /// Gives the next bytes.
    ///
    /// # Errors
    /// [`MultipartError::Limit`] if there have been too many.
    pub fn push(&mut self, data: Bytes) -> Result<(), MultipartError> {
        self.total = self.total.saturating_add(data.len() as u64);
        if self.total > self.limits.total_bytes {
            return Err(self.limit("bytes", self.limits.total_bytes));
        }
        if self.buffer.is_empty() {
            self.buffer = data;
        } else if !data.is_empty() {
            // What nobody else holds grows where it is: single bytes cost no copy of all before them.
            let mut joined =
                std::mem::take(&mut self.buffer).try_into_mut().unwrap_or_else(|b| BytesMut::from(b.as_ref()));
            joined.extend_from_slice(&data);
            self.buffer = joined.freeze();
        }
        Ok(())
    }

    /// Limits the content of the part that has just begun, in bytes.
    pub fn limit_part(&mut self, bytes: u64) {
        self.part_left = bytes;
        self.part_limit = bytes;
    }

    /// The next event, or `None` if more bytes are needed.
    ///
    /// # Errors
    /// Any [`MultipartError`] but `Truncated`; after an error the reader is of no more use.
    pub fn event(&mut self) -> Result<Option<Event>, MultipartError> {
        if let Some(event) = self.pending.take() {
            return Ok(Some(event));
        }
        match self.state {
            State::Preamble => self.preamble(),
            State::Headers => self.headers(),
            State::Content { start } => self.content(start),
            State::Closing => {
                self.state = State::Epilogue;
                Ok(Some(Event::End))
            }
            State::Epilogue => {
                let skipped = self.buffer.len();
                self.buffer = Bytes::new();
                self.margin(skipped)?;
                Ok(None)
            }
        }
    }

    /// Says that the data has ended.
    ///
    /// # Errors
    /// [`MultipartError::Truncated`] if the closing boundary has not been seen.
    pub fn finish(&self) -> Result<(), MultipartError> {
        match self.state {
            State::Closing | State::Epilogue => Ok(()),
            _ => Err(MultipartError::Truncated { part: self.part }),
        }
    }

    /// Has the closing boundary been read?
    pub fn is_finished(&self) -> bool {
        self.state == State::Epilogue
    }

    fn limit(&self, what: &'static str, limit: u64) -> MultipartError {
        MultipartError::Limit { what, part: self.part, limit }
    }

    fn margin(&mut self, bytes: usize) -> Result<(), MultipartError> {
        self.margin = self.margin.saturating_add(bytes);
        if self.margin > self.limits.margin_bytes {
            return Err(self.limit("bytes outside the parts", self.limits.margin_bytes as u64));
        }
        Ok(())
    }

    fn preamble(&mut self) -> Result<Option<Event>, MultipartError> {
        match self.find(self.margin == 0)? {
            Found::Boundary { content, next, last } => {
                self.margin(content)?;
                self.skip(next);
                self.after_boundary(last)?;
                self.event()
            }
            Found::Content(certain) => {
                self.margin(certain)?;
                self.skip(certain);
                Ok(None)
            }
        }
    }

    fn after_boundary(&mut self, last: bool) -> Result<(), MultipartError> {
        if last {
            self.margin = 0;
            self.state = State::Closing;
            return Ok(());
        }
        self.part += 1;
        if self.part > self.limits.parts {
            return Err(self.limit("parts", self.limits.parts as u64));
        }
        self.state = State::Headers;
        Ok(())
    }

    fn headers(&mut self) -> Result<Option<Event>, MultipartError> {
        let found = self.headers_read.end(&self.buffer);
        // Without its blank line a block may be followed by one byte that begins that line.
        let so_far = found.map_or(self.buffer.len().saturating_sub(1), |(block, _)| block);
        if so_far > self.limits.header_bytes {
            return Err(self.limit("header bytes", self.limits.header_bytes as u64));
        }
        let Some((block, next)) = found else {
            return Ok(None);
        };
        let block = self.buffer.slice(..block);
        let boundary = self.delimiter.needle().get(1..).unwrap_or_default();
        if block.split(|b| *b == b'\n').any(|line| line.starts_with(boundary)) {
            return Err(MultipartError::NoBody { part: self.part });
        }
        self.headers_read = HeadersRead::default();
        let headers = PartHeaders::parse(&block, self.part, self.limits.headers)?;
        self.skip(next);
        self.state = State::Content { start: true };
        self.limit_part(u64::MAX);
        Ok(Some(Event::Part(headers)))
    }

    fn content(&mut self, start: bool) -> Result<Option<Event>, MultipartError> {
        match self.find(start)? {
            Found::Boundary { content, next, last } => {
                let data = self.buffer.slice(..content);
                self.count(content)?;
                self.skip(next);
                self.after_boundary(last)?;
                if data.is_empty() {
                    return Ok(Some(Event::PartEnd));
                }
                self.pending = Some(Event::PartEnd);
                Ok(Some(Event::Data(data)))
            }
            Found::Content(0) => Ok(None),
            Found::Content(certain) => {
                self.count(certain)?;
                self.state = State::Content { start: false };
                let data = self.buffer.slice(..certain);
                self.skip(certain);
                Ok(Some(Event::Data(data)))
            }
        }
    }

    fn count(&mut self, bytes: usize) -> Result<(), MultipartError> {
        self.part_left =
            self.part_left.checked_sub(bytes as u64).ok_or_else(|| self.limit("content bytes", self.part_limit))?;
        Ok(())
    }

    fn skip(&mut self, bytes: usize) {
        self.buffer = self.buffer.slice(bytes.min(self.buffer.len())..);
    }

    /// Looks for the next boundary line; at the start of a line it needs no line end before it.
    fn find(&self, line_start: bool) -> Result<Found, MultipartError> {
        let needle = self.delimiter.needle();
        let line = needle.get(1..).unwrap_or_default();
        let buffer: &[u8] = &self.buffer;
        if line_start && line.starts_with(buffer) {
            return Ok(Found::Content(0));
        }
        if line_start && buffer.starts_with(line) {
            match self.after(line.len())? {
                After::Boundary { next, last } => return Ok(Found::Boundary { content: 0, next, last }),
                After::NeedsMore => return Ok(Found::Content(0)),
                After::Content => {}
            }
        }
        let mut from = 0;
        while let Some(at) = buffer.get(from..).and_then(|rest| self.delimiter.find(rest)).map(|i| from + i) {
            let content = without_cr(buffer, at);
            match self.after(at + needle.len())? {
                After::Boundary { next, last } => return Ok(Found::Boundary { content, next, last }),
                After::NeedsMore => return Ok(Found::Content(content)),
                After::Content => from = at + 1,
            }
        }
        Ok(Found::Content(certain(buffer, needle)))
    }

    /// What follows the boundary text that ends at `at`.
    fn after(&self, at: usize) -> Result<After, MultipartError> {
        let rest = self.buffer.get(at..).unwrap_or_default();
        if rest.starts_with(b"--") {
            return Ok(After::Boundary { next: at + 2, last: true });
        }
        let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        if blanks > PADDING_BYTES_MAX {
            return Err(self.limit("blanks after a boundary", PADDING_BYTES_MAX as u64));
        }
        Ok(match rest.get(blanks..).unwrap_or_default() {
            [b'\n', ..] => After::Boundary { next: at + blanks + 1, last: false },
            [b'\r', b'\n', ..] => After::Boundary { next: at + blanks + 2, last: false },
            [] | [b'\r'] => After::NeedsMore,
            [b'-'] if blanks == 0 => After::NeedsMore,
            _ => After::Content,
        })
    }
}

/// The line end before a boundary belongs to the boundary; it is CRLF or LF.
fn without_cr(buffer: &[u8], newline: usize) -> usize {
    match newline.checked_sub(1).and_then(|i| buffer.get(i)) {
        Some(b'\r') => newline - 1,
        _ => newline,
    }
}

/// How many bytes cannot belong to a delimiter that is still arriving.
fn certain(buffer: &[u8], needle: &[u8]) -> usize {
    let window = buffer.len().saturating_sub(needle.len());
    let tail = buffer.get(window..).unwrap_or_default();
    if let Some(newline) = memchr::memrchr(b'\n', tail)
        && tail.get(newline..).is_some_and(|t| needle.starts_with(t))
    {
        return without_cr(buffer, window + newline);
    }
    if buffer.ends_with(b"\r") { buffer.len() - 1 } else { buffer.len() }
}

/// How far a header block was looked through.
#[derive(Debug, Clone, Copy, Default)]
struct HeadersRead {
    /// Where its last line begins.
    line: usize,
    /// Bytes that were looked at.
    to: usize,
}

impl HeadersRead {
    /// Length of the header block and of it with the blank line that ends it; goes on where it ended.
    fn end(&mut self, buffer: &[u8]) -> Option<(usize, usize)> {
        for newline in memchr::memchr_iter(b'\n', buffer.get(self.to..)?).map(|at| self.to + at) {
            if matches!(buffer.get(self.line..newline), Some(b"" | b"\r")) {
                return Some((self.line, newline + 1));
            }
            self.line = newline + 1;
        }
        self.to = buffer.len();
        None
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
