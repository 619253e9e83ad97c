//! The signed attributes as they are made (EN 319 122-1 §5.1, §5.2).

use super::make::{Options, Profile, refused};
use crate::making::{MakeError, Signing};
use mekong_crypto::DigestAlgorithm;
use mekong_pki::cms::{self, algorithm_identifier, attribute, oid, set_of};
use mekong_pki::tlv::{self, context, wrap, wrap_all};

/// `id-at-name`, 2.5.4.41, a plain string: `id-at-role` would need a `RoleSyntax`.
const ROLE: &[u8] = &[0x55, 0x04, 0x29];

/// The signed attributes over a content with this digest, a DER SET: what is signed. Counter-signatures have no content
/// type.
pub(super) fn signed(
    digest: &[u8],
    content_type: Option<&[u8]>,
    signing: &Signing,
    options: &Options<'_>,
) -> Result<Vec<u8>, MakeError> {
    let reference = match signing.digest {
        DigestAlgorithm::Sha1 | DigestAlgorithm::Md5 => DigestAlgorithm::Sha256,
        other => other,
    };
    let mut list = vec![
        attribute(oid::MESSAGE_DIGEST, &[&wrap(tlv::OCTET_STRING, digest)]),
        attribute(oid::SIGNING_CERTIFICATE_V2, &[&cms::signing_certificate_v2(&signing.certificate, reference)]),
    ];
    if let Some(content_type) = content_type {
        list.push(attribute(oid::CONTENT_TYPE, &[&wrap(tlv::OID, content_type)]));
    }
    if options.profile == Profile::Cades {
        let time = cms::time(signing.time).map_err(|e| refused("signing time", e.to_string()))?;
        list.push(attribute(oid::SIGNING_TIME, &[&time]));
        if let Some(mime_type) = &options.mime_type {
            list.push(attribute(oid::MIME_TYPE, &[&text(mime_type)]));
        }
        list.extend(location(signing));
    }
    if let Some(commitment) = &signing.commitment {
        let id = wrap(tlv::OID, &identifier("commitment", commitment)?);
        list.push(attribute(oid::COMMITMENT_TYPE, &[&wrap(tlv::SEQUENCE, &id)]));
    }
    if !signing.roles.is_empty() {
        let roles: Vec<Vec<u8>> = signing.roles.iter().map(|role| attribute(ROLE, &[&text(role)])).collect();
        let claimed = wrap(context(0), &wrap(tlv::SEQUENCE, &roles.concat()));
        list.push(attribute(oid::SIGNER_ATTRIBUTES_V2, &[&wrap(tlv::SEQUENCE, &claimed)]));
    }
    if let Some((id, algorithm, digest)) = &signing.policy {
        let id = wrap(tlv::OID, &identifier("signature policy", id)?);
        let hash = wrap_all(tlv::SEQUENCE, &[&algorithm_identifier(*algorithm), &wrap(tlv::OCTET_STRING, digest)]);
        list.push(attribute(oid::SIGNATURE_POLICY, &[&wrap_all(tlv::SEQUENCE, &[&id, &hash])]));
    }
    Ok(set_of(list))
}

fn text(text: &str) -> Vec<u8> {
    wrap(tlv::UTF8_STRING, text.as_bytes())
}

/// An object identifier, dotted or as `urn:oid:`.
fn identifier(what: &str, id: &str) -> Result<Vec<u8>, MakeError> {
    let dotted = id.strip_prefix("urn:oid:").unwrap_or(id);
    oid::octets(dotted).ok_or_else(|| refused(what, format!("CAdES names it by an object identifier, not by {id:?}")))
}

/// `SignerLocation`: country, locality, and the province as a line of the postal address.
fn location(signing: &Signing) -> Option<Vec<u8>> {
    let place = signing.place.as_ref()?;
    let field = |tag: u8, value: &Option<String>| {
        value.as_ref().map(|value| wrap(context(tag), &text(value))).unwrap_or_default()
    };
    let province =
        place.province.as_ref().map(|p| wrap(context(2), &wrap(tlv::SEQUENCE, &text(p)))).unwrap_or_default();
    let fields = [field(0, &place.country), field(1, &place.city), province].concat();
    (!fields.is_empty()).then(|| attribute(oid::SIGNER_LOCATION, &[&wrap(tlv::SEQUENCE, &fields)]))
}
