//! What is left behind: what exists out there and is to go is named, and nothing else is.

use std::collections::BTreeSet;

use callsheet::event::{Decision, Effect, Event, Outcome, Role};
use callsheet::record::{Record, StepRecord, Try, TryResult};

use super::super::story::Story;
use super::sent::is_success;
use super::{Findings, Promise};

pub(super) fn examine(story: &Story, record: &Record, findings: &mut Findings) {
    let left = record.left_behind();
    let named: BTreeSet<String> = left.iter().map(|left| left.step.to_string()).collect();
    existing(story, record, &named, findings);
    let due = due(story, record);
    let list = |of: &BTreeSet<String>| of.iter().cloned().collect::<Vec<_>>().join(", ");
    findings.demand(named.is_superset(&due), Promise::Named, || {
        format!("the journal shows that [{}] may be left behind, and [{}] is named", list(&due), list(&named))
    });
    let world = story.network.world();
    let exists = |step: &String| world.ledger.existing().any(|thing| thing.step == *step);
    // What was made twice and cleaned up once is there, unless the answer to an earlier cleanup was lost.
    let made = |one: &&Try| one.is_done_once() && matches!(one.role, Role::Main);
    let twice = |step: &String| {
        record.steps().any(|one| *step == one.step.as_str() && one.tries.iter().filter(made).count() > 1)
    };
    let reasons = named.iter().all(|step| due.contains(step) || exists(step) || twice(step));
    findings.demand(reasons, Promise::Exact, || {
        format!("[{}] is named, and the journal shows that only [{}] may be left behind", list(&named), list(&due))
    });
    for step in record.steps() {
        let times = left.iter().filter(|left| left.step == step.step).count();
        let changing = step.tries.iter().filter(|one| one.effect != Effect::Read).count();
        findings.demand(times <= changing.max(1), Promise::Exact, || format!("{} is named {times} times", step.step));
    }
}

/// Everything that exists is meant to stay, or is named.
fn existing(story: &Story, record: &Record, named: &BTreeSet<String>, findings: &mut Findings) {
    let (world, settled) = (story.network.world(), settled(story));
    for thing in world.ledger.existing() {
        let call = world.arrivals[thing.by].call;
        let answered = call.and_then(|call| record.call(call)).is_some_and(is_answered_well);
        let is_found = world.arrivals[thing.by].key.line.ends_with("/named")
            && record
                .steps()
                .any(|step| step.step.as_str() == thing.step && step.outcome().is_some_and(Outcome::is_passed));
        let stays = (answered || is_found || settled.contains(&thing.step)) && !story.book.facts(&thing.step).cleanup;
        findings.demand(stays || named.contains(&thing.step), Promise::Named, || {
            let knows = if answered { "knows" } else { "does not know" };
            format!("what {} has made is still there, and not named; the journal {knows} of its answer", thing.step)
        });
    }
}

fn is_answered_well(exchange: &Try) -> bool {
    matches!(&exchange.result, TryResult::Answer(answer) if is_success(answer.status))
}

/// The steps that the journal must name: what was to be cleaned up and was not, and what may have been done although
/// nothing good came back.
fn due(story: &Story, record: &Record) -> BTreeSet<String> {
    let finished = story.is_finished();
    let settled = settled(story);
    let owed = record.cleanups.iter().filter(|cleanup| !cleanup.outcome.is_some_and(Outcome::is_passed));
    let owed = owed.map(|cleanup| cleanup.step.to_string());
    let open = record.steps().filter(|step| {
        let said = settled.iter().filter(|said| **said == *step.step.as_str()).count();
        let cleanup = record.cleanup(&step.step).and_then(|cleanup| cleanup.outcome);
        let ended = finished || step.outcome().is_some() || cleanup.is_some_and(Outcome::is_passed);
        is_open(step, ended, story.book.facts(step.step.as_str()).cleanup, said)
    });
    owed.chain(open.map(|step| step.step.to_string())).collect()
}

/// The steps of which a person has said that they are done.
fn settled(story: &Story) -> Vec<String> {
    let said = story.events.iter().filter_map(|envelope| match &envelope.event {
        Event::Resumed(resumed) => Some(&resumed.assumed),
        _ => None,
    });
    said.flatten().cloned().collect()
}

/// Whether something of a step is in doubt; of so many requests a person has `said` that they were done.
fn is_open(step: &StepRecord, ended: bool, cleanup: bool, said: usize) -> bool {
    let kinds: [fn(&Role) -> bool; 3] =
        [|role| matches!(role, Role::Main), |role| matches!(role, Role::Create), |role| matches!(role, Role::Update)];
    // `ensure` looks again: what is not there was not made, and what is there to stay may stay.
    let decided = |one: &&Try| matches!(one.decision, Some(Decision::Absent | Decision::Pass));
    let looked = step.tries.iter().rev().find(|one| matches!(one.role, Role::Find(_)) && decided(one));
    let settles = |one: &&Try| match &one.decision {
        Some(Decision::Absent) => true,
        Some(Decision::Pass) => !cleanup,
        _ => false,
    };
    let from = looked.filter(settles).map(|one| one.call);
    kinds.iter().any(|is_of| {
        let tries = step.tries.iter().filter(|one| is_of(&one.role) && from.is_none_or(|from| one.call > from));
        let tries: Vec<&Try> = tries.collect();
        let last = tries.last().is_some_and(|last| {
            // What the process did not live to see the end of.
            !ended && last.decision.is_none() && last.effect != Effect::Read && is_answered_well(last)
        });
        // What may be done twice has been done at the latest with the last good answer.
        let good = tries.iter().rposition(|one| is_answered_well(one)).map_or(0, |place| place + 1);
        let passed = step.outcome().is_some_and(Outcome::is_passed);
        let in_doubt = |(place, one): (usize, &&Try)| match one.effect {
            Effect::Read => false,
            Effect::Idempotent => !passed && place >= good && is_unknown(one),
            Effect::Once => is_unknown(one),
        };
        last || tries.iter().enumerate().filter(|(place, one)| in_doubt((*place, one))).count() > said
    })
}

fn is_unknown(exchange: &Try) -> bool {
    match &exchange.result {
        TryResult::Answer(answer) => matches!(answer.status, 502 | 504),
        TryResult::Error { unknown, .. } => *unknown,
        _ => true,
    }
}
