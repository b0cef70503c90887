//! From references to edges: which step waits for which, and why.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::cycle;
use super::items::takes_records;
use super::names::Names;
use super::places::Place;
use super::resolve::{EARLY, Meaning, PATHS, Site, resolve, unknown_step};
use super::visit;
use super::{Because, Edge, EdgeKind, Links};
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{Reference, Target};
use crate::playbook::{Cleanup, Playbook, Step};
use crate::source::Span;

/// What a variable needs, through other variables too.
#[derive(Clone, Debug, Default)]
pub(super) struct VarNeeds {
    /// The values of steps: whose, under which name, whether it may be missing, whether it is the body.
    steps: Vec<StepNeed>,
    finally: Vec<usize>,
}

#[derive(Clone, Debug)]
struct StepNeed {
    index: usize,
    name: Arc<str>,
    /// Whether it is a capture, which the step itself may use when it is there.
    capture: bool,
    optional: bool,
}

/// Links the steps, and the `finally` steps among themselves.
pub(super) fn link(playbook: &Playbook, names: &Names, found: &mut Vec<Diagnostic>) -> (Vec<Links>, Vec<Links>) {
    let vars = link_vars(playbook, names, found);
    let mut linker = Linker {
        playbook,
        names,
        vars,
        steps: vec![Links::default(); playbook.steps.len()],
        finally: vec![Links::default(); playbook.finally.len()],
        known: HashSet::new(),
    };
    for (index, step) in playbook.steps.iter().enumerate() {
        linker.link_step(index, step, false, found);
        if playbook.listed && index > 0 {
            linker.add(false, index, Edge { from: index - 1, kind: EdgeKind::Order, because: Because::Listed });
        }
        // Most steps wait for one other, and the list is kept as long as the plan.
        linker.steps[index].edges.shrink_to_fit();
    }
    for (index, step) in playbook.finally.iter().enumerate() {
        linker.link_step(index, step, true, found);
    }
    for output in &playbook.outputs {
        output.value.each_reference(&mut |reference| {
            linker.follow(reference, Site { place: Place::Output, step: None, finally: false }, found);
        });
    }
    (linker.steps, linker.finally)
}

impl StepNeed {
    fn new(index: usize, reference: &Reference) -> Self {
        let capture = matches!(reference.target, Target::Name(_));
        StepNeed { index, name: label(reference), capture, optional: reference.optional }
    }
}

struct Linker<'a> {
    playbook: &'a Playbook,
    names: &'a Names,
    vars: Vec<VarNeeds>,
    steps: Vec<Links>,
    finally: Vec<Links>,
    /// The edges there are, since a step may wait for every other: among `finally` or not, from, to, kind.
    known: HashSet<(bool, usize, usize, EdgeKind)>,
}

impl Linker<'_> {
    fn link_step(&mut self, index: usize, step: &Step, finally: bool, found: &mut Vec<Diagnostic>) {
        let mut dynamic = None;
        visit::step(step, &mut |place, reference| {
            let any = self.follow(reference, Site { place, step: Some(index), finally }, found);
            dynamic = dynamic.or(any.then_some(reference));
        });
        for need in &step.needs {
            let other = if finally { self.names.finally(&need.text) } else { self.names.step(&need.text) };
            match other {
                Some(from) => {
                    let edge = Edge { from, kind: EdgeKind::Order, because: Because::Needs(need.span) };
                    self.add(finally, index, edge);
                }
                // Every step has ended when `finally` begins.
                None if finally && self.names.step(&need.text).is_some() => {}
                None if self.playbook.mistaken.defines(&need.text) => {}
                None => found.push(unknown_step(&need.text, need.span, self.names)),
            }
        }
        for cleanup in &step.cleanup {
            if let Cleanup::Step(id) = cleanup
                && self.names.step(&id.text).is_none()
                && !self.playbook.mistaken.defines(&id.text)
            {
                found.push(unknown_step(&id.text, id.span, self.names));
            }
        }
        if let Some(reference) = dynamic.filter(|_| step.needs.is_empty() && !self.playbook.listed && !finally) {
            found.push(
                Diagnostic::new(
                    rule::DYNAMIC_REFERENCE,
                    reference.span,
                    "which step is meant is known only at run time",
                )
                .help(format!("write `needs: [..]` in step `{}` with every step it may be", step.id.text)),
            );
        }
    }

    /// Follows one reference; true where it may mean any step.
    fn follow(&mut self, reference: &Reference, site: Site, found: &mut Vec<Diagnostic>) -> bool {
        let site = site.of(reference);
        let meaning = match resolve(reference, site, self.playbook, self.names) {
            Ok(meaning) => meaning,
            Err(diagnostic) => {
                found.push(diagnostic);
                return false;
            }
        };
        match meaning {
            Meaning::Given => {}
            Meaning::AnyStep => return true,
            Meaning::Step(from) if takes_records(reference, site, self.playbook) => {
                // Every step has ended when `finally` begins.
                if !site.finally {
                    self.take_records(from, reference, site);
                }
            }
            Meaning::Finally { index } if takes_records(reference, site, self.playbook) => {
                self.take_records(index, reference, site);
            }
            Meaning::Step(index) => self.wait_for(&StepNeed::new(index, reference), reference, None, site),
            Meaning::Finally { index } => self.wait_for_finally(index, reference, site),
            Meaning::Var(index) => self.follow_var(index, reference, site, found),
        }
        false
    }

    fn follow_var(&mut self, index: usize, reference: &Reference, site: Site, found: &mut Vec<Diagnostic>) {
        let needs = self.vars[index].clone();
        let name = &self.playbook.vars[index].name;
        if let Some(need) = needs.steps.first().filter(|_| !site.place.sees_steps()) {
            found.push(late_var(reference, site.place, &need.name, name.span));
            return;
        }
        let too_soon = |need: &&StepNeed| {
            let own = !site.finally && site.step == Some(need.index);
            own && !(need.capture && site.place.sees_own())
        };
        if let Some(need) = needs.steps.iter().find(too_soon) {
            found.push(own_var(reference, &need.name, name.span));
            return;
        }
        for need in &needs.steps {
            let need = StepNeed { optional: need.optional || reference.optional, ..need.clone() };
            self.wait_for(&need, reference, Some(Arc::clone(&name.text)), site);
        }
        for index in needs.finally {
            self.wait_for_finally(index, reference, site);
        }
    }

    fn wait_for(&mut self, need: &StepNeed, reference: &Reference, through: Option<Arc<str>>, site: Site) {
        let own = site.step == Some(need.index);
        let Some(step) = site.step.filter(|_| !site.finally && site.place != Place::Cleanup && !own) else { return };
        let kind = if need.optional { EdgeKind::End } else { EdgeKind::Value };
        let because = Because::Reference { name: Arc::clone(&need.name), span: reference.span, through };
        self.add(false, step, Edge { from: need.index, kind, because });
    }

    /// The step begins when the other knows its items, and each of its own when the item's record is there.
    fn take_records(&mut self, from: usize, reference: &Reference, site: Site) {
        let because = Because::Reference { name: label(reference), span: reference.span, through: None };
        if let Some(step) = site.step {
            self.add(site.finally, step, Edge { from, kind: EdgeKind::Each, because });
        }
    }

    /// One edge for each step and kind: the first reason is the one that is told.
    fn add(&mut self, finally: bool, to: usize, edge: Edge) {
        if self.known.insert((finally, edge.from, to, edge.kind)) {
            let links = if finally { &mut self.finally } else { &mut self.steps };
            links[to].edges.push(edge);
        }
    }

    fn wait_for_finally(&mut self, index: usize, reference: &Reference, site: Site) {
        let Some(step) = site.step.filter(|step| site.finally && *step != index) else { return };
        let kind = if reference.optional { EdgeKind::End } else { EdgeKind::Value };
        let because = Because::Reference { name: label(reference), span: reference.span, through: None };
        self.add(true, step, Edge { from: index, kind, because });
    }
}

/// A variable that needs a step, where none has run or a path is made.
pub(super) fn late_var(reference: &Reference, place: Place, name: &str, var: Span) -> Diagnostic {
    let label = label(reference);
    let diagnostic = if place == Place::Path {
        let message = format!("`{label}` comes from an answer (`{name}`) and cannot be part of a file's path");
        Diagnostic::new(rule::PATH_FROM_ANSWER, reference.span, message).help(PATHS)
    } else {
        let message = format!("`{label}` needs `{name}`, which comes from a step and is not known here");
        Diagnostic::new(rule::LATE_NAME, reference.span, message).help(EARLY)
    };
    diagnostic.also(var, "through this variable")
}

fn own_var(reference: &Reference, name: &str, var: Span) -> Diagnostic {
    let message = format!("`{}` needs `{name}` of this very step, which comes after this", label(reference));
    Diagnostic::new(rule::OWN_CAPTURE, reference.span, message)
        .also(var, "through this variable")
        .help("a step's own captures are known in its `expect` and its `cleanup`")
}

/// A reference as it is written.
pub(super) fn label(reference: &Reference) -> Arc<str> {
    match &reference.target {
        Target::Name(name) => Arc::clone(name),
        Target::Step { id, field: Some(field) } => format!("steps.{id}.{field}").into(),
        Target::Step { id, field: None } => format!("steps.{id}").into(),
        Target::Steps => "steps".into(),
    }
}

/// What each variable needs; a circle of variables is a mistake.
fn link_vars(playbook: &Playbook, names: &Names, found: &mut Vec<Diagnostic>) -> Vec<VarNeeds> {
    let mut direct: Vec<VarNeeds> = Vec::new();
    let mut uses: HashMap<usize, Vec<(usize, bool)>> = HashMap::new();
    let mut graph = crate::graph::Graph::new(playbook.vars.len());
    // Variables that make the path of a file.
    let mut paths: Vec<(usize, &Reference)> = Vec::new();
    for (index, var) in playbook.vars.iter().enumerate() {
        let mut needs = VarNeeds::default();
        var.value.each_reference(&mut |reference| {
            let site = Site { place: Place::Output, step: None, finally: true };
            match resolve(reference, site, playbook, names) {
                Ok(Meaning::Step(index)) => needs.steps.push(StepNeed::new(index, reference)),
                Ok(Meaning::Finally { index }) => needs.finally.push(index),
                Ok(Meaning::Var(other)) => {
                    graph.add(other, index, reference.span);
                    uses.entry(index).or_default().push((other, reference.optional));
                    paths.extend(reference.names_file.then_some((other, reference)));
                }
                Ok(Meaning::Given) => {}
                Ok(Meaning::AnyStep) => found.push(
                    Diagnostic::new(rule::DYNAMIC_REFERENCE, reference.span, "a variable must name the step it uses")
                        .help("write `steps.<id>.<field>`"),
                ),
                Err(diagnostic) => found.push(diagnostic),
            }
        });
        direct.push(needs);
    }
    match graph.order() {
        Ok(order) => order.into_iter().for_each(|index| inherit(index, &uses, &mut direct)),
        Err(cycles) => found.extend(cycles.iter().map(|cycle| cycle::report_vars(playbook, cycle))),
    }
    for (index, reference) in paths {
        if let Some(need) = direct[index].steps.first() {
            found.push(late_var(reference, Place::Path, &need.name, playbook.vars[index].name.span));
        }
    }
    direct
}

fn inherit(index: usize, uses: &HashMap<usize, Vec<(usize, bool)>>, needs: &mut [VarNeeds]) {
    for &(other, optional) in uses.get(&index).into_iter().flatten() {
        let inherited = needs[other].clone();
        let steps = inherited.steps.into_iter().map(|need| StepNeed { optional: need.optional || optional, ..need });
        needs[index].steps.extend(steps);
        needs[index].finally.extend(inherited.finally);
    }
}
