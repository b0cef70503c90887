//! Anchors, aliases and merge keys: what is written once is copied, within limits.
//!
//! A copy keeps the places of its anchor, so a mistake in it is shown where it is written. A node that contains
//! itself is refused, and so is a document that copies far more than it writes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::build::Built;
use super::limits::{Bounds, too_deep};
use super::lines::quoted;
use super::node::{Data, Entry, Node};
use crate::diagnostic::{Diagnostic, closest, rule};
use crate::limits::Limit;
use crate::source::Span;

/// No more is copied than this many times what the file has, once the number is worth a look.
const MAX_RATIO: usize = 100;
const NEVER_TOO_MANY: usize = 10_000;

/// The anchors of a document.
#[derive(Default)]
pub(super) struct Anchors {
    all: HashMap<usize, Anchor>,
    copied: usize,
    exploded: bool,
}

struct Anchor {
    name: String,
    place: Span,
    /// Nothing while the node is still being read.
    built: Option<Built>,
    used: bool,
}

impl Anchors {
    /// Notes an anchor's name; its node may be read already or may come.
    pub fn name(&mut self, id: usize, name: &str, place: Span) {
        let anchor = self.entry(id);
        anchor.name = name.to_owned();
        anchor.place = place;
    }

    /// Notes the node of an anchor; 0 is none.
    pub fn define(&mut self, id: usize, built: &Built) {
        if id != 0 {
            self.entry(id).built = Some(built.clone());
        }
    }

    fn entry(&mut self, id: usize) -> &mut Anchor {
        let empty = || Anchor { name: String::new(), place: Span::default(), built: None, used: false };
        self.all.entry(id).or_insert_with(empty)
    }

    /// The node an alias at `place` stands for; an error that is none was told before.
    pub fn copy(
        &mut self,
        id: usize,
        place: Span,
        own: usize,
        bounds: Bounds,
    ) -> Result<Built, Option<Box<Diagnostic>>> {
        let Some(anchor) = self.all.get_mut(&id) else { return Err(None) };
        anchor.used = true;
        let Some(built) = &anchor.built else {
            let message = format!("`*{}` stands inside the very value it refers to", anchor.name);
            let error = Diagnostic::new(rule::RECURSIVE_ALIAS, place, message).also(anchor.place, "the anchor is here");
            return Err(Some(Box::new(error.help("a value cannot contain itself: write out what is meant"))));
        };
        if built.height > bounds.room {
            return Err(Some(Box::new(too_deep(place, bounds))));
        }
        self.copied += built.nodes;
        let many = self.copied > NEVER_TOO_MANY && self.copied > MAX_RATIO * own;
        if many || self.copied + own > bounds.nodes {
            let first = !self.exploded;
            self.exploded = true;
            return Err(first.then(|| Box::new(too_many(place, anchor, self.copied, own, bounds))));
        }
        Ok(built.clone())
    }

    /// The anchor whose name is nearest to that of an alias that has none.
    pub fn closest(&self, name: &str) -> Option<&str> {
        closest(name, self.all.values().map(|anchor| &*anchor.name))
    }

    /// A warning for each anchor that no alias uses: it was probably meant as a text.
    pub fn unused(&self) -> Vec<Diagnostic> {
        let mut unused: Vec<&Anchor> = self.all.values().filter(|anchor| !anchor.used).collect();
        unused.sort_by_key(|anchor| anchor.place);
        let warning = |anchor: &Anchor| {
            let text = format!("&{}", anchor.name);
            let warning =
                Diagnostic::new(rule::UNUSED_ANCHOR, anchor.place, format!("the anchor `{text}` is never used"))
                    .label("`&` names the value that follows; it is not part of it");
            // Where a value follows, it cannot be a text that only lacks its quotes.
            if anchor.built.as_ref().is_some_and(|built| built.node.is_null()) {
                return warning
                    .help("if a text that begins with `&` is meant, quote it; else remove the anchor")
                    .suggest(anchor.place, quoted(&text));
            }
            warning.help(format!("remove the anchor, or use it with `*{}`", anchor.name))
        };
        unused.into_iter().map(warning).collect()
    }
}

fn too_many(place: Span, anchor: &Anchor, copied: usize, own: usize, bounds: Bounds) -> Diagnostic {
    let message = format!("aliases make {copied} values out of the {own} that are written");
    Diagnostic::new(rule::TOO_MANY_ALIASES, place, message)
        .label(format!("`*{}` is one copy too many", anchor.name))
        .also(anchor.place, "what it copies is here")
        .help(format!("no more than {MAX_RATIO} times what is written may be copied, and {} in all", bounds.nodes))
        .help(Limit::YamlNodes.remedy())
}

/// Adds the entries of merge keys behind a mapping's own; what is there already wins.
pub(super) fn merge(entries: &mut Vec<Entry>, merges: Vec<Node>, diagnostics: &mut Vec<Diagnostic>) {
    if merges.is_empty() {
        return;
    }
    let mut known: HashSet<Arc<str>> = entries.iter().map(|entry| Arc::clone(&entry.key.text)).collect();
    for node in merges {
        let sources = match node.data {
            Data::Sequence(items) => items,
            _ => vec![node],
        };
        for source in sources {
            let kind = source.kind();
            let Data::Mapping(mapping) = source.data else {
                let message = format!("a merge key `<<` takes a mapping or a list of mappings, not {kind}");
                let error = Diagnostic::new(rule::MERGE_VALUE, source.span, message);
                diagnostics.push(error.help("write `<<: *name`, where `&name` stands before a mapping"));
                continue;
            };
            entries.extend(mapping.entries.into_iter().filter(|entry| known.insert(Arc::clone(&entry.key.text))));
        }
    }
}
