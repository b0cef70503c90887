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
    /// Bytes of the replacement before the old text begins in it: the quote, where none stood there.
    lead: u32,
    /// Where in the replacement an apostrophe was doubled, ascending.
    doubled: Vec<u32>,
}

/// Whether a fix only adds quotes, which cannot change what the rest of the file means.
pub(super) fn only_quotes(fix: &Fix) -> bool {
    fix.replacement.starts_with(['"', '\'']) && !fix.replacement.contains('\n')
}

/// The fix of a mistake that only lacks quotes.
pub(in crate::playbook) fn missing_quotes(diagnostic: &Diagnostic) -> Option<&Fix> {
    diagnostic.fix.as_ref().filter(|fix| only_quotes(fix))
}

impl Mended {
    /// The text as it is in the file.
    pub fn new(text: &str) -> Mended {
        Mended { text: text.to_owned(), edits: Vec::new() }
    }

    /// Applies a fix, given in the places of the text as it is now. Returns where the replacement ends.
    pub fn apply(&mut self, fix: &Fix) -> usize {
        let (start, end) = (fix.span.start as usize, fix.span.end as usize);
        let new = &fix.replacement;
        let inner = new.get(1..new.len() - 1).unwrap_or_default();
        let pairs = if new.starts_with('\'') { inner.match_indices("''") } else { "".match_indices("''") };
        let doubled: Vec<u32> = pairs.map(|(at, _)| at as u32 + 2).collect();
        let lead = u32::from(new.len() - doubled.len() > end - start);
        self.text.replace_range(start..end, new);
        self.edits.push(Edit { at: start as u32, old: (end - start) as u32, new: new.len() as u32, lead, doubled });
        start + new.len()
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
        let inside = |edit: &Edit| text.span.start < edit.at && edit.at < text.span.end;
        let stretched = match &text.offsets {
            Offsets::Direct(start) => {
                let length = text.text.len() as u32;
                self.place(start + length) - self.place(*start) != length
            }
            Offsets::Runs(_) => false,
        };
        if stretched || self.edits.iter().any(inside) {
            // Quotes were put into the middle of the text: byte by byte.
            let place = |byte: usize| (byte as u32, self.place(text.locate(byte..byte).start));
            text.offsets = Offsets::Runs(Arc::new((0..=text.text.len()).map(place).collect()));
        } else {
            match &mut text.offsets {
                Offsets::Direct(start) => *start = self.place(*start),
                Offsets::Runs(runs) => {
                    let map = |(decoded, place): &(u32, u32)| (*decoded, self.place(*place));
                    *runs = Arc::new(runs.iter().map(map).collect());
                }
            }
        }
        self.span(&mut text.span);
    }

    /// Moves a place in the text as it is now to the file.
    pub fn span(&self, span: &mut Span) {
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
                let inside = place - edit.at;
                let added = edit.lead + edit.doubled.iter().filter(|at| **at <= inside).count() as u32;
                edit.at + inside.saturating_sub(added).min(edit.old)
            }
        })
    }
}
