//! How things end: every step once in each process, cleanups in reverse order, and the run with the word that its
//! steps say.

use std::collections::{BTreeMap, BTreeSet};

use callsheet::event::{Event, Extent, FailureKind, Outcome};
use callsheet::id::Address;
use callsheet::record::{Record, StepRecord, StepState};
use callsheet::runner::CleanupWhen;

use super::super::story::Story;
use super::{Findings, Promise};

pub(super) fn examine(story: &Story, record: &Record, findings: &mut Findings) {
    steps(story, findings);
    cleanups(story, findings);
    if story.is_finished() {
        for step in record.steps() {
            // What an earlier process knew a step to be made of is not looked at where that step is skipped.
            let above = std::iter::successors(step.step.parent(), Address::parent);
            let mut above = above.filter_map(|address| record.step(&address)?.outcome());
            let ended = matches!(step.state(), StepState::Ended(_)) || above.any(|outcome| outcome == Outcome::Skipped);
            // Who only cleans up runs no `finally`, and neither does who has to ask first.
            let spares = only_cleans_up(story) || has_asked(record);
            let ended = ended || step.finally() && record.closing.is_some() && spares;
            findings.demand(ended, Promise::Ends, || format!("{} has not ended, and the run is over", step.step));
        }
        word(story, record, findings);
    }
}

fn steps(story: &Story, findings: &mut Findings) {
    let mut ends: BTreeMap<(usize, String), usize> = BTreeMap::new();
    let mut process = 0;
    for envelope in &story.events {
        match &envelope.event {
            Event::Resumed(_) => process += 1,
            Event::StepFinished(report) => *ends.entry((process, report.step.to_string())).or_default() += 1,
            _ => {}
        }
    }
    for ((process, step), times) in &ends {
        findings.demand(*times == 1, Promise::Ends, || format!("{step} ends {times} times in process {process}"));
    }
}

/// The cleanups that are owed, the last created at the end; those that this process has still to look at.
#[derive(Default)]
struct Owed {
    armed: Vec<String>,
    left: Vec<String>,
    closing: bool,
}

fn cleanups(story: &Story, findings: &mut Findings) {
    let mut owed = Owed::default();
    let mut cleaned = BTreeSet::new();
    for (number, envelope) in story.events.iter().enumerate() {
        match &envelope.event {
            Event::Resumed(_) => (owed.closing, cleaned) = (false, BTreeSet::new()),
            // What a later process has done again keeps its place.
            Event::CleanupArmed { step } if owed.armed.iter().any(|known| *known == *step.as_str()) => {}
            Event::CleanupArmed { step } => owed.armed.push(step.to_string()),
            Event::Closing { .. } => owed.closing = true,
            Event::CleanupStarted { step } => {
                let again = !cleaned.insert(step.clone());
                if cleaned.len() == 1 {
                    owed.left = owed.armed.clone();
                }
                let place = owed.left.iter().rposition(|known| *known == *step.as_str());
                findings.demand(place.is_some() && !again, Promise::Cleanup, || {
                    format!("{step} is cleaned up, and owed are only {:?}", owed.left)
                });
                owed.left.truncate(place.unwrap_or(owed.left.len()));
                kept(story, number, step.as_str(), findings);
            }
            Event::CleanupFinished { step, outcome: Outcome::Passed, .. } => {
                owed.armed.retain(|known| *known != *step.as_str());
            }
            _ => {}
        }
    }
}

/// Nothing is cleaned up that was to be kept.
fn kept(story: &Story, number: usize, step: &str, findings: &mut Findings) {
    let chapter = story.chapters.iter().rev().find(|chapter| chapter.begins <= number);
    let keeps = chapter.is_some_and(|chapter| chapter.process.options.cleanup == CleanupWhen::Never);
    findings.demand(!keeps, Promise::Cleanup, || format!("{step} was to be kept"));
}

fn has_asked(record: &Record) -> bool {
    let failures = record.steps().flat_map(StepRecord::failures);
    let mut all = failures.chain(record.finished.iter().flat_map(|finished| &finished.failures));
    all.any(|failure| failure.kind == FailureKind::Undecided)
}

fn only_cleans_up(story: &Story) -> bool {
    let last = story.events.iter().rev().find_map(|envelope| match &envelope.event {
        Event::Resumed(resumed) => Some(resumed.extent),
        _ => None,
    });
    last == Some(Extent::Cleanups)
}

/// A run has passed only if its steps have.
fn word(story: &Story, record: &Record, findings: &mut Findings) {
    let counts = |step: &StepRecord| !(step.tolerated() || step.finally() && only_cleans_up(story));
    let bad = record.steps().find(|step| step.outcome().is_some_and(Outcome::is_bad) && counts(step));
    // What an earlier process could not clean up may be meant to stay now.
    let last = story.chapters.last().map_or(0, |chapter| chapter.begins);
    let failed = story.events[last..].iter().find_map(|envelope| match &envelope.event {
        Event::CleanupFinished { step, outcome, .. } if outcome.is_bad() => Some(step),
        _ => None,
    });
    let passed = record.outcome().is_some_and(Outcome::is_passed);
    let at_fault = bad.map(|step| &step.step).or(failed);
    findings
        .demand(!passed || at_fault.is_none(), Promise::Ends, || format!("it has passed, but {at_fault:?} has not"));
}
