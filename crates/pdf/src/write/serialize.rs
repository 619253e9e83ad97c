//! Values to bytes.

use crate::object::{Object, PdfString};

/// The bytes of a value that is not a stream; a stream gives its dictionary.
pub fn object_bytes(object: &Object) -> Vec<u8> {
    let mut out = Vec::new();
    write(object, &mut out);
    out
}

/// A number with at most four digits after the point, as drawing needs it.
pub fn number(value: f64) -> String {
    let text = format!("{:.4}", if value.is_finite() { value } else { 0.0 });
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// Values come from the parser or from our own code; both are of limited depth.
fn write(object: &Object, out: &mut Vec<u8>) {
    match object {
        Object::Null => out.extend_from_slice(b"null"),
        Object::Boolean(true) => out.extend_from_slice(b"true"),
        Object::Boolean(false) => out.extend_from_slice(b"false"),
        Object::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Object::Real(value) => out.extend_from_slice(number(*value).as_bytes()),
        Object::Name(name) => write_name(name, out),
        Object::String(string) => write_string(string, out),
        Object::Reference(reference) => out.extend_from_slice(reference.to_string().as_bytes()),
        Object::Array(elements) => {
            out.push(b'[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                write(element, out);
            }
            out.push(b']');
        }
        Object::Dictionary(dictionary) => write_dictionary(dictionary.iter(), out),
        Object::Stream(stream) => write_dictionary(stream.dictionary.iter(), out),
    }
}

fn write_dictionary<'a>(entries: impl Iterator<Item = (&'a [u8], &'a Object)>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<<");
    for (key, value) in entries {
        write_name(key, out);
        out.push(b' ');
        write(value, out);
        out.push(b'\n');
    }
    out.extend_from_slice(b">>");
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for byte in name {
        if byte.is_ascii_alphanumeric() || b"!\"$&'*+,-.:;=?@^_`|~\\".contains(byte) {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("#{byte:02X}").as_bytes());
        }
    }
}

fn write_string(string: &PdfString, out: &mut Vec<u8>) {
    if string.hexadecimal || !string.bytes.iter().all(|byte| (32..127).contains(byte)) {
        out.push(b'<');
        string.bytes.iter().for_each(|byte| out.extend_from_slice(format!("{byte:02x}").as_bytes()));
        out.push(b'>');
        return;
    }
    out.push(b'(');
    for byte in &string.bytes {
        if matches!(byte, b'(' | b')' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b')');
}
