//! Keys that an authority of somebody's choice certifies: a key is made here, a request for its certificate is given out, and
//! the certificate is imported when it comes.
//!
//! ```text
//! keys/LABEL.asked.1.pem          the key, unless it is in hardware under this label
//! requests/LABEL.asked.1.pem      the request for its certificate
//! certificates/LABEL.asked.1.pem  the certificate, once it is there
//! ```
//!
//! They are numbered beside those that the gateway renews by itself, so that neither takes the other's key.

use super::{Held, Keys, Place, Slot, newest, read};
use crate::cli::{CommandError, Context};
use crate::file::write_whole;
use mekong_base::{Instant, MemberId};
use mekong_crypto::{DigestAlgorithm, KeyType};
use mekong_directory::GlobalConf;
use mekong_exchange::administration::Refusal;
use mekong_pki::Certificate;
use mekong_pki::request::CertificateRequest;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

/// Folder of the requests within a gateway's folder.
pub(super) const REQUESTS: &str = "requests";
/// Keys of one purpose that may wait for their certificate.
const WAITING_MAX: usize = 20;
/// Keys of one purpose that are looked for.
const ASKED_MAX: u32 = 1000;
/// What a key of a gateway may be.
pub(crate) const KEY_TYPES: [(&str, KeyType); 3] =
    [("p256", KeyType::P256), ("rsa2048", KeyType::Rsa(2048)), ("rsa3072", KeyType::Rsa(3072))];
/// What a key is for that is not for signing.
pub(crate) const TLS: &str = "tls";

/// Why something was not done with a key.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The asker's to mend.
    Refused(Refusal),
    /// This machine, its files or its token failed.
    Failed(CommandError),
}

impl From<CommandError> for Fault {
    fn from(error: CommandError) -> Self {
        Self::Failed(error)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A key of the gateway, with its certificate if it has one.
pub(crate) struct Listed {
    /// Its label.
    pub(crate) label: String,
    /// The member for whom it signs; none for TLS.
    pub(crate) member: Option<MemberId>,
    /// Where it is.
    pub(crate) place: Place,
    /// Its kind.
    pub(crate) key_type: KeyType,
    /// Its certificate; none while it is waited for.
    pub(crate) certificate: Option<Certificate>,
}

/// A key that was made, with the request for its certificate.
pub(crate) struct Requested {
    /// Its label.
    pub(crate) label: String,
    /// Where it is.
    pub(crate) place: Place,
    /// The request.
    pub(crate) request: CertificateRequest,
}

/// What a certificate is imported for.
#[derive(Debug)]
pub(crate) struct Fitting {
    /// The label of its key.
    pub(crate) label: String,
    /// The member for whom it signs; none for TLS.
    pub(crate) member: Option<MemberId>,
}

/// The name of what a key is for.
pub(crate) fn purpose(member: Option<&MemberId>) -> String {
    member.map_or_else(|| TLS.to_owned(), ToString::to_string)
}

/// SHA-256 of a certificate, in lower-case hexadecimal.
pub(crate) fn fingerprint(certificate: &Certificate) -> String {
    hex::encode(certificate.fingerprint(DigestAlgorithm::Sha256))
}

fn invalid(what: &'static str, why: impl Into<String>) -> Fault {
    Fault::Refused(Refusal::Invalid { what, why: why.into() })
}

impl Keys {
    /// What keys are for: TLS (none), and the members for whom it signs.
    pub(crate) fn purposes(&self) -> impl Iterator<Item = Option<&MemberId>> {
        self.slots.iter().map(|slot| slot.member.as_ref())
    }

    /// The label of the token of hardware, if there is one.
    pub(crate) fn token(&self) -> Option<&str> {
        self.hardware.as_ref().map(|(name, _)| name.as_str())
    }

    /// All keys: for each purpose what the configuration names, what came after, and what waits for its certificate.
    ///
    /// # Errors
    /// In words: a certificate that the configuration names cannot be read.
    pub(crate) fn list(&self) -> Result<Vec<Listed>, CommandError> {
        let mut all = Vec::new();
        for slot in &self.slots {
            let member = || slot.member.clone();
            for Held { label, certificate } in self.held(slot)? {
                let (place, key_type) = (self.place(&label), certificate.public_key().key_type());
                all.push(Listed { label, member: member(), place, key_type, certificate: Some(certificate) });
            }
            for (label, request) in self.waiting(slot) {
                let (place, key_type) = (self.place(&label), request.public_key().key_type());
                all.push(Listed { label, member: member(), place, key_type, certificate: None });
            }
        }
        Ok(all)
    }

    /// Makes a key, in hardware if that is wanted, and a request for its certificate in the name that the newest certificate
    /// of that purpose has. Takes its time.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) fn make_request(
        &self,
        member: Option<&MemberId>,
        key_type: KeyType,
        in_hardware: bool,
    ) -> Result<Requested, Fault> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = self.slot(member)?;
        if self.waiting(slot).len() >= WAITING_MAX {
            return Err(Refusal::Limit { what: "keys that wait for their certificate", max: WAITING_MAX }.into());
        }
        let held = self.held(slot)?;
        let like = newest(&held).ok_or_else(|| CommandError::new(format!("{} has no certificate", slot.label)))?;
        let label = self.free_label(slot)?;
        let key = match (&self.hardware, in_hardware) {
            (Some((_, hardware)), true) => {
                hardware.generate(&label, key_type).context(|| format!("make the key {label} in the token"))?
            }
            (None, true) => return Err(invalid("place", "this gateway has no token of hardware: [gateway.hardware]")),
            (_, false) => self.software.generate(&label, key_type).context(|| format!("make the key {label}"))?,
        };
        let (subject, names) = (like.certificate.subject_name(), like.certificate.dns_names());
        let request = CertificateRequest::create_with_names(&key, subject, &names, &[]);
        let request = request.context(|| format!("make a certificate request for {label}"))?;
        let path = self.request_path(&label);
        std::fs::create_dir_all(&self.requests).context(|| format!("make {}", self.requests.display()))?;
        write_whole(&path, request.pem().as_bytes()).context(|| format!("write {}", path.display()))?;
        Ok(Requested { place: self.place(&label), label, request })
    }

    /// A key that waits for its certificate, with the request.
    ///
    /// # Errors
    /// [`Fault::Refused`]: no key of that label waits.
    pub(crate) fn requested(&self, label: &str) -> Result<Requested, Fault> {
        for slot in &self.slots {
            if let Some((label, request)) = self.waiting(slot).into_iter().find(|(known, _)| known == label) {
                return Ok(Requested { place: self.place(&label), label, request });
            }
        }
        let label: String = label.chars().take(100).collect();
        Err(Refusal::NotFound(format!("key {label} that waits for a certificate")).into())
    }

    /// Which key a certificate is for, if it may be imported: it fits a key that waits, is for its purpose and member, has not
    /// ended, and leads to an authority that the directory approves.
    ///
    /// # Errors
    /// [`Fault::Refused`] says which of these is not so.
    pub(crate) fn fitting(
        &self,
        certificate: &Certificate,
        directory: &GlobalConf,
        now: Instant,
    ) -> Result<Fitting, Fault> {
        let spki = certificate.public_key().spki();
        for slot in &self.slots {
            for held in self.held(slot)? {
                if held.certificate == *certificate {
                    return Err(Refusal::Exists(format!("this certificate, of the key {},", held.label)).into());
                }
                if held.certificate.public_key().spki() == spki {
                    let why = format!("the key {} has a certificate: make a new key for a new one", held.label);
                    return Err(invalid("certificate", why));
                }
            }
        }
        for slot in &self.slots {
            let mut waiting = self.waiting(slot).into_iter();
            if let Some((label, _)) = waiting.find(|(_, request)| request.public_key().spki() == spki) {
                check(certificate, slot.member.as_ref(), directory, now).map_err(|why| invalid("certificate", why))?;
                return Ok(Fitting { label, member: slot.member.clone() });
            }
        }
        let why = "it is for none of the keys of this gateway that wait for a certificate: make a key, have its request certified";
        Err(invalid("certificate", why))
    }

    /// Imports a certificate. It is used once it is proven good and, for TLS, registered.
    ///
    /// # Errors
    /// As [`Keys::fitting`]; [`Fault::Failed`].
    pub(crate) fn import(
        &self,
        certificate: &Certificate,
        directory: &GlobalConf,
        now: Instant,
    ) -> Result<Fitting, Fault> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = self.fitting(certificate, directory, now)?;
        self.store(&fitting.label, certificate)?;
        self.changed.notify_one();
        Ok(fitting)
    }

    fn slot(&self, member: Option<&MemberId>) -> Result<&Slot, Fault> {
        let found = self.slots.iter().find(|slot| slot.member.as_ref() == member);
        found.ok_or_else(|| {
            let member = purpose(member);
            invalid("purpose", format!("this gateway does not sign for {member}: add it as [[gateway.signing]] first"))
        })
    }

    fn request_path(&self, label: &str) -> PathBuf {
        self.requests.join(format!("{label}.pem"))
    }

    /// The labels of the keys of a purpose that somebody asked to be certified, in order.
    fn asked<'a>(&'a self, slot: &'a Slot) -> impl Iterator<Item = String> + 'a {
        let label = |number| format!("{}.asked.{number}", slot.label);
        (1..ASKED_MAX).map(label).filter(|label| self.request_path(label).is_file())
    }

    /// A label that no key has.
    fn free_label(&self, slot: &Slot) -> Result<String, Fault> {
        let labels = (1..ASKED_MAX).map(|number| format!("{}.asked.{number}", slot.label));
        // A key without its request is of an attempt that failed: it is passed over.
        let is_free = |label: &String| !self.request_path(label).is_file() && self.key(label).is_err();
        let most = || Refusal::Limit { what: "keys of one purpose", max: ASKED_MAX as usize };
        labels.into_iter().find(is_free).ok_or_else(|| most().into())
    }

    /// Of these, certificates that are there.
    pub(super) fn imported(&self, slot: &Slot) -> Vec<Held> {
        let there = self.asked(slot).filter(|label| self.path(label).is_file());
        let held = |label: String| match read(&self.path(&label)) {
            Ok(certificate) => Some(Held { label, certificate }),
            Err(error) => {
                tracing::warn!(%error, "imported certificate not read");
                None
            }
        };
        there.filter_map(held).collect()
    }

    /// Of these, keys without certificate, with their requests. A request that cannot be read is passed over with a warning.
    fn waiting(&self, slot: &Slot) -> Vec<(String, CertificateRequest)> {
        let request = |label: String| match read_request(&self.request_path(&label)) {
            Ok(request) => Some((label, request)),
            Err(error) => {
                tracing::warn!(%error, "request for a certificate not read");
                None
            }
        };
        self.asked(slot).filter(|label| !self.path(label).is_file()).filter_map(request).collect()
    }
}

fn read_request(path: &Path) -> Result<CertificateRequest, CommandError> {
    let pem = std::fs::read_to_string(path).context(|| format!("read {}", path.display()))?;
    CertificateRequest::from_pem(&pem).context(|| format!("understand {}", path.display()))
}

/// Whether a certificate can be used for TLS (no member) or for signing; why not.
fn check(
    certificate: &Certificate,
    member: Option<&MemberId>,
    directory: &GlobalConf,
    now: Instant,
) -> Result<(), String> {
    let is_for_it = if member.is_some() { certificate.is_signing() } else { certificate.is_authentication() };
    if !is_for_it {
        let (wanted, usage) = match member {
            Some(_) => ("signing", "key usage nonRepudiation"),
            None => ("TLS", "extended key usage clientAuth, or key usage digitalSignature"),
        };
        return Err(format!("it is not for {wanted}, which the key was made for: it has no {usage}"));
    }
    if certificate.not_after() <= now {
        return Err(format!("it ended on {}", certificate.not_after()));
    }
    let instance = directory.instance();
    let trust = directory.trust(instance).ok_or_else(|| format!("the directory does not know {instance}"))?;
    trust.issuer_chain(certificate, &[]).map_err(|error| format!("its authority is not approved: {error}"))?;
    let Some(member) = member else { return Ok(()) };
    let named = trust.member_of(certificate).map_err(|error| format!("it names no member: {error}"))?;
    if named != *member {
        return Err(format!("it is of {named}, and the key was made for {member}"));
    }
    Ok(())
}
