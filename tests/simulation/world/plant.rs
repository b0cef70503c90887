//! Bugs that are planted from outside, to see whether the oracle finds them.
//!
//! A runner that had such a bug would look to the server and on the disk as one does with the plant. Nothing is
//! planted in the program itself.

use std::collections::HashSet;

use callsheet::event::{CallId, Envelope, Event, Role};

use super::key::Key;

/// A bug, and what it must remember to look real.
#[derive(Clone, Debug, Default)]
pub struct Plant {
    bug: Option<Bug>,
    interrupted: bool,
    /// What is never written.
    unwritten: HashSet<CallId>,
    /// What is never sent.
    unsent: HashSet<Key>,
    next: u64,
    held: Vec<Envelope>,
}

/// What a runner could do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// An intent is written after its request was sent.
    LateIntent,
    /// A run that was interrupted forgets its cleanups.
    ForgottenCleanup,
    /// A call that must not be done twice is sent again after a reset.
    Resent,
}

impl Bug {
    /// Every bug, with the word for it.
    pub const ALL: [(&'static str, Bug); 3] =
        [("late-intent", Bug::LateIntent), ("forgotten-cleanup", Bug::ForgottenCleanup), ("resent", Bug::Resent)];
}

impl Plant {
    pub fn of(bug: Option<Bug>) -> Self {
        Plant { bug, ..Plant::default() }
    }

    /// What a process had not written yet is gone with it; so many events are there.
    pub fn process_ended(&mut self, events: usize) {
        self.held.clear();
        self.interrupted = false;
        self.next = events as u64;
    }

    /// What the disk gets of what the runner writes.
    pub fn writes(&mut self, events: &[Envelope]) -> Vec<Envelope> {
        match self.bug {
            Some(Bug::LateIntent) => self.late(events),
            Some(Bug::ForgottenCleanup) => self.forgetful(events),
            _ => events.to_vec(),
        }
    }

    /// Everything from an intent on waits for the next append.
    fn late(&mut self, events: &[Envelope]) -> Vec<Envelope> {
        let mut written = std::mem::take(&mut self.held);
        let first = events.iter().position(|envelope| matches!(envelope.event, Event::Sending(_)));
        let (now, later) = events.split_at(first.unwrap_or(events.len()));
        written.extend_from_slice(now);
        self.held = later.to_vec();
        written
    }

    fn forgetful(&mut self, events: &[Envelope]) -> Vec<Envelope> {
        let mut written = Vec::new();
        for envelope in events {
            self.interrupted |= matches!(envelope.event, Event::Interrupted { .. });
            if !(self.interrupted && self.is_forgotten(&envelope.event)) {
                written.push(Envelope { n: self.next, ..envelope.clone() });
                self.next += 1;
            }
        }
        written
    }

    fn is_forgotten(&mut self, event: &Event) -> bool {
        match event {
            Event::CleanupStarted { .. } | Event::CleanupFinished { .. } => true,
            Event::Sending(sending) if matches!(sending.role, Role::Cleanup(_)) => {
                self.unsent.insert(Key::of_record(&sending.request));
                self.unwritten.insert(sending.call)
            }
            Event::Answered { call, .. } | Event::Unanswered { call, .. } | Event::Decided { call, .. } => {
                self.unwritten.contains(call)
            }
            _ => false,
        }
    }

    /// Whether a request never leaves, and is answered as if it had.
    pub fn swallows(&self, key: &Key) -> bool {
        self.unsent.contains(key)
    }

    /// The playbook as the runner reads it.
    pub fn reads(&self, text: &str) -> String {
        if self.bug != Some(Bug::Resent) {
            return text.to_owned();
        }
        let careless = "    retry: { unsafe: true, attempts: 3, on: [reset] }\n";
        let mut spoiled = String::new();
        for line in text.split_inclusive('\n') {
            spoiled += line;
            if line.trim_end() == "    post: /things" {
                spoiled += careless;
            }
        }
        spoiled
    }
}
