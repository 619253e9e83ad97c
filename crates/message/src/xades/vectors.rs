//! The signatures of the reference's SignatureVerifierTest. Their certificates name members in a way that only its tests
//! read, so all but the name and the trust in the signer is checked here.

use super::cover::{self, Files};
use super::read::with_signature;
use crate::VerifyError;
use mekong_base::limits::XmlLimits;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::testing::{TestResult, shared};

fn verify(xml: &str, files: &Files<'_>) -> Result<(), VerifyError> {
    with_signature(xml, &XmlLimits::SMALL, |signature| {
        cover::verify_chain(signature, files)?;
        super::verify::check_usage(&signature.certificate)?;
        cover::verify_value(signature, files)?;
        if signature.ocsp.is_empty() { Err(VerifyError::malformed("there is no OCSP response")) } else { Ok(()) }
    })
}

fn plain<'f>(message: &'f [u8], digest: &'f dyn Fn(usize, DigestAlgorithm) -> Option<Vec<u8>>) -> Files<'f> {
    Files {
        message,
        attachments: Vec::new(),
        digest,
        hash_chain_result: None,
        hash_chain: None,
        may_lack_attachments: false,
    }
}

#[test]
fn bad_signatures_get_the_codes_of_the_reference() -> TestResult {
    let Some(root) = shared("vectors/xroad/signatures")? else { return Ok(()) };
    // Those with extra certificates are of 2012 and have a manifest too; see `extra_certificates_must_match_their_references`.
    let expected = [
        ("empty", "invalid_xml", "root node"),
        ("sign-0-malformed-xml", "invalid_xml", ""),
        ("sign-0-no-signature", "malformed_signature", "no ds:Signature"),
        ("sign-0-no-objectcontainer", "malformed_signature", "ds:Object"),
        ("sign-0-no-signing-cert", "malformed_signature", "no X509Certificate"),
        ("sign-0-schema-fail", "malformed_signature", ""),
        ("extra-certs-missing-id", "malformed_signature", "element Manifest"),
        ("extra-certs-missing-cert", "malformed_signature", "element Manifest"),
        ("extra-certs-digest-invalid", "malformed_signature", "element Manifest"),
        ("sign-0-invalid-signature-value", "invalid_signature_value", ""),
        ("xades.signature.ts", "malformed_signature", ""),
    ];
    for (name, code, detail) in expected {
        let xml = std::fs::read_to_string(root.join(format!("{name}.xml")))?;
        let found = verify(&xml, &plain(b"", &|_, _| None));
        let Err(error) = found else { return Err(format!("{name}: accepted").into()) };
        println!("{name}: {error}");
        assert_eq!(error.code(), code, "{name}: {error}");
        assert!(error.to_string().contains(detail), "{name}: {error}");
    }
    Ok(())
}

#[test]
fn batch_signature_of_2015_holds() -> TestResult {
    let Some(root) = shared("vectors/xroad/signatures")? else { return Ok(()) };
    let read = |name: &str| std::fs::read(root.join(name));
    let (message, result) = (read("message-1.xml")?, read("hash-chain-result.xml")?);
    let xml = std::fs::read_to_string(root.join("batch-sig.xml"))?;
    let attachment =
        |n: usize, algorithm: DigestAlgorithm| (n == 1).then(|| algorithm.digest(b"blaah").as_ref().to_vec());
    let other = |n: usize, algorithm: DigestAlgorithm| (n == 1).then(|| algorithm.digest(b"blaai").as_ref().to_vec());
    let check = |chain: &[u8], digest: &dyn Fn(usize, DigestAlgorithm) -> Option<Vec<u8>>| {
        let files = Files {
            message: &message,
            attachments: vec![1],
            digest,
            hash_chain_result: Some(&result),
            hash_chain: Some(chain),
            may_lack_attachments: false,
        };
        verify(&xml, &files).map_err(|e| e.code())
    };
    let chain = read("hash-chain-1.xml")?;
    assert_eq!(check(&chain, &attachment), Ok(()));
    assert_eq!(check(&chain, &other), Err("malformed_signature.invalid_hash_chain_ref"));
    Ok(())
}
