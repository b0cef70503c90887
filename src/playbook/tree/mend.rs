//! Going on behind a syntax error: the missing quotes are put into a copy of the text, which is read again.
//!
//! So that a file with ten unquoted templates is told of all ten. Every place found in the mended copy is mapped back
//! to the file, the tree included; nothing outside this module sees the copy.

use std::sync::Arc;

use super::node::{Data, Node};
use crate::diagnostic::{Diagnostic, Fix};
use crate::source::{Offsets, Span, Text};

/// A text with the quotes put in so far.
pub(super) struct Mended {
    pub text: String,
    edits: Vec<Edit>,
}

/// A replacement, in the text as it was before it.
struct Edit {
    at: u32,
    old: u32,
    new: u32,
}

/// Whether a fix only adds quotes, which cannot change what the rest of the file means.
pub(super) fn only_quotes(fix: &Fix) -> bool {
    fix.replacement.starts_with(['"', '\'']) && !fix.replacement.contains('\n')
}

impl Mended {
    /// The text as it is in the file.
    pub fn new(text: &str) -> Mended {
        Mended { text: text.to_owned(), edits: Vec::new() }
    }

    /// Applies a fix, given in the places of the text as it is now. Returns where the replacement ends.
    pub fn apply(&mut self, fix: &Fix) -> usize {
        let (start, end) = (fix.span.start, fix.span.end);
        self.text.replace_range(start as usize..end as usize, &fix.replacement);
        self.edits.push(Edit { at: start, old: end - start, new: fix.replacement.len() as u32 });
        start as usize + fix.replacement.len()
    }

    /// A diagnostic with its places in the file.
    pub fn diagnostic(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        let labels = diagnostic.primary.iter_mut().chain(&mut diagnostic.secondary);
        labels.for_each(|label| self.span(&mut label.span));
        if let Some(fix) = &mut diagnostic.fix {
            self.span(&mut fix.span);
        }
        diagnostic
    }

    /// A tree with its places in the file.
    pub fn node(&self, node: &mut Node) {
        if self.edits.is_empty() {
            return;
        }
        self.span(&mut node.span);
        match &mut node.data {
            Data::Scalar(scalar) => self.mapped(&mut scalar.text),
            Data::Sequence(items) => items.iter_mut().for_each(|item| self.node(item)),
            Data::Mapping(mapping) => {
                for entry in &mut mapping.entries {
                    self.mapped(&mut entry.key);
                    self.node(&mut entry.value);
                }
            }
        }
    }

    fn mapped(&self, text: &mut Text) {
        self.span(&mut text.span);
        match &mut text.offsets {
            Offsets::Direct(start) => *start = self.place(*start),
            Offsets::Runs(runs) => {
                let map = |(decoded, place): &(u32, u32)| (*decoded, self.place(*place));
                *runs = Arc::new(runs.iter().map(map).collect());
            }
        }
    }

    fn span(&self, span: &mut Span) {
        span.start = self.place(span.start);
        span.end = self.place(span.end).max(span.start);
    }

    fn place(&self, place: u32) -> u32 {
        self.edits.iter().rev().fold(place, |place, edit| {
            let end = edit.at + edit.new;
            if place <= edit.at {
                place
            } else if place >= end {
                place - edit.new + edit.old
            } else {
                // Behind the opening quote the texts run alongside.
                (place - 1).min(edit.at + edit.old)
            }
        })
    }
}
