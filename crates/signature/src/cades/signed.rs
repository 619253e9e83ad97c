//! The signed attributes: what they bind the signature to, and what they claim (EN 319 122-1 §5.1, §5.2).

use super::material::Material;
use super::{claims, policy};
use crate::facts::{CertificateReference, Fault, Finding, PolicyReference, Weight};
use mekong_base::Instant;
use mekong_pki::cms::{self, Attribute, CertificateId, CmsError, SignerInfo, ber::Element, oid};
use mekong_pki::tlv;
use mekong_pki::tsp::SignerId;

/// What the signed attributes say.
#[derive(Default)]
pub(super) struct Signed<'a> {
    /// Content octets of the signed content type.
    pub(super) content_type: Option<&'a [u8]>,
    /// The signed digest of the content.
    pub(super) message_digest: Option<&'a [u8]>,
    /// References to the signing certificate.
    pub(super) references: Vec<CertificateReference>,
    /// The claimed signing time.
    pub(super) time: Option<Instant>,
    /// The signature policy.
    pub(super) policy: Option<PolicyReference>,
    /// Name and text of other claims.
    pub(super) claims: Vec<(String, String)>,
    /// Time-stamps over the content.
    pub(super) content_timestamps: Vec<Element<'a>>,
    /// Revocation data that Adobe's signers put here.
    pub(super) material: Material,
    /// What is wrong with them.
    pub(super) faults: Vec<Fault>,
    /// What was accepted knowingly.
    pub(super) findings: Vec<Finding>,
}

impl<'a> Signed<'a> {
    /// Reads the signed attributes; faults are collected.
    pub(super) fn read(signer: &SignerInfo<'a>) -> Self {
        let mut signed = Self::default();
        let Some(attributes) = &signer.signed else { return signed };
        let mut seen: Vec<&[u8]> = Vec::new();
        for attribute in &attributes.list {
            let place = format!("signed attribute {}", oid::text(attribute.id));
            if seen.contains(&attribute.id) && attribute.id != oid::CONTENT_TIMESTAMP {
                signed.faults.push(Fault::new(&place, "is there twice (RFC 5652 §5.3)"));
                continue;
            }
            seen.push(attribute.id);
            if let Err(error) = signed.take(attribute) {
                signed.faults.push(Fault::new(&place, error.to_string()));
            }
        }
        if !attributes.is_sorted() {
            let text = "the signed attributes do not stand in the order of DER (RFC 5652 §5.3)";
            signed.findings.push(Finding::new(Weight::Information, "signed_attributes_unsorted", text));
        }
        signed
    }

    fn take(&mut self, attribute: &Attribute<'a>) -> Result<(), CmsError> {
        match attribute.id {
            oid::CONTENT_TYPE => self.content_type = Some(only(attribute, tlv::OID)?),
            oid::MESSAGE_DIGEST => self.message_digest = Some(only(attribute, tlv::OCTET_STRING)?),
            oid::SIGNING_TIME => self.time = Some(cms::read_time(attribute.single()?)?),
            oid::SIGNING_CERTIFICATE | oid::SIGNING_CERTIFICATE_V2 => {
                let second = attribute.id == oid::SIGNING_CERTIFICATE_V2;
                let ids = cms::signing_certificates(attribute.single()?.whole, second)?;
                self.references.extend(ids.into_iter().map(reference));
            }
            oid::SIGNATURE_POLICY => self.policy = Some(policy::read(attribute.single()?.whole)?),
            oid::CONTENT_TIMESTAMP => self.content_timestamps.extend(&attribute.values),
            oid::ADOBE_REVOCATION => {
                for value in &attribute.values {
                    self.material.add(Material::of_value(attribute.id, value.whole)?);
                }
            }
            _ => self.claims.extend(claims::read(attribute)?),
        }
        Ok(())
    }
}

fn only<'a>(attribute: &Attribute<'a>, tag: u8) -> Result<&'a [u8], CmsError> {
    let value = attribute.single()?;
    match value.tag == tag {
        true => Ok(value.value),
        false => Err(CmsError::Malformed(format!("tag {tag:#04x} wanted, {:#04x} found", value.tag))),
    }
}

fn reference(id: CertificateId) -> CertificateReference {
    let mut reference = CertificateReference { issuer_serial: id.issuer_serial, ..CertificateReference::default() };
    match id.algorithm {
        Ok(algorithm) => reference.digest = Some((algorithm, id.digest)),
        Err(name) => reference.unsupported_digest = Some(name),
    }
    reference
}

/// The unsigned hint that `sid` is.
pub(super) fn hint(id: &SignerId) -> CertificateReference {
    match id {
        SignerId::IssuerAndSerial(issuer, serial) => CertificateReference {
            issuer_serial: Some((issuer.clone(), serial.clone())),
            ..CertificateReference::default()
        },
        SignerId::KeyIdentifier(key) => {
            CertificateReference { key_identifier: Some(key.clone()), ..CertificateReference::default() }
        }
    }
}
