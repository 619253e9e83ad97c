//! How long signing and verifying take beside the key operation inside: `cargo run --release --example rates`.

use mekong_authority::ca::{AuthoritySpec, CertificateAuthority};
use mekong_base::{ClientId, Instant, MemberId};
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey, Zeroizing};
use mekong_message::subject::SubjectProfile;
use mekong_message::trust::{Authority, InstanceTrust};
use mekong_message::{ChainCache, MessageDigests, SigningIdentity, timestamp};
use mekong_message::{sign_batch, sign_message, verify_message, verify_message_cached};
use mekong_pki::issue::Profile;
use mekong_pki::ocsp::Request;
use mekong_pki::request::CertificateRequest;
use std::time::Duration;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    for key_type in [KeyType::P256, KeyType::Rsa(2048)] {
        measure(key_type)?;
    }
    Ok(())
}

fn measure(key_type: KeyType) -> Result<(), Failure> {
    let dir = tempfile::tempdir()?;
    let now = Instant::from_unix_seconds(1_795_000_000);
    let (identity, trust) = identity(key_type, &dir, now)?;
    let message =
        b"GET\r\n/r1/VN/GOV/MPS/population/persons/v1/persons/1\r\nX-Road-Client:LA/GOV/MOHA/civil\r\n".as_slice();
    let from: ClientId = MemberId::new("LA", "GOV", "MOHA").into();
    let digest = (DigestAlgorithm::Sha512, DigestAlgorithm::Sha512.digest(b"body").as_ref().to_vec());
    let body = [digest.clone()];
    let plain = sign_message(&identity, message, &[], now)?;
    let chained = sign_message(&identity, message, &body, now)?;
    let batch = vec![MessageDigests { message: digest.clone(), attachments: Vec::new() }; 100];
    let algorithm = identity.key().default_algorithm();
    let value = identity.key().sign(algorithm, message)?;
    println!("{key_type}, {} bytes of signature", plain.signature_xml.len());
    report("key operation: sign", 1, || identity.key().sign(algorithm, message).is_ok());
    report("sign a message", 1, || sign_message(&identity, message, &[], now).is_ok());
    report("sign a message with a body", 1, || sign_message(&identity, message, &body, now).is_ok());
    report("sign 100 messages together", 100, || sign_batch(&identity, &batch, now).is_ok());
    report("key operation: verify", 1, || identity.key().public_key().verify(algorithm, message, &value).is_ok());
    let chain = || trust.verify_chain(identity.certificate(), identity.chain(), identity.ocsp(), now).is_ok();
    report("verify the certificate chain and OCSP", 1, chain);
    report("read a signature", 1, || timestamp::signature_value(&plain.signature_xml).is_ok());
    report("verify a message", 1, || verify_message(&plain, message, &[], &from, &trust, now).is_ok());
    report("verify a message with a body", 1, || verify_message(&chained, message, &body, &from, &trust, now).is_ok());
    let cache = ChainCache::new();
    let cached = || verify_message_cached(&cache, &plain, message, &[], &from, &trust, now).is_ok();
    report("verify a message, chain known", 1, cached);
    Ok(())
}

/// Runs for a second and prints microseconds for each of the `items` of a run.
fn report(what: &str, items: u32, run: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    let mut runs = 0;
    while start.elapsed() < Duration::from_secs(1) {
        assert!(run(), "{what} failed");
        runs += 1;
    }
    println!("  {what:40} {:8.1} us", start.elapsed().as_secs_f64() * 1e6 / f64::from(runs * items));
}

fn identity(
    key_type: KeyType,
    dir: &tempfile::TempDir,
    now: Instant,
) -> Result<(SigningIdentity, InstanceTrust), Failure> {
    let secret = Zeroizing::new("a passphrase of some length".to_owned());
    let spec = AuthoritySpec::new("Lao e-Government", "LA", "MTC", "http://ca.example");
    let ca = CertificateAuthority::create(dir.path(), secret, &spec, now - Duration::from_secs(86_400))?;
    let key = PrivateKey::generate(key_type)?;
    let subject =
        SubjectProfile::FiVrk.subject_for_member(&MemberId::new("LA", "GOV", "MOHA"), "gw-1", "MOHA", "FI")?;
    let certificate = ca.issue(&CertificateRequest::create(&key, &subject)?, Profile::Signing, None, now)?;
    let ask = |cert, issuer| ca.answer_ocsp(&Request::new(cert, issuer).to_der(), now).der.to_vec();
    let ocsp = vec![ask(&certificate, ca.issuing()), ask(ca.issuing(), ca.root())];
    let authority = Authority {
        name: "Lao e-Government".to_owned(),
        top: ca.root().clone(),
        intermediates: vec![ca.issuing().clone()],
        ocsp_responders: vec![(ca.ocsp_url(), Some(ca.ocsp_responder().clone()))],
        profile: SubjectProfile::FiVrk,
        authentication_only: false,
    };
    let trust = InstanceTrust {
        instance: "LA".to_owned(),
        authorities: vec![authority],
        timestampers: vec![ca.tsa().certificate().clone()],
        ocsp_freshness: Duration::from_secs(3600),
        check_next_update: true,
    };
    Ok((SigningIdentity::new(certificate, key, vec![ca.issuing().clone()], ocsp)?, trust))
}
