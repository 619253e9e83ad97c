//! What a gateway checks before it believes a message.

use super::cover::{self, Files};
use super::form::Form;
use super::read::{Signature, UNSTAMPED, with_signature};
use crate::trust::{InstanceTrust, VerifiedChain};
use crate::{ChainCache, SignatureData, VerifyError};
use mekong_base::{ClientId, Instant};
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;

/// A signature that was found good.
#[derive(Debug, Clone)]
pub struct VerifiedSignature {
    /// The signing certificate.
    pub certificate: Certificate,
    /// When the signer says it signed.
    pub signed_at: Instant,
    /// Whether other messages may be under the same signature.
    pub is_batch: bool,
    /// The chain to the approved authority.
    pub chain: VerifiedChain,
}

/// Verifies a signature over a message and its attachments, as it stood at `at`.
///
/// `attachments` are their digests in order; the signature must use the same algorithm. `signer` is who the message says
/// it is from; the certificate must name the same member. `trust` is of the signer's instance.
///
/// # Errors
/// [`VerifyError`]; checked in this order: form, hash chain, digests and value, certificate and its name, trust.
pub fn verify_message(
    data: &SignatureData,
    message: &[u8],
    attachments: &[(DigestAlgorithm, Vec<u8>)],
    signer: &ClientId,
    trust: &InstanceTrust,
    at: Instant,
) -> Result<VerifiedSignature, VerifyError> {
    verify_message_cached(&ChainCache::new(), data, message, attachments, signer, trust, at)
}

/// As [`verify_message`], but what `cache` knows is not done again: certificate chains, and reading signatures that differ
/// from one of the same signer in digests, value and time only.
///
/// # Errors
/// As [`verify_message`].
pub fn verify_message_cached(
    cache: &ChainCache,
    data: &SignatureData,
    message: &[u8],
    attachments: &[(DigestAlgorithm, Vec<u8>)],
    signer: &ClientId,
    trust: &InstanceTrust,
    at: Instant,
) -> Result<VerifiedSignature, VerifyError> {
    let digest = |number: usize, algorithm: DigestAlgorithm| {
        let (known, digest) = attachments.get(number.checked_sub(1)?)?;
        (*known == algorithm).then(|| digest.clone())
    };
    let files = Files {
        message,
        attachments: (1..=attachments.len()).collect(),
        digest: &digest,
        hash_chain_result: data.hash_chain_result.as_deref().map(str::as_bytes),
        hash_chain: data.hash_chain.as_deref().map(str::as_bytes),
        may_lack_attachments: false,
    };
    if let Some(verified) = cache.verify_familiar(data, &files, signer, trust, at) {
        return Ok(verified);
    }
    with_signature(&data.signature_xml, &UNSTAMPED, |signature| {
        let coverage = cover::verify_chain(signature, &files)?;
        cover::verify_value(signature, &files)?;
        check_signer(&signature.certificate, signer, trust)?;
        let chain = check_trust(cache, signature, trust, at)?;
        cache.learn(&signer.member, || Form::of(&data.signature_xml, signature));
        Ok(VerifiedSignature {
            certificate: signature.certificate.clone(),
            signed_at: signature.signed_at,
            is_batch: coverage.is_batch,
            chain,
        })
    })
}

/// The certificate is for signing.
pub(crate) fn check_usage(certificate: &Certificate) -> Result<(), VerifyError> {
    if certificate.is_signing() {
        return Ok(());
    }
    Err(VerifyError::malformed(format!("the certificate {} is not a signing certificate", certificate.subject())))
}

/// The certificate is for signing and names the member that the message is from.
pub(crate) fn check_signer(
    certificate: &Certificate,
    signer: &ClientId,
    trust: &InstanceTrust,
) -> Result<(), VerifyError> {
    check_usage(certificate)?;
    let not_trusted = |error| VerifyError::NotTrusted { subject: certificate.subject(), error: Box::new(error) };
    let member = trust.member_of(certificate).map_err(not_trusted)?;
    if member == signer.member {
        return Ok(());
    }
    Err(VerifyError::WrongSigner { certificate: Box::new(member), message: Box::new(signer.clone()) })
}

/// The certificate chain ends at an approved authority, and OCSP said so at the time.
pub(crate) fn check_trust(
    cache: &ChainCache,
    signature: &Signature<'_, '_>,
    trust: &InstanceTrust,
    at: Instant,
) -> Result<VerifiedChain, VerifyError> {
    let Signature { certificate, extra, ocsp, .. } = signature;
    if ocsp.is_empty() {
        return Err(VerifyError::malformed("there is no OCSP response in the signature"));
    }
    let not_trusted = |error| VerifyError::NotTrusted { subject: certificate.subject(), error: Box::new(error) };
    let chain = cache.verify(trust, certificate, extra, ocsp, at).map_err(not_trusted)?;
    trust.check_issuer(&chain).map_err(not_trusted)?;
    Ok(chain)
}
