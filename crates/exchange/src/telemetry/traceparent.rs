//! The context of the trace in which an information system asks: the header `traceparent`.
//!
//! Source: W3C Trace Context Level 2, section 3.2.

/// The name of the header.
pub const HEADER: &str = "traceparent";
/// The longest value that is looked at, in bytes; version 00 has 55.
const BYTES_MAX: usize = 512;

/// A span of somebody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanContext {
    /// Id of the trace; not zero.
    pub trace_id: [u8; 16],
    /// Id of the span; not zero.
    pub span_id: [u8; 8],
    /// Its flags; the lowest bit says that it was sampled.
    pub flags: u8,
}

impl SpanContext {
    /// Reads the value of a header; `None` for one that is to be ignored. Of versions after 00 only what 00 has is read.
    pub fn read(value: &str) -> Option<Self> {
        let mut fields = value.get(..value.len().min(BYTES_MAX + 1)).filter(|v| v.len() <= BYTES_MAX)?.split('-');
        let [version] = bytes::<1>(fields.next()?)?;
        let trace_id = bytes::<16>(fields.next()?)?;
        let span_id = bytes::<8>(fields.next()?)?;
        let [flags] = bytes::<1>(fields.next()?)?;
        let may_go_on = version != 0;
        if version == 0xff || trace_id == [0; 16] || span_id == [0; 8] || (fields.next().is_some() && !may_go_on) {
            return None;
        }
        Some(Self { trace_id, span_id, flags })
    }
}

/// Bytes in lower-case hexadecimal, exactly so many.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || text.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let mut out = [0; N];
    hex::decode_to_slice(text, &mut out).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_read_as_the_specification_has_them() {
        let read = SpanContext::read("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let read = read.map(|c| (hex::encode(c.trace_id), hex::encode(c.span_id), c.flags));
        let expected = ("4bf92f3577b34da6a3ce929d0e0e4736".to_owned(), "00f067aa0ba902b7".to_owned(), 1);
        assert_eq!(read, Some(expected));
        let later = SpanContext::read("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-what-comes");
        assert_eq!(later.map(|c| c.flags), Some(0));
    }

    #[test]
    fn what_is_malformed_is_ignored() {
        for wrong in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e47-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
        ] {
            assert_eq!(SpanContext::read(wrong), None, "{wrong}");
        }
        assert_eq!(SpanContext::read(&"é".repeat(BYTES_MAX)), None);
    }
}
