//! `foreach`: what the names of its items mean, and what is wrong with its lists.

#![expect(clippy::result_large_err, reason = "diagnostics are made once per mistake, on the way out")]

use std::collections::BTreeSet;

use super::early::Early;
use super::names::{Names, captures};
use super::places::Place;
use super::resolve::{Meaning, Site};
use crate::diagnostic::{Diagnostic, closest, did_you_mean, rule};
use crate::expression::{PathPart, Reference, Target, Template};
use crate::playbook::{Axis, Cleanup, Foreach, JsonData, Over, Playbook, Request, Step, Work};
use crate::source::Span;

/// What a `foreach` step has besides its captures; everything else is in its records.
const FIELDS: &[&str] = &["outcome", "duration"];

/// What a name means that only the items of the step's `foreach` have; `None` where it is none of theirs.
pub(super) fn resolve_item(
    name: &str,
    reference: &Reference,
    site: Site,
    playbook: &Playbook,
    names: &Names,
) -> Result<Option<Meaning>, Diagnostic> {
    let Some(foreach) = step_of(site, playbook).and_then(|step| step.foreach.as_ref()) else { return Ok(None) };
    let list = match site.place {
        Place::Items(list) => Some(list),
        _ => None,
    };
    let late = || site.place == Place::Path && !is_early(reference, foreach, playbook, names);
    // `key` says what an item is called, where its place is known already.
    let in_key = list == Some(foreach.axes.len());
    if matches!(name, "key" | "loop") && (list.is_none() || in_key && name == "loop") {
        return if late() { Err(from_answer(name, reference)) } else { Ok(Some(Meaning::Given)) };
    }
    let Some((place, axis)) = foreach.axis(name) else { return Ok(None) };
    if list.is_some_and(|list| list <= place) {
        let message = format!("`{name}` is an item of this very list, or of one below it");
        return Err(Diagnostic::new(rule::LATE_NAME, reference.span, message)
            .also(axis.name.span, "named here")
            .help("a list of `foreach` sees the items of those above it"));
    }
    if late() {
        return Err(from_answer(name, reference));
    }
    if let (Some(id), Some(PathPart::Member(member))) = (axis.records_of(), reference.path.first())
        && let Some(step) = step_named(id, site, playbook, names)
    {
        check_member(step, member, reference)?;
        let mut captured = false;
        captures(step, &mut |name| captured |= *name.text == **member);
        if captured && list.is_some() {
            return Err(not_yet(name, member, id, reference));
        }
    }
    Ok(Some(Meaning::Given))
}

/// Looks at `steps.<id>…` where that step has a `foreach`.
pub(super) fn check_records(step: &Step, field: Option<&str>, reference: &Reference) -> Result<(), Diagnostic> {
    let id = &step.id.text;
    match field {
        Some(field) => {
            let mut known: Vec<&str> = FIELDS.to_vec();
            captures(step, &mut |name| known.push(&name.text));
            if known.contains(&field) {
                return Ok(());
            }
            let message = format!("step `{id}` is done for each item and has no `{field}` of its own");
            let names = record_names(step).iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            Err(Diagnostic::new(rule::UNDEFINED_NAME, reference.span, message)
                .help(format!("`steps.{id}` is a list of records with {names}: write `steps.{id}[0].key`, say")))
        }
        None => match &reference.path[..] {
            [PathPart::Index(_), PathPart::Member(member), ..] => check_member(step, member, reference),
            _ => Ok(()),
        },
    }
}

/// Applies the rules about a step with `foreach`.
pub(super) fn check_foreach(
    step: &Step,
    finally: bool,
    playbook: &Playbook,
    names: &Names,
    found: &mut Vec<Diagnostic>,
) {
    let Some(foreach) = &step.foreach else { return };
    for axis in &foreach.axes {
        check_list(axis, found);
        let Some(id) = axis.records_of() else { continue };
        let site = Site { place: Place::Request, step: None, finally };
        if let Some(other) = step_named(id, site, playbook, names).filter(|other| other.foreach.is_none()) {
            let message = format!("step `{id}` is done once: it is no list");
            found.push(
                Diagnostic::new(rule::NO_LIST, axis.span(), message)
                    .also(other.id.span, "this step has no `foreach`")
                    .help(
                        "write a list here, a list that it captured, or the id of a step that has a `foreach` itself",
                    ),
            );
        }
    }
    match &step.work {
        Work::Request(request) => check_save(request, found),
        Work::Ensure(ensure) => {
            let requests = ensure.find.iter().chain([&ensure.create]).chain(&ensure.update);
            requests.for_each(|request| check_save(request, found));
        }
        _ => {}
    }
}

/// A cleanup that uses a step would have to choose one of its items.
pub(super) fn check_cleanup_step(cleanup: &Cleanup, playbook: &Playbook, names: &Names, found: &mut Vec<Diagnostic>) {
    let Cleanup::Step(id) = cleanup else { return };
    let Some(other) = names.step(&id.text).map(|index| &playbook.steps[index]) else { return };
    if let Some(foreach) = &other.foreach {
        let message = format!("step `{}` is done for each item and cannot be a cleanup", id.text);
        found.push(
            Diagnostic::new(rule::BAD_CLEANUP, id.span, message)
                .also(foreach.span, "its `foreach`")
                .help("write the request here"),
        );
    }
}

fn check_list(axis: &Axis, found: &mut Vec<Diagnostic>) {
    let (name, span) = (&axis.name.text, axis.span());
    match &axis.over {
        Over::List(list) => {
            if matches!(&list.data, JsonData::Value(value) if value.as_array().is_some_and(<[_]>::is_empty)) {
                found.push(
                    Diagnostic::new(rule::EMPTY_LIST, span, format!("the list of `{name}` is empty"))
                        .help("the step does nothing: write the items, or take the step out"),
                );
            }
        }
        Over::Expr(expr) if expr.references().is_empty() => {
            let text = expr.text().trim();
            if text.starts_with(['"', '\'']) || text.parse::<f64>().is_ok() {
                found.push(
                    Diagnostic::new(rule::NO_LIST, span, format!("`{name}` is taken from {text}, which is no list"))
                        .help(format!("write `{name}: [{text}]`, or an expression that gives a list")),
                );
            }
        }
        Over::Expr(_) => {}
    }
}

/// The items of a step would all be saved in one file.
fn check_save(request: &Request, found: &mut Vec<Diagnostic>) {
    let Some(save) = request.save.as_ref().filter(|save| save.as_literal().is_some()) else { return };
    let name = save.text();
    found.push(
        Diagnostic::new(rule::DUPLICATE_SAVE, save.span(), format!("every item would be saved as `{name}`"))
            .help(format!("make the name of the item: `save: \"{{{{ key }}}}-{name}\"`")),
    );
}

/// Whether what a step's items are made of is known before any step has run: no answer has a part in it.
fn is_early(reference: &Reference, foreach: &Foreach, playbook: &Playbook, names: &Names) -> bool {
    let mut early = Early::new(Place::Path, playbook, names);
    let mut found = Vec::new();
    made_of(reference, Some(foreach), &mut |reference| early.follow(reference, &mut found));
    // Everything else that is wrong with a list is told where it is linked.
    found.iter().all(|diagnostic| !diagnostic.is(rule::PATH_FROM_ANSWER))
}

/// Calls `visit` with what a reference of a step is made of: an item of what its list is, its key and its number of
/// what all lists are, and everything else of itself.
pub(super) fn made_of<'a>(
    reference: &'a Reference,
    foreach: Option<&'a Foreach>,
    visit: &mut dyn FnMut(&'a Reference),
) {
    let Some(foreach) = foreach else { return visit(reference) };
    let mut pending = vec![reference];
    let mut met = BTreeSet::new();
    while let Some(reference) = pending.pop() {
        let Target::Name(name) = &reference.target else {
            visit(reference);
            continue;
        };
        let all = matches!(&**name, "key" | "loop");
        let one = foreach.axis(name).map(|(_, axis)| axis);
        if !all && one.is_none() {
            visit(reference);
        } else if met.insert(name) {
            if &**name == "key" {
                pending.extend(foreach.key.iter().flat_map(Template::references));
            }
            let axes = foreach.axes.iter().filter(|axis| all || one.is_some_and(|one| one.name == axis.name));
            axes.for_each(|axis| axis.each_reference(&mut |reference| pending.push(reference)));
        }
    }
}

/// Items are made and named before the steps have run whose records they are.
fn not_yet(name: &str, member: &str, id: &str, reference: &Reference) -> Diagnostic {
    let message = format!("`{name}.{member}` is captured by step `{id}`, and is not known when the items are made");
    Diagnostic::new(rule::LATE_NAME, reference.span, message).help(format!(
        "write `{name}: \"{{{{ steps.{id} | list }}}}\"`: then the step waits for all of `{id}`, and its records are whole"
    ))
}

fn from_answer(name: &str, reference: &Reference) -> Diagnostic {
    let message = match name {
        "key" | "loop" => format!("`{name}` comes from an answer here, and cannot be part of a file's path"),
        _ => format!("the list of `{name}` comes from an answer, and so `{name}` cannot be part of a file's path"),
    };
    Diagnostic::new(rule::PATH_FROM_ANSWER, reference.span, message).help(super::resolve::PATHS)
}

/// A record has these members and no other.
fn check_member(step: &Step, member: &str, reference: &Reference) -> Result<(), Diagnostic> {
    let known = record_names(step);
    if known.contains(&member) {
        return Ok(());
    }
    let message = format!("a record of step `{}` has no `{member}`", step.id.text);
    let diagnostic = Diagnostic::new(rule::UNDEFINED_NAME, reference.span, message);
    let names = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Err(match closest(member, known.iter().copied()).and_then(|_| did_you_mean(member, known)) {
        Some(help) => diagnostic.help(help),
        None => diagnostic.help(format!("it has {names}")),
    })
}

/// The members of a step's records: the key, the names of its items, what it captures.
fn record_names(step: &Step) -> Vec<&str> {
    let mut names = vec!["key"];
    names.extend(step.foreach.iter().flat_map(|foreach| &foreach.axes).map(|axis| &*axis.name.text));
    captures(step, &mut |name| {
        if !names.contains(&&*name.text) {
            names.push(&name.text);
        }
    });
    names
}

fn step_of(site: Site, playbook: &Playbook) -> Option<&Step> {
    let group = if site.finally { &playbook.finally } else { &playbook.steps };
    group.get(site.step?)
}

fn step_named<'a>(id: &str, site: Site, playbook: &'a Playbook, names: &Names) -> Option<&'a Step> {
    match (names.step(id), names.finally(id)) {
        (Some(index), _) => playbook.steps.get(index),
        (None, Some(index)) if site.finally => playbook.finally.get(index),
        _ => None,
    }
}

/// Whether a reference is the whole of a list, and that list the records of a step: its items are taken one by one.
pub(super) fn takes_records(reference: &Reference, site: Site, playbook: &Playbook) -> bool {
    let Place::Items(list) = site.place else { return false };
    let foreach = step_of(site, playbook).and_then(|step| step.foreach.as_ref());
    let axis = foreach.and_then(|foreach| foreach.axes.get(list));
    axis.is_some_and(|axis| axis.records_of().is_some() && axis.span() == reference.span)
}

/// The names of a step's items, and where they are written.
pub(super) fn item_names(step: &Step) -> impl Iterator<Item = &crate::source::Text> {
    step.foreach.iter().flat_map(|foreach| &foreach.axes).map(|axis| &axis.name)
}

/// The name of an item is defined elsewhere too.
pub(super) fn shadowing(name: &crate::source::Text, first: Span) -> Diagnostic {
    Diagnostic::new(rule::DUPLICATE_NAME, name.span, format!("`{}` is the name of something else already", name.text))
        .label("the name of an item")
        .also(first, "first defined here")
        .help("give the item another name; the same one may be used by several steps")
}
