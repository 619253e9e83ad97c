//! Fetches OCSP responses, believes only verified ones, and keeps them while they are fresh.
//!
//! A stale response is never given out. Responses are renewed in the background by [`OcspClient::refresh_due`] once a third
//! of their life is over: a signature must be proven by them until it is time-stamped at the other side, and a responder's
//! outage of less than half of the rest goes unnoticed. Good ones can be kept in a folder for the next start, in case the
//! responders are away then: [`OcspClient::keeping_in`].

mod folder;

use crate::http::Client;
use bytes::Bytes;
use folder::Folder;
use mekong_base::Instant;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;
use mekong_pki::ocsp::{self, Request, Status, VerifiedStatus};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long an answer other than good is kept: a certificate just issued becomes known soon.
const NOT_GOOD_KEPT: Duration = Duration::from_secs(60);
/// How long a failure is told without asking the responders again.
const FAILURE_KEPT: Duration = Duration::from_secs(2);
/// How soon a responder is asked again that gave a response of which a third of the life was over.
const ASKED_AGAIN: Duration = Duration::from_secs(60);
/// Responses that nobody asked for during this time are not renewed any more.
const IDLE: Duration = Duration::from_secs(24 * 3600);
/// Most certificates that are remembered.
const ENTRIES_MAX: usize = 10_000;

/// What is needed to ask about one certificate and to believe the answer.
#[derive(Debug, Clone)]
pub struct Inquiry {
    /// The certificate.
    pub certificate: Certificate,
    /// Its issuer.
    pub issuer: Certificate,
    /// Responders to ask, in this order.
    pub urls: Vec<String>,
    /// Certificates of responders configured for the issuer.
    pub responders: Vec<Certificate>,
    /// How old `thisUpdate` may be.
    pub freshness: Duration,
    /// Whether a `nextUpdate` in the past makes a response stale.
    pub check_next_update: bool,
}

/// A verified and fresh response.
#[derive(Debug, Clone)]
pub struct FreshResponse {
    /// The DER response.
    pub der: Bytes,
    /// What it says; not necessarily good.
    pub status: VerifiedStatus,
}

/// No responder gave a response that can be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct OcspUnreachable {
    /// The subject of the certificate.
    pub subject: String,
    /// Every URL tried, with the reason why it did not help; empty if no URL is known.
    pub attempts: Vec<(String, String)>,
}

impl fmt::Display for OcspUnreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no OCSP response for the certificate of {}: ", self.subject)?;
        write_attempts(f, &self.attempts)
    }
}

pub(crate) fn write_attempts(f: &mut fmt::Formatter<'_>, attempts: &[(String, String)]) -> fmt::Result {
    if attempts.is_empty() {
        return f.write_str("no URL is known");
    }
    let texts: Vec<_> = attempts
        .iter()
        .map(|(url, reason)| if reason.starts_with(url.as_str()) { reason.clone() } else { format!("{url}: {reason}") })
        .collect();
    f.write_str(&texts.join("; "))
}

/// What one round of renewal did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// How many responses were renewed.
    pub renewed: usize,
    /// Which could not be; the old ones are used until they are stale.
    pub failed: Vec<OcspUnreachable>,
}

/// The client. Clones share the cache.
#[derive(Debug, Clone)]
pub struct OcspClient {
    http: Client,
    slots: Arc<Mutex<BTreeMap<[u8; 32], Slot>>>,
    folder: Option<Folder>,
}

/// One certificate; the lock is held while a caller fetches, so that others wait for the same answer.
type Slot = Arc<tokio::sync::Mutex<Known>>;

#[derive(Debug)]
struct Known {
    inquiry: Inquiry,
    last_used: Instant,
    response: Option<(FreshResponse, Instant)>,
    failure: Option<(OcspUnreachable, Instant)>,
}

impl Known {
    /// The response, if it may still be given out at `now`.
    fn usable(&self, now: Instant) -> Option<&FreshResponse> {
        let (response, fetched_at) = self.response.as_ref()?;
        let status = &response.status;
        let recent = status.this_update >= now - self.inquiry.freshness;
        let current = !self.inquiry.check_next_update || status.next_update.is_none_or(|next| next >= now);
        let lasting = status.status == Status::Good || now <= *fetched_at + NOT_GOOD_KEPT;
        (recent && current && lasting).then_some(response)
    }

    /// A third of the life is over, or there is nothing to keep.
    fn is_due(&self, now: Instant) -> bool {
        let Some((response, fetched_at)) = &self.response else { return true };
        if response.status.status != Status::Good {
            return now >= *fetched_at + NOT_GOOD_KEPT;
        }
        is_ageing(response, &self.inquiry, now) && now >= *fetched_at + ASKED_AGAIN
    }
}

impl OcspClient {
    /// A client with an empty cache.
    pub fn new(http: Client) -> Self {
        Self { http, slots: Arc::default(), folder: None }
    }

    /// A client that keeps good responses in a folder too, so that a restart while the responders are away finds them.
    /// They are verified anew when they are read.
    ///
    /// # Errors
    /// [`std::io::Error`] if the folder cannot be made.
    pub fn keeping_in(http: Client, folder: &Path) -> std::io::Result<Self> {
        Ok(Self { folder: Some(Folder::open(folder)?), ..Self::new(http) })
    }

    /// A fresh response about the certificate: a kept one, else from the first responder that gives one.
    ///
    /// Callers who ask for the same certificate at once cause one request. Whether the status is good is for the caller
    /// to look at.
    ///
    /// # Errors
    /// [`OcspUnreachable`] names every URL and reason.
    pub async fn fetch(&self, inquiry: &Inquiry, now: Instant) -> Result<FreshResponse, OcspUnreachable> {
        let slot = self.slot(inquiry, now);
        let mut known = slot.lock().await;
        known.inquiry = inquiry.clone();
        known.last_used = known.last_used.max(now);
        if let Some(response) = known.usable(now) {
            return Ok(response.clone());
        }
        let kept = self.kept(inquiry, now).filter(|_| known.response.is_none());
        if let Some(response) = kept.clone().filter(|response| !is_ageing(response, inquiry, now)) {
            known.response = Some((response.clone(), now));
            return Ok(response);
        }
        if let Some((failure, _)) = known.failure.as_ref().filter(|(_, at)| now < *at + FAILURE_KEPT) {
            return Err(failure.clone());
        }
        match self.ask(inquiry, now).await {
            Ok(response) => {
                known.response = Some((response.clone(), now));
                known.failure = None;
                Ok(response)
            }
            Err(failure) => {
                if let Some(response) = kept {
                    known.response = Some((response.clone(), now));
                    return Ok(response);
                }
                known.failure = Some((failure.clone(), now));
                Err(failure)
            }
        }
    }

    /// Renews every kept response of which a third of the life is over, and forgets those long unused. For a background
    /// task that calls it every few seconds; callers of [`OcspClient::fetch`] are not held up meanwhile.
    pub async fn refresh_due(&self, now: Instant) -> Refreshed {
        let slots: Vec<_> = self.lock().iter().map(|(key, slot)| (*key, Arc::clone(slot))).collect();
        let mut report = Refreshed::default();
        for (key, slot) in slots {
            let inquiry = {
                // A slot that is locked is being fetched right now.
                let Ok(known) = slot.try_lock() else { continue };
                if known.last_used + IDLE < now {
                    self.lock().remove(&key);
                    continue;
                }
                if !known.is_due(now) {
                    continue;
                }
                known.inquiry.clone()
            };
            match self.ask(&inquiry, now).await {
                Ok(response) => {
                    let mut known = slot.lock().await;
                    known.response = Some((response, now));
                    known.failure = None;
                    report.renewed += 1;
                }
                Err(failure) => report.failed.push(failure),
            }
        }
        report
    }

    /// Forgets everything, for instance after a certificate was revoked by our own hand.
    pub fn clear(&self) {
        self.lock().clear();
        if let Some(folder) = &self.folder {
            folder.clear();
        }
    }

    /// A good and fresh response from the folder.
    fn kept(&self, inquiry: &Inquiry, now: Instant) -> Option<FreshResponse> {
        let der = Bytes::from(self.folder.as_ref()?.read(&key(inquiry))?);
        verified(der, inquiry, now).ok().filter(|response| response.status.status == Status::Good)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<[u8; 32], Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, inquiry: &Inquiry, now: Instant) -> Slot {
        let key = key(inquiry);
        let mut slots = self.lock();
        if slots.len() >= ENTRIES_MAX && !slots.contains_key(&key) {
            slots.retain(|_, slot| slot.try_lock().is_ok_and(|known| known.usable(now).is_some()));
            if slots.len() >= ENTRIES_MAX {
                slots.clear();
            }
        }
        let empty = || Known { inquiry: inquiry.clone(), last_used: now, response: None, failure: None };
        Arc::clone(slots.entry(key).or_insert_with(|| Arc::new(tokio::sync::Mutex::new(empty()))))
    }

    async fn ask(&self, inquiry: &Inquiry, now: Instant) -> Result<FreshResponse, OcspUnreachable> {
        let request = Bytes::from(Request::new(&inquiry.certificate, &inquiry.issuer).to_der());
        let mut attempts = Vec::new();
        for url in &inquiry.urls {
            match self.ask_one(url, request.clone(), inquiry, now).await {
                Ok(response) => {
                    if let Some(folder) = self.folder.as_ref().filter(|_| response.status.status == Status::Good) {
                        folder.write(&key(inquiry), &response.der, now);
                    }
                    return Ok(response);
                }
                Err(reason) => attempts.push((url.clone(), reason)),
            }
        }
        Err(OcspUnreachable { subject: inquiry.certificate.subject(), attempts })
    }

    async fn ask_one(
        &self,
        url: &str,
        request: Bytes,
        inquiry: &Inquiry,
        now: Instant,
    ) -> Result<FreshResponse, String> {
        let answer = self.http.post(url, ocsp::REQUEST_MEDIA_TYPE, request).await.and_then(|a| a.success());
        verified(answer.map_err(|e| e.to_string())?.body, inquiry, now)
    }
}

/// A third of the life is over.
fn is_ageing(response: &FreshResponse, inquiry: &Inquiry, now: Instant) -> bool {
    let status = &response.status;
    let stale_at = status.this_update + inquiry.freshness;
    let end = status.next_update.filter(|next| inquiry.check_next_update && *next < stale_at).unwrap_or(stale_at);
    now >= status.this_update + end.since(status.this_update) / 3
}

fn verified(der: Bytes, inquiry: &Inquiry, now: Instant) -> Result<FreshResponse, String> {
    let Inquiry { certificate, issuer, responders, freshness, check_next_update, .. } = inquiry;
    let status = ocsp::verify(&der, certificate, issuer, responders, now, *freshness, *check_next_update);
    Ok(FreshResponse { status: status.map_err(|e| e.to_string())?, der })
}

fn key(inquiry: &Inquiry) -> [u8; 32] {
    let both = [inquiry.certificate.der(), inquiry.issuer.der()].concat();
    let digest = DigestAlgorithm::Sha256.digest(&both);
    <[u8; 32]>::try_from(digest.as_ref()).unwrap_or_default()
}
