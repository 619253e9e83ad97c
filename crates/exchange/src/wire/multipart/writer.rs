//! Writing multipart as the reference does: CRLF, lower-case `content-type: `, delimiters before parts, final `--b--` CRLF.

use bytes::{BufMut, BytesMut};

/// A boundary of `prefix` and 30 letters that cannot be guessed (about 117 random bits).
pub fn random_boundary(prefix: &str) -> String {
    let random = uuid::Uuid::new_v4();
    let letter = |nibble: u8| char::from(b'a' + (nibble & 15));
    let letters = random.as_bytes().iter().flat_map(|b| [letter(*b), letter(b >> 4)]);
    prefix.chars().chain(letters.take(30)).collect()
}

/// Writes the framing of one multipart, possibly with one nested inside; contents go between the calls.
#[derive(Debug)]
pub struct Writer {
    boundaries: Vec<String>,
    begun: bool,
}

impl Writer {
    /// For an outer boundary.
    pub fn new(boundary: impl Into<String>) -> Self {
        Self { boundaries: vec![boundary.into()], begun: false }
    }

    /// Begins a part with this content type and these ready header lines.
    pub fn start_part(&mut self, out: &mut BytesMut, content_type: &str, headers: &[(&str, &str)]) {
        if self.begun {
            out.put_slice(b"\r\n");
        }
        self.begun = true;
        out.put_slice(b"--");
        out.put_slice(self.boundaries.last().map(String::as_bytes).unwrap_or_default());
        out.put_slice(b"\r\ncontent-type: ");
        out.put_slice(content_type.as_bytes());
        out.put_slice(b"\r\n");
        for (name, value) in headers {
            out.put_slice(name.as_bytes());
            out.put_slice(b": ");
            out.put_slice(value.as_bytes());
            out.put_slice(b"\r\n");
        }
        out.put_slice(b"\r\n");
    }

    /// Begins a part that is itself a `multipart/mixed`.
    pub fn start_nested(&mut self, out: &mut BytesMut, boundary: impl Into<String>) {
        let boundary = boundary.into();
        self.start_part(out, &format!("multipart/mixed; charset=UTF-8; boundary={boundary}"), &[]);
        self.boundaries.push(boundary);
    }

    /// Ends the innermost multipart; after the outermost one nothing more may be written.
    pub fn end(&mut self, out: &mut BytesMut) {
        if let Some(boundary) = self.boundaries.pop() {
            out.put_slice(b"\r\n--");
            out.put_slice(boundary.as_bytes());
            out.put_slice(b"--\r\n");
        }
    }
}
