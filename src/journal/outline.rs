//! The head and the tail of a journal: enough to list a run. Of what lies between them only the checksums and the
//! numbers are looked at.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use serde::de::{Deserialize, Deserializer, IgnoredAny};

use super::reading::{journal_in, read, refuse_newer};
use super::{JournalError, line};
use crate::event::{Event, RunFinished};
use crate::id::RunId;

/// So much of the end of a journal is read first. The last event is longer only where outputs are.
const TAIL: u64 = 16 * 1024;

/// How a run began and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// How it began.
    pub head: Head,
    /// How it ended; `None` where the journal goes on, or just stops.
    pub finished: Option<RunFinished>,
    /// Whether it is not what its snapshot says.
    pub differs: bool,
    /// The run that goes on instead of it.
    pub handed_over: Option<RunId>,
    /// The time of the last event, in milliseconds since the start.
    pub at: u64,
}

/// What a list of runs says of a run's first event.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub struct Head {
    /// The run's name.
    pub run: RunId,
    /// When it started.
    pub started: jiff::Timestamp,
    /// The playbook's `playbook`, with its cell behind it.
    pub playbook: String,
    /// The playbook's `name`.
    pub title: Option<String>,
    /// How many steps the plan had.
    #[serde(deserialize_with = "count")]
    pub steps: usize,
}

/// Head and tail of a run's journal; `None` where not even its first event is whole.
///
/// Of what lies between them, only that it is what was written: what it says is for [`read`].
pub fn outline(run: &Path) -> Result<Option<Outline>, JournalError> {
    let path = journal_in(run);
    let file = File::open(&path).map_err(JournalError::io("read the journal", &path))?;
    let mut journal = BufReader::new(file);
    let mut first = Vec::new();
    journal.read_until(b'\n', &mut first).map_err(JournalError::io("read the journal", &path))?;
    let head = match head(&first) {
        Ok(head) => head,
        // Says exactly what is wrong, or that the only line is torn.
        Err(()) => return read(&path).map(|_| None),
    };
    let sound = is_sound(&mut journal).map_err(JournalError::io("read the journal", &path))?;
    let tail = tail(journal.get_mut()).map_err(JournalError::io("read the journal", &path))?;
    match tail.filter(|_| sound) {
        Some(Tail { finished, differs, handed_over, at }) => {
            Ok(Some(Outline { head, finished, differs, handed_over, at }))
        }
        None => {
            let events = read(&path)?;
            let at = events.last().map_or(0, |last| last.at);
            Ok(Some(Outline { head, finished: None, differs: false, handed_over: None, at }))
        }
    }
}

fn head(line: &[u8]) -> Result<Head, ()> {
    #[derive(serde::Deserialize)]
    struct First {
        event: FirstEvent,
    }
    #[derive(serde::Deserialize)]
    struct FirstEvent {
        run_started: Head,
    }
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line::verify(line).map_err(drop)?;
    refuse_newer(line).map_err(drop)?;
    serde_json::from_slice::<First>(line).map(|first| first.event.run_started).map_err(drop)
}

/// Whether every line after the first that is whole is what was written, and in its place.
fn is_sound(journal: &mut BufReader<File>) -> io::Result<bool> {
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        journal.read_until(b'\n', &mut line)?;
        let Some(whole) = line.strip_suffix(b"\n") else { break };
        if line::verify(whole).is_err() || !whole.starts_with(format!("{{\"n\":{number},").as_bytes()) {
            return Ok(false);
        }
    }
    Ok(true)
}

struct Tail {
    finished: Option<RunFinished>,
    differs: bool,
    handed_over: Option<RunId>,
    at: u64,
}

/// The end of a journal; `None` where something is wrong with it.
fn tail(journal: &mut File) -> io::Result<Option<Tail>> {
    let length = journal.seek(SeekFrom::End(0))?;
    let mut window = TAIL;
    loop {
        let start = length.saturating_sub(window);
        journal.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        journal.take(length - start).read_to_end(&mut bytes)?;
        // Where the window begins in the middle of a line, that line is not looked at.
        let lines = match memchr::memchr(b'\n', &bytes) {
            _ if start == 0 => &bytes[..],
            Some(at) => &bytes[at + 1..],
            None => &[],
        };
        match last_event(lines) {
            Err(Undecided::Damaged) => return Ok(None),
            Err(Undecided::TooShort) if start == 0 => return Ok(None),
            Err(Undecided::TooShort) => window *= 8,
            Ok(tail) => return Ok(Some(tail)),
        }
    }
}

enum Undecided {
    /// Whether the run has ended is said further ahead.
    TooShort,
    /// A line is not what was written.
    Damaged,
}

/// Goes back over what may follow the end of a run, and over a torn line.
fn last_event(lines: &[u8]) -> Result<Tail, Undecided> {
    let (mut differs, mut handed_over, mut at) = (false, None, None);
    let mut last = true;
    for piece in lines.split_inclusive(|byte| *byte == b'\n').rev() {
        let whole = piece.strip_suffix(b"\n");
        let is_last = std::mem::take(&mut last);
        if line::verify(whole.unwrap_or(piece)).is_err() {
            if is_last && whole.is_none() {
                continue;
            }
            return Err(Undecided::Damaged);
        }
        let envelope = line::decode(whole.unwrap_or(piece)).map_err(|_| Undecided::Damaged)?;
        let at = *at.get_or_insert(envelope.at);
        match envelope.event {
            Event::SnapshotDiffers { .. } => differs = true,
            Event::HandedOver { to } => handed_over = Some(to),
            Event::RunFinished(finished) => return Ok(Tail { finished: Some(*finished), differs, handed_over, at }),
            _ => return Ok(Tail { finished: None, differs: false, handed_over, at }),
        }
    }
    Err(Undecided::TooShort)
}

fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    Vec::<IgnoredAny>::deserialize(deserializer).map(|items| items.len())
}

#[cfg(test)]
mod tests {
    use super::super::{FileStore, JOURNAL, sample};
    use super::*;
    use crate::event::{Envelope, Failure, FailureKind, Outcome, Store};

    fn finished(n: u64, output: &str) -> Envelope {
        let finished = RunFinished {
            outcome: Outcome::Passed,
            interrupted: false,
            flaky: 0,
            left_behind: Vec::new(),
            outputs: [("a".to_owned(), output.into())].into_iter().collect(),
            ids: Vec::new(),
            failures: Vec::new(),
        };
        Envelope { n, at: 99, event: Event::RunFinished(Box::new(finished)) }
    }

    fn differs(n: u64) -> Envelope {
        let message = "x".repeat(40_000);
        let failures = vec![Failure { kind: FailureKind::Snapshot, message, place: None, help: None }];
        Envelope { n, at: 100, event: Event::SnapshotDiffers { snapshot: "a.snap".to_owned(), failures } }
    }

    /// A run with these events behind those of the sample.
    fn run(more: &[Envelope]) -> tempfile::TempDir {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = FileStore::create(home.path(), &RunId("r".to_owned())).expect("a new run");
        store.append(&sample::events()).and_then(|()| store.append(more)).expect("space on disk");
        home
    }

    fn outline_of(home: &tempfile::TempDir) -> Result<Option<Outline>, String> {
        outline(&home.path().join("runs/r")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_run_is_outlined_by_its_first_and_its_last_event() {
        let home = run(&[finished(4, &"long ".repeat(20_000))]);
        let outline = outline_of(&home).expect("it is sound").expect("it has begun");
        assert_eq!((&*outline.head.playbook, outline.head.steps, outline.at), ("demo", 0, 99));
        assert_eq!(outline.finished.map(|finished| finished.outcome), Some(Outcome::Passed));
        let home = run(&[]);
        let outline = outline_of(&home).expect("it is sound").expect("it has begun");
        assert_eq!((outline.finished, outline.at), (None, 30));
    }

    #[test]
    fn a_snapshot_that_differs_stands_behind_the_end() {
        let outline = outline_of(&run(&[finished(4, ""), differs(5)])).expect("it is sound").expect("it has begun");
        assert!(outline.differs && outline.finished.is_some());
        assert_eq!(outline.at, 100);
    }

    #[test]
    fn damage_between_head_and_tail_is_told_with_its_line() {
        let home = run(&[finished(4, "")]);
        let path = home.path().join("runs/r").join(JOURNAL);
        let text = std::fs::read_to_string(&path).expect("it was written");
        let changed = text.replacen("step_started", "STEP_started", 1);
        let without_a_line = text.split_inclusive('\n').enumerate().filter(|(index, _)| *index != 2);
        let without_a_line = without_a_line.map(|(_, line)| line).collect::<String>();
        for (damaged, expected) in
            [(changed, ": the checksum"), (without_a_line, ":3: expected event 2 and found event 3")]
        {
            std::fs::write(&path, damaged).expect("space on disk");
            let error = outline_of(&home).expect_err("it is damaged");
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_journal_cut_anywhere_is_outlined_as_it_is_read() {
        let home = run(&[finished(4, "")]);
        let path = home.path().join("runs/r").join(JOURNAL);
        let whole = std::fs::read(&path).expect("it was written");
        for length in 0..=whole.len() {
            std::fs::write(&path, &whole[..length]).expect("space on disk");
            let events = read(&path).expect("a torn line is no damage");
            let outline = outline_of(&home).unwrap_or_else(|error| panic!("cut at {length}: {error}"));
            assert_eq!(outline.as_ref().map(|outline| outline.at), events.last().map(|last| last.at), "at {length}");
            let is_over = events.last().is_some_and(|last| matches!(last.event, Event::RunFinished(_)));
            assert_eq!(outline.is_some_and(|outline| outline.finished.is_some()), is_over, "cut at {length}");
        }
    }

    #[test]
    fn damage_at_either_end_is_told_with_its_line() {
        for (part, expected) in [("demo.yaml", ":1: the checksum"), ("outputs", ":5: the checksum")] {
            let home = run(&[finished(4, "")]);
            let path = home.path().join("runs/r").join(JOURNAL);
            let text = std::fs::read_to_string(&path).expect("it was written");
            std::fs::write(&path, text.replacen(part, &part.to_uppercase(), 1)).expect("space on disk");
            let error = outline_of(&home).expect_err("it is damaged");
            assert!(error.contains(expected), "{error}");
        }
    }
}
