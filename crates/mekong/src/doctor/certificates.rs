//! Certificates: readable, of our keys, for their use, valid, of an approved authority, not revoked.

use super::{Finding, Patient};
use crate::node::gateway::KEYS;
use crate::node::keys::asked::fingerprint;
use crate::node::keys::{Keys, Owned};
use mekong_authority::ocsp_client::OcspClient;
use mekong_base::{Instant, MemberId};
use mekong_directory::GlobalConf;
use mekong_pki::Certificate;
use mekong_pki::ocsp::Status;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// From then on a certificate is worth a word.
const SOON: Duration = Duration::from_secs(30 * 86_400);

/// A certificate of the gateway.
pub(super) struct Own {
    pub(super) certificate: Certificate,
    pub(super) file: PathBuf,
    /// The member for whom it signs; none for the TLS certificate.
    pub(super) member: Option<MemberId>,
}

/// That a certificate is good.
pub(crate) struct Proof {
    /// Until when the responses are fresh.
    pub(crate) until: Instant,
    /// The latest `thisUpdate`: the responder's clock.
    pub(crate) said: Instant,
}

/// Why a certificate is not proven good; a sentence for people.
#[derive(Debug)]
pub(crate) enum Unproven {
    /// The directory approves no authority above it.
    NotApproved(String),
    /// No responder answers so that it can be believed.
    Unreachable(String),
    /// It is revoked, or its authority does not know it.
    NotGood(String),
}

impl std::fmt::Display for Unproven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::NotApproved(text) | Self::Unreachable(text) | Self::NotGood(text)) = self;
        f.write_str(text)
    }
}

/// Asks for the OCSP responses of a certificate and of those between it and the approved authority.
///
/// # Errors
/// [`Unproven`].
pub(crate) async fn prove(
    leaf: &Certificate,
    directory: &GlobalConf,
    ocsp: &OcspClient,
    now: Instant,
) -> Result<Proof, Unproven> {
    let instance = directory.instance();
    let trust = directory.trust(instance);
    let trust = trust.ok_or_else(|| Unproven::NotApproved(format!("the directory does not know {instance}")))?;
    let inquiries = directory.inquiries(trust, leaf).map_err(|e| Unproven::NotApproved(e.to_string()))?;
    let mut proof = Proof { until: leaf.not_after(), said: Instant::from_unix_seconds(0) };
    for inquiry in inquiries {
        let fresh = ocsp.fetch(&inquiry, now).await.map_err(|e| Unproven::Unreachable(e.to_string()))?;
        if fresh.status.status != Status::Good {
            let subject = inquiry.certificate.subject();
            let error = fresh.status.require_good().err().map(|e| e.to_string()).unwrap_or_default();
            return Err(Unproven::NotGood(format!("{subject}: {error}")));
        }
        let next = fresh.status.next_update.filter(|_| trust.check_next_update);
        let ends = [Some(fresh.status.this_update + trust.ocsp_freshness), next];
        proof.until = ends.into_iter().flatten().fold(proof.until, std::cmp::min);
        proof.said = proof.said.max(fresh.status.this_update);
    }
    Ok(proof)
}

/// The gateway's certificates, those that it renewed too, compared with their keys. Of several for one purpose the newest
/// counts, and for TLS every one that is valid; what was taken out of use does not.
pub(super) fn read(patient: &Patient<'_>, findings: &mut Vec<Finding>) -> Vec<Own> {
    let gateway = patient.gateway;
    let all = match Keys::open(gateway).and_then(|keys| keys.all()) {
        Ok(all) => all,
        Err(error) => {
            let finding = Finding::problem("certificate", format!("keys and certificates cannot be used: {error}"));
            findings.push(
                finding
                    .at(gateway.folder.join(KEYS).display())
                    .because("the gateway cannot start")
                    .so("put the right passphrase into passphrase_file, or restore what is missing from a backup"),
            );
            return files(patient, findings);
        }
    };
    let mut own = Vec::new();
    let (disabled, all): (Vec<Owned>, Vec<Owned>) = all.into_iter().partition(|owned| is_out_of_use(owned, patient));
    let members = gateway.signing.iter().filter_map(|section| section.member.parse::<MemberId>().ok());
    for member in std::iter::once(None).chain(members.map(Some)) {
        let of_member = || all.iter().filter(|owned| owned.member == member);
        let Some(newest) = of_member().max_by_key(|owned| owned.pair.certificate.not_after()) else {
            let out_of_use = disabled.iter().filter(|owned| owned.member == member);
            findings.extend(out_of_use.max_by_key(|owned| owned.pair.certificate.not_after()).map(nothing_in_use));
            continue;
        };
        look(newest, patient.now, findings);
        let is_used = |owned: &&Owned| {
            let is_newest = owned.pair.certificate == newest.pair.certificate;
            is_newest || (member.is_none() && owned.pair.certificate.is_valid_at(patient.now))
        };
        own.extend(of_member().filter(is_used).map(|owned| Own {
            certificate: owned.pair.certificate.clone(),
            file: owned.file.clone(),
            member: member.clone(),
        }));
    }
    own
}

fn is_out_of_use(owned: &Owned, patient: &Patient<'_>) -> bool {
    patient.served.disabled_certificates.contains_key(&fingerprint(&owned.pair.certificate))
}

/// All certificates for a purpose were taken out of use; this is the newest.
fn nothing_in_use(owned: &Owned) -> Finding {
    let purpose = purpose(owned.member.as_ref());
    Finding::problem("certificate", format!("every certificate for {purpose} was taken out of use"))
        .at(owned.file.display())
        .because("nothing can be asked or answered without one")
        .so(format!(
            "mekong gateway key enable {}, or another: mekong gateway key request",
            fingerprint(&owned.pair.certificate)
        ))
}

fn purpose(member: Option<&MemberId>) -> String {
    member.map_or_else(|| "TLS".to_owned(), |member| format!("signing for {member}"))
}

fn look(owned: &Owned, now: Instant, findings: &mut Vec<Finding>) {
    let Owned { member, file, pair } = owned;
    usage(&pair.certificate, file, member.is_some(), findings);
    validity(&pair.certificate, file, now, findings);
    let subject = pair.certificate.subject();
    findings.push(if pair.key.public_key().spki() == pair.certificate.public_key().spki() {
        Finding::good("certificate", format!("the key is that of {subject}"))
    } else {
        Finding::problem("certificate", format!("the key is not that of {subject}"))
            .at(file.display())
            .because("TLS and signatures made with it do not verify")
            .so("name the certificate that was issued for this key, or restore the key")
    });
}

/// The certificates that the configuration names, where keys cannot be opened.
fn files(patient: &Patient<'_>, findings: &mut Vec<Finding>) -> Vec<Own> {
    let gateway = patient.gateway;
    let signing = gateway.signing.iter().map(|s| (&s.certificate, Some(s.member.as_str())));
    let mut own = Vec::new();
    for (file, member) in std::iter::once((&gateway.authentication, None)).chain(signing) {
        let Some(certificate) = one(file, findings) else { continue };
        usage(&certificate, file, member.is_some(), findings);
        validity(&certificate, file, patient.now, findings);
        own.push(Own { certificate, file: file.clone(), member: member.and_then(|m| m.parse().ok()) });
    }
    own
}

fn one(file: &Path, findings: &mut Vec<Finding>) -> Option<Certificate> {
    let text = std::fs::read_to_string(file).map_err(|e| e.to_string());
    match text.and_then(|pem| Certificate::from_pem(&pem).map_err(|e| e.to_string())) {
        Ok(certificate) => Some(certificate),
        Err(error) => {
            let finding = Finding::problem("certificate", format!("cannot be read: {error}")).at(file.display());
            findings
                .push(finding.because("the gateway cannot start").so("restore the file, or join again: mekong join"));
            None
        }
    }
}

fn usage(certificate: &Certificate, file: &Path, is_signing: bool, findings: &mut Vec<Finding>) {
    let fits = if is_signing { certificate.is_signing() } else { certificate.is_authentication() };
    if !fits {
        let wanted =
            if is_signing { "signing (nonRepudiation)" } else { "authentication (clientAuth or digitalSignature)" };
        let finding = Finding::problem("certificate", format!("{} is not for {wanted}", certificate.subject()));
        findings.push(
            finding
                .at(file.display())
                .because("other gateways refuse it")
                .so("name the certificate of the right kind; were signing and authentication mixed up?"),
        );
    }
}

/// How long a certificate is valid.
pub(super) fn validity(certificate: &Certificate, file: &Path, now: Instant, findings: &mut Vec<Finding>) {
    let (subject, from, to) = (certificate.subject(), certificate.not_before(), certificate.not_after());
    let days = to.since(now).as_secs() / 86_400;
    findings.push(if now >= to {
        Finding::problem("certificate", format!("{subject} expired at {to}"))
            .at(file.display())
            .because("other gateways refuse it")
            .so("ask the operator for an invitation and renew it")
    } else if now < from {
        Finding::problem("certificate", format!("{subject} is valid from {from} on, and it is {now}"))
            .at(file.display())
            .because("other gateways refuse it")
            .so("set this machine's clock")
    } else if to.since(now) < SOON {
        Finding::warning("certificate", format!("{subject} expires in {days} days, at {to}"))
            .at(file.display())
            .because("then other gateways refuse it")
            .so("the gateway renews it by itself where its authority offers that (see its log); else ask the operator")
    } else {
        Finding::good("certificate", format!("{subject} is valid for {days} days more"))
    });
}

/// Chain and OCSP of each certificate.
pub(super) async fn status(patient: &Patient<'_>, certificates: &[Own], directory: &GlobalConf) -> Vec<Finding> {
    // A client without memory: what the gateway has kept says nothing about responders.
    let ocsp = OcspClient::new(patient.http.clone());
    let mut findings = Vec::new();
    for own in certificates {
        let subject = own.certificate.subject();
        let proof = prove(&own.certificate, directory, &ocsp, patient.now).await;
        if let Ok(proof) = &proof {
            findings.extend(super::clocks::compare("the OCSP responder", proof.said, patient.now, Duration::MAX));
        }
        findings.push(match proof {
            Ok(proof) => Finding::good("ocsp", format!("{subject} is good; fresh until {}", proof.until)),
            Err(Unproven::NotApproved(text)) => Finding::problem("certificate", format!("{subject}: {text}"))
                .at(own.file.display())
                .because("other gateways trust only authorities that the directory approves")
                .so("use the certificate that your country's authority issued, or ask the operator to approve that authority"),
            Err(Unproven::NotGood(text)) => Finding::problem("ocsp", format!("not good: {text}"))
                .at(own.file.display())
                .because("other gateways refuse it")
                .so("ask the operator why it was revoked, and for an invitation to join anew"),
            Err(Unproven::Unreachable(text)) => Finding::problem("ocsp", text)
                .at(own.file.display())
                .because("without fresh responses messages stop when the last ones are too old (an hour as a rule)")
                .so("let this machine reach these addresses (firewall, DNS, proxy), or tell the operator that its responder is down"),
        });
        if let Some(member) = &own.member {
            findings.extend(named(own, member, directory));
        }
    }
    findings
}

/// Whether a signing certificate names the member for whom it signs.
fn named(own: &Own, member: &MemberId, directory: &GlobalConf) -> Option<Finding> {
    let authority = directory.trust(directory.instance())?.authority_of(&own.certificate)?;
    match authority.profile.member_of(&own.certificate, directory.instance()) {
        Ok(found) if found == *member => None,
        Ok(found) => Some(
            Finding::problem("certificate", format!("it names {found}, and is configured for {member}"))
                .at(own.file.display())
                .because("other gateways refuse messages of one member signed by another")
                .so("correct gateway.signing.member, or name the certificate of that member"),
        ),
        Err(error) => Some(
            Finding::problem("certificate", error.to_string())
                .at(own.file.display())
                .so("ask the authority for a certificate by its profile"),
        ),
    }
}
