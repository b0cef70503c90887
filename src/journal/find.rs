//! Finds the runs below a root.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{JOURNAL, JournalError, LOCK, files};

/// The folder of a run: by its id, by a beginning or the last letters that only one id has, or the newest.
///
/// A path to a run's folder is taken as it is.
pub fn find(root: &Path, asked: Option<&str>) -> Result<PathBuf, JournalError> {
    if let Some(path) = asked.map(Path::new).filter(|path| path.join(JOURNAL).is_file()) {
        return Ok(path.to_owned());
    }
    let runs = runs(root)?;
    let none = || JournalError::NoRuns { path: root.join("runs") };
    let Some(asked) = asked else { return runs.into_iter().next().ok_or_else(none) };
    let matching = |test: fn(&str, &str) -> bool| runs.iter().filter(|run| test(&id(run), asked)).collect::<Vec<_>>();
    let ways: [fn(&str, &str) -> bool; 3] =
        [|id, asked| id == asked, |id, asked| id.starts_with(asked), |id, asked| id.ends_with(asked)];
    for way in ways {
        match matching(way).as_slice() {
            [] => {}
            [run] => return Ok((*run).clone()),
            several => {
                let matches = several.iter().map(|run| id(run)).collect();
                return Err(JournalError::Ambiguous { asked: asked.to_owned(), matches });
            }
        }
    }
    // A folder that has lost its journal is no run to be found by a part of its name.
    if let Some(folder) = without_journal(root)?.into_iter().find(|folder| id(folder) == asked) {
        return Ok(folder);
    }
    let mut near: Vec<String> = runs.iter().map(|run| id(run)).collect();
    near.sort_by_key(|id| std::cmp::Reverse(common_beginning(id, asked)));
    near.truncate(5);
    if near.is_empty() {
        Err(none())
    } else {
        Err(JournalError::NoSuchRun { asked: asked.to_owned(), path: root.join("runs"), near })
    }
}

/// The folders of all runs below a root, the newest first.
pub fn runs(root: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let folder = root.join("runs");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(JournalError::io("list", &folder)(error)),
    };
    let mut runs = Vec::new();
    for entry in entries {
        let path = entry.map_err(JournalError::io("list", &folder))?.path();
        // A name with a dot in front is that of a run whose removal has begun.
        if let (false, Ok(metadata)) = (id(&path).starts_with('.'), fs::metadata(path.join(JOURNAL))) {
            runs.push((second(&id(&path)), metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), path));
        }
    }
    runs.sort_by(|left, right| right.cmp(left));
    Ok(runs.into_iter().map(|(_, _, path)| path).collect())
}

/// The folders among those of the runs that have no journal: what else was in them is still there.
pub fn without_journal(root: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let folder = root.join("runs");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(JournalError::io("list", &folder)(error)),
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<PathBuf> =
        paths.filter(|path| !id(path).starts_with('.') && path.is_dir() && !path.join(JOURNAL).exists()).collect();
    found.sort_by(|left, right| right.cmp(left));
    Ok(found)
}

/// When the journal of a run was last written, or its folder, where it has none.
pub fn written(run: &Path) -> Option<SystemTime> {
    let metadata = fs::metadata(run.join(JOURNAL)).or_else(|_| fs::metadata(run));
    metadata.and_then(|metadata| metadata.modified()).ok()
}

/// Whether a process is writing this run now.
pub fn is_busy(run: &Path) -> bool {
    run.join(LOCK).exists() && matches!(files::lock(run), Err(JournalError::Busy { .. }))
}

fn id(run: &Path) -> String {
    run.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The part of an id that tells the time, to the second. Runs of one second are told apart by their files' times.
fn second(id: &str) -> String {
    id.chars().take("20261124-065523".len()).collect()
}

fn common_beginning(left: &str, right: &str) -> usize {
    left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Store;
    use crate::id::RunId;
    use crate::journal::{FileStore, sample};

    fn root_with(ids: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        for id in ids {
            FileStore::create(root.path(), &RunId((*id).to_owned())).expect("a new run");
        }
        root
    }

    fn found(root: &tempfile::TempDir, asked: Option<&str>) -> String {
        find(root.path(), asked)
            .map_or_else(|error| error.to_string(), |run| id(&run))
            .replace(&root.path().join("runs").display().to_string(), "RUNS")
    }

    #[test]
    fn a_run_is_found_by_its_id_a_part_of_it_or_as_the_newest() {
        let root = root_with(&["20261123-101010-aaaa", "20261124-065523-k3f9", "20261124-065524-bbbb"]);
        assert_eq!(found(&root, None), "20261124-065524-bbbb");
        assert_eq!(found(&root, Some("20261124-065523-k3f9")), "20261124-065523-k3f9");
        assert_eq!(found(&root, Some("20261123")), "20261123-101010-aaaa");
        assert_eq!(found(&root, Some("k3f9")), "20261124-065523-k3f9");
        let path = root.path().join("runs/20261123-101010-aaaa").display().to_string();
        assert_eq!(found(&root, Some(&path)), "20261123-101010-aaaa");
    }

    #[test]
    fn of_two_runs_of_one_second_the_one_written_last_is_the_newest() {
        let root = root_with(&["20261124-065523-aaaa", "20261124-065523-zzzz"]);
        let folder = root.path().join("runs/20261124-065523-aaaa");
        let (mut store, _) = FileStore::reopen(&folder).expect("nobody writes it");
        store.append(&sample::events()).expect("space on disk");
        let late = SystemTime::now() + std::time::Duration::from_secs(5);
        let journal = fs::File::options().append(true).open(folder.join(JOURNAL)).expect("a file");
        journal.set_modified(late).expect("a later time");
        assert_eq!(found(&root, None), "20261124-065523-aaaa");
    }

    #[test]
    fn a_run_that_cannot_be_told_is_answered_with_those_there_are() {
        let root = root_with(&["20261123-101010-aaaa", "20261124-065523-k3f9", "20261124-065524-bbbb"]);
        insta::assert_snapshot!(found(&root, Some("20261124")), @r"
        `20261124` may be any of 2 runs
        they are: `20261124-065524-bbbb`, `20261124-065523-k3f9`
        ");
        insta::assert_snapshot!(found(&root, Some("20261123-11")), @r"
        there is no run `20261123-11` in `RUNS`
        nearest: `20261123-101010-aaaa`, `20261124-065524-bbbb`, `20261124-065523-k3f9`
        ");
        insta::assert_snapshot!(found(&root_with(&[]), None), @"there are no runs in `RUNS`: run a playbook first, or name another folder with `--folder`");
    }

    #[test]
    fn a_run_is_busy_as_long_as_its_store_lives() {
        let root = tempfile::tempdir().expect("a folder");
        let store = FileStore::create(root.path(), &RunId("r".to_owned())).expect("a new run");
        let folder = store.folder().to_owned();
        assert!(is_busy(&folder));
        drop(store);
        assert!(!is_busy(&folder));
    }
}
