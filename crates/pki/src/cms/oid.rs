//! Object identifiers of CMS and CAdES attributes, as content octets.

/// Defines identifiers below `1.2.840.113549.1.9.16.2` (`id-aa`).
macro_rules! attributes {
    ($($(#[$doc:meta])* $name:ident = [$($last:literal),+];)*) => {
        $($(#[$doc])* pub const $name: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, $($last),+];)*
    };
}

/// `id-data`, 1.2.840.113549.1.7.1.
pub const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
/// `id-signedData`, 1.2.840.113549.1.7.2.
pub const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// `id-ct-TSTInfo`, 1.2.840.113549.1.9.16.1.4.
pub const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];
/// `id-contentType`, 1.2.840.113549.1.9.3.
pub const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
/// `id-messageDigest`, 1.2.840.113549.1.9.4.
pub const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
/// `id-signingTime`, 1.2.840.113549.1.9.5.
pub const SIGNING_TIME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05];
/// `id-countersignature`, 1.2.840.113549.1.9.6.
pub const COUNTER_SIGNATURE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x06];

attributes! {
    /// `id-aa-contentHint`.
    CONTENT_HINTS = [4];
    /// `id-aa-signingCertificate` (RFC 2634 §5.4).
    SIGNING_CERTIFICATE = [12];
    /// `id-aa-signatureTimeStampToken`.
    SIGNATURE_TIMESTAMP = [14];
    /// `id-aa-ets-sigPolicyId`.
    SIGNATURE_POLICY = [15];
    /// `id-aa-ets-commitmentType`.
    COMMITMENT_TYPE = [16];
    /// `id-aa-ets-signerLocation`.
    SIGNER_LOCATION = [17];
    /// `id-aa-ets-signerAttr`.
    SIGNER_ATTRIBUTES = [18];
    /// `id-aa-ets-contentTimestamp`.
    CONTENT_TIMESTAMP = [20];
    /// `id-aa-ets-certificateRefs`.
    CERTIFICATE_REFERENCES = [21];
    /// `id-aa-ets-revocationRefs`.
    REVOCATION_REFERENCES = [22];
    /// `id-aa-ets-certValues`.
    CERTIFICATE_VALUES = [23];
    /// `id-aa-ets-revocationValues`.
    REVOCATION_VALUES = [24];
    /// `id-aa-ets-escTimeStamp`: X type 1.
    SIGNATURE_AND_REFERENCES_TIMESTAMP = [25];
    /// `id-aa-ets-certCRLTimestamp`: X type 2.
    REFERENCES_TIMESTAMP = [26];
    /// `id-aa-ets-archiveTimestamp`, the first and withdrawn form (TS 101 733 before 1.5.1).
    ARCHIVE_TIMESTAMP_V1 = [27];
    /// `id-aa-signingCertificateV2` (RFC 5035 §3).
    SIGNING_CERTIFICATE_V2 = [47];
    /// `id-aa-ets-archiveTimestampV2` (TS 101 733 §6.4.1).
    ARCHIVE_TIMESTAMP_V2 = [48];
    /// `id-aa-er-internal` (RFC 4998 appendix A).
    EVIDENCE_RECORD_INTERNAL = [49];
    /// `id-aa-er-external` (RFC 4998 appendix A).
    EVIDENCE_RECORD_EXTERNAL = [50];
}

/// `id-aa-ets-mimeType`, 0.4.0.1733.2.1.
pub const MIME_TYPE: &[u8] = &[0x04, 0x00, 0x8d, 0x45, 0x02, 0x01];
/// `id-aa-ets-longTermValidation`, 0.4.0.1733.2.2.
pub const LONG_TERM_VALIDATION: &[u8] = &[0x04, 0x00, 0x8d, 0x45, 0x02, 0x02];
/// `id-aa-ets-archiveTimestampV3`, 0.4.0.1733.2.4.
pub const ARCHIVE_TIMESTAMP_V3: &[u8] = &[0x04, 0x00, 0x8d, 0x45, 0x02, 0x04];
/// `id-aa-ATSHashIndex`, 0.4.0.1733.2.5.
pub const ATS_HASH_INDEX: &[u8] = &[0x04, 0x00, 0x8d, 0x45, 0x02, 0x05];
/// `id-aa-ets-signerAttrV2`, 0.4.0.19122.1.1.
pub const SIGNER_ATTRIBUTES_V2: &[u8] = &[0x04, 0x00, 0x81, 0x95, 0x32, 0x01, 0x01];
/// `id-aa-ets-sigPolicyStore`, 0.4.0.19122.1.3.
pub const SIGNATURE_POLICY_STORE: &[u8] = &[0x04, 0x00, 0x81, 0x95, 0x32, 0x01, 0x03];
/// `id-aa-ATSHashIndex-v2`, 0.4.0.19122.1.4.
pub const ATS_HASH_INDEX_V2: &[u8] = &[0x04, 0x00, 0x81, 0x95, 0x32, 0x01, 0x04];
/// `id-aa-ATSHashIndex-v3`, 0.4.0.19122.1.5.
pub const ATS_HASH_INDEX_V3: &[u8] = &[0x04, 0x00, 0x81, 0x95, 0x32, 0x01, 0x05];
/// `id-adbe-revocationInfoArchival`, 1.2.840.113583.1.1.8.
pub const ADOBE_REVOCATION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x2f, 0x01, 0x01, 0x08];
/// `id-ri-ocsp-response`, 1.3.6.1.5.5.7.16.2 (RFC 5940 §2.1): an `OCSPResponse`.
pub const OCSP_RESPONSE: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x10, 0x02];
/// `id-pkix-ocsp-basic`, 1.3.6.1.5.5.7.48.1.1: a `BasicOCSPResponse`.
pub const OCSP_BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
/// `id-ri-scvp`, 1.3.6.1.5.5.7.16.4.
pub const SCVP: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x10, 0x04];

/// The dotted text of an identifier's content octets; hexadecimal if they are none.
pub fn text(octets: &[u8]) -> String {
    const_oid::ObjectIdentifier::from_bytes(octets).map_or_else(|_| hex::encode(octets), |oid| oid.to_string())
}

/// The content octets of dotted text; `None` if it is no object identifier.
pub fn octets(text: &str) -> Option<Vec<u8>> {
    const_oid::ObjectIdentifier::new(text).ok().map(|oid| oid.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_those_of_the_text() {
        let known = [
            (DATA, "1.2.840.113549.1.7.1"),
            (ARCHIVE_TIMESTAMP_V2, "1.2.840.113549.1.9.16.2.48"),
            (ARCHIVE_TIMESTAMP_V3, "0.4.0.1733.2.4"),
            (ATS_HASH_INDEX_V3, "0.4.0.19122.1.5"),
            (ADOBE_REVOCATION, "1.2.840.113583.1.1.8"),
            (OCSP_RESPONSE, "1.3.6.1.5.5.7.16.2"),
            (OCSP_BASIC, "1.3.6.1.5.5.7.48.1.1"),
        ];
        for (oid, dotted) in known {
            assert_eq!(text(oid), dotted);
            assert_eq!(octets(dotted).as_deref(), Some(oid));
        }
    }
}
