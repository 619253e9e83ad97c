//! The verdict on one container.

use super::{OK, SIGNER_NOT_CHECKED, Trust, UNKNOWN_INSTANCE, UNREADABLE_MESSAGE, Verdict};
use crate::asic::Container;
use crate::hashchain::{self, HashChainError, Inputs, Resource};
use crate::sender::sender;
use crate::timestamp::BatchTimestamp;
use crate::trust::InstanceTrust;
use crate::xades::cover::{self, Coverage, Files};
use crate::xades::read::{Signature, with_signature};
use crate::xades::verify::{check_signer, check_trust, check_usage};
use crate::{ChainCache, SignatureData, VerifyError, names};
use mekong_base::ClientId;
use mekong_base::limits::XmlLimits;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::tsp::{self, Stamped, Token, VerifiedToken};
use std::borrow::Cow;

/// How much trust is at hand.
enum Known {
    /// No global configuration was given.
    Nothing,
    /// The configuration does not have the signer's instance.
    NotThisInstance,
    /// The signer's instance is known.
    Instance(Box<InstanceTrust>),
}

/// Verifies a container: its time-stamp, hash chain, signature, and the trust in signer and time-stamper at the time of
/// the stamp.
///
/// Without `trust`, and where it does not have the signer's instance, everything else is verified and
/// [`Verdict::valid`] is `None` unless something is wrong.
pub fn verify_container(container: &Container, trust: Option<&Trust<'_>>) -> Verdict {
    let read = || Ok((container.signature()?, container.timestamp()?));
    let (data, batch) = match read() {
        Ok(parts) => parts,
        Err::<_, crate::asic::AsicError>(error) => return Verdict::invalid(error.code(), error.to_string()),
    };
    let mut verdict = Verdict::invalid(OK, "");
    let outcome = with_signature(&data.signature_xml, &XmlLimits::SMALL, |signature| {
        verdict.certificate = Some(signature.certificate.clone());
        verdict.signed_at = Some(signature.signed_at);
        let examined = Examined { container, data: &data, batch: batch.as_ref(), signature };
        let stamped = examined.timestamp_chain();
        if let Err(error) = &stamped
            && !matches!(error, HashChainError::ReferenceMismatch { .. })
        {
            return Err(timestamp_chain_broken(error));
        }
        // Where the stamped signature itself was changed, the signature tells better what was.
        let coverage = examined.integrity()?;
        stamped.map_err(|error| timestamp_chain_broken(&error))?;
        match sender(container.message()) {
            Ok(sender) => {
                verdict.signer = Some(sender.id.clone());
                examined.judge(&sender.id, &coverage, trust, &mut verdict)
            }
            Err(error) => {
                (verdict.reason, verdict.detail) = (UNREADABLE_MESSAGE, error.to_string());
                Ok(())
            }
        }
    });
    if let Err(error) = outcome {
        verdict.valid = Some(false);
        verdict.reason = error.code();
        verdict.detail = error.to_string();
    }
    verdict
}

fn timestamp_chain_broken(error: &HashChainError) -> VerifyError {
    VerifyError::MalformedTimestamp { what: format!("its hash chain does not hold: {error}") }
}

struct Examined<'e, 'a, 'i> {
    container: &'e Container,
    data: &'e SignatureData,
    batch: Option<&'e BatchTimestamp>,
    signature: &'e Signature<'a, 'i>,
}

impl Examined<'_, '_, '_> {
    /// The signature covers the files that are here, and nothing was changed: what any holder of the file can tell.
    fn integrity(&self) -> Result<Coverage, VerifyError> {
        let digest = |number, algorithm| self.container.attachment_digest(number, algorithm);
        let files = Files {
            message: self.container.message(),
            attachments: self.container.attachments().collect(),
            digest: &digest,
            hash_chain_result: self.data.hash_chain_result.as_deref().map(str::as_bytes),
            hash_chain: self.data.hash_chain.as_deref().map(str::as_bytes),
            may_lack_attachments: true,
        };
        let coverage = cover::verify_chain(self.signature, &files)?;
        cover::verify_value(self.signature, &files)?;
        check_usage(&self.signature.certificate)?;
        if self.signature.ocsp.is_empty() {
            return Err(VerifyError::malformed("there is no OCSP response in the signature"));
        }
        Ok(coverage)
    }

    /// When it was signed, by whom, and who says so.
    fn judge(
        &self,
        sender: &ClientId,
        coverage: &Coverage,
        trust: Option<&Trust<'_>>,
        verdict: &mut Verdict,
    ) -> Result<(), VerifyError> {
        let instance = &sender.member.instance;
        let known = match trust.map(|t| (t.of)(instance)) {
            None => Known::Nothing,
            Some(None) => Known::NotThisInstance,
            Some(Some(trust)) => Known::Instance(Box::new(trust)),
        };
        let stamp = self.timestamp(trust, &known)?;
        let at = stamp.info.gen_time;
        verdict.timestamp = Some(at);
        let facts = self.facts(&stamp, coverage);
        let open = "Not checked: whether the certificate";
        (verdict.valid, verdict.reason, verdict.detail) = match known {
            Known::Instance(trust) => {
                check_signer(&self.signature.certificate, sender, &trust)?;
                check_trust(&ChainCache::new(), self.signature, &trust, at)?;
                (Some(true), OK, facts)
            }
            Known::Nothing => {
                let remedy = format!("give the global configuration that has {instance} (--global-conf DIR)");
                (None, SIGNER_NOT_CHECKED, format!("{facts}. {open} and the time-stamper are approved; {remedy}"))
            }
            Known::NotThisInstance => {
                let why = format!("the global configuration has no instance {instance}");
                (None, UNKNOWN_INSTANCE, format!("{facts}. {open} is approved, because {why}"))
            }
        };
        Ok(())
    }

    /// The token, checked against what it must be over and whoever may have made it.
    fn timestamp(&self, trust: Option<&Trust<'_>>, known: &Known) -> Result<VerifiedToken, VerifyError> {
        let missing = || VerifyError::MalformedTimestamp { what: "there is none".into() };
        let (token, stamped): (&[u8], &[u8]) = match self.batch {
            Some(batch) => (&batch.token, batch.hash_chain_result.as_bytes()),
            None => (self.signature.timestamp.as_deref().ok_or_else(missing)?, &self.signature.value),
        };
        let mut authorities = trust.map(|t| t.timestampers.to_vec()).unwrap_or_default();
        match known {
            Known::Instance(trust) => authorities.extend(trust.timestampers.iter().cloned()),
            // Nobody is approved: the token must at least hold by its own certificate.
            Known::Nothing | Known::NotThisInstance => authorities.extend(Token::from_der(token)?.certificates),
        }
        Ok(tsp::verify(token, Stamped::Data(stamped), &authorities)?)
    }

    /// The hash chain of a batch time-stamp leads to this signature.
    fn timestamp_chain(&self) -> Result<(), HashChainError> {
        let Some(batch) = self.batch else { return Ok(()) };
        let bytes = |text: &'_ str| Resource::Bytes(Cow::Owned(text.as_bytes().to_vec()));
        let resolve = |uri: &str, _: DigestAlgorithm| match uri {
            names::TS_HASH_CHAIN => bytes(&batch.hash_chain),
            names::SIGNATURE => bytes(&self.data.signature_xml),
            _ => Resource::Missing,
        };
        let inputs = Inputs::from([(names::SIGNATURE.to_owned(), None)]);
        let result = batch.hash_chain_result.as_bytes();
        hashchain::verify(result, names::TS_HASH_CHAIN_RESULT, &resolve, &inputs).map(|_| ())
    }

    fn facts(&self, stamp: &VerifiedToken, coverage: &Coverage) -> String {
        let how = if coverage.is_batch { "through a hash chain" } else { "directly" };
        let attachments = match self.container.attachments().count() {
            0 => String::new(),
            1 => " and 1 attachment".to_owned(),
            n => format!(" and {n} attachments"),
        };
        let absent = match coverage.absent.as_slice() {
            [] => String::new(),
            list => format!("; not at hand, covered by digest only: {}", list.join(", ")),
        };
        let subject = self.signature.certificate.subject();
        let ignored = match self.container.ignored() {
            [] => String::new(),
            list => {
                format!("; not part of the evidence: {}", list.iter().take(10).cloned().collect::<Vec<_>>().join(", "))
            }
        };
        format!(
            "the signature by {subject} covers the message{attachments} {how}{absent}{ignored}; time-stamped at {} by {}",
            stamp.info.gen_time,
            stamp.authority.subject()
        )
    }
}
