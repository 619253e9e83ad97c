//! Whether a token may be believed (RFC 3161 §2.2 and §2.3).

use super::{Token, TokenInfo, TspError};
use crate::Certificate;
use crate::certificate::TIME_STAMPING;
use mekong_crypto::DigestAlgorithm;
use x509_cert::ext::pkix::ExtendedKeyUsage;

/// What is expected to be stamped.
#[derive(Debug, Clone, Copy)]
pub enum Stamped<'a> {
    /// The data itself.
    Data(&'a [u8]),
    /// Its digest.
    Digest(DigestAlgorithm, &'a [u8]),
}

/// What an authentic token says, and who said it.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedToken {
    /// Time, imprint, serial number, policy.
    pub info: TokenInfo,
    /// The trusted authority that signed it.
    pub authority: Certificate,
}

/// Checks that a token stamps `stamped` and is signed by one of the trusted `authorities`.
///
/// The authority's certificate must be one for time-stamping (critical extended key usage) and valid at the time in the
/// token; the signed attributes must name it. Its own chain and revocation are the business of whoever made the list.
///
/// # Errors
/// In this order: as [`Token::from_der`]; [`TspError::ImprintMismatch`], [`TspError::NoAuthorities`],
/// [`TspError::SignerNotTrusted`], [`TspError::ContentChanged`], [`TspError::Signature`], [`TspError::OtherCertificate`],
/// [`TspError::NotForTimeStamping`], [`TspError::OutsideValidity`].
pub fn verify(token: &[u8], stamped: Stamped<'_>, authorities: &[Certificate]) -> Result<VerifiedToken, TspError> {
    let token = Token::from_der(token)?;
    check_imprint(&token.info, stamped)?;
    if authorities.is_empty() {
        return Err(TspError::NoAuthorities);
    }
    let mut failure = TspError::SignerNotTrusted(token.signer.clone());
    for authority in authorities.iter().filter(|a| token.signer.matches(a)) {
        match check_signer(&token, authority) {
            Ok(()) => return Ok(VerifiedToken { info: token.info, authority: authority.clone() }),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn check_imprint(info: &TokenInfo, stamped: Stamped<'_>) -> Result<(), TspError> {
    let mismatch = |expected: String| {
        let (algorithm, found) = (info.algorithm.name(), hex::encode(&info.digest));
        Err(TspError::ImprintMismatch { algorithm, expected, found })
    };
    match stamped {
        Stamped::Data(data) => {
            let expected = info.algorithm.digest(data);
            if expected == *info.digest { Ok(()) } else { mismatch(hex::encode(expected)) }
        }
        Stamped::Digest(algorithm, digest) if algorithm == info.algorithm && digest == info.digest => Ok(()),
        Stamped::Digest(algorithm, digest) => mismatch(format!("{} {}", algorithm.name(), hex::encode(digest))),
    }
}

fn check_signer(token: &Token, authority: &Certificate) -> Result<(), TspError> {
    token.signature.check(&token.content, authority)?;
    let unfit = |reason: &str| TspError::NotForTimeStamping { authority: authority.subject(), reason: reason.into() };
    match authority.extension::<ExtendedKeyUsage>() {
        Err(error) => return Err(unfit(&error.to_string())),
        Ok(None) => return Err(unfit("it has no extended key usage")),
        Ok(Some((_, usages))) if !usages.0.contains(&TIME_STAMPING) => {
            return Err(unfit("its extended key usage lacks timeStamping"));
        }
        Ok(Some((false, _))) => return Err(unfit("its extended key usage is not critical")),
        Ok(Some((true, _))) => {}
    }
    let gen_time = token.info.gen_time;
    if authority.is_valid_at(gen_time) {
        return Ok(());
    }
    Err(TspError::OutsideValidity {
        authority: authority.subject(),
        gen_time,
        not_before: authority.not_before(),
        not_after: authority.not_after(),
    })
}
