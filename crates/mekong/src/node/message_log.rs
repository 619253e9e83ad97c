//! `[gateway.log]`: where and how a gateway keeps its message log.

use super::config::GatewaySection;
use crate::cli::{CommandError, Context};
use mekong_base::{ClientId, Clock};
use mekong_crypto::openpgp::Recipients;
use mekong_exchange::messagelog::{ArchiveConfig, Config, Grouping, KeepBodies, MessageLog, Reader};
use mekong_ledger::{Blobs, Key, Keys, Ledger, Options};
use mekong_store::Postgres;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Folder of the message log within a gateway's folder.
const FOLDER: &str = "log";
/// The name of a message log in a database.
const NAME: &str = super::ledgers::MESSAGES;
const HOUR: u64 = 3600;
/// X-Road's default for the longest time without time-stamps.
const DELAY_MINUTES_MAX: u64 = 240;

/// `[gateway.log]`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogSection {
    /// Folder of the message log, or of this gateway's index where the log is in a database; `log` in the gateway's folder if
    /// left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) folder: Option<PathBuf>,
    /// `postgres://user@host/database`, where all gateways of the member share a log. The password comes from `password_file`,
    /// or from where PostgreSQL's own programs have it (`PGPASSFILE`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) database: Option<String>,
    /// File with the password for the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) password_file: Option<PathBuf>,
    /// Days after which records that are archived are removed: 30 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) keep_days: Option<u64>,
    /// Minutes for which messages are accepted while they cannot be time-stamped: 20 if left out, 1 to 240. With more than 20
    /// messages flow on in a longer outage, but those of its beginning may stay without proof: OCSP responses must be fresh
    /// when the time-stamp is made. In a country that wants them fresher than an hour, a third of that is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp_delay_minutes: Option<u64>,
    /// Hours for which a repeated request is recognised: 24 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) repeats_hours: Option<u64>,
    /// Whether bodies are kept: yes if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bodies: Option<bool>,
    /// Subsystems for whose services it is the other way round.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) bodies_except: Vec<String>,
    /// Bytes of the largest body that is kept; any if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body_bytes_max: Option<u64>,
    /// File with the key that records are encrypted with on disk, made if it is not there; not encrypted if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key_file: Option<PathBuf>,
    /// Files with keys that were used before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) older_key_files: Vec<PathBuf>,
    /// Archives; none are made, and nothing is ever removed, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) archive: Option<ArchiveSection>,
}

/// `[gateway.log.archive]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArchiveSection {
    /// Where archives are put.
    pub(crate) folder: PathBuf,
    /// How often, in hours: 6 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) every_hours: Option<u64>,
    /// A file with more bytes is ended: 33554432 (32 MiB) if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bytes_max: Option<u64>,
    /// Whose messages share a file: `none`, `member` or `subsystem`.
    #[serde(default)]
    pub(crate) grouping: GroupingName,
    /// Files with OpenPGP public keys: archives and documents are encrypted for all of them; not if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) recipients: Vec<PathBuf>,
    /// A program and its arguments, run after archives were made to take them elsewhere; `MEKONG_ARCHIVES` is the folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) transfer: Vec<String>,
}

/// Whose messages share an archive.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum GroupingName {
    #[default]
    None,
    Member,
    Subsystem,
}

impl LogSection {
    /// The paths in it, to be made absolute.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let archive = self.archive.iter_mut().flat_map(|a| std::iter::once(&mut a.folder).chain(&mut a.recipients));
        let keys = self.key_file.iter_mut().chain(&mut self.older_key_files);
        self.folder.iter_mut().chain(&mut self.password_file).chain(keys).chain(archive)
    }

    /// How long messages are accepted while they cannot be time-stamped.
    ///
    /// # Errors
    /// In words, if it is not from a minute to X-Road's four hours.
    pub(crate) fn timestamp_delay(&self) -> Result<Duration, CommandError> {
        match self.timestamp_delay_minutes {
            None => Ok(Config::default().timestamp_delay_max),
            Some(minutes @ 1..=DELAY_MINUTES_MAX) => Ok(Duration::from_secs(minutes * 60)),
            Some(minutes) => Err(CommandError::new(format!(
                "gateway.log.timestamp_delay_minutes is {minutes}: set 1 to {DELAY_MINUTES_MAX}, or leave it out for 20"
            ))),
        }
    }

    fn config(&self, clock: &Clock) -> Result<Config, CommandError> {
        let usual = Config::default();
        let except = self.bodies_except.iter().map(|id| id.parse::<ClientId>());
        let except = except.collect::<Result<BTreeSet<_>, _>>().context(|| "gateway.log.bodies_except")?;
        let days = |days: u64| Duration::from_secs(days.saturating_mul(24 * HOUR));
        Ok(Config {
            timestamp_delay_max: self.timestamp_delay()?,
            bodies: KeepBodies { all: self.bodies.unwrap_or(true), except },
            body_max: self.body_bytes_max,
            repeats: self.repeats_hours.map_or(usual.repeats, |hours| Duration::from_secs(hours.saturating_mul(HOUR))),
            retention: self.keep_days.map_or(usual.retention, |keep| Some(days(keep))),
            archive: self.archive.as_ref().map(|archive| archive.config(clock)).transpose()?,
            ..usual
        })
    }

    pub(super) fn options(&self) -> Result<Options, CommandError> {
        let older = self.older_key_files.iter().map(|path| Key::read(path).context(|| "gateway.log.older_key_files"));
        let older = older.collect::<Result<Vec<_>, _>>()?;
        let keys = match &self.key_file {
            Some(path) => Keys::new(key(path)?, older),
            None => Keys::reading(older),
        };
        // In a rolling restart the old process ends while the new one starts.
        Ok(Options { keys, wait_for_lock: Duration::from_secs(30), ..Options::default() })
    }

    /// The database that the gateways of the member share, if there is one.
    ///
    /// # Errors
    /// In words, if it does not answer.
    pub(crate) async fn shared(&self) -> Result<Option<Postgres>, CommandError> {
        let Some(database) = &self.database else { return Ok(None) };
        Postgres::open(&self.address(database)?).await.context(|| "gateway.log.database").map(Some)
    }

    /// The address of the database with its password.
    pub(super) fn address(&self, database: &str) -> Result<String, CommandError> {
        let Some(file) = &self.password_file else { return Ok(database.to_owned()) };
        let password = super::config::read_passphrase(file)?;
        let encoded = percent_encoding::utf8_percent_encode(&password, percent_encoding::NON_ALPHANUMERIC);
        let with_user = database.split_once("://").and_then(|(scheme, rest)| {
            let (user, place) = rest.split_once('@').filter(|(user, _)| !user.contains([':', '/']))?;
            Some(format!("{scheme}://{user}:{encoded}@{place}"))
        });
        let text = "gateway.log.database must be postgres://USER@HOST/DATABASE, without a password, where there is a password_file";
        with_user.ok_or_else(|| CommandError::new(text))
    }
}

impl ArchiveSection {
    fn config(&self, clock: &Clock) -> Result<ArchiveConfig, CommandError> {
        let usual = ArchiveConfig::in_folder(self.folder.clone());
        let now = u64::try_from(clock.now().unix_seconds()).unwrap_or(0);
        let mut recipients = Recipients::default();
        for path in &self.recipients {
            let key = std::fs::read(path).context(|| format!("read {}", path.display()))?;
            recipients.add(&key, now).context(|| path.display().to_string())?;
        }
        Ok(ArchiveConfig {
            interval: self.every_hours.map_or(usual.interval, |hours| Duration::from_secs(hours.max(1) * HOUR)),
            bytes_max: self.bytes_max.unwrap_or(usual.bytes_max),
            grouping: match self.grouping {
                GroupingName::None => Grouping::None,
                GroupingName::Member => Grouping::Member,
                GroupingName::Subsystem => Grouping::Subsystem,
            },
            recipients,
            transfer: self.transfer.clone(),
            ..usual
        })
    }
}

/// The key in a file, which is made if it is not there.
fn key(path: &Path) -> Result<Key, CommandError> {
    if path.exists() {
        return Key::read(path).context(|| "gateway.log.key_file");
    }
    let key = Key::generate().context(|| "make a key")?;
    write_secret(path, key.to_text().as_bytes()).context(|| format!("write {}", path.display()))?;
    tracing::warn!(key = %path.display(), "made a key for the message log: keep a copy, without it the log cannot be read");
    Ok(key)
}

/// Only for the one who runs the node, and on disk before it is used.
fn write_secret(path: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// The folder of a gateway's message log, or of its index where the log is in a database.
pub(crate) fn folder(section: &GatewaySection) -> PathBuf {
    section.log.folder.clone().unwrap_or_else(|| section.folder.join(FOLDER))
}

/// The keys of a gateway's message log, to read it.
///
/// # Errors
/// In words: which file.
pub(crate) fn keys(section: &GatewaySection) -> Result<Keys, CommandError> {
    let files = section.log.key_file.iter().chain(&section.log.older_key_files);
    let keys = files.map(|path| Key::read(path).context(|| "gateway.log.key_file"));
    Ok(Keys::reading(keys.collect::<Result<Vec<_>, _>>()?))
}

/// Whether the message log of a gateway would open, as far as that can be said while another process has it open.
///
/// # Errors
/// As [`open`].
pub(super) async fn check(section: &GatewaySection, clock: &Clock) -> Result<(), CommandError> {
    section.log.config(clock)?;
    keys(section)?;
    section.log.shared().await.map(|_| ())
}

/// The message log of a gateway, to read it beside the gateway, which may be running.
///
/// # Errors
/// In words: which file or database.
pub(crate) async fn reader(section: &GatewaySection, clock: &Clock) -> Result<Reader, CommandError> {
    let folder = folder(section);
    let what = || format!("read the message log in {}", folder.display());
    let Some(database) = section.log.shared().await? else {
        return Reader::open(&folder, keys(section)?, clock.clone()).await.context(what);
    };
    let options = section.log.options()?;
    let what = || "open the message log in gateway.log.database";
    let blobs = Blobs::open_postgres(&database, NAME, options.keys.clone(), clock.clone()).await.context(what)?;
    let ledger = Ledger::open_postgres(&database, NAME, options, clock.clone()).await.context(what)?;
    Reader::of_shared(ledger, blobs, &folder, clock.clone()).await.context(what)
}

/// Opens the message log of a gateway.
///
/// # Errors
/// In words: which file or database, and what to do.
pub(crate) async fn open(section: &GatewaySection, clock: &Clock) -> Result<MessageLog, CommandError> {
    let (log, folder) = (&section.log, folder(section));
    let (config, options) = (log.config(clock)?, log.options()?);
    let what = || format!("open the message log in {}", folder.display());
    match log.shared().await? {
        None => MessageLog::open_with(&folder, config, options, clock.clone()).await.context(what),
        Some(database) => {
            MessageLog::open_shared(&database, NAME, &folder, config, options, clock.clone()).await.context(what)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_comes_from_its_file_alone() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("password");
        std::fs::write(&file, "p@ss/word\n")?;
        let section = LogSection { password_file: Some(file), ..LogSection::default() };
        let address = |database: &str| section.address(database).map_err(|e| e.to_string());
        assert_eq!(address("postgres://mekong@db/log"), Ok("postgres://mekong:p%40ss%2Fword@db/log".to_owned()));
        for wrong in ["postgres://db/log", "postgres://mekong:x@db/log", "mekong@db", "postgres://db/l@g"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
        let plain = LogSection::default().address("postgres://mekong@db/log").map_err(|e| e.to_string())?;
        assert_eq!(plain, "postgres://mekong@db/log");
        Ok(())
    }

    #[test]
    fn everything_has_a_default_and_unknown_keys_are_refused() -> Result<(), Box<dyn std::error::Error>> {
        let section: LogSection = toml::from_str("")?;
        let config =
            section.config(&Clock::manual(mekong_base::Instant::from_unix_seconds(0))).map_err(|e| e.to_string())?;
        assert_eq!(config, Config::default());
        let archive: LogSection = toml::from_str("keep_days = 7\n[archive]\nfolder = 'a'\ngrouping = 'member'\n")?;
        let config =
            archive.config(&Clock::manual(mekong_base::Instant::from_unix_seconds(0))).map_err(|e| e.to_string())?;
        let expected = ArchiveConfig { grouping: Grouping::Member, ..ArchiveConfig::in_folder("a".into()) };
        assert_eq!((config.retention, config.archive), (Some(Duration::from_secs(7 * 24 * HOUR)), Some(expected)));
        assert!(toml::from_str::<LogSection>("keep = 1").is_err());
        for (minutes, delay) in [(1, Some(60)), (240, Some(4 * HOUR)), (0, None), (241, None), (u64::MAX, None)] {
            let section = LogSection { timestamp_delay_minutes: Some(minutes), ..LogSection::default() };
            assert_eq!(section.timestamp_delay().ok(), delay.map(Duration::from_secs), "{minutes}");
        }
        Ok(())
    }
}
