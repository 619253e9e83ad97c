//! Keys and certificates of the gateway: what there is, making keys, importing certificates, having the operator certify new
//! keys, taking certificates out of use. Private keys and passphrases stay where they are: what is shown and recorded are
//! labels, purposes and certificates.
//!
//! - [`line`]: what is told of a key; [`page`]: all of them; [`forms`], [`act`]: changing something on pages.

pub(super) mod act;
pub(super) mod forms;
pub(super) mod line;
pub(super) mod page;

use super::Desk;
use super::access::Who;
use super::failure::Failure;
use crate::cli::Context;
use crate::node::keys::asked::{Fault, Fitting, KEY_TYPES, Requested, TLS, fingerprint, purpose};
use crate::node::keys::{Exchanged, Keys};
use line::KeyLine;
use mekong_base::MemberId;
use mekong_crypto::KeyType;
use mekong_exchange::administration::role::Permission;
use mekong_exchange::administration::{Command, Event, KeyAct, Outcome, Refusal};
use mekong_exchange::gateway::OwnCertificate;
use mekong_pki::Certificate;
use std::sync::Arc;

pub(super) use line::told;

/// Longest certificate that is read, in bytes.
const CERTIFICATE_BYTES_MAX: usize = 64 << 10;

/// A key that is wanted.
pub(super) struct Wanted {
    member: Option<MemberId>,
    key_type: KeyType,
    in_hardware: bool,
}

/// What came of having new keys certified.
pub(super) enum Renewed {
    /// Labels and purposes of the keys, with their certificates.
    Done(Vec<(String, String, Certificate)>),
    /// The operator has to approve the request of this name.
    Waiting(String),
}

impl Wanted {
    /// Reads what a form or a program says.
    ///
    /// # Errors
    /// [`Failure::Parameter`].
    pub(super) fn read(purpose: &str, place: &str, key_type: &str) -> Result<Self, Failure> {
        let member = match purpose {
            TLS => None,
            member => {
                let wrong = |_| Failure::Parameter("purpose", "tls or a member is wanted: VN/GOV/MPS".to_owned());
                Some(member.parse().map_err(wrong)?)
            }
        };
        let in_hardware = match place {
            "software" => false,
            "hardware" => true,
            _ => return Err(Failure::Parameter("place", "software or hardware is wanted".to_owned())),
        };
        let known = KEY_TYPES.iter().find(|(name, _)| *name == key_type);
        let names = KEY_TYPES.map(|(name, _)| name).join(", ");
        let (_, key_type) = known.ok_or_else(|| Failure::Parameter("key_type", format!("one of {names} is wanted")))?;
        Ok(Self { member, key_type: *key_type, in_hardware })
    }
}

/// A certificate as it is sent: PEM or DER.
///
/// # Errors
/// [`Failure::Parameter`].
pub(super) fn certificate(bytes: &[u8]) -> Result<Certificate, Failure> {
    let wrong = |why: String| Failure::Parameter("certificate", why);
    if bytes.len() > CERTIFICATE_BYTES_MAX {
        return Err(wrong(format!("it has more than {CERTIFICATE_BYTES_MAX} bytes")));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains("-----BEGIN") => {
            Certificate::from_pem(text).map_err(|error| wrong(error.to_string()))
        }
        _ if bytes.is_empty() => Err(wrong("a certificate is wanted, PEM or DER".to_owned())),
        _ => Certificate::from_der(bytes).map_err(|error| wrong(error.to_string())),
    }
}

/// Does something with the keys that takes its time: files, cryptography, hardware.
async fn with<T: Send + 'static>(
    desk: &Desk,
    act: impl FnOnce(&Keys) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Failure> {
    let keys = Arc::clone(&desk.subject.keys);
    Ok(tokio::task::spawn_blocking(move || act(&keys)).await.context(|| "look at the keys")??)
}

/// All keys, with what is known of their certificates.
///
/// # Errors
/// [`Failure::Broken`]: a file cannot be read.
pub(super) async fn list(desk: &Desk) -> Result<Vec<KeyLine>, Failure> {
    let listed = with(desk, |keys| Ok(keys.list()?)).await?;
    let known = known(desk);
    let (state, now) = (desk.subject.administration.state(), desk.now());
    Ok(listed.iter().map(|key| KeyLine::of(key, known.as_deref(), &state, now)).collect())
}

/// What the gateway knows of its certificates; none if it does not run.
fn known(desk: &Desk) -> Option<Vec<OwnCertificate>> {
    desk.handle().map(|handle| handle.status().certificates)
}

/// Makes a key and a request for its certificate.
///
/// # Errors
/// [`Failure`]; what is refused stands in the audit log.
pub(super) async fn make(desk: &Desk, who: &Who, wanted: Wanted) -> Result<Requested, Failure> {
    let Wanted { member, key_type, in_hardware } = wanted;
    let purpose = purpose(member.as_ref());
    let what = format!("make a key ({key_type}) for {purpose}");
    desk.permit(who, &[Permission::ChangeKeys], &what).await?;
    let made = with(desk, move |keys| keys.make_request(member.as_ref(), key_type, in_hardware)).await;
    let made = noted(desk, who, what, made).await?;
    let event = Event::Key { done: KeyAct::Made, label: made.label.clone(), purpose, certificate: None };
    desk.note(who, event, Outcome::Done).await?;
    Ok(made)
}

/// A key that waits for its certificate, with the request.
///
/// # Errors
/// [`Failure`]: there is none of that label.
pub(super) async fn requested(desk: &Desk, label: &str) -> Result<Requested, Failure> {
    let label = label.to_owned();
    with(desk, move |keys| keys.requested(&label)).await
}

/// Which key a certificate would be imported for.
///
/// # Errors
/// [`Failure`]: why it would not.
pub(super) async fn fitting(desk: &Desk, certificate: &Certificate) -> Result<Fitting, Failure> {
    let (certificate, directory, now) = (certificate.clone(), desk.directory(), desk.now());
    with(desk, move |keys| keys.fitting(&certificate, &directory, now)).await
}

/// Imports a certificate.
///
/// # Errors
/// [`Failure`]; what is refused stands in the audit log.
pub(super) async fn import(desk: &Desk, who: &Who, certificate: &Certificate) -> Result<Fitting, Failure> {
    let what = format!("import certificate {}", fingerprint(certificate));
    desk.permit(who, &[Permission::ChangeKeys], &what).await?;
    let (theirs, directory, now) = (certificate.clone(), desk.directory(), desk.now());
    let imported = with(desk, move |keys| keys.import(&theirs, &directory, now)).await;
    let fitting = noted(desk, who, what, imported).await?;
    let event = Event::Key {
        done: KeyAct::Imported,
        label: fitting.label.clone(),
        purpose: purpose(fitting.member.as_ref()),
        certificate: Some(fingerprint(certificate)),
    };
    desk.note(who, event, Outcome::Done).await?;
    Ok(fitting)
}

/// Has the operator certify new keys for TLS and for the owner's signing, now.
///
/// # Errors
/// [`Failure`]; what is refused stands in the audit log.
pub(super) async fn renew(desk: &Desk, who: &Who) -> Result<Renewed, Failure> {
    let what = "exchange the keys at the operator's registration";
    desk.permit(who, &[Permission::ChangeKeys], what).await?;
    let exchanged = match &desk.subject.operator {
        None => Err(no_operator()),
        Some(operator) => {
            let exchanged = desk.subject.keys.exchange_at(operator, desk.now()).await;
            // What the operator answers is for the asker to read.
            exchanged.map_err(|error| Refusal::Invalid { what: "operator", why: error.to_string() }.into())
        }
    };
    let owner = desk.subject.server.owner.to_string();
    let event = |done, label: &str, purpose: &str, certificate: Option<&Certificate>| {
        let (label, purpose) = (label.to_owned(), purpose.to_owned());
        Event::Key { done, label, purpose, certificate: certificate.map(fingerprint) }
    };
    match noted(desk, who, what.to_owned(), exchanged).await? {
        Exchanged::Waiting(id) => {
            desk.note(who, event(KeyAct::Asked, &id, &owner, None), Outcome::Done).await?;
            Ok(Renewed::Waiting(id))
        }
        Exchanged::Done(taken) => {
            let mut keys = Vec::new();
            for one in taken {
                let purpose = if one.is_tls { TLS.to_owned() } else { owner.clone() };
                let event = event(KeyAct::Exchanged, &one.label, &purpose, Some(&one.certificate));
                desk.note(who, event, Outcome::Done).await?;
                keys.push((one.label, purpose, one.certificate));
            }
            Ok(Renewed::Done(keys))
        }
    }
}

/// That nobody certifies keys by himself.
fn no_operator() -> Failure {
    let what = "[gateway.operator] in node.toml: make a key, and have its request certified by your authority";
    Refusal::NotFound(what.to_owned()).into()
}

/// An outcome whose refusal was recorded.
async fn noted<T>(desk: &Desk, who: &Who, what: String, outcome: Result<T, Failure>) -> Result<T, Failure> {
    if let Err(failure) = &outcome {
        desk.note_failure(who, what, failure).await?;
    }
    outcome
}

/// What only this gateway can tell of a change of a certificate's use: whether it has it, and whether it is the last.
pub(super) fn check_use(desk: &Desk, command: &Command, is_alone: bool) -> Result<(), Failure> {
    let Command::SetCertificateUse { certificate, enabled, force } = command else { return Ok(()) };
    let refused = |what, why: &str| Err(Refusal::Invalid { what, why: why.to_owned() }.into());
    if !is_alone {
        return refused("do", "the use of certificates is changed one at a time");
    }
    if *enabled || *force {
        return Ok(());
    }
    let Some(known) = known(desk) else {
        return refused("certificate", "the gateway is switched off, so it is not known which others can be used");
    };
    let Some(this) = known.iter().find(|one| one.fingerprint == *certificate) else {
        return Err(Refusal::NotFound(format!("certificate {certificate} at this gateway")).into());
    };
    let (state, now) = (desk.subject.administration.state(), desk.now());
    let is_usable = |one: &OwnCertificate| line::is_usable(one, &state, now);
    let others = known.iter().filter(|one| one.purpose == this.purpose && one.fingerprint != *certificate);
    if is_usable(this) && !others.into_iter().any(is_usable) {
        return refused(
            "certificate",
            "it is the last certificate for this purpose that can be used, messages would stop: bring another into use first, or force it",
        );
    }
    Ok(())
}
