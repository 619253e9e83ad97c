//! Signing with the members' keys. A key that is slow (RSA, a token of hardware) never makes a thread wait that serves
//! others, and signs as one batch all that came while it made the last signature.

mod queue;

use mekong_base::Instant;
use mekong_crypto::DigestAlgorithm;
use mekong_message::{MessageDigests, SignError, SignatureData, SigningIdentity, sign_message};
use mekong_pki::Certificate;
pub(super) use queue::{Queue, Tally};
use std::sync::Arc;

/// The digest of messages.
const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha512;

/// With what one member's messages are signed now: certificate, proof that it is good, and the queue of its key.
#[derive(Debug)]
pub(super) struct Signer {
    /// The signing certificate.
    pub(super) certificate: Certificate,
    identity: Arc<SigningIdentity>,
    queue: Arc<Queue>,
}

impl Signer {
    /// `queue` is that of the identity's key, whatever its certificate and proofs are.
    pub(super) fn new(identity: SigningIdentity, queue: Arc<Queue>) -> Self {
        Self { certificate: identity.certificate().clone(), identity: Arc::new(identity), queue }
    }

    /// Whether this is the signer of that certificate with those OCSP responses.
    pub(super) fn is_of(&self, certificate: &Certificate, ocsp: &[Vec<u8>]) -> bool {
        self.certificate == *certificate && self.identity.ocsp() == ocsp
    }

    /// Signs a message and its attachments, which are known by their digests. The signing time is `now`, or that of the
    /// last message of its batch.
    ///
    /// A key in memory on an elliptic curve that has rested signs at once, without a change of threads
    /// (`docs/decisions/0014-keys-and-tls-of-gateways.md`).
    ///
    /// # Errors
    /// [`SignError`]; all messages of a batch fail alike.
    pub(super) async fn sign(
        &self,
        message: &[u8],
        attachments: Vec<(DigestAlgorithm, Vec<u8>)>,
        now: Instant,
    ) -> Result<SignatureData, SignError> {
        if !self.identity.key().is_slow() && self.queue.takes_one() {
            return sign_message(&self.identity, message, &attachments, now);
        }
        let digests = MessageDigests { message: (DIGEST, DIGEST.digest(message).as_ref().to_vec()), attachments };
        self.queue.sign(Arc::clone(&self.identity), digests, now).await
    }
}
