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
use crate::cli::{CommandError, Context};
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
pub(super) async fn make(desk: &Arc<Desk>, who: &Who, wanted: Wanted) -> Result<Requested, Failure> {
    let Wanted { member, key_type, in_hardware } = wanted;
    let purpose = purpose(member.as_ref());
    let what = format!("make a key ({key_type}) for {purpose}");
    let shared = Arc::clone(desk);
    let act = async move { with(&shared, move |keys| keys.make_request(member.as_ref(), key_type, in_hardware)).await };
    let events = move |made: &Requested| {
        vec![Event::Key { done: KeyAct::Made, label: made.label.clone(), purpose, certificate: None }]
    };
    carried_out(desk, who, what, act, events).await
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
pub(super) async fn import(desk: &Arc<Desk>, who: &Who, certificate: &Certificate) -> Result<Fitting, Failure> {
    let print = fingerprint(certificate);
    let what = format!("import certificate {print}");
    let certificate = certificate.clone();
    let shared = Arc::clone(desk);
    let act = async move {
        let (directory, now) = (shared.directory(), shared.now());
        with(&shared, move |keys| keys.import(&certificate, &directory, now)).await
    };
    let events = move |fitting: &Fitting| {
        let (label, purpose) = (fitting.label.clone(), purpose(fitting.member.as_ref()));
        vec![Event::Key { done: KeyAct::Imported, label, purpose, certificate: Some(print) }]
    };
    carried_out(desk, who, what, act, events).await
}

/// Has the operator certify new keys for TLS and for the owner's signing, now.
///
/// # Errors
/// [`Failure`]; what is refused stands in the audit log.
pub(super) async fn renew(desk: &Arc<Desk>, who: &Who) -> Result<Renewed, Failure> {
    let what = "exchange the keys at the operator's registration".to_owned();
    let shared = Arc::clone(desk);
    let act = async move {
        let operator = shared.subject.operator.as_ref().ok_or_else(no_operator)?;
        // What the operator answers is for the asker to read.
        let refused = |error: CommandError| Refusal::Invalid { what: "operator", why: error.to_string() };
        Ok(match shared.subject.keys.exchange_at(operator, shared.now()).await.map_err(refused)? {
            Exchanged::Waiting(id) => Renewed::Waiting(id),
            Exchanged::Done(taken) => {
                let owner = shared.subject.server.owner.to_string();
                let purpose = |is_tls| if is_tls { TLS.to_owned() } else { owner.clone() };
                Renewed::Done(taken.into_iter().map(|one| (one.label, purpose(one.is_tls), one.certificate)).collect())
            }
        })
    };
    let owner = desk.subject.server.owner.to_string();
    let events = move |renewed: &Renewed| match renewed {
        Renewed::Waiting(id) => {
            vec![Event::Key { done: KeyAct::Asked, label: id.clone(), purpose: owner, certificate: None }]
        }
        Renewed::Done(keys) => {
            let event = |(label, purpose, certificate): &(String, String, Certificate)| {
                let (label, purpose, certificate) = (label.clone(), purpose.clone(), Some(fingerprint(certificate)));
                Event::Key { done: KeyAct::Exchanged, label, purpose, certificate }
            };
            keys.iter().map(event).collect()
        }
    };
    carried_out(desk, who, what, act, events).await
}

/// That nobody certifies keys by himself.
fn no_operator() -> Failure {
    let what = "[gateway.operator] in node.toml: make a key, and have its request certified by your authority";
    Refusal::NotFound(what.to_owned()).into()
}

/// Does work on keys for whoever may. That it is begun stands in the audit log before anything is done, what came of it
/// afterwards: it is ended and recorded even if nobody waits for the answer any more. Only if the gateway ends meanwhile, the
/// beginning stands alone.
async fn carried_out<T: Send + 'static>(
    desk: &Arc<Desk>,
    who: &Who,
    what: String,
    act: impl Future<Output = Result<T, Failure>> + Send + 'static,
    events: impl FnOnce(&T) -> Vec<Event> + Send + 'static,
) -> Result<T, Failure> {
    desk.permit(who, &[Permission::ChangeKeys], &what).await?;
    let (desk, who) = (Arc::clone(desk), who.clone());
    let work = async move {
        desk.note(&who, Event::KeyBegun { what: what.clone() }, Outcome::Done).await?;
        let done = match act.await {
            Ok(done) => done,
            Err(failure) => {
                desk.note(&who, Event::Refused { what }, not_done(&failure)).await?;
                return Err(failure);
            }
        };
        for event in events(&done) {
            desk.note(&who, event, Outcome::Done).await?;
        }
        Ok(done)
    };
    tokio::spawn(work).await.context(|| "work on the keys")?
}

/// How work that came to nothing ended, for the audit log.
fn not_done(failure: &Failure) -> Outcome {
    match failure {
        Failure::Refused(refusal) => refusal.into(),
        _ => Outcome::Refused { code: "failed".to_owned(), reason: "this machine failed: its log says how".to_owned() },
    }
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
