//! A disk in memory that can be full: of one gateway's message log.

use crate::cli::{CommandError, Context};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bytes that it may have while it is not full.
const SIZE: &str = "2g";

/// A mounted disk; unmounted when dropped.
pub(super) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one, if this process may.
    pub(super) fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).ok()?;
        let options = format!("size={SIZE},mode=0700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output().ok()?;
        mounted.status.success().then(|| Self(at.to_owned()))
    }

    /// Leaves it no room; whether that succeeded.
    pub(super) fn fill(&self) -> bool {
        let Ok(all) = rustix::fs::statvfs(&self.0) else { return false };
        let used = all.f_blocks.saturating_sub(all.f_bfree).saturating_mul(all.f_frsize);
        // A page more than is used: none would mean no limit at all.
        self.resize(&used.saturating_add(4096).to_string())
    }

    /// Gives it room again; whether that succeeded.
    pub(super) fn clear(&self) -> bool {
        self.resize(SIZE)
    }

    /// Copies what is on it to where it outlives the run.
    ///
    /// # Errors
    /// In words, if it does not fit there.
    pub(super) fn keep(&self, to: &Path) -> Result<(), CommandError> {
        let what = || format!("copy {} to {}", self.0.display(), to.display());
        let ended = Command::new("cp").arg("-a").arg(&self.0).arg(to).status().context(what)?;
        if ended.success() { Ok(()) } else { Err(CommandError::new(what())) }
    }

    fn resize(&self, size: &str) -> bool {
        let option = format!("remount,size={size}");
        let mounted = Command::new("mount").args(["-o", &option]).arg(&self.0).output();
        mounted.is_ok_and(|ended| ended.status.success())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
