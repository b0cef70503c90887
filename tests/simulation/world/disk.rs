//! The disk of a run: keeps the journal's lines as bytes, and can die at any append, before, behind or within it.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use callsheet::event::{CallId, Envelope, Event, Saving, Store};
use callsheet::journal::{self, JournalError};

use super::dice::Dice;
use super::key::Key;
use super::plant::Plant;

/// When a process dies.
#[derive(Clone, Debug)]
pub struct Crash {
    /// At which append of its process, from one.
    pub at: usize,
    /// How much of that append is written, of a thousand parts.
    pub written: usize,
}

impl Crash {
    pub fn of(dice: &mut Dice) -> Self {
        let written = match dice.below(3) {
            0 => 0,
            1 => 1000,
            _ => dice.below(1000),
        };
        Crash { at: 1 + dice.below(20), written }
    }
}

/// The disk. Clones share it: one goes into the run, the others look.
#[derive(Clone)]
pub struct Disk(Arc<Mutex<Platter>>);

struct Platter {
    bytes: Vec<u8>,
    bodies: BTreeMap<String, Vec<u8>>,
    /// The newest intent of each kind of request, while nothing has used it.
    intents: HashMap<Key, CallId>,
    appends: usize,
    crash: Option<Crash>,
    dead: bool,
    plant: Plant,
}

impl Disk {
    pub fn new(plant: Plant) -> Self {
        Disk(Arc::new(Mutex::new(Platter {
            bytes: Vec::new(),
            bodies: BTreeMap::new(),
            intents: HashMap::new(),
            appends: 0,
            crash: None,
            dead: false,
            plant,
        })))
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().expect("no holder of this lock panics")
    }

    /// A process begins, which will perhaps die.
    pub fn begin_process(&self, crash: Option<Crash>) {
        let mut platter = self.platter();
        platter.appends = 0;
        platter.dead = false;
        platter.crash = crash;
        // What was on its way is not any more.
        platter.intents.clear();
    }

    /// The events that a process left; a torn last line is cut off.
    pub fn reopen(&self) -> Result<Vec<Envelope>, JournalError> {
        let mut platter = self.platter();
        let events = journal::decode(&platter.bytes)?;
        platter.bytes.clear();
        journal::encode(&events, &mut platter.bytes).expect("events that were read can be written");
        platter.plant.process_ended(events.len());
        Ok(events)
    }

    /// Whether the process has died.
    pub fn is_dead(&self) -> bool {
        self.platter().dead
    }

    /// The journal as it would be found.
    pub fn bytes(&self) -> Vec<u8> {
        self.platter().bytes.clone()
    }

    /// A body that the journal names.
    pub fn body(&self, name: &str) -> Option<Vec<u8>> {
        self.platter().bodies.get(name).cloned()
    }

    /// Every body.
    pub fn bodies(&self) -> Vec<Vec<u8>> {
        self.platter().bodies.values().cloned().collect()
    }

    /// Whether a planted bug keeps a request from going out.
    pub fn swallows(&self, key: &Key) -> bool {
        self.platter().plant.swallows(key)
    }

    /// The intent that allows a request to go out now: it is kept, and no request has used it.
    pub fn use_intent(&self, key: &Key) -> Option<CallId> {
        self.platter().intents.remove(key)
    }
}

impl Platter {
    fn write(&mut self, events: &[Envelope]) -> io::Result<()> {
        let mut lines = Vec::new();
        journal::encode(events, &mut lines)?;
        if let Some(crash) = self.crash.take_if(|crash| crash.at == self.appends) {
            self.dead = true;
            lines.truncate(lines.len() * crash.written / 1000);
            self.bytes.extend_from_slice(&lines);
            return Ok(());
        }
        self.bytes.extend_from_slice(&lines);
        for envelope in events {
            if let Event::Sending(sending) = &envelope.event {
                self.intents.insert(Key::of_record(&sending.request), sending.call);
            }
        }
        Ok(())
    }
}

impl Store for Disk {
    fn append(&mut self, events: &[Envelope]) -> io::Result<()> {
        let mut platter = self.platter();
        if platter.dead {
            return Ok(());
        }
        platter.appends += 1;
        let events = platter.plant.writes(events);
        platter.write(&events)
    }

    fn put_body(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut platter = self.platter();
        if !platter.dead {
            platter.bodies.insert(name.to_owned(), bytes.to_owned());
        }
        Ok(())
    }

    fn size(&self) -> u64 {
        let platter = self.platter();
        (platter.bytes.len() + platter.bodies.values().map(Vec::len).sum::<usize>()) as u64
    }

    fn save(&mut self, name: &str) -> Box<dyn Saving> {
        unreachable!("no playbook here saves, and `{name}` is to be saved")
    }
}
