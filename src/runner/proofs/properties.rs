//! The properties, one function each. None of them asks the scheduler.

use std::collections::{BTreeMap, BTreeSet};

use super::Ran;
use super::book::without_keys;
use super::outside::Entry;
use crate::event::{CallId, Effect, Event, Outcome, Role, Sending, StepReport};
use crate::id::Address;

type Property = fn(&Ran) -> Result<(), String>;

pub(super) const PROPERTIES: &[(&str, Property)] = &[
    ("a run ends", it_ends),
    ("no request goes out before its intent", intents_come_first),
    ("no step begins before what it needs has ended", needs_come_first),
    ("there are never more sends than room, nor more requests than jobs", room_is_kept),
    ("every step ends once", every_step_ends_once),
    ("nothing that has not begun is sent after a failure", nothing_follows_a_failure),
    ("nothing that has not begun is sent after an interrupt or the deadline", nothing_follows_a_stop),
    ("cleanups run in reverse order, at the end, each at most once", cleanups_are_in_order),
    ("what is armed is cleaned up or named", what_is_armed_is_settled),
    ("token fetches of a provider do not overlap", tokens_do_not_overlap),
    ("what must not be done twice is not sent again in doubt", once_is_once),
    ("no more attempts are made than the policy allows", attempts_are_counted),
];

impl Ran {
    fn events(&self) -> impl Iterator<Item = (usize, &Event)> {
        self.outside.entries.iter().enumerate().filter_map(|(at, entry)| match entry {
            Entry::Event(event) => Some((at, &**event)),
            _ => None,
        })
    }

    fn sendings(&self) -> impl Iterator<Item = (usize, &Sending)> {
        self.events().filter_map(|(at, event)| match event {
            Event::Sending(sending) => Some((at, &**sending)),
            _ => None,
        })
    }

    fn ends(&self) -> impl Iterator<Item = (usize, &StepReport)> {
        self.events().filter_map(|(at, event)| match event {
            Event::StepFinished(report) => Some((at, &**report)),
            _ => None,
        })
    }

    fn place_of(&self, is: impl Fn(&Entry) -> bool) -> Option<usize> {
        self.outside.entries.iter().position(is)
    }

    /// The steps that are spared when a run stops.
    fn is_finally(&self, step: &Address) -> bool {
        step.as_str() == "logs"
    }
}

fn demand(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

fn is_own(role: &Role) -> bool {
    !matches!(role, Role::Cleanup(_) | Role::Token(_))
}

fn it_ends(ran: &Ran) -> Result<(), String> {
    let ends = ran.outside.count(|entry| matches!(entry, Entry::Finish(_)));
    demand(ran.outside.is_over() && ends == 1, || format!("{ends} ends"))
}

fn intents_come_first(ran: &Ran) -> Result<(), String> {
    let mut intents = BTreeSet::new();
    for entry in &ran.outside.entries {
        match entry {
            Entry::Event(event) => {
                if let Event::Sending(sending) = &**event {
                    intents.insert(sending.call);
                }
            }
            Entry::Send(call) => demand(intents.remove(call), || format!("call {} has no intent", call.0))?,
            _ => {}
        }
    }
    demand(intents.is_empty(), || format!("the intents {intents:?} are not sent"))
}

/// The step whose end is meant, for a step in the same playbook: `s_call[a].s1[b]` needs `s_call[a].s0`.
fn beside(step: &Address, id: &str) -> String {
    let text = step.as_str();
    let above = if without_keys(text).starts_with("s_call.") { text.rfind(".s").map(|at| &text[..=at]) } else { None };
    format!("{}{id}", above.unwrap_or_default())
}

fn needs_come_first(ran: &Ran) -> Result<(), String> {
    let mut ended: BTreeMap<String, Outcome> = BTreeMap::new();
    for (_, event) in ran.events() {
        match event {
            Event::StepFinished(report) => {
                ended.insert(report.step.to_string(), report.outcome);
            }
            Event::Sending(sending) if is_own(&sending.role) => {
                let step = &sending.step;
                let facts = ran.book.facts(step.as_str());
                for need in facts.needs.iter().map(|need| beside(step, need)) {
                    demand(ended.contains_key(&need), || format!("{step} is sent before {need} has ended"))?;
                }
                let text = step.as_str();
                if let (Some(each), Some(key)) = (&facts.each, text.rfind('[').filter(|_| text.ends_with(']'))) {
                    let source = format!("{}{}", beside(step, each), &text[key..]);
                    let passed = ended.get(&source).is_some_and(|outcome| outcome.is_passed());
                    demand(passed, || format!("{step} is sent and its record {source} has not passed"))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn room_is_kept(ran: &Ran) -> Result<(), String> {
    let (mut room, mut open) = (0, BTreeSet::new());
    for entry in &ran.outside.entries {
        match entry {
            Entry::Room(places) => room = *places,
            Entry::Send(call) => {
                demand(room > 0, || format!("call {} is sent without room", call.0))?;
                room -= 1;
                open.insert(*call);
                demand(open.len() <= ran.options.jobs, || format!("{} requests at once", open.len()))?;
            }
            Entry::Abort(call) => {
                open.remove(call);
            }
            Entry::Event(event) => {
                if let Event::Decided { call, .. } | Event::Unanswered { call, .. } = &**event {
                    open.remove(call);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn every_step_ends_once(ran: &Ran) -> Result<(), String> {
    let planned = ran.plan.steps.iter().chain(&ran.plan.finally).map(|step| step.id.to_string());
    let mut ends: BTreeMap<String, usize> = planned.map(|step| (step, 0)).collect();
    for (_, event) in ran.events() {
        match event {
            Event::Expanded { steps, .. } => {
                ends.extend(steps.iter().map(|planned| (planned.step.to_string(), 0)));
            }
            Event::StepFinished(report) => *ends.entry(report.step.to_string()).or_default() += 1,
            _ => {}
        }
    }
    // The third interrupt leaves everything as it is.
    let left = ran.outside.count(|entry| matches!(entry, Entry::Interrupt)) > 2;
    let wrong = ends.iter().find(|(_, times)| **times > 1 || **times == 0 && !left);
    demand(wrong.is_none(), || format!("{wrong:?}"))
}

/// The steps that have sent something by then.
fn begun(ran: &Ran, by: usize) -> BTreeSet<&Address> {
    ran.sendings().filter(|(at, sending)| *at < by && is_own(&sending.role)).map(|(_, one)| &one.step).collect()
}

fn nothing_new_after(ran: &Ran, place: usize) -> Result<(), String> {
    let begun = begun(ran, place);
    let new = ran.sendings().find(|(at, sending)| {
        let spared = ran.is_finally(&sending.step) || begun.contains(&sending.step);
        *at > place && is_own(&sending.role) && !spared
    });
    demand(new.is_none(), || format!("{:?}", new.map(|(_, sending)| &sending.step)))
}

fn nothing_follows_a_failure(ran: &Ran) -> Result<(), String> {
    if ran.options.keep_going {
        return Ok(());
    }
    let bad = |report: &StepReport| report.outcome.is_bad() && !report.tolerated && !ran.is_finally(&report.step);
    match ran.ends().find(|(_, report)| bad(report)) {
        Some((place, _)) => nothing_new_after(ran, place),
        None => Ok(()),
    }
}

fn nothing_follows_a_stop(ran: &Ran) -> Result<(), String> {
    let closing = ran.events().find(|(_, event)| matches!(event, Event::Closing { .. })).map(|(at, _)| at);
    let stop = ran.place_of(|entry| matches!(entry, Entry::Interrupt | Entry::Deadline | Entry::StoreLost));
    match stop {
        Some(place) if closing.is_none_or(|closing| place < closing) => nothing_new_after(ran, place),
        _ => Ok(()),
    }
}

fn cleanups_are_in_order(ran: &Ran) -> Result<(), String> {
    let (mut armed, mut closing, mut cleaning) = (Vec::new(), false, None);
    for (_, event) in ran.events() {
        match event {
            Event::CleanupArmed { step } => {
                demand(!armed.contains(&step), || format!("{step} is armed twice"))?;
                armed.push(step);
            }
            Event::Closing { .. } => closing = true,
            Event::CleanupStarted { step } => {
                demand(closing && cleaning.is_none(), || format!("{step} is cleaned up beside others"))?;
                let last = armed.pop();
                demand(last == Some(step), || format!("{step} is cleaned up, and {last:?} was created last"))?;
                cleaning = Some(step);
            }
            Event::CleanupFinished { step, by_steps: true, .. } => armed.retain(|armed| *armed != step),
            Event::CleanupFinished { step, .. } => {
                demand(cleaning.take() == Some(step), || format!("{step} was not being cleaned up"))?;
            }
            Event::Sending(sending) if matches!(sending.role, Role::Cleanup(_)) => {
                demand(cleaning == Some(&sending.step), || format!("{} is not being cleaned up", sending.step))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn what_is_armed_is_settled(ran: &Ran) -> Result<(), String> {
    let mut owed = BTreeSet::new();
    for (_, event) in ran.events() {
        match event {
            Event::CleanupArmed { step } => {
                owed.insert(step);
            }
            Event::CleanupFinished { step, outcome: Outcome::Passed, .. } => {
                owed.remove(step);
            }
            Event::RunFinished(finished) => {
                finished.left_behind.iter().for_each(|left| {
                    owed.remove(&left.step);
                });
            }
            _ => {}
        }
    }
    demand(owed.is_empty(), || format!("{owed:?} is neither cleaned up nor named"))
}

fn tokens_do_not_overlap(ran: &Ran) -> Result<(), String> {
    let mut open: BTreeMap<&str, CallId> = BTreeMap::new();
    for (_, event) in ran.events() {
        match event {
            Event::Sending(sending) => {
                if let Role::Token(provider) = &sending.role {
                    demand(ran.book.has_auth, || "a token, and nothing needs one".to_owned())?;
                    let other = open.insert(provider, sending.call);
                    demand(other.is_none(), || format!("{:?} and {:?}", other, sending.call))?;
                }
            }
            Event::Decided { call, .. } | Event::Unanswered { call, .. } => open.retain(|_, known| known != call),
            _ => {}
        }
    }
    Ok(())
}

fn once_is_once(ran: &Ran) -> Result<(), String> {
    let mut in_doubt: BTreeMap<CallId, &Sending> = BTreeMap::new();
    let mut calls: BTreeMap<CallId, &Sending> = BTreeMap::new();
    for (_, event) in ran.events() {
        match event {
            Event::Sending(sending) => {
                let again = in_doubt.values().any(|one| one.step == sending.step && one.role == sending.role);
                let careless = ran.book.facts(sending.step.as_str()).careless;
                demand(!again || careless, || format!("{} is sent again", sending.step))?;
                calls.insert(sending.call, sending);
            }
            Event::Unanswered { call, unknown: true, .. } => {
                let written = |sending: &Sending| {
                    matches!(sending.role, Role::Main | Role::Create) && ran.book.facts(sending.step.as_str()).once
                };
                let once = |sending: &&&Sending| sending.effect == Effect::Once || written(sending);
                if let Some(sending) = calls.get(call).filter(once) {
                    in_doubt.insert(*call, sending);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn attempts_are_counted(ran: &Ran) -> Result<(), String> {
    let mut made: BTreeMap<_, u32> = BTreeMap::new();
    for (_, sending) in ran.sendings() {
        let place = (&sending.step, format!("{:?}", sending.role), sending.poll);
        let last = made.insert(place, sending.attempt).unwrap_or(0);
        // A renewed token repeats an attempt; a token and a second look of `ensure` begin anew.
        let goes_on = sending.attempt == last || sending.attempt == last + 1 || sending.attempt == 1;
        demand(goes_on && sending.attempt <= 4, || format!("attempt {} of {}", sending.attempt, sending.step))?;
    }
    Ok(())
}
