//! What has been told already, so that one mistake gives one diagnostic.
//!
//! A value that is no URL because its quotes are missing, a name whose definition has a mistake of its own: later
//! stages would stumble over them again. They ask here first.

use std::collections::HashSet;
use std::sync::Arc;

use super::tree::Node;
use crate::diagnostic::{Diagnostic, Severity, closest, rule};
use crate::source::Span;

/// Names and places that a diagnostic has been made for, or that it makes unknowable.
#[derive(Clone, Debug, Default)]
pub struct Mistaken {
    names: HashSet<Arc<str>>,
    places: HashSet<Span>,
    ends: HashSet<u32>,
    /// Values of which nothing can be said, since a part of them was cut off.
    cuts: Vec<Span>,
    /// Whether any name may have been defined in what could not be read.
    lost: bool,
}

/// The keys whose mappings define names.
const DEFINING: &[&str] = &["inputs", "vars", "auth", "steps", "finally", "capture", "set", "defaults", "matrix"];

impl Mistaken {
    /// Notes the values that errors are about.
    pub(super) fn note(&mut self, told: &[Diagnostic]) {
        for diagnostic in told.iter().filter(|diagnostic| diagnostic.severity() == Severity::Error) {
            let place = diagnostic.primary.as_ref().map(|label| label.span);
            for span in place.into_iter().chain(diagnostic.fix.as_ref().map(|fix| fix.span)) {
                self.places.insert(span);
                self.ends.insert(span.end);
            }
            if diagnostic.is(rule::CUT_BY_COMMENT) {
                self.cuts.extend(diagnostic.fix.as_ref().map(|fix| fix.span));
            }
        }
    }

    /// Notes every name that the tree means to define, also below a misspelt key.
    pub(super) fn note_names(&mut self, node: &Node) {
        if let Some(mapping) = node.as_mapping() {
            for entry in mapping {
                if closest(&entry.key.text, DEFINING.iter().copied()).is_some() {
                    let defined = entry.value.as_mapping().into_iter().flatten();
                    self.names.extend(defined.map(|entry| Arc::clone(&entry.key.text)));
                }
                self.note_names(&entry.value);
            }
        }
        node.as_sequence().into_iter().flatten().for_each(|item| self.note_names(item));
    }

    /// Something that defines names could not be read at all.
    pub fn lose_names(&mut self) {
        self.lost = true;
    }

    /// Whether a name, or a key of `defaults`, has a definition that could not be read.
    pub fn defines(&self, name: &str) -> bool {
        self.lost || self.names.contains(name)
    }

    /// Whether a diagnostic only says again that something is wrong with a value.
    pub fn repeats(&self, diagnostic: &Diagnostic) -> bool {
        diagnostic.primary.as_ref().is_some_and(|label| {
            let Span { start, end, .. } = label.span;
            // Where a value is missing, its place is right behind what is wrong.
            let cut = self.cuts.iter().any(|cut| cut.start <= start && end <= cut.end);
            cut || self.places.contains(&label.span) || start == end && self.ends.contains(&start)
        })
    }
}
