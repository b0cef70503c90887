//! Files below a run's folder that the playbook asked for: written beside their place, then put into it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::JournalError;
use super::files::{make_folders, private_file};
use crate::event::Saving;
use crate::source::unsafe_name;

/// The folder of what was saved, in a run's folder.
pub const SAVED: &str = "saved";

/// A file that is being written. Made at the first byte, so that an answer that is not taken leaves nothing.
pub(super) struct SavedFile {
    run: PathBuf,
    path: PathBuf,
    name: String,
    /// Its number among those of the run: two may be written under one name at the same time.
    number: u64,
    /// The open file and where it is until it is whole.
    part: Option<(File, PathBuf)>,
}

impl SavedFile {
    pub(super) fn new(run: &Path, name: &str, number: u64) -> Self {
        let path = run.join(SAVED).join(name);
        SavedFile { run: run.to_owned(), path, name: name.to_owned(), number, part: None }
    }

    /// Where the file is until it is whole.
    pub(super) fn part_path(&self) -> PathBuf {
        let mut name = std::ffi::OsString::from(".");
        name.push(self.path.file_name().unwrap_or_default());
        name.push(format!(".{}.part", self.number));
        self.path.with_file_name(name)
    }

    fn part(&mut self) -> io::Result<&mut File> {
        if self.part.is_none() {
            if unsafe_name(&self.name).is_some() {
                let message = format!("`{}` is no name of a file below the run's folder", self.name);
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
            // A folder that someone has removed is not made again: nobody would find what is in it.
            fs::metadata(&self.run)?;
            let folder = self.path.parent().unwrap_or(&self.path);
            make_folders(folder).map_err(io::Error::other)?;
            let part = self.part_path();
            // A run that was killed may have left one of that name.
            let file = private_file().write(true).create(true).truncate(true).open(&part)?;
            self.part = Some((file, part));
        }
        Ok(self.part.as_mut().map(|(file, _)| file).expect("just made"))
    }
}

impl Saving for SavedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.part()?.write_all(bytes)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.part()?;
        let (_, part) = self.part.as_ref().expect("just made");
        fs::rename(part, &self.path)?;
        self.part = None;
        Ok(())
    }
}

impl Drop for SavedFile {
    fn drop(&mut self) {
        if let Some((_, part)) = &self.part {
            // What cannot be removed is no file that anybody was told of.
            let _ = fs::remove_file(part);
        }
    }
}

/// Keeps what one run has saved in the folder of another one as well: as links, since a saved file is only ever replaced.
pub fn keep_saved(from: &Path, to: &Path) -> Result<(), JournalError> {
    let mut folders = vec![PathBuf::from(SAVED)];
    while let Some(folder) = folders.pop() {
        let (old, new) = (from.join(&folder), to.join(&folder));
        let entries = match fs::read_dir(&old) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(JournalError::io("list", &old)(error)),
        };
        make_folders(&new)?;
        for entry in entries {
            let entry = entry.map_err(JournalError::io("list", &old))?;
            let (path, name) = (entry.path(), entry.file_name());
            let shown = name.to_string_lossy();
            if path.is_dir() {
                folders.push(folder.join(name));
            } else if !(shown.starts_with('.') && shown.ends_with(".part")) {
                let target = new.join(&name);
                // Not every file system has links.
                let kept = fs::hard_link(&path, &target).or_else(|_| fs::copy(&path, &target).map(drop));
                kept.map_err(JournalError::io("copy a saved file to", &target))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_when_it_is_whole() {
        let home = tempfile::tempdir().expect("a folder");
        let target = home.path().join("saved/models/a.onnx");
        let mut saving = Box::new(SavedFile::new(home.path(), "models/a.onnx", 0));
        saving.write(b"one").expect("space on disk");
        assert!(!target.exists());
        saving.write(b"two").expect("space on disk");
        saving.finish().expect("space on disk");
        assert_eq!(fs::read(&target).expect("it is there"), b"onetwo");
        let mut other = SavedFile::new(home.path(), "models/a.onnx", 1);
        other.write(b"three").expect("space on disk");
        drop(other);
        let files = fs::read_dir(home.path().join("saved/models")).expect("a folder").count();
        assert_eq!((files, fs::read(&target).expect("it is there").len()), (1, 6));
    }

    #[test]
    fn an_empty_answer_is_an_empty_file() {
        let home = tempfile::tempdir().expect("a folder");
        Box::new(SavedFile::new(home.path(), "empty", 0)).finish().expect("space on disk");
        assert_eq!(fs::read(home.path().join("saved/empty")).expect("it is there"), b"");
    }

    #[test]
    fn a_file_stays_below_the_run() {
        let home = tempfile::tempdir().expect("a folder");
        for name in ["../a", "a/../../b", "/etc/a", "", ".", "a//b", "C:a", "a\\..\\b", "a\nb"] {
            assert!(SavedFile::new(home.path(), name, 0).write(b"x").is_err(), "{name}");
        }
    }

    #[test]
    fn a_part_that_nobody_waits_for_goes_with_the_store() {
        use crate::event::Store;
        let home = tempfile::tempdir().expect("a folder");
        let run = crate::id::RunId("20261124-065523-k3f9".to_owned());
        let mut store = crate::journal::FileStore::create(home.path(), &run).expect("a new run");
        let mut dropped = store.save("a.bin");
        dropped.write(b"one").expect("space on disk");
        let folder = store.folder().join(SAVED);
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1);
        drop(store);
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 0);
    }
}
