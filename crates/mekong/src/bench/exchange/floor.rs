//! The floor of one round trip: the public-key operations and hashes that its evidence cannot do without, timed alone on
//! one thread in the same run. Two signatures are made and two verified, one each for the request and the answer; each
//! side digests both messages, both sets of signed properties and both `SignedInfo` (SHA-512, sizes as in an exchange
//! without a body). A body is digested by the signer and by the verifier of its message.

use mekong_crypto::{CryptoError, DigestAlgorithm, KeyType, PrivateKey};
use std::time::{Duration, Instant};

/// Bytes digested by both sides together in one round trip: what is signed is about 3 KiB a message.
const DIGESTED_BYTES: usize = 3 * 1024;
/// Times that every byte is digested: by the signer and by the verifier of each message.
const DIGEST_ROUNDS: usize = 4;

/// Bytes of a body that are digested at a time.
const CHUNK: u64 = 1 << 20;

/// Times the floor for a kind of key and requests with `body` bytes during about `budget`; returns CPU milliseconds a round trip, the best of several
/// batches so that another process on the machine does not raise the floor.
///
/// # Errors
/// [`CryptoError`] if the key cannot be generated or used.
pub(super) fn measure(key_type: KeyType, body: u64, budget: Duration) -> Result<f64, CryptoError> {
    let key = PrivateKey::generate(key_type)?;
    let algorithm = key.default_algorithm();
    let data = vec![b'm'; DIGESTED_BYTES];
    let started = Instant::now();
    let mut best = f64::INFINITY;
    while started.elapsed() < budget {
        let batch = Instant::now();
        const ROUND_TRIPS: u32 = 50;
        for _ in 0..ROUND_TRIPS {
            for _message in ["request", "answer"] {
                let value = key.sign(algorithm, &data)?;
                key.public_key().verify(algorithm, &data, &value)?;
            }
            for _ in 0..DIGEST_ROUNDS {
                std::hint::black_box(DigestAlgorithm::Sha512.digest(&data));
            }
        }
        best = best.min(batch.elapsed().as_secs_f64() * 1_000.0 / f64::from(ROUND_TRIPS));
    }
    Ok(best + of_body(body))
}

/// CPU milliseconds for the two digests of a body, the best of several batches over a part of it.
fn of_body(bytes: u64) -> f64 {
    let part = vec![b'm'; usize::try_from(bytes.min(CHUNK)).unwrap_or_default()];
    if part.is_empty() {
        return 0.0;
    }
    let mut best = f64::INFINITY;
    for _ in 0..50 {
        let batch = Instant::now();
        std::hint::black_box(DigestAlgorithm::Sha512.digest(&part));
        best = best.min(batch.elapsed().as_secs_f64() * 1_000.0);
    }
    2.0 * best * (bytes as f64 / part.len() as f64)
}
