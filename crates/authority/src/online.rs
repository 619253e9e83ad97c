//! Everything that long-term signatures need from the network: time-stamps, issuers, OCSP responses, revocation lists.
//!
//! What is fetched is put into the signature as it came, after a look that it is about the certificate in question; whether
//! it is believed is for validation to say. Each address is asked once in the life of an [`Online`], so that a folder of
//! documents signed in one go costs one round of questions.

use crate::http::{Client, HttpError};
use bytes::Bytes;
use mekong_base::{Clock, Instant};
use mekong_crypto::DigestAlgorithm;
use mekong_pki::crl::Crl;
use mekong_pki::ocsp::{self, Request as OcspRequest, Response as OcspResponse};
use mekong_pki::tsp::{self, Request, Response, Stamped, Token};
use mekong_pki::{Certificate, bundle};
use mekong_signature::making::{Material, ServiceError, Services};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use tokio::runtime::Handle;

/// Most certificates whose issuers and status are looked for, for one signature.
const CERTIFICATES_MAX: usize = 64;

/// The network as makers of signatures see it. Its methods block: call them outside of the runtime's own threads.
pub struct Online {
    runtime: Handle,
    http: Client,
    clock: Clock,
    time_stamping: Vec<String>,
    known: Vec<Certificate>,
    fetched: Mutex<HashMap<String, Result<Bytes, String>>>,
}

impl Online {
    /// Asks `time_stamping` authorities in this order; `known` are certificates at hand, anchors among them.
    pub fn new(
        runtime: Handle,
        http: Client,
        clock: Clock,
        time_stamping: Vec<String>,
        known: Vec<Certificate>,
    ) -> Self {
        Self { runtime, http, clock, time_stamping, known, fetched: Mutex::default() }
    }

    fn get(&self, url: &str) -> Result<Bytes, String> {
        self.once(url.to_owned(), || self.runtime.block_on(self.http.get(url)))
    }

    /// The answer to a question that was asked before, or to this one.
    fn once(
        &self,
        key: String,
        ask: impl FnOnce() -> Result<crate::http::Response, HttpError>,
    ) -> Result<Bytes, String> {
        if let Some(known) = self.lock().get(&key) {
            return known.clone();
        }
        let answer = ask().and_then(crate::http::Response::success).map(|r| r.body).map_err(|e| e.to_string());
        self.lock().insert(key, answer.clone());
        answer
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Result<Bytes, String>>> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stamp(&self, url: &str, algorithm: DigestAlgorithm, digest: &[u8]) -> Result<Vec<u8>, String> {
        let request = Request { wants_certificate: true, ..Request::new(algorithm, digest.to_vec()) };
        let posted = self.http.post(url, tsp::REQUEST_MEDIA_TYPE, request.to_der());
        let body = self.runtime.block_on(posted).and_then(crate::http::Response::success).map_err(|e| e.to_string())?;
        let token = Response::from_der(&body.body).map_err(|e| e.to_string())?.token;
        let signers = Token::from_der(&token).map_err(|e| e.to_string())?.certificates;
        tsp::verify(&token, Stamped::Digest(algorithm, digest), &signers).map_err(|e| e.to_string())?;
        Ok(token)
    }

    /// Issuers of `certificate`, from those known or from where it says they are.
    fn issuer(&self, certificate: &Certificate, found: &[Certificate]) -> Option<Certificate> {
        let issued_by =
            |c: &&Certificate| certificate.names_issuer(c) && certificate.verify_signature(c.public_key()).is_ok();
        if let Some(issuer) = self.known.iter().chain(found).find(issued_by) {
            return Some(issuer.clone());
        }
        certificate.ca_issuer_urls().iter().find_map(|url| {
            let body = self.get(url).ok()?;
            let offered = bundle::read(&body).ok()?;
            offered.certificates.iter().find(issued_by).cloned()
        })
    }

    /// The status of `certificate`: an OCSP response, else a revocation list.
    fn status(&self, certificate: &Certificate, issuer: &Certificate, into: &mut Material) -> Result<(), ServiceError> {
        let mut reasons = Vec::new();
        for url in certificate.ocsp_urls() {
            match self.ocsp(&url, certificate, issuer) {
                Ok(response) => {
                    into.ocsps.push(response);
                    return Ok(());
                }
                Err(reason) => reasons.push(format!("{url}: {reason}")),
            }
        }
        for url in certificate.crl_urls() {
            match self.crl(&url, certificate, issuer) {
                Ok(list) if into.crls.contains(&list) => return Ok(()),
                Ok(list) => {
                    into.crls.push(list);
                    return Ok(());
                }
                Err(reason) => reasons.push(format!("{url}: {reason}")),
            }
        }
        if reasons.is_empty() {
            reasons.push("it names neither an OCSP responder nor a revocation list".to_owned());
        }
        Err(ServiceError { service: format!("status of {}", certificate.subject()), reason: reasons.join("; ") })
    }

    fn ocsp(&self, url: &str, certificate: &Certificate, issuer: &Certificate) -> Result<Vec<u8>, String> {
        let request = OcspRequest::new(certificate, issuer).to_der();
        let key = format!("{url} {}", hex::encode(DigestAlgorithm::Sha256.digest(&request)));
        let ask = || self.runtime.block_on(self.http.post(url, ocsp::REQUEST_MEDIA_TYPE, request.clone()));
        let body = self.once(key, ask)?;
        let response = OcspResponse::from_der(&body).map_err(|e| e.to_string())?;
        let about = ocsp::CertId::of(certificate, issuer, response.answer.cert_id.algorithm);
        match response.answer.cert_id == about {
            true => Ok(body.to_vec()),
            false => Err("the response is about another certificate".to_owned()),
        }
    }

    fn crl(&self, url: &str, certificate: &Certificate, issuer: &Certificate) -> Result<Vec<u8>, String> {
        let body = self.get(url)?;
        let list = Crl::parse_der_or_pem(&body).map_err(|e| e.to_string())?;
        if list.issuer_der() == issuer.subject_der() {
            list.verify(issuer).map_err(|e| e.to_string())?;
        }
        let now: Instant = self.clock.now();
        match list.next_update().is_some_and(|next| next < now) {
            true => Err(format!("the list for {} should have been renewed long ago", certificate.issuer())),
            false => Ok(list.der().to_vec()),
        }
    }
}

impl Services for Online {
    fn timestamp(&self, algorithm: DigestAlgorithm, digest: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let mut reasons = Vec::new();
        for url in &self.time_stamping {
            match self.stamp(url, algorithm, digest) {
                Ok(token) => return Ok(token),
                Err(reason) if reason.starts_with(url.as_str()) => reasons.push(reason),
                Err(reason) => reasons.push(format!("{url}: {reason}")),
            }
        }
        if reasons.is_empty() {
            reasons.push("no time-stamping authority is given; name one with --tsa URL".to_owned());
        }
        Err(ServiceError { service: "time-stamp".to_owned(), reason: reasons.join("; ") })
    }

    fn material(&self, certificates: &[Certificate]) -> Result<Material, ServiceError> {
        let mut material = Material::default();
        let (mut waiting, mut seen) = (certificates.to_vec(), HashSet::new());
        while let Some(certificate) = waiting.pop() {
            if !seen.insert(certificate.der().to_vec()) || seen.len() > CERTIFICATES_MAX {
                continue;
            }
            material.certificates.push(certificate.clone());
            if certificate.is_self_issued() {
                continue;
            }
            let found = [certificates, material.certificates.as_slice()].concat();
            let Some(issuer) = self.issuer(&certificate, &found) else {
                let reason = format!("{} is neither at hand nor at the addresses in it", certificate.issuer());
                return Err(ServiceError { service: format!("issuer of {}", certificate.subject()), reason });
            };
            if !certificate.has_no_check() {
                let before = material.ocsps.len();
                self.status(&certificate, &issuer, &mut material)?;
                for response in material.ocsps.iter().skip(before) {
                    waiting.extend(OcspResponse::from_der(response).map(|r| r.certificates).unwrap_or_default());
                }
            }
            waiting.push(issuer);
        }
        Ok(material)
    }
}

impl std::fmt::Debug for Online {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Online").field("time_stamping", &self.time_stamping).finish_non_exhaustive()
    }
}
