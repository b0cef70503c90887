//! The files of a run without files.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use super::line::encode;
use crate::event::{Envelope, Saving, Store};

/// Keeps events and bodies in memory. Clones share them: one goes into the run, the other is read.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    events: Vec<Envelope>,
    bodies: BTreeMap<String, Vec<u8>>,
    saved: BTreeMap<String, Vec<u8>>,
    size: u64,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// The events so far.
    pub fn events(&self) -> Vec<Envelope> {
        self.kept().events.clone()
    }

    /// The names of the bodies so far, sorted.
    pub fn body_names(&self) -> Vec<String> {
        self.kept().bodies.keys().cloned().collect()
    }

    /// A body.
    pub fn body(&self, name: &str) -> Option<Vec<u8>> {
        self.kept().bodies.get(name).cloned()
    }

    /// What was saved under a name.
    pub fn saved(&self, name: &str) -> Option<Vec<u8>> {
        self.kept().saved.get(name).cloned()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

impl Store for MemoryStore {
    fn append(&mut self, events: &[Envelope]) -> io::Result<()> {
        let mut lines = Vec::new();
        encode(events, &mut lines)?;
        let mut kept = self.kept();
        kept.events.extend_from_slice(events);
        kept.size += lines.len() as u64;
        Ok(())
    }

    fn put_body(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut kept = self.kept();
        kept.bodies.insert(name.to_owned(), bytes.to_owned());
        kept.size += bytes.len() as u64;
        Ok(())
    }

    /// An event counts for as much as its line in a journal would take.
    fn size(&self) -> u64 {
        self.kept().size
    }

    fn save(&mut self, name: &str) -> Box<dyn Saving> {
        Box::new(SavedInMemory { store: self.clone(), name: name.to_owned(), bytes: Vec::new() })
    }
}

struct SavedInMemory {
    store: MemoryStore,
    name: String,
    bytes: Vec<u8>,
}

impl Saving for SavedInMemory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.store.kept().saved.insert(self.name, self.bytes);
        Ok(())
    }
}
