//! Removes the files of runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{JournalError, files};

/// What the name of a folder ends with that is being removed. It begins with a dot, so that no run is found there.
const GOING: &str = ".removed";

/// How many bytes the files of a run take.
pub fn size(run: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(run) else { return 0 };
    let size = |entry: io::Result<fs::DirEntry>| {
        let entry = entry.ok()?;
        let metadata = entry.metadata().ok()?;
        Some(if metadata.is_dir() { size(&entry.path()) } else { metadata.len() })
    };
    entries.filter_map(size).sum()
}

/// Removes a run, whole: nobody meets half of one, even if the process dies in the middle. A run that is being written
/// stays.
pub fn remove(run: &Path) -> Result<(), JournalError> {
    let lock = match files::lock(run) {
        // Without a journal it is no run, and nobody writes it.
        Err(JournalError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => None,
        lock => Some(lock?),
    };
    let name = run.file_name().unwrap_or_default().to_string_lossy();
    let going = run.with_file_name(format!(".{name}{GOING}"));
    // Windows moves no folder with an open file in it.
    #[cfg(windows)]
    drop(lock);
    fs::rename(run, &going).map_err(JournalError::io("remove", run))?;
    #[cfg(not(windows))]
    drop(lock);
    fs::remove_dir_all(&going).map_err(JournalError::io("remove", &going))
}

/// The folders below a root whose removal was begun by a process that died.
pub fn half_removed(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root.join("runs")) else { return Vec::new() };
    let is_going = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with('.') && name.ends_with(GOING)
    };
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_going).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Store;
    use crate::id::RunId;
    use crate::journal::{FileStore, runs, sample};

    #[test]
    fn a_run_is_removed_whole_and_not_while_it_is_written() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = FileStore::create(home.path(), &RunId("r".to_owned())).expect("a new run");
        store.append(&sample::events()).and_then(|()| store.put_body("1.body", &[7; 1000])).expect("space on disk");
        let run = store.folder().to_owned();
        assert!(matches!(remove(&run), Err(JournalError::Busy { .. })));
        let journal = fs::metadata(run.join("journal.jsonl")).expect("it is there").len();
        assert_eq!(size(&run), journal + 1000);
        drop(store);
        remove(&run).expect("nobody writes it");
        assert_eq!(fs::read_dir(home.path().join("runs")).expect("a folder").count(), 0);
    }

    #[test]
    fn what_a_dead_process_was_removing_is_no_run() {
        let home = tempfile::tempdir().expect("a folder");
        let store = FileStore::create(home.path(), &RunId("r".to_owned())).expect("a new run");
        let (run, going) = (store.folder().to_owned(), store.folder().with_file_name(".r.removed"));
        drop(store);
        fs::rename(run, &going).expect("nobody has it open");
        assert!(runs(home.path()).expect("a folder").is_empty());
        assert_eq!(half_removed(home.path()), [going]);
    }
}
