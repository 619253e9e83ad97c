//! The request to the operator: made once, kept, sent until it is answered.

use super::folder::{Folder, Keys};
use super::step;
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

/// Registers; waits for approval if the operator wants to give it.
pub(super) async fn register(
    folder: &Folder,
    keys: &Keys,
    invitation: &Invitation,
    server: &ServerId,
    address: &str,
    patience: Duration,
    clock: &Clock,
) -> Result<Box<Registered>, CommandError> {
    let request = request(folder, keys, invitation, server, address, clock)?;
    let office = Office::new(&invitation.address, invitation.operator);
    let began = Stopwatch::now();
    let mut is_told = false;
    loop {
        match office.send(&request).await {
            Ok(Ended::Registered(registered, at)) => {
                tell_clock(at, clock);
                return Ok(registered);
            }
            Ok(Ended::Waiting(id)) => {
                if !is_told {
                    step("waiting", &format!("for the operator's approval of request {id}"));
                    println!(
                        "              tell the operator this fingerprint: {}",
                        fingerprint(request.statement.as_bytes())
                    );
                    is_told = true;
                }
                if began.elapsed() > patience {
                    let text = format!(
                        "the operator of {} has not approved request {id} within {} seconds: ask for it (there: mekong \
                         directory approve {id})",
                        server.owner.instance,
                        patience.as_secs()
                    );
                    return Err(CommandError::new(text));
                }
            }
            Err(error) => return Err(failed(&error, &invitation.address)),
        }
        tokio::time::sleep(POLL).await;
    }
}

/// The request of an earlier run, if it asks for the same; else a new one, kept before it is sent.
fn request(
    folder: &Folder,
    keys: &Keys,
    invitation: &Invitation,
    server: &ServerId,
    address: &str,
    clock: &Clock,
) -> Result<Envelope, CommandError> {
    if let Some(asked) = folder.asked()?.filter(|a| a.server == server.server && a.address == address) {
        return Ok(asked.request);
    }
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
    let request = request.context(|| "make the request")?;
    folder.keep_asked(&server.server, address, &request)?;
    Ok(request)
}

fn failed(error: &OfficeError, address: &str) -> CommandError {
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
    CommandError::new(format!("{told}{}", hint.replace("ADDRESS", address)))
}

/// A clock that is wrong makes everything after this fail in ways that nobody understands.
fn tell_clock(operator: mekong_base::Instant, clock: &Clock) {
    let now = clock.now();
    let difference = operator.since(now).max(now.since(operator));
    if difference > Duration::from_secs(30) {
        println!(
            "  clock       this machine says {now}, the operator {operator}: set the clock that is wrong (chrony, ntpd)"
        );
    }
}
