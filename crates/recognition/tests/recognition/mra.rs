//! The agreement between two lists: the base set, and the variants, edited and signed anew with keys made here.

use crate::edit::{self, Prefixes};
use crate::support::{bytes, certificate, json_lines, vectors};
use const_oid::ObjectIdentifier;
use mekong_base::Instant;
use mekong_crypto::{KeyType, PrivateKey};
use mekong_pki::issue::{self, Issuer, Order, Profile, Purpose, Serial, Urls};
use mekong_pki::statements::{self, Statements};
use mekong_pki::{Certificate, name};
use mekong_recognition::qualification::{CertificateQualification, Rules, Technical};
use mekong_recognition::snapshot::{Fetched, Snapshot};
use mekong_recognition::{Question, Recognition, list, recognise};
use mekong_xml::{NS_DSIG, find};
use serde_json::Value;
use std::path::Path;
use x509_cert::ext::pkix::KeyUsages;

fn now() -> Instant {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn fetched(from: &str, bytes: Vec<u8>) -> Fetched {
    Fetched { bytes, from: from.to_owned(), at: now() }
}

#[test]
fn the_base_documents_count_as_qualified_under_the_agreement() {
    let Some(folder) = vectors("mra") else { return };
    let expected: Value = serde_json::from_slice(&bytes(&folder.join("expected.json"))).unwrap();
    let lists =
        vec![fetched("lotl", bytes(&folder.join("mra-lotl.xml"))), fetched("tl", bytes(&folder.join("mra-zz-tl.xml")))];
    let signers = [certificate(&folder.join("certs/ZZ-LOTL-signer.crt"))];
    let (snapshot, rejected) = Snapshot::assemble(lists, &signers);
    assert_eq!((snapshot.entries().len(), rejected), (2, vec![]));
    let signer = signer_of(&folder.join("john-doe-lta.xml"));
    let issuers = ["certs/Test-Qualified-CA1-from-ZZ.crt", "certs/Test-QTSP-1-RootCA-from-ZZ.crt"];
    let chain = issuers.map(|file| certificate(&folder.join(file)));
    let ask = |snapshot: &Snapshot, technical| {
        let best_time = expected["validation_time"].as_str().unwrap().parse().unwrap();
        recognise(&Question { signer: &signer, chain: &chain, best_time, technical }, snapshot, &Rules::european())
    };
    let recognition = ask(&snapshot, Technical::Passed);
    let document = &expected["documents"][0]["first_signature"];
    assert_eq!(recognition.counts_as.name(), document["qualification"].as_str().unwrap());
    let basis = recognition.basis.unwrap();
    let legal_identifier = document["mra_enacted_trust_service_legal_identifier"].as_str().unwrap();
    assert_eq!(basis.agreement.unwrap().legal_identifier, legal_identifier);
    assert_eq!(basis.territory.as_deref(), Some("ZZ"));
    assert!(basis.mapped_from.unwrap().service_type.contains("zz-trusted-list"));
    assert_eq!(ask(&snapshot, Technical::Indeterminate).counts_as.name(), "INDETERMINATE_QESIG");
    assert_eq!(ask(&snapshot, Technical::Failed).counts_as.name(), "NOT_ADES_QC_QSCD");
    let lotl = bytes(&folder.join("mra-lotl.xml"));
    let (without, _) = Snapshot::assemble(vec![fetched("lotl", lotl)], &signers);
    assert!(!ask(&without, Technical::Passed).is_recognised(), "not without the list");
}

/// The certificate in the first `KeyInfo` of a signed document.
fn signer_of(path: &Path) -> Certificate {
    let file = bytes(path);
    let text = mekong_xml::decode(&file, &list::XML_LIMITS).unwrap();
    let document = mekong_xml::parse(&text, &list::XML_LIMITS).unwrap();
    let node = document.descendants().find(|n| find::is(*n, NS_DSIG, "X509Certificate")).unwrap();
    Certificate::from_der(&find::base64(node).unwrap()).unwrap()
}

/// The hierarchy of `zz-pki.xml`, with keys made here.
struct Hierarchy {
    lotl: Issuer,
    list: Issuer,
    authority: Certificate,
    root: Certificate,
    signer: Certificate,
}

impl Hierarchy {
    fn make() -> Self {
        let months =
            |count: i64| edit::shifted(now(), &format!("{}P{}M", if count < 0 { "-" } else { "" }, count.abs()));
        let national = Self::root("Test-National-RootCA-from-ZZ", months(-12), months(12));
        let ca = Profile::IssuingCa { path_len: None };
        let root = Self::issued(&national, "Test-QTSP-1-RootCA-from-ZZ", ca.clone(), (months(-11), months(11)), &[]);
        let authority = Self::issued(&root, "Test-Qualified-CA1-from-ZZ", ca, (months(-11), months(11)), &[]);
        let statements = Statements {
            compliance: true,
            device: true,
            types: vec![statements::FOR_SIGNATURES],
            legislation: vec!["ZZ".to_owned()],
            ..Statements::default()
        };
        let purpose =
            Purpose { key_usage: vec![KeyUsages::NonRepudiation], statements: Some(statements), ..Purpose::default() };
        let policy = [ObjectIdentifier::new_unwrap("1.3.6.1.4.1.314159.1.2")];
        let times = (months(-11), months(11));
        let signer = Self::issued(&authority, "John Doe", Profile::Defined(purpose), times, &policy);
        Self {
            lotl: Self::root("ZZ-LOTL-signer", months(-12), months(12)),
            list: Self::root("ZZ-TL-signer", months(-12), months(12)),
            authority: authority.certificate,
            root: root.certificate,
            signer: signer.certificate,
        }
    }

    fn root(common_name: &str, not_before: Instant, not_after: Instant) -> Issuer {
        let key = PrivateKey::generate(KeyType::P256).unwrap();
        let subject = name::build(&[(name::COUNTRY, "ZZ"), (name::COMMON_NAME, common_name)]).unwrap();
        let order = Order {
            profile: Profile::RootCa,
            subject: &subject,
            public_key: key.public_key(),
            serial: Serial::random().unwrap(),
            not_before,
            not_after,
            urls: &Urls::default(),
            policies: &[],
        };
        Issuer { certificate: issue::self_sign(&key, &order).unwrap(), key }
    }

    fn issued(
        issuer: &Issuer,
        common_name: &str,
        profile: Profile,
        (not_before, not_after): (Instant, Instant),
        policies: &[ObjectIdentifier],
    ) -> Issuer {
        let key = PrivateKey::generate(KeyType::P256).unwrap();
        let organisation = "Test Qualified Trust Service Provider 1 from ZZ";
        let parts = [
            (name::COUNTRY, "ZZ"),
            (name::ORGANIZATION, organisation),
            (name::ORGANIZATIONAL_UNIT, "PKI-TEST"),
            (name::COMMON_NAME, common_name),
        ];
        let subject = name::build(&parts).unwrap();
        let order = Order {
            profile,
            subject: &subject,
            public_key: key.public_key(),
            serial: Serial::random().unwrap(),
            not_before,
            not_after,
            urls: &Urls::default(),
            policies,
        };
        Issuer { certificate: issue::issue(issuer, &order).unwrap(), key }
    }

    /// The two lists of a variant, put together as `preparation.json` says.
    fn lists(&self, folder: &Path, line: &Value, preparation: &Value) -> Vec<Fetched> {
        let prefixes: Prefixes = serde_json::from_value(preparation["namespaces"].clone()).unwrap();
        let mut tl = read(&folder.join(line["tl"].as_str().unwrap()));
        let mut lotl = read(&folder.join(line["base"].as_str().unwrap()));
        for step in preparation["steps"].as_array().unwrap() {
            let path = step["xpath"].as_str().unwrap_or_default();
            match (step["on"].as_str().unwrap(), step["op"].as_str().unwrap()) {
                ("tl", "set_text") => {
                    tl = edit::set_children(&tl, path, &prefixes, &base64(&self.lotl.certificate));
                }
                ("tl", "replace_children") => tl = edit::set_children(&tl, path, &prefixes, &self.identity()),
                ("tl", "remove") => tl = edit::remove(&tl, path, &prefixes, true),
                ("tl", "sign") => tl = sign(&tl, &self.list),
                ("lotl", "set_text") => {
                    lotl = edit::set_children(&lotl, path, &prefixes, &base64(&self.list.certificate));
                }
                ("lotl", "edits") => {
                    for change in line["edits"].as_array().unwrap() {
                        lotl = edit::apply(&lotl, change, &prefixes, now());
                    }
                }
                ("lotl", "remove") => lotl = edit::remove(&lotl, path, &prefixes, true),
                ("lotl", "sign") => lotl = sign(&lotl, &self.lotl),
                ("document", "sign") => {}
                other => panic!("step {other:?}"),
            }
        }
        vec![fetched("lotl", lotl.into_bytes()), fetched("tl", tl.into_bytes())]
    }

    fn identity(&self) -> String {
        use base64::Engine as _;
        let ski = self.root.subject_key_identifier().unwrap();
        let ski = base64::engine::general_purpose::STANDARD.encode(ski);
        let certificate = base64(&self.root);
        let ns = "xmlns:tl=\"http://uri.etsi.org/02231/v2#\"";
        [
            format!("<tl:DigitalId {ns}><tl:X509Certificate>{certificate}</tl:X509Certificate></tl:DigitalId>"),
            format!(
                "<tl:DigitalId {ns}><tl:X509SubjectName>Test-QTSP-1-RootCA-from-ZZ</tl:X509SubjectName></tl:DigitalId>"
            ),
            format!("<tl:DigitalId {ns}><tl:X509SKI>{ski}</tl:X509SKI></tl:DigitalId>"),
        ]
        .concat()
    }
}

fn read(path: &Path) -> String {
    mekong_xml::decode(&bytes(path), &list::XML_LIMITS).unwrap().to_string()
}

fn base64(certificate: &Certificate) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(certificate.der())
}

fn sign(xml: &str, signer: &Issuer) -> String {
    let algorithm = signer.key.default_algorithm();
    let prepared = list::sign::prepare(xml, &signer.certificate, algorithm, now()).unwrap();
    let value = signer.key.sign(algorithm, &prepared.to_be_signed).unwrap();
    String::from_utf8(prepared.finish(&value).unwrap()).unwrap()
}

#[test]
fn every_variant_counts_as_expected() {
    let Some(folder) = vectors("mra") else { return };
    let hierarchy = Hierarchy::make();
    let preparation: Value = serde_json::from_slice(&bytes(&folder.join("variants/preparation.json"))).unwrap();
    let lines = json_lines(&folder.join("variants.jsonl"));
    assert_eq!(lines.len(), 49);
    let mut wrong = Vec::new();
    for line in &lines {
        let (snapshot, rejected) = Snapshot::assemble(
            hierarchy.lists(&folder, line, &preparation),
            std::slice::from_ref(&hierarchy.lotl.certificate),
        );
        assert_eq!(rejected, [], "{}", line["id"]);
        let chain = [hierarchy.authority.clone(), hierarchy.root.clone()];
        let question =
            Question { signer: &hierarchy.signer, chain: &chain, best_time: now(), technical: Technical::Passed };
        let recognition = recognise(&question, &snapshot, &Rules::european());
        wrong.extend(
            differences(&line["expected"], &recognition).map(|difference| format!("{}: {difference}", line["id"])),
        );
    }
    assert!(wrong.is_empty(), "{} of 49:\n{}", wrong.len(), wrong.join("\n"));
}

/// What differs from the line.
fn differences(expected: &Value, found: &Recognition) -> impl Iterator<Item = String> {
    let enacted = found.services.iter().filter(|s| s.mapping.as_ref().is_some_and(|m| m.enacted)).count();
    let translated = found.services.iter().filter(|s| s.mapping.is_some()).count();
    let certificate = |q: Option<CertificateQualification>| q.map(CertificateQualification::name).into();
    let facts: Vec<(&Value, Value)> = vec![
        (&expected["qualification"], found.counts_as.name().into()),
        (&expected["mra_enacted_legal_identifier"], found.certificate.legal_identifier.clone().into()),
        (&expected["trust_service_enacted"], (enacted > 0).into()),
        (&expected["translated_services"]["total"], translated.into()),
        (&expected["translated_services"]["enacted"], enacted.into()),
        (&expected["certificate_qualification_at_issuance"], certificate(found.at_issuance.qualification)),
        (&expected["certificate_qualification_at_validation"], certificate(found.at_best_time.qualification)),
    ];
    let legal = expected.get("mra_enacted_legal_identifier").is_some();
    let differs = facts.into_iter().enumerate().filter_map(move |(place, (expected, found))| {
        let asked = !expected.is_null() || (place == 1 && legal);
        (asked && *expected != found).then(|| format!("expected {expected}, found {found}"))
    });
    differs.collect::<Vec<_>>().into_iter()
}
