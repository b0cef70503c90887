//! The last look at what is about to be kept and told: whether a known secret stands in it all the same.
//!
//! Masking knows the texts that come from outside by name ([`Event::each_leaf`](crate::event::Event::each_leaf)); this
//! knows the others, and so finds what masking has forgotten. It looks at an event as it will be written. Nothing is
//! mended here: a run in which something is found goes no further.

mod look;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;

use crate::event::{Envelope, Saving, Store};
use crate::secret::Redactor;

/// A secret that would have been written, and where: never which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    place: String,
}

impl fmt::Display for Leak {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "a secret would have been written, in `{}`, and so nothing was; this is a mistake in callsheet: please \
             report it with this line and the playbook",
            self.place
        )
    }
}

impl std::error::Error for Leak {}

/// The secret that an event would show.
fn leak(envelope: &Envelope, redactor: &Redactor) -> Option<Leak> {
    if redactor.is_empty() {
        return None;
    }
    look::shown(&envelope.event, redactor).map(|place| Leak { place })
}

/// Takes those events out, from that one on, that would show a secret; the first of them is told of.
pub(super) fn take_leaks(events: &mut Vec<Envelope>, from: usize, redactor: &Redactor) -> Option<Leak> {
    let mut first = None;
    let mut index = 0;
    events.retain(|envelope| {
        index += 1;
        let leak = if index > from { leak(envelope, redactor) } else { None };
        let is_clean = leak.is_none();
        first = first.take().or(leak);
        is_clean
    });
    first
}

/// A store that keeps no body with a secret in it.
pub(super) struct Guarded<'a> {
    pub(super) store: &'a mut dyn Store,
    pub(super) redactor: &'a Redactor,
}

impl Store for Guarded<'_> {
    fn append(&mut self, events: &[Envelope]) -> io::Result<()> {
        self.store.append(events)
    }

    fn put_body(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if self.redactor.finds_bytes(bytes) {
            return Err(io::Error::other(Leak { place: "a body".to_owned() }));
        }
        self.store.put_body(name, bytes)
    }

    fn save(&mut self, name: &str) -> Box<dyn Saving> {
        self.store.save(name)
    }

    fn size(&self) -> u64 {
        self.store.size()
    }
}
