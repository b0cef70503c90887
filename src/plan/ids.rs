//! Which captures are ids: values that a server gives out, and that differ from one run to the next.

use std::collections::HashSet;
use std::sync::Arc;

use crate::playbook::{Capture, CaptureFrom, Playbook, Request, Step, Work};

/// The names of the captures that are ids: by their own name, or by the member that they are taken from.
pub(super) fn ids(playbook: &Playbook) -> HashSet<Arc<str>> {
    let steps = playbook.steps.iter().chain(&playbook.finally);
    let captures = steps.flat_map(requests).flat_map(|request| &request.captures);
    let captured = captures.filter(|capture| is_id(capture) && !capture.secret);
    let invocations = playbook.steps.iter().chain(&playbook.finally).filter_map(Step::invocation);
    let handed_back = invocations.flat_map(|invocation| &invocation.outputs);
    let handed_back = handed_back.filter(|(name, output)| says_id(&name.text) || says_id(&output.text));
    let captured = captured.map(|capture| Arc::clone(&capture.name.text));
    captured.chain(handed_back.map(|(name, _)| Arc::clone(&name.text))).collect()
}

/// Whether a name is that of an id.
pub(super) fn says_id(name: &str) -> bool {
    name == "id" || name.ends_with("_id")
}

fn requests(step: &Step) -> Vec<&Request> {
    match &step.work {
        Work::Request(request) => vec![request],
        Work::Ensure(ensure) => {
            ensure.find.iter().chain([&ensure.create]).chain(&ensure.update).map(Arc::as_ref).collect()
        }
        Work::Set(_) | Work::Wait(_) | Work::Call(_) => Vec::new(),
    }
}

fn is_id(capture: &Capture) -> bool {
    let CaptureFrom::Json(path) = &capture.from else { return false };
    let text = path.text().trim_end_matches(['\'', '"', ']']);
    let last = text.rsplit(['.', '\'', '"', '[']).next().unwrap_or_default();
    says_id(&capture.name.text) || says_id(last)
}
