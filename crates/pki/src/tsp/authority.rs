//! The authority: turns requests into signed tokens. Keeps no state; serial numbers are random, 128 bits.

use super::request::imprint;
use super::{FailureInfo, Policy, Refusal, Request, Response, TspError};
use crate::Certificate;
use crate::cms::{self, NewSigner, Writing, attribute, oid};
use crate::tlv::{self, wrap, wrap_all};
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, PrivateKey};

/// Signs time-stamps with one key under one policy.
#[derive(Debug, Clone)]
pub struct TimeStampAuthority {
    certificate: Certificate,
    key: PrivateKey,
    policy: Policy,
}

impl TimeStampAuthority {
    /// An authority with this certificate, key and policy. How far its clock may be off is given as one second.
    pub fn new(certificate: Certificate, key: PrivateKey, policy: impl Into<Policy>) -> Self {
        Self { certificate, key, policy: policy.into() }
    }

    /// The certificate that verifies the tokens.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Answers a DER request with a DER response: a token for SHA-256, SHA-384 and SHA-512 imprints, else a refusal.
    pub fn respond(&self, request: &[u8], now: Instant) -> Vec<u8> {
        match self.grant(request, now) {
            Ok(token) => Response { token }.to_der(),
            Err(refusal) => refusal.to_der(),
        }
    }

    fn grant(&self, request: &[u8], now: Instant) -> Result<Vec<u8>, Refusal> {
        let request = Request::from_der(request)?;
        if request.algorithm.output_len() < 32 {
            let text = format!("{} is not strong enough; use SHA-256 or longer, or SHA-3", request.algorithm.name());
            return Err(Refusal::rejection(FailureInfo::BadAlgorithm, text));
        }
        if let Some(policy) = request.policy.as_ref().filter(|p| **p != self.policy) {
            let text = format!("policy {policy} is not offered; {} is", self.policy);
            return Err(Refusal::rejection(FailureInfo::UnacceptedPolicy, text));
        }
        if !self.certificate.is_valid_at(now) {
            let text = format!("the authority's certificate is not valid at {now}");
            return Err(Refusal::rejection(FailureInfo::SystemFailure, text));
        }
        self.token(&request, now).map_err(|error| {
            Refusal::rejection(FailureInfo::SystemFailure, format!("the authority could not sign: {error}"))
        })
    }

    fn token(&self, request: &Request, now: Instant) -> Result<Vec<u8>, TspError> {
        let info = self.info(request, now)?;
        let algorithm = self.key.default_algorithm();
        let digest = algorithm.digest().unwrap_or(DigestAlgorithm::Sha512);
        let attributes = self.attributes(&info, digest, now)?;
        let value = self.key.sign(algorithm, &attributes).map_err(TspError::Signing)?;
        let mut token = Writing::new(oid::TST_INFO, Some(&info));
        if request.wants_certificate {
            token.add_certificate(&self.certificate);
        }
        token.add_signer(&NewSigner {
            certificate: &self.certificate,
            digest,
            signed_attributes: Some(&attributes),
            algorithm,
            value: &value,
        })?;
        Ok(token.to_der())
    }

    /// The DER `TSTInfo`.
    fn info(&self, request: &Request, now: Instant) -> Result<Vec<u8>, TspError> {
        let mut serial = [0; 16];
        mekong_crypto::random::fill(&mut serial).map_err(|e| TspError::Malformed(e.to_string()))?;
        let accuracy = wrap(tlv::SEQUENCE, &[tlv::INTEGER, 1, 1]);
        let nonce = request.nonce.as_ref().map(|n| wrap(tlv::INTEGER, n)).unwrap_or_default();
        Ok(wrap_all(
            tlv::SEQUENCE,
            &[
                &[tlv::INTEGER, 1, 1],
                &self.policy.to_der(),
                &imprint(request.algorithm, &request.digest),
                &tlv::unsigned(&serial),
                &tlv::time(now)?,
                &accuracy,
                &nonce,
            ],
        ))
    }

    /// The signed attributes as they are signed: a DER SET.
    fn attributes(&self, info: &[u8], digest: DigestAlgorithm, now: Instant) -> Result<Vec<u8>, TspError> {
        let signing_certificate = cms::signing_certificate_v2(&self.certificate, DigestAlgorithm::Sha256);
        let message_digest = wrap(tlv::OCTET_STRING, digest.digest(info).as_ref());
        Ok(cms::set_of(vec![
            attribute(oid::CONTENT_TYPE, &[&wrap(tlv::OID, oid::TST_INFO)]),
            attribute(oid::SIGNING_TIME, &[&cms::time(now)?]),
            attribute(oid::MESSAGE_DIGEST, &[&message_digest]),
            attribute(oid::SIGNING_CERTIFICATE_V2, &[&signing_certificate]),
        ]))
    }
}
