//! The request to the operator: made once, kept, sent until it is answered.
//!
//! An invitation is used up by its first request, and only the very bytes of that one are answered again. So a request that
//! was kept is sent before another is made, whatever is asked for now; another takes its place only after the operator has
//! signed that it was not carried out.

use super::folder::{Asked, Folder, Keys};
use super::{Failed, step};
use crate::cli::{CommandError, Context};
use mekong_base::{Clock, ServerId};
use mekong_directory::registration::{
    Ask, Ended, Envelope, Invitation, Join, Office, OfficeError, Registered, Signer, fingerprint,
};
use mekong_message::subject::SubjectProfile;
use mekong_pki::request::CertificateRequest;
use std::time::{Duration, Instant as Stopwatch};

/// How often a request that waits for approval is sent again.
const POLL: Duration = Duration::from_secs(2);

/// What is asked for now.
pub(super) struct Wanted<'a> {
    pub(super) invitation: &'a Invitation,
    pub(super) server: &'a ServerId,
    pub(super) address: &'a str,
}

/// What is registered, as this run or an earlier one asked.
pub(super) struct Answered {
    pub(super) registered: Box<Registered>,
    pub(super) server: ServerId,
    /// The address that was asked for; it may have been changed since.
    pub(super) address: String,
}

/// Registers; waits for approval if the operator wants to give it.
pub(super) async fn register(
    folder: &Folder,
    keys: &Keys,
    wanted: &Wanted<'_>,
    patience: Duration,
    clock: &Clock,
) -> Result<Answered, Failed> {
    let until = Stopwatch::now() + patience;
    let office = Office::new(&wanted.invitation.address, wanted.invitation.operator);
    let asking = Asking { office, wanted, patience, until, clock };
    let failed = |error| failed(&error, &wanted.invitation.address);
    let mut refused = None;
    if let Some(kept) = folder.asked()? {
        match asking.until_answered(&kept).await? {
            Ok(answered) => return Ok(answered),
            Err(error) if is_not_done(&error) => refused = Some((kept, error)),
            Err(error) => return Err(failed(error)),
        }
    }
    let asked = folder.ask(&wanted.server.server, wanted.address, request(keys, wanted, clock)?);
    folder.keep_asked(&asked)?;
    match (asking.until_answered(&asked).await?, refused) {
        (Ok(answered), _) => Ok(answered),
        // The earlier one, which the operator has approved, has used the invitation up: it alone may be carried out later.
        (Err(OfficeError::Refused { code, .. }), Some((kept, error))) if code == "invitation_used" => {
            folder.keep_asked(&kept)?;
            let told = CommandError::because(format!("register at {}", wanted.invitation.address), &error);
            let text = format!(
                "{told}\nThe operator approved this, and no other request is taken with this invitation: ask the operator to \
                 make it possible, or for another invitation (which takes another folder: --dir)."
            );
            Err(CommandError::new(text).into())
        }
        (Err(error), _) => Err(failed(error)),
    }
}

/// Whether a refusal says that the request was not carried out, and that another may be. Others say nothing about an earlier
/// answer to the same bytes (`internal`), or are as true of another request.
fn is_not_done(error: &OfficeError) -> bool {
    matches!(error, OfficeError::Refused { code, .. } if code == "impossible" || code == "certificate")
}

struct Asking<'a> {
    office: Office,
    wanted: &'a Wanted<'a>,
    patience: Duration,
    until: Stopwatch,
    clock: &'a Clock,
}

impl Asking<'_> {
    /// Sends a request until it is registered or refused, or patience ends.
    async fn until_answered(&self, asked: &Asked) -> Result<Result<Answered, OfficeError>, CommandError> {
        let mut is_told = false;
        loop {
            match self.office.send(&asked.request).await {
                Ok(Ended::Registered(registered, at)) => {
                    tell_clock(at, self.clock);
                    let server = registered.server.parse().context(|| "understand which gateway is registered")?;
                    return Ok(Ok(Answered { registered, server, address: asked.address.clone() }));
                }
                Ok(Ended::Waiting(id)) => {
                    if !is_told {
                        self.tell_waiting(asked, &id);
                        is_told = true;
                    }
                    if Stopwatch::now() > self.until {
                        let text = format!(
                            "the operator of {} has not approved request {id} within {} seconds: ask for it (there: mekong \
                             directory approve {id})",
                            self.wanted.server.owner.instance,
                            self.patience.as_secs()
                        );
                        return Err(CommandError::new(text));
                    }
                }
                Err(error) => return Ok(Err(error)),
            }
            tokio::time::sleep(POLL).await;
        }
    }

    fn tell_waiting(&self, asked: &Asked, id: &str) {
        step("waiting", &format!("for the operator's approval of request {id}"));
        let print = fingerprint(asked.request.statement.as_bytes());
        eprintln!("              tell the operator this fingerprint: {print}");
        let Asked { server, address, .. } = asked;
        if *server != self.wanted.server.server || address != self.wanted.address {
            eprintln!("              an earlier run asked for it: {server} at {address}; it cannot be exchanged");
        }
    }
}

/// A new request.
fn request(keys: &Keys, wanted: &Wanted<'_>, clock: &Clock) -> Result<Envelope, CommandError> {
    let Wanted { invitation, server, address } = *wanted;
    let profile = SubjectProfile::Basic;
    let (code, country) = (&server.owner.code, &server.owner.instance);
    let certificate_request = |key, subject: Result<_, _>| {
        let subject = subject.context(|| format!("name {server}"))?;
        CertificateRequest::create(key, &subject).context(|| "make the requests for certificates")
    };
    // The operator writes the names into the certificates that it knows to be right; these are for people who look.
    let subject = profile.subject_for_member(&server.owner, &server.server, code, country.get(..2).unwrap_or("XX"));
    let signing = certificate_request(&keys.signing, subject)?;
    let subject = profile.subject_for_server(server, address, code, country.get(..2).unwrap_or("XX"));
    let authentication = certificate_request(&keys.authentication, subject)?;
    let ask = Ask::Join(Join::new(&server.server, address, &signing, &authentication));
    let id = invitation.id().context(|| "understand the invitation")?;
    let key = invitation.key().context(|| "understand the invitation")?;
    let request = Office::request(country, ask, Signer::Invitation(id), &key, clock.now());
    request.context(|| "make the request")
}

fn failed(error: &OfficeError, address: &str) -> Failed {
    let what = format!("register at {address}");
    let hint = match error {
        OfficeError::Unreachable(_) => {
            "\nIs that address reachable from here? Try: curl -I ADDRESS/internalconf   A firewall, a proxy or the operator's \
             node may be in the way; the operator sees requests in its log."
        }
        OfficeError::NotTheOperator { .. } => {
            "\nDo not go on: ask the operator for the fingerprint of its registration key, by another way."
        }
        OfficeError::Refused { code, reason } if code == "impossible" && reason.contains("address") => {
            "\nGive the address at which other gateways find this machine with --address HOST."
        }
        OfficeError::Refused { code, .. } if code == "impossible" => "\nChoose another code with --server CODE.",
        _ => "",
    };
    let told = CommandError::because(what, error);
    let text = CommandError::new(format!("{told}{}", hint.replace("ADDRESS", address)));
    Failed { error: text, is_final: is_final(error) }
}

/// Whether the operator, or who poses as it, says the same to the same command again: another invitation is needed.
fn is_final(error: &OfficeError) -> bool {
    match error {
        OfficeError::NotTheOperator { .. } => true,
        OfficeError::Refused { code, .. } => {
            code == "unknown_invitation" || code == "refused" || code.starts_with("invitation_")
        }
        _ => false,
    }
}

/// A clock that is wrong makes everything after this fail in ways that nobody understands.
fn tell_clock(operator: mekong_base::Instant, clock: &Clock) {
    let now = clock.now();
    let difference = operator.since(now).max(now.since(operator));
    if difference > Duration::from_secs(30) {
        eprintln!(
            "  clock       this machine says {now}, the operator {operator}: set the clock that is wrong (chrony, ntpd)"
        );
    }
}
