//! Writes `fixtures/` and the seeds in `corpus/`, all of them made by the product itself with fresh keys.
//!
//! Run it in this folder when a format changes: `cargo run --example seeds`. Old seeds stay where they are not replaced.

mod containers;
mod documents;
mod files;
mod keys;
mod lists;
mod nodes;
mod verdict;
mod written;

use files::{Failure, fixture, seed};
use mekong_authority::ca::{AuthoritySpec, CertificateAuthority};
use mekong_base::MemberId;
use mekong_base::limits::XmlLimits;
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey, Zeroizing};
use mekong_directory::Version;
use mekong_directory::signed::{DirectoryContent, OutgoingPart};
use mekong_fuzz::fixtures::{ATTACHMENT, MESSAGE, ORDER, STAMPED, digest, now};
use mekong_message::subject::SubjectProfile;
use mekong_message::{SigningIdentity, sign_message};
use mekong_pki::issue::Profile;
use mekong_pki::ocsp::Request as OcspRequest;
use mekong_pki::request::CertificateRequest;
use mekong_pki::tsp;
use mekong_xml::dsig::{ENVELOPED, sign};
use std::path::Path;
use std::time::Duration;

fn main() -> Result<(), Failure> {
    // These stand for themselves and can be made again alone.
    match std::env::args().nth(1).as_deref() {
        Some("containers") => return containers::all(),
        Some("verdict") => return verdict::all(),
        Some("packed") => return verdict::packed(),
        Some("sent") => return written::sent(),
        Some("keys") => return keys::all(),
        Some("nodes") => return nodes::all(&authority(tempfile::tempdir()?.path())?),
        _ => {}
    }
    let folder = tempfile::tempdir()?;
    let authority = authority(folder.path())?;
    let identity = signer(&authority)?;
    certificates(&authority, &identity)?;
    lists::all(&[authority.root(), authority.issuing(), identity.certificate()])?;
    time_stamps(&authority)?;
    directory(&identity)?;
    let order = signed_order(&identity)?;
    fixture("order.xml", order.as_bytes())?;
    seed("dsig", "enveloped", order.as_bytes())?;
    evidence(&authority, &identity)?;
    documents::all(&authority, &identity)?;
    containers::all()?;
    verdict::all()?;
    keys::all()?;
    nodes::all(&authority)?;
    written::all()
}

fn authority(folder: &Path) -> Result<CertificateAuthority, Failure> {
    let secret = Zeroizing::new("a passphrase of some length".to_owned());
    let spec = AuthoritySpec::new("Lao e-Government", "LA", "MTC", "http://ca.example");
    Ok(CertificateAuthority::create(folder, secret, &spec, now() - Duration::from_secs(86_400))?)
}

/// A member with its certificate, the authorities above it and their OCSP responses.
fn signer(authority: &CertificateAuthority) -> Result<SigningIdentity, Failure> {
    let key = PrivateKey::generate(KeyType::P256)?;
    let member = MemberId::new("LA", "GOV", "MOHA");
    let subject = SubjectProfile::FiVrk.subject_for_member(&member, "gw-1", "Ministry of Home Affairs", "FI")?;
    let request = CertificateRequest::create_with_names(&key, &subject, &["gw-1.example".to_owned()], &[])?;
    seed("certificate_request", "own", request.der())?;
    seed("pem", "request", request.pem().as_bytes())?;
    let certificate = authority.issue(&request, Profile::Signing, None, now() - Duration::from_secs(3600))?;
    let issuing = authority.issuing().clone();
    let mut ocsp = Vec::new();
    for (name, cert, issuer) in [("signer", &certificate, &issuing), ("issuing", &issuing, authority.root())] {
        let request = OcspRequest::new(cert, issuer);
        seed("ocsp_request", name, &request.to_der())?;
        ocsp.push(authority.answer_ocsp(&request.to_der(), now()).der.to_vec());
    }
    let mut with_nonce = OcspRequest::new(&certificate, &issuing);
    with_nonce.nonce = Some(vec![7; 16]);
    seed("ocsp_request", "nonce", &with_nonce.to_der())?;
    Ok(SigningIdentity::new(certificate, key, vec![issuing], ocsp)?)
}

fn certificates(authority: &CertificateAuthority, identity: &SigningIdentity) -> Result<(), Failure> {
    for (name, certificate) in [
        ("root", authority.root()),
        ("issuing", authority.issuing()),
        ("ocsp", authority.ocsp_responder()),
        ("tsa", authority.tsa().certificate()),
        ("signer", identity.certificate()),
    ] {
        fixture(&format!("{name}.cer"), certificate.der())?;
        seed("certificate", name, certificate.der())?;
    }
    seed("public_key", "spki", identity.certificate().public_key().spki())?;
    seed("public_key", "value", &identity.key().sign(identity.key().default_algorithm(), b"something")?)?;
    fixture("root.pem", authority.root().pem().as_bytes())?;
    seed("pem", "two", format!("text\r\n{}\r\n{}", authority.root().pem(), identity.certificate().pem()).as_bytes())?;
    let [about_signer, ..] = identity.ocsp() else { return Err("no OCSP response".into()) };
    fixture("ocsp-response.der", about_signer)?;
    seed("ocsp_response", "good", about_signer)?;
    seed("ocsp_response", "refused", &mekong_pki::ocsp::Refusal::Unauthorized.to_der())
}

fn time_stamps(authority: &CertificateAuthority) -> Result<(), Failure> {
    let mut request = tsp::Request::new(DigestAlgorithm::Sha512, digest(STAMPED).1);
    seed("tsp_request", "plain", &request.to_der())?;
    let response = authority.tsa().respond(&request.to_der(), now());
    fixture("token.der", &tsp::Response::from_der(&response)?.token)?;
    seed("tsp_response", "plain", &response)?;
    request.nonce = Some(vec![0, 0x80, 1]);
    request.wants_certificate = true;
    seed("tsp_request", "nonce", &request.to_der())?;
    let response = authority.tsa().respond(&request.to_der(), now());
    seed("tsp_response", "with_certificate", &response)?;
    seed("tsp_response", "token", &tsp::Response::from_der(&response)?.token)?;
    seed("tsp_response", "refused", &authority.tsa().respond(b"", now()))
}

fn directory(identity: &SigningIdentity) -> Result<(), Failure> {
    let part = OutgoingPart {
        content_id: mekong_directory::SHARED_PARAMETERS,
        location: "/V6/20261122060000000000000/shared-params.xml",
        bytes: b"<conf/>",
    };
    let expires = now() + Duration::from_secs(600);
    let content = DirectoryContent { instance: "LA", version: Version::V6, expires, parts: &[part] };
    let signed = content.sign(identity.key(), identity.certificate())?;
    fixture("directory.txt", &signed)?;
    seed("signed_directory", "own", &signed)
}

fn signed_order(identity: &SigningIdentity) -> Result<String, Failure> {
    let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
    let template = format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"{exclusive}\"/>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"/>\
         <ds:Reference URI=\"\"><ds:Transforms><ds:Transform Algorithm=\"{ENVELOPED}\"/>\
         <ds:Transform Algorithm=\"{exclusive}\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue></ds:DigestValue>\
         </ds:Reference></ds:SignedInfo><ds:SignatureValue></ds:SignatureValue></ds:Signature></order>"
    );
    let document = ORDER.replace("</order>", &template);
    Ok(sign::fill(&document, &XmlLimits::SMALL, identity.key(), &|_| None)?)
}

/// Signatures, containers and an archive of both.
fn evidence(authority: &CertificateAuthority, identity: &SigningIdentity) -> Result<(), Failure> {
    let mut containers = Vec::new();
    for (name, attachments) in [("plain", vec![]), ("chained", vec![ATTACHMENT])] {
        let digests: Vec<_> = attachments.iter().map(|a| digest(a)).collect();
        let mut data = sign_message(identity, MESSAGE, &digests, now())?;
        let chain = [data.hash_chain_result.as_deref(), data.hash_chain.as_deref()];
        let chain: Vec<&str> = chain.into_iter().flatten().collect();
        seed("signature", name, [vec![data.signature_xml.as_str()], chain.clone()].concat().join("\0").as_bytes())?;
        if !chain.is_empty() {
            seed("hash_chain", name, chain.join("\0").as_bytes())?;
        }
        let value = mekong_message::timestamp::signature_value(&data.signature_xml)?;
        let request = tsp::Request::new(DigestAlgorithm::Sha512, digest(&value).1);
        let token = tsp::Response::from_der(&authority.tsa().respond(&request.to_der(), now()))?.token;
        let token = tsp::add_certificate(&token, authority.tsa().certificate())?;
        data.signature_xml = mekong_message::timestamp::embed(&data.signature_xml, &token)?;
        let contents = mekong_message::asic::Contents {
            message: MESSAGE,
            signature: &data,
            timestamp: None,
            attachments: &attachments,
            created_at: now(),
        };
        let packed = mekong_message::asic::write(&contents)?;
        seed("container", name, &packed)?;
        containers.push((format!("{name}.asice"), packed));
    }
    written::archive(&containers)
}
