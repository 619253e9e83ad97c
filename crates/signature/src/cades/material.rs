//! Certificates, CRLs and OCSP responses that signed data and its attributes bring.

use crate::facts::Proven;
use mekong_crypto::sha256;
use mekong_pki::Certificate;
use mekong_pki::cms::{REVOCATIONS_MAX, RevocationInfo, SignedData, SignerInfo, oid};
use mekong_pki::tlv::{self, TlvError, Walker, context};
use std::sync::Arc;

/// Certificates and revocation data in one place.
#[derive(Debug, Clone, Default)]
pub(super) struct Material {
    pub(super) certificates: Vec<Certificate>,
    pub(super) crls: Vec<Arc<[u8]>>,
    pub(super) ocsps: Vec<Arc<[u8]>>,
}

impl Material {
    /// What stands in `certificates` and `crls`.
    pub(super) fn of(data: &SignedData<'_>) -> Self {
        let mut material = Self { certificates: data.certificates.decoded(), ..Self::default() };
        for revocation in &data.revocations {
            match revocation {
                RevocationInfo::Crl(crl) => material.crls.push(crl.whole.into()),
                RevocationInfo::Ocsp(_, response) => material.ocsps.push(response.whole.into()),
                RevocationInfo::Other(_) => {}
            }
        }
        material
    }

    /// What stands in `certificates` and `crls`, and in the unsigned attributes of the signers: all that a token brings.
    pub(super) fn of_token(data: &SignedData<'_>) -> Self {
        let mut material = Self::of(data);
        for signer in &data.signers {
            material.add(Self::of_unsigned(signer).unwrap_or_default());
        }
        material
    }

    /// What stands in certificate and revocation values.
    pub(super) fn of_unsigned(signer: &SignerInfo<'_>) -> Result<Self, TlvError> {
        let mut material = Self::default();
        for attribute in signer.unsigned.iter().flat_map(|u| &u.list) {
            for value in &attribute.values {
                material.add(Self::of_value(attribute.id, value.whole)?);
            }
        }
        Ok(material)
    }

    /// What stands in one value of an attribute; nothing if the attribute carries no material.
    pub(super) fn of_value(id: &[u8], value: &[u8]) -> Result<Self, TlvError> {
        match id {
            oid::CERTIFICATE_VALUES => {
                let certificates = members(Walker::open(value, tlv::SEQUENCE, "certificate values")?)?;
                let certificates = certificates.into_iter().filter_map(|der| Certificate::from_der(der).ok());
                Ok(Self { certificates: certificates.collect(), ..Self::default() })
            }
            oid::REVOCATION_VALUES | oid::ADOBE_REVOCATION => {
                let mut fields = Walker::open(value, tlv::SEQUENCE, "revocation values")?;
                let mut list = |tag: u8| match fields.optional(tag, "revocation values")? {
                    Some(field) => members(Walker::open(field.value, tlv::SEQUENCE, "revocation values")?),
                    None => Ok(Vec::new()),
                };
                let (crls, ocsps) = (list(context(0))?, list(context(1))?);
                let owned = |list: Vec<&[u8]>| list.into_iter().map(Arc::from).collect();
                Ok(Self { certificates: Vec::new(), crls: owned(crls), ocsps: owned(ocsps) })
            }
            _ => Ok(Self::default()),
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        let Self { certificates, crls, ocsps } = other;
        self.certificates.extend(certificates);
        self.crls.extend(crls);
        self.ocsps.extend(ocsps);
    }

    pub(super) fn has_revocation(&self) -> bool {
        !self.crls.is_empty() || !self.ocsps.is_empty()
    }

    /// What a time-stamp over all of this proves.
    pub(super) fn proven(&self) -> Vec<Proven> {
        let certificates = self.certificates.iter().map(|c| proven_certificate(c.der()));
        certificates.chain(self.crls.iter().chain(&self.ocsps).map(|der| proven_revocation(der))).collect()
    }
}

/// The certificate with this DER.
pub(super) fn proven_certificate(der: &[u8]) -> Proven {
    Proven::Certificate(sha256(der))
}

/// The CRL or OCSP response with this DER.
pub(super) fn proven_revocation(der: &[u8]) -> Proven {
    Proven::Revocation(sha256(der))
}

fn members(mut list: Walker<'_>) -> Result<Vec<&[u8]>, TlvError> {
    let mut members = Vec::new();
    while !list.is_empty() {
        if members.len() == REVOCATIONS_MAX {
            return Err(TlvError(format!("more than {REVOCATIONS_MAX} values")));
        }
        members.push(list.next("value")?.whole);
    }
    Ok(members)
}
