//! Writes the files of a run.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::saved::SavedFile;
use super::{BODIES, JOURNAL, JournalError, LOCK, line, reading};
use crate::event::{Effect, Envelope, Event, Saving, Store};
use crate::id::RunId;

/// Room for so many bytes of lines is kept from one append to the next: an ordinary turn needs less.
const KEPT: usize = 16 * 1024;

/// The files of one run, written by this process alone.
#[derive(Debug)]
pub struct FileStore {
    folder: PathBuf,
    journal: File,
    /// The lines that are being written: kept, so that its room is made only once.
    lines: Vec<u8>,
    /// The length of the journal's whole lines.
    length: u64,
    /// The bytes of the bodies beside it.
    bodies: u64,
    /// How much of that is sure to survive the death of the machine.
    synced: u64,
    /// The number of the next event.
    next: u64,
    /// How many files have been saved, or begun.
    saves: u64,
    /// Where what is saved is until it is whole.
    parts: Vec<PathBuf>,
    /// Whether a failed append could not be taken back: nothing may follow it.
    torn: bool,
    durable: bool,
    /// Locked until the store is dropped.
    _lock: File,
}

impl FileStore {
    /// Makes the folder of a new run below `root` (`.callsheet`, usually), and `root` itself where it is missing.
    pub fn create(root: &Path, run: &RunId) -> Result<Self, JournalError> {
        let runs = root.join("runs");
        let folder = runs.join(&run.0);
        let mut made = private_folder().create(&folder);
        if made.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            make_root(root, &runs)?;
            made = private_folder().create(&folder);
        }
        match made {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if let Err(busy @ JournalError::Busy { .. }) = lock(&folder) {
                    return Err(busy);
                }
                return Err(JournalError::Exists { run: run.0.clone(), path: folder });
            }
            Err(error) => return Err(JournalError::io("create the folder", &folder)(error)),
        }
        let lock = lock_own(&folder)?;
        let path = folder.join(JOURNAL);
        let journal = private_file()
            .append(true)
            .create(true)
            .open(&path)
            .map_err(JournalError::io("create the journal", &path))?;
        Ok(FileStore {
            folder,
            journal,
            lines: Vec::new(),
            length: 0,
            bodies: 0,
            synced: 0,
            next: 0,
            saves: 0,
            parts: Vec::new(),
            torn: false,
            durable: false,
            _lock: lock,
        })
    }

    /// Goes on with a run that was stopped: its store, and the events so far. A torn last line is cut off.
    pub fn reopen(folder: &Path) -> Result<(Self, Vec<Envelope>), JournalError> {
        let lock = lock(folder)?;
        let path = folder.join(JOURNAL);
        let contents = reading::contents(&path)?;
        let change = JournalError::io("mend the end of", &path);
        let open = JournalError::io("open the journal", &path);
        let mut journal = OpenOptions::new().append(true).open(&path).map_err(open)?;
        let mend = |journal: &mut File| {
            journal.set_len(contents.length)?;
            if contents.unterminated { journal.write_all(b"\n") } else { Ok(()) }
        };
        mend(&mut journal).map_err(change)?;
        let store = FileStore {
            folder: folder.to_owned(),
            journal,
            lines: Vec::new(),
            length: contents.length + u64::from(contents.unterminated),
            bodies: size_of_bodies(folder),
            synced: 0,
            next: contents.events.len() as u64,
            saves: 0,
            parts: Vec::new(),
            torn: false,
            durable: false,
            _lock: lock,
        };
        Ok((store, contents.events))
    }

    /// From now on the intents of calls that may not be repeated survive the death of the machine too.
    pub fn durable(mut self) -> Result<Self, JournalError> {
        for folder in self.folder.ancestors().take(3) {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            sync_folder(folder).map_err(JournalError::io("sync", folder))?;
        }
        self.durable = true;
        Ok(self)
    }

    /// The run's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many bytes of the journal are sure to survive the death of the machine.
    pub fn synced(&self) -> u64 {
        self.synced
    }
}

impl Store for FileStore {
    fn append(&mut self, events: &[Envelope]) -> io::Result<()> {
        if self.torn {
            return Err(io::Error::other("an earlier write to the journal failed halfway"));
        }
        self.lines.clear();
        for (event, number) in events.iter().zip(self.next..) {
            debug_assert_eq!(event.n, number, "events are numbered without gaps");
            line::encode_line(event, &mut self.lines)?;
        }
        if let Err(error) = self.journal.write_all(&self.lines) {
            // Half a line in the middle of a journal would make all of it unreadable.
            self.torn = self.journal.set_len(self.length).is_err();
            return Err(naming(&self.folder.join(JOURNAL))(error));
        }
        if is_removed(&self.journal) {
            let gone = io::Error::new(io::ErrorKind::NotFound, "it was removed while the run went on");
            return Err(naming(&self.folder.join(JOURNAL))(gone));
        }
        self.next += events.len() as u64;
        self.length += self.lines.len() as u64;
        self.lines.clear();
        self.lines.shrink_to(KEPT);
        if self.durable && events.iter().any(is_once_intent) {
            self.journal.sync_data().map_err(naming(&self.folder.join(JOURNAL)))?;
            self.synced = self.length;
        }
        Ok(())
    }

    fn put_body(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{name}` is no name of a body")));
        }
        let bodies = self.folder.join(BODIES);
        let temporary = bodies.join(format!(".{name}.part"));
        let open = || private_file().write(true).create(true).truncate(true).open(&temporary);
        let mut file = match open() {
            // Most runs have no large body, and so no folder for them.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Not with the folders around it: a run whose folder is gone has no place for bodies either.
                private_folder().create(&bodies).map_err(naming(&bodies))?;
                open().map_err(naming(&temporary))?
            }
            opened => opened.map_err(naming(&temporary))?,
        };
        file.write_all(bytes).map_err(naming(&temporary))?;
        drop(file);
        fs::rename(&temporary, bodies.join(name)).map_err(naming(&temporary))?;
        self.bodies += bytes.len() as u64;
        Ok(())
    }

    fn size(&self) -> u64 {
        self.length + self.bodies
    }

    fn save(&mut self, name: &str) -> Box<dyn Saving> {
        self.saves += 1;
        let saved = SavedFile::new(&self.folder, name, self.saves);
        self.parts.push(saved.part_path());
        Box::new(saved)
    }
}

/// The bytes of the bodies that a run has kept so far; what cannot be read counts for nothing.
fn size_of_bodies(folder: &Path) -> u64 {
    let files = fs::read_dir(folder.join(BODIES)).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}

impl Drop for FileStore {
    /// A request that was dropped may have left a part behind, whose writer nobody waits for.
    fn drop(&mut self) {
        for part in &self.parts {
            // Nearly all of them are in their places by now.
            let _ = fs::remove_file(part);
        }
    }
}

/// Writes a view of a run, such as its transcript, into the run's folder: whole, or not at all.
pub fn write_view(folder: &Path, name: &str, text: &str) -> Result<PathBuf, JournalError> {
    let path = folder.join(name);
    let temporary = folder.join(format!(".{name}.part"));
    let file = private_file().write(true).create(true).truncate(true).open(&temporary);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&temporary, &path))
        .map_err(JournalError::io("write", &path))?;
    Ok(path)
}

fn is_once_intent(envelope: &Envelope) -> bool {
    matches!(&envelope.event, Event::Sending(sending) if sending.effect == Effect::Once)
}

/// Says which file an error is about.
fn naming(path: &Path) -> impl Fn(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

/// Whether an open file is in no folder any more: what is written to it then is lost with its end, and no write fails.
#[cfg(unix)]
fn is_removed(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
}

/// An open file cannot be removed.
#[cfg(not(unix))]
fn is_removed(_file: &File) -> bool {
    false
}

/// Takes the run for this process, as long as the file lives.
pub(super) fn lock(folder: &Path) -> Result<File, JournalError> {
    let path = folder.join(LOCK);
    // A journal is not made by whoever only looks for one.
    let open = private_file().write(true).create(LOCK != JOURNAL).truncate(false).open(&path);
    let file = open.map_err(JournalError::io("open the lock", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let run = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
            Err(JournalError::Busy { run, path: folder.to_owned() })
        }
        Err(TryLockError::Error(error)) => Err(JournalError::io("lock", &path)(error)),
    }
}

/// The same for a folder that was just made here: it may be held for a moment by someone who looks whether the run is
/// busy, and by nobody for longer.
fn lock_own(folder: &Path) -> Result<File, JournalError> {
    let path = folder.join(LOCK);
    let open = private_file().write(true).create(true).truncate(false).open(&path);
    let file = open.map_err(JournalError::io("open the lock", &path))?;
    file.lock().map_err(JournalError::io("lock", &path))?;
    Ok(file)
}

/// Makes the folder of all runs, and the root, which version control is to pass over.
fn make_root(root: &Path, runs: &Path) -> Result<(), JournalError> {
    if !root.exists() {
        make_folders(root)?;
        let ignore = root.join(".gitignore");
        fs::write(&ignore, "*\n").map_err(JournalError::io("create", &ignore))?;
    }
    make_folders(runs)
}

pub(super) fn make_folders(path: &Path) -> Result<(), JournalError> {
    private_folder().recursive(true).create(path).map_err(JournalError::io("create the folder", path))
}

/// Readable by the user alone: a journal holds answers, and answers hold what nobody declared a secret.
#[cfg(unix)]
fn private_folder() -> fs::DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = fs::DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private_folder() -> fs::DirBuilder {
    fs::DirBuilder::new()
}

#[cfg(unix)]
pub(super) fn private_file() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
pub(super) fn private_file() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{read, read_body, sample};
    use super::*;

    fn run() -> RunId {
        RunId("20261124-065523-k3f9".to_owned())
    }

    #[test]
    fn what_is_appended_is_read_again() {
        let home = tempfile::tempdir().expect("a folder");
        let root = home.path().join(".callsheet");
        let mut store = FileStore::create(&root, &run()).and_then(FileStore::durable).expect("a new run");
        let events = sample::events();
        store.append(&events[..3]).expect("space on disk");
        store.append(&[]).expect("nothing is always possible");
        store.append(&events[3..]).expect("space on disk");
        store.put_body("1.json", b"{}").expect("space on disk");
        assert_eq!(read(store.folder()).expect("it was just written"), events);
        assert_eq!(read(&store.folder().join(JOURNAL)).expect("it was just written"), events);
        assert_eq!(read_body(store.folder(), "1.json").expect("it was just written"), b"{}");
        assert_eq!(fs::read_to_string(root.join(".gitignore")).expect("made with the root"), "*\n");
        assert_eq!(fs::read_dir(store.folder().join(BODIES)).expect("a folder").count(), 1, "no part is left over");
    }

    #[test]
    fn a_body_stays_in_its_folder() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = FileStore::create(home.path(), &run()).expect("a new run");
        for name in ["../1.json", "", ".", "..", "a/b", "a\\b"] {
            assert!(store.put_body(name, b"").is_err(), "{name}");
        }
    }

    #[test]
    fn a_second_writer_is_told_which_run_is_busy() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = FileStore::create(home.path(), &run()).expect("a new run");
        store.append(&sample::events()).expect("space on disk");
        let folder = store.folder().to_owned();
        for error in [FileStore::create(home.path(), &run()).err(), FileStore::reopen(&folder).err()] {
            let message = error.expect("it is locked").to_string();
            assert!(message.starts_with("run `20261124-065523-k3f9` is being written by another process"), "{message}");
        }
        assert_eq!(read(&folder).expect("reading needs no lock").len(), sample::events().len());
        drop(store);
        assert!(matches!(FileStore::create(home.path(), &run()), Err(JournalError::Exists { .. })));
        FileStore::reopen(&folder).expect("nobody writes it now");
    }

    #[test]
    fn a_folder_of_bodies_is_made_with_the_first_body() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = FileStore::create(home.path(), &run()).expect("a new run");
        assert!(!store.folder().join(BODIES).exists());
        store.put_body("1.json", b"{}").and_then(|()| store.put_body("2.json", b"[]")).expect("space on disk");
        assert_eq!(read_body(store.folder(), "2.json").expect("it was just written"), b"[]");
    }

    #[test]
    fn a_reopened_run_goes_on_behind_its_last_whole_line() {
        let events = sample::events();
        for torn in [0, 1, 2, 40] {
            let home = tempfile::tempdir().expect("a folder");
            let mut store = FileStore::create(home.path(), &run()).expect("a new run");
            store.append(&events).expect("space on disk");
            let folder = store.folder().to_owned();
            store.journal.set_len(store.length - torn).expect("a shorter file");
            drop(store);
            let (mut store, kept) = FileStore::reopen(&folder).expect("a torn tail is no damage");
            assert_eq!(kept.len(), events.len() - usize::from(torn > 1));
            store.append(&events[kept.len()..]).expect("space on disk");
            assert_eq!(read(&folder).expect("it was mended"), events);
        }
    }

    #[test]
    #[cfg(unix)]
    fn only_the_user_can_read_the_files() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().expect("a folder");
        let root = home.path().join("deep/.callsheet");
        let mut store = FileStore::create(&root, &run()).expect("a new run");
        store.put_body("1.json", b"{}").expect("space on disk");
        let mode = |path: &Path| fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
        for folder in [root.as_path(), &root.join("runs"), store.folder(), &store.folder().join(BODIES)] {
            assert_eq!(mode(folder), 0o700, "{}", folder.display());
        }
        for file in [JOURNAL, LOCK, "bodies/1.json"] {
            assert_eq!(mode(&store.folder().join(file)), 0o600, "{file}");
        }
    }
}
