//! How the message log works.

use super::archive::ArchiveConfig;
use super::timeliness::PROVABLE_DELAY;
use mekong_base::ClientId;
use std::collections::BTreeSet;
use std::time::Duration;

/// How the message log works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// How long messages are accepted while they cannot be time-stamped. Up to [`PROVABLE_DELAY`] those accepted are proven
    /// when time-stamps are back; a longer one keeps messages flowing of which some may never be.
    pub timestamp_delay_max: Duration,
    /// How often records are stamped.
    pub interval: Duration,
    /// How soon a failed time-stamp is tried again.
    pub retry: Duration,
    /// Records that share one time-stamp, at most.
    pub batch: u32,
    /// Bodies with more bytes than this are kept as files of their own.
    pub body_inline_max: usize,
    /// Whose bodies are kept.
    pub bodies: KeepBodies,
    /// Bodies with more bytes than this are not kept; `None`: all are.
    pub body_max: Option<u64>,
    /// How long a repeated request is recognised.
    pub repeats: Duration,
    /// How long records are kept after they were made; until they are archived they are kept in any case, so without
    /// archives for ever. `None`: for ever.
    pub retention: Option<Duration>,
    /// Archives, if there are to be any.
    pub archive: Option<ArchiveConfig>,
}

const DAY: Duration = Duration::from_secs(24 * 3600);

impl Default for Config {
    /// A delay of 20 minutes (the reference's are 4 hours); the reference's interval of a minute and retention of 30 days; 1,000 records a batch; bodies to 256
    /// KiB inline, all of them kept; repeats recognised for a day; no archives, and then nothing is ever removed.
    fn default() -> Self {
        Self {
            timestamp_delay_max: PROVABLE_DELAY,
            interval: Duration::from_secs(60),
            retry: Duration::from_secs(10),
            batch: 1000,
            body_inline_max: 256 << 10,
            bodies: KeepBodies::default(),
            body_max: None,
            repeats: DAY,
            retention: Some(30 * DAY),
            archive: None,
        }
    }
}

/// Whose bodies are kept. Without its body a container has only its digest, if its signature is over a hash chain, as ours
/// are where there is a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepBodies {
    /// Of services of subsystems that are not named.
    pub all: bool,
    /// Subsystems whose services are the other way.
    pub except: BTreeSet<ClientId>,
}

impl Default for KeepBodies {
    /// All.
    fn default() -> Self {
        Self { all: true, except: BTreeSet::new() }
    }
}

impl KeepBodies {
    /// Whether bodies of a service's messages are kept.
    pub fn of(&self, provider: &ClientId) -> bool {
        self.all != self.except.contains(provider)
    }
}
