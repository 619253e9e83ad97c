//! PEM armour (RFC 7468), read leniently: any line width, CRLF, text around and between the blocks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Largest PEM text that is read, in bytes.
pub const PEM_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Why a text is not PEM.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// Larger than [`PEM_BYTES_MAX`].
    #[error("a PEM text of {0} bytes is larger than {PEM_BYTES_MAX}")]
    TooLarge(usize),
    /// A block does not end.
    #[error("block {0} has no -----END {0}----- line")]
    Unterminated(String),
    /// A block's content is not base64.
    #[error("block {0} is not base64")]
    NotBase64(String),
}

/// The contents of every block with that label, in order.
///
/// # Errors
/// Every variant of [`PemError`].
pub fn blocks(text: &str, label: &str) -> Result<Vec<Vec<u8>>, PemError> {
    if text.len() > PEM_BYTES_MAX {
        return Err(PemError::TooLarge(text.len()));
    }
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(begin.as_str()) {
        let (body, after) = after.split_once(end.as_str()).ok_or_else(|| PemError::Unterminated(label.to_owned()))?;
        let base64: String = body.split_ascii_whitespace().collect();
        found.push(STANDARD.decode(base64).map_err(|_| PemError::NotBase64(label.to_owned()))?);
        rest = after;
    }
    Ok(found)
}

/// One block, 64 characters a line, `\n` line ends.
pub fn encode(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for (i, c) in base64.chars().enumerate() {
        if i > 0 && i % 64 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out.push_str(&format!("\n-----END {label}-----\n"));
    out
}
