//! A place at which a run waits to be killed: what the crash tests hold on to, and nothing that a user needs.
//!
//! `CALLSHEET_FAULT=before:N`, `after:N` or `torn:N` parks the thread that runs the playbook before event N of the
//! journal is written, after it, or when half of its line is written, and says so on standard error. Events are written
//! one by one then, so that a turn's events are cut apart as well. Nothing is ever undone here: the process waits until
//! it is killed.

use std::fs::OpenOptions;
use std::io::{self, Write};

use super::terminal::tell;
use crate::event::{Envelope, Saving, Store};
use crate::journal::FileStore;

/// The name of the variable.
const VARIABLE: &str = "CALLSHEET_FAULT";

/// Where in the writing of an event the process waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    Torn,
    After,
}

/// A store that waits at one event.
struct FaultPoint {
    store: FileStore,
    at: (When, u64),
}

/// The store with its fault point; the store itself, where the environment names no event.
pub(super) fn with_fault_point(store: FileStore) -> Box<dyn Store> {
    match std::env::var(VARIABLE).ok().and_then(|text| read(&text)) {
        Some(at) => Box::new(FaultPoint { store, at }),
        None => Box::new(store),
    }
}

impl FaultPoint {
    fn reach(&self, when: When, event: &Envelope) -> io::Result<()> {
        if self.at != (when, event.n) {
            return Ok(());
        }
        if when == When::Torn {
            let line = serde_json::to_vec(event)?;
            let mut journal = OpenOptions::new().append(true).open(self.store.folder().join("journal.jsonl"))?;
            journal.write_all(&line[..line.len() / 2])?;
        }
        tell(&format!("fault: event {}\n", event.n));
        loop {
            std::thread::park();
        }
    }
}

impl Store for FaultPoint {
    fn append(&mut self, events: &[Envelope]) -> io::Result<()> {
        for event in events {
            self.reach(When::Before, event)?;
            self.reach(When::Torn, event)?;
            self.store.append(std::slice::from_ref(event))?;
            self.reach(When::After, event)?;
        }
        Ok(())
    }

    fn put_body(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.store.put_body(name, bytes)
    }

    fn save(&mut self, name: &str) -> Box<dyn Saving> {
        self.store.save(name)
    }

    fn size(&self) -> u64 {
        self.store.size()
    }
}

fn read(text: &str) -> Option<(When, u64)> {
    let (when, event) = text.split_once(':')?;
    let when = match when {
        "before" => When::Before,
        "torn" => When::Torn,
        "after" => When::After,
        _ => return None,
    };
    Some((when, event.parse().ok()?))
}
