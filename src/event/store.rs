//! Where the files of a run are kept.

use std::io;

use super::Envelope;

/// Keeps the events and bodies of one run: files, or memory.
///
/// The driver calls it between two turns of its loop and lets no request go before its intent is kept, so every
/// method returns when the data would survive the death of the process.
pub trait Store: Send {
    /// Appends events, in order.
    fn append(&mut self, events: &[Envelope]) -> io::Result<()>;

    /// Keeps a body under that name; called before the event that names it.
    fn put_body(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// A place for an answer's body that the playbook saves under that name, which
    /// [`unsafe_name`](crate::source::unsafe_name) lets pass. Nothing is there before [`Saving::finish`].
    fn save(&mut self, name: &str) -> Box<dyn Saving>;

    /// How many bytes it keeps: events and bodies, and not what was saved.
    fn size(&self) -> u64;
}

impl<S: Store + ?Sized> Store for Box<S> {
    fn append(&mut self, events: &[Envelope]) -> io::Result<()> {
        (**self).append(events)
    }

    fn put_body(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        (**self).put_body(name, bytes)
    }

    fn save(&mut self, name: &str) -> Box<dyn Saving> {
        (**self).save(name)
    }

    fn size(&self) -> u64 {
        (**self).size()
    }
}

/// A file that is being written. Dropped before its end, it leaves nothing.
pub trait Saving: Send {
    /// Adds bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Puts the file in its place, instead of an earlier one.
    fn finish(self: Box<Self>) -> io::Result<()>;
}
