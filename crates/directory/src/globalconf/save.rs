//! Saving to disk, in the layout that is loaded.

use super::load::{INSTANCE_FILE, METADATA_SUFFIX, escape_instance};
use super::{GlobalConf, Part};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

impl GlobalConf {
    /// Saves every instance below `dir`; each file is written aside, synced and renamed, so that readers see the old
    /// file or the new one. Folders and files of instances and parts that are no longer there are removed.
    ///
    /// A part is written before its metadata: a crash between the two leaves new bytes with the old, earlier expiry.
    ///
    /// # Errors
    /// The first failure; what was written before it stays.
    pub fn save_dir(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)?;
        write_if_changed(&dir.join(INSTANCE_FILE), self.instance.as_bytes())?;
        for (name, conf) in &self.instances {
            save_instance(&dir.join(escape_instance(name)), conf.parts())?;
        }
        let folders: Vec<String> = self.instances.keys().map(|name| escape_instance(name)).collect();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // Only what looks like an instance goes: a folder given by mistake keeps its other content.
            let is_instance = entry.path().join("shared-params.xml").is_file();
            if is_instance && !folders.contains(&name) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        File::open(dir)?.sync_all()
    }
}

fn save_instance(folder: &Path, parts: &[Part]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut keep = Vec::new();
    for part in parts {
        let metadata = format!("{}{METADATA_SUFFIX}", part.file_name);
        write_if_changed(&folder.join(&part.file_name), &part.bytes)?;
        write_if_changed(&folder.join(&metadata), part.metadata.to_json().as_bytes())?;
        keep.extend([part.file_name.clone(), metadata]);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() && !keep.contains(&entry.file_name().to_string_lossy().into_owned()) {
            fs::remove_file(entry.path())?;
        }
    }
    File::open(folder)?.sync_all()
}

fn write_if_changed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    let aside = path.with_file_name(name);
    let mut file = File::create(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&aside, path)
}
