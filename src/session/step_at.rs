//! The step of a plan that has an address, which may lie in a playbook that is called.

use std::sync::Arc;

use crate::check::Checked;
use crate::plan::{Plan, captures};
use crate::playbook::{Step, Work};

/// It; `None` where there is none, or it is one that calls a playbook.
pub(super) fn step_at<'a>(plan: &'a Plan, address: &str) -> Option<&'a Step> {
    let mut checked: &Checked = &plan.checked;
    let mut rest = address;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let id = &rest[..end];
        let steps = checked.playbook.steps.iter().chain(&checked.playbook.finally);
        let step = steps.into_iter().find(|step| &*step.id.text == id)?;
        // A key may hold points and brackets: behind it comes the next point that begins an id.
        let behind =
            rest[end..].rfind("].").map(|at| end + at + 2).or_else(|| rest[end..].starts_with('.').then_some(end + 1));
        match (&step.work, behind) {
            (Work::Call(invocation), Some(at)) => {
                checked = checked.callees.get(&invocation.file.text)?;
                rest = &rest[at..];
            }
            (Work::Call(_), None) => return None,
            _ => return Some(step),
        }
    }
}

/// The names that the step at an address captures; `None` where it is made of others or there is no such step.
pub(super) fn captures_of(plan: &Plan, address: &str) -> Option<Vec<Arc<str>>> {
    Some(captures(step_at(plan, address)?).into_iter().map(|(name, _)| name).collect())
}
