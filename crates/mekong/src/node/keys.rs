//! The keys of a gateway and their certificates: in its folder, encrypted, or in a token of hardware. Certificates are
//! renewed before they end, each for a new key.
//!
//! ```text
//! keys/LABEL.pem            the key of a certificate that the configuration names, and
//! keys/LABEL.2.pem          of the one after it, unless they are in hardware under these labels
//! certificates/LABEL.2.pem  the certificate after the one that the configuration names
//! ```
//!
//! Those that people have certified elsewhere are beside them: see [`asked`].
//!
//! Whatever is there is offered to the gateway, which uses the newest that is good and, for TLS, registered. So a person can
//! put a key and a certificate there as well, and need not restart anything.

pub(crate) mod asked;
mod office;

pub(crate) use office::{Exchanged, Operator};

use super::config::{GatewaySection, read_passphrase};
use super::gateway::{AUTHENTICATION_KEY, KEYS};
use crate::cli::{CommandError, Context};
use crate::file::write_whole;
use mekong_authority::ca::renewable_from;
use mekong_authority::http::Client;
use mekong_authority::pkcs11::{self, Module, Which};
use mekong_authority::renewal::{self, RenewalRequest};
use mekong_authority::token::Token;
use mekong_base::{Instant, MemberId};
use mekong_crypto::{KeyType, PrivateKey};
use mekong_exchange::gateway::{KeyPair, SigningKey};
use mekong_pki::Certificate;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// Folder of renewed certificates within a gateway's folder.
const CERTIFICATES: &str = "certificates";
/// Renewals of one certificate that are looked for.
const RENEWALS_MAX: u32 = 1000;

/// Keys and certificates of a gateway.
pub(crate) struct Keys {
    software: Token,
    /// With its name.
    hardware: Option<(String, pkcs11::Token)>,
    folder: PathBuf,
    requests: PathBuf,
    slots: Vec<Slot>,
    /// Fingerprints of certificates that a person took out of use.
    disabled: Mutex<BTreeSet<String>>,
    /// Held while a key is made for a request or a certificate imported.
    turn: Mutex<()>,
    /// Tells that there is something new to be used.
    changed: Notify,
}

/// Where a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a file, encrypted.
    Software,
    /// In the token of this name.
    Token(String),
}

/// What certificates are for: TLS, or signing a member's messages.
struct Slot {
    member: Option<MemberId>,
    label: String,
    configured: PathBuf,
}

/// A certificate and the label of its key.
struct Held {
    label: String,
    certificate: Certificate,
}

/// A certificate that is due, with its key and the one that shall follow.
struct Due {
    certificate: Certificate,
    present: PrivateKey,
    label: String,
    new: PrivateKey,
}

/// A certificate that a gateway has, with its key and where it is.
pub(crate) struct Owned {
    /// The member for whom it signs; none for TLS.
    pub(crate) member: Option<MemberId>,
    /// The file of the certificate.
    pub(crate) file: PathBuf,
    /// Both.
    pub(crate) pair: KeyPair,
}

/// All that there is, as a gateway takes it.
#[derive(Clone)]
pub(crate) struct Pairs {
    /// For TLS.
    pub(crate) authentication: Vec<KeyPair>,
    /// For signing.
    pub(crate) signing: Vec<SigningKey>,
}

impl Keys {
    /// Opens the folder and the token of hardware, if one is configured.
    ///
    /// # Errors
    /// In words: which file, key or token.
    pub(crate) fn open(section: &GatewaySection) -> Result<Self, CommandError> {
        let keys = section.folder.join(KEYS);
        let software = Token::open(&keys, read_passphrase(&section.passphrase_file)?)
            .context(|| format!("open the keys in {}", keys.display()))?;
        let hardware = section.hardware.as_ref().map(|hardware| {
            let pin = read_passphrase(&hardware.pin_file)?;
            let module = Module::open(&hardware.module).context(|| "gateway.hardware.module")?;
            let token = module.token(&Which::Label(hardware.token.clone()), pin);
            Ok::<_, CommandError>((hardware.token.clone(), token.context(|| "gateway.hardware.token")?))
        });
        let tls = Slot { member: None, label: AUTHENTICATION_KEY.into(), configured: section.authentication.clone() };
        let signing = section.signing.iter().map(|signing| {
            let member = signing.member.parse().context(|| "gateway.signing.member")?;
            Ok(Slot { member: Some(member), label: signing.key.clone(), configured: signing.certificate.clone() })
        });
        let slots = std::iter::once(Ok(tls)).chain(signing).collect::<Result<_, CommandError>>()?;
        let (folder, requests) = (section.folder.join(CERTIFICATES), section.folder.join(asked::REQUESTS));
        let (disabled, turn, changed) = Default::default();
        Ok(Self { software, hardware: hardware.transpose()?, folder, requests, slots, disabled, turn, changed })
    }

    /// Says which certificates are out of use, by their SHA-256 in hexadecimal: nothing is signed with them, and none is
    /// renewed.
    pub(crate) fn set_disabled(&self, disabled: BTreeSet<String>) {
        *self.disabled.lock().unwrap_or_else(PoisonError::into_inner) = disabled;
    }

    /// Everything that there is now.
    ///
    /// # Errors
    /// In words: a certificate or key that the configuration names cannot be read. Renewed ones that cannot are passed over
    /// with a warning: the gateway goes on with the others.
    pub(crate) fn pairs(&self) -> Result<Pairs, CommandError> {
        let mut pairs = Pairs { authentication: Vec::new(), signing: Vec::new() };
        for Owned { member, pair, .. } in self.all()? {
            match member {
                None => pairs.authentication.push(pair),
                Some(member) => pairs.signing.push(SigningKey { member, pair }),
            }
        }
        Ok(pairs)
    }

    /// Everything that there is now, with the files: for each purpose what the configuration names, then what came after.
    ///
    /// # Errors
    /// As [`Keys::pairs`].
    pub(crate) fn all(&self) -> Result<Vec<Owned>, CommandError> {
        let mut all = Vec::new();
        for slot in &self.slots {
            for (number, held) in self.held(slot)?.into_iter().enumerate() {
                let key = match self.key(&held.label) {
                    Err(error) if number > 0 => {
                        tracing::warn!(label = held.label, %error, "key of a renewed certificate not opened");
                        continue;
                    }
                    key => key?,
                };
                let file = if number == 0 { slot.configured.clone() } else { self.path(&held.label) };
                let pair = KeyPair { certificate: held.certificate, key };
                all.push(Owned { member: slot.member.clone(), file, pair });
            }
        }
        Ok(all)
    }

    /// The certificate that is configured, those after it, then those that were imported.
    fn held(&self, slot: &Slot) -> Result<Vec<Held>, CommandError> {
        let mut all = vec![Held { label: slot.label.clone(), certificate: read(&slot.configured)? }];
        for number in 2..RENEWALS_MAX {
            let label = format!("{}.{number}", slot.label);
            let path = self.path(&label);
            if !path.is_file() {
                break;
            }
            match read(&path) {
                Ok(certificate) => all.push(Held { label, certificate }),
                Err(error) => tracing::warn!(%error, "renewed certificate not read"),
            }
        }
        all.extend(self.imported(slot));
        Ok(all)
    }

    /// Those of [`Keys::held`] that nobody took out of use.
    fn in_use(&self, slot: &Slot) -> Result<Vec<Held>, CommandError> {
        let mut held = self.held(slot)?;
        let disabled = self.disabled.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|held| !disabled.contains(&asked::fingerprint(&held.certificate)));
        Ok(held)
    }

    /// Resolves when there is something new to be used.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Where a key is.
    fn place(&self, label: &str) -> Place {
        match &self.hardware {
            Some((name, _)) if !self.software.has(label) => Place::Token(name.clone()),
            _ => Place::Software,
        }
    }

    fn path(&self, label: &str) -> PathBuf {
        self.folder.join(format!("{label}.pem"))
    }

    /// A key: of the folder, else of the hardware.
    fn key(&self, label: &str) -> Result<PrivateKey, CommandError> {
        match &self.hardware {
            Some((_, hardware)) if !self.software.has(label) => {
                hardware.key(label).context(|| format!("open the key {label}"))
            }
            _ => self.software.key(label).context(|| format!("open the key {label}")),
        }
    }

    /// A new key where that of `beside` is; the one that is there, if an earlier attempt has made it.
    fn make(&self, label: &str, beside: &str, key_type: KeyType) -> Result<PrivateKey, CommandError> {
        if let Ok(key) = self.key(label) {
            return Ok(key);
        }
        match &self.hardware {
            Some((_, hardware)) if !self.software.has(beside) => {
                hardware.generate(label, key_type).context(|| format!("make the key {label}"))
            }
            _ => self.software.generate(label, key_type).context(|| format!("make the key {label}")),
        }
    }

    /// Renews what is in the last third of its life, and says whether anything is new.
    pub(crate) async fn renew_due(self: &Arc<Self>, http: &Client, url: &str, now: Instant) -> bool {
        let mut is_new = false;
        for index in 0..self.slots.len() {
            match self.renew(index, http, url, now).await {
                Ok(None) => {}
                Ok(Some(path)) => {
                    let is_tls = self.slots.get(index).is_some_and(|slot| slot.member.is_none());
                    let todo = if is_tls { "register it now: mekong registration certificate FILE" } else { "nothing" };
                    tracing::info!(path = %path.display(), todo, "certificate renewed");
                    is_new = true;
                }
                Err(error) => tracing::warn!(%error, "certificate not renewed; it is tried again"),
            }
        }
        is_new
    }

    async fn renew(
        self: &Arc<Self>,
        index: usize,
        http: &Client,
        url: &str,
        now: Instant,
    ) -> Result<Option<PathBuf>, CommandError> {
        let keys = Arc::clone(self);
        // Keys take their time, in software and in hardware.
        let prepared = tokio::task::spawn_blocking(move || keys.prepare(index, now)).await;
        let Some((label, asked)) = prepared.context(|| "make a key")?? else { return Ok(None) };
        let renewed = renewal::renew(http, url, &asked).await;
        let certificate = renewed.map_err(|e| CommandError::new(format!("renew the certificate {label}: {e}")))?;
        self.store(&label, &certificate).map(Some)
    }

    fn store(&self, label: &str, certificate: &Certificate) -> Result<PathBuf, CommandError> {
        let path = self.path(label);
        std::fs::create_dir_all(&self.folder).context(|| format!("make {}", self.folder.display()))?;
        write_whole(&path, certificate.pem().as_bytes()).context(|| format!("write {}", path.display()))?;
        Ok(path)
    }

    /// The request to send now, if the newest certificate of a slot is due, and the label of its new key.
    fn prepare(&self, index: usize, now: Instant) -> Result<Option<(String, RenewalRequest)>, CommandError> {
        let Some(due) = self.slots.get(index).map(|slot| self.next(slot, now)).transpose()?.flatten() else {
            return Ok(None);
        };
        let asked = RenewalRequest::sign(&due.certificate, &due.present, &due.new);
        asked.map(|asked| Some((due.label, asked))).context(|| "ask for a renewal")
    }

    /// What follows the newest certificate of a slot, if that is due. The key is made now, if it is not there.
    fn next(&self, slot: &Slot, now: Instant) -> Result<Option<Due>, CommandError> {
        let held = self.in_use(slot)?;
        let is_due = |newest: &Held| now >= renewable_from(&newest.certificate);
        if newest(&held).is_some_and(is_due) { self.after(slot, &held) } else { Ok(None) }
    }

    /// What follows the newest certificate of those held, whether it is due or not.
    fn after(&self, slot: &Slot, held: &[Held]) -> Result<Option<Due>, CommandError> {
        let Some(newest) = newest(held) else { return Ok(None) };
        let labels = (2..RENEWALS_MAX).map(|number| format!("{}.{number}", slot.label));
        let Some(label) = labels.into_iter().find(|label| !self.path(label).is_file()) else { return Ok(None) };
        let present = self.key(&newest.label)?;
        let new = self.make(&label, &newest.label, present.public_key().key_type())?;
        Ok(Some(Due { certificate: newest.certificate.clone(), present, label, new }))
    }
}

fn newest(held: &[Held]) -> Option<&Held> {
    held.iter().max_by_key(|held| held.certificate.not_after())
}

fn read(path: &Path) -> Result<Certificate, CommandError> {
    let pem = std::fs::read_to_string(path).context(|| format!("read the certificate {}", path.display()))?;
    Certificate::from_pem(&pem).context(|| format!("understand {}", path.display()))
}

impl Pairs {
    /// Whether these are the same certificates.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let certificates = |pairs: &Self| -> Vec<Certificate> {
            let signing = pairs.signing.iter().map(|key| &key.pair);
            pairs.authentication.iter().chain(signing).map(|pair| pair.certificate.clone()).collect()
        };
        certificates(self) == certificates(other)
    }
}

#[cfg(test)]
mod tests;
