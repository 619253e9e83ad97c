//! The message imprints of archive time-stamps, version 2 (TS 101 733 §6.4.1, annex K) and 3 (EN 319 122-1 §5.5.3).

use super::hash_index::HashIndex;
use super::timestamps::{Parsed, Stamp, Stamped};
use mekong_crypto::Hasher;
use mekong_pki::cms::{Attribute, SignerInfo, oid};
use mekong_pki::tlv::{self, Walker, context, wrap};
use std::borrow::Cow;

/// Largest part that is tried in DER too, in bytes.
const DER_BYTES_MAX: usize = 16 << 20;

/// How a part is digested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As it stands.
    AsIs,
    /// With definite, shortest lengths.
    Der,
}

impl Form {
    /// The part in this form; as it stands if it cannot be had otherwise.
    pub(super) fn of(self, part: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Der if part.len() <= DER_BYTES_MAX => tlv::definite(part).unwrap_or(Cow::Borrowed(part)),
            _ => Cow::Borrowed(part),
        }
    }
}

/// Type and values of an attribute, without the header of its sequence.
pub(super) fn fields<'a>(attribute: &Attribute<'a>) -> Vec<&'a [u8]> {
    let (mut fields, mut found) = (attribute.element.inside(), Vec::new());
    while let Ok(field) = fields.next("attribute") {
        found.push(field.whole);
    }
    found
}

/// The fields of a signer from `version` to `signature`.
pub(super) fn signed_fields<'a>(signer: &SignerInfo<'a>) -> impl Iterator<Item = &'a [u8]> {
    let attributes = signer.signed.as_ref().map(|s| s.element);
    let before = [signer.version, signer.sid, signer.digest_algorithm];
    let after = [signer.signature_algorithm, signer.signature];
    before.into_iter().chain(attributes).chain(after).map(|e| e.whole)
}

/// The imprint of version 3; `None` if the content is not at hand.
pub(super) fn imprint_v3(
    stamped: &Stamped<'_, '_>,
    parsed: &Parsed<'_>,
    index: &HashIndex<'_>,
    form: Form,
) -> Option<Vec<u8>> {
    let algorithm = parsed.token.info.algorithm;
    let content = (stamped.digest)(algorithm)?;
    let mut hasher = Hasher::new(algorithm);
    hasher.update(&wrap(tlv::OID, stamped.cms.data.content_type));
    hasher.update(&content);
    for field in signed_fields(stamped.signer) {
        hasher.update(&form.of(field));
    }
    hasher.update(&form.of(index.encoded));
    Some(hasher.finish().as_ref().to_vec())
}

/// The numbers of the unsigned attributes that an archive time-stamp of version 2 covers: all but the archive time-stamps
/// that are not older.
pub(super) fn before(stamped: &Stamped<'_, '_>, stamp: &Stamp<'_>) -> Vec<usize> {
    let attributes = stamped.signer.unsigned.iter().flat_map(|u| &u.list).enumerate();
    let is_covered = |(number, attribute): &(usize, &Attribute<'_>)| {
        let is_archive = matches!(attribute.id, oid::ARCHIVE_TIMESTAMP_V2 | oid::ARCHIVE_TIMESTAMP_V3);
        let mut here = stamped.stamps.iter().filter(|s| s.place.is_some_and(|(at, _)| at == *number));
        !is_archive || here.all(|s| s.time().is_some_and(|t| stamp.time().is_some_and(|stamp| t < stamp)))
    };
    attributes.filter(is_covered).map(|(number, _)| number).collect()
}

/// The imprint of version 2 over the unsigned attributes with these numbers, with or without the header of their set;
/// `None` if the content is not at hand.
pub(super) fn imprint_v2(
    stamped: &Stamped<'_, '_>,
    parsed: &Parsed<'_>,
    covered: &[usize],
    form: Form,
    with_set: bool,
) -> Option<Vec<u8>> {
    let mut hasher = stamped.cms.start_of_v2(parsed.token.info.algorithm, form)?;
    for field in signed_fields(stamped.signer) {
        hasher.update(&form.of(field));
    }
    let mut attributes = Vec::new();
    for (number, attribute) in stamped.signer.unsigned.iter().flat_map(|u| &u.list).enumerate() {
        if covered.contains(&number) {
            attributes.extend_from_slice(&form.of(attribute.element.whole));
        }
    }
    match with_set {
        true => hasher.update(&wrap(context(1), &attributes)),
        false => hasher.update(&attributes),
    }
    Some(hasher.finish().as_ref().to_vec())
}

/// The elements of a sequence of octet strings.
pub(super) fn octet_strings<'a>(fields: &mut Walker<'a>, what: &str) -> Result<Vec<&'a [u8]>, tlv::TlvError> {
    let (mut list, mut found) = (fields.enter(tlv::SEQUENCE, what)?, Vec::new());
    while !list.is_empty() {
        found.push(list.take(tlv::OCTET_STRING, what)?.value);
    }
    Ok(found)
}
