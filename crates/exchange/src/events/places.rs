//! Where the ledgers of topics and subscriptions are.

use super::settings::SettingError;
use super::wire::journal::NotRead;
use super::wire::stored::NotStored;
use mekong_base::{ClientId, Clock};
use mekong_ledger::{Disk, Ledger, LedgerError, Options};
use mekong_store::Postgres;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Everything but letters, digits and hyphens is escaped, so that a dot stands between parts only.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');
/// Bytes at which a segment of a ledger of events is sealed; what is removed is removed by segments.
const SEGMENT_BYTES: u64 = 16 << 20;

/// Why events cannot be kept or found.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum EventsFailure {
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A record of a subscription cannot be read.
    #[error(transparent)]
    Journal(#[from] NotRead),
    /// A record of a topic cannot be read.
    #[error("record {position} of the topic: {source}")]
    Topic {
        /// Which.
        position: u64,
        /// Why.
        source: NotStored,
    },
    /// The settings cannot be.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Another gateway works on the subscription now.
    #[error("another gateway works on this subscription now")]
    Overtaken,
}

/// Where ledgers are kept.
#[derive(Debug, Clone)]
pub struct Places {
    at: At,
    options: Options,
    clock: Clock,
    holder: String,
    keep: Option<Duration>,
    failed: Arc<watch::Sender<Option<LedgerError>>>,
}

#[derive(Debug, Clone)]
enum At {
    Folder(PathBuf, Disk),
    Postgres(Postgres),
}

impl Places {
    /// In a folder of this gateway alone.
    pub fn files(folder: impl Into<PathBuf>, disk: Disk, options: Options, clock: Clock) -> Self {
        let options = Options { segment_bytes: SEGMENT_BYTES, ..options };
        Self {
            at: At::Folder(folder.into(), disk),
            options,
            clock,
            holder: "this gateway".to_owned(),
            keep: None,
            failed: Arc::default(),
        }
    }

    /// In a PostgreSQL that several gateways share. Which of them works on a subscription, leases decide.
    pub fn postgres(database: Postgres, options: Options, clock: Clock) -> Self {
        Self {
            at: At::Postgres(database),
            options,
            clock,
            holder: uuid::Uuid::new_v4().to_string(),
            keep: None,
            failed: Arc::default(),
        }
    }

    /// Keeps events of topics so long; for ever, if nothing is said.
    pub const fn keeping(mut self, keep: Option<Duration>) -> Self {
        self.keep = keep;
        self
    }

    /// How long events of topics are kept.
    pub const fn keep(&self) -> Option<Duration> {
        self.keep
    }

    /// The time.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Who works on subscriptions here. Files are open in one process alone, so that its next start is the same holder.
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// May others work on the same ledgers?
    pub const fn is_shared(&self) -> bool {
        matches!(self.at, At::Postgres(_))
    }

    /// Resolves when one of the ledgers takes nothing more, with the reason ([`Ledger::failed`]).
    pub async fn failed(&self) -> Option<LedgerError> {
        self.failed.subscribe().wait_for(Option::is_some).await.ok()?.clone()
    }

    /// The ledger of a topic.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub async fn topic(&self, publisher: &ClientId, topic: &str) -> Result<Ledger, LedgerError> {
        self.open("topics", &format!("{}.{}", escaped(publisher), escape(topic))).await
    }

    /// The ledger of a subscription to a topic. Another topic under the same name has another one: positions and ids are a
    /// topic's.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub async fn subscription(
        &self,
        owner: &ClientId,
        name: &str,
        provider: &ClientId,
        topic: &str,
    ) -> Result<Ledger, LedgerError> {
        let (owner, provider) = (escaped(owner), escaped(provider));
        self.open("subscriptions", &format!("{owner}.{}.{provider}.{}", escape(name), escape(topic))).await
    }

    async fn open(&self, shelf: &str, name: &str) -> Result<Ledger, LedgerError> {
        let (name, options, clock) = (shortened(name), self.options.clone(), self.clock.clone());
        let (folder, disk) = match &self.at {
            At::Folder(folder, disk) => (folder.join(shelf).join(name), disk.clone()),
            At::Postgres(database) => {
                return Ledger::open_postgres(database, &format!("events/{shelf}/{name}"), options, clock).await;
            }
        };
        let ledger = Ledger::open_files(folder, options, disk, clock).await?;
        let (failing, failed) = (ledger.failed(), Arc::clone(&self.failed));
        tokio::spawn(async move {
            if let Some(error) = failing.await {
                failed.send_replace(Some(error));
            }
        });
        Ok(ledger)
    }
}

fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

fn escaped(client: &ClientId) -> String {
    let member = &client.member;
    let parts = [&member.instance, &member.class, &member.code].into_iter().chain(&client.subsystem);
    parts.map(|part| escape(part)).collect::<Vec<_>>().join(".")
}

/// Names of files have 255 bytes at most; a longer one ends in a digest of itself.
fn shortened(name: &str) -> String {
    if name.len() <= 200 {
        return name.to_owned();
    }
    let digest = hex::encode(mekong_crypto::DigestAlgorithm::Sha256.digest(name.as_bytes()));
    // The dots cannot be those of another name: it would be short.
    format!("{}..{digest}", name.get(..100).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mekong_base::MemberId;

    #[test]
    fn names_of_folders_are_of_one_thing_each() {
        let a = MemberId::new("VN", "GOV", "a.b").subsystem("c");
        let b = MemberId::new("VN", "GOV", "a").subsystem("b.c");
        assert_eq!(escaped(&a), "VN.GOV.a%2Eb.c");
        assert_ne!(escaped(&a), escaped(&b));
        let slash = MemberId::new("..", "/", "\u{e81}").subsystem("x");
        assert_eq!(escaped(&slash), "%2E%2E.%2F.%E0%BA%81.x");
        let long = shortened(&"x".repeat(300));
        assert!(long.len() < 200 && long != shortened(&"x".repeat(301)));
    }
}
