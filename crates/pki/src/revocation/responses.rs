//! Statements of OCSP responses (RFC 6960 §3.2), all single responses, CertIDs by any digest that we know.

use super::{Authority, Fault, Found, Material, Question, Signer, Source, State, Status, is_anchor, path_of, speaks};
use crate::Certificate;
use crate::anchors::{Anchor, Service};
use crate::certificate::OCSP_SIGNING;
use crate::crl::Reasons;
use crate::extensions::shortest;
use crate::ocsp::{self, CertId, OcspError, Response, Single};

/// Most candidates for the responder that are tried.
const RESPONDERS_MAX: usize = 16;

pub(super) fn find(question: &Question<'_>, material: &Material<'_>, found: &mut Found) {
    let mut ids: Vec<CertId> = Vec::new();
    let serial = shortest(question.certificate.serial());
    for (place, response) in material.ocsps.iter().enumerate() {
        let mut about = |single: &&Single| {
            let id = &single.answer.cert_id;
            if id.serial != serial {
                return false;
            }
            if !ids.iter().any(|known| known.algorithm == id.algorithm) {
                ids.push(CertId::of(question.certificate, question.issuer, id.algorithm));
            }
            ids.contains(id)
        };
        let Some(single) = response.answers.iter().find(&mut about) else { continue };
        match believe(response, single, question, material) {
            Ok(signer) => found.statuses.push(status(place, response, single, signer)),
            Err(fault) => found.rejected.push((Source::Ocsp(place), fault)),
        }
    }
}

fn status(place: usize, response: &Response, single: &Single, signer: Signer) -> Status {
    let answer = &single.answer;
    Status {
        state: match answer.status {
            ocsp::Status::Good => State::Good,
            ocsp::Status::Revoked { at, reason } => State::Revoked { at, reason, invalidity: single.invalidity },
            ocsp::Status::Unknown => State::Unknown,
        },
        source: Source::Ocsp(place),
        this_update: answer.this_update,
        next_update: answer.next_update,
        produced_at: response.produced_at,
        keeps_expired_since: single.archive_cutoff,
        knows_certificate: single.cert_hash.is_some(),
        reasons: Reasons::ALL,
        signer,
    }
}

fn believe(
    response: &Response,
    single: &Single,
    question: &Question<'_>,
    material: &Material<'_>,
) -> Result<Signer, Fault> {
    if let Some((algorithm, digest)) = &single.cert_hash
        && question.certificate.fingerprint(*algorithm).as_ref() != digest.as_slice()
    {
        return Err(Fault::OtherCertificate { subject: question.certificate.subject() });
    }
    let anchors = material.anchors.iter().filter(|a| a.trusted.iter().any(|t| t.service == Service::Ocsp));
    let others = response.certificates.iter().chain(material.certificates).chain(anchors.map(|a| &a.certificate));
    let candidates = std::iter::once(question.issuer).chain(others).filter(|c| response.responder.matches(c));
    let mut fault = OcspError::ResponderNotFound(response.responder.clone());
    for candidate in candidates.take(RESPONDERS_MAX) {
        match response.check_signature(candidate).and_then(|()| authority(response, candidate, question, material)) {
            Ok(authority) => return Ok(Signer::new(candidate, authority, response.signature_algorithm())),
            Err(error) => fault = error,
        }
    }
    Err(fault.into())
}

/// RFC 6960 §4.2.2.2, and responders that are trusted by a list.
fn authority(
    response: &Response,
    responder: &Certificate,
    question: &Question<'_>,
    material: &Material<'_>,
) -> Result<Authority, OcspError> {
    let issuer = question.issuer;
    if responder.public_key() == issuer.public_key() && responder.subject_canonical() == issuer.subject_canonical() {
        return Ok(Authority::Issuer);
    }
    if is_anchor(responder, question, material, Service::Ocsp, response.produced_at) {
        return Ok(Authority::Anchor);
    }
    let at = question.signers_at.unwrap_or(response.produced_at);
    let refuse = |reason: String| OcspError::ResponderNotAuthorised {
        responder: responder.subject(),
        issuer: issuer.subject(),
        reason,
    };
    if !responder.has_extended_key_usage(OCSP_SIGNING) {
        return Err(refuse("its certificate has no extended key usage OCSPSigning".into()));
    }
    if responder.names_issuer(issuer) && responder.verify_signature(issuer.public_key()).is_ok() {
        let (from, to) = (responder.not_before(), responder.not_after());
        return match responder.is_valid_at(at) {
            true => Ok(Authority::Delegated),
            false => Err(refuse(format!("its certificate is valid from {from} to {to}, asked for {at}"))),
        };
    }
    let trusted = |anchor: &Anchor| {
        anchor.is_trusted(Service::Ocsp, at)
            && !anchor.is_trusted(Service::Certificates, at)
            && speaks(anchor, question, material)
    };
    match path_of(responder, material, at, &trusted) {
        Some(chain) => Ok(Authority::Path(chain)),
        None => Err(refuse(format!("its certificate is issued by {}", responder.issuer()))),
    }
}
