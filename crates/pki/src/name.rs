//! Distinguished names: built, written as RFC 4514 text, compared as RFC 5280 §7.1 wants.

pub use crate::canonical::canonical;
pub(crate) use crate::canonical::lenient_text;

use const_oid::ObjectIdentifier;
use der::asn1::{Any, PrintableStringRef, SetOfVec};
use der::{Decode, Encode, Tag, Tagged};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

/// `commonName`.
pub const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
/// `serialNumber` of the subject; not the certificate's.
pub const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
/// `countryName`, two letters.
pub const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
/// `localityName`.
pub const LOCALITY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.7");
/// `stateOrProvinceName`.
pub const STATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.8");
/// `organizationName`.
pub const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
/// `organizationalUnitName`.
pub const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
/// `businessCategory`.
pub const BUSINESS_CATEGORY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.15");
/// `organizationIdentifier` (ETSI EN 319 412-1 §5.1.4).
pub const ORGANIZATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");

const STREET: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.9");
const SURNAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.4");
const GIVEN_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.42");
const TITLE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.12");
const DOMAIN_COMPONENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25");
const USER_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1");

/// The descriptors that LDAP registers (RFC 4519) and that are written instead of numbers.
const DESCRIPTORS: [(ObjectIdentifier, &str); 14] = [
    (COMMON_NAME, "CN"),
    (LOCALITY, "L"),
    (STATE, "ST"),
    (ORGANIZATION, "O"),
    (ORGANIZATIONAL_UNIT, "OU"),
    (COUNTRY, "C"),
    (STREET, "STREET"),
    (DOMAIN_COMPONENT, "DC"),
    (USER_ID, "UID"),
    (SERIAL_NUMBER, "serialNumber"),
    (SURNAME, "SN"),
    (GIVEN_NAME, "givenName"),
    (TITLE, "title"),
    (BUSINESS_CATEGORY, "businessCategory"),
];

/// The value of a name attribute as text; `None` if it is of no string type.
///
/// Reads every string type; characters that the type forbids are read nevertheless, Teletex as Latin-1, as everybody
/// writes it.
pub fn attribute_text(value: &Any) -> Option<String> {
    crate::canonical::text(u8::from(value.tag()), value.value()).map(std::borrow::Cow::into_owned)
}

/// The first attribute of that type, in encoding order, as text.
pub fn attribute(name: &Name, oid: ObjectIdentifier) -> Option<String> {
    name.0.iter().flat_map(|rdn| rdn.0.iter()).find(|a| a.oid == oid).and_then(|a| attribute_text(&a.value))
}

/// All attributes in encoding order, as text; hexadecimal where a value is of no string type.
pub fn attributes(name: &Name) -> Vec<(ObjectIdentifier, String)> {
    let text = |value: &Any| attribute_text(value).unwrap_or_else(|| hex::encode(value.value()));
    name.0.iter().flat_map(|rdn| rdn.0.iter()).map(|a| (a.oid, text(&a.value))).collect()
}

/// A name as RFC 4514 text: last RDN first, `CN=Bộ Công an,O=Chính phủ,C=VN`.
///
/// Attribute types that LDAP does not register are written as `1.2.3=#hex`.
pub fn to_rfc4514(name: &Name) -> String {
    let mut out = String::new();
    for (i, rdn) in name.0.iter().rev().enumerate() {
        if i > 0 {
            out.push(',');
        }
        for (j, attribute) in rdn.0.iter().enumerate() {
            if j > 0 {
                out.push('+');
            }
            write_attribute(&mut out, attribute);
        }
    }
    out
}

fn write_attribute(out: &mut String, attribute: &AttributeTypeAndValue) {
    let descriptor = DESCRIPTORS.iter().find(|(oid, _)| *oid == attribute.oid).map(|(_, text)| *text);
    match (descriptor, attribute_text(&attribute.value)) {
        (Some(descriptor), Some(text)) => {
            out.push_str(descriptor);
            out.push('=');
            write_escaped(out, &text);
        }
        _ => {
            out.push_str(&attribute.oid.to_string());
            out.push_str("=#");
            out.push_str(&hex::encode(attribute.value.to_der().unwrap_or_default()));
        }
    }
}

fn write_escaped(out: &mut String, text: &str) {
    let last = text.chars().count().saturating_sub(1);
    for (i, c) in text.chars().enumerate() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => out.extend(['\\', c]),
            '#' if i == 0 => out.push_str("\\#"),
            ' ' if i == 0 || i == last => out.push_str("\\ "),
            '\0'..='\x1f' | '\x7f' => out.push_str(&format!("\\{:02X}", u32::from(c))),
            _ => out.push(c),
        }
    }
}

/// Whether two names are the same by RFC 5280 §7.1: letters compared without case, runs of blanks as one, Unicode forms and
/// string types ignored. Other values compare byte for byte.
pub fn same(a: &Name, b: &Name) -> bool {
    a == b || (a.0.len() == b.0.len() && canonical_of(a) == canonical_of(b))
}

fn canonical_of(name: &Name) -> Vec<u8> {
    canonical(&name.to_der().unwrap_or_default())
}

/// A DER `Name` as RFC 4514 text; hexadecimal if it is none.
pub fn der_to_rfc4514(der: &[u8]) -> String {
    Name::from_der(der).map_or_else(|_| format!("#{}", hex::encode(der)), |name| to_rfc4514(&name))
}

/// A name attribute that cannot be encoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} cannot be the value of {attribute} in a distinguished name: {reason}")]
pub struct NameError {
    /// The attribute, by descriptor or number.
    pub attribute: String,
    /// The value.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Longest attribute value that we write, in characters (X.520 `ub-name` is 64 for CN and O; many CAs exceed it, and
/// Lao and Vietnamese names of institutions need it).
pub const VALUE_CHARS_MAX: usize = 256;

/// Builds a name of one attribute per RDN, in encoding order (country first by custom).
///
/// Country and serial number are PrintableString where their characters allow it, domain components IA5String, everything
/// else UTF8String.
///
/// # Errors
/// [`NameError`] for an empty value, one longer than [`VALUE_CHARS_MAX`], control characters, characters that make a value
/// look like another one (reversed, hidden, on a line of their own), nothing that is seen, or a country that is not two letters.
pub fn build(attributes: &[(ObjectIdentifier, &str)]) -> Result<Name, NameError> {
    let rdns: Result<Vec<_>, _> = attributes.iter().map(|(oid, text)| rdn(*oid, text)).collect();
    Ok(RdnSequence(rdns?))
}

fn rdn(oid: ObjectIdentifier, text: &str) -> Result<RelativeDistinguishedName, NameError> {
    let fail = |reason| NameError { attribute: descriptor(oid), text: text.to_owned(), reason };
    if text.is_empty() {
        return Err(fail("it is empty"));
    }
    if text.chars().count() > VALUE_CHARS_MAX {
        return Err(fail("it is longer than 256 characters"));
    }
    if text.chars().any(char::is_control) {
        return Err(fail("it has control characters"));
    }
    if text.chars().any(is_deceptive) {
        return Err(fail("it has characters that are not seen and change how the others look"));
    }
    if text.chars().all(|c| c.is_whitespace() || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}')) {
        return Err(fail("nothing of it is seen"));
    }
    if oid == COUNTRY && (text.len() != 2 || !text.bytes().all(|b| b.is_ascii_alphabetic())) {
        return Err(fail("a country is two letters (ISO 3166)"));
    }
    let printable = PrintableStringRef::new(text).is_ok();
    let tag = match oid {
        COUNTRY => Tag::PrintableString,
        SERIAL_NUMBER if printable => Tag::PrintableString,
        DOMAIN_COMPONENT if text.is_ascii() => Tag::Ia5String,
        _ => Tag::Utf8String,
    };
    let value = Any::new(tag, text.as_bytes()).map_err(|_| fail("it cannot be encoded"))?;
    let set =
        SetOfVec::try_from(vec![AttributeTypeAndValue { oid, value }]).map_err(|_| fail("it cannot be encoded"))?;
    Ok(RelativeDistinguishedName(set))
}

/// Marks and overrides of direction (UAX #9), separators of lines, fillers, tags and what is no character. Not the zero-width
/// space, which parts words in Lao.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{e0000}'..='\u{e007f}' | '\u{fdd0}'..='\u{fdef}')
        || u32::from(c) & 0xfffe == 0xfffe
}

fn descriptor(oid: ObjectIdentifier) -> String {
    DESCRIPTORS.iter().find(|(o, _)| *o == oid).map_or_else(|| oid.to_string(), |(_, text)| (*text).to_owned())
}

#[cfg(test)]
#[path = "name_tests.rs"]
mod tests;
