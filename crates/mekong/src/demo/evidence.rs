//! One exchange of the journey as evidence: exported from the asking gateway's log, verified, and broken in a copy.

use super::country::CountrySpec;
use super::journey::{Ended, Step};
use super::world::World;
use crate::cli::verify::TrustedConfiguration;
use crate::cli::{CommandError, Context};
use crate::node::gateway::GLOBAL_CONF;
use mekong_base::Clock;
use mekong_base::limits::ContainerLimits;
use mekong_exchange::messagelog::Part;
use mekong_message::asic::{self, Container, Contents};
use std::path::Path;

/// Exports and verifies the first exchange that was answered; says whether everything was as it must be.
///
/// # Errors
/// In words, if nothing can be exported or written.
pub(crate) async fn demonstrate(
    world: &World,
    steps: &[Step],
    ended: &[Ended],
    dir: &Path,
) -> Result<bool, CommandError> {
    let answered = steps.iter().zip(ended).find(|(_, e)| e.status.is_success() && e.query_id.is_some());
    let Some((step, Some(query_id))) = answered.map(|(step, e)| (step, e.query_id.as_deref())) else {
        println!("\nno exchange was answered: there is no evidence to show");
        return Ok(false);
    };
    let country = world.country(step.from);
    let Some(gateway) = &country.asker.gateway else { return Ok(false) };
    gateway.log().stamp_now().await.context(|| "time-stamp the message log")?;
    let folder = dir.join("evidence");
    std::fs::create_dir_all(&folder).context(|| format!("make {}", folder.display()))?;
    let global_conf = country.folder.join(CountrySpec::of(step.from).asker.folder).join("gateway").join(GLOBAL_CONF);
    let trusted = TrustedConfiguration::load(&global_conf)?;
    println!("\nevidence of '{}', as the gateway of {} logged it:", step.what, country.spec.asker.code);
    println!("  mekong verify --global-conf {} {}/*.asice", global_conf.display(), folder.display());
    let mut all_good = true;
    for part in [Part::Request, Part::Response] {
        let evidence = gateway.log().export(query_id, part).await.context(|| format!("export the {}", part.name()))?;
        let path = folder.join(format!("{}.asice", part.name()));
        std::fs::write(&path, &evidence.bytes).context(|| format!("write {}", path.display()))?;
        let verdict = trusted.judge(&evidence.bytes);
        all_good &= verdict.valid == Some(true);
        print_verdict(&path, &verdict);
        if part == Part::Response {
            let changed = change_one_byte(&evidence.bytes)?;
            let path = folder.join("response-changed.asice");
            std::fs::write(&path, &changed).context(|| format!("write {}", path.display()))?;
            let verdict = trusted.judge(&changed);
            all_good &= verdict.valid == Some(false);
            print_verdict(&path, &verdict);
        }
    }
    Ok(all_good)
}

fn print_verdict(path: &Path, verdict: &mekong_message::evidence::Verdict) {
    let word = match verdict.valid {
        Some(true) => "valid  ",
        Some(false) => "INVALID",
        None => "open   ",
    };
    println!("  {word} {}  [{}] {}", path.display(), verdict.reason, verdict.detail);
}

/// A copy in which the answer's status begins with another digit, packed anew as a forger would, so that only the
/// signature can tell.
///
/// # Errors
/// In words, if the container cannot be read or written.
fn change_one_byte(container: &[u8]) -> Result<Vec<u8>, CommandError> {
    let what = || "change the evidence";
    let container = Container::read(container, &ContainerLimits::default()).context(what)?;
    let mut message = container.message().to_vec();
    if let Some(first) = message.first_mut() {
        *first = b'5';
    }
    let attachments: Vec<Vec<u8>> = container.attachments().filter_map(|number| container.attachment(number)).collect();
    asic::write(&Contents {
        message: &message,
        signature: &container.signature().context(what)?,
        timestamp: container.timestamp().context(what)?.as_ref(),
        attachments: &attachments.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        created_at: Clock::system().now(),
    })
    .context(what)
}
