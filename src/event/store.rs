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
}
