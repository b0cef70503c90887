//! Conditions that have the same result in every run.

use super::each_judged;
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{Expr, Settled, never_together};
use crate::playbook::{Expect, Request, Step, Work};

/// What a result means, and what to write instead.
type Meaning = Option<(&'static str, &'static str)>;

const COMPARE: &str = "compare what the answer shows, `body.state == \"ready\"`, say";
const LEAVE_OUT: &str = "leave it out";

pub(super) fn check_settled(step: &Step, finally: bool, found: &mut Vec<Diagnostic>) {
    if let Some(when) = &step.when {
        // What never runs among the steps is told together with what needs it.
        let never = finally.then_some(("the step never runs", "take the step out, or let an input decide"));
        tell(when, "`when`", Some(("the step always runs", LEAVE_OUT)), never, found);
    }
    if let Work::Ensure(ensure) = &step.work {
        let created = ("it is created each time", "make `create` a step of its own");
        let conflict = ("every refusal is taken for a conflict", "compare what a conflict shows: `status == 409`");
        let updated = ("it is updated each time", "compare what may differ");
        let never = |meaning| (meaning, LEAVE_OUT);
        let parts = [
            (&ensure.absent, "`absent`", created, never("this never shows that it is absent")),
            (&ensure.conflict, "`conflict`", conflict, never("no refusal is taken for a conflict")),
            (&ensure.differs, "`differs`", updated, never("it is never updated")),
        ];
        for (condition, what, always, never) in parts {
            condition.iter().for_each(|condition| tell(condition, what, Some(always), Some(never), found));
        }
    }
    each_judged(step, &mut |request| {
        check_poll(request, found);
        check_expect(&request.expect, found);
    });
}

fn check_poll(request: &Request, found: &mut Vec<Diagnostic>) {
    let Some(poll) = &request.poll else { return };
    let (always, never) = (("nothing is waited for", COMPARE), ("only the time-out ends the poll", COMPARE));
    tell(&poll.until, "`until`", Some(always), Some(never), found);
    let (always, never) = (("every answer is a failure", COMPARE), ("no answer is a failure", LEAVE_OUT));
    poll.fail_when.iter().for_each(|condition| tell(condition, "`fail_when`", Some(always), Some(never), found));
}

fn check_expect(expect: &Expect, found: &mut Vec<Diagnostic>) {
    let before = found.len();
    let (always, never) = (("nothing is expected", COMPARE), ("the step can never pass", COMPARE));
    expect.that.iter().for_each(|condition| tell(condition, "this expectation", Some(always), Some(never), found));
    if found.len() > before {
        return;
    }
    if let Some((one, other)) = never_together(&expect.that) {
        found.push(
            Diagnostic::new(rule::SETTLED_CONDITION, other, "these expectations can never hold together")
                .label("no value fulfils this")
                .also(one, "and this")
                .help("the step can never pass: take one of them out, or make them one condition with `or`"),
        );
    }
    let statuses = expect.that.iter().flat_map(Expr::equalities).filter(|(subject, ..)| *subject == "status");
    for (_, literal, span) in statuses {
        let status = literal.as_i64().and_then(|status| u16::try_from(status).ok());
        let fits = expect.status.iter().any(|range| status.is_some_and(|status| range.contains(status)));
        if let Some(demanded) = expect.status_span.filter(|_| !fits && !expect.status.is_empty()) {
            let message = format!("a status of {literal} is refused before this is looked at");
            found.push(
                Diagnostic::new(rule::SETTLED_CONDITION, span, message)
                    .also(demanded, "these are the statuses that will do")
                    .help("the step can never pass: name the status in one place"),
            );
        }
    }
}

/// Says what a result means that is always the same.
fn tell(condition: &Expr, what: &str, always: Meaning, never: Meaning, found: &mut Vec<Diagnostic>) {
    let Some(Settled { holds, places: (one, other) }) = condition.settled() else { return };
    let Some((meaning, help)) = (if holds { always } else { never }) else { return };
    let diagnostic = Diagnostic::new(rule::SETTLED_CONDITION, one, format!("{what} is {holds} in every run"));
    let diagnostic = match other {
        Some(other) if holds => diagnostic.also(other, "every value fulfils one of both"),
        Some(other) => diagnostic.also(other, "no value fulfils both"),
        None => diagnostic,
    };
    found.push(diagnostic.label(meaning).help(help));
}
