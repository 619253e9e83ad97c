//! What the journal says: the invitations, the requests that wait, what was done.

use super::change::Change;
use super::envelope::Envelope;
use super::fingerprint;
use super::journal::Event;
use super::message::{Ask, Request, certificate};
use crate::publish::Definition;
use mekong_base::Instant;
use mekong_pki::Certificate;
use std::collections::BTreeMap;

/// An invitation, as the operator knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// When it was made.
    pub at: Instant,
    /// SubjectPublicKeyInfo of its key, base64.
    pub key: String,
    /// The member: `VN/GOV/MOF`.
    pub member: String,
    /// Its name for people.
    pub name: String,
    /// Codes of the subsystems that it brings.
    pub subsystems: Vec<String>,
    /// Until when it is good.
    pub until: Instant,
    /// Whether the operator has to approve what is asked with it.
    pub approve: bool,
    /// How it stands.
    pub standing: Standing,
}

/// How an invitation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It waits to be used.
    Open,
    /// It was used.
    Used {
        /// When.
        at: Instant,
        /// For which server, by its code.
        server: String,
    },
    /// The operator took it back.
    Withdrawn,
}

/// A request that needs the operator's approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// When it came.
    pub at: Instant,
    /// The invitation.
    pub invitation: String,
    /// SHA-256 of its statement, hex.
    pub request: String,
    /// What is asked.
    pub envelope: Envelope,
    /// `None` until the operator decided; then yes, or why not.
    pub decision: Option<Result<(), String>>,
}

/// What a request brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) server: String,
    pub(super) signing: Option<String>,
    pub(super) authentication: Option<String>,
}

/// The journal, folded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    invitations: BTreeMap<String, Invited>,
    waiting: BTreeMap<String, Waiting>,
    /// By the SHA-256 of the statement.
    done: BTreeMap<String, Done>,
    /// The time in the newest request of a member that was carried out, by the server's identifier.
    newest: BTreeMap<String, Instant>,
    /// Until when authentication certificates are good that were issued or registered here, by their SHA-256 in hex.
    ends: BTreeMap<String, Instant>,
    /// Every set of changes, in order.
    changes: Vec<Vec<Change>>,
}

/// How the operator calls a request: the first 16 hex digits of its fingerprint.
pub(super) fn request_id(request: &str) -> String {
    request.get(..16).unwrap_or_default().to_owned()
}

impl State {
    /// Every invitation by its name.
    pub const fn invitations(&self) -> &BTreeMap<String, Invited> {
        &self.invitations
    }

    /// Every request that needed approval, by its name.
    pub const fn waiting(&self) -> &BTreeMap<String, Waiting> {
        &self.waiting
    }

    pub(super) fn done(&self, request: &str) -> Option<&Done> {
        self.done.get(request)
    }

    /// The time in the newest request about this server that was carried out, invitations apart.
    pub(super) fn newest(&self, server: &str) -> Option<Instant> {
        self.newest.get(server).copied()
    }

    /// Until when the authentication certificate with this SHA-256 is good; `None` if it came by the members file alone.
    pub(super) fn end_of(&self, sha256: &str) -> Option<Instant> {
        self.ends.get(sha256).copied()
    }

    /// The sets of changes from the `from`th on.
    pub(super) fn changes_from(&self, from: usize) -> &[Vec<Change>] {
        self.changes.get(from..).unwrap_or_default()
    }

    pub(super) const fn change_count(&self) -> usize {
        self.changes.len()
    }

    /// Makes every change that was recorded, upon what the members file says. What is not possible any more, because the
    /// file was changed meanwhile, is left out with a warning.
    pub fn apply_to(&self, definition: &mut Definition) {
        apply(self.changes_from(0), definition);
    }

    pub(super) fn fold(&mut self, at: Instant, event: Event) {
        match event {
            Event::Invited { id, key, member, name, subsystems, until, approve } => {
                let standing = Standing::Open;
                let invited = Invited { at, key, member, name, subsystems, until, approve, standing };
                self.invitations.insert(id, invited);
            }
            Event::Withdrawn { id } => {
                if let Some(invited) = self.invitations.get_mut(&id) {
                    invited.standing = Standing::Withdrawn;
                }
            }
            Event::Waiting { invitation, server, request, envelope } => {
                self.use_up(&invitation, at, &server);
                let id = request_id(&request);
                self.waiting.insert(id, Waiting { at, invitation, request, envelope, decision: None });
            }
            Event::Approved { id } => self.decide(&id, Ok(())),
            Event::Refused { id, reason } => self.decide(&id, Err(reason)),
            Event::Changed { request, envelope, invitation, server, changes, signing, authentication } => {
                if let Some(envelope) = &envelope {
                    self.remember(&server, envelope);
                }
                if let Some(issued) = authentication.as_deref().and_then(|text| certificate(text).ok()) {
                    self.ends_of(&issued);
                }
                if let Some(invitation) = &invitation {
                    self.use_up(invitation, at, &server);
                }
                if let Some(request) = request {
                    self.done.insert(request, Done { server, signing, authentication });
                }
                self.changes.push(changes);
            }
        }
    }

    /// What later requests are held against. Requests to join are of invitations, which have an end and are good once.
    fn remember(&mut self, server: &str, envelope: &Envelope) {
        let Ok(request) = serde_json::from_str::<Request>(&envelope.statement) else { return };
        match &request.ask {
            Ask::Join(_) => return,
            Ask::AddCertificate { certificate: text, .. } => {
                if let Ok(registered) = certificate(text) {
                    self.ends_of(&registered);
                }
            }
            _ => {}
        }
        let newest = self.newest.entry(server.to_owned()).or_insert(request.at);
        *newest = (*newest).max(request.at);
    }

    fn ends_of(&mut self, certificate: &Certificate) {
        self.ends.insert(fingerprint(certificate.der()), certificate.not_after());
    }

    fn use_up(&mut self, invitation: &str, at: Instant, server: &str) {
        if let Some(invited) = self.invitations.get_mut(invitation).filter(|i| i.standing == Standing::Open) {
            invited.standing = Standing::Used { at, server: server.to_owned() };
        }
    }

    fn decide(&mut self, id: &str, decision: Result<(), String>) {
        if let Some(waiting) = self.waiting.get_mut(id).filter(|w| w.decision.is_none()) {
            waiting.decision = Some(decision);
        }
    }
}

pub(super) fn apply(sets: &[Vec<Change>], definition: &mut Definition) {
    for changes in sets {
        if let Err(error) = Change::apply_all(changes, definition) {
            tracing::warn!(%error, ?changes, "a registration does not fit the members file any more and is left out");
        }
    }
}
