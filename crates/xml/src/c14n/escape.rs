//! Characters that canonical XML writes as references (Canonical XML 1.0 §2.3).

use super::Sink;

/// Writes the text of a text node.
#[inline]
pub(super) fn text(out: &mut impl Sink, text: &str) {
    escape(out, text, |byte| match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' => Some(b"&gt;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    });
}

/// Writes the value of an attribute or namespace.
#[inline]
pub(super) fn attribute(out: &mut impl Sink, value: &str) {
    escape(out, value, |byte| match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'"' => Some(b"&quot;"),
        b'\t' => Some(b"&#x9;"),
        b'\n' => Some(b"&#xA;"),
        b'\r' => Some(b"&#xD;"),
        _ => None,
    });
}

#[inline]
fn escape(out: &mut impl Sink, text: &str, reference: impl Fn(u8) -> Option<&'static [u8]>) {
    let mut rest = text.as_bytes();
    while let Some(position) = rest.iter().position(|byte| reference(*byte).is_some()) {
        let (plain, after) = rest.split_at(position);
        out.write(plain);
        let Some((special, after)) = after.split_first() else { return };
        out.write(reference(*special).unwrap_or_default());
        rest = after;
    }
    out.write(rest);
}
