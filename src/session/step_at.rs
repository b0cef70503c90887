//! The step of a plan that has an address, which may lie in a playbook that is called. Knows the plan only: what a run
//! has done with the step is the record's.

use std::sync::Arc;

use crate::check::Checked;
use crate::id::Address;
use crate::plan::{Plan, captures};
use crate::playbook::{Step, Work};

/// It; `None` where there is none, or it is one that calls a playbook.
pub(super) fn step_at<'a>(plan: &'a Plan, address: &Address) -> Option<&'a Step> {
    let ids = address.ids();
    let (last, callers) = ids.split_last()?;
    let mut checked: &Checked = &plan.checked;
    for caller in callers {
        let Work::Call(invocation) = &find(checked, caller)?.work else { return None };
        checked = checked.callees.get(&invocation.file.text)?;
    }
    find(checked, last).filter(|step| !matches!(step.work, Work::Call(_)))
}

fn find<'a>(checked: &'a Checked, id: &str) -> Option<&'a Step> {
    let mut steps = checked.playbook.steps.iter().chain(&checked.playbook.finally);
    steps.find(|step| &*step.id.text == id)
}

/// The names that the step at an address captures; `None` where it is made of others or there is no such step.
pub(super) fn captures_of(plan: &Plan, address: &Address) -> Option<Vec<Arc<str>>> {
    Some(captures(step_at(plan, address)?).into_iter().map(|(name, _)| name).collect())
}
