//! The two written forms of an ECDSA signature: DER `SEQUENCE { r, s }` (X.509, CMS, OCSP, global configuration) and
//! the plain concatenation `r || s` of XML signatures (RFC 4050 §3.3, XMLDSig 1.1 §6.4.3).

use crate::CryptoError;
use der::asn1::UintRef;
use der::{Decode, Encode, Reader, SliceReader};

/// `r || s` to DER.
///
/// # Errors
/// [`CryptoError::MalformedSignature`] if the length is zero, odd or above 132 bytes.
pub fn raw_to_der(raw: &[u8]) -> Result<Vec<u8>, CryptoError> {
    if raw.is_empty() || !raw.len().is_multiple_of(2) || raw.len() > 132 {
        return Err(CryptoError::MalformedSignature);
    }
    let (r, s) = raw.split_at(raw.len() / 2);
    let encode = || -> der::Result<Vec<u8>> {
        let (r, s) = (UintRef::new(r)?, UintRef::new(s)?);
        let mut out = Vec::with_capacity(raw.len() + 9);
        der::Header::new(der::Tag::Sequence, (r.encoded_len()? + s.encoded_len()?)?)?.encode(&mut out)?;
        r.encode(&mut out)?;
        s.encode(&mut out)?;
        Ok(out)
    };
    encode().map_err(|_| CryptoError::MalformedSignature)
}

/// DER to `r || s`, each padded to `coordinate_len` bytes (32 for P-256, 48 for P-384, 66 for P-521).
///
/// # Errors
/// [`CryptoError::MalformedSignature`] if the bytes are not such a sequence or a number does not fit.
pub fn der_to_raw(der: &[u8], coordinate_len: usize) -> Result<Vec<u8>, CryptoError> {
    let decode = || -> der::Result<Vec<u8>> {
        let mut reader = SliceReader::new(der)?;
        let (r, s) = reader.sequence(|inner| Ok((UintRef::decode(inner)?, UintRef::decode(inner)?)))?;
        reader.finish(())?;
        let mut raw = Vec::with_capacity(coordinate_len * 2);
        for number in [r, s] {
            let bytes = number.as_bytes();
            let padding = coordinate_len.checked_sub(bytes.len()).ok_or(der::ErrorKind::Overflow)?;
            raw.resize(raw.len() + padding, 0);
            raw.extend_from_slice(bytes);
        }
        Ok(raw)
    };
    decode().map_err(|_| CryptoError::MalformedSignature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_convert_both_ways() {
        let mut raw = vec![0u8; 64];
        raw[0] = 0x80; // r needs a leading zero in DER
        raw[63] = 1; // s is one byte in DER
        let der = raw_to_der(&raw).unwrap_or_default();
        assert_eq!(der.len(), 2 + 35 + 3);
        assert_eq!(der_to_raw(&der, 32), Ok(raw));
    }

    #[test]
    fn refuses_other_shapes() {
        assert_eq!(raw_to_der(&[1; 63]), Err(CryptoError::MalformedSignature));
        assert_eq!(raw_to_der(&[]), Err(CryptoError::MalformedSignature));
        assert_eq!(der_to_raw(&[0x30, 3, 2, 1, 1], 32), Err(CryptoError::MalformedSignature));
        assert_eq!(der_to_raw(&[0x30, 6, 2, 1, 1, 2, 1, 1, 0], 32), Err(CryptoError::MalformedSignature));
    }
}
