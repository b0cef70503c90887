//! The reader of journals, and the views of what it reads.
//!
//! An input whose first byte is `!` has its checksums and numbers put right first, so that events are reached that no
//! run of ours wrote.

use std::cell::OnceCell;
use std::fs;
use std::path::PathBuf;

use callsheet::journal::{self, JournalError};
use callsheet::record::Record;
use callsheet::report;
use callsheet::transcript::Transcript;
use serde_json::Value;

use crate::fuzz::Target;
use crate::fuzz::shape::Shape;

pub const TARGET: Target = Target { name: "journal", seeds, words: WORDS, run, short: 250 };

const WORDS: &[&str] = &[
    "\"n\":0",
    "\"at\":",
    "\"event\":",
    "\"run_started\"",
    "\"step_started\"",
    "\"sending\"",
    "\"answered\"",
    "\"unanswered\"",
    "\"decided\"",
    "\"step_finished\"",
    "\"run_finished\"",
    "\"expanded\"",
    "\"crc\":\"00000000\"",
    "null",
    "[]",
    "{}",
    "\"\"",
    "\"a[1].b\"",
    "18446744073709551615",
    "-1",
    "\n",
    "!",
    "\"\\u0000\"",
    "\"\\ud800\"",
];

/// `,"crc":"` and eight digits and `"}`.
const TAIL: usize = 18;

fn seeds() -> Vec<Vec<u8>> {
    let saved = super::files("tests/fixtures/journal", ".jsonl");
    let mended = saved.iter().map(|journal| [b"!", &journal[..]].concat());
    saved.iter().cloned().chain(mended).collect()
}

fn run(input: &[u8]) -> Shape {
    let text = match input.strip_prefix(b"!") {
        Some(text) => &mended(text),
        None => input,
    };
    let path = place();
    fs::write(&path, text).expect("a journal can be written");
    let mut shape = Shape::default();
    match journal::read(&path) {
        Ok(events) => {
            let whole = text.iter().filter(|byte| **byte == b'\n').count();
            let rest = !text.is_empty() && !text.ends_with(b"\n");
            assert!((whole..=whole + usize::from(rest)).contains(&events.len()), "{} of {whole} lines", events.len());
            shape.size(events.len());
            views(&Record::fold(events), &mut shape);
        }
        Err(JournalError::Damaged { line, cause, .. }) => {
            let lines = text.split(|byte| *byte == b'\n').count();
            assert!((1..=lines).contains(&line), "line {line} of {lines}");
            shape.message(&cause);
        }
        Err(JournalError::NewerFormat { .. }) => {
            shape.message("newer");
        }
        Err(error) => panic!("{error}"),
    }
    shape
}

fn views(record: &Record, shape: &mut Shape) {
    let transcript = Transcript::new(record, &|_| None).to_yaml();
    Transcript::read(&transcript).unwrap_or_else(|error| panic!("its own transcript cannot be read: {error}"));
    serde_json::from_str::<Value>(&report::json(record)).expect("a report is JSON");
    shape.size(report::junit(record).len()).size(report::markdown(record).len());
    shape.size(record.unknown().count()).size(record.left_behind().len()).size(record.steps().count());
}

/// The same lines with the numbers and checksums that the reader wants.
fn mended(text: &[u8]) -> Vec<u8> {
    let mut mended = Vec::new();
    for (number, line) in text.split(|byte| *byte == b'\n').filter(|line| line.len() > TAIL).enumerate() {
        let open = [&line[..line.len() - TAIL], b"}"].concat();
        let Ok(Value::Object(mut envelope)) = serde_json::from_slice(&open) else { continue };
        envelope.insert("n".to_owned(), number.into());
        let mut written = Value::Object(envelope).to_string();
        written.pop();
        let crc = crc32(written.as_bytes());
        mended.extend_from_slice(format!("{written},\"crc\":\"{crc:08x}\"}}\n").as_bytes());
    }
    mended
}

/// The checksum of zlib, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

/// A file of this thread's own.
fn place() -> PathBuf {
    thread_local! {
        static FOLDER: OnceCell<tempfile::TempDir> = const { OnceCell::new() };
    }
    // In memory where that is possible: a file on a disk takes longer than all the rest.
    let folder = || tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    FOLDER.with(|kept| kept.get_or_init(folder).path().join("journal.jsonl"))
}
