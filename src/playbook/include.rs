//! A file that playbooks include: inputs, variables and providers that several of them share, with their defaults.
//!
//! What it says is put into the playbook's own tree before that is read, so that both are read by one reader: by name
//! in `inputs`, `vars`, `simulate`, `auth`, and by key in `defaults`. The playbook's own word wins; two included files
//! that say the same are a mistake. Which file is meant, and how it is reached, is the caller's to know.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::conform::conform;
use super::fields::INCLUDED;
use super::mistaken::Mistaken;
use super::model::Playbook;
use super::shape::Shape;
use super::tree::{self, Data, Entry, Mapping, Node, Tree};
use crate::diagnostic::{Diagnostic, rule};
use crate::limits::Limits;
use crate::source::{SourceId, Span, Text};

/// What an included file says, and which folder its paths are relative to.
#[derive(Debug)]
pub struct Included {
    source: SourceId,
    root: Node,
    base: PathBuf,
}

/// Reads the files that a playbook includes, by their paths as written; `None` where one of them cannot be had.
pub type ReadIncluded<'a> = &'a mut dyn FnMut(&[Text], &mut Vec<Diagnostic>) -> Option<Vec<Included>>;

impl Included {
    /// Reads an included file from its text. `written` is its path as the playbook has it, which leads from the
    /// playbook's folder to the file.
    pub fn read(
        source: SourceId,
        text: &str,
        written: &Text,
        limits: Limits,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Included> {
        let bad =
            |rule, span, message: String| Diagnostic::new(rule, span, message).also(written.span, "included here");
        let Tree { root, diagnostics, cut } = tree::parse_within(source, text, &limits);
        found.extend(diagnostics.into_iter().map(|diagnostic| match diagnostic.is(rule::EMPTY_DOCUMENT) {
            true => Diagnostic { help: vec![HOLDS.to_owned()], ..diagnostic },
            false => diagnostic,
        }));
        let root = root.filter(|_| cut.is_none())?;
        let Some(mapping) = root.as_mapping() else {
            let message = format!("an included file is a mapping, not {}", root.kind());
            found.push(bad(rule::WRONG_TYPE, root.span, message).help(HOLDS));
            return None;
        };
        if let Some(entry) = mapping.get("steps").or_else(|| mapping.get("playbook")) {
            let message = "an included file has no steps: this is a playbook".to_owned();
            found.push(
                bad(rule::BAD_INCLUDE, entry.key.span, message)
                    .help(format!("move what both share to a file of its own; {HOLDS}")),
            );
            return None;
        }
        if let Some(entry) = mapping.get("include") {
            found.push(
                bad(rule::BAD_INCLUDE, entry.key.span, "an included file includes no other".to_owned()).help(
                    "name both files under the playbook's `include`, such as `include: [shared.yaml, more.yaml]`",
                ),
            );
            return None;
        }
        let mut mistaken = Mistaken::default();
        mistaken.note(found);
        let mut more = Vec::new();
        conform(&root, &Shape::Object(&INCLUDED), "include", &mut more);
        found.extend(more.into_iter().filter(|diagnostic| !mistaken.repeats(diagnostic)));
        let base = Path::new(&*written.text).parent().unwrap_or(Path::new("")).to_owned();
        Some(Included { source, root, base })
    }

    /// What it defines, for those who look for a definition that could not be read.
    pub(super) fn root(&self) -> &Node {
        &self.root
    }
}

/// What an included file may hold.
const HOLDS: &str = "an included file holds `inputs`, `vars`, `simulate`, `auth`, `defaults` and nothing else";

/// Puts what included files say into the tree of a playbook. Gives the folders that their paths are relative to.
pub(super) fn merge(root: &mut Node, files: Vec<Included>, found: &mut Vec<Diagnostic>) -> HashMap<SourceId, PathBuf> {
    let mut bases = HashMap::new();
    // Where a name of a section has come from, of those that no playbook's own word overrides.
    let mut known: HashMap<(Arc<str>, Arc<str>), Span> = HashMap::new();
    for Included { source, root: file, base } in files {
        bases.insert(source, base);
        let (Data::Mapping(own), Data::Mapping(sections)) = (&mut root.data, file.data) else { continue };
        for section in sections.entries {
            let Data::Mapping(shared) = section.value.data else { continue };
            let Some(target) = section_of(own, &section.key, section.value.span) else { continue };
            for entry in shared.entries {
                let key = (Arc::clone(&section.key.text), Arc::clone(&entry.key.text));
                match (target.get(&entry.key.text), known.get(&key)) {
                    (_, Some(first)) => found.push(clash(&section.key, &entry, *first)),
                    (Some(_), None) => {}
                    (None, None) => {
                        known.insert(key, entry.key.span);
                        target.entries.push(entry);
                    }
                }
            }
        }
    }
    bases
}

/// The playbook's own section of that name, made where there is none; nothing where it has another shape.
fn section_of<'a>(own: &'a mut Mapping, key: &Text, span: Span) -> Option<&'a mut Mapping> {
    let at = own.entries.iter().position(|entry| entry.key.text == key.text).unwrap_or_else(|| {
        let value = Node { span, data: Data::Mapping(Mapping::default()) };
        own.entries.push(Entry { key: key.clone(), value });
        own.entries.len() - 1
    });
    match &mut own.entries[at].value.data {
        Data::Mapping(mapping) => Some(mapping),
        _ => None,
    }
}

fn clash(section: &Text, entry: &Entry, first: Span) -> Diagnostic {
    let (section, name) = (&section.text, &entry.key.text);
    let message = format!("two included files say what `{name}` is in `{section}`");
    Diagnostic::new(rule::DUPLICATE_NAME, entry.key.span, message)
        .also(first, "the other says it here")
        .help("say it in the playbook, which wins over both, or take it out of one of them")
}

/// Notes of the inputs from included files which folder their paths are relative to.
pub(super) fn note_bases(playbook: &mut Playbook, bases: &HashMap<SourceId, PathBuf>) {
    for input in &mut playbook.inputs {
        if let Some(base) = bases.get(&input.name.span.source) {
            input.base.clone_from(base);
        }
    }
}
