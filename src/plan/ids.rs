//! Which captures are ids: values that a server gives out, and that differ from one run to the next.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::check::Checked;
use crate::expression::Target;
use crate::playbook::{Capture, CaptureFrom, JsonData, JsonTemplate, Request, Step, Work};
use crate::source::SourceId;

/// The names in a playbook that are ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    /// Of its captures.
    pub(super) names: HashSet<Arc<str>>,
    /// Of its outputs.
    pub(super) outputs: HashSet<Arc<str>>,
}

/// The ids of a playbook: captures by their own name or by the member that they are taken from, and what is nothing but
/// such a capture, in its outputs and in those of the playbooks that it calls.
pub(super) fn ids(checked: &Checked) -> Ids {
    let mut known = HashMap::new();
    ids_of(checked, &mut known)
}

/// `known` has those of the playbooks that have been looked at: several steps may call one.
fn ids_of(checked: &Checked, known: &mut HashMap<SourceId, Ids>) -> Ids {
    let playbook = &checked.playbook;
    if let Some(known) = known.get(&playbook.source) {
        return known.clone();
    }
    let steps = || playbook.steps.iter().chain(&playbook.finally);
    let captures = steps().flat_map(requests).flat_map(|request| &request.captures);
    let captured = captures.filter(|capture| is_id(capture) && !capture.secret);
    let mut names: HashSet<Arc<str>> = captured.map(|capture| Arc::clone(&capture.name.text)).collect();
    for invocation in steps().filter_map(Step::invocation) {
        let callee = checked.callees.get(&invocation.file.text).map(|callee| ids_of(callee, known)).unwrap_or_default();
        let outputs = invocation.outputs.iter();
        let ids = outputs.filter(|(name, output)| says_id(&name.text) || callee.outputs.contains(&output.text));
        names.extend(ids.map(|(name, _)| Arc::clone(&name.text)));
    }
    let outputs = playbook.outputs.iter().filter(|output| {
        let bare = bare_name(&output.value);
        says_id(&output.name.text) || bare.is_some_and(|name| names.contains(name))
    });
    let outputs = outputs.map(|output| Arc::clone(&output.name.text)).collect();
    let ids = Ids { names, outputs };
    known.insert(playbook.source, ids.clone());
    ids
}

/// The name that a value is and nothing else: `"{{ workspace_id }}"`, `"{{ steps.make.workspace_id }}"`.
fn bare_name(value: &JsonTemplate) -> Option<&str> {
    let JsonData::Template(template) = &value.data else { return None };
    let [reference] = template.as_expression()?.references() else { return None };
    let whole = template.as_expression()?.span() == reference.span && reference.path.is_empty();
    match &reference.target {
        Target::Name(name) | Target::Step { field: Some(name), .. } if whole => Some(name),
        _ => None,
    }
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
        Work::Set(_) | Work::Wait(_) | Work::Exec(_) | Work::Call(_) => Vec::new(),
    }
}

fn is_id(capture: &Capture) -> bool {
    let CaptureFrom::Json(path) = &capture.from else { return false };
    let text = path.text().trim_end_matches(['\'', '"', ']']);
    let last = text.rsplit(['.', '\'', '"', '[']).next().unwrap_or_default();
    says_id(&capture.name.text) || says_id(last)
}
