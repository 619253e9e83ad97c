//! All stamped messages that are not archived, into archives.

use super::file::{Open, Written};
use super::{ArchiveConfig, recover};
use crate::messagelog::encoding::{ARCHIVED, Archived};
use crate::messagelog::index::{Row, number};
use crate::messagelog::lease::Work;
use crate::messagelog::{MessageLog, MessageLogError};
use mekong_ledger::NewRecord;
use mekong_store::{StoreError, file};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// Archives among which the one is looked for that says what an earlier run left.
const NEWEST: u32 = 10_000;
/// Exchanges read from the index at a time.
const EXCHANGES: u32 = 256;
/// How long the transfer command may take.
const TRANSFER: Duration = Duration::from_secs(3600);

/// What one run made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchivesMade {
    /// File names, in the order they were made.
    pub files: Vec<String>,
    /// Containers in them.
    pub containers: u64,
}

/// A run: the open archive of each group, and where each group is.
struct Run<'l> {
    log: &'l MessageLog,
    config: &'l ArchiveConfig,
    last: BTreeMap<String, Archived>,
    open: BTreeMap<String, Open>,
    made: ArchivesMade,
    /// The first message that an earlier run left.
    left_before: Option<u64>,
    /// The first message that cannot be exported.
    left: Option<u64>,
    /// Archives that are whole. After a message was left they are named at the end, all or none: what they say of their group
    /// would have a run that ends early take what was left for archived.
    held: Vec<Written>,
    /// What an earlier run left is whole again; nobody knows what else of that time was left, so all since is archived again.
    again: bool,
}

impl MessageLog {
    /// Archives all messages that are stamped and not archived yet. One that cannot be exported is named and left: nothing from
    /// it on is removed, every run tries it again, and once it can be exported all from it on is archived once more.
    ///
    /// # Errors
    /// [`MessageLogError::Archive`] without a folder for archives, or if a file cannot be written;
    /// [`MessageLogError::Elsewhere`] if another gateway does it; others if a message cannot be exported. What was archived
    /// until then stays so, and the rest is archived by the next run.
    pub async fn archive_now(&self) -> Result<ArchivesMade, MessageLogError> {
        let none =
            || MessageLogError::Archive("no folder for archives is set: set `archive` in [gateway.log]".to_owned());
        let config = self.0.config.archive.as_ref().ok_or_else(none)?;
        let _turn = self.0.archiving.lock().await;
        self.have_archiving().await?;
        create(&config.folder)?;
        let index = self.0.follower.caught_up().await?;
        let recovered = recover::recover(&config.folder, &index).await?;
        let last = index.last_archives().await?.into_iter().map(|archive| (archive.group.clone(), archive)).collect();
        let newest = index.newest_archives(NEWEST).await?.into_iter().find(|archive| archive.all_to > 0);
        let mut run = Run {
            log: self,
            config,
            last,
            open: BTreeMap::new(),
            made: ArchivesMade::default(),
            left_before: newest.filter(|archive| archive.all_to < archive.to).map(|archive| archive.all_to),
            left: None,
            held: Vec::new(),
            again: false,
        };
        let done = run.archive().await;
        let made = run.made;
        if (recovered > 0 || !made.files.is_empty()) && !config.transfer.is_empty() {
            transfer(config).await;
        }
        done.map(|()| made)
    }
}

impl MessageLog {
    /// This gateway is the one that archives and removes.
    ///
    /// # Errors
    /// [`MessageLogError::Elsewhere`] if another is.
    pub(in super::super) async fn have_archiving(&self) -> Result<(), MessageLogError> {
        match self.0.leases.have(Work::Archiving).await? {
            true => Ok(()),
            false => Err(MessageLogError::Elsewhere),
        }
    }
}

impl Run<'_> {
    async fn archive(&mut self) -> Result<(), MessageLogError> {
        // Were the index made anew meanwhile, what is not in the new one yet would pass for archived.
        let (index, progress) = self.log.0.follower.reaching(self.log.0.ledger.end()).await?;
        let (mut from, to) = (progress.archived_to.saturating_sub(1) / 2, progress.stamped_to + 1);
        loop {
            let rows = index.from(from, EXCHANGES).await?;
            let Some(last) = rows.last() else { break };
            from = last.position + 1;
            for row in &rows {
                self.add(row, to).await?;
            }
            if number(from, crate::messagelog::Part::Request) > to {
                break;
            }
        }
        self.end_all(to).await
    }

    async fn add(&mut self, row: &Row, to: u64) -> Result<(), MessageLogError> {
        for (part, message) in row.each() {
            let (id, record) = (number(row.position, part), row.record(part, message));
            let group = self.config.grouping.of(&record);
            let archived_to = self.last.get(&group).map_or(0, |archive| archive.to);
            let all_to = self.log.0.follower.progress().archived_to;
            let was_left = self.left_before == Some(id);
            if id < all_to || id >= to || (id < archived_to && !was_left && !self.again) {
                continue;
            }
            let evidence = match self.log.export_record(record.id).await {
                Ok(evidence) => evidence,
                Err(error) if error.is_of_one_record() => {
                    tracing::error!(
                        record = id,
                        %error,
                        "this record cannot be archived, and nothing from it on is removed; the others are archived"
                    );
                    self.left.get_or_insert(id);
                    continue;
                }
                // It could not be read when it was to be stamped, which was told then, and will never be evidence.
                Err(MessageLogError::NotStamped { .. }) => continue,
                Err(error) => return Err(error),
            };
            self.again |= was_left;
            if self.open.get(&group).is_some_and(|open| open.is_full(self.config.bytes_max)) {
                self.end_full(&group, id).await?;
            }
            if !self.open.contains_key(&group) {
                let last = self.last.get(&group);
                let previous = last.map(|last| (last.last_digest.clone(), last.file.clone())).unwrap_or_default();
                let open = Open::begin(self.config, &group, previous, evidence.recorded_at)?;
                self.open.insert(group.clone(), open);
            }
            let Some(mut open) = self.open.remove(&group) else { continue };
            let writing = tokio::task::spawn_blocking(move || open.add(&evidence).map(|()| open));
            self.open.insert(group, writing.await.map_err(|_| StoreError::Panicked)??);
        }
        Ok(())
    }

    /// Ends the archive of a group, which goes on with the message number `to`.
    async fn end_full(&mut self, group: &str, to: u64) -> Result<(), MessageLogError> {
        let Some(open) = self.open.remove(group) else { return Ok(()) };
        let written = tokio::task::spawn_blocking(move || open.end(to)).await.map_err(|_| StoreError::Panicked)??;
        match self.left {
            None => self.name(vec![written]).await,
            Some(_) => {
                // The next archive of the group is linked to this one.
                self.last.insert(written.archived.group.clone(), written.archived.clone());
                self.held.push(written);
                Ok(())
            }
        }
    }

    /// Ends the archives of all groups; everything before the message number `to`, or the first that was left, is archived
    /// then.
    async fn end_all(&mut self, to: u64) -> Result<(), MessageLogError> {
        let open: Vec<Open> = std::mem::take(&mut self.open).into_values().collect();
        let ending = tokio::task::spawn_blocking(move || {
            open.into_iter().map(|open| open.end(to)).collect::<Result<Vec<Written>, _>>()
        });
        let mut written = std::mem::take(&mut self.held);
        written.extend(ending.await.map_err(|_| StoreError::Panicked)??);
        match written.last_mut() {
            Some(last) => last.archived.all_to = self.left.unwrap_or(to),
            None => return Ok(()),
        }
        self.name(written).await
    }

    /// Logs that archives were made, all or none, and gives the files their names.
    async fn name(&mut self, written: Vec<Written>) -> Result<(), MessageLogError> {
        self.log.have_archiving().await?;
        let record = |written: &Written| NewRecord { kind: ARCHIVED, payload: written.archived.write().into() };
        let count = written.len() as u64;
        let first = self.log.0.ledger.append(written.iter().map(record).collect()).await?;
        for Written { archived, partial, path } in written {
            file::rename(&partial, &path)?;
            tracing::info!(archive = archived.file, containers = archived.containers, "archived");
            self.made.files.push(archived.file.clone());
            self.made.containers += archived.containers;
            self.last.insert(archived.group.clone(), archived);
        }
        self.log.0.follower.wait_for(first + count).await
    }
}

fn create(folder: &Path) -> Result<(), StoreError> {
    std::fs::create_dir_all(folder).map_err(|source| StoreError::File { path: folder.to_owned(), source })
}

/// Runs the transfer command. That it fails is told and no more: the archives stay where they are.
async fn transfer(config: &ArchiveConfig) {
    let Some((program, arguments)) = config.transfer.split_first() else { return };
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).env("MEKONG_ARCHIVES", &config.folder).kill_on_drop(true);
    command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    match tokio::time::timeout(TRANSFER, command.output()).await {
        Ok(Ok(output)) if output.status.success() => tracing::info!(program, "archives were transferred"),
        Ok(Ok(output)) => {
            let said: String = String::from_utf8_lossy(&output.stderr).chars().take(1000).collect();
            tracing::error!(program, status = %output.status, said, "the transfer command failed: the archives are where they were");
        }
        Ok(Err(error)) => tracing::error!(program, %error, "the transfer command cannot be run"),
        Err(_) => tracing::error!(program, "the transfer command took longer than an hour and was ended"),
    }
}
