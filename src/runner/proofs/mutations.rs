//! Traces with a fault, one for each property: a checker that finds none checks nothing.

use super::outside::Entry;
use crate::event::{Effect, Event, Role};
use crate::wire::{TransportError, TransportErrorKind};

/// The harm that the property of that name must notice.
pub(super) fn of(name: &str) -> fn(&mut Vec<Entry>) {
    match name {
        "a run ends" => |entries| {
            entries.pop();
        },
        "no request goes out before its intent" => |entries| {
            entries.retain(|entry| !matches!(event(entry), Some(Event::Sending(_))));
        },
        "no step begins before what it needs has ended" => |entries| {
            entries.retain(|entry| !matches!(event(entry), Some(Event::StepFinished(_))));
        },
        "there are never more sends than room, nor more requests than jobs" => |entries| {
            entries.retain(|entry| !matches!(entry, Entry::Room(_)));
        },
        "every step ends once" => |entries| twice(entries, |event| matches!(event, Event::StepFinished(_))),
        "nothing that has not begun is sent after a failure" => |entries| {
            let bad = |event: &Event| matches!(event, Event::StepFinished(report) if report.outcome.is_bad());
            let place = entries.iter().position(|entry| event(entry).is_some_and(bad));
            if let Some(place) = place {
                let failure = entries.remove(place);
                entries.insert(0, failure);
            }
        },
        "nothing that has not begun is sent after an interrupt or the deadline" => |entries| {
            entries.insert(0, Entry::Interrupt);
        },
        "cleanups run in reverse order, at the end, each at most once" => |entries| entries.reverse(),
        "what is armed is cleaned up or named" => |entries| {
            let settles = |event: &Event| matches!(event, Event::CleanupFinished { .. } | Event::RunFinished(_));
            entries.retain(|entry| !event(entry).is_some_and(settles));
        },
        "token fetches of a provider do not overlap" => |entries| {
            twice(entries, |event| matches!(event, Event::Sending(one) if matches!(one.role, Role::Token(_))));
        },
        "what must not be done twice is not sent again in doubt" => |entries| {
            let all = std::mem::take(entries);
            for entry in all {
                entries.push(entry.clone());
                if let Some(Event::Sending(sending)) = event(&entry)
                    && sending.effect == Effect::Once
                {
                    let error = TransportError { kind: TransportErrorKind::Reset, message: String::new() };
                    let lost = Event::Unanswered { call: sending.call, error, unknown: true };
                    entries.extend([Entry::Event(Box::new(lost)), entry]);
                }
            }
        },
        "no more attempts are made than the policy allows" => |entries| {
            for entry in entries {
                if let Entry::Event(event) = entry
                    && let Event::Sending(sending) = &mut **event
                {
                    sending.attempt += 4;
                }
            }
        },
        other => panic!("there is no harm yet for the property `{other}`"),
    }
}

fn event(entry: &Entry) -> Option<&Event> {
    match entry {
        Entry::Event(event) => Some(event),
        _ => None,
    }
}

fn twice(entries: &mut Vec<Entry>, is: fn(&Event) -> bool) {
    let all = std::mem::take(entries);
    for entry in all {
        if event(&entry).is_some_and(is) {
            entries.push(entry.clone());
        }
        entries.push(entry);
    }
}
