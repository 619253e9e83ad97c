//! References as URIs: percent-encoding in both directions (RFC 3986 §2.1).

use std::fmt::Write as _;

/// The text with `%XX` decoded; as it stands if that gives no UTF-8.
pub(crate) fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(octet) = bytes.get(at) {
        let escape = (*octet == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let value = escape.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match value.filter(|_| escape.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(*octet);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// A path as a URI reference: everything but unreserved characters, `/` and harmless punctuation is encoded.
pub(crate) fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for octet in path.bytes() {
        match octet {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b'!'
            | b'('
            | b')'
            | b','
            | b'@' => {
                out.push(char::from(octet));
            }
            _ => drop(write!(out, "%{octet:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_and_come_back() {
        for name in ["a b.txt", "0123456789~#%&()=`@{[]}'.txt", "ສັນຍາ/hợp đồng.pdf", "100%.txt", "%41"]
        {
            assert_eq!(decoded(&encoded(name)), name);
        }
        assert_eq!(encoded("a b/c.txt"), "a%20b/c.txt");
        assert_eq!(decoded("%zz%4%+f"), "%zz%4%+f");
        assert_eq!(decoded("%ff"), "%ff");
    }
}
