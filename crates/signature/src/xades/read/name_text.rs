//! Distinguished names and numbers from their text forms, as `X509IssuerName` and `X509SerialNumber` have them.
//!
//! Read are RFC 4514 and RFC 2253 with the liberties that signers take: spaces after commas, quoted values, `OID.` before
//! numbers, names of attribute types in any case. Values become UTF8String; names compare without regard to the string type.

use mekong_pki::tlv::{self, wrap};

/// Bytes of a text that is read.
const TEXT_BYTES_MAX: usize = 8_192;
/// Octets of a number.
const NUMBER_OCTETS_MAX: usize = 64;

/// Names of attribute types, in upper case, with their OIDs as content octets in hexadecimal.
const TYPES: [(&str, &str); 30] = [
    ("CN", "550403"),
    ("COMMONNAME", "550403"),
    ("SN", "550404"),
    ("SURNAME", "550404"),
    ("SERIALNUMBER", "550405"),
    ("C", "550406"),
    ("L", "550407"),
    ("ST", "550408"),
    ("S", "550408"),
    ("STREET", "550409"),
    ("O", "55040a"),
    ("OU", "55040b"),
    ("T", "55040c"),
    ("TITLE", "55040c"),
    ("DESCRIPTION", "55040d"),
    ("BUSINESSCATEGORY", "55040f"),
    ("POSTALCODE", "550411"),
    ("PHONE", "550414"),
    ("NAME", "550429"),
    ("GN", "55042a"),
    ("G", "55042a"),
    ("GIVENNAME", "55042a"),
    ("INITIALS", "55042b"),
    ("GENERATION", "55042c"),
    ("DNQ", "55042e"),
    ("ORGANIZATIONIDENTIFIER", "550461"),
    ("E", "2a864886f70d010901"),
    ("EMAILADDRESS", "2a864886f70d010901"),
    ("DC", "0992268993f22c640119"),
    ("UID", "0992268993f22c640101"),
];

/// The DER `Name` of a text; `None` if it is none.
pub(super) fn to_der(text: &str) -> Option<Vec<u8>> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let mut rdns = Vec::new();
    for rdn in split(text, &[',', ';'])? {
        let mut attributes = split(rdn, &['+'])?.into_iter().map(attribute).collect::<Option<Vec<_>>>()?;
        attributes.sort();
        rdns.push(wrap(tlv::SET, &attributes.concat()));
    }
    rdns.reverse();
    Some(wrap(tlv::SEQUENCE, &rdns.concat()))
}

/// The parts between separators that are neither escaped nor quoted.
fn split<'t>(text: &'t str, separators: &[char]) -> Option<Vec<&'t str>> {
    let mut parts = Vec::new();
    let (mut start, mut escaped, mut quoted) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            c if !quoted && separators.contains(&c) => {
                parts.push(text.get(start..at)?);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..)?);
    Some(parts)
}

fn attribute(text: &str) -> Option<Vec<u8>> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim();
    let value = trimmed(value);
    let oid = oid(name)?;
    let value = match value.strip_prefix('#') {
        Some(encoded) => hex::decode(encoded).ok()?,
        None => wrap(tlv::UTF8_STRING, &unescaped(value)?),
    };
    Some(wrap(tlv::SEQUENCE, &[wrap(tlv::OID, &oid), value].concat()))
}

/// Without white space around, but for an escaped last space.
fn trimmed(value: &str) -> &str {
    let value = value.trim_start();
    let end = value.trim_end();
    match value.get(end.len()..) {
        Some(rest) if end.ends_with('\\') && !rest.is_empty() => value.get(..end.len() + 1).unwrap_or(end),
        _ => end,
    }
}

fn unescaped(value: &str) -> Option<Vec<u8>> {
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..)?;
        if first != '\\' {
            out.extend_from_slice(rest.get(..first.len_utf8())?.as_bytes());
            rest = after;
            continue;
        }
        if let Some(byte) = after.get(..2).and_then(|two| u8::from_str_radix(two, 16).ok()) {
            out.push(byte);
            rest = after.get(2..)?;
        } else {
            let escaped = after.chars().next()?;
            out.extend_from_slice(after.get(..escaped.len_utf8())?.as_bytes());
            rest = after.get(escaped.len_utf8()..)?;
        }
    }
    std::str::from_utf8(&out).is_ok().then_some(out)
}

/// Content octets of an attribute type, by name or number.
fn oid(name: &str) -> Option<Vec<u8>> {
    let upper = name.to_ascii_uppercase();
    if let Some((_, octets)) = TYPES.iter().find(|(known, _)| *known == upper) {
        return hex::decode(octets).ok();
    }
    let numbers = upper.strip_prefix("OID.").unwrap_or(&upper);
    let arcs: Vec<u32> = numbers.split('.').map(|arc| arc.parse().ok()).collect::<Option<_>>()?;
    let [first, second, rest @ ..] = arcs.as_slice() else { return None };
    let mut octets = Vec::new();
    base128(&mut octets, first.checked_mul(40)?.checked_add(*second)?);
    rest.iter().for_each(|arc| base128(&mut octets, *arc));
    Some(octets)
}

fn base128(out: &mut Vec<u8>, number: u32) {
    for shift in [28, 21, 14, 7] {
        if number >> shift != 0 {
            out.push(0x80 | (number >> shift & 0x7f) as u8);
        }
    }
    out.push((number & 0x7f) as u8);
}

/// The content octets of an INTEGER in decimal digits, perhaps negative.
pub(super) fn integer(digits: &str) -> Option<Vec<u8>> {
    let (negative, digits) = digits.strip_prefix('-').map_or((false, digits), |rest| (true, rest));
    if digits.is_empty() || digits.len() > NUMBER_OCTETS_MAX * 2 {
        return None;
    }
    // Little-endian while it grows.
    let mut octets: Vec<u8> = Vec::new();
    for digit in digits.chars() {
        let mut carry = digit.to_digit(10)?;
        for octet in &mut octets {
            let value = u32::from(*octet) * 10 + carry;
            *octet = (value & 0xff) as u8;
            carry = value >> 8;
        }
        if carry > 0 {
            octets.push((carry & 0xff) as u8);
        }
    }
    // Room for the sign.
    octets.push(0);
    if negative {
        negate(&mut octets);
    }
    octets.reverse();
    let sign = if negative { 0xff } else { 0 };
    let superfluous = octets
        .windows(2)
        .take_while(|pair| matches!(pair, [first, second] if *first == sign && (second & 0x80 != 0) == negative));
    let skip = superfluous.count();
    octets.get(skip..).map(<[u8]>::to_vec)
}

/// Two's complement, little-endian.
fn negate(octets: &mut [u8]) {
    let mut carry = true;
    for octet in octets {
        (*octet, carry) = (!*octet).overflowing_add(u8::from(carry));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_shortest_twos_complement() {
        for (digits, octets) in [
            ("0", vec![0]),
            ("127", vec![127]),
            ("128", vec![0, 128]),
            ("256", vec![1, 0]),
            ("-1", vec![255]),
            ("-128", vec![128]),
            ("-129", vec![255, 127]),
            ("18446744073709551616", vec![1, 0, 0, 0, 0, 0, 0, 0, 0]),
        ] {
            assert_eq!(integer(digits), Some(octets), "{digits}");
        }
        assert_eq!(integer("12a"), None);
        assert_eq!(integer(""), None);
    }

    #[test]
    fn text_forms_of_one_name_are_the_same() {
        use der::Decode as _;
        let name = |text| x509_cert::name::Name::from_der(&to_der(text).unwrap()).unwrap();
        let first = name(r"CN=Cơ quan\, cấp,2.5.4.97=#0c054e54522d31,O=A B,C=VN");
        for text in [
            r#"CN="Cơ quan, cấp", OID.2.5.4.97=NTR-1, O=a  b, C=vn"#,
            r"cn=C\C6\A1 quan\2c c\E1\BA\A5p;organizationIdentifier=NTR-1;o=A B;c=VN",
        ] {
            assert!(mekong_pki::name::same(&first, &name(text)), "{text}");
        }
        assert!(!mekong_pki::name::same(&first, &name("C=VN")));
        assert_eq!(to_der("CN"), None);
        assert_eq!(to_der("QQ=1"), None);
    }
}
