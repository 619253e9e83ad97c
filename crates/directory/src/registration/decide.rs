//! Decisions on requests: what is to be done, or why nothing is. Nothing is written here.

use super::change::{Change, Impossible, checked_address};
use super::envelope::{Envelope, Kind, Signer, decode};
use super::error::RegistrationError;
use super::message::{Ask, Join, Renew, Request, VERSION, certificate, certificate_request};
use super::state::{Invited, Standing, State, request_id};
use crate::publish::Definition;
use crate::shared::SecurityServer;
use mekong_authority::ca::{CertificateAuthority, RevocationReason};
use mekong_base::{Instant, MemberId, ServerId};
use mekong_crypto::{KeyType, PublicKey};
use mekong_message::subject::SubjectProfile;
use mekong_pki::Certificate;
use mekong_pki::name;
use mekong_pki::ocsp::Status;
use mekong_pki::request::CertificateRequest;
use std::time::Duration;

/// How far the time of a member's request may be from the operator's.
const CLOCK_MAX: Duration = Duration::from_secs(600);
/// Smallest public exponent of RSA keys.
const EXPONENT_MIN: u64 = 65_537;

/// What is to be done.
#[derive(Debug)]
pub(super) enum Decision {
    /// It was done before: the same answer again.
    Again,
    /// It waits for the operator, from now on or already.
    Wait {
        /// Whether that is to be written down.
        is_new: bool,
        invitation: String,
    },
    /// These changes, with these certificates.
    Do(Box<Work>),
}

/// Work to be done.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) server: ServerId,
    pub(super) address: String,
    pub(super) name: String,
    pub(super) invitation: Option<String>,
    /// Without those of the certificates, which do not exist yet.
    pub(super) changes: Vec<Change>,
    pub(super) signing: Option<CertificateRequest>,
    pub(super) authentication: Option<CertificateRequest>,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Signing,
    Authentication,
}

impl std::fmt::Display for Purpose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Signing => "signing",
            Self::Authentication => "authentication",
        })
    }
}

/// What decisions are made from.
pub(super) struct Facts<'a> {
    pub(super) state: &'a State,
    pub(super) definition: &'a Definition,
    pub(super) authority: &'a CertificateAuthority,
    pub(super) profile: SubjectProfile,
    pub(super) now: Instant,
}

impl Facts<'_> {
    /// Decides on a request; `fingerprint` is that of its statement.
    pub(super) fn decide(
        &self,
        envelope: &Envelope,
        request: &Request,
        fingerprint: &str,
    ) -> Result<Decision, RegistrationError> {
        // Who asks is found out before anything is told.
        match (&request.ask, &envelope.signer) {
            (Ask::Join(join), Signer::Invitation(id)) => {
                let invited = invited(self.state, envelope, id)?;
                self.check_frame(request)?;
                self.join(join, id, invited, fingerprint)
            }
            (Ask::Join(_), _) => not_allowed("to join, sign with the key of an invitation"),
            (_, Signer::Certificate(text)) => {
                let member = self.member(envelope, &certificate(text)?)?;
                self.check_frame(request)?;
                if self.state.done(fingerprint).is_some() {
                    return Ok(Decision::Again);
                }
                let distance = request.at.since(self.now).max(self.now.since(request.at));
                if distance > CLOCK_MAX {
                    return Err(RegistrationError::Clock { said: request.at, now: self.now });
                }
                let server = member.server(request.server());
                // What was held back on the way must not undo what was asked after it.
                if let Some(newest) = self.state.newest(&server.to_string()).filter(|newest| request.at < *newest) {
                    return Err(RegistrationError::Superseded { said: request.at, newest });
                }
                Ok(Decision::Do(Box::new(self.change(&request.ask, server)?)))
            }
            _ => not_allowed("sign with the member's signing key, and send its certificate"),
        }
    }

    fn check_frame(&self, request: &Request) -> Result<(), RegistrationError> {
        if request.version != VERSION {
            let reason = format!("version {} is not read, {VERSION} is", request.version);
            return Err(RegistrationError::Malformed(reason));
        }
        if request.instance != self.definition.instance() {
            let own = self.definition.instance();
            return not_allowed(format!("the request is for {}, this is the operator of {own}", request.instance));
        }
        Ok(())
    }

    /// The member whose signing key signed: its certificate is from our authority, good, and names the member.
    fn member(&self, envelope: &Envelope, certificate: &Certificate) -> Result<MemberId, RegistrationError> {
        let verified = envelope.verify(Kind::Request, certificate.public_key());
        verified.map_err(|error| RegistrationError::NotAllowed(error.to_string()))?;
        if !is_issued_by(self.authority, certificate) || !certificate.is_signing() {
            let subject = certificate.subject();
            return not_allowed(format!("{subject} is no signing certificate of {}", self.authority.name()));
        }
        if !certificate.is_valid_at(self.now) {
            let (subject, until) = (certificate.subject(), certificate.not_after());
            return not_allowed(format!(
                "the certificate of {subject} was valid until {until}: ask the operator for an invitation"
            ));
        }
        if self.authority.status(certificate.serial())? != Status::Good {
            return not_allowed(format!("the certificate of {} is revoked", certificate.subject()));
        }
        let member = self.profile.member_of(certificate, self.definition.instance());
        member.map_err(|error| RegistrationError::NotAllowed(error.to_string()))
    }

    fn join(&self, join: &Join, id: &str, invited: &Invited, fingerprint: &str) -> Result<Decision, RegistrationError> {
        if self.state.done(fingerprint).is_some() {
            return Ok(Decision::Again);
        }
        let waiting = self.state.waiting().get(&request_id(fingerprint)).filter(|w| w.request == fingerprint);
        let invitation = id.to_owned();
        match waiting.map(|w| &w.decision) {
            Some(None) => return Ok(Decision::Wait { is_new: false, invitation }),
            Some(Some(Err(reason))) => return Err(RegistrationError::Refused(reason.clone())),
            Some(Some(Ok(()))) => return Ok(Decision::Do(Box::new(self.joining(join, id, invited)?))),
            None => {}
        }
        match &invited.standing {
            Standing::Used { at, server } => Err(RegistrationError::Used { at: *at, server: server.clone() }),
            Standing::Withdrawn => Err(RegistrationError::Withdrawn),
            Standing::Open if invited.until <= self.now => {
                Err(RegistrationError::Expired { until: invited.until, now: self.now })
            }
            Standing::Open => {
                let work = self.joining(join, id, invited)?;
                Ok(if invited.approve {
                    Decision::Wait { is_new: true, invitation }
                } else {
                    Decision::Do(Box::new(work))
                })
            }
        }
    }

    fn joining(&self, join: &Join, id: &str, invited: &Invited) -> Result<Work, RegistrationError> {
        let impossible = |e: mekong_base::ident::IdentError| Impossible(e.to_string());
        let member: MemberId = invited.member.parse().map_err(impossible)?;
        mekong_base::ident::check_segment(&join.server).map_err(impossible)?;
        let address = checked_address(&join.address)?;
        let signing = self.key_request(&join.signing, Purpose::Signing)?;
        let authentication = self.key_request(&join.authentication, Purpose::Authentication)?;
        check_two_keys(&signing, &authentication)?;
        let server = member.server(join.server.clone());
        let known = self.definition.shared.members.iter().find(|m| m.id == member);
        let mut changes = Vec::new();
        if known.is_none() {
            changes.push(Change::AddMember { member: member.to_string(), name: invited.name.clone() });
        }
        let has = |code: &String| known.is_some_and(|m| m.subsystems.iter().any(|s| s.code == *code));
        let clients = invited.subsystems.iter().map(|code| (code, member.subsystem(code.clone()).to_string()));
        for (_, client) in clients.clone().filter(|(code, _)| !has(code)) {
            changes.push(Change::AddSubsystem { client, name: None });
        }
        changes.push(Change::AddServer { server: server.to_string(), address: address.clone() });
        let register = |(_, client)| Change::AddClient { server: server.to_string(), client };
        changes.extend(clients.map(register));
        self.check_with_certificate(&changes, &server)?;
        let name = known.map_or_else(|| invited.name.clone(), |m| m.name.clone());
        let (signing, authentication) = (Some(signing), Some(authentication));
        Ok(Work { server, address, name, invitation: Some(id.to_owned()), changes, signing, authentication })
    }

    /// What its owner asks about a server.
    fn change(&self, ask: &Ask, server: ServerId) -> Result<Work, RegistrationError> {
        let (member, code, id) = (&server.owner, &server.server, server.to_string());
        let found = self.definition.shared.servers.iter().find(|s| s.id == server);
        let Some(found) = found else { return not_allowed(format!("{member} has no server {code} in the directory")) };
        let (mut signing, mut authentication) = (None, None);
        let changes = match ask {
            Ask::Join(_) => return not_allowed("to join, sign with the key of an invitation"),
            Ask::Renew(renew) => {
                (signing, authentication) = self.renewed(renew)?;
                if authentication.is_some() { self.ended(found) } else { Vec::new() }
            }
            Ask::AddCertificate { certificate: text, .. } => {
                let added = certificate(text)?;
                self.check_authentication(&added, &server)?;
                let mut changes = self.ended(found);
                changes.push(Change::AddCertificate { server: id, sha256: super::fingerprint(added.der()) });
                changes
            }
            Ask::SetAddress { address, .. } => vec![Change::SetAddress { server: id, address: address.clone() }],
            Ask::AddSubsystem { code, name, .. } => self.subsystem(&server, code, name.as_ref()),
            Ask::RemoveSubsystem { code, .. } => {
                vec![Change::RemoveClientFrom { server: id, client: member.subsystem(code).to_string() }]
            }
            Ask::RemoveCertificate { sha256, .. } => {
                vec![Change::RemoveCertificate { server: id, sha256: sha256.clone() }]
            }
            Ask::Retire { .. } => vec![Change::RemoveServer { server: id }],
        };
        match authentication {
            Some(_) => self.check_with_certificate(&changes, &server)?,
            None => self.check(&changes)?,
        }
        let known = self.definition.shared.members.iter().find(|m| m.id == *member);
        Ok(Work {
            address: found.address.clone().unwrap_or_default(),
            name: known.map(|m| m.name.clone()).unwrap_or_default(),
            server,
            invitation: None,
            changes,
            signing,
            authentication,
        })
    }

    /// Authentication certificates of a server that have ended are taken out when another comes. One is always left, since a
    /// server has one at least; those that the members file brought are for the operator.
    fn ended(&self, server: &SecurityServer) -> Vec<Change> {
        let hashes = server.auth_cert_hashes.iter().map(hex::encode);
        let ended = hashes.filter(|sha256| self.state.end_of(sha256).is_some_and(|end| end < self.now));
        let remove = |sha256| Change::RemoveCertificate { server: server.id.to_string(), sha256 };
        ended.map(remove).take(server.auth_cert_hashes.len().saturating_sub(1)).collect()
    }

    /// Whether a certificate is from our authority, good, for TLS, and names the server's owner as those that are issued here.
    fn check_authentication(&self, certificate: &Certificate, server: &ServerId) -> Result<(), RegistrationError> {
        let refused = |reason: String| Err(RegistrationError::Certificate(reason));
        let subject = certificate.subject();
        if !is_issued_by(self.authority, certificate) || !certificate.is_authentication() {
            return refused(format!("{subject} is no authentication certificate of {}", self.authority.name()));
        }
        if !certificate.is_valid_at(self.now) || self.authority.status(certificate.serial())? != Status::Good {
            return refused(format!("the certificate of {subject} has expired or is revoked"));
        }
        let known = self.definition.shared.members.iter().find(|m| m.id == server.owner);
        let organisation = known.map(|m| m.name.as_str()).unwrap_or_default();
        let expected = self.profile.subject_for_server(server, "host", organisation, self.authority.country());
        let expected = expected.map_err(|e| RegistrationError::Certificate(e.to_string()))?;
        let telling = match name::attribute(&expected, name::SERIAL_NUMBER) {
            Some(_) => name::SERIAL_NUMBER,
            None => name::COMMON_NAME,
        };
        if certificate.subject_attribute(telling) != name::attribute(&expected, telling) {
            return refused(format!("the certificate of {subject} is not of {}", server.owner));
        }
        Ok(())
    }

    fn subsystem(&self, server: &ServerId, code: &str, name: Option<&String>) -> Vec<Change> {
        let (member, client) = (&server.owner, server.owner.subsystem(code));
        let known = self.definition.shared.members.iter().find(|m| m.id == *member);
        let is_known = known.is_some_and(|m| m.subsystems.iter().any(|s| s.code == code));
        let add = (!is_known).then(|| Change::AddSubsystem { client: client.to_string(), name: name.cloned() });
        let register = Change::AddClient { server: server.to_string(), client: client.to_string() };
        add.into_iter().chain([register]).collect()
    }

    fn renewed(
        &self,
        renew: &Renew,
    ) -> Result<(Option<CertificateRequest>, Option<CertificateRequest>), RegistrationError> {
        let signing = renew.signing.as_deref().map(|text| self.key_request(text, Purpose::Signing)).transpose()?;
        let authentication = renew.authentication.as_deref();
        let authentication = authentication.map(|text| self.key_request(text, Purpose::Authentication)).transpose()?;
        if signing.is_none() && authentication.is_none() {
            return Err(RegistrationError::Malformed("it asks for no certificate".to_owned()));
        }
        if let (Some(signing), Some(authentication)) = (&signing, &authentication) {
            check_two_keys(signing, authentication)?;
        }
        Ok((signing, authentication))
    }

    /// A request for a certificate: possession is proved, the key is of a kind that others take, and nobody else's.
    fn key_request(&self, text: &str, purpose: Purpose) -> Result<CertificateRequest, RegistrationError> {
        let refused = |reason: String| RegistrationError::Certificate(format!("the {purpose} key: {reason}"));
        let request = certificate_request(text)?;
        request.verify().map_err(|error| refused(error.to_string()))?;
        let key = request.public_key();
        let is_fit = match key.key_type() {
            KeyType::P256 | KeyType::P384 | KeyType::P521 => true,
            KeyType::Rsa(bits) => bits >= 2048 && key.rsa_exponent().is_some_and(|e| e >= EXPONENT_MIN),
            _ => false,
        };
        if !is_fit {
            return Err(refused(format!(
                "{} is not taken: P-256, P-384, P-521, RSA of 2048 bits and more are",
                key.key_type()
            )));
        }
        let is_lost = |reason: &RevocationReason| *reason == RevocationReason::KeyCompromise;
        let issued = self.authority.certificates_for(key)?;
        if issued.iter().any(|i| i.revoked.as_ref().is_some_and(|(_, reason)| is_lost(reason))) {
            return Err(refused(
                "it is known to others (a certificate of it was revoked for that): make a new one".into(),
            ));
        }
        let is_elsewhere = |certificate: &Certificate| match purpose {
            Purpose::Signing => certificate.is_authentication(),
            Purpose::Authentication => certificate.is_signing(),
        };
        if issued.iter().any(|i| is_elsewhere(&i.certificate)) {
            return Err(refused("it has a certificate for the other purpose already: make a new one".into()));
        }
        Ok(request)
    }

    /// Whether the changes are possible, and a certificate more after them: nothing is issued that cannot be registered.
    fn check_with_certificate(&self, changes: &[Change], server: &ServerId) -> Result<(), RegistrationError> {
        let place_held = Change::AddCertificate { server: server.to_string(), sha256: "00".repeat(32) };
        self.check(&[changes, &[place_held]].concat())
    }

    fn check(&self, changes: &[Change]) -> Result<(), RegistrationError> {
        Ok(Change::apply_all(changes, &mut self.definition.clone())?)
    }
}

fn check_two_keys(signing: &CertificateRequest, authentication: &CertificateRequest) -> Result<(), RegistrationError> {
    if signing.public_key().secret_mark() == authentication.public_key().secret_mark() {
        let reason = "signing and authentication need a key each: these are the same";
        return Err(RegistrationError::Certificate(reason.to_owned()));
    }
    Ok(())
}

/// The invitation whose key signed. Whether there is one of that name is not told to others.
fn invited<'s>(state: &'s State, envelope: &Envelope, id: &str) -> Result<&'s Invited, RegistrationError> {
    let invited = state.invitations().get(id).ok_or(RegistrationError::UnknownInvitation)?;
    let spki = decode(&invited.key, "key").map_err(|_| RegistrationError::UnknownInvitation)?;
    let key = PublicKey::from_spki(&spki).map_err(|_| RegistrationError::UnknownInvitation)?;
    envelope.verify(Kind::Request, &key).map_err(|_| RegistrationError::UnknownInvitation)?;
    Ok(invited)
}

/// Whether the envelope is signed by somebody whom we know, before any lock is taken and anything costly is done for it.
pub(super) fn check_signer(
    state: &State,
    authority: &CertificateAuthority,
    envelope: &Envelope,
) -> Result<(), RegistrationError> {
    match &envelope.signer {
        Signer::Invitation(id) => invited(state, envelope, id).map(|_| ()),
        Signer::Certificate(text) => {
            let certificate = certificate(text)?;
            let verified = envelope.verify(Kind::Request, certificate.public_key());
            verified.map_err(|error| RegistrationError::NotAllowed(error.to_string()))?;
            match is_issued_by(authority, &certificate) {
                true => Ok(()),
                false => not_allowed(format!("{} is no certificate of {}", certificate.subject(), authority.name())),
            }
        }
        Signer::Key(_) => not_allowed("sign with the key of an invitation, or with the member's signing key"),
    }
}

fn is_issued_by(authority: &CertificateAuthority, certificate: &Certificate) -> bool {
    let issuing = authority.issuing();
    certificate.names_issuer(issuing) && certificate.verify_signature(issuing.public_key()).is_ok()
}

fn not_allowed<T>(reason: impl Into<String>) -> Result<T, RegistrationError> {
    Err(RegistrationError::NotAllowed(reason.into()))
}
