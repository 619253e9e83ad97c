//! The seam to the disk: real files, or a simulated disk in memory that forgets, tears and fails as disks do.
//!
//! Calls block as long as the disk does; a simulated one answers at once.

mod real;
mod simulated;

pub use simulated::{SimulatedDisk, Wear};

use std::io;
use std::path::Path;
use std::time::Duration;

/// Where files are. Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub struct Disk(Kind);

#[derive(Debug, Clone, Default)]
enum Kind {
    #[default]
    Real,
    Simulated(SimulatedDisk),
}

/// An open file.
#[derive(Debug)]
pub struct DiskFile(File);

#[derive(Debug)]
enum File {
    Real(std::fs::File),
    Simulated(simulated::OpenFile),
}

/// A lock of one process (simulated: of one owner), released when dropped.
#[derive(Debug)]
pub struct Lock {
    _held: Held,
}

#[derive(Debug)]
enum Held {
    Real { _file: std::fs::File },
    Simulated { _lock: simulated::HeldLock },
}

impl From<SimulatedDisk> for Disk {
    fn from(disk: SimulatedDisk) -> Self {
        Self(Kind::Simulated(disk))
    }
}

impl Disk {
    /// The files of this machine.
    pub const fn real() -> Self {
        Self(Kind::Real)
    }

    /// Whether it is simulated: then nobody may start a thread for it.
    pub const fn is_simulated(&self) -> bool {
        matches!(self.0, Kind::Simulated(_))
    }

    /// How long a sync of a simulated disk is to take; zero for a real one, which takes its time itself.
    pub fn sync_time(&self) -> Duration {
        match &self.0 {
            Kind::Real => Duration::ZERO,
            Kind::Simulated(disk) => disk.sync_time(),
        }
    }

    /// Makes a folder and those above it, durably.
    ///
    /// # Errors
    /// Of the disk.
    pub fn create_folder(&self, path: &Path) -> io::Result<()> {
        match &self.0 {
            Kind::Real => real::create_folder(path),
            Kind::Simulated(disk) => disk.create_folder(path),
        }
    }

    /// Opens a file for reading and writing.
    ///
    /// # Errors
    /// Of the disk; `NotFound` if it is not there.
    pub fn open(&self, path: &Path) -> io::Result<DiskFile> {
        Ok(DiskFile(match &self.0 {
            Kind::Real => File::Real(real::open(path)?),
            Kind::Simulated(disk) => File::Simulated(disk.open(path)?),
        }))
    }

    /// Makes an empty file, in place of one that is there.
    ///
    /// # Errors
    /// Of the disk.
    pub fn create(&self, path: &Path) -> io::Result<DiskFile> {
        Ok(DiskFile(match &self.0 {
            Kind::Real => File::Real(real::create(path)?),
            Kind::Simulated(disk) => File::Simulated(disk.create(path)?),
        }))
    }

    /// Names of the files in a folder, in order; none if there is no folder.
    ///
    /// # Errors
    /// Of the disk.
    pub fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        match &self.0 {
            Kind::Real => real::list(folder),
            Kind::Simulated(disk) => disk.list(folder),
        }
    }

    /// The whole content of a file.
    ///
    /// # Errors
    /// Of the disk; `NotFound` if it is not there.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = self.open(path)?;
        let mut content = vec![0; usize::try_from(file.len()?).map_err(|_| io::ErrorKind::FileTooLarge)?];
        file.read_at(&mut content, 0)?;
        Ok(content)
    }

    /// The content of a file that should have no more bytes than these; of a larger one the beginning, and one byte more.
    ///
    /// # Errors
    /// Of the disk; `NotFound` if it is not there.
    pub fn read_small(&self, path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
        let file = self.open(path)?;
        let bytes = usize::try_from(file.len()?).unwrap_or(usize::MAX).min(bytes_max.saturating_add(1));
        let mut content = vec![0; bytes];
        file.read_at(&mut content, 0)?;
        Ok(content)
    }

    /// Renames a file within its folder, in place of one that is there.
    ///
    /// # Errors
    /// Of the disk.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        match &self.0 {
            Kind::Real => std::fs::rename(from, to),
            Kind::Simulated(disk) => disk.rename(from, to),
        }
    }

    /// Removes a file; one that is not there is fine.
    ///
    /// # Errors
    /// Of the disk.
    pub fn remove(&self, path: &Path) -> io::Result<()> {
        let removed = match &self.0 {
            Kind::Real => std::fs::remove_file(path),
            Kind::Simulated(disk) => disk.remove(path),
        };
        removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
    }

    /// Waits until the names in a folder are on disk.
    ///
    /// # Errors
    /// Of the disk.
    pub fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        match &self.0 {
            Kind::Real => std::fs::File::open(folder)?.sync_all(),
            Kind::Simulated(disk) => disk.sync_folder(),
        }
    }

    /// Writes a small file whole: after a crash either the old or the new content is found.
    ///
    /// # Errors
    /// Of the disk; the old content is still there then.
    pub fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.place(path, content, true)
    }

    /// Writes a small file whole without waiting for the disk: after a crash it may be missing, or short.
    ///
    /// # Errors
    /// Of the disk.
    pub fn write_unsynced(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.place(path, content, false)
    }

    fn place(&self, path: &Path, content: &[u8], durable: bool) -> io::Result<()> {
        let partial = mekong_store::file::partial(path);
        let written = self.create(&partial).and_then(|file| {
            file.write_at(content, 0)?;
            if durable { file.sync() } else { Ok(()) }
        });
        if let Err(error) = written.and_then(|()| self.rename(&partial, path)) {
            let _ = self.remove(&partial);
            return Err(error);
        }
        match path.parent() {
            Some(folder) if durable => self.sync_folder(folder),
            _ => Ok(()),
        }
    }

    /// Locks a file, which is made if need be.
    ///
    /// # Errors
    /// `WouldBlock` if another has it.
    pub fn lock(&self, path: &Path) -> io::Result<Lock> {
        let held = match &self.0 {
            Kind::Real => Held::Real { _file: real::lock(path)? },
            Kind::Simulated(disk) => Held::Simulated { _lock: disk.lock(path)? },
        };
        Ok(Lock { _held: held })
    }
}

impl DiskFile {
    /// Its length in bytes.
    ///
    /// # Errors
    /// Of the disk.
    pub fn len(&self) -> io::Result<u64> {
        match &self.0 {
            File::Real(file) => Ok(file.metadata()?.len()),
            File::Simulated(file) => file.len(),
        }
    }

    /// Whether it has no content.
    ///
    /// # Errors
    /// Of the disk.
    pub fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Fills `buffer` from `offset` on.
    ///
    /// # Errors
    /// `UnexpectedEof` if the file ends before.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        match &self.0 {
            File::Real(file) => std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset),
            File::Simulated(file) => file.read_at(buffer, offset),
        }
    }

    /// Writes all of `bytes` at `offset`. Not durable before [`DiskFile::sync`]; after an error some may be written.
    ///
    /// # Errors
    /// Of the disk.
    pub fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        match &self.0 {
            File::Real(file) => std::os::unix::fs::FileExt::write_all_at(file, bytes, offset),
            File::Simulated(file) => file.write_at(bytes, offset),
        }
    }

    /// Cuts the file, or extends it with zeros.
    ///
    /// # Errors
    /// Of the disk.
    pub fn set_len(&self, len: u64) -> io::Result<()> {
        match &self.0 {
            File::Real(file) => file.set_len(len),
            File::Simulated(file) => file.set_len(len),
        }
    }

    /// Waits until the content is on disk.
    ///
    /// # Errors
    /// Of the disk; it is unknown then what is on it.
    pub fn sync(&self) -> io::Result<()> {
        match &self.0 {
            File::Real(file) => file.sync_data(),
            File::Simulated(file) => file.sync(),
        }
    }
}
