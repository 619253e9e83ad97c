//! Certificates of a gateway that joined by `mekong join` are renewed by the operator's registration, which also puts the new
//! one for TLS into the directory: nobody has to do anything.

use super::{Due, Keys, Slot};
use crate::cli::{CommandError, Context};
use crate::node::config::OperatorSection;
use mekong_base::{Instant, ServerId};
use mekong_crypto::PrivateKey;
use mekong_directory::registration::{Ask, Ended, Envelope, Office, Registered, Renew, Signer};
use mekong_pki::Certificate;
use mekong_pki::request::CertificateRequest;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The operator's registration as one gateway sees it.
pub(crate) struct Operator {
    office: Office,
    server: ServerId,
    /// What was asked and waits for a person's approval: it is asked again in the same words.
    waiting: Mutex<Option<Asked>>,
    /// One asks at a time: another would have the same keys certified once more.
    asking: tokio::sync::Mutex<()>,
}

/// What came of asking for new keys and certificates.
pub(crate) enum Exchanged {
    /// They are there.
    Done(Vec<Taken>),
    /// A person has to approve the request of this name; it is asked again by itself.
    Waiting(String),
}

/// A certificate that came.
pub(crate) struct Taken {
    /// The label of its key.
    pub(crate) label: String,
    /// Whether it is for TLS, or for signing the owner's messages.
    pub(crate) is_tls: bool,
    /// It.
    pub(crate) certificate: Certificate,
    /// Its file.
    pub(crate) path: PathBuf,
}

/// A request with the labels of the keys that it is about.
#[derive(Clone)]
pub(crate) struct Asked {
    envelope: Envelope,
    signing: Option<String>,
    authentication: Option<String>,
}

impl Operator {
    /// # Errors
    /// In words, if the fingerprint of the operator's key is none.
    pub(crate) fn new(section: &OperatorSection, server: ServerId) -> Result<Self, CommandError> {
        let key = hex::decode(&section.key).ok().and_then(|key| <[u8; 32]>::try_from(key).ok());
        let key = key.ok_or_else(|| CommandError::new("gateway.operator.key is not 64 hex digits".to_owned()))?;
        Ok(Self {
            office: Office::new(&section.address, key),
            server,
            waiting: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        })
    }
}

impl Keys {
    /// Renews what is due, and says whether anything is new.
    pub(crate) async fn renew_at(self: &Arc<Self>, operator: &Arc<Operator>, now: Instant) -> bool {
        let prepare = move |keys: &Self, server: &ServerId| keys.prepare_asked(server, now);
        match self.ask_operator(operator, prepare).await {
            Ok(Some(Exchanged::Done(taken))) => {
                for Taken { path, .. } in &taken {
                    tracing::info!(path = %path.display(), "certificate renewed and registered by the operator");
                }
                !taken.is_empty()
            }
            Ok(_) => false,
            Err(error) => {
                tracing::warn!(%error, "certificates not renewed by the operator; it is tried again");
                false
            }
        }
    }

    /// New keys and certificates for TLS and for the owner's signing, due or not. What waits for approval is asked again.
    ///
    /// # Errors
    /// In words: a key cannot be made, or what the operator answered.
    pub(crate) async fn exchange_at(
        self: &Arc<Self>,
        operator: &Arc<Operator>,
        now: Instant,
    ) -> Result<Exchanged, CommandError> {
        let prepare = move |keys: &Self, server: &ServerId| keys.exchange(server, now).map(Some);
        let exchanged = self.ask_operator(operator, prepare).await?;
        self.changed.notify_one();
        Ok(exchanged.unwrap_or_else(|| Exchanged::Done(Vec::new())))
    }

    /// Asks for what is prepared, or again for what waits; `None` if there is nothing to ask for.
    async fn ask_operator(
        self: &Arc<Self>,
        operator: &Arc<Operator>,
        prepare: impl FnOnce(&Self, &ServerId) -> Result<Option<Asked>, CommandError> + Send + 'static,
    ) -> Result<Option<Exchanged>, CommandError> {
        let _asking = operator.asking.lock().await;
        let waiting = operator.waiting().clone();
        let asked = match waiting {
            Some(asked) => Some(asked),
            None => {
                let (keys, server) = (Arc::clone(self), operator.server.clone());
                let prepared = tokio::task::spawn_blocking(move || prepare(&keys, &server)).await;
                prepared.context(|| "make a key")??
            }
        };
        let Some(asked) = asked else { return Ok(None) };
        let ended = operator.office.send(&asked.envelope).await;
        // Whatever it was, it is no longer waited for, unless it waits.
        *operator.waiting() = None;
        match ended.context(|| "renew certificates at the operator's registration")? {
            Ended::Registered(registered, _) => Ok(Some(Exchanged::Done(self.take(&asked, &registered)?))),
            Ended::Waiting(id) => {
                tracing::info!(id, "the renewal of certificates waits for the operator's approval");
                *operator.waiting() = Some(asked);
                Ok(Some(Exchanged::Waiting(id)))
            }
        }
    }

    /// The request for what is due of TLS and of the owner's signing; `None` if nothing is.
    pub(super) fn prepare_asked(&self, server: &ServerId, now: Instant) -> Result<Option<Asked>, CommandError> {
        self.ask_for(server, now, |slot| self.next(slot, now))
    }

    /// The request for new certificates for TLS and for the owner's signing, due or not, for keys that are made now.
    ///
    /// # Errors
    /// In words: a key cannot be made or used.
    pub(crate) fn exchange(&self, server: &ServerId, now: Instant) -> Result<Asked, CommandError> {
        let asked = self.ask_for(server, now, |slot| self.after(slot, &self.held(slot)?))?;
        asked.ok_or_else(|| CommandError::new("there is no certificate to be followed by another"))
    }

    fn ask_for(
        &self,
        server: &ServerId,
        now: Instant,
        wanted: impl Fn(&Slot) -> Result<Option<Due>, CommandError>,
    ) -> Result<Option<Asked>, CommandError> {
        let request = |slot: &Slot| wanted(slot)?.map(request).transpose();
        let tls = self.slots.iter().find(|slot| slot.member.is_none());
        let authentication = tls.map(request).transpose()?.flatten();
        let signing = self.owners(server).map(request).transpose()?.flatten();
        if authentication.is_none() && signing.is_none() {
            return Ok(None);
        }
        let of = |due: &Option<(String, CertificateRequest)>| due.as_ref().map(|(_, request)| request.clone());
        let (for_signing, for_tls) = (of(&signing), of(&authentication));
        let ask = Ask::Renew(Renew::new(&server.server, for_signing.as_ref(), for_tls.as_ref()));
        let envelope = self.request(server, ask, now)?;
        let label = |due: Option<(String, CertificateRequest)>| due.map(|(label, _)| label);
        Ok(Some(Asked { envelope, signing: label(signing), authentication: label(authentication) }))
    }

    /// A request to the operator's registration, signed for the member that owns the server: by its newest key that has a
    /// valid certificate, in software or in hardware.
    ///
    /// # Errors
    /// In words: there is no such key, or it cannot be used.
    pub(crate) fn request(&self, server: &ServerId, ask: Ask, now: Instant) -> Result<Envelope, CommandError> {
        let missing = || CommandError::new(format!("there is no [[gateway.signing]] of {}", server.owner));
        let (certificate, key) = self.signer(self.owners(server).ok_or_else(missing)?, now)?;
        let envelope = Office::request(&server.owner.instance, ask, Signer::certificate(&certificate), &key, now);
        envelope.context(|| "sign the request to the operator's registration")
    }

    /// The signing keys of the member that owns the server.
    fn owners(&self, server: &ServerId) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.member.as_ref() == Some(&server.owner))
    }

    /// The owner's newest certificate that is valid and in use, and its key.
    fn signer(&self, slot: &Slot, now: Instant) -> Result<(Certificate, PrivateKey), CommandError> {
        let held = self.in_use(slot)?.into_iter().filter(|held| held.certificate.is_valid_at(now));
        let newest = held.max_by_key(|held| held.certificate.not_before());
        let none = || {
            CommandError::new(format!(
                "no certificate of the key {} is valid and in use: ask for an invitation",
                slot.label
            ))
        };
        let newest = newest.ok_or_else(none)?;
        let key = self.key(&newest.label)?;
        Ok((newest.certificate, key))
    }

    /// Stores the certificates that came.
    ///
    /// # Errors
    /// In words: they are not for the keys of the request, or cannot be written.
    pub(crate) fn take(&self, asked: &Asked, registered: &Registered) -> Result<Vec<Taken>, CommandError> {
        let signing = registered.signing_certificate().context(|| "read the signing certificate")?;
        let authentication = registered.authentication_certificate().context(|| "read the TLS certificate")?;
        let pairs = [(&asked.signing, signing, false), (&asked.authentication, authentication, true)];
        let mut taken = Vec::new();
        for (label, certificate, is_tls) in pairs {
            let (Some(label), Some(certificate)) = (label, certificate) else { continue };
            if self.key(label)?.public_key().spki() != certificate.public_key().spki() {
                return Err(CommandError::new(format!("the certificate that came is not for the key {label}")));
            }
            let path = self.store(label, &certificate)?;
            taken.push(Taken { label: label.clone(), is_tls, certificate, path });
        }
        Ok(taken)
    }
}

/// The label of a new key and the request for its certificate.
fn request(due: Due) -> Result<(String, CertificateRequest), CommandError> {
    let request = CertificateRequest::create(&due.new, due.certificate.subject_name());
    request.map(|request| (due.label, request)).context(|| "make a certificate request")
}

impl Asked {
    /// What is sent.
    pub(crate) const fn envelope(&self) -> &Envelope {
        &self.envelope
    }
}

impl Operator {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Option<Asked>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
