//! Reads the files of a run.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{BODIES, JOURNAL, JournalError, line};
use crate::event::{Envelope, FORMAT};

/// The events of a run, from its folder or its `journal.jsonl`.
///
/// A last line that was torn by the death of the process is left out; nobody acted on it. Damage anywhere else, and
/// a journal of a later format, are errors.
pub fn read(path: &Path) -> Result<Vec<Envelope>, JournalError> {
    contents(&journal_in(path)).map(|contents| contents.events)
}

/// The events of a journal that is not in a file of its own.
pub fn decode(bytes: &[u8]) -> Result<Vec<Envelope>, JournalError> {
    parse(bytes).map(|contents| contents.events).map_err(|defect| defect.of(Path::new(JOURNAL)))
}

/// A body that an event names: [`crate::event::BodyRecord::Stored`].
pub fn read_body(run: &Path, name: &str) -> Result<Vec<u8>, JournalError> {
    let journal = journal_in(run);
    let path = journal.parent().unwrap_or(Path::new(".")).join(BODIES).join(name);
    fs::read(&path).map_err(JournalError::io("read the body", &path))
}

/// The names of the bodies beside a run's journal.
pub fn body_names(run: &Path) -> Result<Vec<String>, JournalError> {
    let bodies = run.join(BODIES);
    let entries = match fs::read_dir(&bodies) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(JournalError::io("list", &bodies)(error)),
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.filter(|name| !name.starts_with('.')).collect())
}

/// What a journal holds.
pub(super) struct Contents {
    /// The events, in order.
    pub(super) events: Vec<Envelope>,
    /// The length of the lines that are whole.
    pub(super) length: u64,
    /// Whether the last of them lacks only its line break.
    pub(super) unterminated: bool,
}

/// Reads a journal file.
pub(super) fn contents(path: &Path) -> Result<Contents, JournalError> {
    let bytes = fs::read(path).map_err(JournalError::io("read the journal", path))?;
    parse(&bytes).map_err(|defect| defect.of(path))
}

pub(super) enum Defect {
    Line { line: usize, cause: String },
    Newer(u32),
}

impl Defect {
    fn of(self, path: &Path) -> JournalError {
        match self {
            Defect::Line { line, cause } => JournalError::Damaged { path: path.to_owned(), line, cause },
            Defect::Newer(found) => JournalError::NewerFormat { path: path.to_owned(), found },
        }
    }
}

fn parse(bytes: &[u8]) -> Result<Contents, Defect> {
    let mut contents = Contents { events: Vec::new(), length: 0, unterminated: false };
    for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
        let number = contents.events.len();
        let at = |cause| Defect::Line { line: number + 1, cause };
        let (text, whole) = match piece.strip_suffix(b"\n") {
            Some(text) => (text, true),
            None => (piece, false),
        };
        match line::verify(text) {
            Err(_) if !whole && !is_damage(text) => break,
            verified => verified.map_err(at)?,
        }
        if number == 0 {
            refuse_newer(text)?;
        }
        let envelope = line::decode(text).map_err(at)?;
        if envelope.n != number as u64 {
            return Err(at(format!("expected event {number} and found event {}", envelope.n)));
        }
        contents.events.push(envelope);
        contents.length += piece.len() as u64;
        contents.unterminated = !whole;
    }
    Ok(contents)
}

/// A torn line is the beginning of a line. A whole line and something else in place of the line break is damage.
fn is_damage(tail: &[u8]) -> bool {
    tail.split_last().is_some_and(|(_, line)| line::verify(line).is_ok())
}

/// Looks at the format alone: the rest of a later format may not be readable at all.
pub(super) fn refuse_newer(line: &[u8]) -> Result<(), Defect> {
    #[derive(Deserialize)]
    struct First {
        event: FirstEvent,
    }
    #[derive(Deserialize)]
    struct FirstEvent {
        run_started: Format,
    }
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    match serde_json::from_slice::<First>(line) {
        Ok(first) if first.event.run_started.format > FORMAT => Err(Defect::Newer(first.event.run_started.format)),
        Ok(_) => Ok(()),
        Err(_) => Err(Defect::Line { line: 1, cause: "a journal begins with the start of a run".to_owned() }),
    }
}

/// The journal of a run's folder; a file is taken as the journal itself.
pub(super) fn journal_in(path: &Path) -> PathBuf {
    if path.is_file() { path.to_owned() } else { path.join(JOURNAL) }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn encoded(events: &[Envelope]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for event in events {
            line::encode_line(event, &mut bytes).expect("events are JSON");
        }
        bytes
    }

    #[test]
    fn a_journal_torn_at_any_byte_gives_the_events_before_the_tear() {
        let events = sample::events();
        let bytes = encoded(&events);
        for length in 0..bytes.len() {
            let whole = bytes[..length].iter().filter(|byte| **byte == b'\n').count();
            let Ok(contents) = parse(&bytes[..length]) else { panic!("torn at byte {length}") };
            // A line that lacks nothing but its line break is whole.
            let expected = whole + usize::from(contents.unterminated);
            assert_eq!(contents.events, events[..expected], "torn at byte {length}");
            assert_eq!(contents.unterminated, bytes[length] == b'\n', "torn at byte {length}");
        }
    }

    #[test]
    fn a_flipped_bit_is_found_wherever_it_is() {
        let bytes = encoded(&sample::events());
        for position in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[position] ^= 1 << (position % 8);
            let line = 1 + bytes[..position].iter().filter(|byte| **byte == b'\n').count();
            match parse(&flipped) {
                Err(Defect::Line { line: found, .. }) => assert_eq!(found, line, "byte {position}"),
                _ => panic!("byte {position} was changed and nobody noticed"),
            }
        }
    }

    #[test]
    fn a_missing_line_is_found() {
        let mut events = sample::events();
        events.remove(2);
        let Err(Defect::Line { line, cause }) = parse(&encoded(&events)) else { panic!("a gap is an error") };
        assert_eq!((line, cause.as_str()), (3, "expected event 2 and found event 3"));
    }

    #[test]
    fn a_later_format_is_refused_even_where_its_events_are_unknown() {
        let mut bytes = b"{\"n\":0,\"event\":{\"run_started\":{\"format\":7}}".to_vec();
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(format!(",\"crc\":\"{crc:08x}\"}}\nwhatever\n").as_bytes());
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(JOURNAL), bytes).expect("a file");
        let error = read(folder.path()).expect_err("a later format is refused").to_string();
        assert!(
            error.ends_with(&format!(
                "journal.jsonl` is a journal of format 7, written by a later callsheet; this one reads formats up to {FORMAT}"
            )),
            "{error}"
        );
    }
}
