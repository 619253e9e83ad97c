//! What the signer says beside the content: roles, commitment, place, kind of content (EN 319 122-1 §5.2).

use mekong_pki::cms::{Attribute, oid};
use mekong_pki::tlv::{self, TlvError, Walker, context};

/// Most texts that are taken from one attribute.
const TEXTS_MAX: usize = 32;
/// Deepest nesting that is searched for texts.
const DEPTH_MAX: usize = 12;
/// Longest text that is kept, in bytes.
const TEXT_BYTES_MAX: usize = 4096;

/// Name and text of what an attribute claims; nothing for attributes that are no claims.
pub(super) fn read(attribute: &Attribute<'_>) -> Result<Vec<(String, String)>, TlvError> {
    let Some(value) = attribute.values.first().map(|v| v.whole) else { return Ok(Vec::new()) };
    let named = |name: &str, texts: Vec<String>| texts.into_iter().map(|t| (name.to_owned(), t)).collect();
    Ok(match attribute.id {
        oid::COMMITMENT_TYPE => {
            let id = Walker::open(value, tlv::SEQUENCE, "commitment type")?.take(tlv::OID, "commitment type")?;
            named("commitment", vec![oid::text(id.value)])
        }
        oid::SIGNER_LOCATION => location(Walker::open(value, tlv::SEQUENCE, "signer location")?)?,
        oid::SIGNER_ATTRIBUTES | oid::SIGNER_ATTRIBUTES_V2 => named("role", texts(value)?),
        oid::CONTENT_HINTS => named("content hint", texts(value)?),
        oid::MIME_TYPE => named("mime type", texts(value)?),
        _ => Vec::new(),
    })
}

fn location(mut fields: Walker<'_>) -> Result<Vec<(String, String)>, TlvError> {
    let mut claims = Vec::new();
    for (tag, name) in [(context(0), "country"), (context(1), "city"), (context(2), "address")] {
        if let Some(field) = fields.optional(tag, name)? {
            let texts = texts(field.whole)?;
            if !texts.is_empty() {
                claims.push((name.to_owned(), texts.join(", ")));
            }
        }
    }
    Ok(claims)
}

/// All texts inside an element, in order. Certified attributes hold certificates, which are not searched.
fn texts(der: &[u8]) -> Result<Vec<String>, TlvError> {
    let mut found = Vec::new();
    collect(Walker::new(der), &mut found, 0)?;
    Ok(found)
}

fn collect(mut elements: Walker<'_>, found: &mut Vec<String>, depth: usize) -> Result<(), TlvError> {
    while !elements.is_empty() && found.len() < TEXTS_MAX && depth < DEPTH_MAX {
        let element = elements.next("text")?;
        match element.tag {
            // UTF8String, PrintableString, TeletexString, IA5String, VisibleString
            0x0c | 0x13 | 0x14 | 0x16 | 0x1a => {
                let bytes = element.value.get(..TEXT_BYTES_MAX).unwrap_or(element.value);
                found.push(String::from_utf8_lossy(bytes).into_owned());
            }
            // BMPString
            0x1e => {
                let units = element.value.chunks_exact(2).take(TEXT_BYTES_MAX);
                let units: Vec<u16> = units.filter_map(|u| Some(u16::from_be_bytes(u.try_into().ok()?))).collect();
                found.push(String::from_utf16_lossy(&units));
            }
            tag if tag & 0x20 != 0 => collect(Walker::new(element.value), found, depth + 1)?,
            _ => {}
        }
    }
    Ok(())
}
