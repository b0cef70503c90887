//! Events to nodes: an explicit stack of open containers, so that depth costs no stack.
//!
//! Duplicate keys, keys that are no scalars, tags and depth are diagnosed here and building goes on; what aliases
//! and merge keys need is in [`anchors`](super::anchors), what looks like a quoting mistake goes to
//! [`traps`](super::traps).

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use granit_parser::{Event, StructureStyle};

use super::anchors::{Anchors, merge};
use super::limits::{Bounds, too_deep};
use super::lines::File;
use super::node::{Data, Entry, Mapping, Node, Scalar, Style};
use super::{scalar, traps};
use crate::diagnostic::{Diagnostic, rule};
use crate::source::{Span, Text};
use crate::value::Value;

/// A finished node with what aliases must know about it.
#[derive(Clone)]
pub(super) struct Built {
    pub node: Node,
    /// Nodes in it, itself included.
    pub nodes: usize,
    /// Levels of containers in it.
    pub height: usize,
}

/// A container that is not finished.
pub(super) struct Frame {
    pub start: usize,
    pub end: usize,
    pub flow: bool,
    pub anchor: usize,
    nodes: usize,
    height: usize,
    pub content: Content,
}

/// What an open container has so far.
pub(super) enum Content {
    Sequence(Vec<Node>),
    Mapping(Box<Open>),
}

/// An open mapping.
#[derive(Default)]
pub(super) struct Open {
    pub entries: Vec<Entry>,
    /// The key whose value comes next.
    pub key: Option<Key>,
    /// Where each key stands among the entries, once there are too many to look through.
    index: HashMap<Arc<str>, usize>,
    merges: Vec<Node>,
    /// Whether its key is a flow mapping right behind its own brace: `{{ x }}`.
    template: bool,
}

/// A key without its value.
pub(super) struct Key {
    pub text: Text,
    role: Role,
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Plain,
    Merge,
    /// The value is checked and dropped: a duplicate, or a key that is no text.
    Dropped,
}

/// Beyond so many keys a mapping is looked up by hash.
const FEW_KEYS: usize = 8;

/// The tree under construction.
pub(super) struct Builder<'a> {
    pub file: File<'a>,
    pub frames: Vec<Frame>,
    pub diagnostics: Vec<Diagnostic>,
    pub root: Option<Node>,
    /// The place of the scalar read last.
    pub last_scalar: Range<usize>,
    pub anchors: Anchors,
    /// The end of the last event, for finding what stands between two.
    pub cursor: usize,
    /// Levels below the deepest one kept.
    skipped: usize,
    pub own_nodes: usize,
    pub bounds: Bounds,
}

impl<'a> Builder<'a> {
    pub fn new(file: File<'a>, bounds: Bounds) -> Self {
        Builder {
            file,
            bounds,
            frames: Vec::new(),
            diagnostics: Vec::new(),
            root: None,
            last_scalar: 0..0,
            anchors: Anchors::default(),
            cursor: 0,
            skipped: 0,
            own_nodes: 0,
        }
    }

    /// Takes one event of the document; the caller handles the stream's and the document's own.
    pub fn event(&mut self, event: Event<'a>, place: granit_parser::Span) {
        let range = place.byte_range().unwrap_or_default();
        let tag_place = event.tag().and_then(|_| place.tag_span()?.byte_range());
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) | Event::SequenceEnd | Event::MappingEnd
                if self.skips(&event, &range) => {}
            _ if self.skipped > 0 => {}
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, range.clone(), tag.as_deref().zip(tag_place), anchor);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.check_container_tag(tag.as_deref().zip(tag_place), "seq", &range);
                self.open(range.start, style, anchor, Content::Sequence(Vec::new()));
            }
            Event::MappingStart(style, anchor, tag) => {
                self.check_container_tag(tag.as_deref().zip(tag_place), "map", &range);
                self.open(range.start, style, anchor, Content::Mapping(Box::default()));
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range.end),
            Event::Alias(id) => {
                let place = self.file.span(range.clone());
                match self.anchors.copy(id, place, self.own_nodes, self.bounds.below(self.frames.len())) {
                    Ok(built) => self.add_alias(built, range.clone()),
                    Err(diagnostic) => {
                        self.diagnostics.extend(diagnostic.map(|diagnostic| *diagnostic));
                        let built = self.placeholder(range.clone());
                        self.add(built);
                    }
                }
            }
            Event::UnresolvedAlias(name) => {
                let unknown = traps::unknown_alias(self.file, range.clone(), self.anchors.closest(&name));
                self.diagnostics.push(unknown);
                let built = self.text_node(range.clone());
                self.add(built);
            }
            Event::Anchor(id, name) => self.anchors.name(id, &name, self.file.span(range.clone())),
            _ => {}
        }
        self.cursor = self.cursor.max(range.end);
    }

    /// Counts levels beyond the deepest one, whose content is passed over.
    fn skips(&mut self, event: &Event<'a>, range: &Range<usize>) -> bool {
        let opens = matches!(event, Event::SequenceStart(..) | Event::MappingStart(..));
        if opens && (self.skipped > 0 || self.frames.len() >= self.bounds.depth) {
            if self.skipped == 0 && self.diagnostics.iter().all(|one| !one.is(rule::TOO_DEEP)) {
                self.diagnostics.push(too_deep(self.file.span(range.clone()), self.bounds));
            }
            self.skipped += 1;
            return true;
        }
        if !opens && self.skipped > 0 {
            self.skipped -= 1;
            if self.skipped == 0 {
                let built = self.placeholder(range.clone());
                self.add(built);
            }
            return true;
        }
        false
    }

    /// The end of what was read last.
    pub fn resting_place(&self) -> usize {
        self.cursor
    }

    /// What stands for a value that could not be made.
    fn placeholder(&self, range: Range<usize>) -> Built {
        let text = Text::synthetic("", self.file.span(range));
        let span = text.span;
        let scalar = Scalar { text, style: Style::Plain, value: Value::Null };
        Built { node: Node { span, data: Data::Scalar(scalar) }, nodes: 1, height: 0 }
    }

    /// A stretch of the file taken as the string it was meant to be.
    fn text_node(&self, range: Range<usize>) -> Built {
        let text = scalar::verbatim(self.file, range);
        let span = text.span;
        let value = Value::String(Arc::clone(&text.text));
        let data = Data::Scalar(Scalar { text, style: Style::Plain, value });
        Built { node: Node { span, data }, nodes: 1, height: 0 }
    }

    fn check_container_tag(&mut self, tag: Option<Tagged>, wanted: &str, range: &Range<usize>) {
        let Some((tag, place)) = tag else { return };
        if tag.core_suffix() != Some(wanted) && tag.original() != "!" {
            self.diagnostics.push(traps::unknown_tag(self.file, place.clone(), place.start..range.start));
        }
    }

    fn open(&mut self, start: usize, style: StructureStyle, anchor: usize, content: Content) {
        let flow = style == StructureStyle::Flow;
        if flow && matches!(content, Content::Mapping(_)) && self.expects_key() {
            let doubled = self.frames.last_mut().filter(|outer| outer.flow && outer.start + 1 == start);
            if let Some(Frame { content: Content::Mapping(open), .. }) = doubled {
                open.template = true;
            }
        }
        self.own_nodes += 1;
        self.frames.push(Frame { start, end: start, flow, anchor, nodes: 1, height: 1, content });
    }

    fn close(&mut self, end: usize) {
        let Some(frame) = self.frames.pop() else { return };
        let end = if frame.flow { end } else { frame.end };
        let span = self.file.span(frame.start..end);
        let mut built = match frame.content {
            Content::Mapping(open) if open.template => {
                let (whole, diagnostic) = traps::unquoted_template(self.file, frame.start..end);
                self.diagnostics.push(diagnostic);
                self.text_node(whole)
            }
            Content::Mapping(open) => {
                let Open { mut entries, merges, .. } = *open;
                let in_flow = frame.flow;
                if in_flow {
                    self.rejoin_entries(&mut entries);
                }
                merge(&mut entries, merges, &mut self.diagnostics);
                entries.shrink_to_fit();
                let node = Node { span, data: Data::Mapping(Mapping { entries }) };
                Built { node, nodes: frame.nodes, height: frame.height }
            }
            Content::Sequence(mut items) => {
                if frame.flow {
                    let expressions = self.holds_expressions();
                    traps::rejoin_items(self.file, &mut items, expressions, &mut self.diagnostics);
                }
                items.shrink_to_fit();
                let node = Node { span, data: Data::Sequence(items) };
                Built { node, nodes: frame.nodes, height: frame.height }
            }
        };
        built.node.span.end = built.node.span.end.max(span.end);
        self.anchors.define(frame.anchor, &built);
        self.add(built);
    }

    fn rejoin_entries(&mut self, entries: &mut Vec<Entry>) {
        traps::rejoin_entries(self.file, entries, &mut self.diagnostics);
    }

    /// An alias: as a key it stands where it is written, as a value where its anchor is.
    fn add_alias(&mut self, mut built: Built, range: Range<usize>) {
        if self.expects_key()
            && let Data::Scalar(scalar) = &mut built.node.data
        {
            scalar.text = Text::synthetic(Arc::clone(&scalar.text.text), self.file.span(range.clone()));
            built.node.span = scalar.text.span;
        }
        self.own_nodes += 1;
        // The anchor stands further up, so the container would end there.
        if let Some(frame) = self.frames.last_mut() {
            frame.end = frame.end.max(range.end);
        }
        self.add(built);
    }

    /// Puts a finished node into the innermost open container.
    pub fn add(&mut self, built: Built) {
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(built.node);
            return;
        };
        frame.nodes += built.nodes;
        frame.height = frame.height.max(built.height + 1);
        frame.end = frame.end.max(built.node.span.end as usize);
        let open = match &mut frame.content {
            Content::Sequence(items) => return items.push(built.node),
            Content::Mapping(open) => open,
        };
        let Some(key) = open.key.take() else {
            let template = open.template;
            let (key, diagnostic) = open.read_key(built.node, self.file);
            open.key = Some(key);
            self.diagnostics.extend(diagnostic.filter(|_| !template));
            return;
        };
        match key.role {
            Role::Plain => open.push(Entry { key: key.text, value: built.node }),
            Role::Merge => open.merges.push(built.node),
            Role::Dropped => {}
        }
    }

    pub fn expects_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { content: Content::Mapping(open), .. }) if open.key.is_none())
    }

    /// Whether the next value stands where the playbook holds expressions.
    pub fn holds_expressions(&self) -> bool {
        let key = self.frames.iter().rev().find_map(|frame| match &frame.content {
            Content::Mapping(open) => Some(open.key.as_ref()),
            Content::Sequence(_) => None,
        });
        key.flatten().is_some_and(|key| traps::EXPRESSION_KEYS.contains(&&*key.text.text))
    }

    /// Ends the document. Anchors that no alias uses are told.
    pub fn finish(mut self) -> (Option<Node>, Vec<Diagnostic>) {
        self.diagnostics.extend(self.anchors.unused());
        (self.root, self.diagnostics)
    }

    /// Ends in the middle of the document: what is open is closed where it is, without a word about it.
    pub fn abandon(mut self) -> (Option<Node>, Vec<Diagnostic>) {
        let told = self.diagnostics.len();
        while let Some(frame) = self.frames.last() {
            let end = frame.end.max(self.cursor);
            self.close(end);
        }
        self.diagnostics.truncate(told);
        (self.root, self.diagnostics)
    }
}

/// A tag and where it stands.
pub(super) type Tagged<'t> = (&'t granit_parser::Tag, Range<usize>);

impl Open {
    fn read_key(&mut self, node: Node, file: File<'_>) -> (Key, Option<Diagnostic>) {
        let Data::Scalar(scalar) = node.data else {
            let text = Text::synthetic(file.slice(node.span.start as usize..node.span.end as usize), node.span);
            let error = Diagnostic::new(rule::COMPLEX_KEY, node.span, "a key must be a text, not a list or a mapping")
                .help("write the key as a text, in quotes where it holds special characters");
            return (Key { text, role: Role::Dropped }, Some(error));
        };
        let text = scalar.text;
        if scalar.style == Style::Plain && &*text.text == "<<" {
            return (Key { text, role: Role::Merge }, None);
        }
        match self.find(&text.text) {
            None => (Key { text, role: Role::Plain }, None),
            Some(first) => {
                let error = duplicate(&text, self.entries[first].key.span);
                (Key { text, role: Role::Dropped }, Some(error))
            }
        }
    }

    fn find(&self, key: &str) -> Option<usize> {
        if self.entries.len() > FEW_KEYS {
            return self.index.get(key).copied();
        }
        self.entries.iter().position(|entry| &*entry.key.text == key)
    }

    fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        if self.entries.len() > FEW_KEYS {
            let from = if self.index.is_empty() { 0 } else { self.entries.len() - 1 };
            for (position, entry) in self.entries.iter().enumerate().skip(from) {
                self.index.insert(Arc::clone(&entry.key.text), position);
            }
        }
    }
}

fn duplicate(key: &Text, first: Span) -> Diagnostic {
    Diagnostic::new(rule::DUPLICATE_KEY, key.span, format!("the key `{}` is given twice", key.text))
        .label("given again here")
        .also(first, "first defined here")
        .help("remove one of the two, or rename it")
}
