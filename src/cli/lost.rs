//! A run whose journal cannot be written any more: what it still did is told, since no file tells it.

use std::cell::RefCell;
use std::rc::Rc;

use super::exit::Exit;
use super::problem::left_behind;
use super::running::Listener;
use super::text::clean;
use crate::diagnostic::Palette;
use crate::event::{Event, Outcome};
use crate::id::Address;
use crate::runner::RunError;

/// Remembers what was cleaned up.
#[derive(Default)]
pub(super) struct Witness(Rc<RefCell<Vec<Address>>>);

impl Witness {
    /// A listener that also tells the witness.
    pub(super) fn listener<'a>(&self, mut listener: Listener<'a>) -> Listener<'a> {
        let cleaned = Rc::clone(&self.0);
        Box::new(move |envelope| {
            if let Event::CleanupFinished { step, outcome: Outcome::Passed | Outcome::Flaky, .. } = &envelope.event {
                cleaned.borrow_mut().push(step.clone());
            }
            listener(envelope);
        })
    }
}

/// What there is to tell, and how the program ends.
pub(super) fn lost(error: &RunError, witness: &Witness, palette: Palette) -> (String, Exit) {
    let mut told = format!("error: {error}\n");
    let Some(finished) = &error.finished else { return (told, Exit::Errored) };
    told += "the run was stopped there; what it did since is in none of its files\n";
    let cleaned: Vec<String> = witness.0.borrow().iter().map(|step| clean(step.as_str())).collect();
    if !cleaned.is_empty() {
        told += &format!("cleaned up: {}\n", cleaned.join(", "));
    }
    told += &match left_behind(&finished.left_behind, palette) {
        left if left.is_empty() => "nothing else was to be cleaned up\n".to_owned(),
        left => left,
    };
    (told, if finished.interrupted { Exit::Interrupted } else { Exit::Errored })
}
