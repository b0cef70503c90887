//! From the tree to a [`Step`].

use super::alone::refuse_without_call;
use super::exec::read_exec;
use super::fields::REQUEST;
use super::foreach::read_foreach;
use super::invocation::read_invocation;
use super::model::{Cleanup, Ensure, Prose, Step, Work};
use super::read::{Fields, read_bindings};
use super::read_request::{read_request, read_strings};
use super::tree::{Mapping, Node};
use crate::diagnostic::{Diagnostic, rule};
use crate::source::Text;

/// Reads a step. Where it cannot be told what it does, it does nothing, and its id is known all the same.
pub(super) fn read_step(id: &Text, node: &Node, found: &mut Vec<Diagnostic>) -> Step {
    let nothing = Mapping::default();
    let fields = Fields::of(node).unwrap_or(Fields(&nothing));
    let work = read_work(fields, node, found).unwrap_or(Work::Set(Vec::new()));
    let cleanup = read_cleanup(fields, found);
    Step {
        id: id.clone(),
        foreach: read_foreach(fields, found),
        lock: fields.template("lock", found).map(Box::new),
        title: fields.text("name"),
        prose: read_prose(fields),
        tags: read_strings(fields.get("tags")),
        when: fields.expression("when", found),
        needs: read_strings(fields.get("needs")),
        continue_on_error: fields.flag("continue_on_error").unwrap_or(false),
        work,
        cleanup,
    }
}

fn read_prose(fields: Fields<'_>) -> Prose {
    let show = fields.get("show").and_then(Fields::of);
    Prose {
        section: fields.text("section"),
        description: fields.text("description"),
        after: fields.text("after"),
        show_request: show.and_then(|show| show.flag("request")),
        show_response: show.and_then(|show| show.text("response")),
    }
}

fn read_work(fields: Fields<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Work> {
    for (kind, cleanup) in [("ensure", true), ("set", false), ("wait", false), ("call", false), ("exec", true)] {
        if fields.get(kind).is_some() {
            refuse_misplaced(fields, kind, cleanup, found);
        }
    }
    if fields.get("call").is_some() {
        return read_invocation(fields, found).map(|invocation| Work::Call(Box::new(invocation)));
    }
    refuse_without_call(fields, found);
    if let Some(node) = fields.get("ensure") {
        return read_ensure(node, found).map(|ensure| Work::Ensure(Box::new(ensure)));
    }
    if let Some(node) = fields.get("set") {
        return Some(Work::Set(read_bindings(Some(node), found)));
    }
    if fields.get("wait").is_some() {
        return fields.template("wait", found).map(Work::Wait);
    }
    if let Some(node) = fields.get("exec") {
        return read_exec(fields, node, found).map(|exec| Work::Exec(Box::new(exec)));
    }
    read_request(node, found).map(Work::Request)
}

/// Keys of a request beside another kind of work would be ignored: they are refused instead.
fn refuse_misplaced(fields: Fields<'_>, kind: &str, cleanup: bool, found: &mut Vec<Diagnostic>) {
    let is_method = |name: &str| super::fields::METHODS.contains(&name);
    for entry in fields.0 {
        let key = &*entry.key.text;
        let judges = kind == "exec" && matches!(key, "capture" | "expect");
        let misplaced = REQUEST.field(key).is_some() && !is_method(key) && !judges || key == "cleanup" && !cleanup;
        if misplaced {
            let message = format!("`{key}` does not go with `{kind}`");
            let diagnostic = Diagnostic::new(rule::MISPLACED_KEY, entry.key.span, message);
            found.push(match kind {
                "call" => diagnostic.help(format!("the called playbook says that itself: leave `{key}` out here")),
                "ensure" => diagnostic.help("move it into `find`, `create` or `update`"),
                "exec" if matches!(key, "timeout" | "effect") => {
                    diagnostic.help(format!("move it into `exec: {{ program: …, {key}: … }}`"))
                }
                _ => diagnostic
                    .help(format!("`{kind}` sends no request: leave `{key}` out, or make it a step of its own")),
            });
        }
    }
}

fn read_ensure(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Ensure> {
    let fields = Fields::of(node)?;
    let find = match fields.get("find")? {
        node if node.as_sequence().is_some() => {
            node.as_sequence()?.iter().filter_map(|node| read_request(node, found)).collect()
        }
        node => read_request(node, found).into_iter().collect(),
    };
    let create = read_request(fields.get("create")?, found);
    let update = fields.get("update").and_then(|node| read_request(node, found));
    if fields.get("update").is_some() != fields.get("differs").is_some() {
        let (there, missing) =
            if fields.get("update").is_some() { ("update", "differs") } else { ("differs", "update") };
        let span = fields.0.get(there).map_or(node.span, |entry| entry.key.span);
        found.push(
            Diagnostic::new(rule::MISSING_KEY, span, format!("`{there}` needs `{missing}` beside it"))
                .help("`differs` says when the one found must be changed, `update` says how"),
        );
    }
    Some(Ensure {
        find,
        absent: fields.expression("absent", found),
        create: create?,
        conflict: fields.expression("conflict", found),
        differs: fields.expression("differs", found),
        update,
    })
}

fn read_cleanup(fields: Fields<'_>, found: &mut Vec<Diagnostic>) -> Vec<Cleanup> {
    let Some(node) = fields.get("cleanup") else { return Vec::new() };
    let nodes = node.as_sequence().unwrap_or(std::slice::from_ref(node));
    let mut cleanups = Vec::new();
    for node in nodes {
        match Fields::of(node).and_then(|fields| fields.text("step")) {
            Some(step) => {
                refuse_beside_step(node, found);
                cleanups.push(Cleanup::Step(step));
            }
            None => cleanups.extend(read_request(node, found).map(Cleanup::Request)),
        }
    }
    cleanups
}

/// Keys of a request beside `step` would be ignored.
fn refuse_beside_step(node: &Node, found: &mut Vec<Diagnostic>) {
    let ignored = |key: &str| REQUEST.field(key).is_some() && !super::fields::METHODS.contains(&key);
    for entry in node.as_mapping().into_iter().flatten().filter(|entry| ignored(&entry.key.text)) {
        let key = &entry.key;
        found.push(
            Diagnostic::new(rule::MISPLACED_KEY, key.span, format!("`{}` does not go with `step`", key.text))
                .help(format!("`step` sends the request of that step as it is: leave `{}` out", key.text)),
        );
    }
}
