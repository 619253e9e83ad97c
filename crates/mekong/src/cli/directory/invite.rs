//! `mekong directory invite`: one text that lets a member register itself.

use super::{Node, qualified};
use crate::cli::{CommandError, CommandResult, Context};
use crate::node::directory::{Membership, keys};
use crate::node::enrolment;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use clap::Args;
use mekong_base::{Clock, MemberId};
use mekong_directory::publish::Definition;
use mekong_directory::registration::{Change, Event, Invitation};
use std::process::ExitCode;
use std::time::Duration;

/// Longest validity: a year.
const VALID_MAX: Duration = Duration::from_secs(366 * 86_400);

/// Options of `mekong directory invite`.
#[derive(Args)]
pub(crate) struct InviteOptions {
    /// The member: CLASS/CODE, as GOV/MOF.
    #[arg(value_name = "CLASS/CODE")]
    member: String,
    /// Its official name; not needed if it is in the directory already.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Code of a subsystem that it brings; may be given several times.
    #[arg(long = "subsystem", short = 's', value_name = "CODE")]
    subsystems: Vec<String>,
    /// How long the invitation is good: 30m, 12h, 7d.
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = duration)]
    valid: Duration,
    /// What is asked with it waits until you let it in with `mekong directory approve`.
    #[arg(long)]
    approve: bool,
    #[command(flatten)]
    node: Node,
    /// A JSON object instead of text.
    #[arg(long)]
    json: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time such as 30m, 12h or 7d (at most 366d)");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = text.trim_end_matches(unit).parse().map_err(|_| wrong())?;
    let valid = Duration::from_secs(number.saturating_mul(seconds));
    if valid.is_zero() || valid > VALID_MAX { Err(wrong()) } else { Ok(valid) }
}

/// Runs the command.
pub(super) fn run(options: &InviteOptions) -> CommandResult {
    let config = options.node.read()?;
    let (directory, registration) = enrolment::sections(&config)?;
    let Membership { definition, mut journal } = Membership::read(directory)?;
    let member: MemberId = qualified(&options.member, &definition)
        .parse()
        .context(|| format!("understand {:?} as CLASS/CODE, as in GOV/MOF", options.member))?;
    let name = check(options, &member, &definition)?;
    let key = enrolment::key(&keys(directory)?)?;
    let operator = enrolment::fingerprint(&key)?;
    let address = enrolment::address(registration, &definition)?;
    let invitation = Invitation::new(&address, operator, member.clone()).context(|| "make the invitation")?;
    let (secret, id) = (invitation.key().context(|| "make its key")?, invitation.id().context(|| "make its key")?);
    let now = Clock::system().now();
    let until = (now + options.valid).whole_seconds();
    let event = Event::Invited {
        id: id.clone(),
        key: BASE64.encode(secret.public_key().spki()),
        member: member.to_string(),
        name: name.clone(),
        subsystems: options.subsystems.clone(),
        until,
        approve: options.approve,
    };
    journal.exclusively(|journal| journal.append(now, event)).context(|| "record the invitation")?;
    if options.json {
        let json = serde_json::json!({
            "invitation": invitation.to_string(), "id": id, "member": member.to_string(), "name": name,
            "subsystems": options.subsystems, "until": until.to_string(), "approve": options.approve, "address": address,
        });
        println!("{json}");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{invitation}");
    eprintln!("Invitation {id} for {member} ({name}), good once, until {until}.");
    eprintln!("Whoever has this text can register as {member}: send it by a way that nobody else reads.");
    eprintln!("There: mekong join INVITATION --address HOST    It registers at {address}");
    if options.approve {
        eprintln!("What is asked waits for you: mekong directory requests, then mekong directory approve ID");
    }
    Ok(ExitCode::SUCCESS)
}

/// What the member is called; fails if it could not register.
fn check(options: &InviteOptions, member: &MemberId, definition: &Definition) -> Result<String, CommandError> {
    let known = definition.shared.members.iter().find(|m| m.id == *member);
    let name = match (known, &options.name) {
        (Some(known), _) => known.name.clone(),
        (None, Some(name)) => name.clone(),
        (None, None) => {
            return Err(CommandError::new(format!("{member} is new here: give its official name with --name")));
        }
    };
    let mut trial = definition.clone();
    let mut changes = Vec::new();
    if known.is_none() {
        changes.push(Change::AddMember { member: member.to_string(), name: name.clone() });
    }
    for code in &options.subsystems {
        if known.is_none_or(|m| m.subsystems.iter().all(|s| s.code != *code)) {
            changes.push(Change::AddSubsystem { client: member.subsystem(code).to_string(), name: None });
        }
    }
    Change::apply_all(&changes, &mut trial).context(|| format!("invite {member}"))?;
    Ok(name)
}
