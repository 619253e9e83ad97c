//! Levels T, LT and LTA added to finished signatures, and archive time-stamps renewed (EN 319 122-1 §5.3, §5.5).

use super::content::Digests;
use super::hash_index::HashIndex;
use super::make::{refused, unreadable};
use super::{Content, archive};
use crate::facts::Level;
use crate::making::{MakeError, Material, Selection, ServiceError, Services};
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_pki::Certificate;
use mekong_pki::cms::{SignedData, SignerInfo, Writing, algorithm_identifier, attribute, oid};
use mekong_pki::tlv::{self, wrap, wrap_all};
use mekong_pki::tsp::Token;

/// The digest of signature time-stamps.
const STAMP_DIGEST: DigestAlgorithm = DigestAlgorithm::Sha256;
/// The digest of archive time-stamps and of their hash indices.
const ARCHIVE_DIGEST: DigestAlgorithm = DigestAlgorithm::Sha512;

/// Adds a time-stamp on each chosen signature: level T.
///
/// Ids are those of [`super::read`]: `signature-1` and so on; counter-signatures are not augmented.
///
/// # Errors
/// [`MakeError::Document`] if the file cannot be read or no chosen signature is in it, [`MakeError::Service`].
pub fn add_timestamp(bytes: &[u8], which: &Selection, services: &dyn Services) -> Result<Vec<u8>, MakeError> {
    let data = SignedData::parse(bytes).map_err(unreadable)?;
    let mut writing = Writing::of(&data);
    for (number, signer) in chosen(&data, which)? {
        let token = stamp(services, STAMP_DIGEST, STAMP_DIGEST.digest(&signer.value).as_ref())?;
        let unsigned = writing.unsigned_attributes(number).map_err(unreadable)?;
        unsigned.push(attribute(oid::SIGNATURE_TIMESTAMP, &[&token]));
    }
    Ok(writing.to_der())
}

/// Adds the certificates and revocation data with which the chosen signatures and all their time-stamps are validated later:
/// level LT.
///
/// # Errors
/// [`MakeError::Document`] also if an archive time-stamp of version 2 covers the place where they would go;
/// [`MakeError::Level`] if there is no time-stamp on a chosen signature; [`MakeError::Service`].
pub fn add_material(bytes: &[u8], which: &Selection, services: &dyn Services) -> Result<Vec<u8>, MakeError> {
    let data = SignedData::parse(bytes).map_err(unreadable)?;
    let mut certificates = Vec::new();
    for (number, signer) in chosen(&data, which)? {
        if signer.unsigned_attributes(oid::SIGNATURE_TIMESTAMP).next().is_none() {
            return Err(MakeError::Level { wanted: Level::Lt, found: Level::B });
        }
        if signer.unsigned_attributes(oid::ARCHIVE_TIMESTAMP_V2).next().is_some() {
            let reason = "an archive time-stamp of version 2 covers the certificates of the file: none can be added";
            return Err(refused(id_of(&data, number), reason.into()));
        }
        certificates.extend(needed(&data, signer));
    }
    let mut writing = Writing::of(&data);
    put(&mut writing, services.material(&certificates)?);
    Ok(writing.to_der())
}

/// Adds an archive time-stamp of version 3 over each chosen signature with all that is in it: level LTA. Done again, it renews
/// the protection; material for the time-stamps that are there is added first.
///
/// # Errors
/// As [`add_material`]; [`MakeError::Document`] also if a detached content is not at hand.
pub fn add_archive_timestamp(
    bytes: &[u8],
    detached: Content<'_>,
    which: &Selection,
    services: &dyn Services,
) -> Result<Vec<u8>, MakeError> {
    let bytes = add_material(bytes, which, services)?;
    let data = SignedData::parse(&bytes).map_err(unreadable)?;
    let digests = Digests::of(&data, detached);
    let Some(content) = digests.digest(ARCHIVE_DIGEST) else {
        let reason = format!(
            "an archive time-stamp covers the detached content ({}): give the content too",
            ARCHIVE_DIGEST.name()
        );
        return Err(refused("content", reason));
    };
    let mut writing = Writing::of(&data);
    for (number, signer) in chosen(&data, which)? {
        let index = hash_index(&data, signer);
        let mut hasher = Hasher::new(ARCHIVE_DIGEST);
        hasher.update(&wrap(tlv::OID, data.content_type));
        hasher.update(&content);
        archive::signed_fields(signer).for_each(|field| hasher.update(field));
        hasher.update(&index);
        let token = stamp(services, ARCHIVE_DIGEST, hasher.finish().as_ref())?;
        let token = with_index(&token, &index).map_err(unreadable)?;
        let unsigned = writing.unsigned_attributes(number).map_err(unreadable)?;
        unsigned.push(attribute(oid::ARCHIVE_TIMESTAMP_V3, &[&token]));
    }
    Ok(writing.to_der())
}

/// The chosen signers with their numbers.
fn chosen<'d, 'a>(data: &'d SignedData<'a>, which: &Selection) -> Result<Vec<(usize, &'d SignerInfo<'a>)>, MakeError> {
    let signers = data.signers.iter().enumerate();
    let chosen: Vec<_> = signers.filter(|(number, _)| which.takes(&id_of(data, *number))).collect();
    match chosen.is_empty() {
        false => Ok(chosen),
        true => Err(refused("CMS", format!("none of the {} signatures is among {which:?}", data.signers.len()))),
    }
}

/// The id that reading gives to a signer: counter-signatures count too.
fn id_of(data: &SignedData<'_>, number: usize) -> String {
    let before: usize = data.signers.iter().take(number).map(|s| 1 + counters(s, 0)).sum();
    format!("signature-{}", before + 1)
}

fn counters(signer: &SignerInfo<'_>, depth: usize) -> usize {
    let values = signer.unsigned_attributes(oid::COUNTER_SIGNATURE).flat_map(|a| &a.values);
    let readable = values.filter_map(|v| SignerInfo::read(*v).ok());
    readable.map(|s| 1 + if depth < super::COUNTER_DEPTH_MAX { counters(&s, depth + 1) } else { 0 }).sum()
}

/// A token over that digest, checked to be one.
pub(crate) fn stamp(services: &dyn Services, algorithm: DigestAlgorithm, digest: &[u8]) -> Result<Vec<u8>, MakeError> {
    let bytes = services.timestamp(algorithm, digest)?;
    let wrong = |reason: String| ServiceError { service: "time-stamp".into(), reason };
    let data = SignedData::parse(&bytes).map_err(|e| wrong(e.to_string()))?;
    let token = Token::read(&data).map_err(|e| wrong(e.to_string()))?;
    if (token.info.algorithm, token.info.digest.as_slice()) != (algorithm, digest) {
        return Err(wrong("the token is for another digest than the one that was asked for".into()).into());
    }
    Ok(bytes)
}

/// The certificates whose validation a signature needs: its own and those of its tokens.
fn needed(data: &SignedData<'_>, signer: &SignerInfo<'_>) -> Vec<Certificate> {
    let mut found: Vec<Certificate> =
        data.certificates.decoded().into_iter().filter(|c| signer.id.matches(c)).collect();
    for attribute in signer.unsigned.iter().flat_map(|u| &u.list) {
        if super::timestamps::kind_of(attribute.id).is_none() {
            continue;
        }
        for value in &attribute.values {
            let Ok(token) = SignedData::parse(value.whole) else { continue };
            let certificates = token.certificates.decoded();
            let all = certificates.into_iter().chain(data.certificates.decoded());
            found.extend(all.filter(|c| token.signers.iter().any(|s| s.id.matches(c))).take(1));
        }
    }
    let mut certificates = Vec::new();
    for certificate in found {
        if !certificates.contains(&certificate) {
            certificates.push(certificate);
        }
    }
    certificates
}

fn put(writing: &mut Writing, material: Material) {
    material.certificates.iter().for_each(|c| writing.add_certificate(c));
    material.crls.iter().for_each(|crl| writing.add_crl(crl));
    material.ocsps.iter().for_each(|ocsp| writing.add_ocsp(ocsp));
}

/// The value of an `ATSHashIndexV3` over all that is there (EN 319 122-1 §5.5.2).
fn hash_index(data: &SignedData<'_>, signer: &SignerInfo<'_>) -> Vec<u8> {
    let digest = |bytes: &[u8]| ARCHIVE_DIGEST.digest(bytes).as_ref().to_vec();
    let list = |digests: Vec<Vec<u8>>| {
        let strings: Vec<Vec<u8>> = digests.iter().map(|d| wrap(tlv::OCTET_STRING, d)).collect();
        wrap(tlv::SEQUENCE, &strings.concat())
    };
    let certificates = data.certificates.all().iter().map(|c| digest(c.whole)).collect();
    let revocations = data.revocations.iter().map(|r| digest(r.element().whole)).collect();
    let attributes = signer.unsigned.iter().flat_map(|u| &u.list);
    let attributes = attributes.flat_map(|a| HashIndex::digests(ARCHIVE_DIGEST, a)).collect();
    let algorithm = algorithm_identifier(ARCHIVE_DIGEST);
    wrap_all(tlv::SEQUENCE, &[&algorithm, &list(certificates), &list(revocations), &list(attributes)])
}

/// The token with its hash index as unsigned attribute.
fn with_index(token: &[u8], index: &[u8]) -> Result<Vec<u8>, mekong_pki::cms::CmsError> {
    let mut writing = Writing::of(&SignedData::parse(token)?);
    writing.unsigned_attributes(0)?.push(attribute(oid::ATS_HASH_INDEX_V3, &[index]));
    Ok(writing.to_der())
}
