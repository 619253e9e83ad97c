//! Seeds of signed files and evidence records.

use crate::files::{Failure, seed};
use mekong_authority::ca::CertificateAuthority;
use mekong_crypto::{DigestAlgorithm, PrivateKey};
use mekong_fuzz::fixtures::{MESSAGE, STAMPED, now};
use mekong_message::SigningIdentity;
use mekong_pki::Certificate;
use mekong_pki::tsp::{Request, Response};
use mekong_signature::cades::make::{Options, Packaging, prepare, prepare_counter};
use mekong_signature::cades::{Content, augment};
use mekong_signature::evidence_record::make;
use mekong_signature::making::{Material, Selection, ServiceError, Services, Signing};

struct InMemory<'a> {
    authority: &'a CertificateAuthority,
    identity: &'a SigningIdentity,
}

impl Services for InMemory<'_> {
    fn timestamp(&self, algorithm: DigestAlgorithm, digest: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let request = Request { wants_certificate: true, ..Request::new(algorithm, digest.to_vec()) };
        let answer = self.authority.tsa().respond(&request.to_der(), now());
        let refused = |reason: String| ServiceError { service: "time-stamp".into(), reason };
        Response::from_der(&answer).map(|r| r.token).map_err(|e| refused(e.to_string()))
    }

    fn material(&self, _: &[Certificate]) -> Result<Material, ServiceError> {
        let certificates = vec![self.authority.issuing().clone(), self.authority.root().clone()];
        Ok(Material { certificates, ocsps: self.identity.ocsp().to_vec(), crls: Vec::new() })
    }
}

pub(crate) fn all(authority: &CertificateAuthority, identity: &SigningIdentity) -> Result<(), Failure> {
    let services = InMemory { authority, identity };
    let signing = signing(identity.certificate(), identity.chain().to_vec(), identity.key());
    let sign = |to_be_signed: &[u8]| identity.key().sign(signing.algorithm, to_be_signed);
    for (name, packaging) in [("attached", Packaging::Attached), ("detached", Packaging::Detached)] {
        let prepared = prepare(&MESSAGE.to_vec(), &signing, &Options { packaging, ..Options::default() })?;
        let value = sign(&prepared.to_be_signed)?;
        let b = prepared.finish(&value)?;
        seed("cms", name, &b)?;
        seed("cades", name, &b)?;
        let counter = prepare_counter(&b, 0, &signing)?;
        let value = sign(&counter.to_be_signed)?;
        let t = augment::add_timestamp(&counter.finish(&value)?, &Selection::All, &services)?;
        let message = MESSAGE.to_vec();
        let lta = augment::add_archive_timestamp(&t, Content::Source(&message), &Selection::All, &services)?;
        seed("cades", &format!("{name}_lta"), &lta)?;
    }
    let digest = |data: &[u8]| DigestAlgorithm::Sha256.digest(data).as_ref().to_vec();
    let records = make::initial(DigestAlgorithm::Sha256, &[digest(STAMPED), digest(MESSAGE)], &services)?;
    let [record, ..] = records.as_slice() else { return Err("no record".into()) };
    seed("evidence_record_asn1", "initial", record)?;
    let renewed = make::renew_timestamp(record, &services)?;
    let sha512 = DigestAlgorithm::Sha512;
    let renewed = make::renew_hash_tree(&renewed, sha512, sha512.digest(STAMPED).as_ref(), &services)?;
    seed("evidence_record_asn1", "renewed", &renewed)?;
    let token = services.timestamp(DigestAlgorithm::Sha256, &digest(STAMPED))?;
    seed("evidence_record_xml", "initial", evidence_record_xml(&digest(STAMPED), &token).as_bytes())
}

/// How seeds are signed.
pub(crate) fn signing(certificate: &Certificate, chain: Vec<Certificate>, key: &PrivateKey) -> Signing {
    Signing {
        certificate: certificate.clone(),
        chain,
        algorithm: key.default_algorithm(),
        digest: DigestAlgorithm::Sha256,
        time: now(),
        place: None,
        roles: vec!["notary".into()],
        commitment: None,
        policy: None,
    }
}

/// A record in XML over one digest.
pub(crate) fn evidence_record_xml(digest: &[u8], token: &[u8]) -> String {
    use base64::Engine;
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    format!(
        r#"<EvidenceRecord Version="1.0" xmlns="urn:ietf:params:xml:ns:ers"><ArchiveTimeStampSequence><ArchiveTimeStampChain Order="1"><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/><ArchiveTimeStamp Order="1"><HashTree><Sequence Order="1"><DigestValue>{}</DigestValue></Sequence></HashTree><TimeStamp><TimeStampToken Type="RFC3161">{}</TimeStampToken></TimeStamp></ArchiveTimeStamp></ArchiveTimeStampChain></ArchiveTimeStampSequence></EvidenceRecord>"#,
        base64(digest),
        base64(token)
    )
}
