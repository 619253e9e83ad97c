//! x509-limbo: paths of TLS servers, built and judged. Where we differ, `limbo_exceptions.json` says why; a case that is
//! listed and gets its verdict all the same fails, too.

use const_oid::ObjectIdentifier;
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_pki::anchors::{Anchor, Anchors};
use mekong_pki::certificate::{ANY_USAGE, CLIENT_AUTH, SERVER_AUTH};
use mekong_pki::crl::Crl;
use mekong_pki::path::{self, Inputs};
use mekong_pki::revocation::{self, Demand, Material};
use serde::Deserialize;
use std::collections::BTreeMap;

const CASES: usize = 208;
/// `id-kp-emailProtection`.
const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");

#[derive(Deserialize)]
struct Suite {
    testcases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    validation_time: Option<Instant>,
    extended_key_usage: Vec<String>,
    expected_result: String,
    expected_peer_name: Option<PeerName>,
    max_chain_depth: Option<usize>,
    crls: Vec<String>,
}

#[derive(Deserialize)]
struct PeerName {
    kind: String,
    value: String,
}

/// Why our verdict is another one.
#[derive(Deserialize)]
struct Exception {
    expected: String,
    actual: String,
    reason: String,
}

impl Case {
    fn judge(&self) -> Result<(), String> {
        let text = |e: &dyn std::fmt::Display| e.to_string();
        let leaf = Certificate::from_pem(&self.peer_certificate).map_err(|e| text(&e))?;
        let at = self.validation_time.unwrap_or(Instant::from_unix_seconds(1_731_628_800)); // 2024-11-15
        // An anchor or intermediate that cannot be read cannot be used.
        let read = |pems: &[String]| -> Vec<Certificate> {
            pems.iter().filter_map(|pem| Certificate::from_pem(pem).ok()).collect()
        };
        let roots = read(&self.trusted_certs);
        let anchors: Anchors = roots.into_iter().map(|root| Anchor::given(root, "limbo")).collect();
        let pool = read(&self.untrusted_intermediates);
        let crls: Result<Vec<Crl>, _> = self.crls.iter().map(|pem| Crl::parse_der_or_pem(pem.as_bytes())).collect();
        let crls = crls.map_err(|e| text(&e))?;
        let material = Material { crls: &crls, ocsps: &[], certificates: &pool, anchors: &anchors };
        let demand = Demand { at, required: !crls.is_empty() };
        let inputs = Inputs { check_anchor_validity: true, ..Inputs::at(at) };
        let search = path::search(&leaf, &pool, &anchors, &path::Limits::default());
        let mut reason = search.failure.map_or_else(|| "no chain".to_owned(), |e| e.to_string());
        // Intermediates that issued to themselves do not count.
        let depth = |chain: &path::Chain| chain.certificates.iter().skip(1).filter(|c| !c.is_self_issued()).count();
        let is_short = |chain: &&path::Chain| self.max_chain_depth.is_none_or(|most| depth(chain) <= most);
        for chain in search.chains.iter().filter(is_short) {
            let verdict = path::process(chain, &inputs).map_err(|e| text(&e));
            match verdict.and_then(|_| revocation::check(chain, &material, &demand).map_err(|e| text(&e))) {
                Ok(()) => return self.purpose(&leaf).and_then(|()| self.name(&leaf)),
                Err(error) => reason = error,
            }
        }
        Err(reason)
    }

    /// The extended key usage that the case asks for.
    fn purpose(&self, leaf: &Certificate) -> Result<(), String> {
        let usages = leaf.extended_key_usages();
        let wanted = |name: &String| match name.as_str() {
            "serverAuth" => SERVER_AUTH,
            "clientAuth" => CLIENT_AUTH,
            "emailProtection" => EMAIL_PROTECTION,
            other => panic!("{other} is not known"),
        };
        let suits = |wanted| usages.is_empty() || usages.contains(&wanted) || usages.contains(&ANY_USAGE);
        match self.extended_key_usage.iter().map(wanted).all(suits) {
            true => Ok(()),
            false => Err("the extended key usage is another".to_owned()),
        }
    }

    /// The name, as a TLS client would ask it; what pki has is the list of names.
    fn name(&self, leaf: &Certificate) -> Result<(), String> {
        let Some(name) = self.expected_peer_name.as_ref().filter(|name| name.kind == "DNS") else { return Ok(()) };
        let matches = |pattern: &String| match pattern.strip_prefix("*.") {
            Some(rest) => name.value.split_once('.').is_some_and(|(_, host)| host == rest),
            None => *pattern == name.value,
        };
        match leaf.dns_names().iter().any(matches) {
            true => Ok(()),
            false => Err(format!("no name is {}", name.value)),
        }
    }
}

#[test]
fn limbo_gets_its_verdicts_but_for_those_explained() {
    let Some(folder) = crate::shared("vectors/trust/limbo") else { return };
    let suite: Suite = serde_json::from_str(&std::fs::read_to_string(folder.join("limbo.json")).unwrap()).unwrap();
    let mut exceptions: BTreeMap<String, Exception> =
        serde_json::from_str(include_str!("limbo_exceptions.json")).unwrap();
    assert_eq!(suite.testcases.len(), CASES);
    assert!(exceptions.values().all(|e| e.reason.len() > 20), "every exception has a reason");
    let (mut wrong, explained) = (Vec::new(), exceptions.len());
    for case in &suite.testcases {
        let verdict = case.judge();
        let actual = if verdict.is_ok() { "SUCCESS" } else { "FAILURE" };
        match exceptions.remove(&case.id) {
            Some(e) if e.actual != actual || e.expected != case.expected_result || actual == e.expected => {
                wrong.push(format!("{}: {actual}, listed as {} where {} is expected", case.id, e.actual, e.expected));
            }
            None if actual != case.expected_result => {
                wrong.push(format!("{}: expected {}, {verdict:?}", case.id, case.expected_result));
            }
            _ => {}
        }
    }
    wrong.extend(exceptions.keys().map(|id| format!("{id}: no such case")));
    println!("limbo: {} of {CASES} as expected, {explained} explained", CASES - explained - wrong.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
