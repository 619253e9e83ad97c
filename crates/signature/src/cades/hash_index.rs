//! The hash index of an archive time-stamp of version 3: which certificates, revocation data and unsigned attributes it
//! covers (EN 319 122-1 §5.5.2; versions 1 and 2 as in TS 101 733 §6.4.2).

use super::archive::{Form, octet_strings};
use super::material::{proven_certificate, proven_revocation};
use super::policy::digest_algorithm;
use super::timestamps::Stamped;
use crate::facts::{Finding, Proven, Timestamp, Weight};
use mekong_crypto::{DigestAlgorithm, Hasher};
use mekong_pki::cms::{Attribute, RevocationInfo, SignedData, oid};
use mekong_pki::tlv::{self, TlvError, Walker, wrap};
use std::collections::HashSet;

/// Which form of the attribute it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    /// Whole attributes are digested.
    Attributes,
    /// Each value of an attribute is digested with the type.
    Values,
}

/// A hash index as it stands in a token.
#[derive(Debug)]
pub(super) struct HashIndex<'a> {
    /// The value of the attribute.
    pub(super) encoded: &'a [u8],
    version: Version,
    algorithm: DigestAlgorithm,
    certificates: Vec<&'a [u8]>,
    revocations: Vec<&'a [u8]>,
    attributes: Vec<&'a [u8]>,
}

impl<'a> HashIndex<'a> {
    /// The index in the unsigned attributes of a token.
    ///
    /// # Errors
    /// Says that there is none, or what is wrong with it.
    pub(super) fn of_token(token: &SignedData<'a>) -> Result<Self, String> {
        let signer = token.signers.first().ok_or("a token without a signer")?;
        for id in [oid::ATS_HASH_INDEX_V3, oid::ATS_HASH_INDEX_V2, oid::ATS_HASH_INDEX] {
            let mut found = signer.unsigned.iter().flat_map(|u| &u.list).filter(|a| a.id == id);
            if let Some(attribute) = found.next() {
                let value = attribute.single().map_err(|e| e.to_string())?.whole;
                return Self::read(value, id).map_err(|e| format!("ATS hash index: {e}"));
            }
        }
        Err("no ATS hash index in the token (EN 319 122-1 §5.5.3)".into())
    }

    fn read(encoded: &'a [u8], id: &[u8]) -> Result<Self, TlvError> {
        let mut fields = Walker::open(encoded, tlv::SEQUENCE, "hash index")?;
        // The algorithm may be left out in the first versions; the list that follows holds no object identifier.
        let first = fields.clone().next("hash index")?;
        let algorithm = match Walker::new(first.value).peek_tag() {
            Some(tlv::OID) => digest_algorithm(&mut fields)?,
            _ => Some(DigestAlgorithm::Sha256),
        };
        let algorithm = algorithm.ok_or_else(|| TlvError("an unsupported digest algorithm".into()))?;
        let certificates = octet_strings(&mut fields, "certificatesHashIndex")?;
        let revocations = octet_strings(&mut fields, "crlsHashIndex")?;
        let attributes = octet_strings(&mut fields, "unsignedAttrsHashIndex")?;
        fields.finish("hash index")?;
        let version = if id == oid::ATS_HASH_INDEX_V3 { Version::Values } else { Version::Attributes };
        Ok(Self { encoded, version, algorithm, certificates, revocations, attributes })
    }

    /// Looks every digest up; adds to `facts` what is covered, and a warning for digests of nothing that is there.
    pub(super) fn check(&self, stamped: &Stamped<'_, '_>, facts: &mut Timestamp) {
        let mut certificates = Open::new(self.algorithm, &self.certificates);
        for certificate in stamped.cms.data.certificates.all() {
            if certificates.take(&[certificate.whole]) {
                facts.proves.push(proven_certificate(certificate.whole));
            }
        }
        let mut revocations = Open::new(self.algorithm, &self.revocations);
        for revocation in &stamped.cms.data.revocations {
            if revocations.take(&[revocation.element().whole]) {
                match revocation {
                    RevocationInfo::Crl(crl) => facts.proves.push(proven_revocation(crl.whole)),
                    RevocationInfo::Ocsp(_, response) => facts.proves.push(proven_revocation(response.whole)),
                    RevocationInfo::Other(_) => {}
                }
            }
        }
        let attributes = self.check_attributes(stamped, &mut facts.proves);
        for (what, left) in
            [("certificatesHashIndex", certificates.left()), ("crlsHashIndex", revocations.left()), attributes]
        {
            if left > 0 {
                let text =
                    format!("{left} digests in {what} of the archive time-stamp belong to nothing in the signature");
                facts.findings.push(Finding::new(Weight::Warning, "ats_hash_index_invalid", text));
            }
        }
    }

    fn check_attributes(&self, stamped: &Stamped<'_, '_>, proves: &mut Vec<Proven>) -> (&'static str, usize) {
        let mut open = Open::new(self.algorithm, &self.attributes);
        let list = stamped.signer.unsigned.iter().flat_map(|u| &u.list).enumerate();
        for (number, attribute) in list {
            for (at, covered) in self.take_attribute(attribute, &mut open).into_iter().enumerate() {
                if covered {
                    proves.extend(stamped.carried.get(&(number, at)).into_iter().flatten().cloned());
                }
            }
        }
        ("unsignedAttrsHashIndex", open.left())
    }

    /// Which values of an attribute are covered.
    fn take_attribute(&self, attribute: &Attribute<'_>, open: &mut Open<'_>) -> Vec<bool> {
        match self.version {
            Version::Attributes => vec![open.take(&[attribute.element.whole]); attribute.values.len()],
            Version::Values => {
                let id = wrap(tlv::OID, attribute.id);
                attribute.values.iter().map(|value| open.take(&[&id, value.whole])).collect()
            }
        }
    }

    /// The digests of the values of an attribute as version 3 has them.
    pub(super) fn digests(algorithm: DigestAlgorithm, attribute: &Attribute<'_>) -> Vec<Vec<u8>> {
        let id = wrap(tlv::OID, attribute.id);
        let digest = |value: &[u8]| algorithm.digest(&[&id, value].concat()).as_ref().to_vec();
        attribute.values.iter().map(|value| digest(value.whole)).collect()
    }
}

/// Digests of an index that are not looked up yet.
struct Open<'a> {
    algorithm: DigestAlgorithm,
    digests: HashSet<&'a [u8]>,
    found: HashSet<&'a [u8]>,
}

impl<'a> Open<'a> {
    fn new(algorithm: DigestAlgorithm, digests: &[&'a [u8]]) -> Self {
        Self { algorithm, digests: digests.iter().copied().collect(), found: HashSet::new() }
    }

    /// Whether the parts one after another, as they stand or in DER, are in the index.
    fn take(&mut self, parts: &[&[u8]]) -> bool {
        [Form::AsIs, Form::Der].into_iter().any(|form| {
            let mut hasher = Hasher::new(self.algorithm);
            parts.iter().for_each(|part| hasher.update(&form.of(part)));
            let digest = hasher.finish();
            match self.digests.get(digest.as_ref()) {
                Some(known) => {
                    self.found.insert(known);
                    true
                }
                None => false,
            }
        })
    }

    fn left(&self) -> usize {
        self.digests.len() - self.found.len()
    }
}
