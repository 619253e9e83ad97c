//! The Public Key Interoperability Test Suite of NIST: 246 paths with their revocation lists.

use mekong_base::Instant;
use mekong_pki::anchors::{Anchor, Anchors};
use mekong_pki::crl::Crl;
use mekong_pki::path::{self, Inputs};
use mekong_pki::revocation::{self, Demand, Material};
use mekong_pki::{Certificate, CertificateError};
use serde::Deserialize;
use std::path::Path;

const CASES: usize = 246;

#[derive(Deserialize)]
struct Case {
    id: String,
    name: String,
    expected: String,
    cert: String,
    trust_anchor: String,
    #[serde(default)]
    other_certs: Vec<String>,
    #[serde(default)]
    crls: Vec<String>,
    time: Instant,
    revocation: String,
    initial: Initial,
}

#[derive(Deserialize)]
struct Initial {
    policy_set: Vec<String>,
    explicit_policy: bool,
    policy_mapping_inhibit: bool,
    any_policy_inhibit: bool,
}

impl Case {
    fn inputs(&self) -> Inputs {
        let policy = |text: &String| match text.as_str() {
            "any_policy" => path::ANY_POLICY,
            oid => oid.parse().unwrap(),
        };
        Inputs {
            policies: self.initial.policy_set.iter().map(policy).collect(),
            explicit_policy: self.initial.explicit_policy,
            inhibit_mapping: self.initial.policy_mapping_inhibit,
            inhibit_any_policy: self.initial.any_policy_inhibit,
            ..Inputs::at(self.time)
        }
    }

    fn certificate(&self, folder: &Path, file: &str) -> Result<Certificate, CertificateError> {
        Certificate::from_der(&std::fs::read(folder.join(file)).unwrap())
    }

    /// Whether there is a path that is valid and not revoked; the reason if not.
    fn judge(&self, folder: &Path) -> Result<(), String> {
        let leaf = self.certificate(folder, &self.cert).map_err(|e| e.to_string())?;
        let anchor = self.certificate(folder, &self.trust_anchor).unwrap();
        let anchors: Anchors = [Anchor::given(anchor, "PKITS")].into_iter().collect();
        let pool: Vec<_> = self.other_certs.iter().filter_map(|f| self.certificate(folder, f).ok()).collect();
        let read = |file: &String| Crl::parse(std::fs::read(folder.join(file)).unwrap().into());
        let crls: Vec<_> = self.crls.iter().filter_map(|f| read(f).ok()).collect();
        let material = Material { crls: &crls, ocsps: &[], certificates: &pool, anchors: &anchors };
        let demand = Demand { at: self.time, required: self.revocation == "required" };
        let search = path::search(&leaf, &pool, &anchors, &path::Limits::default());
        let mut reason = search.failure.map_or_else(|| "no chain".to_owned(), |e| e.to_string());
        for chain in &search.chains {
            let verdict = path::process(chain, &self.inputs()).map_err(|e| e.to_string());
            match verdict.and_then(|_| revocation::check(chain, &material, &demand).map_err(|e| e.to_string())) {
                Ok(()) => return Ok(()),
                Err(error) => reason = error,
            }
        }
        Err(reason)
    }
}

#[test]
fn every_path_of_pkits_gets_its_verdict() {
    let Some(folder) = crate::shared("vectors/trust/pkits") else { return };
    let text = std::fs::read_to_string(folder.join("expected.jsonl")).unwrap();
    let cases: Vec<Case> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cases.len(), CASES);
    let mut wrong = Vec::new();
    for case in &cases {
        let verdict = case.judge(&folder);
        if verdict.is_ok() != (case.expected == "valid") {
            wrong.push(format!("{} {}: expected {}, {verdict:?}", case.id, case.name, case.expected));
        }
    }
    println!("PKITS: {} of {CASES}", CASES - wrong.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[derive(Deserialize)]
struct NoticeCase {
    id: String,
    cert: String,
    #[serde(default)]
    other_certs: Vec<String>,
    notice: String,
}

/// Ten more cases ask for the text that the issuer wants relying parties to read.
#[test]
fn user_notices_are_read() {
    let Some(folder) = crate::shared("vectors/trust/pkits") else { return };
    let text = std::fs::read_to_string(folder.join("pkits-user-notice.json")).unwrap();
    let cases: Vec<NoticeCase> = serde_json::from_str(&text).unwrap();
    assert_eq!(cases.len(), 10);
    for case in &cases {
        // Where policies are mapped, the text is in the certificate of the authority.
        let read = |file: &String| {
            let der = std::fs::read(folder.join("certs").join(file)).unwrap();
            Certificate::from_der(&der).unwrap().policies()
        };
        let policies: Vec<_> = std::iter::once(&case.cert).chain(&case.other_certs).flat_map(read).collect();
        let notices: Vec<&String> = policies.iter().flat_map(|policy| &policy.notices).collect();
        assert!(notices.contains(&&case.notice), "{}: {notices:?}", case.id);
    }
}
