//! Fetches time-stamps from several authorities with failover, and gives out only verified tokens.

use crate::http::Client;
use crate::ocsp_client::write_attempts;
use bytes::Bytes;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;
use mekong_pki::tsp::{self, Request, Response, Stamped, VerifiedToken};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A token that was verified, with the authority's certificate inside.
#[derive(Debug, Clone)]
pub struct FreshToken {
    /// The DER token.
    pub der: Vec<u8>,
    /// What it says, and who said it.
    pub verified: VerifiedToken,
    /// The URL it came from.
    pub url: String,
}

/// No authority gave a token that can be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct TspUnreachable {
    /// Every URL tried, with the reason why it did not help; empty if no URL is known.
    pub attempts: Vec<(String, String)>,
}

impl fmt::Display for TspUnreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no time-stamp: ")?;
        write_attempts(f, &self.attempts)
    }
}

/// The client. Clones share what they know of the authorities.
#[derive(Debug, Clone)]
pub struct TspClient {
    http: Client,
    /// The URL that worked last; asked first the next time.
    last_good: Arc<Mutex<Option<String>>>,
}

impl TspClient {
    /// A client that knows nothing of the authorities yet.
    pub fn new(http: Client) -> Self {
        Self { http, last_good: Arc::default() }
    }

    /// Stamps a digest with the first of `urls` that gives a token of one of the trusted `authorities`, beginning with
    /// the URL that worked last. The request has X-Road's form: no nonce, no certificate asked for.
    ///
    /// # Errors
    /// [`TspUnreachable`] names every URL and reason.
    pub async fn stamp(
        &self,
        algorithm: DigestAlgorithm,
        digest: &[u8],
        urls: &[String],
        authorities: &[Certificate],
    ) -> Result<FreshToken, TspUnreachable> {
        let request = Bytes::from(Request::new(algorithm, digest.to_vec()).to_der());
        let mut attempts = Vec::new();
        for url in self.in_order(urls) {
            match self.ask(url, request.clone(), Stamped::Digest(algorithm, digest), authorities).await {
                Ok(token) => {
                    *self.lock() = Some(url.clone());
                    return Ok(token);
                }
                Err(reason) => attempts.push((url.clone(), reason)),
            }
        }
        Err(TspUnreachable { attempts })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.last_good.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_order<'u>(&self, urls: &'u [String]) -> Vec<&'u String> {
        let good = self.lock().clone();
        let mut order: Vec<_> = urls.iter().collect();
        order.sort_by_key(|url| Some(*url) != good.as_ref());
        order
    }

    async fn ask(
        &self,
        url: &str,
        request: Bytes,
        stamped: Stamped<'_>,
        authorities: &[Certificate],
    ) -> Result<FreshToken, String> {
        let answer = self.http.post(url, tsp::REQUEST_MEDIA_TYPE, request).await.and_then(|a| a.success());
        let body = answer.map_err(|e| e.to_string())?.body;
        let check = || {
            let token = Response::from_der(&body)?.token;
            let verified = tsp::verify(&token, stamped, authorities)?;
            let der = tsp::add_certificate(&token, &verified.authority)?;
            Ok(FreshToken { der, verified, url: url.to_owned() })
        };
        check().map_err(|e: tsp::TspError| e.to_string())
    }
}
