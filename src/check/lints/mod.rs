//! What is probably not meant in a playbook without errors: warnings and hints.
//!
//! A name that is misspelt where it is used looks unused where it is defined. So nothing is said here until everything
//! else is right.

mod headers;
mod paths;
mod retries;
mod secrets;
mod settled;
mod skipped;
mod times;
mod unused;

use super::Checked;
use crate::diagnostic::Diagnostic;
use crate::playbook::{Cleanup, Request, Step, Work};

/// Says what is probably not meant in a playbook that was read and checked without an error.
pub fn lint(checked: &Checked, found: &mut Vec<Diagnostic>) {
    let Checked { playbook, names, steps, order, .. } = checked;
    unused::check_unused(playbook, names, found);
    let unreachable = skipped::check_unreachable(playbook, steps, order, found);
    skipped::check_skipped(playbook, names, steps, &unreachable, found);
    secrets::check_secrets(playbook, found);
    headers::check_headers(playbook, found);
    playbook.defaults.retry.iter().for_each(|retry| times::check_delay(retry, found));
    for (step, finally) in super::rules::each_step(playbook) {
        settled::check_settled(step, finally, found);
        each_judged(step, &mut |request| {
            retries::check_retry(request, playbook, step, found);
            times::check_times(request, found);
            paths::check_paths(request, found);
        });
    }
}

/// Calls `visit` with each request of a step, and with what is said of a program as if it were one.
fn each_judged<'a>(step: &'a Step, visit: &mut dyn FnMut(&'a Request)) {
    match &step.work {
        Work::Request(request) => visit(request),
        Work::Ensure(ensure) => {
            ensure.find.iter().chain([&ensure.create]).chain(&ensure.update).for_each(|request| visit(request));
        }
        Work::Exec(exec) => visit(&exec.judged),
        Work::Set(_) | Work::Wait(_) | Work::Call(_) => {}
    }
    for cleanup in &step.cleanup {
        if let Cleanup::Request(request) = cleanup {
            visit(request);
        }
    }
}
