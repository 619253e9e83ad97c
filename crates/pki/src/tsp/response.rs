//! Responses: a token, or why there is none (RFC 3161 §2.4.2).

use super::{TOKEN_BYTES_MAX, TspError};
use crate::tlv::{self, TlvError, Walker, wrap, wrap_all};
use std::fmt;

/// `PKIFailureInfo`, as far as RFC 3161 knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureInfo {
    /// Unrecognised or unsupported algorithm.
    BadAlgorithm,
    /// Transaction not permitted or supported.
    BadRequest,
    /// The data has the wrong format.
    BadDataFormat,
    /// The authority's time source is not available.
    TimeNotAvailable,
    /// The policy is not supported.
    UnacceptedPolicy,
    /// The extension is not supported.
    UnacceptedExtension,
    /// Additional information is not understood or not available.
    AdditionalInfoNotAvailable,
    /// The authority has a fault.
    SystemFailure,
}

impl FailureInfo {
    const ALL: [(Self, u8, &'static str); 8] = [
        (Self::BadAlgorithm, 0, "badAlg"),
        (Self::BadRequest, 2, "badRequest"),
        (Self::BadDataFormat, 5, "badDataFormat"),
        (Self::TimeNotAvailable, 14, "timeNotAvailable"),
        (Self::UnacceptedPolicy, 15, "unacceptedPolicy"),
        (Self::UnacceptedExtension, 16, "unacceptedExtension"),
        (Self::AdditionalInfoNotAvailable, 17, "addInfoNotAvailable"),
        (Self::SystemFailure, 25, "systemFailure"),
    ];

    fn entry(self) -> (u8, &'static str) {
        Self::ALL.into_iter().find(|(f, ..)| *f == self).map_or((25, "systemFailure"), |(_, bit, name)| (bit, name))
    }

    /// A BIT STRING with this bit alone, without trailing zero bits (X.690 §11.2.2).
    fn to_der(self) -> Vec<u8> {
        let (bit, _) = self.entry();
        let mut value = vec![0; usize::from(bit / 8)];
        value.push(0x80 >> (bit % 8));
        value.insert(0, 7 - bit % 8);
        wrap(tlv::BIT_STRING, &value)
    }

    fn from_bits(value: &[u8]) -> Option<Self> {
        let set = |bit: u8| value.get(1 + usize::from(bit / 8)).is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0);
        Self::ALL.into_iter().find(|(_, bit, _)| set(*bit)).map(|(failure, ..)| failure)
    }
}

/// An answer without a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// `PKIStatus`: 2 rejection, 3 waiting, 4 revocation warning, 5 revocation notification.
    pub status: u8,
    /// What the authority says, in words.
    pub text: String,
    /// The kind of failure, if given.
    pub failure: Option<FailureInfo>,
}

impl Refusal {
    /// A rejection.
    pub fn rejection(failure: FailureInfo, text: impl Into<String>) -> Self {
        Self { status: 2, text: text.into(), failure: Some(failure) }
    }

    /// The DER `TimeStampResp`.
    pub fn to_der(&self) -> Vec<u8> {
        let text = wrap(tlv::SEQUENCE, &wrap(tlv::UTF8_STRING, self.text.as_bytes()));
        let failure = self.failure.map(FailureInfo::to_der).unwrap_or_default();
        let status = wrap(tlv::INTEGER, &[self.status]);
        wrap(tlv::SEQUENCE, &wrap_all(tlv::SEQUENCE, &[&status, &text, &failure]))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failure = self.failure.map_or("no failure information", |f| f.entry().1);
        write!(f, "status {}, {failure}, {:?}", self.status, self.text)
    }
}

/// A response that holds a token; the token is not verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The DER (or BER) time-stamp token.
    pub token: Vec<u8>,
}

impl Response {
    /// Reads a response.
    ///
    /// # Errors
    /// [`TspError::TooLarge`], [`TspError::Malformed`], [`TspError::Refused`] if there is no token.
    pub fn from_der(der: &[u8]) -> Result<Self, TspError> {
        if der.len() > TOKEN_BYTES_MAX {
            return Err(TspError::TooLarge { found: der.len(), limit: TOKEN_BYTES_MAX });
        }
        let der = &*tlv::definite(der)?;
        let mut response = Walker::open(der, tlv::SEQUENCE, "TimeStampResp")?;
        let refusal = read_status(response.enter(tlv::SEQUENCE, "status")?)?;
        let token = response.optional(tlv::SEQUENCE, "timeStampToken")?;
        response.finish("TimeStampResp")?;
        match token {
            _ if refusal.status > 1 => Err(TspError::Refused(refusal)),
            None => Err(TspError::Malformed(format!("status {} without a token", refusal.status))),
            Some(token) => Ok(Self { token: token.whole.to_vec() }),
        }
    }

    /// The DER `TimeStampResp` of a granted token.
    pub fn to_der(&self) -> Vec<u8> {
        wrap_all(tlv::SEQUENCE, &[&wrap(tlv::SEQUENCE, &[tlv::INTEGER, 1, 0]), &self.token])
    }
}

fn read_status(mut info: Walker<'_>) -> Result<Refusal, TlvError> {
    let status = match info.take(tlv::INTEGER, "PKIStatus")?.value {
        [status @ 0..=127] => *status,
        _ => return Err(TlvError("PKIStatus is no small number".into())),
    };
    let mut texts = Vec::new();
    if let Some(list) = info.optional(tlv::SEQUENCE, "statusString")? {
        let mut list = Walker::new(list.value);
        while !list.is_empty() && texts.len() < 8 {
            let text = list.take(tlv::UTF8_STRING, "statusString")?.value;
            texts.push(String::from_utf8_lossy(text.get(..500).unwrap_or(text)).into_owned());
        }
    }
    let failure = info.optional(tlv::BIT_STRING, "failInfo")?.and_then(|bits| FailureInfo::from_bits(bits.value));
    info.finish("PKIStatusInfo")?;
    Ok(Refusal { status, text: texts.join("; "), failure })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_round_trip() {
        for (failure, _, name) in FailureInfo::ALL {
            let refusal = Refusal::rejection(failure, "no");
            let read = Response::from_der(&refusal.to_der());
            assert_eq!(read, Err(TspError::Refused(refusal)), "{name}");
        }
    }
}
