//! MIME multipart (RFC 2046 §5.1), streamed: a push [`Reader`] and a [`Writer`].
//!
//! The reader accepts what the reference's parser (Apache MIME4J) accepts where that is harmless: bare LF as line end,
//! blanks after a boundary, parts without headers, folded header lines. It never keeps more than one header block or one
//! possible boundary, and it bounds everything.

mod header;
mod reader;
mod writer;

pub(crate) use header::is_token;
pub use header::{ContentType, Header, PartHeaders};
pub use reader::{Event, Limits, Reader};
pub use writer::{Writer, random_boundary};

/// Longest boundary (RFC 2046 §5.1.1), in bytes.
pub const BOUNDARY_BYTES_MAX: usize = 70;

/// Why bytes are not the multipart that they claim to be; always the sender's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MultipartError {
    /// The boundary parameter is missing, too long, or has characters that RFC 2046 does not allow.
    #[error("boundary {0:?} is not 1 to {BOUNDARY_BYTES_MAX} of the characters that RFC 2046 allows")]
    Boundary(String),
    /// A header line that is not `name: value`.
    #[error("malformed header line {line:?} in part {part}")]
    Header {
        /// 1-based number of the part.
        part: usize,
        /// The start of the line.
        line: String,
    },
    /// Something is larger or more than allowed.
    #[error("{what} of part {part} exceed {limit}")]
    Limit {
        /// What is too much.
        what: &'static str,
        /// 1-based number of the part, 0 before the first.
        part: usize,
        /// The limit, in bytes or pieces.
        limit: u64,
    },
    /// The data ends before the closing boundary.
    #[error("the multipart ends in part {part}, before its closing boundary: the message was cut off")]
    Truncated {
        /// 1-based number of the part, 0 before the first.
        part: usize,
    },
    /// A boundary stands where a header or the blank line after the headers was expected.
    #[error("part {part} ends inside its headers")]
    NoBody {
        /// 1-based number of the part.
        part: usize,
    },
}
