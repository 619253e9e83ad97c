//! The status of services at the times that matter: one container against 25 versions of a list.
//!
//! The rule of the vectors is that issuer, OCSP responder and time-stamping authority are qualified services in force at
//! their times, and that the signature counts as qualified.

use crate::support::{bytes, certificate, json_lines, vectors};
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::anchors::{Anchors, Service};
use mekong_pki::tsp::Token;
use mekong_recognition::anchors::{Grade, anchors};
use mekong_recognition::list::XML_LIMITS;
use mekong_recognition::qualification::{Rules, Technical};
use mekong_recognition::snapshot::{Fetched, Snapshot};
use mekong_recognition::{Question, Recognition, recognise};
use mekong_xml::roxmltree::Node;
use mekong_xml::{NS_DSIG, find};
use std::io::Read as _;
use std::path::Path;

const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";

/// The certificates in the container.
struct Signed {
    signer: Certificate,
    issuer: Certificate,
    responder: Certificate,
    authority: Certificate,
    /// Of the time-stamp, and of the OCSP answer.
    at: Instant,
}

impl Signed {
    fn read(container: &Path) -> Self {
        let file = std::fs::File::open(container).unwrap();
        let mut archive = zip::ZipArchive::new(file).unwrap();
        let mut xml = Vec::new();
        archive.by_name("META-INF/signatures0.xml").unwrap().read_to_end(&mut xml).unwrap();
        let text = mekong_xml::decode(&xml, &XML_LIMITS).unwrap();
        let document = mekong_xml::parse(&text, &XML_LIMITS).unwrap();
        let all = |ns: &'static str, name: &'static str| -> Vec<Vec<u8>> {
            let found = document.descendants().filter(move |n: &Node<'_, '_>| find::is(*n, ns, name));
            found.map(|n| find::base64(n).unwrap()).collect()
        };
        let read = |der: &Vec<u8>| Certificate::from_der(der).unwrap();
        let values: Vec<_> = all(XADES, "EncapsulatedX509Certificate").iter().map(read).collect();
        let [responder, issuer] = values.as_slice() else { panic!("{} certificates", values.len()) };
        let token = Token::from_der(&all(XADES, "EncapsulatedTimeStamp")[0]).unwrap();
        Self {
            signer: read(&all(NS_DSIG, "X509Certificate")[0]),
            issuer: issuer.clone(),
            responder: responder.clone(),
            authority: token.certificates[0].clone(),
            at: token.info.gen_time,
        }
    }

    fn is_trusted(&self, anchors: &Anchors) -> bool {
        let is = |certificate: &Certificate, service, at| {
            anchors.of(certificate).is_some_and(|anchor| anchor.is_trusted(service, at))
        };
        is(&self.issuer, Service::Certificates, self.signer.not_before())
            && is(&self.responder, Service::Ocsp, self.at)
            && is(&self.authority, Service::TimeStamps, self.at)
    }

    fn recognise(&self, snapshot: &Snapshot) -> Recognition {
        let question = Question {
            signer: &self.signer,
            chain: std::slice::from_ref(&self.issuer),
            best_time: self.at,
            technical: Technical::Passed,
        };
        recognise(&question, snapshot, &Rules::european())
    }
}

#[test]
fn every_version_of_the_list_decides_as_expected() {
    let Some(folder) = vectors("tl-status") else { return };
    let signed = Signed::read(&folder.join("tsl.asice"));
    assert_eq!(signed.signer.not_before().to_string(), "2013-04-23T11:49:30Z");
    assert_eq!(signed.at.to_string(), "2016-11-28T13:46:43Z");
    let signer = [certificate(&folder.join("TSL.crt"))];
    let mut wrong = Vec::new();
    for line in json_lines(&folder.join("expected.jsonl")) {
        let name = line["trusted_list"].as_str().unwrap();
        let at = "2026-11-22T00:00:00Z".parse().unwrap();
        let fetched = Fetched { bytes: bytes(&folder.join(name)), from: name.to_owned(), at };
        let (snapshot, rejected) = Snapshot::assemble(vec![fetched], &signer);
        assert_eq!(rejected, [], "{name}");
        let trusted = signed.is_trusted(&anchors(&snapshot, Grade::Qualified));
        let recognition = signed.recognise(&snapshot);
        let expected = match (line["expected"].as_str().unwrap(), line["kind"].as_str()) {
            ("good", _) => (true, true),
            ("bad", Some("qualification")) => (true, false),
            ("bad", Some("trust")) => (false, false),
            other => panic!("{other:?}"),
        };
        let found = (trusted, trusted && recognition.counts_as.name() == "QESIG");
        if found != expected {
            wrong.push(format!("{name}: expected {expected:?}, found {found:?}: {:?}", recognition.reasons));
        }
    }
    assert!(wrong.is_empty(), "{} of 25:\n{}", wrong.len(), wrong.join("\n"));
}
