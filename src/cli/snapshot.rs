//! `run --snapshot`, `--update-snapshots`, and `callsheet diff`.

use std::path::{Path, PathBuf};

use super::args::DiffArgs;
use super::exit::Exit;
use super::terminal::{say, tell};
use crate::check::Cell;
use crate::event::{Envelope, Event, Failure, FailureKind, Outcome, Store};
use crate::id::Address;
use crate::journal::{FileStore, find, read, read_body};
use crate::record::Record;
use crate::transcript::{Difference, Transcript, differences};

/// More differences than this are only counted.
const SHOWN: usize = 40;

/// Where the snapshot of a playbook is kept: `snapshots/NAME.snap` beside it; of a cell `snapshots/NAME[dev,eu].snap`.
fn place(playbook: &Path, cell: &Cell) -> PathBuf {
    let mut name = playbook.file_stem().unwrap_or(playbook.as_os_str()).to_owned();
    name.push(as_file_name(&cell.to_string()));
    name.push(".snap");
    playbook.with_file_name("snapshots").join(name)
}

/// A cell's name in the name of a file. What not every file system takes is written as in a URL; of a name that is too
/// long the end is its checksum.
fn as_file_name(cell: &str) -> String {
    const LONGEST: usize = 120;
    let mut name = String::new();
    for character in cell.chars() {
        if character.is_alphanumeric() || " -_.,+=@~()[]".contains(character) {
            name.push(character);
        } else {
            let mut bytes = [0; 4];
            name.extend(character.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        }
    }
    if name.len() > LONGEST {
        name.truncate(name.floor_char_boundary(LONGEST));
        name += &format!("~{:08x}]", crc32fast::hash(cell.as_bytes()));
    }
    name
}

/// What `run` asks for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The playbook's file.
    pub(super) playbook: &'a Path,
    /// The cell of its matrix.
    pub(super) cell: &'a Cell,
    /// The run's folder.
    pub(super) folder: &'a Path,
    /// Whether the transcript becomes the snapshot.
    pub(super) update: bool,
    /// Whether only some of the steps were to run.
    pub(super) partial: bool,
    /// Whether what is as it should be is not told.
    pub(super) quiet: bool,
}

/// What became of it.
pub(super) struct Settled {
    /// What there is to tell.
    pub(super) told: String,
    /// Failed where the run is not as expected, errored where that could not be found out.
    pub(super) exit: Exit,
}

impl Settled {
    fn new(exit: Exit, told: impl Into<String>) -> Self {
        Settled { told: told.into(), exit }
    }

    /// All is well, and perhaps nobody wants to hear it.
    fn well(quiet: bool, told: String) -> Self {
        Settled::new(Exit::Passed, if quiet { String::new() } else { told })
    }
}

/// Holds a run against its playbook's snapshot, or makes it the snapshot. A run that differs has failed: its journal
/// and its record say so from then on.
pub(super) fn settle(asked: Asked<'_>, transcript: &Transcript, record: &mut Record) -> Settled {
    let path = place(asked.playbook, asked.cell);
    let shown = path.display();
    if asked.update {
        return update(asked, &path, transcript, record);
    }
    let expected = match std::fs::read_to_string(&path) {
        Ok(text) => Transcript::read(&text).map_err(|reason| format!("{shown} cannot be held against: {reason}")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let told = format!("error: there is no snapshot {shown}\nhelp: `--update-snapshots` writes it\n");
            return Settled::new(Exit::Failed, told);
        }
        Err(error) => Err(format!("cannot read the snapshot {shown}: {error}")),
    };
    let expected = match expected {
        Ok(expected) => expected,
        Err(message) => {
            return Settled::new(
                Exit::Errored,
                format!("error: {message}\nhelp: `--update-snapshots` writes it anew\n"),
            );
        }
    };
    let mut found = differences(&expected, transcript);
    if asked.partial || !record.outcome().is_some_and(Outcome::is_passed) {
        // What was not run differs because of what was, or because nobody asked for it.
        found.retain(|difference| ran(record, &difference.step));
    }
    if found.is_empty() {
        return Settled::well(asked.quiet, format!("snapshot: {shown} holds\n"));
    }
    let event = Event::SnapshotDiffers { snapshot: shown.to_string(), failures: failures(&found, &shown.to_string()) };
    match append(asked.folder, event) {
        Ok(envelope) => {
            record.take(envelope);
            Settled::new(Exit::Failed, "")
        }
        Err(error) => Settled::new(Exit::Failed, format!("error: {error}\n")),
    }
}

fn ran(record: &Record, step: &str) -> bool {
    record
        .step(&Address::step(step))
        .is_some_and(|step| step.outcome().is_some_and(|outcome| outcome != Outcome::Skipped))
}

fn update(asked: Asked<'_>, path: &Path, transcript: &Transcript, record: &Record) -> Settled {
    let shown = path.display();
    if !record.outcome().is_some_and(Outcome::is_passed) {
        let told = format!("snapshot: {shown} is not written, because the run did not pass\n");
        return Settled::new(Exit::Passed, told);
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    match std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, transcript.to_yaml())) {
        Ok(()) => Settled::well(asked.quiet, format!("snapshot: {shown} written\n")),
        Err(error) => Settled::new(Exit::Errored, format!("error: cannot write the snapshot {shown}: {error}\n")),
    }
}

fn failures(found: &[Difference], snapshot: &str) -> Vec<Failure> {
    let failure = |message: String| Failure { kind: FailureKind::Snapshot, message, place: None, help: None };
    let mut failures: Vec<Failure> =
        found.iter().take(SHOWN).map(|difference| failure(difference.to_string())).collect();
    if found.len() > SHOWN {
        failures.push(failure(format!("and {} more differences", found.len() - SHOWN)));
    }
    if let Some(last) = failures.last_mut() {
        last.help = Some(format!("`--update-snapshots` takes what is there now as what is expected ({snapshot})"));
    }
    failures
}

/// Adds an event to the journal of a run that is over.
fn append(folder: &Path, event: Event) -> Result<Envelope, String> {
    let (mut store, events) = FileStore::reopen(folder).map_err(|error| error.to_string())?;
    let at = events.last().map_or(0, |last| last.at);
    let envelope = Envelope { n: events.len() as u64, at, event };
    store.append(std::slice::from_ref(&envelope)).map_err(|error| error.to_string())?;
    Ok(envelope)
}

fn list(differences: &[Difference]) -> String {
    let mut text: String = differences.iter().take(SHOWN).map(|difference| format!("\n{difference}\n")).collect();
    if differences.len() > SHOWN {
        text += &format!("\nand {} more\n", differences.len() - SHOWN);
    }
    text
}

/// `callsheet diff`: exit 0 where the runs are alike, 4 where they differ.
pub(super) fn diff(args: &DiffArgs) -> Exit {
    let transcript = |run: &str| {
        let folder = find(&args.folder, Some(run))?;
        let record = Record::fold(read(&folder)?);
        Ok::<_, crate::journal::JournalError>(Transcript::new(&record, &|name| read_body(&folder, name).ok()))
    };
    match transcript(&args.left).and_then(|left| Ok((left, transcript(&args.right)?))) {
        Ok((left, right)) => {
            let found = differences(&left, &right);
            if found.is_empty() {
                return say("the runs are alike\n");
            }
            Exit::Failed.max(say(list(&found).trim_start_matches('\n')))
        }
        Err(error) => {
            tell(&format!("error: {error}\n"));
            Exit::Errored
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_a_snapshot_that_every_file_system_takes() {
        assert_eq!(as_file_name(""), "");
        assert_eq!(as_file_name("[dev,3.5]"), "[dev,3.5]");
        assert_eq!(as_file_name(r#"[http://a/b?c,"x,y"]"#), "[http%3A%2F%2Fa%2Fb%3Fc,%22x,y%22]");
        let (one, other) = (format!("[{}1]", "é".repeat(200)), format!("[{}2]", "é".repeat(200)));
        assert!(as_file_name(&one).len() < 150 && as_file_name(&one) != as_file_name(&other));
    }
}
