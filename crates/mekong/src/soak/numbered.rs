//! Which request it was: its client and its number there, in its `X-Road-Id`.

use std::fmt;

/// One request of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Numbered {
    /// Number of the client.
    pub(super) client: u32,
    /// Number of its request.
    pub(super) number: u32,
}

impl Numbered {
    /// The request with this `X-Road-Id`; `None` if it is none of a run.
    pub(super) fn of_id(id: &str) -> Option<Self> {
        let (client, number) = id.strip_prefix("soak-")?.split_once('-')?;
        Some(Self { client: client.parse().ok()?, number: number.parse().ok()? })
    }
}

impl fmt::Display for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "soak-{}-{}", self.client, self.number)
    }
}
