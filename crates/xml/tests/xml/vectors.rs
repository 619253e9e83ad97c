//! Signatures that the reference implementation of X-Road made.

use crate::tools;
use mekong_base::limits::XmlLimits;
use mekong_xml::dsig::{CoveredPart, DsigError, Resolved, Signature};
use mekong_xml::{NS_DSIG, decode, find, parse};
use std::path::Path;

/// Verifies the signature in a file; references lead to files beside it, under these names.
fn verify(folder: &Path, file: &str, contents: &[(&str, &str)]) -> Result<Vec<String>, DsigError> {
    let bytes = std::fs::read(folder.join(file)).unwrap();
    let text = decode(&bytes, &XmlLimits::SMALL).unwrap();
    let document = parse(&text, &XmlLimits::SMALL).unwrap();
    let node = document.descendants().find(|n| find::is(*n, NS_DSIG, "Signature")).unwrap();
    let signature = Signature::parse(node)?;
    let key = tools::certificate_key(&signature.certificates()[0]);
    let covered = signature.verify(&key, &|uri| {
        let (_, name) = contents.iter().find(|(known, _)| *known == uri)?;
        Some(Resolved::Bytes(std::fs::read(folder.join(name)).ok()?.into()))
    })?;
    Ok(covered
        .into_iter()
        .map(|covered| match covered.part {
            CoveredPart::External(uri) => uri,
            CoveredPart::Element(node) => node.tag_name().name().to_owned(),
            other => format!("{other:?}"),
        })
        .collect())
}

#[test]
fn signatures_of_the_reference_verify() {
    let Some(shared) = tools::shared().filter(|_| tools::has("openssl")) else { return };
    let folder = shared.join("vectors/xroad/signatures");
    let direct = folder.join("non-batch-sig");
    let contents = [("/message.xml", "message.xml"), ("/attachment1", "attachment1")];
    assert_eq!(
        verify(&direct, "signatures.xml", &contents),
        Ok(vec!["/message.xml".into(), "/attachment1".into(), "SignedProperties".into()])
    );
    let batch = [("/sig-hashchainresult.xml", "hash-chain-result.xml")];
    assert_eq!(
        verify(&folder, "batch-sig.xml", &batch),
        Ok(vec!["/sig-hashchainresult.xml".into(), "SignedProperties".into()])
    );
}

#[test]
fn damaged_signatures_of_the_reference_do_not_verify() {
    let Some(shared) = tools::shared().filter(|_| tools::has("openssl")) else { return };
    let folder = shared.join("vectors/xroad/signatures");
    let direct = folder.join("non-batch-sig");
    let swapped = [("/message.xml", "message.xml"), ("/attachment1", "message.xml")];
    assert_eq!(
        verify(&direct, "signatures.xml", &swapped),
        Err(DsigError::ReferenceDigestMismatch { uri: "/attachment1".into() })
    );
    assert_eq!(
        verify(&direct, "signatures.xml", &[]),
        Err(DsigError::UnresolvedReference { uri: "/message.xml".into() })
    );
    let message = [("/message.xml", "message-1.xml")];
    let error = verify(&folder, "sign-0-invalid-signature-value.xml", &message).unwrap_err();
    assert!(matches!(error, DsigError::ReferenceDigestMismatch { .. } | DsigError::SignatureMismatch), "{error}");
}
