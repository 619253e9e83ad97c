//! Signed data of OpenSSL read and extended, and ours read by OpenSSL.

use super::*;
use crate::testing::{TestResult, openssl};
use crate::tlv::{self, context, wrap, wrap_all};
use mekong_crypto::DigestAlgorithm;
use std::path::Path;

/// A key, a certificate and content in `folder`.
fn prepare(folder: &Path) -> TestResult {
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    std::fs::write(folder.join("content"), "ສະບາຍດີ".repeat(100))?;
    let (key, certificate) = (path("key"), path("cert"));
    openssl(&[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=signer",
        "-days",
        "30",
        "-keyout",
        &key,
        "-out",
        &certificate,
    ])?;
    Ok(())
}

#[test]
fn signed_data_of_openssl_is_read_and_extended_without_harm() -> TestResult {
    let folder = tempfile::tempdir()?;
    prepare(folder.path())?;
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (content, key, certificate, out) = (path("content"), path("key"), path("cert"), path("out"));
    for extra in [&["-nodetach"][..], &["-nodetach", "-stream"], &["-nodetach", "-indef"], &[]] {
        let mut arguments = vec!["cms", "-sign", "-cades", "-binary", "-outform", "DER", "-md", "sha256"];
        arguments.extend(["-in", &content, "-signer", &certificate, "-inkey", &key, "-out", &out]);
        arguments.extend(extra);
        openssl(&arguments)?;
        let bytes = std::fs::read(&out)?;
        let data = SignedData::parse(&bytes)?;
        assert_eq!(data.content.is_some(), !extra.is_empty());
        let digest = DigestAlgorithm::Sha256.digest(&std::fs::read(&content)?);
        if data.content.is_some() {
            assert_eq!(data.content_digest(DigestAlgorithm::Sha256).as_deref(), Some(digest.as_ref()));
        }
        let [signer] = data.signers.as_slice() else { return Err("one signer wanted".into()) };
        let [signer_certificate] = &data.certificates.decoded()[..] else {
            return Err("one certificate wanted".into());
        };
        assert!(signer.id.matches(signer_certificate));
        let signed = signer.signed_bytes().ok_or("no signed attributes")?;
        signer_certificate.public_key().verify(signer.algorithm()?, &signed, &signer.value)?;
        let ids: Vec<_> = signer.signed_attributes(oid::SIGNING_CERTIFICATE_V2).collect();
        let references = signing_certificates(ids.first().ok_or("no reference")?.single()?.whole, true)?;
        let first = references.first().ok_or("no reference")?;
        assert_eq!(signer_certificate.fingerprint(first.algorithm.clone()?), *first.digest);

        let mut writing = Writing::of(&data);
        writing.unsigned_attributes(0)?.push(attribute(oid::MIME_TYPE, &[&[0x0c, 1, b'x']]));
        assert!(writing.unsigned_attributes(1).is_err());
        let extended = writing.to_der();
        assert_eq!(SignedData::parse(&extended)?.signers[0].unsigned_attributes(oid::MIME_TYPE).count(), 1);
        std::fs::write(&out, &extended)?;
        let mut arguments =
            vec!["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", &out, "-purpose", "any"];
        arguments.extend(["-CAfile", &certificate, "-content", &content]);
        openssl(if data.content.is_some() { &arguments[..arguments.len() - 2] } else { &arguments })?;

        let mut trailing = bytes.clone();
        trailing.push(0);
        assert!(SignedData::parse(&trailing).is_err(), "a trailing byte");
        for cut in (0..bytes.len()).step_by(7) {
            assert!(SignedData::parse(bytes.get(..cut).unwrap_or_default()).is_err(), "cut at {cut}");
        }
    }
    Ok(())
}

#[test]
fn a_bag_of_certificates_is_bounded() {
    let bag = |count: usize| {
        let certificates = wrap(context(0), &[0x30, 0].repeat(count));
        let content = wrap(tlv::SEQUENCE, &wrap(tlv::OID, oid::DATA));
        let fields = [&[2, 1, 1][..], &[0x31, 0], &content, &certificates, &[0x31, 0]];
        let data = wrap(context(0), &wrap_all(tlv::SEQUENCE, &fields));
        wrap_all(tlv::SEQUENCE, &[&wrap(tlv::OID, oid::SIGNED_DATA), &data])
    };
    assert_eq!(SignedData::parse(&bag(CERTIFICATES_MAX)).map(|d| d.certificates.decoded().len()), Ok(0));
    let refused = SignedData::parse(&bag(CERTIFICATES_MAX + 1)).map(|_| ());
    assert_eq!(refused, Err(CmsError::Limit { what: "certificates", limit: CERTIFICATES_MAX }));
}
