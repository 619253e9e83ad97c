//! Documents assembled here, for what no maker writes: other references to the content, clear unsigned properties,
//! counter-signatures, headers against the rules.

use crate::small_country::Country;
use crate::{is_intact, read};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mekong_base::Source;
use mekong_crypto::{DigestAlgorithm, KeyType};
use mekong_pki::testing::TestResult;
use mekong_signature::facts::{DataState, Document, TimestampKind};
use mekong_signature::making::Services;
use mekong_signature::read::{Detached, DetachedContent, Reading};
use mekong_signature::{ReadError, jades};
use serde_json::{Value, json};

type Error = Box<dyn std::error::Error>;

fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Protected header and signature value over `signed`, the payload as it enters the signing input.
fn sign(country: &Country, more: &Value, signed: &str) -> Result<(String, String), Error> {
    let der = country.signer.certificate.der();
    let mut header = json!({
        "alg": "ES256",
        "x5t#S256": base64url(DigestAlgorithm::Sha256.digest(der)),
        "x5c": [STANDARD.encode(der)],
        "iat": Country::now().unix_seconds(),
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        header[name] = value.clone();
    }
    let protected = base64url(header.to_string());
    let algorithm = country.signer.key.default_algorithm();
    let value = country.signer.key.sign(algorithm, format!("{protected}.{signed}").as_bytes())?;
    Ok((protected, base64url(mekong_crypto::ecdsa::der_to_raw(&value, 32)?)))
}

fn named<'a>(contents: &'a [(Option<&str>, Vec<u8>)]) -> Reading<'a> {
    let one = |(name, bytes): &'a (Option<&str>, Vec<u8>)| Detached {
        name: name.map(str::to_owned),
        content: DetachedContent::Source(bytes as &dyn Source),
    };
    Reading { detached: contents.iter().map(one).collect(), ..Reading::default() }
}

fn facts(document: &Value, reading: &Reading<'_>) -> Result<Document, ReadError> {
    jades::read(&document.to_string().into_bytes(), reading)
}

#[test]
fn contents_by_uri_are_signed_in_their_order() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let sig_d = json!({ "mId": "http://uri.etsi.org/19182/ObjectIdByURI", "pars": ["a%20b", "c"] });
    let (one, two) = (b"one".to_vec(), b"other".to_vec());
    let signed = base64url(&one) + &base64url(&two);
    let (protected, signature) = sign(&country, &json!({ "sigD": sig_d, "crit": ["sigD"] }), &signed)?;
    let document = json!({ "protected": protected, "signature": signature });
    let given = [(Some("c"), two.clone()), (Some("a b"), one.clone())];
    let found = facts(&document, &named(&given))?;
    assert!(is_intact(&found.signatures[0]), "{:?}", found.signatures[0].data);
    let swapped = [(Some("c"), one.clone()), (Some("a b"), two)];
    assert!(!is_intact(&facts(&document, &named(&swapped))?.signatures[0]));
    let found = facts(&document, &named(&[(Some("c"), one), (Some("d"), Vec::new())]))?;
    assert_eq!(found.signatures[0].data[0].state, DataState::Missing);
    Ok(())
}

#[test]
fn http_headers_are_signed_with_the_digest_of_the_body() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let body = b"{\"a\":1}".to_vec();
    let digest = format!("SHA-256={}", STANDARD.encode(DigestAlgorithm::Sha256.digest(&body)));
    let sig_d =
        json!({ "mId": "http://uri.etsi.org/19182/HttpHeaders", "pars": ["(request-target)", "x-list", "digest"] });
    let signed = format!("(request-target): post /a\nx-list: 1, 2\ndigest: {digest}");
    let more = json!({ "sigD": sig_d, "b64": false, "crit": ["sigD", "b64"] });
    let (protected, signature) = sign(&country, &more, &signed)?;
    let compact = format!("{protected}..{signature}").into_bytes();
    let mut given = vec![
        (Some("X-List"), b" 1".to_vec()),
        (Some("Digest"), digest.into_bytes()),
        (Some("X-List"), b"2 ".to_vec()),
        (Some("(request-target)"), b"post /a".to_vec()),
        (None, body),
    ];
    let found = jades::read(&compact, &named(&given))?;
    assert!(is_intact(&found.signatures[0]), "{:?} {:?}", found.signatures[0].faults, found.signatures[0].data);
    given[4].1.push(b'x');
    let found = jades::read(&compact, &named(&given))?;
    assert!(found.signatures[0].data.iter().any(|d| d.state == DataState::Altered));
    Ok(())
}

#[test]
fn counter_signatures_sign_the_value() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let payload = base64url("content");
    let (protected, signature) = sign(&country, &json!({}), &payload)?;
    let (counter_protected, counter_value) = sign(&country, &json!({}), &signature)?;
    let compact = format!("{counter_protected}..{counter_value}");
    let object = json!({ "protected": counter_protected, "signature": counter_value });
    for counter in [json!(compact), object] {
        let component = base64url(json!({ "cSig": counter }).to_string());
        let document = json!({ "payload": payload, "protected": protected, "signature": signature,
                               "header": { "etsiU": [component] } });
        let found = facts(&document, &Reading::default())?;
        assert_eq!(found.signatures.len(), 2);
        assert_eq!(found.signatures[1].countersigns, Some(0));
        assert!(found.signatures.iter().all(is_intact), "{:?}", found.signatures[1].faults);
        let (other, other_value) = sign(&country, &json!({}), &base64url("another"))?;
        let moved = json!({ "payload": base64url("another"), "protected": other, "signature": other_value,
                            "header": { "etsiU": [document["header"]["etsiU"][0]] } });
        let found = facts(&moved, &Reading::default())?;
        assert!(is_intact(&found.signatures[0]) && !is_intact(&found.signatures[1]));
    }
    Ok(())
}

#[test]
fn clear_unsigned_properties_are_read() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let payload = base64url("content");
    let (protected, signature) = sign(&country, &json!({}), &payload)?;
    let stamp = |input: &str| -> Result<Value, Error> {
        let digest = DigestAlgorithm::Sha256.digest(input.as_bytes());
        let token = country.timestamp(DigestAlgorithm::Sha256, digest.as_ref())?;
        Ok(json!({ "tstTokens": [{ "val": STANDARD.encode(token) }] }))
    };
    let sig_tst = json!({ "sigTst": stamp(&signature)? });
    let archive = stamp(&format!("{payload}.{protected}.{signature}.{sig_tst}"))?;
    let of = |components: Value| {
        json!({ "payload": payload, "protected": protected, "signature": signature,
                                         "header": { "etsiU": components } })
    };
    let found = facts(&of(json!([sig_tst, { "arcTst": archive }])), &Reading::default())?;
    let stamps: Vec<_> = found.signatures[0].timestamps.iter().map(|t| (t.kind, t.imprint.clone())).collect();
    assert_eq!(stamps, [(TimestampKind::Signature, DataState::Intact), (TimestampKind::Archive, DataState::Intact)]);
    assert!(is_intact(&found.signatures[0]));
    // Mixed forms are against the standard; an imprint that fits no way of writing is not called altered.
    let mixed = of(json!([sig_tst, base64url(json!({ "arcTst": archive }).to_string())]));
    assert!(!facts(&mixed, &Reading::default())?.signatures[0].faults.is_empty());
    let other = of(json!([sig_tst, { "arcTst": stamp("something else")? }]));
    let found = facts(&other, &Reading::default())?;
    assert!(matches!(found.signatures[0].timestamps[1].imprint, DataState::Unchecked(_)));
    Ok(())
}

#[test]
fn headers_against_the_rules_are_faults() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let payload = base64url("content");
    let cases = [
        (json!({ "crit": [] }), "crit"),
        (json!({ "crit": ["iat", "iat"] }), "crit"),
        (json!({ "crit": ["alg"] }), "crit"),
        (json!({ "crit": ["sigPl"] }), "crit"),
        (json!({ "crit": ["new"], "new": 1 }), "crit"),
        (json!({ "b64": true }), "crit"),
        (json!({ "x5c": ["AAAA"] }), "x5c[0]"),
        (json!({ "iat": "yesterday" }), "iat"),
        (json!({ "etsiU": [] }), "protected/etsiU"),
        (json!({ "sigD": {}, "crit": ["sigD"] }), "sigD"),
    ];
    for (more, place) in cases {
        let (protected, signature) = sign(&country, &more, &payload)?;
        let found = read(format!("{protected}.{payload}.{signature}").as_bytes())?;
        let faults = &found.signatures[0].faults;
        assert!(faults.iter().any(|f| f.place == place), "{more}: {faults:?}");
    }
    Ok(())
}

#[test]
fn json_that_says_two_things_is_refused() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let payload = base64url("content");
    let (protected, signature) = sign(&country, &json!({}), &payload)?;
    let good = json!({ "payload": payload, "protected": protected, "signature": signature }).to_string();
    assert!(is_intact(&read(good.as_bytes())?.signatures[0]));
    let refused = |text: String| {
        assert!(matches!(jades::read(&text.into_bytes(), &Reading::default()), Err(ReadError::Malformed { .. })))
    };
    refused(good.replacen('{', &format!("{{\"payload\":\"{}\",", base64url("evil")), 1));
    refused(good.replacen('{', "{\"\\u0070ayload\":\"eA\",", 1));
    refused(good.replacen('{', "{\"signatures\":[],", 1));
    refused(format!("{good} {{}}"));
    refused(good.replacen("\"protected\"", "\"Protected\"", 1));
    refused("[".repeat(1 << 16));
    // The same inside of the protected header.
    let twice = base64url(r#"{"alg":"ES256","alg":"none"}"#);
    let found = read(format!("{twice}.{payload}.{signature}").as_bytes())?;
    assert!(found.signatures[0].faults.iter().any(|f| f.what.contains("twice")));
    let none = base64url(r#"{"alg":"none"}"#);
    let found = read(format!("{none}.{payload}.").as_bytes())?;
    assert_eq!(found.signatures[0].value.algorithm, Err("none".into()));
    Ok(())
}
