//! The floor of one validation: the public-key operations that this very document needs, each once, and one SHA-256 over the
//! file, timed alone on one thread. The keys are at hand, prepared; nothing is parsed and nothing decided.

use super::country::Country;
use super::document::Made;
use super::timing;
use crate::cli::{CommandError, Context};
use mekong_crypto::{CryptoError, DigestAlgorithm, PublicKey, SignatureAlgorithm};
use mekong_pki::Certificate;
use mekong_pki::cms::SignedData;
use mekong_pki::crl::Crl;
use mekong_pki::ocsp::Response;
use mekong_pki::tlv::{self, TlvError, Walker};
use mekong_signature::facts::{Document, SignedBytes, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// One signature to be verified.
struct Operation {
    key: PublicKey,
    algorithm: SignatureAlgorithm,
    message: Vec<u8>,
    value: Vec<u8>,
}

/// Everything that one document needs.
pub(super) struct Floor {
    operations: Vec<Operation>,
    file: Vec<u8>,
}

impl Floor {
    /// Collects the operations from what the reader found.
    ///
    /// # Errors
    /// In words, if something in the document cannot be read, or does not verify.
    pub(super) fn of(country: &Country, made: &Made, document: &Document) -> Result<Self, CommandError> {
        let mut floor = Self { operations: Vec::new(), file: made.bytes.clone() };
        let mut pool = Pool::default();
        for signature in &document.signatures {
            let algorithm = signature.value.algorithm.clone().map_err(CommandError::new)?;
            let SignedBytes::Bytes(message) = &signature.value.signed else {
                return Err(CommandError::new("the signed bytes are not at hand"));
            };
            let key = country.signer.certificate.public_key().clone();
            floor.add(key, algorithm, message.clone(), signature.value.value.clone())?;
            pool.certificates(&signature.certificates);
            pool.answers(&signature.ocsps, &signature.crls);
            signature.timestamps.iter().for_each(|stamp| pool.timestamp(stamp));
        }
        document.timestamps.iter().for_each(|stamp| pool.timestamp(stamp));
        made.tokens.iter().try_for_each(|token| floor.add_token(country, token))?;
        floor.add_answers(country, &mut pool)?;
        floor.add_edges(country, &pool)?;
        Ok(floor)
    }

    /// How many signatures are verified.
    pub(super) fn operations(&self) -> usize {
        self.operations.len()
    }

    /// Milliseconds for all of it, the best of several batches.
    pub(super) fn measure(&self, budget: Duration) -> f64 {
        timing::best(budget, || {
            for one in &self.operations {
                let _ = std::hint::black_box(one.key.verify(one.algorithm, &one.message, &one.value));
            }
            std::hint::black_box(DigestAlgorithm::Sha256.digest(&self.file));
        })
    }

    fn add(
        &mut self,
        key: PublicKey,
        algorithm: SignatureAlgorithm,
        message: Vec<u8>,
        value: Vec<u8>,
    ) -> Result<(), CommandError> {
        key.verify(algorithm, &message, &value).context(|| "an operation of the floor")?;
        self.operations.push(Operation { key, algorithm, message, value });
        Ok(())
    }

    fn add_token(&mut self, country: &Country, token: &[u8]) -> Result<(), CommandError> {
        let data = SignedData::parse(token).context(|| "time-stamp token")?;
        for signer in &data.signers {
            let algorithm = signer.algorithm().context(|| "time-stamp token")?;
            let message = signer.signed_bytes().unwrap_or_default();
            self.add(country.stamper.public_key().clone(), algorithm, message, signer.value.to_vec())?;
        }
        Ok(())
    }

    /// OCSP responses and CRLs; the certificates in the responses go to the pool.
    fn add_answers(&mut self, country: &Country, pool: &mut Pool) -> Result<(), CommandError> {
        for der in std::mem::take(&mut pool.ocsps) {
            let response = Response::from_der(&der).context(|| "OCSP response")?;
            let responder = response.certificates.first().ok_or_else(|| CommandError::new("no OCSP responder"))?;
            let key = responder.public_key().clone();
            pool.certificates(&response.certificates);
            let basic = basic_response(&der).context(|| "OCSP response")?;
            let (message, value) = signed_parts(basic).context(|| "OCSP response")?;
            let algorithm = response.signature_algorithm().context(|| "OCSP response")?;
            self.add(key, algorithm, message.to_vec(), value.to_vec())?;
        }
        for der in std::mem::take(&mut pool.crls) {
            let algorithm = Crl::parse(Arc::clone(&der)).context(|| "CRL")?.algorithm();
            let (message, value) = signed_parts(&der).context(|| "CRL")?;
            let key = country.root.certificate.public_key().clone();
            self.add(key, algorithm.context(|| "CRL")?, message.to_vec(), value.to_vec())?;
        }
        Ok(())
    }

    fn add_edges(&mut self, country: &Country, pool: &Pool) -> Result<(), CommandError> {
        let issuers = [&country.authority.certificate, &country.root.certificate];
        for certificate in pool.certificates.iter().filter(|c| **c != country.root.certificate) {
            let issuer = issuers.into_iter().find(|issuer| certificate.names_issuer(issuer));
            let issuer = issuer.ok_or_else(|| CommandError::new(format!("no issuer of {}", certificate.subject())))?;
            let (message, value) = signed_parts(certificate.der()).context(|| "certificate")?;
            let algorithm: Result<_, CryptoError> = certificate.signature_algorithm();
            let algorithm = algorithm.context(|| "certificate")?;
            self.add(issuer.public_key().clone(), algorithm, message.to_vec(), value.to_vec())?;
        }
        Ok(())
    }
}

/// What a document brings, each once.
#[derive(Default)]
struct Pool {
    certificates: Vec<Certificate>,
    ocsps: Vec<Arc<[u8]>>,
    crls: Vec<Arc<[u8]>>,
}

impl Pool {
    fn timestamp(&mut self, stamp: &Timestamp) {
        self.certificates(&stamp.certificates);
        if let Ok(token) = &stamp.token {
            self.certificates(&token.certificates);
        }
        self.answers(&stamp.ocsps, &stamp.crls);
    }

    fn certificates(&mut self, more: &[Certificate]) {
        more.iter().for_each(|one| keep(&mut self.certificates, one));
    }

    fn answers(&mut self, ocsps: &[Arc<[u8]>], crls: &[Arc<[u8]>]) {
        ocsps.iter().for_each(|one| keep(&mut self.ocsps, one));
        crls.iter().for_each(|one| keep(&mut self.crls, one));
    }
}

fn keep<T: Clone + PartialEq>(all: &mut Vec<T>, one: &T) {
    if !all.contains(one) {
        all.push(one.clone());
    }
}

/// What is signed and the value of a certificate, CRL or `BasicOCSPResponse`: all are a sequence of content, algorithm, value.
fn signed_parts(der: &[u8]) -> Result<(&[u8], &[u8]), TlvError> {
    let mut parts = Walker::open(der, tlv::SEQUENCE, "signed")?;
    let content = parts.take(tlv::SEQUENCE, "content")?.whole;
    parts.take(tlv::SEQUENCE, "algorithm")?;
    let bits = parts.take(tlv::BIT_STRING, "value")?.value;
    Ok((content, bits.get(1..).unwrap_or_default()))
}

/// The `BasicOCSPResponse` in an `OCSPResponse`, or the bytes themselves if they are one.
fn basic_response(der: &[u8]) -> Result<&[u8], TlvError> {
    let mut outer = Walker::open(der, tlv::SEQUENCE, "OCSPResponse")?;
    if outer.peek_tag() != Some(tlv::ENUMERATED) {
        return Ok(der);
    }
    outer.take(tlv::ENUMERATED, "responseStatus")?;
    let mut bytes = outer.enter(tlv::context(0), "responseBytes")?.enter(tlv::SEQUENCE, "ResponseBytes")?;
    bytes.next("responseType")?;
    Ok(bytes.next("response")?.value)
}
