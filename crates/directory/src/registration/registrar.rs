//! The operator's side at work: a request is decided on, certificates are issued, the journal is written, the directory
//! published, the answer signed; in this order, so that a crash anywhere leaves a request that can be sent again.

use super::change::Change;
use super::decide::{Decision, Facts, Work, check_signer};
use super::envelope::{Envelope, Kind, Signer, encode};
use super::error::RegistrationError;
use super::fingerprint;
use super::journal::{Event, Journal};
use super::message::{Answer, Outcome, Registered, Request, VERSION};
use super::state::{self, request_id};
use crate::publish::{Definition, Publisher};
use mekong_authority::ca::CertificateAuthority;
use mekong_base::{Clock, Instant, ServerId};
use mekong_crypto::{CryptoError, PrivateKey};
use mekong_message::subject::SubjectProfile;
use mekong_pki::Certificate;
use mekong_pki::issue::Profile;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often it looks whether a command of the operator wrote something.
const LOOK: Duration = Duration::from_millis(500);

/// Takes registrations. Share it in an [`Arc`]; everything here blocks for disk and keys.
#[derive(Debug)]
pub struct Registrar {
    publisher: Arc<Publisher>,
    authority: CertificateAuthority,
    key: PrivateKey,
    journal: Mutex<Known>,
    clock: Clock,
}

#[derive(Debug)]
struct Known {
    journal: Journal,
    /// Sets of changes that are published.
    published: usize,
}

impl Registrar {
    /// A registrar whose answers `key` signs. `publisher` publishes already what `journal` says.
    pub fn new(
        publisher: Arc<Publisher>,
        authority: CertificateAuthority,
        key: PrivateKey,
        journal: Journal,
        clock: Clock,
    ) -> Arc<Self> {
        let published = journal.state().change_count();
        let journal = Mutex::new(Known { journal, published });
        Arc::new(Self { publisher, authority, key, journal, clock })
    }

    /// Takes a request and gives the signed answer; a refusal is one too.
    ///
    /// # Errors
    /// [`CryptoError`] if the answer cannot be signed.
    pub fn take(&self, body: &[u8]) -> Result<Envelope, CryptoError> {
        let now = self.clock.now();
        let envelope: Result<Envelope, _> = serde_json::from_slice(body);
        let (request, outcome) = match envelope {
            Ok(envelope) => (fingerprint(envelope.statement.as_bytes()), self.outcome(&envelope, now)),
            Err(error) => (fingerprint(body), Err(RegistrationError::Malformed(error.to_string()))),
        };
        let outcome = outcome.unwrap_or_else(|error| refused(&error));
        let answer = Answer { version: VERSION, request, at: now, outcome };
        let statement = serde_json::to_string(&answer).map_err(|_| CryptoError::KeyOperation)?;
        Envelope::sign(Kind::Answer, statement, Signer::key(self.key.public_key()), &self.key)
    }

    fn outcome(&self, envelope: &Envelope, now: Instant) -> Result<Outcome, RegistrationError> {
        let request: Request = serde_json::from_str(&envelope.statement)
            .map_err(|error| RegistrationError::Malformed(error.to_string()))?;
        let name = fingerprint(envelope.statement.as_bytes());
        let mut known = self.known();
        let Known { journal, published } = &mut *known;
        journal.catch_up()?;
        check_signer(journal.state(), &self.authority, envelope)?;
        let registered = journal.exclusively(|journal| {
            self.publish(journal, published)?;
            let definition = self.publisher.definition();
            let facts = Facts {
                state: journal.state(),
                definition: &definition,
                authority: &self.authority,
                profile: self.profile(&definition),
                now,
            };
            match facts.decide(envelope, &request, &name)? {
                Decision::Again => {}
                Decision::Wait { is_new, invitation } => {
                    if is_new {
                        let (server, request) = (request.server().to_owned(), name.clone());
                        let envelope = envelope.clone();
                        journal.append(now, Event::Waiting { invitation, server, request, envelope })?;
                    }
                    return Ok(Outcome::Waiting { id: request_id(&name) });
                }
                Decision::Do(work) => {
                    let event = self.carry_out(*work, envelope, &name, &definition, now)?;
                    journal.append(now, event)?;
                    self.publish(journal, published)?;
                }
            }
            self.registered(journal, &name)
        })?;
        Ok(registered)
    }

    /// Has the certificates issued.
    fn carry_out(
        &self,
        work: Work,
        envelope: &Envelope,
        name: &str,
        definition: &Definition,
        now: Instant,
    ) -> Result<Event, RegistrationError> {
        let Work { server, address, name: organisation, invitation, mut changes, signing, authentication } = work;
        let profile = self.profile(definition);
        let country = self.authority.country();
        let refused = |error: mekong_message::subject::SubjectError| RegistrationError::Certificate(error.to_string());
        let issue = |request: &mekong_pki::request::CertificateRequest, kind: Profile, subject| {
            let certificate: Certificate = self.authority.issue(request, kind, Some(&subject), now)?;
            Ok::<_, RegistrationError>(certificate)
        };
        // Both names before either certificate: none is issued for nothing.
        let member = profile.subject_for_member(&server.owner, &server.server, &organisation, country);
        let signing = signing.map(|request| member.map(|name| (request, name))).transpose().map_err(refused)?;
        let host = profile.subject_for_server(&server, &address, &organisation, country);
        let authentication =
            authentication.map(|request| host.map(|name| (request, name))).transpose().map_err(refused)?;
        let signing = signing.map(|(request, subject)| issue(&request, Profile::Signing, subject)).transpose()?;
        let authentication =
            authentication.map(|(request, subject)| issue(&request, names_of(&address), subject)).transpose()?;
        if let Some(certificate) = &authentication {
            let sha256 = fingerprint(certificate.der());
            changes.push(Change::AddCertificate { server: server.to_string(), sha256 });
        }
        Change::apply_all(&changes, &mut definition.clone())?;
        Ok(Event::Changed {
            request: Some(name.to_owned()),
            envelope: Some(envelope.clone()),
            invitation,
            server: server.to_string(),
            changes,
            signing: signing.map(|c| encode(c.der())),
            authentication: authentication.map(|c| encode(c.der())),
        })
    }

    fn registered(&self, journal: &Journal, name: &str) -> Result<Outcome, RegistrationError> {
        let lost = || RegistrationError::Malformed("what was done is not recorded".to_owned());
        let done = journal.state().done(name).ok_or_else(lost)?;
        let definition = self.publisher.definition();
        let server: Option<ServerId> = done.server.parse().ok();
        let found = definition.shared.servers.iter().find(|s| Some(&s.id) == server.as_ref());
        let owner = server.as_ref().and_then(|s| definition.shared.members.iter().find(|m| m.id == s.owner));
        Ok(Outcome::Registered(Box::new(Registered {
            server: done.server.clone(),
            name: owner.map(|m| m.name.clone()).unwrap_or_default(),
            clients: found.map(|s| s.clients.iter().map(ToString::to_string).collect()).unwrap_or_default(),
            signing: done.signing.clone(),
            authentication: done.authentication.clone(),
            anchor: self.publisher.internal_anchor().write(),
            federation: definition.private.federated.iter().map(|anchor| anchor.instance.clone()).collect(),
        })))
    }

    /// Publishes what the journal has more than the directory.
    fn publish(&self, journal: &Journal, published: &mut usize) -> Result<(), RegistrationError> {
        let news = journal.state().changes_from(*published);
        if !news.is_empty() {
            self.publisher.update(|definition, _| state::apply(news, definition))?;
            *published += news.len();
        }
        Ok(())
    }

    /// Publishes what the operator's commands wrote.
    ///
    /// # Errors
    /// [`RegistrationError`] about the journal or publishing.
    pub fn catch_up(&self) -> Result<(), RegistrationError> {
        let mut known = self.known();
        let Known { journal, published } = &mut *known;
        journal.catch_up()?;
        self.publish(journal, published)
    }

    /// Catches up for ever; abort the task to stop.
    pub async fn run(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK).await;
            let registrar = Arc::clone(&self);
            match tokio::task::spawn_blocking(move || registrar.catch_up()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "registrations of other processes are not published"),
                Err(error) => tracing::error!(%error, "reading registrations was interrupted"),
            }
        }
    }

    /// How certificates of our authority name members.
    fn profile(&self, definition: &Definition) -> SubjectProfile {
        let issuing = self.authority.issuing().der();
        let has = |a: &&crate::shared::ApprovedAuthority| {
            std::iter::once(&a.top).chain(&a.intermediates).any(|c| c.cert == issuing)
        };
        let approved = definition.shared.authorities.iter().find(has);
        approved.map_or(SubjectProfile::Basic, |a| SubjectProfile::from_class_name(&a.profile))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn names_of(address: &str) -> Profile {
    match address.parse() {
        Ok(ip) => Profile::Authentication { dns: Vec::new(), ips: vec![ip] },
        Err(_) => Profile::Authentication { dns: vec![address.to_owned()], ips: Vec::new() },
    }
}

fn refused(error: &RegistrationError) -> Outcome {
    if error.is_askers() {
        return Outcome::Refused { code: error.code().to_owned(), reason: error.to_string() };
    }
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |e| e.source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    tracing::error!(error = causes.join(": "), "a registration failed");
    let reason = "the operator's node failed to register you, and its log says why: tell the operator, then try again";
    Outcome::Refused { code: error.code().to_owned(), reason: reason.to_owned() }
}
