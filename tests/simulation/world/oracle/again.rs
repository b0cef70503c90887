//! What a later process has done again: nothing that was done, unless it was undone, or someone has said so, or it
//! goes on from something of which that is true.

use std::collections::{BTreeMap, BTreeSet};

use callsheet::event::{CallId, Decision, Event, Outcome, Role, Sending};
use callsheet::id::Address;

use super::super::book::{Facts, without_keys};
use super::super::network::Arrival;
use super::super::story::Story;
use super::sent::is_success;
use super::{Findings, Promise};

pub(super) fn examine(story: &Story, findings: &mut Findings) {
    let above = above(&story.book.facts);
    once(story, &above, findings);
    passed(story, &above, findings);
}

/// For each step, those whose redoing lets it be done again: itself, what it needs, what that needs, and for a step of
/// a called playbook the same of the step that calls.
fn above(facts: &BTreeMap<String, Facts>) -> BTreeMap<String, BTreeSet<String>> {
    let mut above: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let needs = |id: &str| {
        let prefix = id.rsplit_once('.').map_or(String::new(), |(caller, _)| format!("{caller}."));
        let known =
            facts.get(id).map(|facts| facts.needs.iter().chain(&facts.each).map(|need| format!("{prefix}{need}")));
        let mut needs: Vec<String> = known.into_iter().flatten().collect();
        needs.extend(id.rsplit_once('.').map(|(caller, _)| caller.to_owned()));
        // Who needs a step that calls needs what it calls.
        let called = facts.keys().filter(|other| {
            other.rsplit_once('.').is_some_and(|(caller, _)| {
                needs.iter().any(|one| one == caller) && !id.starts_with(&format!("{caller}."))
            })
        });
        let called: Vec<String> = called.cloned().collect();
        needs.extend(called);
        needs
    };
    for id in facts.keys() {
        let mut all = BTreeSet::from([id.clone()]);
        let mut open = vec![id.clone()];
        while let Some(next) = open.pop() {
            open.extend(needs(&next).into_iter().filter(|need| all.insert(need.clone())));
        }
        above.insert(id.clone(), all);
    }
    above
}

/// Whether between two events something happened that lets a step be done again.
fn may_again(story: &Story, above: &BTreeMap<String, BTreeSet<String>>, step: &str, from: usize, to: usize) -> bool {
    let own = BTreeSet::from([without_keys(step)]);
    let above = above.get(&without_keys(step)).unwrap_or(&own);
    let is_above = |address: &str| above.contains(&without_keys(address));
    story.events[from..to].iter().any(|envelope| match &envelope.event {
        Event::Resumed(resumed) => resumed
            .redo
            .iter()
            .any(|redo| is_above(redo) || above.iter().any(|one| one.starts_with(&format!("{}.", without_keys(redo))))),
        Event::CleanupFinished { step, outcome: Outcome::Passed, .. } => is_above(step.as_str()),
        _ => false,
    })
}

/// Whether between two events something above a step was done again that had been cleaned up before.
fn follows_undone(
    story: &Story,
    above: &BTreeMap<String, BTreeSet<String>>,
    step: &str,
    from: usize,
    to: usize,
) -> bool {
    let own = without_keys(step);
    let Some(above) = above.get(&own) else { return false };
    let undone = |address: &Address, by: usize| {
        story.events[..by].iter().any(|envelope| match &envelope.event {
            Event::CleanupFinished { step, outcome: Outcome::Passed, .. } => step == address,
            _ => false,
        })
    };
    story.events[from..to].iter().enumerate().any(|(place, envelope)| match &envelope.event {
        Event::Sending(sending) if !matches!(sending.role, Role::Cleanup(_) | Role::Token(_)) => {
            let other = without_keys(sending.step.as_str());
            other != own && above.contains(&other) && undone(&sending.step, from + place)
        }
        _ => false,
    })
}

/// Whether `ensure` has looked between two events, and what was made before was not there any more.
fn is_missed(story: &Story, intents: &BTreeMap<CallId, (usize, &Sending)>, step: &str, from: usize, to: usize) -> bool {
    story.events[from..to].iter().any(|envelope| match &envelope.event {
        Event::Decided { call, decision: Decision::Absent } => {
            intents.get(call).is_some_and(|(_, sending)| sending.step.as_str() == step)
        }
        _ => false,
    })
}

/// The place of each intent among the events.
fn intents(story: &Story) -> BTreeMap<CallId, (usize, &Sending)> {
    let intents = story.events.iter().enumerate().filter_map(|(at, envelope)| match &envelope.event {
        Event::Sending(sending) => Some((sending.call, (at, &**sending))),
        _ => None,
    });
    intents.collect()
}

/// What must not be done twice was done once, unless its author takes the risk, or it may be done again.
fn once(story: &Story, above: &BTreeMap<String, BTreeSet<String>>, findings: &mut Findings) {
    const CREATES: [&str; 2] = ["POST http://ledger.example.com/things", "POST http://ledger.example.com/named"];
    let (world, intents) = (story.network.world(), intents(story));
    let mut executed: BTreeMap<&str, Vec<&Arrival>> = BTreeMap::new();
    for arrival in world.arrivals.iter().filter(|arrival| arrival.served.is_some_and(is_success)) {
        if CREATES.contains(&arrival.key.line.as_str()) {
            executed.entry(&arrival.key.step).or_default().push(arrival);
        }
    }
    let place = |arrival: &Arrival| Some(intents.get(&arrival.call?)?.0);
    for (step, arrivals) in executed.into_iter().filter(|(step, _)| is_once(story, step)) {
        for pair in arrivals.windows(2) {
            let allowed = match (place(pair[0]), place(pair[1])) {
                (Some(from), Some(to)) => {
                    may_again(story, above, step, from, to)
                        || follows_undone(story, above, step, from, to)
                        || is_missed(story, &intents, step, from, to)
                }
                _ => false,
            };
            findings.demand(allowed, Promise::Twice, || format!("{step} was executed twice, and nothing allows it"));
        }
    }
}

/// A step that has passed sends nothing in a later process.
fn passed(story: &Story, above: &BTreeMap<String, BTreeSet<String>>, findings: &mut Findings) {
    let mut done: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut fetched = BTreeSet::new();
    let mut process = 0;
    for (at, envelope) in story.events.iter().enumerate() {
        match &envelope.event {
            Event::Resumed(_) => (process, fetched) = (process + 1, BTreeSet::new()),
            // What was not kept of it is asked for once more.
            Event::StepStarted { step, again: true } => drop(fetched.insert(step.clone())),
            Event::StepFinished(report) if report.outcome.is_passed() => {
                done.insert(report.step.to_string(), (at, process));
            }
            Event::StepFinished(report) => drop(done.remove(report.step.as_str())),
            Event::Sending(sending) if !matches!(sending.role, Role::Cleanup(_) | Role::Token(_)) => {
                let step = sending.step.as_str();
                let before = done.get(step).filter(|(_, earlier)| *earlier < process && step != "logs");
                let Some((from, _)) = before.filter(|_| !fetched.contains(&sending.step)) else { continue };
                // What reads something that was done meanwhile is done again.
                let allowed = may_again(story, above, step, *from, at) || is_behind(story, above, step, *from, at);
                findings.demand(allowed, Promise::Repeated, || format!("{step} had passed, and is done again"));
            }
            _ => {}
        }
    }
}

/// Whether something that a step needs was done between two events: not only fetched for what was not kept of it, and not
/// skipped.
fn is_behind(story: &Story, above: &BTreeMap<String, BTreeSet<String>>, step: &str, from: usize, to: usize) -> bool {
    let own = without_keys(step);
    let Some(above) = above.get(&own) else { return false };
    let is_above = |other: &Address| {
        let other = without_keys(other.as_str());
        other != own && above.contains(&other)
    };
    let mut fetched = BTreeSet::new();
    story.events[from..to].iter().any(|envelope| match &envelope.event {
        Event::Resumed(_) => {
            fetched.clear();
            false
        }
        Event::StepStarted { step, again: true } => {
            fetched.insert(step.clone());
            false
        }
        Event::Sending(sending) if !matches!(sending.role, Role::Cleanup(_) | Role::Token(_)) => {
            is_above(&sending.step) && !fetched.contains(&sending.step)
        }
        Event::StepFinished(report) => {
            is_above(&report.step) && report.outcome != Outcome::Skipped && !fetched.contains(&report.step)
        }
        _ => false,
    })
}

fn is_once(story: &Story, step: &str) -> bool {
    let facts = story.book.facts(step);
    facts.once && !facts.careless
}
