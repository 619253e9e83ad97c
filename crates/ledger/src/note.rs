//! Signed notes (C2SP signed-note): a text, and lines with signatures below it. Ed25519 in its plain form, which logs use,
//! and as time-stamped cosignature (C2SP tlog-cosignature), which witnesses use. No IO.

mod key;
mod text;

pub use key::{Algorithm, KeyError, KeyName, Signer, VerifierKey};
pub use text::{Note, NoteError, SignatureLine, Signed};

/// The longest note that is read, in bytes, signatures included.
pub const NOTE_BYTES_MAX: usize = 256 << 10;
/// The most signatures that a note may have.
pub const SIGNATURES_MAX: usize = 64;

#[cfg(test)]
mod tests;
