//! What went out: with its intent, not too often, not too much at once, and with the end that the journal tells.

use std::collections::BTreeMap;

use callsheet::event::CallId;
use callsheet::record::{Record, Try, TryResult};

use super::super::network::Arrival;
use super::super::story::Story;
use super::{Findings, Promise};

pub(super) fn examine(story: &Story, record: &Record, findings: &mut Findings) {
    let world = story.network.world();
    for (number, arrival) in world.arrivals.iter().enumerate() {
        findings.demand(arrival.call.is_some(), Promise::WriteAhead, || {
            format!("request {number} ({}) went out before its intent was kept", arrival.key)
        });
    }
    for (chapter, most) in story.chapters.iter().zip(&world.loads) {
        let jobs = chapter.process.options.jobs;
        findings.demand(*most <= jobs, Promise::Jobs, || format!("{most} requests at once, and `--jobs` is {jobs}"));
    }
    let died = story.chapters.iter().any(|chapter| !chapter.finished);
    claims(record, &world.arrivals, !died, findings);
}

/// What the journal says of a request is what the server knows of it.
fn claims(record: &Record, arrivals: &[Arrival], finished: bool, findings: &mut Findings) {
    let by_call: BTreeMap<CallId, &Arrival> =
        arrivals.iter().filter_map(|arrival| Some((arrival.call?, arrival))).collect();
    for (step, exchange) in tries(record) {
        let served = by_call.get(&exchange.call).and_then(|arrival| arrival.served);
        let told = |found: &str| {
            let line = format!("{} {}", exchange.request.method, exchange.request.url);
            format!("call {} of {step} ({line}): the journal says {found}, the server {served:?}", exchange.call.0)
        };
        match &exchange.result {
            TryResult::Answer(answer) => {
                let status = answer.status;
                let holds = match status {
                    429 | 500 | 503 => served.is_none(),
                    502 | 504 => true,
                    status => served == Some(status),
                };
                findings.demand(holds, Promise::Claim, || told(&format!("{status}")));
            }
            TryResult::Error { error, unknown: false } if exchange.effect != callsheet::event::Effect::Read => {
                findings.demand(!served.is_some_and(is_success), Promise::Claim, || {
                    told(&format!("{:?}, surely not executed", error.kind))
                });
            }
            TryResult::Error { .. } => {}
            _ => findings.demand(!finished, Promise::Claim, || told("nothing, and the run is over")),
        }
    }
}

/// Every request that the journal knows, with its step.
pub(super) fn tries(record: &Record) -> impl Iterator<Item = (String, &Try)> {
    let of_steps = record.steps().flat_map(|step| step.tries.iter().map(|one| (step.step.to_string(), one)));
    let of_cleanups = record.cleanups.iter().flat_map(|one| one.tries.iter().map(|try_| (one.step.to_string(), try_)));
    let of_tokens = record.tokens.iter().map(|token| (token.step.to_string(), &token.exchange));
    of_steps.chain(of_cleanups).chain(of_tokens)
}

pub(super) fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}
