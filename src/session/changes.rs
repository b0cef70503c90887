//! What of a run's playbooks has changed since its steps were done.
//!
//! Compared is what a step does and takes from an answer, however it is written: comments, order and layout of keys do
//! not count, and neither does how patiently it is done, what is said of it and what undoes it. A step that uses a
//! variable that has changed has changed too.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::check::Checked;
use crate::plan::Plan;
use crate::playbook::tree::{Data, Mapping, Node, parse};
use crate::secret::PLACEHOLDER;
use crate::source::SourceId;

/// Keys of a step, and of a request, that change nothing of what was done.
const APART: &[&str] = &[
    "after",
    "cleanup",
    "continue_on_error",
    "description",
    "keep",
    "lock",
    "name",
    "needs",
    "redact",
    "retry",
    "section",
    "show",
    "tags",
    "timeout",
    "unordered",
    "volatile",
];

/// Keys of an `ensure` that are requests.
const REQUESTS: &[&str] = &["find", "create", "update"];

/// The steps that are not what they were, by the file of their playbook and their id.
pub(super) fn changes(old: &[(String, Arc<str>)], plan: &Plan) -> HashSet<(String, String)> {
    let differing = differing(old, plan);
    if differing.is_empty() {
        return HashSet::new();
    }
    // What a file that is included says holds for whoever includes it.
    let is_part = |path: &str| plan.sources.iter().any(|(_, source)| source.is_part && source.path == path);
    let parts: Vec<&Pair> =
        differing.iter().filter(|(path, pair)| is_part(path) || pair.was_part()).map(|(_, pair)| pair).collect();
    let included = plan.sources.iter().filter(|(_, source)| source.is_part);
    let included: Vec<Node> = included.filter_map(|(_, source)| root(&source.text)).collect();
    let mut changed = HashSet::new();
    for checked in std::iter::once(&*plan.checked).chain(plan.checked.called()) {
        let source = plan.sources.get(checked.playbook.source);
        let own = differing.iter().find(|(known, _)| *known == source.path).map(|(_, pair)| pair);
        let all: Vec<&Pair> = own.into_iter().chain(parts.iter().copied()).collect();
        let written = root(&source.text);
        let files: Vec<&Node> = written.iter().chain(&included).collect();
        let vars = made_of(all.iter().flat_map(|pair| pair.vars()).collect(), &files);
        let mention = |node: &Node| vars.iter().any(|var| mentions(node, var));
        // A step that is sent with other credentials is done by somebody else.
        let whole = all.iter().any(|pair| pair.defaults_differ() || pair.part_differs("auth"))
            || files.iter().any(|file| member(Some(file), "auth").is_some_and(mention))
            || files.iter().any(|file| member(Some(file), "defaults").is_some_and(mention));
        for id in ids(checked) {
            let uses_changed = || written.as_ref().and_then(|root| step_of(root, &id)).is_some_and(mention);
            if whole || own.is_some_and(|pair| pair.is_changed(&id)) || uses_changed() {
                changed.insert((source.path.clone(), id));
            }
        }
    }
    changed
}

/// The files that say something else than they did, are new, or are not used any more.
fn differing<'a>(old: &'a [(String, Arc<str>)], plan: &'a Plan) -> Vec<(&'a str, Pair)> {
    let known = |path: &str| old.iter().find(|(known, _)| known == path).map(|(_, text)| text);
    let now = plan.sources.iter().filter(|(_, source)| known(&source.path).is_none_or(|text| *source.text != **text));
    let now = now.map(|(_, source)| {
        let old = known(&source.path).and_then(|text| root(text));
        (&*source.path, Pair { new: root(&source.text), old })
    });
    let gone = old.iter().filter(|(path, _)| !plan.sources.iter().any(|(_, source)| source.path == *path));
    now.chain(gone.map(|(path, text)| (&**path, Pair { new: None, old: root(text) }))).collect()
}

/// Variables, and all that are made of them in these files.
fn made_of(mut changed: BTreeSet<String>, files: &[&Node]) -> BTreeSet<String> {
    let vars = || files.iter().filter_map(|file| member(Some(file), "vars")?.as_mapping()).flatten();
    loop {
        let before = changed.len();
        let made = vars().filter(|entry| changed.iter().any(|var| mentions(&entry.value, var)));
        let made: Vec<String> = made.map(|entry| entry.key.text.to_string()).collect();
        changed.extend(made);
        if changed.len() == before {
            return changed;
        }
    }
}

fn ids(checked: &Checked) -> Vec<String> {
    let steps = checked.playbook.steps.iter().chain(&checked.playbook.finally);
    steps.map(|step| step.id.text.to_string()).collect()
}

fn root(text: &str) -> Option<Node> {
    parse(SourceId::default(), text).root
}

/// A file as it is and as it was.
struct Pair {
    new: Option<Node>,
    old: Option<Node>,
}

impl Pair {
    /// The part of that name, as it is and as it was.
    fn both(&self, key: &str) -> (Option<&Node>, Option<&Node>) {
        (member(self.new.as_ref(), key), member(self.old.as_ref(), key))
    }

    /// Whether a step does something else than it did.
    fn is_changed(&self, id: &str) -> bool {
        let find = |root: &'_ Option<Node>| {
            root.as_ref().and_then(|root| step_of(root, id)).and_then(Node::as_mapping).cloned()
        };
        match (find(&self.new), find(&self.old)) {
            (Some(new), Some(old)) => differs(&new, &old, APART),
            _ => true,
        }
    }

    /// Whether it was a file that others include, and is not used any more.
    fn was_part(&self) -> bool {
        self.new.is_none() && member(self.old.as_ref(), "playbook").is_none()
    }

    /// The variables that are not what they were, or are no variables any more (but inputs, say).
    fn vars(&self) -> Vec<String> {
        let (new, old) = self.both("vars");
        let entries = |node: Option<&'_ Node>| -> Vec<(String, Node)> {
            let mapping = node.and_then(Node::as_mapping).into_iter().flatten();
            mapping.map(|entry| (entry.key.text.to_string(), entry.value.clone())).collect()
        };
        let (new, old) = (entries(new), entries(old));
        let value = |of: &[(String, Node)], name: &str| {
            of.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let is_other = |name: &str| match (value(&new, name), value(&old, name)) {
            (Some(new), Some(old)) => !same(&new, &old),
            _ => true,
        };
        let names: BTreeSet<String> = new.iter().chain(&old).map(|(name, _)| name.clone()).collect();
        names.into_iter().filter(|name| is_other(name)).collect()
    }

    fn part_differs(&self, key: &str) -> bool {
        match self.both(key) {
            (Some(new), Some(old)) => !same(new, old),
            (None, None) => false,
            _ => true,
        }
    }

    fn defaults_differ(&self) -> bool {
        let (new, old) = self.both("defaults");
        let none = Mapping::default();
        let mapping = |node: Option<&Node>| node.and_then(Node::as_mapping).cloned().unwrap_or_else(|| none.clone());
        let apart: Vec<&str> = APART.iter().copied().chain(["read_paths"]).collect();
        differs(&mapping(new), &mapping(old), &apart)
    }
}

fn member<'a>(root: Option<&'a Node>, key: &str) -> Option<&'a Node> {
    root?.as_mapping()?.get(key).map(|entry| &entry.value)
}

fn step_of<'a>(root: &'a Node, id: &str) -> Option<&'a Node> {
    let group = |key: &str| member(member(Some(root), key), id);
    group("steps").or_else(|| group("finally"))
}

/// Whether a key of a step or request says something else, but for those `apart`.
fn differs(new: &Mapping, old: &Mapping, apart: &[&str]) -> bool {
    let mut keys = new.iter().chain(old).map(|entry| &*entry.key.text).filter(|key| !apart.contains(key));
    keys.any(|key| match (new.get(key), old.get(key)) {
        (Some(new), Some(old)) if key == "ensure" => match (new.value.as_mapping(), old.value.as_mapping()) {
            (Some(new), Some(old)) => ensure_differs(new, old),
            _ => true,
        },
        (Some(new), Some(old)) => !same(&new.value, &old.value),
        _ => true,
    })
}

fn ensure_differs(new: &Mapping, old: &Mapping) -> bool {
    let keys = new.iter().chain(old).map(|entry| &*entry.key.text);
    let request_differs = |new: &Node, old: &Node| match (new.as_mapping(), old.as_mapping()) {
        (Some(new), Some(old)) => differs(new, old, APART),
        _ => !same(new, old),
    };
    let mut changed = keys.filter(|key| match (new.get(key), old.get(key)) {
        (Some(new), Some(old)) if REQUESTS.contains(key) => request_differs(&new.value, &old.value),
        (Some(new), Some(old)) => !same(&new.value, &old.value),
        _ => true,
    });
    changed.next().is_some()
}

/// Whether a new value and an old one, as it was kept, say the same.
fn same(left: &Node, right: &Node) -> bool {
    match (&left.data, &right.data) {
        (Data::Scalar(new), Data::Scalar(old)) => new.value == old.value || is_masked(&new.text.text, &old.text.text),
        (Data::Sequence(left), Data::Sequence(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Data::Mapping(left), Data::Mapping(right)) => {
            let in_order = || left.iter().zip(right).all(|(left, right)| left.key.text == right.key.text);
            left.len() == right.len()
                && if in_order() {
                    left.iter().zip(right).all(|(left, right)| same(&left.value, &right.value))
                } else {
                    left.iter().all(|one| right.get(&one.key.text).is_some_and(|other| same(&one.value, &other.value)))
                }
        }
        _ => false,
    }
}

/// Whether a text is one of which secrets were masked when it was kept.
fn is_masked(text: &str, kept: &str) -> bool {
    let mut parts = kept.split(PLACEHOLDER);
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut has_mask = false;
    for part in parts {
        has_mask = true;
        let Some(at) = rest.find(part) else { return false };
        // The last part is the end.
        rest = if part.is_empty() { rest } else { &rest[at + part.len()..] };
    }
    has_mask && (kept.ends_with(PLACEHOLDER) || rest.is_empty())
}

/// Whether a name stands somewhere in a value's texts, as a word.
fn mentions(node: &Node, name: &str) -> bool {
    match &node.data {
        Data::Scalar(scalar) => is_word_in(&scalar.text.text, name),
        Data::Sequence(items) => items.iter().any(|item| mentions(item, name)),
        Data::Mapping(mapping) => mapping.iter().any(|entry| mentions(&entry.value, name)),
    }
}

fn is_word_in(text: &str, name: &str) -> bool {
    let part =
        |character: Option<char>| character.is_some_and(|character| character.is_alphanumeric() || character == '_');
    let mut found = text.match_indices(name);
    found.any(|(at, _)| !part(text[..at].chars().next_back()) && !part(text[at + name.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_changed(new: &str, old: &str) -> bool {
        let text = |step: &str| format!("steps:\n  a: {step}\n");
        Pair { new: root(&text(new)), old: root(&text(old)) }.is_changed("a")
    }

    #[test]
    fn a_text_is_the_one_of_which_a_secret_was_masked() {
        assert!(is_masked("Bearer abc", "Bearer ***") && is_masked("a-x-b-y-c", "a-***-b-***-c"));
        assert!(!is_masked("Basic abc", "Bearer ***") && !is_masked("a-x-b-y-d", "a-***-b-***-c"));
        assert!(!is_masked("a-x-b-cd", "a-***-c") && !is_masked("abc", "abd"));
    }

    #[test]
    fn what_is_only_written_otherwise_has_not_changed() {
        for (new, old) in [
            ("{ get: /a, timeout: 3s, name: x }", "{ 'get': \"/a\" } # a comment"),
            ("{ post: /a, json: { b: 1, c: 2 } }", "{ json: { c: 2, b: 1 }, post: /a }"),
            (
                "{ ensure: { find: { get: /a, timeout: 2s }, create: { post: /b } } }",
                "{ ensure: { find: { get: /a }, create: { post: /b } } }",
            ),
        ] {
            assert!(!is_changed(new, old), "{new}");
        }
    }

    #[test]
    fn what_does_something_else_has() {
        for (new, old) in [
            ("{ get: /a }", "{ get: /b }"),
            ("{ post: /a, json: { name: x } }", "{ post: /a, json: { name: y } }"),
            ("{ get: /a, capture: { b: $.b } }", "{ get: /a }"),
            (
                "{ ensure: { find: { get: /a }, create: { post: /b } } }",
                "{ ensure: { find: { get: /c }, create: { post: /b } } }",
            ),
        ] {
            assert!(is_changed(new, old), "{new}");
        }
    }

    #[test]
    fn a_variable_that_is_made_of_one_that_has_changed_has_changed_in_whichever_file() {
        let (new, old) = (root("vars: { a: 1, c: '{{ ab }}' }"), root("vars: { a: 2, c: '{{ ab }}' }"));
        let other = root("vars: { b: '{{ a }}', d: '{{ b }}' }").expect("YAML");
        let pair = Pair { new, old };
        let changed = made_of(pair.vars().into_iter().collect(), &[pair.new.as_ref().expect("YAML"), &other]);
        assert_eq!(changed.into_iter().collect::<Vec<_>>(), ["a", "b", "d"]);
    }

    #[test]
    fn of_the_defaults_where_it_is_sent_counts_whatever_else_has_changed() {
        let defaults = |text: &str| root(&format!("defaults: {{ {text} }}"));
        let (old, more) = (defaults("base_url: a"), defaults("read_paths: [/x], base_url: b"));
        assert!(Pair { new: more, old: old.clone() }.defaults_differ());
        assert!(!Pair { new: defaults("read_paths: [/x], base_url: a, timeout: 3s"), old }.defaults_differ());
    }
}
