//! What we make: read again by ourselves, verified by libraries of others, and theirs by us.

use crate::small_country::Country;
use crate::{is_intact, read};
use make::{Options, Payload, Serialization};
use mekong_crypto::{DigestAlgorithm, KeyType, SignatureAlgorithm};
use mekong_pki::testing::TestResult;
use mekong_signature::extend;
use mekong_signature::facts::{DataState, Level, Proven, TimestampKind};
use mekong_signature::jades::{augment, make};
use mekong_signature::making::{MakeError, Selection, Signing};
use mekong_signature::read::{Detached, DetachedContent, Reading};
use mekong_signature::{Document, jades};
use std::process::Command;

const CONTENT: &[u8] = r#"{"amount": 12, "to": "ສະຫວັນນະເຂດ"}"#.as_bytes();

fn sign(
    country: &Country,
    payload: &Payload<'_>,
    signing: &Signing,
    options: &Options,
) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let prepared = make::prepare(payload, signing, options)?;
    let value = country.signer.key.sign(signing.algorithm, &prepared.to_be_signed)?;
    Ok(prepared.finish(&value)?)
}

fn algorithms() -> [(KeyType, SignatureAlgorithm); 7] {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    [
        (KeyType::P256, SignatureAlgorithm::Ecdsa(Sha256)),
        (KeyType::P384, SignatureAlgorithm::Ecdsa(Sha384)),
        (KeyType::Ed25519, SignatureAlgorithm::Ed25519),
        (KeyType::Rsa(2048), SignatureAlgorithm::RsaPkcs1(Sha256)),
        (KeyType::Rsa(2048), SignatureAlgorithm::RsaPkcs1(Sha512)),
        (KeyType::Rsa(2048), SignatureAlgorithm::RsaPss(Sha256)),
        (KeyType::Rsa(2048), SignatureAlgorithm::RsaPss(Sha384)),
    ]
}

#[test]
fn every_algorithm_and_form_is_read_again() -> TestResult {
    for (key, algorithm) in algorithms() {
        let country = Country::new(key)?;
        let digest = algorithm.digest().unwrap_or(DigestAlgorithm::Sha512);
        let signing = country.signing_with(algorithm, digest);
        for serialization in [Serialization::Compact, Serialization::Flattened, Serialization::General] {
            for unencoded in [false, true] {
                let content: &[u8] = if unencoded { b"plain text, no dots" } else { CONTENT };
                let content_type = Some("application/json".into());
                let options = Options { serialization, unencoded, content_type };
                let made = sign(&country, &Payload::Attached(content), &signing, &options)?;
                let document = read(&made)?;
                let signature = &document.signatures[0];
                assert!(is_intact(signature), "{algorithm:?} {serialization:?} {:?}", signature.faults);
                assert_eq!((signature.level, signature.claimed_time), (Level::B, Some(Country::now())));
                assert!(signature.claims.contains(&("role".into(), "director".into())), "{:?}", signature.claims);
                assert!(signature.claims.contains(&("commitment".into(), "1.2.840.113549.1.9.16.6.1".into())));
                let again = sign(&country, &Payload::Attached(content), &signing, &options)?;
                if matches!(algorithm, SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::Ed25519) {
                    assert_eq!(made, again, "the same input gives the same bytes");
                }
            }
        }
    }
    Ok(())
}

fn with<'a>(contents: &[(&str, &'a Vec<u8>)]) -> Reading<'a> {
    let one = |(name, bytes): &(&str, &'a Vec<u8>)| Detached {
        name: Some((*name).to_owned()),
        content: DetachedContent::Source(*bytes),
    };
    Reading { detached: contents.iter().map(one).collect(), ..Reading::default() }
}

fn states(document: &Document) -> Vec<DataState> {
    document.signatures[0].data.iter().map(|d| d.state.clone()).collect()
}

#[test]
fn detached_content_is_needed_and_must_be_the_same() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let (content, other) = (CONTENT.to_vec(), b"other".to_vec());
    for unencoded in [false, true] {
        let options = Options { unencoded, ..Options::default() };
        let made = sign(&country, &Payload::Detached(&content), &country.signing(), &options)?;
        assert_eq!(states(&read(&made)?), [DataState::Missing]);
        assert!(is_intact(&jades::read(&made, &with(&[("a", &content)]))?.signatures[0]));
        assert!(!is_intact(&jades::read(&made, &with(&[("a", &other)]))?.signatures[0]));

        let named = vec![("a b.txt".to_owned(), &content as &dyn mekong_base::Source), ("ຂ.txt".into(), &other)];
        let made = sign(&country, &Payload::ByHash(named), &country.signing(), &options)?;
        assert_eq!(states(&read(&made)?), [DataState::Missing, DataState::Missing]);
        let both = jades::read(&made, &with(&[("a b.txt", &content), ("ຂ.txt", &other)]))?;
        assert!(is_intact(&both.signatures[0]), "{:?}", both.signatures[0].data);
        assert_eq!(both.findings, []);
        let more = jades::read(&made, &with(&[("a b.txt", &content), ("more.txt", &other), ("ຂ.txt", &other)]))?;
        assert!(is_intact(&more.signatures[0]) && more.findings.len() == 1, "{:?}", more.findings);
        assert!(more.findings[0].text.ends_with("not what was signed: \"more.txt\""), "{:?}", more.findings);
        let swapped = jades::read(&made, &with(&[("a b.txt", &other), ("ຂ.txt", &other)]))?;
        assert_eq!(states(&swapped), [DataState::Altered, DataState::Intact]);
    }
    Ok(())
}

#[test]
fn levels_are_added_one_after_another_and_renewed() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let all = Selection::All;
    for serialization in [Serialization::Compact, Serialization::Flattened, Serialization::General] {
        let options = Options { serialization, ..Options::default() };
        let b = sign(&country, &Payload::Attached(CONTENT), &country.signing(), &options)?;
        let early = augment::add_material(&b, &all, &country);
        assert!(matches!(early, Err(MakeError::Level { wanted: Level::Lt, found: Level::B })), "{early:?}");
        let t = augment::add_timestamp(&b, &all, &country)?;
        let lt = augment::add_material(&t, &all, &country)?;
        let lta = augment::add_archive_timestamp(&lt, &Reading::default(), &all, &country)?;
        let renewed = augment::add_archive_timestamp(&lta, &Reading::default(), &all, &country)?;
        for (made, level, stamps) in
            [(&t, Level::T, 1), (&lt, Level::Lt, 1), (&lta, Level::Lta, 2), (&renewed, Level::Lta, 3)]
        {
            let document = read(made)?;
            let signature = &document.signatures[0];
            assert!(is_intact(signature), "{level:?} {:?}", signature.faults);
            assert_eq!((signature.level, signature.timestamps.len()), (level, stamps));
            assert!(signature.timestamps.iter().all(|t| t.imprint == DataState::Intact), "{level:?}");
        }
        let document = read(&renewed)?;
        let signature = &document.signatures[0];
        let last = signature.timestamps.last().unwrap();
        assert_eq!(last.kind, TimestampKind::Archive);
        for earlier in &signature.timestamps[..2] {
            assert!(last.proves.contains(&Proven::Timestamp(earlier.id.clone())));
        }
        for ocsp in &signature.ocsps {
            let sha256 = DigestAlgorithm::Sha256.digest(ocsp).as_ref().try_into()?;
            assert!(last.proves.contains(&Proven::Revocation(sha256)));
        }
        assert!(!signature.ocsps.is_empty());
        // What was stamped first does not change: the archive time-stamp covers the components as they stand.
        let broken = String::from_utf8(renewed)?.replacen("\"etsiU\":[\"", "\"etsiU\":[\"eyJ4Ijp7fX0\",\"", 1);
        let broken = read(broken.as_bytes())?;
        let states: Vec<_> = broken.signatures[0].timestamps.iter().map(|t| t.imprint.clone()).collect();
        assert_eq!(states, [DataState::Intact, DataState::Altered, DataState::Altered]);
    }
    Ok(())
}

#[test]
fn a_second_signature_joins_the_first() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let first = sign(&country, &Payload::Attached(CONTENT), &country.signing(), &Options::default())?;
    let first = augment::add_timestamp(&first, &Selection::All, &country)?;
    let prepared = make::prepare_next(&first, &country.signing(), &Options::default())?;
    let value = country.signer.key.sign(country.signing().algorithm, &prepared.to_be_signed)?;
    let both = prepared.finish(&value)?;
    let document = read(&both)?;
    let levels: Vec<_> = document.signatures.iter().map(|s| (s.level, is_intact(s))).collect();
    assert_eq!(levels, [(Level::T, true), (Level::B, true)]);
    let second = Selection::Ids(vec!["signature-2".into()]);
    let document = read(&augment::add_timestamp(&both, &second, &country)?)?;
    assert_eq!(document.signatures.iter().map(|s| s.timestamps.len()).collect::<Vec<_>>(), [1, 1]);
    let none = Selection::Ids(vec!["signature-3".into()]);
    assert!(matches!(augment::add_timestamp(&both, &none, &country), Err(MakeError::Document { .. })));
    Ok(())
}

#[test]
fn what_has_no_name_in_jose_or_another_key_is_refused() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let p256 = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
    let prepare = |algorithm| {
        let signing = country.signing_with(algorithm, DigestAlgorithm::Sha256);
        make::prepare(&Payload::Attached(CONTENT), &signing, &Options::default()).map_err(|e| e.to_string())
    };
    assert!(prepare(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384)).is_err_and(|e| e.contains("does not go with")));
    assert!(prepare(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha224)).is_err_and(|e| e.contains("no name in JOSE")));
    assert!(prepare(SignatureAlgorithm::Ed25519).is_err());
    let prepared = prepare(p256)?;
    let other = Country::new(KeyType::P256)?.signer.key.sign(p256, &prepared.to_be_signed)?;
    assert!(matches!(prepared.finish(&other), Err(MakeError::Value { .. })));
    Ok(())
}

/// A Python with the packages of `e2e/requirements.txt`.
fn python() -> Option<String> {
    let python = std::env::var("MEKONG_TEST_PYTHON").ok();
    if python.is_none() {
        println!("skipped: MEKONG_TEST_PYTHON names no Python with the packages of e2e/requirements.txt");
    }
    python
}

const VERIFY: &str = r"
import sys, json
from jwcrypto import jwk, jws
from cryptography import x509
public = jwk.JWK.from_pyca(x509.load_pem_x509_certificate(open(sys.argv[1], 'rb').read()).public_key())
for path in sys.argv[2:]:
    token = jws.JWS()
    token.allowed_algs = ['RS256', 'RS512', 'PS256', 'PS384', 'ES256', 'ES384', 'EdDSA']
    token.deserialize(open(path).read())
    token.verify(public)
    sys.stdout.write(token.payload.decode() + '\n')
";

#[test]
fn jwcrypto_verifies_ours() -> TestResult {
    let Some(python) = python() else { return Ok(()) };
    let dir = tempfile::tempdir()?;
    for (key, algorithm) in algorithms() {
        let country = Country::new(key)?;
        let signing = country.signing_with(algorithm, DigestAlgorithm::Sha256);
        let pem = dir.path().join("signer.pem");
        std::fs::write(&pem, country.signer.certificate.pem())?;
        let mut command = Command::new(&python);
        command.args(["-c", VERIFY]).arg(&pem);
        for (n, serialization) in [Serialization::Compact, Serialization::Flattened].into_iter().enumerate() {
            let options = Options { serialization, ..Options::default() };
            let made = sign(&country, &Payload::Attached(CONTENT), &signing, &options)?;
            let path = dir.path().join(format!("{n}.jws"));
            std::fs::write(&path, made)?;
            command.arg(path);
        }
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{algorithm:?}: {said}");
        let expected = format!("{0}\n{0}\n", std::str::from_utf8(CONTENT)?);
        assert_eq!(String::from_utf8(output.stdout)?, expected);
    }
    Ok(())
}

const SIGN: &str = r"
import sys, json, hashlib, base64
from jwcrypto import jwk, jws
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
key = jwk.JWK.from_pem(open(sys.argv[1], 'rb').read())
certificate = x509.load_pem_x509_certificate(open(sys.argv[2], 'rb').read()).public_bytes(Encoding.DER)
thumbprint = base64.urlsafe_b64encode(hashlib.sha256(certificate).digest()).rstrip(b'=').decode()
header = {'alg': sys.argv[3], 'iat': 1769817600, 'x5t#S256': thumbprint,
          'x5c': [base64.b64encode(certificate).decode()]}
token = jws.JWS(b'made by another')
token.add_signature(key, alg=None, protected=json.dumps(header))
sys.stdout.write(token.serialize(compact=sys.argv[4] == 'compact'))
";

#[test]
fn we_verify_what_jwcrypto_signs() -> TestResult {
    let Some(python) = python() else { return Ok(()) };
    let dir = tempfile::tempdir()?;
    for (key, name) in [(KeyType::P256, "ES256"), (KeyType::Rsa(2048), "PS256"), (KeyType::Rsa(2048), "RS256")] {
        let country = Country::new(key)?;
        let (der, key, pem) = (dir.path().join("key.der"), dir.path().join("key.pem"), dir.path().join("signer.pem"));
        std::fs::write(&der, &*country.signer.key.to_pkcs8()?)?;
        let paths = [der.to_str().unwrap(), key.to_str().unwrap()];
        mekong_pki::testing::openssl(&["pkey", "-inform", "DER", "-in", paths[0], "-out", paths[1]])?;
        std::fs::write(&pem, country.signer.certificate.pem())?;
        for form in ["compact", "json"] {
            let output = Command::new(&python).args(["-c", SIGN]).arg(&key).arg(&pem).args([name, form]).output()?;
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let document = read(&output.stdout)?;
            assert!(is_intact(&document.signatures[0]), "{name} {form}");
            assert_eq!(document.signatures[0].level, Level::B);
        }
    }
    Ok(())
}

#[test]
fn a_certificate_that_is_revoked_is_refused_unless_a_time_stamp_is_older() -> TestResult {
    let mut country = Country::new(KeyType::P256)?;
    let made = sign(&country, &Payload::Attached(CONTENT), &country.signing(), &Options::default())?;
    let second = std::time::Duration::from_secs(1);
    let to = |country: &Country, level| extend::to(&made, level, &Selection::All, country, &Reading::default());
    for level in [Level::Lt, Level::Lta] {
        for at in [Country::now() - second, Country::now()] {
            country.revoked = Some(at);
            let Err(MakeError::Service(refused)) = to(&country, level) else { panic!("{level:?} {at}") };
            let said = refused.to_string();
            for word in ["Signer", &at.to_string(), "keyCompromise", "sign with a certificate"] {
                assert!(said.contains(word), "{word}: {said}");
            }
        }
        country.revoked = Some(Country::now() + second);
        assert_eq!(read(&to(&country, level)?)?.signatures[0].level, level);
    }
    country.revoked = Some(Country::now());
    assert_eq!(read(&to(&country, Level::T)?)?.signatures[0].level, Level::T);
    Ok(())
}
