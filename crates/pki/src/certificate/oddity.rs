//! What is wrong with a certificate and was accepted knowingly, because real authorities do it.

use super::Certificate;
use super::frame::{Frame, SERIAL_OCTETS_MAX};
use crate::extensions::shortest;
use crate::tlv::{self, Tlv, TlvError, Walker};
use crate::{canonical, time};
use mekong_base::Instant;
use mekong_crypto::KeyOddity;

/// A departure from RFC 5280 or DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oddity {
    /// A stable code in lower snake case.
    pub code: &'static str,
    /// What was found, with values.
    pub text: String,
}

impl Oddity {
    fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

impl Certificate {
    /// Everything that was accepted although it should not be so; empty for nearly all certificates.
    ///
    /// Codes: `negative_serial`, `zero_serial`, `long_serial`, `padded_serial` (RFC 5280 §4.1.2.2); `extensions_without_version`
    /// (§4.1.2.1); `time_form`, `time_type`, `inverted_validity` (§4.1.2.5); `wrong_string` (§4.1.2.4); `ber_encoding`
    /// (X.690 §10, §11); `default_encoded` (X.690 §11.5); `quoted_constraint` (§4.2.1.10); `negative_modulus`, `padded_modulus` (of the key).
    pub fn oddities(&self) -> Vec<Oddity> {
        let mut found = Vec::new();
        if let Ok(frame) = Frame::read(self.der()) {
            serial(&frame, &mut found);
            version(&frame, &mut found);
            validity(&frame, &mut found);
            name("issuer", frame.issuer, &mut found);
            name("subject", frame.subject, &mut found);
            encoding(self.der(), &frame, &mut found);
            constraints(&frame, &mut found);
        }
        found.extend(self.public_key().oddities().iter().map(|oddity| key(*oddity)));
        found
    }
}

fn key(oddity: KeyOddity) -> Oddity {
    let code = match oddity {
        KeyOddity::NegativeModulus => "negative_modulus",
        KeyOddity::PaddedModulus => "padded_modulus",
        _ => "odd_key",
    };
    Oddity::new(code, oddity.to_string())
}

fn serial(frame: &Frame<'_>, found: &mut Vec<Oddity>) {
    let serial = shortest(frame.serial);
    let text = hex::encode(serial);
    if serial.len() < frame.serial.len() {
        found.push(Oddity::new("padded_serial", format!("the serial number {text} has superfluous octets before it")));
    }
    match serial {
        [0] | [] => found.push(Oddity::new("zero_serial", "the serial number is zero")),
        [0x80..=0xff, ..] => {
            found.push(Oddity::new("negative_serial", format!("the serial number {text} is negative")))
        }
        _ => {}
    }
    let octets = serial.len();
    if octets > SERIAL_OCTETS_MAX {
        let text = format!("the serial number has {octets} octets, more than {SERIAL_OCTETS_MAX}");
        found.push(Oddity::new("long_serial", text));
    }
}

fn version(frame: &Frame<'_>, found: &mut Vec<Oddity>) {
    if frame.extensions.is_some() && frame.version.map(shortest) != Some(&[2]) {
        let version = frame.version.and_then(|v| v.last()).map_or(1, |v| u32::from(*v) + 1);
        let text = format!("it has extensions but says that it is of version {version}, not 3");
        found.push(Oddity::new("extensions_without_version", text));
    }
}

fn validity(frame: &Frame<'_>, found: &mut Vec<Oddity>) {
    /// 2050-01-01, from which on times are GeneralizedTime.
    const GENERALIZED_FROM: Instant = Instant::from_unix_seconds(2_524_608_000);
    for (what, element) in [("notBefore", frame.not_before), ("notAfter", frame.not_after)] {
        let Ok(read) = time::read(element) else { continue };
        let text = String::from_utf8_lossy(element.value);
        if !read.exact {
            found.push(Oddity::new("time_form", format!("{what} is written {text}, not to the second in UTC")));
        }
        if element.tag == tlv::GENERALIZED_TIME && read.at < GENERALIZED_FROM {
            found.push(Oddity::new("time_type", format!("{what} {text} is a GeneralizedTime before 2050")));
        }
    }
    if let Ok((not_before, not_after)) = frame.validity()
        && not_after < not_before
    {
        let text = format!("it ends at {not_after}, before it begins at {not_before}");
        found.push(Oddity::new("inverted_validity", text));
    }
}

fn name(what: &str, name: Tlv<'_>, found: &mut Vec<Oddity>) {
    let mut wrong = Vec::new();
    let mut walk = || -> Result<(), TlvError> {
        let mut rdns = Walker::new(name.value);
        while !rdns.is_empty() {
            let mut rdn = rdns.enter(tlv::SET, "RelativeDistinguishedName")?;
            while !rdn.is_empty() {
                let mut attribute = rdn.enter(tlv::SEQUENCE, "AttributeTypeAndValue")?;
                attribute.take(tlv::OID, "type")?;
                let value = attribute.next("value")?;
                if !canonical::fits_type(value) {
                    wrong.push(value);
                }
            }
        }
        Ok(())
    };
    let _ = walk();
    for value in wrong {
        let text = canonical::text(value.tag, value.value).unwrap_or_default();
        let text = format!("the {what} has {text:?} in a string of type {:#04x}, which does not allow it", value.tag);
        found.push(Oddity::new("wrong_string", text));
    }
}

fn encoding(der: &[u8], frame: &Frame<'_>, found: &mut Vec<Oddity>) {
    if tlv::definite(der).is_ok_and(|definite| definite != der) {
        found.push(Oddity::new("ber_encoding", "it is not in DER: lengths or strings are in other forms of BER"));
    }
    let mut list = Walker::new(frame.extensions.unwrap_or_default());
    while let Ok(mut extension) = list.enter(tlv::SEQUENCE, "Extension") {
        let oid = extension.take(tlv::OID, "extnID").map(|oid| crate::extensions::oid_text(oid.value));
        let critical = extension.optional(tlv::BOOLEAN, "critical").ok().flatten();
        let (Ok(oid), Some(critical)) = (oid, critical) else { continue };
        match critical.value {
            [0] => {
                let text = format!("extension {oid} says that it is not critical, which is the default");
                found.push(Oddity::new("default_encoded", text));
            }
            [0xff] => {}
            other => {
                let text = format!("extension {oid} writes TRUE as {}", hex::encode(other));
                found.push(Oddity::new("ber_encoding", text));
            }
        }
    }
}

/// `""` in quotation marks, which [`crate::path`] reads as no text.
fn constraints(frame: &Frame<'_>, found: &mut Vec<Oddity>) {
    const QUOTED: &[u8] = &[0x82, 2, b'"', b'"'];
    let list = crate::extensions::read(frame.extensions.unwrap_or_default()).unwrap_or_default();
    let constraints = list.iter().find(|e| e.is(&const_oid::db::rfc5280::ID_CE_NAME_CONSTRAINTS));
    if constraints.is_some_and(|e| e.value.windows(QUOTED.len()).any(|window| window == QUOTED)) {
        let text = "a name constraint is two quotation marks, read as the constraint that every DNS name meets";
        found.push(Oddity::new("quoted_constraint", text));
    }
}
