//! The message log, to those who may see it: who exchanged what with whom, what became of it, and the evidence. What was said
//! is in the evidence alone, and who takes it stands in the audit log.
//!
//! - [`list`]: the newest exchanges, and a search; [`told`]: one of them; [`evidence`]: its containers.

mod evidence;
mod list;
mod told;

pub(super) use evidence::{Choice, document, download, sent};
pub(super) use list::show;
pub(super) use told::read;

use super::Desk;
use super::failure::Failure;
use super::reader::Reader;
use mekong_base::Instant;
use mekong_exchange::gateway::Handle;
use mekong_exchange::messagelog::{MessageLogError, Side, Wanted};

/// Bytes of an id that is searched for, at most.
const ID_MAX: usize = 512;

impl From<MessageLogError> for Failure {
    fn from(error: MessageLogError) -> Self {
        match error {
            MessageLogError::NotStamped { .. } => Self::NotYet(String::new()),
            MessageLogError::NoRecord { .. } | MessageLogError::NotFound { .. } => Self::NotFound(error.to_string()),
            MessageLogError::TooMuch { .. } => Self::Parameter("id", error.to_string()),
            _ => Self::Broken(error.to_string()),
        }
    }
}

/// The gateway, which keeps the log while it runs.
pub(super) fn gateway(desk: &Desk) -> Result<Handle, Failure> {
    desk.handle().ok_or_else(|| Failure::NotYet("the gateway is not running yet".to_owned()))
}

/// An id as it was asked for.
fn id(text: &str) -> Result<&str, Failure> {
    match text.len() {
        0 => Err(Failure::Parameter("id", "an X-Road-Id or an x-road-request-id is wanted".to_owned())),
        1..=ID_MAX => Ok(text),
        _ => Err(Failure::Parameter("id", format!("it has more than {ID_MAX} bytes"))),
    }
}

/// Which exchanges a query asks for.
pub(super) fn wanted(reader: &Reader) -> Result<Wanted, Failure> {
    let some = |name| Some(reader.asked(name).to_owned()).filter(|text| !text.is_empty());
    let time = |name| {
        let wrong = || Failure::Parameter(name, "a time is wanted: 2026-11-22T08:00:00Z".to_owned());
        some(name).map(|text| text.parse::<Instant>().map_err(|_| wrong())).transpose()
    };
    let side = match reader.asked("side") {
        "" => None,
        "consumer" => Some(Side::Consumer),
        "provider" => Some(Side::Provider),
        _ => return Err(Failure::Parameter("side", "there are consumer and provider".to_owned())),
    };
    let wrong = |_| Failure::Parameter("status_min", "an HTTP status is wanted: 400".to_owned());
    Ok(Wanted {
        client: some("client"),
        service: some("service"),
        side,
        status_min: some("status_min").map(|text| text.parse().map_err(wrong)).transpose()?,
        since: time("since")?,
        until: time("until")?,
    })
}
