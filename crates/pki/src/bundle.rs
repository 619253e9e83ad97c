//! Certificates as authorities publish them behind `caIssuers` (RFC 5280 §4.2.2.1): one certificate, or a PKCS#7 bundle
//! (`.p7b`, `.p7c`), in DER, PEM or bare base64, whatever the media type says.

use crate::cms::{CmsError, RevocationInfo, SignedData};
use crate::{Certificate, CertificateError, pem, tlv};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashSet;
use std::sync::Arc;

/// Largest bundle that is read, in bytes.
pub const BUNDLE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most certificates that are read of one bundle.
pub const BUNDLE_CERTIFICATES_MAX: usize = 1024;

/// What a bundle holds.
#[derive(Debug, Clone, Default)]
pub struct Bundle {
    /// Certificates in order, none twice.
    pub certificates: Vec<Certificate>,
    /// Revocation lists in order, not read yet.
    pub crls: Vec<Arc<[u8]>>,
    /// Why certificates in it could not be read.
    pub unreadable: Vec<CertificateError>,
}

/// Why bytes are no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Larger than [`BUNDLE_BYTES_MAX`].
    #[error("a bundle of {found} bytes is larger than {BUNDLE_BYTES_MAX}")]
    TooLarge {
        /// Its size in bytes.
        found: usize,
    },
    /// More certificates than [`BUNDLE_CERTIFICATES_MAX`].
    #[error("a bundle of more than {BUNDLE_CERTIFICATES_MAX} certificates")]
    TooMany,
    /// Neither a certificate nor a PKCS#7 bundle in any of the encodings.
    #[error("neither a certificate nor a PKCS#7 bundle, in DER, PEM or base64")]
    Unknown,
    /// The PEM armour is wrong.
    #[error("malformed PEM: {0}")]
    Pem(String),
    /// The PKCS#7 structure is wrong.
    #[error("malformed PKCS#7 bundle: {0}")]
    Cms(#[from] CmsError),
    /// The one certificate is unreadable.
    #[error(transparent)]
    Certificate(CertificateError),
}

/// Labels of PEM blocks that hold one certificate; RFC 7468 §5.1 and what older tools write.
const CERTIFICATE_LABELS: [&str; 2] = ["CERTIFICATE", "X509 CERTIFICATE"];
/// Labels of PEM blocks that hold a bundle.
const BUNDLE_LABELS: [&str; 3] = ["PKCS7", "PKCS #7 SIGNED DATA", "CMS"];

/// Reads a bundle, its encoding found out by content.
///
/// Certificates of a bundle that cannot be read are left out and told in [`Bundle::unreadable`].
///
/// # Errors
/// See [`BundleError`]; a bundle without certificates is none.
pub fn read(bytes: &[u8]) -> Result<Bundle, BundleError> {
    if bytes.len() > BUNDLE_BYTES_MAX {
        return Err(BundleError::TooLarge { found: bytes.len() });
    }
    let mut reading = Reading::default();
    match std::str::from_utf8(bytes).map(str::trim) {
        Ok(text) if text.contains("-----BEGIN ") => reading.pem(text)?,
        Ok(text) if !text.is_empty() && text.bytes().all(is_base64) => {
            let base64: String = text.split_ascii_whitespace().collect();
            reading.der(&STANDARD.decode(base64).map_err(|_| BundleError::Unknown)?)?;
        }
        _ => reading.der(bytes)?,
    }
    let mut bundle = reading.bundle;
    match (bundle.certificates.is_empty(), bundle.unreadable.pop()) {
        (true, Some(error)) => Err(BundleError::Certificate(error)),
        (true, None) => Err(BundleError::Unknown),
        (false, last) => {
            bundle.unreadable.extend(last);
            Ok(bundle)
        }
    }
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || matches!(byte, b'+' | b'/' | b'=')
}

#[derive(Default)]
struct Reading {
    bundle: Bundle,
    seen: HashSet<Vec<u8>>,
}

impl Reading {
    fn pem(&mut self, text: &str) -> Result<(), BundleError> {
        let blocks = |label: &str| pem::blocks(text, label).map_err(|e| BundleError::Pem(e.to_string()));
        for label in CERTIFICATE_LABELS {
            for der in blocks(label)? {
                self.certificate(&der)?;
            }
        }
        for label in BUNDLE_LABELS {
            for der in blocks(label)? {
                self.signed_data(&der)?;
            }
        }
        self.bundle.crls.extend(blocks("X509 CRL")?.into_iter().map(Arc::from));
        Ok(())
    }

    /// A certificate begins with a sequence inside a sequence, a `ContentInfo` with an identifier.
    fn der(&mut self, der: &[u8]) -> Result<(), BundleError> {
        let header = match der {
            [tlv::SEQUENCE, 0..=0x80, ..] => 2,
            [tlv::SEQUENCE, length, ..] => 2 + usize::from(length & 0x7f),
            _ => return Err(BundleError::Unknown),
        };
        match der.get(header) {
            Some(&tlv::SEQUENCE) => self.certificate(der),
            Some(&tlv::OID) => self.signed_data(der),
            _ => Err(BundleError::Unknown),
        }
    }

    fn signed_data(&mut self, der: &[u8]) -> Result<(), BundleError> {
        let data = SignedData::parse(der)?;
        for element in data.certificates.all().iter().filter(|e| e.tag == tlv::SEQUENCE) {
            self.certificate(element.whole)?;
        }
        self.bundle.crls.extend(data.revocations.iter().filter_map(|info| match info {
            RevocationInfo::Crl(crl) => Some(Arc::from(crl.whole)),
            _ => None,
        }));
        Ok(())
    }

    fn certificate(&mut self, der: &[u8]) -> Result<(), BundleError> {
        if self.seen.len() >= BUNDLE_CERTIFICATES_MAX {
            return Err(BundleError::TooMany);
        }
        if self.seen.insert(der.to_vec()) {
            match Certificate::from_der(der) {
                Ok(certificate) => self.bundle.certificates.push(certificate),
                Err(error) => self.bundle.unreadable.push(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TestResult, openssl, pem_file, self_signed};
    use crate::tlv::{wrap, wrap_all};
    use mekong_crypto::KeyType;

    #[test]
    fn every_encoding_gives_the_same_certificates() -> TestResult {
        let dir = tempfile::tempdir()?;
        let at = |file: &str| dir.path().join(file).to_string_lossy().into_owned();
        let names = ["a", "b", "c"];
        let certificates: Result<Vec<Certificate>, Box<dyn std::error::Error>> =
            names.iter().map(|name| Ok(self_signed(name, KeyType::P256)?.certificate)).collect();
        let certificates = certificates?;
        let pem = pem_file(dir.path(), "pem", &certificates)?;
        let (p7b, p7b_pem) = (at("p7b"), at("p7b.pem"));
        openssl(&["crl2pkcs7", "-nocrl", "-certfile", &pem, "-outform", "DER", "-out", &p7b])?;
        openssl(&["crl2pkcs7", "-nocrl", "-certfile", &pem, "-out", &p7b_pem])?;
        let base64 = STANDARD.encode(std::fs::read(&p7b)?);
        for bytes in [std::fs::read(&pem)?, std::fs::read(&p7b)?, std::fs::read(&p7b_pem)?, base64.into_bytes()] {
            let bundle = read(&bytes)?;
            assert_eq!(bundle.certificates.len(), certificates.len());
            assert!(certificates.iter().all(|certificate| bundle.certificates.contains(certificate)));
            assert!(bundle.unreadable.is_empty() && bundle.crls.is_empty());
        }
        let [first, ..] = certificates.as_slice() else { return Err("none".into()) };
        assert_eq!(read(first.der())?.certificates, std::slice::from_ref(first));
        Ok(())
    }

    #[test]
    fn a_bag_of_thousands_is_bounded_and_rubbish_is_refused() -> TestResult {
        let certificate = self_signed("a", KeyType::P256)?.certificate;
        let bag = |members: &[u8]| {
            let empty = wrap(tlv::SET, &[]);
            let oid = |octets: &[u8]| wrap(tlv::OID, octets);
            let content = wrap(tlv::SEQUENCE, &oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01]));
            let certificates = wrap(tlv::context(0), members);
            let data = wrap_all(tlv::SEQUENCE, &[&wrap(tlv::INTEGER, &[1]), &empty, &content, &certificates, &empty]);
            let signed = oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]);
            wrap_all(tlv::SEQUENCE, &[&signed, &wrap(tlv::context(0), &data)])
        };
        assert_eq!(read(&bag(&certificate.der().repeat(1000)))?.certificates.len(), 1);
        assert!(matches!(read(&bag(&certificate.der().repeat(5000))), Err(BundleError::Cms(_))));
        let mixed = [certificate.der(), &wrap(tlv::SEQUENCE, &wrap(tlv::SEQUENCE, &[]))].concat();
        let mixed = read(&bag(&mixed))?;
        assert_eq!((mixed.certificates.len(), mixed.unreadable.len()), (1, 1));
        assert!(matches!(read(&bag(&[])), Err(BundleError::Unknown)));
        for rubbish in [&b""[..], b"x", b"0", b"0\x80", b"0\x84", b"-----BEGIN CERTIFICATE-----", b"AAAA", b"\0\xff"] {
            assert!(read(rubbish).is_err(), "{rubbish:?}");
        }
        assert!(matches!(read(&vec![0x30; BUNDLE_BYTES_MAX + 1]), Err(BundleError::TooLarge { .. })));
        Ok(())
    }
}
