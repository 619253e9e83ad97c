//! The member's side: a request is signed and sent, the answer believed only if the operator's key signed it for this very
//! request.

use super::envelope::{Envelope, Kind, Signer, decode};
use super::error::OfficeError;
use super::message::{Answer, Ask, Outcome, Registered, Request, VERSION};
use super::{MESSAGE_BYTES_MAX, PATH, fingerprint};
use mekong_authority::http::{Client, Limits};
use mekong_base::Instant;
use mekong_crypto::{DigestAlgorithm, PrivateKey, PublicKey};
use rand::TryRngCore as _;
use std::time::Duration;

/// The operator's registration service, as a member reaches it.
#[derive(Debug, Clone)]
pub struct Office {
    url: String,
    operator: [u8; 32],
    http: Client,
}

/// How a request ended that was not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Done, recorded and published; the operator's clock then.
    Registered(Box<Registered>, Instant),
    /// It waits for the operator's approval under this name: send the same again later.
    Waiting(String),
}

impl Office {
    /// The service below `address` (`http://host:port`) whose answers the key with the fingerprint `operator` signs.
    pub fn new(address: &str, operator: [u8; 32]) -> Self {
        let limits =
            Limits { connect: Duration::from_secs(10), total: Duration::from_secs(30), body_bytes: MESSAGE_BYTES_MAX };
        let url = format!("{}{PATH}", address.trim_end_matches('/'));
        Self { url, operator, http: Client::new(limits) }
    }

    /// Signs a request. Keep the envelope until the answer is there: sent again it gets the same answer, while another
    /// request of the same invitation is refused.
    ///
    /// # Errors
    /// [`OfficeError::Request`] if the key cannot sign.
    pub fn request(
        instance: &str,
        ask: Ask,
        signer: Signer,
        key: &PrivateKey,
        now: Instant,
    ) -> Result<Envelope, OfficeError> {
        let failed = |error: &dyn std::fmt::Display| OfficeError::Request(error.to_string());
        let mut nonce = [0; 16];
        rand::rngs::OsRng.try_fill_bytes(&mut nonce).map_err(|e| failed(&e))?;
        let request =
            Request { version: VERSION, instance: instance.to_owned(), at: now, nonce: hex::encode(nonce), ask };
        let statement = serde_json::to_string(&request).map_err(|e| failed(&e))?;
        Envelope::sign(Kind::Request, statement, signer, key).map_err(|e| failed(&e))
    }

    /// Sends a request.
    ///
    /// # Errors
    /// [`OfficeError`].
    pub async fn send(&self, request: &Envelope) -> Result<Ended, OfficeError> {
        let body = serde_json::to_vec(request).map_err(|error| OfficeError::Request(error.to_string()))?;
        let answer = self.http.post(&self.url, "application/json", body).await?.success()?;
        let not_operator = |reason: String| OfficeError::NotTheOperator { url: self.url.clone(), reason };
        let answer = self.believed(&answer.body, request).map_err(not_operator)?;
        match answer.outcome {
            Outcome::Registered(registered) => Ok(Ended::Registered(registered, answer.at)),
            Outcome::Waiting { id } => Ok(Ended::Waiting(id)),
            Outcome::Refused { code, reason } => Err(OfficeError::Refused { code, reason }),
        }
    }

    /// The answer, if the operator's key signed it for this request.
    fn believed(&self, body: &[u8], request: &Envelope) -> Result<Answer, String> {
        let envelope: Envelope = serde_json::from_slice(body).map_err(|e| e.to_string())?;
        let Signer::Key(text) = &envelope.signer else { return Err("it is not signed with a key".to_owned()) };
        let spki = decode(text, "key").map_err(|e| e.to_string())?;
        if DigestAlgorithm::Sha256.digest(&spki).as_ref() != self.operator {
            return Err(format!(
                "it is signed with the key {}, not {}",
                fingerprint(&spki),
                hex::encode(self.operator)
            ));
        }
        let key = PublicKey::from_spki(&spki).map_err(|e| e.to_string())?;
        envelope.verify(Kind::Answer, &key).map_err(|e| e.to_string())?;
        let answer: Answer = serde_json::from_str(&envelope.statement).map_err(|e| e.to_string())?;
        if answer.version != VERSION {
            return Err(format!("version {} is not read, {VERSION} is", answer.version));
        }
        if answer.request != fingerprint(request.statement.as_bytes()) {
            return Err("it answers another request".to_owned());
        }
        Ok(answer)
    }
}
