//! What a reference means at its place; or the diagnostic that says why it means nothing.

#![expect(clippy::result_large_err, reason = "diagnostics are made once per mistake, on the way out")]

use std::sync::Arc;

use super::items::{check_records, resolve_item};
use super::names::{Definition, Names, captures};
use super::places::{Place, STREAM_NAMES};
use crate::diagnostic::{Diagnostic, closest, did_you_mean, rule};
use crate::expression::{Reference, Target, function_names};
use crate::playbook::Playbook;

/// What a finished step has besides its captures.
pub(crate) const STEP_FIELDS: &[&str] = &[
    "status",
    "headers",
    "body",
    "saved",
    "exit_code",
    "stdout",
    "stderr",
    "duration",
    "attempts",
    "outcome",
    "created",
];

/// What a reference means.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// Something that is always there: an input, a reserved name.
    Given,
    /// The variable of that index.
    Var(usize),
    /// A value of the step of that index.
    Step(usize),
    /// A value of the `finally` step of that index.
    Finally { index: usize },
    /// Any step: `needs` must say which.
    AnyStep,
}

/// Where a reference stands.
#[derive(Clone, Copy)]
pub(super) struct Site {
    pub(super) place: Place,
    /// The step it belongs to, among the steps or among `finally`.
    pub(super) step: Option<usize>,
    pub(super) finally: bool,
}

impl Site {
    /// Where a reference really stands: what makes the path of a file may see no more than any other path.
    pub(super) fn of(self, reference: &Reference) -> Site {
        if reference.names_file { Site { place: self.place.of_path(), ..self } } else { self }
    }
}

/// Looks a reference up.
pub(super) fn resolve(
    reference: &Reference,
    site: Site,
    playbook: &Playbook,
    names: &Names,
) -> Result<Meaning, Diagnostic> {
    let site = site.of(reference);
    match &reference.target {
        Target::Name(name) => resolve_name(name, reference, site, playbook, names),
        Target::Step { id, field } => resolve_step(id, field.as_ref(), reference, site, playbook, names),
        Target::Steps if site.place.sees_steps() => Ok(Meaning::AnyStep),
        Target::Steps => Err(too_early("steps", reference, site)),
    }
}

fn resolve_name(
    name: &Arc<str>,
    reference: &Reference,
    site: Site,
    playbook: &Playbook,
    names: &Names,
) -> Result<Meaning, Diagnostic> {
    if site.place.knows(name, site.finally) {
        return Ok(Meaning::Given);
    }
    if let Some(meaning) = resolve_item(name, reference, site, playbook, names)? {
        return Ok(meaning);
    }
    if site.place == Place::Simulate {
        let message = format!("`{name}` is not known in `simulate`");
        return Err(Diagnostic::new(rule::UNDEFINED_NAME, reference.span, message)
            .help("only the simulator's values are: `simulator.api_url`, `simulator.user.name`, …"));
    }
    if site.place == Place::Path && Place::is_answer_name(name) {
        return Err(too_early(name, reference, site));
    }
    let own = |index| site.step == Some(index);
    match names.get(name) {
        Some(Definition::Input(_)) => Ok(Meaning::Given),
        Some(Definition::Var(index)) => Ok(Meaning::Var(index)),
        Some(_) if !site.place.sees_steps() => {
            Err(too_early(name, reference, site).also(names.span(name).unwrap_or(reference.span), "captured here"))
        }
        Some(Definition::Capture(index)) if !site.finally && own(index) => own_capture(name, reference, site, names),
        Some(Definition::Finally(index)) if site.finally && own(index) => own_capture(name, reference, site, names),
        Some(Definition::Capture(index)) => Ok(Meaning::Step(index)),
        Some(Definition::Finally(index)) if site.finally => Ok(Meaning::Finally { index }),
        Some(Definition::Finally(_)) => Err(from_finally(name, reference)),
        None if playbook.mistaken.defines(name) => Ok(Meaning::Given),
        None => Err(undefined(name, reference, site, names)),
    }
}

fn own_capture(name: &str, reference: &Reference, site: Site, names: &Names) -> Result<Meaning, Diagnostic> {
    if site.place.sees_own() {
        return Ok(Meaning::Given);
    }
    let message = format!("`{name}` is captured by this very step, after this is evaluated");
    Err(Diagnostic::new(rule::OWN_CAPTURE, reference.span, message)
        .also(names.span(name).unwrap_or(reference.span), "captured here")
        .help("a step's own captures are known in its `expect` and its `cleanup`"))
}

fn from_finally(name: &str, reference: &Reference) -> Diagnostic {
    Diagnostic::new(rule::UNDEFINED_NAME, reference.span, format!("`{name}` is captured in `finally`, after this"))
        .help("steps of `finally` run last; nothing outside `finally` can use their values")
}

fn too_early(name: &str, reference: &Reference, site: Site) -> Diagnostic {
    if site.place == Place::Path {
        let message = format!("`{name}` comes from an answer and cannot be part of a file's path");
        return Diagnostic::new(rule::PATH_FROM_ANSWER, reference.span, message).help(PATHS);
    }
    let message = format!("`{name}` comes from a step and is not known here");
    Diagnostic::new(rule::LATE_NAME, reference.span, message).help(EARLY)
}

/// The advice for a path that is made of an answer.
pub(super) const PATHS: &str =
    "write the path here, or take it from an input: no server may decide which file is read or written";

/// The advice for a value of a step where no step has run.
pub(super) const EARLY: &str =
    "`inputs`, `auth`, `defaults` and lengths of time are used before any step has run: use an input here";

fn undefined(name: &str, reference: &Reference, site: Site, names: &Names) -> Diagnostic {
    if crate::expression::RESERVED.contains(&name) {
        let message = format!("`{name}` means nothing here");
        return Diagnostic::new(rule::UNDEFINED_NAME, reference.span, message).help(Place::home_of(name));
    }
    let message = format!("`{name}` is not defined");
    let diagnostic = Diagnostic::new(rule::UNDEFINED_NAME, reference.span, message);
    if function_names().contains(&name) {
        return diagnostic.help(format!("`{name}` is a function: write `{name}()`"));
    }
    let step = names.step(name).map(|_| format!("`{name}` is a step: write `steps.{name}.body` or a name it captures"));
    let early = |definition| matches!(definition, Definition::Input(_) | Definition::Var(_));
    let mut known = names.candidates(|definition| site.place.sees_steps() || early(definition));
    if site.place == Place::Program {
        known.splice(0..0, ["exit_code", "stdout", "stderr"]);
    }
    if site.place == Place::Stream {
        known.splice(0..0, STREAM_NAMES.iter().copied());
    }
    if site.place.sees_answer() {
        known.splice(0..0, ["status", "headers", "body"]);
    }
    if let Some(close) = closest(name, known.iter().copied()).filter(|_| step.is_none()) {
        let diagnostic = diagnostic.help(format!("did you mean `{close}`?"));
        let whole = reference.span.end - reference.span.start == name.len() as u32;
        return if whole { diagnostic.suggest(reference.span, close) } else { diagnostic };
    }
    match step.or_else(|| did_you_mean(name, known)) {
        Some(help) => diagnostic.help(help),
        None => diagnostic.help("define it under `inputs` or `vars`, or capture it in a step"),
    }
}

fn resolve_step(
    id: &Arc<str>,
    field: Option<&Arc<str>>,
    reference: &Reference,
    site: Site,
    playbook: &Playbook,
    names: &Names,
) -> Result<Meaning, Diagnostic> {
    if !site.place.sees_steps() {
        return Err(too_early(&format!("steps.{id}"), reference, site));
    }
    let (step, meaning, own) = match (names.step(id), names.finally(id)) {
        (Some(index), _) => {
            let own = !site.finally && site.step == Some(index);
            (&playbook.steps[index], Meaning::Step(index), own)
        }
        (None, Some(index)) if site.finally => {
            (&playbook.finally[index], Meaning::Finally { index }, site.step == Some(index))
        }
        (None, Some(_)) => return Err(from_finally(id, reference)),
        (None, None) if playbook.mistaken.defines(id) => return Ok(Meaning::Given),
        (None, None) => return Err(unknown_step(id, reference.span, names)),
    };
    if own {
        let message = format!("step `{id}` refers to itself");
        return Err(Diagnostic::new(rule::OWN_CAPTURE, reference.span, message)
            .help("its own answer is `status`, `headers` and `body` in `capture`, `expect` and `poll`"));
    }
    if step.foreach.is_some() {
        check_records(step, field.map(|field| &**field), reference)?;
    } else if let Some(field) = field {
        let mut known: Vec<&str> = STEP_FIELDS.to_vec();
        captures(step, &mut |name| known.push(&name.text));
        let lost = names.get(field).is_none() && playbook.mistaken.defines(field);
        if !known.contains(&&**field) && !lost {
            let message = format!("step `{id}` has no `{field}`");
            let diagnostic = Diagnostic::new(rule::UNDEFINED_NAME, reference.span, message);
            return Err(match did_you_mean(field, known) {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            });
        }
    }
    Ok(meaning)
}

pub(super) fn unknown_step(id: &str, span: crate::source::Span, names: &Names) -> Diagnostic {
    let diagnostic = Diagnostic::new(rule::UNKNOWN_STEP, span, format!("there is no step `{id}`"));
    let known = names.step_candidates();
    if let Some(close) = closest(id, known.iter().copied()) {
        return diagnostic.help(format!("did you mean `{close}`?"));
    }
    match did_you_mean(id, known) {
        Some(help) => diagnostic.help(help),
        None => diagnostic.help("name a step by its id, the key below `steps:`"),
    }
}
