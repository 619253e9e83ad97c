//! The directory: anchor, source, signature, age, federation. And whether this gateway is in it as it says of itself.

use super::certificates::{Own, validity};
use super::{Finding, Patient};
use crate::node::gateway::GLOBAL_CONF;
use mekong_base::{ClientId, Clock, Instant, ServerId};
use mekong_directory::client::{Client, FederationFilter, Settings, generated_at};
use mekong_directory::{Anchor, GlobalConf, SHARED_PARAMETERS};
use std::sync::Arc;
use std::time::Duration;

/// How old a published directory is when all is well: made every minute, as a rule.
const AGE: Duration = Duration::from_secs(180);

/// Fetches the directory as the gateway does, without touching what it keeps.
pub(super) async fn fetch(
    patient: &Patient<'_>,
    clock: &Clock,
    findings: &mut Vec<Finding>,
) -> Option<Arc<GlobalConf>> {
    let gateway = patient.gateway;
    let anchor = anchor(patient, findings)?;
    let source = anchor.sources.first().map(|s| s.url.clone()).unwrap_or_default();
    let stored = GlobalConf::load_dir(&gateway.folder.join(GLOBAL_CONF)).ok().map(Arc::new);
    let federation = match gateway.federation.as_slice() {
        [] => FederationFilter::None,
        instances => FederationFilter::from_entries(instances),
    };
    let settings = Settings { federation, ..Settings::default() };
    let fetched = match tempfile::tempdir() {
        Ok(folder) => match Client::start(anchor, folder.path().to_owned(), settings, clock.clone()).await {
            Ok(client) => Ok((client.current(), client.status())),
            Err(error) => Err(error.to_string()),
        },
        Err(error) => Err(error.to_string()),
    };
    let (directory, status) = match fetched {
        Ok(fetched) => fetched,
        Err(error) => {
            let finding = Finding::problem("directory", error).at(&source);
            let finding = finding.because("without a directory that verifies and has not expired no message flows");
            findings.push(finding.so(
                "let this machine reach that address (firewall, DNS, proxy); if it answers and does not verify, the anchor is \
                 old or something is in between (if it has expired: is this machine's clock right?): get the anchor anew from the operator, by a way that you trust",
            ));
            return stored.filter(|stored| stored.check_fresh(patient.now).is_ok());
        }
    };
    findings.push(Finding::good(
        "directory",
        format!("{} is fetched from {source} and verifies by the anchor", directory.instance()),
    ));
    for (instance, reason) in &status.federation {
        let finding = Finding::problem("directory", format!("the directory of {instance} cannot be had: {reason}"));
        findings.push(
            finding
                .because("no message flows to or from that country")
                .so("the other country's operator has to look, or your firewall lets nothing through to it"),
        );
    }
    age(patient, &directory, stored.as_deref(), findings);
    federation_known(patient, &directory, &status.federation, findings);
    Some(directory)
}

fn anchor(patient: &Patient<'_>, findings: &mut Vec<Finding>) -> Option<Anchor> {
    let path = &patient.gateway.anchor;
    let anchor = std::fs::read(path).map_err(|e| e.to_string());
    match anchor.and_then(|bytes| Anchor::read(&bytes).map_err(|e| e.to_string())) {
        Ok(anchor) => Some(anchor),
        Err(error) => {
            let finding =
                Finding::problem("directory", format!("the anchor cannot be read: {error}")).at(path.display());
            findings.push(
                finding
                    .because("the gateway cannot start")
                    .so("get the anchor anew from the operator, by a way that you trust"),
            );
            None
        }
    }
}

fn age(patient: &Patient<'_>, directory: &GlobalConf, stored: Option<&GlobalConf>, findings: &mut Vec<Finding>) {
    let generated = |conf: &GlobalConf| {
        let part = conf.of(conf.instance())?.part(SHARED_PARAMETERS)?.metadata.location.clone()?;
        generated_at(&part)
    };
    if let Some(said) = generated(directory) {
        findings.extend(super::clocks::compare("the directory", said, patient.now, AGE));
        if let Some(newest) = stored.and_then(generated).filter(|newest| *newest > said + AGE) {
            let what = format!("the directory offered is of {said}, and this gateway has seen one of {newest}");
            let finding = Finding::problem("directory", what);
            findings.push(
                finding
                    .because("somebody offers an old one: members that were removed would come back")
                    .so("ask the operator; the gateway refuses it and goes on with the newer one until that expires"),
            );
        }
    }
    if let Err(expired) = directory.check_fresh(patient.now) {
        let finding = Finding::problem("directory", expired.to_string());
        findings.push(
            finding
                .because("no message flows")
                .so("ask the operator to look after its node; is this machine's clock right?"),
        );
    }
}

fn federation_known(
    patient: &Patient<'_>,
    directory: &GlobalConf,
    unavailable: &std::collections::BTreeMap<String, String>,
    findings: &mut Vec<Finding>,
) {
    let named =
        patient.gateway.federation.iter().filter(|name| !["all", "none"].contains(&name.to_lowercase().as_str()));
    for instance in named {
        if directory.of(instance).is_some() {
            findings.push(Finding::good("directory", format!("the federated directory of {instance} is here")));
        } else if !unavailable.contains_key(instance) {
            let what =
                format!("gateway.federation names {instance}, with which {} is not federated", directory.instance());
            let finding = Finding::problem("directory", what);
            findings.push(
                finding
                    .because("no message flows to or from there")
                    .so("correct gateway.federation, or ask the operator to federate"),
            );
        }
    }
}

/// Whether the directory says of this gateway what its configuration says.
pub(super) fn registration(
    patient: &Patient<'_>,
    certificates: &[Own],
    directory: &GlobalConf,
    findings: &mut Vec<Finding>,
) {
    let gateway = patient.gateway;
    let Ok(server) = gateway.server.parse::<ServerId>() else {
        let finding = Finding::problem("registration", format!("{:?} is no server identifier", gateway.server));
        findings.push(finding.at("gateway.server").so("write INSTANCE/CLASS/MEMBER/SERVER"));
        return;
    };
    let Some(entry) = directory.server(&server) else {
        let finding =
            Finding::problem("registration", format!("the directory has no server {server}")).at("gateway.server");
        findings.push(
            finding
                .because("no other gateway talks to this one")
                .so("ask the operator whether it was removed; with an invitation: mekong join"),
        );
        return;
    };
    findings.push(match &entry.address {
        Some(address) => Finding::good("registration", format!("{server} is in the directory, at {address}")),
        None => Finding::warning("registration", format!("{server} has no address in the directory"))
            .because("it can ask, and nobody can ask it")
            .so("mekong registration address HOST"),
    });
    let owner = |own: &Own| directory.server_by_auth_cert(&own.certificate);
    findings.extend(authentication(certificates, &server, owner, gateway.operator.is_some(), patient.now));
    for client in patient.served.subsystems.keys() {
        client_registered(client, &server, gateway, directory, findings);
    }
}

/// Whether the directory knows the certificates for TLS as the server's, and until when it knows one that is valid.
fn authentication(
    certificates: &[Own],
    server: &ServerId,
    owner: impl Fn(&Own) -> Option<ServerId>,
    has_operator: bool,
    now: Instant,
) -> Vec<Finding> {
    let register = |own: &Own| {
        let command = format!("mekong registration certificate {}", own.file.display());
        let add = "add [gateway.operator] (address and key, as the operator tells them), then";
        if has_operator { command } else { format!("{add} {command}") }
    };
    let tls: Vec<&Own> = certificates.iter().filter(|own| own.member.is_none()).collect();
    let Some(newest) = tls.iter().max_by_key(|own| own.certificate.not_after()) else { return Vec::new() };
    let known = tls.iter().filter(|own| owner(own).as_ref() == Some(server));
    let Some(known) = known.max_by_key(|own| own.certificate.not_after()) else {
        let whose = tls.iter().find_map(|own| owner(own)).map_or_else(String::new, |o| format!(", but of {o}"));
        let what = format!("the directory does not know the authentication certificate as one of {server}{whose}");
        let finding = Finding::problem("registration", what).at(newest.file.display());
        let todo = format!("use the registered certificate, or register this one: {}", register(newest));
        return vec![finding.because("other gateways end its connections").so(todo)];
    };
    let mut findings = vec![Finding::good("registration", "the directory knows the authentication certificate")];
    // The newest is judged by itself; until when messages flow says the newest of those that others know.
    let ends = known.certificate.not_after();
    for own in tls.iter().filter(|own| own.certificate.not_after() > ends && own.certificate.is_valid_at(now)) {
        let what =
            format!("the directory does not know this authentication certificate; the newest it knows ends at {ends}");
        let finding = Finding::warning("registration", what).at(own.file.display());
        findings.push(finding.because("from then on no message flows to or from this gateway").so(register(own)));
    }
    if newest.certificate.not_after() > ends {
        validity(&known.certificate, &known.file, now, &mut findings);
    }
    findings
}

fn client_registered(
    client: &ClientId,
    server: &ServerId,
    gateway: &crate::node::config::GatewaySection,
    directory: &GlobalConf,
    findings: &mut Vec<Finding>,
) {
    if !gateway.signing.iter().any(|s| s.member == client.member.to_string()) {
        let finding = Finding::problem(
            "registration",
            format!("there is no signing key of {}, whose client {client} is", client.member),
        );
        findings.push(
            finding
                .at("gateway.signing")
                .because("its messages are refused")
                .so("add its [[gateway.signing]], or take the client out: mekong gateway remove-subsystem"),
        );
    }
    findings.push(if directory.is_registered(client, server) {
        Finding::good("registration", format!("{client} is registered at this gateway"))
    } else if directory.exists(client) {
        Finding::problem("registration", format!("{client} is in the directory, but not registered at this gateway"))
            .because("other gateways refuse its messages")
            .so("mekong registration subsystem CODE, or ask the operator")
    } else {
        Finding::problem("registration", format!("there is no {client} in the directory"))
            .because("other gateways refuse its messages")
            .so("correct the code; or register it: mekong registration subsystem CODE")
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use mekong_authority::ca::{AuthoritySpec, CertificateAuthority};
    use mekong_crypto::{KeyType, PrivateKey, Zeroizing};
    use mekong_pki::issue::Profile;
    use mekong_pki::name;
    use mekong_pki::request::CertificateRequest;

    const DAY: Duration = Duration::from_secs(86_400);

    /// A gateway whose certificate was renewed, and the new one not registered: exchanges stop when the old one ends.
    #[test]
    fn a_renewed_certificate_that_the_directory_does_not_know_is_told_long_before_the_known_one_ends()
    -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let start = Instant::from_unix_seconds(1_795_000_000);
        let spec = AuthoritySpec::new("Test", "LA", "MTC", "http://ca.example");
        let authority = CertificateAuthority::create(folder.path(), Zeroizing::new("secret".to_owned()), &spec, start)?;
        let subject = name::build(&[(name::COUNTRY, "LA"), (name::COMMON_NAME, "gateway.example")])?;
        let own = |file: &str, at: Instant| -> Result<Own, Box<dyn std::error::Error>> {
            let request = CertificateRequest::create(&PrivateKey::generate(KeyType::P256)?, &subject)?;
            let tls = Profile::Authentication { dns: vec!["gateway.example".into()], ips: Vec::new() };
            Ok(Own { certificate: authority.issue(&request, tls, None, at)?, file: file.into(), member: None })
        };
        let certificates = [own("authentication.pem", start)?, own("authentication.2.pem", start + DAY * 500)?];
        let server: ServerId = "LA/GOV/MOHA/gateway".parse()?;
        let judge = |known: &[&str], has_operator, after: u32| -> Vec<serde_json::Value> {
            let owner = |own: &Own| known.iter().any(|k| own.file.ends_with(k)).then(|| server.clone());
            let findings = authentication(&certificates, &server, owner, has_operator, start + DAY * after);
            let bad = findings.iter().filter(|finding| !finding.is_good());
            bad.filter_map(|finding| serde_json::to_value(finding).ok()).collect()
        };
        let told = judge(&["authentication.pem"], true, 501);
        let text = told.iter().map(ToString::to_string).collect::<String>();
        assert_eq!(told.len(), 1, "{text}");
        assert!(text.contains("mekong registration certificate authentication.2.pem"), "{text}");
        let text = judge(&["authentication.pem"], false, 501).iter().map(ToString::to_string).collect::<String>();
        assert!(text.contains("[gateway.operator]"), "{text}");
        let told = judge(&["authentication.pem"], true, 722);
        assert!(told.iter().any(|finding| finding.to_string().contains("expires in")), "{told:?}");
        // The new one alone, or both: nothing to say, although the old one ends.
        assert!(judge(&["authentication.2.pem"], true, 722).is_empty());
        assert!(judge(&["authentication.pem", "authentication.2.pem"], true, 722).is_empty());
        assert_eq!(judge(&[], true, 501).len(), 1);
        Ok(())
    }
}
