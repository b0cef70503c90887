//! JSONPaths with a comparison that no answer can change.

use crate::diagnostic::{Diagnostic, rule};
use crate::playbook::{CaptureFrom, PathTemplate, Request};

pub(super) fn check_paths(request: &Request, found: &mut Vec<Diagnostic>) {
    let captured = request.captures.iter().filter_map(|capture| match &capture.from {
        CaptureFrom::Json(path) => Some(path),
        _ => None,
    });
    let marked = request.volatile.iter().chain(&request.unordered).chain(&request.redact);
    let expected = request.expect.body.iter().map(|(path, _)| path);
    for written in captured.chain(expected).chain(marked) {
        // What stands for an expression is known in a run only.
        let PathTemplate::Fixed { path, span } = written else { continue };
        if let Some(reason) = path.idle_comparison() {
            let message = "a comparison in this path has the same result for every answer";
            found.push(
                Diagnostic::new(rule::IDLE_COMPARISON, *span, message)
                    .label(reason)
                    .help("compare what the answer has, `@.name == 'x'`, with a value of the same kind"),
            );
        }
    }
}
