//! Digests as people compare them.

use std::fmt;

/// The first eight bytes of a digest in hexadecimal.
pub(crate) struct Shown<'a, T: AsRef<[u8]>>(pub(crate) &'a T);

impl<T: AsRef<[u8]>> fmt::Display for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.as_ref();
        bytes.iter().take(8).try_for_each(|b| write!(f, "{b:02x}"))?;
        if bytes.len() > 8 { f.write_str("...") } else { Ok(()) }
    }
}
